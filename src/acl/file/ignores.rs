//! `# kward: ignore CODE reason`: comments that speak to lint.

use crate::yaml::mistakes::At;
use crate::yaml::read::{Quoted, REMARK};

/// A comment that asks lint to be silent about a finding of its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignore {
    /// The file as the user named it.
    pub file: std::sync::Arc<str>,
    /// The line of the comment, from 1.
    pub line: u32,
    /// Its column, from 1.
    pub column: u32,
    /// The code of the finding.
    pub code: String,
    /// Why; empty when none was given.
    pub reason: String,
}

/// The comments of a file. `quoted`: text that only looks like one.
pub(super) fn find(name: &str, bytes: &[u8], quoted: &[Quoted]) -> Vec<Ignore> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Vec::new() };
    if !text.to_ascii_lowercase().contains(REMARK) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let file: std::sync::Arc<str> = name.into();
    // Both are in the order of the file.
    let mut quoted = quoted.iter().peekable();
    for (line, number) in text.lines().zip(1u32..) {
        let Some((column, code, reason)) = parse(line) else { continue };
        let here = (number, column);
        while quoted.next_if(|(_, line, column)| (*line, *column) <= here).is_some() {}
        let begins_before = |(At { line, column, .. }, ..): &&Quoted| (*line, *column) <= here;
        if !quoted.peek().is_some_and(begins_before) {
            let (code, reason) = (code.to_owned(), reason.to_owned());
            found.push(Ignore { file: file.clone(), line: number, column, code, reason });
        }
    }
    found
}

/// Column, code and reason of the comment of a line. One that speaks to kward and is not understood
/// has its first word as its code, so that it is found fault with.
fn parse(line: &str) -> Option<(u32, &str, &str)> {
    line.match_indices('#').find_map(|(offset, _)| {
        let alone = line[..offset].chars().next_back().is_none_or(char::is_whitespace);
        let words = line[offset + 1..].trim_start();
        let (head, words) = words.split_at_checked(REMARK.len())?;
        if !alone || !head.eq_ignore_ascii_case(REMARK) {
            return None;
        }
        let column = u32::try_from(line[..offset].chars().count() + 1).unwrap_or(u32::MAX);
        let (verb, rest) = first_word(words).unwrap_or((words.trim(), ""));
        if !verb.eq_ignore_ascii_case("ignore") {
            return Some((column, verb, ""));
        }
        let (code, reason) = first_word(rest).unwrap_or((rest.trim(), ""));
        Some((column, code, reason.trim()))
    })
}

fn first_word(text: &str) -> Option<(&str, &str)> {
    text.trim().split_once(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_of_a_line() {
        assert_eq!(
            parse("  topic: x  # kward: ignore over-broad the team asked"),
            Some((13, "over-broad", "the team asked"))
        );
        assert_eq!(parse("# kward: ignore W1"), Some((1, "W1", "")));
        assert_eq!(parse("#kward:ignore  W1 why "), Some((1, "W1", "why")));
        assert_eq!(parse("a#kward: ignore W1"), None);
        assert_eq!(parse("# Kward: Ignore W1 why"), Some((1, "W1", "why")));
        assert_eq!(parse("# kward: ignored W1"), Some((1, "ignored", "")));
        assert_eq!(parse("# kward: ignore"), Some((1, "", "")));
        assert_eq!(parse("# kward"), None);
    }
}
