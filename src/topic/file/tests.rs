//! Tests of the topic file: what it says, what is wrong with it, and that what is written is read.

use proptest::prelude::*;

use super::{Files, Inputs, Setting, Spec, Written, load, write};
use crate::error::{Diagnostic, Kind};
use crate::yaml::Source;
use crate::yaml::vars::Given;

fn source(name: &str, text: &str) -> Source {
    Source { name: name.to_owned(), bytes: text.as_bytes().to_vec() }
}

fn load_all(sources: &[(&str, &str)], vars: &[(&str, &str)]) -> crate::error::Result<Files> {
    let given = |(name, value): &(&str, &str)| Given {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
        place: None,
    };
    let vars: Vec<Given> = vars.iter().map(given).collect();
    let env = |name: &str| (name == "STAGE").then(|| "prod".to_owned());
    let sources = sources.iter().map(|(name, text)| source(name, text)).collect();
    load(sources, &Inputs { vars: &vars, env: &env })
}

#[track_caller]
fn good(text: &str) -> Files {
    match load_all(&[("a.yaml", text)], &[]) {
        Ok(files) => files,
        Err(error) => panic!("{error}: {:#?}\n{text}", error.diagnostics()),
    }
}

/// What is wrong, one line each: `3:5 message | hint`.
#[track_caller]
fn mistakes(text: &str) -> Vec<String> {
    let error = load_all(&[("a.yaml", text)], &[]).expect_err("a mistake");
    assert_eq!(error.kind(), Kind::Invalid);
    let show = |Diagnostic { line, column, message, hint, .. }: &Diagnostic| match hint {
        Some(hint) => format!("{line}:{column} {message} | {hint}"),
        None => format!("{line}:{column} {message}"),
    };
    error.diagnostics().iter().map(show).collect()
}

/// `name partitions replicas key=value…`, `-` for what is not said.
fn shown(spec: &Spec) -> String {
    let number = |number: Option<i64>| number.map_or("-".to_owned(), |n| n.to_string());
    let configs = spec.configs.as_ref().map_or("-".to_owned(), |all| {
        let pairs = all.iter().map(|Setting { key, value, .. }| format!("{key}={value}"));
        format!("[{}]", pairs.collect::<Vec<_>>().join(" "))
    });
    let (partitions, replicas) =
        (spec.partitions.map(i64::from), spec.replication_factor.map(i64::from));
    format!("{} {} {} {configs}", spec.name, number(partitions), number(replicas))
}

fn all(files: &Files) -> Vec<String> {
    files.topics.iter().map(shown).collect()
}

#[test]
fn what_is_not_said_is_not_looked_at() {
    let files = good(
        "version: 1
cluster: abc
vars: { days: \"7\", n: \"6\" }
topics:
  orders:
    partitions: 12
    replication-factor: 3
    configs:
      cleanup.policy: [compact, delete]
      retention.ms: 604800000
      min.cleanable.dirty.ratio: 0.5
      preallocate: true
      compression.type: \"zstd\"
      message.timestamp.type: ''
  bare: {}
  none: { configs: {} }
  \"2024\": { partitions: ${n}, configs: { x.days: \"${days}\" } }
  ${env.STAGE}.audit: { partitions: \"${n}\" }
---
{ \"version\": 1, \"topics\": { \"json\": { \"partitions\": 1 } } }
",
    );
    assert_eq!(files.cluster.as_ref().map(|(id, _)| id.as_str()), Some("abc"));
    assert_eq!(
        all(&files),
        [
            "orders 12 3 [cleanup.policy=compact,delete retention.ms=604800000 min.cleanable.dirty.ratio=0.5 \
             preallocate=true compression.type=zstd message.timestamp.type=]",
            "bare - - -",
            "none - - []",
            "2024 6 - [x.days=7]",
            "prod.audit 6 - -",
            "json 1 - -",
        ]
    );
    let place = files.topics[0].configs.as_ref().unwrap()[1].value_at;
    assert_eq!((place.line, place.column), (10, 21));
    assert_eq!(files.place(files.topics[1].at), "a.yaml:15");
}

#[test]
fn every_mistake_has_its_place() {
    let cases = [
        (
            "    partitons: 3\n",
            "4:5 unknown key `partitons`, did you mean `partitions`? | the keys of a topic are `partitions`, `replication-factor`, `configs`",
        ),
        (
            "    replicationFactor: 3\n",
            "4:5 unknown key `replicationFactor` in a topic | it is called `replication-factor` here",
        ),
        (
            "    retention.ms: 3\n",
            "4:5 unknown key `retention.ms` in a topic | `retention.ms` belongs below `configs:`",
        ),
        (
            "    partitions: 0\n",
            "4:17 `partitions` is a whole number from 1 to 2147483647, not `0`",
        ),
        (
            "    partitions: -1\n",
            "4:17 `partitions` is a whole number from 1 to 2147483647, not `-1` | leave the key out for what the broker makes of it",
        ),
        (
            "    partitions: 3000000000\n",
            "4:17 `partitions` is a whole number from 1 to 2147483647, not `3000000000`",
        ),
        (
            "    replication-factor: 40000\n",
            "4:25 `replication-factor` is a whole number from 1 to 32767, not `40000`",
        ),
        (
            "    partitions: 1.5\n",
            "4:17 `partitions` is a whole number from 1 to 2147483647, not `1.5`",
        ),
        (
            "    partitions: \"3\"\n",
            "4:17 `partitions` is a whole number from 1 to 2147483647, without quotes | take the quotes away",
        ),
        (
            "    partitions: [3]\n",
            "4:17 `partitions` is a whole number from 1 to 2147483647, found a list",
        ),
        (
            "    partitions:\n",
            "4:15 `partitions` is a whole number from 1 to 2147483647, and nothing stands here | leave the key out for what the broker makes of it",
        ),
        (
            "    configs: 3\n",
            "4:14 expected a mapping with a key of the configuration as each key, found a number | write `{}` if there is none, or remove the key",
        ),
        (
            "    configs: { a: }\n",
            "4:17 nothing stands behind `a` | write its value, `\"\"` for an empty one; what is left out is not set",
        ),
        (
            "    configs: { a: { b: c } }\n",
            "4:19 `a` has one value or a list of words, found a mapping",
        ),
        (
            "    configs: { a: 1, a: 2 }\n",
            "4:22 the key `a` stands here twice, first in line 4 | keep one of the two",
        ),
    ];
    for (body, expected) in cases {
        let text = format!("version: 1\ntopics:\n  orders:\n{body}");
        assert_eq!(mistakes(&text), [expected], "{text}");
    }
}

#[test]
fn every_mistake_of_a_document_has_its_place() {
    let cases = [
        ("", "1:1 the file is empty | a topic file begins with `version: 1`"),
        (
            "version: 1\ntopics:\n  orders:\n",
            "3:9 nothing says what `orders` is to be | write `orders: {}` for one that is as the broker makes it",
        ),
        (
            "version: 1\ntopics:\n  orders: 12\n",
            "3:11 expected a topic (a mapping), found a number | it has the keys `partitions`, `replication-factor`, `configs`",
        ),
        (
            "version: 1\ntopics:\n  or ders: {}\n",
            "3:3 no topic can be called `or ders`: it may have letters, digits, `.`, `_` and `-`",
        ),
        (
            "version: 1\ntopics:\n  2024: {}\n",
            "3:3 YAML reads `2024` as a number, not as the name of a topic | quote it: `\"2024\"`",
        ),
        (
            "version: 1\ntopics:\n  \"..\": {}\n",
            "3:3 no topic can be called `..`: it is a folder's",
        ),
        (
            "version: 1\ntopics:\n  a: {}\n  a: {}\n",
            "4:3 the key `a` stands here twice, first in line 3 | keep one of the two",
        ),
        ("version: 1\n", "1:1 `topics` is missing in a topic file"),
        ("topics: {}\n", "1:1 `version` is missing | add `version: 1` as the first line"),
        (
            "version: 2\ntopics: {}\n",
            "1:10 version 2 of the file is not known: this kward reads version 1 | use a newer kward, or write the file as version 1",
        ),
        (
            "version: 1\nrules: []\ntopics: {}\n",
            "2:1 unknown key `rules` in a topic file | `rules` belongs in an ACL file: `kward acl plan -f FILE`",
        ),
        (
            "version: 1\npartitions: 3\ntopics: {}\n",
            "2:1 unknown key `partitions` in a topic file | `partitions` belongs below the name of a topic, below `topics:`",
        ),
        (
            "{ \"apiVersion\": \"kward/v1\", \"kind\": \"TopicList\" }\n",
            "1:1 this is no topic file, its kind is `TopicList` | a topic file begins with `version: 1`; `kward topic export` makes one",
        ),
        (
            "version: 1\ntopics: { a: { partitions: ${m} } }\n",
            "2:28 undefined variable `m` | add it to `vars:` of this document or give `--var m=…`; a literal `${` is `$${`",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(mistakes(text), [expected], "{text}");
    }
    let long = format!("version: 1\ntopics:\n  {}: {{}}\n", "x".repeat(250));
    assert!(mistakes(&long)[0].ends_with("it may have 249 characters"));
}

/// What the documents show is a topic file.
#[test]
fn the_files_of_the_documents_are_read() {
    let block = |document: &'static str, sign: &str| {
        let blocks =
            document.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
        blocks.into_iter().find(|block| block.contains(sign)).expect("a file")
    };
    let whole = block(include_str!("../../../docs/topic-file.md"), "topics:");
    assert_eq!(
        all(&good(whole)),
        [
            "orders 12 3 [cleanup.policy=compact,delete retention.ms=604800000]",
            "audit 6 - -",
            "2026 - - -"
        ]
    );
    let guide = block(include_str!("../../../docs/guide.md"), "topics:");
    assert_eq!(all(&good(guide)).len(), 2);
}

#[test]
fn all_mistakes_of_all_files_are_told() {
    let files = [
        ("a.yaml", "version: 1\ntopics: { a: {}, b: { partitions: no } }\n"),
        ("b.yaml", "version: 1\ncluster: x\ntopics: { a: { partitions: 2 } }\n"),
        ("c.yaml", "version: 1\ncluster: y\ntopics: { c: {} }\n"),
    ];
    let error = load_all(&files, &[("unused", "1")]).expect_err("mistakes");
    let told: Vec<String> = error
        .diagnostics()
        .iter()
        .map(|d| format!("{}:{}:{} {}", d.file, d.line, d.column, d.message))
        .collect();
    assert_eq!(
        told,
        [
            "a.yaml:2:35 `partitions` is a whole number from 1 to 2147483647, not `no`",
            "b.yaml:3:11 the topic `a` is described twice, first at a.yaml:2",
            "c.yaml:2:10 another document is for the cluster `x`: b.yaml:2",
            "--var:1:1 nothing in the files uses this variable",
        ]
    );
}

#[test]
fn what_is_given_goes_over_what_the_file_says() {
    let text = "version: 1\nvars: { n: \"3\" }\ntopics: { a: { partitions: ${n} } }\n";
    assert_eq!(all(&good(text)), ["a 3 - -"]);
    let files = load_all(&[("a.yaml", text)], &[("n", "9")]).expect("a good file");
    assert_eq!(all(&files), ["a 9 - -"]);
    let error = load_all(&[("a.yaml", text)], &[("n", "many")]).expect_err("a mistake");
    assert!(error.diagnostics()[0].message.ends_with("not `many`"), "{error:?}");
}

proptest! {
    /// Whatever a value holds: quotes, references, what YAML takes for something else.
    #[test]
    fn every_value_is_read_as_it_was_written(
        name in "[a-zA-Z0-9_-][a-zA-Z0-9._-]{0,20}",
        value in r#"(?s).{0,12}|[-+]?[0-9.e_x]{1,6}|(\PC|[*&!#:{}$'"\[\],| -]){0,8}"#,
        key in "[a-z0-9.]{1,12}",
    ) {
        let configs = Some(vec![(key.clone(), value.clone())]);
        let topic = Written { name: name.clone(), partitions: 1, replication_factor: Some(1), configs };
        let text = write(None, &[topic]);
        let files = load_all(&[("a.yaml", &text)], &[]);
        let files = files.map_err(|e| TestCaseError::fail(format!("{:?}\n{text}", e.diagnostics())))?;
        let spec = &files.topics[0];
        let setting = &spec.configs.as_ref().expect("its configuration")[0];
        prop_assert_eq!((&spec.name, &setting.key, &setting.value), (&name, &key, &value), "{}", text);
    }
}

#[test]
fn what_is_written_is_read_as_it_was() {
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let configs = vec![
        pair("cleanup.policy", "compact,delete"),
        pair("retention.ms", "-1"),
        pair("min.cleanable.dirty.ratio", "0.5"),
        pair("preallocate", "true"),
        pair("odd", "a: ${b} # c"),
        pair("empty", ""),
        pair("word", "no"),
        pair("version", "1.2.3"),
        pair("exponent", "1.0E10"),
    ];
    let topic = |name: &str, configs| Written {
        name: name.to_owned(),
        partitions: 3,
        replication_factor: Some(2),
        configs,
    };
    let topics =
        [topic("orders", Some(configs)), topic("1e3", Some(Vec::new())), topic("on", None)];
    let text = write(Some("2Qk-_"), &topics);
    let files = good(&text);
    assert_eq!(files.cluster.as_ref().map(|(id, _)| id.as_str()), Some("2Qk-_"));
    assert_eq!(
        all(&files),
        [
            "orders 3 2 [cleanup.policy=compact,delete retention.ms=-1 min.cleanable.dirty.ratio=0.5 \
             preallocate=true odd=a: ${b} # c empty= word=no version=1.2.3 exponent=1.0E10]",
            "1e3 3 2 []",
            "on 3 2 -",
        ],
        "{text}"
    );
    assert!(text.starts_with("# Written by kward: 3 topics.\nversion: 1\ncluster: "), "{text}");
    assert!(text.contains("      retention.ms: -1\n"), "{text}");
    assert_eq!(good(&write(None, &[])).topics, []);
    let uneven = Written { replication_factor: None, ..topic("uneven", None) };
    assert_eq!(all(&good(&write(None, &[uneven]))), ["uneven 3 - -"]);
}
