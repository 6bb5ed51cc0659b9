//! Effective access: what the bindings come to, and how it differs between two states.
//!
//! A binding that another one covers gives nothing, and a binding that a DENY hides takes nothing
//! away when it goes. Everything here is computed from decisions, not from bindings.

mod difference;
mod grid;
mod lines;
mod silence;

pub use difference::difference;
pub(crate) use difference::relevant;
pub(crate) use grid::{Cell, Grid, Regions, Rights};

use serde::{Deserialize, Serialize};

use crate::model::{Host, Name, Operation, PatternType, Principal, ResourceType};

/// Which way access changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Change {
    /// Denied before, allowed after.
    Gains,
    /// Allowed before, denied after.
    Loses,
}

/// One line of a difference: some of what the principal may do with these resources changes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessChange {
    /// Who. `User:*` is everyone who is not named beside it, and those who are as well unless
    /// bindings of their own already decided it for them.
    pub principal: Principal,
    /// From where: `*`, an address, or a range.
    pub host: Host,
    /// What.
    pub operation: Operation,
    /// On resources of this type …
    pub resource_type: ResourceType,
    /// … whose name is, or begins with, …
    pub pattern_type: PatternType,
    /// … this.
    pub resource_name: Name,
    /// Gains or loses.
    pub change: Change,
    /// The parts of these resources and hosts, and with `User:*` the principals, where it is not so
    /// afterwards, or not from everywhere: still denied where access is gained, still allowed where it is
    /// lost. The line says nothing of them: what changes in there has a line of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<AccessPart>,
    /// Those where it was so before, in the same way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub already: Vec<AccessPart>,
}

/// A part of what a line speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessPart {
    /// Of `User:*`, this one only; else whom the line is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<Principal>,
    /// Resources of the line's type whose name is, or begins with, …
    pub pattern_type: PatternType,
    /// … this.
    pub resource_name: Name,
    /// From where.
    pub host: Host,
}
