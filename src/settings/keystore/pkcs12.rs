//! PKCS#12 (RFC 7292), as `keytool` and OpenSSL write it: AES under PBES2, or Triple DES and RC2 of
//! older ones.

use p12_keystore::error::Error;
use p12_keystore::{CertificateBag, Pkcs12Archive, PrivateKeyBag};
use pkcs8::der::{Reader as _, SliceReader};
use secrecy::SecretSlice;

use super::{Entries, KeyEntry, StoreError};

pub(super) fn read(bytes: &[u8], password: Option<&str>) -> Result<Entries, StoreError> {
    let archive = Pkcs12Archive::from_pkcs12(whole(bytes), password.unwrap_or_default())
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

/// The key, PKCS#8, of an `EncryptedPrivateKeyInfo` that is encrypted as keys in such a store are (RFC 7292, appendix C),
/// which is how Java's clients read a PEM key: as the only thing in a store without a MAC.
pub(super) fn unlock(encrypted: &[u8], password: &str) -> Result<SecretSlice<u8>, StoreError> {
    // `pkcs7-data` and `pkcs8ShroudedKeyBag`.
    const DATA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
    const KEY: &[u8] = &[6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, 2];
    const VERSION: &[u8] = &[2, 1, 3];
    let sequence = |parts: &[&[u8]]| der(0x30, &parts.concat());
    let content = |of: &[u8]| sequence(&[DATA, &der(0xa0, &der(0x04, of))]);
    let bags = sequence(&[&sequence(&[KEY, &der(0xa0, encrypted)])]);
    let store = sequence(&[VERSION, &content(&sequence(&[&content(&bags)]))]);
    match Pkcs12Archive::from_pkcs12(&store, password) {
        Ok(Pkcs12Archive { mut keys, .. }) => match keys.pop() {
            Some(bag) => Ok(SecretSlice::from(bag.key.as_der().to_vec())),
            None => Err(StoreError::NoStore),
        },
        // A wrong password now and then leaves something that only looks decrypted.
        Err(Error::DerError(_) | Error::InvalidPrivateKey) => Err(StoreError::KeyPassword),
        Err(error) => Err(explain(&error, true)),
    }
}

/// A value with its tag and its length in front.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let digits = &length[length.iter().take_while(|byte| **byte == 0).count()..];
    let mut out = vec![tag];
    match digits {
        [] => out.push(0),
        [short @ 0..=0x7f] => out.push(*short),
        long => {
            // At most eight.
            out.push(0x80 | u8::try_from(long.len()).unwrap_or_default());
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
    out
}

/// The store without what stands behind it, at which Java does not look either.
fn whole(bytes: &[u8]) -> &[u8] {
    let own = SliceReader::new(bytes).and_then(|mut reader| reader.tlv_bytes());
    own.unwrap_or(bytes)
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
        Error::InvalidParameters => StoreError::Costly,
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

#[cfg(test)]
mod tests {
    use super::*;
    use pkcs8::SecretDocument;

    /// Of a curve, encrypted by `openssl pkcs8 -topk8 -v1 PBE-SHA1-3DES -passout pass:right`.
    const KEY: &str = "\
-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGxMBwGCiqGSIb3DQEMAQMwDgQIQHlX2e+JdH8CAggABIGQK31zMfnMX0jDh9KN
ct6t/aKr4RRPWmadHDPbIHYlW7+ti+5/umOSOzgCT+SV1snUOVaa54eYQT9c2Sm0
yQdDpS5WDlz63JmYrN1agEF/Bj73Py69p/9ZOC2X1jV/0VN6TP54Fz1a9C5nGXdC
JTHivwvMHUbE2aJnhHT4DsOqVsBsCD5J58PAcoqOV0jYYlFI
-----END ENCRYPTED PRIVATE KEY-----
";

    #[test]
    fn a_wrong_password_that_leaves_what_looks_decrypted_is_a_wrong_password() {
        let (_, key) = SecretDocument::from_pem(KEY).unwrap();
        let with = |password: &str| unlock(key.as_bytes(), password);
        assert!(with("right").is_ok());
        // What it leaves of the key ends like padding, as of every 256th password.
        assert!(matches!(with("w161"), Err(StoreError::KeyPassword)));
        assert!(matches!(with("w162"), Err(StoreError::KeyPassword)));
    }
}
