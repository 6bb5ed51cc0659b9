//! From what a principal may do to how a person would have said it.
//!
//! A verb is used only where everything that it expands to is there; what the verbs leave over
//! becomes entries of `allow`. So the result expands to exactly what it was made of.

use std::collections::{BTreeMap, BTreeSet};

use super::write::{group, pattern};
use crate::acl::file::verbs::{self, Grant, Pattern};
use crate::model::{Operation, PatternType, ResourceType};
use crate::yaml::write::{Value, text};

type Pairs = Vec<(&'static str, Value)>;

/// The grants of an ALLOW of one principal from one host.
pub(super) struct Allowed {
    all: BTreeSet<Grant>,
    left: BTreeSet<Grant>,
}

impl Allowed {
    pub fn new(grants: BTreeSet<Grant>) -> Self {
        Self { left: grants.clone(), all: grants }
    }

    /// The keys of a rule that expand to exactly the grants.
    pub fn body(mut self) -> Pairs {
        let mut out = Pairs::new();
        out.extend(self.connect().map(|value| ("connect", value)));
        out.extend(self.streams().map(|value| ("streams", value)));
        out.extend(self.produce().map(|value| ("produce", value)));
        out.extend(self.consume().map(|value| ("consume", value)));
        out.extend(entries(&self.left).map(|value| ("allow", value)));
        out
    }

    /// Takes what a verb expands to, if all of it is there and some of it is not yet said.
    fn take(&mut self, grants: &[Grant]) -> bool {
        let found = grants.iter().all(|grant| self.all.contains(grant))
            && grants.iter().any(|grant| self.left.contains(grant));
        if found {
            for grant in grants {
                self.left.remove(grant);
            }
        }
        found
    }

    /// The patterns of a type, not all said yet, that have all of `operations`.
    fn with(&self, resource_type: ResourceType, operations: &[Operation]) -> Vec<Pattern> {
        let mut out: Vec<Pattern> = Vec::new();
        for grant in self.left.iter().filter(|grant| grant.resource_type == resource_type) {
            if !operations.contains(&grant.operation) {
                continue;
            }
            let pattern = Pattern { pattern_type: grant.pattern_type, name: grant.name.clone() };
            if out.last() != Some(&pattern)
                && operations.iter().all(|o| self.has(resource_type, &pattern, *o))
            {
                out.push(pattern);
            }
        }
        sort(&mut out);
        out.dedup();
        out
    }

    fn has(&self, resource_type: ResourceType, pattern: &Pattern, operation: Operation) -> bool {
        self.all.contains(&Grant {
            resource_type,
            pattern_type: pattern.pattern_type,
            name: pattern.name.clone(),
            operation,
        })
    }

    /// A worker: one group, and three topics that say by their names which is which.
    fn connect(&mut self) -> Option<Value> {
        const TOPIC: &[Operation] = &[Operation::Read, Operation::Write, Operation::Describe];
        let topics: Vec<Pattern> = self
            .with(ResourceType::Topic, TOPIC)
            .into_iter()
            .filter(|topic| topic.pattern_type == PatternType::Literal)
            .collect();
        let only = |word: &str| {
            let mut found = topics.iter().filter(|topic| topic.name.contains(word));
            found.next().filter(|_| found.next().is_none()).cloned()
        };
        let topics = [only("config")?, only("offset")?, only("status")?];
        if topics[0] == topics[1] || topics[1] == topics[2] || topics[0] == topics[2] {
            return None;
        }
        let mut groups = self.with(ResourceType::Group, &[Operation::Read, Operation::Describe]);
        groups.retain(is_exact);
        let [group] = &*groups else { return None };
        let creates =
            topics.iter().filter(|topic| self.has(ResourceType::Topic, topic, Operation::Create));
        let create = match creates.count() {
            0 => false,
            3 => true,
            _ => return None,
        };
        let mut worker = verbs::Worker {
            groups: vec![group.name.clone()],
            topics: topics.to_vec(),
            create,
            exactly_once: true,
            sources: Vec::new(),
        };
        if !self.take(&verbs::worker(&worker)) {
            worker.exactly_once = false;
            if !self.take(&verbs::worker(&worker)) {
                return None;
            }
        }
        let [config, offset, status] = &topics;
        let mut pairs: Pairs = vec![
            ("group", text(&group.name)),
            ("config-topic", shown(config)),
            ("offset-topic", shown(offset)),
            ("status-topic", shown(status)),
        ];
        flag(&mut pairs, "create", worker.create);
        flag(&mut pairs, "exactly-once", worker.exactly_once);
        Some(Value::Map(vec![("worker", Value::Map(pairs))]))
    }

    /// One application; several would share topics in ways that nobody could tell apart.
    fn streams(&mut self) -> Option<Value> {
        let mut applications =
            self.with(ResourceType::Group, &[Operation::Read, Operation::Describe]);
        applications.retain(|group| {
            let id = verbs::Streams {
                application_ids: vec![group.name.clone()],
                ..verbs::Streams::default()
            };
            is_exact(group) && verbs::streams(&id).iter().all(|grant| self.all.contains(grant))
        });
        let [application] = &*applications else { return None };
        let id = application.name.clone();
        let mut streams = verbs::Streams {
            application_ids: vec![id.clone()],
            exactly_once: true,
            ..verbs::Streams::default()
        };
        if !self.take(&verbs::streams(&streams)) {
            streams.exactly_once = false;
            if !self.take(&verbs::streams(&streams)) {
                return None;
            }
        }
        let mut pairs: Pairs = vec![("application-id", text(&id))];
        // Topics belong to the application as long as nothing else could have asked for them.
        let other_groups = self.left.iter().any(|grant| grant.resource_type == ResourceType::Group);
        let other_ids =
            self.left.iter().any(|grant| grant.resource_type == ResourceType::TransactionalId);
        if !other_groups {
            streams.input = self.with(ResourceType::Topic, &[Operation::Read, Operation::Describe]);
            flagless(&mut pairs, "input", &streams.input);
        }
        if !other_ids {
            let mut output =
                self.with(ResourceType::Topic, &[Operation::Write, Operation::Describe]);
            output.retain(|topic| !self.has(ResourceType::Topic, topic, Operation::Create));
            streams.output = output;
            flagless(&mut pairs, "output", &streams.output);
        }
        self.take(&verbs::streams(&streams));
        flag(&mut pairs, "exactly-once", streams.exactly_once);
        Some(Value::Map(pairs))
    }

    fn produce(&mut self) -> Option<Value> {
        const WRITES: &[Operation] = &[Operation::Write, Operation::Describe];
        let topics = self.with(ResourceType::Topic, &[Operation::Write]);
        let topics =
            topics.into_iter().filter(|t| self.has(ResourceType::Topic, t, Operation::Describe));
        let (creating, plain): (Vec<_>, Vec<_>) =
            topics.partition(|topic| self.has(ResourceType::Topic, topic, Operation::Create));
        let ids = self.with(ResourceType::TransactionalId, WRITES);
        let (two_phase, one_phase): (Vec<_>, Vec<_>) = ids
            .into_iter()
            .partition(|id| self.has(ResourceType::TransactionalId, id, Operation::TwoPhaseCommit));
        let mut ids =
            [(one_phase, false), (two_phase, true)].into_iter().filter(|(ids, _)| !ids.is_empty());
        let mut out = Vec::new();
        for (topics, create) in [(plain, false), (creating, true)] {
            if topics.is_empty() {
                continue;
            }
            let (transactional_ids, two_phase_commit) = ids.next().unwrap_or_default();
            let args = verbs::Produce { topics, transactional_ids, create, two_phase_commit };
            if self.take(&verbs::produce(&args)) {
                out.push(produce_value(&args));
            }
        }
        (!out.is_empty()).then(|| Value::one_or_list(out))
    }

    fn consume(&mut self) -> Option<Value> {
        let mut topics = self.with(ResourceType::Topic, &[Operation::Read]);
        topics.retain(|topic| self.has(ResourceType::Topic, topic, Operation::Describe));
        if topics.is_empty() {
            return None;
        }
        let groups = self.with(ResourceType::Group, &[Operation::Read]);
        let args = verbs::Consume { topics, groups };
        if !self.take(&verbs::consume(&args)) {
            return None;
        }
        let groups: Vec<Value> =
            args.groups.iter().map(|g| group(g.pattern_type, &g.name)).collect();
        let group = if groups.is_empty() {
            Value::Word("none".to_owned())
        } else {
            Value::one_or_list(groups)
        };
        Some(Value::Map(vec![("topic", list(&args.topics)), ("group", group)]))
    }
}

fn produce_value(args: &verbs::Produce) -> Value {
    if args.transactional_ids.is_empty() && !args.create {
        return list(&args.topics);
    }
    let mut pairs: Pairs = vec![("topic", list(&args.topics))];
    flagless(&mut pairs, "transactional-id", &args.transactional_ids);
    flag(&mut pairs, "create", args.create);
    flag(&mut pairs, "two-phase-commit", args.two_phase_commit);
    Value::Map(pairs)
}

/// Whether it is a name that a verb can be given where it wants a name.
fn is_exact(pattern: &Pattern) -> bool {
    pattern.pattern_type == PatternType::Literal && !pattern.name.contains('*')
}

fn flag(pairs: &mut Pairs, key: &'static str, value: bool) {
    if value {
        pairs.push((key, Value::yes()));
    }
}

fn flagless(pairs: &mut Pairs, key: &'static str, patterns: &[Pattern]) {
    if !patterns.is_empty() {
        pairs.push((key, list(patterns)));
    }
}

/// By name, whatever the type.
fn sort(patterns: &mut [Pattern]) {
    patterns.sort_by(|a, b| a.name.cmp(&b.name).then(a.pattern_type.cmp(&b.pattern_type)));
}

fn shown(of: &Pattern) -> Value {
    pattern(of.pattern_type, &of.name)
}

fn list(patterns: &[Pattern]) -> Value {
    Value::one_or_list(patterns.iter().map(shown).collect())
}

/// Entries of `allow` or `deny`: resources of a type that have the same operations share one.
pub(super) fn entries<'g>(grants: impl IntoIterator<Item = &'g Grant>) -> Option<Value> {
    let mut operations: BTreeMap<(ResourceType, Pattern), BTreeSet<Operation>> = BTreeMap::new();
    for grant in grants {
        let pattern = Pattern { pattern_type: grant.pattern_type, name: grant.name.clone() };
        operations.entry((grant.resource_type, pattern)).or_default().insert(grant.operation);
    }
    let mut merged: BTreeMap<(ResourceType, BTreeSet<Operation>), Vec<Pattern>> = BTreeMap::new();
    for ((resource_type, pattern), mut operations) in operations {
        // `all` never stands in a list.
        if operations.remove(&Operation::All) {
            let all = BTreeSet::from([Operation::All]);
            merged.entry((resource_type, all)).or_default().push(pattern.clone());
        }
        if !operations.is_empty() {
            merged.entry((resource_type, operations)).or_default().push(pattern);
        }
    }
    let entries: Vec<Value> = merged
        .into_iter()
        .filter_map(|((resource_type, operations), mut patterns)| {
            sort(&mut patterns);
            let resources = match resource_type {
                ResourceType::Cluster => Value::yes(),
                _ => list(&patterns),
            };
            let word = |operation: &Operation| Some(Value::Word(operation.lower()?.to_owned()));
            let operations = operations.iter().filter_map(word).collect();
            Some(Value::Map(vec![
                (resource_type.lower()?, resources),
                ("operation", Value::one_or_list(operations)),
            ]))
        })
        .collect();
    (!entries.is_empty()).then(|| Value::one_or_list(entries))
}
