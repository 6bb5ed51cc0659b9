//! A command line as it was typed into bash, up to the cursor: its words without quotes, and which
//! part of the last one bash is going to replace.
//!
//! bash also breaks words at the characters of `COMP_WORDBREAKS`, which are part of kward's values
//! (`User:ana`, `topic:orders`, `--output=json`). Those words are put together here, and what bash
//! does not replace is taken off the candidates again.

/// What was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// The words before the one at the cursor, without the program's name.
    pub words: Vec<String>,
    /// The word at the cursor, as far as it goes.
    pub current: String,
    /// How many bytes of `current` stand before what bash replaces.
    pub kept: usize,
    /// Whether the cursor is inside quotes: what is inserted there needs none.
    pub quoted: Option<char>,
}

/// Reads a line as a shell does.
pub(super) fn read(line: &str, breaks: &str) -> Line {
    let mut words: Vec<String> = Vec::new();
    let mut current = String::new();
    let (mut kept, mut quoted, mut begun) = (0, None, false);
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (c, quoted) {
            ('\'' | '"', Some(open)) if c == open => quoted = None,
            ('\'' | '"', None) => {
                quoted = Some(c);
                kept = current.len();
                begun = true;
            }
            ('\\', None | Some('"')) => current.extend(chars.next()),
            (c, None) if c.is_whitespace() => {
                if begun || !current.is_empty() {
                    words.push(std::mem::take(&mut current));
                }
                (kept, begun) = (0, false);
            }
            (c, _) => {
                current.push(c);
                if quoted.is_none() && breaks.contains(c) {
                    kept = current.len();
                }
            }
        }
    }
    // Assignments before the command, and the command itself.
    let assignment = |word: &String| {
        let name = word.split_once('=').map_or("", |(name, _)| name);
        !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    let command = words.iter().position(|word| !assignment(word)).map_or(words.len(), |at| at + 1);
    words.drain(..command);
    Line { words, current, kept, quoted }
}

impl Line {
    /// What bash is to insert for a candidate for the whole word.
    pub fn insertion(&self, candidate: &str) -> Option<String> {
        let rest = candidate.get(self.kept..)?;
        Some(match self.quoted {
            None => quote(rest),
            Some('\'') => rest.replace('\'', "'\\''"),
            Some(_) => escape(rest, "\"\\$`"),
        })
    }
}

impl Line {
    /// A path at the end of the word, which bash is to complete, what of it bash does not replace, and what bash
    /// replaces although it stands before the path: `-f`. Nothing where bash replaces just the path.
    pub fn parts_of_path(&self, path: &str) -> Option<[String; 3]> {
        let before = self.current.len().checked_sub(path.len())?;
        let head = self.current.get(before..self.kept).unwrap_or_default();
        let front = self.current.get(self.kept..before).unwrap_or_default();
        let parts = [path, head, front].map(str::to_owned);
        (!head.is_empty() || !front.is_empty()).then_some(parts)
    }
}

/// With a backslash before what a shell would not take as it is.
fn quote(text: &str) -> String {
    escape(text, " \t\"'\\`$&|;<>()*?[]{}!#~")
}

fn escape(text: &str, special: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if special.contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    const BREAKS: &str = " \t\n\"'@><=;|&(:";

    fn parts(line: &str) -> (Vec<String>, String, String) {
        let line = read(line, BREAKS);
        let replaced = line.current[line.kept..].to_owned();
        (line.words, line.current, replaced)
    }

    #[test]
    fn words_are_put_together_and_what_bash_replaces_is_known() {
        for (line, words, current, replaced) in [
            ("kward acl ca", &["acl"][..], "ca", "ca"),
            ("kward ", &[], "", ""),
            ("kward acl can User:an", &["acl", "can"], "User:an", "an"),
            (
                "kward acl can User:ana read topic:",
                &["acl", "can", "User:ana", "read"],
                "topic:",
                "",
            ),
            ("kward --output=j", &[], "--output=j", "j"),
            ("kward 'a b' \"c d", &["a b"], "c d", "c d"),
            ("kward \"User:an", &[], "User:an", "User:an"),
            ("kward User:\"an", &[], "User:an", "an"),
            ("kward User:CN\\=a,O\\ =b", &[], "User:CN=a,O =b", "b"),
            ("A=1 B=2 ~/bin/kward x y", &["x"], "y", "y"),
            ("kward '' x", &[""], "x", "x"),
        ] {
            let words: Vec<String> = words.iter().map(ToString::to_string).collect();
            let expected = (words, current.to_owned(), replaced.to_owned());
            assert_eq!(parts(line), expected, "{line}");
        }
    }

    #[test]
    fn what_is_inserted_is_quoted() {
        for (line, candidate, inserted) in [
            ("kward User:", "User:*", Some("\\*")),
            ("kward User:a", "User:a b", Some("a\\ b")),
            ("kward 'User:", "User:*", Some("User:*")),
            ("kward \"U", "User:$x", Some("User:\\$x")),
            ("kward User:a", "é", None),
        ] {
            assert_eq!(read(line, BREAKS).insertion(candidate).as_deref(), inserted, "{line}");
        }
    }

    #[test]
    fn parts_of_a_path() {
        for (line, path, expected) in [
            ("kward x -f a/b", "a/b", None),
            ("kward x --file=a/b", "a/b", None),
            ("kward x \"$HOME/a", "$HOME/a", None),
            ("kward x -f a=b", "a=b", Some(["a=b", "a=", ""])),
            ("kward x --file=a:b", "a:b", Some(["a:b", "a:", ""])),
            ("kward x -fa", "a", Some(["a", "", "-f"])),
            ("kward x -f", "", Some(["", "", "-f"])),
        ] {
            let expected = expected.map(|parts| parts.map(str::to_owned));
            assert_eq!(read(line, BREAKS).parts_of_path(path), expected, "{line}");
        }
    }
}
