//! Every command that lists something has every format, and the flags of tables.

use serde_json::Value;

use crate::support::broker::{Broker, Options, newest, on_each_version};
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::schemas::assert_valid;
use crate::support::terminal::Terminal;
use crate::support::unique;

/// The commands, on a cluster that has one of everything.
const LISTS: [&str; 18] = [
    "acl list",
    "acl roles",
    "topic list",
    "topic describe TOPIC",
    "group list",
    "group lag GROUP",
    "group describe GROUP",
    "cluster brokers",
    "cluster log-dirs",
    "cluster api-versions",
    "cluster features",
    "config describe --broker 1",
    "user list",
    "token list",
    "quota list",
    "transaction list",
    "reassign status",
    "context list",
];

#[test]
fn every_list_has_every_format() {
    // One list is compared with the next, so nobody else may change anything.
    let broker = Broker::own(&Options::default());
    let sandbox = Sandbox::new();
    let (topic, group, user) = (unique("forms"), unique("forms"), unique("forms"));
    broker.create_topic(&topic);
    broker.create_user(&user);
    broker.produce("admin", &topic, &["one"]).expect("a record");
    broker.consume("admin", &topic, &group, 1).expect("a record");
    let principal = format!("User:{user}");
    let run = |line: &str, more: &[&str]| {
        let line = line.replace("TOPIC", &topic).replace("GROUP", &group);
        let words: Vec<&str> = line.split(' ').chain(more.iter().copied()).collect();
        if words[0] == "context" {
            return Run::of(&mut sandbox.kward(words)).ends(0);
        }
        Run::of(&mut sandbox.kward_on(&broker, "admin", words)).ends(0)
    };
    let grant = format!("acl create --allow-principal {principal} --operation read --topic");
    run(&grant, &[&topic]);
    run("quota set --request-percentage 50 --yes --user", &[&user]);
    run("token create --hmac-file forms.hmac", &[]);
    run("context add dev -b localhost:9092", &[]);
    for line in LISTS {
        let json = run(line, &["-o", "json"]).json();
        let yaml: Value = serde_saphyr::from_str(&run(line, &["-o", "yaml"]).out).expect("YAML");
        assert_eq!(json["kind"], yaml["kind"], "{line}");
        let table = run(line, &[]);
        let wide = run(line, &["-o", "wide"]);
        let markdown = run(line, &["-o", "markdown"]);
        let names = run(line, &["-o", "name"]);
        assert!(names.out.lines().all(|name| !name.is_empty() && !name.contains('\t')), "{names}");
        let Some(heading) = heading(&wide.out) else {
            // Lines, or nothing, which is said beside it.
            assert!(table.out.is_empty() != table.err.is_empty(), "{line}: {table}");
            continue;
        };
        assert!(!names.out.is_empty(), "{line} has no names");
        assert!(markdown.out.contains(&format!("| {} ", heading[0])), "{line}: {markdown}");
        let bare = run(line, &["-o", "wide", "--no-headers"]);
        assert!(bare.out.lines().count() < wide.out.lines().count(), "{line}: {bare}");
        let last = heading.last().expect("a column").to_lowercase();
        let chosen = run(line, &["--columns", &last, "--sort-by", &format!("-{}", heading[0])]);
        assert!(chosen.out.to_lowercase().contains(&last), "{line}: {chosen}");
        let wrong = sandbox.kward_on(&broker, "admin", ["topic", "list", "--columns", "nonsense"]);
        Run::of(&mut { wrong }).ends(2).says("unknown column `nonsense`");
    }
}

/// The columns of the first table: the first line of words in capitals only.
fn heading(text: &str) -> Option<Vec<&str>> {
    let capitals = |line: &&str| {
        line.contains("  ")
            && !line.starts_with(' ')
            && line.chars().all(|c| c.is_ascii_uppercase() || "-_ ./()".contains(c))
    };
    let line = text.lines().find(capitals)?;
    Some(line.split("  ").map(str::trim).filter(|word| !word.is_empty()).collect())
}

#[test]
fn on_a_narrow_terminal_words_stay_whole_and_who_is_missing_is_seen() {
    let broker = Broker::shared(&newest());
    let sandbox = Sandbox::new();
    let (bootstrap, client) = (broker.bootstrap_of("admin"), broker.client("admin"));
    let on_terminal = |words: &[&str]| {
        let mut command = sandbox.process(words);
        command.args(["-b", &bootstrap, "--command-config"]).arg(&client);
        Terminal::start_sized(("dumb", 60), &command, None).ended()
    };
    let (status, shown) = on_terminal(&["cluster", "brokers"]);
    assert_eq!(status, 0, "{shown}");
    assert!(shown.contains("ROLE") && shown.contains("controller"), "{shown}");
    assert!(shown.contains("not shown for want of room: "), "{shown}");

    // An ACL for one host looks like one for all on no terminal, and no line is broken by it.
    let topic = unique("narrow");
    let grant = |host: &str| {
        let words = ["acl", "create", "--allow-principal", "User:ana", "--operation", "read"];
        let more = ["--allow-host", host, "--topic", &topic];
        let words = words.iter().chain(&more);
        Run::of(&mut sandbox.kward_on(&broker, "admin", words)).ends(0);
    };
    let listed = |columns: u16| {
        let words = ["acl", "list", "--topic", &topic, "-b", &bootstrap];
        let mut command = sandbox.process(words);
        command.arg("--command-config").arg(&client);
        let (status, shown) = Terminal::start_sized(("dumb", columns), &command, None).ended();
        assert_eq!(status, 0, "{shown}");
        let fits = |line: &str| line.chars().count() <= usize::from(columns);
        assert!(shown.lines().all(fits), "at {columns}:\n{shown}");
        shown
    };
    grant("*");
    for columns in [40, 60] {
        let shown = listed(columns);
        assert!(!shown.contains("HOST  ") && shown.contains("not shown"), "all alike:\n{shown}");
    }
    grant("10.0.0.7");
    for columns in [40, 50, 60, 80] {
        let shown = listed(columns);
        // Where words would be broken, each ACL is a block of lines.
        let in_blocks = shown.lines().any(|line| line.starts_with("HOST:"));
        assert_eq!(in_blocks, columns == 40, "at {columns}:\n{shown}");
        let heading = shown.lines().next().expect("headings");
        assert!(in_blocks || heading.ends_with("HOST"), "at {columns}:\n{shown}");
        assert!(shown.contains("10.0.0.7"), "at {columns}:\n{shown}");
        assert!(!shown.lines().any(|line| line.contains("not shown") && line.contains("HOST")));
    }

    let words = ["quota", "set", "--user", "User:ana", "--request-percentage", "1"];
    let (status, shown) = on_terminal(&words);
    let whole = Run::of(&mut sandbox.kward_on(&broker, "admin", words)).ends(2);
    assert_eq!(status, 2, "{shown}");
    assert!(whole.err.lines().any(|line| line.len() > 60), "it has to be broken: {whole}");
    assert!(shown.lines().all(|line| line.chars().count() <= 60), "{shown}");
    let words =
        |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
    assert_eq!(words(&shown), words(&whole.err), "no word is broken");
}

#[test]
fn every_format_is_sorted_and_an_unknown_column_is_wrong_in_each() {
    on_each_version(|broker| {
        let sandbox = Sandbox::new();
        let prefix = unique("sorted");
        let names: Vec<String> = [("a", "2"), ("b", "3"), ("c", "2")]
            .iter()
            .map(|(name, partitions)| {
                let name = format!("{prefix}-{name}");
                let create = ["--create", "--topic", &name, "--partitions", partitions];
                broker.admin("topics", &create);
                name
            })
            .collect();
        let run = |words: &[&str]| {
            let all = ["topic", "list", "--prefix", &prefix];
            Run::of(&mut sandbox.kward_on(broker, "admin", all.iter().chain(words)))
        };
        let sorted = ["--sort-by", "-partitions,-NAME", "-o"];
        let expected = [&names[1], &names[2], &names[0]];
        let of_json = |document: &Value| -> Vec<String> {
            let items = document["items"].as_array().expect("items").iter();
            items.map(|item| item["name"].as_str().unwrap().to_owned()).collect()
        };
        let with = |format: &str| run(&[&sorted[..], &[format]].concat()).ends(0);
        let json = with("json").json();
        assert_eq!(of_json(&json).iter().collect::<Vec<_>>(), expected);
        assert_valid(&json);
        let yaml: Value = serde_saphyr::from_str(&with("yaml").out).expect("YAML");
        assert_eq!(of_json(&yaml).iter().collect::<Vec<_>>(), expected);
        assert_eq!(with("name").out.lines().collect::<Vec<_>>(), expected);
        let table = with("table");
        let first = |line: &str| line.split_whitespace().next().unwrap().to_owned();
        assert_eq!(table.out.lines().skip(1).map(first).collect::<Vec<_>>(), names_of(&expected));
        for format in ["table", "json", "yaml", "name", "markdown"] {
            for flag in ["--columns", "--sort-by"] {
                let wrong = run(&[flag, "partition", "-o", format]).ends(2);
                wrong.says("unknown column `partition`").says("PARTITIONS");
            }
        }
        // Documents are whole.
        for format in ["json", "yaml", "name"] {
            let words = ["group", "list", "--columns", "group", "-o", format];
            let refused = Run::of(&mut sandbox.kward_on(broker, "admin", words)).ends(2);
            refused.says("`--columns` is for tables");
        }
        // Lists inside of items are sorted each by itself.
        let described = ["topic", "describe", &names[0], &names[1], "--sort-by", "-partition"];
        let words = described.iter().chain(&["-o", "json"]);
        let json = Run::of(&mut sandbox.kward_on(broker, "admin", words)).ends(0).json();
        let partitions = |at: usize| -> Vec<i64> {
            let all = json["items"][at]["partitions"].as_array().expect("partitions").iter();
            all.map(|partition| partition["partition"].as_i64().unwrap()).collect()
        };
        assert_eq!((partitions(0), partitions(1)), (vec![1, 0], vec![2, 1, 0]));
    });
}

fn names_of(names: &[&String]) -> Vec<String> {
    names.iter().map(|name| (*name).clone()).collect()
}
