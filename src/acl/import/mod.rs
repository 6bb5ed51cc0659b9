//! Other tools' files as bindings: every line of theirs is understood or the import fails, and what is
//! written is read again and compared.

mod gitops;
mod grants;
mod julie;
mod lines;
mod manifests;
mod shape;
mod terraform;

use std::collections::BTreeSet;

use super::export::{ExportOptions, export};
use super::file::{Inputs, Source, load};
use crate::error::{Error, Result};
use crate::model::{
    Binding, CLUSTER_NAME, Host, Name, Operation, PatternType, PermissionType, Principal,
    ResourceType, visible, without_bom,
};

/// Whose file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// What `kafka-acls.sh --list` prints.
    KafkaAcls,
    /// Kafka Security Manager's CSV.
    Ksm,
    /// Strimzi's `KafkaUser`.
    Strimzi,
    /// topicctl's ACL configs.
    Topicctl,
    /// Jikkou's `KafkaPrincipalAuthorization`.
    Jikkou,
    /// kafka-gitops' desired state.
    KafkaGitops,
    /// JulieOps' topologies.
    Julie,
    /// What `terraform show -json` prints.
    Terraform,
}

/// What was taken from a file.
#[derive(Debug, Default)]
pub struct Taken {
    /// The bindings.
    pub bindings: Vec<Binding>,
    /// What stands beside them and was not taken, and why.
    pub notes: Vec<String>,
}

impl Taken {
    fn unless_empty(self) -> std::result::Result<Self, Wrong> {
        if !self.bindings.is_empty() {
            return Ok(self);
        }
        let why = match self.notes.as_slice() {
            [] => "there is no ACL in it; is it this tool's?".to_owned(),
            notes => format!("there is no ACL in it; {}", notes.join("; ")),
        };
        Err(Wrong { place: "as a whole".to_owned(), why })
    }
}

/// The bindings of a file.
pub fn read(tool: Tool, source: &Source) -> Result<Taken> {
    let text = std::str::from_utf8(&source.bytes)
        .map_err(|_| Error::invalid(format!("`{}` is not UTF-8", visible(&source.name))))?;
    let text = without_bom(text);
    let found = match tool {
        Tool::KafkaAcls => lines::kafka_acls(text),
        Tool::Ksm => lines::ksm(text),
        Tool::Strimzi => manifests::read(text, &manifests::STRIMZI),
        Tool::Topicctl => manifests::read(text, &manifests::TOPICCTL),
        Tool::Jikkou => manifests::read(text, &manifests::JIKKOU),
        Tool::KafkaGitops => manifests::read(text, &gitops::STATE),
        Tool::Julie => manifests::read(text, &julie::TOPOLOGY),
        Tool::Terraform => terraform::read(text),
    };
    found.map_err(|Wrong { place, why }| {
        Error::invalid(format!("`{}`, {place}: {}", visible(&source.name), visible(&why)))
            .hint("nothing is left out: correct it, or choose another tool with `--from`")
    })
}

/// The ACL file of bindings, proven: read again it means exactly them.
pub fn write(bindings: &BTreeSet<Binding>, options: &ExportOptions) -> Result<String> {
    let list: Vec<Binding> = bindings.iter().cloned().collect();
    let text = export(&list, options);
    let source = Source { name: "<import>".to_owned(), bytes: text.clone().into_bytes() };
    let again = load(&[source], &Inputs { vars: &[], env: &|_| None, cidr: options.cidr })?;
    if again.binding_set().eq(bindings.iter()) {
        return Ok(text);
    }
    Err(Error::failed("the file would not mean the same bindings, so it is not written")
        .hint("please report it; `--raw` keeps the bindings as they are"))
}

/// What is wrong with a file, and where.
#[derive(Debug)]
struct Wrong {
    /// `line 7`, `document 2`.
    place: String,
    why: String,
}

/// A binding in another tool's words.
#[derive(Debug, Default)]
struct Words<'a> {
    resource_type: &'a str,
    name: &'a str,
    pattern: &'a str,
    principal: &'a str,
    host: &'a str,
    operation: &'a str,
    permission: &'a str,
}

/// The tools write `Read`, `READ`, `AlterConfigs`, `alter_configs` and `transactionalId`.
fn same(word: &str) -> String {
    word.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// Kafka's spelling of a word, among all that there are.
fn spelled<T: Copy>(
    word: &str,
    what: &str,
    from_code: fn(i8) -> T,
    upper: fn(T) -> Option<&'static str>,
) -> std::result::Result<T, String> {
    if word.is_empty() {
        return Err(format!("the {what} is missing"));
    }
    (0..=i8::MAX)
        .map(from_code)
        .find(|value| upper(*value).is_some_and(|known| same(known) == same(word)))
        .ok_or_else(|| format!("`{word}` is no {what}"))
}

impl Words<'_> {
    fn binding(&self) -> std::result::Result<Binding, String> {
        let resource_type =
            spelled(self.resource_type, "type of resource", ResourceType::from_code, |t| {
                t.upper()
            })?;
        let pattern = if same(self.pattern) == "PREFIX" { "PREFIXED" } else { self.pattern };
        let pattern_type =
            spelled(pattern, "type of pattern", PatternType::from_code, PatternType::upper)?;
        let operation =
            spelled(self.operation, "operation", Operation::from_code, Operation::upper)?;
        let permission_type = spelled(
            self.permission,
            "permission",
            PermissionType::from_code,
            PermissionType::upper,
        )?;
        if self.principal.is_empty() {
            return Err("the principal is missing".to_owned());
        }
        let principal = Principal::stored(self.principal)
            .map_err(|error| format!("`{}`: {error}", self.principal))?;
        let cluster = resource_type == ResourceType::Cluster && self.name.is_empty();
        let name = if cluster { CLUSTER_NAME } else { self.name };
        if resource_type == ResourceType::Cluster && name != CLUSTER_NAME {
            return Err(format!("the cluster is called `{CLUSTER_NAME}`, not `{name}`"));
        }
        if name.is_empty() || self.host.is_empty() {
            return Err("a name or a host is missing".to_owned());
        }
        Ok(Binding {
            resource_type,
            resource_name: Name::from(name),
            pattern_type,
            principal,
            host: Host::from(self.host),
            operation,
            permission_type,
        })
    }
}

#[cfg(test)]
mod services_tests;
#[cfg(test)]
mod strict_tests;
#[cfg(test)]
mod tests;
