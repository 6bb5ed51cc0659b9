//! Every verb and role with what it expands to, for `acl roles`.

use std::collections::HashMap;

use super::verbs::{self, Grant, Pattern};
use super::{Inputs, Source, run};
use crate::error::Result;
use crate::model::{Name, PermissionType};

/// A verb or a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleView {
    /// `produce`, `connect worker`, or the role's name.
    pub name: String,
    /// Whether it is one of the verbs that every file has.
    pub builtin: bool,
    /// The keys of a verb, the parameters of a role.
    pub params: Vec<String>,
    /// Where a role is defined: file, line, column.
    pub place: Option<(String, u32, u32)>,
    /// What it expands to; `<topic>` and `${name}` stand for what the user gives.
    pub grants: Vec<GrantView>,
}

/// A binding of an expansion, without principal and host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantView {
    /// ALLOW for all verbs.
    pub permission_type: PermissionType,
    /// What is granted on what.
    pub grant: Grant,
    /// The key without which it is not granted.
    pub when: Option<&'static str>,
}

/// Every built-in verb, then every role of the files by name.
pub fn describe_roles(sources: &[Source], inputs: &Inputs<'_>) -> Result<Vec<RoleView>> {
    let mut views = verb_views();
    if sources.is_empty() {
        return Ok(views);
    }
    let mut roles = Vec::new();
    run(sources, inputs, |expander, documents| {
        // The whole of the files is read, so that a variable counts as used and no mistake is kept back.
        let mut desired = crate::acl::desired::Desired::default();
        for (document, opened) in documents.iter().enumerate() {
            opened.read(document, expander, &mut desired, expander.outside.mistakes);
        }
        if expander.outside.mistakes.total() > 0 {
            return;
        }
        for (index, role) in expander.roles.list.iter().enumerate() {
            let at = role.name.at;
            let file = expander.files.get(at.file as usize).copied().unwrap_or_default();
            let view = |wanted: super::expand::Wanted| GrantView {
                permission_type: wanted.permission,
                grant: wanted.grant,
                when: None,
            };
            roles.push(RoleView {
                name: role.name.raw.to_owned(),
                builtin: false,
                params: role.params.iter().map(|param| param.raw.to_owned()).collect(),
                place: Some((file.to_owned(), at.line, at.column)),
                grants: by_resource(expander.describe(index).into_iter().map(view)),
            });
        }
    })?;
    roles.sort_by(|a, b| a.name.cmp(&b.name));
    views.append(&mut roles);
    Ok(views)
}

/// Each once, those of a resource together; resources come as the rules name them first.
fn by_resource(grants: impl Iterator<Item = GrantView>) -> Vec<GrantView> {
    let mut resources: Vec<Vec<GrantView>> = Vec::new();
    let mut places = HashMap::new();
    for view in grants {
        let Grant { resource_type, pattern_type, name, .. } = view.grant.clone();
        let resource = (view.permission_type, resource_type, pattern_type, name);
        let place = *places.entry(resource).or_insert(resources.len());
        match resources.get_mut(place) {
            Some(of_one) if of_one.contains(&view) => {}
            Some(of_one) => of_one.push(view),
            None => resources.push(vec![view]),
        }
    }
    resources.concat()
}

/// A verb with placeholders: what `base` grants, and what each key adds.
fn view(
    name: &str,
    params: &[&str],
    base: Vec<Grant>,
    more: Vec<(&'static str, Vec<Grant>)>,
) -> RoleView {
    let mut grants: Vec<GrantView> = Vec::new();
    for (when, list) in
        std::iter::once((None, base)).chain(more.into_iter().map(|(w, l)| (Some(w), l)))
    {
        for grant in list {
            if !grants.iter().any(|known| known.grant == grant) {
                grants.push(GrantView { permission_type: PermissionType::Allow, grant, when });
            }
        }
    }
    RoleView {
        name: name.to_owned(),
        builtin: true,
        params: params.iter().map(|param| (*param).to_owned()).collect(),
        place: None,
        grants,
    }
}

fn one(name: &str) -> Vec<Pattern> {
    vec![Pattern::literal(name)]
}

fn named(name: &str) -> Vec<Name> {
    vec![name.into()]
}

fn verb_views() -> Vec<RoleView> {
    vec![produce(), consume(), streams(), worker(), source(), sink()]
}

fn produce() -> RoleView {
    let base = verbs::Produce { topics: one("<topic>"), ..verbs::Produce::default() };
    let id = verbs::Produce { transactional_ids: one("<transactional-id>"), ..base.clone() };
    view(
        "produce",
        &["topic", "transactional-id", "create", "two-phase-commit"],
        verbs::produce(&base),
        vec![
            ("create: true", verbs::produce(&verbs::Produce { create: true, ..base })),
            ("transactional-id", verbs::produce(&id)),
            (
                "two-phase-commit: true",
                verbs::produce(&verbs::Produce { two_phase_commit: true, ..id }),
            ),
        ],
    )
}

fn consume() -> RoleView {
    let base = verbs::Consume { topics: one("<topic>"), groups: Vec::new() };
    let group = verbs::Consume { groups: one("<group>"), ..base.clone() };
    let more = vec![("group, unless none", verbs::consume(&group))];
    view("consume", &["topic", "group"], verbs::consume(&base), more)
}

fn streams() -> RoleView {
    let base =
        verbs::Streams { application_ids: named("<application-id>"), ..verbs::Streams::default() };
    let input = verbs::Streams { input: one("<input>"), ..verbs::Streams::default() };
    let output = verbs::Streams { output: one("<output>"), ..verbs::Streams::default() };
    view(
        "streams",
        &["application-id", "input", "output", "exactly-once"],
        verbs::streams(&base),
        vec![
            ("input", verbs::streams(&input)),
            ("output", verbs::streams(&output)),
            ("exactly-once: true", verbs::streams(&verbs::Streams { exactly_once: true, ..base })),
        ],
    )
}

fn worker() -> RoleView {
    let topics = [one("<config-topic>"), one("<offset-topic>"), one("<status-topic>")].concat();
    let base = verbs::Worker { groups: named("<group>"), topics, ..verbs::Worker::default() };
    let eos = verbs::Worker { exactly_once: true, ..base.clone() };
    view(
        "connect worker",
        &["group", "config-topic", "offset-topic", "status-topic", "create", "exactly-once"],
        verbs::worker(&base),
        vec![
            ("create: true", verbs::worker(&verbs::Worker { create: true, ..base })),
            ("exactly-once: true", verbs::worker(&eos)),
            (
                "exactly-once: true, for each source here",
                verbs::worker(&verbs::Worker { sources: named("<name>"), ..eos }),
            ),
        ],
    )
}

fn source() -> RoleView {
    let base = verbs::Source {
        names: named("<name>"),
        topics: one("<topic>"),
        ..verbs::Source::default()
    };
    let eos = verbs::Source {
        exactly_once: true,
        worker_groups: named("<worker-group>"),
        offset_topics: one("<offset-topic>"),
        ..base.clone()
    };
    view(
        "connect source",
        &["name", "type", "topic", "create", "exactly-once", "worker-group", "offset-topic"],
        verbs::source(&base),
        vec![
            ("create: true", verbs::source(&verbs::Source { create: true, ..base })),
            ("exactly-once: true", verbs::source(&eos)),
        ],
    )
}

fn sink() -> RoleView {
    let base =
        verbs::Sink { names: named("<name>"), topics: one("<topic>"), ..verbs::Sink::default() };
    let dlq = verbs::Sink { dlq_topics: one("<dlq-topic>"), ..base.clone() };
    view(
        "connect sink",
        &["name", "type", "topic", "group", "dlq-topic", "create"],
        verbs::sink(&base),
        vec![
            ("dlq-topic", verbs::sink(&dlq)),
            ("create: true", verbs::sink(&verbs::Sink { create: true, ..dlq })),
        ],
    )
}
