//! `acl delete`.

use super::{Bench, summary};
use crate::support::bindings::bindings;
use crate::support::broker::{Broker, newest, on_each_version};
use crate::support::unique;

#[test]
fn deletes_exactly_what_was_shown() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (user, other, name) = (unique("User:del"), unique("User:keep"), unique("delete"));
        for who in [&user, &other] {
            for pattern in ["literal", "prefixed"] {
                bench.create(&[
                    "--allow-principal",
                    who,
                    "--operation",
                    "read,write",
                    "--topic",
                    &name,
                    "--pattern",
                    pattern,
                ]);
            }
        }
        let both = [user.as_str(), &other];
        let before = bench.live(&both);
        assert_eq!(before.len(), 8);

        let delete = ["delete", "--topic", &name, "--principal", &user];
        // Nobody can be asked.
        bench.acl(&delete).ends(4).says("- allow READ, WRITE on topic").says("`--yes`");
        assert_eq!(bench.live(&both), before);
        let dry = bench.acl(&[&delete[..], &["--dry-run", "-o", "json"]].concat()).ends(0).json();
        assert_eq!(summary(&dry), [("planned".to_owned(), 2)]);
        assert_eq!(bench.live(&both), before);

        // Literal unless it is said otherwise, and nobody else's.
        let run = bench.acl(&[&delete[..], &["-y", "-o", "json"]].concat()).ends(0);
        assert_eq!(summary(&run.json()), [("deleted".to_owned(), 2)]);
        let gone = bindings([
            format!("{user} allow read topic:{name}"),
            format!("{user} allow write topic:{name}"),
        ]);
        assert_eq!(bench.live_by_kafka(&both), &before - &gone);

        bench.acl(&[&delete[..], &["-y"]].concat()).ends(0).says("no ACL matches");
        bench.acl(&[&delete[..], &["-y", "--must-exist"]].concat()).ends(1).says("no ACL matches");

        bench
            .acl(&["delete", "--topic", &name, "--operation", "write", "--pattern", "any", "-y"])
            .ends(0)
            .prints("3 deleted");
        let left = bindings([
            format!("{user} allow read topic:{name}*"),
            format!("{other} allow read topic:{name}*"),
            format!("{other} allow read topic:{name}"),
        ]);
        assert_eq!(bench.live(&both), left);

        // Without a resource there is no name that could be meant literally.
        bench.acl(&["delete", "--principal", &user, "--principal", &other, "-y"]).ends(0);
        assert!(bench.live(&both).is_empty());
    });
}

#[test]
fn takes_back_what_the_conveniences_gave() {
    let broker = Broker::shared(&newest());
    let bench = Bench::new(&broker);
    let (user, name) = (unique("User:back"), unique("back"));
    let producer = ["--allow-principal", &user, "--producer", "--topic", &name];
    bench.create(&producer);
    bench.create(&["--allow-principal", &user, "--operation", "delete", "--topic", &name]);
    bench.acl(&[&["delete", "-y"], &producer[..]].concat()).ends(0).prints("3 deleted");
    assert_eq!(bench.live(&[&user]), bindings([format!("{user} allow delete topic:{name}")]));
    // kafka-acls' way to say whose ACLs go.
    bench.acl(&["delete", "-y", "--deny-principal", &user]).ends(0).says("no ACL matches");
    bench.acl(&["delete", "-y", "--allow-principal", &user]).ends(0).prints("1 deleted");
}

#[test]
fn finds_what_is_odd() {
    // Kafka's own tool stores any host; what it stored must be found again.
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let user = unique("User:odd");
        broker.kafka_acls(&[
            "--add",
            "--allow-principal",
            &user,
            "--allow-host",
            "db.example.com",
            "--operation",
            "Read",
            "--topic",
            "odd",
            "--topic",
            "*",
        ]);
        bench
            .acl(&["delete", "-y", "--host", "db.example.com", "--principal", &user])
            .ends(0)
            .prints("2 deleted");
        assert!(bench.live(&[&user]).is_empty());
    });
}

#[test]
fn a_host_is_the_one_that_was_named_and_no_other() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (user, topic) = (unique("User:hosts"), unique("hosts"));
        // Kafka's own tool keeps what it is given; no client ever comes from the short form.
        for host in ["::1", "0:0:0:0:0:0:0:1", "127.0.0.1", "::ffff:127.0.0.1"] {
            let grant = ["--add", "--allow-principal", &user, "--allow-host", host];
            broker
                .admin("acls", &[&grant[..], &["--operation", "read", "--topic", &topic]].concat());
        }
        let found = |host: &str| {
            let list = ["list", "--principal", &user, "--host", host, "-o", "json"];
            let run = bench.acl(&list).ends(0);
            let document = run.json();
            let items = document["items"].as_array().unwrap().clone();
            let hosts: Vec<String> =
                items.iter().map(|item| item["host"].as_str().unwrap().to_owned()).collect();
            (hosts, run.err)
        };
        for host in ["0:0:0:0:0:0:0:1", "127.0.0.1"] {
            assert_eq!(found(host), (vec![host.to_owned()], String::new()));
        }
        for (host, counts) in [("::1", "0:0:0:0:0:0:0:1"), ("::ffff:127.0.0.1", "127.0.0.1")] {
            let (hosts, err) = found(host);
            assert_eq!(hosts, [host]);
            assert!(err.contains(&format!("has the host `{counts}`")), "{err}");
        }
        bench.acl(&["delete", "--principal", &user, "--host", "::1", "-y"]).ends(0);
        assert_eq!(found("::1").0, [""; 0]);
        assert_eq!(found("0:0:0:0:0:0:0:1").0.len(), 1);
    });
}
