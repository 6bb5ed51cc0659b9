//! Transactions (KIP-664): `ListTransactions` (66) of every broker, `DescribeTransactions` (65) of
//! their coordinators, which need DESCRIBE on the transactional ids; and their end by `InitProducerId` (22), which
//! needs WRITE.

use std::collections::HashMap;

use kafka_protocol::messages::{
    DescribeTransactionsRequest, InitProducerIdRequest, ListTransactionsRequest, ProducerId,
    TransactionalId,
};
use kafka_protocol::protocol::{StrBytes, VersionRange};

use crate::error::{Error, KafkaError, Kind, Result};
use crate::model::{Name, TopicPartition, visible};

use super::acls::ItemResult;
use super::client::Client;
use super::cluster::Broker;
use super::codes::kafka_error;
use super::connection::Reply;
use super::reader::{Malformed, Reader};
use super::spread::Spread;

/// What `FindCoordinator` calls the coordinators of transactions.
const TRANSACTION: i8 = 1;
/// A transaction of that id is being begun or ended.
const CONCURRENT_TRANSACTIONS: i16 = 51;
/// Since this version, the broker filters by age (KIP-994).
const BY_AGE: i16 = 1;

/// Which transactions a list has. Empty lists mean all.
#[derive(Debug, Clone, Default)]
pub struct TransactionFilter {
    /// `Ongoing`, `CompleteCommit`, …
    pub states: Vec<String>,
    /// These producers.
    pub producer_ids: Vec<i64>,
    /// Running longer than this, in milliseconds; brokers from 3.8 (KIP-994).
    pub longer_than_ms: Option<i64>,
}

/// A transactional id as its coordinator lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedTransaction {
    /// The id.
    pub transactional_id: Name,
    /// The producer that uses it.
    pub producer_id: i64,
    /// `Ongoing`, `Empty`, `CompleteCommit`, …
    pub state: String,
    /// The broker that coordinates it.
    pub coordinator: i32,
}

/// What the brokers list.
#[derive(Debug, Default)]
pub struct ListedTransactions {
    /// By transactional id.
    pub transactions: Vec<ListedTransaction>,
    /// Brokers that did not answer: what they coordinate is missing.
    pub silent: Vec<(i32, Error)>,
    /// States that a broker does not know.
    pub unknown_states: Vec<String>,
}

/// A transaction as its coordinator describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// The id.
    pub transactional_id: Name,
    /// `Ongoing`, `Empty`, `CompleteCommit`, …
    pub state: String,
    /// After how long the coordinator aborts it, in milliseconds.
    pub timeout_ms: i32,
    /// When it began, in milliseconds since 1970; `None` when none is under way.
    pub started_ms: Option<i64>,
    /// The producer that uses it.
    pub producer_id: i64,
    /// Its epoch.
    pub producer_epoch: i16,
    /// The partitions that it has written to and that have no marker yet.
    pub partitions: Vec<TopicPartition>,
}

impl Client {
    /// The transactional ids that the caller may describe.
    pub async fn list_transactions(
        &self,
        filter: &TransactionFilter,
    ) -> Result<ListedTransactions> {
        let make = |version: i16| {
            let request = ListTransactionsRequest::default()
                .with_state_filters(filter.states.iter().map(|state| text(state)).collect())
                .with_producer_id_filters(
                    filter.producer_ids.iter().map(|id| ProducerId(*id)).collect(),
                );
            match filter.longer_than_ms {
                Some(age) if version >= BY_AGE => request.with_duration_filter(age),
                _ => request,
            }
        };
        let mut listed = ListedTransactions::default();
        let brokers = self.describe_cluster().await?.brokers;
        for (broker, answer) in self.ask_each::<_, ListReply>(&brokers, make).await {
            match answer.and_then(|reply| reply.of(&broker, filter)) {
                Ok((transactions, unknown)) => {
                    listed.transactions.extend(transactions);
                    listed.unknown_states.extend(unknown);
                }
                Err(error) => listed.silent.push((broker.id, error)),
            }
        }
        listed.transactions.sort_by(|a, b| a.transactional_id.cmp(&b.transactional_id));
        listed.unknown_states.sort_unstable();
        listed.unknown_states.dedup();
        Ok(listed)
    }

    /// Describes transactions, one result for each id, in their order.
    pub async fn describe_transactions(&self, ids: &[Name]) -> Result<Vec<Result<Transaction>>> {
        self.spread(&Describe, ids).await
    }

    /// Aborts what is open under each of these ids, and fences whoever uses it
    /// (`Admin.forceTerminateTransaction`, KIP-939; `Admin.fenceProducers` before Kafka 4.3).
    ///
    /// An item with an error of [`Kind::Unfinished`](crate::error::Kind::Unfinished) has an unknown outcome.
    pub async fn terminate_transactions(&self, ids: &[Name]) -> Result<Vec<Result<()>>> {
        self.spread(&Terminate, ids).await
    }

    /// The brokers that coordinate these transactional ids.
    pub async fn transaction_coordinators(&self, ids: &[Name]) -> Result<Vec<ItemResult<i32>>> {
        let ids: Vec<&Name> = ids.iter().collect();
        self.locate_transactions(&ids).await
    }

    async fn locate_transactions(&self, ids: &[&Name]) -> Result<Vec<ItemResult<i32>>> {
        let mut wanted = ids.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        let found: HashMap<Name, ItemResult<i32>> =
            self.find_coordinators(TRANSACTION, &wanted).await?.into_iter().collect();
        let left_out = || kafka_error(-1, Some("the broker left it out")).expect("not 0");
        let of = |id: &&Name| found.get(*id).cloned().unwrap_or_else(|| Err(left_out()));
        Ok(ids.iter().map(of).collect())
    }
}

fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

/// The answer to `ListTransactions`.
struct ListReply {
    version: i16,
    error: Option<KafkaError>,
    unknown_states: Vec<String>,
    transactions: Vec<(Name, i64, String)>,
}

impl ListReply {
    fn of(
        self,
        broker: &Broker,
        filter: &TransactionFilter,
    ) -> Result<(Vec<ListedTransaction>, Vec<String>)> {
        let failed = || Error::failed(format!("broker {} does not list transactions", broker.id));
        if let Some(error) = self.error {
            return Err(failed().kafka(error));
        }
        if filter.longer_than_ms.is_some() && self.version < BY_AGE {
            return Err(Error::failed(format!(
                "broker {} cannot tell how long transactions run: it is older than Kafka 3.8 (KIP-994)",
                broker.id
            ))
            .hint("without `--older-than` it lists them; `kward transaction describe` tells when one began"));
        }
        let listed = |(transactional_id, producer_id, state)| ListedTransaction {
            transactional_id,
            producer_id,
            state,
            coordinator: broker.id,
        };
        Ok((self.transactions.into_iter().map(listed).collect(), self.unknown_states))
    }
}

impl Reply for ListReply {
    const VERSIONS: VersionRange = VersionRange { min: 0, max: 2 };

    fn read(reader: &mut Reader<'_>, version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let error = kafka_error(reader.i16()?, None);
        let unknown_states = reader.items(1, |reader| Ok(reader.string()?.to_owned()))?;
        let transactions = reader.items(11, |reader| {
            let id = Name::from(reader.string()?);
            let producer = reader.i64()?;
            let state = reader.string()?.to_owned();
            reader.tags()?;
            Ok((id, producer, state))
        })?;
        reader.tags()?;
        Ok(Self { version, error, unknown_states, transactions })
    }

    fn failure(&self) -> Option<&KafkaError> {
        self.error.as_ref()
    }
}

/// What every call about transactions says of who serves them.
macro_rules! of_transaction {
    () => {
        fn name(&self, item: &Name) -> String {
            format!("transaction `{}`", visible(item))
        }

        async fn locate(&self, client: &Client, items: &[&Name]) -> Result<Vec<ItemResult<i32>>> {
            client.locate_transactions(items).await
        }

        /// They are looked up each time.
        fn forget(&self, _client: &Client, _item: &Name) {}
    };
}

struct Describe;

impl Spread for Describe {
    type Item = Name;
    type Request = DescribeTransactionsRequest;
    type Reply = DescribeReply;
    type Answer = Transaction;

    const WHAT: &'static str = "describe";

    of_transaction!();

    fn most(&self, _version: i16) -> usize {
        1_000
    }

    fn request(&self, items: &[&Name], _version: i16) -> DescribeTransactionsRequest {
        let ids = items.iter().map(|id| TransactionalId(text(id))).collect();
        DescribeTransactionsRequest::default().with_transactional_ids(ids)
    }

    fn answers(
        &self,
        reply: DescribeReply,
        items: &[&Name],
    ) -> Vec<Option<ItemResult<Transaction>>> {
        let mut found: HashMap<Name, ItemResult<Transaction>> = reply.0.into_iter().collect();
        items.iter().map(|item| found.remove(*item)).collect()
    }
}

struct Terminate;

impl Spread for Terminate {
    type Item = Name;
    type Request = InitProducerIdRequest;
    type Reply = InitReply;
    type Answer = ();

    const WHAT: &'static str = "terminate";
    const WRITES: bool = true;

    of_transaction!();

    fn most(&self, _version: i16) -> usize {
        1
    }

    fn request(&self, items: &[&Name], _version: i16) -> InitProducerIdRequest {
        let id = items.first().map(|id| TransactionalId(text(id)));
        InitProducerIdRequest::default()
            .with_transactional_id(id)
            // As Kafka's own client does: nobody will write with it.
            .with_transaction_timeout_ms(1)
            .with_producer_id(ProducerId(-1))
            .with_producer_epoch(-1)
    }

    fn refused(&self, _client: &Client, item: &Name, error: KafkaError) -> Error {
        let name = self.name(item);
        if error.code != CONCURRENT_TRANSACTIONS {
            return Error::failed(format!("cannot {} {name}", Self::WHAT)).kafka(error);
        }
        // The coordinator answers so until the partitions have the end of it.
        Error::new(Kind::Unfinished, format!("{name} is being ended, and that takes longer"))
            .kafka(error)
            .hint(
                "its producer is fenced, unless it was ending it itself; the coordinator goes on until every partition of it has a leader and the \
                 end: `kward topic describe --offline` shows what has none, `kward transaction describe` whether it \
                 is over",
            )
    }

    fn answers(&self, reply: InitReply, items: &[&Name]) -> Vec<Option<ItemResult<()>>> {
        items.iter().map(|_| Some(reply.0.clone().map_or(Ok(()), Err))).collect()
    }
}

/// The answer to `InitProducerId`: why the producer was not fenced.
pub(super) struct InitReply(Option<KafkaError>);

impl Reply for InitReply {
    const VERSIONS: VersionRange = VersionRange { min: 3, max: 5 };

    fn read(reader: &mut Reader<'_>, _version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let error = kafka_error(reader.i16()?, None);
        let _producer_id = reader.i64()?;
        let _producer_epoch = reader.i16()?;
        reader.tags()?;
        Ok(Self(error))
    }

    fn failure(&self) -> Option<&KafkaError> {
        None
    }
}

/// The answer to `DescribeTransactions`.
pub(super) struct DescribeReply(Vec<(Name, ItemResult<Transaction>)>);

impl Reply for DescribeReply {
    const VERSIONS: VersionRange = VersionRange { min: 0, max: 0 };

    fn read(reader: &mut Reader<'_>, _version: i16) -> std::result::Result<Self, Malformed> {
        reader.throttle()?;
        let transactions = reader.items(28, |reader| {
            let error = kafka_error(reader.i16()?, None);
            let transactional_id = Name::from(reader.string()?);
            let state = reader.string()?.to_owned();
            let timeout_ms = reader.i32()?;
            let started_ms = Some(reader.i64()?).filter(|time| *time >= 0);
            let producer_id = reader.i64()?;
            let producer_epoch = reader.i16()?;
            let mut partitions = Vec::new();
            for _ in 0..reader.array(3)? {
                let topic = Name::from(reader.string()?);
                for _ in 0..reader.array(4)? {
                    partitions.push(TopicPartition::new(topic.clone(), reader.i32()?));
                }
                reader.tags()?;
            }
            reader.tags()?;
            partitions.sort_unstable();
            let transaction = Transaction {
                transactional_id: transactional_id.clone(),
                state,
                timeout_ms,
                started_ms,
                producer_id,
                producer_epoch,
                partitions,
            };
            Ok((transactional_id, error.map_or(Ok(transaction), Err)))
        })?;
        reader.tags()?;
        Ok(Self(transactions))
    }

    fn failure(&self) -> Option<&KafkaError> {
        None
    }
}
