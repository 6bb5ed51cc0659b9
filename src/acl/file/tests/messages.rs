//! How YAML's own errors are said.

use super::*;

#[test]
fn syntax() {
    for (text, piece) in [
        (
            "rules:\n  - principal: User: bob\n",
            "2:20 a `:` followed by a space cannot stand inside an unquoted value",
        ),
        (
            "rules:\n  - principal: User:a\n   produce: x\n",
            "3:4 this line does not continue the list above it",
        ),
        ("rules:\n\t- principal: User:a\n", "2:2 a tab stands where YAML wants spaces"),
        ("rules:\n  - principal: User:a\n\tproduce: x\n", "a tab stands where YAML wants spaces"),
        (
            "rules:\n  - principal: [User:a\n    produce: x\n",
            "3:12 a `key:` begins here inside an open `[`",
        ),
        ("rules:\n  - {principal: User:a, produce: x\n", "2:5 this bracket is never closed"),
        ("rules: [{principal: User:a, produce: x}\n", "1:8 this bracket is never closed"),
        ("rules:\n  - principal: \"User:a\n    produce: x\n", "2:16 this quote is not closed"),
        ("rules: 'x", "1:8 this quote is never closed"),
        ("rules: [x]\n]", "2:1 this closing bracket has no opening one"),
        ("rules\n  - principal: User:a\n", "below a line that ends in `:`"),
        ("rules:\n  - principal: @a\n", "2:16 an unquoted word cannot begin with `@`"),
        ("rules:\n  - principal: %a\n", "cannot begin with `%`"),
        (
            "rules:\n  - principal: \"a\\qb\"\n",
            "a `\\` in double quotes begins an escape that YAML does not know",
        ),
        ("rules:\n  - principal: 'a' b\n", "something stands behind a closing quote"),
        ("rules:\n  - principal: a\n  x: b\n", "3:3 this line does not continue the list above it"),
        (
            "rules:\n - {topic: x, operation: read\n - {topic: y}\n",
            "lacks a `,` or its closing `}`",
        ),
        ("rules:\tx", "a tab stands behind `:` or `-`"),
        ("rules: [-]\n", "a `-` alone stands here"),
        ("rules: - a\n", "a list entry (`- `) cannot begin here"),
        ("rules: [a,,b]\n", "a value is missing here"),
        ("rules: !foo!x a\n", "tags are not read here"),
        ("rules: [] # x\n...\nfoo: [", "never closed"),
    ] {
        let found = mistakes(text);
        assert!(
            found.iter().any(|m| m.contains(piece)),
            "expected `{piece}`, found {found:#?}\n{text}"
        );
    }
}

#[test]
fn tags_are_refused() {
    let found = mistakes(
        "version: 1\nrules:\n  - principal: !!str User:a\n    produce: !x y\n    consume: !y { topic: t, group: none }\n",
    );
    let places: Vec<_> = found.iter().map(|m| m.split_once(" |").unwrap().0).collect();
    assert_eq!(
        places,
        [
            "3:16 tags are not read here",
            "4:14 tags are not read here",
            "5:14 tags are not read here"
        ]
    );
}

#[test]
fn every_message_stands_beside_its_line() {
    let found = diagnostics("version: 1\nrules:\n  - principal: User:a\n    prodúce: x\t#\n");
    assert_eq!(found[0].source, "    prodúce: x #");
    assert_eq!((found[0].line, found[0].column, found[0].width), (4, 5, 7));
    let found = diagnostics(
        "version: 1\nowner: \"a\u{202e}b\" \nrules: [{ principal: \"x\u{202e}y\", produce: z }]",
    );
    assert!(found[0].message.contains("x\\u{202e}y"), "{found:?}");
}
