//! Questions on the terminal.
//!
//! Keys are read one by one, and the terminal hands them over raw from before the question is shown
//! until it is answered, so that Ctrl-C is a key like any other whenever it is typed. A signal to end
//! is heard from before the question is shown, so that none falls between it and the wait for a key.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use dialoguer::console::{Key, Term};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::{SigId, flag, low_level};
use unicode_width::UnicodeWidthStr as _;

use crate::hangup::{self, Heard};
use crate::report::Typed;

/// A terminal that can be asked.
pub trait Console: Send {
    /// The next key; Ctrl-C and a signal to end are `Key::CtrlC`.
    fn key(&mut self) -> io::Result<Key>;

    /// From now on, or from now on no longer, keys are handed over as they are typed.
    fn raw(&mut self, _on: bool) {}

    /// Writes text as it is.
    fn show(&mut self, text: &str) -> io::Result<()>;

    /// Its width in cells.
    fn width(&self) -> usize;
}

/// How long a signal may wait to be heard.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// A real one.
struct Terminal {
    term: Term,
    /// The controlling terminal, where standard input is none: keys come from there then.
    controlling: Option<File>,
    /// Whether a signal to end came while it was asked on.
    ended: Arc<AtomicBool>,
    hearing: Vec<SigId>,
    hangup: Option<Heard>,
}

impl Terminal {
    fn new(term: Term) -> Self {
        let stdin = io::stdin().is_terminal();
        let controlling = if stdin { None } else { File::open("/dev/tty").ok() };
        Self { term, controlling, ended: Arc::default(), hearing: Vec::new(), hangup: None }
    }

    /// Waits until there is a key to read, or somebody wants the program to end: that is `false`.
    fn waits_for_key(&self) -> bool {
        let stdin = io::stdin();
        loop {
            if self.ended.load(Ordering::Relaxed) {
                return false;
            }
            let keys = match &self.controlling {
                Some(file) => PollFd::new(file, PollFlags::IN),
                None => PollFd::new(&stdin, PollFlags::IN),
            };
            match poll(&mut [keys], Some(&LOOK)) {
                Ok(0) | Err(Errno::INTR) => {}
                // A terminal that cannot be polled, as macOS has them, is read.
                Ok(_) | Err(_) => return true,
            }
        }
    }
}

impl Console for Terminal {
    fn key(&mut self) -> io::Result<Key> {
        if self.waits_for_key() { self.term.read_key_raw() } else { Ok(Key::CtrlC) }
    }

    fn raw(&mut self, on: bool) {
        // Where the terminal cannot, keys are still read, one raw key at a time.
        let _ = if on { enable_raw_mode() } else { disable_raw_mode() };
        for signal in self.hearing.drain(..) {
            low_level::unregister(signal);
        }
        self.hangup = if on { hangup::hear() } else { None };
        if on {
            let hear = |signal| flag::register(signal, Arc::clone(&self.ended)).ok();
            let signals = [SIGINT, SIGTERM].into_iter().chain(self.hangup.as_ref().map(|_| SIGHUP));
            self.hearing = signals.filter_map(hear).collect();
        }
    }

    fn show(&mut self, text: &str) -> io::Result<()> {
        self.term.write_str(text)?;
        self.term.flush()
    }

    fn width(&self) -> usize {
        self.term.size_checked().map_or(80, |(_, columns)| columns.into())
    }
}

/// The terminal to ask on. Keys come from standard input or, where that is data, from the
/// controlling terminal; questions go to standard error or, where that is none, there too.
pub(super) fn console(
    stdin_terminal: bool,
    stderr_terminal: bool,
    stdin_is_input: bool,
) -> Option<Box<dyn Console>> {
    let controlling = || OpenOptions::new().read(true).write(true).open("/dev/tty").ok();
    // `Term` itself reads keys from the controlling terminal where standard input is no terminal.
    let keys = stdin_terminal || (stdin_is_input && controlling().is_some());
    if !keys {
        return None;
    }
    if stderr_terminal {
        return Some(Box::new(Terminal::new(Term::stderr())));
    }
    let tty = controlling()?;
    let also = tty.try_clone().ok()?;
    Some(Box::new(Terminal::new(Term::read_write_pair(also, tty))))
}

/// Whether what is typed can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Echo {
    Shown,
    Hidden,
}

/// Asks and reads a line.
pub(super) fn ask(console: &mut dyn Console, question: &str, echo: Echo) -> Typed {
    console.raw(true);
    // A raw terminal begins no line of its own accord.
    let question = question.replace('\n', "\r\n");
    let typed = console.show(&question).and_then(|()| read_line(console, echo));
    console.raw(false);
    // Whatever was answered, what follows begins on a line of its own.
    let _ = console.show("\n");
    match typed {
        Ok(Some(word)) => Typed::Word(word),
        // Who hangs up in the middle has answered nothing.
        Ok(None) | Err(_) => Typed::Interrupted,
    }
}

/// `None` when interrupted.
fn read_line(console: &mut dyn Console, echo: Echo) -> io::Result<Option<String>> {
    let shown = echo == Echo::Shown;
    let mut line = String::new();
    let rub_out = |console: &mut dyn Console, gone: &str| {
        let cells = if shown { gone.width() } else { 0 };
        console.show(&"\u{8} \u{8}".repeat(cells))
    };
    loop {
        match console.key()? {
            Key::CtrlC => return Ok(None),
            // Ctrl-D ends what was typed; without anything typed, it ends the talk.
            Key::Char('\u{4}') if line.is_empty() => return Ok(None),
            Key::Enter | Key::Char('\u{4}') => return Ok(Some(line)),
            Key::Backspace => {
                let last = line.char_indices().next_back().map_or(0, |(at, _)| at);
                rub_out(console, &line.split_off(last))?;
            }
            // Ctrl-U and Ctrl-W, as a terminal that is not raw has them.
            Key::Char('\u{15}') => rub_out(console, &std::mem::take(&mut line))?,
            Key::Char('\u{17}') => {
                let before = line.trim_end_matches(' ').rfind(' ').map_or(0, |at| at + 1);
                rub_out(console, &line.split_off(before))?;
            }
            Key::UnknownEscSeq(begun) => match skip_sequence(console, &begun)? {
                Some(Key::Enter) => return Ok(Some(line)),
                Some(Key::CtrlC) => return Ok(None),
                _ => {}
            },
            Key::Char(c) if !crate::model::is_hidden(c) => {
                line.push(c);
                if shown {
                    console.show(c.encode_utf8(&mut [0; 4]))?;
                }
            }
            _ => {}
        }
    }
}

/// Reads the rest of what a key sends that is not known: it is none of the answer. A key that is known and no
/// part of it comes back.
fn skip_sequence(console: &mut dyn Console, begun: &[char]) -> io::Result<Option<Key>> {
    let is_last = |c: char| ('@'..='~').contains(&c);
    match begun {
        ['O'] => Ok(Some(console.key()?).filter(|key| !matches!(key, Key::Char(_)))),
        ['[', rest @ ..] if !rest.last().is_some_and(|c| is_last(*c)) => loop {
            match console.key()? {
                Key::Char(c) if is_last(c) => return Ok(None),
                Key::Char(_) => {}
                other => return Ok(Some(other)),
            }
        },
        _ => Ok(None),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::collections::VecDeque;
    use std::sync::{Arc, Mutex};

    /// Keys in, text out.
    #[derive(Clone)]
    pub(in crate::output) struct Scripted {
        pub(in crate::output) keys: VecDeque<Key>,
        pub(in crate::output) shown: Arc<Mutex<String>>,
    }

    impl Scripted {
        pub(in crate::output) fn typing(text: &str) -> Self {
            let keys = text.chars().map(|c| match c {
                '\n' => Key::Enter,
                '\u{3}' => Key::CtrlC,
                '\u{8}' => Key::Backspace,
                c => Key::Char(c),
            });
            Self { keys: keys.collect(), shown: Arc::default() }
        }
    }

    impl Console for Scripted {
        fn key(&mut self) -> io::Result<Key> {
            self.keys.pop_front().ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
        }

        fn show(&mut self, text: &str) -> io::Result<()> {
            self.shown.lock().unwrap().push_str(text);
            Ok(())
        }

        fn width(&self) -> usize {
            60
        }
    }

    fn typed(text: &str) -> (Typed, String) {
        let mut console = Scripted::typing(text);
        let typed = ask(&mut console, "name? ", Echo::Shown);
        let shown = console.shown.lock().unwrap().clone();
        (typed, shown)
    }

    #[test]
    fn a_line_is_read_and_echoed() {
        let (word, shown) = typed("prodd订\u{8}\u{8}\n");
        assert_eq!(word, Typed::Word("prod".to_owned()));
        assert_eq!(shown, "name? prodd订\u{8} \u{8}\u{8} \u{8}\u{8} \u{8}\n");
        assert_eq!(typed("\u{8}\u{1b}\u{202e}x\u{4}").0, Typed::Word("x".to_owned()));
    }

    /// The terminal is raw by then, and goes down a line without going back to its beginning.
    #[test]
    fn a_question_of_two_lines_is_no_staircase() {
        let mut console = Scripted::typing("y\n");
        ask(&mut console, "Delete topic\n  `orders`? ", Echo::Shown);
        assert_eq!(*console.shown.lock().unwrap(), "Delete topic\r\n  `orders`? y\n");
    }

    #[test]
    fn ctrl_u_and_ctrl_w_take_back_a_line_and_a_word() {
        let gone = "\u{8} \u{8}";
        let (word, shown) = typed("bad one \u{17}\u{15}\u{17}ok\n");
        assert_eq!(word, Typed::Word("ok".to_owned()));
        assert_eq!(shown, format!("name? bad one {}{}ok\n", gone.repeat(4), gone.repeat(4)));
        let mut console = Scripted::typing("bad\u{15}hunter2\n");
        let typed = ask(&mut console, "password: ", Echo::Hidden);
        assert_eq!(typed, Typed::Word("hunter2".to_owned()));
        assert_eq!(*console.shown.lock().unwrap(), "password: \n");
    }

    /// F5 (`ESC [ 1 5 ~`), Shift-Left (`ESC [ 1 ; 2 D`), F1 (`ESC O P`) and F1 of Linux (`ESC [ [ A`), of
    /// which the beginning is read as one key.
    #[test]
    fn keys_without_a_meaning_leave_nothing_in_the_answer() {
        for (begun, rest) in [("[15", "~"), ("[1;", "2D"), ("O", "P"), ("[[A", ""), ("x", "")] {
            let mut console = Scripted::typing(&format!("{rest}b\n"));
            console.keys.push_front(Key::UnknownEscSeq(begun.chars().collect()));
            console.keys.push_front(Key::Char('a'));
            let typed = ask(&mut console, "name? ", Echo::Shown);
            assert_eq!(typed, Typed::Word("ab".to_owned()), "{begun}{rest}");
        }
    }

    #[test]
    fn the_end_of_an_answer_is_no_part_of_such_a_key() {
        for begun in ["O", "[", "[15"] {
            for (end, expected) in
                [(Key::Enter, Typed::Word("a".to_owned())), (Key::CtrlC, Typed::Interrupted)]
            {
                let mut console = Scripted::typing("a");
                console.keys.extend([Key::UnknownEscSeq(begun.chars().collect()), end]);
                assert_eq!(ask(&mut console, "name? ", Echo::Shown), expected, "{begun}");
            }
        }
    }

    #[test]
    fn a_secret_is_not_echoed() {
        let mut console = Scripted::typing("hunteR\u{8}r2\n");
        let typed = ask(&mut console, "password: ", Echo::Hidden);
        assert_eq!(typed, Typed::Word("hunter2".to_owned()));
        assert_eq!(*console.shown.lock().unwrap(), "password: \n");
    }

    #[test]
    fn ctrl_c_ctrl_d_and_a_terminal_that_is_lost_interrupt() {
        let interrupted = |shown: &str| (Typed::Interrupted, shown.to_owned());
        assert_eq!(typed("pro\u{3}d\n"), interrupted("name? pro\n"));
        assert_eq!(typed("\u{4}"), interrupted("name? \n"));
        assert_eq!(typed("pr\u{8}\u{8}\u{4}").0, Typed::Interrupted);
        assert_eq!(typed("pro"), interrupted("name? pro\n"));
    }
}
