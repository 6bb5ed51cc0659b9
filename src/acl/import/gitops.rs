//! kafka-gitops' desired state: what its services and users stand for (its version 0.2), and its custom
//! ACLs.

use serde_json::Value;

use super::Words;
use super::grants::Grants;
use super::manifests::{Format, Found, list, table, text, texts, truth};
use super::shape::Shape::{self, Any, By, Keys, Named};
use crate::model::Binding;

/// A state file; kafka-gitops refuses other keys, too.
pub(super) const STATE: Format = Format::new(
    Keys(&[
        (
            "settings",
            Keys(&[
                ("ccloud", Keys(&[("enabled", Any)])),
                ("topics", Any),
                ("services", Keys(&[("acls", Keys(&[("describeTopicEnabled", Any)]))])),
                ("files", Named(&Any)),
            ]),
        ),
        ("topics", Any),
        ("services", Named(&SERVICE)),
        ("users", Named(&Keys(&[("principal", Any), ("roles", Any)]))),
        ("customServiceAcls", Named(&Named(&ACL))),
        ("customUserAcls", Named(&Named(&ACL))),
    ]),
    state,
);

const SERVICE: Shape = By(
    "type",
    &[
        (
            "application",
            Keys(&[
                ("type", Any),
                ("principal", Any),
                ("group-id", Any),
                ("produces", Any),
                ("consumes", Any),
            ]),
        ),
        (
            "kafka-streams",
            Keys(&[
                ("type", Any),
                ("principal", Any),
                ("application-id", Any),
                ("produces", Any),
                ("consumes", Any),
            ]),
        ),
        (
            "kafka-connect",
            Keys(&[
                ("type", Any),
                ("principal", Any),
                ("group-id", Any),
                ("storage-topics", Keys(&[("config", Any), ("offset", Any), ("status", Any)])),
                ("produces", Any),
                ("connectors", Named(&Keys(&[("produces", Any), ("consumes", Any)]))),
            ]),
        ),
    ],
);

const ACL: Shape = Keys(&[
    ("name", Any),
    ("type", Any),
    ("pattern", Any),
    ("principal", Any),
    ("host", Any),
    ("operation", Any),
    ("permission", Any),
]);

fn state(document: &Value) -> Found {
    let settings = &document["settings"];
    if truth(settings, "/ccloud/enabled")? == Some(true) {
        return Err(
            "`settings.ccloud` is on: the principals are ids of service accounts that only \
                    Confluent Cloud knows"
                .to_owned(),
        );
    }
    if table(settings, "/files")?.next().is_some() {
        return Err("`settings.files` names other files: put everything into one".to_owned());
    }
    let describes = truth(settings, "/services/acls/describeTopicEnabled")? == Some(true);
    let mut found = Vec::new();
    for (name, service) in table(document, "/services")? {
        let granted = of_service(name, service, describes);
        found.extend(granted.map_err(|why| format!("the service `{name}`: {why}"))?);
    }
    for (name, user) in table(document, "/users")? {
        found.extend(of_user(user).map_err(|why| format!("the user `{name}`: {why}"))?);
    }
    for (custom, owners) in [("customServiceAcls", "services"), ("customUserAcls", "users")] {
        for (name, acls) in table(document, &format!("/{custom}"))? {
            // As kafka-gitops: without its owner an entry counts for nothing.
            let owner = document[owners].get(name);
            let owner = owner.ok_or_else(|| format!("`{custom}` has `{name}`, `{owners}` not"))?;
            let inherited = if owners == "users" { text(owner, "/principal", "")? } else { "" };
            for (entry, acl) in table(acls, "")? {
                let wrong = |why| format!("`{custom}`, `{name}`, `{entry}`: {why}");
                found.push(of_acl(acl, inherited).map_err(wrong)?);
            }
        }
    }
    Ok(found)
}

fn of_acl(acl: &Value, inherited: &str) -> Result<Binding, String> {
    Words {
        resource_type: text(acl, "/type", "")?,
        name: text(acl, "/name", "")?,
        pattern: text(acl, "/pattern", "")?,
        principal: text(acl, "/principal", inherited)?,
        host: text(acl, "/host", "*")?,
        operation: text(acl, "/operation", "")?,
        permission: text(acl, "/permission", "ALLOW")?,
    }
    .binding()
}

fn of_user(user: &Value) -> Found {
    let mut grants = Grants::to(text(user, "/principal", "")?);
    for role in texts(user, "/roles")? {
        match role.to_ascii_lowercase().as_str() {
            "reader" => {
                grants.topic("*", &["READ"])?;
                grants.group("*", &["READ"])?;
            }
            "writer" => grants.topic("*", &["WRITE"])?,
            "operator" => {
                grants.cluster("DESCRIBE")?;
                grants.topic("*", &["DESCRIBE", "DESCRIBE_CONFIGS"])?;
                grants.group("*", &["READ", "DESCRIBE"])?;
            }
            _ => return Err(format!("`{role}` is no role")),
        }
    }
    Ok(grants.found())
}

fn of_service(name: &str, service: &Value, describes: bool) -> Found {
    let mut grants = Grants::to(text(service, "/principal", "")?);
    match text(service, "/type", "")? {
        "application" => {
            topics(&mut grants, service, describes)?;
            if !list(service, "/consumes")?.is_empty() {
                grants.group(text(service, "/group-id", name)?, &["READ"])?;
            }
        }
        "kafka-streams" => {
            topics(&mut grants, service, describes)?;
            let id = text(service, "/application-id", name)?;
            let own = ["READ", "WRITE", "DESCRIBE", "DELETE", "CREATE", "ALTER"];
            grants.topics(id, &own)?;
            grants.topics(id, &["ALTER_CONFIGS", "DESCRIBE_CONFIGS"])?;
            grants.group(id, &["READ", "DESCRIBE", "DELETE"])?;
            grants.cluster("DESCRIBE_CONFIGS")?;
        }
        "kafka-connect" => {
            topics(&mut grants, service, describes)?;
            for what in ["config", "offset", "status"] {
                // The names differ from the keys by an `s`, except that of `status`.
                let plural = if what == "status" { what.to_owned() } else { format!("{what}s") };
                let default = format!("connect-{plural}-{name}");
                let topic = text(service, &format!("/storage-topics/{what}"), &default)?;
                grants.topic(topic, &["READ", "WRITE"])?;
            }
            grants.group(text(service, "/group-id", name)?, &["READ"])?;
            for (connector, details) in table(service, "/connectors")? {
                topics(&mut grants, details, describes)?;
                if !list(details, "/consumes")?.is_empty() {
                    grants.group(&format!("connect-{connector}"), &["READ"])?;
                }
            }
        }
        other => return Err(format!("`{other}` is no type of service")),
    }
    Ok(grants.found())
}

/// What is produced to and consumed from.
fn topics(grants: &mut Grants<'_>, value: &Value, describes: bool) -> Result<(), String> {
    for (path, operation) in [("/produces", "WRITE"), ("/consumes", "READ")] {
        for topic in texts(value, path)? {
            grants.topic(topic, &[operation])?;
            if describes {
                grants.topic(topic, &["DESCRIBE"])?;
            }
        }
    }
    Ok(())
}
