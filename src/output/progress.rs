//! How far a long job has come: drawn on a terminal once a moment has passed, wiped at its end.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::model::visible;
use crate::report::Gauge;

/// Jobs that are shorter show nothing.
pub(super) const MOMENT: Duration = Duration::from_millis(500);

/// Where progress is drawn.
pub type DrawTarget = Box<dyn Fn() -> ProgressDrawTarget + Send>;

pub(super) struct Progress {
    target: DrawTarget,
    after: Duration,
    job: Option<Job>,
}

struct Job {
    what: String,
    since: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    pub(super) fn new(target: DrawTarget, after: Duration) -> Self {
        Self { target, after, job: None }
    }

    /// `done` of `total`; another `what` begins another job, and `done == total` ends it.
    pub(super) fn update(&mut self, what: &str, done: usize, total: usize) {
        if self.job.as_ref().is_none_or(|job| job.what != what) {
            self.wipe();
            self.job = Some(Job { what: what.to_owned(), since: Instant::now(), bar: None });
        }
        if done >= total {
            self.wipe();
            return;
        }
        let Some(job) = &mut self.job else { return };
        if let Some(bar) = &job.bar {
            bar.set_position(done as u64);
        } else if job.since.elapsed() >= self.after {
            let bar = bar((self.target)(), &job.what, total);
            bar.set_position(done as u64);
            bar.tick();
            job.bar = Some(bar);
        }
    }

    /// How far a job has come that has words for it.
    pub(super) fn gauge(&mut self, gauge: &Gauge) {
        if gauge.ended {
            self.wipe();
            return;
        }
        if self.job.as_ref().is_none_or(|job| job.what != gauge.what) {
            self.wipe();
            let what = gauge.what.to_owned();
            let bar = ProgressBar::with_draw_target(Some(gauge.total), (self.target)())
                .with_style(style("{prefix} [{bar:20}] {msg}"))
                .with_prefix(visible(gauge.what).into_owned());
            self.job = Some(Job { what, since: Instant::now(), bar: Some(bar) });
        }
        if let Some(bar) = self.job.as_ref().and_then(|job| job.bar.as_ref()) {
            bar.set_length(gauge.total);
            bar.set_position(gauge.done);
            bar.set_message(visible(&gauge.detail).into_owned());
            bar.tick();
        }
    }

    /// Takes what is drawn off the terminal.
    pub(super) fn wipe(&mut self) {
        if let Some(bar) = self.job.take().and_then(|job| job.bar) {
            bar.finish_and_clear();
        }
    }

    /// Runs `write` with nothing drawn.
    pub(super) fn aside(&self, write: impl FnOnce()) {
        match self.job.as_ref().and_then(|job| job.bar.as_ref()) {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}

fn bar(target: ProgressDrawTarget, what: &str, total: usize) -> ProgressBar {
    ProgressBar::with_draw_target(Some(total as u64), target)
        .with_style(style("{msg} [{bar:30}] {pos}/{len}"))
        .with_message(visible(what).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::InMemoryTerm;

    fn progress(after: Duration) -> (Progress, InMemoryTerm) {
        let term = InMemoryTerm::new(5, 80);
        let drawn = term.clone();
        let target = move || ProgressDrawTarget::term_like_with_hz(Box::new(drawn.clone()), 255);
        (Progress::new(Box::new(target), after), term)
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
    fn a_short_job_draws_nothing() {
        let (mut progress, term) = progress(Duration::from_hours(1));
        for done in 0..=100 {
            progress.update("writing ACLs", done, 100);
            assert_eq!(term.contents(), "");
        }
    }
}
