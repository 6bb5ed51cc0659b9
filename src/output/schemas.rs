//! Holds documents to the schemas in `docs/schemas/`, for the tests of everything that prints them.

use std::path::{Path, PathBuf};

use jsonschema::{Retrieve, Uri, Validator};
use serde_json::Value;

const BASE: &str = "kward:///schemas/";

struct Folder;

impl Retrieve for Folder {
    fn retrieve(
        &self,
        uri: &Uri<String>,
    ) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        let name = uri.as_str().strip_prefix(BASE).ok_or("outside the folder")?;
        Ok(serde_json::from_slice(&std::fs::read(folder().join(name))?)?)
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schemas")
}

fn schema(kind: &str) -> Value {
    let path = folder().join(format!("{kind}.json"));
    let text = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_slice(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn validator(kind: &str) -> Validator {
    jsonschema::draft202012::options()
        .with_base_uri(format!("{BASE}{kind}.json"))
        .with_retriever(Folder)
        .should_validate_formats(true)
        .build(&schema(kind))
        .unwrap_or_else(|e| panic!("{kind}: {e}"))
}

/// What the schema of the document's `kind` finds wrong with it.
fn faults(document: &Value) -> Vec<String> {
    let kind = document["kind"].as_str().expect("a kind");
    let validator = validator(kind);
    validator.iter_errors(document).map(|e| format!("{}: {e}", e.instance_path())).collect()
}

/// Panics unless the document is one that the schema of its `kind` describes.
pub(crate) fn assert_valid(document: &Value) {
    let faults = faults(document);
    assert!(faults.is_empty(), "{faults:#?}\n{document:#}");
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::error::{Diagnostic, Error, KafkaError, Kind};
    use crate::model::{Binding, Operation, PatternType, PermissionType, ResourceType};
    use crate::output::failure;
    use serde_json::json;

    /// Every kind has a file of its name; beside them lies only what they share.
    fn kinds() -> Vec<String> {
        let mut kinds: Vec<String> = std::fs::read_dir(folder())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .map(|file| file.strip_suffix(".json").expect("only schemas lie here").to_owned())
            .filter(|kind| kind != "common")
            .collect();
        kinds.sort();
        assert!(kinds.len() > 10, "{kinds:?}");
        kinds
    }

    #[test]
    fn every_file_is_a_valid_schema_with_examples_that_it_describes() {
        for name in kinds().iter().map(String::as_str).chain(["common"]) {
            jsonschema::draft202012::meta::validate(&schema(name))
                .unwrap_or_else(|e| panic!("{name}: {e}"));
        }
        for kind in &kinds() {
            let schema = schema(kind);
            assert_eq!(schema["title"], **kind);
            assert_eq!(schema["properties"]["kind"]["const"], **kind);
            let examples = schema["examples"].as_array().expect("examples");
            assert!(!examples.is_empty());
            examples.iter().for_each(assert_valid);
        }
    }

    /// The kinds that the sources name: those of reports, of their generic writers, and of events.
    fn printed() -> BTreeSet<String> {
        let pattern = |text| regex_lite::Regex::new(text).unwrap();
        let named = pattern(
            r#"(?:fn kind\(&self\) -> &'static str \{\s*|const (?:KIND|EVENT|BACKUP): &(?:'static )?str = |Text::new\()"([A-Z]\w+)""#,
        );
        let other = pattern(r#"fn kind\(&self\) -> &'static str \{\s*([^"\s]\S*)"#);
        let mut kinds = BTreeSet::from(["Error".to_owned()]);
        let sources = walkdir::WalkDir::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
        for entry in sources {
            let entry = entry.unwrap();
            // The output's own tests have kinds of their own.
            let tests = entry.path().components().any(|part| part.as_os_str() == "output");
            if tests || !entry.file_type().is_file() {
                continue;
            }
            let text = std::fs::read_to_string(entry.path()).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            kinds.extend(named.captures_iter(text).map(|found| found[1].to_owned()));
            for found in other.captures_iter(text) {
                let known = ["T::KIND", "file::KIND", "self.kind"].contains(&&found[1]);
                assert!(known, "{}: a kind that this test does not find", entry.path().display());
            }
        }
        kinds
    }

    #[test]
    fn every_kind_that_is_printed_has_a_schema() {
        let described: BTreeSet<String> = kinds().into_iter().collect();
        let printed = printed();
        // A file that nobody but the program reads.
        let own = ["ThrottleRecord"];
        let missing: Vec<_> =
            printed.difference(&described).filter(|kind| !own.contains(&kind.as_str())).collect();
        assert!(missing.is_empty(), "no schema in docs/schemas: {missing:?}");
        let unknown: Vec<_> = described.difference(&printed).collect();
        assert!(unknown.is_empty(), "nothing prints these: {unknown:?}");
    }

    #[test]
    fn what_is_required_is_missed_and_what_is_wrong_is_found() {
        for kind in &kinds() {
            let schema = schema(kind);
            for field in schema["required"].as_array().expect("required fields") {
                let mut document = schema["examples"][0].clone();
                let field = field.as_str().unwrap();
                document.as_object_mut().unwrap().shift_remove(field).expect("in the example");
                assert!(!validator(kind).is_valid(&document), "{kind} without {field}");
            }
        }
        for (kind, pointer, wrong) in [
            ("AclList", "/apiVersion", json!("kward/v2")),
            ("AclList", "/items/0/operation", json!("read")),
            ("AclList", "/items/0/host", json!(null)),
            ("AclList", "/capturedAt", json!("yesterday")),
            ("AclPlan", "/create/0/patternType", json!("MATCH")),
            ("AclPlan", "/access/0/change", json!("keeps")),
            ("AclPlan", "/unchanged", json!(-1)),
            ("AclWriteResult", "/items/0/status", json!("deleted")),
            ("AclWriteResult", "/items/1/error/code", json!("31")),
            ("AclWriteResult", "/items/1/resourceName", json!(7)),
            ("AccessDecision", "/reason", json!("because")),
            ("AccessDecision", "/source/line", json!(0)),
            ("Error", "/exitStatus", json!(3)),
            ("Error", "/diagnostics/0/line", json!("12")),
        ] {
            let mut document = schema(kind)["examples"][0].clone();
            *document.pointer_mut(pointer).expect(pointer) = wrong;
            assert!(!faults(&document).is_empty(), "{kind}{pointer}");
        }
        let mut decision = schema("AccessDecision")["examples"][0].clone();
        decision.as_object_mut().unwrap().shift_remove("binding");
        assert!(!faults(&decision).is_empty(), "an `allow` without its binding");
    }

    #[test]
    fn every_binding_that_the_model_knows_is_described() {
        let mut items = Vec::new();
        for code in i8::MIN..=i8::MAX {
            items.push(Binding {
                resource_type: ResourceType::from_code(code),
                resource_name: "orders".into(),
                pattern_type: PatternType::from_code(code),
                principal: "User:a".into(),
                host: "*".into(),
                operation: Operation::from_code(code),
                permission_type: PermissionType::from_code(code),
            });
        }
        assert_valid(&json!({
            "apiVersion": "kward/v1", "kind": "AclList", "complete": true, "items": items,
        }));
    }

    #[test]
    fn errors_are_as_described() {
        let diagnostic = Diagnostic {
            file: "<stdin>".to_owned(),
            line: 1,
            column: 1,
            width: 1,
            source: String::new(),
            cut: 0,
            message: "empty".to_owned(),
            hint: Some("write something".to_owned()),
        };
        let kafka = KafkaError {
            name: "NOT_CONTROLLER".to_owned(),
            code: 41,
            message: Some("moved".to_owned()),
            retriable: true,
        };
        for kind in [
            Kind::Failed,
            Kind::Invalid,
            Kind::Refused,
            Kind::Unfinished,
            Kind::Interrupted,
            Kind::Terminated,
        ] {
            let error = Error::new(kind, "failed").hint("again").kafka(kafka.clone());
            for error in
                [Error::new(kind, "failed"), error.with_diagnostics(vec![diagnostic.clone()])]
            {
                let mut out = Vec::new();
                failure::json(&mut out, &error).unwrap();
                assert_valid(&serde_json::from_slice(&out).unwrap());
            }
        }
    }
}
