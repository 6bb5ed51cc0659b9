//! Who belongs to a cluster: voters of the quorum that come and go, brokers that are forgotten, compared with what
//! Kafka's own tools print.

use serde_json::{Value, json};

use crate::support::broker::{Broker, Options, newest, on_each_version, versions};
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::terminal::Terminal;
use crate::support::{eventually, unique};
use crate::topic::{items, kward, kward_as, one_that_may_go, quick_to_miss};

const QUORUM_TOOL: &str = "org.apache.kafka.tools.MetadataQuorumCommand";

fn quorum(broker: &Broker) -> Value {
    kward(broker, &["cluster", "quorum", "-o", "json"]).ends(0).json()
}

/// Id, directory and listeners of each voter or observer, as Kafka's tool and as kward tell them.
fn members(broker: &Broker, which: &str) -> [Vec<(i64, String, Vec<String>)>; 2] {
    let strings = |list: &Value| -> Vec<String> {
        let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
        list.iter().map(|one| one.as_str().unwrap().to_owned()).collect()
    };
    let read = |list: &Value, listeners: &str| {
        let one = |member: &Value| {
            let directory = member["directoryId"].as_str().unwrap_or_default().to_owned();
            (member["id"].as_i64().unwrap(), directory, strings(&member[listeners]))
        };
        let mut members: Vec<_> = list.as_array().unwrap().iter().map(one).collect();
        members.sort();
        members
    };
    let by_kafka = broker.admin(QUORUM_TOOL, &["describe", "--status"]);
    let name = if which == "voters" { "CurrentVoters:" } else { "CurrentObservers:" };
    let line = by_kafka.lines().find_map(|line| line.strip_prefix(name)).expect(name);
    let told: Value = serde_json::from_str(line).expect("JSON of the tool");
    [read(&told, "endpoints"), read(&quorum(broker)[which], "listeners")]
}

/// What the result says of the only controller in it.
fn of_controller(run: &Run) -> Value {
    let item = &items(run)[0];
    json!([item["id"], item["status"], item["voters"], item["mayFail"]])
}

#[test]
fn voters_come_and_go() {
    let options = Options { three_brokers: true, dynamic_quorum: true, ..Options::default() };
    let broker = Broker::own(&options);
    let asks = |words: &[&str]| kward(&broker, &[&["cluster"], words, &["-o", "json"]].concat());
    let same = |which: &str, expected: &[i64]| {
        eventually("both tell the same", || {
            let [by_kafka, ours] = members(&broker, which);
            let ids: Vec<i64> = ours.iter().map(|(id, ..)| *id).collect();
            by_kafka == ours && ids == expected
        });
    };
    same("voters", &[1]);
    same("observers", &[2, 3]);
    let port = |node: u32| {
        let text = std::fs::read_to_string(broker.server_properties(node)).unwrap();
        let line = text.lines().find(|line| line.starts_with("listeners=")).unwrap().to_owned();
        line.split("CONTROLLER://").nth(1).unwrap().split(',').next().unwrap().to_owned()
    };
    let listener = format!("CONTROLLER={}", port(2));
    let add = ["add-controller", "2", "--listener", &listener];

    // What cannot be is told before anything is sent.
    asks(&["add-controller", "2"]).ends(2).says("--listener CONTROLLER=HOST:PORT");
    asks(&["add-controller", "2", "--listener", "OTHER=h:1"]).ends(2).says("called CONTROLLER");
    asks(&["add-controller", "7", "--listener", &listener]).ends(1).says("no controller 7 follows");
    asks(&["remove-controller", "1", "--yes"]).ends(4).says("controller 1 is the only voter");
    asks(&["remove-controller", "2"]).ends(1).says("without a vote").says("the voters are 1");

    let run = asks(&[&add[..], &["--dry-run"]].concat()).ends(0);
    assert_eq!(of_controller(&run), json!([2, "planned", 2, 0]));
    same("voters", &[1]);
    assert_eq!(of_controller(&asks(&add).ends(0)), json!([2, "created", 2, 0]));
    assert_eq!(quorum(&broker)["voters"].as_array().unwrap().len(), 2, "it is seen at once");
    assert_eq!(of_controller(&asks(&add).ends(0)), json!([2, "existed", 2, 0]));
    let other = ["--directory-id", "ce1JLyEo7reNkYZLtXyk7A"];
    asks(&[&add[..], &other].concat()).ends(1).says("votes already").says("remove-controller 2:");

    // The file that it starts with says all of it.
    let file = broker.server_properties(3);
    let by_file = ["add-controller", "--controller-config", file.to_str().unwrap()];
    asks(&[&by_file[..], &["2"]].concat()).ends(2).says("that of controller 3, not 2");
    assert_eq!(of_controller(&asks(&by_file).ends(0)), json!([3, "created", 3, 1]));
    same("voters", &[1, 2, 3]);
    same("observers", &[]);

    // Who may only look changes nothing.
    let user = unique("watchman");
    let client = broker.create_user(&user);
    let principal = format!("User:{user}");
    let grant = ["--allow-principal", &principal, "--operation", "describe", "--cluster"];
    kward(&broker, &[&["acl", "create"], &grant[..]].concat()).ends(0);
    let remove = ["cluster", "remove-controller", "3"];
    broker.everywhere(&client, "it may look", &["cluster", "quorum"], |run| run.status == 0);
    for last in ["--dry-run", "--yes"] {
        let run = kward_as(&broker, &client, &[&remove[..], &[last]].concat()).ends(1);
        run.says("--operation alter --cluster");
    }

    // The active controller goes, and another takes over.
    let run = asks(&["remove-controller", "1"]).ends(4).says("none may fail").says("no terminal");
    run.says("it is the active controller");
    assert_eq!(
        of_controller(&asks(&["remove-controller", "1", "--dry-run"])),
        json!([1, "planned", 2, 0])
    );
    let directory = quorum(&broker)["voters"][0]["directoryId"].as_str().unwrap().to_owned();
    let run = asks(&["remove-controller", "1:ce1JLyEo7reNkYZLtXyk7A", "--yes"]).ends(1);
    run.says(&format!("votes with the directory {directory}"));
    let run = asks(&["remove-controller", &format!("1:{directory}"), "--yes"]).ends(0);
    assert_eq!(of_controller(&run), json!([1, "deleted", 2, 0]));
    same("voters", &[2, 3]);
    same("observers", &[1]);

    // One of two that is not there may go, the other one may not.
    let leader = quorum(&broker)["leaderId"].as_i64().unwrap();
    let gone = if leader == 2 { 3 } else { 2 };
    assert_eq!(
        of_controller(
            &asks(&[
                "add-controller",
                "--controller-config",
                broker.server_properties(1).to_str().unwrap()
            ])
            .ends(0)
        ),
        json!([1, "created", 3, 1])
    );
    let client = broker.client_beside(gone);
    let paused = broker.pause(gone);
    let beside = |words: &[&str]| kward_as(&broker, &client, words);
    let remove = ["cluster", "remove-controller", "1", "--dry-run"];
    eventually("it is missed", || beside(&remove).status == 4);
    let run = beside(&remove).ends(4);
    run.says("would have no majority").says(&format!("{gone} has not had all metadata"));
    beside(&["cluster", "remove-controller", &gone.to_string(), "--yes"]).ends(0);
    let voters = || {
        let run = beside(&["cluster", "quorum", "-o", "json"]);
        run.status == 0 && run.json()["voters"].as_array().is_some_and(|voters| voters.len() == 2)
    };
    eventually("two are left", voters);

    // Whoever takes their time with the answer is told what has come of it.
    let sandbox = Sandbox::new();
    let mut removal = sandbox.process(["cluster", "remove-controller", &leader.to_string()]);
    removal.args(["-b", &broker.bootstrap_of(&client), "--command-config"]);
    let mut terminal = Terminal::start(removal.arg(broker.client(&client)), None);
    terminal.wait_for("[y/N]", 0);
    beside(&["cluster", "remove-controller", "1", "--yes"]).ends(0);
    terminal.keys("y\n");
    let (status, screen) = terminal.ended();
    assert!(status == 4 && screen.contains("is the only voter"), "{status}: {screen}");
    drop(paused);
}

#[test]
fn a_static_quorum_is_told_as_that() {
    on_each_version(|broker| {
        for words in [
            &["add-controller", "2", "--listener", "CONTROLLER=127.0.0.1:1"][..],
            &["remove-controller", "1", "--yes"],
        ] {
            let run = kward(broker, &[&["cluster"], words].concat()).ends(1);
            run.says("is static").says("set-features kraft.version=1");
        }
        let told = broker.tool(
            "admin",
            QUORUM_TOOL,
            &[
                "remove-controller",
                "--controller-id=1",
                "--controller-directory-id=AAAAAAAAAAAAAAAAAAAAAQ",
            ],
            "",
        );
        let told = String::from_utf8_lossy(&told.stderr).into_owned();
        assert!(told.contains("kraft.version feature is 0"), "Kafka says the same: {told}");
        kward(broker, &["cluster", "remove-controller", "one"]).ends(2).says("`node.id`");
        kward(broker, &["cluster", "add-controller"]).ends(2);
    });
}

#[test]
fn a_quorum_becomes_dynamic() {
    let broker = Broker::own(&Options { version: Some(newest()), ..Options::default() });
    if !broker.is_at_least("4.1") {
        return;
    }
    assert!(quorum(&broker)["voters"][0].get("directoryId").is_none());
    kward(&broker, &["cluster", "set-features", "kraft.version=1", "--yes"]).ends(0);
    eventually("the voter has a directory", || {
        quorum(&broker)["voters"][0].get("directoryId").is_some()
    });
    let [by_kafka, ours] = members(&broker, "voters");
    assert_eq!(by_kafka, ours);
    kward(&broker, &["cluster", "remove-controller", "1", "--yes"]).ends(4).says("only voter");
}

#[test]
fn a_broker_that_is_gone_is_forgotten() {
    for version in versions() {
        eprintln!("on Kafka {version}");
        a_broker_is_forgotten(&quick_to_miss(&version));
    }
}

fn a_broker_is_forgotten(cluster: &Broker) {
    let topic = unique("kept");
    let (node, _) = one_that_may_go(cluster);
    let id = node.to_string();
    let unregister = ["cluster", "unregister-broker", &id, "-o", "json"];
    kward(cluster, &["topic", "create", &topic, "-p", "2", "-r", "3"]).ends(0);
    let user = unique("watchman");
    let guest = cluster.create_user(&user);
    kward(cluster, &unregister).ends(4).says(&format!("broker {node} is alive"));

    let client = cluster.client_beside(node);
    let paused = cluster.pause(node);
    let asks = |words: &[&str]| kward_as(cluster, &client, words);
    // Which broker is asked next is not said.
    let missed = |run: &Run| !run.err.contains("is alive");
    cluster.everywhere(&client, "it is missed", &unregister, missed);
    let run = asks(&[&unregister[..], &["--yes"]].concat()).ends(4);
    run.says("still has 2 replicas of 1 topic").says(&format!("--drain {node}"));
    asks(&["topic", "delete", &topic, "--yes"]).ends(0);
    let dry = [&unregister[..], &["--dry-run"]].concat();
    cluster.everywhere(&client, "its topic is gone", &dry, |run| run.status == 0);
    asks(&unregister).ends(4).says("there is no terminal");

    // It comes back while somebody thinks about the question.
    let sandbox = Sandbox::new();
    let mut thinking = sandbox.process(["cluster", "unregister-broker", &id]);
    thinking.args(["-b", &cluster.bootstrap_of(&client), "--command-config"]);
    let mut terminal = Terminal::start(thinking.arg(cluster.client(&client)), None);
    terminal.wait_for("[y/N]", 0);
    drop(paused);
    cluster.everywhere(&client, "it is back", &unregister, |run| run.err.contains("is alive"));
    terminal.keys("y\n");
    let (status, screen) = terminal.ended();
    assert!(status == 4 && screen.contains("is alive"), "{status}: {screen}");
    let _paused = cluster.pause(node);
    cluster.everywhere(&client, "it is missed again", &unregister, missed);

    let addresses = cluster.bootstrap_of(&guest);
    let others = addresses.split(',').enumerate().filter(|(at, _)| *at + 1 != node as usize);
    let others = others.map(|(_, address)| address).collect::<Vec<_>>().join(",");
    let file = cluster.client(&guest);
    let as_guest = ["--yes", "-b", &others, "--command-config", file.to_str().unwrap()];
    let words = [&unregister[..], &as_guest].concat();
    let run = Run::of(&mut Sandbox::new().kward(words)).ends(1);
    run.says("--operation alter --cluster").says("not looked at: topics");

    if cluster.is_at_least("4.0") {
        let forget = format!("unregister-broker {node}");
        asks(&["cluster", "health"]).ends(3).prints("registered, and not there").prints(&forget);
    }
    let run = asks(&[&unregister[..], &["--yes"]].concat()).ends(0);
    let item = &items(&run)[0];
    assert_eq!((&item["id"], &item["status"]), (&node.into(), &"deleted".into()));
    assert_eq!(item.get("address").is_some(), cluster.is_at_least("4.0"), "{run}");
    // The cluster knows it no more, and each broker learns of that.
    let gone =
        if cluster.is_at_least("4.0") { "is registered" } else { "BROKER_ID_NOT_REGISTERED" };
    let again = [&unregister[..], &["--yes"]].concat();
    cluster.everywhere(&client, "it is forgotten", &again, |run| {
        run.status == 1 && run.err.contains(gone)
    });
}
