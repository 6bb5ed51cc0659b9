//! Throttles: what kward has put on goes again, whoever finds it over, and what others have set stays.

use std::process::Stdio;

use serde_json::Value;

use super::{Bench, Cluster, TOOL, on_each_cluster};
use crate::support::eventually;
use crate::support::run::Run;

const RATE: &str = "leader.replication.throttled.rate";
const REPLICAS: &str = "leader.replication.throttled.replicas";

/// Sets or unsets a value by Kafka's own tool.
fn by_kafka(cluster: &Cluster, kind: &str, name: &str, change: &[&str]) {
    of_entity(cluster, &["--entity-type", kind, "--entity-name", name], change);
}

fn of_entity(cluster: &Cluster, entity: &[&str], change: &[&str]) {
    cluster.admin("configs", &[&["--alter"], entity, change].concat());
    // The tool does not wait, and refuses to take away what the broker that it asks does not know yet.
    if !std::thread::panicking() {
        cluster.caught_up("admin");
    }
}

/// A broker and a topic that others have throttled; it is taken back in the end.
struct Others<'a> {
    cluster: &'a Cluster,
    topic: String,
}

impl<'a> Others<'a> {
    fn new(bench: &Bench<'_>, cluster: &'a Cluster) -> Self {
        let topic = bench.topic("others", "3");
        by_kafka(cluster, "brokers", "1", &["--add-config", &format!("{RATE}=7000000")]);
        by_kafka(cluster, "topics", &topic, &["--add-config", &format!("{REPLICAS}=[0:3]")]);
        let others = Self { cluster, topic };
        eventually("it is set", || others.stand(bench));
        others
    }

    /// Whether what they have set is as it was, and nothing besides.
    fn stand(&self, bench: &Bench<'_>) -> bool {
        let told = bench.throttles_by_kafka(&[&self.topic]);
        told.len() == 2
            && told[0].starts_with(&format!("{RATE}=7000000 "))
            && told[1].starts_with(&format!("{REPLICAS}=0:3 "))
    }
}

impl Drop for Others<'_> {
    fn drop(&mut self) {
        by_kafka(self.cluster, "brokers", "1", &["--delete-config", RATE]);
        by_kafka(self.cluster, "topics", &self.topic, &["--delete-config", REPLICAS]);
    }
}

/// A topic that takes minutes to be moved from broker 1 to brokers 1 and 2 at this rate.
fn begin(bench: &Bench<'_>, more: &[&str]) -> (String, Vec<String>) {
    let topic = bench.topic("slow", "1");
    bench.fill(&topic, 8);
    let plan = format!(
        r#"{{"version":1,"partitions":[{{"topic":"{topic}","partition":0,"replicas":[1,2]}}]}}"#
    );
    bench.sandbox.write("plan.json", &plan);
    let words = [&["reassign", "apply", "plan.json", "--throttle", "50kB", "-y"], more].concat();
    (topic, words.into_iter().map(str::to_owned).collect())
}

/// Writes a plan, without a version, for the only partition of a topic.
fn wish(bench: &Bench<'_>, topic: &str, replicas: &str) {
    let plan = format!(
        r#"{{"partitions":[{{"topic":"{topic}","partition":0,"replicas":[{replicas}]}}]}}"#
    );
    bench.sandbox.write("plan.json", &plan);
}

#[test]
fn what_was_set_before_holds_again_and_others_keep_theirs() {
    on_each_cluster(|cluster| {
        let bench = Bench::new(cluster);
        let others = Others::new(&bench, cluster);
        let (topic, apply) = begin(&bench, &["--no-wait"]);
        let apply: Vec<&str> = apply.iter().map(String::as_str).collect();
        bench.kward(&apply).ends(0).says("takes the throttle off at the end");
        // Two rates of each broker, and the partitions of the topic in both directions.
        let told = bench.throttles_once(&topic, 6);
        assert_eq!(told.iter().filter(|line| line.contains("rate=50000 ")).count(), 4, "{told:?}");

        // As long as it moves, everything stays.
        let status = bench.reassign(&["status"]).ends(0).json();
        let throttles = status["throttles"].as_array().unwrap();
        assert!(throttles.iter().all(|one| one["removed"] == false), "{throttles:?}");

        let run = bench.reassign(&["cancel", &topic, "--yes"]).ends(0);
        run.says("the rates that were set before hold again");
        eventually("all is as it was", || others.stand(&bench));
        assert!(bench.throttles_once(&topic, 1)[0].contains("7000000"));
        // What others have set is looked at, and left.
        bench.reassign(&["status"]).ends(0).says("--remove-throttle");
        assert!(others.stand(&bench));

        // The same where `apply` itself waits for the end.
        let fast = ["apply", "plan.json", "--throttle", "500MB", "--yes"];
        bench.reassign(&fast).ends(0).says("hold again");
        eventually("all is as it was", || others.stand(&bench));
    });
}

#[test]
fn a_run_that_was_killed_leaves_nothing_for_good() {
    on_each_cluster(|cluster| {
        let bench = Bench::new(cluster);
        let others = Others::new(&bench, cluster);
        let (bootstrap, client) = (cluster.bootstrap_of("admin"), cluster.client("admin"));
        let common = ["-b", &bootstrap, "--command-config", client.to_str().unwrap()];
        let kill_one_that_moves = || {
            let (topic, apply) = begin(&bench, &[]);
            let words: Vec<&str> = apply.iter().map(String::as_str).chain(common).collect();
            let mut command = bench.sandbox.process(words);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let mut child = command.spawn().expect("kward runs");
            eventually("it moves", || {
                bench.listed_by_kafka().iter().any(|one| one.0.contains(&topic))
            });
            child.kill().expect("it is killed");
            child.wait().expect("it has ended");
            bench.throttles_once(&topic, 6);
            topic
        };
        // Another run, with another rate, finishes the job.
        let topic = kill_one_that_moves();
        let done = bench.reassign(&["apply", "plan.json", "--throttle", "500MB", "-y"]).ends(0);
        done.says("hold again");
        eventually("all is as it was", || others.stand(&bench));
        assert!(bench.throttles_once(&topic, 1)[0].contains("7000000"), "the rate of others");

        // Or one that only looks, when all is over.
        let topic = kill_one_that_moves();
        for id in ["1", "2"] {
            let rates = format!("{RATE}=500000000,follower.replication.throttled.rate=500000000");
            by_kafka(cluster, "brokers", id, &["--add-config", &rates]);
        }
        eventually("it has moved", || bench.lies(&topic) == "1,2" || bench.lies(&topic) == "1:2");
        let run = bench.reassign(&["status", "--wait"]).ends(0);
        run.clone().says("set by somebody else meanwhile, and stays as it is");
        // Rates that somebody else has set.
        let told = bench.throttles_once(&topic, 4);
        assert!(told.iter().all(|line| line.contains("500000000")), "{told:?}");
        for id in ["1", "2"] {
            let keys = format!("{RATE},follower.replication.throttled.rate");
            by_kafka(cluster, "brokers", id, &["--delete-config", &keys]);
        }
        by_kafka(cluster, "brokers", "1", &["--add-config", &format!("{RATE}=7000000")]);
        eventually("all is as it was", || others.stand(&bench));
    });
}

#[test]
fn what_kafkas_tool_has_left_goes_when_asked_for() {
    on_each_cluster(|cluster| {
        let bench = Bench::new(cluster);
        let topic = bench.topic("left", "1");
        let plan = bench.sandbox.write(
            "plan.json",
            &format!(r#"{{"version":1,"partitions":[{{"topic":"{topic}","partition":0,"replicas":[2]}}]}}"#),
        );
        let execute = ["--execute", "--throttle", "1000000", "--reassignment-json-file"];
        cluster.admin(TOOL, &[&execute[..], &[plan.to_str().unwrap()]].concat());
        bench.reassign(&["status", "--wait"]).ends(0).says("--remove-throttle");
        eventually("it has moved", || bench.lies(&topic) == "2");
        assert!(!bench.throttles_by_kafka(&[&topic]).is_empty(), "only looked");
        bench.sandbox.write(
            ".config/kward/config.toml",
            &format!(
                "[contexts.ro]\nbootstrap-servers = \"{at}\"\ncommand-config = \"{file}\"\nread-only = true\n\
                 [contexts.kept]\nbootstrap-servers = \"{at}\"\ncommand-config = \"{file}\"\nprotected = true\n",
                at = cluster.bootstrap_of("admin"),
                file = cluster.client("admin").display()
            ),
        );
        let remove = ["reassign", "status", "--remove-throttle"];
        let read_only = [&["-c", "ro"], &remove[..]].concat();
        Run::of(&mut bench.sandbox.kward(&read_only)).ends(4).says("is read-only");
        // What would be taken off is told there, too, and nothing is.
        let dry = [&read_only[..], &["--dry-run", "-o", "json"]].concat();
        let planned = Run::of(&mut bench.sandbox.kward(dry)).ends(0).json();
        let planned = planned["throttles"].as_array().unwrap().clone();
        assert!(!planned.is_empty(), "{planned:#?}");
        let stays = |one: &Value| one["planned"] != true || one["removed"] != false;
        assert!(!planned.iter().any(stays), "{planned:#?}");
        let shown = bench.kward(&[&remove[..], &["--dry-run"]].concat()).ends(0);
        assert_eq!(shown.out.matches("in force, would be taken off").count(), planned.len());
        assert!(!bench.throttles_by_kafka(&[&topic]).is_empty(), "it writes nothing");
        let protected = [&["-c", "kept"], &remove[..]].concat();
        Run::of(&mut bench.sandbox.kward(&protected)).ends(4).says("`--confirm-context kept`");

        let confirmed = [&protected[..], &["--confirm-context", "kept", "-o", "json"]].concat();
        let status = Run::of(&mut bench.sandbox.kward(confirmed)).ends(0);
        let throttles = status.json()["throttles"].as_array().unwrap().clone();
        assert!(!throttles.is_empty() && throttles.iter().all(|one| one["removed"] == true));
        eventually("no throttle is left", || bench.throttles_by_kafka(&[&topic]).is_empty());
        // What all brokers have in common slows down as well.
        let all = ["--entity-type", "brokers", "--entity-default"];
        let common = |change: &[&str]| of_entity(cluster, &all, change);
        common(&["--add-config", &format!("{RATE}=777")]);
        let told = bench.kward(&["reassign", "status"]).ends(0);
        told.prints(&format!("all brokers: {RATE} = 777"));
        common(&["--delete-config", RATE]);
        // What only a person sets stays, and is named.
        by_kafka(cluster, "topics", &topic, &["--add-config", &format!("{REPLICAS}=*")]);
        let whole = || bench.throttles_by_kafka(&[&topic]).len() == 1;
        eventually("it is set", whole);
        bench.kward(&remove).ends(0).says(&format!("`{REPLICAS}` of topic `{topic}` is `*`"));
        assert!(whole());
        by_kafka(cluster, "topics", &topic, &["--delete-config", REPLICAS]);
        eventually("no throttle is left", || bench.throttles_by_kafka(&[&topic]).is_empty());
        // What copies nothing is not slowed down, and nothing says so.
        let pair = bench.topic("pair", "1:2");
        let fewer = ["apply", "-r", "1", "--topic", &pair, "--throttle", "1MB", "--no-wait", "-y"];
        let run = bench.reassign(&fewer).ends(0);
        assert!(!run.err.contains("throttle off"), "{run}");
        let status = bench.kward(&["reassign", "status", "--wait"]).ends(0);
        assert!(!status.out.starts_with('\n'), "{status}");
        assert_eq!(bench.reassign(&["status"]).ends(0).json()["throttles"], serde_json::json!([]));
    });
}

#[test]
fn throttled_moves_of_two_people_leave_nothing() {
    on_each_cluster(|cluster| {
        // Each has a state folder.
        let (bench, other) = (Bench::new(cluster), Bench::new(cluster));
        let (slow, apply) = begin(&bench, &["--no-wait"]);
        let apply: Vec<&str> = apply.iter().map(String::as_str).collect();
        bench.kward(&apply).ends(0);
        bench.throttles_once(&slow, 6);

        let topic = other.topic("quick", "1");
        other.fill(&topic, 1);
        wish(&other, &topic, "1,2");
        let run = other.reassign(&["apply", "plan.json", "--throttle", "60kB", "-y"]).ends(0);
        run.says("for a move that somebody else has begun").says("broker 1 to 50000 bytes/s");
        bench
            .reassign(&["cancel", &slow, "--yes"])
            .ends(0)
            .says("was set by somebody else meanwhile");
        other.reassign(&["status"]).ends(0).says("the throttle of replication was taken off");
        eventually("no throttle is left", || bench.throttles_by_kafka(&[&slow, &topic]).is_empty());
    });
}

/// Brokers lag behind the controller: what has just been taken off is not what was set before.
#[test]
fn throttled_moves_that_follow_each_other_leave_nothing() {
    on_each_cluster(|cluster| {
        let bench = Bench::new(cluster);
        let topic = bench.topic("there-and-back", "1:2");
        bench.fill(&topic, 1);
        for (round, brokers) in ["3,1", "1,2", "3,1", "1,2"].into_iter().enumerate() {
            wish(&bench, &topic, brokers);
            let rate = format!("{}MB", 60 + round);
            // Right behind the one before, whatever the brokers know.
            let apply = ["reassign", "apply", "plan.json", "--throttle", &rate, "-y"];
            let run = bench.kward(&apply).ends(0);
            assert!(!run.err.contains("hold again"), "{run}");
        }
        cluster.caught_up("admin");
        eventually("no throttle is left", || bench.throttles_by_kafka(&[&topic]).is_empty());
        assert_eq!(bench.reassign(&["status"]).ends(0).json()["throttles"], serde_json::json!([]));
    });
}

/// `*` is what a person has throttled for good: the rates beside it come back, though such a topic moves.
#[test]
fn a_throttle_for_good_is_no_move_of_somebody_else() {
    on_each_cluster(|cluster| {
        let (bench, other) = (Bench::new(cluster), Bench::new(cluster));
        let (slow, _) = begin(&other, &[]);
        by_kafka(cluster, "topics", &slow, &["--add-config", &format!("{REPLICAS}=*")]);
        // The rest of it takes less than a command has time, also when nothing of it was quick.
        by_kafka(cluster, "brokers", "1", &["--add-config", &format!("{RATE}=100000")]);
        let stands = || {
            let told = bench.throttles_by_kafka(&[&slow]);
            told.len() == 2
                && told[0].starts_with(&format!("{RATE}=100000 "))
                && told[1].starts_with(&format!("{REPLICAS}=* "))
        };
        eventually("it is set", stands);
        other.reassign(&["apply", "plan.json", "--no-wait", "-y"]).ends(0);
        eventually("it moves", || other.listed_by_kward().len() == 1);

        let topic = bench.topic("quick", "1");
        bench.fill(&topic, 1);
        wish(&bench, &topic, "1,2");
        let run = bench.reassign(&["apply", "plan.json", "--throttle", "60MB", "-y"]).ends(0);
        assert!(!run.err.contains("somebody else has begun"), "{run}");
        bench.reassign(&["status", "--wait"]).ends(0);
        eventually("all is as it was", stands);
        by_kafka(cluster, "brokers", "1", &["--delete-config", RATE]);
        by_kafka(cluster, "topics", &slow, &["--delete-config", REPLICAS]);
        eventually("no throttle is left", || bench.throttles_by_kafka(&[&slow]).is_empty());
    });
}

/// A broker that only an ended move has used is slowed down no longer; and Kafka does not keep the order of replicas.
#[test]
fn what_is_cancelled_leaves_no_rate_that_nothing_needs() {
    on_each_cluster(|cluster| {
        let bench = Bench::new(cluster);
        let (slow, apply) = begin(&bench, &["--no-wait"]);
        let apply: Vec<&str> = apply.iter().map(String::as_str).collect();
        bench.kward(&apply).ends(0);
        let other = bench.topic("other", "3:1");
        bench.fill(&other, 8);
        wish(&bench, &other, "1,2");
        let begun = bench.kward(&apply).ends(0);
        begun.prints("throttle: broker 3 at 48.8 KiB/s (was not throttled)");
        // Two rates of each of three brokers.
        bench.throttles_once(&slow, 8);

        let ended = bench.reassign(&["cancel", &other, "--yes"]).ends(0);
        let ended = ended.says("led by another replica than the first one");
        let ended = ended.says(&format!("kward topic elect-leaders {other}"));
        assert_eq!(ended.json()["items"][0]["to"], serde_json::json!([1, 3]), "{ended}");
        let off = ended.says("the rest was taken off").json()["throttles"].clone();
        let off: Vec<&Value> = off.as_array().unwrap().iter().collect();
        let of_brokers = off.iter().filter(|one| one["entityType"] == "BROKER");
        assert!(of_brokers.clone().all(|one| one["entityName"] == "3" && one["removed"] == true));
        assert_eq!(of_brokers.count(), 2, "{off:#?}");
        bench.throttles_once(&slow, 6);
        bench.reassign(&["cancel", &slow, "--yes"]).ends(0);
        eventually("no throttle is left", || bench.throttles_by_kafka(&[&slow, &other]).is_empty());
    });
}
