//! Passwords of users that are created: asked for, looked up, or made. None of them is shown here.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom as _, SystemRandom};
use secrecy::{ExposeSecret as _, SecretString};

use crate::commands::Context;
use crate::error::{Error, Kind, Result};
use crate::model::visible;
use crate::report::TypedSecret;

/// Asks twice.
pub fn ask(context: &Context<'_>, user: &str) -> Result<SecretString> {
    let user = visible(user);
    let first = typed(context, &format!("Password of `{user}`:"))?;
    if first.expose_secret().is_empty() {
        return Err(Error::invalid("the password is empty, nothing was written"));
    }
    let second = typed(context, "The same again:")?;
    if first.expose_secret() == second.expose_secret() {
        Ok(first)
    } else {
        Err(Error::invalid("the two passwords differ, nothing was written"))
    }
}

fn typed(context: &Context<'_>, question: &str) -> Result<SecretString> {
    match context.ui.ask_secret(question) {
        TypedSecret::Secret(secret) => Ok(secret),
        TypedSecret::CannotAsk => {
            Err(Error::refused("there is no terminal to ask for the password, nothing was written")
                .hint(
                    "`--password-file`, `--password-env` or `--generate` says where it comes from",
                ))
        }
        TypedSecret::Interrupted => {
            Err(Error::new(Kind::Interrupted, "interrupted, nothing was written"))
        }
    }
}

/// Makes one: 192 random bits as 32 characters that need no quotes anywhere.
pub fn generate() -> Result<SecretString> {
    let mut bytes = [0; 24];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Error::failed("the system gives no random numbers for a password"))?;
    Ok(SecretString::from(URL_SAFE_NO_PAD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_passwords_differ_and_need_no_quotes() {
        let (one, two) = (generate().unwrap(), generate().unwrap());
        assert_ne!(one.expose_secret(), two.expose_secret());
        assert_eq!(one.expose_secret().len(), 32);
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        assert!(one.expose_secret().chars().all(plain));
    }
}
