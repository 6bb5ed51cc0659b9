//! The one deadline of a command, and what is said when it has passed.

use std::future::Future;
use std::time::{Duration, Instant};

use crate::error::Error;

/// The instant by which a command must end. Everything that waits for a peer waits no longer than this.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    at: Instant,
    given: Duration,
}

/// Which time was up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expiry {
    /// The command's.
    Deadline,
    /// The step's own limit, and the command has time left.
    Limit,
}

impl Deadline {
    /// `given` from now on; what lies beyond the clock's range is about a century.
    pub fn after(given: Duration) -> Self {
        let now = Instant::now();
        let far = Duration::from_hours(100 * 365 * 24);
        let at = now.checked_add(given).unwrap_or_else(|| now + far);
        Self { at, given }
    }

    /// The time left; zero when it has passed.
    pub fn remaining(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    /// Whether it has passed.
    pub fn passed(&self) -> bool {
        self.remaining().is_zero()
    }

    /// The error that names the phase in which the time was up: `looking up broker1`.
    pub fn error(&self, phase: &str) -> Error {
        Error::failed(format!("timed out after {} while {phase}", show(self.given)))
            .hint("`--timeout` gives it more time")
    }

    /// Waits for `work`, at most `limit` and never past the deadline.
    pub(super) async fn within<T>(
        &self,
        limit: Duration,
        work: impl Future<Output = T>,
    ) -> Result<T, Expiry> {
        let remaining = self.remaining();
        match tokio::time::timeout(remaining.min(limit), work).await {
            Ok(value) => Ok(value),
            Err(_) if remaining <= limit => Err(Expiry::Deadline),
            Err(_) => Err(Expiry::Limit),
        }
    }

    /// Sleeps for `pause`; false when the deadline comes first.
    pub(super) async fn sleep(&self, pause: Duration) -> bool {
        let remaining = self.remaining();
        tokio::time::sleep(pause.min(remaining)).await;
        pause < remaining
    }
}

/// `30s`, `300ms`, `1.5s`.
pub(super) fn show(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        return format!("{}ms", duration.as_millis());
    }
    let seconds = format!("{:.1}", duration.as_secs_f64());
    format!("{}s", seconds.strip_suffix(".0").unwrap_or(&seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        assert_eq!(show(Duration::from_millis(300)), "300ms");
        assert_eq!(show(Duration::from_secs(30)), "30s");
        assert_eq!(show(Duration::from_millis(1500)), "1.5s");
    }

    #[test]
    fn the_error_names_the_phase() {
        let error = Deadline::after(Duration::from_secs(3)).error("looking up `a`");
        assert_eq!(error.message(), "timed out after 3s while looking up `a`");
    }

    #[tokio::test]
    async fn the_shorter_time_ends_the_wait() {
        let never = std::future::pending::<()>;
        let far = Deadline::after(Duration::MAX);
        assert_eq!(far.within(Duration::from_millis(1), never()).await, Err(Expiry::Limit));
        let near = Deadline::after(Duration::from_millis(1));
        assert_eq!(near.within(Duration::from_secs(9), never()).await, Err(Expiry::Deadline));
        assert!(near.passed());
        assert!(!near.sleep(Duration::from_secs(9)).await);
        assert_eq!(far.within(Duration::from_secs(9), async { 7 }).await, Ok(7));
    }
}
