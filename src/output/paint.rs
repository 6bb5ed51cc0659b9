//! Colours by meaning, and lines of text with other people's text made safe.

use std::io::{self, Write};

use super::flow::Breaks;
use crate::model::visible;
use crate::report::{Line, Style};

/// Writes text with or without colour.
#[derive(Debug, Clone, Copy)]
pub(super) struct Painter {
    /// Whether escape sequences may be written.
    pub(super) color: bool,
}

impl Painter {
    /// Writes `text`, which must already be safe to show.
    pub(super) fn safe(self, out: &mut dyn Write, style: Style, text: &str) -> io::Result<()> {
        match self.codes(style) {
            "" => out.write_all(text.as_bytes()),
            codes => write!(out, "\x1b[{codes}m{text}\x1b[0m"),
        }
    }

    /// Writes `text` with what could fool a reader written out.
    pub(super) fn text(self, out: &mut dyn Write, style: Style, text: &str) -> io::Result<()> {
        self.safe(out, style, &visible(text))
    }

    /// Writes a line and its end, broken between words where a terminal is not as wide.
    pub(super) fn line(
        self,
        out: &mut dyn Write,
        line: &Line<'_>,
        width: Option<usize>,
    ) -> io::Result<()> {
        let Some(width) = width else {
            for span in &line.0 {
                self.text(out, span.style, &span.text)?;
            }
            return out.write_all(b"\n");
        };
        let texts: Vec<_> = line.0.iter().map(|span| visible(&span.text)).collect();
        let breaks = Breaks::of(&texts.concat(), width);
        let mut from = 0;
        for (span, text) in line.0.iter().zip(&texts) {
            self.safe(out, span.style, &breaks.piece(text, from))?;
            from += text.len();
        }
        out.write_all(b"\n")
    }

    /// The parameters of the SGR sequence; empty where nothing is coloured.
    pub(super) fn codes(self, style: Style) -> &'static str {
        if !self.color {
            return "";
        }
        match style {
            Style::Plain => "",
            Style::Bold => "1",
            Style::Dim => "2",
            Style::Added | Style::Good => "32",
            Style::Removed => "31",
            Style::Warning => "33",
            Style::Bad => "1;31",
        }
    }
}
