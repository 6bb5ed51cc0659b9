//! What changes of a configuration do, and which are refused.

use super::*;
use crate::topic::config::{EntityType, Synonym, keeps_all_records, supplement};

fn entry(name: &str, value: &str, source: ConfigSource, kind: ConfigType) -> ConfigEntry {
    let mut synonyms =
        vec![Synonym { name: name.to_owned(), value: Some(value.to_owned()), source }];
    if source != ConfigSource::DefaultConfig {
        synonyms.push(Synonym {
            name: format!("log.{name}"),
            value: Some("delete".to_owned()),
            source: ConfigSource::DefaultConfig,
        });
    }
    let value = Some(value.to_owned());
    ConfigEntry { value, source, synonyms, ..ConfigEntry::unset(name, kind) }
}

fn asked(key: &str, operation: ConfigOperation, value: &str) -> Asked {
    let value = (operation != ConfigOperation::Unset).then(|| value.to_owned());
    Asked { key: key.to_owned(), operation, value, hidden: false }
}

const OWN: ConfigSource = ConfigSource::DynamicTopicConfig;

fn one(live: &ConfigEntry, asked: Asked) -> ConfigChange {
    changes(std::slice::from_ref(live), &[asked], OWN, false).unwrap().remove(0)
}

#[test]
fn what_a_change_does() {
    use ConfigOperation::{Append, Set, Subtract, Unset};
    let default = entry("cleanup.policy", "delete", ConfigSource::DefaultConfig, ConfigType::List);
    let set = entry("cleanup.policy", "compact", OWN, ConfigType::List);
    for (live, operation, value, new, changes) in [
        (&default, Set, "compact", "compact", true),
        // The same value, and from now on the topic's own.
        (&default, Set, "delete", "delete", true),
        (&set, Set, "compact", "compact", false),
        (&default, Unset, "", "delete", false),
        (&set, Unset, "", "delete", true),
        (&set, Append, "delete", "compact,delete", true),
        (&set, Append, "compact", "compact", false),
        (&default, Append, "compact", "delete,compact", true),
        (&set, Subtract, "compact", "", true),
        (&set, Subtract, "delete", "compact", false),
    ] {
        let change = one(live, asked("cleanup.policy", operation, value));
        assert_eq!(change.new.as_deref(), Some(new), "{operation:?} {value}");
        assert_eq!(change.changes, changes, "{operation:?} {value}");
        assert_eq!(change.old, live.value);
    }
    let back = one(&set, asked("cleanup.policy", Unset, ""));
    assert_eq!(back.new_source, ConfigSource::DefaultConfig);
}

#[test]
fn appending_starts_from_the_default_and_not_from_the_brokers_value() {
    let mut live =
        entry("cleanup.policy", "compact", ConfigSource::StaticBrokerConfig, ConfigType::List);
    let change = one(&live, asked("cleanup.policy", ConfigOperation::Append, "compact"));
    assert_eq!(change.new.as_deref(), Some("delete,compact"));
    live.synonyms.clear();
    let change = one(&live, asked("cleanup.policy", ConfigOperation::Append, "delete"));
    assert_eq!(change.new.as_deref(), Some("compact,delete"));
}

#[test]
fn what_is_not_told_is_changed_whatever_it_is() {
    use ConfigOperation::{Append, Set, Unset};
    const OF_BROKER: ConfigSource = ConfigSource::DynamicBrokerConfig;
    let key = entry("log.cleanup.policy", "delete", ConfigSource::DefaultConfig, ConfigType::List);
    let mut fixed = entry("broker.id", "1", ConfigSource::StaticBrokerConfig, ConfigType::Int);
    fixed.read_only = true;
    let live = [key.untold(), fixed.untold()];
    let judge =
        |asked: Asked| changes(&live, &[asked], OF_BROKER, false).map(|mut all| all.remove(0));
    for (operation, new, source) in [
        (Set, Some("compact"), OF_BROKER),
        (Append, None, OF_BROKER),
        (Unset, None, ConfigSource::Unknown(0)),
    ] {
        let change = judge(asked("log.cleanup.policy", operation, "compact")).unwrap();
        assert_eq!((change.old.as_deref(), change.new.as_deref()), (None, new));
        assert_eq!((change.new_source, change.changes), (source, true), "{operation:?}");
    }
    // It may have been set when it still could be.
    assert!(judge(asked("broker.id", Unset, "")).is_ok());
    assert!(
        judge(asked("broker.id", Set, "2")).unwrap_err()[0]
            .reason
            .contains("while the broker runs")
    );
    let retention = entry("log.retention.ms", "1", ConfigSource::DefaultConfig, ConfigType::Long);
    let live = [retention.untold()];
    let asked = asked("log.retention.ms", Set, "5");
    assert!(
        changes(&live, &[asked], OF_BROKER, false).unwrap()[0].loses_records(),
        "it may be less"
    );
}

#[test]
fn everything_that_cannot_be_done_is_told_at_once() {
    let mut fixed = entry("broker.id", "1", ConfigSource::StaticBrokerConfig, ConfigType::Int);
    fixed.read_only = true;
    let live = [fixed, entry("retention.ms", "1", OWN, ConfigType::Long)];
    let asked = [
        asked("retention.sm", ConfigOperation::Set, "1"),
        asked("banana", ConfigOperation::Set, "1"),
        asked("broker.id", ConfigOperation::Set, "2"),
        asked("retention.ms", ConfigOperation::Append, "2"),
        asked("retention.ms", ConfigOperation::Set, "3"),
    ];
    let refused = changes(&live, &asked, OWN, false).unwrap_err();
    let told: Vec<String> = refused
        .iter()
        .map(|r| format!("{} | {}", r.reason, r.hint.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(
        told,
        [
            "unknown key `retention.sm` | did you mean `retention.ms`?",
            "unknown key `banana` | `--allow-unknown-keys` lets the broker decide",
            "`broker.id` cannot be changed while the broker runs | set it in the broker's own file and restart the broker",
            "`retention.ms` is no list: its type is LONG | `--set retention.ms=VALUE` replaces its value",
            "`retention.ms` is named more than once | one change a key; a list takes its words at once: `KEY=a,b`",
        ]
    );
}

#[test]
fn a_sensitive_value_is_nowhere() {
    let mut live = entry("ssl.key", "hidden", OWN, ConfigType::Password);
    live.sensitive = true;
    let change = one(&live, asked("ssl.key", ConfigOperation::Set, "secret"));
    assert_eq!((change.old, change.new, change.changes), (None, None, true));
    let unlisted = changes(&[], &[asked("x", ConfigOperation::Set, "secret")], OWN, true).unwrap();
    assert!(unlisted[0].sensitive && unlisted[0].new.is_none());
}

#[test]
fn codes_and_names() {
    for kind in EntityType::ALL {
        assert_eq!(EntityType::from_code(kind.code()), Some(kind));
    }
    assert_eq!(EntityType::from_code(3), None);
    assert_eq!(ConfigSource::from_code(5).upper(), "DEFAULT_CONFIG");
    assert_eq!(ConfigSource::from_code(99), ConfigSource::Unknown(99));
    assert_eq!(ConfigType::from_code(7), ConfigType::List);
    assert_eq!(EntityType::Broker.own_source(""), ConfigSource::DynamicDefaultBrokerConfig);
    assert_eq!(EntityType::Broker.own_source("1"), ConfigSource::DynamicBrokerConfig);
}

#[test]
fn what_lets_records_go_is_known() {
    let change = |key: &str, old: Option<&str>, new: Option<&str>| ConfigChange {
        asked: asked(key, ConfigOperation::Set, new.unwrap_or_default()),
        old: old.map(str::to_owned),
        held: Vec::new(),
        old_source: OWN,
        new: new.map(str::to_owned),
        new_source: OWN,
        sensitive: false,
        changes: old != new,
    };
    for (key, old, new, loses) in [
        ("retention.ms", Some("10"), Some("5"), true),
        ("retention.ms", Some("5"), Some("10"), false),
        ("retention.ms", Some("-1"), Some("10"), true),
        ("retention.ms", Some("10"), Some("-1"), false),
        ("retention.ms", None, Some("10"), true),
        ("retention.ms", Some("10"), None, false),
        ("segment.ms", Some("10"), Some("5"), false),
        ("retention.ms", Some("10"), Some("soon"), true),
        ("log.retention.hours", Some("10"), Some("5"), true),
        ("cleanup.policy", Some("delete"), Some("compact"), true),
        ("cleanup.policy", Some("compact,delete"), Some("compact"), false),
        ("cleanup.policy", Some("compact"), Some("compact"), false),
        ("min.insync.replicas", Some("2"), Some("1"), false),
    ] {
        assert_eq!(change(key, old, new).loses_records(), loses, "{key} {old:?} {new:?}");
    }
    // What holds may be said by another key, and by each broker for itself.
    let held = |held: &[Option<&str>], new: &str| {
        let held = held.iter().map(|one| one.map(str::to_owned)).collect();
        ConfigChange { held, ..change("log.retention.ms", None, Some(new)) }.loses_records()
    };
    assert!(!held(&[Some("604800000")], "700000000") && held(&[Some("604800000")], "500000000"));
    assert!(held(&[Some("5"), Some("20")], "10") && !held(&[Some("5"), Some("10")], "10"));
    assert!(held(&[Some("5"), None], "10"), "no limit, or not told");
    let unset = ConfigChange {
        asked: asked("retention.ms", ConfigOperation::Unset, ""),
        ..change("retention.ms", Some("10"), None)
    };
    assert!(unset.loses_records(), "what stands behind it may be shorter");
}

#[test]
fn what_holds_of_a_brokers_retention_is_told_in_the_unit_of_the_key() {
    let mut live = ConfigEntry::unset("log.retention.ms", ConfigType::Long);
    live.synonyms = [("log.retention.minutes", None), ("log.retention.hours", Some("168"))]
        .map(|(name, value)| Synonym {
            name: name.to_owned(),
            value: value.map(str::to_owned),
            source: ConfigSource::DefaultConfig,
        })
        .into();
    for (value, loses) in [("604800000", false), ("604800001", false), ("604799999", true)] {
        let own = ConfigSource::DynamicBrokerConfig;
        let asked = [asked("log.retention.ms", ConfigOperation::Set, value)];
        let change = changes(std::slice::from_ref(&live), &asked, own, false).unwrap().remove(0);
        assert_eq!((change.old.clone(), change.loses_records()), (None, loses), "{value}");
    }
}

#[test]
fn a_subscription_that_is_not_there_yet_has_keys_all_the_same() {
    let mut live = vec![entry("interval.ms", "5", OWN, ConfigType::Int)];
    supplement(EntityType::ClientMetrics, &mut live);
    let names: Vec<&str> = live.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["interval.ms", "match", "metrics"]);
    assert_eq!(live[0].value.as_deref(), Some("5"), "what is there stays");
    let mut topic = Vec::new();
    supplement(EntityType::Topic, &mut topic);
    assert_eq!(topic, []);
}

#[test]
fn what_is_only_compacted_keeps_its_records() {
    for (policy, keeps) in [
        ("compact", true),
        (" compact ", true),
        ("compact,delete", false),
        ("delete", false),
        ("", false),
    ] {
        assert_eq!(keeps_all_records(policy), keeps, "{policy:?}");
    }
}

#[test]
fn what_was_set_at_run_time_can_go_whatever_the_broker_calls_it() {
    let own = ConfigSource::DynamicBrokerConfig;
    let foreign = |source| ConfigEntry {
        read_only: true,
        ..entry("some.plugin.key", "abc", source, ConfigType::Unknown)
    };
    let unset = [asked("some.plugin.key", ConfigOperation::Unset, "")];
    assert!(changes(&[foreign(own)], &unset, own, false).is_ok());
    let fixed = foreign(ConfigSource::StaticBrokerConfig);
    assert!(changes(std::slice::from_ref(&fixed), &unset, own, false).is_err());
    assert!(changes(&[fixed], &unset, own, true).is_ok(), "the broker decides");
}

#[test]
fn a_brokers_name_of_a_key_is_known() {
    let live = [
        entry("retention.ms", "1", OWN, ConfigType::Long),
        entry("local.retention.ms", "1", OWN, ConfigType::Long),
    ];
    let set = [asked("log.retention.hours", ConfigOperation::Set, "1")];
    let refused = changes(&live, &set, OWN, false).unwrap_err();
    assert_eq!(refused[0].hint.as_deref(), Some("did you mean `retention.ms`?"));
}

#[test]
fn what_stands_behind_is_told_in_the_units_of_the_key() {
    let own = ConfigSource::DynamicBrokerConfig;
    let synonym = |name: &str, value: &str, source| Synonym {
        name: name.to_owned(),
        value: Some(value.to_owned()),
        source,
    };
    let live = ConfigEntry {
        synonyms: vec![
            synonym("log.retention.ms", "500000000", own),
            synonym("log.retention.hours", "72", ConfigSource::StaticBrokerConfig),
        ],
        ..entry("log.retention.ms", "500000000", own, ConfigType::Long)
    };
    let unset = [asked("log.retention.ms", ConfigOperation::Unset, "")];
    let change = changes(&[live], &unset, own, false).unwrap().remove(0);
    assert_eq!(change.new.as_deref(), Some("259200000"));
    assert!(change.loses_records());
}

#[test]
fn who_may_lead_without_being_in_sync_is_known() {
    let key = "unclean.leader.election.enable";
    let live = entry(key, "false", ConfigSource::DefaultConfig, ConfigType::Boolean);
    let set = |value: &str| one(&live, asked(key, ConfigOperation::Set, value));
    assert!(set("true").lets_unclean_lead());
    assert!(set("TRUE").lets_unclean_lead());
    assert!(!set("false").lets_unclean_lead());
    let already = entry(key, "true", OWN, ConfigType::Boolean);
    assert!(!one(&already, asked(key, ConfigOperation::Set, "true")).lets_unclean_lead());
}

#[test]
fn what_was_never_set_is_not_taken_away() {
    let unset = asked("listener.name.x.ssl.key", ConfigOperation::Unset, "");
    let change = changes(&[], &[unset], ConfigSource::DynamicBrokerConfig, true).unwrap().remove(0);
    assert!(!change.changes);
    assert_eq!(change.new_source, change.old_source);
}

#[test]
fn lists_of_client_metrics_are_sent_whole_and_told_as_they_were_asked_for() {
    let own = ConfigSource::DynamicClientMetricsConfig;
    let mut live = vec![ConfigEntry {
        value: Some("a,b".to_owned()),
        source: own,
        ..ConfigEntry::unset("metrics", ConfigType::List)
    }];
    supplement(EntityType::ClientMetrics, &mut live);
    let less = asked("metrics", ConfigOperation::Subtract, "a");
    let change = changes(&live, &[less], own, false).unwrap().remove(0);
    assert_eq!(change.asked.operation, ConfigOperation::Subtract);
    let sent = change.request(EntityType::ClientMetrics);
    assert_eq!((sent.operation, sent.value.as_deref()), (ConfigOperation::Set, Some("b")));
    assert_eq!(change.request(EntityType::Topic), change.asked);
    let unset = asked("metrics", ConfigOperation::Unset, "");
    let change = changes(&live, &[unset], own, false).unwrap().remove(0);
    assert_eq!((change.new.as_deref(), change.changes), (Some(""), true));
    let unset = asked("interval.ms", ConfigOperation::Unset, "");
    assert!(!changes(&live, &[unset], own, false).unwrap()[0].changes, "it was never set");
}

#[test]
fn behind_a_logger_stands_the_nearest_one_above_it() {
    let own = ConfigSource::DynamicBrokerLoggerConfig;
    let logger = |name: &str, level: &str| ConfigEntry {
        value: Some(level.to_owned()),
        source: own,
        ..ConfigEntry::unset(name, ConfigType::String)
    };
    let mut live = vec![
        logger("root", "INFO"),
        logger("kafka", "WARN"),
        logger("kafka.a.B", "DEBUG"),
        logger("org", "ERROR"),
    ];
    supplement(EntityType::BrokerLogger, &mut live);
    for (name, level) in [("kafka.a.B", "WARN"), ("kafka", "INFO"), ("org", "INFO")] {
        let unset = asked(name, ConfigOperation::Unset, "");
        let change = changes(&live, &[unset], own, false).unwrap().remove(0);
        assert_eq!((change.new.as_deref(), change.changes), (Some(level), true), "{name}");
        assert!(!change.can_be_seen(), "{name} is told with that level");
    }
}

#[test]
fn behind_a_key_of_a_listener_stands_that_without_it() {
    let own = ConfigSource::DynamicBrokerConfig;
    let live = [
        entry("max.connections", "2147483647", ConfigSource::DefaultConfig, ConfigType::Int),
        ConfigEntry::unset("ssl.key.password", ConfigType::Password),
    ];
    let key = "listener.name.x.max.connections";
    let set = asked(key, ConfigOperation::Set, "050");
    let change = changes(&live, &[set], own, false).unwrap().remove(0);
    assert_eq!(
        (change.old.as_deref(), change.old_source),
        (Some("2147483647"), ConfigSource::DefaultConfig)
    );
    assert_eq!((change.new.as_deref(), change.new_source), (Some("50"), own));
    assert!(change.changes && !change.sensitive);
    let wrong = asked(key, ConfigOperation::Set, "many");
    assert_eq!(changes(&live, &[wrong], own, false).unwrap_err()[0].key, key);
    let secret = asked("listener.name.x.ssl.key.password", ConfigOperation::Set, "s");
    assert!(changes(&live, &[secret], own, false).unwrap()[0].sensitive);
}

#[test]
fn a_typing_mistake_in_a_key_of_a_listener_is_seen() {
    let own = ConfigSource::DynamicBrokerConfig;
    let password = ConfigEntry::unset("ssl.keystore.password", ConfigType::Password);
    let jaas = ConfigEntry::unset("sasl.jaas.config", ConfigType::Password);
    let live = [password, jaas];
    let told = |key: &str| {
        let refused = changes(&live, &[asked(key, ConfigOperation::Set, "x")], own, false).err()?;
        refused[0].hint.clone()
    };
    for (key, near) in [
        ("listener.name.x.ssl.keystore.pasword", "listener.name.x.ssl.keystore.password"),
        ("listener.name.x.plain.sasl.jaas.confg", "listener.name.x.plain.sasl.jaas.config"),
    ] {
        assert!(told(key).unwrap().contains(&format!("did you mean `{near}`?")), "{key}");
    }
    for right in ["x.ssl.keystore.password", "x.plain.sasl.jaas.config", "x.some.plugin.key"] {
        assert_eq!(told(&format!("listener.name.{right}")), None, "{right}");
    }
}

#[test]
fn nothing_that_is_not_told_is_needless() {
    let own = ConfigSource::DynamicBrokerConfig;
    let mut keys =
        vec![entry("ssl.keystore.location", "/k", ConfigSource::DefaultConfig, ConfigType::String)];
    supplement(EntityType::Broker, &mut keys);
    for key in [
        "listener.name.external.ssl.keystore.location",
        "ssl.keystore.location",
        "leader.replication.throttled.rate",
        "replica.alter.log.dirs.io.max.bytes.per.second",
    ] {
        let unset = [asked(key, ConfigOperation::Unset, "")];
        let change = changes_of_untold(&keys, &unset, own, false).unwrap().remove(0);
        assert!(change.changes, "{key}");
        let told = (change.old, change.old_source, change.new_source);
        assert_eq!(told, (None, ConfigSource::Unknown(0), ConfigSource::Unknown(0)), "{key}");
    }
    let foreign = [asked("plugin.key", ConfigOperation::Unset, "")];
    assert!(changes_of_untold(&keys, &foreign, own, false).is_err());
    assert!(changes_of_untold(&keys, &foreign, own, true).unwrap()[0].changes);
}

#[test]
fn what_a_controller_has_is_not_told_as_the_brokers() {
    use ConfigOperation::{Set, Unset};
    let unknown = ConfigSource::Unknown(0);
    let forgotten = |live: &ConfigEntry, asked: Asked| {
        let mut change = one(live, asked);
        change.forget_inherited(OWN);
        change
    };
    let default = entry("retention.ms", "604800000", ConfigSource::DefaultConfig, ConfigType::Long);
    let set = entry("retention.ms", "5", OWN, ConfigType::Long);
    let change = forgotten(&set, asked("retention.ms", Unset, ""));
    assert_eq!((change.old.as_deref(), change.old_source), (Some("5"), OWN));
    assert_eq!((change.new.as_deref(), change.new_source), (None, unknown));
    assert!(change.changes && change.loses_records(), "brokers may keep less");
    let change = forgotten(&default, asked("retention.ms", Set, "700000000"));
    assert_eq!((change.old.as_deref(), change.old_source), (None, unknown));
    assert_eq!((change.new.as_deref(), change.new_source), (Some("700000000"), OWN));
    assert!(change.loses_records(), "brokers may keep more");
    // It is there when it is the topic's own, and not before.
    assert!(is_any_unseen([&change], std::slice::from_ref(&default), OWN));
    assert!(!is_any_unseen([&change], std::slice::from_ref(&set), OWN));
    assert!(!forgotten(&default, asked("retention.ms", Set, "-1")).loses_records());
    assert!(!forgotten(&set, asked("retention.ms", Set, "6")).loses_records(), "it is known");
    assert!(!forgotten(&default, asked("retention.ms", Unset, "")).changes);
    let policy = entry("cleanup.policy", "compact", OWN, ConfigType::List);
    assert!(forgotten(&policy, asked("cleanup.policy", Unset, "")).loses_records());
}
