//! TLS: what is trusted, who we are, and what failures mean.

mod chain;
mod failure;
mod identity;
mod unfit;
mod verifier;

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::sign::SingleCertAndKey;
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::error::{Error, Result};
use crate::model::visible;
use crate::settings::{EndpointTrust, Pem, Tls};

use super::connection::Stream;

pub(super) use chain::{Chain, chain_of};
pub(super) use failure::{explain, of_io};
pub(super) use verifier::client_hello;

/// Makes the configuration. Reads the system's roots and decrypts keys: not for an async thread.
pub(super) fn configure(tls: &Tls) -> Result<Arc<ClientConfig>> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::failed("TLS cannot be set up").caused_by(error))?
        .dangerous()
        .with_custom_certificate_verifier(verifier::verifier(tls, &provider)?);
    let mut config = match &tls.identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let certified = identity::certified(identity, &provider)?;
            builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(certified)))
        }
    };
    // One connection to each broker: nothing to resume.
    config.resumption = rustls::client::Resumption::disabled();
    Ok(Arc::new(config))
}

/// The certificates of a PEM text, at least one.
fn certificates(pem: &Pem) -> Result<Vec<CertificateDer<'static>>> {
    let origin = visible(&pem.origin);
    let found: Vec<_> = CertificateDer::pem_slice_iter(pem.text.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|error| {
            Error::invalid(format!("`{origin}` holds a broken PEM section")).caused_by(error)
        })?;
    if found.is_empty() {
        return Err(Error::invalid(format!("`{origin}` holds no certificate"))
            .hint("it has to be PEM: a section that begins with `-----BEGIN CERTIFICATE-----`"));
    }
    Ok(found)
}

/// The same for a token endpoint.
pub(super) fn for_endpoint(trust: &EndpointTrust) -> Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    match trust {
        EndpointTrust::Only(pem) => add(&mut roots, pem)?,
        EndpointTrust::SystemAnd(pem) => {
            if let Some(pem) = pem {
                add(&mut roots, pem)?;
            }
            let system = add_system(&mut roots);
            if roots.is_empty() {
                return Err(system
                    .hint("name the certificate of the endpoint's CA with `https.ca.location`"));
            }
        }
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::failed("TLS cannot be set up").caused_by(error))?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

/// What is trusted: the given certificates, or the system's.
fn roots(tls: &Tls) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    if let Some(ca) = &tls.ca {
        add(&mut roots, ca)?;
        return Ok(roots);
    }
    let error = add_system(&mut roots);
    if roots.is_empty() {
        return Err(error.hint(
            "name the certificate of the CA with `ssl.ca.location`, or with \
             `ssl.truststore.location`",
        ));
    }
    Ok(roots)
}

fn add(roots: &mut RootCertStore, pem: &Pem) -> Result<()> {
    let origin = visible(&pem.origin);
    for certificate in certificates(pem)? {
        roots.add(certificate).map_err(|error| {
            Error::invalid(format!("`{origin}` holds a certificate that cannot be trusted"))
                .caused_by(error)
        })?;
    }
    Ok(())
}

/// Adds the system's; what to say should there be none.
fn add_system(roots: &mut RootCertStore) -> Error {
    let system = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(system.certs);
    let error = Error::failed("this system has no trusted root certificates");
    let causes = system.errors.iter();
    causes.fold(error, |error, cause| error.caused_by(visible(&cause.to_string())))
}

/// Speaks TLS over `stream`, with whom is called `host`.
pub(super) async fn handshake(
    config: Arc<ClientConfig>,
    host: &str,
    stream: Box<dyn Stream>,
) -> std::io::Result<TlsStream<Box<dyn Stream>>> {
    let name = ServerName::try_from(host.strip_suffix('.').unwrap_or(host).to_owned())
        .map_err(std::io::Error::other)?;
    TlsConnector::from(config).connect(name, stream).await
}

/// The provider for probes.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
