//! Features of the cluster: `UpdateFeatures` (57, KIP-584, KIP-1022; ALTER on the cluster).

use kafka_protocol::messages::UpdateFeaturesRequest;
use kafka_protocol::messages::update_features_request::FeatureUpdateKey;
use kafka_protocol::protocol::VersionRange;

use crate::error::{KafkaError, Result};

use super::client::{Client, Purpose, Route};
use super::codes::{NOT_CONTROLLER, kafka_error};
use super::connection::Reply;
use super::named::{Outcomes, item};
use super::reader::{Malformed, Reader};
use super::topics::text;

/// A level that a feature is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureUpdate {
    /// Its name: `metadata.version`.
    pub feature: String,
    /// The level; 0 turns it off.
    pub level: i16,
    /// Where it comes from.
    pub way: FeatureWay,
}

/// Up or down (`FeatureUpdate.UpgradeType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeatureWay {
    /// Up.
    Upgrade,
    /// Down, where nothing is lost by it.
    SafeDowngrade,
    /// Down, whatever is lost by it.
    UnsafeDowngrade,
}

impl FeatureWay {
    const fn code(self) -> i8 {
        match self {
            FeatureWay::Upgrade => 1,
            FeatureWay::SafeDowngrade => 2,
            FeatureWay::UnsafeDowngrade => 3,
        }
    }
}

impl Client {
    /// Sets levels, or only lets the controller judge them; one result for each, in their order.
    pub async fn update_features(
        &self,
        updates: &[FeatureUpdate],
        validate_only: bool,
    ) -> Result<Outcomes<()>> {
        let update = |update: &FeatureUpdate| {
            FeatureUpdateKey::default()
                .with_feature(text(&update.feature))
                .with_max_version_level(update.level)
                .with_upgrade_type(update.way.code())
        };
        let request = UpdateFeaturesRequest::default()
            .with_timeout_ms(self.patience_ms())
            .with_feature_updates(updates.iter().map(update).collect())
            .with_validate_only(validate_only);
        let (_, purpose) = Purpose::of_check("set features", validate_only);
        let reply: UpdateReply = self.ask(Route::Any, purpose, &request).await?;
        // From version 2 on they are set together or not at all, and only what is wrong is told.
        let of = |update: &FeatureUpdate| {
            let own = reply.results.iter().find(|(feature, _)| *feature == update.feature);
            let own = own.and_then(|(_, error)| error.clone());
            item(reply.error.clone().or(own), ())
        };
        Ok(updates.iter().map(of).collect())
    }
}

/// The answer to `UpdateFeatures`.
struct UpdateReply {
    error: Option<KafkaError>,
    results: Vec<(String, Option<KafkaError>)>,
}

impl Reply for UpdateReply {
    // Version 0 can neither only check nor say which way.
    const VERSIONS: VersionRange = VersionRange { min: 1, max: 2 };

    fn read(reader: &mut Reader<'_>, version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let error = kafka_error(reader.i16()?, reader.nullable_string()?);
        let mut results = Vec::new();
        if version < 2 {
            results = reader.items(5, |reader| {
                let feature = reader.string()?.to_owned();
                let error = kafka_error(reader.i16()?, reader.nullable_string()?);
                reader.tags()?;
                Ok((feature, error))
            })?;
        }
        reader.tags()?;
        Ok(Self { error, results })
    }

    fn failure(&self) -> Option<&KafkaError> {
        // What timed out may have been done.
        self.error.as_ref().filter(|error| error.code == NOT_CONTROLLER)
    }
}
