//! `LintResult`: what lint found, for people, programs, code hosts (SARIF 2.1.0) and CI.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use crate::error::{Diagnostic, Error};
use crate::model::{Binding, visible};

use super::acl_plan::Assumed;
use super::{Annotation, Block, Json, Line, Report, Severity, Style};

/// The findings.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LintResult {
    /// How many are errors.
    pub errors: usize,
    /// How many are warnings.
    pub warnings: usize,
    /// How many are only worth knowing.
    pub infos: usize,
    /// What was assumed of the brokers.
    pub assumptions: Assumed,
    /// The findings, in the order of the files or of the bindings.
    pub items: Vec<Finding>,
    /// The title of each code that was found.
    #[serde(skip)]
    pub titles: BTreeMap<&'static str, &'static str>,
}

/// One finding.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// `redundant`.
    pub code: &'static str,
    /// `error`, `warning`, `info`.
    #[serde(serialize_with = "severity_word")]
    pub severity: Severity,
    /// Where, in files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What is found fault with.
    pub bindings: Vec<Binding>,
    /// Why.
    pub reason: String,
    /// What to do.
    pub fix: String,
    /// What proves it.
    pub evidence: Vec<FindingEvidence>,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// As the user named it.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
}

/// Another binding that has to do with it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FindingEvidence {
    /// The binding.
    pub binding: Binding,
    /// Where, in files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

const fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Notice => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
fn severity_word<S: serde::Serializer>(
    severity: &Severity,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(word(*severity))
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", visible(&self.file), self.line, self.column)
    }
}

impl LintResult {
    fn lines(&self, wide: bool) -> Vec<Line<'_>> {
        const SHOWN: usize = 3;
        let mut lines = Vec::new();
        for finding in &self.items {
            let style = match finding.severity {
                Severity::Error => Style::Bad,
                Severity::Warning => Style::Warning,
                Severity::Notice => Style::Dim,
            };
            let head = format!("{}[{}]", word(finding.severity), finding.code);
            lines
                .push(Line::styled(style, head).then(Style::Bold, format!(": {}", finding.reason)));
            if let Some(place) = &finding.place {
                lines.push(Line::styled(Style::Dim, format!("  at {place}")));
            }
            let most = if wide { usize::MAX } else { SHOWN };
            for binding in finding.bindings.iter().take(most) {
                lines.push(Line::plain(format!("  {binding}")));
            }
            if finding.bindings.len() > most {
                let more = finding.bindings.len() - most;
                lines.push(Line::styled(
                    Style::Dim,
                    format!("  … and {more} more (`-o wide` shows all)"),
                ));
            }
            for evidence in finding.evidence.iter().take(most) {
                let place = evidence.place.as_ref().map_or_else(String::new, |p| format!(" ({p})"));
                lines.push(Line::styled(
                    Style::Dim,
                    format!("  because of {}{place}", evidence.binding),
                ));
            }
            lines.push(Line::plain(format!("  fix: {}", finding.fix)));
            lines.push(Line::blank());
        }
        let style = if self.errors > 0 { Style::Bad } else { Style::Good };
        let text = if self.items.is_empty() {
            "no findings".to_owned()
        } else {
            let count = |count: usize, what: &str| {
                format!("{count} {what}{}", if count == 1 { "" } else { "s" })
            };
            [
                count(self.errors, "error"),
                count(self.warnings, "warning"),
                count(self.infos, "info"),
            ]
            .join(", ")
        };
        lines.push(Line::styled(style, text));
        lines
    }
}

impl Report for LintResult {
    fn kind(&self) -> &'static str {
        "LintResult"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, wide: bool) -> Vec<Block<'_>> {
        vec![Block::Lines(self.lines(wide))]
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        let mut codes: Vec<&str> = self.items.iter().map(|finding| finding.code).collect();
        codes.sort_unstable();
        codes.dedup();
        codes.into_iter().map(Cow::Borrowed).collect()
    }

    fn annotations(&self) -> Vec<Annotation> {
        self.items
            .iter()
            .map(|finding| Annotation {
                severity: finding.severity,
                place: finding.place.as_ref().map(|p| (p.file.clone(), p.line as usize)),
                column: finding.place.as_ref().map(|p| p.column as usize),
                title: Some(finding.code.to_owned()),
                message: format!("{}\nfix: {}", finding.reason, finding.fix),
            })
            .collect()
    }

    fn sarif(&self) -> Option<Box<dyn Json + '_>> {
        Some(Box::new(sarif(self)))
    }
}

/// The file as a URI: relative, or `file:` with a whole path.
fn uri(file: &str) -> String {
    let mut uri = String::new();
    if file.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in file.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(byte.into());
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

/// SARIF 2.1.0, one run.
fn sarif(result: &LintResult) -> serde_json::Value {
    use serde_json::json;
    let rules: Vec<_> = result
        .titles
        .iter()
        .map(|(code, title)| json!({"id": code, "shortDescription": {"text": title}}))
        .collect();
    let results: Vec<_> = result
        .items
        .iter()
        .map(|finding| {
            let level = match finding.severity {
                Severity::Notice => "note",
                Severity::Warning => "warning",
                Severity::Error => "error",
            };
            let locations: Vec<_> = finding
                .place
                .iter()
                .map(|place| {
                    json!({"physicalLocation": {
                        "artifactLocation": {"uri": uri(&place.file)},
                        "region": {"startLine": place.line, "startColumn": place.column},
                    }})
                })
                .chain(finding.bindings.iter().filter(|_| finding.place.is_none()).map(|binding| {
                    let name = binding.pattern().to_string();
                    json!({"logicalLocations": [{"fullyQualifiedName": name, "kind": "resource"}]})
                }))
                .collect();
            let text = format!("{}. Fix: {}", finding.reason, finding.fix);
            json!({"ruleId": finding.code, "level": level, "message": {"text": text}, "locations": locations})
        })
        .collect();
    sarif_log(&rules, &results, true)
}

/// SARIF of a failure: each mistake in a file is a result, so that nobody takes the run for a clean one.
pub fn sarif_of_error(error: &Error) -> serde_json::Value {
    use serde_json::json;
    let mistake = |mistake: &Diagnostic| {
        let hint = mistake.hint.iter().map(|hint| format!(". Fix: {hint}"));
        let text = std::iter::once(mistake.message.clone()).chain(hint).collect::<String>();
        let region = json!({"startLine": mistake.line, "startColumn": mistake.column});
        let file = json!({"uri": uri(&mistake.file)});
        json!({"ruleId": "mistake", "level": "error", "message": {"text": text}, "locations": [
            {"physicalLocation": {"artifactLocation": file, "region": region}}
        ]})
    };
    let mut results: Vec<_> = error.diagnostics().iter().map(mistake).collect();
    if results.is_empty() {
        let message = json!({"text": error.in_a_line()});
        results.push(json!({"ruleId": "mistake", "level": "error", "message": message}));
    }
    let rule =
        json!({"id": "mistake", "shortDescription": {"text": "The check could not be made"}});
    sarif_log(&[rule], &results, false)
}

fn sarif_log(
    rules: &[serde_json::Value],
    results: &[serde_json::Value],
    successful: bool,
) -> serde_json::Value {
    serde_json::json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "kward", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "invocations": [{"executionSuccessful": successful}],
            "results": results,
        }],
    })
}
