//! `docs/connecting.md` and the pages about managed clusters show nothing that does not work, and leave
//! no property out.

use super::*;
use crate::settings::names::USED;

const TEXT: &str = include_str!("../../../docs/connecting.md");
const MANAGED: &[&str] = &[
    include_str!("../../../docs/managed/aiven.md"),
    include_str!("../../../docs/managed/amazon-msk.md"),
    include_str!("../../../docs/managed/confluent-cloud.md"),
];

fn blocks(text: &'static str, language: &str) -> Vec<&'static str> {
    let start = format!("```{language}\n");
    text.split(start.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn every_properties_file_connects() {
    let pages = std::iter::once(&TEXT).chain(MANAGED);
    let blocks: Vec<_> = pages.map(|page| blocks(page, "properties")).collect();
    assert!(blocks[0].len() > 8 && blocks.iter().all(|page| page.len() > 1));
    for text in blocks.concat() {
        let world = World::new();
        world.file("client.properties", text);
        let connection = world.connection(&with_address(text));
        if text.contains("GSSAPI") && cfg!(not(feature = "gssapi")) {
            let error = connection.unwrap_err();
            assert!(error.message().contains("which this build of kward leaves out"), "{error}");
            continue;
        }
        let connection = connection.unwrap();
        // Nothing in it is unknown or unused; only that its files are not there.
        assert_eq!(connection.warnings, [""; 0], "{text}");
    }
}

#[test]
fn the_config_file_is_one() {
    for text in blocks(TEXT, "toml") {
        let world = World::with_config(text);
        world.file(".config/kward/staging.properties", "bootstrap.servers=staging:1");
        for (context, address) in
            [("dev", "localhost"), ("prod", "broker1"), ("staging", "staging")]
        {
            let connection = world.connection(&["-c", context]).unwrap();
            assert_eq!(connection.bootstrap[0].host, address);
            assert_eq!(connection.warnings, [""; 0]);
        }
    }
}

#[test]
fn every_property_and_every_key_is_in_a_table() {
    let tables: Vec<_> = TEXT.lines().filter(|line| line.starts_with("| `")).collect();
    let keys = USED.iter().map(|(key, _)| *key).chain(config_file::CONTEXT_KEYS.iter().copied());
    for key in keys {
        let quoted = format!("`{key}`");
        assert!(
            tables.iter().any(|row| row.split(" | ").next().unwrap().contains(&quoted)),
            "{key}"
        );
    }
}
