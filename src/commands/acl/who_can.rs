//! `acl who-can`: every principal that may do something, and by which binding.

use super::state::{State, StateRequest};
use crate::acl::authorizer::Authorizer;
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::model::{CLUSTER_NAME, Name, Operation, ResourceType};
use crate::report::access::{WhoCan, WhoCanException, WhoCanItem};

/// Answers the question.
pub async fn run(
    context: &Context<'_>,
    state: &StateRequest,
    operation: Operation,
    (resource_type, name): (ResourceType, Name),
) -> Result<Outcome> {
    super::can::check_meaning(operation, resource_type)?;
    let state = State::read(context, state).await?;
    let authorizer = Authorizer::new(&state.bindings, &state.assumptions);
    let creates = (operation, resource_type) == (Operation::Create, ResourceType::Topic);
    let of_cluster = || authorizer.who_can(operation, ResourceType::Cluster, CLUSTER_NAME);
    if creates && !of_cluster().is_empty() {
        context.ui.note(
            "who may create on the cluster may create any topic, too: `kward acl who-can create cluster`",
        );
    }
    let items = authorizer
        .who_can(operation, resource_type, &name)
        .into_iter()
        .map(|who| WhoCanItem {
            hosts: who.hosts,
            except: who
                .except
                .into_iter()
                .map(|except| WhoCanException { principal: except.principal, host: except.host })
                .collect(),
            reason: who.reason.name(),
            binding: who.reason.binding().cloned(),
            source: who.reason.binding().and_then(|binding| state.source(binding)),
            principal: who.principal,
        })
        .collect();
    let report = WhoCan {
        operation,
        resource: super::can::resource(resource_type, &name),
        assumptions: state.assumed(),
        items,
        notes: Vec::new(),
    };
    let nobody = report.items.is_empty();
    Ok(Outcome::report(report).no_if(nobody))
}
