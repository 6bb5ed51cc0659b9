//! PKCS#12 (RFC 7292), as `keytool` and OpenSSL write it: AES under PBES2, or Triple DES and RC2 of
//! older ones.

use p12_keystore::error::Error;
use p12_keystore::{CertificateBag, Pkcs12Archive, PrivateKeyBag};
use secrecy::SecretSlice;

use super::{Entries, KeyEntry, StoreError};

pub(super) fn read(bytes: &[u8], password: Option<&str>) -> Result<Entries, StoreError> {
    let archive = Pkcs12Archive::from_pkcs12(bytes, password.unwrap_or_default())
        .map_err(|error| explain(&error, password.is_some()))?;
    let Pkcs12Archive { keys, certs, .. } = archive;
    // Java marks what is trusted. A store without any key has no other purpose than trust, as one that
    // `openssl pkcs12 -export -nokeys` makes.
    let marked = certs.iter().any(|bag| bag.trusted);
    let trusted = |bag: &&CertificateBag| if marked { bag.trusted } else { keys.is_empty() };
    let trusted: Vec<_> =
        certs.iter().filter(trusted).map(|bag| bag.cert.as_der().to_vec()).collect();
    let keys = keys.into_iter().map(|bag| entry(bag, &certs)).collect();
    Ok(Entries { keys, trusted })
}

fn explain(error: &Error, given: bool) -> StoreError {
    match error {
        Error::MacError(_) if given => StoreError::WrongPassword,
        Error::MacError(_) => StoreError::NeedsPassword,
        // Behind a MAC that is right, or in a store without one.
        Error::Pkcs5Error(_) | Error::UnpadError if !given => StoreError::NeedsPassword,
        Error::Pkcs5Error(_) | Error::UnpadError => StoreError::KeyPassword,
        Error::UnsupportedEncryptionScheme | Error::UnsupportedMacAlgorithm => {
            StoreError::Unsupported
        }
        Error::DerError(_) | Error::UnsupportedContentType | Error::InvalidVersion => {
            StoreError::NoStore
        }
        other => StoreError::Broken(other.to_string()),
    }
}

/// The key with its certificates: its own by the id that both have, each issuer's behind it.
fn entry(bag: PrivateKeyBag, certificates: &[CertificateBag]) -> KeyEntry {
    let PrivateKeyBag { friendly_name, local_key_id, key } = bag;
    let id = local_key_id.as_ref().map(AsRef::as_ref);
    let mut next =
        certificates.iter().find(|other| id.is_some() && other.local_key_id.as_deref() == id);
    let mut chain: Vec<&CertificateBag> = Vec::new();
    while let Some(found) = next {
        chain.push(found);
        let issuer = found.cert.issuer();
        next = certificates.iter().find(|other| {
            other.cert.subject() == issuer && !chain.iter().any(|known| known.cert == other.cert)
        });
    }
    KeyEntry {
        alias: friendly_name.unwrap_or_default(),
        key: SecretSlice::from(key.as_der().to_vec()),
        chain: chain.into_iter().map(|bag| bag.cert.as_der().to_vec()).collect(),
    }
}
