//! What a caller without permission is told.

use super::*;
use crate::support::broker::on_each_version;
use crate::support::consumer::Consumer;

#[test]
fn a_missing_permission_is_named_with_the_acl_that_would_grant_it() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(1), unique("group"));
        bench.consume(&topic, &group, 3);
        bench.empty(&group);
        let user = unique("reader");
        let client = broker.create_user(&user);
        let as_user = |arguments: &[&str]| bench.group_as(&client, arguments);
        let grant = |operation: &str, kind: &str, name: &str| {
            let principal = format!("User:{user}");
            let resource = [kind, name];
            let operation = ["--add", "--allow-principal", &principal, "--operation", operation];
            broker.kafka_acls(&[&operation[..], &resource].concat());
        };
        eventually("the user is known", || {
            as_user(&["describe", &group]).err.contains("not authorized to describe the group")
        });
        let run = as_user(&["describe", &group]).ends(1);
        run.says("GROUP_AUTHORIZATION_FAILED (30)").says("it needs DESCRIBE on the group").says(
            &format!("`kward acl create --allow-principal User:{user} --operation describe --group {group}`"),
        );
        let listed = as_user(&["list", "-o", "name"]).ends(0);
        assert!(!listed.out.lines().any(|name| name == group), "{listed}");
        // What sees no group is no gate for any.
        let none = "no group is seen, and you may not describe all of them";
        as_user(&["doctor", "--all", "--samples", "1"]).ends(1).says(none);
        as_user(&["lag", "--all", "--max", "0"])
            .ends(1)
            .says(none)
            .says("--operation describe --cluster");
        as_user(&["watch", "--all", "--until", "stable", "--for", "10s"])
            .ends(1)
            .says(none)
            .says("--operation describe --cluster");
        as_user(&["lag", "--all"]).ends(1).says(none);
        // It is not said that there are none.
        assert_eq!(as_user(&["list"]).ends(0).says("no group is seen").out, "");

        grant("Describe", "--group", &group);
        eventually("it may describe", || as_user(&["describe", &group]).status == 0);
        // The broker leaves commits on hidden topics out, without an error.
        let unseen = "commits on topics that you may not describe are not seen";
        as_user(&["lag", &group]).ends(0).says(unseen);
        as_user(&["lag", &group, "--max", "1000"]).ends(3).says(unseen);
        // What is not known is no lag of 0.
        let watched = as_user(&["watch", &group, "--for", "2s", "--interval", "200ms"]).ends(0);
        assert_eq!(watched.err.matches(unseen).count(), 1, "said once: {watched}");
        let told: Vec<Value> =
            watched.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let lag = told.iter().find(|event| event["event"] == "lag").expect("lag is told of");
        assert_eq!(
            (&lag["partitions"], lag.get("lag"), lag.get("consumed")),
            (&0.into(), None, None)
        );
        let delete = ["delete", group.as_str(), "--dry-run"];
        let uncounted = "are neither counted nor kept in the backup";
        as_user(&delete).ends(0).says(uncounted);
        assert!(!bench.group(&delete).ends(0).err.contains(uncounted));
        as_user(&["reset-offsets", &group, "--to", "earliest", "--dry-run"])
            .ends(1)
            .says("no commit of the group")
            .says("commits on topics that you may not describe are not seen");
        let reset = ["reset-offsets", &group, "--to", "earliest", "--topic", &topic, "--dry-run"];
        as_user(&reset)
            .ends(1)
            .says(&format!("you may not describe `{topic}`"))
            .says(&format!("--operation describe --topic {topic}`"));
        let held = unique("group");
        grant("Describe", "--group", &held);
        let member = Consumer::of(broker, &held, &topic).start();
        member.holding(1);
        let lag = as_user(&["lag", &held, "-o", "json"]).json();
        assert_eq!(lag["items"][0]["problem"], "hiddenTopic");
        drop(member);
        let doctor = ["doctor", group.as_str(), "--samples", "1"];
        as_user(&doctor).ends(0).prints("nothing found").prints("not checked: commits on topics");
        as_user(&["watch", "--all", "--for", "100ms"])
            .ends(0)
            .says("groups that you may not describe are not watched");
        a_part_is_not_taken_for_all(&bench, &client, &topic);
        let unseen = "not checked: groups that you may not describe";
        as_user(&["doctor", "--all", "--samples", "1"]).prints(unseen);
        assert!(!bench.group(&["doctor", "--all", "--samples", "1"]).out.contains(unseen));
        as_user(&["delete-offsets", &group, "--topic", &topic, "--yes"])
            .ends(1)
            .says(&format!("commits on `{topic}` cannot be seen"))
            .says(&format!("--allow-principal User:{user} --operation describe --topic {topic}`"));

        grant("Describe", "--topic", &topic);
        eventually("it sees the commits", || as_user(&["lag", &group]).out.contains("17"));
        assert!(as_user(&["list", "-o", "name"]).ends(0).out.lines().any(|name| name == group));
        as_user(&["lag", &group]).ends(0).prints("17");
        let run = as_user(&["lag", &group, "--time"]).ends(1);
        run.prints("17").says("it needs READ on the topic");
        let run = as_user(&["reset-offsets", &group, "--to", "earliest", "--yes"]).ends(1);
        run.says("GROUP_AUTHORIZATION_FAILED").says("--operation read --group");
        grant("Read", "--group", &group);
        eventually("the group can be read", || {
            let run = as_user(&["reset-offsets", &group, "--to", "earliest", "--yes"]);
            run.err.contains("TOPIC_AUTHORIZATION_FAILED")
        });
        let run = as_user(&["reset-offsets", &group, "--to", "earliest", "--yes"]).ends(1);
        run.says(&format!("--operation read --topic {topic}`"));
        as_user(&["delete", &group, "--yes"]).ends(1).says("it needs DELETE on the group");
        assert_eq!(bench.committed(&group), [(0, 3)]);
    });
}

/// Of all groups, not all are seen: no list of them is complete, and no gate is passed.
#[track_caller]
fn a_part_is_not_taken_for_all(bench: &Bench<'_>, client: &str, topic: &str) {
    let as_user = |arguments: &[&str]| bench.group_as(client, arguments);
    let part = "groups that you may not describe are not listed";
    let complete = |run: Run| run.ends(0).says(part).json()["complete"].clone();
    assert_eq!(complete(as_user(&["list", "-o", "json"])), false);
    assert_eq!(complete(as_user(&["lag", "--all", "-o", "json"])), false);
    as_user(&["lag", "--all", "--max", "1000000"]).ends(3).says(part);
    as_user(&["lag", "--all", "--topic", topic, "--max-time", "9999d"]).ends(3).says(part);
    let matching = as_user(&["list", "--state", "dead"]).ends(0);
    matching.says(&format!("no group matches; {part}"));
    let whole = bench.group(&["list", "-o", "json"]).ends(0);
    assert!(!whole.err.contains(part) && whole.json()["complete"] == true, "{whole}");
    assert!(!bench.group(&["lag", "--all", "--max", "0"]).err.contains(part));
}

#[test]
fn what_is_hidden_is_not_left_out_in_silence() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (group, hidden, seen) = (unique("partial"), bench.topic(1), bench.topic(1));
        let user = unique("reader");
        let client = broker.create_user(&user);
        let principal = format!("User:{user}");
        for (operation, kind, name) in [
            ("Describe", "--group", &group),
            ("Describe", "--topic", &seen),
            ("DescribeConfigs", "--topic", &seen),
        ] {
            let grant = ["--add", "--allow-principal", &principal, "--operation", operation];
            broker.kafka_acls(&[&grant[..], &[kind, name]].concat());
        }
        resets_say_what_they_leave_out(&bench, &client, [&group, &hidden, &seen]);
        gates_and_deletions_say_it(&bench, &client, [&group, &hidden, &seen]);
    });
}

/// A group with commits on two topics, of which the caller may describe one.
#[track_caller]
fn resets_say_what_they_leave_out(
    bench: &Bench<'_>,
    client: &str,
    [group, hidden, seen]: [&str; 3],
) {
    let as_user = |arguments: &[&str]| bench.group_as(client, arguments);
    let set = ["reset-offsets", group, "--to", "5", "--topic", seen, "--topic", hidden, "--yes"];
    bench.group(&set).ends(0);
    eventually("the caller sees a part", || as_user(&["lag", group]).out.contains(seen));

    let left = "commits on topics that you may not describe are not seen, and are left as they are";
    let out = "commits on topics that you may not describe";
    for target in [&["--to", "earliest"][..], &["--shift-by", "1"], &["--to-group", group]] {
        let reset = [&["reset-offsets", group, "--dry-run", "-o", "json"], target].concat();
        let document = as_user(&reset).ends(0).says(left).json();
        assert_eq!(document["leftOut"], out, "{document:#}");
        let topics: Vec<&Value> =
            document["items"].as_array().unwrap().iter().map(|item| &item["topic"]).collect();
        assert_eq!(topics, [seen]);
        let whole = bench.group(&reset).ends(0);
        assert!(!whole.err.contains(left) && whole.json().get("leftOut").is_none(), "{whole}");
    }
    let reset = ["reset-offsets", group, "--to", "earliest", "--dry-run"];
    as_user(&reset).ends(0).prints(&format!("left out: {out}"));
    // Who names what is meant is told of all of it.
    let named = [&reset[..], &["--topic", seen, "-o", "json"]].concat();
    assert!(as_user(&named).ends(0).json().get("leftOut").is_none());
    as_user(&["reset-offsets", group, "--to-group", group, "--topic", hidden, "--dry-run"])
        .ends(1)
        .says(&format!("you may not describe `{hidden}`"));
}

#[track_caller]
fn gates_and_deletions_say_it(bench: &Bench<'_>, client: &str, [group, hidden, seen]: [&str; 3]) {
    let as_user = |arguments: &[&str]| bench.group_as(client, arguments);
    let out = "commits on topics that you may not describe";
    // A gate is not passed by what is seen alone, unless that is what it is about.
    let unseen = "commits on topics that you may not describe are not seen";
    let gate = ["lag", group, "--max", "1000"];
    as_user(&gate).ends(3).says(unseen).says("`--topic TOPIC`");
    as_user(&[&gate[..], &["--topic", seen]].concat()).ends(0);
    assert!(!bench.group(&gate).ends(0).err.contains(unseen));
    let document = as_user(&[&gate[..], &["-o", "json"]].concat()).ends(3).json();
    assert_eq!(document["complete"], false);
    // Nor is it taken for all where nothing is asked of it.
    let plain = ["lag", group, "-o", "json"];
    assert_eq!(as_user(&plain).ends(0).says(unseen).json()["complete"], false);
    let whole = bench.group(&plain).ends(0);
    assert!(!whole.err.contains(unseen) && whole.json()["complete"] == true, "{whole}");
    let named = |topic| as_user(&[&plain[..], &["--topic", topic]].concat());
    assert_eq!(named(seen).ends(0).json()["complete"], true);

    // How old a record is takes READ.
    let doctor = ["doctor", group, "--samples", "2", "--interval", "100ms"];
    let blind = as_user(&doctor).ends(3).prints(&format!("not checked: {out}"));
    blind.prints(
        "not checked: how long until records are lost: not authorized to fetch from the topic",
    );
    let sees = bench.group(&doctor).ends(3).prints("it may be deleted in 6d 23h");
    assert!(!sees.out.contains("not checked"), "{sees}");

    let delete = ["delete-offsets", group, "--topic", hidden, "--topic", seen, "--dry-run"];
    let run = as_user(&[&delete[..], &["-o", "json"]].concat()).ends(1);
    let document = run.says(&format!("commits on `{hidden}` cannot be seen")).json();
    let items = document["items"].as_array().unwrap().iter();
    let fates: Vec<(&str, &str)> = items
        .map(|item| (item["topic"].as_str().unwrap(), item["status"].as_str().unwrap()))
        .collect();
    assert_eq!(fates, [(seen, "planned"), (hidden, "failed")]);
}

#[test]
fn a_read_only_context_refuses_every_write() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let properties = broker.client("admin");
        bench.sandbox.write(
            ".config/kward/config.toml",
            &format!(
                "current-context = \"safe\"\n[contexts.safe]\nbootstrap-servers = \"{}\"\n\
                 command-config = \"{}\"\nread-only = true\n",
                broker.bootstrap_of("admin"),
                properties.display()
            ),
        );
        for arguments in [
            &["reset-offsets", "g", "--to", "latest", "--yes"][..],
            &["delete-offsets", "g", "--topic", "t", "--yes"],
            &["delete", "g", "--yes"],
            &["remove-members", "g", "--all", "--yes"],
        ] {
            let run = Run::of(&mut bench.sandbox.kward(["group"].iter().chain(arguments)));
            run.ends(4).says("the context `safe` is read-only");
        }
    });
}
