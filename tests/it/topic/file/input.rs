//! Where files come from, what is wrong with them, who is asked, and how much is sent.

use std::fs;

use kafka_protocol::messages::create_topics_response::CreatableTopicResult;
use kafka_protocol::messages::metadata_response::MetadataResponseTopic;
use kafka_protocol::messages::{
    ApiKey, CreateTopicsRequest, CreateTopicsResponse, DescribeConfigsResponse, TopicName,
};

use super::{Desk, told};
use crate::support::alone::alone;
use crate::support::broker::{Broker, newest, on_the_newest};
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::scripted::{Reply, Request, text};
use crate::support::terminal::Terminal;
use crate::support::transcript::transcript;
use crate::support::unique;

#[test]
fn files_folders_and_standard_input_are_one_wish() {
    let broker = Broker::shared(&newest());
    let desk = Desk::new(&broker);
    let (one, two, three) = (unique("one"), unique("two"), unique("three"));
    let file =
        |topic: &str| format!("version: 1\ntopics: {{ {topic}: {{ partitions: ${{n:-1}} }} }}\n");
    desk.sandbox.write("topics/a.yaml", &file(&one));
    desk.sandbox.write("topics/deep/b.yml", &file(&two));
    let words = ["topic", "apply", "-f", "topics", "-f", "-", "--var", "n=2", "-o", "name"];
    let mut command = desk.sandbox.kward_on(&broker, "admin", words);
    let run = Run::of(command.write_stdin(file(&three))).ends(0);
    assert_eq!(run.out, format!("{one}\n{two}\n{three}\n"), "{run}");
    for topic in [&one, &two, &three] {
        assert_eq!(desk.numbers(topic).0, "2");
    }
    // The same topic in two files.
    desk.sandbox.write("topics/c.yaml", &file(&one));
    let run = desk.run(&["topic", "plan", "-f", "topics"]).ends(2);
    run.says("topics/c.yaml:2:")
        .says(&format!("the topic `{one}` is described twice, first at topics/a.yaml:2"));
    // A file for another cluster.
    desk.sandbox.write("other.yaml", &format!("cluster: other\n{}", file(&one)));
    let run = desk.run(&["topic", "apply", "-f", "other.yaml", "--var", "n=2"]).ends(4);
    run.says("the files are for the cluster `other`").says("`cluster:` at other.yaml:1");
}

#[test]
fn a_file_on_standard_input_leaves_the_question_to_the_terminal() {
    on_the_newest(|broker| {
        let desk = Desk::new(broker);
        let topic = unique("typed");
        broker.create_topic(&topic);
        desk.topics(&format!("  {topic}: {{ partitions: 2 }}\n"));
        let (address, client) = (broker.bootstrap_of("admin"), broker.client("admin"));
        let connect = ["-b", &*address, "--command-config", client.to_str().expect("a path")];
        let apply = |answer: &str| {
            let words = [&["topic", "apply", "-f", "-"][..], &connect].concat();
            let mut terminal = Terminal::start(&desk.sandbox.process(words), Some("topics.yaml"));
            let asked = terminal.wait_for("Make 1 change?", 0);
            terminal.keys(answer);
            let (status, screen) = terminal.ended();
            assert!(screen[..asked].contains("partitions: 1 → 2"), "{screen}");
            status
        };
        assert_eq!(apply("n\n"), 4);
        assert_eq!(desk.numbers(&topic).0, "1");
        assert_eq!(apply("y\n"), 0);
        assert_eq!(desk.numbers(&topic).0, "2");
    });
}

/// Nothing is asked of a cluster: there is none.
#[test]
fn wrong_files_are_told_with_their_places() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "topics.yaml",
        "version: 1
topics:
  orders:
    partitons: 12
    replication-factor: \"3\"
    retention.ms: 1000
  or ders: {}
  audit:
  big: { partitions: 3000000000, configs: { cleanup.policy: } }
",
    );
    sandbox.write("more/a.yaml", "version: 1\ntopics: { a: { partitions: ${m} } }\n");
    sandbox.write("more/b.yaml", "topics: { a: {}, b: { partitions: 2 } }\nrules: []\n");
    sandbox.write("list.json", "{\"apiVersion\": \"kward/v1\", \"kind\": \"TopicList\"}\n");
    fs::create_dir(sandbox.path().join("empty")).expect("a folder");
    let mut all = String::new();
    for line in [
        "topic plan -f topics.yaml",
        "topic apply -f more --var n=1",
        "topic plan -f list.json",
        "topic plan -f absent.yaml",
        "topic plan -f empty",
        "topic plan",
        "topic export --prefix x orders",
    ] {
        all.push_str(&transcript(&sandbox, line, &["-b", "127.0.0.1:1"]));
        all.push('\n');
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("errors_topic_file", all));
}

#[test]
fn contexts_hold_a_writer_back() {
    let broker = Broker::shared(&newest());
    let desk = Desk::new(&broker);
    let topic = unique("held");
    desk.topics(&format!("  {topic}: {{}}\n"));
    let context = |line: &str| {
        let properties = fs::read_to_string(broker.client("admin")).expect("the client's");
        desk.sandbox.write("client.properties", &properties);
        let table = format!(
            "[contexts.it]\nbootstrap-servers = \"{}\"\n{line}\n",
            broker.bootstrap_of("admin")
        );
        desk.sandbox.write(".config/kward/config.toml", &table);
    };
    let apply = |more: &[&str]| {
        let words = ["-c", "it", "--command-config", "client.properties", "topic", "apply", "-f"];
        Run::of(&mut desk.sandbox.kward([&words[..], &["topics.yaml"], more].concat()))
    };
    context("read-only = true");
    apply(&["--yes"]).ends(4).says("the context `it` is read-only");
    apply(&["--dry-run"]).ends(0);
    context("protected = true");
    apply(&["--yes"]).ends(4).says("the context `it` is protected");
    assert!(!desk.is_there(&topic));
    apply(&["--confirm-context", "it"]).ends(0).prints("1 created");
}

#[test]
fn all_of_a_kind_goes_in_one_request() {
    let broker = Broker::shared(&newest());
    let desk = Desk::new(&broker);
    let names: Vec<String> = (0..40).map(|_| unique("many")).collect();
    let body = |partitions: usize| {
        let one = |name: &String| {
            format!(
                "  {name}: {{ partitions: {partitions}, configs: {{ retention.ms: {partitions}00000 }} }}\n"
            )
        };
        desk.topics(&names.iter().map(one).collect::<String>());
    };
    let asked = |run: &Run, request: &str| {
        let sign = format!(" {request} v");
        run.err.lines().filter(|line| line.contains(&sign)).count()
    };
    body(1);
    let run = desk.verb("apply", &["-v"]).ends(0).prints("40 created");
    assert_eq!(asked(&run, "CreateTopics"), 2, "the check and the doing: {run}");
    body(2);
    let plan = desk.verb("plan", &["-v"]).ends(0);
    assert_eq!((asked(&plan, "Metadata"), asked(&plan, "DescribeConfigs")), (1, 1), "{plan}");
    let run = desk.verb("apply", &["-v", "--yes"]).ends(0).prints("80 altered");
    assert_eq!(asked(&run, "CreatePartitions"), 2, "{run}");
    assert_eq!(asked(&run, "IncrementalAlterConfigs"), 2, "{run}");
    let idle = desk.verb("apply", &["-v"]).ends(0).prints("nothing to do");
    for write in ["CreateTopics", "CreatePartitions", "IncrementalAlterConfigs"] {
        assert_eq!(asked(&idle, write), 0, "{idle}");
    }
}

#[test]
fn an_answer_that_never_came_leaves_the_outcome_open() {
    let answer = |request: &Request| match request.key {
        ApiKey::CreateTopics if request.decode::<CreateTopicsRequest>().validate_only => {
            let fine = CreatableTopicResult::default().with_name(TopicName(text("new")));
            request.answer(&CreateTopicsResponse::default().with_topics(vec![fine]))
        }
        ApiKey::DescribeConfigs => request.answer(&DescribeConfigsResponse::default()),
        _ => Reply::Close,
    };
    let absent =
        MetadataResponseTopic::default().with_name(Some(TopicName(text("new")))).with_error_code(3);
    let broker = alone(vec![absent], answer);
    let sandbox = Sandbox::new();
    sandbox.write("topics.yaml", "version: 1\ntopics: { new: { partitions: 2 } }\n");
    let address = broker.address.to_string();
    let words = ["topic", "apply", "-f", "topics.yaml", "-b", &address, "-o", "json"];
    let run = Run::of(&mut sandbox.kward(words)).ends(5);
    assert_eq!(told(&run), ["topic unknown"], "{run}");
    run.says("running it again is safe");
}
