//! `group list`: the groups of all brokers (ListGroups; DESCRIBE on the cluster, or on each group).

use std::collections::BTreeMap;

use super::together;
use crate::commands::cluster::are_there;
use crate::commands::written::{CLUSTER_AUTHORIZATION_FAILED, Needs, grant};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::{Broker, Client, GroupFilter};
use crate::model::Name;
use crate::model::group::{GroupListing, GroupState};
use crate::report::group_list::GroupList;

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Of these types, in these states.
    pub filter: GroupFilter,
    /// Of this protocol type.
    pub protocol_type: Option<String>,
    /// Coordinated by this broker.
    pub coordinator: Option<i32>,
    /// Count the members.
    pub members: bool,
}

impl Request {
    /// Whether only some are meant.
    fn filters(&self) -> bool {
        let Self { filter, protocol_type, coordinator, members: _ } = self;
        *filter != GroupFilter::default() || protocol_type.is_some() || coordinator.is_some()
    }
}

/// What is said where the caller does not see all groups.
pub const NOT_LISTED: &str = "groups that you may not describe are not listed";
/// What is said where only what was asked for is not there.
const NO_MATCH: &str = "no group matches";

/// Lists them.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let client = context.connect().await?;
    let answers = client.list_groups(&request.filter).await?;
    let unseen = !answers.shows_all();
    let mut items = answers.groups;
    items.retain(|group| {
        request.protocol_type.as_ref().is_none_or(|wanted| *wanted == *group.protocol_type)
            && request.coordinator.is_none_or(|wanted| wanted == group.coordinator.id)
    });
    if let (Some(wanted), true) = (request.coordinator, items.is_empty()) {
        are_there(&[wanted], &answers.cluster)?;
    }
    let filtered = request.filters();
    match (items.is_empty(), filtered) {
        (true, true) if unseen => context.ui.note(&format!("{NO_MATCH}; {NOT_LISTED}")),
        (true, true) => context.ui.note(NO_MATCH),
        (true, false) if answers.silent.is_empty() => say_none(context, !unseen),
        _ if unseen => context.ui.note(NOT_LISTED),
        _ => {}
    }
    for group in &mut items {
        if group.state == Some(GroupState::Empty) {
            group.members = Some(0);
        }
    }
    let mut failures = Vec::new();
    if request.members {
        failures = count_members(&client, &mut items).await?;
    }
    let counted = items.len();
    let error = silent(answers.silent)
        .or_else(|| together(failures, counted, "groups could not be described"));
    let list = GroupList {
        cluster_id: client.cluster_id(),
        // Nor is it said that there are none where some may be hidden, or a broker did not tell its own.
        filtered: filtered || unseen || error.is_some(),
        complete: error.is_none() && !unseen,
        items,
        counted: request.members,
    };
    Ok(Outcome::report(list).with_error(error))
}

/// The same for a gate, which is no gate for groups that it does not see: fails unless the caller
/// `sees_all` of them (DESCRIBE on the cluster).
pub fn refuse_none(context: &Context<'_>, client: &Client, sees_all: bool) -> Result<()> {
    if sees_all {
        say_none(context, true);
        return Ok(());
    }
    let error = Error::failed("no group is seen, and you may not describe all of them");
    let needs = Needs { operation: "describe", flag: "--cluster" };
    let hint = grant(client, needs, CLUSTER_AUTHORIZATION_FAILED, "");
    Err(hint.into_iter().fold(error, Error::hint))
}

/// Says why groups may be there that are not seen.
fn say_none(context: &Context<'_>, sees_all: bool) {
    context.ui.note(if sees_all {
        "there is no group, but for those that brokers are still loading"
    } else {
        "no group is seen: those that you may not describe, or that brokers are still loading, are not \
         listed"
    });
}

/// Describes the groups whose members are not known to be none; the errors of those that failed.
async fn count_members(client: &Client, items: &mut [GroupListing]) -> Result<Vec<Error>> {
    let mut open: Vec<&mut GroupListing> =
        items.iter_mut().filter(|group| group.members.is_none()).collect();
    let names: Vec<Name> = open.iter().map(|group| group.group_id.clone()).collect();
    let types: BTreeMap<Name, _> = open
        .iter()
        .filter_map(|group| Some((group.group_id.clone(), group.group_type.clone()?)))
        .collect();
    let mut failures = Vec::new();
    for (group, described) in open.iter_mut().zip(client.describe_groups(&names, &types).await?) {
        match described {
            Ok(described) => group.members = Some(described.members.len()),
            Err(error) => failures.push(error),
        }
    }
    Ok(failures)
}

/// The error of an incomplete list.
pub fn silent(silent: Vec<(Broker, Error)>) -> Option<Error> {
    let brokers = silent.len();
    let (first, error) = silent.into_iter().next()?;
    let more = if brokers > 1 { format!(" and {} others", brokers - 1) } else { String::new() };
    let id = first.id;
    Some(error.context(format!(
        "the groups that broker {id}{more} coordinates are missing: it did not answer"
    )))
}
