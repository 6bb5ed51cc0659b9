//! Whether the other side is who it claims to be.

use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, SignatureVerificationAlgorithm, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error as TlsError,
    SignatureScheme,
};

use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::{ASN1Time, FromDer};

use crate::error::{Error, Result};
use crate::settings::Tls;

use super::failure::is_of_a_ca;
use super::unfit::explained;

/// What `tls` asks to be checked.
pub(super) fn verifier(
    tls: &Tls,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>> {
    if !tls.verify_certificate {
        return Ok(Arc::new(Nothing(Arc::clone(provider))));
    }
    let roots = Arc::new(super::roots(tls)?);
    let chain = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider))
        .build()
        .map_err(|error| Error::failed("TLS cannot be set up").caused_by(error))?;
    let named = tls.ca.as_ref().map(super::certificates).transpose()?.unwrap_or_default();
    Ok(Arc::new(Trusted { chain, named, verify_hostname: tls.verify_hostname }))
}

/// What the chain, the name and the time say.
#[derive(Debug)]
struct Trusted {
    chain: Arc<WebPkiServerVerifier>,
    /// The certificates that the settings name: one of them is trusted as it is, as Java and OpenSSL do it,
    /// also where it says that it is a CA's (`openssl req -x509` makes such ones).
    named: Vec<CertificateDer<'static>>,
    /// Not with `ssl.endpoint.identification.algorithm=`.
    verify_hostname: bool,
}

impl Trusted {
    /// The broker shows a certificate that is trusted by itself: what is left are its time and its name.
    fn itself(
        certificate: &CertificateDer<'_>,
        server_name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), TlsError> {
        let bad = |_| TlsError::from(CertificateError::BadEncoding);
        let (_, read) = X509Certificate::from_der(certificate).map_err(bad)?;
        let seconds = |time: ASN1Time| {
            UnixTime::since_unix_epoch(Duration::from_secs(time.timestamp().unsigned_abs()))
        };
        let (not_before, not_after) =
            (seconds(read.validity().not_before), seconds(read.validity().not_after));
        if now < not_before {
            return Err(CertificateError::NotValidYetContext { time: now, not_before }.into());
        }
        if now > not_after {
            return Err(CertificateError::ExpiredContext { time: now, not_after }.into());
        }
        verify_server_name(&ParsedCertificate::try_from(certificate)?, server_name)
    }
}

impl ServerCertVerifier for Trusted {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let mut verified = self
            .chain
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            .map(drop);
        if let Err(TlsError::InvalidCertificate(error)) = &verified
            && is_of_a_ca(error)
            && self.named.contains(end_entity)
        {
            verified = Self::itself(end_entity, server_name, now);
        }
        match verified {
            // The name is looked at last, when the chain has been found good.
            Err(TlsError::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.verify_hostname => Ok(ServerCertVerified::assertion()),
            Ok(()) => Ok(ServerCertVerified::assertion()),
            Err(error) => {
                let chain: Vec<_> = [end_entity].into_iter().chain(intermediates).collect();
                Err(explained(error, &chain, &self.named))
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let verified = self.chain.verify_tls12_signature(message, cert, dss);
        verified.map_err(|error| explained(error, &[cert], &[]))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let verified = self.chain.verify_tls13_signature(message, cert, dss);
        verified.map_err(|error| explained(error, &[cert], &[]))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}

/// No certificate is checked: `enable.ssl.certificate.verification=false`.
#[derive(Debug)]
struct Nothing(Arc<CryptoProvider>);

impl ServerCertVerifier for Nothing {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let known = &self.0.signature_verification_algorithms;
        let verified = verify_tls12_signature(message, cert, dss, known);
        verified.or_else(|error| by_key(error, message, cert, dss, known))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let known = &self.0.signature_verification_algorithms;
        let verified = verify_tls13_signature(message, cert, dss, known);
        verified.or_else(|error| by_key(error, message, cert, dss, known))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Whether the key of a certificate made the signature, where the certificate itself is of a kind that is not read
/// (version 1) and counts for nothing anyway.
fn by_key(
    error: TlsError,
    message: &[u8],
    certificate: &CertificateDer<'_>,
    signature: &DigitallySignedStruct,
    known: &WebPkiSupportedAlgorithms,
) -> Result<HandshakeSignatureValid, TlsError> {
    // A peer that breaks the rules of the handshake is none that one cannot read.
    if !matches!(error, TlsError::InvalidCertificate(_)) {
        return Err(error);
    }
    let Ok((_, read)) = X509Certificate::from_der(certificate) else { return Err(error) };
    let key = &read.public_key().subject_public_key.data;
    let fitting = known.mapping.iter().find(|(scheme, _)| *scheme == signature.scheme);
    let made = |algorithm: &&dyn SignatureVerificationAlgorithm| {
        algorithm.verify_signature(key, message, signature.signature()).is_ok()
    };
    if fitting.is_some_and(|(_, algorithms)| algorithms.iter().any(made)) {
        return Ok(HandshakeSignatureValid::assertion());
    }
    Err(explained(error, &[certificate], &[]))
}

/// The first bytes of a TLS conversation, to see whether somebody answers in kind. Nothing is ever
/// sent over what it begins.
pub(in super::super) fn client_hello() -> Option<Vec<u8>> {
    let provider = super::provider();
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .ok()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Nothing(provider)))
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").ok()?;
    let mut connection = ClientConnection::new(Arc::new(config), name).ok()?;
    let mut hello = Vec::new();
    connection.write_tls(&mut hello).ok()?;
    Some(hello)
}
