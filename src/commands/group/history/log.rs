//! Reads the records of one group out of its partition of `__consumer_offsets`, part by part: only the
//! group's own state is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::commands::Context;
use crate::error::{Error, Result};
use crate::group::history::{Fact, Rebuild, rename, topic_ids};
use crate::kafka::{Client, FirstRecord, OFFSETS_TOPIC, OffsetAt, Topics};
use crate::model::{Name, Time, TopicId, TopicPartition, visible};
use crate::records::{Batch, Batches, Reading, partition_of, read};
use crate::report::group_history::LogRead;

/// The brokers' error when an offset is not in the log.
const OFFSET_OUT_OF_RANGE: i16 = 1;

/// A log that is being read.
pub struct Log {
    client: Client,
    group: Name,
    place: FirstRecord,
    start: i64,
    /// Nothing has been taken away from here on.
    complete_from: i64,
    /// When the first record of what is complete was written.
    pub reaches_back_to: Option<Time>,
    names: BTreeMap<TopicId, Name>,
    scratch: Vec<u8>,
    /// What was read and not yet told, because the names of its topics are not known.
    pending: Vec<Step>,
    records: u64,
    of_group: u64,
    unknown: u64,
}

/// Why a part was not read.
pub struct Unread {
    /// What it is.
    pub error: Error,
    /// The brokers did not serve it, which they may do later.
    pub outage: bool,
}

impl From<Error> for Unread {
    fn from(error: Error) -> Self {
        let outage = error.kafka_error().is_none_or(|kafka| kafka.retriable);
        Self { error, outage }
    }
}

impl Unread {
    /// What was read makes no sense.
    fn senseless(error: Error) -> Self {
        Self { error, outage: false }
    }
}

/// What a part of the log means to the group.
enum Step {
    /// Records are gone here.
    Hole,
    Fact(i64, Time, Fact),
    /// The end of what was written at once.
    Pause,
}

impl Log {
    /// The partition of a group, from its beginning.
    pub async fn of(client: Client, group: &Name) -> Result<Self> {
        let topic = Name::from(OFFSETS_TOPIC);
        let partitions = client.partitions_to_read(&topic).await?;
        let partition = partitions.and_then(|count| partition_of(group, count));
        let Some(partition) = partition else {
            return Err(Error::failed(format!("there is no topic `{OFFSETS_TOPIC}`"))
                .hint("no group has ever had a member, or committed anything, in this cluster"));
        };
        let partition = TopicPartition::new(topic, partition);
        let start = start_of(&client, &partition).await?;
        Ok(Self {
            client,
            group: group.clone(),
            place: FirstRecord { partition, offset: start },
            start,
            complete_from: start,
            reaches_back_to: None,
            names: BTreeMap::new(),
            scratch: Vec::new(),
            pending: Vec::new(),
            records: 0,
            of_group: 0,
            unknown: 0,
        })
    }

    /// Reads to the end that the log has now.
    pub async fn read_to_end(
        &mut self,
        context: &Context<'_>,
        rebuild: &mut Rebuild,
    ) -> Result<()> {
        if self.start > 0 {
            rebuild.hole();
        }
        let what = format!("reading `{OFFSETS_TOPIC}`");
        let from = self.place.offset;
        let mut end = None;
        loop {
            let part = self.part(context, Duration::ZERO, rebuild).await;
            let high_watermark = part.map_err(|unread| unread.error)?;
            // What is written meanwhile is none of this question's business.
            let end = *end.get_or_insert(high_watermark.unwrap_or(self.place.offset));
            let steps = |offset: i64| usize::try_from((offset - from) >> 10).unwrap_or(0);
            context.ui.progress(&what, steps(self.place.offset), steps(end));
            if high_watermark.is_none() || self.place.offset >= end {
                context.ui.progress(&what, 1, 1);
                return Ok(());
            }
        }
    }

    /// Reads on; `None` when there is nothing more, for as long as the broker was to wait. Otherwise
    /// where the log ends now.
    pub async fn part(
        &mut self,
        context: &Context<'_>,
        wait: Duration,
        rebuild: &mut Rebuild,
    ) -> Result<Option<i64>, Unread> {
        let client = self.client.until(context.deadline());
        let part = match client.read_log(&self.place, wait).await {
            Err(error) if error.kafka_error().is_some_and(|e| e.code == OFFSET_OUT_OF_RANGE) => {
                self.lost(&client, rebuild).await?;
                return Ok(Some(i64::MAX));
            }
            part => part?,
        };
        let before = self.place.offset;
        let steps = self.walk(&part.records).map_err(Unread::senseless)?;
        self.pending.extend(steps);
        self.learn_names(&client).await?;
        for step in std::mem::take(&mut self.pending) {
            match step {
                Step::Hole => rebuild.hole(),
                Step::Fact(offset, time, fact) => {
                    rebuild.fact(offset, time, rename(fact, &self.names));
                }
                Step::Pause => rebuild.pause(),
            }
        }
        if self.place.offset > before {
            return Ok(Some(part.high_watermark));
        }
        if part.records.is_empty() {
            return Ok(None);
        }
        Err(Unread::senseless(
            Error::failed(format!(
                "the records of `{}` at offset {before} cannot be read",
                self.place.partition
            ))
            .caused_by("the broker sent no whole batch"),
        ))
    }

    /// The log begins behind the place that was reached: somebody deleted records.
    async fn lost(&mut self, client: &Client, rebuild: &mut Rebuild) -> Result<(), Unread> {
        let start = start_of(client, &self.place.partition).await?;
        if start <= self.place.offset {
            return Err(Unread::senseless(
                Error::failed(format!(
                    "the log of `{}` has become shorter while it was read",
                    self.place.partition
                ))
                .hint("a leader that was not in sync may have taken over; run it again"),
            ));
        }
        (self.start, self.place.offset, self.complete_from) = (start, start, start);
        self.reaches_back_to = None;
        rebuild.hole();
        Ok(())
    }

    fn walk(&mut self, bytes: &[u8]) -> Result<Vec<Step>> {
        let mut steps = Vec::new();
        for batch in Batches::of(bytes) {
            let batch = batch.map_err(|bad| self.unreadable(&bad.0))?;
            // The broker sends the batch that an offset is in, from its beginning.
            if batch.last_offset < self.place.offset {
                continue;
            }
            if batch.base_offset > self.place.offset || batch.is_thinned() {
                steps.push(Step::Hole);
                self.reaches_back_to = None;
                let thinned = batch.is_thinned();
                self.complete_from =
                    if thinned { batch.last_offset + 1 } else { batch.base_offset };
            }
            if self.reaches_back_to.is_none() && !batch.is_thinned() && batch.base_time >= 0 {
                self.reaches_back_to = Some(Time(batch.base_time));
            }
            self.records += u64::try_from(batch.records).unwrap_or(0);
            // Transactions carry commits only: coordinators write about groups outside of them.
            if batch.is_readable() && !batch.is_transactional() {
                let before = steps.len();
                self.facts(&batch, &mut steps)?;
                if steps.len() > before {
                    steps.push(Step::Pause);
                }
            }
            self.place.offset = batch.last_offset + 1;
        }
        Ok(steps)
    }

    fn facts(&mut self, batch: &Batch<'_>, steps: &mut Vec<Step>) -> Result<()> {
        let mut scratch = std::mem::take(&mut self.scratch);
        let (from, group) = (self.place.offset, &self.group);
        let (mut of_group, mut unknown) = (0, 0);
        let visited = batch.each(&mut scratch, |record| {
            if record.offset < from {
                return;
            }
            let reading = read(group, record.key, record.value);
            of_group += u64::from(reading != Reading::OfOthers);
            match reading {
                Reading::OfOthers | Reading::Commit => {}
                Reading::Unknown => unknown += 1,
                Reading::Fact(fact) => {
                    steps.push(Step::Fact(record.offset, Time(record.time), fact));
                }
            }
        });
        self.scratch = scratch;
        self.of_group += of_group;
        self.unknown += unknown;
        visited.map_err(|bad| self.unreadable(&bad.0))
    }

    fn unreadable(&self, why: &str) -> Error {
        Error::failed(format!(
            "the records of `{}` at offset {} cannot be read",
            self.place.partition, self.place.offset
        ))
        .caused_by(visible(why))
    }

    /// Asks for the names of topics that are told by their ids.
    async fn learn_names(&mut self, client: &Client) -> Result<()> {
        let mut ids = BTreeSet::new();
        for step in &self.pending {
            if let Step::Fact(_, _, fact) = step {
                topic_ids(fact, &mut ids);
            }
        }
        let unknown: Vec<TopicId> =
            ids.into_iter().filter(|id| !self.names.contains_key(id)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        for topic in client.topics(Topics::WithIds(&unknown), false).await? {
            if topic.error.is_none() && !topic.name.is_empty() {
                self.names.insert(topic.id, topic.name);
            }
        }
        // Those that are gone keep their ids.
        for id in unknown {
            self.names.entry(id).or_insert_with(|| Name::from(id.to_string()));
        }
        Ok(())
    }

    /// Whether the log has anything about the group, be it only a commit.
    pub fn knows_group(&self) -> bool {
        self.of_group > 0
    }

    /// Whether nothing was taken away.
    pub fn is_complete(&self) -> bool {
        self.complete_from == 0
    }

    /// How many records of the group could not be understood.
    pub fn unknown(&self) -> u64 {
        self.unknown
    }

    /// What was read.
    pub fn report(&self) -> LogRead {
        LogRead {
            topic: self.place.partition.topic.clone(),
            partition: self.place.partition.partition,
            start_offset: self.start,
            end_offset: self.place.offset,
            complete_from_offset: self.complete_from,
            records: self.records,
            records_of_group: self.of_group,
            unknown_records: self.unknown,
        }
    }
}

async fn start_of(client: &Client, partition: &TopicPartition) -> Result<i64> {
    let asked = std::slice::from_ref(partition);
    let mut found = client.list_offsets(asked, OffsetAt::Earliest).await?;
    let found = found.pop().transpose()?;
    Ok(found.and_then(|found| found.offset).unwrap_or(0))
}
