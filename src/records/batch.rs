//! Batches of records, format 2 (`DefaultRecordBatch`, Kafka 0.11), as a fetch brings them.

use super::compression::{self, Codec};
use crate::wire::{Malformed, Reader};

/// A batch: what its header says, and the records as they are stored.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// The offset of its first record when it was written.
    pub base_offset: i64,
    /// The offset of its last record when it was written; compaction leaves it as it was.
    pub last_offset: i64,
    /// How many records are in it.
    pub records: usize,
    /// The timestamp that those of its records are relative to, in milliseconds since 1970.
    pub base_time: i64,
    /// The latest timestamp; that of all records where the broker sets it.
    max_time: i64,
    attributes: i16,
    /// Format 2; the formats before it are not read.
    readable: bool,
    body: &'a [u8],
}

/// Why a batch, or a record in it, cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadBatch(pub String);

/// A record. Kafka's own topics have no headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its offset.
    pub offset: i64,
    /// Its timestamp, in milliseconds since 1970; -1 for none.
    pub time: i64,
    /// Its key.
    pub key: Option<&'a [u8]>,
    /// Its value; `None` deletes what the key names.
    pub value: Option<&'a [u8]>,
}

/// The whole batches at the beginning of some bytes: a fetch may cut the last one off.
#[derive(Debug)]
pub struct Batches<'a>(Reader<'a>);

impl From<Malformed> for BadBatch {
    fn from(malformed: Malformed) -> Self {
        Self(malformed.0.to_owned())
    }
}

impl<'a> Batches<'a> {
    /// Of these bytes.
    pub fn of(bytes: &'a [u8]) -> Self {
        Self(Reader::new(bytes, true))
    }
}

impl<'a> Iterator for Batches<'a> {
    type Item = Result<Batch<'a>, BadBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut ahead = Reader::new(self.0.rest(), true);
        let (Ok(base_offset), Ok(length)) = (ahead.i64(), ahead.i32()) else { return None };
        let Ok(length) = usize::try_from(length) else {
            // Where the next one begins is not known.
            self.0 = Reader::new(&[], true);
            return Some(Err(BadBatch("a negative length".to_owned())));
        };
        // Cut off: there is no more.
        let bytes = ahead.take(length).ok()?;
        self.0 = ahead;
        Some(Batch::read(base_offset, bytes).map_err(BadBatch::from))
    }
}

impl<'a> Batch<'a> {
    /// From the bytes behind the length.
    fn read(base_offset: i64, bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes, true);
        // The epoch of the leader, or a checksum before format 2.
        reader.i32()?;
        if reader.i8()? != 2 {
            return Ok(Self {
                base_offset,
                last_offset: base_offset,
                records: 1,
                base_time: -1,
                max_time: -1,
                attributes: 0,
                readable: false,
                body: &[],
            });
        }
        // The checksum is of what TCP and TLS have checked already.
        reader.i32()?;
        let attributes = reader.i16()?;
        let last_delta = i64::from(reader.i32()?);
        let (base_time, max_time) = (reader.i64()?, reader.i64()?);
        // Producer id, its epoch, the first sequence number.
        reader.take(8 + 2 + 4)?;
        let records = usize::try_from(reader.i32()?).map_err(|_| Malformed("a negative count"))?;
        Ok(Self {
            base_offset,
            last_offset: base_offset.saturating_add(last_delta),
            records,
            base_time,
            max_time,
            attributes,
            readable: true,
            body: reader.rest(),
        })
    }

    /// Whether it is of a format that is read here.
    pub fn is_readable(&self) -> bool {
        self.readable
    }

    /// Whether it belongs to a transaction, or ends one: with what coordinators write about groups
    /// it has nothing to do, only with offsets that clients commit.
    pub fn is_transactional(&self) -> bool {
        // Bit 4: transactional; bit 5: a control batch.
        self.attributes & 0x30 != 0
    }

    /// Whether records that were in it are gone.
    pub fn is_thinned(&self) -> bool {
        let written = self.last_offset.saturating_sub(self.base_offset).saturating_add(1);
        i64::try_from(self.records).is_ok_and(|left| left < written)
    }

    /// Gives each record to `visit`, decompressed where it has to be into `scratch`.
    pub fn each<'s>(
        &'s self,
        scratch: &'s mut Vec<u8>,
        mut visit: impl FnMut(Record<'_>),
    ) -> Result<(), BadBatch> {
        let codec = Codec::of(self.attributes);
        let body = match codec {
            Codec::None => self.body,
            codec => {
                scratch.clear();
                compression::decompress(codec, self.body, scratch).map_err(BadBatch)?;
                &scratch[..]
            }
        };
        let append_time = self.attributes & 8 != 0;
        let mut reader = Reader::new(body, true);
        for _ in 0..self.records {
            let length = length(&mut reader)?.ok_or(Malformed("a record without a length"))?;
            let mut record = Reader::new(reader.take(length)?, true);
            record.i8()?;
            let time = self.base_time.saturating_add(record.varlong()?);
            let offset = self.base_offset.saturating_add(record.varlong()?);
            let key = bytes(&mut record)?;
            let value = bytes(&mut record)?;
            let time = if append_time { self.max_time } else { time };
            visit(Record { offset, time, key, value });
        }
        Ok(())
    }
}

/// A length of variable length; `None` for -1.
fn length(reader: &mut Reader<'_>) -> Result<Option<usize>, Malformed> {
    match reader.varlong()? {
        -1 => Ok(None),
        other => usize::try_from(other).map(Some).map_err(|_| Malformed("a negative length")),
    }
}

fn bytes<'a>(reader: &mut Reader<'a>) -> Result<Option<&'a [u8]>, Malformed> {
    length(reader)?.map(|length| reader.take(length)).transpose()
}

#[cfg(test)]
#[path = "batch_tests.rs"]
mod tests;
