//! What changes, the lines that say so, and whom those of `User:*` do not hold for.

use super::{AccessChange, AccessPart, Change};
use crate::acl::authorizer::{OperationSet, host_includes};
use crate::model::{Host, Name, Operation, PatternType, ResourceType, WILDCARD};

/// What changes in one cell, or has been said to change by a wider line.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Changes {
    pub(super) gains: OperationSet,
    pub(super) loses: OperationSet,
}

impl Changes {
    pub(super) fn between(before: OperationSet, after: OperationSet) -> Self {
        Self { gains: after.without(before), loses: before.without(after) }
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self { gains: self.gains.union(other.gains), loses: self.loses.union(other.loses) }
    }

    pub(super) fn without(self, other: Self) -> Self {
        Self { gains: self.gains.without(other.gains), loses: self.loses.without(other.loses) }
    }

    pub(super) fn of(self, change: Change) -> OperationSet {
        match change {
            Change::Gains => self.gains,
            Change::Loses => self.loses,
        }
    }
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) lines: Vec<Line>,
    pub(super) dissents: Vec<Dissent>,
}

/// A line, and where it goes.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) change: AccessChange,
    /// The access was there before, hidden by a DENY.
    pub(super) lifted: bool,
}

/// Where what lines of `User:*` say does not hold for one principal; the wider places come first.
#[derive(Debug)]
pub(super) struct Dissent {
    pub(super) operation: Operation,
    pub(super) resource_type: ResourceType,
    pub(super) change: Change,
    /// It was so before.
    pub(super) already: bool,
    pub(super) part: AccessPart,
}

impl Found {
    /// In the order of reading, each with its exceptions.
    pub(super) fn into_lines(self, cidr: bool) -> Vec<AccessChange> {
        let Self { mut lines, dissents } = self;
        let of_everyone = lines.iter_mut().filter(|line| line.change.principal.is_everyone());
        let mut of_everyone: Vec<&mut AccessChange> =
            of_everyone.map(|line| &mut line.change).collect();
        for dissent in dissents {
            for line in &mut of_everyone {
                line.mind(&dissent, cidr);
            }
        }
        lines.sort_by(|a, b| a.order().cmp(&b.order()));
        lines.into_iter().map(|line| line.change).collect()
    }
}

impl Line {
    fn order(&self) -> impl Ord + '_ {
        let change = &self.change;
        (
            !self.lifted,
            &change.principal,
            change.resource_type,
            change.pattern_type == PatternType::Prefixed,
            &change.resource_name,
            change.change,
            &change.host,
            change.operation,
        )
    }
}

impl AccessChange {
    /// Leaves out what the dissent names, as far as it is not left out yet.
    fn mind(&mut self, dissent: &Dissent, cidr: bool) {
        let same = self.operation == dissent.operation
            && self.resource_type == dissent.resource_type
            && self.change == dissent.change;
        let whole = (self.pattern_type, &self.resource_name, &self.host);
        let said = || {
            let both = [&self.except, &self.already].into_iter();
            // Those of `User:*` itself stand first, those of the principal last.
            let of_all =
                both.clone().flat_map(|parts| parts.iter().take_while(|p| p.principal.is_none()));
            let of_one = both.flat_map(|parts| {
                parts.iter().rev().take_while(|p| p.principal == dissent.part.principal)
            });
            of_all.chain(of_one).map(region).any(|region| holds(region, &dissent.part, cidr))
        };
        if same && holds(whole, &dissent.part, cidr) && !said() {
            let parts = if dissent.already { &mut self.already } else { &mut self.except };
            parts.push(dissent.part.clone());
        }
    }
}

/// Resources of a pattern, and hosts.
type Place<'a> = (PatternType, &'a Name, &'a Host);

fn region(part: &AccessPart) -> Place<'_> {
    (part.pattern_type, &part.resource_name, &part.host)
}

/// Whether the resources and hosts of the part are among these.
fn holds((pattern_type, name, host): Place<'_>, part: &AccessPart, cidr: bool) -> bool {
    let literal = part.pattern_type == PatternType::Literal;
    let resources = match pattern_type {
        // What begins with `*` is no part of everything.
        PatternType::Literal if name.as_str() == WILDCARD => {
            !part.resource_name.starts_with(WILDCARD) || (literal && part.resource_name == *name)
        }
        PatternType::Literal => literal && part.resource_name == *name,
        _ => part.resource_name.starts_with(&**name),
    };
    resources && host_includes(host, &part.host, cidr)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_among_what_its_pattern_means() {
        use PatternType::{Literal, Prefixed};
        for (whole, part, among) in [
            ((Literal, "*"), (Literal, "a"), true),
            ((Literal, "*"), (Prefixed, "a"), true),
            ((Literal, "*"), (Literal, "*"), true),
            // Topics whose names begin with a star.
            ((Literal, "*"), (Literal, "*x"), false),
            ((Literal, "*"), (Prefixed, "*"), false),
            ((Prefixed, "*"), (Literal, "*x"), true),
            ((Literal, "a"), (Literal, "a"), true),
            ((Literal, "a"), (Prefixed, "a"), false),
            ((Prefixed, "a"), (Prefixed, "ab"), true),
            ((Prefixed, "ab"), (Prefixed, "a"), false),
        ] {
            let any = Host::any();
            let part = AccessPart {
                principal: None,
                pattern_type: part.0,
                resource_name: part.1.into(),
                host: any.clone(),
            };
            assert_eq!(
                holds((whole.0, &whole.1.into(), &any), &part, true),
                among,
                "{whole:?} {part:?}"
            );
        }
    }
}
