//! The questions of `kward acl`: from what was typed to what the commands take.

use crate::cli::acl::{Assumed, Can, Explain, Lint, Source, Test, WhoCan};
use crate::commands::acl::{StateRequest, can, explain, lint, test, who_can};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};

use super::acl::{file_arguments, literal, metadata_version};

fn state(source: &Source, assumed: &Assumed) -> Result<StateRequest> {
    Ok(StateRequest {
        files: file_arguments(&source.files, &source.variables),
        against: source.against.clone(),
        super_users: assumed.super_user.clone(),
        allow_everyone: assumed.allow_everyone_if_no_acl_found,
        metadata_version: metadata_version(&source.variables)?,
    })
}

/// `acl can`.
pub async fn can(context: &Context<'_>, args: &Can) -> Result<Outcome> {
    let state = state(&args.source, &args.assumed)?;
    let (Some(principal), Some(operation), Some(resource)) =
        (&args.principal, args.operation, &args.resource)
    else {
        if args.host.is_some() {
            return Err(Error::invalid(
                "`--host` belongs to one question; on standard input it is the fourth word",
            ));
        }
        return can::run_many(context, &state).await;
    };
    let (resource_type, name) = literal(resource);
    let question = can::Question {
        principal: principal.clone(),
        operation,
        resource_type,
        name,
        host: args.host.clone(),
    };
    can::run(context, &state, &question).await
}

/// `acl who-can`.
pub async fn who_can(context: &Context<'_>, args: &WhoCan) -> Result<Outcome> {
    let state = state(&args.source, &args.assumed)?;
    who_can::run(context, &state, args.operation, literal(&args.resource)).await
}

/// `acl test`.
pub async fn test(context: &Context<'_>, args: &Test) -> Result<Outcome> {
    if args.source.files.is_empty() {
        return Err(
            Error::invalid("`acl test` needs ACL files").hint("`kward acl test -f access/`")
        );
    }
    let request = test::Request {
        state: state(&args.source, &args.assumed)?,
        live: args.live,
        junit: args.junit.clone(),
        coverage: args.coverage,
    };
    test::run(context, &request).await
}

/// `acl explain`.
pub async fn explain(context: &Context<'_>, args: &Explain) -> Result<Outcome> {
    let state = state(&args.source, &args.assumed)?;
    if let Some(line) = &args.log {
        return explain::log_line(context, &state, line).await;
    }
    let principal =
        args.principal.as_ref().ok_or_else(|| Error::invalid("`acl explain` needs a principal"))?;
    match (args.operation, &args.resource) {
        (Some(operation), Some(resource)) => {
            let (resource_type, name) = literal(resource);
            let question = can::Question {
                principal: principal.clone(),
                operation,
                resource_type,
                name,
                host: args.host.clone(),
            };
            explain::request(context, &state, &question).await
        }
        _ if args.host.is_some() => {
            Err(Error::invalid("`--host` belongs to one request: add an operation and a resource"))
        }
        _ => explain::summarise(context, &state, principal).await,
    }
}

/// `acl lint`.
pub async fn lint(context: &Context<'_>, args: &Lint) -> Result<Outcome> {
    let request = lint::Request {
        state: state(&args.source, &args.assumed)?,
        live: args.live,
        deny: args.deny.clone(),
        allow: args.allow.clone(),
    };
    lint::run(context, &request).await
}
