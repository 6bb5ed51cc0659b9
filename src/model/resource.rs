//! One resource, as a question about access names it.

use super::{CLUSTER_NAME, ResourceType, visible};

/// A type and a literal name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// The type.
    pub resource_type: ResourceType,
    /// The name.
    pub name: String,
}

impl Resource {
    /// The resource of this type, which was typed as `word`, and of this name; the cluster has none of
    /// its own. The error says in one line what is wrong.
    pub fn of(word: &str, resource_type: ResourceType, name: Option<&str>) -> Result<Self, String> {
        let name = match (resource_type, name) {
            (ResourceType::Cluster, None | Some(CLUSTER_NAME)) => CLUSTER_NAME,
            (ResourceType::Cluster, Some(_)) => {
                return Err("the cluster has no name: write `cluster`".to_owned());
            }
            (_, None | Some("")) => {
                return Err(format!("the name is missing: write `{word}:NAME`"));
            }
            (_, Some(name)) if name.ends_with('*') => {
                return Err(format!(
                    "a question is about one resource, not a pattern: `{}` ends in `*`",
                    visible(name)
                ));
            }
            (ResourceType::User, Some(name)) if !name.contains(':') => {
                return Err(format!(
                    "`{0}` has no type: a principal is `Type:name`, so write `{word}:User:{0}`",
                    visible(name)
                ));
            }
            (_, Some(name)) => name,
        };
        Ok(Self { resource_type, name: name.to_owned() })
    }
}
