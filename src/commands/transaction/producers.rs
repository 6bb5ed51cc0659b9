//! `transaction producers`: who writes to partitions with ids of producers, as their leaders know it
//! (DescribeProducers, KIP-664; READ on the topics).

use super::find_hanging::{self, nothing, partitions};
use super::held::producers;
use super::time;
use crate::commands::acl::cluster_id;
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::kafka::Producer;
use crate::model::{Name, TopicPartition};
use crate::report::transaction::{ListedProducer, ProducerList};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Of these topics,
    pub topics: Vec<Name>,
    /// this partition, or all.
    pub partition: Option<i32>,
}

/// Lists them. A partition that cannot be looked at is a failure beside what the others hold.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let client = context.connect().await?;
    let Request { topics, partition } = request.clone();
    let which = find_hanging::Request { topics, partition, ..find_hanging::Request::default() };
    let (partitions, cluster_id) = tokio::join!(partitions(&client, &which), cluster_id(&client));
    let partitions = partitions?;
    if partitions.is_empty() {
        nothing(context, &client, &which).await?;
    }
    let mut items = Vec::new();
    let mut failure = None;
    for (partition, answer) in partitions.iter().zip(producers(&client, &partitions).await?) {
        match answer {
            Ok(producers) => items.extend(producers.iter().map(|one| listed(partition, one))),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    items.sort_by(|a, b| {
        (&a.topic, a.partition, a.producer_id).cmp(&(&b.topic, b.partition, b.producer_id))
    });
    let complete = failure.is_none();
    Ok(Outcome::report(ProducerList { cluster_id: cluster_id?, complete, items })
        .with_error(failure))
}

fn listed(partition: &TopicPartition, producer: &Producer) -> ListedProducer {
    ListedProducer {
        topic: partition.topic.clone(),
        partition: partition.partition,
        producer_id: producer.producer_id,
        producer_epoch: producer.producer_epoch,
        last_sequence: producer.last_sequence,
        last_write_at: producer.last_timestamp.and_then(time),
        coordinator_epoch: producer.coordinator_epoch,
        transaction_start_offset: producer.transaction_start,
    }
}
