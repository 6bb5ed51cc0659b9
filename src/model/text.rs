//! Other people's text made safe to show, and the nearest right word.

use std::borrow::Cow;
use std::fmt::Write as _;

/// `text` without the byte order mark that Windows puts before it.
pub fn without_bom(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// `text` with control characters, escapes, line breaks and invisible or bidirectional
/// formatting characters written out (`\u{202e}`), so that it can do nothing to a terminal
/// and hide nothing from a reader.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_hidden(c) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Whether [`visible`] writes this character out.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' | '\u{2028}' | '\u{2029}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}

/// The nearest of `words` to `word`, if one is near enough to be meant: at most a third of its
/// length is different, case aside.
pub fn nearest<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = word.to_lowercase().replace('_', "-");
    if wanted.chars().count() > 64 {
        return None;
    }
    words
        .into_iter()
        .map(|candidate| {
            (distance(&wanted, &candidate.to_lowercase().replace('_', "-")), candidate)
        })
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, candidate)| {
            *distance <= (candidate.chars().count() + 1).max(3) / 3
                && *distance < candidate.chars().count()
        })
        .map(|(_, candidate)| candidate)
}

/// Edits (insert, delete, replace, swap of neighbours) between two words.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replace.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

/// A name as a shell takes it; what could not be seen is written out as bash, zsh and ksh read it.
pub fn shell_word(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_.@+/=:".contains(c);
    if name.chars().any(is_hidden) {
        let escaped = |c: char| match c {
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            '\t' => "\\t".to_owned(),
            '\'' | '\\' => format!("\\{c}"),
            c if c.is_ascii_control() => format!("\\x{:02x}", u32::from(c)),
            c if is_hidden(c) => format!("\\U{:08x}", u32::from(c)),
            c => c.to_string(),
        };
        return format!("$'{}'", name.chars().map(escaped).collect::<String>());
    }
    if !name.is_empty() && name.chars().all(plain) {
        return name.to_owned();
    }
    format!("'{}'", name.replace('\'', "'\\''"))
}

/// A command with one name and flags, as a shell takes it: a name that begins with `-` goes behind `--`,
/// and so behind the flags.
pub fn shell_command(verb: &str, name: &str, flags: &str) -> String {
    let word = shell_word(name);
    let parts = if name.starts_with('-') {
        [verb, flags, "--", word.as_str()]
    } else {
        [verb, word.as_str(), flags, ""]
    };
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A flag with its value, as a shell takes it: `--topic orders`, `--topic=-orders`.
pub fn shell_flag(flag: &str, value: &str) -> String {
    let between = if value.starts_with('-') { '=' } else { ' ' };
    format!("{flag}{between}{}", shell_word(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_fool_a_reader_is_written_out() {
        assert_eq!(visible("orders"), "orders");
        assert_eq!(visible("größe 订单"), "größe 订单");
        assert_eq!(visible("a\u{1b}[31mb\nc"), "a\\u{1b}[31mb\\nc");
        assert_eq!(visible("user\u{202e}nimda"), "user\\u{202e}nimda");
        assert_eq!(visible("a\u{200b}b"), "a\\u{200b}b");
    }

    #[test]
    fn names_in_commands() {
        assert_eq!(shell_word("a b"), "'a b'");
        assert_eq!(shell_word("it's"), "'it'\\''s'");
        assert_eq!(shell_word(""), "''");
        assert_eq!(shell_word("new\nline"), "$'new\\nline'");
        assert_eq!(shell_word("it's\\\u{200b}"), "$'it\\'s\\\\\\U0000200b'");
        let command = |name, flags| shell_command("kward group members", name, flags);
        assert_eq!(command("a", ""), "kward group members a");
        assert_eq!(command("a", "-o wide"), "kward group members a -o wide");
        assert_eq!(command("-a", ""), "kward group members -- -a");
        assert_eq!(command("-a b", "-o wide"), "kward group members -o wide -- '-a b'");
        assert_eq!(shell_flag("--topic", "a b"), "--topic 'a b'");
        assert_eq!(shell_flag("--topic", "-a"), "--topic=-a");
    }

    #[test]
    fn nearest_words() {
        let words = ["operation", "principal", "topic"];
        assert_eq!(nearest("opertion", words), Some("operation"));
        assert_eq!(nearest("Principal", words), Some("principal"));
        assert_eq!(nearest("topci", words), Some("topic"));
        assert_eq!(nearest("banana", words), None);
        assert_eq!(nearest("", words), None);
    }
}
