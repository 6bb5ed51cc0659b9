//! Holds what the program prints to the schemas in `docs/schemas/`.

use std::fs;
use std::path::Path;

use jsonschema::{Retrieve, Uri};
use serde_json::Value;

const BASE: &str = "kward:///schemas/";

struct Folder;

impl Retrieve for Folder {
    fn retrieve(
        &self,
        uri: &Uri<String>,
    ) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        schema(uri.as_str().strip_prefix(BASE).ok_or("outside the folder")?)
    }
}

fn schema(name: &str) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schemas").join(name);
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

/// Panics unless the document is one that the schema of its `kind` describes.
#[track_caller]
pub fn assert_valid(document: &Value) {
    let kind = document["kind"].as_str().expect("a document has a kind");
    let name = format!("{kind}.json");
    let schema = schema(&name).unwrap_or_else(|error| panic!("no schema of {kind}: {error}"));
    let validator = jsonschema::draft202012::options()
        .with_base_uri(format!("{BASE}{name}"))
        .with_retriever(Folder)
        .should_validate_formats(true)
        .build(&schema)
        .expect("a schema");
    let faults: Vec<String> = validator
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}\n{document:#}");
}
