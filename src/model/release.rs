//! What a release of Kafka stands for: the levels that its features have by default
//! (`org.apache.kafka.server.common.Feature` and its versions, of 4.4.0).

use super::metadata_version::MetadataVersion;

/// The last release whose features are known here. A level of `metadata.version` beyond it is of one that was not
/// released then.
const NEWEST: MetadataVersion = MetadataVersion(33);

/// A feature's levels, each with the first `metadata.version` that has it by default.
const LEVELS: [(&str, &[(i16, i16)]); 6] = [
    ("kraft.version", &[(1, 21)]),
    ("transaction.version", &[(2, 24)]),
    ("group.version", &[(1, 22)]),
    ("eligible.leader.replicas.version", &[(1, 26)]),
    ("share.version", &[(1, 28), (2, 31)]),
    ("streams.version", &[(1, 29)]),
];

/// What a level of a feature needs of another: `(feature, level, needed, level of that)`.
const NEEDED: [(&str, i16, &str, i16); 1] =
    [("eligible.leader.replicas.version", 1, MetadataVersion::FEATURE, 23)];

/// A release: its `metadata.version`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release(MetadataVersion);

impl Release {
    /// `4.1`, the last level of that release, or one of its levels by name, `4.1-IV0`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let release = |text: &str| text.contains('.').then(|| text.parse::<MetadataVersion>().ok());
        match release(text).flatten() {
            Some(version) if version <= NEWEST => Ok(Self(version)),
            Some(_) => {
                Err(format!("`{text}` is newer than this kward, which knows releases up to 4.4"))
            }
            None => Err(format!(
                "`{}` is no release: wanted is one such as `4.1`, or a name such as `4.1-IV1`",
                super::visible(text)
            )),
        }
    }

    /// Its level of `metadata.version`.
    pub fn metadata_version(self) -> MetadataVersion {
        self.0
    }

    /// Its features with their levels, `metadata.version` first; 0 is off.
    pub fn features(self) -> Vec<(&'static str, i16)> {
        let level = |levels: &[(i16, i16)]| {
            let found = levels.iter().rev().find(|(_, since)| *since <= self.0.0);
            found.map_or(0, |(level, _)| *level)
        };
        let others = LEVELS.iter().map(|(name, levels)| (*name, level(levels)));
        [(MetadataVersion::FEATURE, self.0.0)].into_iter().chain(others).collect()
    }
}

/// What this level of a feature needs of others.
pub fn needed_by(feature: &str, level: i16) -> impl Iterator<Item = (&'static str, i16)> {
    let of = move |(name, least, ..): &&(&str, i16, &str, i16)| *name == feature && *least <= level;
    NEEDED.iter().filter(of).map(|(.., needed, level)| (*needed, *level))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_stands_for_what_kafkas_own_tool_says() {
        // `kafka-features.sh version-mapping --release-version …` of 4.4.0.
        for (release, expected) in [
            ("3.3", [7, 0, 0, 0, 0, 0, 0]),
            ("3.8", [20, 0, 0, 0, 0, 0, 0]),
            ("3.9", [21, 1, 0, 0, 0, 0, 0]),
            ("4.0-IV1", [23, 1, 0, 1, 0, 0, 0]),
            ("4.0", [25, 1, 2, 1, 0, 0, 0]),
            ("4.1", [27, 1, 2, 1, 1, 0, 0]),
            ("4.2-IV0", [28, 1, 2, 1, 1, 1, 0]),
            ("4.2", [29, 1, 2, 1, 1, 1, 1]),
            ("4.3", [30, 1, 2, 1, 1, 1, 1]),
            ("4.4", [33, 1, 2, 1, 1, 2, 1]),
        ] {
            let features = Release::parse(release).unwrap().features();
            let levels: Vec<i16> = features.iter().map(|(_, level)| *level).collect();
            assert_eq!(levels, expected, "{release}");
        }
    }

    #[test]
    fn what_is_no_release_is_told() {
        for bad in ["", "33", "4", "newest", "9.9", "4.1-IV9"] {
            assert!(Release::parse(bad).unwrap_err().contains("is no release"), "{bad}");
        }
        assert!(Release::parse("4.5-IV0").unwrap_err().contains("up to 4.4"));
        let needed =
            |level| needed_by("eligible.leader.replicas.version", level).collect::<Vec<_>>();
        assert_eq!((needed(0), needed(1)), (vec![], vec![("metadata.version", 23)]));
        assert_eq!(needed_by("metadata.version", 33).count(), 0);
    }
}
