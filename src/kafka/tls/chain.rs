//! The certificates that a broker showed, for people: who it is, who says so, and until when.

use jiff::Timestamp;
use rustls::ProtocolVersion;
use tokio_rustls::client::TlsStream;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use crate::model::visible;

use super::super::connection::Stream;

/// What was agreed on, and the chain, the broker's own certificate first.
#[derive(Debug, Clone)]
pub(in super::super) struct Chain {
    /// `TLS 1.3`.
    pub protocol: &'static str,
    /// The subjects.
    pub subjects: Vec<String>,
    /// Who issued the last of them.
    pub issuer: Option<String>,
    /// When the first of them expires.
    pub not_after: Option<Timestamp>,
}

/// The chain of a connection.
pub(in super::super) fn chain_of(stream: &TlsStream<Box<dyn Stream>>) -> Chain {
    let (_, session) = stream.get_ref();
    let protocol = match session.protocol_version() {
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
        _ => "TLS",
    };
    let mut chain = Chain { protocol, subjects: Vec::new(), issuer: None, not_after: None };
    for der in session.peer_certificates().unwrap_or_default() {
        let Ok((_, certificate)) = X509Certificate::from_der(der) else { break };
        chain.subjects.push(visible(&certificate.subject().to_string()).into_owned());
        chain.issuer = Some(visible(&certificate.issuer().to_string()).into_owned());
        let until = Timestamp::from_second(certificate.validity().not_after.timestamp()).ok();
        chain.not_after = match (chain.not_after, until) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
    chain
}
