//! What `-v` and `--log-file` are told: each request with its broker, version, size and duration,
//! never what is in it.

use std::time::Duration;

/// One request and its answer.
#[derive(Debug, Clone)]
pub struct Exchange<'a> {
    /// `127.0.0.1:9092`.
    pub broker: &'a str,
    /// `DescribeAcls`.
    pub api: &'a str,
    /// The version spoken.
    pub version: i16,
    /// Bytes on the wire, length included.
    pub sent: usize,
    /// Bytes of the answer, length included; `None` when none came.
    pub received: Option<usize>,
    /// From handing the request over to having the whole answer, or to giving up.
    pub took: Duration,
    /// How long the broker asks to wait before the next request (KIP-219).
    pub throttle: Duration,
}

/// Receives every exchange with a broker, those of the handshakes included.
pub trait Trace: Send + Sync {
    /// Called when the answer has come, or when none will.
    fn exchange(&self, exchange: &Exchange<'_>);
}
