//! The verb `connect`: a worker, connectors, or both.

use super::body::{names_of, names_required};
use super::expand::Mode;
use super::names::{NameText, Resolver, list};
use super::verbs::{self, Grant, Pattern};
use crate::model::Name;
use crate::yaml::fields::Fields;
use crate::yaml::mistakes::{Mistakes, shown};
use crate::yaml::text::{Text, text};
use crate::yaml::tree::Node;

/// What stands behind `connect`.
#[derive(Debug, Default)]
pub(super) struct ConnectArgs<'t> {
    worker: Option<WorkerArgs<'t>>,
    connectors: Vec<Connector<'t>>,
}

#[derive(Debug)]
struct WorkerArgs<'t> {
    group: Vec<NameText<'t>>,
    /// Config, offset and status topics.
    topics: Vec<NameText<'t>>,
    offset_topic: Vec<NameText<'t>>,
    create: bool,
    exactly_once: bool,
}

#[derive(Debug)]
enum Connector<'t> {
    Source(SourceArgs<'t>),
    Sink(SinkArgs<'t>),
    /// Of a type that variables say.
    Open(OpenArgs<'t>),
}

#[derive(Debug)]
struct OpenArgs<'t> {
    node: &'t Node,
    kind: Text<'t>,
    has_worker: bool,
}

#[derive(Debug)]
struct SourceArgs<'t> {
    name: Vec<NameText<'t>>,
    topic: Vec<NameText<'t>>,
    create: bool,
    exactly_once: bool,
    worker_group: Vec<NameText<'t>>,
    offset_topic: Vec<NameText<'t>>,
}

#[derive(Debug)]
struct SinkArgs<'t> {
    name: Vec<NameText<'t>>,
    topic: Vec<NameText<'t>>,
    group: Vec<NameText<'t>>,
    dlq_topic: Vec<NameText<'t>>,
    create: bool,
}

pub(super) fn decode<'t>(node: &'t Node, mistakes: &Mistakes) -> Option<ConnectArgs<'t>> {
    let fields =
        Fields::open(node, "`connect`", &["worker", "connectors"], mistakes, |key| match key {
            "connector" => Some("write `connectors`, a list".to_owned()),
            _ => None,
        })?;
    if fields.get("worker").is_none() && fields.get("connectors").is_none() {
        mistakes.add_hint(
            fields.at,
            "this `connect` is empty",
            "give it `worker`, `connectors` or both",
        );
    }
    let worker = fields.get("worker").and_then(|node| worker(node, mistakes));
    let mut connectors = Vec::new();
    if let Some(node) = fields.get("connectors") {
        let has_worker = fields.get("worker").is_some();
        list(node, "a connector", mistakes, |node| {
            connectors.extend(connector(node, has_worker, mistakes));
        });
    }
    Some(ConnectArgs { worker, connectors })
}

fn worker<'t>(node: &'t Node, mistakes: &Mistakes) -> Option<WorkerArgs<'t>> {
    const KEYS: &[&str] =
        &["group", "config-topic", "offset-topic", "status-topic", "create", "exactly-once"];
    let fields = Fields::open(node, "`worker`", KEYS, mistakes, |_| None)?;
    let group = names_required(&fields, "group", "a group", mistakes);
    let config_topic = names_required(&fields, "config-topic", "a topic", mistakes);
    let offset_topic = names_required(&fields, "offset-topic", "a topic", mistakes);
    let status_topic = names_required(&fields, "status-topic", "a topic", mistakes);
    Some(WorkerArgs {
        group,
        topics: [config_topic, offset_topic.clone(), status_topic].concat(),
        offset_topic,
        create: fields.flag("create"),
        exactly_once: fields.flag("exactly-once"),
    })
}

fn connector<'t>(node: &'t Node, has_worker: bool, mistakes: &Mistakes) -> Option<Connector<'t>> {
    let before = mistakes.total();
    let connector = connector_of(node, None, has_worker, mistakes);
    match connector {
        // What is wrong was said, and would be again for each use.
        Some(Connector::Open(_)) if mistakes.total() > before => None,
        connector => connector,
    }
}

/// Reads a connector; `said` is its type where variables were put in.
fn connector_of<'t>(
    node: &'t Node,
    said: Option<&str>,
    has_worker: bool,
    mistakes: &Mistakes,
) -> Option<Connector<'t>> {
    const KEYS: &[&str] = &[
        "name",
        "type",
        "topic",
        "create",
        "dlq-topic",
        "group",
        "offset-topic",
        "exactly-once",
        "worker-group",
    ];
    let fields = Fields::open(node, "a connector", KEYS, mistakes, |_| None)?;
    let name = names_required(&fields, "name", "the name of a connector", mistakes);
    let topic = names_required(&fields, "topic", "a topic", mistakes);
    let create = fields.flag("create");
    let kind = text(fields.require("type")?, "`source` or `sink`", mistakes)?;
    match said.unwrap_or(kind.raw) {
        open if said.is_none() && open.contains("${") => {
            Some(Connector::Open(OpenArgs { node, kind, has_worker }))
        }
        "source" => {
            belongs(&fields, &["dlq-topic", "group"], "a sink", mistakes);
            let exactly_once = fields.flag("exactly-once");
            check_exactly_once(&fields, exactly_once, has_worker, mistakes);
            Some(Connector::Source(SourceArgs {
                name,
                topic,
                create,
                exactly_once,
                worker_group: names_of(&fields, "worker-group", "a group", mistakes),
                offset_topic: names_of(&fields, "offset-topic", "a topic", mistakes),
            }))
        }
        "sink" => {
            belongs(
                &fields,
                &["offset-topic", "exactly-once", "worker-group"],
                "a source",
                mistakes,
            );
            if create && fields.get("dlq-topic").is_none() {
                let at = fields.entry("create").map_or(fields.at, |(key, _)| key.inner().at);
                let hint = "add `dlq-topic`, or remove `create`";
                mistakes.add_hint(
                    at,
                    "a sink creates only its `dlq-topic`, and none is given",
                    hint,
                );
            }
            Some(Connector::Sink(SinkArgs {
                name,
                topic,
                create,
                group: names_of(&fields, "group", "a group", mistakes),
                dlq_topic: names_of(&fields, "dlq-topic", "a topic", mistakes),
            }))
        }
        other => {
            let near = mistakes.nearest(other, ["source", "sink"]);
            let shown = shown(other);
            let message = format!("unknown type of connector `{shown}`{near}");
            mistakes.add_hint(kind.at, message, "a connector is a `source` or a `sink`");
            None
        }
    }
}

/// Reports keys that the other type of connector has.
fn belongs(fields: &Fields<'_, '_>, keys: &[&str], to: &str, mistakes: &Mistakes) {
    for key in keys {
        if let Some((node, _)) = fields.entry(key) {
            mistakes.add_hint(
                node.inner().at,
                format!("`{key}` belongs to {to}"),
                "remove it, or correct `type`",
            );
        }
    }
}

fn check_exactly_once(
    fields: &Fields<'_, '_>,
    exactly_once: bool,
    has_worker: bool,
    mistakes: &Mistakes,
) {
    for key in ["worker-group", "offset-topic"] {
        let given = fields.entry(key);
        match given {
            Some((node, _)) if !exactly_once => {
                let message = format!("`{key}` is about `exactly-once: true`, which is not given");
                mistakes.add_hint(node.inner().at, message, format!("add it, or remove `{key}`"));
            }
            None if exactly_once && !has_worker => {
                let message =
                    format!("`exactly-once` needs `{key}` where no `worker` stands beside it");
                let at = fields.entry("exactly-once").map_or(fields.at, |(key, _)| key.inner().at);
                mistakes.add(at, message);
            }
            _ => {}
        }
    }
}

/// The connector, once it is known of what type it is.
fn settled<'t>(
    open: &OpenArgs<'t>,
    resolver: &Resolver<'_, '_>,
    mode: Mode,
) -> Option<Connector<'t>> {
    if mode != Mode::Full && resolver.env.has_param(open.kind) {
        return None;
    }
    let kind = resolver.env.fill(open.kind)?;
    connector_of(open.node, Some(&kind.text), open.has_worker, resolver.mistakes())
}

/// What it expands to; mistakes are reported and leave gaps.
pub(super) fn expand(
    args: &ConnectArgs<'_>,
    resolver: &Resolver<'_, '_>,
    mode: Mode,
) -> Vec<Grant> {
    let patterns = |names: &[NameText<'_>]| -> Vec<Pattern> {
        names.iter().filter_map(|name| resolver.pattern(name)).collect()
    };
    let exact = |names: &[NameText<'_>], what: &str| -> Vec<Name> {
        names.iter().filter_map(|name| resolver.exact(name, what)).collect()
    };
    let mut out = Vec::new();
    let mut sources = Vec::new();
    let worker_groups = args.worker.as_ref().map(|w| exact(&w.group, "the group of a worker"));
    for connector in &args.connectors {
        let settled = match connector {
            Connector::Open(open) => settled(open, resolver, mode),
            _ => None,
        };
        match settled.as_ref().unwrap_or(connector) {
            Connector::Open(_) => {}
            Connector::Source(source) => {
                let names = exact(&source.name, "the name of a connector");
                sources.extend(names.iter().cloned());
                let groups = exact(&source.worker_group, "the group of a worker");
                let own = source.worker_group.is_empty();
                let offset_topics = match &args.worker {
                    Some(worker) if source.offset_topic.is_empty() => {
                        patterns(&worker.offset_topic)
                    }
                    _ => patterns(&source.offset_topic),
                };
                out.extend(verbs::source(&verbs::Source {
                    names,
                    topics: patterns(&source.topic),
                    create: source.create,
                    exactly_once: source.exactly_once,
                    worker_groups: if own {
                        worker_groups.clone().unwrap_or_default()
                    } else {
                        groups
                    },
                    offset_topics,
                }));
            }
            Connector::Sink(sink) => out.extend(verbs::sink(&verbs::Sink {
                names: exact(&sink.name, "the name of a connector"),
                topics: patterns(&sink.topic),
                groups: patterns(&sink.group),
                dlq_topics: patterns(&sink.dlq_topic),
                create: sink.create,
            })),
        }
    }
    if let Some(worker) = &args.worker {
        out.extend(verbs::worker(&verbs::Worker {
            groups: worker_groups.unwrap_or_default(),
            topics: patterns(&worker.topics),
            create: worker.create,
            exactly_once: worker.exactly_once,
            sources,
        }));
    }
    out
}
