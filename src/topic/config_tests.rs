//! What changes of a configuration do, and which are refused.

use super::*;

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
    ConfigEntry {
        name: name.to_owned(),
        value: Some(value.to_owned()),
        source,
        read_only: false,
        sensitive: false,
        kind,
        synonyms,
        documentation: None,
    }
}

fn asked(key: &str, operation: ConfigOperation, value: &str) -> Asked {
    let value = (operation != ConfigOperation::Unset).then(|| value.to_owned());
    Asked { key: key.to_owned(), operation, value }
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
    let unset = ConfigChange {
        asked: asked("retention.ms", ConfigOperation::Unset, ""),
        ..change("retention.ms", Some("10"), None)
    };
    assert!(unset.loses_records(), "what stands behind it may be shorter");
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
