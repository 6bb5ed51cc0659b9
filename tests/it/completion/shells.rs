//! What Tab inserts in bash, zsh and fish.

use super::terminal::{Shell, Terminal};
use super::topics;
use crate::support::sandbox::Sandbox;
use crate::support::scripted::Scripted;

/// dev/setup installs them.
const SHELLS: [Shell; 3] = [Shell::Bash, Shell::Zsh, Shell::Fish];

/// A sandbox whose current context is a scripted broker.
fn sandbox(broker: &Scripted) -> Sandbox {
    let sandbox = Sandbox::new();
    let config = format!(
        "current-context = \"dev\"\n[contexts.dev]\nbootstrap-servers = \"{}\"\n\
         [contexts.prod]\nbootstrap-servers = \"prod:1\"\n",
        broker.address
    );
    sandbox.write(".config/kward/config.toml", &config);
    sandbox.write("access/rules.yaml", "version: 1\n");
    sandbox
}

#[test]
fn tab_inserts_commands_flags_values_and_live_names() {
    let broker =
        Scripted::start(|request| topics(request, &["orders.eu", "orders.us", "payments"]));
    for shell in SHELLS {
        let sandbox = sandbox(&broker);
        let mut terminal = Terminal::open(shell, &sandbox, "30s");
        terminal.completes("kward ac", "kward acl");
        terminal.completes("kward acl expo", "kward acl export");
        terminal.completes("kward acl list --output=js", "kward acl list --output=json");
        terminal.completes("kward acl list --princ", "kward acl list --principal");
        terminal.completes("kward context use pr", "kward context use prod");
        terminal.completes("kward acl list --topic pay", "kward acl list --topic payments");
        // The longest beginning that they share.
        terminal.completes("kward acl list --topic o", "kward acl list --topic orders.");
        terminal.completes(
            "kward acl can User:ana read topic:pay",
            "kward acl can User:ana read topic:payments",
        );
        // What may go on does so without a space.
        terminal.keys("kward acl can User:ana read topi\t");
        terminal.wait("a colon", |line| line == "ready> kward acl can User:ana read topic:");
        terminal.keys("pay\t");
        let whole = "ready> kward acl can User:ana read topic:payments";
        terminal.wait("the name", |line| line == whole);
        terminal.clear();
        terminal.offers("kward acl list --topic orders.", &["orders.eu", "orders.us"]);
        terminal.completes("kward acl plan -f acc", "kward acl plan -f access/");
    }
}

#[test]
fn a_silent_cluster_leaves_the_line_alone() {
    let silent = Scripted::start_raw(None, |_| crate::support::scripted::Reply::Silence);
    for shell in SHELLS {
        let sandbox = sandbox(&silent);
        let mut terminal = Terminal::open(shell, &sandbox, "300ms");
        terminal.keys("kward acl list --topic pay\tments");
        terminal.wait("what was typed", |line| line == "ready> kward acl list --topic payments");
        assert!(!terminal.text().contains("error"), "{}", terminal.text());
    }
}
