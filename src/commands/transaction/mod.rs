//! The verbs of `kward transaction`.

pub mod abort;
pub mod describe;
pub mod find_hanging;
pub mod list;
pub mod producers;
pub mod terminate;

mod held;

/// A time of the cluster, RFC 3339 in UTC, to the millisecond.
fn time(millis: i64) -> Option<String> {
    let time = jiff::Timestamp::from_millisecond(millis).ok()?;
    Some(time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}
