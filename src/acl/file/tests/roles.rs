//! Variables, roles and their parameters.

use super::*;

#[track_caller]
fn with_vars(text: &str, vars: &[(&str, &str)]) -> Vec<String> {
    match load_all(&[source(text)], vars, false) {
        Ok(desired) => lines(&desired),
        Err(error) => panic!("{:#?}", error.diagnostics()),
    }
}

#[track_caller]
fn bad_with_vars(text: &str, vars: &[(&str, &str)], piece: &str) {
    let found = diagnostics_of(load_all(&[source(text)], vars, false), text);
    assert!(
        found.len() == 1 && show(&found[0]).contains(piece),
        "expected `{piece}`, found {found:#?}"
    );
}

fn topic(name: &str) -> String {
    format!(
        "version: 1\nvars: {{ team: red, empty: '', star: 'x*', both: '${{team}}-${{env.TEAM}}' }}\nrules:\n  - principal: User:a\n    allow: {{ topic: {name}, operation: read }}\n"
    )
}

#[test]
fn variables_are_put_in() {
    for (written, shown) in [
        ("${team}", "red"),
        ("a-${team}-b", "a-red-b"),
        ("${team}.*", "red.*"),
        ("${team}*", "red*"),
        ("'${team}.*'", "red.*"),
        ("${env.TEAM}", "blue"),
        ("${both}", "red-blue"),
        ("${nope:-dflt}", "dflt"),
        ("${empty:-dflt}", "dflt"),
        ("${team:-dflt}", "red"),
        ("${env.NOPE:-dflt}", "dflt"),
        ("${env.EMPTY:-dflt}.*", "dflt.*"),
        ("x${empty}", "x"),
        ("'$${team}'", "${team}"),
        ("$${team}", "${team}"),
        ("'$$${team}'", "$${team}"),
        ("'$team'", "$team"),
        ("{ prefix: '${team}' }", "red*"),
        ("{ literal: '${team}' }", "red"),
    ] {
        let found = with_vars(&topic(written), &[]);
        assert_eq!(found, [format!("User:a ALLOW READ on topic:{shown}")], "{written}");
    }
}

#[test]
fn wrong_variables() {
    for (written, piece) in [
        ("${tem}", "5:21 undefined variable `tem`, did you mean `team`?"),
        ("${env.NOPE}", "the environment variable `NOPE` is not set"),
        ("'${team'", "`${` without its `}`"),
        ("'${}'", "`${}` is no reference to a variable"),
        ("'${a-b}'", "`${a-b}` is no reference"),
        ("'${1a}'", "`${1a}` is no reference"),
        ("${star}", "the value of `${star}` brings a `*` into a name"),
        ("a-${star}", "brings a `*`"),
        ("${star}*", "brings a `*`"),
        ("${env.STAR}", "the value of `${env.STAR}` brings a `*`"),
        ("'${nope:-x*}'", "brings a `*`"),
        ("{ literal: '${star}' }", "brings a `*`"),
        ("${empty}*", "the prefix is empty"),
        ("${empty}", "the name is empty"),
        ("{ prefix: '${empty}' }", "the prefix is empty"),
        ("a*${empty}", "a `*` means something at the end of a name only"),
        // As a literal it would be every name.
        ("\"*${empty}\"", "if every name is meant, write `\"*\"`"),
    ] {
        bad(&topic(written), piece);
    }
    bad(
        "version: 1\nvars: { pre: 'User:' }\nrules: [{ principal: '${pre}*', produce: t }]",
        "if everyone is meant, write `\"User:*\"` without variables",
    );
}

/// The type of a connector decides which keys it may have.
#[test]
fn variables_say_the_type_of_a_connector() {
    let file = |kind: &str, more: &str| {
        format!(
            "version: 1\nvars: {{ k: {kind} }}\nroles:\n  r:\n    params: [p]\n    rules:\n      \
             - connect: {{ connectors: [{{ name: n, type: '${{p}}', topic: t{more} }}] }}\n\
             rules:\n  - principal: User:a\n    role: {{ r: {{ p: '${{k}}' }} }}\n  \
             - principal: User:b\n    \
             connect: {{ connectors: [{{ name: n, type: '${{k}}', topic: t{more} }}] }}\n"
        )
    };
    assert_eq!(bindings(&file("source", "")).len(), 2 * 2);
    assert_eq!(bindings(&file("sink", ", group: g")).len(), 2 * 3);
    let found = mistakes(&file("source", ", group: g"));
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(
        found[0].starts_with("7:68 `group` belongs to a sink (for the use of the role `r`"),
        "{found:#?}"
    );
    let found = mistakes(&file("sik", ""));
    assert!(found.iter().all(|m| m.contains("unknown type of connector `sik`")), "{found:#?}");
    assert_eq!(found.len(), 2, "{found:#?}");
    // What is wrong whatever the type is said once.
    let found = mistakes(&file("sink", ", nme: x"));
    assert_eq!(found.len(), 2, "{found:#?}");
}

#[test]
fn the_command_line_overrides() {
    assert_eq!(
        with_vars(&topic("${team}"), &[("team", "green")]),
        ["User:a ALLOW READ on topic:green"]
    );
    assert_eq!(with_vars(&topic("${new}"), &[("new", "n")]), ["User:a ALLOW READ on topic:n"]);
    assert_eq!(
        with_vars(&topic("${team}"), &[("team", "green"), ("team", "last")]),
        ["User:a ALLOW READ on topic:last"]
    );
    // What the command line gives is a value, not a text with references.
    assert_eq!(
        with_vars(&topic("${team}"), &[("team", "${x}")]),
        ["User:a ALLOW READ on topic:${x}"]
    );
    bad_with_vars(&topic("t"), &[("unused", "x")], "nothing in the files uses this variable");
    bad_with_vars(&topic("t"), &[("1a", "x")], "this is no name of a variable");
    bad_with_vars(&topic("${team}"), &[("team", "a*")], "the value of `${team}` brings a `*`");
    // A default is a use.
    assert_eq!(with_vars(&topic("${new:-d}"), &[("new", "")]), ["User:a ALLOW READ on topic:d"]);
    // So is a role that nothing uses.
    with_vars("version: 1\nroles: { r: [{ produce: '${new}' }] }\n", &[("new", "x")]);
}

#[test]
fn where_variables_stand() {
    let found = with_vars(
        "version: 1\nvars: { team: red, host: 10.0.0.1, any: '*', op: read }\ncluster: c-${team}\nowner: ${team}\nscope: { principal: [User:${team}, User:${team}-*] }\nrules:\n  - principal: [User:${team}, User:${team}-x]\n    host: [${host}, '${any}']\n    allow: { topic: t, operation: ${op} }\ntests:\n  - { principal: User:${team}, host: ${host}, can: '${op} topic:${team}' }\n",
        &[],
    );
    assert_eq!(found.len(), 4);
    for (text, piece) in [
        (
            "version: 1\nvars: { e: '' }\nrules: [{ principal: 'User:${e}*', produce: x }]",
            "Kafka matches principals exactly",
        ),
        (
            "version: 1\nvars: { e: '*' }\nrules: [{ principal: 'User:${e}', produce: x }]",
            "brings a `*` into a name",
        ),
        (
            "version: 1\nvars: { e: '' }\nscope: { principal: 'User:${e}*' }",
            "this is every principal of type `User`",
        ),
        (
            "version: 1\nvars: { e: '' }\nscope: { principal: { prefix: 'User:${e}' } }",
            "this is every principal of type `User`",
        ),
        (
            "version: 1\nvars: { e: 'true' }\nrules: [{ principal: 'User:a', produce: { topic: x, create: '${e}' } }]",
            "`create` is `true` or `false`, without quotes",
        ),
        (
            "version: 1\nvars: { e: 1 }",
            "YAML reads `1` as a number, not as the value of a variable",
        ),
        ("version: 1\nvars: { e-f: a }", "`e-f` cannot be written as `${e-f}`"),
        ("version: 1\nvars: { e: a, e: b }", "the key `e` stands here twice"),
        ("version: 1\nvars: { a: '${b}', b: '${a}' }", "is made of itself"),
        ("version: 1\nvars: { a: '${nope}' }", "undefined variable `nope`"),
        (
            "version: 1\nvars: [a]",
            "expected a mapping with the name of a variable as each key, found a list",
        ),
    ] {
        bad(text, piece);
    }
}

#[test]
fn vars_belong_to_their_document() {
    let text = "version: 1\nvars: { t: one }\nroles: { r: [{ produce: '${t}' }] }\nrules: [{ principal: User:a, role: r }]\n---\nversion: 1\nvars: { t: two }\nrules:\n  - { principal: User:b, role: r }\n  - { principal: User:c, produce: '${t}' }\n";
    let found = with_vars(text, &[]);
    let written: Vec<_> = found.iter().filter(|line| line.contains("WRITE")).collect();
    assert_eq!(
        written,
        [
            "User:a ALLOW WRITE on topic:one",
            "User:b ALLOW WRITE on topic:one",
            "User:c ALLOW WRITE on topic:two"
        ]
    );
    bad(
        "version: 1\nvars: { t: one }\n---\nversion: 1\nrules: [{ principal: User:a, produce: '${t}' }]\n",
        "undefined variable `t`",
    );
}

fn team(rest: &str) -> String {
    format!(
        "version: 1\nroles:\n  team:\n    params: [name, op]\n    rules:\n      - produce: ${{name}}.*\n      - allow: {{ topic: x-${{name}}, operation: \"${{op}}\" }}\n  plain:\n    - produce: p\n  outer:\n    params: [n]\n    rules:\n      - role: {{ team: {{ name: \"in-${{n}}\", op: read }} }}\n      - role: plain\nrules:\n{rest}"
    )
}

#[test]
fn roles_with_parameters() {
    let found =
        bindings(&team("  - principal: User:a\n    role: { team: { name: etl, op: read } }\n"));
    assert_eq!(
        found,
        [
            "User:a ALLOW WRITE on topic:etl.*",
            "User:a ALLOW DESCRIBE on topic:etl.*",
            "User:a ALLOW READ on topic:x-etl"
        ]
    );
    let found = bindings(&team("  - principal: User:a\n    role: [plain, { outer: { n: z } }]\n"));
    assert_eq!(found.len(), 2 + 3);
    assert!(found.contains(&"User:a ALLOW READ on topic:x-in-z".to_owned()));
    // One use with several roles, and a name that a variable gives.
    let found =
        bindings(&team("  - principal: User:a\n    role: { outer: { n: z }, plain: {} }\n"));
    assert_eq!(found.len(), 5);
    assert_eq!(bindings(&team("  - principal: User:a\n    role: ${nope:-plain}\n")).len(), 2);
}

#[test]
fn wrong_uses_of_roles() {
    for (rule, piece) in [
        ("role: tem", "undefined role `tem`, did you mean `team`?"),
        ("role: { tem: {} }", "undefined role `tem`"),
        ("role: { team: { name: a } }", "the role `team` needs the parameter `op`"),
        ("role: { plain: { name: a } }", "the role `plain` has no parameter `name`"),
        (
            "role: { team: { nam: a, name: a, op: read } }",
            "has no parameter `nam`, did you mean `name`?",
        ),
        (
            "role: { team: { name: 7, op: read } }",
            "YAML reads `7` as a number, not as the value of a parameter",
        ),
        (
            "role: { team: { name: [a], op: read } }",
            "expected the value of a parameter, found a list",
        ),
        ("role: { team: { name: \"a*\", op: read } }", "the value of `name` brings a `*`"),
        (
            "role: { team: { name: a, op: raed } }",
            "unknown operation `raed`, did you mean `read`? (for the use of the role `team` at a.yaml:16)",
        ),
        (
            "role: { team: { name: a, op: describe-tokens } }",
            "`describe-tokens` means nothing for `topic`",
        ),
        ("role: { plain: }", "expected a mapping"),
        ("role: {}", "this names no role"),
        ("role: []", "the list is empty"),
        ("role: 7", "YAML reads `7` as a number, not as the name of a role"),
    ] {
        let text = team(&format!("  - {{ principal: User:a, {rule} }}\n"));
        let found = mistakes(&text);
        assert!(
            found.len() == 1 && found[0].contains(piece),
            "expected `{piece}`, found {found:#?}"
        );
    }
}

#[test]
fn wrong_definitions_of_roles() {
    for (roles, piece) in [
        ("r: { params: [x], rules: [{ produce: t }] }", "2:24 the parameter `x` is never used"),
        (
            "r: { params: [x, x], rules: [{ produce: \"${x}\" }] }",
            "the parameter `x` stands here twice",
        ),
        ("r: { params: [x-y], rules: [{ produce: t }] }", "`x-y` cannot be written as `${x-y}`"),
        ("r: { params: x, rules: [{ produce: t }] }", "`params` is a list, found text"),
        ("r: { params: [x] }", "`rules` is missing in a role"),
        (
            "r: { consume: { topic: t, group: none } }",
            "a role is a list of rule bodies: put `- ` in front of `consume`",
        ),
        (
            "r: [{ produce: t, principal: User:a }]",
            "a role has no `principal`; the rule that uses it has",
        ),
        ("r: [{ prodce: t, produce: t }]", "unknown key `prodce`, did you mean `produce`?"),
        ("r: [{ produce: \"${nope}\" }]", "undefined variable `nope`"),
        ("r: [{ produce: a*b }]", "a `*` means something at the end"),
        ("r: [{}]", "this says nothing"),
        ("r: text", "`a role` is a list, found text"),
        ("r: ", "`a role` has no value"),
        ("r: [{ role: r }]", "the role `r` uses itself: r → r"),
        ("r: [{ role: nope }]", "undefined role `nope`"),
        ("7: [{ produce: t }]", "YAML reads `7` as a number, not as the name of a role"),
        ("r: [{ produce: t }], r: [{ produce: t }]", "the key `r` stands here twice"),
    ] {
        bad(&format!("version: 1\nroles: {{ {roles} }}\n"), piece);
    }
    // A mistake in a role is one mistake, however many rules use it.
    bad(
        "version: 1\nroles: { r: [{ produce: a*b }] }\nrules: [{ principal: User:a, role: r }, { principal: User:b, role: r }]\n",
        "a `*` means",
    );
    bad(
        "version: 1\nroles: { a: [{ role: b }], b: [{ role: c }], c: [{ role: a }], d: [{ role: a }] }\nrules: [{ principal: User:a, role: d }]\n",
        "the role `a` uses itself: a → b → c → a",
    );
}

#[test]
fn a_role_is_defined_once() {
    let a = named("a.yaml", "version: 1\nroles: { r: [{ produce: t }] }\n");
    let b = named("b.yaml", "version: 1\nroles: { r: [{ produce: u }] }\n");
    let found = diagnostics_of(load_all(&[a, b], &[], false), "");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].file, "b.yaml");
    assert!(
        found[0].message.contains("the role `r` is already defined at a.yaml:2:10"),
        "{found:?}"
    );
}

#[test]
fn roles_are_described() {
    let inputs = Inputs { vars: &[], env: &env, cidr: false };
    let views = super::super::describe_roles(
        &[source(&team(""))].map(|mut s| {
            s.bytes.extend(b"  - { principal: User:a, role: { team: { name: a, op: read } } }\n");
            s
        }),
        &inputs,
    )
    .unwrap();
    let names: Vec<_> = views.iter().map(|view| view.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "produce",
            "consume",
            "streams",
            "connect worker",
            "connect source",
            "connect sink",
            "outer",
            "plain",
            "team"
        ]
    );
    let team = views.last().unwrap();
    assert_eq!(team.params, ["name", "op"]);
    assert_eq!(team.place, Some(("a.yaml".to_owned(), 3, 3)));
    let shown: Vec<_> = team
        .grants
        .iter()
        .map(|view| format!("{:?} {}", view.grant.operation, view.grant.name))
        .collect();
    // The operation is a parameter: it cannot be shown.
    assert_eq!(shown, ["Write ${name}.", "Describe ${name}."]);
    let outer = &views[6];
    assert!(outer.grants.iter().any(|view| &*view.grant.name == "in-${n}."));
    let when: Vec<_> =
        views[0].grants.iter().map(|view| (view.grant.operation.to_string(), view.when)).collect();
    assert_eq!(
        when,
        [
            ("WRITE".to_owned(), None),
            ("DESCRIBE".to_owned(), None),
            ("CREATE".to_owned(), Some("create: true")),
            ("WRITE".to_owned(), Some("transactional-id")),
            ("DESCRIBE".to_owned(), Some("transactional-id")),
            ("TWO_PHASE_COMMIT".to_owned(), Some("two-phase-commit: true")),
        ]
    );
    let both = "version: 1
roles:
  both: [{ produce: t }, { consume: { topic: t, group: none } }, { deny: { topic: t, operation: read } }]
";
    let views = super::super::describe_roles(&[source(both)], &inputs).unwrap();
    let grants = views.last().unwrap().grants.iter();
    let shown: Vec<_> =
        grants.map(|v| format!("{} {}", v.permission_type, v.grant.operation)).collect();
    assert_eq!(shown, ["ALLOW WRITE", "ALLOW DESCRIBE", "ALLOW READ", "DENY READ"], "each once");
    let default = "version: 1
roles:
  r: { params: [g], rules: [{ consume: { topic: t, group: '${g:-x}' } }] }
";
    let views = super::super::describe_roles(&[source(default)], &inputs).unwrap();
    let grants = views.last().unwrap().grants.iter();
    assert!(grants.clone().any(|view| &*view.grant.name == "${g:-x}"), "{views:?}");
    let bad = super::super::describe_roles(&[source("version: 1\nroles: []\n")], &inputs);
    assert_eq!(bad.unwrap_err().kind(), crate::error::Kind::Invalid);
    assert_eq!(super::super::describe_roles(&[], &inputs).unwrap().len(), 6);
}
