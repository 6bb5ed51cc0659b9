//! Kafka's enumerations for access control, with their wire codes.

use std::fmt;
use std::str::FromStr;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A word that is not among those that an enumeration knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownWord {
    /// What was being read: `operation`, `resource type`, …
    pub what: &'static str,
    /// The word as given.
    pub word: String,
    /// The nearest right word, where one is near.
    pub nearest: Option<&'static str>,
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown {} `{}`", self.what, super::visible(&self.word))?;
        match self.nearest {
            Some(near) => write!(f, ", did you mean `{near}`?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for UnknownWord {}

macro_rules! kafka_enum {
    (
        $(#[$meta:meta])*
        $name:ident, $what:literal,
        { $( $(#[$vmeta:meta])* $variant:ident = $code:literal, $upper:literal, $lower:literal; )+ }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $( $(#[$vmeta])* $variant, )+
            /// A code of a newer broker: shown, never written.
            Unknown(i8),
        }

        impl $name {
            /// Every value that this version knows, in wire order.
            pub const ALL: &'static [$name] = &[$( $name::$variant ),+];

            /// The code on the wire.
            pub const fn code(self) -> i8 {
                match self {
                    $( $name::$variant => $code, )+
                    $name::Unknown(code) => code,
                }
            }

            /// The value of a wire code; never fails.
            pub const fn from_code(code: i8) -> Self {
                match code {
                    $( $code => $name::$variant, )+
                    other => $name::Unknown(other),
                }
            }

            /// Kafka's spelling (`ALTER_CONFIGS`); `None` for an unknown code.
            pub const fn upper(self) -> Option<&'static str> {
                match self {
                    $( $name::$variant => Some($upper), )+
                    $name::Unknown(_) => None,
                }
            }

            /// The spelling of the ACL file and of flags (`alter-configs`).
            pub const fn lower(self) -> Option<&'static str> {
                match self {
                    $( $name::$variant => Some($lower), )+
                    $name::Unknown(_) => None,
                }
            }

            /// The value of a word in either spelling, where it is one.
            pub fn of_word(word: &str) -> Option<Self> {
                $( if word == $upper || word == $lower { return Some($name::$variant); } )+
                let code = word.strip_prefix("UNKNOWN(")?.strip_suffix(')')?;
                code.parse().ok().map($name::from_code)
            }

            /// Whether this version knows the code.
            pub const fn is_known(self) -> bool {
                !matches!(self, $name::Unknown(_))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.upper() {
                    Some(word) => f.pad(word),
                    None => write!(f, "UNKNOWN({})", self.code()),
                }
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            /// Reads either spelling; case and the choice of `-` or `_` must be consistent with one of them.
            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                if let Some(value) = $name::of_word(word) {
                    return Ok(value);
                }
                let words: &[&'static str] = if word.chars().any(char::is_lowercase) {
                    &[$( $lower ),+]
                } else {
                    &[$( $upper ),+]
                };
                Err(UnknownWord {
                    what: $what,
                    word: word.to_owned(),
                    nearest: super::nearest(word, words.iter().copied()),
                })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self.upper() {
                    Some(word) => serializer.serialize_str(word),
                    None => serializer.collect_str(self),
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Word;

                impl Visitor<'_> for Word {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        write!(f, "a {}", $what)
                    }

                    // Nothing is copied: a saved list holds hundreds of thousands of these.
                    fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<$name, E> {
                        word.parse().map_err(E::custom)
                    }
                }

                deserializer.deserialize_str(Word)
            }
        }
    };
}

kafka_enum! {
    /// `org.apache.kafka.common.resource.ResourceType`.
    ResourceType, "resource type",
    {
        Topic = 2, "TOPIC", "topic";
        Group = 3, "GROUP", "group";
        /// Its only name is `kafka-cluster`.
        Cluster = 4, "CLUSTER", "cluster";
        TransactionalId = 5, "TRANSACTIONAL_ID", "transactional-id";
        DelegationToken = 6, "DELEGATION_TOKEN", "delegation-token";
        /// KIP-373: its names are principals (`User:bob`).
        User = 7, "USER", "user";
    }
}

kafka_enum! {
    /// `org.apache.kafka.common.resource.PatternType`, without the values that only filters have.
    PatternType, "pattern type",
    {
        Literal = 3, "LITERAL", "literal";
        Prefixed = 4, "PREFIXED", "prefixed";
    }
}

kafka_enum! {
    /// `org.apache.kafka.common.acl.AclPermissionType`.
    PermissionType, "permission",
    {
        Deny = 2, "DENY", "deny";
        Allow = 3, "ALLOW", "allow";
    }
}

kafka_enum! {
    /// `org.apache.kafka.common.acl.AclOperation`.
    Operation, "operation",
    {
        /// Matches every operation, of an ALLOW and of a DENY.
        All = 2, "ALL", "all";
        Read = 3, "READ", "read";
        Write = 4, "WRITE", "write";
        Create = 5, "CREATE", "create";
        Delete = 6, "DELETE", "delete";
        Alter = 7, "ALTER", "alter";
        Describe = 8, "DESCRIBE", "describe";
        ClusterAction = 9, "CLUSTER_ACTION", "cluster-action";
        DescribeConfigs = 10, "DESCRIBE_CONFIGS", "describe-configs";
        AlterConfigs = 11, "ALTER_CONFIGS", "alter-configs";
        IdempotentWrite = 12, "IDEMPOTENT_WRITE", "idempotent-write";
        /// KIP-373.
        CreateTokens = 13, "CREATE_TOKENS", "create-tokens";
        /// KIP-373.
        DescribeTokens = 14, "DESCRIBE_TOKENS", "describe-tokens";
        /// KIP-939.
        TwoPhaseCommit = 15, "TWO_PHASE_COMMIT", "two-phase-commit";
    }
}

impl ResourceType {
    /// The operations that mean something for this type, ALL included
    /// (`org.apache.kafka.security.authorizer.AclEntry.supportedOperations`).
    /// The broker stores any other and ignores it.
    pub const fn operations(self) -> &'static [Operation] {
        use Operation as O;
        match self {
            ResourceType::Topic => &[
                O::All,
                O::Read,
                O::Write,
                O::Create,
                O::Delete,
                O::Alter,
                O::Describe,
                O::DescribeConfigs,
                O::AlterConfigs,
            ],
            ResourceType::Group => {
                &[O::All, O::Read, O::Delete, O::Describe, O::DescribeConfigs, O::AlterConfigs]
            }
            ResourceType::Cluster => &[
                O::All,
                O::Create,
                O::Alter,
                O::Describe,
                O::ClusterAction,
                O::DescribeConfigs,
                O::AlterConfigs,
                O::IdempotentWrite,
            ],
            ResourceType::TransactionalId => &[O::All, O::Write, O::Describe, O::TwoPhaseCommit],
            ResourceType::DelegationToken => &[O::All, O::Describe],
            ResourceType::User => &[O::All, O::CreateTokens, O::DescribeTokens],
            ResourceType::Unknown(_) => &[],
        }
    }

    /// Whether `operation` means something for this type.
    pub fn supports(self, operation: Operation) -> bool {
        self.operations().contains(&operation)
    }

    /// What an ALLOW of `operation`, which means nothing for this type, gives all the same: what it implies.
    /// A DENY implies nothing.
    pub fn implied_alone(self, operation: Operation) -> Option<Operation> {
        let unsupported = !self.supports(operation);
        operation.implies().iter().copied().find(|implied| unsupported && self.supports(*implied))
    }

    /// What Kafka makes of an operation that means nothing for this type, in words.
    pub fn fate_of(self, operation: Operation) -> String {
        match self.implied_alone(operation).and_then(Operation::lower) {
            Some(implied) => format!(
                "Kafka would take it for `{implied}` where it allows, and ignore it where it denies"
            ),
            None => "Kafka would store and ignore it".to_owned(),
        }
    }

    /// The plural that a sentence uses: `topics`.
    pub const fn plural(self) -> &'static str {
        match self {
            ResourceType::Topic => "topics",
            ResourceType::Group => "groups",
            ResourceType::Cluster => "the cluster",
            ResourceType::TransactionalId => "transactional ids",
            ResourceType::DelegationToken => "delegation tokens",
            ResourceType::User => "users",
            ResourceType::Unknown(_) => "resources of an unknown type",
        }
    }
}

impl Operation {
    /// The operations that an ALLOW of this one grants besides itself
    /// (`StandardAuthorizerData.IMPLIED_OPERATIONS`, read the other way round). A DENY implies nothing.
    pub const fn implies(self) -> &'static [Operation] {
        match self {
            Operation::Read | Operation::Write | Operation::Delete | Operation::Alter => {
                &[Operation::Describe]
            }
            Operation::AlterConfigs => &[Operation::DescribeConfigs],
            _ => &[],
        }
    }
}

kafka_enum! {
    /// `org.apache.kafka.clients.admin.ScramMechanism` (KIP-554).
    ScramMechanism, "SCRAM mechanism",
    {
        /// RFC 7677.
        Sha256 = 1, "SCRAM-SHA-256", "scram-sha-256";
        /// RFC 5802 with SHA-512 (KIP-84).
        Sha512 = 2, "SCRAM-SHA-512", "scram-sha-512";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_words_round_trip() {
        for code in i8::MIN..=i8::MAX {
            assert_eq!(Operation::from_code(code).code(), code);
            assert_eq!(ResourceType::from_code(code).code(), code);
            let shown = Operation::from_code(code).to_string();
            assert_eq!(shown.parse::<Operation>().unwrap().code(), code);
        }
        for operation in Operation::ALL {
            assert_eq!(operation.lower().unwrap().parse::<Operation>().unwrap(), *operation);
        }
    }

    #[test]
    fn a_wrong_word_names_the_nearest() {
        let error = "raed".parse::<Operation>().unwrap_err();
        assert_eq!(error.to_string(), "unknown operation `raed`, did you mean `read`?");
        let error = "DESCRIBE-CONFIGS".parse::<Operation>().unwrap_err();
        assert_eq!(error.nearest, Some("DESCRIBE_CONFIGS"));
        assert_eq!(
            "zzzz".parse::<Operation>().unwrap_err().to_string(),
            "unknown operation `zzzz`"
        );
    }
    #[test]
    fn codes_are_those_of_the_wire() {
        // `AclOperation`, `ResourceType`, `PatternType`, `AclPermissionType`, `ScramMechanism`.
        let codes = |known: &[Operation]| known.iter().map(|o| o.code()).collect::<Vec<_>>();
        assert_eq!(codes(Operation::ALL), (2..=15).collect::<Vec<i8>>());
        assert_eq!((Operation::All.code(), Operation::TwoPhaseCommit.code()), (2, 15));
        for (code, word) in [(3, "READ"), (7, "ALTER"), (8, "DESCRIBE"), (12, "IDEMPOTENT_WRITE")] {
            assert_eq!(Operation::from_code(code).upper(), Some(word));
        }
        let types = (2..=8).map(|code| ResourceType::from_code(code).to_string());
        assert_eq!(
            types.collect::<Vec<_>>().join(" "),
            "TOPIC GROUP CLUSTER TRANSACTIONAL_ID DELEGATION_TOKEN USER UNKNOWN(8)"
        );
        assert_eq!((PatternType::Literal.code(), PatternType::Prefixed.code()), (3, 4));
        assert_eq!((PermissionType::Deny.code(), PermissionType::Allow.code()), (2, 3));
        assert_eq!((ScramMechanism::Sha256.code(), ScramMechanism::Sha512.code()), (1, 2));
    }

    #[test]
    fn what_is_asked_of_each_type() {
        // `AclEntry.supportedOperations`, ALL left out.
        for (resource_type, asked) in [
            (
                ResourceType::Topic,
                "read write create delete alter describe describe-configs alter-configs",
            ),
            (ResourceType::Group, "read delete describe describe-configs alter-configs"),
            (
                ResourceType::Cluster,
                "create alter describe cluster-action describe-configs alter-configs idempotent-write",
            ),
            (ResourceType::TransactionalId, "write describe two-phase-commit"),
            (ResourceType::DelegationToken, "describe"),
            (ResourceType::User, "create-tokens describe-tokens"),
            (ResourceType::Unknown(99), ""),
        ] {
            for operation in Operation::ALL.iter().filter(|o| **o != Operation::All) {
                let expected = asked.split(' ').any(|word| operation.lower() == Some(word));
                assert_eq!(
                    resource_type.supports(*operation),
                    expected,
                    "{operation} {resource_type}"
                );
            }
            assert_eq!(resource_type.supports(Operation::All), resource_type.is_known());
        }
    }

    #[test]
    fn what_an_allow_implies() {
        // `StandardAuthorizerData.IMPLIED_OPERATIONS`, the other way round.
        for operation in Operation::ALL {
            let implied: &[Operation] = match operation.lower().unwrap() {
                "read" | "write" | "delete" | "alter" => &[Operation::Describe],
                "alter-configs" => &[Operation::DescribeConfigs],
                _ => &[],
            };
            assert_eq!(operation.implies(), implied, "{operation}");
        }
    }

    #[test]
    fn a_type_in_a_sentence() {
        let plurals: Vec<&str> = ResourceType::ALL.iter().map(|kind| kind.plural()).collect();
        assert_eq!(
            plurals,
            ["topics", "groups", "the cluster", "transactional ids", "delegation tokens", "users"]
        );
    }
}
