//! Writing offsets of groups: each answer to its item, and the error that sums up what failed.

use super::together;
use crate::commands::written::{Needs, of_item, summary};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Kind, Result};
use crate::kafka::{Client, ItemResult, OffsetsOfGroup, PartitionsOfGroup};
use crate::model::group::{GroupDescription, Member};
use crate::model::visible;
use crate::report::acl_write::ItemError;
use crate::report::group_write::WrittenOffset;
use crate::report::written::{Fate, Thing, WriteResult, Written};

/// UNKNOWN_MEMBER_ID: what a broker answers to a commit from outside when the group has members.
const HAS_MEMBERS: i16 = 25;

/// The offsets of one group that are to be written, with the items that report them, in the same
/// order.
pub struct Share<W> {
    /// What is sent.
    pub write: W,
    /// Shares are those of share groups.
    pub is_share: bool,
    /// Where the items are.
    pub items: Vec<usize>,
}

/// Sets offsets.
pub async fn commit(
    client: &Client,
    shares: Vec<Share<OffsetsOfGroup>>,
    items: &mut [Written<WrittenOffset>],
) -> Result<Vec<Error>> {
    let (share, other): (Vec<_>, Vec<_>) = shares.into_iter().partition(|one| one.is_share);
    let mut failures = Vec::new();
    let (writes, places) = apart(other);
    failures.extend(place(client.commit_offsets(&writes).await?, places, items, Fate::Altered));
    let (writes, places) = apart(share);
    failures.extend(place(
        client.alter_share_offsets(&writes).await?,
        places,
        items,
        Fate::Altered,
    ));
    Ok(failures)
}

/// Deletes offsets.
pub async fn delete(
    client: &Client,
    shares: Vec<Share<PartitionsOfGroup>>,
    items: &mut [Written<WrittenOffset>],
) -> Result<Vec<Error>> {
    let (share, other): (Vec<_>, Vec<_>) = shares.into_iter().partition(|one| one.is_share);
    let mut failures = Vec::new();
    let (writes, places) = apart(other);
    failures.extend(place(client.delete_offsets(&writes).await?, places, items, Fate::Deleted));
    let (writes, places) = apart(share);
    failures.extend(place(
        client.delete_share_offsets(&writes).await?,
        places,
        items,
        Fate::Deleted,
    ));
    Ok(failures)
}

fn apart<W>(shares: Vec<Share<W>>) -> (Vec<W>, Vec<Vec<usize>>) {
    shares.into_iter().map(|share| (share.write, share.items)).unzip()
}

/// Puts each answer to its item; the errors of groups as a whole.
pub fn place<T: Thing>(
    answers: Vec<Result<Vec<ItemResult<()>>>>,
    places: Vec<Vec<usize>>,
    items: &mut [Written<T>],
    well: Fate,
) -> Vec<Error> {
    let mut failures = Vec::new();
    for (answer, places) in answers.into_iter().zip(places) {
        match answer {
            Ok(results) => {
                for (at, result) in places.into_iter().zip(results) {
                    let told = of_item(result, well);
                    items[at].status = told.fate;
                    items[at].error = told.error;
                }
            }
            Err(error) => {
                for at in places {
                    fail(&mut items[at], &error);
                }
                failures.push(error);
            }
        }
    }
    failures
}

/// The fate of an item whose request failed as a whole.
pub fn fail<T>(item: &mut Written<T>, error: &Error) {
    let unknown = error.kind() == Kind::Unfinished;
    item.status = if unknown { Fate::Unknown } else { Fate::Failed };
    item.error = error.kafka_error().map(ItemError::from);
}

/// The report, and the error of what failed.
pub fn outcome<T: Thing + 'static>(
    client: &Client,
    result: WriteResult<T>,
    failures: Vec<Error>,
    verb: &'static str,
    needs: Needs,
) -> Outcome {
    let all = result.items.len().max(failures.len());
    let error = together(failures, all, "writes failed").or_else(|| {
        let error = summary(client, (verb, "group"), needs, &result)?;
        let joined = error.kafka_error().is_some_and(|error| error.code == HAS_MEMBERS);
        Some(if joined && verb.starts_with("set") {
            error.hint("somebody has joined the group meanwhile: stop its members first")
        } else {
            error
        })
    });
    Outcome::report(result).with_error(error)
}

/// Refuses while a group has members, and says who they are.
pub fn refuse_members(groups: &[&GroupDescription], what: &str) -> Result<()> {
    const SHOWN: usize = 10;
    let live: Vec<&&GroupDescription> =
        groups.iter().filter(|group| !group.members.is_empty()).collect();
    let Some(first) = live.first() else { return Ok(()) };
    let name = visible(&first.group_id);
    let count = first.members.len();
    let plural = if count == 1 { "member" } else { "members" };
    let message = match live.len() {
        1 => format!("the group `{name}` has {count} {plural}, so {what}"),
        more => format!("{more} groups have members, so {what}"),
    };
    let mut error = Error::refused(message);
    let all = live.iter().flat_map(|group| group.members.iter().map(move |m| (*group, m)));
    let total = all.clone().count();
    for (group, member) in all.take(SHOWN) {
        let of = if live.len() > 1 {
            format!("`{}`: ", visible(&group.group_id))
        } else {
            String::new()
        };
        error = error.caused_by(format_args!("{of}{}", who(member)));
    }
    if total > SHOWN {
        error = error.caused_by(format_args!("… and {} more", total - SHOWN));
    }
    Err(error.hint("stop them first; offsets that live members hold would be overwritten by them"))
}

/// `client` at `host`, instance `x` (`member id`).
fn who(member: &Member) -> String {
    let instance = member.instance_id.as_ref();
    let instance = instance.map_or_else(String::new, |id| format!(", instance `{}`", visible(id)));
    format!(
        "`{}` at {}{instance} (member {})",
        visible(&member.client_id),
        visible(&member.host),
        visible(&member.member_id)
    )
}

/// Nothing was sent, because the run was ended before.
pub fn stopped(context: &Context<'_>) -> Result<()> {
    context.stop.requested().map_or(Ok(()), Err)
}
