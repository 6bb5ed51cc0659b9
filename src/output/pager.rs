//! A pager for what is longer than the terminal is high. What fits is printed as ever; nothing is
//! held beyond a screenful.

use std::io::{self, Write};
use std::process::{Child, Command, Stdio};

use super::options::Pager;
use crate::error::{Error, Result};
use crate::model::visible;

/// Writes to a terminal, until it is full; then to a pager, with what was written before.
pub(super) struct Paged<'a> {
    pager: &'a Pager,
    out: &'a mut dyn Write,
    /// Rows that are left on the screen.
    rows: usize,
    width: usize,
    /// Cells of the line that is not ended.
    line: usize,
    place: Place,
}

/// Where what is written goes.
enum Place {
    /// Not known yet.
    Held(Vec<u8>),
    Pager(Child),
    /// The pager could not be started.
    Terminal,
}

impl<'a> Paged<'a> {
    /// On a terminal of so many cells and rows. One row is the prompt's.
    pub(super) fn new(
        pager: &'a Pager,
        (width, height): (usize, usize),
        out: &'a mut dyn Write,
    ) -> Self {
        let rows = height.saturating_sub(1);
        Self { pager, out, rows, width: width.max(1), line: 0, place: Place::Held(Vec::new()) }
    }

    /// Writes what is held, or waits until the person has read enough. Fails where a shell did not find
    /// the pager: what was written is lost then.
    pub(super) fn end(self) -> Result<()> {
        let written = match self.place {
            Place::Held(held) => self.out.write_all(&held),
            Place::Terminal => Ok(()),
            Place::Pager(mut child) => {
                drop(child.stdin.take());
                return match child.wait().map(|status| status.code()) {
                    // Not found, or no program, as shells say it.
                    Ok(Some(126 | 127)) => Err(self.pager.failed()),
                    _ => Ok(()),
                };
            }
        };
        written.or_else(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Ok(()),
            _ => Err(super::ui::unwritten(error)),
        })
    }

    /// Whether the text, put behind what is there, is more than the screen holds.
    fn overflows(&mut self, text: &[u8]) -> bool {
        let mut escape = false;
        for byte in text {
            match byte {
                b'\n' => {
                    let rows = self.line.div_ceil(self.width).max(1);
                    self.line = 0;
                    match self.rows.checked_sub(rows) {
                        Some(left) => self.rows = left,
                        None => return true,
                    }
                }
                b'\x1b' => escape = true,
                b'm' if escape => escape = false,
                // Nearly: a character of several bytes counts once, also where it takes two cells.
                0x80..0xc0 => {}
                _ if escape => {}
                _ => self.line += 1,
            }
        }
        false
    }
}

impl Write for Paged<'_> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        if let Place::Held(_) = self.place {
            let overflows = self.overflows(text);
            let Place::Held(held) = &mut self.place else { return Ok(0) };
            held.extend_from_slice(text);
            if !overflows {
                return Ok(text.len());
            }
            let held = std::mem::take(held);
            self.place = self.pager.start().map_or(Place::Terminal, Place::Pager);
            return self.write_all(&held).map(|()| text.len());
        }
        match &mut self.place {
            Place::Pager(child) => match &mut child.stdin {
                Some(stdin) => stdin.write(text),
                None => Ok(text.len()),
            },
            _ => self.out.write(text),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.place {
            Place::Held(_) => Ok(()),
            Place::Pager(child) => child.stdin.as_mut().map_or(Ok(()), Write::flush),
            Place::Terminal => self.out.flush(),
        }
    }
}

impl Pager {
    /// Without a shell where none is needed: a program that is not there is known at once then.
    fn start(&self) -> io::Result<Child> {
        const SHELL: &str = "|&;<>()$`\\\"'*?[#~=%";
        let mut words = self.command.split_whitespace();
        let mut command = match words.next() {
            Some(program) if !self.command.contains(|c| SHELL.contains(c)) => {
                let mut command = Command::new(program);
                command.args(words);
                command
            }
            _ => {
                let mut command = Command::new("sh");
                command.args(["-c", &self.command]);
                command
            }
        };
        if self.sets_less {
            // Ends by itself when all fits, shows colours, leaves the text on the screen.
            command.env("LESS", "FRX");
        }
        command.stdin(Stdio::piped()).spawn()
    }

    fn failed(&self) -> Error {
        Error::failed(format!("the pager `{}` could not be run", visible(&self.command)))
            .hint("name another in `KWARD_PAGER` or `PAGER`, or use `--no-pager`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn paged(command: &str, text: &str) -> (Result<()>, String) {
        let pager = Pager { command: command.to_owned(), sets_less: true };
        let mut out = Vec::new();
        let mut screen = Paged::new(&pager, (10, 4), &mut out);
        // In pieces, as tables come. A pager that is gone already is told by how it ended.
        for piece in text.split_inclusive(' ') {
            match screen.write_all(piece.as_bytes()) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
                written => written.unwrap(),
            }
        }
        (screen.end(), String::from_utf8(out).unwrap())
    }

    #[test]
    fn what_fits_needs_no_pager() {
        for text in [
            "",
            "a\nb\nc\n",
            "a\n12345678901\n",
            "\x1b[31m1234567890\x1b[0m\nb\nc\n",
            "ä\nöööööööööö\nc\n",
        ] {
            let (ended, out) = paged("false", text);
            ended.unwrap();
            assert_eq!(out, text);
        }
    }

    #[test]
    fn what_is_longer_goes_to_the_pager_and_all_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("read");
        for text in ["a b\nc\nd\ne f\ng\n", "12345678901 12345678901\n1\n2\n"] {
            let (ended, out) = paged(&format!("cat > '{}'", file.display()), text);
            ended.unwrap();
            assert_eq!(out, "");
            assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
        }
        let said = format!("echo $LESS > '{}'", file.display());
        paged(&said, "a\nb\nc\nd\n").0.unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "FRX\n");
    }

    #[test]
    fn a_pager_that_is_not_there_loses_nothing_silently() {
        let text = "a\nb\nc\nd\ne\n";
        let (ended, out) = paged("/nowhere/pager -x", text);
        ended.unwrap();
        assert_eq!(out, text, "without a shell it is known in time");
        let error = paged("/nowhere/pager '-x'", text).0.unwrap_err();
        assert_eq!(error.kind(), Kind::Failed);
        assert!(error.message().contains("/nowhere/pager"), "{error}");
    }

    #[test]
    fn whoever_has_read_enough_is_no_failure() {
        let text = "line\n".repeat(100_000);
        let pager = Pager { command: "true".to_owned(), sets_less: false };
        let mut out = Vec::new();
        let mut screen = Paged::new(&pager, (80, 10), &mut out);
        let written = text.lines().try_for_each(|line| writeln!(screen, "{line}"));
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        screen.end().unwrap();
    }
}
