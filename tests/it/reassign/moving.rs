//! While partitions move: what is seen of it, throttles, Ctrl-C, cancelling, going on.

use std::process::{Command, Stdio};

use serde_json::Value;

use super::{Bench, ids, on_each_cluster, on_the_newest, statuses};
use crate::support::eventually;
use crate::support::run::Run;
use crate::support::terminal::Terminal;
use crate::topic::items;

/// So slow that a few megabytes take minutes.
const SLOW: &str = "50kB";

/// A topic with something to copy: from broker 1 to one more.
fn heavy(bench: &Bench<'_>) -> String {
    let topic = bench.topic("heavy", "1");
    bench.fill(&topic, 8);
    topic
}

#[test]
fn what_moves_is_seen_throttled_resumed_and_cancelled() {
    on_each_cluster(|cluster| {
        let bench = Bench::new(cluster);
        let topic = heavy(&bench);
        let goal = ["--replication-factor", "2", "--topic", &topic];
        bench.reassign(&[&["plan", "--out", "plan.json"], &goal[..]].concat()).ends(0);
        let slow = ["apply", "plan.json", "--throttle", SLOW, "--no-wait", "--yes"];
        // Two rates of each broker, and the partition in both directions.
        let written = |run: &Run| run.json()["throttles"].as_array().unwrap().clone();
        let foreseen = bench.reassign(&[&slow[..], &["--dry-run"]].concat()).ends(0);
        assert_eq!(written(&foreseen).len(), 6, "{foreseen}");
        let begun = bench.reassign(&slow).ends(0);
        assert_eq!(written(&begun), written(&foreseen));
        begun.clone().says("kward reassign status --wait").says("throttle");
        assert_eq!(statuses(&begun), ["altered"]);
        assert_eq!(items(&begun)[0]["completed"], false);

        // What moves is what Kafka's tool lists, and what slows it down is there.
        let listed = bench.listed_by_kward();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed, bench.listed_by_kafka());
        // What is still being copied is not missing.
        let not_in_sync = ["topic", "describe", &topic, "--under-replicated", "-o", "json"];
        assert!(items(&bench.kward(&not_in_sync).ends(0)).is_empty());
        let described = ["topic", "describe", &topic];
        let partition =
            items(&bench.kward(&[&described[..], &["-o", "json"]].concat()))[0]["partitions"][0]
                .clone();
        assert_eq!(ids(&partition["addingReplicas"]), listed[0].2, "{partition}");
        assert_eq!(partition["removingReplicas"], Value::Null);
        bench.kward(&described).ends(0).prints("MOVING");
        let filter = ["--describe", "--topic", &topic, "--under-replicated-partitions"];
        assert_eq!(cluster.admin("topics", &filter).trim(), "");
        let short = items(&bench.kward(&["topic", "list", &topic, "-o", "json"]).ends(0));
        assert_eq!(short[0]["replicationFactor"], 1);
        let delete = ["topic", "delete", &topic, "--dry-run", "-o", "json"];
        assert_eq!(items(&bench.kward(&delete).ends(0))[0]["replicationFactor"], 1);
        let wide =
            items(&bench.kward(&["topic", "list", &topic, "-o", "json", "--columns", "name,size"]));
        assert_eq!(
            (&wide[0]["replicationFactor"], &wide[0]["underReplicated"]),
            (&1.into(), &0.into())
        );
        let status = bench.reassign(&["status", &topic]).ends(0);
        let item = &items(&status)[0];
        assert!(item["bytesToCopy"].as_u64().unwrap() > 8_000_000, "{item}");
        assert!(item["bytesCopied"].as_u64() < item["bytesToCopy"].as_u64(), "{item}");
        let throttles = status.json()["throttles"].as_array().unwrap().clone();
        assert!(throttles.iter().all(|throttle| throttle["removed"] == false), "{throttles:?}");
        let by_kafka = bench.throttles_once(&topic, 6);
        assert_eq!(
            by_kafka.iter().filter(|line| line.contains("rate=50000")).count(),
            4,
            "two brokers: {by_kafka:?}"
        );
        assert!(
            by_kafka.iter().any(|line| line.contains("leader.replication.throttled.replicas=0:1")),
            "{by_kafka:?}"
        );
        assert_eq!(throttles.len(), 6, "{throttles:?}");

        // The same plan again goes on with what is under way.
        let again = bench.reassign(&["apply", "plan.json", "--no-wait"]).ends(0);
        assert_eq!(statuses(&again), ["unchanged"]);
        assert_eq!(items(&again)[0]["completed"], false);
        // Another rate is told with the one before.
        let faster = ["apply", "plan.json", "--throttle", "60kB", "--no-wait", "--yes"];
        let faster = bench.reassign(&faster).ends(0);
        assert_eq!(statuses(&faster), ["unchanged"]);
        let rates = written(&faster);
        assert_eq!(rates.len(), 4, "{faster}");
        let is_new = |one: &Value| one["oldValue"] == "50000" && one["value"] == "60000";
        assert!(rates.iter().all(is_new), "{faster}");
        let dry = bench.reassign(&["cancel", &topic, "--dry-run"]).ends(0);
        assert_eq!(statuses(&dry), ["planned"]);
        bench.reassign(&["cancel", &topic]).ends(4).says("there is no terminal");
        assert_eq!(bench.listed_by_kafka().len(), 1);

        let ended = bench.reassign(&["cancel", &topic, "--yes"]).ends(0);
        assert_eq!(statuses(&ended), ["altered"]);
        ended.says("the throttle of replication was taken off");
        assert_eq!(bench.listed_by_kafka(), []);
        eventually("it lies where it lay", || bench.lies(&topic) == "1");
        eventually("no throttle is left", || bench.throttles_by_kafka(&[&topic]).is_empty());
        let nothing = bench.reassign(&["cancel", "--all"]).ends(0);
        assert_eq!(statuses(&nothing), Vec::<String>::new());

        // And with room enough it comes to its end by itself, and the throttle with it.
        let fast = ["apply", "plan.json", "--throttle", "500MB", "--yes"];
        let done = bench.reassign(&fast).ends(0);
        assert_eq!(items(&done)[0]["completed"], true);
        eventually("no throttle is left", || bench.throttles_by_kafka(&[&topic]).is_empty());
    });
}

#[test]
fn ctrl_c_ends_the_waiting_and_says_what_goes_on() {
    let cluster = on_the_newest();
    let bench = Bench::new(&cluster);
    let topic = heavy(&bench);
    let bootstrap = cluster.bootstrap_of("admin");
    let client = cluster.client("admin");
    let common = ["-b", &bootstrap, "--command-config", client.to_str().unwrap()];
    let apply = ["reassign", "apply", "-r", "2", "--topic", &topic, "--throttle", SLOW, "-y"];
    let mut command = bench.sandbox.process([&apply[..], &common, &["-o", "json"]].concat());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("kward runs");
    eventually("it moves", || !bench.listed_by_kward().is_empty());
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.expect("`kill` runs").success());
    let output = child.wait_with_output().expect("it ends");
    let run = Run::from_output("kward reassign apply".to_owned(), output).ends(130);
    assert_eq!(items(&run)[0]["completed"], false);
    let error = run.error();
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("1 partition will be moved all the same"), "{run}");
    run.says("kward reassign status").says("stays throttled");
    assert_eq!(bench.listed_by_kafka().len(), 1, "the cluster goes on");
    assert!(!bench.throttles_by_kafka(&[&topic]).is_empty());

    // The same goal again, with another throttle, waits for the rest.
    let go_on = ["apply", "-r", "2", "--topic", &topic, "--throttle", "500MB", "-y"];
    let done = bench.reassign(&go_on).ends(0);
    assert_eq!(
        (&items(&done)[0]["status"], &items(&done)[0]["completed"]),
        (&"unchanged".into(), &true.into())
    );
    assert_eq!(bench.listed_by_kafka(), []);
    eventually("no throttle is left", || bench.throttles_by_kafka(&[&topic]).is_empty());
}

/// On a terminal it is drawn how far it is, and Ctrl-C ends that too.
#[test]
fn on_a_terminal_it_is_drawn_how_far_it_is() {
    let cluster = on_the_newest();
    let bench = Bench::new(&cluster);
    let topic = heavy(&bench);
    let goal = ["apply", "-r", "2", "--topic", &topic, "--throttle", SLOW, "--no-wait", "-y"];
    bench.reassign(&goal).ends(0);
    let (bootstrap, client) = (cluster.bootstrap_of("admin"), cluster.client("admin"));
    let watch = ["reassign", "status", "--wait", "-b", &bootstrap, "--command-config"];
    let mut watching = bench.sandbox.process(watch);
    watching.arg(client);
    let mut terminal = Terminal::start_as("xterm", &watching, None);
    let at = terminal.wait_for("moving partitions [", 0);
    terminal.wait_for("1 partition left, ", at);
    terminal.keys("\u{3}");
    assert_eq!(terminal.ended().0, 130);
    bench.reassign(&["cancel", &topic, "--yes"]).ends(0);
}

/// Kafka 4.4 itself never ends a move that gives up what is still being added and adds nothing else.
#[test]
fn what_moves_can_be_sent_back_to_where_it_came_from() {
    on_each_cluster(|cluster| {
        let bench = Bench::new(cluster);
        let topic = bench.topic("back", "1:2");
        bench.fill(&topic, 8);
        let lie_on = |brokers: &str| {
            format!(
                r#"{{"version":1,"partitions":[{{"topic":"{topic}","partition":0,"replicas":[{brokers}]}}]}}"#
            )
        };
        bench.sandbox.write("there.json", &lie_on("3,1"));
        let back = bench.sandbox.write("back.json", &lie_on("2,1"));
        let slow = ["apply", "there.json", "--throttle", SLOW, "--no-wait", "--yes"];
        bench.reassign(&slow).ends(0);
        let planned = bench.reassign(&["apply", "back.json", "--dry-run"]).ends(0);
        planned.clone().says("is being moved already: the plan takes the place of that move");
        // What it is on its way to holds nothing yet, and what it is on its way from holds all.
        assert_eq!(
            (ids(&items(&planned)[0]["from"]), &items(&planned)[0]["bytesToCopy"]),
            ("1,2".into(), &0.into())
        );
        let more = items(&bench.reassign(&["plan", "-r", "3", "--topic", &topic]).ends(0));
        assert_eq!((ids(&more[0]["from"]), ids(&more[0]["adding"])), ("1,2".into(), "3".into()));
        let done = bench.reassign(&["apply", "back.json", "--yes"]).ends(0);
        assert_eq!(statuses(&done), ["altered"]);
        assert_eq!(items(&done)[0]["completed"], true);
        assert_eq!(bench.listed_by_kafka(), []);
        assert_eq!(bench.lies(&topic), "2:1");
        eventually("no throttle is left", || bench.throttles_by_kafka(&[&topic]).is_empty());

        // What Kafka's own tool begins so is told, and can be cancelled. Older controllers end it.
        if !cluster.is_at_least("4.0") {
            return;
        }
        bench.reassign(&slow).ends(0);
        let words = ["--execute", "--additional", "--reassignment-json-file"];
        cluster.admin(super::TOOL, &[&words[..], &[back.to_str().unwrap()]].concat());
        let told = bench.reassign(&["status"]).ends(0);
        told.says("Kafka never ends the move of").says("kward reassign cancel");
        bench.reassign(&["cancel", "--all", "--yes"]).ends(0);
        assert_eq!(bench.listed_by_kafka(), []);
        assert_eq!(bench.lies(&topic), "2:1");
        eventually("no throttle is left", || bench.throttles_by_kafka(&[&topic]).is_empty());
    });
}

/// A line that is longer than the terminal is wide wraps, and what it leaves is never wiped.
#[test]
fn what_is_drawn_fits_a_narrow_terminal() {
    let cluster = on_the_newest();
    let bench = Bench::new(&cluster);
    let topic = heavy(&bench);
    let (bootstrap, client) = (cluster.bootstrap_of("admin"), cluster.client("admin"));
    let common = ["-b", &bootstrap, "--command-config", client.to_str().unwrap()];
    let apply = ["reassign", "apply", "-r", "2", "--topic", &topic, "--throttle", SLOW, "-y"];
    let applying = bench.sandbox.process([&apply[..], &common].concat());
    // At the first it begins, at the second it goes on with what is under way, and there is room for a bar.
    for columns in [40, 72] {
        let mut terminal = Terminal::start_sized(("xterm", columns), &applying, None);
        let mut at = 0;
        // From the second look on it knows how fast it goes.
        for _ in 0..4 {
            at = terminal.wait_for("moving partitions ", at);
        }
        let written = terminal.written();
        terminal.keys("\u{3}");
        assert_eq!(terminal.ended().0, 130, "{written}");
        // Between two movements of the cursor, or ends of lines, all stands in one line.
        let lines = written.split(['\u{1b}', '\n']).map(str::trim_end);
        let drawn = lines.filter_map(|line| Some(&line[line.find("moving partitions ")?..]));
        let drawn: Vec<&str> = drawn.collect();
        assert!(drawn.len() >= 3, "{written:?}");
        let is_wide = |line: &&&str| line.chars().count() > usize::from(columns);
        let wide: Vec<&&str> = drawn.iter().filter(is_wide).collect();
        assert!(wide.is_empty(), "at {columns}: {wide:#?}");
    }
    bench.reassign(&["cancel", &topic, "--yes"]).ends(0);
}
