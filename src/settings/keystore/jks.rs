//! Sun's own format: entries one behind the other, keys hidden by a keystream of SHA-1, and a hash
//! over all of it with the password in front (`sun.security.provider.JavaKeyStore`, `KeyProtector`).

use pkcs8::der::asn1::{AnyRef, ObjectIdentifier, OctetString};
use pkcs8::der::{self, Decode as _, Reader as _, SliceReader};
use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA1_OUTPUT_LEN};
use secrecy::SecretSlice;

use super::{Entries, KeyEntry, StoreError};

/// Stands between the password and the content where the whole store is hashed.
const WHITENER: &[u8] = b"Mighty Aphrodite";
/// `KeyProtector`'s algorithm.
const KEY_PROTECTOR: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.42.2.17.1.1");

type Hash = [u8; SHA1_OUTPUT_LEN];

pub(super) fn read(
    bytes: &[u8],
    password: Option<&str>,
    key_password: Option<&str>,
) -> Result<Entries, StoreError> {
    let Some((content, hash)) = bytes.split_last_chunk::<SHA1_OUTPUT_LEN>() else {
        return Err(broken("it breaks off"));
    };
    // Without a password Java does not check either.
    if let Some(password) = password
        && sha1(&[&java_bytes(password), WHITENER, content]) != *hash
    {
        return Err(StoreError::WrongPassword);
    }
    let mut reader = Reader(content);
    reader.take(4)?;
    let version = reader.u32()?;
    if !(1..=2).contains(&version) {
        return Err(broken("its version is unknown"));
    }
    let mut entries = Entries::default();
    for _ in 0..reader.u32()? {
        let tag = reader.u32()?;
        let alias = reader.text()?;
        reader.take(8)?;
        match tag {
            1 => {
                let protected = reader.bytes()?;
                let chain = (0..reader.u32()?)
                    .map(|_| reader.certificate(version))
                    .collect::<Result<_, _>>()?;
                let Some(password) = key_password.or(password) else {
                    return Err(StoreError::NeedsPassword);
                };
                let key = SecretSlice::from(unprotect(protected, password)?);
                entries.keys.push(KeyEntry { alias, key, chain });
            }
            2 => entries.trusted.push(reader.certificate(version)?),
            _ => return Err(broken("it holds an entry of an unknown kind")),
        }
    }
    Ok(entries)
}

fn broken(what: &str) -> StoreError {
    StoreError::Broken(what.to_owned())
}

/// Each of Java's 16-bit characters in two bytes.
fn java_bytes(password: &str) -> Vec<u8> {
    password.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

fn sha1(parts: &[&[u8]]) -> Hash {
    let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    for part in parts {
        context.update(part);
    }
    let mut hash = Hash::default();
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// The key out of its `EncryptedPrivateKeyInfo`: a salt, the key under the keystream, and a hash of
/// the key.
fn unprotect(protected: &[u8], password: &str) -> Result<Vec<u8>, StoreError> {
    let (algorithm, data) =
        encrypted_key(protected).map_err(|_| broken("a private key in it cannot be read"))?;
    if algorithm != KEY_PROTECTOR {
        return Err(StoreError::Unsupported);
    }
    let (salt, rest) = data.split_first_chunk::<SHA1_OUTPUT_LEN>().ok_or_else(short)?;
    let (hidden, check) = rest.split_last_chunk::<SHA1_OUTPUT_LEN>().ok_or_else(short)?;
    let password = java_bytes(password);
    let mut stream = *salt;
    let mut key = Vec::with_capacity(hidden.len());
    for block in hidden.chunks(SHA1_OUTPUT_LEN) {
        stream = sha1(&[&password, &stream]);
        key.extend(block.iter().zip(stream).map(|(byte, mask)| byte ^ mask));
    }
    if sha1(&[&password, &key]) == *check { Ok(key) } else { Err(StoreError::KeyPassword) }
}

fn short() -> StoreError {
    broken("a private key in it is too short")
}

fn encrypted_key(bytes: &[u8]) -> der::Result<(ObjectIdentifier, Vec<u8>)> {
    let mut reader = SliceReader::new(bytes)?;
    reader.sequence(|info| {
        let algorithm = info.sequence(|algorithm| {
            let name = ObjectIdentifier::decode(algorithm)?;
            Option::<AnyRef<'_>>::decode(algorithm)?;
            Ok::<_, der::Error>(name)
        })?;
        Ok((algorithm, OctetString::decode(info)?.into_bytes().to_vec()))
    })
}

/// Java's `DataInputStream`, within what is there.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], StoreError> {
        let (taken, rest) =
            self.0.split_at_checked(count).ok_or_else(|| broken("it breaks off"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn u32(&mut self) -> Result<u32, StoreError> {
        let bytes = self.take(4)?;
        Ok(bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    fn bytes(&mut self) -> Result<&'a [u8], StoreError> {
        let length = self.u32()?;
        self.take(usize::try_from(length).unwrap_or(usize::MAX))
    }

    fn text(&mut self) -> Result<String, StoreError> {
        let length = self.take(2)?;
        let length = usize::from(length[0]) << 8 | usize::from(length[1]);
        Ok(String::from_utf8_lossy(self.take(length)?).into_owned())
    }

    /// DER; the first version of the format knows no other kind than X.509.
    fn certificate(&mut self, version: u32) -> Result<Vec<u8>, StoreError> {
        if version == 2 && !matches!(self.text()?.as_str(), "X.509" | "X509") {
            return Err(broken("it holds a certificate that is not X.509"));
        }
        Ok(self.bytes()?.to_vec())
    }
}
