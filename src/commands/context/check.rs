//! `context check`: a connection step by step, and what to do about what fails.

use crate::commands::{Context, Outcome};
use crate::error::{Error, Kind, Result};
use crate::kafka::{self, Finding, Step};
use crate::report::context::{CheckItem, CheckStatus, ContextCheck};
use crate::settings::{ClientConfig, Connection};

/// Tries it.
pub async fn run(context: &Context<'_>) -> Result<Outcome> {
    let mut items = Vec::new();
    if let Some(config) = settings(context, &mut items)? {
        let (deadline, trace) = (context.deadline(), context.trace.clone());
        let findings = kafka::check(&config, deadline, trace, (context.now)()).await;
        items.extend(findings.into_iter().map(item));
    }
    let failed = items.iter().find(|item| item.status == CheckStatus::Failed);
    let error = failed.map(|item| {
        let whose = context.settings.context.as_deref();
        let whose = whose.map_or_else(|| "the connection".to_owned(), |name| format!("`{name}`"));
        Error::failed(format!("{whose} has a problem: the step `{}` failed", item.step))
    });
    let name = context.settings.context.clone();
    let report = ContextCheck { context: name, ok: error.is_none(), items };
    Ok(Outcome::report(report).with_error(error))
}

/// The steps that need no cluster.
fn settings(context: &Context<'_>, items: &mut Vec<CheckItem>) -> Result<Option<ClientConfig>> {
    let connection = match context.settings.connection() {
        Ok(connection) => connection,
        Err(error) => {
            items.push(failed("settings", None, &error));
            items.push(not_tried("secrets", None));
            items.extend(skipped("", context.settings.names_controllers()));
            return Ok(None);
        }
    };
    items.push(CheckItem {
        step: "settings",
        target: None,
        status: if connection.warnings.is_empty() { CheckStatus::Ok } else { CheckStatus::Warning },
        detail: Some(summary(&connection)),
        fix: connection.warnings.clone(),
    });
    match connection.client_config_asking(&|question| context.ask_secret(question)) {
        Ok(config) => {
            items.push(CheckItem {
                step: "secrets",
                target: None,
                status: CheckStatus::Ok,
                detail: Some("files and secrets that the settings name are there".to_owned()),
                fix: Vec::new(),
            });
            Ok(Some(config))
        }
        Err(error) if error.kind() == Kind::Interrupted => Err(error),
        Err(error) => {
            let mut item = failed("secrets", None, &error);
            if item.fix.is_empty() {
                item.fix.push("`kward context show` tells where each secret comes from".to_owned());
            }
            items.push(item);
            items.extend(skipped(connection.protocol(), connection.controllers));
            Ok(None)
        }
    }
}

/// The steps that a connection of this security protocol has: nothing was tried.
fn skipped(protocol: &str, controllers: bool) -> impl Iterator<Item = CheckItem> {
    let (tls, sasl) = (protocol.ends_with("SSL"), protocol.starts_with("SASL"));
    let steps = [
        Some(Step::Name),
        Some(Step::Tcp),
        tls.then_some(Step::Tls),
        Some(Step::Protocol),
        sasl.then_some(Step::Sasl),
        Some(Step::Cluster),
        Some(Step::of_nodes(controllers)),
        Some(Step::Authorizer),
        Some(Step::Permissions),
    ];
    steps.into_iter().flatten().map(|step| not_tried(word(step), None))
}

fn not_tried(step: &'static str, target: Option<String>) -> CheckItem {
    CheckItem { step, target, status: CheckStatus::Skipped, detail: None, fix: Vec::new() }
}

fn summary(connection: &Connection) -> String {
    let servers: Vec<String> = connection
        .bootstrap
        .iter()
        .map(|address| {
            let shown = crate::model::host_and_port(&address.host, address.port);
            crate::model::visible(&shown).into_owned()
        })
        .collect();
    let what = if connection.controllers { "controllers " } else { "" };
    format!("{} to {what}{}", connection.protocol(), servers.join(", "))
}

fn failed(step: &'static str, target: Option<String>, error: &Error) -> CheckItem {
    let mut detail = error.message().to_owned();
    for cause in error.causes() {
        detail += ": ";
        detail += cause;
    }
    CheckItem {
        step,
        target,
        status: CheckStatus::Failed,
        detail: Some(detail),
        fix: error.hints().to_vec(),
    }
}

fn item(finding: Finding) -> CheckItem {
    let step = word(finding.step);
    let target = finding.target;
    match finding.result {
        None => not_tried(step, target),
        Some(Err(error)) => failed(step, target, &error),
        Some(Ok(detail)) => CheckItem {
            step,
            target,
            status: if finding.warning.is_some() { CheckStatus::Warning } else { CheckStatus::Ok },
            detail: Some(detail),
            fix: finding.warning.into_iter().collect(),
        },
    }
}

const fn word(step: Step) -> &'static str {
    match step {
        Step::Name => "name",
        Step::Tcp => "tcp",
        Step::Tls => "tls",
        Step::Protocol => "protocol",
        Step::Sasl => "sasl",
        Step::Cluster => "cluster",
        Step::Brokers => "brokers",
        Step::Controllers => "controllers",
        Step::Authorizer => "authorizer",
        Step::Permissions => "permissions",
    }
}
