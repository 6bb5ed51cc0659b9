//! PEM text taken apart: certificates from keys, so that no key gets into a message; and written
//! anew, because a properties file often has it on one line.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use secrecy::SecretString;

struct Block<'a> {
    label: &'a str,
    body: &'a str,
}

/// The blocks of a text; whatever stands between them is skipped, as OpenSSL does.
fn blocks(text: &str) -> Vec<Block<'_>> {
    const DASHES: &str = "-----";
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("-----BEGIN ") {
        let Some((label, after)) = after.split_once(DASHES) else { break };
        let Some((body, after)) = after.split_once("-----END ") else { break };
        blocks.push(Block { label: label.trim(), body });
        rest = after.split_once(DASHES).map_or("", |(_, after)| after);
    }
    blocks
}

/// The block in lines of 64 characters. A `\n` that nobody unescaped is a line break as well.
fn write(label: &str, body: &str) -> String {
    let body: Vec<char> = body.replace("\\n", "").chars().filter(|c| !c.is_whitespace()).collect();
    let mut out = format!("-----BEGIN {label}-----\n");
    for line in body.chunks(64) {
        out.extend(line);
        out.push('\n');
    }
    let _ = writeln!(out, "-----END {label}-----");
    out
}

/// One block of what is DER.
pub(super) fn of_der(label: &str, der: &[u8]) -> String {
    write(label, &BASE64.encode(der))
}

/// The certificates in a text, `None` when there is none.
pub(super) fn certificates(text: &str) -> Option<String> {
    let certificates: String = blocks(text)
        .iter()
        .filter(|block| matches!(block.label, "CERTIFICATE" | "X509 CERTIFICATE"))
        .map(|block| write("CERTIFICATE", block.body))
        .collect();
    (!certificates.is_empty()).then_some(certificates)
}

/// A private key.
#[derive(Debug)]
pub(super) struct Key {
    /// One block of PEM.
    pub text: SecretString,
    /// It is PKCS#8 under a password.
    pub encrypted: bool,
}

/// Why there is no usable key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyError {
    /// No block of a private key.
    None,
    /// More than one.
    Several,
    /// OpenSSL's own encryption of before 2010, which Kafka's clients cannot read either.
    OldEncryption,
}

/// The one private key in a text.
pub(super) fn key(text: &str) -> Result<Key, KeyError> {
    let blocks = blocks(text);
    let mut keys = blocks.iter().filter(|block| block.label.ends_with("PRIVATE KEY"));
    let Some(key) = keys.next() else { return Err(KeyError::None) };
    if keys.next().is_some() {
        return Err(KeyError::Several);
    }
    if key.body.contains(':') {
        return Err(KeyError::OldEncryption);
    }
    Ok(Key {
        text: SecretString::from(write(key.label, key.body)),
        encrypted: key.label == "ENCRYPTED PRIVATE KEY",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    const BOTH: &str = "Bag Attributes\n    friendlyName: a\n-----BEGIN CERTIFICATE-----\nAAAA\nBBB=\n-----END CERTIFICATE-----\n\
        -----BEGIN PRIVATE KEY-----\nCCCC\n-----END PRIVATE KEY-----\n\
        -----BEGIN CERTIFICATE-----\nDDDD\n-----END CERTIFICATE-----";

    #[test]
    fn certificates_and_key_are_told_apart() {
        assert_eq!(
            certificates(BOTH).unwrap(),
            "-----BEGIN CERTIFICATE-----\nAAAABBB=\n-----END CERTIFICATE-----\n\
             -----BEGIN CERTIFICATE-----\nDDDD\n-----END CERTIFICATE-----\n"
        );
        let key = key(BOTH).unwrap();
        assert_eq!(
            key.text.expose_secret(),
            "-----BEGIN PRIVATE KEY-----\nCCCC\n-----END PRIVATE KEY-----\n"
        );
        assert!(!key.encrypted);
    }

    #[test]
    fn one_line_is_enough() {
        let body = "A".repeat(70);
        let expected = format!(
            "-----BEGIN CERTIFICATE-----\n{}\nAAAAAA\n-----END CERTIFICATE-----\n",
            "A".repeat(64)
        );
        for separator in ["", " ", "\n", "\\n"] {
            let text = format!(
                "-----BEGIN CERTIFICATE-----{separator}{body}{separator}-----END CERTIFICATE-----"
            );
            assert_eq!(certificates(&text).as_deref(), Some(expected.as_str()), "{separator:?}");
        }
    }

    #[test]
    fn keys() {
        let block = |label: &str, body: &str| {
            format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
        };
        assert!(key(&block("ENCRYPTED PRIVATE KEY", "AAAA")).unwrap().encrypted);
        assert!(!key(&block("RSA PRIVATE KEY", "AAAA")).unwrap().encrypted);
        let ec = block("EC PARAMETERS", "AAAA") + &block("EC PRIVATE KEY", "AAAA");
        assert!(!key(&ec).unwrap().encrypted);
        let old = block("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES,12\n\nAAAA");
        assert_eq!(key(&old).unwrap_err(), KeyError::OldEncryption);
        assert_eq!(key(&block("CERTIFICATE", "AAAA")).unwrap_err(), KeyError::None);
        let two = block("PRIVATE KEY", "AAAA").repeat(2);
        assert_eq!(key(&two).unwrap_err(), KeyError::Several);
        for text in ["", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "-----BEGIN X-----\nA"] {
            assert_eq!(key(text).unwrap_err(), KeyError::None);
            assert_eq!(certificates(text), None);
        }
    }
}
