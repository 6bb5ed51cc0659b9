//! Names, principals, hosts, operations, entries, variables: what is read, and as what.

use super::*;

#[test]
fn names_and_patterns() {
    for (written, shown) in [
        ("orders", "topic:orders"),
        ("orders.*", "topic:orders.*"),
        ("\"*\"", "topic:*"),
        ("'*'", "topic:*"),
        ("\"2024\"", "topic:2024"),
        ("{ literal: \"a*\" }", "topic:{literal: \"a*\"}"),
        ("{ prefix: \"a*\" }", "topic:{prefix: \"a*\"}"),
        ("{ literal: \"*\" }", "topic:*"),
        ("{ prefix: \"*\" }", "topic:{prefix: \"*\"}"),
        ("{ literal: orders }", "topic:orders"),
        ("{ prefix: orders. }", "topic:orders.*"),
        ("|-\n        orders", "topic:orders"),
        (">-\n        orders", "topic:orders"),
        ("größe-订单.*", "topic:größe-订单.*"),
        ("\"a b/c\"", "topic:a b/c"),
        ("null-topic", "topic:null-topic"),
        ("1.2.3.4.5", "topic:1.2.3.4.5"),
    ] {
        let found = rules(&format!(
            "  - principal: User:a\n    allow:\n      operation: read\n      topic: {written}"
        ));
        assert_eq!(found, [format!("User:a ALLOW READ on {shown}")], "{written}");
    }
}

#[test]
fn wherever_a_name_may_stand_a_list_may_stand() {
    let found = rules(
        "  - principal: [User:a, User:b]
    host: [10.0.0.1, 10.0.0.2]
    deny: { topic: [x, y.*, { literal: [l, m] }], operation: [read, WRITE] }",
    );
    assert_eq!(found.len(), 2 * 2 * 4 * 2);
    assert!(found.contains(&"User:b DENY WRITE on topic:y.* from 10.0.0.2".to_owned()));
    assert!(found.contains(&"User:a DENY READ on topic:m from 10.0.0.1".to_owned()));
}

#[test]
fn wrong_names() {
    for (written, piece) in [
        ("a*b", "5:14 `a*b`: a `*` means something at the end of a name only | "),
        ("a**", "`a**`: a `*` means something at the end"),
        ("\"*a\"", "{ literal: \"*a\" }"),
        ("\"\"", "the name is empty"),
        ("{ prefix: \"\" }", "the prefix is empty"),
        ("{ literal: \"\" }", "the name is empty"),
        ("{ literl: a }", "expected a topic, found a mapping"),
        ("{ literal: a, prefix: b }", "expected a topic, found a mapping"),
        ("[]", "the list is empty"),
        ("[[a]]", "expected a topic, found a list"),
        ("{ literal: { a: b } }", "expected a name, found a mapping"),
        ("{ literal: 7 }", "YAML reads `7` as a number, not as a name | quote it: `\"7\"`"),
        ("1e3", "YAML reads `1e3` as a number, not as a topic"),
        ("No", "YAML reads `No` as a boolean, not as a topic"),
        ("~", "YAML reads `~` as nothing, not as a topic"),
        ("", "nothing stands here; expected a topic"),
    ] {
        bad_rules(&format!("  - principal: User:a\n    produce:\n      topic: {written}"), piece);
    }
}

#[test]
fn an_unquoted_star_is_told_from_an_alias() {
    bad_rules(
        "  - principal: User:a\n    produce: *",
        "4:14 an unquoted `*` at the beginning of a word is a YAML alias | quote it: `\"*\"`",
    );
    bad_rules(
        "  - principal: User:a\n    produce: [a, *.b]",
        "4:18 an unquoted `*` at the beginning of a word is a YAML alias | quote it: `\"*.b\"`",
    );
    bad_rules("  - principal: User:a\n    allow: {topic: *, operation: read}", "quote it: `\"*\"`");
    bad_rules("  - principal: *\n    produce: a", "3:16 an unquoted `*`");
    // The rest of the file is checked all the same.
    let found = mistakes(
        "version: 1\nrules:\n  - principal: User:a\n    produce: *\n  - principal: User:b\n    produce: [*x, *y]\n    consme: z\n",
    );
    let places: Vec<_> = found.iter().map(|m| m.split_once(' ').unwrap().0).collect();
    assert_eq!(places, ["4:14", "6:15", "6:19", "7:5"]);
    // Who uses anchors hears of the one that is missing.
    bad_rules(
        "  - principal: &p User:a\n    produce: *y",
        "an unquoted `*` at the beginning of a word is a YAML alias | \
         no anchor `&y` stands before it; a name that begins so is quoted: `\"*y\"`",
    );
    bad_rules("  - principal: &p User:a\n    produce: *", "quote it: `\"*\"`");
    // A real alias is read.
    let found = rules(
        "  - principal: &p User:a\n    produce: &t [x, y]\n  - principal: *p\n    consume: { topic: *t, group: none }",
    );
    assert_eq!(found.len(), 2 + 4);
}

/// Without the `- ` they would be one name, which a broker stores and nobody has.
#[test]
fn lines_that_yaml_joins_are_told() {
    let joined = "YAML joins this line and the next one to one word";
    let rule = |principal: &str| format!("  - principal: {principal}\n    produce: t");
    for (written, place) in [
        ("User:a\n      User:b", "3:16"),
        ("\n      User:a\n      User:b", "4:7"),
        ("[User:a\n      User:b]", "3:17"),
        ("\n      - User:a\n        User:b", "4:9"),
    ] {
        bad_rules(&rule(written), &format!("{place} {joined} | several names are a list"));
    }
    for written in [
        "User:a\n\n",
        "User:a # b\n",
        "\"User:a\n      User:b\"",
        "[User:a,\n      User:b]",
        "\n      User:a",
    ] {
        assert!(rules(&rule(written)).len() >= 2, "{written}");
    }
    assert_eq!(bindings("{version: 1, rules: [{principal: User:a, produce: t\n}\n]}").len(), 2);
}

/// They begin text of several lines where there are no brackets, and nothing inside of them.
#[test]
fn a_word_in_brackets_begins_with_no_sign_of_yaml() {
    for (written, sign) in [(">- s1", ">"), ("|x", "|"), ("[a, >b]", ">")] {
        let piece = format!("an unquoted word cannot begin with `{sign}` | quote it");
        bad_rules(&format!("  - principal: User:a\n    produce: {{ topic: {written} }}"), &piece);
    }
    assert_eq!(rules("  - principal: User:a\n    produce: { topic: \"|x\" }").len(), 2);
}

/// As Python and Java write what has no code point of four digits.
#[test]
fn json_may_write_a_character_as_two_escapes() {
    let found = bindings(
        r#"{"version": 1, "vars": {"a": "${x:-\ud83d\uDE00}"}, "rules": [
            {"principal": "User:\uD83D\uDE00", "produce": {"topic": ["${a}", "\\ud83d\\ude00"]}}]}"#,
    );
    let found: Vec<_> = found.iter().filter(|line| line.contains("WRITE")).collect();
    assert_eq!(
        found,
        [r"User:😀 ALLOW WRITE on topic:\ud83d\ude00", "User:😀 ALLOW WRITE on topic:😀"]
    );
    // What stands behind it keeps its place.
    bad(r#"{"version": 1, "owner": "\ud83d\ude00", "rule": []}"#, "1:41 unknown key `rule`");
    // A half alone is no character, in whatever order.
    for half in [r"\ud83d", r"\ude00\ud83d", r"\ud83d\ud83d\ude00"] {
        bad_rules(
            &format!("  - principal: User:a\n    produce: \"{half}\""),
            "this escape is no character of its own",
        );
    }
    // Without double quotes there are no escapes.
    for (written, name) in [
        (r"'\ud83d\ude00'", r"\ud83d\ude00"),
        (r"\uD83d\uDE00", r"\uD83d\uDE00"),
        ("|-\n        \\ud83d\\ude00", r"\ud83d\ude00"),
    ] {
        let found = rules(&format!("  - principal: User:a\n    produce: {written}"));
        assert_eq!(found[0], format!("User:a ALLOW WRITE on topic:{name}"));
    }
}

#[test]
fn distinguished_names() {
    let dn = "User:CN=etl,OU=data,O=acme";
    assert_eq!(rules(&format!("  - principal: {dn}\n    produce: x")).len(), 2);
    assert_eq!(
        rules(&format!("  - principal: [\"{dn}\", 'User:CN=b,O=c']\n    produce: x")).len(),
        4
    );
    let piece = format!("YAML splits this distinguished name at its commas | quote it: `\"{dn}\"`");
    bad_rules(&format!("  - principal: [{dn}]\n    produce: x"), &piece);
    bad_rules(&format!("  - principal: [User:a, {dn}]\n    produce: x"), &piece);
    bad_rules(
        "  - {principal: User:CN=etl,OU=data, produce: x}",
        "quote it: `\"User:CN=etl,OU=data\"`",
    );
}

#[test]
fn principals() {
    for written in [
        "User:a",
        "\"User:*\"",
        "User:*",
        "Group:g",
        "User:CN=*.acme.com",
        "User:a:b",
        "\"User: a\"",
        "{ literal: \"User:a*\" }",
    ] {
        assert_eq!(
            rules(&format!("  - principal: {written}\n    produce: x")).len(),
            2,
            "{written}"
        );
    }
    assert_eq!(
        rules("  - principal: { literal: \"User:a*\" }\n    produce: x")[0],
        "User:a* ALLOW WRITE on topic:x"
    );
    for (written, piece) in [
        ("orders", "`orders` has no type: a principal is `Type:name` | write `User:orders`"),
        ("CN=a", "write `User:CN=a`"),
        ("User:", "a key"),
        ("\"User:\"", "neither part may be empty"),
        ("\":a\"", "neither part may be empty"),
        ("\"*\"", "everyone is `\"User:*\"`"),
        ("User:a*", "Kafka matches principals exactly, so this would match nobody"),
        ("Group:*", "Kafka matches principals exactly, so this would match nobody"),
        ("{ prefix: \"User:a\" }", "a rule names principals, not prefixes of them"),
        ("5", "YAML reads `5` as a number, not as a principal"),
        ("{ User: a }", "for one name write `User:a`"),
    ] {
        if piece != "a key" {
            bad_rules(&format!("  - principal: {written}\n    produce: x"), piece);
        }
    }
    bad_rules("  - principal: User: bob\n    produce: x", "a `:` followed by a space");
    bad_rules("  - principal:\n      User: bob\n    produce: x", "for one name write `User:bob`");
}

#[test]
fn hosts() {
    for (written, stored) in [
        ("\"*\"", ""),
        ("10.0.0.7", " from 10.0.0.7"),
        ("::1", " from 0:0:0:0:0:0:0:1"),
        ("2001:DB8::00ff", " from 2001:db8:0:0:0:0:0:ff"),
        ("::ffff:10.1.2.3", " from 10.1.2.3"),
    ] {
        let found = rules(&format!(
            "  - principal: User:a\n    host: {written}\n    allow: {{ group: g, operation: read }}"
        ));
        assert_eq!(found, [format!("User:a ALLOW READ on group:g{stored}")], "{written}");
    }
    for (written, piece) in [
        ("db.acme", "`db.acme` is no host"),
        ("localhost", "no broker resolves names"),
        ("fe80::1%eth0", "a zone id never matches"),
        ("010.0.0.1", "is no host"),
        (
            "10.0.0.0/8",
            "before metadata.version 4.4-IV1 the broker stores it and it silently matches nobody",
        ),
        ("10.0.0.0/8", "--metadata-version"),
        ("10.0.0.5/8", "write `10.0.0.0/8`"),
        ("10.0.0.0/33", "from 0 to 32"),
        ("10.5", "YAML reads `10.5` as a number, not as a host"),
    ] {
        bad_rules(&format!("  - principal: User:a\n    host: {written}\n    produce: x"), piece);
    }
}

#[test]
fn ranges_where_the_cluster_knows_them() {
    let text = "version: 1\nrules:\n  - principal: User:a\n    host: [10.0.0.0/8, \"2001:db8::/32\"]\n    allow: { group: g, operation: read }\n";
    let desired = load_all(&[source(text)], &[], true).unwrap();
    assert_eq!(
        lines(&desired),
        [
            "User:a ALLOW READ on group:g from 10.0.0.0/8",
            "User:a ALLOW READ on group:g from 2001:db8::/32"
        ]
    );
    let text = text.replace("10.0.0.0/8", "10.0.0.5/8");
    let found = diagnostics_of(load_all(&[source(&text)], &[], true), &text);
    assert!(show(&found[0]).contains("write `10.0.0.0/8`"), "{found:?}");
}

#[test]
fn entries() {
    let found = rules(
        "  - principal: User:a
    allow:
      - { topic: t, group: g, operation: [describe, delete] }
      - { cluster: true, operation: [describe, ALTER_CONFIGS, idempotent-write] }
      - { transactional-id: x.*, operation: two-phase-commit }
      - { delegation-token: tok, operation: describe }
      - { user: \"User:bob\", operation: create-tokens }
      - { topic: \"*\", operation: all }
    deny: { topic: t, operation: read }",
    );
    assert_eq!(
        found,
        [
            "User:a ALLOW ALL on topic:*",
            "User:a DENY READ on topic:t",
            "User:a ALLOW DELETE on topic:t",
            "User:a ALLOW DESCRIBE on topic:t",
            "User:a ALLOW DELETE on group:g",
            "User:a ALLOW DESCRIBE on group:g",
            "User:a ALLOW DESCRIBE on cluster",
            "User:a ALLOW ALTER_CONFIGS on cluster",
            "User:a ALLOW IDEMPOTENT_WRITE on cluster",
            "User:a ALLOW TWO_PHASE_COMMIT on transactional-id:x.*",
            "User:a ALLOW DESCRIBE on delegation-token:tok",
            "User:a ALLOW CREATE_TOKENS on user:User:bob",
        ]
    );
}

#[test]
fn wrong_entries() {
    for (entry, piece) in [
        ("{ topic: t, operation: raed }", "unknown operation `raed`, did you mean `read`?"),
        ("{ topic: t, operation: Read }", "unknown operation `Read`, did you mean `read`?"),
        ("{ topic: t, operation: UNKNOWN(3) }", "unknown operation `UNKNOWN(3)`"),
        ("{ topic: t, operation: [read, all] }", "`all` stands alone, never in a list"),
        ("{ topic: t, operation: [ALL] }", "`all` stands alone, never in a list"),
        ("{ topic: t, operation: [] }", "the list is empty"),
        ("{ topic: t }", "`operation` is missing in an entry of `allow`"),
        ("{ operation: read }", "this entry names no resource"),
        (
            "{ topic: t, group: g, operation: write }",
            "`write` means nothing for `group`: Kafka would take it for `describe` where it allows",
        ),
        ("{ cluster: true, operation: read }", "`read` means nothing for `cluster`"),
        ("{ cluster: false, operation: describe }", "`cluster` can only be `true`"),
        ("{ cluster: \"true\", operation: describe }", "`cluster` can only be `true`"),
        ("{ cluster: kafka-cluster, operation: describe }", "`cluster` can only be `true`"),
        (
            "{ topic: t, opertion: read, operation: read }",
            "unknown key `opertion`, did you mean `operation`?",
        ),
        ("{ topic: t, operation: read, principal: User:b }", "`principal` belongs to the rule"),
        (
            "{ topic: t, topic: u, operation: read }",
            "the key `topic` stands here twice, first in line 4",
        ),
        ("[]", "the list is empty"),
        ("topic", "expected an entry of `allow` (a mapping), found text"),
    ] {
        bad_rules(&format!("  - principal: User:a\n    allow: {entry}"), piece);
    }
}

#[test]
fn wrong_rules() {
    for (text, piece) in [
        ("  - produce: x", "3:5 `principal` is missing in a rule"),
        ("  - principal: User:a", "this says nothing"),
        ("  - principal: User:a\n    topic: x\n    produce: y", "`topic` belongs inside a verb"),
        (
            "  - principals: [User:a]\n    principal: User:a\n    produce: y",
            "write `principal`; it takes a list",
        ),
        ("  - User:a", "expected a rule (a mapping), found text"),
        ("  principal: User:a\n  produce: x", "`rules` is a list, found a mapping"),
        ("", "`rules` has no value"),
        (
            "  - principal: User:a\n    [a, b]: x\n    produce: y",
            "a key of a rule is a word, not a list",
        ),
    ] {
        bad_rules(text, piece);
    }
}

#[test]
fn documents() {
    assert_eq!(good("version: 1").documents.len(), 1);
    assert_eq!(
        good("version: 1\nrules: []\nbindings: []\ntests: []\nprotect: []\nroles: {}\nvars: {}\n")
            .bindings
            .len(),
        0
    );
    for (text, piece) in [
        ("rules: []", "`version` is missing | add `version: 1` as the first line"),
        (
            "version: 2\nanything: goes",
            "version 2 of the file is not known: this kward reads version 1",
        ),
        ("version: 18446744073709551617", "version 18446744073709551617 of the file is not known"),
        ("version: '1'", "`version` is the number 1, without quotes, found text"),
        ("version: 1.0", "`version` is the number 1, without quotes, found a number"),
        ("version: [1]", "`version` is the number 1"),
        ("version: 1\nrule: []", "unknown key `rule`, did you mean `rules`?"),
        ("version: 1\nprincipal: User:a", "`principal` belongs to an entry of `rules:`"),
        ("version: 1\ntopics: {}", "`topics` belongs in a topic file"),
        ("version: 1\nowner: 5", "YAML reads `5` as a number, not as a name"),
        ("version: 1\nowner: ''", "`owner` is empty"),
        ("version: 1\ncluster: true", "YAML reads `true` as a boolean, not as the id of a cluster"),
        ("", "the file is empty"),
        ("# nothing\n", "the file is empty"),
        ("---\n", "this document is empty"),
        ("version: 1\n---\n", "2:1 this document is empty"),
        ("---\n---\nversion: 1\n", "1:1 this document is empty"),
        ("- a", "expected an ACL file (a mapping), found a list"),
        ("a", "expected an ACL file (a mapping), found text"),
        ("version: 1\n<<: {}", "unknown key `<<`"),
        ("version: 1\nversion: 1", "the key `version` stands here twice, first in line 1"),
    ] {
        bad(text, piece);
    }
}

#[test]
fn several_documents_are_one_state() {
    let a = named(
        "a.yaml",
        "version: 1\ncluster: abc\nprotect: [{principal: User:admin}]\nroles: {reader: [{consume: {topic: t, group: none}}]}\n---\nversion: 1\nowner: b\nrules: [{principal: User:b, role: reader}]\n",
    );
    let b = named(
        "b.yaml",
        "version: 1\ncluster: abc\nprotect: [{principal: User:root}]\nrules: [{principal: User:c, role: reader}]\n",
    );
    let desired = load_all(&[a.clone(), b.clone()], &[], false).unwrap();
    assert_eq!(desired.bindings.len(), 4);
    assert_eq!(desired.documents.len(), 3);
    assert_eq!(desired.protect.len(), 2);
    assert_eq!(desired.documents[1].owner.as_deref(), Some("b"));
    assert_eq!(&*desired.documents[2].file, "b.yaml");
    let place = desired.bindings.last_key_value().unwrap().1[0];
    assert_eq!(desired.place(place), "b.yaml:4:35");

    let other = named("c.yaml", "version: 1\ncluster: xyz\n");
    let found = diagnostics_of(load_all(&[a, b, other], &[], false), "");
    assert_eq!(found.len(), 1);
    assert!(
        found[0].message.contains("for the cluster `xyz`, another one for `abc` (a.yaml:2)"),
        "{found:?}"
    );
    assert_eq!(found[0].file, "c.yaml");
}

#[test]
fn json_is_read() {
    let text = r#"{"version": 1, "rules": [{"principal": "User:a", "produce": "x.*"}, {"principal": ["User:*"], "deny": {"topic": "*", "operation": "all"}}]}"#;
    assert_eq!(
        bindings(text),
        [
            "User:* DENY ALL on topic:*",
            "User:a ALLOW WRITE on topic:x.*",
            "User:a ALLOW DESCRIBE on topic:x.*"
        ]
    );
    let text = "{\n  \"version\": 1,\n  \"rules\": [\n    {\"principal\": \"a\",\n     \"produce\": \"x\"}\n  ]\n}\n";
    bad(text, "4:19 `a` has no type");
    bad("{\"version\": 1, \"rule\": []}", "1:16 unknown key `rule`");
}

#[test]
fn line_ends_and_marks() {
    let text = "version: 1\nrules:\n  - principal: User:a\n    produce: x\n";
    let expected = bindings(text);
    assert_eq!(bindings(&text.replace('\n', "\r\n")), expected);
    assert_eq!(bindings(&text.replace('\n', "\r")), expected);
    assert_eq!(bindings(&format!("\u{feff}{text}")), expected);
    assert_eq!(bindings(&format!("%YAML 1.2\n---\n{text}...\n")), expected);
    assert_eq!(bindings(text.trim_end()), expected);
    bad(&format!("\u{feff}{text}    prodce: x\r\n"), "5:5 unknown key `prodce`");
    bad(&text.replace("produce", "prodce").replace('\n', "\r\n"), "4:5 unknown key");
}

#[test]
fn verbatim_bindings() {
    let text = r#"
version: 1
bindings:
  - {"resourceType":"TOPIC","resourceName":"${x}*","patternType":"LITERAL","principal":"odd","host":"db.acme","operation":"CLUSTER_ACTION","permissionType":"DENY"}
  - resourceType: GROUP
    resourceName: ""
    patternType: PREFIXED
    principal: "User:a*"
    host: "::1"
    operation: ALL
    permissionType: ALLOW
"#;
    let desired = good(text);
    assert_eq!(desired.verbatim.len(), 2);
    assert!(desired.verbatim.iter().all(|binding| desired.bindings.contains_key(binding)));
    let first = desired.verbatim.last().unwrap();
    assert_eq!(
        (first.resource_name.as_str(), first.host.as_str(), first.principal.as_str()),
        ("${x}*", "db.acme", "odd")
    );
    assert_eq!(desired.place(desired.bindings[first][0]), "a.yaml:4:5");
    let one = |from: &str, to: &str| {
        let good = r#"version: 1
bindings:
  - {"resourceType":"TOPIC","resourceName":"x","patternType":"LITERAL","principal":"User:a","host":"*","operation":"READ","permissionType":"ALLOW"}"#;
        assert!(good.contains(from));
        good.replace(from, to)
    };
    for (from, to, piece) in [
        ("\"host\":\"*\",", "", "`host` is missing in a binding"),
        ("READ", "RAED", "unknown operation `RAED`, did you mean `READ`?"),
        ("READ", "UNKNOWN(77)", "this version does not know that code, so it never writes it"),
        ("\"TOPIC\"", "\"ANY\"", "unknown resource type `ANY`"),
        ("\"x\"", "7", "YAML reads `7` as a number"),
        ("\"host\"", "\"hots\":\"*\",\"host\"", "unknown key `hots`, did you mean `host`?"),
        (
            "{\"resourceType\"",
            "{\"topic\": \"x\", \"resourceType\"",
            "what people write goes under `rules`",
        ),
    ] {
        bad(&one(from, to), piece);
    }
    let long = format!("\"{}\"", "x".repeat(32_768));
    bad(&one("\"x\"", &long), "`resourceName` has 32768 bytes; a request holds at most 32767");
}
