//! Standard error, shared by everything that writes there: a line never runs into the progress
//! that is drawn.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::paint::Painter;
use super::progress::Progress;
use crate::report::Gauge;

/// What is over before is worth no line.
const BEFORE_LINES: Duration = Duration::from_secs(2);
/// Between two lines that tell how far something has come, where nothing can be drawn.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

pub(super) struct Screen {
    pub(super) painter: Painter,
    /// The width of the terminal in cells; `None` where it is none.
    pub(super) width: Option<usize>,
    inner: Mutex<Inner>,
}

struct Inner {
    err: Box<dyn Write + Send>,
    progress: Option<Progress>,
    /// What is said while a view has the terminal.
    held: Option<Vec<u8>>,
    /// When a line has to tell next how far something has come.
    next_line: Option<Instant>,
}

/// The most that is held back; beyond it the oldest lines go.
const MOST_HELD: usize = 64 << 10;

impl Screen {
    pub(super) fn new(
        err: Box<dyn Write + Send>,
        progress: Option<Progress>,
        painter: Painter,
        width: Option<usize>,
    ) -> Self {
        Self {
            painter,
            width,
            inner: Mutex::new(Inner { err, progress, held: None, next_line: None }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes, whole. A failure is nobody's: there is no other place to say so.
    pub(super) fn write<T: Default>(&self, write: impl FnOnce(&mut Vec<u8>) -> io::Result<T>) -> T {
        let mut text = Vec::new();
        let answer = write(&mut text).unwrap_or_default();
        let inner = &mut *self.lock();
        if let Some(held) = &mut inner.held {
            held.extend(text);
            if held.len() > MOST_HELD {
                let half = held.len() / 2;
                let line = held[half..].iter().position(|byte| *byte == b'\n');
                held.drain(..half + line.map_or(0, |at| at + 1));
            }
            return answer;
        }
        let err = &mut inner.err;
        let mut put = || drop(err.write_all(&text).and_then(|()| err.flush()));
        match &mut inner.progress {
            Some(progress) => progress.aside(put),
            None => put(),
        }
        answer
    }

    pub(super) fn progress(&self, what: &str, done: usize, total: usize) {
        if let Some(progress) = &mut self.lock().progress {
            progress.update(what, done, total);
        }
    }

    /// Holds back what is said, where it would be said on the terminal; gives the last `count` lines
    /// of what is held.
    pub(super) fn hold(&self, count: usize) -> Vec<String> {
        if self.width.is_none() {
            return Vec::new();
        }
        let mut inner = self.lock();
        let text = String::from_utf8_lossy(inner.held.get_or_insert_default());
        let mut lines: Vec<String> = text.lines().rev().take(count).map(str::to_owned).collect();
        lines.reverse();
        lines
    }

    /// Says what was held back.
    pub(super) fn release(&self) {
        let held = self.lock().held.take();
        if let Some(held) = held.filter(|held| !held.is_empty()) {
            self.write(|out| out.write_all(&held));
        }
    }

    /// Draws how far it has come; where nothing is drawn, the line to say now, if `wanted` and it is time
    /// for one.
    pub(super) fn gauge(&self, gauge: &Gauge, wanted: bool) -> Option<String> {
        let inner = &mut *self.lock();
        if let Some(progress) = &mut inner.progress {
            progress.gauge(gauge);
            return None;
        }
        if gauge.ended || !wanted {
            inner.next_line = None;
            return None;
        }
        let now = Instant::now();
        let due = *inner.next_line.get_or_insert(now + BEFORE_LINES) <= now;
        due.then(|| {
            inner.next_line = Some(now + BETWEEN_LINES);
            format!("{}: {}", gauge.what, gauge.detail)
        })
    }

    /// Takes progress off the terminal, for a question, a result or the end.
    pub(super) fn wipe(&self) {
        if let Some(progress) = &mut self.lock().progress {
            progress.wipe();
        }
    }
}

impl fmt::Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Screen").field("width", &self.width).finish_non_exhaustive()
    }
}
