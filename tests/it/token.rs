//! `kward token` against real Kafka: who has a token logs in, and nobody else learns its secret.

use std::fs::OpenOptions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::support::broker::{Broker, Options, on_each_version, on_the_newest};
use crate::support::run::Run;
use crate::support::sandbox::Sandbox;
use crate::support::{eventually, unique};
use crate::topic::{items, kward, kward_as};

const TOOL: &str = "org.apache.kafka.tools.DelegationTokenCommand";

/// What Kafka's tool tells of the tokens of a client's user: id, HMAC, owner, requester, renewers, and three times to the
/// minute. Without an owner it asks for the tokens of nobody.
fn told_by_kafka(broker: &Broker, client: &str) -> Vec<Vec<String>> {
    let owner = format!("User:{}", client.trim_end_matches("-scram512"));
    let output = broker.tool(client, TOOL, &["--describe", "--owner-principal", &owner], "");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let rows = text.lines().skip_while(|line| !line.starts_with("TOKENID")).skip(1);
    let mut rows: Vec<Vec<String>> = rows
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.split_whitespace().map(str::to_owned).collect())
        .collect();
    rows.sort();
    rows
}

fn field<'a>(item: &'a Value, name: &str) -> &'a str {
    item[name].as_str().unwrap_or_else(|| panic!("`{name}` in {item}"))
}

/// `2026-01-31T09:00` of `2026-01-31T09:00:12.345Z`.
fn minute(item: &Value, name: &str) -> String {
    field(item, name)[..16].to_owned()
}

/// The client that logs in by a token.
fn client_of_token(broker: &Broker, id: &str, hmac: &str) -> String {
    broker.write_client(&format!(
        "bootstrap.servers={}\nsecurity.protocol=SASL_PLAINTEXT\nsasl.mechanism=SCRAM-SHA-256\n\
         sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \
         username=\"{id}\" password=\"{hmac}\" tokenauth=\"true\";\n",
        broker.bootstrap_of("admin")
    ))
}

#[test]
fn a_token_logs_in_until_it_has_ended() {
    on_each_version(|broker| {
        let (owner, renewer, topic) = (unique("owner"), unique("renewer"), unique("seen"));
        let [client, of_renewer] = [&owner, &renewer].map(|name| broker.create_user(name));
        kward(broker, &["topic", "create", &topic]).ends(0);
        let (principal, may_renew) = (format!("User:{owner}"), format!("User:{renewer}"));
        let grant = ["--allow-principal", &principal, "--operation", "describe", "--topic", &topic];
        kward(broker, &[&["acl", "create"], &grant[..]].concat()).ends(0);
        let asks = |words: &[&str]| kward_as(broker, &client, &[&["token"], words].concat());

        let wanted = ["create", "--renewer", &may_renew, "--max-lifetime", "48h"];
        let dry = asks(&[&wanted[..], &["--dry-run", "-o", "json"]].concat()).ends(0);
        assert_eq!(field(&items(&dry)[0], "owner"), principal);
        assert!(items(&asks(&["list", "-o", "json"]).ends(0)).is_empty());
        let run = asks(&[&wanted[..], &["-o", "json", "-v"]].concat()).ends(0);
        let made = items(&run)[0].clone();
        let (id, hmac) = (field(&made, "tokenId").to_owned(), field(&made, "hmac").to_owned());
        assert_eq!(
            (field(&made, "owner"), &made["renewers"][0]),
            (&*principal, &may_renew.as_str().into())
        );
        assert_eq!(run.out.matches(&hmac).count(), 1);
        assert!(!run.err.contains(&hmac), "{run}");

        let run = asks(&["list", "-o", "json", "-v"]).ends(0);
        assert!(!format!("{}{}", run.out, run.err).contains(&hmac), "{run}");
        let listed = items(&run);
        let ours: Vec<Vec<String>> = listed
            .iter()
            .map(|item| {
                let told = ["owner", "requester"].map(|name| field(item, name).to_owned());
                let times = ["issued", "expires", "latest"].map(|name| minute(item, name));
                let renewers = item["renewers"][0].as_str().unwrap().to_owned();
                let [owner, requester] = told;
                let words = [id.clone(), hmac.clone(), owner, requester, renewers];
                words.into_iter().chain(times).collect()
            })
            .collect();
        let by_kafka = told_by_kafka(broker, &client);
        let squeezed = by_kafka.iter().map(|row| {
            row.iter().map(|cell| cell.trim_matches(['[', ']', '(', ')', ',']).to_owned()).collect()
        });
        assert_eq!(ours, squeezed.collect::<Vec<Vec<String>>>(), "{by_kafka:?}");
        // Who has nothing to do with it does not see it.
        kward_as(broker, "alice-scram512", &["token", "renew", &id]).ends(1).says("no token");

        let by_token = client_of_token(broker, &id, &hmac);
        let run = kward_as(broker, &by_token, &["topic", "describe", &topic, "-o", "name"]).ends(0);
        assert_eq!(run.out.trim(), topic, "it sees what its owner sees");
        let output = broker.tool(&by_token, "topics", &["--list"], "");
        assert!(String::from_utf8_lossy(&output.stdout).contains(&topic), "Kafka's client, too");
        kward_as(broker, &by_token, &["token", "list"])
            .ends(1)
            .says("DELEGATION_TOKEN_REQUEST_NOT_ALLOWED")
            .says("that a token itself has logged in");
        kward_as(broker, &by_token, &["cluster", "quorum"]).ends(1).says("User:YOU");
        let other = client_of_token(broker, &id, "aHVudGVyMg==");
        kward_as(broker, &other, &["topic", "list"])
            .ends(1)
            .says("does not let the delegation token");

        // Its end is put off by whoever may, and it ends.
        let renew = ["token", "renew", &id, "--for", "2h", "-o", "json"];
        let renewed = items(&kward_as(broker, &of_renewer, &renew).ends(0))[0].clone();
        assert_eq!(field(&renewed, "oldExpires"), field(&made, "expires"));
        assert!(field(&renewed, "expires") < field(&made, "expires"), "{renewed}");
        assert!(told_by_kafka(broker, &client)[0].contains(&minute(&renewed, "expires")));
        let later = items(&asks(&["expire", &id, "--in", "1h", "-y", "-o", "json"]).ends(0));
        assert_eq!(later[0]["status"], "altered");
        assert!(field(&later[0], "expires") < field(&renewed, "expires"));
        asks(&["expire", &id]).ends(4).says(&format!("- token `{id}` of {principal}"));
        kward_as(broker, &by_token, &["topic", "list"]).ends(0);
        let run = asks(&["expire", &id, "--yes", "-o", "json"]).ends(0);
        assert_eq!(items(&run)[0]["status"], "deleted");
        assert!(told_by_kafka(broker, &client).is_empty());
        kward_as(broker, &by_token, &["topic", "list"]).ends(1).says("it may have expired");
        asks(&["expire", &id, "--yes"]).ends(1).says("there is no token");
    });
}

#[test]
fn the_secret_goes_into_a_file_of_ones_own() {
    on_each_version(|broker| {
        let sandbox = Sandbox::new();
        let owner = unique("owner");
        let client = broker.create_user(&owner);
        let token = |words: &[&str]| {
            let words = ["token"].iter().chain(words);
            Run::of(&mut sandbox.kward_on(broker, &client, words))
        };
        let run = token(&["create", "--hmac-file", "a.hmac", "-o", "name"]).ends(0);
        let id = run.out.trim().to_owned();
        let run = token(&["create", "--hmac-file", "b.hmac", "-o", "json"]).ends(0);
        assert_eq!(field(&items(&run)[0], "hmacFile"), "b.hmac");
        assert!(items(&run)[0].get("hmac").is_none());
        let other = field(&items(&run)[0], "tokenId").to_owned();
        let mode = |name: &str| sandbox.path().join(name).metadata().unwrap().permissions().mode();
        assert_eq!(mode("a.hmac") & 0o777, 0o600);
        let by_kafka = told_by_kafka(broker, &client);
        let hmac = sandbox.read("a.hmac").trim().to_owned();
        assert!(by_kafka.iter().any(|row| row[0] == id && row[1] == hmac), "{by_kafka:?}");

        // By it the token is found, also from standard input.
        let renewed = token(&["renew", "--hmac-file", "a.hmac", "--for", "1h", "-o", "json"]);
        assert_eq!(field(&items(&renewed.ends(0))[0], "tokenId"), id);
        let mut command = sandbox.kward_on(broker, &client, ["token", "renew", "--hmac-file", "-"]);
        Run::of(command.write_stdin(sandbox.read("b.hmac"))).ends(0).prints(&other);
        sandbox.write("no.hmac", "hunter2");
        let run = token(&["renew", "--hmac-file", "no.hmac"]).ends(2).says("holds no HMAC");
        assert!(!run.err.contains("hunter2"));
        let file = sandbox.path().join("a.hmac");
        let words = ["token", "expire", "--hmac-file", file.to_str().unwrap(), "-y"];
        let run = kward_as(broker, "alice-scram512", &words).ends(1);
        run.says("DELEGATION_TOKEN_OWNER_MISMATCH").says("only the owner of a token");

        let run = token(&["expire", &id, &other, &id, "-o", "json", "--dry-run"]).ends(0);
        assert_eq!(items(&run).len(), 2);
        token(&["expire", &id, &other, "-y"]).ends(0).prints("2 deleted");
        let run = token(&["renew", "--hmac-file", "a.hmac"]).ends(1);
        run.says("DELEGATION_TOKEN_NOT_FOUND").says("kward token list");
        token(&["create", "--max-lifetime", "1s", "--hmac-file", "c.hmac"]).ends(0);
        let renew = || token(&["renew", "--hmac-file", "c.hmac"]);
        eventually("it has ended", || renew().err.contains("DELEGATION_TOKEN_EXPIRED"));
        renew().ends(1).says("cannot be renewed");
    });
}

/// Where nobody would learn the secret, there is no token either.
#[test]
fn a_secret_is_not_lost_in_silence() {
    on_the_newest(|broker| {
        let sandbox = Sandbox::new();
        let client = broker.create_user(&unique("owner"));
        let token = |words: &[&str]| {
            let words = ["token"].iter().chain(words);
            Run::of(&mut sandbox.kward_on(broker, &client, words))
        };
        let create = |out: Stdio| {
            let mut command = sandbox.process(["token", "create"]);
            command.args(["-b", &broker.bootstrap_of("admin"), "--command-config"]);
            command.arg(broker.client(&client)).stdin(Stdio::null()).stdout(out);
            let child = command.stderr(Stdio::piped()).spawn().expect("kward runs");
            Run::from_output(format!("{command:?}"), child.wait_with_output().expect("it ends"))
        };
        let open =
            |path: &str| OpenOptions::new().write(true).open(Path::new(path)).expect("a device");
        create(open("/dev/null").into()).ends(2).says("nobody would see the HMAC");
        token(&["create", "-o", "name"]).ends(2).says("--hmac-file");
        token(&["create", "--hmac-file", "absent/a.hmac"]).ends(2).says("there is no folder");
        token(&["create", "--hmac-file", "/dev/null"]).ends(2).says("is no file");
        assert!(told_by_kafka(broker, &client).is_empty());

        let run = create(open("/dev/full").into()).ends(1).says("No space left on device");
        let id = told_by_kafka(broker, &client)[0][0].clone();
        run.says(&format!("`kward token expire {id}`"));
        token(&["expire", &id, "-y"]).ends(0);
    });
}

#[test]
fn tokens_of_others_and_connections_that_get_none() {
    on_each_version(|broker| {
        let (one, two) = (unique("one"), unique("two"));
        let client = broker.create_user(&one);
        let other = format!("User:{two}");
        let for_other = ["token", "create", "--owner", &other, "-o", "json"];
        let refused = kward_as(broker, &client, &for_other).ends(1);
        refused.says("DELEGATION_TOKEN_AUTHORIZATION_FAILED").says("--operation create-tokens");
        let principal = format!("User:{one}");
        let grant =
            ["--allow-principal", &principal, "--operation", "create-tokens", "--user", &other];
        kward(broker, &[&["acl", "create"], &grant[..]].concat()).ends(0);
        broker.everywhere(&client, "it may", &for_other[..], |run| run.status == 0);
        let listed = kward(broker, &["token", "list", "--owner", &other, "-o", "json"]).ends(0);
        let item = &items(&listed)[0];
        assert_eq!((field(item, "owner"), field(item, "requester")), (&*other, &*principal));
        kward(broker, &["token", "list", "--owner", "nobody"]).ends(2).says("User:nobody");

        for words in [&["list"][..], &["create"]] {
            let run = kward_as(broker, "plaintext", &[&["token"], words].concat()).ends(1);
            run.says("DELEGATION_TOKEN_REQUEST_NOT_ALLOWED").says("log in by SASL");
        }
    });
}

#[test]
fn brokers_without_a_key_have_no_tokens() {
    let settings = vec!["delegation.token.secret.key=".to_owned()];
    let broker = Broker::own(&Options { settings, ..Options::default() });
    for words in [&["list"][..], &["create"], &["renew", "id"]] {
        let run = kward(&broker, &[&["token"], words].concat()).ends(1);
        run.says("DELEGATION_TOKEN_AUTH_DISABLED").says("`delegation.token.secret.key`");
    }
}
