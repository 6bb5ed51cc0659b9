//! GitHub's workflow commands (`::error file=…,line=…::message`), which annotate files in a review.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Component, PathBuf};

use crate::error::{Diagnostic, Error};
use crate::model::visible;
use crate::report::{Annotation, Severity};

/// Where a job runs: its remarks name files from the root of the repository on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// `GITHUB_WORKSPACE`, the root of the repository.
    pub root: PathBuf,
    /// The working folder, from which files are named here.
    pub folder: PathBuf,
}

impl Workspace {
    /// The file from the root on; one that lies elsewhere as it is named.
    fn name(&self, file: &str) -> String {
        // Standard input is no file.
        if file.starts_with('<') {
            return file.to_owned();
        }
        let mut place = PathBuf::new();
        for part in self.folder.join(file).components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir => drop(place.pop()),
                other => place.push(other),
            }
        }
        let inside = place.strip_prefix(&self.root).ok();
        inside.map_or_else(|| file.to_owned(), |inside| inside.to_string_lossy().into_owned())
    }
}

fn name(workspace: Option<&Workspace>, file: &str) -> String {
    workspace.map_or_else(|| file.to_owned(), |workspace| workspace.name(file))
}

/// One line for each remark.
pub(super) fn annotations(
    out: &mut dyn Write,
    annotations: &[Annotation],
    workspace: Option<&Workspace>,
) -> io::Result<()> {
    for annotation in annotations {
        let mut command = Command::new(match annotation.severity {
            Severity::Notice => "notice",
            Severity::Warning => "warning",
            Severity::Error => "error",
        });
        if let Some((file, line)) = &annotation.place {
            command.property("file", &name(workspace, file));
            command.property("line", &line.to_string());
        }
        if let Some(column) = annotation.column {
            command.property("col", &column.to_string());
        }
        if let Some(title) = &annotation.title {
            command.property("title", title);
        }
        let lines: Vec<_> = annotation.message.lines().map(visible).collect();
        writeln!(out, "{}", command.message(&lines.join("\n")))?;
    }
    Ok(())
}

/// One line for each mistake, and one for the failure as a whole.
pub(super) fn error(
    out: &mut dyn Write,
    error: &Error,
    workspace: Option<&Workspace>,
) -> io::Result<()> {
    for diagnostic in error.diagnostics() {
        writeln!(out, "{}", of_diagnostic(diagnostic, workspace))?;
    }
    let mut text = visible(error.message()).into_owned();
    for cause in error.causes() {
        let _ = write!(text, "\ncaused by: {}", visible(cause));
    }
    for hint in error.hints() {
        let _ = write!(text, "\nhint: {}", visible(hint));
    }
    writeln!(out, "{}", Command::new("error").message(&text))
}

fn of_diagnostic(diagnostic: &Diagnostic, workspace: Option<&Workspace>) -> String {
    let mut command = Command::new("error");
    command.property("file", &name(workspace, &diagnostic.file));
    command.property("line", &diagnostic.line.to_string());
    command.property("col", &diagnostic.column.to_string());
    command.property("endColumn", &(diagnostic.column + diagnostic.width.max(1)).to_string());
    let mut text = visible(&diagnostic.message).into_owned();
    if let Some(hint) = &diagnostic.hint {
        let _ = write!(text, "\nhint: {}", visible(hint));
    }
    command.message(&text)
}

struct Command {
    text: String,
    properties: usize,
}

impl Command {
    fn new(name: &str) -> Self {
        Self { text: format!("::{name}"), properties: 0 }
    }

    fn property(&mut self, name: &str, value: &str) {
        let before = if self.properties == 0 { ' ' } else { ',' };
        let value = escaped(&visible(value)).replace(':', "%3A").replace(',', "%2C");
        let _ = write!(self.text, "{before}{name}={value}");
        self.properties += 1;
    }

    fn message(mut self, message: &str) -> String {
        let _ = write!(self.text, "::{}", escaped(message));
        self.text
    }
}

/// As `@actions/core` escapes the data of a command.
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_from_the_root_of_the_repository() {
        let workspace =
            Workspace { root: "/home/run/repo".into(), folder: "/home/run/repo/a".into() };
        for (file, named) in [
            ("b.yaml", "a/b.yaml"),
            ("./c/../b.yaml", "a/b.yaml"),
            ("../b.yaml", "b.yaml"),
            ("/home/run/repo/x/b.yaml", "x/b.yaml"),
            ("/tmp/b.yaml", "/tmp/b.yaml"),
            ("../../b.yaml", "../../b.yaml"),
            ("<stdin>", "<stdin>"),
        ] {
            assert_eq!(workspace.name(file), named);
        }
    }

    #[test]
    fn data_and_properties_are_escaped() {
        let annotation = Annotation {
            severity: Severity::Warning,
            place: Some(("a,b:c/100%.yaml".to_owned(), 7)),
            column: Some(3),
            title: Some("unused".to_owned()),
            message: "first: 100%\nsecond\u{1b}".to_owned(),
        };
        let bare = Annotation {
            severity: Severity::Notice,
            place: None,
            column: None,
            title: None,
            message: "hello".to_owned(),
        };
        let mut out = Vec::new();
        annotations(&mut out, &[annotation, bare], None).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "::warning file=a%2Cb%3Ac/100%25.yaml,line=7,col=3,title=unused::first: 100%25%0Asecond\\u{1b}\n\
             ::notice::hello\n"
        );
    }
}
