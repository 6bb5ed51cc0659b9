//! `group remove-members`: sends members away (LeaveGroup; READ on the group).

use std::collections::BTreeMap;

use super::write::{Deed, outcome, place, stopped};
use super::{cluster_id, near};
use crate::commands::written::Needs;
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::{MemberToRemove, RemoveMembers};
use crate::model::group::{GroupDescription, GroupType, Member};
use crate::model::{Name, shell_command, visible};
use crate::report::Block;
use crate::report::group_write::WrittenMember;
use crate::report::written::{Change, Fate, Thing, WriteResult, Written, table};

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The group.
    pub group: Name,
    /// Who.
    pub who: Who,
    /// Why, for the broker's log.
    pub reason: String,
    /// Everything but the writing.
    pub dry_run: bool,
}

/// Who is sent away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// Everyone.
    All,
    /// By member id, and by instance id.
    Some {
        /// Member ids.
        members: Vec<Name>,
        /// Instance ids.
        instances: Vec<Name>,
    },
}

/// Shows who goes, warns of those that come back, asks, sends them away.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if !request.dry_run {
        context.may_write()?;
    }
    let client = context.connect().await?;
    let asked = std::slice::from_ref(&request.group);
    let mut described = client.describe_groups(asked, &BTreeMap::new()).await?;
    near::suggest(&client, asked.iter().zip(&mut described)).await;
    let group = described
        .into_iter()
        .next()
        .ok_or_else(|| Error::failed("the brokers described no group"))??;
    if !matches!(group.group_type, GroupType::Classic | GroupType::Consumer) {
        return Err(Error::refused(format!(
            "`{}` is a {} group, whose members cannot be sent away",
            visible(&group.group_id),
            group.group_type
        ))
        .hint(
            "stop its clients; the coordinator forgets a silent member after its session timeout",
        ));
    }
    let chosen = chosen(&group, &request.who)?;
    let mut items: Vec<Written<WrittenMember>> =
        chosen.iter().map(|member| item(&group, member)).collect();
    let id = cluster_id(&client).await?;
    if chosen.is_empty() {
        context.ui.note("the group has no members, nobody was sent away");
    }
    warn_of_return(context, &chosen);
    if chosen.is_empty() || request.dry_run {
        return Ok(Outcome::report(WriteResult::new(id, request.dry_run, items)));
    }
    context.preview(&[Block::Table(table(&items))]);
    let name = visible(&group.group_id);
    context.confirm(&format!("Send {} away from `{name}`?", count(chosen.len())))?;
    stopped(context)?;
    context.stop.begin_writing();
    let client = client.until(context.deadline());
    let identity = |member: &&Member| match &member.instance_id {
        Some(instance) => MemberToRemove::Static(instance.clone()),
        None => MemberToRemove::Dynamic(member.member_id.clone()),
    };
    let write = RemoveMembers {
        group: group.group_id.clone(),
        members: chosen.iter().map(identity).collect(),
        reason: request.reason.clone(),
    };
    let answers = client.remove_members(&[write]).await?;
    let places = vec![(0..items.len()).collect()];
    let failures = place(answers, places, &mut items, Fate::Deleted);
    let result = WriteResult::new(id, false, items);
    let deed = Deed {
        verb: "send away",
        what: "member",
        name: |member: &WrittenMember| format!("the member `{}`", visible(&member.name())),
        needs: |member, _| {
            Some((Needs { operation: "read", flag: "--group" }, member.group_id.to_string()))
        },
    };
    Ok(outcome(&client, result, failures, &deed, None))
}

/// The coordinator no longer knows a live client that was sent away, and the client joins again.
fn warn_of_return(context: &Context<'_>, chosen: &[&Member]) {
    let is_static = |member: &&&Member| member.instance_id.is_some();
    let fixed = chosen.iter().filter(is_static).count();
    let dynamic = chosen.len() - fixed;
    if dynamic > 0 {
        let have = if dynamic == 1 { "has" } else { "have" };
        context.ui.warn(&format!(
            "{dynamic} of them {have} no instance id: a live client joins again at once, as a new member"
        ));
    }
    if fixed > 0 {
        let have = if fixed == 1 { "has an instance id" } else { "have instance ids" };
        context.ui.warn(&format!(
            "{fixed} of them {have}: a client that still lives joins again at once, under the same"
        ));
    }
}

fn count(members: usize) -> String {
    if members == 1 { "1 member".to_owned() } else { format!("{members} members") }
}

/// The members that are meant, in the order of the group; one that is not there is an error.
fn chosen<'a>(group: &'a GroupDescription, who: &Who) -> Result<Vec<&'a Member>> {
    let Who::Some { members, instances } = who else {
        return Ok(group.members.iter().collect());
    };
    let is_member = |id: &Name| group.members.iter().any(|member| member.member_id == *id);
    let is_instance =
        |id: &Name| group.members.iter().any(|member| member.instance_id.as_ref() == Some(id));
    let name = visible(&group.group_id);
    let missing = members
        .iter()
        .filter(|id| !is_member(id))
        .map(|id| format!("no member has the id `{}`", visible(id)))
        .chain(
            instances
                .iter()
                .filter(|id| !is_instance(id))
                .map(|id| format!("no member has the instance id `{}`", visible(id))),
        );
    let missing: Vec<String> = missing.collect();
    if !missing.is_empty() {
        let mut error =
            Error::failed(format!("`{name}` has no such members, nobody was sent away"));
        for line in &missing {
            error = error.caused_by(line);
        }
        let command = shell_command("kward group members", &group.group_id, "");
        return Err(error.hint(format!("`{command}` names them")));
    }
    let meant = |member: &&Member| {
        members.contains(&member.member_id)
            || member.instance_id.as_ref().is_some_and(|id| instances.contains(id))
    };
    Ok(group.members.iter().filter(meant).collect())
}

fn item(group: &GroupDescription, member: &Member) -> Written<WrittenMember> {
    Written {
        thing: WrittenMember {
            group_id: group.group_id.clone(),
            member_id: Some(member.member_id.clone()),
            instance_id: member.instance_id.clone(),
            client_id: Some(member.client_id.clone()),
            host: Some(member.host.clone()),
            partitions: member.held(),
        },
        action: Change::Delete,
        status: Fate::Planned,
        error: None,
    }
}
