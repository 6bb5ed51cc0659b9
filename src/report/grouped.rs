//! Bindings as people review them: grouped by principal, one line for the operations on one resource.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::model::{Binding, PermissionType, visible};

use super::units::count;
use super::{Line, Style};

/// How bindings are marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// `-`: goes.
    Remove,
    /// `+`: comes.
    Add,
    /// `?`: there, and not wanted.
    Extra,
    /// No mark.
    None,
}

impl Mark {
    const fn sign(self) -> &'static str {
        match self {
            Mark::Remove => "-",
            Mark::Add => "+",
            Mark::Extra => "?",
            Mark::None => " ",
        }
    }

    const fn style(self) -> Style {
        match self {
            Mark::Remove => Style::Removed,
            Mark::Add => Style::Added,
            Mark::Extra => Style::Warning,
            Mark::None => Style::Plain,
        }
    }
}

/// How many lines of one mark a principal gets before they are folded.
const FOLD: usize = 40;
/// How many lines all principals get before they are folded.
const FOLD_ALL: usize = 400;

/// Lines of `marked` bindings, grouped by principal. With `fold`, what would come beyond [`FOLD`] lines of one
/// principal, or beyond [`FOLD_ALL`] of all, is counted instead of shown; deletions never are.
pub fn grouped(marked: &[(Mark, &[Binding])], fold: bool) -> Vec<Line<'static>> {
    let mut all: Vec<(&Binding, Mark)> = marked
        .iter()
        .flat_map(|(mark, bindings)| bindings.iter().map(move |binding| (binding, *mark)))
        .collect();
    all.sort_by(|(a, mark_a), (b, mark_b)| {
        (&a.principal, mark_a).cmp(&(&b.principal, mark_b)).then_with(|| a.cmp(b))
    });
    let mut lines = Vec::new();
    let mut left_out = (0, 0);
    for of_principal in all.chunk_by(|(a, _), (b, _)| a.principal == b.principal) {
        let full = fold && lines.len() >= FOLD_ALL;
        let mut of_this = Vec::new();
        for of_mark in of_principal.chunk_by(|(_, a), (_, b)| a == b) {
            let mark = of_mark[0].1;
            let bindings: Vec<&Binding> = of_mark.iter().map(|(binding, _)| *binding).collect();
            let mut marked_lines = merged(&bindings, mark);
            if full && mark != Mark::Remove {
                left_out = (left_out.0 + 1, left_out.1 + marked_lines.len());
                continue;
            }
            if fold && mark != Mark::Remove && marked_lines.len() > FOLD {
                let more = marked_lines.len() - FOLD / 2;
                marked_lines.truncate(FOLD / 2);
                marked_lines.push(Line::styled(
                    Style::Dim,
                    format!("  {} … and {more} more lines (`-o wide` shows all)", mark.sign()),
                ));
            }
            of_this.append(&mut marked_lines);
        }
        if of_this.is_empty() {
            continue;
        }
        if !lines.is_empty() {
            lines.push(Line::blank());
        }
        lines.push(Line::styled(Style::Bold, visible(&of_principal[0].0.principal).into_owned()));
        lines.append(&mut of_this);
    }
    if left_out.0 > 0 {
        let (principals, more) = (count(left_out.0, "more principal"), count(left_out.1, "line"));
        lines.push(Line::blank());
        lines.push(Line::styled(
            Style::Dim,
            format!("… and {principals} with {more} (`-o wide` shows all)"),
        ));
    }
    lines
}

/// Whose bindings these are, each once, sorted: what `-o name` prints of changes.
pub(super) fn principals<'a>(bindings: impl Iterator<Item = &'a Binding>) -> Vec<Cow<'a, str>> {
    let principals: BTreeSet<&str> = bindings.map(|binding| binding.principal.as_str()).collect();
    principals.into_iter().map(Cow::Borrowed).collect()
}

/// One line for all operations that share resource, permission and host.
fn merged(bindings: &[&Binding], mark: Mark) -> Vec<Line<'static>> {
    let mut sorted: Vec<&Binding> = bindings.to_vec();
    let key = |b: &Binding| {
        (
            b.resource_type,
            b.resource_name.clone(),
            b.pattern_type,
            b.permission_type,
            b.host.clone(),
        )
    };
    sorted.sort_by_cached_key(|binding| (key(binding), binding.operation));
    sorted
        .chunk_by(|a, b| key(a) == key(b))
        .map(|same| {
            let first = same[0];
            let operations: Vec<String> = same.iter().map(|b| b.operation.to_string()).collect();
            let mut text = format!("{} on {}", operations.join(", "), first.pattern());
            if !first.host.is_any() {
                text.push_str(" from ");
                text.push_str(&visible(&first.host));
            }
            let permission = match first.permission_type {
                PermissionType::Deny => "DENY ",
                PermissionType::Allow => "allow ",
                PermissionType::Unknown(_) => "UNKNOWN PERMISSION ",
            };
            Line::styled(mark.style(), format!("  {} {permission}{text}", mark.sign()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Host, Operation, PatternType, ResourceType};

    fn bindings(principals: usize, each: usize) -> Vec<Binding> {
        let all = (0..principals).flat_map(|p| (0..each).map(move |t| (p, t)));
        let binding = |(principal, topic)| Binding {
            resource_type: ResourceType::Topic,
            resource_name: format!("t{topic}").into(),
            pattern_type: PatternType::Literal,
            principal: format!("User:{principal:03}").into(),
            host: Host::any(),
            operation: Operation::Read,
            permission_type: PermissionType::Allow,
        };
        all.map(binding).collect()
    }

    fn shown(marked: &[(Mark, &[Binding])]) -> Vec<String> {
        grouped(marked, true).iter().map(Line::text).collect()
    }

    #[test]
    fn what_is_long_is_folded_and_deletions_never_are() {
        let one = shown(&[(Mark::Add, &bindings(1, 50))]);
        assert_eq!(one.len(), 1 + 20 + 1);
        assert_eq!(one[21], "  + … and 30 more lines (`-o wide` shows all)");
        let (few, many) = (bindings(200, 1), bindings(300, 2));
        let added = shown(&[(Mark::Add, &many)]);
        // A name, two lines, a blank one for each.
        assert_eq!(added.len(), 101 * 4 - 1 + 2);
        assert_eq!(
            added.last().unwrap(),
            "… and 199 more principals with 398 lines (`-o wide` shows all)"
        );
        let removed = |lines: &[String]| lines.iter().filter(|l| l.starts_with("  - ")).count();
        let both = shown(&[(Mark::Remove, &few), (Mark::Add, &many)]);
        assert_eq!(removed(&both), 200);
        assert_eq!(removed(&shown(&[(Mark::Remove, &many)])), 600);
        assert_eq!(grouped(&[(Mark::Add, &many)], false).len(), 300 * 4 - 1);
    }
}
