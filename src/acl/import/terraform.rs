//! What `terraform show -json` prints of a state or a plan: the ACLs of the providers Mongey/kafka
//! (`kafka_acl`) and confluentinc/confluent (`confluent_kafka_acl`), in all modules.

use std::collections::BTreeMap;

use serde_json::Value;

use super::manifests::{list, table, text};
use super::shape::not_known;
use super::{Taken, Words, Wrong};
use crate::model::Binding;

/// What a provider calls the parts of a binding.
struct Provider {
    resource: &'static str,
    /// What it says besides.
    others: &'static [&'static str],
    resource_type: &'static str,
    name: &'static str,
    pattern: (&'static str, &'static str),
    principal: &'static str,
    host: &'static str,
    operation: &'static str,
    permission: &'static str,
}

const PROVIDERS: [Provider; 2] = [
    Provider {
        resource: "kafka_acl",
        others: &["id"],
        resource_type: "/resource_type",
        name: "/resource_name",
        pattern: ("/resource_pattern_type_filter", "Literal"),
        principal: "/acl_principal",
        host: "/acl_host",
        operation: "/acl_operation",
        permission: "/acl_permission_type",
    },
    Provider {
        resource: "confluent_kafka_acl",
        others: &["id", "kafka_cluster", "rest_endpoint", "http_endpoint", "credentials"],
        resource_type: "/resource_type",
        name: "/resource_name",
        pattern: ("/pattern_type", ""),
        principal: "/principal",
        host: "/host",
        operation: "/operation",
        permission: "/permission",
    },
];

/// Every ACL of a state, or, of a plan, every one that there will be.
pub(super) fn read(text: &str) -> Result<Taken, Wrong> {
    let wrong = |why: &str| Wrong { place: "as a whole".to_owned(), why: why.to_owned() };
    let document: Value = serde_json::from_str(text).map_err(|error| Wrong {
        place: format!("line {}", error.line()),
        why: "this is not what `terraform show -json` prints".to_owned(),
    })?;
    let values = document.get("planned_values").or_else(|| document.get("values"));
    let root = values.and_then(|values| values.get("root_module"));
    let root = root.ok_or_else(|| wrong("it is neither a state nor a plan of Terraform"))?;
    let mut taken = Taken::default();
    let mut others = BTreeMap::new();
    module(root, &mut taken.bindings, &mut others)?;
    if !others.is_empty() {
        let others: Vec<String> =
            others.iter().map(|(kind, count)| format!("{count} `{kind}`")).collect();
        taken.notes.push(format!("not taken over, as not known: {}", others.join(", ")));
    }
    taken.unless_empty()
}

/// `others`: ACLs of providers that are not known here.
fn module<'v>(
    module: &'v Value,
    found: &mut Vec<Binding>,
    others: &mut BTreeMap<&'v str, usize>,
) -> Result<(), Wrong> {
    let place = |value: &Value| match value["address"].as_str() {
        Some(address) => format!("`{address}`"),
        None => "the root module".to_owned(),
    };
    let resources =
        list(module, "/resources").map_err(|why| Wrong { place: place(module), why })?;
    for resource in resources.iter().filter(|resource| resource["mode"] == "managed") {
        let kind = resource["type"].as_str().unwrap_or_default();
        if let Some(provider) = PROVIDERS.iter().find(|provider| provider.resource == kind) {
            let binding = provider.binding(&resource["values"]);
            found.push(binding.map_err(|why| Wrong { place: place(resource), why })?);
        } else if kind.contains("acl") && (kind.contains("kafka") || kind.contains("redpanda")) {
            *others.entry(kind).or_default() += 1;
        }
    }
    let children =
        list(module, "/child_modules").map_err(|why| Wrong { place: place(module), why })?;
    children.iter().try_for_each(|child| self::module(child, found, others))
}

impl Provider {
    fn binding(&self, values: &Value) -> Result<Binding, String> {
        let paths = [
            self.resource_type,
            self.name,
            self.pattern.0,
            self.principal,
            self.host,
            self.operation,
            self.permission,
        ];
        let known = paths.iter().map(|path| &path[1..]).chain(self.others.iter().copied());
        if let Some((key, _)) =
            table(values, "")?.find(|(key, _)| !known.clone().any(|k| k == *key))
        {
            return Err(not_known(key, known));
        }
        // What a plan cannot know yet is absent.
        let needed = |path: &str| match text(values, path, "")? {
            "" => Err(format!("`{}` is not known before it is applied", &path[1..])),
            text => Ok(text),
        };
        Words {
            resource_type: needed(self.resource_type)?,
            name: needed(self.name)?,
            pattern: text(values, self.pattern.0, self.pattern.1)?,
            principal: needed(self.principal)?,
            host: needed(self.host)?,
            operation: needed(self.operation)?,
            permission: needed(self.permission)?,
        }
        .binding()
    }
}
