//! What a principal is granted, for tools whose files name services and not bindings: everything from
//! every host, and nothing denied.

use super::Words;
use crate::model::Binding;

/// The bindings of one principal.
pub(super) struct Grants<'a> {
    principal: &'a str,
    found: Vec<Binding>,
}

impl<'a> Grants<'a> {
    pub fn to(principal: &'a str) -> Self {
        Self { principal, found: Vec::new() }
    }

    pub fn topic(&mut self, name: &str, operations: &[&str]) -> Result<(), String> {
        self.on("TOPIC", name, "LITERAL", operations)
    }

    pub fn topics(&mut self, prefix: &str, operations: &[&str]) -> Result<(), String> {
        self.on("TOPIC", prefix, "PREFIXED", operations)
    }

    pub fn group(&mut self, name: &str, operations: &[&str]) -> Result<(), String> {
        self.on("GROUP", name, "LITERAL", operations)
    }

    pub fn cluster(&mut self, operation: &str) -> Result<(), String> {
        self.on("CLUSTER", "", "LITERAL", &[operation])
    }

    pub fn on(
        &mut self,
        resource_type: &str,
        name: &str,
        pattern: &str,
        operations: &[&str],
    ) -> Result<(), String> {
        let (principal, host, permission) = (self.principal, "*", "ALLOW");
        for operation in operations {
            let words =
                Words { resource_type, name, pattern, principal, host, operation, permission };
            self.found.push(words.binding()?);
        }
        Ok(())
    }

    pub fn found(self) -> Vec<Binding> {
        self.found
    }
}
