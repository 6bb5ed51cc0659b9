//! How findings about something that runs are shown.

use crate::model::{Finding, Severity, visible};

use super::units::count;
use super::{Annotation, Line, Style};

/// A finding as a person reads it: what and where, the figures, what to do.
pub(super) fn finding_lines(finding: &Finding) -> Vec<Line<'_>> {
    let style = if finding.severity == Severity::Error { Style::Bad } else { Style::Warning };
    let head = Line::styled(style, finding.code)
        .then(Style::Bold, format!("  {}", finding.place))
        .then(Style::Plain, format!("  {}", finding.reason));
    let mut lines = vec![Line::blank(), head];
    if let Some(evidence) = &finding.evidence {
        lines.push(Line::styled(Style::Dim, format!("    {}", visible(evidence))));
    }
    if !finding.fix.is_empty() {
        lines.push(Line::plain(format!("    {}", finding.fix)));
    }
    lines
}

/// Whether all is well, or how much is not.
pub(super) fn verdict(healthy: bool, findings: usize, not_checked: &[String]) -> Line<'static> {
    match (healthy, not_checked.is_empty()) {
        (true, true) => Line::styled(Style::Good, "healthy"),
        // Without what was not checked, that is as much as can be said.
        (true, false) => Line::styled(Style::Warning, "nothing found"),
        (false, _) => Line::styled(Style::Bad, count(findings, "finding")),
    }
}

/// What could not be looked at.
pub(super) fn not_checked(what: &[String]) -> impl Iterator<Item = Line<'_>> {
    what.iter().map(|what| Line::styled(Style::Warning, format!("not checked: {what}")))
}

/// A finding beside the lines of a code host.
pub(super) fn annotation(finding: &Finding) -> Annotation {
    Annotation {
        severity: match finding.severity {
            Severity::Error => super::Severity::Error,
            Severity::Warning => super::Severity::Warning,
        },
        place: None,
        column: None,
        title: Some(finding.code.to_owned()),
        message: format!("{} {}", finding.place, finding.reason),
    }
}
