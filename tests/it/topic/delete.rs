//! `topic delete`.

use super::{items, kward, kward_as, texts};
use crate::support::broker::on_each_version;
use crate::support::{eventually, unique};

#[test]
fn shows_what_goes_asks_and_deletes() {
    on_each_version(|broker| {
        let topic = unique("delete");
        broker.create_topic(&topic);
        broker.produce("admin", &topic, &["one"]).expect("a super user may write");
        let group = unique("reads");
        broker.consume("admin", &topic, &group, 1).expect("a super user may read");
        let run = kward(broker, &["topic", "delete", &topic]).ends(4).says(&group);
        let run = run.says("LAST-WRITE").says(" ago").says("there is no terminal to ask on");
        assert!(run.out.is_empty(), "{run}");
        let run = kward(broker, &["topic", "delete", &topic, "--dry-run", "-o", "json"]).ends(0);
        let item = &items(&run)[0];
        assert_eq!(item["status"], "planned");
        assert!(item["lastWrite"].as_str().is_some_and(|time| time.ends_with('Z')), "{item}");
        assert_eq!((&item["groups"][0], &item["groupsComplete"]), (&(*group).into(), &true.into()));
        assert!(broker.admin("topics", &["--list"]).contains(&topic), "it is still there");

        let run = kward(broker, &["topic", "delete", &topic, "--yes", "-o", "json"]).ends(0);
        assert_eq!(items(&run)[0]["status"], "deleted", "{run}");
        eventually("it is gone", || !broker.admin("topics", &["--list"]).contains(&topic));
        let run = kward(broker, &["topic", "delete", &topic, "--yes"]).ends(1);
        run.says(&format!("there is no topic `{topic}`"));
        let again = ["topic", "delete", &topic, "--yes", "--if-exists", "-o", "json"];
        assert_eq!(items(&kward(broker, &again).ends(0))[0]["status"], "absent");
    });
}

#[test]
fn an_id_is_one_topic_whatever_has_its_name_by_now() {
    on_each_version(|broker| {
        let topic = unique("anew");
        let made = || {
            let run = kward(broker, &["topic", "create", &topic, "-o", "json"]).ends(0);
            items(&run)[0]["topicId"].as_str().expect("an id").to_owned()
        };
        let delete = |id: &str, more: &[&str]| {
            kward(broker, &[&["topic", "delete", "--id", id, "-o", "json"], more].concat())
        };
        let first = made();
        delete(&first, &[]).ends(4).says("LAST-WRITE").says(&topic);
        let run = delete(&first, &["--yes"]).ends(0);
        assert_eq!(
            (&items(&run)[0]["name"], &items(&run)[0]["status"]),
            (&topic.as_str().into(), &"deleted".into())
        );
        let second = made();
        assert_ne!(first, second);
        let run = delete(&first, &["--yes"]).ends(1);
        run.says(&format!("there is no topic with the id `{first}`"));
        assert!(items(&delete(&first, &["--yes", "--if-exists"]).ends(0)).is_empty());
        // Of several ids one that is unknown stops the others.
        delete(&format!("{first},{second}"), &["--yes"]).ends(1).says(&first);
        let list = ["topic", "list", &topic, "-o", "name"];
        assert_eq!(kward(broker, &list).ends(0).out, format!("{topic}\n"));
        delete("nonsense", &["--yes"]).ends(2).says("nonsense");
        delete(&second, &["--yes"]).ends(0);
        eventually("it is gone", || !broker.admin("topics", &["--list"]).contains(&topic));
    });
}

#[test]
fn several_by_pattern_and_none_of_kafkas_own() {
    on_each_version(|broker| {
        let prefix = unique("many");
        for name in ["a", "b", "keep"] {
            broker.create_topic(&format!("{prefix}-{name}"));
        }
        let pattern = format!("{prefix}-[ab]");
        let run =
            kward(broker, &["topic", "delete", "--match", &pattern, "-y", "-o", "json"]).ends(0);
        assert_eq!(texts(&items(&run), "name"), [format!("{prefix}-a"), format!("{prefix}-b")]);
        let left =
            || kward(broker, &["topic", "list", "--prefix", &prefix, "-o", "name"]).ends(0).out;
        eventually("two are gone", || left() == format!("{prefix}-keep\n"));
        let run = kward(broker, &["topic", "delete", "--match", &pattern, "-y"]).ends(0);
        run.says("no topic matches");
        kward(broker, &["topic", "delete", "unheard-of-*", "-y"]).ends(1).says("`--match REGEX`");
        let run = kward(broker, &["topic", "delete", "--match", "__.*", "--dry-run", "-o", "name"]);
        let run = run.ends(0);
        assert_eq!(run.out, "", "Kafka's own topics go by name only");
        if broker.admin("topics", &["--list"]).contains("__consumer_offsets") {
            run.says("Kafka's own topics are left out");
        }
    });
}

#[test]
fn who_may_not_delete_is_told_so_before_anybody_is_asked() {
    on_each_version(|broker| {
        let (topic, other) = (unique("kept"), unique("goes"));
        broker.create_topic(&topic);
        broker.create_topic(&other);
        let client = broker.create_user(&unique("reader"));
        let principal = format!("User:{}", client.trim_end_matches("-scram512"));
        let allow = |operation: &str, topic: &str| {
            let words = ["acl", "create", "--allow-principal", &principal, "--operation"];
            kward(broker, &[&words[..], &[operation, "--topic", topic]].concat()).ends(0);
        };
        allow("describe", &topic);
        eventually("it sees the topic", || {
            kward_as(broker, &client, &["topic", "list", "-o", "name"]).out.contains(&topic)
        });
        let delete = |more: &[&str]| {
            let words = ["topic", "delete", &topic, "-o", "json"];
            kward_as(broker, &client, &[&words[..], more].concat())
        };
        // Nothing could be done, so nothing is asked; the dry run says the same.
        for more in [&[][..], &["--dry-run"], &["--yes"]] {
            let run = delete(more).ends(1);
            assert_eq!(items(&run)[0]["error"]["name"], "TOPIC_AUTHORIZATION_FAILED", "{run}");
            run.says(&format!("--operation delete --topic {topic}"));
        }
        allow("delete", &other);
        eventually("it may delete the other", || {
            delete(&[&other, "--dry-run"]).err.contains("1 failed")
        });
        // Nor who reads it: without DESCRIBE on the cluster nobody tells which groups there are.
        delete(&[&other]).ends(4).says("sizes are incomplete").says("not known");
        // Who sees that there is a group may still not see where it stands.
        broker.produce("admin", &other, &["one"]).expect("a super user may write");
        broker.consume("admin", &other, &unique("unseen"), 1).expect("a super user may read");
        let describes =
            ["acl", "create", "--allow-principal", &principal, "--operation", "describe"];
        kward(broker, &[&describes[..], &["--cluster"]].concat()).ends(0);
        let cluster = ["cluster", "log-dirs"];
        eventually("it may describe the cluster", || {
            kward_as(broker, &client, &cluster).status == 0
        });
        kward_as(broker, &client, &["topic", "delete", &other, "--dry-run"])
            .ends(0)
            .says("not known");
        let run = delete(&[&other, "--yes"]).ends(1);
        let mut told: Vec<_> = items(&run);
        told.sort_by_key(|item| item["status"].to_string());
        assert_eq!(texts(&told, "status"), ["deleted", "failed"], "{run}");
        assert_eq!(texts(&told, "name"), [other.as_str(), &topic], "{run}");

        kward(broker, &["topic", "delete", "--prefix", "", "--dry-run"]).ends(2);
        let hidden = unique("hidden");
        broker.create_topic(&hidden);
        kward_as(broker, &client, &["topic", "describe", &hidden])
            .ends(1)
            .says(&format!("--operation describe --topic {hidden}`"));
    });
}
