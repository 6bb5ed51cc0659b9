//! From bindings to an ACL file that a person would have written, and that means exactly them.
//!
//! Rules are grouped by principal; verbs are used where their expansion is the same set
//! ([`recover`]); principals that may do the same share a rule. What the grammar of the file
//! refuses goes under `bindings:` as it is.

mod recover;
#[cfg(test)]
mod tests;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use self::recover::{Allowed, entries};
use self::write::principal;
use crate::acl::file::LONGEST_NAME;
use crate::acl::file::verbs::Grant;
use crate::model::{
    Binding, CLUSTER_NAME, Host, HostKind, PatternType, PermissionType, Principal, ResourceType,
};
use crate::yaml::write::{Value, entry, quoted, text, top};

/// How to write.
#[derive(Debug, Clone, Default)]
pub struct ExportOptions {
    /// Every binding as it is, under `bindings:`.
    pub raw: bool,
    /// The cluster that the file is for.
    pub cluster: Option<String>,
    /// Whether the file is authoritative for the principals in it.
    pub scope: bool,
    /// Whether the cluster knows CIDR hosts (metadata.version 4.4-IV1 or newer); otherwise the
    /// grammar refuses them.
    pub cidr: bool,
}

/// The text of the file. Reading it gives exactly `bindings`, except those of codes that this
/// version does not know ([`Binding::is_known`]): they are named in a comment.
pub fn export(bindings: &[Binding], options: &ExportOptions) -> String {
    let (known, unknown): (BTreeSet<&Binding>, BTreeSet<&Binding>) =
        bindings.iter().partition(|binding| binding.is_known());
    let mut out = header(&known, &unknown);
    out.push_str("version: 1\n");
    if let Some(cluster) = &options.cluster {
        top("cluster", &text(cluster), &mut out);
    }
    if options.scope {
        scope(&known, &mut out);
    }
    let (rules, verbatim): (Vec<&Binding>, Vec<&Binding>) =
        known.iter().partition(|binding| !options.raw && fits(binding, options.cidr));
    write_rules(&rules, &mut out);
    write_verbatim(&verbatim, options.raw, &mut out);
    out
}

fn header(known: &BTreeSet<&Binding>, unknown: &BTreeSet<&Binding>) -> String {
    let principals: BTreeSet<&Principal> = known.iter().map(|binding| &binding.principal).collect();
    let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let mut out = format!(
        "# Written by kward: {} of {}.\n",
        count(known.len(), "binding"),
        count(principals.len(), "principal")
    );
    if !unknown.is_empty() {
        out.push_str(
            "# Not written, because this version does not know their type or operation:\n",
        );
        for binding in unknown {
            let _ = writeln!(out, "#   {binding}");
        }
    }
    out
}

/// The principals of the bindings, each exactly.
fn scope(bindings: &BTreeSet<&Binding>, out: &mut String) {
    let principals: BTreeSet<&Principal> =
        bindings.iter().map(|binding| &binding.principal).collect();
    if principals.is_empty() {
        out.push_str("# No scope: there is no principal that it could name.\n");
        return;
    }
    if let Some(odd) = principals.iter().find(|principal| !can_be_named(principal)) {
        let shown = crate::model::visible(odd);
        let _ = writeln!(
            out,
            "# No scope: `{shown}` cannot be named in one; `scope: all` speaks for the whole cluster."
        );
        return;
    }
    let principals = principals.into_iter().map(principal).collect();
    top("scope", &Value::Map(vec![("principal", Value::one_or_list(principals))]), out);
}

/// Whether rules and scopes can name the principal.
fn can_be_named(principal: &Principal) -> bool {
    Principal::parse(principal).is_ok() && principal.len() <= LONGEST_NAME
}

/// Whether the grammar of rules can say the binding.
fn fits(binding: &Binding, cidr: bool) -> bool {
    let name = &binding.resource_name;
    let named = match binding.resource_type {
        ResourceType::Cluster => {
            binding.pattern_type == PatternType::Literal && name.as_str() == CLUSTER_NAME
        }
        _ => !name.is_empty() && name.len() <= LONGEST_NAME,
    };
    named
        && binding.resource_type.supports(binding.operation)
        && can_be_named(&binding.principal)
        && match binding.host.kind() {
            HostKind::Any | HostKind::Address(_) => true,
            HostKind::Range(..) => cidr && Host::parse(&binding.host).as_ref() == Ok(&binding.host),
            HostKind::Inert => false,
        }
}

type Pairs = Vec<(&'static str, Value)>;

fn write_rules(bindings: &[&Binding], out: &mut String) {
    // What each principal may do from each host.
    let mut granted: BTreeMap<(&Principal, &Host), [BTreeSet<Grant>; 2]> = BTreeMap::new();
    for binding in bindings {
        let sets = granted.entry((&binding.principal, &binding.host)).or_default();
        sets[usize::from(binding.permission_type == PermissionType::Deny)].insert(Grant {
            resource_type: binding.resource_type,
            pattern_type: binding.pattern_type,
            name: binding.resource_name.clone(),
            operation: binding.operation,
        });
    }
    // Hosts from which a principal may do the same, then principals that may do the same from there.
    let mut hosts: BTreeMap<(&Principal, Pairs), Vec<&Host>> = BTreeMap::new();
    for ((principal, host), [allowed, denied]) in granted {
        let mut body = Allowed::new(allowed).body();
        body.extend(entries(&denied).map(|value| ("deny", value)));
        hosts.entry((principal, body)).or_default().push(host);
    }
    let mut rules: Vec<(Vec<&Principal>, Vec<&Host>, Pairs)> = Vec::new();
    let mut index: BTreeMap<(Vec<&Host>, Pairs), usize> = BTreeMap::new();
    for ((principal, body), hosts) in hosts {
        let at = *index.entry((hosts.clone(), body.clone())).or_insert(rules.len());
        if at == rules.len() {
            rules.push((Vec::new(), hosts, body));
        }
        rules[at].0.push(principal);
    }
    if !rules.is_empty() {
        out.push_str("\nrules:\n");
    }
    for (principals, hosts, body) in rules {
        let principals = principals.into_iter().map(principal).collect();
        let mut pairs: Pairs = vec![("principal", Value::one_or_list(principals))];
        if hosts.len() > 1 || !hosts[0].is_any() {
            pairs.push((
                "host",
                Value::one_or_list(hosts.into_iter().map(|host| text(host)).collect()),
            ));
        }
        pairs.extend(body);
        entry(&pairs, out);
    }
}

fn write_verbatim(bindings: &[&Binding], raw: bool, out: &mut String) {
    if bindings.is_empty() {
        return;
    }
    out.push('\n');
    if !raw {
        out.push_str("# The grammar of rules has no words for these; kward lint says why.\n");
    }
    out.push_str("bindings:\n");
    for binding in bindings {
        let Binding {
            resource_type,
            resource_name,
            pattern_type,
            principal,
            host,
            operation,
            permission_type,
        } = binding;
        let (name, principal, host) = (quoted(resource_name), quoted(principal), quoted(host));
        let _ = writeln!(
            out,
            "  - {{ resourceType: {resource_type}, resourceName: {name}, patternType: {pattern_type}, principal: {principal}, host: {host}, operation: {operation}, permissionType: {permission_type} }}"
        );
    }
}
