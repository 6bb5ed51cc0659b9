//! How far a long job has come: drawn on a terminal once a moment has passed, wiped at its end.

use std::fmt;
use std::io::Write;
use std::time::{Duration, Instant};

use crossterm::terminal::{Clear, ClearType};
use unicode_width::UnicodeWidthStr as _;

use super::cut::cut;
use crate::model::visible;
use crate::report::Gauge;

/// Jobs that are shorter show nothing.
pub(super) const MOMENT: Duration = Duration::from_millis(500);
/// What changes more often is not drawn more often.
const BETWEEN: Duration = Duration::from_millis(50);

/// Where progress is drawn.
pub struct DrawTarget {
    /// The terminal.
    pub out: Box<dyn Write + Send>,
    /// Its width in cells, which may change.
    pub width: Box<dyn Fn() -> usize + Send>,
    /// The time from one drawing to the next.
    pub between: Duration,
}

impl DrawTarget {
    /// A terminal.
    pub fn terminal(
        out: impl Write + Send + 'static,
        width: impl Fn() -> usize + Send + 'static,
    ) -> Self {
        Self { out: Box::new(out), width: Box::new(width), between: BETWEEN }
    }

    /// Puts `line` where the cursor's line is, by one write. What is there goes first: behind a line that
    /// fills the terminal, some terminals would take its last character. A failure is nobody's.
    fn put(&mut self, line: &str) {
        let text = format!("\r{}{line}", Clear(ClearType::UntilNewLine));
        drop(self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush()));
    }
}

impl fmt::Debug for DrawTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DrawTarget").finish_non_exhaustive()
    }
}

/// The longest bar of a job that is counted.
const COUNTED: usize = 30;
/// The longest bar of a job that has words for how far it has come.
const TOLD: usize = 20;
/// A shorter bar says nothing.
const SHORTEST: usize = 5;

pub(super) struct Progress {
    target: DrawTarget,
    after: Duration,
    job: Option<Job>,
}

struct Job {
    what: String,
    since: Instant,
    drawn: Option<Drawn>,
}

/// What stands on the terminal.
struct Drawn {
    line: String,
    at: Instant,
}

impl Job {
    fn new(what: &str) -> Self {
        Self { what: what.to_owned(), since: Instant::now(), drawn: None }
    }
}

impl Progress {
    pub(super) fn new(target: DrawTarget, after: Duration) -> Self {
        Self { target, after, job: None }
    }

    /// `done` of `total`; another `what` begins another job, and `done == total` ends it.
    pub(super) fn update(&mut self, what: &str, done: usize, total: usize) {
        self.begin(what);
        if done >= total {
            self.wipe();
            return;
        }
        let waits = |job: &Job| job.drawn.is_none() && job.since.elapsed() < self.after;
        if self.job.as_ref().is_some_and(waits) {
            return;
        }
        let far = format!("{done}/{total}");
        let (done, total) = (done as u64, total as u64);
        self.draw(&Line { what, far: &far, bar: COUNTED, done, total });
    }

    /// How far a job has come that has words for it.
    pub(super) fn gauge(&mut self, gauge: &Gauge) {
        if gauge.ended {
            self.wipe();
            return;
        }
        self.begin(gauge.what);
        let Gauge { what, done, total, .. } = *gauge;
        self.draw(&Line { what, far: &gauge.detail, bar: TOLD, done, total });
    }

    /// Takes what is drawn off the terminal when it is of another job.
    fn begin(&mut self, what: &str) {
        if self.job.as_ref().is_none_or(|job| job.what != what) {
            self.wipe();
            self.job = Some(Job::new(what));
        }
    }

    fn draw(&mut self, line: &Line<'_>) {
        let Some(job) = &mut self.job else { return };
        if job.drawn.as_ref().is_some_and(|drawn| drawn.at.elapsed() < self.target.between) {
            return;
        }
        let line = line.text((self.target.width)());
        self.target.put(&line);
        job.drawn = Some(Drawn { line, at: Instant::now() });
    }

    /// Takes what is drawn off the terminal.
    pub(super) fn wipe(&mut self) {
        if self.job.take().is_some_and(|job| job.drawn.is_some()) {
            self.target.put("");
        }
    }

    /// Runs `write` with nothing drawn.
    pub(super) fn aside(&mut self, write: impl FnOnce()) {
        let Some(drawn) = self.job.as_ref().and_then(|job| job.drawn.as_ref()) else {
            return write();
        };
        self.target.put("");
        write();
        self.target.put(&drawn.line);
    }
}

/// What is drawn: what is done, a bar, and how far it has come.
struct Line<'a> {
    what: &'a str,
    far: &'a str,
    /// How long the bar is where there is room.
    bar: usize,
    done: u64,
    total: u64,
}

impl Line<'_> {
    /// The line on a terminal so wide: one that wraps could not be wiped. Where there is little room the bar
    /// gets shorter, then goes, and at last words are cut.
    fn text(&self, width: usize) -> String {
        let (what, far) = (visible(self.what), visible(self.far));
        let taken = what.width() + " [] ".len() + far.width();
        let room = width.saturating_sub(taken).min(self.bar);
        if room >= SHORTEST {
            format!("{what} [{}] {far}", self.drawn(room))
        } else {
            cut(&format!("{what} {far}"), width).into_owned()
        }
    }

    /// `===>   `, so long.
    fn drawn(&self, room: usize) -> String {
        let filled = room as u128 * u128::from(self.done) / u128::from(self.total.max(1));
        let filled = usize::try_from(filled).unwrap_or(room).min(room);
        let head = if filled < room { ">" } else { "" };
        format!("{:room$}", format!("{}{head}", "=".repeat(filled)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::sync::{Arc, Mutex};

    /// What was written to a terminal.
    #[derive(Clone)]
    struct Term {
        width: u16,
        written: Arc<Mutex<Vec<u8>>>,
    }

    impl Term {
        fn contents(&self) -> String {
            let mut parser = vt100::Parser::new(5, self.width, 0);
            parser.process(&self.written.lock().unwrap());
            parser.screen().contents().trim_end().to_owned()
        }

        /// Each line that was drawn.
        fn lines(&self) -> Vec<String> {
            let written = String::from_utf8(self.written.lock().unwrap().clone()).unwrap();
            let clear = Clear(ClearType::UntilNewLine).to_string();
            written.split('\r').map(|line| line.replace(&clear, "")).collect()
        }
    }

    impl Write for Term {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.written.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn progress(after: Duration) -> (Progress, Term) {
        on_a_terminal(after, 80)
    }

    fn on_a_terminal(after: Duration, width: u16) -> (Progress, Term) {
        let term = Term { width, written: Arc::default() };
        let target = DrawTarget::terminal(term.clone(), move || usize::from(width));
        let target = DrawTarget { between: Duration::ZERO, ..target };
        (Progress::new(target, after), term)
    }

    #[test]
    fn a_line_never_wraps() {
        let lines = |width: u16| {
            let (mut progress, term) = on_a_terminal(Duration::ZERO, width);
            progress.update("writing ACLs", 10, 100);
            let counted = term.contents();
            let detail = "12 of 24 partitions, 1.5 GiB left".to_owned();
            let gauge = Gauge { what: "moving", done: 50, total: 100, detail, ended: false };
            progress.gauge(&gauge);
            let told = term.contents();
            progress.wipe();
            assert_eq!(term.contents(), "", "nothing is left of it at {width}");
            [counted, told]
        };
        for (width, counted, told) in [
            (
                60,
                "writing ACLs [===>                          ] 10/100",
                "moving [========>        ] 12 of 24 partitions, 1.5 GiB left",
            ),
            (
                40,
                "writing ACLs [=>                ] 10/100",
                "moving 12 of 24 partitions, 1.5 GiB left",
            ),
            (26, "writing ACLs 10/100", "moving 12 of 24 partition…"),
            (12, "writing ACL…", "moving 12 o…"),
        ] {
            assert_eq!(lines(width), [counted, told], "at {width}");
        }
    }

    /// What words take and leave between two drawings makes no line that is too long, not for a moment.
    #[test]
    fn a_line_that_changes_never_wraps_in_between() {
        let (mut progress, term) = on_a_terminal(Duration::ZERO, 40);
        let short = "1 left, 9 B of 10 B";
        let long = "1 partition left, 96 kB of 8.4 MB, 48 kB/s, 2m 51s to go";
        for detail in [short, long, "", long, short, short, long].repeat(10) {
            let gauge =
                Gauge { what: "moving", done: 9, total: 10, detail: detail.into(), ended: false };
            progress.gauge(&gauge);
        }
        let drawn = term.lines();
        let told = "moving [=========> ] 1 left, 9 B of 10 B".to_owned();
        assert!(drawn.contains(&told), "{drawn:#?}");
        let wide: Vec<&String> = drawn.iter().filter(|line| line.width() > 40).collect();
        assert!(wide.is_empty(), "{wide:#?}");
        progress.wipe();
        assert_eq!(term.contents(), "", "nothing is left of it");
    }

    #[test]
    fn drawn_while_it_lasts_and_wiped_at_the_end() {
        let (mut progress, term) = progress(Duration::ZERO);
        progress.update("writing ACLs", 10, 100);
        assert_eq!(term.contents(), "writing ACLs [===>                          ] 10/100");
        let mut during = None;
        progress.aside(|| during = Some(term.contents()));
        assert_eq!(during.as_deref(), Some(""));
        assert!(term.contents().starts_with("writing ACLs ["));
        progress.update("writing ACLs", 100, 100);
        assert_eq!(term.contents(), "");
    }

    #[test]
    fn another_job_takes_the_place() {
        let (mut progress, term) = progress(Duration::ZERO);
        progress.update("one", 1, 2);
        progress.update("two\u{1b}", 1, 2);
        assert_eq!(term.contents(), "two\\u{1b} [===============>              ] 1/2");
        progress.wipe();
        assert_eq!(term.contents(), "");
    }

    #[test]
    fn a_gauge_says_how_far_in_words() {
        let (mut progress, term) = progress(Duration::ZERO);
        let gauge = |done, detail: &str| Gauge {
            what: "moving",
            done,
            total: 100,
            detail: detail.to_owned(),
            ended: false,
        };
        progress.gauge(&gauge(50, "half of it"));
        assert_eq!(term.contents(), "moving [==========>         ] half of it");
        progress.gauge(&gauge(75, "nearly\u{1b}"));
        assert_eq!(term.contents(), "moving [===============>    ] nearly\\u{1b}");
        progress.gauge(&Gauge::ended("moving"));
        assert_eq!(term.contents(), "");
    }

    #[test]
    fn what_changes_often_is_drawn_now_and_then() {
        let (mut progress, term) = progress(Duration::ZERO);
        progress.target.between = Duration::from_hours(1);
        for done in 10..100 {
            progress.update("writing ACLs", done, 100);
        }
        assert_eq!(term.contents(), "writing ACLs [===>                          ] 10/100");
    }

    #[test]
    fn a_line_that_fills_the_terminal_is_whole() {
        let (mut progress, term) = on_a_terminal(Duration::ZERO, 19);
        for _ in 0..2 {
            progress.update("writing ACLs", 10, 100);
            assert_eq!(term.contents(), "writing ACLs 10/100");
        }
        progress.wipe();
        assert_eq!(term.contents(), "");
    }

    #[test]
    fn a_short_job_draws_nothing() {
        let (mut progress, term) = progress(Duration::from_hours(1));
        for done in 0..=100 {
            progress.update("writing ACLs", done, 100);
            assert_eq!(term.contents(), "");
        }
    }
}
