//! What holds for any input.

use proptest::prelude::*;

use super::*;

const EXAMPLE: &str = include_str!("example.yaml");

/// Pieces that grammars trip over.
const PIECES: &[&str] = &[
    "version: 1",
    "rules:",
    "- ",
    "  ",
    "\n",
    "\n  ",
    "\n    ",
    ": ",
    "principal",
    "User:a",
    "*",
    "&a ",
    "*a",
    "\"",
    "'",
    "[",
    "]",
    "{",
    "}",
    ",",
    "#",
    " #",
    "|",
    ">",
    "|-\n",
    "---\n",
    "...\n",
    "!!str ",
    "!",
    "%TAG ! x",
    "? ",
    "<<",
    "${a}",
    "$${",
    "${",
    "}",
    "\\",
    "\\x41",
    "\t",
    "\r\n",
    "\r",
    "\u{feff}",
    "ü",
    "\u{fdd0}",
    "\u{85}",
    "\u{2028}",
    "produce: x",
    "roles:",
    "scope:",
    "all",
    "none",
    "true",
    "~",
    "0x",
    "1",
    "bindings:",
    "tests:",
    "can: read topic:x",
    "vars:",
    "params:",
    "consume",
    "topic: ",
    "group: ",
    "literal",
];

fn check(bytes: Vec<u8>) {
    let source = Source { name: "a.yaml".to_owned(), bytes };
    if let Err(error) = load_all(&[source], &[("a", "b")], true) {
        assert!(!error.diagnostics().is_empty());
        for diagnostic in error.diagnostics() {
            assert!(diagnostic.line >= 1 && diagnostic.column >= 1 && diagnostic.width >= 1);
            assert!(!diagnostic.message.contains('\n'), "{diagnostic:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(700))]

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(bytes);
    }

    #[test]
    fn no_text_panics(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        check(pieces.concat().into_bytes());
    }

    #[test]
    fn no_change_of_the_example_panics(
        cut in 0..EXAMPLE.len(),
        length in 0..20usize,
        piece in prop::sample::select(PIECES),
        times in 1..3usize,
    ) {
        let mut bytes = EXAMPLE.as_bytes().to_vec();
        let end = (cut + length).min(bytes.len());
        bytes.splice(cut..end, piece.repeat(times).into_bytes());
        check(bytes);
    }
}

fn documents() -> impl Strategy<Value = Vec<String>> {
    let rule = (
        "[ab]",
        "[xy]",
        prop::sample::select(&["produce: ", "consume: { group: g, topic: ", "role: "][..]),
    );
    let document = prop::collection::vec(rule, 1..4).prop_map(|rules| {
        let mut text = "version: 1\nrules:\n".to_owned();
        for (principal, name, verb) in rules {
            let name = if verb == "role: " { "r".to_owned() } else { name };
            let close = if verb.contains('{') { " }" } else { "" };
            text += &format!("  - principal: User:{principal}\n    {verb}{name}{close}\n");
        }
        text
    });
    prop::collection::vec(document, 1..5)
}

proptest! {
    #[test]
    fn the_order_of_documents_does_not_matter(documents in documents(), at in 0..5usize) {
        let role = "version: 1\nroles: { r: [{ produce: z }] }\n".to_owned();
        let mut documents = documents;
        documents.insert(at.min(documents.len()), role);
        let forward = good(&documents.join("---\n"));
        documents.reverse();
        let files: Vec<Source> = documents.iter().map(|text| source(text)).collect();
        let backward = load_all(&files, &[], false).unwrap();
        prop_assert_eq!(lines(&forward), lines(&backward));
    }
}
