//! What a failure of TLS means, in words.

use std::io;

use jiff::Timestamp;
use rustls::{AlertDescription as Alert, CertificateError, Error as TlsError, PeerIncompatible};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use crate::error::Error;
use crate::model::visible;
use crate::settings::{Identity, Tls};

use super::unfit::{KINDS, Unfit};

/// The failure of TLS inside an error of the stream.
pub(in super::super) fn of_io(error: &io::Error) -> Option<&TlsError> {
    error.get_ref()?.downcast_ref::<TlsError>()
}

/// The message about it.
pub(in super::super) fn explain(broker: &str, tls: &Tls, error: &TlsError) -> Error {
    match error {
        TlsError::InvalidCertificate(error) => certificate(broker, tls, error),
        TlsError::AlertReceived(alert) => refused(broker, tls, *alert),
        TlsError::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => Error::failed(format!("`{broker}` speaks only versions of TLS that are too old"))
            .caused_by(error)
            .hint(VERSIONS),
        other => Error::failed(format!("TLS with `{broker}` failed"))
            .caused_by(visible(&other.to_string())),
    }
}

/// The broker's certificate is not accepted.
fn certificate(broker: &str, tls: &Tls, error: &CertificateError) -> Error {
    let untrusted = |cause: &str| {
        let failed = Error::failed(format!("the certificate of `{broker}` is not trusted"));
        failed.caused_by(cause)
    };
    match error {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            untrusted("its issuer is none that this client trusts").hint(match &tls.ca {
                Some(ca) => format!(
                    "`{}` has to hold the certificate of the CA that issued it",
                    visible(&ca.origin)
                ),
                None => {
                    "the system's roots are trusted as long as no CA is named: name yours with \
                         `ssl.ca.location`, or with `ssl.truststore.location`"
                        .to_owned()
                }
            })
        }
        CertificateError::Expired => {
            Error::failed(format!("the certificate of `{broker}` has expired")).hint(RENEW)
        }
        CertificateError::ExpiredContext { not_after, .. } => {
            Error::failed(format!("the certificate of `{broker}` has expired"))
                .caused_by(format!("it was valid until {}", date(not_after.as_secs())))
                .hint(RENEW)
        }
        CertificateError::NotValidYet => {
            Error::failed(format!("the certificate of `{broker}` is not valid yet")).hint(CLOCK)
        }
        CertificateError::NotValidYetContext { not_before, .. } => {
            Error::failed(format!("the certificate of `{broker}` is not valid yet"))
                .caused_by(format!("it is valid from {}", date(not_before.as_secs())))
                .hint(CLOCK)
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Error::failed(format!("the certificate of `{broker}` is for another name"))
                .caused_by(names(error))
                .hint(
                    "connect by a name that the certificate has; \
                     `ssl.endpoint.identification.algorithm=` (empty) gives this check up",
                )
        }
        other => {
            if let Some(unfit) = Unfit::of(other) {
                return untrusted(&unfit.cause).hint(unfit.fix.clone());
            }
            if is_of_a_ca(other) {
                return untrusted("it is a CA's certificate, used as a server's").hint(
                    "issue the broker one of its own, with `basicConstraints=CA:FALSE`, and trust its CA; \
                     or trust this very certificate, with `ssl.ca.location`",
                );
            }
            untrusted(&other.to_string())
                .hint(format!("look at it: `openssl s_client -connect {broker} -showcerts`"))
        }
    }
}

/// A broker shows a certificate that says of itself that it is a CA's.
pub(super) fn is_of_a_ca(error: &CertificateError) -> bool {
    error.to_string().contains("CaUsedAsEndEntity")
}

const RENEW: &str = "renew the broker's certificate; if it is valid, this machine's clock is wrong";
const CLOCK: &str = "if it is valid, this machine's clock is wrong";

/// The names that the certificate has.
fn names(error: &CertificateError) -> String {
    let CertificateError::NotValidForNameContext { presented, .. } = error else {
        return "it does not have the name that was connected to".to_owned();
    };
    if presented.is_empty() {
        return "it has no names (only a subject, which counts no longer)".to_owned();
    }
    // They read `DnsName("broker1")`, `IpAddress(10.0.0.1)`.
    let bare = |name: &String| {
        let inner = name.split_once('(').map_or(name.as_str(), |(_, rest)| rest);
        let inner = inner.strip_suffix(')').unwrap_or(inner).trim_matches('"');
        // `::1` comes as `0::1`.
        let address = inner.parse::<std::net::IpAddr>().map(|address| address.to_string());
        format!("`{}`", visible(address.as_deref().unwrap_or(inner)))
    };
    let shown: Vec<String> = presented.iter().take(10).map(bare).collect();
    let more = if presented.len() > shown.len() { ", …" } else { "" };
    format!("its names are {}{more}", shown.join(", "))
}

fn date(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |t| t.to_string())
}

/// The broker ended it by an alert.
fn refused(broker: &str, tls: &Tls, alert: Alert) -> Error {
    let about_us = matches!(
        alert,
        Alert::CertificateRequired
            | Alert::NoCertificate
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied
            | Alert::DecryptError
    );
    let cause = format!("it ended TLS with the alert `{}`", alert_name(alert));
    match &tls.identity {
        // Before TLS 1.3 it says so, too, who misses a certificate.
        None if alert == Alert::HandshakeFailure => {
            Error::failed(format!("`{broker}` finds nothing in common with this client's TLS"))
                .caused_by(cause)
                .hint(format!(
                    "its certificate needs a key of a kind that kward's TLS knows: {KINDS}"
                ))
                .hint(format!("or it asks for a client certificate: {NAME_ONE}"))
        }
        None if about_us => Error::failed(format!("`{broker}` asks for a client certificate"))
            .caused_by(cause)
            .hint(NAME_ONE),
        Some(identity) if about_us || alert == Alert::HandshakeFailure => {
            let origin = visible(&identity.certificate.origin);
            let error = Error::failed(format!("`{broker}` does not accept the client certificate"))
                .caused_by(cause);
            let error = match expiry(identity).filter(|end| *end < Timestamp::now()) {
                Some(end) => error.caused_by(format!("the certificate expired at {end}")),
                None => error,
            };
            error
                .hint(format!(
                    "the certificate of `{origin}` must be valid and issued by a CA in the broker's truststore"
                ))
        }
        _ if alert == Alert::ProtocolVersion => {
            Error::failed(format!("`{broker}` speaks only versions of TLS that are too old"))
                .caused_by(cause)
                .hint(VERSIONS)
        }
        _ => Error::failed(format!("`{broker}` refuses TLS")).caused_by(cause),
    }
}

/// When the client's certificate ends.
fn expiry(identity: &Identity) -> Option<Timestamp> {
    let chain = super::certificates(&identity.certificate).ok()?;
    let (_, own) = X509Certificate::from_der(chain.first()?).ok()?;
    Timestamp::from_second(own.validity().not_after.timestamp()).ok()
}

const NAME_ONE: &str = "name one: `ssl.keystore.location`, or `ssl.certificate.location` and \
                        `ssl.key.location`";
const VERSIONS: &str = "`ssl.enabled.protocols` of the broker has to allow TLSv1.2 or TLSv1.3";

/// `certificate_required`, as the RFC writes it.
fn alert_name(alert: Alert) -> String {
    let words = format!("{alert:?}");
    let mut name = String::new();
    for (at, c) in words.char_indices() {
        if c.is_ascii_uppercase() && words[..at].ends_with(|c: char| c.is_ascii_lowercase()) {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}
