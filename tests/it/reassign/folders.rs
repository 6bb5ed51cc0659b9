//! Replicas move between the folders of a broker, as `log_dirs` of a plan file asks for it.

use std::path::PathBuf;

use serde_json::Value;

use super::TOOL;
use crate::support::broker::{Broker, Options, versions};
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::{eventually, unique};
use crate::topic::{items, kward_as};

/// A broker with two folders, and a topic of one partition in one of them.
struct Two {
    sandbox: Sandbox,
    broker: Broker,
    dirs: [String; 2],
    topic: String,
}

impl Two {
    fn on(version: &str) -> Self {
        eprintln!("on Kafka {version}");
        let sandbox = Sandbox::new();
        let dirs = ["one", "two"].map(|name| sandbox.path().join(name).display().to_string());
        let settings = vec![format!("log.dirs={}", dirs.join(","))];
        let version = Some(version.to_owned());
        let broker = Broker::own(&Options { version, settings, ..Options::default() });
        let topic = unique("folders");
        broker.create_topic(&topic);
        broker.produce("admin", &topic, &["a", "b"]).expect("a super user may write");
        let two = Self { sandbox, broker, dirs, topic };
        eventually("it lies somewhere", || !two.replicas().is_empty());
        two
    }

    #[track_caller]
    fn kward(&self, words: &[&str]) -> Run {
        Run::of(&mut self.sandbox.kward_on(&self.broker, "admin", words))
    }

    fn replicas(&self) -> Vec<Value> {
        let words = ["cluster", "log-dirs", "--by", "replica", "--topic", &self.topic];
        items(&self.kward(&[&words[..], &["-o", "json"]].concat()).ends(0))
    }

    /// Where it lies, and where it does not.
    #[track_caller]
    fn lies(&self) -> (String, String) {
        let all = self.replicas();
        assert_eq!(all.len(), 1, "{all:?}");
        let [one, two] = self.dirs.clone();
        if all[0]["path"] == *one { (one, two) } else { (two, one) }
    }

    /// Writes `plan.json`.
    fn plan(&self, dirs: &str) -> PathBuf {
        let topic = &self.topic;
        let entry =
            format!(r#"{{"topic":"{topic}","partition":0,"replicas":[1],"log_dirs":{dirs}}}"#);
        self.sandbox.write("plan.json", &format!(r#"{{"version":1,"partitions":[{entry}]}}"#))
    }

    #[track_caller]
    fn reassign(&self, words: &[&str]) -> Run {
        self.kward(&[&["reassign"], words, &["-o", "json"]].concat())
    }

    #[track_caller]
    fn apply(&self, more: &[&str]) -> Run {
        self.reassign(&[&["apply", "plan.json"], more].concat())
    }

    /// What is seen to move.
    #[track_caller]
    fn moving(&self) -> Value {
        self.reassign(&["status"]).ends(0).json()["logDirMoves"].clone()
    }
}

/// The status of the only item, and whether it is where it is to be.
#[track_caller]
fn only(run: &Run) -> (String, bool) {
    let all = items(run);
    assert_eq!(all.len(), 1, "{all:?}");
    let status = all[0]["status"].as_str().expect("a status").to_owned();
    (status, all[0]["completed"].as_bool().expect("completed or not"))
}

#[test]
fn replicas_go_where_log_dirs_says() {
    for version in versions() {
        let two = Two::on(&version);
        let (here, there) = two.lies();
        let file = two.plan(&format!(r#"["{there}"]"#));
        assert_eq!(only(&two.apply(&["--dry-run"]).ends(0)), ("planned".into(), false));
        two.apply(&[]).ends(4).says("there is no terminal to ask on").says(&there);
        assert_eq!(only(&two.apply(&["--yes"]).ends(0)), ("altered".into(), true));
        assert_eq!(two.lies(), (there, here.clone()));
        assert_eq!(only(&two.apply(&["--yes"]).ends(0)), ("unchanged".into(), true));
        // Kafka's own tool finds it where it was to go.
        let verify = ["--verify", "--reassignment-json-file", file.to_str().unwrap()];
        let told = two.broker.admin(TOOL, &verify);
        assert!(told.contains("completed successfully"), "{told}");
        assert_eq!(two.moving(), Value::Null);

        two.plan(r#"["/nowhere"]"#);
        two.apply(&["--yes"]).ends(2).says("broker 1 has no folder `/nowhere`").says(&here);
        two.plan(r#"["any","any"]"#);
        two.apply(&["--yes"]).ends(2).says("has 2 entries for the 1 in `replicas`");
        let file = two.plan(&format!(r#"["{here}"]"#));
        let client = two.broker.create_user(&unique("nosy"));
        let apply = ["reassign", "apply", file.to_str().unwrap(), "-y"];
        kward_as(&two.broker, &client, &apply).ends(1);
    }
}

#[test]
fn a_move_between_folders_is_seen_ended_and_waited_for() {
    const SLOW: &str = "replica.alter.log.dirs.io.max.bytes.per.second";
    for version in versions() {
        let two = Two::on(&version);
        let large = "x".repeat(100_000);
        two.broker.produce("admin", &two.topic, &[&large]).expect("a super user may write");
        let slow = format!("{SLOW}=1000");
        two.kward(&["config", "set", "--broker", "1", "--set", &slow, "--yes"]).ends(0);
        let (here, there) = two.lies();
        two.plan(&format!(r#"["{there}"]"#));
        let begun = two.apply(&["--no-wait", "--yes"]).ends(0);
        assert_eq!(only(&begun), ("altered".into(), false));
        let seen = two.moving()[0].clone();
        assert_eq!((&seen["topic"], &seen["broker"]), (&Value::from(&*two.topic), &1.into()));
        assert_eq!((&seen["from"], &seen["to"]), (&Value::from(&*here), &Value::from(&*there)));
        let dry = two.reassign(&["cancel", &two.topic, "--dry-run"]).ends(0);
        assert_eq!(only(&dry).0, "planned");
        let asked = two.reassign(&["cancel", &two.topic]).ends(4);
        asked.says("there is no terminal to ask on").says(&there);
        let ended = two.reassign(&["cancel", &two.topic, "--yes"]).ends(0);
        assert_eq!(only(&ended), ("altered".into(), true));
        assert_eq!((two.lies().0, two.moving()), (here, Value::Null));
        // Another is waited for.
        two.apply(&["--no-wait", "--yes"]).ends(0);
        two.kward(&["config", "set", "--broker", "1", "--unset", SLOW, "--yes"]).ends(0);
        two.reassign(&["status", "--wait"]).ends(0);
        assert_eq!(two.lies().0, there);
    }
}
