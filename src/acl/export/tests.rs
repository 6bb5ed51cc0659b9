//! What is written reads as a person's file, and is read as exactly the bindings.

use proptest::prelude::*;

use super::*;
use crate::acl::file::{Inputs, Source, load};
use crate::model::Operation;

fn read(text: &str, cidr: bool) -> crate::acl::desired::Desired {
    let sources = [Source { name: "export.yaml".to_owned(), bytes: text.as_bytes().to_vec() }];
    match load(&sources, &Inputs { vars: &[], env: &|_| None, cidr }) {
        Ok(desired) => desired,
        Err(error) => panic!("{error}: {:#?}\n{text}", error.diagnostics()),
    }
}

/// The bindings of rules, and the file that is written of them.
#[track_caller]
fn again(rules: &str) -> String {
    let desired = read(&format!("version: 1\nrules:\n{rules}"), true);
    let bindings: Vec<Binding> = desired.binding_set().cloned().collect();
    let text = export(&bindings, &ExportOptions { cidr: true, ..ExportOptions::default() });
    let back = read(&text, true);
    assert_eq!(back.binding_set().cloned().collect::<Vec<_>>(), bindings, "{text}");
    assert!(back.verbatim.is_empty(), "{text}");
    text.split_once("rules:\n").map(|(_, rules)| rules.to_owned()).unwrap_or_default()
}

#[test]
fn what_a_person_wrote_comes_back() {
    for rules in [
        "  - principal: User:orders\n    produce: orders\n",
        "  - principal: User:orders\n    produce: [orders, payments.*]\n",
        "  - principal: User:orders\n    produce: { topic: orders, transactional-id: orders-* }\n",
        "  - principal: User:orders\n    produce: { topic: orders, transactional-id: orders-*, create: true, two-phase-commit: true }\n",
        "  - principal: User:billing\n    consume: { topic: orders, group: billing }\n",
        "  - principal: User:billing\n    consume: { topic: [errors.*, orders], group: [a, b-*] }\n",
        "  - principal: User:billing\n    consume: { topic: orders, group: none }\n",
        "  - principal: User:billing\n    consume: { topic: orders, group: { literal: none } }\n",
        "  - principal: User:etl\n    streams: { application-id: etl, input: raw.*, output: agg }\n",
        "  - principal: User:etl\n    streams: { application-id: etl, input: raw.*, output: agg, exactly-once: true }\n",
        "  - principal: User:c\n    connect:\n      worker: { group: c, config-topic: configs, offset-topic: offsets, status-topic: status }\n",
        "  - principal: [User:ana, User:bo]\n    host: [10.0.0.7, 10.0.0.8]\n    consume: { topic: web.*, group: ds-* }\n",
        "  - principal: \"User:*\"\n    host: 10.0.0.0/8\n    deny: { topic: pii.*, operation: all }\n",
        "  - principal: User:ops\n    allow: [{ topic: \"*\", operation: describe }, { cluster: true, operation: [alter, describe] }]\n",
        "  - principal: User:a\n    produce: t\n    consume: { topic: t, group: g }\n    allow: { group: g, operation: describe }\n",
        "  - principal: { literal: \"User:a*\" }\n    produce: [{ literal: \"a*b\" }, { prefix: \"*\" }]\n",
        "  - principal: User:a\n    produce: [\"$${team}\", \"2024\", \"on\", \"with space\"]\n",
    ] {
        let mut wanted: Vec<&str> = rules.lines().collect();
        let found = again(rules);
        let mut lines: Vec<&str> = found.lines().collect();
        // The order of names in a list is that of the bindings.
        for list in [&mut wanted, &mut lines] {
            list.retain(|line| !line.contains("[\"$${") && !line.contains("{ literal: \"a*b\""));
        }
        assert_eq!(lines, wanted, "{found}");
    }
}

#[test]
fn no_verb_where_something_is_missing() {
    let found = again(
        "  - principal: User:a\n    allow:\n      - { topic: t, operation: read }\n      - { group: g, operation: read }\n",
    );
    assert_eq!(
        found,
        "  - principal: User:a\n    allow: [{ topic: t, operation: read }, { group: g, operation: read }]\n"
    );
    let found =
        again("  - principal: User:a\n    allow: { topic: t, operation: [write, create] }\n");
    assert_eq!(
        found,
        "  - principal: User:a\n    allow: { topic: t, operation: [write, create] }\n"
    );
}

#[test]
fn the_frame() {
    let bindings: Vec<Binding> =
        read("version: 1\nrules: [{ principal: [User:a, \"User:*\"], produce: t }]\n", false)
            .binding_set()
            .cloned()
            .collect();
    let options =
        ExportOptions { cluster: Some("abc".to_owned()), scope: true, ..ExportOptions::default() };
    assert_eq!(
        export(&bindings, &options),
        "# Written by kward: 4 bindings of 2 principals.
version: 1
cluster: abc
scope: { principal: [\"User:*\", User:a] }

rules:
  - principal: [\"User:*\", User:a]
    produce: t
"
    );
    assert_eq!(
        export(&[], &ExportOptions::default()),
        "# Written by kward: 0 bindings of 0 principals.\nversion: 1\n"
    );
    let raw = export(&bindings[..1], &ExportOptions { raw: true, ..ExportOptions::default() });
    assert_eq!(
        raw,
        "# Written by kward: 1 binding of 1 principal.
version: 1

bindings:
  - { resourceType: TOPIC, resourceName: \"t\", patternType: LITERAL, principal: \"User:*\", host: \"*\", operation: WRITE, permissionType: ALLOW }
"
    );
}

#[test]
fn what_is_not_known_is_named() {
    let known = Binding {
        resource_type: ResourceType::Topic,
        resource_name: "t".into(),
        pattern_type: PatternType::Literal,
        principal: "User:a".into(),
        host: Host::any(),
        operation: Operation::Read,
        permission_type: PermissionType::Allow,
    };
    let unknown = Binding {
        operation: Operation::Unknown(77),
        resource_name: "x\ny".into(),
        ..known.clone()
    };
    let text = export(&[unknown, known.clone()], &ExportOptions::default());
    assert!(text.contains("#   User:a ALLOW UNKNOWN(77) on topic:x\\ny\n"), "{text}");
    assert_eq!(read(&text, false).binding_set().collect::<Vec<_>>(), [&known]);
    // Whom no scope can name leaves one that needs no names.
    let odd = Binding { principal: ":x".into(), ..known };
    let text = export(&[odd], &ExportOptions { scope: true, ..ExportOptions::default() });
    assert!(
        text.contains("# No scope: `:x` cannot be named in one; `scope: all` speaks"),
        "{text}"
    );
}

fn nasty() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-c.-]{1,3}",
        2 => "[a*$\\{}\\[\\],:#&!|>'\"%@` \\\\=-]{0,6}",
        1 => prop::sample::select(&[
            "*", "none", "all", "true", "on", "No", "null", "~", "007", "2024", "1e3", "0x1f", "${a}", "$${a}", "${", "a*", "**",
            "a: b", "a #b", " a", "a ", "\n", "a\nb", "\t", "---", "...", "- a", "? a", "\u{feff}", "\u{85}", "\u{2028}", "\u{202e}x",
            "\u{0}", "\u{7f}", "\u{fdd0}", "\u{ffff}", "\u{10ffff}", "größe", "订单", "=", "<<", "y", "config", "offset", "status", "a-",
        ][..]).prop_map(str::to_owned),
        1 => ".{0,5}",
    ]
}

fn principals() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[ab]".prop_map(|name| format!("User:{name}")),
        1 => Just("User:*".to_owned()),
        2 => nasty().prop_map(|name| format!("User:{name}")),
        1 => nasty(),
        1 => Just("User:CN=etl,OU=data,O=acme".to_owned()),
    ]
}

fn hosts() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => Just("*".to_owned()),
        2 => prop::sample::select(&[
            "10.0.0.7", "10.0.0.8", "::1", "0:0:0:0:0:0:0:1", "2001:DB8::1", "2001:db8:0:0:0:0:0:1", "10.0.0.0/8", "10.0.0.5/8", "10.0.0.0/33",
            "2001:db8::/32", "::ffff:10.0.0.1", "010.0.0.1", "db.acme", "fe80::1%eth0", "",
        ][..]).prop_map(str::to_owned),
        1 => nasty(),
    ]
}

fn binding() -> impl Strategy<Value = Binding> {
    let resource = prop_oneof![4 => 0..2usize, 2 => Just(3usize), 1 => 0..6usize]
        .prop_map(|i| ResourceType::ALL[i]);
    let operation = prop_oneof![
        4 => prop::sample::select(&[Operation::Read, Operation::Write, Operation::Describe, Operation::Create][..]),
        1 => prop::sample::select(Operation::ALL),
    ];
    let name = prop_oneof![6 => nasty(), 1 => Just(CLUSTER_NAME.to_owned())];
    (resource, name, any::<bool>(), principals(), hosts(), operation, prop::bool::weighted(0.8))
        .prop_map(|(resource_type, name, literal, principal, host, operation, allow)| Binding {
            resource_type,
            resource_name: name.into(),
            pattern_type: if literal { PatternType::Literal } else { PatternType::Prefixed },
            principal: principal.into(),
            host: host.into(),
            operation,
            permission_type: if allow { PermissionType::Allow } else { PermissionType::Deny },
        })
}

/// Sets in which verbs hide: whole expansions for few principals, with something missing at times.
fn expansions() -> impl Strategy<Value = Vec<Binding>> {
    use crate::acl::file::verbs::{self, Pattern};
    let pattern = |literal: bool, name: &str| {
        if literal { Pattern::literal(name) } else { Pattern::prefixed(name) }
    };
    let grants =
        (0..6usize, "[ab]", "[xy]", any::<[bool; 4]>()).prop_map(move |(verb, a, b, flags)| {
            match verb {
                0 => verbs::produce(&verbs::Produce {
                    topics: vec![pattern(flags[0], &a)],
                    transactional_ids: flags[1]
                        .then(|| pattern(flags[2], &b))
                        .into_iter()
                        .collect(),
                    create: flags[2],
                    two_phase_commit: flags[3],
                }),
                1 => verbs::consume(&verbs::Consume {
                    topics: vec![pattern(flags[0], &a)],
                    groups: flags[1].then(|| pattern(flags[2], &b)).into_iter().collect(),
                }),
                2 => verbs::streams(&verbs::Streams {
                    application_ids: vec![a.as_str().into()],
                    input: flags[0].then(|| pattern(flags[1], &b)).into_iter().collect(),
                    output: flags[2].then(|| pattern(flags[1], &b)).into_iter().collect(),
                    exactly_once: flags[3],
                }),
                3 => verbs::worker(&verbs::Worker {
                    groups: vec![a.as_str().into()],
                    topics: ["config", "offset", "status"]
                        .map(|name| Pattern::literal(format!("{b}-{name}")))
                        .to_vec(),
                    create: flags[0],
                    exactly_once: flags[1],
                    sources: flags[2].then(|| b.as_str().into()).into_iter().collect(),
                }),
                4 => verbs::source(&verbs::Source {
                    names: vec![a.as_str().into()],
                    topics: vec![pattern(flags[0], &b)],
                    create: flags[1],
                    exactly_once: flags[2],
                    worker_groups: vec![b.as_str().into()],
                    offset_topics: vec![Pattern::literal("offsets")],
                }),
                _ => verbs::sink(&verbs::Sink {
                    names: vec![a.as_str().into()],
                    topics: vec![pattern(flags[0], &b)],
                    groups: Vec::new(),
                    dlq_topics: vec![Pattern::literal("dlq")],
                    create: flags[1],
                }),
            }
        });
    let rule = (
        prop::collection::vec(grants, 1..3),
        "[pq]",
        prop::bool::weighted(0.2),
        any::<prop::sample::Index>(),
    );
    prop::collection::vec(rule, 1..4).prop_map(|rules| {
        let mut out = Vec::new();
        for (grants, principal, cut, at) in rules {
            let mut grants = grants.concat();
            if cut {
                grants.remove(at.index(grants.len()));
            }
            out.extend(grants.into_iter().map(|grant| Binding {
                resource_type: grant.resource_type,
                resource_name: grant.name,
                pattern_type: grant.pattern_type,
                principal: format!("User:{principal}").into(),
                host: Host::any(),
                operation: grant.operation,
                permission_type: PermissionType::Allow,
            }));
        }
        out
    })
}

#[track_caller]
fn comes_back(bindings: &[Binding], options: &ExportOptions) {
    let text = export(bindings, options);
    let desired = read(&text, options.cidr);
    let wanted: BTreeSet<&Binding> = bindings.iter().collect();
    assert_eq!(desired.binding_set().collect::<BTreeSet<_>>(), wanted, "{text}");
    let verbatim: BTreeSet<&Binding> = desired.verbatim.iter().collect();
    let refused: BTreeSet<&Binding> =
        bindings.iter().filter(|binding| options.raw || !fits(binding, options.cidr)).collect();
    assert_eq!(verbatim, refused, "{text}");
    assert!(!text.contains(['\u{feff}', '\u{202e}', '\u{2028}']), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_is_written_means_exactly_the_bindings(
        bindings in prop::collection::vec(binding(), 0..12),
        raw in prop::bool::weighted(0.1),
        scope: bool,
        cidr: bool,
        cluster in prop::option::of("[a-z0-9]{1,3}"),
    ) {
        comes_back(&bindings, &ExportOptions { raw, cluster, scope, cidr });
    }

    #[test]
    fn verbs_are_recovered_exactly(bindings in expansions(), scope: bool) {
        comes_back(&bindings, &ExportOptions { scope, ..ExportOptions::default() });
    }
}

#[test]
fn a_hundred_thousand_bindings_are_written() {
    let bindings: Vec<Binding> = (0..100_000)
        .map(|i| Binding {
            resource_type: ResourceType::Topic,
            resource_name: format!("team-{}.t{}", i % 97, i / 2).into(),
            pattern_type: PatternType::Literal,
            principal: format!("User:svc-{}", i % 500).into(),
            host: Host::any(),
            operation: if i % 2 == 0 { Operation::Read } else { Operation::Describe },
            permission_type: PermissionType::Allow,
        })
        .collect();
    let start = std::time::Instant::now();
    let text = export(&bindings, &ExportOptions::default());
    // A development build on a busy machine; what is quadratic takes minutes.
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
    assert_eq!(read(&text, false).bindings.len(), 100_000);
}
