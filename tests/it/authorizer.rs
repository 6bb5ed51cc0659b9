//! kward's authorizer against Kafka's own classes, on random bindings that collide as often as
//! possible. Nothing runs but a JVM with the jars of each version; see `dev/authorizer-differ`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use kward::acl::authorizer::{Assumptions, Authorizer, Request, reference};
use kward::acl::explain::parse_log_line;
use kward::model::{
    Binding, Host, Operation, PatternType, PermissionType, Principal, ResourceType,
};

use crate::support::Random;
use crate::support::broker::versions;

/// For each version; every second set has no requests by type.
const SETS: usize = 1000;
const REQUESTS: usize = 260;

#[test]
fn kafka_decides_the_same() {
    for version in versions() {
        let mut kafka = Kafka::start(&version);
        let mut random = Random::new(0x9e37_79b9_7f4a_7c15);
        let (mut asked, mut allowed) = (0, 0);
        for _ in 0..SETS {
            let set = Set::random(&mut random, &kafka);
            kafka.load(&set);
            let questions: Vec<Question> =
                (0..REQUESTS).map(|_| Question::random(&mut random, &set, &kafka)).collect();
            let answers = kafka.ask(&questions);
            let index = Authorizer::new(&set.bindings, &set.assumptions);
            for (question, kafka) in questions.iter().zip(answers) {
                let kward = question.answer(&set, &index);
                assert_eq!(kward, kafka, "on {version}, {question:?} with {set:#?}");
                asked += 1;
                allowed += usize::from(kafka);
            }
        }
        // A comparison in which nearly everything is denied would show little.
        assert!(
            asked >= 200_000 && allowed * 5 > asked && allowed * 5 < asked * 4,
            "{allowed}/{asked}"
        );
        println!("Kafka {version}: {asked} requests, {allowed} of them allowed, no difference");
    }
}

#[test]
fn hosts_in_odd_spellings_match_as_in_kafka() {
    const HOSTS: &[&str] = &[
        "*",
        "",
        "db.acme",
        "10.0.0.1",
        "10.0.0.01",
        "::1",
        "0:0:0:0:0:0:0:1",
        "0:0:0:0:0:0:0:01",
        "10.0.0.0/8",
        "10.0.0.5/8",
        "010.0.0.0/8",
        "10.0.0.0/08",
        "10.0.0.0/008",
        "10.0.0.0/33",
        "10.0.0.0/+8",
        "10.0.0/8",
        "10.0.0.0/8/8",
        "/8",
        "300.0.0.0/0",
        "0.0.0.0/0",
        "10.0.0.0/31",
        "10.0.0.1/32",
        " 10.0.0.0/8",
        "10.0.0.0/8 ",
        "10.0.0.0/255.0.0.0",
        "::/0",
        "::1/128",
        "::/000",
        "::/+0",
        "::/-0",
        "::/ 0",
        "::/129",
        "::/-1",
        "00001::/0",
        "::01.2.3.4/0",
        "::1.2.3/0",
        "1::2::3/0",
        "1:2:3:4:5:6:7::/0",
        "1:2:3:4:5:6:7:8:9/0",
        "::ffff:10.0.0.0/8",
        "::ffff:10.0.0.0/104",
        "::ffff:0:0/8",
        "[2001:0db8::]/032",
        "2001:db8::%1/32",
        "2001:db8::5/32",
        "2001:DB8::/32",
        "localhost:/8",
        ":/0",
        "fe80::/10",
        "2001:db8:1/32",
    ];
    const CLIENTS: &[&str] =
        &["10.0.0.1", "10.0.0.0", "11.0.0.1", "127.0.0.1", "::1", "2001:db8::1", "fe80::1"];
    for version in versions() {
        let mut kafka = Kafka::start(&version);
        for host in HOSTS {
            let set = Set {
                bindings: vec![Binding {
                    resource_type: ResourceType::Topic,
                    resource_name: "t".into(),
                    pattern_type: PatternType::Literal,
                    principal: "User:a".into(),
                    host: (*host).into(),
                    operation: Operation::Read,
                    permission_type: PermissionType::Allow,
                }],
                assumptions: Assumptions { cidr: kafka.cidr, ..Assumptions::default() },
            };
            kafka.load(&set);
            let questions: Vec<Question> = CLIENTS
                .iter()
                .map(|client| Question {
                    principal: "User:a".to_owned(),
                    client: Host::of_address(client.parse().unwrap()).to_string(),
                    operation: Operation::Read,
                    resource_type: ResourceType::Topic,
                    name: Some("t".to_owned()),
                })
                .collect();
            let answers = kafka.ask(&questions);
            let index = Authorizer::new(&set.bindings, &set.assumptions);
            for (question, kafka) in questions.iter().zip(answers) {
                let kward = question.answer(&set, &index);
                assert_eq!(kward, kafka, "on {version}, {} from host `{host}`", question.client);
            }
        }
    }
}

#[test]
fn the_authorizers_log_is_read_back_as_the_question() {
    for version in versions() {
        let mut kafka = Kafka::start(&version);
        let mut random = Random::new(7);
        for _ in 0..40 {
            let set = Set::random(&mut random, &kafka);
            kafka.load(&set);
            for _ in 0..25 {
                let question = Question::random(&mut random, &set, &kafka);
                let super_user = set.assumptions.is_super_user(&question.principal);
                let Some(request) = question.request().filter(|_| !super_user) else { continue };
                let line = kafka.audit(&question);
                let entry = parse_log_line(&line).unwrap_or_else(|| panic!("not read: {line}"));
                assert_eq!(entry.question(), request, "{line}");
                let decision = reference::authorize(&set.bindings, &set.assumptions, &request);
                assert_eq!(entry.allowed, decision.allowed, "{line}");
            }
        }
    }
}

/// One authorizer: its bindings and its settings.
#[derive(Debug)]
struct Set {
    bindings: Vec<Binding>,
    assumptions: Assumptions,
}

/// A question of Kafka's; without a name it is `authorizeByResourceType`.
#[derive(Debug)]
struct Question {
    principal: String,
    client: String,
    operation: Operation,
    resource_type: ResourceType,
    name: Option<String>,
}

const PRINCIPALS: &[&str] =
    &["User:a", "User:b", "User:A", "User:a:b", "User:", "Group:a", "User:CN=a,O=b"];
/// As bindings name them besides; nobody logs in as these.
const ODD_PRINCIPALS: &[&str] = &["User:*", "User:*", "User:*", "Group:*", "User:a*", "user:a"];
const CLIENTS: &[&str] = &[
    "10.0.0.1",
    "10.0.0.2",
    "10.0.1.1",
    "10.9.9.9",
    "192.168.0.1",
    "::1",
    "2001:db8::1",
    "2001:db8:1::1",
];
const HOSTS: &[&str] = &[
    "10.0.0.1",
    "10.0.0.2",
    "::1",
    "0:0:0:0:0:0:0:1",
    "2001:db8:0:0:0:0:0:1",
    "2001:db8::1",
    "db",
    "10.0.0.0/8",
    "10.0.0.0/24",
    "10.0.0.7/24",
    "10.0.0.1/32",
    "10.0.0.0/31",
    "0.0.0.0/0",
    "::/0",
    "2001:db8::/32",
    "2001:db8::/48",
    "::1/128",
    "10.0.0.0/33",
];
const TYPES: &[ResourceType] = ResourceType::ALL;

impl Set {
    fn random(random: &mut Random, kafka: &Kafka) -> Self {
        let size = random.below(45);
        Self {
            // Kafka knows no binding twice.
            bindings: (0..size)
                .map(|_| binding(random, kafka))
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
            assumptions: Assumptions {
                super_users: if random.below(8) == 0 { vec!["User:b".into()] } else { Vec::new() },
                allow_everyone_if_no_acl_found: random.below(3) == 0,
                cidr: kafka.cidr,
            },
        }
    }
}

fn binding(random: &mut Random, kafka: &Kafka) -> Binding {
    let principals = if random.below(3) == 0 { ODD_PRINCIPALS } else { PRINCIPALS };
    let resource_type = random.kind();
    Binding {
        resource_type,
        resource_name: random.name(resource_type).as_str().into(),
        pattern_type: if random.below(2) == 0 {
            PatternType::Literal
        } else {
            PatternType::Prefixed
        },
        principal: (*random.of(principals)).into(),
        host: if random.below(2) == 0 { Host::any() } else { (*random.of(HOSTS)).into() },
        operation: kafka.operation(random, true),
        permission_type: if random.below(4) == 0 {
            PermissionType::Deny
        } else {
            PermissionType::Allow
        },
    }
}

impl Question {
    /// Often one that some binding speaks of.
    fn random(random: &mut Random, set: &Set, kafka: &Kafka) -> Self {
        let about = (!set.bindings.is_empty() && random.below(4) != 0)
            .then(|| random.of(&set.bindings).clone());
        let resource_type = about.as_ref().map_or_else(|| random.kind(), |b| b.resource_type);
        let named = about.as_ref().map(|b| b.principal.to_string());
        let principal = named.filter(|p| !p.ends_with('*')).filter(|_| random.below(4) != 0);
        let asked = about.as_ref().map(|b| b.operation).filter(|o| *o != Operation::All);
        let operation = asked
            .filter(|_| random.below(3) != 0)
            .unwrap_or_else(|| kafka.operation(random, false));
        let name = match &about {
            Some(b) if random.below(3) == 0 => {
                format!("{}{}", b.resource_name, random.of(SUFFIXES))
            }
            Some(b) if random.below(2) == 0 => b.resource_name.to_string(),
            _ => random.name(resource_type),
        };
        let by_type = random.below(10) == 0;
        Self {
            principal: principal.unwrap_or_else(|| (*random.of(PRINCIPALS)).to_owned()),
            client: Host::of_address(random.of(CLIENTS).parse().unwrap()).to_string(),
            operation: if by_type { Operation::Write } else { operation },
            resource_type: if by_type { ResourceType::Topic } else { resource_type },
            name: (!by_type).then_some(name),
        }
    }

    fn request(&self) -> Option<Request<'_>> {
        Some(Request {
            principal: &self.principal,
            host: Some(&self.client),
            operation: self.operation,
            resource_type: self.resource_type,
            name: self.name.as_deref()?,
        })
    }

    /// What kward says, by index and by specification.
    fn answer(&self, set: &Set, index: &Authorizer<'_>) -> bool {
        let (indexed, specified) = if let Some(request) = self.request() {
            let specified = reference::authorize(&set.bindings, &set.assumptions, &request);
            (index.authorize(&request), specified)
        } else {
            let (operation, resource_type) = (self.operation, self.resource_type);
            let (principal, host) = (self.principal.as_str(), Some(self.client.as_str()));
            let request = Request { principal, host, operation, resource_type, name: "" };
            let specified = reference::authorize_by_resource_type(
                &set.bindings,
                &set.assumptions,
                &request,
                operation,
                resource_type,
            );
            (index.authorize_any_topic(&request), specified)
        };
        assert_eq!(indexed, specified, "{self:?} with {set:#?}");
        indexed.allowed
    }

    fn line(&self, verb: &str) -> String {
        let Self { principal, client, operation, resource_type, name } = self;
        let name = name.as_ref().map_or_else(String::new, |name| format!("\t{name}"));
        format!("{verb}\t{principal}\t{client}\t{operation}\t{resource_type}{name}\n")
    }
}

/// A JVM with the classes of one version.
struct Kafka {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
    operations: Vec<Operation>,
    cidr: bool,
}

impl Kafka {
    fn start(version: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let jars = Command::new(root.join("dev/kafka-jars"))
            .arg(version)
            .stderr(Stdio::inherit())
            .output()
            .expect("dev/kafka-jars runs");
        assert!(jars.status.success(), "dev/kafka-jars {version} failed");
        let jars = String::from_utf8(jars.stdout).expect("a path");
        let mut child = Command::new("java")
            .arg("-cp")
            .arg(format!("{}/*", jars.trim_end()))
            .arg(root.join("dev/authorizer-differ/AuthorizerDiffer.java"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("java runs");
        let requests = child.stdin.take().expect("piped");
        let answers = BufReader::new(child.stdout.take().expect("piped"));
        let numbers: Vec<u32> = version.split('.').map(|n| n.parse().expect("a number")).collect();
        let cidr = numbers >= vec![4, 4];
        let mut kafka = Self { child, requests, answers, operations: Vec::new(), cidr };
        kafka.send("operations\n");
        let known = kafka.answer();
        kafka.operations = known.split(' ').filter_map(|word| word.parse().ok()).collect();
        assert!(kafka.operations.len() >= 13, "{known}");
        kafka
    }

    fn send(&mut self, lines: &str) {
        self.requests.write_all(lines.as_bytes()).expect("java reads");
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("java answers");
        assert!(line.ends_with('\n'), "java ended; its error is above");
        line.trim_end_matches(['\r', '\n']).to_owned()
    }

    fn load(&mut self, set: &Set) {
        let users: Vec<&str> = set.assumptions.super_users.iter().map(Principal::as_str).collect();
        let open = set.assumptions.allow_everyone_if_no_acl_found;
        let mut lines = format!("new\t{open}\t{}\n", users.join(";"));
        for b in &set.bindings {
            let _ = writeln!(
                lines,
                "acl\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
                b.resource_type,
                b.pattern_type,
                b.resource_name,
                b.principal,
                b.host,
                b.operation,
                b.permission_type
            );
        }
        lines.push_str("ready\n");
        self.send(&lines);
    }

    fn ask(&mut self, questions: &[Question]) -> Vec<bool> {
        let verb = |question: &Question| if question.name.is_some() { "ask" } else { "any" };
        let lines: String = questions.iter().map(|q| q.line(verb(q))).collect();
        self.send(&lines);
        questions
            .iter()
            .map(|question| match self.answer().as_str() {
                "ALLOWED" => true,
                "DENIED" => false,
                other => panic!("{question:?} is answered with {other}"),
            })
            .collect()
    }

    fn audit(&mut self, question: &Question) -> String {
        self.send(&question.line("audit"));
        self.answer()
    }

    fn operation(&self, random: &mut Random, with_all: bool) -> Operation {
        let operation = *random.of(&self.operations);
        if operation == Operation::All && !with_all { Operation::Describe } else { operation }
    }
}

impl Drop for Kafka {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Names are made of these. A name that begins with a character below `*` is left out: where such
/// an ACL exists, Kafka's authorizer loops forever on another name that begins with it.
const LETTERS: &[&str] = &["a", "b", "A", ".", "-", "*", "ü", "😀", "😁", "ab", "a.b"];
const SUFFIXES: &[&str] = &["", "a", "b", ".", "*", "😀", "abc"];

impl Random {
    fn kind(&mut self) -> ResourceType {
        if self.below(2) == 0 { ResourceType::Topic } else { *self.of(TYPES) }
    }

    fn name(&mut self, resource_type: ResourceType) -> String {
        let cluster = resource_type == ResourceType::Cluster;
        match self.below(10) {
            0 => "*".to_owned(),
            1 => "hardcode"[..=self.below(8)].to_owned(),
            _ if cluster => "kafka-cluster"[..[3, 6, 13, 13][self.below(4)]].to_owned(),
            _ => {
                let length = 1 + self.below(4);
                (0..length).map(|_| *self.of(LETTERS)).collect()
            }
        }
    }
}
