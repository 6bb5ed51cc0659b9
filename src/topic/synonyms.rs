//! Keys that mean the same elsewhere: what brokers call a key of topics, and in which unit they say it.

use super::config::{ConfigEntry, Synonym};

impl Synonym {
    /// Its value in the unit of another key: what `log.retention.hours` says is hours, and `log.retention.ms`
    /// wants milliseconds. A negative number is no limit in any unit.
    pub(super) fn value_for(&self, key: &str) -> Option<String> {
        let value = self.value.as_ref()?;
        let (Some(from), Some(to)) = (unit(&self.name), unit(key)) else {
            return Some(value.clone());
        };
        match value.trim().parse::<i64>() {
            Ok(number) if number > 0 && from != to => {
                let converted = number.checked_mul(from).map(|millis| (millis / to).to_string());
                converted.or_else(|| Some(value.clone()))
            }
            _ => Some(value.clone()),
        }
    }
}

/// Keys of topics that brokers say in several units, the strongest first, and of which a topic does not
/// tell what stands behind its own value (`KafkaConfig.brokerSynonyms`).
const UNITS: [(&str, &[&str]); 3] = [
    ("retention.ms", &["log.retention.ms", "log.retention.minutes", "log.retention.hours"]),
    ("segment.ms", &["log.roll.ms", "log.roll.hours"]),
    ("segment.jitter.ms", &["log.roll.jitter.ms", "log.roll.jitter.hours"]),
];

/// Whether only a broker tells what stands behind a topic's own value of this key.
pub fn is_told_by_brokers(key: &str) -> bool {
    UNITS.iter().any(|(known, _)| *known == key)
}

/// Adds what stands behind those values of a topic, as a broker tells it.
pub fn add_of_broker(topic: &mut [ConfigEntry], broker: &[ConfigEntry]) {
    for entry in topic.iter_mut().filter(|entry| entry.synonyms.len() < 2) {
        let units = UNITS.iter().find(|(key, _)| *key == entry.name).map_or(&[][..], |(_, u)| u);
        let set = |key: &str| broker.iter().find(|b| b.name == key && b.value.is_some());
        if let Some(behind) = units.iter().find_map(|key| set(key)) {
            entry.synonyms.push(Synonym {
                name: behind.name.clone(),
                value: behind.value.clone(),
                source: behind.source,
            });
        }
    }
}

/// Adds what stands behind the strongest of those keys of a broker, which tells it of none: `log.retention.hours` behind
/// `log.retention.ms`.
pub fn add_weaker(broker: &mut [ConfigEntry]) {
    for (_, units) in UNITS {
        let told =
            |key: &str| broker.iter().find(|entry| entry.name == key && entry.value.is_some());
        let Some(weaker) = units[1..].iter().find_map(|key| told(key)) else { continue };
        let (name, value, source) = (weaker.name.clone(), weaker.value.clone(), weaker.source);
        let strongest = broker.iter_mut().find(|entry| entry.name == units[0]);
        let lacks = |entry: &&mut ConfigEntry| entry.synonyms.iter().all(|one| one.name != name);
        if let Some(entry) = strongest.filter(lacks) {
            entry.synonyms.push(Synonym { name, value, source });
        }
    }
}

/// The unit of a key, in milliseconds, as its name tells.
pub(super) fn unit(key: &str) -> Option<i64> {
    match key.rsplit('.').next()? {
        "ms" => Some(1),
        "seconds" => Some(1000),
        "minutes" => Some(60_000),
        "hours" => Some(3_600_000),
        _ => None,
    }
}

/// What topics call a key of brokers that means the same (`ServerTopicConfigSynonyms`).
pub(super) fn of_brokers(key: &str) -> Option<&'static str> {
    Some(match key {
        "log.retention.ms" | "log.retention.minutes" | "log.retention.hours" => "retention.ms",
        "log.retention.bytes" => "retention.bytes",
        "log.roll.ms" | "log.roll.hours" => "segment.ms",
        "log.roll.jitter.ms" | "log.roll.jitter.hours" => "segment.jitter.ms",
        "log.segment.bytes" => "segment.bytes",
        "log.index.size.max.bytes" => "segment.index.bytes",
        "log.index.interval.bytes" => "index.interval.bytes",
        "log.flush.interval.messages" => "flush.messages",
        "log.flush.interval.ms" | "log.flush.scheduler.interval.ms" => "flush.ms",
        "log.segment.delete.delay.ms" => "file.delete.delay.ms",
        "log.cleaner.delete.retention.ms" => "delete.retention.ms",
        "log.cleaner.min.compaction.lag.ms" => "min.compaction.lag.ms",
        "log.cleaner.max.compaction.lag.ms" => "max.compaction.lag.ms",
        "log.cleaner.min.cleanable.ratio" => "min.cleanable.dirty.ratio",
        "log.cleanup.policy" => "cleanup.policy",
        "log.preallocate" => "preallocate",
        "log.message.timestamp.type" => "message.timestamp.type",
        "message.max.bytes" => "max.message.bytes",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topic::{ConfigSource, ConfigType};

    #[test]
    fn a_value_is_told_in_the_unit_of_the_key_that_is_asked_for() {
        let told = |name: &str, value: &str, key: &str| {
            let (name, value) = (name.to_owned(), Some(value.to_owned()));
            Synonym { name, value, source: ConfigSource::StaticBrokerConfig }
                .value_for(key)
                .unwrap()
        };
        assert_eq!(told("log.retention.hours", "72", "log.retention.ms"), "259200000");
        assert_eq!(told("log.retention.minutes", "5", "retention.ms"), "300000");
        assert_eq!(told("log.retention.hours", "-1", "retention.ms"), "-1", "no limit");
        assert_eq!(told("log.retention.ms", "5", "retention.ms"), "5");
        assert_eq!(told("log.segment.bytes", "5", "segment.bytes"), "5");
        assert_eq!(told("log.cleanup.policy", "delete", "cleanup.policy"), "delete");
        let most = i64::MAX.to_string();
        assert_eq!(told("log.retention.hours", &most, "retention.ms"), most, "what it is in hours");
    }

    #[test]
    fn hours_stand_behind_milliseconds() {
        let entry = |name: &str, value: Option<&str>| ConfigEntry {
            value: value.map(str::to_owned),
            ..ConfigEntry::unset(name, ConfigType::Long)
        };
        let held = |ms: Option<&str>, minutes: Option<&str>| {
            let mut broker = [
                entry("log.retention.hours", Some("168")),
                entry("log.retention.minutes", minutes),
                entry("log.retention.ms", ms),
            ];
            add_weaker(&mut broker);
            broker[2].held()
        };
        assert_eq!(held(None, None).as_deref(), Some("604800000"));
        assert_eq!(held(None, Some("5")).as_deref(), Some("300000"), "minutes come before hours");
        assert_eq!(held(Some("7"), Some("5")).as_deref(), Some("7"));
        assert_eq!(held(Some("-1"), None).as_deref(), Some("-1"), "no limit");
    }

    #[test]
    fn brokers_have_names_of_their_own() {
        assert_eq!(of_brokers("log.retention.hours"), Some("retention.ms"));
        assert_eq!(of_brokers("message.max.bytes"), Some("max.message.bytes"));
        assert_eq!(of_brokers("retention.ms"), None);
    }
}
