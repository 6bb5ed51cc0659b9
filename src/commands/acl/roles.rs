//! `acl roles`: the verbs of the ACL file and the roles of given files, with what they expand to.
//! Asks no cluster.

use super::source::FileArguments;
use crate::acl::file::{Inputs, RoleView, describe_roles};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::model::{nearest, visible};
use crate::report::acl_roles::{AclRoles, Role, RoleGrant};

/// Shows those of `names`, or all.
pub fn run(context: &Context<'_>, files: &FileArguments, names: &[String]) -> Result<Outcome> {
    let sources = files.sources()?;
    let vars = files.variables()?;
    let environment = |name: &str| context.settings.variable(name);
    let views = describe_roles(&sources, &Inputs { vars: &vars, env: &environment, cidr: true })?;
    for name in names {
        // `connect` shows each of its parts.
        if !views.iter().any(|view| is_named(view, name)) {
            let known = views.iter().filter_map(|view| view.name.split(' ').next());
            let error = Error::invalid(format!("there is no verb or role `{}`", visible(name)));
            return Err(match nearest(name, known) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint("`-f` names the files that define roles"),
            });
        }
    }
    let items = views
        .iter()
        .filter(|view| names.is_empty() || names.iter().any(|name| is_named(view, name)))
        .map(role)
        .collect();
    Ok(Outcome::report(AclRoles { items }))
}

fn is_named(view: &RoleView, name: &str) -> bool {
    view.name == name || view.builtin && view.name.split(' ').next() == Some(name)
}

fn role(view: &RoleView) -> Role {
    Role {
        name: view.name.clone(),
        builtin: view.builtin,
        params: view.params.clone(),
        place: view.place.as_ref().map(|(file, line, column)| format!("{file}:{line}:{column}")),
        grants: view
            .grants
            .iter()
            .map(|view| RoleGrant {
                resource_type: view.grant.resource_type,
                resource_name: view.grant.name.to_string(),
                pattern_type: view.grant.pattern_type,
                operation: view.grant.operation,
                permission_type: view.permission_type,
                when: view.when,
            })
            .collect(),
    }
}
