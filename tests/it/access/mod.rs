//! Answers about access against what a broker does: real users connect, ask which operations they are
//! authorized to, and try each of them.

mod attempts;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use kafka_protocol::messages::create_acls_request::AclCreation;
use kafka_protocol::messages::delete_acls_request::DeleteAclsFilter;
use kafka_protocol::messages::{
    CreateAclsRequest, CreateAclsResponse, DeleteAclsRequest, DeleteAclsResponse,
};

use kward::model::{Binding, Operation, PatternType, ResourceType};

use crate::support::bindings::{Bindings, binding, of_json};
use crate::support::broker::{Broker, Options, versions};
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::wire::{Wire, text};
use crate::support::{Random, eventually};

use attempts::Attempts;

const USERS: [&str; 3] = ["alice", "bob", "ana"];
const TOPICS: [&str; 3] = ["sales", "sales.eu", "stock"];
const GROUPS: [&str; 2] = ["sales", "team"];
const TRANSACTIONS: [&str; 2] = ["sales", "pay"];
const ROUNDS: usize = 10;
/// Any that the tests' users come from, and one that they do not.
const HOSTS: [&str; 5] = ["*", "*", "127.0.0.1", "127.0.0.1", "10.0.0.1"];

/// An operation on a resource: `READ topic:sales`.
type Question = (Operation, ResourceType, &'static str);

/// The answers of a user's questions.
type Answers = BTreeMap<Question, bool>;

#[test]
fn users_can_what_the_answers_say() {
    for version in versions() {
        let broker = Broker::own(&Options { version: Some(version), ..Options::default() });
        let sandbox = Sandbox::new();
        for topic in TOPICS {
            broker.create_topic(topic);
        }
        let mut random = Random::new(0x51ed_270b_cafe_f00d);
        let mut admin = Wire::of_user(&broker, "admin");
        let (mut asked, mut allowed) = (0, 0);
        for _ in 0..ROUNDS {
            let set = random_set(&mut random, broker.is_at_least("4.4"));
            replace_acls(&mut admin, &broker, &sandbox, &set);
            for user in USERS {
                let mut attempts = Attempts::new(&broker, user);
                let told = attempts.authorized_operations();
                let tried = attempts.all();
                let expected = answers(&sandbox, &broker, user, told.keys().chain(tried.keys()));
                for (question, happened) in told.iter().chain(&tried) {
                    assert_eq!(
                        *happened,
                        expected[question],
                        "Kafka {}, {user}, {question:?} with {set:#?}",
                        broker.version()
                    );
                    asked += 1;
                    allowed += usize::from(*happened);
                }
            }
        }
        assert!(
            asked > 1000 && allowed * 10 > asked && allowed * 10 < asked * 9,
            "{allowed}/{asked}"
        );
    }
}

/// What `kward acl can` says of all these questions, in one run.
fn answers<'q>(
    sandbox: &Sandbox,
    broker: &Broker,
    user: &str,
    questions: impl Iterator<Item = &'q Question>,
) -> Answers {
    let questions: Vec<Question> =
        questions.copied().collect::<BTreeSet<_>>().into_iter().collect();
    let mut lines = String::new();
    for (operation, resource_type, name) in &questions {
        let resource = match resource_type {
            ResourceType::Cluster => "cluster".to_owned(),
            other => format!("{}:{name}", other.lower().expect("a known type")),
        };
        let operation = operation.lower().expect("a known operation");
        let _ = writeln!(lines, "User:{user} {operation} {resource} 127.0.0.1");
    }
    let line = ["acl", "can", "-o", "json"];
    let mut command = sandbox.kward_on(broker, "admin", line);
    command.write_stdin(lines);
    let run = Run::of(&mut command);
    assert!([0, 3].contains(&run.status), "{run}");
    let document = run.json();
    let items = document["items"].as_array().expect("the answers");
    assert_eq!(items.len(), questions.len(), "{run}");
    let allowed = items.iter().map(|item| item["allowed"].as_bool().expect("yes or no"));
    questions.into_iter().zip(allowed).collect()
}

/// Bindings that meet often: of the same few users and names, with prefixes, `*` and denials.
fn random_set(random: &mut Random, new: bool) -> Bindings {
    let count = 4 + random.below(36);
    (0..count).map(|_| random_binding(random, new)).collect()
}

fn random_binding(random: &mut Random, new: bool) -> Binding {
    let principal = if random.below(4) == 0 { "*" } else { *random.of(&USERS) };
    let permission = if random.below(4) == 0 { "deny" } else { "allow" };
    let (kind, names): (_, &[&'static str]) = match random.below(10) {
        0..5 => (ResourceType::Topic, &TOPICS),
        5..7 => (ResourceType::Group, &GROUPS),
        7 => (ResourceType::TransactionalId, &TRANSACTIONS),
        _ => (ResourceType::Cluster, &["kafka-cluster"]),
    };
    // Of 4.x, as ranges are.
    let known = |operation: &Operation| new || *operation != Operation::TwoPhaseCommit;
    let operations: Vec<Operation> = kind.operations().iter().copied().filter(known).collect();
    let operation = *random.of(&operations);
    let name = random.of(names);
    let resource_name = match random.below(5) {
        _ if kind == ResourceType::Cluster => (*name).to_owned(),
        0 => "*".to_owned(),
        1 | 2 => name[..=random.below(name.len())].to_owned(),
        _ => (*name).to_owned(),
    };
    let prefixed = resource_name != "*" && random.below(2) == 0 && kind != ResourceType::Cluster;
    let host = if new && random.below(6) == 0 { "127.0.0.0/8" } else { *random.of(&HOSTS) };
    Binding {
        resource_name: resource_name.as_str().into(),
        pattern_type: if prefixed { PatternType::Prefixed } else { PatternType::Literal },
        host: host.into(),
        resource_type: kind,
        operation,
        ..binding(&format!("User:{principal} {permission} read topic:x"))
    }
}

/// Puts these bindings in the place of all that are there, and waits until the broker decides by them.
fn replace_acls(admin: &mut Wire, broker: &Broker, sandbox: &Sandbox, set: &Bindings) {
    // Every field's code for any.
    let all = DeleteAclsFilter::default()
        .with_resource_type_filter(1)
        .with_resource_name_filter(None)
        .with_principal_filter(None)
        .with_host_filter(None)
        .with_pattern_type_filter(1)
        .with_operation(1)
        .with_permission_type(1);
    let clear = DeleteAclsRequest::default().with_filters(vec![all]);
    let answer: DeleteAclsResponse = admin.ask(31, 3, &clear);
    assert_eq!(answer.filter_results[0].error_code, 0);
    let creations = set.iter().map(|binding| {
        AclCreation::default()
            .with_resource_type(binding.resource_type.code())
            .with_resource_name(text(&binding.resource_name))
            .with_resource_pattern_type(binding.pattern_type.code())
            .with_principal(text(&binding.principal))
            .with_host(text(&binding.host))
            .with_operation(binding.operation.code())
            .with_permission_type(binding.permission_type.code())
    });
    let create = CreateAclsRequest::default().with_creations(creations.collect());
    let answer: CreateAclsResponse = admin.ask(30, 3, &create);
    assert!(answer.results.iter().all(|result| result.error_code == 0), "{answer:?}");
    eventually("the broker knows the ACLs", || {
        let run = Run::of(&mut sandbox.kward_on(broker, "admin", ["acl", "list", "-o", "json"]));
        of_json(&run.json()["items"]) == *set
    });
}
