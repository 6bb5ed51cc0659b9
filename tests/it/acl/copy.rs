//! `acl copy`.

use super::{Bench, summary};
use crate::support::bindings::bindings;
use crate::support::broker::on_each_version;
use crate::support::unique;

#[test]
fn gives_one_principal_the_bindings_of_another() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let (from, to, name) = (unique("User:from"), unique("User:to"), unique("copy"));
        bench.create(&[
            "--allow-principal",
            &from,
            "--consumer",
            "--topic",
            &name,
            "--group",
            &name,
        ]);
        bench.create(&[
            "--deny-principal",
            &from,
            "--deny-host",
            "10.0.0.7",
            "--operation",
            "all",
            "--topic",
            &name,
            "--pattern",
            "prefixed",
        ]);
        let copy = ["copy", "--from", &from, "--to", &to, "-o", "json"];
        let dry = bench.acl(&[&copy[..], &["--dry-run"]].concat()).ends(0).json();
        assert_eq!(summary(&dry), [("planned".to_owned(), 4)]);
        assert!(bench.live(&[&to]).is_empty());

        let done = bench.acl(&copy).ends(0).json();
        assert_eq!(summary(&done), [("created".to_owned(), 4)]);
        let expected = bindings([
            format!("{to} allow read topic:{name}"),
            format!("{to} allow describe topic:{name}"),
            format!("{to} allow read group:{name}"),
            format!("{to} deny all topic:{name}* 10.0.0.7"),
        ]);
        assert_eq!(bench.live_by_kafka(&[&to]), expected);
        assert_eq!(summary(&bench.acl(&copy).ends(0).json()), [("existed".to_owned(), 4)]);

        let nobody = unique("User:nobody");
        bench.acl(&["copy", "--from", &nobody, "--to", &to]).ends(1).says("has no ACLs to copy");
        bench.acl(&["copy", "--from", &to, "--to", &to]).ends(2);
    });
}
