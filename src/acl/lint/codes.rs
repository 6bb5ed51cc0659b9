//! The stable codes of findings, what each means, and how bad it is.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::model::UnknownWord;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// It is wrong, and what it seems to protect is open or broken. Exit status 3.
    Error,
    /// It does nothing, or more than anyone should want.
    Warning,
    /// Worth knowing.
    Info,
}

impl Severity {
    /// `error`, `warning`, `info`.
    pub const fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }
}

macro_rules! codes {
    ($( $(#[$doc:meta])* $variant:ident = $word:literal, $title:literal; )+) => {
        /// What kind of thing a finding is. The words never change.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $( $(#[$doc])* $variant, )+
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Code] = &[$( Code::$variant ),+];

            /// `inert-host`.
            pub const fn word(self) -> &'static str {
                match self {
                    $( Code::$variant => $word, )+
                }
            }

            /// What it means, in a sentence; SARIF's description of the rule.
            pub const fn title(self) -> &'static str {
                match self {
                    $( Code::$variant => $title, )+
                }
            }
        }
    };
}

codes! {
    /// Other bindings of the same owner give or deny all of it.
    Redundant = "redundant", "Other bindings already say all that this one says";
    /// The same, but those bindings are another owner's.
    CoveredByOtherOwner = "covered-by-other-owner",
        "Only bindings of another owner already say what this one says";
    /// A rule whose bindings other rules have word for word.
    Duplicate = "duplicate", "Another rule has the same bindings";
    /// An ALLOW all of which DENYs take back.
    Shadowed = "shadowed", "A DENY takes back everything that this ALLOW gives";
    /// An ALLOW of whose operation a DENY leaves only what it implies.
    Weakened = "weakened", "A DENY takes back what this ALLOW names, and leaves what it implies";
    /// A DENY where nothing is allowed.
    Unused = "unused", "A DENY where nothing is allowed";
    /// Of a super user, whom no binding concerns.
    SuperUser = "super-user", "A binding of a super user, whom no binding concerns";
    /// A host that no client has.
    InertHost = "inert-host", "A host that matches no client";
    /// A CIDR range before metadata.version 4.4-IV1.
    InertRange = "inert-range", "A CIDR range on a cluster that does not know ranges";
    /// `Group:*`, `User:a*`, `user:a`.
    InertPrincipal = "inert-principal", "A principal that looks like a pattern, or like a user, and is none";
    /// An operation that no request on the type asks for.
    InertOperation = "inert-operation", "An operation that means nothing for the resource type";
    /// A pattern that matches nothing that exists.
    InertResource = "inert-resource", "A pattern that matches no resource";
    /// PREFIXED `*`.
    PrefixedStar = "prefixed-star", "PREFIXED `*` is names that begin with a star, not everything";
    /// LITERAL `orders.*`.
    LooksLikePattern = "looks-like-pattern", "A name that looks like a pattern and is none";
    /// ` ana`, `orders `.
    BlankAtEdge = "blank-at-edge", "A name that begins or ends with a blank";
    /// A name that makes Kafka's authorizer loop.
    BrokerLoop = "broker-loop", "A name with which one request can hang a broker";
    /// Everyone may write, or someone may do everything everywhere.
    OverBroad = "over-broad", "More access than anyone should want";
    /// Two owners claim the same bindings.
    ScopeOverlap = "scope-overlap", "The scopes of two owners overlap";
    /// No topic of that name.
    UnknownTopic = "unknown-topic", "No topic of the cluster is meant";
    /// No user of that name.
    UnknownUser = "unknown-user", "No user of the cluster is meant";
    /// Taken as it is by `bindings:`.
    Verbatim = "verbatim", "A binding that the grammar of rules refuses";
    /// An ignore comment that does not say why.
    IgnoreWithoutReason = "ignore-without-reason", "An ignore comment does not say why";
    /// An ignore comment that silences nothing.
    UnusedIgnore = "unused-ignore", "An ignore comment silences nothing";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Code {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Code::ALL.iter().copied().find(|code| code.word() == word).ok_or_else(|| UnknownWord {
            what: "code",
            word: word.to_owned(),
            nearest: crate::model::nearest(word, Code::ALL.iter().map(|code| code.word())),
        })
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_names_every_code_with_its_meaning() {
        let document = include_str!("../../../docs/lint.md");
        for code in Code::ALL {
            let row = format!("| `{code}` | {} |", code.title());
            assert!(document.contains(&row), "docs/lint.md lacks: {row}");
        }
    }
}
