//! Whether a coordinator still holds an open transaction: one that none holds hangs, because nobody
//! will ever end it.

use std::collections::{HashMap, HashSet};

use crate::commands::written::{Needs, grant};
use crate::error::{Error, Result};
use crate::kafka::{Client, Producer, Transaction, TransactionFilter};
use crate::model::{Name, TopicPartition};

/// An open transaction in a partition, and its producer.
#[derive(Debug, Clone)]
pub struct Open {
    pub partition: TopicPartition,
    pub producer: Producer,
    /// Where it begins.
    pub start: i64,
}

/// What the coordinators know of open transactions.
pub struct Held {
    ids: HashMap<i64, Name>,
    transactions: HashMap<Name, Transaction>,
    /// Why the answer may be wrong: a coordinator could not be asked.
    pub unsure: Option<Error>,
}

impl Held {
    /// Asks all coordinators about the producers of `open`.
    pub async fn fetch(client: &Client, open: &[Open]) -> Result<Self> {
        let producers: HashSet<i64> = open.iter().map(|one| one.producer.producer_id).collect();
        let mut held = Self { ids: HashMap::new(), transactions: HashMap::new(), unsure: None };
        if producers.is_empty() {
            return Ok(held);
        }
        let filter = TransactionFilter {
            producer_ids: producers.into_iter().collect(),
            ..TransactionFilter::default()
        };
        let listed = client.list_transactions(&filter).await?;
        held.unsure = listed.silent.into_iter().next().map(|(_, error)| error);
        let ids: Vec<Name> =
            listed.transactions.iter().map(|one| one.transactional_id.clone()).collect();
        held.ids.extend(
            listed.transactions.into_iter().map(|one| (one.producer_id, one.transactional_id)),
        );
        for (id, described) in ids.iter().zip(client.describe_transactions(&ids).await?) {
            match described {
                Ok(transaction) => drop(held.transactions.insert(id.clone(), transaction)),
                Err(error) => held.unsure = held.unsure.or(Some(error)),
            }
        }
        Ok(held)
    }

    /// The transactional id of a producer, where a coordinator knows it.
    pub fn id(&self, producer_id: i64) -> Option<&Name> {
        self.ids.get(&producer_id)
    }

    /// The transaction that is under way at a coordinator and has this partition in it.
    pub fn holder(&self, open: &Open) -> Option<&Transaction> {
        let transaction = self.transactions.get(self.id(open.producer.producer_id)?)?;
        transaction.partitions.contains(&open.partition).then_some(transaction)
    }
}

/// To see producers takes READ on their topics.
const NEEDS: Needs = Needs { operation: "read", flag: "--topic" };

/// The producers of each partition; the error of one names the ACL that would help.
pub async fn producers(
    client: &Client,
    partitions: &[TopicPartition],
) -> Result<Vec<Result<Vec<Producer>>>> {
    let answers = client.describe_producers(partitions).await?;
    let helped = |(partition, answer): (&TopicPartition, Result<Vec<Producer>>)| {
        answer.map_err(|error| {
            let code = error.kafka_error().map_or(0, |kafka| kafka.code);
            let hint = grant(client, NEEDS, code, &partition.topic);
            hint.into_iter().fold(error, Error::hint)
        })
    };
    Ok(partitions.iter().zip(answers).map(helped).collect())
}

/// The open transactions among the producers of a partition.
pub fn open(partition: &TopicPartition, producers: &[Producer]) -> Vec<Open> {
    let open = |producer: &Producer| {
        let start = producer.transaction_start?;
        Some(Open { partition: partition.clone(), producer: *producer, start })
    };
    producers.iter().filter_map(open).collect()
}
