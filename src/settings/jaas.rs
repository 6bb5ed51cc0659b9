//! `sasl.jaas.config`: user name and password out of a JAAS entry, as Kafka's `JaasConfig` reads it
//! (a `java.io.StreamTokenizer`, with its odd comments and escapes).
//!
//! No message repeats any of the text: it holds a password.

use std::collections::HashMap;
use std::iter::Peekable;
use std::str::Chars;

/// Stands before each extension that was an option of its own.
pub(super) const SEPARATOR: char = '\u{1}';

/// The one login module of a `sasl.jaas.config`.
pub(super) struct Login {
    /// The class: `org.apache.kafka.common.security.scram.ScramLoginModule`.
    pub module: String,
    /// `username`, `password` and whatever else.
    pub options: HashMap<String, String>,
}

#[derive(PartialEq, Eq)]
enum Token {
    Word(String),
    /// A number or a single character: neither has a text in Kafka's eyes.
    Mark(char),
}

/// Reads `MODULE FLAG key=value …;`.
pub(super) fn parse(text: &str) -> Result<Login, &'static str> {
    let mut tokens = Tokens { chars: text.chars().peekable() };
    let Some(first) = tokens.next() else { return Err("it is empty") };
    let login = entry(first, &mut tokens)?;
    if tokens.next().is_some() {
        return Err("it names more than one login module");
    }
    Ok(login)
}

fn entry(first: Token, tokens: &mut Tokens<'_>) -> Result<Login, &'static str> {
    let Token::Word(module) = first else { return Err("it does not begin with a login module") };
    let flag = match tokens.next() {
        Some(Token::Word(flag)) => flag.to_ascii_lowercase(),
        _ => String::new(),
    };
    if !matches!(flag.as_str(), "required" | "requisite" | "sufficient" | "optional") {
        return Err("behind the login module stands no `required`");
    }
    let mut options = HashMap::new();
    loop {
        let key = match tokens.next() {
            None => return Err("it does not end with `;`"),
            Some(Token::Mark(';')) => return Ok(Login { module, options }),
            Some(Token::Word(key)) => key,
            Some(Token::Mark(_)) => return Err("an option has no name"),
        };
        match (tokens.next(), tokens.next()) {
            (Some(Token::Mark('=')), Some(Token::Word(value))) => options.insert(key, value),
            (Some(Token::Mark('=')), _) => {
                return Err(
                    "an option has no value; one that is empty, begins with a digit or holds \
                     other characters than letters and digits stands in quotes",
                );
            }
            _ => return Err("an option is not `name=value`"),
        };
    }
}

struct Tokens<'a> {
    chars: Peekable<Chars<'a>>,
}

impl Tokens<'_> {
    fn next(&mut self) -> Option<Token> {
        loop {
            let c = self.chars.next()?;
            match c {
                '\0'..=' ' => {}
                '/' => self.skip_comment(),
                '"' | '\'' => return Some(Token::Word(self.quoted(c))),
                '0'..='9' | '.' | '-' => return Some(Token::Mark(self.number(c))),
                c if is_word(c) => {
                    let mut word = String::from(c);
                    while let Some(c) = self.chars.next_if(|&c| is_word(c)) {
                        word.push(c);
                    }
                    return Some(Token::Word(word));
                }
                c => return Some(Token::Mark(c)),
            }
        }
    }

    fn number(&mut self, first: char) -> char {
        let mut dot = first == '.';
        if first != '-' || self.chars.peek().is_some_and(|c| c.is_ascii_digit() || *c == '.') {
            while let Some(c) = self.chars.next_if(|&c| c.is_ascii_digit() || (c == '.' && !dot)) {
                dot |= c == '.';
            }
        }
        first
    }

    /// A single `/` is a comment as well, to the end of the line; what follows it is not looked at,
    /// not even a line break.
    fn skip_comment(&mut self) {
        if self.chars.next() != Some('*') {
            while self.chars.next_if(|c| !matches!(c, '\n' | '\r')).is_some() {}
            return;
        }
        let mut star = false;
        for c in self.chars.by_ref() {
            if star && c == '/' {
                return;
            }
            star = c == '*';
        }
    }

    fn quoted(&mut self, quote: char) -> String {
        let mut text = String::new();
        // A line break ends a quoted text and stays.
        while let Some(c) = self.chars.next_if(|c| !matches!(c, '\n' | '\r')) {
            if c == quote {
                break;
            }
            text.push(if c == '\\' { self.escaped() } else { c });
        }
        text
    }

    fn escaped(&mut self) -> char {
        match self.chars.next() {
            None => '\u{ff}',
            Some('a') => '\u{7}',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('v') => '\u{b}',
            Some(c @ '0'..='7') => self.octal(c),
            Some(c) => c,
        }
    }

    /// At most three digits, and at most two behind one above `3`.
    fn octal(&mut self, first: char) -> char {
        let mut code = first.to_digit(8).unwrap_or_default();
        let more = if first <= '3' { 2 } else { 1 };
        for _ in 0..more {
            let Some(c) = self.chars.next_if(|c| c.is_digit(8)) else { break };
            code = code * 8 + c.to_digit(8).unwrap_or_default();
        }
        char::from_u32(code).unwrap_or_default()
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '-' | '.') || c >= '\u{a0}'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(option: &str) -> Result<String, &'static str> {
        let login = parse(&format!("a.b.ScramLoginModule required username=\"u\" {option};"))?;
        assert_eq!(login.options["username"], "u");
        Ok(login.options["password"].clone())
    }

    /// Each row was checked against `JaasConfig` of Kafka 4.4.0.
    #[test]
    fn as_kafka_reads_it() {
        for (option, expected) in [
            (r#"password="secret""#, "secret"),
            (r"password='secret'", "secret"),
            (r"password=secret", "secret"),
            (r"password = secret", "secret"),
            (r#"password="a\"b\\c""#, "a\"b\\c"),
            (r#"password="a;b=c/d'e""#, "a;b=c/d'e"),
            (r"password='a\'b'", "a'b"),
            (r#"password="\101\7x\400""#, "A\u{7}x 0"),
            (r#"password="\n\t\q""#, "\n\tq"),
            (r#"password="ü€😀""#, "ü€😀"),
            (r"password=ü€-_.$9", "ü€-_.$9"),
            (r#"password="" /* a comment */"#, ""),
            ("// a comment\npassword=secret", "secret"),
            ("/ a comment\npassword=secret", "secret"),
            (r#"password="a" password="b""#, "b"),
        ] {
            assert_eq!(password(option).as_deref(), Ok(expected), "{option}");
        }
        for option in ["password=a/b", "password=9a", "password=a!", r"password=\a", "password="] {
            assert!(password(option).is_err(), "{option}");
        }
    }

    #[test]
    fn the_module_and_its_flag() {
        let login =
            parse("org.apache.kafka.common.security.plain.PlainLoginModule REQUIRED;").unwrap();
        assert_eq!(login.module, "org.apache.kafka.common.security.plain.PlainLoginModule");
        assert!(login.options.is_empty());
    }

    #[test]
    fn what_it_refuses_without_repeating_it() {
        for text in [
            "",
            "  // nothing",
            "hunter2.Module",
            "hunter2.Module maybe;",
            "hunter2.Module required",
            "hunter2.Module required password=hunter2",
            "hunter2.Module required password hunter2;",
            "hunter2.Module required password=;",
            "hunter2.Module required =hunter2;",
            "hunter2.Module required; hunter2.Module required;",
            "=hunter2",
        ] {
            let message = parse(text).err().unwrap();
            assert!(!message.contains("hunter2"), "{text}");
        }
    }
}
