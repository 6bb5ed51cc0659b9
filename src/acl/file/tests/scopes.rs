//! `scope`, `protect` and the form of `tests`.

use proptest::prelude::*;

use super::*;
use crate::acl::authorizer::arbitrary::cases;
use crate::acl::desired::{NameScope, PrincipalPattern, ResourceScope, Selector};
use crate::acl::file::ScopeIndex;
use crate::model::{Binding, Host, Operation, PatternType, PermissionType, ResourceType};

fn scope(text: &str) -> Selector {
    good(&format!("version: 1\nscope: {text}\n")).documents[0].scope.clone().unwrap()
}

fn prefix(text: &str) -> PrincipalPattern {
    PrincipalPattern::Prefix(text.to_owned())
}

fn exact(text: &str) -> PrincipalPattern {
    PrincipalPattern::Exact(text.into())
}

#[test]
fn what_a_scope_says() {
    assert_eq!(scope("all"), Selector::default());
    assert_eq!(good("version: 1").documents[0].scope, None);
    let principals = |text: &str| scope(&format!("{{ principal: {text} }}")).principals;
    assert_eq!(principals("User:a"), [exact("User:a")]);
    assert_eq!(principals("[User:a-*, \"User:*\"]"), [prefix("User:a-"), exact("User:*")]);
    assert_eq!(principals("{ prefix: \"User:\" }"), [prefix("User:")]);
    assert_eq!(principals("{ literal: \"User:a*\" }"), [exact("User:a*")]);
    assert_eq!(principals("Group:*"), [prefix("Group:")]);
    let resource = |resource_type, names| ResourceScope { resource_type, names };
    assert_eq!(
        scope("{ topic: [orders, pay.*, \"*\"], group: { prefix: \"g*\" }, cluster: true }")
            .resources,
        [
            resource(ResourceType::Topic, NameScope::Literal("orders".into())),
            resource(ResourceType::Topic, NameScope::Prefix("pay.".into())),
            resource(ResourceType::Topic, NameScope::All),
            resource(ResourceType::Group, NameScope::Prefix("g*".into())),
            ResourceScope::cluster(),
        ]
    );
}

#[test]
fn wrong_scopes() {
    for (scope, piece) in [
        ("{}", "`scope` says nothing"),
        (
            "",
            "`scope` has no value | name principals or resources; a document that owns the whole cluster says `scope: all`",
        ),
        ("everything", "expected `scope` (a mapping), found text"),
        ("[User:a]", "expected `scope` (a mapping), found a list"),
        ("{ principal: [] }", "the list is empty"),
        (
            "{ principal: ds-* }",
            "`ds-*` has no type: a principal is `Type:name` | write `\"User:ds-*\"`",
        ),
        ("{ principal: \"*\" }", "the prefix is empty, so this would be every principal"),
        (
            "{ principal: { prefix: \"\" } }",
            "the prefix is empty, so this would be every principal",
        ),
        ("{ principal: { prefix: Us } }", "`Us*` has no type"),
        ("{ principals: User:a }", "write `principal`; it takes a list"),
        ("{ host: 10.0.0.1, topic: t }", "unknown key `host`"),
        ("{ topic: a*b }", "a `*` means something at the end of a name only"),
        ("{ cluster: false }", "`cluster` can only be `true`"),
    ] {
        bad(&format!("version: 1\nscope: {scope}\n"), piece);
    }
    bad(
        "version: 1\nprotect: [{}]",
        "an entry of `protect` says nothing | name principals or resources, or remove it",
    );
    bad("version: 1\nprotect: { principal: User:a }", "`protect` is a list, found a mapping");
    bad("version: 1\nprotect: [{ principal: admin }]", "`admin` has no type");
}

#[test]
fn a_rule_outside_the_scope_of_its_document() {
    let text =
        |scope: &str, rule: &str| format!("version: 1\nscope: {scope}\nrules:\n  - {rule}\n");
    for (scope, rule) in [
        ("{ principal: User:a }", "{ principal: User:a, produce: t }"),
        ("{ principal: User:a* }", "{ principal: User:abc, produce: t }"),
        ("{ topic: t* }", "{ principal: User:x, produce: [t, t1, tt*] }"),
        (
            "{ topic: \"*\", group: g }",
            "{ principal: User:x, consume: { topic: \"*\", group: g } }",
        ),
        ("all", "{ principal: User:x, consume: { topic: \"*\", group: g } }"),
        ("{ cluster: true }", "{ principal: User:x, allow: { cluster: true, operation: alter } }"),
    ] {
        good(&text(scope, rule));
    }
    for (scope, rule, piece) in [
        (
            "{ principal: User:a }",
            "{ principal: User:b, produce: t }",
            "4:18 `User:b` lies outside the document's own `scope`",
        ),
        ("{ principal: User:a }", "{ principal: \"User:*\", produce: t }", "`User:*` lies outside"),
        ("{ topic: t }", "{ principal: User:x, produce: t* }", "4:26 `topic:t*` lies outside"),
        ("{ topic: t* }", "{ principal: User:x, produce: \"*\" }", "`topic:*` lies outside"),
        (
            "{ topic: t }",
            "{ principal: User:x, consume: { topic: t, group: g } }",
            "`group:g` lies outside",
        ),
        (
            "{ topic: t }",
            "{ principal: User:x, allow: { cluster: true, operation: alter } }",
            "`cluster` lies outside",
        ),
    ] {
        bad(&text(scope, rule), piece);
    }
    // The scope of another document does not help; verbatim bindings belong to the document too.
    bad(
        "version: 1\nscope: { topic: t }\nrules: [{ principal: User:x, produce: u }]\n---\nversion: 1\nscope: all\n",
        "`topic:u` lies outside",
    );
    bad(
        "version: 1\nscope: { topic: t }\nbindings: [{\"resourceType\":\"TOPIC\",\"resourceName\":\"u\",\"patternType\":\"LITERAL\",\"principal\":\"User:a\",\"host\":\"*\",\"operation\":\"READ\",\"permissionType\":\"ALLOW\"}]\n",
        "`topic:u of User:a` lies outside",
    );
    // One message a verb, not one a binding.
    bad(
        "version: 1\nscope: { topic: t }\nrules: [{ principal: User:x, produce: [u, v, w] }]\n",
        "`topic:u`, `topic:v` and `topic:w` lie outside",
    );
    bad(
        "version: 1\nscope: { topic: t }\nrules: [{ principal: User:x, produce: [u, t, v, w, x, y, z] }]\n",
        "`topic:u`, `topic:v`, `topic:w`, `topic:x`, `topic:y` and 1 more lie outside",
    );
}

#[test]
fn tests_of_every_form() {
    let text = "version: 1
tests:
  - principal: [User:a, \"User:CN=b,O=c\"]
    host: [10.0.0.1, \"::1\"]
    can: [\"read  topic:x\", DESCRIBE_CONFIGS topic:x, alter cluster]
    cannot: create-tokens user:User:bob
  - principal: User:a
    can: read group:a b
";
    let tests = good(text).tests;
    assert_eq!(tests.len(), 2 * 2 * 4 + 1);
    assert_eq!(tests[1].host.as_deref(), Some("0:0:0:0:0:0:0:1"));
    let last = tests.last().unwrap();
    assert_eq!((last.resource_name.as_str(), last.host.clone(), last.place.line), ("a b", None, 8));
    let token = tests.iter().find(|test| !test.allowed).unwrap();
    assert_eq!(
        (token.resource_type, token.resource_name.as_str()),
        (ResourceType::User, "User:bob")
    );
}

#[test]
fn wrong_tests() {
    for (test, piece) in [
        ("{ can: read topic:x }", "`principal` is missing in a test"),
        ("{ principal: User:a }", "this test asserts nothing"),
        ("{ principal: a, can: read topic:x }", "`a` has no type"),
        ("{ principal: User:a, can: read }", "`read` is no request"),
        (
            "{ principal: User:a, can: raed topic:x }",
            "unknown operation `raed`, did you mean `read`?",
        ),
        ("{ principal: User:a, can: all topic:x }", "no client asks for `all`"),
        ("{ principal: User:a, can: read x }", "`x` is no resource"),
        (
            "{ principal: User:a, can: read topc:x }",
            "unknown type of resource `topc`, did you mean `topic`?",
        ),
        ("{ principal: User:a, can: \"read topic:\" }", "names nothing"),
        ("{ principal: User:a, can: read topic:x* }", "`topic:x*` is a pattern"),
        ("{ principal: User:a, can: \"read topic:*\" }", "`topic:*` is a pattern"),
        ("{ principal: User:a, can: \"alter cluster:x\" }", "there is one cluster"),
        ("{ principal: User:a, can: write group:g }", "no client asks for `write` on groups"),
        (
            "{ principal: User:a, host: \"*\", can: read topic:x }",
            "`*` is no address: a client of a test has exactly one",
        ),
        (
            "{ principal: User:a, host: 10.0.0.0/8, can: read topic:x }",
            "`10.0.0.0/8` is no address",
        ),
        ("{ principal: User:a, host: db, can: read topic:x }", "`db` is no address"),
        (
            "{ principal: User:a, cant: read topic:x, can: read topic:x }",
            "unknown key `cant`, did you mean `can`?",
        ),
        ("{ principal: User:a, can: [] }", "the list is empty"),
    ] {
        bad(&format!("version: 1\ntests:\n  - {test}\n"), piece);
    }
}

#[test]
fn a_prefix_inside_another_adds_nothing_and_takes_nothing() {
    let prefixes = ["a", "ab", "b", "User:a", "User:ab"];
    let selector = Selector {
        principals: prefixes
            .iter()
            .map(|text| PrincipalPattern::Prefix((*text).to_owned()))
            .collect(),
        resources: prefixes
            .iter()
            .map(|text| ResourceScope {
                resource_type: ResourceType::Topic,
                names: NameScope::Prefix((*text).into()),
            })
            .collect(),
    };
    let index = ScopeIndex::new(&selector);
    for (text, covered) in [
        ("ac", true),
        ("abc", true),
        ("User:ac", true),
        ("b", true),
        ("c", false),
        ("User:b", false),
    ] {
        assert_eq!(index.covers_principal(&text.into()), covered, "{text}");
        for pattern_type in [PatternType::Literal, PatternType::Prefixed] {
            let topics = index.covers_pattern(ResourceType::Topic, pattern_type, &text.into());
            assert_eq!(topics, covered, "{text}");
        }
        let unknown = PatternType::Unknown(9);
        assert!(!index.covers_pattern(ResourceType::Topic, unknown, &text.into()));
    }
}

fn word() -> impl Strategy<Value = String> {
    // Few letters, so that prefixes and equal names are frequent.
    "[ab*]{0,3}"
}

fn selector() -> impl Strategy<Value = Selector> {
    let principal = prop_oneof![
        word().prop_map(|w| PrincipalPattern::Exact(w.into())),
        word().prop_map(PrincipalPattern::Prefix),
    ];
    let names = prop_oneof![
        Just(NameScope::All),
        word().prop_map(|w| NameScope::Literal(w.into())),
        word().prop_map(|w| NameScope::Prefix(w.into())),
    ];
    let resource = (0..3usize, names).prop_map(|(resource_type, names)| ResourceScope {
        resource_type: ResourceType::ALL[resource_type],
        names,
    });
    (prop::collection::vec(principal, 0..4), prop::collection::vec(resource, 0..5))
        .prop_map(|(principals, resources)| Selector { principals, resources })
}

proptest! {
    #![proptest_config(cases(3000))]

    #[test]
    fn the_index_answers_what_the_selector_answers(
        selector in selector(),
        resource_type in 0..3usize,
        literal: bool,
        name in word(),
        principal in word(),
    ) {
        let binding = Binding {
            resource_type: ResourceType::ALL[resource_type],
            resource_name: name.into(),
            pattern_type: if literal { PatternType::Literal } else { PatternType::Prefixed },
            principal: principal.into(),
            host: Host::any(),
            operation: Operation::Read,
            permission_type: PermissionType::Allow,
        };
        prop_assert_eq!(ScopeIndex::new(&selector).covers(&binding), selector.covers(&binding));
    }
}
