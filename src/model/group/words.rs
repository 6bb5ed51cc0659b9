//! The types and states of groups, in Kafka's spelling (`GroupType`, `GroupState`).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::super::Name;

/// The kind of a group. A kind that this version does not know is kept and shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupType {
    /// Members choose a leader, which assigns: consumers before KIP-848, Connect, and others.
    Classic,
    /// The coordinator assigns (KIP-848).
    Consumer,
    /// Members share partitions (KIP-932).
    Share,
    /// Kafka Streams with tasks that the coordinator assigns (KIP-1071).
    Streams,
    /// A later invention.
    Other(Name),
}

impl GroupType {
    /// The known types.
    pub const ALL: [Self; 4] = [Self::Classic, Self::Consumer, Self::Share, Self::Streams];

    /// `classic`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Classic => "classic",
            Self::Consumer => "consumer",
            Self::Share => "share",
            Self::Streams => "streams",
            Self::Other(name) => name,
        }
    }
}

impl From<&str> for GroupType {
    fn from(text: &str) -> Self {
        let known = Self::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(text));
        known.unwrap_or_else(|| Self::Other(text.into()))
    }
}

/// The state of a group. A state that this version does not know is kept and shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupState {
    /// Classic: members are (re)joining.
    PreparingRebalance,
    /// Classic: the leader assigns.
    CompletingRebalance,
    /// Consumer, streams: a new target is being computed.
    Assigning,
    /// Consumer, streams: members are on their way to the target.
    Reconciling,
    /// Streams: internal topics are missing, or the topology is not settled.
    NotReady,
    /// Every member has what it shall have.
    Stable,
    /// No members; commits may be there.
    Empty,
    /// On its way out.
    Dead,
    /// A later invention.
    Other(Name),
}

impl GroupState {
    /// The known states.
    pub const ALL: [Self; 8] = [
        Self::PreparingRebalance,
        Self::CompletingRebalance,
        Self::Assigning,
        Self::Reconciling,
        Self::NotReady,
        Self::Stable,
        Self::Empty,
        Self::Dead,
    ];

    /// Kafka's spelling.
    pub fn as_str(&self) -> &str {
        match self {
            Self::PreparingRebalance => "PreparingRebalance",
            Self::CompletingRebalance => "CompletingRebalance",
            Self::Assigning => "Assigning",
            Self::Reconciling => "Reconciling",
            Self::NotReady => "NotReady",
            Self::Stable => "Stable",
            Self::Empty => "Empty",
            Self::Dead => "Dead",
            Self::Other(name) => name,
        }
    }

    /// Whether partitions are changing hands.
    pub fn is_rebalancing(&self) -> bool {
        matches!(
            self,
            Self::PreparingRebalance
                | Self::CompletingRebalance
                | Self::Assigning
                | Self::Reconciling
        )
    }
}

impl From<&str> for GroupState {
    fn from(text: &str) -> Self {
        // As people type it; brokers have one spelling, and send it for thousands of groups.
        let same = |state: &Self| {
            let bare = text.chars().filter(|c| !matches!(c, '-' | '_'));
            bare.map(|c| c.to_ascii_lowercase()).eq(state.as_str().to_ascii_lowercase().chars())
        };
        let exact = Self::ALL.into_iter().find(|state| state.as_str() == text);
        let known = exact.or_else(|| Self::ALL.into_iter().find(same));
        known.unwrap_or_else(|| Self::Other(text.into()))
    }
}

macro_rules! word {
    ($($type:ty),+) => {
        $(impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(|text| text.as_str().into())
            }
        }

        impl FromStr for $type {
            type Err = std::convert::Infallible;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(text.into())
            }
        })+
    };
}
word!(GroupType, GroupState);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kafkas_in_any_case() {
        assert_eq!(GroupType::from("Classic"), GroupType::Classic);
        assert_eq!(GroupType::from("STREAMS"), GroupType::Streams);
        assert_eq!(GroupType::from("novel").as_str(), "novel");
        assert_eq!(GroupState::from("preparing-rebalance"), GroupState::PreparingRebalance);
        assert_eq!(GroupState::from("PREPARING_REBALANCE"), GroupState::PreparingRebalance);
        for state in GroupState::ALL {
            assert_eq!(GroupState::from(state.as_str()), state);
        }
        assert_eq!(GroupState::from("Brooding").to_string(), "Brooding");
    }
}
