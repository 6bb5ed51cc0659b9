//! Writing offsets of groups: each answer to its item, and the error that sums up what failed.

use std::path::Path;

use super::backup::shown;
use super::together;
use crate::commands::written::{Needs, grant};
use crate::commands::{Context, Outcome};
use crate::error::{Error, KafkaError, Kind, Result};
use crate::kafka::{Client, ItemResult, OffsetsOfGroup, PartitionsOfGroup};
use crate::model::group::{GroupDescription, Member};
use crate::model::{shell_command, visible};
use crate::report::acl_write::ItemError;
use crate::report::group_write::WrittenOffset;
use crate::report::written::{Fate, Thing, WriteResult, Written};

/// What a broker answers to a commit from outside when the group has members, and about a member
/// that is not there.
const UNKNOWN_MEMBER_ID: i16 = 25;
/// What a broker answers about a topic that the caller may not describe.
pub const TOPIC_AUTHORIZATION_FAILED: i16 = 29;
/// GROUP_SUBSCRIBED_TO_TOPIC.
const SUBSCRIBED_TO_TOPIC: i16 = 86;

/// NON_EMPTY_GROUP.
const NON_EMPTY_GROUP: i16 = 68;

pub use crate::group::keeps::Refusal;

impl Refusal {
    /// As a broker answers it.
    pub fn error(self) -> ItemError {
        let (name, code) = match self {
            Self::HasMembers => ("NON_EMPTY_GROUP", NON_EMPTY_GROUP),
            Self::Subscribed => ("GROUP_SUBSCRIBED_TO_TOPIC", SUBSCRIBED_TO_TOPIC),
        };
        ItemError { name: name.to_owned(), code, message: None, retriable: false }
    }
}

/// The offsets of one group that are to be written, with the items that report them, in the same
/// order.
#[allow(clippy::struct_field_names, reason = "`is_share` is the word")]
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

/// REQUEST_TIMED_OUT: the coordinator may have written it all the same.
const REQUEST_TIMED_OUT: i16 = 7;

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
                    items[at].status = match &result {
                        Ok(()) => well,
                        Err(error) if error.code == REQUEST_TIMED_OUT => Fate::Unknown,
                        Err(_) => Fate::Failed,
                    };
                    items[at].error = result.err().as_ref().map(ItemError::from);
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

/// What a command wrote, and how its failures are told.
pub struct Deed<T> {
    /// `set`, in messages.
    pub verb: &'static str,
    /// `offset`.
    pub what: &'static str,
    /// One of them in words.
    pub name: fn(&T) -> String,
    /// The permission that it takes, and the name of what it is on.
    pub needs: fn(&T, i16) -> Option<(Needs, String)>,
}

/// The report, and the error of what failed. `backup`, where there is one, is kept only when
/// something may be other than it was.
pub fn outcome<T: Thing + 'static>(
    client: &Client,
    mut result: WriteResult<T>,
    failures: Vec<Error>,
    deed: &Deed<T>,
    backup: Option<&Path>,
) -> Outcome {
    let changed =
        |item: &Written<T>| matches!(item.status, Fate::Altered | Fate::Deleted | Fate::Unknown);
    if result.items.iter().any(changed) {
        result.backup = backup.map(shown);
    } else if let Some(path) = backup {
        // Should this fail, a file too many is left.
        let _ = std::fs::remove_file(path);
    }
    let all = result.items.len().max(failures.len());
    let error = together(failures, all, "writes failed").or_else(|| summary(client, &result, deed));
    Outcome::report(result).with_error(error)
}

fn summary<T: Thing>(client: &Client, result: &WriteResult<T>, deed: &Deed<T>) -> Option<Error> {
    let bad: Vec<&Written<T>> = result.items.iter().filter(|item| item.status.is_bad()).collect();
    let first = bad.first()?;
    let unknown = result.count(Fate::Unknown) > 0;
    let kind = if unknown { Kind::Unfinished } else { Kind::Failed };
    let Deed { verb, what, .. } = deed;
    let message = match (bad.len(), result.items.len()) {
        (1, 1) => format!("cannot {verb} {}", (deed.name)(&first.thing)),
        (bad, all) => format!("cannot {verb} {bad} of {all} {what}s"),
    };
    let mut error = Error::new(kind, message);
    if bad.len() > 1 || result.items.len() > 1 {
        error = error.caused_by(format_args!("first: {}", (deed.name)(&first.thing)));
    }
    let Some(why) = &first.error else { return Some(error) };
    error = error.kafka(KafkaError {
        name: why.name.clone(),
        code: why.code,
        message: why.message.clone(),
        retriable: why.retriable,
    });
    if let Some((needs, resource)) = (deed.needs)(&first.thing, why.code)
        && let Some(hint) = grant(client, needs, why.code, &resource)
    {
        return Some(error.hint(hint));
    }
    Some(match why.code {
        UNKNOWN_MEMBER_ID if *what == "offset" => {
            error.hint("somebody has joined the group meanwhile: stop its members first")
        }
        UNKNOWN_MEMBER_ID => error.hint("it has left meanwhile"),
        NON_EMPTY_GROUP => error.hint(format!(
            "`{}` names who is in it: stop them first",
            shell_command("kward group members", &first.thing.name(), "")
        )),
        SUBSCRIBED_TO_TOPIC => error.hint("members subscribe to the topic: stop them first"),
        _ => error,
    })
}

/// The deed of a command that writes offsets; `needs` is the operation on the group.
pub fn of_offsets(
    verb: &'static str,
    needs: fn(&WrittenOffset, i16) -> Option<(Needs, String)>,
) -> Deed<WrittenOffset> {
    let name = |offset: &WrittenOffset| {
        let WrittenOffset { group_id, topic, partition, .. } = offset;
        let (group, topic) = (visible(group_id), visible(topic));
        match partition {
            Some(partition) => {
                format!("the offset of `{group}` in partition {partition} of `{topic}`")
            }
            None => format!("the offsets of `{group}` in `{topic}`"),
        }
    };
    Deed { verb, what: "offset", name, needs }
}

/// The permission to set offsets: READ on the group and the topic.
#[allow(clippy::unnecessary_wraps, reason = "the shape that a deed takes")]
pub fn needs_read(offset: &WrittenOffset, code: i16) -> Option<(Needs, String)> {
    Some(match code {
        TOPIC_AUTHORIZATION_FAILED => {
            (Needs { operation: "read", flag: "--topic" }, offset.topic.to_string())
        }
        _ => (Needs { operation: "read", flag: "--group" }, offset.group_id.to_string()),
    })
}

/// The permission to delete offsets: DELETE on the group, READ on the topic; DESCRIBE to see them.
#[allow(clippy::unnecessary_wraps, reason = "the shape that a deed takes")]
pub fn needs_delete(offset: &WrittenOffset, code: i16) -> Option<(Needs, String)> {
    Some(match code {
        TOPIC_AUTHORIZATION_FAILED => {
            let operation = if offset.partition.is_some() { "read" } else { "describe" };
            (Needs { operation, flag: "--topic" }, offset.topic.to_string())
        }
        _ => (Needs { operation: "delete", flag: "--group" }, offset.group_id.to_string()),
    })
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
