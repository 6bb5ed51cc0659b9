//! Tests of the plan: what is done, what is extra, what is not done.

use super::*;
use crate::topic::file::{Inputs, load};
use crate::topic::reassign::throttle::LEADER_REPLICAS;
use crate::topic::state::partition;
use crate::topic::{ConfigSource, ConfigType, Partition, Synonym};
use crate::yaml::Source;

fn files(topics: &str) -> Files {
    let text = format!("version: 1\ntopics:\n{topics}");
    let source = Source { name: "a.yaml".to_owned(), bytes: text.into_bytes() };
    load(vec![source], &Inputs { vars: &[], env: &|_| None }).expect("a good file")
}

fn topic(name: &str, replicas: &[&[i32]]) -> Topic {
    let each = replicas.iter().zip(0..);
    let partitions =
        each.map(|(ids, index)| Partition { index, ..partition(Some(1), ids, ids) }).collect();
    Topic {
        name: name.into(),
        id: None,
        internal: false,
        partitions,
        authorized_operations: None,
        error: None,
    }
}

/// The keys of topics: `own` are set by the topic.
fn entries(own: &[(&str, &str)]) -> Vec<ConfigEntry> {
    let entry = |(name, kind, default): (&str, ConfigType, &str)| {
        let set = own.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let source = match set {
            Some(_) => ConfigSource::DynamicTopicConfig,
            None => ConfigSource::DefaultConfig,
        };
        let default = Some(default.to_owned());
        let synonym =
            |value: Option<String>, source| Synonym { name: name.to_owned(), value, source };
        let mut synonyms = vec![synonym(default.clone(), ConfigSource::DefaultConfig)];
        if set.is_some() {
            synonyms.insert(0, synonym(set.clone(), source));
        }
        ConfigEntry { value: set.or(default), source, synonyms, ..ConfigEntry::unset(name, kind) }
    };
    [
        ("cleanup.policy", ConfigType::List, "delete"),
        ("retention.bytes", ConfigType::Long, "-1"),
        ("segment.bytes", ConfigType::Int, "1073741824"),
        ("preallocate", ConfigType::Boolean, "false"),
        (LEADER_REPLICAS, ConfigType::List, ""),
    ]
    .map(entry)
    .into()
}

fn shown(change: &Change) -> String {
    let Change { topic, what, .. } = change;
    match what {
        What::Create(wanted) => {
            let configs: Vec<String> =
                wanted.configs.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!(
                "+ {topic} {:?} {:?} {}",
                wanted.partitions,
                wanted.replication_factor,
                configs.join(" ")
            )
        }
        What::Grow { from, to } => format!("~ {topic} {from}→{to}"),
        What::Config(config) => format!(
            "~ {topic} {}: {}→{}",
            config.asked.key,
            config.old.as_deref().unwrap_or("-"),
            config.new.as_deref().unwrap_or("-")
        ),
    }
}

/// Changes, extra ones behind `?`, and why something is not done behind `!`.
fn told(plan: &Plan) -> Vec<String> {
    let extra = plan.extra.iter().map(|change| format!("? {}", shown(change)));
    let not = plan.obstacles.iter().map(|obstacle| format!("! {}", obstacle.reason()));
    plan.changes.iter().map(shown).chain(extra).chain(not).collect()
}

const PRUNE: Options = Options { prune: true, unknown_keys: false };

#[test]
fn each_thing_that_differs_is_a_change_of_its_own() {
    let files = files(
        "  new: { partitions: 3, configs: { preallocate: true } }
  grown: { partitions: 4 }
  same: { partitions: 2, replication-factor: 2, configs: { retention.bytes: 05 } }
  other:
    partitions: 1
    replication-factor: 3
    configs: { cleanup.policy: compact, preallocate: false }
  unseen: { partitions: 1 }
",
    );
    let (grown, other) = (topic("grown", &[&[1]]), topic("other", &[&[1, 2], &[1, 2, 3]]));
    let same = topic("same", &[&[1, 2], &[2, 1]]);
    let throttled = entries(&[("retention.bytes", "5"), (LEADER_REPLICAS, "*")]);
    let refused = KafkaError {
        name: "TOPIC_AUTHORIZATION_FAILED".to_owned(),
        code: 29,
        message: None,
        retriable: false,
    };
    let live = entries(&[("segment.bytes", "1000")]);
    let found = [
        Found::Absent,
        Found::There(&grown, None),
        Found::There(&same, Some(Ok(throttled))),
        Found::There(&other, Some(Ok(live))),
        Found::Unseen(refused),
    ];
    let known = entries(&[]);
    let planned = plan(&files, &found, &known, Options::default()).expect("a plan");
    let changes = [
        "+ new Some(3) None preallocate=true",
        "~ grown 1→4",
        "~ other cleanup.policy: delete→compact",
        // What happens to hold is set all the same: the file says so, whatever the default becomes.
        "~ other preallocate: false→false",
    ];
    let not_done = [
        "! topic `other` has 2 partitions, and the file says 1",
        "! topic `other` has 2 to 3 replicas of each partition, and the file says 3",
        "! topic `unseen` cannot be described",
    ];
    let extra = ["? ~ other segment.bytes: 1000→1073741824"];
    assert_eq!(told(&planned), [&changes[..], &extra, &not_done].concat());
    assert_eq!((planned.unchanged, planned.in_sync()), (1, false));
    let codes: Vec<i16> = planned.obstacles.iter().map(|one| one.error().code).collect();
    assert_eq!(codes, [37, 38, 29]);
    let remedy = planned.obstacles[1].remedy().expect("a way");
    assert!(
        remedy.contains("`kward reassign plan --replication-factor 3 --topic other"),
        "{remedy}"
    );

    let pruned = plan(&files, &found, &known, PRUNE).expect("a plan");
    let gone = ["~ other segment.bytes: 1000→1073741824"];
    assert_eq!(told(&pruned), [&changes[..], &gone, &not_done].concat());
}

#[test]
fn what_a_file_does_not_speak_of_is_neither_extra_nor_pruned() {
    let live = entries(&[("segment.bytes", "1000")]);
    let there = topic("t", &[&[1]]);
    let planned = |body: &str| {
        let files = files(&format!("  t: {body}\n"));
        let configs = files.topics[0].configs.as_ref().map(|_| Ok(live.clone()));
        plan(&files, &[Found::There(&there, configs)], &[], PRUNE).expect("a plan")
    };
    let silent = planned("{ partitions: 1 }");
    assert!(silent.in_sync() && silent.unchanged == 1, "{silent:?}");
    assert_eq!(told(&planned("{ configs: {} }")), ["~ t segment.bytes: 1000→1073741824"]);
    assert!(planned("{ configs: { segment.bytes: 1000 } }").in_sync());
}

#[test]
fn what_keys_do_not_bear_is_told_at_their_place() {
    let files = files(
        "  old: { configs: { preallocate: yes, segment.byte: 1 } }
  new: { configs: { retention.byte: 1, segment.bytes: 1KiB } }
",
    );
    let there = topic("old", &[&[1]]);
    let found = [Found::There(&there, Some(Ok(entries(&[])))), Found::Absent];
    let mistakes = |options| plan(&files, &found, &entries(&[]), options).expect_err("mistakes");
    let told: Vec<String> = mistakes(Options::default())
        .into_iter()
        .map(|Mistake { at, message, hint }| {
            format!("{}:{} {message} | {}", at.line, at.column, hint.unwrap_or_default())
        })
        .collect();
    assert_eq!(
        told,
        [
            "3:34 `preallocate` takes `true` or `false`, not `yes` | ",
            "3:39 unknown key `segment.byte` | did you mean `segment.bytes`?",
            "4:21 unknown key `retention.byte` | did you mean `retention.bytes`?",
            "4:55 `segment.bytes` takes a whole number up to 2147483647, not `1KiB` | write `segment.bytes: 1024`",
        ]
    );
    let error = files.error(mistakes(Options::default())).expect("an error");
    assert_eq!(
        error.diagnostics()[1].source,
        "  old: { configs: { preallocate: yes, segment.byte: 1 } }"
    );
    // The broker decides.
    let options = Options { unknown_keys: true, ..Options::default() };
    assert!(plan(&files, &found, &entries(&[]), options).is_ok());
    // Without a topic to ask about, it decides about new ones anyway.
    assert!(plan(&files, &[Found::Absent, Found::Absent], &[], Options::default()).is_ok());
}
