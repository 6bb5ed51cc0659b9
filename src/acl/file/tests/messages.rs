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

/// What a word processor or a wiki makes of quotes and blanks.
#[test]
fn signs_of_print_are_told() {
    let said = |text: &str| -> Vec<String> {
        let message = |m: &String| m.split_once(" |").unwrap().0.to_owned();
        mistakes(&format!("version: 1\n{text}")).iter().map(message).collect()
    };
    let space = "a no-break space (U+00A0) stands here, which is a letter for YAML and no blank";
    let quote = |sign| format!("`{sign}` is no quote for YAML, but a part of the word");
    for (text, expected) in [
        ("rules:\n  - principal: “User:a”\n    produce: t\n", format!("3:16 {}", quote('“'))),
        ("rules:\n  - principal: User:«a»\n    produce: t\n", format!("3:16 {}", quote('«'))),
        ("rules:\n  - principal: User:a\n    produce: [‘t’]\n", format!("4:15 {}", quote('‘'))),
        ("rules:\n  - principal:\u{a0}User:a\n    produce: t\n", format!("3:15 {space}")),
        ("rules:\n  - principal:\u{a0} User:a\n    produce: t\n", format!("3:15 {space}")),
        ("rules:\n\u{a0} - principal: User:a\n    produce: t\n", format!("3:1 {space}")),
        ("rules:\n  -\u{a0}principal: User:a\n    produce: t\n", format!("3:4 {space}")),
        ("rules:\n  - principal: User:a\n  \u{a0} produce: t\n", format!("4:3 {space}")),
        ("rules:\n  - principal: User:a\u{a0}\n    produce: t\n", format!("3:22 {space}")),
    ] {
        assert_eq!(said(text), [expected], "{text}");
    }
    // What else is wrong is not laid to one in a comment or in quotes.
    let text = "rules: # «a\u{a0}b»\n  - principal: \"User:a\u{a0}b\"\n    produce: [t\n";
    let found = said(text);
    assert!(found.len() == 1 && found[0].contains("never closed"), "{found:?}");
    // In YAML's own quotes and in comments they are what they are.
    let text = "rules:\n  - principal: \"User:“a\u{a0}b”\" # “so”\u{a0}it is\n    produce: t’\n";
    assert_eq!(bindings(&format!("version: 1\n{text}")).len(), 2);
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
