//! Finds out, after a failure and for the message only, what a port speaks instead. Each probe is
//! one short connection of its own that sends nothing secret.

use std::time::Duration;

use kafka_protocol::messages::ApiVersionsRequest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::settings::{Address, ClientConfig};

use super::deadline::Deadline;
use super::frame::Cut;
use super::sasl;
use super::setup::{Raw, Setup};
use super::tls;
use super::versions::Versions;

/// How long a probe may take, within the deadline.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether a port answers a TLS greeting in kind.
pub(super) async fn speaks_tls(setup: &Setup, address: &Address, deadline: Deadline) -> bool {
    let probe = async {
        let hello = tls::client_hello()?;
        let mut stream = setup.way().dial(address, deadline).await.ok()?.stream;
        stream.write_all(&hello).await.ok()?;
        let mut start = [0; 3];
        stream.read_exact(&mut start).await.ok()?;
        // A handshake record or an alert, of version 3.x.
        Some(matches!(start, [0x15 | 0x16, 3, _]))
    };
    deadline.within(PATIENCE, probe).await.ok().flatten().unwrap_or(false)
}

/// What a plain listener of Kafka is like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listener {
    /// The SASL mechanisms that it takes; empty when it asks for none.
    pub mechanisms: Vec<String>,
}

/// What listens at `address` when it is spoken to with TLS (`true`) or without; where it is no listener of
/// Kafka, what else it seems to be.
pub(super) async fn listener(
    setup: &Setup,
    address: &Address,
    deadline: Deadline,
    with_tls: bool,
) -> Result<Listener, Option<String>> {
    let config = ClientConfig {
        tls: setup.config.tls.clone().filter(|_| with_tls),
        sasl: None,
        ..setup.config.clone()
    };
    let probing = setup.again(config);
    let probe = async {
        let mut raw = Raw::open(&probing, address, deadline).await.map_err(|_| None)?;
        let request = ApiVersionsRequest::default();
        let bytes = match raw.ask(&request, 0).await.map_err(|_| None)? {
            Ok(bytes) => bytes,
            Err(Cut::Length { start, .. }) => return Err(recognise(&start)),
            Err(_) => return Err(None),
        };
        let (code, versions) = Versions::read(&bytes, 0).map_err(|_| None)?;
        if code != 0 {
            return Err(None);
        }
        // No mechanism has this name: a listener with SASL answers with those that it has.
        let handshake = sasl::handshake(&mut raw, "KWARD-PROBE", &versions).await;
        Ok(Listener { mechanisms: handshake.map(|h| h.enabled).unwrap_or_default() })
    };
    deadline.within(PATIENCE, probe).await.unwrap_or(Err(None))
}

/// What [`recognise`] says of TLS.
pub(super) const TLS: &str = "it speaks TLS";

/// What the first bytes of an answer say about who speaks there.
pub(super) fn recognise(start: &[u8]) -> Option<String> {
    let text = start.iter().take_while(|byte| (b' '..=b'~').contains(*byte)).count();
    let begins = |with: &[u8]| start.starts_with(with);
    if begins(b"HTTP/") || begins(b"<html") || begins(b"<!DOC") {
        return Some("it speaks HTTP".to_owned());
    }
    if matches!(start, [0x15 | 0x16, 3, ..]) {
        return Some(TLS.to_owned());
    }
    if begins(b"SSH-") {
        return Some("it speaks SSH".to_owned());
    }
    if text >= 4 {
        let line = String::from_utf8_lossy(&start[..text]);
        return Some(format!("it said `{}`", crate::model::visible(&line)));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_protocols_are_recognised() {
        let said = |start: &[u8]| recognise(start).unwrap_or_default();
        assert_eq!(said(b"HTTP/1.1 400 Bad Request\r\n"), "it speaks HTTP");
        assert_eq!(said(&[0x15, 3, 3, 0, 2, 2, 80]), "it speaks TLS");
        assert_eq!(said(b"SSH-2.0-OpenSSH_9"), "it speaks SSH");
        assert_eq!(said(b"220 mail ready\r\n"), "it said `220 mail ready`");
        assert_eq!(recognise(&[0x7f, 0xff, 0xff, 0xff, 0]), None);
    }
}
