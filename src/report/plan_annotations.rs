//! A plan as remarks in a review: at the rules that bring something, and for the pull request as a whole.
//! What stands against it comes first, because code hosts show only the first few.

use std::collections::BTreeMap;

use super::acl_plan::{AclPlan, Change, access_lines};
use super::grouped::{Mark, grouped};
use super::units::count;
use super::{Annotation, Line, Severity};

/// The remarks of a plan; never none.
pub(super) fn of(plan: &AclPlan) -> Vec<Annotation> {
    let mut remarks: Vec<Annotation> =
        plan.tests.iter().filter(|test| !test.passed).map(super::acl_test::annotation).collect();
    for guard in plan.guards.iter().filter(|guard| !guard.overridden) {
        let overrides = format!("`{}` overrides", guard.flag);
        let mut message = guard.message.clone();
        for line in guard.details.iter().chain([&overrides]) {
            message.push('\n');
            message.push_str(line);
        }
        remarks.push(whole(Severity::Error, "guard", message));
    }
    let listed = |mark, bindings| text(&grouped(&[(mark, bindings)], false));
    if !plan.delete.is_empty() {
        let title = format!("{} to delete", count(plan.delete.len(), "ACL"));
        remarks.push(whole(Severity::Warning, &title, listed(Mark::Remove, &plan.delete)));
    }
    if !plan.extra.is_empty() {
        let title = format!("{} in scope that no file wants", count(plan.extra.len(), "ACL"));
        remarks.push(whole(Severity::Warning, &title, listed(Mark::Extra, &plan.extra)));
    }
    let (losses, gains): (Vec<_>, Vec<_>) =
        plan.access.iter().cloned().partition(|line| line.change == Change::Loses);
    for (severity, title, lines) in
        [(Severity::Warning, "access lost", losses), (Severity::Notice, "access gained", gains)]
    {
        if !lines.is_empty() {
            remarks.push(whole(severity, title, text(&access_lines(&lines))));
        }
    }
    let word = if plan.in_sync { "in sync" } else { "changes" };
    remarks.push(whole(Severity::Notice, &format!("Kafka ACLs: {word}"), plan.summary()));
    remarks.extend(by_rule(plan));
    remarks
}

/// What each rule brings, at its line.
fn by_rule(plan: &AclPlan) -> Vec<Annotation> {
    let mut rules: BTreeMap<(&str, usize), Vec<_>> = BTreeMap::new();
    for (binding, place) in plan.create.iter().zip(&plan.create_places) {
        rules.entry((&place.file, place.line)).or_default().push(binding.clone());
    }
    rules
        .into_iter()
        .map(|((file, line), bindings)| Annotation {
            place: Some((file.to_owned(), line)),
            ..whole(
                Severity::Notice,
                &format!("{} to create", count(bindings.len(), "ACL")),
                text(&grouped(&[(Mark::Add, &bindings)], false)),
            )
        })
        .collect()
}

fn whole(severity: Severity, title: &str, message: String) -> Annotation {
    Annotation { severity, place: None, column: None, title: Some(title.to_owned()), message }
}

fn text(lines: &[Line<'_>]) -> String {
    let text = lines.iter().map(Line::text).collect::<Vec<_>>().join("\n");
    text.trim_start().to_owned()
}
