//! Configuration: what has values, and where each comes from. The codes are those of `DescribeConfigs` (32,
//! KIP-226).

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

impl ConfigEntry {
    /// A key of which nothing is set.
    pub fn unset(name: &str, kind: ConfigType) -> Self {
        Self {
            name: name.to_owned(),
            value: None,
            source: ConfigSource::DefaultConfig,
            read_only: false,
            sensitive: false,
            kind,
            synonyms: Vec::new(),
            documentation: None,
        }
    }

    /// The same key of something that does not tell what it has.
    #[must_use]
    pub fn untold(&self) -> Self {
        let source = ConfigSource::Unknown(0);
        Self { value: None, source, synonyms: Vec::new(), documentation: None, ..self.clone() }
    }

    /// Whether it is known what is set.
    pub fn is_told(&self) -> bool {
        self.value.is_some()
            || !self.synonyms.is_empty()
            || !matches!(self.source, ConfigSource::Unknown(_))
    }

    /// Whether the entity or the broker sets it, other than by default.
    pub fn differs_from_default(&self) -> bool {
        self.source != ConfigSource::DefaultConfig
    }

    /// Adds a default where nothing is known to stand behind the value.
    fn stand_behind(&mut self, name: &str, value: &str) {
        if self.synonyms.iter().all(|synonym| synonym.source != ConfigSource::DefaultConfig) {
            self.synonyms.push(Synonym {
                name: name.to_owned(),
                value: Some(value.to_owned()),
                source: ConfigSource::DefaultConfig,
            });
        }
    }

    /// The value that holds, in the unit of this key: its own, or that of the strongest key that stands behind it.
    pub fn held(&self) -> Option<String> {
        self.value
            .clone()
            .or_else(|| self.synonyms.iter().find_map(|one| one.value_for(&self.name)))
    }

    /// What holds when the entity's own value goes.
    pub(super) fn behind(&self, own: ConfigSource) -> Option<&Synonym> {
        self.synonyms.iter().find(|synonym| synonym.source != own)
    }
}

/// Whether brokers refuse to delete records of a topic with this `cleanup.policy` (POLICY_VIOLATION):
/// what compaction keeps is not to go. An empty policy (KIP-1161) is left to the broker.
pub fn keeps_all_records(cleanup_policy: &str) -> bool {
    let mut words = cleanup_policy.split(',').map(str::trim).filter(|word| !word.is_empty());
    words.clone().any(|word| word == "compact") && !words.any(|word| word == "delete")
}

/// Adds what a broker does not tell of an entity: before 4.0 the keys of a subscription to client metrics
/// that is not there yet (KIP-714), the throttles of a broker that are not set (`DynamicConfig.Broker`), and
/// what stands behind the values of subscriptions and of loggers.
pub fn supplement(kind: EntityType, live: &mut Vec<ConfigEntry>) {
    // With their defaults (`ClientMetricsConfigs`).
    const OF_CLIENT_METRICS: [(&str, ConfigType, &str); 3] = [
        ("interval.ms", ConfigType::Int, "300000"),
        ("match", ConfigType::List, ""),
        ("metrics", ConfigType::List, ""),
    ];
    const OF_BROKERS: [&str; 3] = [
        "leader.replication.throttled.rate",
        "follower.replication.throttled.rate",
        "replica.alter.log.dirs.io.max.bytes.per.second",
    ];
    let add = |live: &mut Vec<ConfigEntry>, name: &str, kind: ConfigType| {
        if !live.iter().any(|entry| entry.name == name) {
            live.push(ConfigEntry::unset(name, kind));
        }
    };
    match kind {
        EntityType::ClientMetrics => {
            for (name, kind, default) in OF_CLIENT_METRICS {
                add(live, name, kind);
                for entry in live.iter_mut().filter(|entry| entry.name == name) {
                    entry.stand_behind(name, default);
                }
            }
        }
        EntityType::Broker => {
            for name in OF_BROKERS {
                add(live, name, ConfigType::Long);
            }
        }
        EntityType::BrokerLogger => add_levels_behind(live),
        EntityType::Topic | EntityType::Group => {}
    }
}

/// A logger without a level of its own has that of the nearest one above it: `a.b.c`, `a.b`, `a`, `root`.
fn add_levels_behind(live: &mut [ConfigEntry]) {
    let levels: Vec<(String, Option<String>)> =
        live.iter().map(|entry| (entry.name.clone(), entry.value.clone())).collect();
    let level = |name: &str| levels.iter().find(|(known, _)| known == name);
    for entry in live {
        let mut above = entry.name.as_str();
        let mut found = None;
        while let (Some((rest, _)), None) = (above.rsplit_once('.'), found) {
            above = rest;
            found = level(above);
        }
        let found = found.or_else(|| level("root").filter(|_| entry.name != "root"));
        if let Some((name, Some(level))) = found {
            entry.stand_behind(name, level);
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
