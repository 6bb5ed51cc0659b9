//! Kafka's wire types, read with bounds: nothing is allocated by what a peer declares, and a count
//! that the remaining bytes cannot hold is an error. Pure.

/// Why an answer cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

/// Reads an answer, or a record, from its bytes.
#[derive(Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    flexible: bool,
    /// What the answer says about throttling, in milliseconds.
    pub throttle_ms: i32,
}

type Read<T> = Result<T, Malformed>;

const SHORT: Malformed = Malformed("it ends too early");
const COUNT: Malformed = Malformed("it declares more items than it has bytes for");
const NULL: Malformed = Malformed("a value is missing that must be there");

impl<'a> Reader<'a> {
    /// `flexible`: whether this version of the message uses compact types and tagged fields (KIP-482).
    pub fn new(bytes: &'a [u8], flexible: bool) -> Self {
        Self { rest: bytes, flexible, throttle_ms: 0 }
    }

    /// The bytes not yet read.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// How many bytes are not yet read.
    #[cfg(test)]
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    pub fn take(&mut self, len: usize) -> Read<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(SHORT)?;
        self.rest = rest;
        Ok(taken)
    }

    fn fixed<const N: usize>(&mut self) -> Read<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(SHORT)?;
        self.rest = rest;
        Ok(*taken)
    }

    pub fn i8(&mut self) -> Read<i8> {
        self.fixed().map(i8::from_be_bytes)
    }

    pub fn bool(&mut self) -> Read<bool> {
        Ok(self.i8()? != 0)
    }

    pub fn i16(&mut self) -> Read<i16> {
        self.fixed().map(i16::from_be_bytes)
    }

    pub fn i32(&mut self) -> Read<i32> {
        self.fixed().map(i32::from_be_bytes)
    }

    pub fn i64(&mut self) -> Read<i64> {
        self.fixed().map(i64::from_be_bytes)
    }

    pub fn uuid(&mut self) -> Read<[u8; 16]> {
        self.fixed()
    }

    pub fn f64(&mut self) -> Read<f64> {
        self.fixed().map(f64::from_be_bytes)
    }

    /// `throttle_time_ms`, kept in [`Reader::throttle_ms`].
    pub fn throttle(&mut self) -> Read<()> {
        self.throttle_ms = self.i32()?;
        Ok(())
    }

    pub fn unsigned_varint(&mut self) -> Read<u32> {
        let mut value: u32 = 0;
        for shift in [0, 7, 14, 21, 28] {
            let [byte] = self.fixed::<1>()?;
            let bits = u32::from(byte & 0x7f);
            if shift == 28 && bits > 0xf {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Malformed("a number is too long"))
    }

    /// A signed number of variable length, zigzag, as in records.
    pub fn varlong(&mut self) -> Read<i64> {
        let mut value: u64 = 0;
        for shift in (0..70).step_by(7) {
            let [byte] = self.fixed::<1>()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
            }
        }
        Err(Malformed("a number is too long"))
    }

    /// A length: of an array, or of bytes; `None` for null.
    fn length(&mut self, short: bool) -> Read<Option<usize>> {
        if self.flexible {
            return Ok((self.unsigned_varint()? as usize).checked_sub(1));
        }
        let length = if short { i32::from(self.i16()?) } else { self.i32()? };
        match length {
            -1 => Ok(None),
            other => {
                usize::try_from(other).map(Some).map_err(|_| Malformed("a length is negative"))
            }
        }
    }

    pub fn nullable_string(&mut self) -> Read<Option<&'a str>> {
        let Some(length) = self.length(true)? else { return Ok(None) };
        let bytes = self.take(length)?;
        str::from_utf8(bytes).map(Some).map_err(|_| Malformed("a text is not UTF-8"))
    }

    pub fn string(&mut self) -> Read<&'a str> {
        self.nullable_string()?.ok_or(NULL)
    }

    pub fn nullable_bytes(&mut self) -> Read<Option<&'a [u8]>> {
        match self.length(false)? {
            Some(length) => self.take(length).map(Some),
            None => Ok(None),
        }
    }

    /// The number of items of an array (null counts as empty), each of at least `smallest` bytes.
    pub fn array(&mut self, smallest: usize) -> Read<usize> {
        let count = self.length(false)?.unwrap_or(0);
        if count > self.rest.len() / smallest.max(1) {
            return Err(COUNT);
        }
        Ok(count)
    }

    /// Reads an array of items.
    pub fn items<T>(
        &mut self,
        smallest: usize,
        mut item: impl FnMut(&mut Self) -> Read<T>,
    ) -> Read<Vec<T>> {
        let count = self.array(smallest)?;
        (0..count).map(|_| item(self)).collect()
    }

    /// Skips an array of items.
    pub fn skip_items(
        &mut self,
        smallest: usize,
        mut item: impl FnMut(&mut Self) -> Read<()>,
    ) -> Read<()> {
        for _ in 0..self.array(smallest)? {
            item(self)?;
        }
        Ok(())
    }

    /// Skips the tagged fields that end a structure in a flexible version.
    pub fn tags(&mut self) -> Read<()> {
        self.tagged(|_, _| Ok(()))
    }

    /// Reads the tagged fields that end a structure in a flexible version.
    pub fn tagged(&mut self, mut field: impl FnMut(u32, &mut Reader<'a>) -> Read<()>) -> Read<()> {
        if !self.flexible {
            return Ok(());
        }
        for _ in 0..self.unsigned_varint()? {
            let tag = self.unsigned_varint()?;
            let length = self.unsigned_varint()? as usize;
            let bytes = self.take(length)?;
            field(tag, &mut Reader::new(bytes, true))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_encodings() {
        let mut classic = Reader::new(&[0, 2, b'h', b'i', 0xff, 0xff, 0, 0, 0, 1, 9], false);
        assert_eq!(classic.string(), Ok("hi"));
        assert_eq!(classic.nullable_string(), Ok(None));
        assert_eq!(classic.items(1, Reader::i8), Ok(vec![9]));
        classic.tags().unwrap();
        assert_eq!(classic.remaining(), 0);
        let mut compact = Reader::new(&[3, b'h', b'i', 0, 2, 9, 1, 5, 2, 7, 7], true);
        assert_eq!(compact.string(), Ok("hi"));
        assert_eq!(compact.nullable_string(), Ok(None));
        assert_eq!(compact.items(1, Reader::i8), Ok(vec![9]));
        let mut seen = Vec::new();
        compact
            .tagged(|tag, rest| {
                seen.push((tag, rest.remaining()));
                Ok(())
            })
            .unwrap();
        assert_eq!(seen, [(5, 2)]);
    }

    #[test]
    fn what_is_declared_must_be_there() {
        let huge = [0x7f, 0xff, 0xff, 0xff, 1, 2, 3];
        assert_eq!(Reader::new(&huge, false).array(1), Err(COUNT));
        assert_eq!(Reader::new(&huge, false).nullable_bytes(), Err(SHORT));
        let compact = [0xff, 0xff, 0xff, 0xff, 0x0f, 1];
        assert_eq!(Reader::new(&compact, true).array(1), Err(COUNT));
        assert_eq!(Reader::new(&compact, true).string(), Err(SHORT));
        assert_eq!(Reader::new(&[0, 0, 0, 2, 1], false).array(1), Err(COUNT));
        assert!(Reader::new(&[0xff, 0xfe], false).length(true).is_err());
        assert!(Reader::new(&[0xff; 8], true).unsigned_varint().is_err());
        assert_eq!(Reader::new(&[], false).i32(), Err(SHORT));
        assert!(Reader::new(&[0, 1, 0xff], false).string().is_err());
    }
}
