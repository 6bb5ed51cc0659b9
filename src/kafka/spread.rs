//! Requests about many things that several brokers serve: the coordinators of groups, the leaders
//! of partitions, or every broker there is. One request for each broker, side by side; what a
//! broker no longer serves is looked up again.

use std::collections::BTreeMap;
use std::time::Instant;

use futures_util::future::join_all;

use crate::error::{Error, KafkaError, Result};

use super::acls::ItemResult;
use super::client::{Backoff, Client, PATIENCE, Purpose, Route};
use super::cluster::Broker;
use super::codes::{
    UNKNOWN_SERVER_ERROR, UNKNOWN_TOPIC_ID, UNKNOWN_TOPIC_OR_PARTITION, kafka_error,
};
use super::connection::Reply;
use super::failure;
use super::fault::{Fault, Outcome};
use super::frame::Ask;

/// How often requests to one broker may be lost with their connection.
const MOST_LOSSES: u32 = 5;

/// A kind of request about things that several brokers serve.
pub(super) trait Spread {
    /// One of the things.
    type Item;
    type Request: Ask;
    type Reply: Reply;
    /// What is answered about one of them.
    type Answer;

    /// In messages: `describe`.
    const WHAT: &'static str;
    /// Whether it changes something.
    const WRITES: bool = false;

    /// In messages: `` group `a` ``.
    fn name(&self, item: &Self::Item) -> String;

    /// Which broker serves each of them.
    async fn locate(&self, client: &Client, items: &[&Self::Item]) -> Result<Vec<ItemResult<i32>>>;

    /// Forgets who serves it, because that one says that it does not.
    fn forget(&self, client: &Client, item: &Self::Item);

    /// How many things fit into one request of this version.
    fn most(&self, version: i16) -> usize;

    /// The lowest version that knows what is asked, and the first release of Kafka that has it; `None` where
    /// every version does.
    fn least(&self) -> Option<(i16, &'static str)> {
        None
    }

    fn request(&self, items: &[&Self::Item], version: i16) -> Self::Request;

    /// What the answer says about each, in their order; `None` where it says nothing.
    fn answers(
        &self,
        reply: Self::Reply,
        items: &[&Self::Item],
    ) -> Vec<Option<ItemResult<Self::Answer>>>;

    /// The error of an item that the broker refused.
    fn refused(&self, client: &Client, item: &Self::Item, error: KafkaError) -> Error {
        let _ = client;
        Error::failed(format!("cannot {} {}", Self::WHAT, self.name(item))).kafka(error)
    }
}

/// Where the leader of a partition is asked: what [`Spread`] has to know of the items.
macro_rules! of_leader {
    ($item:ty, $partition:expr) => {
        fn name(&self, item: &$item) -> String {
            let partition: fn(&$item) -> &crate::model::TopicPartition = $partition;
            format!("partition `{}`", crate::model::visible(&partition(item).to_string()))
        }

        async fn locate(&self, client: &Client, items: &[&$item]) -> Result<Vec<ItemResult<i32>>> {
            let partition: fn(&$item) -> &crate::model::TopicPartition = $partition;
            client.leaders(&items.iter().map(|item| partition(item)).collect::<Vec<_>>()).await
        }

        fn forget(&self, client: &Client, item: &$item) {
            let partition: fn(&$item) -> &crate::model::TopicPartition = $partition;
            client.whereabouts().forget_leader(partition(item));
        }
    };
}
pub(super) use of_leader;

/// What became of one item in one round.
enum Round<T> {
    Done(ItemResult<T>),
    /// May be better in a moment.
    Again(Failed),
    Failed(Error),
}

/// Why an item is still open.
enum Failed {
    Refused(KafkaError),
    Lost(Fault),
}

impl Client {
    /// Asks about `items`; one result for each, in their order. What fails for a passing reason is
    /// tried again, with the broker looked up anew, until the deadline.
    ///
    /// An item of a write with an error of [`Kind::Unfinished`](crate::error::Kind::Unfinished)
    /// has an unknown outcome.
    pub(super) async fn spread<S: Spread>(
        &self,
        call: &S,
        items: &[S::Item],
    ) -> Result<Vec<Result<S::Answer>>> {
        let mut results: Vec<Option<Result<S::Answer>>> = items.iter().map(|_| None).collect();
        let mut open: Vec<usize> = (0..items.len()).collect();
        let mut backoff = Backoff::new();
        let mut losses = 0;
        let began = Instant::now();
        loop {
            let chosen: Vec<&S::Item> = open.iter().map(|at| &items[*at]).collect();
            let outcomes = self.round(call, &chosen).await?;
            let mut again = Vec::new();
            for (at, outcome) in open.drain(..).zip(outcomes) {
                match outcome {
                    Round::Done(Ok(answer)) => results[at] = Some(Ok(answer)),
                    Round::Done(Err(error)) => {
                        results[at] = Some(Err(call.refused(self, &items[at], error)));
                    }
                    Round::Failed(error) => results[at] = Some(Err(error)),
                    Round::Again(why) => again.push((at, why)),
                }
            }
            losses += u32::from(again.iter().any(|(_, why)| why.is_loss()));
            let patient = losses < MOST_LOSSES
                && !again.iter().all(|(_, why)| match why {
                    Failed::Refused(_) => why.is_vacancy() && began.elapsed() >= PATIENCE,
                    Failed::Lost(fault) => self.gives_up(fault, began),
                });
            if again.is_empty() || !patient || !backoff.pause(self.deadline()).await {
                for (at, why) in again {
                    results[at] = Some(Err(match why {
                        Failed::Refused(error) => call.refused(self, &items[at], error),
                        Failed::Lost(fault) => fault.error,
                    }));
                }
                break;
            }
            for (at, _) in again {
                call.forget(self, &items[at]);
                open.push(at);
            }
        }
        Ok(results.into_iter().flatten().collect())
    }

    /// Asks every broker once about its share of `items`.
    async fn round<S: Spread>(
        &self,
        call: &S,
        items: &[&S::Item],
    ) -> Result<Vec<Round<S::Answer>>> {
        let mut rounds: Vec<Option<Round<S::Answer>>> = items.iter().map(|_| None).collect();
        let mut shares: BTreeMap<i32, Vec<usize>> = BTreeMap::new();
        for (at, located) in call.locate(self, items).await?.into_iter().enumerate() {
            match located {
                Ok(broker) => shares.entry(broker).or_default().push(at),
                Err(error) => rounds[at] = Some(Round::of(Err(error))),
            }
        }
        let asked =
            shares.iter().map(|(broker, share)| self.ask_share(call, *broker, share, items));
        for (share, outcome) in join_all(asked).await.into_iter().flatten() {
            match outcome {
                Ok(reply) => {
                    let chosen: Vec<&S::Item> = share.iter().map(|at| items[*at]).collect();
                    let whole = reply.failure().cloned();
                    let answers = match whole {
                        Some(error) => share.iter().map(|_| Some(Err(error.clone()))).collect(),
                        None => call.answers(reply, &chosen),
                    };
                    for (at, answer) in share.into_iter().zip(answers) {
                        rounds[at] = Some(Round::of(answer.unwrap_or_else(left_out)));
                    }
                }
                Err(fault) => {
                    for at in share {
                        rounds[at] = Some(Self::lost::<S>(&fault));
                    }
                }
            }
        }
        Ok(rounds.into_iter().map(|round| round.unwrap_or_else(|| Round::of(left_out()))).collect())
    }

    fn lost<S: Spread>(fault: &Fault) -> Round<S::Answer> {
        if S::WRITES && fault.sent {
            return Round::Failed(failure::unknown_outcome(fault.error.clone(), S::WHAT));
        }
        if fault.is_passing() {
            Round::Again(Failed::Lost(fault.clone()))
        } else {
            Round::Failed(fault.error.clone())
        }
    }

    /// The requests to one broker, all of them at once.
    async fn ask_share<S: Spread>(
        &self,
        call: &S,
        broker: i32,
        share: &[usize],
        items: &[&S::Item],
    ) -> Vec<(Vec<usize>, Outcome<S::Reply>)> {
        let ready = async {
            let connection = self.broker_by_id(broker).await.map_err(|fault| fault.sent(false))?;
            let version = connection.version_for::<S::Request, S::Reply>()?;
            if let Some((least, release)) = call.least().filter(|(least, _)| version < *least) {
                let api = (S::Request::NAME, version);
                return Err(Fault::here(failure::before(&connection.name, api, least, release)));
            }
            Ok((connection, version))
        };
        let (connection, version) = match ready.await {
            Ok(ready) => ready,
            Err(fault) => return vec![(share.to_vec(), Err(fault))],
        };
        let connection = &*connection;
        let chunks = share.chunks(call.most(version).max(1)).map(|chunk| async move {
            let chosen: Vec<&S::Item> = chunk.iter().map(|at| items[*at]).collect();
            let request = call.request(&chosen, version);
            (chunk.to_vec(), self.call::<S::Request, S::Reply>(connection, &request).await)
        });
        join_all(chunks).await
    }

    /// Asks these brokers the same, side by side; each answers for itself.
    pub(super) async fn ask_each<R: Ask, T: Reply>(
        &self,
        brokers: &[Broker],
        request: impl Fn(i16) -> R,
    ) -> Vec<(Broker, Result<T>)> {
        let request = &request;
        let asked = brokers.iter().cloned().map(|broker| async move {
            let route = Route::Broker(broker.id);
            let answer = self.ask_by_version::<R, T>(route, Purpose::Read, request).await;
            (broker, answer)
        });
        join_all(asked).await
    }
}

fn left_out<T>() -> ItemResult<T> {
    Err(kafka_error(UNKNOWN_SERVER_ERROR, Some("the broker left it out")).expect("not 0"))
}

impl<T> Round<T> {
    fn of(answer: ItemResult<T>) -> Self {
        match answer {
            Err(error) if may_pass(&error) => Round::Again(Failed::Refused(error)),
            answer => Round::Done(answer),
        }
    }
}

/// What does not exist is retriable to Kafka, and an answer to us.
fn may_pass(error: &KafkaError) -> bool {
    error.retriable && !matches!(error.code, UNKNOWN_TOPIC_OR_PARTITION | UNKNOWN_TOPIC_ID)
}

impl Failed {
    fn is_loss(&self) -> bool {
        matches!(self, Failed::Lost(fault) if fault.sent)
    }

    /// Whether nobody serves it at the moment.
    fn is_vacancy(&self) -> bool {
        matches!(self, Failed::Refused(error) if error.code == super::codes::LEADER_NOT_AVAILABLE)
    }
}
