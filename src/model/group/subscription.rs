//! The topics that a member wants.

use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize};

use super::super::Name;

/// The topics that a member wants, sorted; none where nobody tells them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Subscription {
    topics: Vec<Name>,
    #[serde(skip)]
    unknown: bool,
}

impl Subscription {
    /// What nobody tells: a classic group's while it rebalances, and what is wanted in words that only its
    /// group reads.
    pub fn unknown() -> Self {
        Self { topics: Vec::new(), unknown: true }
    }

    /// Whether nobody can tell what is in it.
    pub fn is_unknown(&self) -> bool {
        self.unknown
    }
}

impl From<Vec<Name>> for Subscription {
    fn from(mut topics: Vec<Name>) -> Self {
        topics.sort_unstable();
        Self { topics, unknown: false }
    }
}

impl Deref for Subscription {
    type Target = [Name];

    fn deref(&self) -> &[Name] {
        &self.topics
    }
}

impl<'a> IntoIterator for &'a Subscription {
    type Item = &'a Name;
    type IntoIter = std::slice::Iter<'a, Name>;

    fn into_iter(self) -> Self::IntoIter {
        self.topics.iter()
    }
}

impl<'de> Deserialize<'de> for Subscription {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}
