//! Batches as brokers store them, written by the codec library's own encoder, and broken ones.

use bytes::{Bytes, BytesMut};
use kafka_protocol::records::{
    Compression, Record as Made, RecordBatchEncoder, RecordEncodeOptions, TimestampType,
};
use proptest::prelude::*;

use super::*;

fn made(offset: i64, key: &str, value: Option<&str>) -> Made {
    Made {
        transactional: false,
        control: false,
        delete_horizon: false,
        partition_leader_epoch: 0,
        producer_id: -1,
        producer_epoch: -1,
        timestamp_type: TimestampType::Creation,
        offset,
        // The encoder puts records into one batch whose numbers go along with their offsets.
        sequence: i32::try_from(offset).unwrap(),
        timestamp: 1_000 + offset,
        key: Some(Bytes::copy_from_slice(key.as_bytes())),
        value: value.map(|value| Bytes::copy_from_slice(value.as_bytes())),
        #[allow(clippy::default_trait_access, reason = "a type of a crate that is not named here")]
        headers: Default::default(),
    }
}

fn encoded(records: &[Made]) -> Vec<u8> {
    let mut bytes = BytesMut::new();
    let options = RecordEncodeOptions { version: 2, compression: Compression::None };
    RecordBatchEncoder::encode(&mut bytes, records, &options).expect("a batch");
    bytes.to_vec()
}

type Told = (i64, i64, String, Option<String>);

fn told(bytes: &[u8]) -> Vec<Result<Told, BadBatch>> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut all = Vec::new();
    let mut scratch = Vec::new();
    for batch in Batches::of(bytes) {
        let visited = batch.and_then(|batch| {
            batch.each(&mut scratch, |record| {
                let key = text(record.key.unwrap_or_default());
                all.push(Ok((record.offset, record.time, key, record.value.map(text))));
            })
        });
        if let Err(bad) = visited {
            all.push(Err(bad));
        }
    }
    all
}

#[test]
fn records_come_out_as_they_went_in() {
    let mut bytes = encoded(&[made(7, "a", Some("1")), made(8, "b", None)]);
    bytes.extend(encoded(&[made(9, "c", Some(""))]));
    let expected = [
        (7, 1_007, "a".to_owned(), Some("1".to_owned())),
        (8, 1_008, "b".to_owned(), None),
        (9, 1_009, "c".to_owned(), Some(String::new())),
    ];
    assert_eq!(told(&bytes), expected.map(Ok));
    let heads: Vec<Batch<'_>> = Batches::of(&bytes).map(Result::unwrap).collect();
    assert_eq!((heads[0].base_offset, heads[0].last_offset, heads[0].records), (7, 8, 2));
    assert!(heads.iter().all(|batch| !batch.is_thinned() && !batch.is_transactional()));
    // A fetch cuts the last one off.
    for length in 0..bytes.len() {
        let whole = told(&bytes[..length]);
        assert!(whole.iter().all(Result::is_ok) && whole.len() <= 2, "{length}");
    }
}

#[test]
fn what_compaction_and_transactions_leave_is_seen_by_the_header() {
    let thinned = encoded(&[made(7, "a", None), made(11, "b", None)]);
    let batch = Batches::of(&thinned).next().unwrap().unwrap();
    assert!(batch.is_thinned());
    assert_eq!((batch.last_offset, batch.records), (11, 2));
    let transactional = Made { transactional: true, producer_id: 4, ..made(7, "a", None) };
    let bytes = encoded(&[transactional]);
    assert!(Batches::of(&bytes).next().unwrap().unwrap().is_transactional());
}

/// With the records of the batch replaced by what `codec` makes of them.
fn recoded(codec: i16, compress: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    // The header from the offset to the count.
    const HEADER: usize = 61;
    let plain = encoded(&[made(0, "key", Some(&"value ".repeat(1_000))), made(1, "b", None)]);
    let mut bytes = plain[..HEADER].to_vec();
    bytes[21..23].copy_from_slice(&codec.to_be_bytes());
    bytes.extend(compress(&plain[HEADER..]));
    let length = i32::try_from(bytes.len() - 12).unwrap();
    bytes[8..12].copy_from_slice(&length.to_be_bytes());
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn lz4(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn snappy(bytes: &[u8]) -> Vec<u8> {
    snap::raw::Encoder::new().compress_vec(bytes).unwrap()
}

/// As Java's library does it: blocks of 32 KiB, here smaller, behind a header.
fn xerial(bytes: &[u8]) -> Vec<u8> {
    let mut framed = b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01".to_vec();
    for block in bytes.chunks(500) {
        let block = snappy(block);
        framed.extend(u32::try_from(block.len()).unwrap().to_be_bytes());
        framed.extend(block);
    }
    framed
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

#[test]
fn every_codec_is_read() {
    let plain = told(&recoded(0, <[u8]>::to_vec));
    assert!(plain.len() == 2 && plain.iter().all(Result::is_ok));
    for (codec, bytes) in [
        (1, recoded(1, gzip)),
        (2, recoded(2, snappy)),
        (2, recoded(2, xerial)),
        (3, recoded(3, lz4)),
        (4, recoded(4, zstd)),
    ] {
        assert_eq!(told(&bytes), plain, "{codec}");
        let broken = recoded(codec, |_| vec![0x41; 40]);
        assert!(told(&broken)[0].is_err(), "{codec}");
    }
    assert!(told(&recoded(5, <[u8]>::to_vec))[0].is_err());
}

#[test]
fn what_grows_without_end_is_refused() {
    let bomb = recoded(1, |_| gzip(&vec![0; 300 << 20]));
    assert_eq!(told(&bomb), [Err(BadBatch("a batch grows beyond 256 MiB".to_owned()))]);
    // Declares 4 GiB.
    let liar = recoded(2, |_| vec![0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0]);
    assert!(told(&liar)[0].is_err());
}

proptest! {
    #[test]
    fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        told(&bytes);
    }

    #[test]
    fn a_batch_with_any_byte_changed_ends(at in 0_usize..100, byte: u8) {
        let mut bytes = encoded(&[made(7, "a", Some("1")), made(8, "b", None)]);
        let at = at % bytes.len();
        bytes[at] = byte;
        told(&bytes);
    }
}
