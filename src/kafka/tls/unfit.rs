//! Certificates that this TLS does not take although others do: old versions, weak keys and signatures, curves
//! that it does not know. The library under it says so in its own terms, or only that nothing fits.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::{CertificateError, Error as TlsError, OtherError};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::{FromDer, X509Version};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::model::visible;

use super::failure::is_of_a_ca;

/// The kinds of keys that are known.
pub(super) const KINDS: &str = "RSA of 2048 bits and more, P-256, P-384 and Ed25519";

/// What is wrong with a certificate, and what helps.
#[derive(Debug)]
pub(super) struct Unfit {
    pub cause: String,
    pub fix: String,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.cause)
    }
}

impl StdError for Unfit {}

impl Unfit {
    /// It, inside an error of the library.
    pub fn of(error: &CertificateError) -> Option<&Self> {
        match error {
            CertificateError::Other(OtherError(inner)) => inner.downcast_ref(),
            _ => None,
        }
    }
}

/// The error, or what about the certificates is behind it. `chain` is what the broker shows, its own certificate
/// first; of the `anchors`, those count that issued one of them.
pub(super) fn explained(
    error: TlsError,
    chain: &[&CertificateDer<'_>],
    anchors: &[CertificateDer<'_>],
) -> TlsError {
    let TlsError::InvalidCertificate(why) = &error else { return error };
    let may_be = matches!(
        why,
        CertificateError::UnknownIssuer
            | CertificateError::BadSignature
            | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. }
            | CertificateError::Other(_)
    );
    if !may_be || is_of_a_ca(why) {
        return error;
    }
    let read = |der| X509Certificate::from_der(der).ok().map(|(_, certificate)| certificate);
    let shown: Vec<_> = chain.iter().filter_map(|der| read(der)).collect();
    let anchors = anchors.iter().filter_map(|der| read(der));
    let mut issuers = anchors
        .filter(|anchor| shown.iter().any(|certificate| certificate.issuer() == anchor.subject()));
    let unfit = shown
        .iter()
        .enumerate()
        .find_map(|(at, certificate)| of_chain(certificate, at == 0))
        .or_else(|| issuers.find_map(|anchor| key(&anchor, "the key of its CA")));
    match unfit {
        Some(unfit) => CertificateError::Other(OtherError(Arc::new(unfit))).into(),
        None => error,
    }
}

/// What is wrong with a certificate of the chain.
fn of_chain(certificate: &X509Certificate<'_>, own: bool) -> Option<Unfit> {
    let subject = visible(&certificate.subject().to_string()).into_owned();
    let whose = if own { "it".to_owned() } else { format!("the certificate of `{subject}`") };
    if certificate.version() == X509Version::V1 {
        return Some(Unfit {
            cause: format!("{whose} is an X.509 certificate of version 1"),
            fix: "make it again as version 3: `openssl x509 -req … -extfile FILE`, with the line \
                  `subjectAltName=DNS:NAME` in that file"
                .to_owned(),
        });
    }
    let weak = match certificate.signature_algorithm.algorithm.to_id_string().as_str() {
        "1.2.840.113549.1.1.5" | "1.2.840.10045.4.1" | "1.3.14.3.2.29" => Some("SHA-1"),
        "1.2.840.113549.1.1.4" => Some("MD5"),
        _ => None,
    };
    if let Some(weak) = weak {
        return Some(Unfit {
            cause: format!("{whose} is signed with {weak}, which can be forged"),
            fix: "have it signed again, with SHA-256".to_owned(),
        });
    }
    let whose = if own { "its key".to_owned() } else { format!("the key of `{subject}`") };
    key(certificate, &whose)
}

fn key(certificate: &X509Certificate<'_>, whose: &str) -> Option<Unfit> {
    let kind = unknown_key(certificate.public_key())?;
    Some(Unfit {
        cause: format!("{whose} is {kind}"),
        fix: format!("make it again with a key that kward's TLS knows: {KINDS}"),
    })
}

/// What a key is that is none of those known.
pub(super) fn unknown_key(key: &SubjectPublicKeyInfo<'_>) -> Option<String> {
    let curve = key.algorithm.parameters.as_ref().and_then(|parameters| parameters.as_oid().ok());
    match key.algorithm.algorithm.to_id_string().as_str() {
        "1.2.840.113549.1.1.1" => match key.parsed() {
            Ok(PublicKey::RSA(rsa)) if rsa.key_size() < 2048 => {
                Some(format!("an RSA key of {} bits, and 2048 are the least", rsa.key_size()))
            }
            _ => None,
        },
        "1.2.840.113549.1.1.10" => Some("a key for RSA-PSS alone".to_owned()),
        "1.2.840.10045.2.1" => match curve?.to_id_string().as_str() {
            "1.2.840.10045.3.1.7" | "1.3.132.0.34" => None,
            "1.3.132.0.35" => Some("on the curve P-521".to_owned()),
            "1.3.132.0.10" => Some("on the curve secp256k1".to_owned()),
            other => Some(format!("on the curve {other}")),
        },
        "1.3.101.112" => None,
        "1.3.101.113" => Some("an Ed448 key".to_owned()),
        "1.2.840.10040.4.1" => Some("a DSA key".to_owned()),
        other => Some(format!("of the kind {other}")),
    }
}
