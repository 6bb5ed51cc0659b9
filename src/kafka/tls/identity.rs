//! The client's certificate, and its private key: PKCS#8, encrypted (by PKCS#5 or PKCS#12) or not, PKCS#1, SEC1.

use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::der::asn1::OctetStringRef;
use pkcs8::der::{Decode as _, Reader as _, SecretDocument, SliceReader};
use pkcs8::spki::{AlgorithmIdentifierRef, ObjectIdentifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use secrecy::ExposeSecret;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use crate::error::{Error, Result};
use crate::model::visible;
use crate::settings::{Identity, StoreError, unlock_key};

use super::unfit::{KINDS, unknown_key};

const ENCRYPTED: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
const CONVERT: &str = "`openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD -out NEW` makes a key that can be read; with `-v1 PBE-SHA1-3DES` \
     in place of `-v2 aes-256-cbc` one that Java's clients read, too";
/// The algorithms of PKCS#12 (RFC 7292, appendix C).
const OF_PKCS12: &str = "1.2.840.113549.1.12.1.";

/// The certificate with its key. Whether the certificate is any good is for the broker to say: it may be of a
/// version that this TLS itself would not trust, and Java's clients show it, too.
pub(super) fn certified(identity: &Identity, provider: &CryptoProvider) -> Result<CertifiedKey> {
    let chain = super::certificates(&identity.certificate)?;
    let (certificate, key) = (visible(&identity.certificate.origin), visible(&identity.key.origin));
    let own = chain.first().map(|der| X509Certificate::from_der(der));
    let Some(Ok((_, own))) = own else {
        return Err(Error::invalid(format!("the certificate of `{certificate}` cannot be read"))
            .hint(format!("look at it: `openssl x509 -noout -text -in {certificate}`")));
    };
    let loaded = provider.key_provider.load_private_key(private_key(identity)?);
    let signer = loaded.map_err(|error| {
        let cannot = Error::invalid(format!("the key of `{key}` cannot be used"));
        match unknown_key(own.public_key()) {
            Some(kind) => cannot.caused_by(format!("it is {kind}")),
            None => cannot.caused_by(error),
        }
        .hint(format!("kward's TLS signs with {KINDS}: have a certificate made for such a key"))
    })?;
    if signer.public_key().is_some_and(|public| public.as_ref() != own.public_key().raw) {
        return Err(Error::invalid(format!(
            "the key of `{key}` is not that of the certificate of `{certificate}`"
        ))
        .hint(format!(
            "both have to name the same key: `openssl pkey -pubout -in {key}` and \
             `openssl x509 -noout -pubkey -in {certificate}` print it"
        ))
        .hint("of a chain, the client's own certificate comes first"));
    }
    Ok(CertifiedKey::new(chain, signer))
}

/// Reads the key. It may take a while: an encrypted one is made slow to guess.
pub(super) fn private_key(identity: &Identity) -> Result<PrivateKeyDer<'static>> {
    let pem = identity.key.text.expose_secret();
    let origin = visible(&identity.key.origin);
    if let Some(start) = pem.find(ENCRYPTED) {
        return decrypt(identity, &pem[start..]);
    }
    // OpenSSL's own encryption of PKCS#1 and SEC1 keys hashes the password once, with MD5.
    if pem.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(Error::invalid(format!(
            "the key of `{origin}` is encrypted in OpenSSL's old way"
        ))
        .hint(CONVERT));
    }
    PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| {
        Error::invalid(format!("`{origin}` holds no private key"))
            .hint("it has to be PEM: PKCS#8 (encrypted or not), PKCS#1 or SEC1")
    })
}

fn decrypt(identity: &Identity, pem: &str) -> Result<PrivateKeyDer<'static>> {
    let origin = visible(&identity.key.origin);
    let Some(password) = &identity.key_password else {
        return Err(Error::invalid(format!("the key of `{origin}` is encrypted"))
            .hint("give its password with `ssl.key.password`"));
    };
    // Only the first section: the parser refuses anything behind it.
    let end = "-----END ENCRYPTED PRIVATE KEY-----";
    let section = pem.find(end).map_or(pem, |at| &pem[..at + end.len()]);
    let broken = |cause: &str| {
        Error::invalid(format!("the encrypted key of `{origin}` cannot be read")).caused_by(cause)
    };
    let (_, document) =
        SecretDocument::from_pem(section).map_err(|error| broken(&error.to_string()))?;
    let wrong = || {
        Error::invalid(format!("the key of `{origin}` cannot be decrypted"))
            .caused_by(
                "`ssl.key.password` is wrong, or the encryption is one that is not known here",
            )
            .hint(CONVERT)
    };
    let bytes = document.as_bytes();
    let encrypted = match EncryptedPrivateKeyInfoRef::try_from(bytes) {
        Ok(encrypted) => encrypted,
        Err(error) => {
            let Ok(algorithm) = algorithm(bytes) else {
                return Err(broken(&error.to_string()).hint(CONVERT));
            };
            if !algorithm.to_string().starts_with(OF_PKCS12) {
                return Err(unknown(&origin, algorithm));
            }
            return match unlock_key(bytes, password.expose_secret()) {
                Ok(key) => Ok(PrivatePkcs8KeyDer::from(key.expose_secret().to_vec()).into()),
                Err(StoreError::Unsupported) => Err(unknown(&origin, algorithm)),
                Err(StoreError::Broken(cause)) => Err(broken(&cause).hint(CONVERT)),
                Err(StoreError::Costly) => {
                    Err(broken("its password is hashed more often than is done here").hint(CONVERT))
                }
                Err(_) => Err(wrong()),
            };
        }
    };
    let key = encrypted.decrypt(password.expose_secret().as_bytes()).map_err(|_| wrong())?;
    Ok(PrivatePkcs8KeyDer::from(key.as_bytes().to_vec()).into())
}

/// How an encrypted key says that it is encrypted.
fn algorithm(encrypted: &[u8]) -> pkcs8::der::Result<ObjectIdentifier> {
    SliceReader::new(encrypted)?.sequence(|reader| {
        let algorithm = AlgorithmIdentifierRef::decode(reader)?;
        <&OctetStringRef>::decode(reader)?;
        Ok(algorithm.oid)
    })
}

fn unknown(origin: &str, algorithm: ObjectIdentifier) -> Error {
    Error::invalid(format!("the key of `{origin}` is encrypted in a way that is not known here"))
        .caused_by(format!("its algorithm is {algorithm}"))
        .hint(CONVERT)
}
