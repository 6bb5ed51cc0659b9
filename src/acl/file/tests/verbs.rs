//! What each verb expands to, binding by binding.

use super::*;

/// The grants of one body for `User:a`: `WRITE topic:x`.
#[track_caller]
fn grants(body: &str) -> Vec<String> {
    let found = rules(&format!("  - principal: User:a\n    {body}"));
    let grant = |line: &String| {
        let line = line.strip_prefix("User:a ALLOW ").expect("an ALLOW for every host");
        line.replacen(" on ", " ", 1)
    };
    let mut grants: Vec<String> = found.iter().map(grant).collect();
    grants.sort();
    grants
}

#[track_caller]
fn expands(body: &str, expected: &[&str]) {
    let mut expected: Vec<&str> = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(grants(body), expected, "{body}");
}

#[test]
fn produce() {
    expands("produce: t", &["WRITE topic:t", "DESCRIBE topic:t"]);
    expands(
        "produce: [t, u.*]",
        &["WRITE topic:t", "DESCRIBE topic:t", "WRITE topic:u.*", "DESCRIBE topic:u.*"],
    );
    expands(
        "produce: { literal: \"t*\" }",
        &["WRITE topic:{literal: \"t*\"}", "DESCRIBE topic:{literal: \"t*\"}"],
    );
    expands("produce: { topic: t, create: false }", &["WRITE topic:t", "DESCRIBE topic:t"]);
    expands(
        "produce: { topic: t.*, create: true }",
        &["WRITE topic:t.*", "DESCRIBE topic:t.*", "CREATE topic:t.*"],
    );
    let transactional = [
        "WRITE topic:t",
        "DESCRIBE topic:t",
        "WRITE transactional-id:x-*",
        "DESCRIBE transactional-id:x-*",
    ];
    expands("produce: { topic: t, transactional-id: x-* }", &transactional);
    let two_phase = [&transactional[..], &["TWO_PHASE_COMMIT transactional-id:x-*"]].concat();
    expands("produce: { topic: t, transactional-id: x-*, two-phase-commit: true }", &two_phase);
    expands(
        "produce: [{ topic: t }, { topic: u, create: true }]",
        &[
            "WRITE topic:t",
            "DESCRIBE topic:t",
            "WRITE topic:u",
            "DESCRIBE topic:u",
            "CREATE topic:u",
        ],
    );
}

#[test]
fn consume() {
    expands(
        "consume: { topic: t, group: g }",
        &["READ topic:t", "DESCRIBE topic:t", "READ group:g"],
    );
    expands(
        "consume: { topic: t.*, group: [g, h-*] }",
        &["READ topic:t.*", "DESCRIBE topic:t.*", "READ group:g", "READ group:h-*"],
    );
    expands("consume: { topic: t, group: none }", &["READ topic:t", "DESCRIBE topic:t"]);
    expands("consume: { topic: t, group: \"none\" }", &["READ topic:t", "DESCRIBE topic:t"]);
    expands(
        "consume: { topic: t, group: { literal: none } }",
        &["READ topic:t", "DESCRIBE topic:t", "READ group:none"],
    );
    expands(
        "consume: { topic: t, group: \"*\" }",
        &["READ topic:t", "DESCRIBE topic:t", "READ group:*"],
    );
}

#[test]
fn streams() {
    let internal = [
        "READ topic:app-*",
        "WRITE topic:app-*",
        "CREATE topic:app-*",
        "DELETE topic:app-*",
        "DESCRIBE topic:app-*",
        "READ group:app",
        "DESCRIBE group:app",
    ];
    expands("streams: { application-id: app }", &internal);
    let with_topics = [
        &internal[..],
        &["READ topic:in.*", "DESCRIBE topic:in.*", "WRITE topic:out", "DESCRIBE topic:out"],
    ]
    .concat();
    expands(
        "streams: { application-id: app, input: in.*, output: out, exactly-once: false }",
        &with_topics,
    );
    let exactly_once =
        [&with_topics[..], &["WRITE transactional-id:app-*", "DESCRIBE transactional-id:app-*"]]
            .concat();
    expands(
        "streams: { application-id: app, input: in.*, output: out, exactly-once: true }",
        &exactly_once,
    );
}

const WORKER: &[&str] = &[
    "READ group:c",
    "DESCRIBE group:c",
    "READ topic:c-configs",
    "WRITE topic:c-configs",
    "DESCRIBE topic:c-configs",
    "READ topic:c-offsets",
    "WRITE topic:c-offsets",
    "DESCRIBE topic:c-offsets",
    "READ topic:c-status",
    "WRITE topic:c-status",
    "DESCRIBE topic:c-status",
];
const WORKER_KEYS: &str =
    "group: c, config-topic: c-configs, offset-topic: c-offsets, status-topic: c-status";

#[test]
fn connect_worker() {
    expands(&format!("connect: {{ worker: {{ {WORKER_KEYS} }} }}"), WORKER);
    let create =
        [WORKER, &["CREATE topic:c-configs", "CREATE topic:c-offsets", "CREATE topic:c-status"]]
            .concat();
    expands(&format!("connect: {{ worker: {{ {WORKER_KEYS}, create: true }} }}"), &create);
    let leader =
        ["WRITE transactional-id:connect-cluster-c", "DESCRIBE transactional-id:connect-cluster-c"];
    let exactly_once = [WORKER, &leader].concat();
    expands(
        &format!("connect: {{ worker: {{ {WORKER_KEYS}, exactly-once: true }} }}"),
        &exactly_once,
    );
    // With the sources that it runs, not the sinks.
    let all = [
        &exactly_once[..],
        &["WRITE transactional-id:c-s-*", "DESCRIBE transactional-id:c-s-*"],
        &[
            "WRITE topic:t",
            "DESCRIBE topic:t",
            "READ topic:u",
            "DESCRIBE topic:u",
            "READ group:connect-k",
        ],
    ]
    .concat();
    expands(
        &format!(
            "connect: {{ worker: {{ {WORKER_KEYS}, exactly-once: true }}, connectors: [{{ name: s, type: source, topic: t }}, {{ name: k, type: sink, topic: u }}] }}"
        ),
        &all,
    );
}

#[test]
fn connect_source() {
    let plain = ["WRITE topic:t.*", "DESCRIBE topic:t.*"];
    expands("connect: { connectors: [{ name: s, type: source, topic: t.* }] }", &plain);
    let create = [&plain[..], &["CREATE topic:t.*"]].concat();
    expands(
        "connect: { connectors: [{ name: s, type: source, topic: t.*, create: true }] }",
        &create,
    );
    let exactly_once = [
        &plain[..],
        &["WRITE transactional-id:c-s-*", "DESCRIBE transactional-id:c-s-*"],
        &["READ topic:offs", "WRITE topic:offs", "DESCRIBE topic:offs"],
    ]
    .concat();
    expands(
        "connect: { connectors: [{ name: s, type: source, topic: t.*, exactly-once: true, worker-group: c, offset-topic: offs }] }",
        &exactly_once,
    );
    // Group and offset topic of the worker beside it.
    let with_worker =
        [WORKER, &plain, &["WRITE transactional-id:c-s-*", "DESCRIBE transactional-id:c-s-*"]]
            .concat();
    expands(
        &format!(
            "connect: {{ worker: {{ {WORKER_KEYS} }}, connectors: [{{ name: s, type: source, topic: t.*, exactly-once: true }}] }}"
        ),
        &with_worker,
    );
}

#[test]
fn connect_sink() {
    expands(
        "connect: { connectors: { name: k, type: sink, topic: t } }",
        &["READ topic:t", "DESCRIBE topic:t", "READ group:connect-k"],
    );
    expands(
        "connect: { connectors: [{ name: k, type: sink, topic: t, group: g }] }",
        &["READ topic:t", "DESCRIBE topic:t", "READ group:g"],
    );
    let dlq = [
        "READ topic:t",
        "DESCRIBE topic:t",
        "READ group:connect-k",
        "WRITE topic:dlq",
        "DESCRIBE topic:dlq",
    ];
    expands("connect: { connectors: [{ name: k, type: sink, topic: t, dlq-topic: dlq }] }", &dlq);
    let create = [&dlq[..], &["CREATE topic:dlq"]].concat();
    expands(
        "connect: { connectors: [{ name: k, type: sink, topic: t, dlq-topic: dlq, create: true }] }",
        &create,
    );
}

#[test]
fn verbs_stand_beside_one_another_and_take_the_host() {
    let found = rules(
        "  - principal: User:a\n    host: 10.0.0.1\n    produce: t\n    consume: { topic: t, group: g }",
    );
    assert_eq!(
        found,
        [
            "User:a ALLOW READ on topic:t from 10.0.0.1",
            "User:a ALLOW WRITE on topic:t from 10.0.0.1",
            "User:a ALLOW DESCRIBE on topic:t from 10.0.0.1",
            "User:a ALLOW READ on group:g from 10.0.0.1",
        ]
    );
}

#[test]
fn wrong_verbs() {
    for (body, piece) in [
        ("produce: { transactional-id: x }", "`topic` is missing in `produce`"),
        (
            "produce: { topic: t, two-phase-commit: true }",
            "`two-phase-commit` is about transactional ids, and none is given",
        ),
        ("produce: { topic: t, create: 1 }", "`create` is `true` or `false`, without quotes"),
        ("produce: { topic: t, create: yes }", "`create` is `true` or `false`"),
        ("produce: { topics: t }", "unknown key `topics`, did you mean `topic`?"),
        ("produce: { topic: t, group: g }", "unknown key `group` in `produce`"),
        ("produce: { topic: t, transactional_id: x }", "did you mean `transactional-id`?"),
        (
            "consume: { topic: t }",
            "`group` is missing in `consume` | add `group: …`; a consumer without a group has `group: none`",
        ),
        ("consume: { group: g }", "`topic` is missing in `consume`"),
        ("consume: t", "`consume` needs a topic and a group"),
        (
            "consume: { topic: t, group: [none, g] }",
            "the keyword `none` stands alone, not in a list",
        ),
        ("consume: { topic: t, group: null }", "YAML reads `null` as nothing, not as a group"),
        ("streams: { input: t }", "`application-id` is missing in `streams`"),
        ("streams: { application-id: app-* }", "an application id is one name, not a pattern"),
        (
            "streams: { application-id: { prefix: app } }",
            "an application id is one name, not a pattern",
        ),
        ("streams: { application-id: \"*\" }", "an application id is one name, not a pattern"),
        ("streams: app", "expected `streams` (a mapping), found text"),
        ("connect: {}", "this `connect` is empty"),
        (
            "connect: { worker: { group: g, config-topic: a, offset-topic: b } }",
            "`status-topic` is missing in `worker`",
        ),
        (
            "connect: { worker: { group: g-*, config-topic: a, offset-topic: b, status-topic: c } }",
            "the group of a worker is one name, not a pattern",
        ),
        ("connect: { connectors: [{ name: s, topic: t }] }", "`type` is missing in a connector"),
        (
            "connect: { connectors: [{ name: s, topic: t, type: sorce }] }",
            "unknown type of connector `sorce`, did you mean `source`?",
        ),
        (
            "connect: { connectors: [{ name: s, topic: t, type: source, dlq-topic: d }] }",
            "`dlq-topic` belongs to a sink",
        ),
        (
            "connect: { connectors: [{ name: s, topic: t, type: sink, exactly-once: true }] }",
            "`exactly-once` belongs to a source",
        ),
        (
            "connect: { connectors: [{ name: s, topic: t, type: sink, create: true }] }",
            "a sink creates only its `dlq-topic`, and none is given",
        ),
        (
            "connect: { connectors: [{ name: s, topic: t, type: source, worker-group: c }] }",
            "`worker-group` is about `exactly-once: true`, which is not given",
        ),
        (
            "connect: { connectors: [{ name: s, topic: t, type: source, exactly-once: true, worker-group: c }] }",
            "`exactly-once` needs `offset-topic` where no `worker` stands beside it",
        ),
        ("connect: { connectors: [] }", "the list is empty"),
        (
            "connect: { connector: [{}] , worker: { group: g, config-topic: a, offset-topic: b, status-topic: c } }",
            "write `connectors`, a list",
        ),
    ] {
        bad_rules(&format!("  - principal: User:a\n    {body}"), piece);
    }
}
