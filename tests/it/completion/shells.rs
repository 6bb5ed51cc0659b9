//! What Tab inserts in bash, zsh, fish and elvish.

use super::terminal::{Shell, Terminal};
use super::topics;
use crate::support::sandbox::Sandbox;
use crate::support::scripted::Scripted;

/// dev/setup installs them.
const SHELLS: [Shell; 4] = [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Elvish];

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
        let json = if shell == Shell::Elvish { "'--output=json'" } else { "--output=json" };
        terminal.completes("kward acl list --output=js", &format!("kward acl list {json}"));
        terminal.completes("kward acl list --princ", "kward acl list --principal");
        terminal.completes("kward context use pr", "kward context use prod");
        terminal.completes("kward acl list --columns patt", "kward acl list --columns pattern");
        let pair = if shell == Shell::Elvish { "'name,host'" } else { "name,host" };
        terminal.completes(
            "kward acl list --columns name,hos",
            &format!("kward acl list --columns {pair}"),
        );
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
        terminal.completes("kward -c prod context sh", "kward -c prod context show");
    }
}

/// The names are those of the cluster that the command will speak to. (bash tells nobody what stands before the
/// command; PowerShell and elvish have no such words.)
#[test]
fn variables_before_the_command_count() {
    let dev = Scripted::start(|request| topics(request, &["payments-dev"]));
    let prod = Scripted::start(|request| topics(request, &["payments-prod"]));
    for shell in [Shell::Zsh, Shell::Fish] {
        let sandbox = sandbox(&dev);
        let config = format!(
            "current-context = \"dev\"\n[contexts.dev]\nbootstrap-servers = \"{}\"\n\
             [contexts.prod]\nbootstrap-servers = \"{}\"\n",
            dev.address, prod.address
        );
        sandbox.write(".config/kward/config.toml", &config);
        let mut terminal = Terminal::open(shell, &sandbox, "30s");
        let mut completes = |before: &str, name: &str| {
            let line = format!("{before}kward topic describe pay");
            terminal.completes(&line, &format!("{before}kward topic describe {name}"));
        };
        completes("", "payments-dev");
        completes("KWARD_CONTEXT=prod ", "payments-prod");
        completes("X=1 KWARD_CONTEXT='prod' ", "payments-prod");
        completes("true && KWARD_CONTEXT=prod ", "payments-prod");
        completes("KWARD_CONTEXT=prod true; ", "payments-dev");
        if shell == Shell::Zsh {
            // Nobody knows which cluster that is.
            completes("KWARD_CONTEXT=$THERE ", "pay");
        }
    }
}

/// What a variable holds, and a flag behind the cursor, name the cluster as well.
#[test]
fn what_names_the_cluster_counts_wherever_it_stands() {
    let dev = Scripted::start(|request| topics(request, &["payments-dev"]));
    let prod = Scripted::start(|request| topics(request, &["payments-prod"]));
    for shell in [Shell::Bash, Shell::Zsh] {
        let sandbox = sandbox(&dev);
        let config = format!(
            "current-context = \"dev\"\n[contexts.dev]\nbootstrap-servers = \"{}\"\n\
             [contexts.prod]\nbootstrap-servers = \"{}\"\n",
            dev.address, prod.address
        );
        sandbox.write(".config/kward/config.toml", &config);
        let mut terminal = Terminal::open(shell, &sandbox, "30s");
        terminal.runs("CTX=prod");
        for flags in ["-c $CTX", "-c \"$CTX\"", "--context ${CTX}"] {
            let line = format!("kward {flags} topic describe ");
            terminal.completes(&format!("{line}pay"), &format!("{line}payments-prod"));
        }
        for flags in ["-c prod", "-cprod", "--context=prod"] {
            let back = "\u{1b}[D".repeat(flags.len() + 1);
            terminal.keys(&format!("kward topic describe pay {flags}{back}\t"));
            let words = ["ready>", "kward", "topic", "describe", "payments-prod"];
            terminal.wait(flags, |line| {
                line.split_whitespace().eq(words.into_iter().chain(flags.split(' ')))
            });
            terminal.keys("\u{5}");
            terminal.clear();
        }
    }
}

/// As frameworks for zsh set it up.
#[test]
fn zsh_matches_as_its_user_has_it() {
    let broker = Scripted::start(|request| {
        topics(request, &["orders.checkout-events", "payments", "Users"])
    });
    let sandbox = sandbox(&broker);
    let mut terminal = Terminal::open(Shell::Zsh, &sandbox, "30s");
    terminal.runs(
        "zstyle ':completion:*' matcher-list 'm:{[:lower:][:upper:]}={[:upper:][:lower:]}' \
         'r:|[._-]=* r:|=*' 'l:|=* r:|=*'",
    );
    for (typed, expected) in [
        ("PAY", "payments"),
        ("use", "Users"),
        ("ments", "payments"),
        ("o.c-e", "orders.checkout-events"),
    ] {
        terminal.completes(
            &format!("kward topic describe {typed}"),
            &format!("kward topic describe {expected}"),
        );
    }
    terminal.completes("kward acl EXPO", "kward acl export");
}

#[test]
fn words_in_quotes_go_on_in_quotes() {
    let broker = Scripted::start(|request| topics(request, &["orders", "pay ments", "costs $x"]));
    for shell in SHELLS {
        let sandbox = sandbox(&broker);
        let mut terminal = Terminal::open(shell, &sandbox, "30s");
        let describe = "kward topic describe ";
        let mut completes = |typed: &str, expected: &str| {
            terminal.completes(&format!("{describe}{typed}"), &format!("{describe}{expected}"));
        };
        completes("\"ord", "\"orders\"");
        completes("'pay", "'pay ments'");
        completes("'cos", "'costs $x'");
        if shell == Shell::Elvish {
            completes("pa", "'pay ments'");
        } else {
            completes("pa", "pay\\ ments");
            completes("pay\\ m", "pay\\ ments");
            completes("cos", "costs\\ \\$x");
        }
    }
}

#[test]
fn blanks_in_paths_are_kept() {
    let silent = Scripted::start_raw(None, |_| crate::support::scripted::Reply::Silence);
    for shell in SHELLS {
        let sandbox = sandbox(&silent);
        sandbox.write("my rules/for all/first one.yaml", "version: 1\n");
        sandbox.write("my rules/second.yaml", "version: 1\n");
        let mut terminal = Terminal::open(shell, &sandbox, "30s");
        let mut completes = |typed: &str, expected: &str| {
            let quoted = |text: &str| match shell {
                Shell::Elvish => format!("'{text}'"),
                _ => text.replace(' ', "\\ "),
            };
            let typed = if typed.contains(' ') { quoted(typed) } else { typed.to_owned() };
            // An open quote goes on.
            let typed = typed.strip_suffix('\'').map_or(typed.clone(), str::to_owned);
            let plan = "kward acl plan -f ";
            let expected = format!("{plan}{}", quoted(expected));
            terminal.completes(&format!("{plan}{typed}"), &expected);
        };
        completes("my", "my rules/");
        completes("my ru", "my rules/");
        completes("my rules/fo", "my rules/for all/");
        completes("my rules/for all/", "my rules/for all/first one.yaml");
        completes("my rules/sec", "my rules/second.yaml");
    }
}

/// Behind words that are no part of the path, which no shell's own completion looks behind.
#[test]
fn files_of_secrets_are_found() {
    let silent = Scripted::start_raw(None, |_| crate::support::scripted::Reply::Silence);
    for shell in SHELLS {
        let sandbox = sandbox(&silent);
        sandbox.write("my secrets/password", "s");
        let mut terminal = Terminal::open(shell, &sandbox, "30s");
        let add = "kward context add c --secret ";
        let quoted = |text: &str| match shell {
            Shell::Elvish => format!("'{text}'"),
            _ => text.replace(' ', "\\ "),
        };
        terminal.completes(
            &format!("{add}password=file:acc"),
            &format!(
                "{add}{}",
                if shell == Shell::Elvish {
                    quoted("password=file:access/")
                } else {
                    "password=file:access/".to_owned()
                }
            ),
        );
        let folder = format!("{add}{}", quoted("password=file:my secrets/"));
        terminal.completes(&format!("{add}password=file:my"), &folder);
        // An open quote goes on.
        let typed = format!("{add}{}", quoted("password=file:my secrets/pa"));
        let typed = typed.strip_suffix('\'').unwrap_or(&typed);
        let whole = format!("{add}{}", quoted("password=file:my secrets/password"));
        terminal.completes(typed, &whole);
    }
}

/// What bash breaks words at, and what it would write out.
#[test]
fn paths_in_bash_keep_signs_and_variables() {
    let silent = Scripted::start_raw(None, |_| crate::support::scripted::Reply::Silence);
    let sandbox = sandbox(&silent);
    for file in ["a=ks.yaml", "c:d.yaml", "e=f/g.yaml"] {
        sandbox.write(file, "version: 1\n");
    }
    let mut terminal = Terminal::open(Shell::Bash, &sandbox, "30s");
    for (typed, expected) in [
        ("-f a=", "-f a=ks.yaml"),
        ("--file=a=k", "--file=a=ks.yaml"),
        ("-f c:d", "-f c:d.yaml"),
        ("-f e=", "-f e=f/"),
        ("-f e=f/", "-f e=f/g.yaml"),
        ("-f \"$HOME/acc", "-f \"$HOME/access/"),
        ("-f $HOME/access/ru", "-f $HOME/access/rules.yaml"),
        ("-facc", "-faccess/"),
        ("-faccess/ru", "-faccess/rules.yaml"),
    ] {
        terminal
            .completes(&format!("kward acl plan {typed}"), &format!("kward acl plan {expected}"));
    }
    // A folder of its own.
    terminal.completes("kward acl apply --backup-dir acc", "kward acl apply --backup-dir access/");
}

#[test]
fn the_home_folder_is_found() {
    let silent = Scripted::start_raw(None, |_| crate::support::scripted::Reply::Silence);
    for shell in SHELLS {
        let sandbox = sandbox(&silent);
        let mut terminal = Terminal::open(shell, &sandbox, "30s");
        // Elvish itself writes the folder out.
        let home = match shell {
            Shell::Elvish => sandbox.path().display().to_string(),
            _ => "~".to_owned(),
        };
        let mut completes = |typed: &str, expected: &str| {
            let expected = format!("kward acl plan -f {home}/{expected}");
            terminal.completes(&format!("kward acl plan -f ~/{typed}"), &expected);
        };
        completes("acc", "access/");
        completes("access/ru", "access/rules.yaml");
    }
    // What kward itself takes for the home folder: no shell does behind a flag.
    let sandbox = sandbox(&silent);
    let mut terminal = Terminal::open(Shell::Fish, &sandbox, "30s");
    terminal.completes("kward acl plan --file=~/acc", "kward acl plan --file=~/access/");
    terminal.completes("kward acl plan -f $HOME/acc", "kward acl plan -f $HOME/access/");
    terminal.completes("kward acl plan --file=$HOME/acc", "kward acl plan --file=$HOME/access/");
    let mut terminal = Terminal::open(Shell::Elvish, &sandbox, "30s");
    terminal.completes("kward acl plan --file=~/acc", "kward acl plan '--file=~/access/'");
}

#[test]
fn a_silent_cluster_leaves_the_line_alone() {
    let silent = Scripted::start_raw(None, |_| crate::support::scripted::Reply::Silence);
    for shell in SHELLS {
        let sandbox = sandbox(&silent);
        let mut terminal = Terminal::open(shell, &sandbox, "300ms");
        terminal.keys("kward acl list --topic pay\tments");
        terminal.wait("what was typed", |line| line == "ready> kward acl list --topic payments");
        // That is elvish's own word for it.
        let text = terminal.text().replace("error: no candidates", "");
        assert!(!text.contains("error"), "{text}");
    }
}
