//! A pager for what is longer than the terminal is high. What fits is printed as ever; nothing is
//! held beyond a screenful.

use std::io::{self, PipeReader, PipeWriter, Read as _, Write};
use std::process::{Child, Command, ExitStatus};
use std::thread::{self, JoinHandle};

use super::options::Pager;
use crate::error::Result;
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
    Pager {
        pipe: PipeWriter,
        ending: JoinHandle<Ending>,
    },
    /// The pager could not be started, for this reason.
    Terminal(String),
}

/// How a pager ended.
#[derive(Default)]
struct Ending {
    /// In words, where it was no person who ended it.
    failure: Option<String>,
    /// What it did not read then.
    unread: Vec<u8>,
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

    /// Writes what is held, or waits until the person has read enough. What a pager that failed did not
    /// read is shown without it; answers with a warning then.
    pub(super) fn end(self) -> Result<Option<String>> {
        let (written, failure) = match self.place {
            Place::Held(held) => (self.out.write_all(&held), None),
            Place::Terminal(why) => (Ok(()), Some(format!("could not be started ({why})"))),
            Place::Pager { pipe, ending } => {
                drop(pipe);
                let Ending { failure, unread } = ending.join().unwrap_or_default();
                (self.out.write_all(&unread), failure.filter(|_| !unread.is_empty()))
            }
        };
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(super::ui::unwritten(error))
            }
            _ => Ok(failure.map(|failure| {
                format!(
                    "the pager `{}` {failure}: what it did not read is shown without it; name another in \
                     `KWARD_PAGER` or `PAGER`, or use `--no-pager`",
                    visible(&self.pager.command)
                )
            })),
        }
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
            self.place =
                self.pager.start().unwrap_or_else(|error| Place::Terminal(error.to_string()));
            return self.write_all(&held).map(|()| text.len());
        }
        match &mut self.place {
            Place::Pager { pipe, .. } => pipe.write(text),
            _ => self.out.write(text),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.place {
            Place::Held(_) => Ok(()),
            Place::Pager { pipe, .. } => pipe.flush(),
            Place::Terminal(_) => self.out.flush(),
        }
    }
}

impl Pager {
    /// Without a shell where none is needed: a program that is not there is known at once then.
    fn start(&self) -> io::Result<Place> {
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
        command.envs(self.variables.iter().copied());
        let (reader, pipe) = io::pipe()?;
        let child = command.stdin(reader.try_clone()?).spawn()?;
        // The command holds the pager's end of the pipe, too.
        drop(command);
        Ok(Place::Pager { pipe, ending: thread::spawn(move || watch(child, reader)) })
    }
}

/// Waits for a pager's end. Until then its end of the pipe is open here as well: what it left there is
/// not lost. Whoever writes on when a person has read enough is told so by a closed pipe.
fn watch(mut child: Child, mut pipe: PipeReader) -> Ending {
    let failure = match child.wait() {
        Ok(status) if is_by_a_person(status) => None,
        Ok(status) => Some(format!("failed ({status})")),
        Err(error) => Some(format!("got lost ({error})")),
    };
    let mut unread = Vec::new();
    if failure.is_some() {
        // A pipe of our own does not fail.
        let _ = pipe.read_to_end(&mut unread);
    }
    Ending { failure, unread }
}

/// Ended in peace, or by a signal that says that somebody has enough; a shell tells that by a status.
fn is_by_a_person(status: ExitStatus) -> bool {
    const SIGNALS: [i32; 5] = [1, 2, 3, 13, 15];
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal: Option<i32> = None;
    let signal = signal.or_else(|| status.code()?.checked_sub(128));
    status.success() || signal.is_some_and(|signal| SIGNALS.contains(&signal))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paged(command: &str, text: &str) -> (Option<String>, String) {
        let pager = Pager { command: command.to_owned(), variables: vec![("LESS", "FRX")] };
        let mut out = Vec::new();
        let mut screen = Paged::new(&pager, (10, 4), &mut out);
        // In pieces, as tables come.
        for piece in text.split_inclusive(' ') {
            screen.write_all(piece.as_bytes()).unwrap();
        }
        (screen.end().unwrap(), String::from_utf8(out).unwrap())
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
            assert_eq!(paged("false", text), (None, text.to_owned()));
        }
    }

    #[test]
    fn what_is_longer_goes_to_the_pager_and_all_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("read");
        for text in ["a b\nc\nd\ne f\ng\n", "12345678901 12345678901\n1\n2\n"] {
            let cat = format!("cat > '{}'", file.display());
            assert_eq!(paged(&cat, text), (None, String::new()));
            assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
        }
        let said = format!("echo $LESS > '{}'", file.display());
        paged(&said, "a\nb\nc\nd\n");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "FRX\n");
    }

    #[test]
    fn what_a_pager_that_fails_did_not_read_is_shown_without_it() {
        // More than a pipe holds.
        let long = "a b c d e f g\n".repeat(20_000);
        for text in ["a\nb\nc\nd\ne\n", &long] {
            for (command, how) in [
                ("/nowhere/pager -x", "could not be started (No such file or directory"),
                // Behind a shell.
                ("/nowhere/pager '-x'", "failed (exit status: 127)"),
                ("false", "failed (exit status: 1)"),
                ("kill -SEGV $$", "failed (signal: 11"),
            ] {
                let (warning, out) = paged(command, text);
                assert!(out == text, "{command}: {} of {} bytes", out.len(), text.len());
                let warning = warning.unwrap();
                assert!(warning.starts_with(&format!("the pager `{command}` {how}")), "{warning}");
                assert!(warning.contains("`KWARD_PAGER`"), "{warning}");
            }
        }
        let (warning, out) = paged("head -c 2 >/dev/null; exit 3", "ab\nc\nd\ne\n");
        assert!(warning.unwrap().contains("exit status: 3"));
        assert!("ab\nc\nd\ne\n".ends_with(&out), "not twice: {out:?}");
        // It read all of it, and says that it found nothing.
        assert_eq!(paged("grep x", "a\nb\nc\nd\ne\n"), (None, String::new()));
    }

    #[test]
    fn whoever_has_read_enough_is_no_failure() {
        let text = "line\n".repeat(100_000);
        let pager = Pager { command: "true".to_owned(), variables: Vec::new() };
        let mut out = Vec::new();
        let mut screen = Paged::new(&pager, (80, 10), &mut out);
        let written = text.lines().try_for_each(|line| writeln!(screen, "{line}"));
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        assert_eq!(screen.end().unwrap(), None);
        // By Ctrl-C, as a program or behind a shell.
        for command in ["kill -INT $$", "sh -c 'kill -INT $$'; exit $?"] {
            assert_eq!(paged(command, "a\nb\nc\nd\ne\n"), (None, String::new()), "{command}");
        }
    }
}
