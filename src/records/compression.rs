//! The codecs of record batches (`CompressionType`), in Rust throughout, with an end to what a few
//! bytes may grow into.

use std::io::{Cursor, Read};

/// The most that one batch may have. Brokers take batches of 1 MiB by default (`message.max.bytes`).
const LARGEST: usize = 256 << 20;

/// How the records of a batch are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// As they are.
    None,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
    /// A later invention.
    Other(i16),
}

impl Codec {
    /// From the attributes of a batch.
    pub fn of(attributes: i16) -> Self {
        match attributes & 7 {
            0 => Self::None,
            1 => Self::Gzip,
            2 => Self::Snappy,
            3 => Self::Lz4,
            4 => Self::Zstd,
            other => Self::Other(other),
        }
    }
}

/// Adds what `bytes` hold to `out`.
pub fn decompress(codec: Codec, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
    match codec {
        Codec::None => {
            out.extend_from_slice(bytes);
            Ok(())
        }
        Codec::Gzip => drain("gzip", flate2::read::MultiGzDecoder::new(bytes), out),
        Codec::Lz4 => drain("lz4", lz4_flex::frame::FrameDecoder::new(bytes), out),
        Codec::Zstd => {
            let mut source = bytes;
            let decoder = ruzstd::decoding::StreamingDecoder::new(&mut source)
                .map_err(|error| format!("no zstd: {error}"))?;
            drain("zstd", decoder, out)
        }
        Codec::Snappy => snappy(bytes, out).map_err(|why| format!("no snappy: {why}")),
        Codec::Other(code) => Err(format!("an unknown compression ({code})")),
    }
}

fn drain(name: &str, source: impl Read, out: &mut Vec<u8>) -> Result<(), String> {
    let limit = u64::try_from(LARGEST).unwrap_or(u64::MAX) + 1;
    source.take(limit).read_to_end(out).map_err(|error| format!("no {name}: {error}"))?;
    if out.len() > LARGEST { Err(too_large()) } else { Ok(()) }
}

fn too_large() -> String {
    format!("a batch grows beyond {} MiB", LARGEST >> 20)
}

/// What Java's library puts in front of its blocks (`SnappyCodec`): a mark and two versions.
const XERIAL: &[u8] = &[0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0];

/// One block, or the blocks of Java's library, each with its length in front.
fn snappy(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
    let Some(framed) = bytes.strip_prefix(XERIAL) else { return snappy_block(bytes, out) };
    let mut rest = Cursor::new(framed.get(8..).ok_or("it ends too early")?);
    let mut length = [0; 4];
    while rest.read_exact(&mut length).is_ok() {
        let length = u64::from(u32::from_be_bytes(length));
        let from = rest.position();
        let end = from.saturating_add(length);
        let index = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        let block = rest.get_ref().get(index(from)..index(end)).ok_or("it ends too early")?;
        snappy_block(block, out)?;
        rest.set_position(end);
    }
    Ok(())
}

fn snappy_block(block: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
    let fail = |error: snap::Error| error.to_string();
    let length = snap::raw::decompress_len(block).map_err(fail)?;
    let start = out.len();
    // Snappy makes 64 bytes of 3 at best.
    if start.saturating_add(length) > LARGEST || length / 32 > block.len() {
        return Err(too_large());
    }
    out.resize(start + length, 0);
    snap::raw::Decoder::new().decompress(block, &mut out[start..]).map_err(fail)?;
    Ok(())
}
