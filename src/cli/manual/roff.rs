//! Writes man(7): escapes, fonts, and lines of a length that reviews can show.

/// The longest line of running text in the source, in bytes.
const WIDTH: usize = 78;

/// A page in the making.
#[derive(Debug, Default)]
pub(super) struct Roff(String);

impl Roff {
    /// A page with its title line: `KWARD-ACL-LIST`, section, date, program and manual.
    pub fn page(name: &str, section: u8, date: &str, program: &str) -> Self {
        let title = escape(&name.to_uppercase());
        let program = escape(program);
        Self(format!(".TH {title} {section} \"{date}\" \"{program}\" \"kward manual\"\n"))
    }

    /// A section: `NAME`.
    pub fn section(&mut self, title: &str) {
        self.0 += &format!(".SH {}\n", heading(&title.to_uppercase()));
    }

    /// A section in a section.
    pub fn subsection(&mut self, title: &str) {
        self.0 += &format!(".SS {}\n", heading(title));
    }

    /// A line of markup as it is: `.PP`.
    pub fn raw(&mut self, line: &str) {
        self.0 += line;
        self.0.push('\n');
    }

    /// A new paragraph; right behind a heading there is one already.
    pub fn paragraph(&mut self) {
        let last = self.0.lines().last().unwrap_or_default();
        if !last.starts_with(".SH") && !last.starts_with(".SS") {
            self.raw(".PP");
        }
    }

    /// Running text with its markup done, broken into lines.
    pub fn text(&mut self, marked: &str) {
        let mut line = String::new();
        for word in marked.split_whitespace() {
            if !line.is_empty() && width(&line) + 1 + width(word) > WIDTH {
                self.raw(&guarded(&line));
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line += word;
        }
        if !line.is_empty() {
            self.raw(&guarded(&line));
        }
    }

    /// An entry of a list whose first line is a word or a flag, with its markup done.
    pub fn tagged(&mut self, tag: &str) {
        self.raw(".TP");
        self.raw(&guarded(tag));
    }

    /// Lines that are shown as they are.
    pub fn verbatim<'a>(&mut self, lines: impl IntoIterator<Item = &'a str>) {
        self.raw(".RS 4");
        self.raw(".nf");
        for line in lines {
            self.raw(&guarded(&escape(line)));
        }
        self.raw(".fi");
        self.raw(".RE");
    }

    pub fn into_text(self) -> String {
        self.0
    }
}

/// In bytes, as mandoc counts: what is not ASCII becomes `\[u2026]` first.
fn width(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 8 }).sum()
}

/// Text in which nothing is markup.
pub(super) fn escape(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-").replace('"', "\\(dq")
}

/// Text with `` `code` `` in bold.
pub(super) fn with_code(text: &str) -> String {
    let mut marked = String::new();
    for (at, part) in text.split('`').enumerate() {
        if at % 2 == 1 {
            marked += &bold(part);
        } else {
            marked += &escape(part);
        }
    }
    marked
}

pub(super) fn bold(text: &str) -> String {
    format!("\\fB{}\\fR", escape(text))
}

pub(super) fn italic(text: &str) -> String {
    format!("\\fI{}\\fR", escape(text))
}

fn heading(text: &str) -> String {
    let text = escape(text);
    if text.contains(' ') { format!("\"{text}\"") } else { text }
}

/// A line that begins with a dot or a quote would be a request; an empty one is a warning.
fn guarded(line: &str) -> String {
    match line.chars().next() {
        Some('.' | '\'') => format!("\\&{line}"),
        None => "\\&".to_owned(),
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_taken_for_markup() {
        assert_eq!(escape(r#"a\b --c "d""#), r"a\eb \-\-c \(dqd\(dq");
        assert_eq!(with_code("use `-f x` now"), r"use \fB\-f x\fR now");
        let mut page = Roff::default();
        page.text(".TH is no request");
        page.verbatim(["'quoted", ""]);
        assert_eq!(
            page.into_text(),
            "\\&.TH is no request\n.RS 4\n.nf\n\\&'quoted\n\\&\n.fi\n.RE\n"
        );
    }

    #[test]
    fn running_text_is_broken_into_lines() {
        let mut page = Roff::default();
        page.text(&"word ".repeat(40));
        assert!(page.into_text().lines().all(|line| line.len() <= WIDTH));
    }
}
