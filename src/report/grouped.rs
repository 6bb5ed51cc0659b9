//! Bindings as people review them: grouped by principal, one line for the operations on one resource.

use crate::model::{Binding, PermissionType, visible};

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

/// Lines of `marked` bindings, grouped by principal. With `fold`, creations beyond [`FOLD`] lines
/// of one principal are counted instead of shown; deletions never are.
pub fn grouped(marked: &[(Mark, &[Binding])], fold: bool) -> Vec<Line<'static>> {
    let mut all: Vec<(&Binding, Mark)> = marked
        .iter()
        .flat_map(|(mark, bindings)| bindings.iter().map(move |binding| (binding, *mark)))
        .collect();
    all.sort_by(|(a, mark_a), (b, mark_b)| {
        (&a.principal, mark_a).cmp(&(&b.principal, mark_b)).then_with(|| a.cmp(b))
    });
    let mut lines = Vec::new();
    for of_principal in all.chunk_by(|(a, _), (b, _)| a.principal == b.principal) {
        if !lines.is_empty() {
            lines.push(Line::blank());
        }
        lines.push(Line::styled(Style::Bold, visible(&of_principal[0].0.principal).into_owned()));
        for of_mark in of_principal.chunk_by(|(_, a), (_, b)| a == b) {
            let mark = of_mark[0].1;
            let bindings: Vec<&Binding> = of_mark.iter().map(|(binding, _)| *binding).collect();
            let mut marked_lines = merged(&bindings, mark);
            if fold && mark != Mark::Remove && marked_lines.len() > FOLD {
                let more = marked_lines.len() - FOLD / 2;
                marked_lines.truncate(FOLD / 2);
                marked_lines.push(Line::styled(
                    Style::Dim,
                    format!("  {} … and {more} more lines (`-o wide` shows all)", mark.sign()),
                ));
            }
            lines.append(&mut marked_lines);
        }
    }
    lines
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
