//! A view that has the whole terminal and is drawn anew each time: on the alternate screen, without
//! a cursor, given back as it was.

use std::io::{self, Write};

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::queue;
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, DisableLineWrap, EnableLineWrap,
    EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
};

/// How many lines of what is said meanwhile are shown.
pub(super) const REMARKS: usize = 3;

/// What is drawn.
#[derive(Debug, Default)]
pub(super) struct Frame {
    lines: Vec<String>,
}

impl Frame {
    /// Of text with colours.
    pub(super) fn new(text: &[u8]) -> Self {
        Self { lines: String::from_utf8_lossy(text).lines().map(str::to_owned).collect() }
    }

    /// Draws it with remarks below, as much as the terminal is high.
    pub(super) fn paint(
        &self,
        out: &mut impl Write,
        remarks: &[String],
        height: usize,
        first: bool,
    ) -> io::Result<()> {
        if first {
            queue!(out, EnterAlternateScreen, Hide, DisableLineWrap)?;
        }
        queue!(out, BeginSynchronizedUpdate, MoveTo(0, 0))?;
        let lines = self.cut(remarks, height);
        // Cleared before and not behind: behind a line that is as wide as the terminal the cursor stays
        // on its last character.
        queue!(out, Clear(ClearType::All))?;
        for (at, line) in lines.iter().enumerate() {
            if at > 0 {
                out.write_all(b"\r\n")?;
            }
            out.write_all(line.as_bytes())?;
        }
        queue!(out, EndSynchronizedUpdate)
    }

    fn cut(&self, remarks: &[String], height: usize) -> Vec<String> {
        let room = height.saturating_sub(remarks.len()).max(1);
        let mut lines = self.lines.clone();
        if lines.len() > room {
            let hidden = lines.len() - (room - 1);
            lines.truncate(room - 1);
            lines.push(format!("… {hidden} more lines: the terminal is too low"));
        }
        lines.extend(remarks.iter().cloned());
        lines.truncate(height);
        lines
    }

    /// Gives the terminal back, and leaves what was drawn last on it.
    pub(super) fn leave(&self, out: &mut impl Write) -> io::Result<()> {
        queue!(out, EnableLineWrap, Show, LeaveAlternateScreen)?;
        for line in &self.lines {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen(bytes: &[u8]) -> vt100::Parser {
        let mut parser = vt100::Parser::new(5, 20, 0);
        parser.process(b"before\r\n");
        parser.process(bytes);
        parser
    }

    #[test]
    fn what_is_drawn_replaces_what_was_and_is_left_at_the_end() {
        let mut out = Vec::new();
        Frame::new(b"a long first line\nsecond\n").paint(&mut out, &[], 5, true).unwrap();
        let frame = Frame::new("short\n".as_bytes());
        frame.paint(&mut out, &["note: x".to_owned()], 5, false).unwrap();
        let during = screen(&out);
        assert_eq!(during.screen().contents(), "short\nnote: x");
        assert!(during.screen().alternate_screen() && during.screen().hide_cursor());
        frame.leave(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap().replace("short\n", "short\r\n");
        let after = screen(text.as_bytes());
        assert_eq!(after.screen().contents(), "before\nshort");
        assert!(!after.screen().alternate_screen() && !after.screen().hide_cursor());
    }

    #[test]
    fn a_line_as_wide_as_the_terminal_is_whole() {
        let mut out = Vec::new();
        let text = format!("{}\n{}\n", "a".repeat(20), "b".repeat(20));
        Frame::new(text.as_bytes()).paint(&mut out, &[], 5, true).unwrap();
        assert_eq!(screen(&out).screen().contents(), text.trim_end());
    }

    #[test]
    fn what_is_higher_than_the_terminal_is_cut_and_wide_lines_do_not_wrap() {
        let mut out = Vec::new();
        let text: Vec<String> = (0..9).map(|n| format!("line {n} {}", "x".repeat(30))).collect();
        let frame = Frame::new(text.join("\n").as_bytes());
        frame.paint(&mut out, &["note: x".to_owned()], 5, true).unwrap();
        let lines = frame.cut(&["note: x".to_owned()], 5);
        assert_eq!(lines.len(), 5);
        assert!(lines[2].starts_with("line 2"));
        assert_eq!(lines[3], "… 6 more lines: the terminal is too low");
        assert_eq!(lines[4], "note: x");
    }
}
