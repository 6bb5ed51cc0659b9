//! What the bytes of a log say: batches of records (format 2), decompressed, and the records of
//! `__consumer_offsets`. No I/O: `kafka` fetches the bytes, `group` makes sense of the records.

mod batch;
mod classic;
mod compression;
mod group;
mod modern;

pub use batch::{BadBatch, Batch, Batches, Record};
pub use group::{Reading, partition_of, read};
