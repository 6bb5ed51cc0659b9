//! `topic delete`: topics with everything in them, after showing what that is (DeleteTopics; needs
//! DELETE on each topic).

use super::committed::Committed;
use super::fetch::{self, NO_SUCH_TOPIC};
use super::written_at::{LastWrites, last_writes};
use crate::commands::written::{Needs, summary, told};
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::kafka::Client;
use crate::model::{Name, visible};
use crate::report::topic_write::WrittenTopic;
use crate::report::units::{bytes, count};
use crate::report::write::{Action, Item, Status, WriteResult};
use crate::report::{Block, Column, Line, Style, Table};
use crate::topic::Topic;
use crate::topic::select::Selection;

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Which topics.
    pub selection: Selection,
    /// A topic that is not there is no failure.
    pub if_exists: bool,
    /// Everything but the deleting.
    pub dry_run: bool,
}

const NEEDS: Needs = Needs { operation: "delete", flag: "--topic" };

/// Shows what goes, asks, deletes.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if !request.dry_run {
        context.may_write()?;
    }
    let client = context.connect().await?;
    let (cluster, topics) = fetch::topics(&client, &request.selection, false).await?;
    let absent = |topic: &Topic| topic.error.as_ref().is_some_and(|e| e.code == NO_SUCH_TOPIC);
    let (gone, there): (Vec<Topic>, Vec<Topic>) =
        topics.into_iter().partition(|topic| request.if_exists && absent(topic));
    fetch::all_there(&client, &there).await?;
    if there.is_empty() {
        context.ui.note("no topic matches, nothing was deleted");
    }
    let dirs = fetch::log_dirs(context, &client, &cluster, Some(&there)).await;
    fetch::warn_of_missing_brokers(context, &cluster, &there);
    let sizes = fetch::sizes(&there, &dirs);
    let size = |topic: &Topic| sizes.get(topic.name.as_str()).copied();
    let mut items: Vec<Item<WrittenTopic>> =
        there.iter().map(|topic| item(topic, size(topic))).collect();
    let mut unknown = None;
    if !there.is_empty() {
        show(context, &client, &there, &items).await;
    }
    if !request.dry_run && !there.is_empty() {
        context.confirm(&question(&items))?;
        context.stop.begin_writing();
        let client = client.until(context.deadline());
        let names: Vec<Name> = there.iter().map(|topic| topic.name.clone()).collect();
        let deleted = client.delete_topics(&names).await;
        let (fates, error) = told(deleted, names.len(), Status::Deleted)?;
        unknown = error;
        for (item, told) in items.iter_mut().zip(fates) {
            item.status = told.fate;
            item.error = told.error;
        }
    }
    items.extend(gone.iter().map(|topic| Item { status: Status::Absent, ..item(topic, None) }));
    let result = WriteResult::new(cluster.id, request.dry_run, items);
    let error = unknown.or_else(|| summary(&client, ("delete", "topic"), NEEDS, &result));
    Ok(Outcome::report(result).with_error(error))
}

fn item(topic: &Topic, size: Option<u64>) -> Item<WrittenTopic> {
    let there = topic.error.is_none();
    Item {
        subject: WrittenTopic {
            name: topic.name.to_string(),
            topic_id: topic.id,
            partition_count: there.then_some(topic.partitions.len()),
            replication_factor: there.then(|| topic.replication_factor()),
            size_bytes: size,
            ..WrittenTopic::default()
        },
        action: Action::Delete,
        status: Status::Planned,
        error: None,
    }
}

fn question(items: &[Item<WrittenTopic>]) -> String {
    let size: Option<u64> = items.iter().map(|item| item.subject.size_bytes).sum();
    let what = match items {
        [one] => format!("topic `{}`", visible(&one.subject.name)),
        many => format!("these {} topics", many.len()),
    };
    match size {
        Some(size) => format!("Delete {what} with {} of data?", bytes(size)),
        None => format!("Delete {what} with all data?"),
    }
}

/// Shows size, last write and who has committed offsets there, as far as that is known.
async fn show(
    context: &Context<'_>,
    client: &Client,
    topics: &[Topic],
    items: &[Item<WrittenTopic>],
) {
    let (writes, groups) =
        tokio::join!(last_writes(client, topics), super::committed::groups(client, topics));
    let LastWrites { times, incomplete } = writes;
    let mut table = Table::new(
        vec![
            Column::text("TOPIC"),
            Column::number("PARTITIONS"),
            Column::number("SIZE"),
            Column::text("LAST-WRITE"),
            Column::text("GROUPS"),
        ],
        "",
    );
    let now = (context.now)();
    for (topic, item) in topics.iter().zip(items) {
        let name = topic.name.as_str();
        table.push(vec![
            name.into(),
            topic.partitions.len().to_string().into(),
            item.subject.size_bytes.map_or("-".into(), |size| bytes(size).into()),
            super::written_at::shown(times.get(name).copied(), incomplete, now).into(),
            listed(groups.as_ref(), &topic.name).into(),
        ]);
    }
    let mut lines = Vec::new();
    if topics.iter().any(|topic| topic.internal) {
        let text = "Kafka's own topics are among them: what they hold (offsets, transactions) is lost for all";
        lines.push(Line::styled(Style::Bad, text));
    }
    context.ui.show(&[Block::Table(table), Block::Lines(lines)]);
}

/// `audit, billing and 3 groups more`.
fn listed(committed: Option<&Committed>, topic: &Name) -> String {
    const SHOWN: usize = 5;
    let Some(Committed { groups, complete }) = committed else { return "not known".to_owned() };
    let Some(groups) = groups.get(topic) else {
        return if *complete { "none" } else { "not known" }.to_owned();
    };
    let shown: Vec<_> = groups.iter().take(SHOWN).map(|group| visible(group)).collect();
    let mut text = shown.join(", ");
    if groups.len() > SHOWN {
        text.push_str(&format!(" and {} more", count(groups.len() - SHOWN, "group")));
    }
    if !complete {
        text.push_str(" and those that you may not describe");
    }
    text
}
