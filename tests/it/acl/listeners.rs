//! Every listener of a broker, with every way to log in.

use super::Bench;
use super::whole::Whole;
use crate::support::bindings::bindings;
use crate::support::broker::on_each_version;
use crate::support::unique;

#[test]
fn every_listener_takes_every_verb() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        for client in [
            "admin-plain",
            "admin-scram256",
            "admin-scram512",
            "admin-plain-tls",
            "admin-scram256-tls",
            "admin-scram512-tls",
            "ssl-admin",
        ] {
            let user = unique("User:via");
            let n = &user[5..];
            bench.file(
                "a.yaml",
                &format!(
                    "version: 1\nscope: {{ principal: {user} }}\nrules:\n  - principal: {user}\n    \
                     allow: {{ topic: {n}, operation: read }}\n"
                ),
            );
            let acl = |arguments: &[&str]| bench.acl_as(client, arguments);
            acl(&["create", "--allow-principal", &user, "--operation", "write", "--topic", n])
                .ends(0);
            acl(&["apply", "-f", "a.yaml", "--prune", "-y"]).ends(0).prints("1 created, 1 deleted");
            acl(&["plan", "-f", "a.yaml", "--detailed-exitcode"]).ends(0);
            acl(&["list", "--principal", &user]).ends(0).prints(n);
            // Another way in sees the same.
            assert_eq!(bench.live(&[&user]), bindings([format!("{user} allow read topic:{n}")]));
            acl(&["delete", "--principal", &user, "-y"]).ends(0).prints("1 deleted");
        }
    });
}

#[test]
fn a_plain_listener_serves_whom_the_broker_trusts() {
    // Others take all ACLs from that broker, one test at a time.
    let whole = Whole::new();
    let bench = whole.bench();
    let acl = |arguments: &[&str]| bench.acl(arguments);
    let user = unique("User:plain");
    bench.file(
        "a.yaml",
        &format!(
            "version: 1\nscope: {{ principal: {user} }}\nrules:\n  - principal: {user}\n    produce: p\n"
        ),
    );
    acl(&["apply", "-f", "a.yaml", "-y"]).ends(0).prints("2 created");
    acl(&["plan", "-f", "a.yaml", "--detailed-exitcode"]).ends(0);
    acl(&["delete", "--principal", &user, "-y"]).ends(0).prints("2 deleted");
}
