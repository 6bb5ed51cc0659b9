//! Whether a value can be of the type that its key has (`ConfigDef.parseType`), before the broker is asked: it
//! answers once for all keys of an entity, and knows no units.

use super::config::{ConfigEntry, ConfigType};
use super::config_change::{Asked, ConfigOperation};
use super::synonyms::unit;
use crate::model::visible;

/// Why the value is none of its key, and what was probably meant.
pub(super) fn mistyped(entry: &ConfigEntry, asked: &Asked) -> Option<(String, Option<String>)> {
    let value = asked.value.as_deref().filter(|_| asked.operation == ConfigOperation::Set)?;
    let trimmed = value.trim();
    let (fits, what) = match entry.kind {
        ConfigType::Short => (trimmed.parse::<i16>().is_ok(), "a whole number up to 32767"),
        ConfigType::Int => (trimmed.parse::<i32>().is_ok(), "a whole number up to 2147483647"),
        ConfigType::Long => (trimmed.parse::<i64>().is_ok(), "a whole number"),
        ConfigType::Boolean => (
            ["true", "false"].iter().any(|word| trimmed.eq_ignore_ascii_case(word)),
            "`true` or `false`",
        ),
        _ => return None,
    };
    // Java reads digits of other scripts.
    if fits || entry.sensitive || !value.is_ascii() {
        return None;
    }
    let key = &asked.key;
    if asked.hidden {
        return Some((format!("`{key}` takes {what}, and its value is something else"), None));
    }
    let reason = format!("`{key}` takes {what}, not `{}`", visible(value));
    Some((reason, meant(key, trimmed).map(|number| format!("write `{key}={number}`"))))
}

/// The value as a broker shows it, where it parses it (`ConfigDef.parseType`, `ConfigDef.convertToString`):
/// `08` of a number is `8`, and nothing stands around a word.
pub(super) fn canonical(kind: ConfigType, value: &str) -> String {
    let value = value.trim();
    let number = || Some(value.parse::<i64>().ok()?.to_string());
    let shown = match kind {
        ConfigType::Short | ConfigType::Int | ConfigType::Long => number(),
        ConfigType::Double => {
            let number = value.parse::<f64>().ok().filter(|number| number.is_finite());
            // Beyond these Java writes powers of ten.
            let plain = |number: &f64| *number == 0.0 || (1e-3..1e7).contains(&number.abs());
            number.filter(plain).map(|number| format!("{number:?}"))
        }
        ConfigType::Boolean => Some(value.to_ascii_lowercase()),
        ConfigType::List => Some(value.split(',').map(str::trim).collect::<Vec<_>>().join(",")),
        _ => None,
    };
    shown.unwrap_or_else(|| value.to_owned())
}

/// `7d` for a key in milliseconds, `64MiB` for one in bytes, as the number that Kafka takes.
fn meant(key: &str, value: &str) -> Option<String> {
    let digits = value.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, suffix) = (&value[..digits], value[digits..].trim().to_ascii_lowercase());
    let number: f64 = number.parse().ok()?;
    let (factor, one) = if let Some(one) = unit(key) {
        let factor = match suffix.as_str() {
            "ms" => 1,
            "s" | "sec" => 1000,
            "m" | "min" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => 604_800_000,
            _ => return None,
        };
        (factor, one)
    } else {
        let factor: i64 = match suffix.as_str() {
            "b" => 1,
            "kb" => 1000,
            "mb" => 1_000_000,
            "gb" => 1_000_000_000,
            "kib" | "k" => 1 << 10,
            "mib" | "m" => 1 << 20,
            "gib" | "g" => 1 << 30,
            _ => return None,
        };
        key.ends_with("bytes").then_some((factor, 1))?
    };
    #[expect(clippy::cast_precision_loss, reason = "units are small")]
    let wanted = number * (factor as f64) / (one as f64);
    (wanted.fract() == 0.0 && wanted < 9e15).then(|| format!("{wanted:.0}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: ConfigType, key: &str, value: &str) -> Option<(String, Option<String>)> {
        let entry = ConfigEntry::unset(key, kind);
        let (key, value) = (key.to_owned(), Some(value.to_owned()));
        mistyped(&entry, &Asked { key, operation: ConfigOperation::Set, value, hidden: false })
    }

    #[test]
    fn a_hidden_value_is_in_no_refusal() {
        for (kind, key, value) in [
            (ConfigType::Int, "num.io.threads", "s3cret-Pw"),
            (ConfigType::Long, "retention.ms", "7d"),
            (ConfigType::Boolean, "preallocate", "s3cret-Pw"),
        ] {
            let asked = Asked {
                key: key.to_owned(),
                operation: ConfigOperation::Set,
                value: Some(value.to_owned()),
                hidden: true,
            };
            let (reason, hint) = mistyped(&ConfigEntry::unset(key, kind), &asked).unwrap();
            assert!(!reason.contains(value), "{reason}");
            assert_eq!(hint, None, "what is meant tells the value, too");
        }
    }

    #[test]
    fn numbers_with_units_are_told_as_kafka_takes_them() {
        for (kind, key, value, wanted) in [
            (ConfigType::Long, "retention.ms", "7d", Some("604800000")),
            (ConfigType::Long, "retention.ms", "1.5 h", Some("5400000")),
            (ConfigType::Int, "log.retention.hours", "7d", Some("168")),
            (ConfigType::Int, "segment.bytes", "64MiB", Some("67108864")),
            (ConfigType::Long, "retention.bytes", "1GB", Some("1000000000")),
            (ConfigType::Long, "retention.ms", "soon", None),
            (ConfigType::Int, "min.insync.replicas", "2k", None),
            (ConfigType::Int, "log.retention.hours", "1m", None),
        ] {
            let (reason, hint) = told(kind, key, value).expect("no number");
            assert!(reason.ends_with(&format!(", not `{value}`")), "{reason}");
            assert_eq!(hint, wanted.map(|number| format!("write `{key}={number}`")), "{value}");
        }
        let (reason, _) = told(ConfigType::Boolean, "preallocate", "yes").unwrap();
        assert_eq!(reason, "`preallocate` takes `true` or `false`, not `yes`");
        assert!(told(ConfigType::Int, "segment.bytes", "3000000000").is_some(), "four bytes");
    }

    #[test]
    fn values_are_shown_as_a_broker_shows_them() {
        for (kind, value, shown) in [
            (ConfigType::Int, "08", "8"),
            (ConfigType::Long, " +5 ", "5"),
            (ConfigType::Double, "5e-1", "0.5"),
            (ConfigType::Double, "1", "1.0"),
            (ConfigType::Double, "1e9", "1e9"),
            (ConfigType::Boolean, "TRUE", "true"),
            (ConfigType::String, "zstd ", "zstd"),
            (ConfigType::List, "compact , delete", "compact,delete"),
            (ConfigType::Long, "much", "much"),
        ] {
            assert_eq!(canonical(kind, value), shown, "{value}");
        }
    }

    #[test]
    fn what_a_broker_may_take_is_left_to_it() {
        for (kind, key, value) in [
            (ConfigType::Long, "retention.ms", " -1 "),
            (ConfigType::Long, "retention.ms", "+5"),
            (ConfigType::Boolean, "preallocate", "TRUE"),
            (ConfigType::Double, "min.cleanable.dirty.ratio", "half"),
            (ConfigType::String, "compression.type", "7d"),
            (ConfigType::Long, "retention.ms", "٣"),
        ] {
            assert_eq!(told(kind, key, value), None, "{value}");
        }
    }
}
