//! Java's keystores and truststores, PKCS12 and JKS: what is in them, and why one cannot be read.
//! A file says itself which of the two it is, as for Java since 9 (`keystore.type.compat`).

mod jks;
mod pkcs12;

use secrecy::SecretSlice;

/// What a store holds.
#[derive(Debug, Default)]
pub(super) struct Entries {
    /// Private keys, each with its certificates.
    pub keys: Vec<KeyEntry>,
    /// Certificates that are trusted by themselves, DER.
    pub trusted: Vec<Vec<u8>>,
}

/// A private key and the certificates that belong to it.
#[derive(Debug)]
pub(super) struct KeyEntry {
    /// Its name in the store.
    pub alias: String,
    /// PKCS#8, DER.
    pub key: SecretSlice<u8>,
    /// The certificate of the key and those that lead to its issuer, DER.
    pub chain: Vec<Vec<u8>>,
}

/// Why a store cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub enum StoreError {
    /// It is no store of a known kind.
    NoStore,
    /// It is PEM.
    Pem,
    /// It is a JCEKS store.
    Jceks,
    /// The store's password is not the one.
    WrongPassword,
    /// It cannot be read without a password.
    NeedsPassword,
    /// A private key is under another password than the one that was given for it.
    KeyPassword,
    /// It is protected in a way that is not known here.
    Unsupported,
    /// To open it takes more work than is done, or nothing says how much.
    Costly,
    /// It breaks off, or what is in it contradicts itself.
    Broken(String),
}

/// Which kind of store the bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Jks,
    Pkcs12,
}

/// Looks at the first bytes.
pub(super) fn kind(bytes: &[u8]) -> Result<Kind, StoreError> {
    let text = bytes.trim_ascii_start();
    match bytes {
        [0xfe, 0xed, 0xfe, 0xed, ..] => Ok(Kind::Jks),
        [0xce, 0xce, 0xce, 0xce, ..] => Err(StoreError::Jceks),
        // A DER certificate begins so as well; it is told apart by what follows.
        [0x30, ..] => Ok(Kind::Pkcs12),
        _ if text.starts_with(b"-----BEGIN") || contains_pem(text) => Err(StoreError::Pem),
        _ => Err(StoreError::NoStore),
    }
}

/// OpenSSL writes attributes before the first section.
fn contains_pem(text: &[u8]) -> bool {
    str::from_utf8(text).is_ok_and(|text| text.contains("-----BEGIN "))
}

/// The PKCS#8 key of an encrypted one, of the algorithms of PKCS#12.
///
/// # Errors
/// The password is wrong (or what it left is no key), or the algorithm is none that is known here.
pub fn unlock(encrypted: &[u8], password: &str) -> Result<SecretSlice<u8>, StoreError> {
    pkcs12::unlock(encrypted, password)
}

/// Reads a store. `key_password` protects the keys of a JKS store where it is not the store's own.
pub(super) fn read(
    bytes: &[u8],
    password: Option<&str>,
    key_password: Option<&str>,
) -> Result<Entries, StoreError> {
    match kind(bytes)? {
        Kind::Jks => jks::read(bytes, password, key_password),
        Kind::Pkcs12 => pkcs12::read(bytes, password),
    }
}
