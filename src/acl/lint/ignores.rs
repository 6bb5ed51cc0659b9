//! Comments that ask lint to be silent: `# kward: ignore CODE reason`, on the line of the finding,
//! on the line above it, or on either of the rule.

use super::{Code, Finding, Location, Severity};
use crate::acl::file::Ignore;
use crate::model::visible;

/// Leaves out the findings that comments speak of, and adds what is wrong with the comments: no
/// reason, an unknown code, nothing to silence. A comment without a reason silences nothing.
pub fn silence(findings: Vec<Finding>, ignores: &[Ignore]) -> Vec<Finding> {
    let mut silent = vec![false; findings.len()];
    let mut faults = Vec::new();
    for ignore in ignores {
        let used = !ignore.reason.is_empty() && silence_by(ignore, &findings, &mut silent);
        faults.extend(fault(ignore, used));
    }
    let mut silent = silent.into_iter();
    let kept = findings.into_iter().filter(|_| !silent.next().unwrap_or_default());
    kept.chain(faults).collect()
}

/// A comment speaks of its own line; where that has no such finding, of the next one.
fn silence_by(ignore: &Ignore, findings: &[Finding], silent: &mut [bool]) -> bool {
    for line in [Some(ignore.line), ignore.line.checked_add(1)].into_iter().flatten() {
        let mut used = false;
        for (finding, silent) in findings.iter().zip(silent.iter_mut()) {
            if speaks_of(ignore, line, finding) {
                *silent = true;
                used = true;
            }
        }
        if used {
            return true;
        }
    }
    false
}

fn speaks_of(ignore: &Ignore, line: u32, finding: &Finding) -> bool {
    finding.place.as_ref().is_some_and(|place| {
        ignore.code == finding.code.word()
            && *ignore.file == *place.file
            && (line == place.line || place.rule_line == Some(line))
    })
}

fn fault(ignore: &Ignore, used: bool) -> Option<Finding> {
    let code = visible(&ignore.code);
    let (kind, severity, reason, fix) = match ignore.code.parse::<Code>() {
        Err(_) if ignore.code.is_empty() => (
            Code::UnusedIgnore,
            Severity::Warning,
            "the comment names no code, so nothing is ignored".to_owned(),
            "write `# kward: ignore CODE REASON`".to_owned(),
        ),
        Err(unknown) => {
            let fix = unknown
                .nearest
                .map_or_else(|| "take it out".to_owned(), |near| format!("did you mean `{near}`?"));
            (Code::UnusedIgnore, Severity::Warning, format!("there is no code `{code}`"), fix)
        }
        Ok(_) if ignore.reason.is_empty() => (
            Code::IgnoreWithoutReason,
            Severity::Warning,
            format!("the comment does not say why `{code}` is to be ignored, so it is not"),
            format!("write `# kward: ignore {code} REASON`"),
        ),
        Ok(_) if !used => (
            Code::UnusedIgnore,
            Severity::Info,
            format!("there is no finding `{code}` here"),
            "take the comment out".to_owned(),
        ),
        Ok(_) => return None,
    };
    let Ignore { ref file, line, column, .. } = *ignore;
    let place = Location { file: file.to_string(), line, column, rule_line: None };
    Some(Finding {
        code: kind,
        severity,
        place: Some(place),
        bindings: Vec::new(),
        reason,
        fix,
        evidence: Vec::new(),
    })
}
