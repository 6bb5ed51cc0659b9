//! How a document begins: which version of the format it is, and whether kward wrote it for something else.

use super::mistakes::{Mistakes, shown};
use super::tree::{Kind, Node};

/// The `kind` of a document that kward has written.
pub fn written_by_kward(root: &Node) -> Option<&str> {
    let Kind::Mapping(pairs) = &root.inner().kind else { return None };
    let said = |wanted: &str| {
        let (_, value) = pairs.iter().find(|(key, _)| key.scalar() == Some(wanted))?;
        value.scalar()
    };
    said("apiVersion").filter(|version| version.starts_with("kward/"))?;
    said("kind")
}

/// Whether the rest of the document is worth reading: its version is this one, or not said.
pub fn check_version(root: &Node, mistakes: &Mistakes) -> bool {
    let Kind::Mapping(pairs) = &root.inner().kind else { return true };
    let Some((_, version)) = pairs.iter().find(|(key, _)| key.scalar() == Some("version")) else {
        return true;
    };
    let at = version.inner().at;
    match &version.inner().kind {
        Kind::Scalar { text, plain: true } if &**text == "1" => true,
        Kind::Scalar { text, plain }
            if *plain && text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() =>
        {
            let message = format!(
                "version {} of the file is not known: this kward reads version 1",
                shown(text)
            );
            mistakes.add_hint(at, message, "use a newer kward, or write the file as version 1");
            false
        }
        _ => {
            let message =
                format!("`version` is the number 1, without quotes, found {}", version.describe());
            mistakes.add(at, message);
            true
        }
    }
}

/// Reports that nothing says which version it is.
pub fn report_missing_version(root: &Node, mistakes: &Mistakes) {
    let json = matches!(&root.inner().kind, Kind::Mapping(pairs) if pairs.first().is_some_and(|(key, _)| key.at.column > root.inner().at.column));
    let hint = if json {
        "add `\"version\": 1,` behind the `{`"
    } else {
        "add `version: 1` as the first line"
    };
    mistakes.add_hint(root.inner().at, "`version` is missing", hint);
}
