//! `topic add-partitions`: more partitions (CreatePartitions; needs ALTER on each topic).

use super::fetch;
use crate::commands::written::{Needs, summary, told};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::Growth;
use crate::model::visible;
use crate::report::topic_write::WrittenTopic;
use crate::report::write::{Action, Item, Status, WriteResult};
use crate::report::{Block, Line, Style};
use crate::topic::Topic;
use crate::topic::select::Selection;

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The topics.
    pub names: Vec<String>,
    /// How many partitions each has afterwards.
    pub total: usize,
    /// The brokers of each new partition; Kafka chooses when empty.
    pub assignment: Vec<Vec<i32>>,
    /// Have the broker check, and add nothing.
    pub dry_run: bool,
}

const NEEDS: Needs = Needs { operation: "alter", flag: "--topic" };

/// Shows what comes, warns about keys, asks, adds.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if !request.dry_run {
        context.may_write()?;
    }
    let client = context.connect().await?;
    let selection = Selection { names: request.names.clone(), ..Selection::default() };
    let (cluster, topics) = fetch::topics(&client, &selection, false).await?;
    fetch::all_there(&client, &topics).await?;
    for topic in &topics {
        check(topic, request)?;
    }
    let growing: Vec<&Topic> =
        topics.iter().filter(|topic| topic.partitions.len() < request.total).collect();
    if !growing.is_empty() {
        context.ui.warn(
            "records with one key may go to another partition than before: their order is lost for \
             readers across the change, and compacted topics keep the old value in the old partition",
        );
    }
    if !request.dry_run && !growing.is_empty() {
        let lines = growing.iter().map(|topic| {
            Line::styled(
                Style::Added,
                format!(
                    "  + {}: {} → {} partitions",
                    visible(&topic.name),
                    topic.partitions.len(),
                    request.total
                ),
            )
        });
        context.ui.show(&[Block::Lines(lines.collect())]);
        context.confirm("Add these partitions? They cannot be taken away again.")?;
        context.stop.begin_writing();
    }
    let client = client.until(context.deadline());
    let growths: Vec<Growth> = growing
        .iter()
        .map(|topic| Growth {
            topic: topic.name.to_string(),
            total: i32::try_from(request.total).unwrap_or(i32::MAX),
            assignment: request.assignment.clone(),
        })
        .collect();
    let well = if request.dry_run { Status::Planned } else { Status::Altered };
    let grown = client.create_partitions(&growths, request.dry_run).await;
    let (fates, unknown) = told(grown, growths.len(), well)?;
    let mut fates = growths.iter().map(|growth| growth.topic.as_str()).zip(fates);
    let items = topics.iter().map(|topic| {
        let smaller = topic.partitions.len() < request.total;
        let told = if smaller { fates.next() } else { None };
        let (status, error) = told.map_or((Status::Unchanged, None), |(_, t)| (t.fate, t.error));
        item(topic, request.total, status, error)
    });
    let result = WriteResult::new(cluster.id, request.dry_run, items.collect());
    let error =
        unknown.or_else(|| summary(&client, ("add partitions to", "topic"), NEEDS, &result));
    Ok(Outcome::report(result).with_error(error))
}

fn check(topic: &Topic, request: &Request) -> Result<()> {
    let (name, has) = (visible(&topic.name), topic.partitions.len());
    if has > request.total {
        return Err(Error::invalid(format!(
            "topic `{name}` has {has} partitions, and `--total {}` is less",
            request.total
        ))
        .hint("partitions cannot be taken away: a topic with fewer has to be a new one"));
    }
    let new = request.total - has;
    if !request.assignment.is_empty() && new > 0 && request.assignment.len() != new {
        return Err(Error::invalid(format!(
            "`--assignment` names {} partitions, and topic `{name}` gets {new}",
            request.assignment.len()
        ))
        .hint("it names the brokers of the new partitions only"));
    }
    Ok(())
}

fn item(
    topic: &Topic,
    total: usize,
    status: Status,
    error: Option<crate::report::acl_write::ItemError>,
) -> Item<WrittenTopic> {
    let has = topic.partitions.len();
    Item {
        subject: WrittenTopic {
            name: topic.name.to_string(),
            topic_id: topic.id,
            partition_count: Some(total),
            old_partition_count: Some(has).filter(|has| *has != total),
            replication_factor: Some(topic.replication_factor()),
            ..WrittenTopic::default()
        },
        action: Action::Alter,
        status,
        error,
    }
}
