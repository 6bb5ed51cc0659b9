//! What the tests share: real brokers, the program in a sandbox, names that nobody else uses.

// A test takes what it needs; no build uses all of it.
#![allow(dead_code)]

pub mod bindings;
pub mod broker;
pub mod fake;
pub mod run;
pub mod sandbox;
pub mod schemas;
pub mod scripted;
pub mod transcript;

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// A name that no other test and no other run uses, so that tests share a broker side by side.
pub fn unique(prefix: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("{prefix}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Waits until the condition holds; panics with `what` when it still does not after a minute.
pub fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !condition() {
        assert!(Instant::now() < deadline, "gave up waiting: {what}");
        thread::sleep(Duration::from_millis(50));
    }
}
