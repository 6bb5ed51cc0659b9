//! What kward decides without a broker, measured inside one process.
//!
//!     cargo bench --bench offline             every figure, over 100,000 bindings
//!     … -- SNAPSHOT                           the same over a saved list
//!     … -- read SNAPSHOT                      reads the list and ends: what `acl can` is compared with
//!     … -- moves [PARTITIONS]                 plans of `reassign`, over 100,000 partitions by default

#![allow(clippy::disallowed_methods, reason = "a program of its own")]

#[allow(dead_code, reason = "each program uses a part of it")]
mod bindings;

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use bindings::{Application, EACH, applications};
use kward::acl::access::difference;
use kward::acl::authorizer::{Assumptions, Authorizer, Request, reference};
use kward::commands::acl::Live;
use kward::model::{
    Binding, Host, Operation, PatternType, PermissionType, ResourceType, TopicPartition,
};
use kward::topic::reassign::{Goal, Placement, Site, plan};

const COUNT: usize = 100_000;
const QUESTIONS: usize = 100_000;
const ROUNDS: usize = 9;

fn main() {
    // `cargo bench` adds a flag of its own.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["read", snapshot] => drop(black_box(read(snapshot))),
        ["moves"] => moves(COUNT),
        ["moves", count] => moves(count.parse().expect("a number of partitions")),
        [snapshot] => {
            measure("read the list", || read(snapshot));
            decide(&read(snapshot));
        }
        _ => {
            let all = applications(COUNT).flat_map(Application::bindings).map(model);
            decide(&all.collect::<Vec<_>>());
            moves(COUNT);
        }
    }
}

/// Plans over partitions with three replicas on 30 brokers in three racks, beside which are three new
/// ones: many small topics, and a single one.
fn moves(partitions: usize) {
    const BROKERS: usize = 30;
    let id = |number: usize| i32::try_from(number).expect("a small number");
    let site = |number: usize| Site {
        id: id(number),
        rack: Some(format!("rack-{}", number % 3)),
        alive: true,
    };
    let sites: Vec<Site> = (0..BROKERS + 3).map(site).collect();
    for (what, of_topic) in [("topics of 10", 10), ("one topic", partitions)] {
        let placement = |at: usize| {
            // Neighbours in three racks, and more of them on some brokers than on others.
            let first = at * at % 7919 % BROKERS;
            let replicas: Vec<i32> = (0..3).map(|more| id((first + more) % BROKERS)).collect();
            Placement {
                partition: TopicPartition::new(
                    format!("topic-{:06}", at / of_topic),
                    id(at % of_topic),
                ),
                in_sync: replicas.clone(),
                replicas,
                bytes: Some((at as u64 * 7919) % 1_000_003),
                movable: true,
                resizable: true,
            }
        };
        let placements: Vec<Placement> = (0..partitions).map(placement).collect();
        let drain = Goal { drain: [3].into(), ..Goal::default() };
        let even = Goal { even: true, ..Goal::default() };
        let fewer = Goal { replication_factor: Some(2), ..Goal::default() };
        for (goal, wanted) in
            [("drain a broker", drain), ("spread evenly", even), ("one replica less", fewer)]
        {
            measure_rounds(
                3,
                &format!("plan to {goal}, {partitions} partitions in {what}"),
                || plan(&sites, &placements, &wanted).expect("a plan").len(),
            );
        }
    }
}

fn read(snapshot: &str) -> Vec<Binding> {
    Live::of_snapshot(Path::new(snapshot)).unwrap_or_else(|error| panic!("{error}")).bindings
}

fn model(binding: bindings::Binding) -> Binding {
    let code = |code: u8| i8::try_from(code).expect("a code of the protocol");
    Binding {
        resource_type: ResourceType::from_code(code(binding.resource_type)),
        resource_name: binding.resource_name.into(),
        pattern_type: PatternType::from_code(code(binding.pattern_type)),
        principal: binding.principal.into(),
        host: Host::any(),
        operation: Operation::from_code(code(binding.operation)),
        permission_type: PermissionType::from_code(code(binding.permission)),
    }
}

fn decide(bindings: &[Binding]) {
    let none = Assumptions::default();
    let of = bindings.len() / EACH;
    let middle = Application(of / 2);
    let (principal, topic) = (middle.principal(), middle.output());
    let question = |principal, name| Request {
        principal,
        host: None,
        operation: Operation::Write,
        resource_type: ResourceType::Topic,
        name,
    };
    let one = question(&principal, &topic);
    measure("answer one question", || reference::decide(bindings, &none, &one).allowed);
    measure("arrange the bindings", || Authorizer::new(bindings, &none));
    let authorizer = Authorizer::new(bindings, &none);
    let many: Vec<(String, String)> = (0..QUESTIONS)
        .map(|at| {
            (Application(at * 7919 % of).principal(), Application(at * 104_729 % of).output())
        })
        .collect();
    measure(&format!("answer {QUESTIONS} questions, bindings arranged"), || {
        many.iter().filter(|(who, what)| authorizer.decide(&question(who, what)).allowed).count()
    });
    measure("arrange the bindings and answer who can", || {
        let authorizer = Authorizer::new(bindings, &none);
        authorizer.who_can(Operation::Read, ResourceType::Topic, &topic).len()
    });
    // Two states of 10,000, half of each its own.
    let part = bindings.len().min(10_000);
    let quarter = part / 3;
    let (before, after) = (&bindings[..2 * quarter], &bindings[quarter..part]);
    measure(&format!("difference of access between two states of {}", before.len()), || {
        difference(before, after, &none).len()
    });
}

/// Prints the median time of `work`.
fn measure<T>(what: &str, work: impl Fn() -> T) {
    measure_rounds(ROUNDS, what, work);
}

fn measure_rounds<T>(rounds: usize, what: &str, work: impl Fn() -> T) {
    let mut times: Vec<f64> = (0..rounds)
        .map(|_| {
            let began = Instant::now();
            let result = black_box(work());
            let took = began.elapsed();
            drop(result);
            took.as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{:.3} ms\t{what}", times[rounds / 2]);
}
