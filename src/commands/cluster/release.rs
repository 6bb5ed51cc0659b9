//! `cluster features --release`: what a release of Kafka stands for. Asks no cluster.

use crate::commands::Outcome;
use crate::model::Release;
use crate::model::release::needed_by;
use crate::report::features::{NeededFeature, ReleaseFeature, ReleaseFeatures};

/// The levels of its features, and what each of them needs.
pub fn run(release: Release) -> Outcome {
    let needed = |(name, level): (&str, i16)| NeededFeature::new(name, level);
    let item = |(name, level): (&str, i16)| {
        let requires = needed_by(name, level).map(needed).collect();
        ReleaseFeature { requires, ..ReleaseFeature::new(name, level) }
    };
    let items = release.features().into_iter().map(item).collect();
    let metadata_version = release.metadata_version().to_string();
    Outcome::report(ReleaseFeatures { metadata_version, items })
}
