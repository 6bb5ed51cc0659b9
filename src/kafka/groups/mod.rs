//! Groups: listing, describing and changing them. The broker that coordinates a group answers
//! for it.

mod classic;
mod consumer;
mod delete;
mod describe;
mod list;
mod members;
mod streams;

pub use list::{GroupFilter, GroupsOfBrokers};
pub use members::{MemberToRemove, RemoveMembers};

use kafka_protocol::messages::GroupId;
use kafka_protocol::protocol::StrBytes;

use crate::error::{Error, KafkaError};
use crate::model::{Name, shell_command, shell_flag, visible};

use super::acls::ItemResult;
use super::client::Client;
use super::codes::{
    GROUP_AUTHORIZATION_FAILED, GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP, TOPIC_AUTHORIZATION_FAILED,
};

/// A name on the wire.
pub(super) fn text(name: &str) -> StrBytes {
    StrBytes::from_string(name.to_owned())
}

pub(super) fn group_id(name: &Name) -> GroupId {
    GroupId(text(name))
}

/// What every call about groups says of who serves it: `$group` is the group of an item, `$needs` the
/// operation on the group that the call takes.
macro_rules! of_group {
    ($item:ty, $group:expr, $needs:literal) => {
        fn name(&self, item: &$item) -> String {
            let group: fn(&$item) -> &Name = $group;
            format!("group `{}`", crate::model::visible(group(item)))
        }

        async fn locate(
            &self,
            client: &crate::kafka::client::Client,
            items: &[&$item],
        ) -> crate::error::Result<Vec<ItemResult<i32>>> {
            let group: fn(&$item) -> &Name = $group;
            client.coordinators(&items.iter().map(|item| group(item)).collect::<Vec<_>>()).await
        }

        fn forget(&self, client: &crate::kafka::client::Client, item: &$item) {
            let group: fn(&$item) -> &Name = $group;
            client.whereabouts().forget_coordinator(group(item));
        }

        fn refused(
            &self,
            client: &crate::kafka::client::Client,
            item: &$item,
            error: KafkaError,
        ) -> crate::error::Error {
            let group: fn(&$item) -> &Name = $group;
            crate::kafka::groups::refused(client, Self::WHAT, $needs, group(item), error)
        }
    };
}
pub(super) use of_group;

/// The error of a group whose request was refused; `needs` is the operation on the group.
pub(super) fn refused(
    client: &Client,
    what: &str,
    needs: &str,
    group: &Name,
    mut error: KafkaError,
) -> Error {
    let shown = visible(group);
    let broker = client.broker();
    let principal = client.principal_word();
    match error.code {
        GROUP_ID_NOT_FOUND => Error::failed(format!("there is no group `{shown}`"))
            .kafka(KafkaError { message: None, ..error })
            .hint("`kward group list` shows the groups that there are"),
        GROUP_AUTHORIZATION_FAILED => {
            error.message = None;
            Error::failed(format!("not authorized to {what} the group `{shown}` on `{broker}`"))
                .kafka(error)
                .caused_by(format!("it needs {} on the group", needs.to_uppercase()))
                .hint(format!(
                    "somebody who may can grant it: `kward acl create --allow-principal {principal} \
                     --operation {needs} {}`",
                    shell_flag("--group", group)
                ))
        }
        TOPIC_AUTHORIZATION_FAILED => Error::failed(format!(
            "not authorized to {what} the group `{shown}` on `{broker}`, because of its topics"
        ))
        .kafka(error)
        .caused_by("it needs DESCRIBE on every topic that is assigned in the group")
        .hint(format!(
            "somebody who may can grant it: `kward acl create --allow-principal {principal} \
             --operation describe --topic TOPIC`"
        )),
        NON_EMPTY_GROUP => {
            error.message = None;
            Error::failed(format!("the group `{shown}` has members")).kafka(error).hint(format!(
                "`{}` names them: stop them first",
                shell_command("kward group members", group, "")
            ))
        }
        _ => Error::failed(format!("cannot {what} the group `{shown}`")).kafka(error),
    }
}

/// What is answered for each of `groups`, from answers in any order.
pub(super) fn by_group<'a, T>(
    groups: impl Iterator<Item = &'a Name>,
    answers: Vec<(Name, ItemResult<T>)>,
) -> Vec<Option<ItemResult<T>>> {
    let mut answers: std::collections::HashMap<Name, ItemResult<T>> = answers.into_iter().collect();
    groups.map(|group| answers.remove(group)).collect()
}

/// A text that may be missing.
fn optional(text: Option<&str>) -> Option<Name> {
    text.map(Name::from)
}

/// The rack of a member; brokers write none as an empty text, too.
fn rack(text: Option<&str>) -> Option<Name> {
    optional(text.filter(|text| !text.is_empty()))
}

/// Where a member comes from, without the `/` that Java puts before an address.
fn host(text: &str) -> Name {
    Name::from(text.strip_prefix('/').unwrap_or(text))
}
