//! What is refused, and why: before anything is written.

use super::{Bench, on_each_cluster, on_the_newest, statuses};
use crate::support::run::Run;
use crate::support::{eventually, unique};
use crate::topic::{items, kward_as};

fn plan_of(topic: &str, more: &str, rest: &str) -> String {
    format!(r#"{{"version":1{more},"partitions":[{{"topic":"{topic}","partition":0,{rest}}}]}}"#)
}

#[test]
fn plans_that_do_not_fit_the_cluster_move_nothing() {
    on_each_cluster(|cluster| {
        let bench = Bench::new(cluster);
        let topic = bench.topic("refused", "1:2");
        let apply = |text: &str| {
            bench.sandbox.write("plan.json", text);
            bench.reassign(&["apply", "plan.json", "--yes"])
        };
        let nowhere = unique("nowhere");
        apply(&plan_of(&nowhere, "", r#""replicas":[1]"#)).ends(2).says("there is no partition");
        apply(&plan_of(&topic, "", r#""replicas":[1,9]"#))
            .ends(2)
            .says("is to lie on broker 9, which is not there");
        apply(&plan_of(&topic, r#","clusterId":"other""#, r#""replicas":[1,3]"#))
            .ends(4)
            .says("the plan is for the cluster `other`");
        apply(&plan_of(&topic, "", r#""replicas":[2,3],"from":[1,3]"#))
            .ends(4)
            .says("is stale")
            .says("lies on 1,2, and lay on 1,3");
        apply("{}").ends(2).says("no plan of a reassignment");
        apply(&plan_of(&topic, "", r#""replicas":[1,1]"#)).ends(2).says("names broker 1 twice");
        bench.reassign(&["apply", "nowhere.json"]).ends(2).says("cannot read the plan");
        assert_eq!(bench.lies(&topic), "1:2");
    });
}

#[test]
fn goals_that_cannot_be_say_so() {
    let cluster = on_the_newest();
    let bench = Bench::new(&cluster);
    let topic = bench.topic("goals", "1:2");
    let plan = |words: &[&str]| bench.reassign(&[&["plan"], words].concat());
    plan(&["--drain", "7"]).ends(2).says("there is no broker 7").says("brokers 1, 2, 3");
    plan(&["--even", "--topic", "gaols"]).ends(1).says("there is no topic `gaols`");
    plan(&["--drain", "2,3", "--topic", &topic]).ends(2).says("too few brokers for the 2 replicas");
    plan(&["--even", "--out", "-"]).ends(2).says("`--out` takes a file");
    plan(&[]).ends(2);
    plan(&["--exclude", "1"]).ends(2);
    plan(&["-r", "0"]).ends(2);
    bench.reassign(&["apply"]).ends(2);
    bench.reassign(&["apply", "plan.json", "--even"]).ends(2);
    bench.reassign(&["apply", "--even", "--throttle", "0"]).ends(2).says("a rate of 0");
    bench
        .reassign(&["apply", "--even", "--throttle", "fast"])
        .ends(2)
        .says("a rate is bytes a second");
    bench.reassign(&["cancel"]).ends(2);
    // One name in many: what is left is done, and the mistake is told.
    let run = bench.reassign(&["status", &topic, "gaols"]).ends(1);
    assert_eq!(
        (&run.json()["kind"], &run.json()["items"]),
        (&"ReassignmentList".into(), &serde_json::json!([]))
    );
    bench.reassign(&["cancel", &topic, "gaols", "-y"]).ends(1).says("there is no topic `gaols`");
    bench.reassign(&["status", "gaols"]).ends(1).says("there is no topic `gaols`");
    bench.reassign(&["cancel", "gaols", "-y"]).ends(1).says("there is no topic `gaols`");
    bench.reassign(&["status", &topic, "--partition", "4"]).ends(2).says("has no partition 4");
}

#[test]
fn who_may_not_is_told_what_is_missing() {
    let cluster = on_the_newest();
    let bench = Bench::new(&cluster);
    let topic = bench.topic("rights", "1");
    let user = unique("mover");
    let client = cluster.create_user(&user);
    let guest = |words: &[&str]| -> Run { kward_as(&cluster, &client, words) };
    let status = ["reassign", "status"];
    guest(&status)
        .ends(1)
        .says("not authorized to list reassignments")
        .says("--operation describe --cluster");
    let allow = |resource: &[&str], operation: &str| {
        let principal = format!("User:{user}");
        let words = ["acl", "create", "--allow-principal", &principal, "--operation", operation];
        bench.kward(&[&words[..], resource].concat()).ends(0);
    };
    allow(&["--cluster"], "describe");
    // A plan of what may not be seen: that is no partition that is not there.
    let unseen = bench.sandbox.write("unseen.json", &plan_of(&topic, "", r#""replicas":[2]"#));
    let unseen = ["reassign", "apply", unseen.to_str().unwrap(), "-y"];
    let says_what_is_missing =
        |run: &Run| run.status == 1 && run.err.contains("--operation describe --topic");
    cluster.everywhere(&client, "it may describe the cluster", &unseen, says_what_is_missing);
    allow(&["--topic", &topic], "describe");
    let apply = ["reassign", "apply", "-r", "2", "--topic", &topic, "-y"];
    let succeeds = |run: &Run| run.status == 0;
    cluster.everywhere(&client, "it may look", &status, succeeds);
    cluster.everywhere(&client, "it sees the topic", &["topic", "list", &topic], succeeds);
    let foreseen = guest(&[&apply[..], &["--dry-run"]].concat()).ends(1).prints("planned");
    foreseen.says("not authorized to reassign partitions");
    allow(&["--cluster"], "alter");
    let reassign = [&apply[..], &["--dry-run"]].concat();
    cluster.everywhere(&client, "it may reassign", &reassign, succeeds);
    let throttled = [&reassign[..], &["--throttle", "1MB"]].concat();
    let foreseen =
        guest(&throttled).ends(1).says("the throttles of all brokers cannot be looked at");
    foreseen.says("DESCRIBE_CONFIGS");
    let principal = format!("User:{user}");
    cluster.admin(
        "acls",
        &[
            "--remove",
            "--force",
            "--allow-principal",
            &principal,
            "--operation",
            "Alter",
            "--cluster",
        ],
    );
    cluster.everywhere(&client, "it may not reassign", &reassign, |run| run.status == 1);
    // Other dry runs that no broker checks foresee it, too.
    let pair = bench.topic("led", "1:2");
    allow(&["--topic", &pair], "describe");
    cluster.everywhere(&client, "it sees the topic", &["topic", "list", &pair], succeeds);
    let swap = plan_of(&pair, "", r#""replicas":[2,1]"#);
    bench.sandbox.write("swap.json", &swap);
    bench.reassign(&["apply", "swap.json", "-y"]).ends(0);
    let elect = ["topic", "elect-leaders", &pair, "--dry-run"];
    cluster.everywhere(&client, "another leads", &elect, |run| run.out.contains("planned"));
    guest(&elect).ends(1).prints("planned").says("not authorized to elect leaders");
    bench.fill(&topic, 8);
    let slow = ["apply", "-r", "2", "--topic", &topic, "--throttle", "50kB", "--no-wait", "-y"];
    bench.reassign(&slow).ends(0);
    let cancel = ["reassign", "cancel", &topic, "--dry-run"];
    guest(&cancel).ends(1).prints("planned").says("not authorized to end the move of partitions");
    bench.reassign(&["cancel", &topic, "-y"]).ends(0);
    eventually("it lies where it lay", || bench.lies(&topic) == "1");
    // Who sees no topic counts none, and that is not 0.
    let stranger = cluster.create_user(&unique("stranger"));
    let brokers = kward_as(&cluster, &stranger, &["cluster", "brokers", "-o", "json"]).ends(0);
    assert!(items(&brokers).iter().all(|item| item.get("replicas").is_none()), "{brokers}");
    brokers.says("topics that you may not describe");
    // Nor does it drain a broker.
    let drain = ["reassign", "plan", "--drain", "3"];
    guest(&drain).ends(1).says("of topics that you may not describe stays there");
    guest(&apply)
        .ends(1)
        .says("not authorized to reassign partitions")
        .says("--operation alter --cluster");
    assert_eq!(bench.lies(&topic), "1");
    allow(&["--cluster"], "alter");
    // A throttle takes more, and without it nothing is moved.
    let throttled = [&apply[..], &["--throttle", "1MB"]].concat();
    let run = guest(&throttled);
    assert_eq!(run.status, 1, "{run}");
    assert!(run.err.contains("AUTHORIZATION_FAILED"), "{run}");
    assert_eq!(bench.lies(&topic), "1");
    eventually("it may move", || guest(&apply).status == 0);
    eventually("it has moved", || bench.lies(&topic).len() == 3);
}

#[test]
fn contexts_that_hold_back_hold_back() {
    let cluster = on_the_newest();
    let bench = Bench::new(&cluster);
    let topic = bench.topic("contexts", "1");
    let context = |name: &str, rule: &str| {
        format!(
            "[contexts.{name}]\nbootstrap-servers = \"{}\"\ncommand-config = \"{}\"\n{rule} = true\n",
            cluster.bootstrap_of("admin"),
            cluster.client("admin").display()
        )
    };
    let text = context("ro", "read-only") + &context("prod", "protected");
    bench.sandbox.write(".config/kward/config.toml", &text);
    let run = |words: &[&str]| Run::of(&mut bench.sandbox.kward(words));
    let apply = ["reassign", "apply", "-r", "2", "--topic", &topic, "--yes", "-o", "json"];
    run(&[&["-c", "ro"], &apply[..]].concat()).ends(4).says("the context `ro` is read-only");
    run(&["-c", "ro", "reassign", "cancel", "--all", "-y"]).ends(4).says("is read-only");
    let dry = run(&[&["-c", "ro"], &apply[..], &["--dry-run"]].concat()).ends(0);
    assert_eq!(statuses(&dry), ["planned"]);
    run(&["-c", "ro", "reassign", "plan", "--even"]).ends(0);
    run(&[&["-c", "prod"], &apply[..]].concat()).ends(4).says("the context `prod` is protected");
    assert_eq!(bench.lies(&topic), "1");
    let confirmed = [&["-c", "prod"], &apply[..], &["--confirm-context", "prod"]].concat();
    run(&confirmed).ends(0);
    cluster.caught_up("admin");
    assert_eq!(bench.lies(&topic).len(), 3);
}
