//! What is wrong with the text before it is a tree: encodings, and YAML's own errors said in the
//! words of a person who edits an ACL file.

use saphyr_parser::{Marker, ScanError};

use super::feed::DOCUMENT_START;
use super::mistakes::{At, Mistakes};
use super::read::BYTES;

/// The bytes as text, without a byte order mark.
pub fn decode<'a>(file: u32, bytes: &'a [u8], mistakes: &Mistakes) -> Option<&'a str> {
    let first = At { file, line: 1, column: 1, width: 1 };
    if bytes.len() > BYTES {
        let message = format!("the file has {} bytes; at most 64 MiB are read", bytes.len());
        mistakes.add_hint(first, message, "split it into several files of one folder");
        return None;
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        mistakes.add_hint(first, "the file is UTF-16", "save it as UTF-8");
        return None;
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let good = &bytes[..error.valid_up_to()];
            let at = place_of_end(file, std::str::from_utf8(good).unwrap_or(""));
            let byte = bytes.get(error.valid_up_to()).copied().unwrap_or(0);
            let message =
                format!("the file is not UTF-8: the byte 0x{byte:02X} begins no character");
            mistakes.add_hint(at, message, "save it as UTF-8");
            return None;
        }
    };
    let raw =
        bytes.iter().position(|b| (*b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r')) || *b == 0x7f);
    if let Some(raw) = raw {
        let at = place_of_end(file, &text[..raw]);
        let code = bytes[raw];
        let message = format!("a control character (U+{code:04X}) stands here as it is");
        let hint = format!(
            "remove it, or write it as `\\x{code:02x}` in double quotes if the name has it"
        );
        mistakes.add_hint(at, message, hint);
        return None;
    }
    Some(text)
}

/// The place behind the last character of `text`.
fn place_of_end(file: u32, text: &str) -> At {
    let mut line = 1;
    let mut begin = 0;
    let bytes = text.as_bytes();
    for (i, byte) in bytes.iter().enumerate() {
        if *byte == b'\n' || (*byte == b'\r' && bytes.get(i + 1) != Some(&b'\n')) {
            line += 1;
            begin = i + 1;
        }
    }
    let column = u32::try_from(text[begin..].chars().count() + 1).unwrap_or(u32::MAX);
    At { file, line, column, width: 1 }
}

/// The byte that a marker of the scanner points to.
pub fn offset(text: &str, marker: &Marker, inserted: bool) -> usize {
    let skip = if inserted { DOCUMENT_START.len() } else { 0 };
    let index = marker.index().saturating_sub(skip);
    text.char_indices().nth(index).map_or(text.len(), |(offset, _)| offset)
}

/// Whether the error is YAML's view of an unquoted `*`: an alias of nothing.
pub fn is_star(text: &str, offset: usize, error: &ScanError) -> bool {
    let info = error.info();
    text[offset..].starts_with('*')
        && (info.contains("found unknown anchor") || info.contains("anchor or alias"))
}

/// Reports an unquoted `*`.
pub fn report_star(at: At, text: &str, offset: usize, mistakes: &Mistakes) {
    let rest = &text[offset..];
    let word: String = rest
        .chars()
        .take(80)
        .take_while(|c| !c.is_whitespace() && !matches!(c, ',' | ']' | '}' | '[' | '{'))
        .collect();
    let width = u32::try_from(word.chars().count()).unwrap_or(1);
    let message = "an unquoted `*` at the beginning of a word is a YAML alias";
    // Who uses anchors may have meant one.
    let name = word.trim_start_matches('*');
    let hint = if !name.is_empty() && has_anchor(text) {
        format!(
            "no anchor `&{name}` stands before it; a name that begins so is quoted: `\"{word}\"`"
        )
    } else {
        format!("quote it: `\"{word}\"`")
    };
    mistakes.spoil(At { width, ..at }, message, hint);
}

/// Whether an anchor seems to be somewhere in the text.
fn has_anchor(text: &str) -> bool {
    text.match_indices(" &")
        .any(|(at, _)| text[at + 2..].starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// Reports any other error of the scanner.
pub fn report(at: At, text: &str, offset: usize, error: &ScanError, mistakes: &Mistakes) {
    let info = error.info();
    let next = text[offset..].chars().next();
    for (piece, message, hint) in WORDS {
        if info.contains(piece) {
            mistakes.spoil(at, *message, *hint);
            return;
        }
    }
    if info.contains("unexpected character") || info.contains("anchor or alias") {
        let c = next.unwrap_or(' ');
        mistakes.spoil(at, format!("an unquoted word cannot begin with `{c}`"), "quote it");
        return;
    }
    mistakes.spoil(at, format!("not YAML: {info}"), "see the line and the one above it");
}

/// A blank that is a letter for YAML.
pub(super) fn is_odd_space(c: char) -> bool {
    c.is_whitespace() && !matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// Reports the first such blank of the `lines` from the byte `start` on that stands neither in quotes nor in a
/// comment; `before`: how many lines come before the text.
pub(super) fn report_space(
    (file, before): (u32, u32),
    text: &str,
    (start, lines): (usize, usize),
    mistakes: &Mistakes,
) -> bool {
    let mut begin = start;
    for line in text[start..].split_inclusive('\n').take(lines) {
        if let Some((at, space)) = odd_space(line) {
            let place = place_of_end(file, &text[..begin + at]);
            let broken = matches!(space, '\u{a0}' | '\u{202f}');
            let what = if broken { "no-break space" } else { "space" };
            let message = format!(
                "a {what} (U+{:04X}) stands here, which is a letter for YAML and no blank",
                u32::from(space)
            );
            let hint = "write an ordinary space; a name that has it is quoted";
            mistakes.spoil(At { line: place.line + before, ..place }, message, hint);
            return true;
        }
        begin += line.len();
    }
    false
}

fn odd_space(line: &str) -> Option<(usize, char)> {
    let mut quote: Option<char> = None;
    let mut last = ' ';
    for (at, c) in line.char_indices() {
        if quote.is_some() {
            quote = quote.filter(|open| *open != c);
        } else if c == '#' && last.is_whitespace() {
            return None;
        } else if matches!(c, '"' | '\'') && !last.is_alphanumeric() {
            // Inside of a word they are none.
            quote = Some(c);
        } else if is_odd_space(c) {
            return Some((at, c));
        }
        last = c;
    }
    None
}

/// The scanner's words (a piece of them), ours, and what to do.
const WORDS: &[(&str, &str, &str)] = &[
    (
        "mapping values are not allowed",
        "a `:` followed by a space cannot stand inside an unquoted value",
        "quote the value; a key stands on a line of its own, indented like its neighbours, below a line that ends in `:`",
    ),
    (
        "illegal placement of ':'",
        "a `key:` begins here inside an open `[`",
        "close the `[` above; a key and its `:` stand on one line",
    ),
    (
        "did not find expected ',' or '}'",
        "this `{…}` lacks a `,` or its closing `}`",
        "entries are separated by `,`; a word with `,`, `[`, `]`, `{` or `}` in it is quoted",
    ),
    (
        "expected ',' or ']'",
        "this `[…]` lacks a `,` or its closing `]`",
        "entries are separated by `,`; a word with `,`, `[`, `]`, `{` or `}` in it is quoted",
    ),
    (
        "invalid indentation in quoted scalar",
        "this quote is not closed on its line, and the next line is not indented",
        "add the closing quote",
    ),
    (
        "plain scalar cannot start with '-'",
        "a `-` alone stands here",
        "inside `[…]` entries have no `- ` in front; quote a name that is `-`",
    ),
    ("valid YAML whitespace", "a tab stands behind `:` or `-`", "use a space"),
    (
        "may not precede any of",
        "a `:` needs a space behind it",
        "add the space; quote a name with `:` and brackets in it",
    ),
    (
        "while scanning a block scalar",
        "something stands behind `|` or `>`, which begin text on the lines below",
        "quote a word that begins so",
    ),
    (
        "mapping keys are not allowed",
        "`? ` cannot begin a key here",
        "write `key: value`; quote a name that begins with `?`",
    ),
    (
        "recursion limit",
        "lists and mappings nest deeper than 64 levels",
        "a file needs fewer than ten; is a bracket missing?",
    ),
    (
        "misplaced bracket",
        "this closing bracket has no opening one",
        "remove it, or quote the word",
    ),
    ("unexpected end of stream", "this quote is never closed", "add the closing quote"),
    (
        "unexpected document indicator",
        "this quote is not closed before the next document",
        "add the closing quote",
    ),
    (
        "trailing content after double-quoted scalar",
        "something stands behind a closing quote",
        "quote the whole value, or escape the quote inside it",
    ),
    ("tab", "a tab stands where YAML wants spaces", "indent with spaces"),
    (
        "did not find expected key",
        "this line does not continue the mapping above it",
        "indent it like its neighbours; a key is followed by `: `, a list entry begins with `- `",
    ),
    (
        "did not find expected '-' indicator",
        "this line does not continue the list above it",
        "entries of a list begin with `- ` in the same column",
    ),
    (
        "simple key expect",
        "this line is neither `key: value` nor an entry of a list",
        "a key is followed by `: `; so is the one of the line above",
    ),
    (
        "invalid indentation",
        "this line is indented less than what it belongs to",
        "indent it further",
    ),
    (
        "wrongly indented",
        "this line is indented less than the text it belongs to",
        "indent it further",
    ),
    (
        "block sequence entries are not allowed",
        "a list entry (`- `) cannot begin here",
        "put it on a line of its own, below its key",
    ),
    (
        "only valid inside a block",
        "`- ` cannot begin an entry inside `[…]` or `{…}`",
        "leave the `- ` out",
    ),
    (
        "unknown escape character",
        "a `\\` in double quotes begins an escape that YAML does not know",
        "write `\\\\`, or use single quotes",
    ),
    (
        "hexadecimal number",
        "a `\\x`, `\\u` or `\\U` needs 2, 4 or 8 hexadecimal digits",
        "write `\\\\` for a backslash",
    ),
    (
        "invalid Unicode character escape",
        "this escape is no character of its own",
        "write the character itself, or all of its digits after `\\U`",
    ),
    (
        "expected <document start>",
        "something stands after the end of the document",
        "begin a document with `---`",
    ),
    ("content after document end", "something stands behind `...`", "begin a document with `---`"),
    ("byte order mark", "a byte order mark (U+FEFF) stands inside the file", "remove it"),
    (
        "comments must be separated",
        "a `#` directly behind a bracket or quote is no comment",
        "put a space before it",
    ),
    (
        "comment intercepting",
        "a comment stands inside a value of several lines",
        "put the value on one line, or quote it",
    ),
    ("handle wasn't declared", "tags are not read here", "leave the `!…` out"),
    (
        "scanning a tag",
        "tags are not read here",
        "leave the `!…` out; quote a word that begins with `!`",
    ),
    (
        "parsing a tag",
        "tags are not read here",
        "leave the `!…` out; quote a word that begins with `!`",
    ),
    ("directive", "this line is no directive that YAML knows", "quote a word that begins with `%`"),
    (
        "did not find expected node content",
        "a value is missing here",
        "write one, or remove the `,`",
    ),
    (
        "end of plain scalar",
        "a value is missing or not closed here",
        "check the brackets and quotes",
    ),
];
