//! `acl import`: another tool's file as an ACL file. Asks no cluster.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::source::{one_from_standard_input, source_of};
use crate::acl::export::ExportOptions;
use crate::acl::import::{Tool, read, write};
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::model::visible;
use crate::report::text::Text;

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// Whose files.
    pub tool: Tool,
    /// They; `-` is standard input.
    pub files: Vec<PathBuf>,
    /// No verbs.
    pub raw: bool,
}

/// Reads all of them into one file.
pub fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let piped: Vec<_> = request.files.iter().map(|f| ("a file", f.as_os_str() == "-")).collect();
    one_from_standard_input(&piped)?;
    let mut bindings = BTreeSet::new();
    for path in &request.files {
        let source = source_of(path)?;
        let taken = read(request.tool, &source)?;
        for note in taken.notes {
            context.ui.warn(&visible(&format!("`{}`: {note}", source.name)));
        }
        bindings.extend(taken.bindings);
    }
    context.ui.note(&format!(
        "{}, the same before and after",
        crate::report::units::count(bindings.len(), "ACL")
    ));
    let ranges = bindings.iter().filter(|b| b.host.is_range()).count();
    if ranges > 0 {
        context.ui.note(&format!(
            "{} with a range as host in `bindings:`, as rules may name ranges from metadata.version 4.4-IV1 on \
             only",
            crate::report::units::count(ranges, "ACL")
        ));
    }
    // No cluster is asked whether it knows ranges.
    let options = ExportOptions { raw: request.raw, scope: true, cidr: false, cluster: None };
    Ok(Outcome::report(Text::new("AclFile", write(&bindings, &options)?)))
}
