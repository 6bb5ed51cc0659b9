//! Whom a client quota is about (KIP-546).

use std::collections::BTreeMap;
use std::fmt;

use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};

/// What a component of an entity names; a newer broker may know more.
pub const USER: &str = "user";
/// See [`USER`].
pub const CLIENT_ID: &str = "client-id";
/// See [`USER`].
pub const IP: &str = "ip";

/// The entity of a quota: a user, a client id, both, or an address; each by name or the default for
/// those without a quota of their own.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuotaEntity(BTreeMap<String, Option<String>>);

impl QuotaEntity {
    /// The same with one component more: a name, or `None` for the default.
    #[must_use]
    pub fn with(mut self, kind: &str, name: Option<&str>) -> Self {
        self.0.insert(kind.to_owned(), name.map(str::to_owned));
        self
    }

    /// The name of the component of this type: `Some(None)` where it is the default.
    pub fn get(&self, kind: &str) -> Option<Option<&str>> {
        self.0.get(kind).map(Option::as_deref)
    }

    /// The components: type and name, `None` for the default.
    pub fn components(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0.iter().map(|(kind, name)| (kind.as_str(), name.as_deref()))
    }
}

impl fmt::Display for QuotaEntity {
    /// `client-id app, user <default>`, as it is: make it visible before it is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (kind, name)) in self.components().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            match name {
                // Somebody who has that name.
                Some("<default>") => write!(f, "{comma}{kind} \"<default>\"")?,
                name => write!(f, "{comma}{kind} {}", name.unwrap_or("<default>"))?,
            }
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct Component<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    default: bool,
}

impl Serialize for QuotaEntity {
    /// `[{"type":"user","name":"ana"},{"type":"client-id","default":true}]`
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for (kind, name) in self.components() {
            list.serialize_element(&Component { kind, name, default: name.is_none() })?;
        }
        list.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_reads_well_and_is_unambiguous_in_json() {
        let both = QuotaEntity::default().with(USER, Some("ana")).with(CLIENT_ID, None);
        assert_eq!(both.to_string(), "client-id <default>, user ana");
        let odd = QuotaEntity::default().with(USER, Some("<default>"));
        assert_eq!(odd.to_string(), "user \"<default>\"");
        assert_eq!(both.get(USER), Some(Some("ana")));
        assert_eq!(both.get(CLIENT_ID), Some(None));
        assert_eq!(both.get(IP), None);
        assert_eq!(
            serde_json::to_string(&both).unwrap(),
            r#"[{"type":"client-id","default":true},{"type":"user","name":"ana"}]"#
        );
    }
}
