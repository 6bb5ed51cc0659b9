//! SCRAM (RFC 5802, 7677; KIP-84) as a client: pure, apart from the nonce. Own code over `ring`,
//! because the bounds belong between parsing and deriving: what a server that has proved nothing
//! asks for must not cost seconds.
//!
//! Like Kafka (`ScramFormatter.normalize`) it takes the bytes of the password as they are.

use std::num::NonZeroU32;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::rand::{SecureRandom, SystemRandom};
use ring::{digest, hmac, pbkdf2};

use crate::model::ScramMechanism;
use crate::settings::Mechanism;

/// Kafka's own client asks for no less (`ScramMechanism.minIterations`).
const FEWEST_ITERATIONS: u32 = 4096;
/// Takes about half a second; Kafka's tools store 4096 to 16,384.
const MOST_ITERATIONS: u32 = 1_000_000;

/// Why the exchange failed; the text fits behind "the server".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ScramError(pub String);

/// The two hash functions.
#[derive(Clone, Copy)]
struct Algorithms {
    hmac: hmac::Algorithm,
    pbkdf2: pbkdf2::Algorithm,
    digest: &'static digest::Algorithm,
}

/// An exchange whose first message is sent.
pub(super) struct Scram {
    algorithms: Algorithms,
    nonce: String,
    first_bare: String,
}

/// What the server asks for, within bounds.
pub(super) struct Challenge {
    algorithms: Algorithms,
    salt: Vec<u8>,
    iterations: NonZeroU32,
    final_without_proof: String,
    auth_message: String,
}

/// What the server has to prove at the end: that it knows the password too.
pub(super) struct Verifier {
    key: hmac::Key,
    auth_message: String,
}

const SHA_256: Algorithms = Algorithms {
    hmac: hmac::HMAC_SHA256,
    pbkdf2: pbkdf2::PBKDF2_HMAC_SHA256,
    digest: &digest::SHA256,
};
const SHA_512: Algorithms = Algorithms {
    hmac: hmac::HMAC_SHA512,
    pbkdf2: pbkdf2::PBKDF2_HMAC_SHA512,
    digest: &digest::SHA512,
};

/// What a broker stores keys of (`Hi` of RFC 5802). Takes time by the number of iterations: not for
/// an async thread.
pub(super) fn salted_password(
    mechanism: ScramMechanism,
    password: &[u8],
    salt: &[u8],
    iterations: NonZeroU32,
) -> Vec<u8> {
    let Algorithms { pbkdf2, digest, .. } =
        if mechanism == ScramMechanism::Sha512 { SHA_512 } else { SHA_256 };
    let mut salted = vec![0; digest.output_len()];
    pbkdf2::derive(pbkdf2, iterations, salt, password, &mut salted);
    salted
}

impl Scram {
    /// Starts an exchange: its first message. A user that is a delegation token is said to be one (KIP-48).
    pub fn start(
        mechanism: Mechanism,
        user: &str,
        is_token: bool,
    ) -> Result<(Self, Vec<u8>), ScramError> {
        let mut bytes = [0; 24];
        SystemRandom::new()
            .fill(&mut bytes)
            .map_err(|_| ScramError("cannot be answered: no random numbers".to_owned()))?;
        Ok(Self::with_nonce(mechanism, user, is_token, BASE64.encode(bytes)))
    }

    fn with_nonce(
        mechanism: Mechanism,
        user: &str,
        is_token: bool,
        nonce: String,
    ) -> (Self, Vec<u8>) {
        let algorithms = match mechanism {
            Mechanism::ScramSha512 => SHA_512,
            _ => SHA_256,
        };
        let user = user.replace('=', "=3D").replace(',', "=2C");
        let extension = if is_token { ",tokenauth=true" } else { "" };
        let first_bare = format!("n={user},r={nonce}{extension}");
        let first = format!("n,,{first_bare}").into_bytes();
        (Self { algorithms, nonce, first_bare }, first)
    }

    /// Reads the server's first message.
    pub fn challenge(self, message: &[u8]) -> Result<Challenge, ScramError> {
        let bad = |text: &str| ScramError(text.to_owned());
        let message = str::from_utf8(message).map_err(|_| bad("sent a message that is no text"))?;
        if let Some(error) = message.strip_prefix("e=") {
            return Err(refusal(error));
        }
        let mut attributes = message.split(',');
        let mut next = |name: &str| {
            let value = attributes.next().and_then(|attribute| attribute.strip_prefix(name));
            value.ok_or_else(|| ScramError(format!("left out `{name}` where SCRAM wants it")))
        };
        let (nonce, salt, iterations) = (next("r=")?, next("s=")?, next("i=")?);
        match nonce.strip_prefix(&self.nonce) {
            None | Some("") => return Err(bad("did not take up the nonce of this client")),
            Some(_) => {}
        }
        let salt = BASE64.decode(salt).map_err(|_| bad("sent a salt that is not base64"))?;
        let plain = iterations.bytes().all(|byte| byte.is_ascii_digit());
        let iterations = match iterations.parse::<u64>() {
            Ok(count) if plain => count,
            _ => return Err(bad("sent an iteration count that is no number")),
        };
        let accepted = u32::try_from(iterations)
            .ok()
            .filter(|count| (FEWEST_ITERATIONS..=MOST_ITERATIONS).contains(count))
            .and_then(NonZeroU32::new);
        let Some(iterations) = accepted else {
            return Err(ScramError(format!(
                "asks for {iterations} iterations; {FEWEST_ITERATIONS} to {MOST_ITERATIONS} are accepted"
            )));
        };
        // `biws` is the header `n,,`: no channel binding.
        let final_without_proof = format!("c=biws,r={nonce}");
        let auth_message = format!("{},{message},{final_without_proof}", self.first_bare);
        let algorithms = self.algorithms;
        Ok(Challenge { algorithms, salt, iterations, final_without_proof, auth_message })
    }
}

impl Challenge {
    /// The client's last message. Takes time by the number of iterations: not for an async thread.
    pub fn answer(self, password: &[u8]) -> (Vec<u8>, Verifier) {
        let Algorithms { hmac: algorithm, pbkdf2, digest } = self.algorithms;
        let mut salted = vec![0; digest.output_len()];
        pbkdf2::derive(pbkdf2, self.iterations, &self.salt, password, &mut salted);
        let salted = hmac::Key::new(algorithm, &salted);
        let client_key = hmac::sign(&salted, b"Client Key");
        let server_key = hmac::sign(&salted, b"Server Key");
        let stored_key = digest::digest(digest, client_key.as_ref());
        let stored_key = hmac::Key::new(algorithm, stored_key.as_ref());
        let signature = hmac::sign(&stored_key, self.auth_message.as_bytes());
        let proof: Vec<u8> =
            client_key.as_ref().iter().zip(signature.as_ref()).map(|(a, b)| a ^ b).collect();
        let message = format!("{},p={}", self.final_without_proof, BASE64.encode(proof));
        let key = hmac::Key::new(algorithm, server_key.as_ref());
        (message.into_bytes(), Verifier { key, auth_message: self.auth_message })
    }
}

impl Verifier {
    /// Checks the server's last message: a server that does not know the password cannot sign it.
    pub fn check(&self, message: &[u8]) -> Result<(), ScramError> {
        let message = str::from_utf8(message).unwrap_or_default();
        if let Some(error) = message.strip_prefix("e=") {
            return Err(refusal(error));
        }
        let signature = message
            .strip_prefix("v=")
            .and_then(|rest| rest.split(',').next())
            .and_then(|value| BASE64.decode(value).ok());
        let proved = signature.is_some_and(|signature| {
            hmac::verify(&self.key, self.auth_message.as_bytes(), &signature).is_ok()
        });
        if proved {
            return Ok(());
        }
        Err(ScramError(
            "did not prove that it knows the password: it may be an impostor".to_owned(),
        ))
    }
}

fn refusal(error: &str) -> ScramError {
    let error = error.split(',').next().unwrap_or_default();
    ScramError(format!("refused: {}", crate::model::visible(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7677, section 3.
    const NONCE: &str = "rOprNGfwEbeRWgbNEkqO";
    const SERVER_FIRST: &str = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                                s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

    fn challenge(message: &str) -> Result<Challenge, ScramError> {
        let (scram, _) = Scram::with_nonce(Mechanism::ScramSha256, "user", false, NONCE.to_owned());
        scram.challenge(message.as_bytes())
    }

    #[test]
    fn the_example_of_rfc_7677() {
        let (scram, first) =
            Scram::with_nonce(Mechanism::ScramSha256, "user", false, NONCE.to_owned());
        assert_eq!(first, b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        let (last, verifier) = scram.challenge(SERVER_FIRST.as_bytes()).unwrap().answer(b"pencil");
        assert_eq!(
            String::from_utf8(last).unwrap(),
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
             p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        verifier.check(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=").unwrap();
        let impostor = verifier.check(b"v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
        assert!(impostor.unwrap_err().0.contains("impostor"));
        assert!(verifier.check(b"").is_err());
        assert!(verifier.check(b"v=").is_err());
        assert_eq!(verifier.check(b"e=invalid-proof").unwrap_err().0, "refused: invalid-proof");
    }

    #[test]
    fn names_are_escaped_and_tokens_are_told() {
        let first = |is_token| {
            Scram::with_nonce(Mechanism::ScramSha512, "a=b,c", is_token, "N".to_owned()).1
        };
        assert_eq!(first(false), b"n,,n=a=3Db=2Cc,r=N");
        assert_eq!(first(true), b"n,,n=a=3Db=2Cc,r=N,tokenauth=true");
    }

    #[test]
    fn a_server_that_has_proved_nothing_gets_little() {
        let ask = |iterations: &str| {
            let message = format!("r={NONCE}x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i={iterations}");
            challenge(&message).err().map(|error| error.0)
        };
        assert_eq!(ask("4096"), None);
        assert_eq!(ask("1000000"), None);
        for iterations in ["1000000000", "1000001", "4095", "0"] {
            let wanted = format!("asks for {iterations} iterations; 4096 to 1000000 are accepted");
            assert_eq!(ask(iterations), Some(wanted));
        }
        for iterations in ["", "-5", "+5000", "99999999999999999999"] {
            assert!(ask(iterations).unwrap().ends_with("no number"), "{iterations}");
        }
    }

    #[test]
    fn surprises_are_refused() {
        for (message, wanted) in [
            ("r=other,s=W22Z,i=4096", "did not take up the nonce of this client"),
            ("r=rOprNGfwEbeRWgbNEkqO,s=W22Z,i=4096", "did not take up the nonce of this client"),
            ("m=ext,r=rOprNGfwEbeRWgbNEkqOx,s=W22Z,i=4096", "left out `r=` where SCRAM wants it"),
            ("r=rOprNGfwEbeRWgbNEkqOx,s=W!,i=4096", "sent a salt that is not base64"),
            ("r=rOprNGfwEbeRWgbNEkqOx,s=W22Z", "left out `i=` where SCRAM wants it"),
            ("e=other-error", "refused: other-error"),
            ("", "left out `r=` where SCRAM wants it"),
        ] {
            assert_eq!(challenge(message).err().unwrap().0, wanted);
        }
    }
}
