//! Configuration: where a value comes from, and what a change to it would do. The codes are those of
//! `DescribeConfigs` (32, KIP-226) and `IncrementalAlterConfigs` (44, KIP-339).

use crate::model::nearest;

/// What has a configuration (`ConfigResource.Type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityType {
    /// A topic.
    Topic,
    /// A broker, by its id; with the empty name, what all brokers have in common.
    Broker,
    /// The log levels of a broker, by its id (KIP-412).
    BrokerLogger,
    /// A subscription to client metrics (KIP-714).
    ClientMetrics,
    /// A group (KIP-848).
    Group,
}

/// What sets a value (`ConfigEntry.ConfigSource`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "Kafka's names say it")]
pub enum ConfigSource {
    DynamicTopicConfig,
    DynamicBrokerConfig,
    DynamicDefaultBrokerConfig,
    StaticBrokerConfig,
    DefaultConfig,
    DynamicBrokerLoggerConfig,
    DynamicClientMetricsConfig,
    DynamicGroupConfig,
    Unknown(i8),
}

/// What kind of value it is (`ConfigEntry.ConfigType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "Kafka's names say it")]
pub enum ConfigType {
    Boolean,
    String,
    Int,
    Short,
    Long,
    Double,
    List,
    Class,
    Password,
    Unknown,
}

/// One value of an entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigEntry {
    /// The key.
    pub name: String,
    /// The value in force; `None` when it is not set, or not told because it is sensitive.
    pub value: Option<String>,
    /// What sets it.
    pub source: ConfigSource,
    /// It cannot be changed while the broker runs.
    pub read_only: bool,
    /// The broker keeps it to itself.
    pub sensitive: bool,
    /// Its kind.
    pub kind: ConfigType,
    /// What sets it and what would, the strongest first; empty when not asked for.
    pub synonyms: Vec<Synonym>,
    /// The broker's words on it, when asked for.
    pub documentation: Option<String>,
}

/// One of the places that set a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Synonym {
    /// The key there: a topic's `retention.ms` is a broker's `log.retention.ms`.
    pub name: String,
    /// The value there.
    pub value: Option<String>,
    /// The place.
    pub source: ConfigSource,
}

/// What is done with a key (`AlterConfigOp.OpType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigOperation {
    /// Set it.
    Set,
    /// Take it away, so that what stands behind it holds again.
    Unset,
    /// Add words to a list.
    Append,
    /// Take words from a list.
    Subtract,
}

/// A change that is asked for. `Debug` does not show the value: it may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Asked {
    /// The key.
    pub key: String,
    /// What is done with it.
    pub operation: ConfigOperation,
    /// The value or the words; none to unset.
    pub value: Option<String>,
}

impl std::fmt::Debug for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Asked");
        shown.field("key", &self.key).field("operation", &self.operation).finish_non_exhaustive()
    }
}

/// A change with what it would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigChange {
    /// What is asked for.
    pub asked: Asked,
    /// The value in force before; `None` when it is not set or not told.
    pub old: Option<String>,
    /// Where that came from.
    pub old_source: ConfigSource,
    /// The value in force afterwards, as far as it can be known; `None` when it is not set or not told.
    pub new: Option<String>,
    /// Where that will come from.
    pub new_source: ConfigSource,
    /// Neither value may be shown.
    pub sensitive: bool,
    /// Whether anything would be different.
    pub changes: bool,
}

/// A key that cannot be changed as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The key.
    pub key: String,
    /// Why, one line.
    pub reason: String,
    /// What to do.
    pub hint: Option<String>,
}

impl EntityType {
    /// All.
    pub const ALL: [EntityType; 5] = [
        EntityType::Topic,
        EntityType::Broker,
        EntityType::BrokerLogger,
        EntityType::ClientMetrics,
        EntityType::Group,
    ];

    /// Kafka's code.
    pub const fn code(self) -> i8 {
        match self {
            EntityType::Topic => 2,
            EntityType::Broker => 4,
            EntityType::BrokerLogger => 8,
            EntityType::ClientMetrics => 16,
            EntityType::Group => 32,
        }
    }

    /// The type of a code.
    pub fn from_code(code: i8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Kafka's name: `BROKER_LOGGER`.
    pub const fn upper(self) -> &'static str {
        match self {
            EntityType::Topic => "TOPIC",
            EntityType::Broker => "BROKER",
            EntityType::BrokerLogger => "BROKER_LOGGER",
            EntityType::ClientMetrics => "CLIENT_METRICS",
            EntityType::Group => "GROUP",
        }
    }

    /// For sentences: `client metrics`.
    pub const fn word(self) -> &'static str {
        match self {
            EntityType::Topic => "topic",
            EntityType::Broker => "broker",
            EntityType::BrokerLogger => "loggers of broker",
            EntityType::ClientMetrics => "client metrics",
            EntityType::Group => "group",
        }
    }

    /// What sets a value of the entity itself.
    pub fn own_source(self, name: &str) -> ConfigSource {
        match self {
            EntityType::Topic => ConfigSource::DynamicTopicConfig,
            EntityType::Broker if name.is_empty() => ConfigSource::DynamicDefaultBrokerConfig,
            EntityType::Broker => ConfigSource::DynamicBrokerConfig,
            EntityType::BrokerLogger => ConfigSource::DynamicBrokerLoggerConfig,
            EntityType::ClientMetrics => ConfigSource::DynamicClientMetricsConfig,
            EntityType::Group => ConfigSource::DynamicGroupConfig,
        }
    }
}

impl ConfigSource {
    /// The source of a code.
    pub const fn from_code(code: i8) -> Self {
        match code {
            1 => ConfigSource::DynamicTopicConfig,
            2 => ConfigSource::DynamicBrokerConfig,
            3 => ConfigSource::DynamicDefaultBrokerConfig,
            4 => ConfigSource::StaticBrokerConfig,
            5 => ConfigSource::DefaultConfig,
            6 => ConfigSource::DynamicBrokerLoggerConfig,
            7 => ConfigSource::DynamicClientMetricsConfig,
            8 => ConfigSource::DynamicGroupConfig,
            other => ConfigSource::Unknown(other),
        }
    }

    /// Kafka's name.
    pub const fn upper(self) -> &'static str {
        match self {
            ConfigSource::DynamicTopicConfig => "DYNAMIC_TOPIC_CONFIG",
            ConfigSource::DynamicBrokerConfig => "DYNAMIC_BROKER_CONFIG",
            ConfigSource::DynamicDefaultBrokerConfig => "DYNAMIC_DEFAULT_BROKER_CONFIG",
            ConfigSource::StaticBrokerConfig => "STATIC_BROKER_CONFIG",
            ConfigSource::DefaultConfig => "DEFAULT_CONFIG",
            ConfigSource::DynamicBrokerLoggerConfig => "DYNAMIC_BROKER_LOGGER_CONFIG",
            ConfigSource::DynamicClientMetricsConfig => "DYNAMIC_CLIENT_METRICS_CONFIG",
            ConfigSource::DynamicGroupConfig => "DYNAMIC_GROUP_CONFIG",
            ConfigSource::Unknown(_) => "UNKNOWN",
        }
    }

    /// For people: `the topic`, `the broker's file`.
    pub const fn words(self) -> &'static str {
        match self {
            ConfigSource::DynamicTopicConfig => "topic",
            ConfigSource::DynamicBrokerConfig => "this broker",
            ConfigSource::DynamicDefaultBrokerConfig => "all brokers",
            ConfigSource::StaticBrokerConfig => "broker's file",
            ConfigSource::DefaultConfig => "default",
            ConfigSource::DynamicBrokerLoggerConfig => "logger",
            ConfigSource::DynamicClientMetricsConfig => "client metrics",
            ConfigSource::DynamicGroupConfig => "group",
            ConfigSource::Unknown(_) => "unknown",
        }
    }
}

impl ConfigType {
    /// The type of a code.
    pub const fn from_code(code: i8) -> Self {
        match code {
            1 => ConfigType::Boolean,
            2 => ConfigType::String,
            3 => ConfigType::Int,
            4 => ConfigType::Short,
            5 => ConfigType::Long,
            6 => ConfigType::Double,
            7 => ConfigType::List,
            8 => ConfigType::Class,
            9 => ConfigType::Password,
            _ => ConfigType::Unknown,
        }
    }

    /// Kafka's name.
    pub const fn upper(self) -> &'static str {
        match self {
            ConfigType::Boolean => "BOOLEAN",
            ConfigType::String => "STRING",
            ConfigType::Int => "INT",
            ConfigType::Short => "SHORT",
            ConfigType::Long => "LONG",
            ConfigType::Double => "DOUBLE",
            ConfigType::List => "LIST",
            ConfigType::Class => "CLASS",
            ConfigType::Password => "PASSWORD",
            ConfigType::Unknown => "UNKNOWN",
        }
    }
}

impl ConfigOperation {
    /// Kafka's code.
    pub const fn code(self) -> i8 {
        match self {
            ConfigOperation::Set => 0,
            ConfigOperation::Unset => 1,
            ConfigOperation::Append => 2,
            ConfigOperation::Subtract => 3,
        }
    }

    /// The word, as in JSON and as the flag: `append`.
    pub const fn word(self) -> &'static str {
        match self {
            ConfigOperation::Set => "set",
            ConfigOperation::Unset => "unset",
            ConfigOperation::Append => "append",
            ConfigOperation::Subtract => "subtract",
        }
    }
}

impl ConfigEntry {
    /// Whether the entity or the broker sets it, other than by default.
    pub fn differs_from_default(&self) -> bool {
        self.source != ConfigSource::DefaultConfig
    }

    /// What holds when the entity's own value goes.
    fn behind(&self, own: ConfigSource) -> Option<&Synonym> {
        self.synonyms.iter().find(|synonym| synonym.source != own)
    }
}

impl ConfigChange {
    /// Whether it gives a secret: to a key that the broker calls sensitive, or, where the broker does not
    /// list the key, to one that is called like those.
    pub fn is_secret(&self) -> bool {
        const LIKE: [&str; 4] = ["password", "secret", "jaas", "keystore.key"];
        let listed = !matches!(self.old_source, ConfigSource::Unknown(_));
        let gives = matches!(self.asked.operation, ConfigOperation::Set | ConfigOperation::Append);
        gives && self.sensitive && (listed || LIKE.iter().any(|word| self.asked.key.contains(word)))
    }

    /// Whether the change lets Kafka delete records that it would have kept: a shorter retention, or
    /// another way of cleaning up.
    pub fn loses_records(&self) -> bool {
        if !self.changes {
            return false;
        }
        let key = self.asked.key.strip_prefix("log.").unwrap_or(&self.asked.key);
        if key.contains("retention.")
            && self.asked.operation == ConfigOperation::Unset
            && self.new.is_none()
        {
            // What will hold is not known, and may be shorter.
            return true;
        }
        match key {
            // -1, like no value, is no limit.
            "retention.ms"
            | "retention.bytes"
            | "retention.minutes"
            | "retention.hours"
            | "local.retention.ms"
            | "local.retention.bytes" => {
                let limit = |value: Option<&str>| match value.map(str::parse::<i64>) {
                    None => i64::MAX,
                    Some(Ok(number)) if number < 0 => i64::MAX,
                    Some(number) => number.unwrap_or(i64::MIN),
                };
                limit(self.new.as_deref()) < limit(self.old.as_deref())
            }
            "cleanup.policy" => {
                let words = |value: Option<&str>| -> Vec<String> {
                    value.unwrap_or_default().split(',').map(|w| w.trim().to_owned()).collect()
                };
                let old = words(self.old.as_deref());
                words(self.new.as_deref())
                    .iter()
                    .any(|word| !word.is_empty() && !old.contains(word))
            }
            _ => false,
        }
    }
}

/// Whether brokers refuse to delete records of a topic with this `cleanup.policy` (POLICY_VIOLATION):
/// what compaction keeps is not to go. An empty policy (KIP-1161) is left to the broker.
pub fn keeps_all_records(cleanup_policy: &str) -> bool {
    let mut words = cleanup_policy.split(',').map(str::trim).filter(|word| !word.is_empty());
    words.clone().any(|word| word == "compact") && !words.any(|word| word == "delete")
}

/// Adds the keys that an entity can have to those that a broker told: before 4.0 a broker tells none
/// of a subscription to client metrics that is not there yet (KIP-714), and of a broker's throttles
/// (`DynamicConfig.Broker`) only those that are set.
pub fn supplement(kind: EntityType, live: &mut Vec<ConfigEntry>) {
    const OF_CLIENT_METRICS: [(&str, ConfigType); 3] = [
        ("interval.ms", ConfigType::Int),
        ("match", ConfigType::List),
        ("metrics", ConfigType::List),
    ];
    const OF_BROKERS: [(&str, ConfigType); 3] = [
        ("leader.replication.throttled.rate", ConfigType::Long),
        ("follower.replication.throttled.rate", ConfigType::Long),
        ("replica.alter.log.dirs.io.max.bytes.per.second", ConfigType::Long),
    ];
    let keys = match kind {
        EntityType::ClientMetrics => OF_CLIENT_METRICS,
        EntityType::Broker => OF_BROKERS,
        _ => return,
    };
    for (name, kind) in keys {
        if live.iter().any(|entry| entry.name == name) {
            continue;
        }
        live.push(ConfigEntry {
            name: name.to_owned(),
            value: None,
            source: ConfigSource::DefaultConfig,
            read_only: false,
            sensitive: false,
            kind,
            synonyms: Vec::new(),
            documentation: None,
        });
    }
}

/// Lists of a subscription to client metrics are no lists to `IncrementalAlterConfigs`, which neither
/// adds to them nor takes away: the new value is set.
pub fn set_whole_lists(changes: &mut [ConfigChange]) {
    for change in changes {
        let operation = &mut change.asked.operation;
        if matches!(operation, ConfigOperation::Append | ConfigOperation::Subtract) {
            *operation = ConfigOperation::Set;
            change.asked.value.clone_from(&change.new);
        }
    }
}

/// Adds the keys of a broker to what all brokers have in common, which tells only those that it sets.
pub fn add_missing(live: &mut Vec<ConfigEntry>, of_broker: &[ConfigEntry]) {
    let missing = of_broker.iter().filter(|key| !live.iter().any(|entry| entry.name == key.name));
    let unset = missing.map(|key| {
        let mut entry =
            ConfigEntry { value: None, source: ConfigSource::DefaultConfig, ..key.clone() };
        // What one broker has set says nothing about the others.
        entry.synonyms.retain(|synonym| synonym.source == ConfigSource::DefaultConfig);
        entry
    });
    let unset: Vec<ConfigEntry> = unset.collect();
    live.extend(unset);
}

/// What each of the changes `asked` would do to an entity that has `live`; or, all at once, why they
/// cannot be made. `own` is the source of what the entity itself sets. With `unknown_keys`, keys
/// that the broker does not list are let through.
pub fn changes(
    live: &[ConfigEntry],
    asked: &[Asked],
    own: ConfigSource,
    unknown_keys: bool,
) -> Result<Vec<ConfigChange>, Vec<Refused>> {
    let mut refused = Vec::new();
    let mut found = Vec::new();
    for one in asked {
        let entry = live.iter().find(|entry| entry.name == one.key);
        match judge(live, entry, one, own, unknown_keys) {
            Ok(change) => found.push(change),
            Err(reason) => refused.push(reason),
        }
    }
    let twice = |at: usize| asked[..at].iter().any(|before| before.key == asked[at].key);
    refused.extend((0..asked.len()).filter(|at| twice(*at)).map(|at| Refused {
        key: asked[at].key.clone(),
        reason: format!("`{}` is named more than once", asked[at].key),
        hint: Some("one change a key; a list takes its words at once: `KEY=a,b`".to_owned()),
    }));
    if refused.is_empty() { Ok(found) } else { Err(refused) }
}

fn judge(
    live: &[ConfigEntry],
    entry: Option<&ConfigEntry>,
    asked: &Asked,
    own: ConfigSource,
    unknown_keys: bool,
) -> Result<ConfigChange, Refused> {
    let key = &asked.key;
    let refuse = |reason: String, hint: Option<String>| Refused { key: key.clone(), reason, hint };
    let Some(entry) = entry else {
        // Keys of a listener or of a plug-in are nowhere listed until they are set.
        if unknown_keys || key.starts_with("listener.name.") {
            return Ok(unlisted(asked, own));
        }
        let near = nearest(key, live.iter().map(|entry| entry.name.as_str()));
        return Err(refuse(
            format!("unknown key `{key}`"),
            Some(near.map_or_else(
                || "`--allow-unknown-keys` lets the broker decide".to_owned(),
                |near| format!("did you mean `{near}`?"),
            )),
        ));
    };
    if entry.read_only {
        return Err(refuse(
            format!("`{key}` cannot be changed while the broker runs"),
            Some("set it in the broker's own file and restart the broker".to_owned()),
        ));
    }
    let of_list = matches!(asked.operation, ConfigOperation::Append | ConfigOperation::Subtract);
    if of_list && !matches!(entry.kind, ConfigType::List | ConfigType::Unknown) {
        return Err(refuse(
            format!("`{key}` is no list: its type is {}", entry.kind.upper()),
            Some(format!("`--set {key}=VALUE` replaces its value")),
        ));
    }
    Ok(change(entry, asked, own))
}

fn unlisted(asked: &Asked, own: ConfigSource) -> ConfigChange {
    ConfigChange {
        asked: asked.clone(),
        old: None,
        old_source: ConfigSource::Unknown(0),
        new: None,
        new_source: own,
        // Nothing says that it may be shown.
        sensitive: true,
        changes: true,
    }
}

fn change(entry: &ConfigEntry, asked: &Asked, own: ConfigSource) -> ConfigChange {
    let is_own = entry.source == own;
    let mut new_source = own;
    let new = match asked.operation {
        ConfigOperation::Set => asked.value.clone(),
        ConfigOperation::Unset => {
            let behind = if is_own { entry.behind(own) } else { None };
            match behind {
                Some(synonym) => {
                    new_source = synonym.source;
                    synonym.value.clone()
                }
                None if is_own => {
                    new_source = ConfigSource::DefaultConfig;
                    None
                }
                None => {
                    new_source = entry.source;
                    entry.value.clone()
                }
            }
        }
        ConfigOperation::Append | ConfigOperation::Subtract => {
            // Without a value of its own Kafka starts from the default, not from the broker's value.
            let default = entry.synonyms.iter().find(|s| s.source == ConfigSource::DefaultConfig);
            let start = match (is_own, default) {
                (false, Some(synonym)) => synonym.value.as_deref(),
                _ => entry.value.as_deref(),
            };
            Some(edited(start, asked))
        }
    };
    let hidden = entry.sensitive;
    let same = new == entry.value && new_source == entry.source;
    ConfigChange {
        asked: asked.clone(),
        old: entry.value.clone().filter(|_| !hidden),
        old_source: entry.source,
        new: new.filter(|_| !hidden),
        new_source,
        sensitive: hidden,
        changes: if hidden { asked.operation != ConfigOperation::Unset || is_own } else { !same },
    }
}

/// A list with words added or taken out.
fn edited(start: Option<&str>, asked: &Asked) -> String {
    let split = |text: &str| -> Vec<String> {
        text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let mut words = split(start.unwrap_or_default());
    let given = split(asked.value.as_deref().unwrap_or_default());
    if asked.operation == ConfigOperation::Append {
        for word in given {
            if !words.contains(&word) {
                words.push(word);
            }
        }
    } else {
        words.retain(|word| !given.contains(word));
    }
    words.join(",")
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
