//! `cluster unregister-broker`: forgets a broker that is gone for good (UnregisterBroker; needs ALTER on the cluster).
//! Controllers do not tell what lies on it; whether it is there the quorum knows (DescribeQuorum).

use super::voters::CURRENT_MS;
use crate::commands::settle::settle;
use crate::commands::topic::fetch;
use crate::commands::written::{Needs, foreseen, summary, told};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::{Broker, Client};
use crate::report::membership::WrittenBroker;
use crate::report::units::count;
use crate::report::write::{Action, Item, Status, WriteResult};
use crate::report::{Block, Line, Style};
use crate::topic::Topic;

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// `node.id`.
    pub id: i32,
    /// Everything but the writing.
    pub dry_run: bool,
}

const NEEDS: Needs = Needs { operation: "alter", flag: "--cluster" };

/// Looks at whether anything still needs it, asks, unregisters it.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let id = request.id;
    if !request.dry_run {
        context.may_write()?;
    }
    let client = context.connect().await?;
    let cluster_id = not_needed(&client, id).await?;
    let known = if client.talks_to_controllers() {
        context.ui.warn(&format!(
            "not looked at: whether broker {id} still has replicas, which controllers do not tell"
        ));
        None
    } else {
        let (known, unseen) = tokio::join!(registration(&client, id), fetch::unseen(&client));
        let known = known?;
        if let Some(unseen) = unseen {
            context.ui.warn(&format!("not looked at: {unseen}"));
        }
        known
    };
    let address = known.map(|broker| format!("{}:{}", broker.host, broker.port));
    let broker = WrittenBroker { id, address };
    if request.dry_run {
        let items = vec![Item::new(broker, Action::Delete, Status::Planned)];
        let result = WriteResult::new(cluster_id, true, items);
        let refused = foreseen(&client, "unregister a broker", &result).await;
        return Ok(Outcome::report(result).with_error(refused));
    }
    let line = format!("- broker {id} {}", broker.address.as_deref().unwrap_or_default());
    context
        .preview(&[Block::Lines(vec![Line::styled(Style::Removed, line.trim_end().to_owned())])]);
    context.confirm(&format!("Unregister broker {id}? The cluster forgets it."))?;
    let client = client.until(context.deadline());
    // Whoever was asked may have taken their time: it may be back, or have got replicas.
    not_needed(&client, id).await?;
    context.stop.begin_writing();
    let (fates, lost) = told(client.unregister_broker(id).await, 1, Status::Deleted)?;
    let mut items = vec![Item::new(broker, Action::Delete, Status::Deleted)];
    for (item, told) in items.iter_mut().zip(fates) {
        (item.status, item.error) = (told.fate, told.error);
    }
    if items.iter().all(|item| item.status == Status::Deleted) {
        settle(context, &client, async |client| {
            Ok(client.fenced_brokers().await?.iter().all(|broker| broker.id != id))
        })
        .await;
    }
    let result = WriteResult::new(cluster_id, false, items);
    let error = lost.or_else(|| summary(&client, ("unregister", "broker"), NEEDS, &result));
    Ok(Outcome::report(result).with_error(error))
}

/// The id of the cluster, which has no such broker alive and no replica on it that can be seen.
async fn not_needed(client: &Client, id: i32) -> Result<Option<String>> {
    if client.talks_to_controllers() {
        return of_controllers(client, id).await;
    }
    let (cluster, topics) = client.cluster_and_topics(None, false).await?;
    if cluster.brokers.iter().any(|broker| broker.id == id) {
        return Err(is_alive(id));
    }
    check_replicas(id, &topics)?;
    Ok(cluster.id)
}

/// The same where controllers tell it: a broker that is there follows the metadata.
async fn of_controllers(client: &Client, id: i32) -> Result<Option<String>> {
    let (cluster, quorum) = tokio::join!(client.describe_cluster(), client.describe_quorum());
    let quorum = quorum?;
    match quorum.is_there(id, CURRENT_MS) {
        Some(true) => Err(is_alive(id)),
        Some(false) => Ok(cluster?.id),
        None => Err(Error::refused(format!("not known whether broker {id} is alive"))
            .caused_by("the leader of the quorum does not tell when it last asked for metadata")
            .hint("run it again in a moment, or ask brokers (`-b`)")),
    }
}

fn is_alive(id: i32) -> Error {
    Error::refused(format!("broker {id} is alive"))
        .hint(format!("move its replicas away (`kward reassign apply --drain {id}`) and stop it"))
}

/// The broker as the cluster knows it; `None` where the brokers do not tell of those that are not there.
async fn registration(client: &Client, id: i32) -> Result<Option<Broker>> {
    if !client.tells_of_fenced_brokers().await? {
        return Ok(None);
    }
    let fenced = client.fenced_brokers().await?;
    match fenced.into_iter().find(|broker| broker.id == id) {
        Some(broker) => Ok(Some(broker)),
        None => Err(Error::failed(format!("no broker {id} is registered"))
            .hint("`kward cluster brokers` lists those that are alive, and those that replicas are missing on")),
    }
}

/// What lies on it is lost to the partitions that count on it.
fn check_replicas(id: i32, topics: &[Topic]) -> Result<()> {
    let on_it = |topic: &&Topic| topic.partitions.iter().any(|p| p.replicas.contains(&id));
    let held: Vec<&Topic> = topics.iter().filter(on_it).collect();
    let replicas = held.iter().flat_map(|topic| &topic.partitions);
    let replicas = replicas.filter(|partition| partition.replicas.contains(&id)).count();
    if replicas == 0 {
        return Ok(());
    }
    Err(Error::refused(format!(
        "broker {id} still has {} of {}",
        count(replicas, "replica"),
        count(held.len(), "topic")
    ))
    .hint(format!("move them to others first: `kward reassign apply --drain {id}`")))
}
