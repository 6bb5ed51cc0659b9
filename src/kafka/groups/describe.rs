//! A group of any type: its coordinator is asked by every call that it offers, because each knows
//! groups of its own type only; one answers. The calls of most groups go first, side by side.

use std::collections::{BTreeMap, HashMap};

use futures_util::future::join;

use crate::error::{Error, Result};
use crate::model::Name;
use crate::model::group::{Coordinator, GroupDescription, GroupType};

use super::super::client::Client;
use super::super::codes::{GROUP_ID_NOT_FOUND, UNSUPPORTED_VERSION, kafka_error};
use super::super::frame::Ask;
use super::super::spread::Spread;
use super::classic::DescribeClassic;
use super::consumer::{DescribeConsumer, DescribeShare};
use super::refused;
use super::streams::DescribeStreams;

/// What it is called in messages, and the operation that it takes.
pub(super) const WHAT: &str = "describe";

type Described = Result<GroupDescription>;

impl Client {
    /// Describes groups of any type; one result for each, in their order (DESCRIBE on the group,
    /// and for types other than classic on every topic that is assigned).
    ///
    /// `known`: the types, as far as a list told them; a group whose type is not known is asked
    /// for by every type's call.
    pub async fn describe_groups(
        &self,
        groups: &[Name],
        known: &BTreeMap<Name, GroupType>,
    ) -> Result<Vec<Described>> {
        // The calls then find the coordinators known.
        self.locate_groups(groups).await?;
        let mut answers: HashMap<Name, Vec<Described>> = HashMap::new();
        let of = |kind: GroupType, answers: &HashMap<Name, Vec<Described>>| -> Vec<Name> {
            let may_be = |group: &&Name| known.get(*group).is_none_or(|known| *known == kind);
            let is_open = |group: &&Name| {
                answers.get(*group).is_none_or(|given| given.iter().all(Result::is_err))
            };
            groups.iter().filter(may_be).filter(is_open).cloned().collect()
        };
        let (classic, consumer) = join(
            self.describe_as(DescribeClassic, of(GroupType::Classic, &answers)),
            self.describe_as(DescribeConsumer, of(GroupType::Consumer, &answers)),
        )
        .await;
        for (group, answer) in classic?.into_iter().chain(consumer?) {
            answers.entry(group).or_default().push(answer);
        }
        let (share, streams) = join(
            self.describe_as(DescribeShare, of(GroupType::Share, &answers)),
            self.describe_as(DescribeStreams, of(GroupType::Streams, &answers)),
        )
        .await;
        for (group, answer) in share?.into_iter().chain(streams?) {
            answers.entry(group).or_default().push(answer);
        }
        let describe = |group: &Name| {
            let mut group_described =
                self.best(group, answers.remove(group).unwrap_or_default())?;
            group_described.coordinator = self.coordinator(group);
            Ok(group_described)
        };
        Ok(groups.iter().map(describe).collect())
    }

    /// Finds out who coordinates these groups, so that the calls that follow, side by side, need not
    /// each ask for it.
    pub async fn locate_groups(&self, groups: &[Name]) -> Result<()> {
        self.coordinators(&groups.iter().collect::<Vec<_>>()).await.map(drop)
    }

    /// Asks by one type's call, where the brokers offer it.
    async fn describe_as<S>(&self, call: S, groups: Vec<Name>) -> Result<Vec<(Name, Described)>>
    where
        S: Spread<Item = Name, Answer = GroupDescription>,
    {
        let offered = self.offers(S::Request::KEY).await?;
        if groups.is_empty() || !offered {
            return Ok(Vec::new());
        }
        let described = self.spread(&call, &groups).await?;
        Ok(groups.into_iter().zip(described).collect())
    }

    /// The description, or else the error that says most.
    fn best(&self, group: &Name, answers: Vec<Described>) -> Described {
        let mut refusals: Vec<Error> = Vec::new();
        for answer in answers {
            match answer {
                Ok(described) => return Ok(described),
                Err(error) => refusals.push(error),
            }
        }
        // A broker may offer a call and not have the type of groups that it is for.
        let absence = [GROUP_ID_NOT_FOUND, UNSUPPORTED_VERSION];
        let is_absence =
            |error: &Error| error.kafka_error().is_some_and(|error| absence.contains(&error.code));
        if let Some(telling) = refusals.iter().position(|error| !is_absence(error)) {
            return Err(refusals.swap_remove(telling));
        }
        let error = kafka_error(GROUP_ID_NOT_FOUND, None).expect("not 0");
        Err(refused(self, WHAT, WHAT, group, error))
    }

    /// Who coordinates a group, as far as that was found out.
    pub fn coordinator(&self, group: &Name) -> Option<Coordinator> {
        let id = self.whereabouts().coordinator_of(group)?;
        let address = self.whereabouts().address_of(id);
        let (host, port) = address.map(|address| (address.host, address.port)).unzip();
        Some(Coordinator { id, host: host.map(Name::from), port })
    }
}
