//! `GroupWriteResult`: the groups, offsets and members that commands write.

use std::borrow::Cow;

use serde::Serialize;

use crate::model::Name;
use crate::model::group::GroupType;

use super::Column;
use super::written::Thing;

const KIND: &str = "GroupWriteResult";

fn shown<T: ToString>(value: Option<&T>) -> Cow<'static, str> {
    value.map_or(Cow::Borrowed(""), |value| Cow::Owned(value.to_string()))
}

/// A group that is deleted.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WrittenGroup {
    /// Its name.
    pub group_id: Name,
    /// Its kind; absent when it is not there.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub group_type: Option<GroupType>,
    /// How many partitions it has committed; absent where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offsets: Option<usize>,
}

impl Thing for WrittenGroup {
    const KIND: &'static str = KIND;

    fn columns() -> Vec<Column> {
        vec![Column::text("GROUP"), Column::text("TYPE"), Column::number("OFFSETS")]
    }

    fn cells(&self) -> Vec<Cow<'_, str>> {
        let name = Cow::Borrowed(self.group_id.as_str());
        vec![name, shown(self.group_type.as_ref()), shown(self.offsets.as_ref())]
    }

    fn name(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.group_id.as_str())
    }
}

/// A committed offset that is set or deleted. What is not there or not known is absent.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WrittenOffset {
    /// The group.
    pub group_id: Name,
    /// The topic.
    pub topic: Name,
    /// The partition; absent where nothing of the topic is seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<i32>,
    /// What was committed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_offset: Option<i64>,
    /// What is committed afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_offset: Option<i64>,
    /// What was asked for, where it lay outside of the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked_offset: Option<i64>,
    /// How many records waited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_lag: Option<i64>,
    /// How many wait afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_lag: Option<i64>,
}

impl Thing for WrittenOffset {
    const KIND: &'static str = KIND;

    fn columns() -> Vec<Column> {
        vec![
            Column::text("GROUP"),
            Column::text("TOPIC"),
            Column::number("PARTITION"),
            Column::number("OLD"),
            Column::number("NEW"),
            Column::number("ASKED"),
            Column::number("OLD-LAG").keep(200),
            Column::number("NEW-LAG").keep(210),
        ]
    }

    fn cells(&self) -> Vec<Cow<'_, str>> {
        vec![
            Cow::Borrowed(self.group_id.as_str()),
            Cow::Borrowed(self.topic.as_str()),
            shown(self.partition.as_ref()),
            shown(self.old_offset.as_ref()),
            shown(self.new_offset.as_ref()),
            shown(self.asked_offset.as_ref()),
            shown(self.old_lag.as_ref()),
            shown(self.new_lag.as_ref()),
        ]
    }

    fn name(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.group_id.as_str())
    }
}

/// A member that is sent away. What is not known is absent.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WrittenMember {
    /// The group.
    pub group_id: Name,
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member_id: Option<Name>,
    /// `group.instance.id` of a static member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<Name>,
    /// `client.id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<Name>,
    /// Where it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<Name>,
    /// How many partitions it held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partitions: Option<usize>,
}

impl Thing for WrittenMember {
    const KIND: &'static str = KIND;

    fn columns() -> Vec<Column> {
        vec![
            Column::text("GROUP").keep(120),
            Column::text("MEMBER"),
            Column::text("INSTANCE"),
            Column::text("CLIENT").keep(200),
            Column::text("HOST").keep(210),
            Column::number("HELD"),
        ]
    }

    fn cells(&self) -> Vec<Cow<'_, str>> {
        vec![
            Cow::Borrowed(self.group_id.as_str()),
            shown(self.member_id.as_ref()),
            shown(self.instance_id.as_ref()),
            shown(self.client_id.as_ref()),
            shown(self.host.as_ref()),
            shown(self.partitions.as_ref()),
        ]
    }

    fn name(&self) -> Cow<'_, str> {
        Cow::Borrowed(
            self.member_id.as_ref().or(self.instance_id.as_ref()).unwrap_or(&self.group_id),
        )
    }
}
