//! The feature level `metadata.version` of a cluster, with the names that Kafka gives its levels
//! (`org.apache.kafka.server.common.MetadataVersion` of 4.4.0).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A finalized level of the feature `metadata.version`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MetadataVersion(pub i16);

/// Level and name, oldest first, without gaps. Level 7 is the lowest that a 4.x broker accepts.
const NAMES: &[(i16, &str)] = &[
    (1, "3.0-IV1"),
    (2, "3.1-IV0"),
    (3, "3.2-IV0"),
    (4, "3.3-IV0"),
    (5, "3.3-IV1"),
    (6, "3.3-IV2"),
    (7, "3.3-IV3"),
    (8, "3.4-IV0"),
    (9, "3.5-IV0"),
    (10, "3.5-IV1"),
    (11, "3.5-IV2"),
    (12, "3.6-IV0"),
    (13, "3.6-IV1"),
    (14, "3.6-IV2"),
    (15, "3.7-IV0"),
    (16, "3.7-IV1"),
    (17, "3.7-IV2"),
    (18, "3.7-IV3"),
    (19, "3.7-IV4"),
    (20, "3.8-IV0"),
    (21, "3.9-IV0"),
    (22, "4.0-IV0"),
    (23, "4.0-IV1"),
    (24, "4.0-IV2"),
    (25, "4.0-IV3"),
    (26, "4.1-IV0"),
    (27, "4.1-IV1"),
    (28, "4.2-IV0"),
    (29, "4.2-IV1"),
    (30, "4.3-IV0"),
    (31, "4.4-IV0"),
    (32, "4.4-IV1"),
    (33, "4.4-IV2"),
    (34, "4.5-IV0"),
];

/// A text that is neither a name of a level nor its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownMetadataVersion(String);

impl fmt::Display for UnknownMetadataVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = super::visible(&self.0);
        write!(f, "unknown metadata.version `{shown}`")?;
        match super::nearest(&self.0, NAMES.iter().map(|(_, name)| *name)) {
            Some(near) => write!(f, ", did you mean `{near}`?"),
            None => f.write_str("; it is a name such as `4.4-IV1` or the number of a level"),
        }
    }
}

impl std::error::Error for UnknownMetadataVersion {}

impl MetadataVersion {
    /// The feature that it is a level of.
    pub const FEATURE: &'static str = "metadata.version";

    /// 4.4-IV1: from here on hosts of ACLs may be CIDR ranges (KIP-1276).
    pub const CIDR: MetadataVersion = MetadataVersion(32);

    /// Whether the authorizer understands CIDR ranges in hosts (KIP-1276).
    pub fn supports_cidr(self) -> bool {
        self >= Self::CIDR
    }

    /// The release that it belongs to: `4.4`; `None` for a level that this version does not know.
    pub fn release(self) -> Option<&'static str> {
        self.name().map(|name| name.split_once('-').map_or(name, |(release, _)| release))
    }

    /// `4.4-IV1`; `None` for a level that this version does not know.
    pub fn name(self) -> Option<&'static str> {
        NAMES.iter().find(|(level, _)| *level == self.0).map(|(_, name)| *name)
    }
}

impl fmt::Display for MetadataVersion {
    /// The name; the number of a level that has none here.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => write!(f, "{}", self.0),
        }
    }
}

impl FromStr for MetadataVersion {
    type Err = UnknownMetadataVersion;

    /// Reads `4.4-IV1`, `4.4` (the last level of that release) or the number of a level (`32`).
    fn from_str(text: &str) -> Result<Self, UnknownMetadataVersion> {
        if let Some((level, _)) = NAMES.iter().find(|(_, name)| *name == text) {
            return Ok(Self(*level));
        }
        let of_release = |name: &str| name.split_once('-').is_some_and(|(head, _)| head == text);
        if let Some((level, _)) = NAMES.iter().rev().find(|(_, name)| of_release(name)) {
            return Ok(Self(*level));
        }
        match text.parse::<i16>() {
            Ok(level) if level > 0 && text.bytes().all(|b| b.is_ascii_digit()) => Ok(Self(level)),
            _ => Err(UnknownMetadataVersion(text.to_owned())),
        }
    }
}

impl Serialize for MetadataVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MetadataVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_have_kafkas_names() {
        assert_eq!(MetadataVersion(30).to_string(), "4.3-IV0");
        assert_eq!("4.4-IV1".parse(), Ok(MetadataVersion(32)));
        assert_eq!("4.4".parse(), Ok(MetadataVersion(33)));
        assert_eq!("7".parse(), Ok(MetadataVersion(7)));
        assert_eq!("99".parse::<MetadataVersion>().unwrap().to_string(), "99");
        assert!(NAMES.windows(2).all(|pair| pair[0].0 + 1 == pair[1].0));
        for (level, name) in NAMES {
            assert_eq!(name.parse(), Ok(MetadataVersion(*level)));
        }
    }

    #[test]
    fn a_wrong_name_is_refused_with_the_nearest() {
        let error = "4.4-IV9".parse::<MetadataVersion>().unwrap_err().to_string();
        assert!(error.starts_with("unknown metadata.version `4.4-IV9`, did you mean `4.4-IV"));
        for wrong in ["", "-1", "+3", "0", "newest", "40000"] {
            assert!(wrong.parse::<MetadataVersion>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn ranges_in_hosts_come_with_4_4_iv1() {
        assert!(!MetadataVersion(31).supports_cidr());
        assert!(MetadataVersion(32).supports_cidr());
        assert!(MetadataVersion(40).supports_cidr());
    }
}
