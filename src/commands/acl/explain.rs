//! `acl explain`: everything that a principal can do, or why one request is decided as it is.

use super::can::{Question, check_meaning, explained};
use super::state::{State, StateRequest};
use crate::acl::explain::{AnyTopic, parse_log_line, summary};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::model::{Binding, Principal, visible};
use crate::report::access_summary::{
    AccessExplanation, AccessSummary, SummaryAnyTopic, SummaryExcept, SummaryGrant,
};

/// Sums up what `principal` can do.
pub async fn summarise(
    context: &Context<'_>,
    state: &StateRequest,
    principal: &Principal,
) -> Result<Outcome> {
    let state = State::read(context, state).await?;
    let summary = summary(principal, &state.bindings, &state.assumptions);
    let owned = |bindings: &[&Binding]| bindings.iter().map(|b| (*b).clone()).collect();
    let items = summary
        .grants
        .iter()
        .map(|grant| SummaryGrant {
            resource_type: grant.resource_type,
            resource_name: grant.resource_name.clone(),
            pattern_type: grant.pattern_type,
            host: grant.host.clone(),
            operations: grant.operations.clone(),
            by: owned(&grant.by),
            except: grant
                .except
                .iter()
                .map(|except| SummaryExcept {
                    resource_name: except.resource_name.clone(),
                    pattern_type: except.pattern_type,
                    host: except.host.clone(),
                    operations: except.operations.clone(),
                    by: owned(&except.by),
                })
                .collect(),
        })
        .collect();
    Ok(Outcome::report(AccessSummary {
        principal: principal.clone(),
        super_user: summary.super_user,
        assumptions: state.assumed(),
        items,
        any_topic: summary.any_topic.first().map(|any| any.by.clone()),
        any_topic_from: summary
            .any_topic
            .into_iter()
            .map(|AnyTopic { host, except, by }| SummaryAnyTopic { host, except, by: by.clone() })
            .collect(),
    }))
}

/// Explains one request.
pub async fn request(
    context: &Context<'_>,
    state: &StateRequest,
    question: &Question,
) -> Result<Outcome> {
    check_meaning(question.operation, question.resource_type)?;
    let state = State::read(context, state).await?;
    Ok(Outcome::report(explanation(&state, question, Vec::new())))
}

/// Explains the request that a line of the broker's authorizer log speaks of.
pub async fn log_line(context: &Context<'_>, state: &StateRequest, line: &str) -> Result<Outcome> {
    let entry = parse_log_line(line).ok_or_else(|| {
        Error::invalid("this is no line of Kafka's authorizer log").hint(
            "such a line says `Principal = User:ana is Denied operation = READ from host = 10.0.0.7 on resource = Topic:LITERAL:orders …`",
        )
    })?;
    let question = Question {
        principal: Principal::verbatim(entry.principal.as_str()),
        operation: entry.operation,
        resource_type: entry.resource_type,
        name: entry.resource_name.as_str().into(),
        host: Some(entry.host.as_str().into()),
    };
    let state = State::read(context, state).await?;
    let verdict = if entry.allowed { "allowed" } else { "denied" };
    let mut notes = vec![format!(
        "the broker {verdict} it{}{}",
        entry.request.as_deref().map_or_else(String::new, |r| format!(" for {}", visible(r))),
        entry.rule.as_deref().map_or_else(String::new, |r| format!(", by {}", visible(r))),
    )];
    let mut report = explanation(&state, &question, Vec::new());
    let super_user = entry.allowed && entry.rule.as_deref() == Some("SuperUser");
    if super_user && !report.decision.allowed {
        notes.push(format!(
            "the brokers know it as a super user, whom no ACL concerns: say `--super-user {0}`, or \
             `super-users = [\"{0}\"]` in the context",
            visible(&question.principal)
        ));
        report.decision.grant = None;
        report.decision.missing = None;
        report.decision.denied_by.clear();
    } else if report.decision.allowed != entry.allowed {
        notes.push(
            "these ACLs decide otherwise: they changed since, or the brokers have super users or a default rule that was not said here"
                .to_owned(),
        );
    }
    Ok(Outcome::report(AccessExplanation { notes, ..report }))
}

fn explanation(state: &State, question: &Question, notes: Vec<String>) -> AccessExplanation {
    AccessExplanation { decision: explained(state, question), notes }
}
