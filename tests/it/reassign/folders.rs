//! Replicas move between the folders of a broker, as `log_dirs` of a plan file asks for it.

use super::TOOL;
use crate::support::broker::{Broker, Options, versions};
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::{eventually, unique};
use crate::topic::{items, kward_as};

#[test]
fn replicas_go_where_log_dirs_says() {
    for version in versions() {
        eprintln!("on Kafka {version}");
        let sandbox = Sandbox::new();
        let folder = |name: &str| sandbox.path().join(name).display().to_string();
        let (one, two) = (folder("one"), folder("two"));
        let settings = vec![format!("log.dirs={one},{two}")];
        let broker =
            Broker::own(&Options { version: Some(version), settings, ..Options::default() });
        let kward = |words: &[&str]| Run::of(&mut sandbox.kward_on(&broker, "admin", words));
        let topic = unique("folders");
        broker.create_topic(&topic);
        broker.produce("admin", &topic, &["a", "b"]).expect("a super user may write");
        let lies = || {
            let words = ["cluster", "log-dirs", "--by", "replica", "--topic", &topic, "-o", "json"];
            let all = items(&kward(&words).ends(0));
            assert_eq!(all.len(), 1, "{all:?}");
            all[0]["dir"].as_str().expect("a folder").to_owned()
        };
        eventually("it lies somewhere", || {
            let words = ["cluster", "log-dirs", "--by", "replica", "--topic", &topic, "-o", "json"];
            !items(&kward(&words).ends(0)).is_empty()
        });
        let other = if lies() == one { &two } else { &one };
        let plan = |replicas: &str, dirs: &str| {
            let entry = format!(
                r#"{{"topic":"{topic}","partition":0,"replicas":{replicas},"log_dirs":{dirs}}}"#
            );
            sandbox.write("plan.json", &format!(r#"{{"version":1,"partitions":[{entry}]}}"#))
        };
        let apply = |more: &[&str]| {
            kward(&[&["reassign", "apply", "plan.json", "-o", "json"], more].concat())
        };
        plan("[1]", &format!(r#"["{other}"]"#));
        let dry = items(&apply(&["--dry-run"]).ends(0));
        assert_eq!((&dry[0]["status"], &dry[0]["completed"]), (&"planned".into(), &false.into()));
        apply(&[]).ends(4).says("Move 1 replica to other folders?").says(other);
        let done = items(&apply(&["--yes"]).ends(0));
        assert_eq!((&done[0]["status"], &done[0]["completed"]), (&"altered".into(), &true.into()));
        assert_eq!(lies(), *other);
        let again = items(&apply(&["--yes"]).ends(0));
        assert_eq!(again[0]["status"], "unchanged");
        // Kafka's own tool finds it where it was to go.
        let file = sandbox.path().join("plan.json");
        let verify = ["--verify", "--reassignment-json-file", file.to_str().unwrap()];
        let told = broker.admin(TOOL, &verify);
        assert!(told.contains("completed successfully"), "{told}");
        assert_eq!(
            kward(&["reassign", "status", "-o", "json"]).ends(0).json()["items"],
            serde_json::json!([])
        );

        plan("[1]", r#"["/nowhere"]"#);
        apply(&["--yes"]).ends(2).says("broker 1 has no folder `/nowhere`").says(&one);
        plan("[1]", r#"["any","any"]"#);
        apply(&["--yes"]).ends(2).says("has 2 entries for the 1 in `replicas`");
        plan("[1]", &format!(r#"["{one}"]"#));
        let client = broker.create_user(&unique("nosy"));
        kward_as(&broker, &client, &["reassign", "apply", file.to_str().unwrap(), "-y"]).ends(1);
    }
}
