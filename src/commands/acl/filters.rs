//! The filters of `list`, `delete` and `export`: values of one flag add up, flags narrow.

use std::fmt;

use crate::commands::Context;
use crate::model::{
    Binding, Filter, Host, Name, Operation, PatternFilter, PermissionType, Principal, ResourceType,
    visible,
};

/// Several filters at once.
#[derive(Debug, Clone, Default)]
pub struct FilterSet {
    /// Exactly one of these; any when empty.
    pub principals: Vec<Principal>,
    /// Exactly one of these; any when empty.
    pub hosts: Vec<Host>,
    /// Exactly one of these; any when empty.
    pub operations: Vec<Operation>,
    /// This one; any when absent.
    pub permission: Option<PermissionType>,
    /// How names compare.
    pub pattern: PatternFilter,
    /// One of these names; any resource when empty.
    pub resources: Vec<(ResourceType, Name)>,
}

impl FilterSet {
    /// Whether no flag narrows anything.
    pub fn is_everything(&self) -> bool {
        self.request().is_everything()
            && self.principals.is_empty()
            && self.hosts.is_empty()
            && self.operations.is_empty()
            && self.resources.is_empty()
    }

    /// Whether all bindings of some principals are meant, and nothing else.
    pub fn is_of_principals(&self) -> bool {
        let of_all = Self { principals: Vec::new(), ..self.clone() };
        !self.principals.is_empty() && of_all.is_everything()
    }

    /// The one filter for the broker that finds at least what this set finds, and as little more as
    /// one filter can.
    pub fn request(&self) -> Filter {
        fn single<T: Clone>(values: &[T]) -> Option<T> {
            if let [one] = values { Some(one.clone()) } else { None }
        }
        let resource = single(&self.resources);
        let first_type = self.resources.first().map(|(kind, _)| *kind);
        let same_type = first_type.filter(|kind| self.resources.iter().all(|(k, _)| k == kind));
        Filter {
            resource_type: same_type,
            resource_name: resource.map(|(_, name)| name),
            pattern: self.pattern,
            principal: single(&self.principals),
            host: single(&self.hosts),
            operation: single(&self.operations),
            permission_type: self.permission,
        }
    }

    /// Hosts are compared as text, by brokers and here: says so where brokers write an address otherwise.
    pub fn note_hosts(&self, context: &Context<'_>) {
        for host in &self.hosts {
            if let Some(other) = Host::parse(host).ok().filter(|other| other != host) {
                context.ui.note(&format!(
                    "`{}` is looked for as it is written; an ACL that counts for that address has the host `{}`",
                    visible(host),
                    visible(&other)
                ));
            }
        }
    }

    /// Whether `binding` is meant.
    pub fn matches(&self, binding: &Binding) -> bool {
        let any = |empty: bool, found: bool| empty || found;
        any(self.principals.is_empty(), self.principals.contains(&binding.principal))
            && any(self.hosts.is_empty(), self.hosts.contains(&binding.host))
            && any(self.operations.is_empty(), self.operations.contains(&binding.operation))
            && self.permission.is_none_or(|permission| permission == binding.permission_type)
            && self.matches_resource(binding)
    }

    fn matches_resource(&self, binding: &Binding) -> bool {
        let one = |resource: Option<&(ResourceType, Name)>| {
            Filter {
                resource_type: resource.map(|(kind, _)| *kind),
                resource_name: resource.map(|(_, name)| name.clone()),
                pattern: self.pattern,
                ..Filter::default()
            }
            .matches(binding)
        };
        if self.resources.is_empty() {
            one(None)
        } else {
            self.resources.iter().any(|resource| one(Some(resource)))
        }
    }
}

impl fmt::Display for FilterSet {
    /// `principal User:a, topic orders, pattern match`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = Vec::new();
        parts.extend(self.principals.iter().map(|p| format!("principal {}", visible(p))));
        parts.extend(self.hosts.iter().map(|h| format!("host {}", visible(h))));
        parts.extend(self.operations.iter().map(|o| format!("operation {o}")));
        parts.extend(self.permission.map(|p| format!("permission {p}")));
        parts.extend(self.resources.iter().map(|(kind, name)| {
            format!("{} {}", kind.lower().unwrap_or("resource"), visible(name))
        }));
        parts.extend(match self.pattern {
            PatternFilter::Any => None,
            PatternFilter::Match => Some("pattern match".to_owned()),
            PatternFilter::Literal => Some("pattern literal".to_owned()),
            PatternFilter::Prefixed => Some("pattern prefixed".to_owned()),
        });
        f.write_str(&parts.join(", "))
    }
}
