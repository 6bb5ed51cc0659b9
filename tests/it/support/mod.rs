//! What the tests share: real brokers, the program in a sandbox, names that nobody else uses.

// A test takes what it needs; no build uses all of it.
#![allow(dead_code)]

pub mod alone;
pub mod bindings;
pub mod broker;
pub mod consumer;
pub mod fake;
pub mod idp;
#[cfg(feature = "gssapi")]
pub mod kdc;
pub mod listening;
pub mod producer;
pub mod proxies;
pub mod run;
pub mod sandbox;
pub mod schemas;
pub mod scripted;
pub mod settled;
pub mod terminal;
pub mod tools;
pub mod transcript;
pub mod wire;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What all tests of a run share, one for each key, made when it is first asked for.
#[derive(Debug)]
pub struct Shared<T: 'static>(Mutex<BTreeMap<String, &'static OnceLock<T>>>);

impl<T: 'static> Shared<T> {
    pub const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    /// That of a key. Others may be made meanwhile; who asks for the same waits.
    pub fn of(&self, key: &str, make: impl FnOnce() -> T) -> &'static T {
        let slot = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            *all.entry(key.to_owned()).or_insert_with(|| Box::leak(Box::default()))
        };
        slot.get_or_init(make)
    }
}

/// A name that no other test and no other run uses, so that tests share a broker side by side.
pub fn unique(prefix: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("{prefix}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Waits until the condition holds; panics with `what` when it still does not after a minute.
pub fn eventually(what: &str, condition: impl FnMut() -> bool) {
    assert!(within_a_minute(condition), "gave up waiting: {what}");
}

/// Waits until both sides are the same, as of brokers that learn of a change each in its own time; panics with
/// both when they still differ after a minute.
pub fn eventually_same<T: PartialEq + Debug>(what: &str, mut sides: impl FnMut() -> (T, T)) {
    let mut last = None;
    let same = within_a_minute(|| {
        let (ours, theirs) = last.insert(sides());
        ours == theirs
    });
    assert!(same, "{what}: {:#?}", last.expect("both were looked at"));
}

fn within_a_minute(mut condition: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !condition() {
        if Instant::now() >= deadline {
            return false;
        }
        thread::sleep(Duration::from_millis(50));
    }
    true
}

/// The same numbers in every run (xorshift64*).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33
    }

    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next()).expect("31 bits") % bound
    }

    pub fn of<'t, T>(&mut self, among: &'t [T]) -> &'t T {
        &among[self.below(among.len())]
    }
}
