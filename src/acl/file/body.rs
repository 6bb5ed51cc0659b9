//! The body of a rule: verbs, roles, `allow` and `deny`, decoded but with their variables still
//! in them, because a role's body means something else for each use.

use super::connect::{self, ConnectArgs};
use super::names::{NameText, is_escaped_name, list, names};
use crate::model::{PermissionType, ResourceType};
use crate::yaml::fields::{Fields, named};
use crate::yaml::mistakes::{At, Mistakes};
use crate::yaml::text::{Text, text};
use crate::yaml::tree::{Kind, Node};

/// The keys of a body.
pub(super) const BODY: &[&str] =
    &["produce", "consume", "streams", "connect", "role", "allow", "deny"];

/// A part of a body that wants bindings.
#[derive(Debug)]
pub(super) struct Item<'t> {
    /// Where it stands.
    pub at: At,
    pub what: What<'t>,
}

#[derive(Debug)]
pub(super) enum What<'t> {
    Produce(ProduceArgs<'t>),
    Consume(ConsumeArgs<'t>),
    Streams(StreamsArgs<'t>),
    Connect(Box<ConnectArgs<'t>>),
    Role(RoleUse<'t>),
    Entry(Entry<'t>),
}

#[derive(Debug, Default)]
pub(super) struct ProduceArgs<'t> {
    pub topic: Vec<NameText<'t>>,
    pub transactional_id: Vec<NameText<'t>>,
    pub create: bool,
    pub two_phase_commit: bool,
}

#[derive(Debug, Default)]
pub(super) struct ConsumeArgs<'t> {
    pub topic: Vec<NameText<'t>>,
    /// None for `group: none`.
    pub group: Vec<NameText<'t>>,
}

#[derive(Debug, Default)]
pub(super) struct StreamsArgs<'t> {
    pub application_id: Vec<NameText<'t>>,
    pub input: Vec<NameText<'t>>,
    pub output: Vec<NameText<'t>>,
    pub exactly_once: bool,
}

/// `role: team` or `role: { team: { name: etl } }`.
#[derive(Debug)]
pub(super) struct RoleUse<'t> {
    pub name: Text<'t>,
    /// Names and values; without one where it could not be read.
    pub params: Vec<(Text<'t>, Option<Text<'t>>)>,
}

/// An entry of `allow` or `deny`.
#[derive(Debug)]
pub(super) struct Entry<'t> {
    pub permission: PermissionType,
    pub resources: Vec<(ResourceType, Vec<NameText<'t>>)>,
    pub operations: Vec<Text<'t>>,
    /// Whether `operation` is a list.
    pub listed: bool,
}

/// Decodes the parts of a body; `fields` has the keys of [`BODY`] and possibly more.
pub(super) fn items<'t>(fields: &Fields<'t, '_>, mistakes: &Mistakes) -> Vec<Item<'t>> {
    let mut out = Vec::new();
    for (key, at, node) in fields.iter() {
        match key {
            "produce" => each(node, "topics or arguments", mistakes, |node| {
                out.extend(
                    produce(node, mistakes).map(|args| Item { at, what: What::Produce(args) }),
                );
            }),
            "consume" => each(node, "arguments", mistakes, |node| {
                out.extend(
                    consume(node, mistakes).map(|args| Item { at, what: What::Consume(args) }),
                );
            }),
            "streams" => each(node, "arguments", mistakes, |node| {
                out.extend(
                    streams(node, mistakes).map(|args| Item { at, what: What::Streams(args) }),
                );
            }),
            "connect" => {
                let args = connect::decode(node, mistakes);
                out.extend(args.map(|args| Item { at, what: What::Connect(Box::new(args)) }));
            }
            "role" => {
                list(node, "the name of a role", mistakes, |node| role(node, mistakes, &mut out));
            }
            "allow" | "deny" => {
                let permission =
                    if key == "allow" { PermissionType::Allow } else { PermissionType::Deny };
                list(node, "an entry", mistakes, |node| {
                    let at = node.inner().at;
                    let entry = entry(node, permission, mistakes);
                    out.extend(entry.map(|entry| Item { at, what: What::Entry(entry) }));
                });
            }
            _ => {}
        }
    }
    // A key that is not known is what is wrong with it, not that nothing is said.
    if BODY.iter().all(|key| fields.lacks(key)) && !fields.has_unknown {
        let hint = format!("give it one of {}", BODY.map_words());
        mistakes.add_hint(fields.at, "this says nothing", hint);
    }
    out
}

trait MapWords {
    fn map_words(&self) -> String;
}

impl MapWords for [&str] {
    fn map_words(&self) -> String {
        self.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
    }
}

/// A list of arguments (mappings) is several uses of the verb; anything else is one.
fn each<'t>(node: &'t Node, what: &str, mistakes: &Mistakes, each: impl FnMut(&'t Node)) {
    let mut each = each;
    match &node.inner().kind {
        Kind::Sequence { items, .. } if items.iter().any(is_arguments) || items.is_empty() => {
            list(node, what, mistakes, each);
        }
        _ => each(node),
    }
}

fn is_arguments(node: &Node) -> bool {
    matches!(node.inner().kind, Kind::Mapping(_)) && !is_escaped_name(node)
}

fn no_hint(_: &str) -> Option<String> {
    None
}

/// The names behind an optional key.
pub(super) fn names_of<'t>(
    fields: &Fields<'t, '_>,
    key: &str,
    what: &str,
    mistakes: &Mistakes,
) -> Vec<NameText<'t>> {
    fields.get(key).map(|node| names(node, what, mistakes)).unwrap_or_default()
}

/// The names behind a key that must be there.
pub(super) fn names_required<'t>(
    fields: &Fields<'t, '_>,
    key: &str,
    what: &str,
    mistakes: &Mistakes,
) -> Vec<NameText<'t>> {
    fields.require(key).map(|node| names(node, what, mistakes)).unwrap_or_default()
}

fn produce<'t>(node: &'t Node, mistakes: &Mistakes) -> Option<ProduceArgs<'t>> {
    const KEYS: &[&str] = &["topic", "transactional-id", "create", "two-phase-commit"];
    if !is_arguments(node) {
        // `produce: orders`: the topics alone.
        return Some(ProduceArgs {
            topic: names(node, "a topic", mistakes),
            ..ProduceArgs::default()
        });
    }
    let fields = Fields::open(node, "`produce`", KEYS, mistakes, no_hint)?;
    let args = ProduceArgs {
        topic: names_required(&fields, "topic", "a topic", mistakes),
        transactional_id: names_of(&fields, "transactional-id", "a transactional id", mistakes),
        create: fields.flag("create"),
        two_phase_commit: fields.flag("two-phase-commit"),
    };
    if args.two_phase_commit && fields.get("transactional-id").is_none() {
        let at = fields.entry("two-phase-commit").map_or(fields.at, |(key, _)| key.inner().at);
        let hint = "add `transactional-id`, or remove `two-phase-commit`";
        mistakes.add_hint(
            at,
            "`two-phase-commit` is about transactional ids, and none is given",
            hint,
        );
    }
    Some(args)
}

fn consume<'t>(node: &'t Node, mistakes: &Mistakes) -> Option<ConsumeArgs<'t>> {
    const KEYS: &[&str] = &["topic", "group"];
    if !is_arguments(node) {
        let hint =
            "write `consume: { topic: …, group: … }`; a consumer without a group has `group: none`";
        mistakes.add_hint(node.inner().at, "`consume` needs a topic and a group", hint);
        return None;
    }
    let fields = Fields::open(node, "`consume`", KEYS, mistakes, no_hint)?;
    let topic = names_required(&fields, "topic", "a topic", mistakes);
    let Some(group) = fields.get("group") else {
        if fields.lacks("group") {
            let hint = "add `group: …`; a consumer without a group has `group: none`";
            mistakes.add_hint(fields.at, "`group` is missing in `consume`", hint);
        }
        return Some(ConsumeArgs { topic, group: Vec::new() });
    };
    if group.scalar() == Some("none") {
        return Some(ConsumeArgs { topic, group: Vec::new() });
    }
    let group = names(group, "a group", mistakes);
    for name in &group {
        if name.form == super::names::Form::Plain && name.text.raw == "none" {
            let hint = "the group of that name is `{ literal: none }`";
            mistakes.add_hint(name.text.at, "the keyword `none` stands alone, not in a list", hint);
        }
    }
    Some(ConsumeArgs { topic, group })
}

fn streams<'t>(node: &'t Node, mistakes: &Mistakes) -> Option<StreamsArgs<'t>> {
    const KEYS: &[&str] = &["application-id", "input", "output", "exactly-once"];
    let fields = Fields::open(node, "`streams`", KEYS, mistakes, no_hint)?;
    Some(StreamsArgs {
        application_id: names_required(&fields, "application-id", "an application id", mistakes),
        input: names_of(&fields, "input", "a topic", mistakes),
        output: names_of(&fields, "output", "a topic", mistakes),
        exactly_once: fields.flag("exactly-once"),
    })
}

fn role<'t>(node: &'t Node, mistakes: &Mistakes, out: &mut Vec<Item<'t>>) {
    let what = "the name of a role";
    if !matches!(node.inner().kind, Kind::Mapping(_)) {
        if let Some(name) = text(node, what, mistakes) {
            let what = What::Role(RoleUse { name, params: Vec::new() });
            out.push(Item { at: name.at, what });
        }
        return;
    }
    let roles = named(node, what, mistakes);
    if roles.is_empty() {
        mistakes.add(node.inner().at, "this names no role");
    }
    for (name, params) in roles {
        let params = named(params, "the name of a parameter", mistakes)
            .into_iter()
            .map(|(name, value)| (name, text(value, "the value of a parameter", mistakes)))
            .collect();
        out.push(Item { at: name.at, what: What::Role(RoleUse { name, params }) });
    }
}

/// The keys that name resources, with their types; `cluster` is apart.
pub(super) const RESOURCES: &[(&str, ResourceType)] = &[
    ("topic", ResourceType::Topic),
    ("group", ResourceType::Group),
    ("transactional-id", ResourceType::TransactionalId),
    ("delegation-token", ResourceType::DelegationToken),
    ("user", ResourceType::User),
];

/// The resources that a mapping names.
pub(super) fn resources<'t>(
    fields: &Fields<'t, '_>,
    mistakes: &Mistakes,
) -> Vec<(ResourceType, Vec<NameText<'t>>)> {
    let mut out = Vec::new();
    for (key, _, node) in fields.iter() {
        if let Some((key, resource_type)) = RESOURCES.iter().find(|(known, _)| *known == key) {
            out.push((*resource_type, names(node, &format!("a {key}"), mistakes)));
        } else if key == "cluster" {
            if is_true(node) {
                out.push((ResourceType::Cluster, Vec::new()));
            } else {
                let hint = "there is one cluster, and it has no name here";
                mistakes.add_hint(node.inner().at, "`cluster` can only be `true`", hint);
            }
        }
    }
    out
}

fn is_true(node: &Node) -> bool {
    matches!(&node.inner().kind, Kind::Scalar { text, plain: true } if text.eq_ignore_ascii_case("true"))
}

fn entry<'t>(node: &'t Node, permission: PermissionType, mistakes: &Mistakes) -> Option<Entry<'t>> {
    const KEYS: &[&str] =
        &["topic", "group", "transactional-id", "delegation-token", "user", "cluster", "operation"];
    let what = if permission == PermissionType::Allow {
        "an entry of `allow`"
    } else {
        "an entry of `deny`"
    };
    let hint = |key: &str| match key {
        "principal" | "host" => {
            Some(format!("`{key}` belongs to the rule, beside `allow` and `deny`"))
        }
        "operations" => Some("write `operation`; it takes a list".to_owned()),
        _ => None,
    };
    let fields = Fields::open(node, what, KEYS, mistakes, hint)?;
    let resources = resources(&fields, mistakes);
    if KEYS.iter().all(|key| *key == "operation" || fields.lacks(key)) {
        let hint = "add `topic`, `group`, `transactional-id`, `delegation-token`, `user` or `cluster: true`";
        mistakes.add_hint(fields.at, "this entry names no resource", hint);
    }
    let node = fields.require("operation")?;
    let mut operations = Vec::new();
    list(node, "an operation", mistakes, |node| {
        operations.extend(text(node, "an operation", mistakes));
    });
    let listed = matches!(node.inner().kind, Kind::Sequence { .. });
    Some(Entry { permission, resources, operations, listed })
}
