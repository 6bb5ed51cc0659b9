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
