//! Instants, to the millisecond, as Kafka keeps them.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Milliseconds since 1970; printed and in JSON RFC 3339 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

impl Time {
    /// The milliseconds from `earlier` to this, at least 0.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).max(0)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_millisecond(self.0) {
            Ok(time) => f.pad(&time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()),
            // Beyond the year 9999: nobody's clock says so, but a record may.
            Err(_) => f.pad(if self.0 < 0 {
                "-009999-01-02T01:59:59.000Z"
            } else {
                "9999-12-30T22:00:00.000Z"
            }),
        }
    }
}

impl FromStr for Time {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        text.parse::<Timestamp>().map(|time| Self(time.as_millisecond()))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_back() {
        let time = Time(1_764_338_400_120);
        let json = serde_json::to_string(&time).unwrap();
        assert_eq!(json, "\"2025-11-28T14:00:00.120Z\"");
        assert_eq!(serde_json::from_str::<Time>(&json).unwrap(), time);
        assert_eq!(Time(5).since(Time(2)), 3);
        assert_eq!(Time(2).since(Time(5)), 0);
        for far in [Time(i64::MAX), Time(i64::MIN)] {
            far.to_string().parse::<Time>().expect("a time all the same");
        }
    }
}
