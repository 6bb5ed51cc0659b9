//! What the verbs expand to, as data: the rules read it, `acl roles` prints it, `export`
//! recovers it.
//!
//! Each returns the grants of an ALLOW, in the order of the table in `docs/acl-files.md`;
//! nothing repeats unless the arguments do.

use crate::model::{Name, Operation, PatternType, ResourceType};

/// A name, or a prefix of names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    /// Which of the two.
    pub pattern_type: PatternType,
    /// The name or the prefix.
    pub name: Name,
}

impl Pattern {
    /// Exactly this name.
    pub fn literal(name: impl Into<Name>) -> Self {
        Self { pattern_type: PatternType::Literal, name: name.into() }
    }

    /// Every name that begins so.
    pub fn prefixed(prefix: impl Into<Name>) -> Self {
        Self { pattern_type: PatternType::Prefixed, name: prefix.into() }
    }
}

/// An operation on resources; who, from where and whether it is allowed is said elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant {
    /// Of which type.
    pub resource_type: ResourceType,
    /// Literal or prefixed.
    pub pattern_type: PatternType,
    /// The name or the prefix.
    pub name: Name,
    /// What.
    pub operation: Operation,
}

/// `produce`.
#[derive(Debug, Clone, Default)]
pub struct Produce {
    /// The topics written to.
    pub topics: Vec<Pattern>,
    /// For transactions.
    pub transactional_ids: Vec<Pattern>,
    /// The client may create the topics.
    pub create: bool,
    /// KIP-939, on the transactional ids.
    pub two_phase_commit: bool,
}

/// `consume`.
#[derive(Debug, Clone, Default)]
pub struct Consume {
    /// The topics read.
    pub topics: Vec<Pattern>,
    /// The groups; none for consumers without one.
    pub groups: Vec<Pattern>,
}

/// `streams`.
#[derive(Debug, Clone, Default)]
pub struct Streams {
    /// `application.id`.
    pub application_ids: Vec<Name>,
    /// The topics read.
    pub input: Vec<Pattern>,
    /// The topics written to.
    pub output: Vec<Pattern>,
    /// `processing.guarantee=exactly_once_v2`.
    pub exactly_once: bool,
}

/// `connect: worker`.
#[derive(Debug, Clone, Default)]
pub struct Worker {
    /// `group.id`.
    pub groups: Vec<Name>,
    /// `config.storage.topic`, `offset.storage.topic`, `status.storage.topic`.
    pub topics: Vec<Pattern>,
    /// The worker may create its topics.
    pub create: bool,
    /// `exactly.once.source.support`.
    pub exactly_once: bool,
    /// The names of the source connectors that the worker runs.
    pub sources: Vec<Name>,
}

/// A source connector.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// Its name.
    pub names: Vec<Name>,
    /// The topics written to.
    pub topics: Vec<Pattern>,
    /// The connector may create the topics.
    pub create: bool,
    /// For exactly-once.
    pub exactly_once: bool,
    /// `group.id` of the workers; for exactly-once.
    pub worker_groups: Vec<Name>,
    /// Where offsets go; for exactly-once.
    pub offset_topics: Vec<Pattern>,
}

/// A sink connector.
#[derive(Debug, Clone, Default)]
pub struct Sink {
    /// Its name.
    pub names: Vec<Name>,
    /// The topics read.
    pub topics: Vec<Pattern>,
    /// The groups, where they are not `connect-<name>`.
    pub groups: Vec<Pattern>,
    /// The topics for what failed.
    pub dlq_topics: Vec<Pattern>,
    /// The connector may create those.
    pub create: bool,
}

struct Grants(Vec<Grant>);

impl Grants {
    fn on(&mut self, resource_type: ResourceType, patterns: &[Pattern], operations: &[Operation]) {
        for pattern in patterns {
            self.0.extend(operations.iter().map(|operation| Grant {
                resource_type,
                pattern_type: pattern.pattern_type,
                name: pattern.name.clone(),
                operation: *operation,
            }));
        }
    }

    /// The same with CREATE where it is wanted.
    fn topics(&mut self, patterns: &[Pattern], operations: &[Operation], create: bool) {
        for pattern in patterns {
            let pattern = std::slice::from_ref(pattern);
            self.on(ResourceType::Topic, pattern, operations);
            if create {
                self.on(ResourceType::Topic, pattern, &[Operation::Create]);
            }
        }
    }
}

const WRITES: &[Operation] = &[Operation::Write, Operation::Describe];
const READS: &[Operation] = &[Operation::Read, Operation::Describe];
const READS_AND_WRITES: &[Operation] = &[Operation::Read, Operation::Write, Operation::Describe];

/// What a producer needs.
pub fn produce(args: &Produce) -> Vec<Grant> {
    let mut out = Grants(Vec::new());
    out.topics(&args.topics, WRITES, args.create);
    for id in &args.transactional_ids {
        let id = std::slice::from_ref(id);
        out.on(ResourceType::TransactionalId, id, WRITES);
        if args.two_phase_commit {
            out.on(ResourceType::TransactionalId, id, &[Operation::TwoPhaseCommit]);
        }
    }
    out.0
}

/// What a consumer needs, of the classic, the KIP-848 and the share protocol.
pub fn consume(args: &Consume) -> Vec<Grant> {
    let mut out = Grants(Vec::new());
    out.topics(&args.topics, READS, false);
    out.on(ResourceType::Group, &args.groups, &[Operation::Read]);
    out.0
}

/// What a Kafka Streams application needs, KIP-1071 included.
pub fn streams(args: &Streams) -> Vec<Grant> {
    let mut out = Grants(Vec::new());
    out.topics(&args.input, READS, false);
    out.topics(&args.output, WRITES, false);
    for id in &args.application_ids {
        let internal = [Pattern::prefixed(format!("{id}-"))];
        let operations = [
            Operation::Read,
            Operation::Write,
            Operation::Create,
            Operation::Delete,
            Operation::Describe,
        ];
        out.topics(&internal, &operations, false);
        out.on(ResourceType::Group, &[Pattern::literal(id.clone())], READS);
        if args.exactly_once {
            out.on(ResourceType::TransactionalId, &internal, WRITES);
        }
    }
    out.0
}

/// What a Connect worker needs.
pub fn worker(args: &Worker) -> Vec<Grant> {
    let mut out = Grants(Vec::new());
    for group in &args.groups {
        out.on(ResourceType::Group, &[Pattern::literal(group.clone())], READS);
    }
    out.topics(&args.topics, READS_AND_WRITES, args.create);
    for group in args.groups.iter().filter(|_| args.exactly_once) {
        let leader = Pattern::literal(format!("connect-cluster-{group}"));
        out.on(ResourceType::TransactionalId, &[leader], WRITES);
        for name in &args.sources {
            out.on(ResourceType::TransactionalId, &[tasks(group, name)], WRITES);
        }
    }
    out.0
}

/// The transactional ids of the tasks of a source connector.
fn tasks(group: &Name, connector: &Name) -> Pattern {
    Pattern::prefixed(format!("{group}-{connector}-"))
}

/// What a source connector needs.
pub fn source(args: &Source) -> Vec<Grant> {
    let mut out = Grants(Vec::new());
    out.topics(&args.topics, WRITES, args.create);
    if args.exactly_once {
        for group in &args.worker_groups {
            for name in &args.names {
                out.on(ResourceType::TransactionalId, &[tasks(group, name)], WRITES);
            }
        }
        out.topics(&args.offset_topics, READS_AND_WRITES, false);
    }
    out.0
}

/// What a sink connector needs.
pub fn sink(args: &Sink) -> Vec<Grant> {
    let mut out = Grants(Vec::new());
    out.topics(&args.topics, READS, false);
    if args.groups.is_empty() {
        for name in &args.names {
            let group = Pattern::literal(format!("connect-{name}"));
            out.on(ResourceType::Group, &[group], &[Operation::Read]);
        }
    } else {
        out.on(ResourceType::Group, &args.groups, &[Operation::Read]);
    }
    out.topics(&args.dlq_topics, WRITES, args.create);
    out.0
}
