//! `topic delete`: topics with everything in them, after showing what that is (DeleteTopics; needs
//! DELETE on each topic).

use std::collections::BTreeMap;

use super::committed::Committed;
use super::fetch;
use super::refusals::{Refusals, judged};
use super::written_at::{LastWrites, last_writes};
use crate::commands::settle::settle_topics;
use crate::commands::written::{Needs, summary, told};
use crate::commands::{Context, Outcome};
use crate::error::{AGAIN_IS_SAFE, Result};
use crate::kafka::Client;
use crate::model::{Name, Operation, Time, TopicId, visible};
use crate::report::topic_write::{LastWrite, WrittenTopic};
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

/// What to do where it is not known what is gone.
const AGAIN: &str = "the topic may be gone: run it again with `--if-exists`";
const NEEDS: Needs = Needs { operation: "delete", flag: "--topic" };

/// Shows what goes, asks, deletes.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if !request.dry_run {
        context.may_write()?;
    }
    let client = context.connect().await?;
    let (cluster, mut topics, left_out) =
        fetch::topics_and_left_out(&client, &request.selection, true).await?;
    match fetch::no_such_id(&request.selection.ids, &topics) {
        Some(error) if request.if_exists => context.ui.note(error.message()),
        Some(error) => return Err(error),
        None => {}
    }
    fetch::note_adding(context, &client, &mut topics).await;
    let (gone, meant): (Vec<Topic>, Vec<Topic>) =
        topics.into_iter().partition(|topic| request.if_exists && fetch::is_absent(topic));
    let refusals = Refusals::of(&client, &meant, NEEDS).await;
    let dirs = fetch::log_dirs(context, &client.with_half(), &cluster, Some(&meant)).await;
    fetch::warn_of_missing_brokers(context, &cluster, &meant);
    let sizes = fetch::sizes(&meant, &dirs);
    let size = |topic: &Topic| sizes.get(topic.name.as_str()).copied();
    let mut items: Vec<Item<WrittenTopic>> = meant
        .iter()
        .map(|topic| judged(item(topic, size(topic)), topic, Operation::Delete))
        .collect();
    let going: Vec<usize> =
        (0..items.len()).filter(|at| items[*at].status == Status::Planned).collect();
    if let Some(text) = fetch::of_left_out(&left_out) {
        context.ui.note(&text);
    } else if meant.is_empty() && request.selection.ids.is_empty() {
        context.ui.note("no topic matches, nothing was deleted");
    }
    let Selection { prefix, pattern, .. } = &request.selection;
    if prefix.is_some() || pattern.is_some() {
        fetch::warn_of_unseen(context, &client).await;
    }
    let mut unknown = None;
    if !going.is_empty() {
        refusals.warn(context);
        let shown: Vec<(&Topic, Option<u64>)> =
            going.iter().map(|at| (&meant[*at], size(&meant[*at]))).collect();
        let used = Used::look(&client, &shown).await;
        used.show(context, &shown);
        for at in &going {
            used.tell(&mut items[*at].subject);
        }
        if !request.dry_run {
            context.confirm(&question(&shown))?;
            context.stop.begin_writing();
            let client = client.until(context.deadline());
            let names: Vec<Name> = going.iter().map(|at| meant[*at].name.clone()).collect();
            let ids = going.iter().filter_map(|at| meant[*at].id);
            let ids: Vec<TopicId> = ids.filter(|_| !request.selection.ids.is_empty()).collect();
            let deleted = match ids[..] {
                [] => client.delete_topics(&names).await,
                _ => client.delete_topics_by_id(&ids).await,
            };
            let (fates, error) = told(deleted, names.len(), Status::Deleted)?;
            unknown = error;
            for (at, told) in going.into_iter().zip(fates) {
                (items[at].status, items[at].error) = (told.fate, told.error);
            }
            let deleted = items.iter().filter(|item| item.status == Status::Deleted);
            let ids: BTreeMap<Name, Option<TopicId>> =
                deleted.map(|i| (i.subject.name.as_str().into(), i.subject.topic_id)).collect();
            let names: Vec<Name> = ids.keys().cloned().collect();
            // Somebody may have made one of that name meanwhile.
            let is_gone = |topic: &Topic| ids.get(&topic.name) != Some(&topic.id);
            let is_gone = |topic: &Topic| fetch::is_absent(topic) || is_gone(topic);
            settle_topics(context, &client, &names, is_gone).await;
        }
    }
    items.extend(gone.iter().map(|topic| Item { status: Status::Absent, ..item(topic, None) }));
    let result = WriteResult::new(cluster.id, request.dry_run, items);
    let error = unknown.or_else(|| summary(&client, ("delete", "topic"), NEEDS, &result));
    let error = match error {
        Some(error) if !request.if_exists => Some(error.instead(AGAIN_IS_SAFE, AGAIN)),
        error => error,
    };
    let error = refusals.sum(result.items.len(), error);
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

fn question(topics: &[(&Topic, Option<u64>)]) -> String {
    let size: Option<u64> = topics.iter().map(|(_, size)| *size).sum();
    let what = match topics {
        [(one, _)] => format!("topic `{}`", visible(&one.name)),
        many => format!("these {} topics", many.len()),
    };
    match size {
        Some(size) => format!("Delete {what} with {} of data?", bytes(size)),
        None => format!("Delete {what} with all data?"),
    }
}

/// Last writes and who has committed offsets, as far as that is known.
struct Used<'a> {
    writes: LastWrites<'a>,
    groups: Option<Committed>,
}

impl<'a> Used<'a> {
    async fn look(client: &Client, shown: &[(&'a Topic, Option<u64>)]) -> Self {
        let topics: Vec<&Topic> = shown.iter().map(|(topic, _)| *topic).collect();
        let (writes, groups) =
            tokio::join!(last_writes(client, &topics), super::committed::groups(client, &topics));
        Self { writes, groups }
    }

    /// Into the item of a topic; what is not known stays absent.
    fn tell(&self, topic: &mut WrittenTopic) {
        topic.last_write = match self.writes.times.get(&*topic.name) {
            Some(time) => Some(LastWrite::At(Time(*time))),
            None => (!self.writes.incomplete).then_some(LastWrite::Never),
        };
        let Some(Committed { groups, complete }) = &self.groups else { return };
        let name = Name::from(topic.name.as_str());
        let groups = groups.get(&name).map(|groups| groups.iter().cloned().collect());
        topic.groups = groups.or_else(|| complete.then(Vec::new));
        topic.groups_complete = topic.groups.is_some().then_some(*complete);
    }

    fn show(&self, context: &Context<'_>, shown: &[(&Topic, Option<u64>)]) {
        let mut table = Table::new(
            vec![
                Column::text("TOPIC"),
                Column::number("PARTITIONS").keep(100),
                Column::number("SIZE"),
                Column::text("LAST-WRITE"),
                Column::text("GROUPS"),
            ],
            "",
        );
        let now = (context.now)();
        for (topic, size) in shown {
            let name = topic.name.as_str();
            table.push(vec![
                name.into(),
                topic.partitions.len().to_string().into(),
                size.map_or("-".into(), |size| bytes(size).into()),
                super::written_at::shown(
                    self.writes.times.get(name).copied(),
                    self.writes.incomplete,
                    now,
                )
                .into(),
                listed(self.groups.as_ref(), &topic.name).into(),
            ]);
        }
        let mut lines = Vec::new();
        if shown.iter().any(|(topic, _)| topic.internal) {
            let text = "Kafka's own topics are among them: what they hold (offsets, transactions) is lost for all";
            lines.push(Line::styled(Style::Bad, text));
        }
        context.ui.show(&[Block::Table(table), Block::Lines(lines)]);
    }
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

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use super::*;

    fn told(incomplete: bool, groups: Option<(&[(&str, &str)], bool)>) -> [serde_json::Value; 2] {
        let groups = groups.map(|(known, complete)| {
            let mut groups: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
            for (topic, group) in known {
                groups.entry((*topic).into()).or_default().insert((*group).into());
            }
            Committed { groups, complete }
        });
        let times = HashMap::from([("used", 1_764_338_400_120)]);
        let used = Used { writes: LastWrites { times, incomplete }, groups };
        ["used", "new"].map(|name| {
            let mut topic = WrittenTopic { name: name.to_owned(), ..WrittenTopic::default() };
            used.tell(&mut topic);
            serde_json::to_value(topic).unwrap()
        })
    }

    #[test]
    fn items_tell_who_uses_a_topic() {
        let [used, new] = told(false, Some((&[("used", "b"), ("used", "a")], true)));
        assert_eq!(used["lastWrite"], "2025-11-28T14:00:00.120Z");
        assert_eq!(
            (&used["groups"], &used["groupsComplete"]),
            (&["a", "b"][..].into(), &true.into())
        );
        // There is none, which is known.
        assert!(new["lastWrite"].is_null() && new.get("lastWrite").is_some());
        assert_eq!(new["groups"], serde_json::json!([]));
    }

    #[test]
    fn what_is_not_known_of_a_topic_is_absent() {
        let [used, new] = told(true, Some((&[("used", "a")], false)));
        assert_eq!((&used["groups"], &used["groupsComplete"]), (&["a"][..].into(), &false.into()));
        assert_eq!(new, serde_json::json!({ "name": "new" }));
        assert!(told(true, None)[0].get("groups").is_none());
    }
}
