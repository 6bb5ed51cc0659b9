//! A view that has the whole terminal and is drawn anew each time: on the alternate screen, without
//! a cursor, given back as it was.

use std::io::{self, Write};

use super::cut::cut;
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
    /// What is said of them, below whatever there is room for.
    notes: Vec<String>,
}

impl Frame {
    /// Of text with colours, and of notes about it.
    pub(super) fn new(text: &[u8], notes: &[u8]) -> Self {
        let lines = |text| String::from_utf8_lossy(text).lines().map(str::to_owned).collect();
        Self { lines: lines(text), notes: lines(notes) }
    }

    /// Draws it with remarks below, as much as the terminal is wide and high.
    pub(super) fn paint(
        &self,
        out: &mut impl Write,
        remarks: &[String],
        (width, height): (usize, usize),
        first: bool,
    ) -> io::Result<()> {
        if first {
            queue!(out, EnterAlternateScreen, Hide, DisableLineWrap)?;
        }
        queue!(out, BeginSynchronizedUpdate, MoveTo(0, 0))?;
        let lines = self.fitted(remarks, height);
        // Cleared before and not behind: behind a line that is as wide as the terminal the cursor stays
        // on its last character.
        queue!(out, Clear(ClearType::All))?;
        for (at, line) in lines.iter().enumerate() {
            if at > 0 {
                out.write_all(b"\r\n")?;
            }
            out.write_all(cut(line, width).as_bytes())?;
        }
        queue!(out, EndSynchronizedUpdate)
    }

    fn fitted(&self, remarks: &[String], height: usize) -> Vec<String> {
        // What is said of the lines does not take the room of the lines themselves.
        let left = height.saturating_sub(self.lines.len() + remarks.len()).max(1);
        let mut notes = self.notes.clone();
        if notes.len() > left {
            notes.truncate(left);
            notes[left - 1].push_str(" …");
        }
        let room = height.saturating_sub(notes.len() + remarks.len()).max(1);
        let mut lines = self.lines.clone();
        if lines.len() > room {
            let hidden = lines.len() - (room - 1);
            lines.truncate(room - 1);
            lines.push(format!("… {hidden} more lines: the terminal is too low"));
        }
        lines.extend(notes);
        lines.extend(remarks.iter().cloned());
        lines.truncate(height);
        lines
    }

    /// Gives the terminal back, and leaves what was drawn last on it.
    pub(super) fn leave(&self, out: &mut impl Write) -> io::Result<()> {
        queue!(out, EnableLineWrap, Show, LeaveAlternateScreen)?;
        for line in self.lines.iter().chain(&self.notes) {
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
        Frame::new(b"a long first line\nsecond\n", b"")
            .paint(&mut out, &[], (20, 5), true)
            .unwrap();
        let frame = Frame::new(b"short\n", b"said of it\n");
        frame.paint(&mut out, &["note: x".to_owned()], (20, 5), false).unwrap();
        let during = screen(&out);
        assert_eq!(during.screen().contents(), "short\nsaid of it\nnote: x");
        assert!(during.screen().alternate_screen() && during.screen().hide_cursor());
        frame.leave(&mut out).unwrap();
        let text = String::from_utf8(out)
            .unwrap()
            .replace("short\n", "short\r\n")
            .replace("it\n", "it\r\n");
        let after = screen(text.as_bytes());
        assert_eq!(after.screen().contents(), "before\nshort\nsaid of it");
        assert!(!after.screen().alternate_screen() && !after.screen().hide_cursor());
    }

    #[test]
    fn notes_do_not_take_the_room_of_what_they_are_about() {
        let shown = |lines: usize, notes: &str| {
            let mut out = Vec::new();
            let text: Vec<String> = (1..=lines).map(|n| format!("row {n}")).collect();
            let frame = Frame::new(text.join("\n").as_bytes(), notes.as_bytes());
            frame.paint(&mut out, &[], (20, 5), true).unwrap();
            screen(&out).screen().contents()
        };
        assert_eq!(shown(2, "a\nb\nc\n"), "row 1\nrow 2\na\nb\nc");
        assert_eq!(shown(3, "a\nb\nc\n"), "row 1\nrow 2\nrow 3\na\nb …");
        assert_eq!(shown(4, "a\nb\nc\n"), "row 1\nrow 2\nrow 3\nrow 4\na …");
        let too_low = shown(6, "a\nb\n");
        assert!(
            too_low.starts_with("row 1\nrow 2\nrow 3\n… 3 more lines") && too_low.ends_with("a …"),
            "{too_low}"
        );
    }

    #[test]
    fn a_line_as_wide_as_the_terminal_is_whole() {
        let mut out = Vec::new();
        let text = format!("{}\n{}\n", "a".repeat(20), "b".repeat(20));
        Frame::new(text.as_bytes(), b"").paint(&mut out, &[], (20, 5), true).unwrap();
        assert_eq!(screen(&out).screen().contents(), text.trim_end());
    }

    #[test]
    fn what_is_higher_or_wider_than_the_terminal_is_cut_and_says_so() {
        let mut out = Vec::new();
        let text: Vec<String> = (0..9).map(|n| format!("line {n} {}", "x".repeat(30))).collect();
        let frame = Frame::new(text.join("\n").as_bytes(), b"");
        frame.paint(&mut out, &["note: x".to_owned()], (20, 5), true).unwrap();
        let shown = screen(&out).screen().contents();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[..3], [0, 1, 2].map(|n| format!("line {n} {}…", "x".repeat(12))));
        assert_eq!(lines[3..], ["… 6 more lines: the…", "note: x"]);
    }
}
