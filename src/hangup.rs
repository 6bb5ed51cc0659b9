//! A hangup of the terminal, where somebody hears it for a while, to leave nothing behind. Once it was heard,
//! the system's own answer to it, the end, is gone for good: it is given here as soon as nobody hears it any more.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use signal_hook::consts::SIGHUP;
use signal_hook::flag;

/// Whether a hangup ends the process, as it does where nobody hears it.
static ENDS: LazyLock<Option<Arc<AtomicBool>>> = LazyLock::new(|| {
    let ends = Arc::new(AtomicBool::new(false));
    let given =
        ends_by_itself() && flag::register_conditional_default(SIGHUP, Arc::clone(&ends)).is_ok();
    given.then_some(ends)
});

/// How many hear it now.
static HEARD_BY: AtomicUsize = AtomicUsize::new(0);

/// As long as this lives, a hangup is what whoever holds it makes of it.
#[derive(Debug)]
pub(crate) struct Heard(());

/// To be called before the signal is registered; `None` where a hangup ends nothing, as under `nohup`.
pub(crate) fn hear() -> Option<Heard> {
    let ends = ENDS.as_ref()?;
    HEARD_BY.fetch_add(1, Ordering::SeqCst);
    ends.store(false, Ordering::SeqCst);
    Some(Heard(()))
}

impl Drop for Heard {
    fn drop(&mut self) {
        let last = HEARD_BY.fetch_sub(1, Ordering::SeqCst) == 1;
        if let Some(ends) = ENDS.as_ref().filter(|_| last) {
            ends.store(true, Ordering::SeqCst);
        }
    }
}

/// Not under `nohup`, and unknown elsewhere than on Linux.
fn ends_by_itself() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & (1 << (SIGHUP - 1)) == 0)
}
