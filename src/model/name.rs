//! Names of resources, and principals. Cheap to clone: a state of 100,000 bindings
//! repeats few of them.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

macro_rules! shared_text {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl<'de> Deserialize<'de> for $name {
            // As the derived one, without a copy in between.
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;

                impl serde::de::Visitor<'_> for Text {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a string")
                    }

                    fn visit_str<E>(self, text: &str) -> Result<$name, E> {
                        Ok($name::verbatim(text))
                    }
                }

                deserializer.deserialize_str(Text)
            }
        }

        impl $name {
            /// The text, verbatim.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Takes the text as it is, without any check: for what a broker or a snapshot holds.
            pub fn verbatim(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }
        }

        impl Deref for $name {
            type Target = str;
            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::verbatim(text)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::verbatim(text)
            }
        }
    };
}
pub(super) use shared_text;

shared_text! {
    /// The name of a resource, or a prefix of names, verbatim.
    Name
}

shared_text! {
    /// A Kafka principal, verbatim: `Type:name`. Kafka matches principals exactly,
    /// except `User:*`, which is everyone of every type.
    Principal
}

/// Why a text is no principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrincipalError {
    /// No `:`; Kafka answers `INVALID_REQUEST`.
    NoType,
    /// Nothing before or behind the `:`.
    EmptyPart,
}

impl fmt::Display for PrincipalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PrincipalError::NoType => "a principal is `Type:name`",
            PrincipalError::EmptyPart => {
                "a principal is `Type:name`, and neither part may be empty"
            }
        })
    }
}

impl std::error::Error for PrincipalError {}

impl Principal {
    /// `User:*`: everyone, whatever the type of the principal.
    pub const EVERYONE: &'static str = "User:*";

    /// Whether this is `User:*`.
    pub fn is_everyone(&self) -> bool {
        self.as_str() == Self::EVERYONE
    }

    /// Reads `Type:name`, both parts non-empty, otherwise verbatim.
    pub fn parse(text: &str) -> Result<Self, PrincipalError> {
        match text.split_once(':') {
            None => Err(PrincipalError::NoType),
            Some(("", _) | (_, "")) => Err(PrincipalError::EmptyPart),
            Some(_) => Ok(Self::verbatim(text)),
        }
    }

    /// Reads what a cluster may hold: brokers store `User:`, too, which is nobody.
    pub fn stored(text: &str) -> Result<Self, PrincipalError> {
        if text.contains(':') { Ok(Self::verbatim(text)) } else { Err(PrincipalError::NoType) }
    }
}

impl FromStr for Principal {
    type Err = PrincipalError;
    fn from_str(text: &str) -> Result<Self, PrincipalError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_hold_principals_without_a_name() {
        assert_eq!(Principal::stored("User:").unwrap().as_str(), "User:");
        assert_eq!(Principal::stored("User"), Err(PrincipalError::NoType));
    }

    #[test]
    fn a_principal_has_a_type_and_a_name() {
        for (text, wrong) in [
            ("a", Some("a principal is `Type:name`")),
            (":a", Some("a principal is `Type:name`, and neither part may be empty")),
            ("User:", Some("a principal is `Type:name`, and neither part may be empty")),
            ("User:a", None),
            ("User:CN=a:b", None),
        ] {
            match text.parse::<Principal>() {
                Ok(principal) => assert_eq!((principal.as_str(), wrong), (text, None)),
                Err(error) => assert_eq!(Some(error.to_string().as_str()), wrong, "{text}"),
            }
        }
    }

    #[test]
    fn everyone_is_one_principal() {
        assert!(Principal::from("User:*").is_everyone());
        assert!(!Principal::from("Group:*").is_everyone());
        assert!(!Principal::from("User:a").is_everyone());
    }
}
