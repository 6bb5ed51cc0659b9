//! Waiting until brokers know what the controller has decided: each learns of it in its own time.

use super::bindings::{of_json, of_kafka_acls};
use super::broker::Broker;
use super::run::Run;
use super::sandbox::Sandbox;
use super::{eventually, unique};

impl Broker {
    /// Waits until kward, when a client runs it against one broker after the other, ends as it should:
    /// each broker learns in its own time what the controller has decided.
    pub fn everywhere(
        &self,
        client: &str,
        what: &str,
        arguments: &[&str],
        ends: impl Fn(&Run) -> bool,
    ) {
        let sandbox = Sandbox::new();
        let addresses = self.bootstrap_of(client);
        for address in addresses.split(',') {
            let once = || {
                let mut command = sandbox.kward(arguments);
                command.args(["--bootstrap-server", address, "--command-config"]);
                Run::of(command.arg(self.client(client)))
            };
            eventually(what, || ends(&once()));
        }
    }

    /// Waits until each broker of a super user's client has everything that the controller has decided so far.
    /// Brokers carry it out in its order, and ACLs last: who knows a new one knows all.
    pub fn caught_up(&self, client: &str) {
        let sandbox = Sandbox::new();
        let name = unique("caught-up");
        let principal = format!("User:{name}");
        let kward = |words: &[&str]| {
            Run::of(&mut sandbox.kward_on(self, client, words)).ends(0);
        };
        let grant = ["acl", "create", "--allow-principal", &principal, "--topic", &name];
        kward(&[&grant[..], &["--operation", "read"]].concat());
        let list = ["acl", "list", "--principal", &principal, "-o", "name"];
        self.everywhere(client, "it has caught up", &list, |run| run.out.contains(&name));
        kward(&["acl", "delete", "--principal", &principal, "--yes"]);
    }

    /// Waits until what Kafka's own tool has just made is known: it returns when the controller has it.
    pub(super) fn knows_what_was_made(&self, tool: &str, arguments: &[&str], said: &str) {
        let has = |flag: &str| arguments.contains(&flag);
        match tool {
            "topics" if has("--create") => {
                let at = arguments.iter().position(|word| *word == "--topic");
                let name = arguments[at.expect("`--topic`") + 1];
                let list = ["topic", "list", name, "-o", "name"];
                self.everywhere("admin", "the topic is known", &list, |run| run.status == 0);
            }
            "acls" if has("--add") => {
                // What was there before stands behind it, and may go at any time.
                let added = of_kafka_acls(said.split("Current ACLs").next().unwrap_or_default());
                let known = |run: &Run| {
                    let document = serde_json::from_str::<serde_json::Value>(&run.out);
                    document.is_ok_and(|all| of_json(&all["items"]).is_superset(&added))
                };
                let list = ["acl", "list", "-o", "json"];
                self.everywhere("admin", "the ACLs are known", &list, known);
            }
            _ => {}
        }
    }
}
