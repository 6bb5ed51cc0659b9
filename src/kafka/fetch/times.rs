//! How old the first unconsumed record is: only the headers of record batches are read; nothing is
//! decompressed.

use std::collections::HashMap;

use kafka_protocol::messages::FetchRequest;

use crate::error::{Error, KafkaError, Result};
use crate::model::TopicPartition;

use super::super::acls::ItemResult;
use super::super::client::Client;
use super::super::offsets::refused;
use super::super::reader::{Malformed, Reader};
use super::super::spread::{Spread, of_leader};
use super::{FetchReply, FirstRecord, Patience, request};

/// Bytes of a partition by a request for many: a batch of most producers fits.
const SMALL: i32 = 16 << 10;
/// Partitions by a request for many; the answer has at most that many times [`SMALL`].
const MANY: usize = 500;
/// How often it is looked behind markers of transactions.
const LOOKS: usize = 50;

impl Client {
    /// When the first record at or behind each place was made, in milliseconds since 1970; `None`
    /// where there is no record, or one without a timestamp. Exact where the record is the first of
    /// its batch or the batch is not compressed, otherwise that of the batch's first record.
    pub async fn record_times(&self, places: &[FirstRecord]) -> Result<Vec<Result<Option<i64>>>> {
        let mut times: Vec<Result<Option<i64>>> = vec![Ok(None); places.len()];
        let mut open: Vec<(usize, FirstRecord)> = Vec::new();
        for round in rounds(places) {
            let wanted: Vec<FirstRecord> = round.iter().map(|at| places[*at].clone()).collect();
            let found = self.spread(&FetchHeads { most: MANY }, &wanted).await?;
            for ((at, place), found) in round.into_iter().zip(wanted).zip(found) {
                match found {
                    Ok(Found::Time(time)) => times[at] = Ok(time),
                    Ok(Found::Nothing) => open.push((at, place)),
                    Ok(Found::Behind(offset)) => open.push((at, FirstRecord { offset, ..place })),
                    Err(error) => times[at] = Err(error),
                }
            }
        }
        // A broker gives a whole batch, however large, when it is asked for one partition only.
        for _ in 0..LOOKS {
            if open.is_empty() {
                break;
            }
            let alone: Vec<FirstRecord> = open.iter().map(|(_, place)| place.clone()).collect();
            let found = self.spread(&FetchHeads { most: 1 }, &alone).await?;
            let mut behind = Vec::new();
            for ((at, place), found) in open.into_iter().zip(found) {
                match found {
                    Ok(Found::Behind(offset)) => behind.push((at, FirstRecord { offset, ..place })),
                    found => {
                        times[at] = found.map(|found| match found {
                            Found::Time(time) => time,
                            _ => None,
                        });
                    }
                }
            }
            open = behind;
        }
        Ok(times)
    }
}

/// The places, each partition once a round: a broker answers once for a partition.
fn rounds(places: &[FirstRecord]) -> Vec<Vec<usize>> {
    let mut rounds: Vec<Vec<usize>> = Vec::new();
    let mut seen: HashMap<&TopicPartition, usize> = HashMap::new();
    for (at, place) in places.iter().enumerate() {
        let round = seen.entry(&place.partition).or_default();
        if *round == rounds.len() {
            rounds.push(Vec::new());
        }
        rounds[*round].push(at);
        *round += 1;
    }
    rounds
}

/// What a partition's bytes tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Time(Option<i64>),
    /// There were no bytes, or not enough.
    Nothing,
    /// Up to here there are only markers of transactions, which nobody consumes.
    Behind(i64),
}

/// So many partitions a request.
struct FetchHeads {
    most: usize,
}

impl Spread for FetchHeads {
    type Item = FirstRecord;
    type Request = FetchRequest;
    type Reply = FetchReply;
    type Answer = Found;

    const WHAT: &'static str = "fetch from";

    of_leader!(FirstRecord, |place| &place.partition);

    fn most(&self, _version: i16) -> usize {
        self.most
    }

    fn request(&self, places: &[&FirstRecord], _version: i16) -> FetchRequest {
        request(places, SMALL, Patience::NONE)
    }

    fn answers(
        &self,
        reply: FetchReply,
        places: &[&FirstRecord],
    ) -> Vec<Option<ItemResult<Found>>> {
        let found = |place: &FirstRecord, bytes: &[u8]| first_time(bytes, place.offset);
        let answers = reply.of(places).into_iter().zip(places);
        answers
            .map(|(answer, place)| Some(answer?.map(|fetched| found(place, &fetched.records))))
            .collect()
    }

    fn refused(&self, client: &Client, place: &FirstRecord, error: KafkaError) -> Error {
        refused(client, Self::WHAT, "read", &place.partition, error)
    }
}

/// The timestamp of the first record at or behind `wanted`.
fn first_time(records: &[u8], wanted: i64) -> Found {
    let mut from = wanted;
    match batch_time(&mut Reader::new(records, true), &mut from) {
        Ok(found) => found,
        Err(_) if from > wanted => Found::Behind(from),
        Err(_) => Found::Nothing,
    }
}

/// No timestamp.
const NONE: i64 = -1;
/// The bit of a batch with a marker (`RecordBatch.isControlBatch`).
const CONTROL: i16 = 0x20;

/// `from` moves on behind batches that hold a marker of a transaction.
fn batch_time(reader: &mut Reader<'_>, from: &mut i64) -> std::result::Result<Found, Malformed> {
    loop {
        let wanted = *from;
        let base = reader.i64()?;
        let length = usize::try_from(reader.i32()?).map_err(|_| Malformed("a negative length"))?;
        let (header, rest) = (reader.rest(), length.min(reader.rest().len()));
        reader.take(rest)?;
        let mut batch = Reader::new(&header[..rest], true);
        batch.i32()?;
        let magic = batch.i8()?;
        if magic < 2 {
            return message_time(&mut batch, magic);
        }
        batch.i32()?;
        let attributes = batch.i16()?;
        let last = base.saturating_add(i64::from(batch.i32()?));
        let (first_time, latest_time) = (batch.i64()?, batch.i64()?);
        if last < wanted {
            continue;
        }
        if attributes & CONTROL != 0 {
            *from = last.saturating_add(1);
            continue;
        }
        let (compressed, append_time) = (attributes & 7 != 0, attributes & 8 != 0);
        let mut time = if append_time { latest_time } else { first_time };
        if !compressed && !append_time && base < wanted {
            time = record_time(&mut batch, base, first_time, wanted).unwrap_or(time);
        }
        return Ok(Found::Time(Some(time).filter(|time| *time != NONE)));
    }
}

/// The timestamp of one record in a batch that is not compressed, as far as its bytes are there.
fn record_time(
    batch: &mut Reader<'_>,
    base: i64,
    first_time: i64,
    wanted: i64,
) -> std::result::Result<i64, Malformed> {
    // Producer id, its epoch, the first sequence number, the number of records.
    batch.take(8 + 2 + 4 + 4)?;
    loop {
        let length = usize::try_from(batch.varlong()?).map_err(|_| Malformed("negative length"))?;
        let mut record = Reader::new(batch.take(length)?, true);
        record.i8()?;
        let time = first_time.saturating_add(record.varlong()?);
        if base.saturating_add(record.varlong()?) >= wanted {
            return Ok(time);
        }
    }
}

/// Messages as they were before Kafka 0.11; the header of a compressed one has the latest timestamp
/// inside it.
fn message_time(message: &mut Reader<'_>, magic: i8) -> std::result::Result<Found, Malformed> {
    message.i8()?;
    let time = if magic == 1 { Some(message.i64()?) } else { None };
    Ok(Found::Time(time.filter(|time| *time != NONE)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A batch of format 2 with these (offset delta, timestamp delta) records.
    fn batch(base: i64, attributes: i16, first: i64, latest: i64, records: &[(u8, u8)]) -> Vec<u8> {
        let mut body = 0i32.to_be_bytes().to_vec();
        body.push(2);
        body.extend(0i32.to_be_bytes());
        body.extend(attributes.to_be_bytes());
        body.extend(i32::from(records.last().unwrap().0).to_be_bytes());
        body.extend(first.to_be_bytes());
        body.extend(latest.to_be_bytes());
        body.extend([0; 14]);
        body.extend(i32::try_from(records.len()).unwrap().to_be_bytes());
        for (offset, time) in records {
            // Zigzag: length 6, attributes, deltas, no key, no value, no headers.
            body.extend([12, 0, time * 2, offset * 2, 1, 1, 0]);
        }
        let mut bytes = base.to_be_bytes().to_vec();
        bytes.extend(i32::try_from(body.len()).unwrap().to_be_bytes());
        bytes.extend(body);
        bytes
    }

    fn time(bytes: &[u8], wanted: i64) -> Option<i64> {
        match first_time(bytes, wanted) {
            Found::Time(time) => time,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_record_itself_tells_in_a_plain_batch() {
        let plain = batch(10, 0, 1_000, 1_030, &[(0, 0), (1, 10), (3, 30)]);
        assert_eq!(time(&plain, 5), Some(1_000));
        assert_eq!(time(&plain, 10), Some(1_000));
        assert_eq!(time(&plain, 11), Some(1_010));
        assert_eq!(time(&plain, 12), Some(1_030), "12 was compacted away");
    }

    #[test]
    fn a_compressed_batch_tells_by_its_header() {
        let zstd = batch(10, 4, 1_000, 1_030, &[(0, 0), (1, 10)]);
        assert_eq!(time(&zstd, 11), Some(1_000));
        let append_time = batch(10, 8, 1_000, 2_000, &[(0, 0), (1, 10)]);
        assert_eq!(time(&append_time, 11), Some(2_000));
        assert_eq!(time(&batch(0, 0, -1, -1, &[(0, 0)]), 0), None);
    }

    #[test]
    fn batches_before_the_offset_are_passed_over() {
        let mut two = batch(0, 0, 500, 500, &[(0, 0), (4, 0)]);
        two.extend(batch(5, 0, 1_000, 1_000, &[(0, 0)]));
        assert_eq!(time(&two, 5), Some(1_000));
    }

    #[test]
    fn markers_of_transactions_are_no_records() {
        let marker = |base| batch(base, 0x20, 700, 700, &[(0, 0)]);
        let mut bytes = marker(5);
        assert_eq!(first_time(&bytes, 5), Found::Behind(6));
        bytes.extend(marker(6));
        assert_eq!(first_time(&bytes, 5), Found::Behind(7));
        bytes.extend(batch(7, 0, 1_000, 1_010, &[(0, 0), (1, 10)]));
        assert_eq!(time(&bytes, 5), Some(1_000));
        assert_eq!(time(&bytes, 8), Some(1_010));
        // What is before the offset does not matter.
        assert_eq!(first_time(&marker(4), 5), Found::Nothing);
    }

    #[test]
    fn a_partition_is_asked_for_once_a_round() {
        let place = |partition, offset| FirstRecord {
            partition: TopicPartition::new("t", partition),
            offset,
        };
        let places = [place(0, 1), place(1, 1), place(0, 5), place(0, 9), place(1, 1)];
        assert_eq!(rounds(&places), [vec![0, 1], vec![2, 4], vec![3]]);
    }

    #[test]
    fn a_batch_cut_off_behind_its_header_still_tells() {
        let cut = batch(10, 0, 1_000, 1_030, &[(0, 0), (1, 10)]);
        assert_eq!(time(&cut[..61], 11), Some(1_000));
        assert_eq!(first_time(&cut[..30], 11), Found::Nothing);
        assert_eq!(first_time(&[], 11), Found::Nothing);
        assert_eq!(first_time(&[0xff; 40], 11), Found::Nothing);
    }

    #[test]
    fn old_messages_have_a_time_since_their_second_format() {
        let message = |magic: u8| {
            let mut body = vec![0, 0, 0, 0, magic, 0];
            body.extend(7_000i64.to_be_bytes());
            let mut bytes = 3i64.to_be_bytes().to_vec();
            bytes.extend(i32::try_from(body.len()).unwrap().to_be_bytes());
            bytes.extend(body);
            bytes
        };
        assert_eq!((time(&message(1), 3), time(&message(0), 3)), (Some(7_000), None));
    }
}
