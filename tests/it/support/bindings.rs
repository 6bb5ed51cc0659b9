//! Bindings in a short notation, and as Kafka's own tool prints them.

use std::collections::BTreeSet;

use kward::model::{Binding, Host, PatternType};
use serde_json::Value;

/// A set of bindings; sets are compared, never lists.
pub type Bindings = BTreeSet<Binding>;

/// `User:a allow read topic:orders* 10.0.0.7`: a `*` at the end makes a prefix, the host may be
/// left out, and the cluster is `cluster`.
pub fn binding(text: &str) -> Binding {
    let words: Vec<&str> = text.split(' ').collect();
    let (kind, name) = words[3].split_once(':').unwrap_or((words[3], "kafka-cluster"));
    let prefix = name.strip_suffix('*').filter(|prefix| !prefix.is_empty());
    Binding {
        principal: words[0].into(),
        permission_type: words[1].parse().expect("a permission"),
        operation: words[2].parse().expect("an operation"),
        resource_type: kind.parse().expect("a resource type"),
        resource_name: prefix.unwrap_or(name).into(),
        pattern_type: if prefix.is_some() { PatternType::Prefixed } else { PatternType::Literal },
        host: words.get(4).map_or_else(Host::any, |host| Host::from(*host)),
    }
}

/// Several of them.
pub fn bindings<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Bindings {
    texts.into_iter().map(|text| binding(text.as_ref())).collect()
}

/// The bindings of a JSON array; fields beside those of a binding are left out.
pub fn of_json(items: &Value) -> Bindings {
    const FIELDS: [&str; 7] = [
        "resourceType",
        "resourceName",
        "patternType",
        "principal",
        "host",
        "operation",
        "permissionType",
    ];
    let one = |item: &Value| {
        let fields = FIELDS.map(|field| (field.to_owned(), item[field].clone()));
        serde_json::from_value(Value::Object(fields.into_iter().collect())).expect("a binding")
    };
    items.as_array().expect("an array of bindings").iter().map(one).collect()
}

/// What `kafka-acls --list` prints:
///
/// ```text
/// Current ACLs for resource `ResourcePattern(resourceType=TOPIC, name=orders, patternType=LITERAL)`:
///     (principal=User:ana, host=*, operation=READ, permissionType=ALLOW)
/// ```
pub fn of_kafka_acls(listing: &str) -> Bindings {
    let mut found = Bindings::new();
    let mut pattern = None;
    for line in listing.lines().map(str::trim) {
        if let Some((_, rest)) = line.split_once("ResourcePattern(resourceType=") {
            let rest = rest.rsplit_once(")`").expect("the end of a pattern").0;
            let (kind, rest) = rest.split_once(", name=").expect("a name");
            let (name, pattern_type) = rest.rsplit_once(", patternType=").expect("a pattern type");
            pattern = Some((kind.to_owned(), name.to_owned(), pattern_type.to_owned()));
        } else if let Some(entry) = line.strip_prefix("(principal=") {
            let (kind, name, pattern_type) =
                pattern.as_ref().expect("a pattern before its entries");
            let entry = entry.strip_suffix(')').expect("the end of an entry");
            let (entry, permission) = entry.rsplit_once(", permissionType=").expect("a permission");
            let (entry, operation) = entry.rsplit_once(", operation=").expect("an operation");
            let (principal, host) = entry.rsplit_once(", host=").expect("a host");
            found.insert(Binding {
                resource_type: kind.parse().expect("a resource type"),
                resource_name: name.as_str().into(),
                pattern_type: pattern_type.parse().expect("a pattern type"),
                principal: principal.into(),
                host: host.into(),
                operation: operation.parse().expect("an operation"),
                permission_type: permission.parse().expect("a permission"),
            });
        }
    }
    found
}

/// Those of these principals.
pub fn only(all: &Bindings, principals: &[&str]) -> Bindings {
    all.iter().filter(|binding| principals.contains(&binding.principal.as_str())).cloned().collect()
}
