//! The values of flags, typed at this boundary: each spelling that Kafka's own tools take is taken here.

use std::time::Duration;

use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use regex_lite::Regex;

use crate::model::{
    DirectoryId, Host, Listener, MetadataVersion, Operation, PatternFilter, PatternType,
    PermissionType, Principal, PrincipalError, Resource, ResourceType, ScramMechanism, TopicId,
    UnknownMetadataVersion,
};

/// Shells that kward has a completion script for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names say it, and help would repeat them")]
pub enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

/// `read`, `READ` and Kafka's `Read`; the first is the one that help and completion show.
fn word(lower: &'static str, upper: &'static str) -> PossibleValue {
    let camel = lower.split('-').map(capital).collect::<String>();
    let mut value = PossibleValue::new(lower);
    for alias in [upper.to_owned(), camel, lower.replace('-', "_")] {
        if alias != lower {
            value = value.alias(alias);
        }
    }
    value
}

fn capital(part: &str) -> String {
    let mut chars = part.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

macro_rules! enum_parser {
    ($(#[$meta:meta])* $name:ident, $type:ty $(, but not $hidden:expr)?) => {
        $(#[$meta])*
        pub fn $name() -> impl TypedValueParser<Value = $type> {
            let values = <$type>::ALL.iter().filter_map(|v| {
                let word = word(v.lower()?, v.upper()?);
                $(let word = word.hide(*v == $hidden);)?
                Some(word)
            });
            PossibleValuesParser::new(values).map(|given| {
                let wanted = given.replace(['-', '_'], "").to_lowercase();
                *<$type>::ALL
                    .iter()
                    .find(|v| v.lower().is_some_and(|l| l.replace('-', "") == wanted))
                    .expect("clap accepts only the listed words")
            })
        }
    };
}

enum_parser! {
    /// An operation.
    operation, Operation
}
enum_parser! {
    /// The operation of a question: what a broker may ask. ALL is read, and refused with the reason.
    asked_operation, Operation, but not Operation::All
}
enum_parser! {
    /// `allow` or `deny`.
    permission, PermissionType
}
enum_parser! {
    /// `literal` or `prefixed`.
    pattern_type, PatternType
}

enum_parser! {
    /// `scram-sha-256` or `scram-sha-512`.
    scram_mechanism, ScramMechanism
}

/// How a filter compares names.
pub fn pattern_filter() -> impl TypedValueParser<Value = PatternFilter> {
    PossibleValuesParser::new([
        word("literal", "LITERAL").help("the exact name, as a literal pattern"),
        word("prefixed", "PREFIXED").help("the exact prefix, as a prefixed pattern"),
        word("any", "ANY").help("the exact name, of either pattern"),
        word("match", "MATCH")
            .help("every ACL that affects the name: literal, `*` and prefixes of it"),
    ])
    .map(|given| match given.to_lowercase().as_str() {
        "literal" => PatternFilter::Literal,
        "prefixed" => PatternFilter::Prefixed,
        "match" => PatternFilter::Match,
        _ => PatternFilter::Any,
    })
}

/// `User:ana`.
pub fn principal(text: &str) -> Result<Principal, String> {
    Principal::parse(text).map_err(|error| wrong_principal(text, error))
}

/// A principal of a filter: what a cluster holds can be found however odd it is.
pub fn principal_filter(text: &str) -> Result<Principal, String> {
    Principal::stored(text).map_err(|error| wrong_principal(text, error))
}

fn wrong_principal(text: &str, error: PrincipalError) -> String {
    if text.contains(':') { error.to_string() } else { format!("{error}, as in `User:{text}`") }
}

/// `*`, an address or a range, brought into the form that the broker compares.
pub fn host(text: &str) -> Result<Host, String> {
    Host::parse(text).map_err(|error| error.to_string())
}

/// A host of a filter: verbatim, so that what a cluster holds can be found however odd it is, and nothing else.
#[allow(clippy::unnecessary_wraps, reason = "the shape of a value parser")]
pub fn host_filter(text: &str) -> Result<Host, String> {
    Ok(Host::verbatim(text))
}

/// The address of a client.
pub fn client_host(text: &str) -> Result<Host, String> {
    let address: std::net::IpAddr =
        text.parse().map_err(|_| "a client comes from an IP address".to_owned())?;
    Ok(Host::of_address(address))
}

/// `topic:orders`, `cluster`.
pub fn resource(text: &str) -> Result<Resource, String> {
    let (word, name) = text.split_once(':').map_or((text, None), |(w, n)| (w, Some(n)));
    let resource_type: ResourceType =
        word.parse().map_err(|error: crate::model::UnknownWord| {
            format!("{error}; a resource is `type:name`, as in `topic:orders`, or `cluster`")
        })?;
    Resource::of(word, resource_type, name)
}

/// The id of a topic, as Kafka prints it.
pub fn topic_id(text: &str) -> Result<TopicId, String> {
    text.parse().map_err(|_| {
        "an id of a topic has 22 letters and digits, like `IMYrer6NReaCezWtnUGdag`".to_owned()
    })
}

/// The id of a log folder, as Kafka prints it.
pub fn directory_id(text: &str) -> Result<DirectoryId, String> {
    text.parse().map_err(|_| {
        "an id of a directory has 22 letters and digits, like `ce1JLyEo7reNkYZLtXyk7A`".to_owned()
    })
}

/// `3`, or `3:ce1JLyEo7reNkYZLtXyk7A`.
pub fn controller(text: &str) -> Result<(i32, Option<DirectoryId>), String> {
    let (id, directory) =
        text.split_once(':').map_or((text, None), |(id, directory)| (id, Some(directory)));
    let id: i32 = id
        .parse()
        .ok()
        .filter(|id| *id >= 0)
        .ok_or("a controller is its `node.id`, as in `3` or `3:ce1JLyEo7reNkYZLtXyk7A`")?;
    Ok((id, directory.map(directory_id).transpose()?))
}

/// `CONTROLLER=host:9093`.
pub fn listener(text: &str) -> Result<Listener, String> {
    let listener: Listener =
        text.parse().map_err(|error: crate::model::NoListener| error.to_string())?;
    if listener.host.is_empty() { Err(crate::model::NoListener.to_string()) } else { Ok(listener) }
}

/// A regular expression that the whole of a name has to match, as `kafka-topics --topic` means it.
pub fn whole_name(pattern: &str) -> Result<Regex, String> {
    // The error repeats the expression with a mark under the mistake: only what it says is kept.
    let told = |error: &regex_lite::Error| {
        let text = error.to_string();
        text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
    };
    // By itself first, so that the frame around it mends nothing.
    Regex::new(pattern).map_err(|error| told(&error))?;
    Regex::new(&format!("^(?:{pattern})$")).map_err(|error| told(&error))
}

/// `KEY=VALUE`; the value may be empty and may hold `=`.
pub fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => {
            Ok((key.trim().to_owned(), value.to_owned()))
        }
        _ => Err("wanted is `KEY=VALUE`".to_owned()),
    }
}

/// Reads `FEATURE=LEVEL`; the level of `metadata.version` has names, too.
pub fn feature_level(text: &str) -> Result<(String, i16), String> {
    let wanted =
        || "wanted is `FEATURE=LEVEL`: `metadata.version=4.1`, `share.version=1`".to_owned();
    let (name, level) = text.split_once('=').ok_or_else(wanted)?;
    let (name, level) = (name.trim(), level.trim());
    if name == MetadataVersion::FEATURE {
        let MetadataVersion(level) =
            level.parse().map_err(|error: UnknownMetadataVersion| error.to_string())?;
        return Ok((name.to_owned(), level));
    }
    match level.parse::<i16>() {
        Ok(level) if level >= 0 && !name.is_empty() => Ok((name.to_owned(), level)),
        _ => Err(wanted()),
    }
}

/// The brokers of each partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment(pub Vec<Vec<i32>>);

/// Reads `1:2,2:3`: the brokers of each partition, the preferred leader first.
pub fn assignment(text: &str) -> Result<Assignment, String> {
    const WANTED: &str = "an assignment is the brokers of each partition: `1:2,2:3`";
    let id = |text: &str| match text.trim().parse() {
        Ok(id) if id >= 0 => Ok(id),
        _ => Err(WANTED.to_owned()),
    };
    let partitions: Vec<Vec<i32>> = text
        .split(',')
        .map(|one| one.split(':').map(id).collect())
        .collect::<Result<_, String>>()?;
    for (at, brokers) in partitions.iter().enumerate() {
        if (1..brokers.len()).any(|i| brokers[..i].contains(&brokers[i])) {
            return Err(format!("partition {at} names a broker twice"));
        }
        if brokers.len() != partitions[0].len() {
            return Err(format!(
                "partition {at} has {} replicas and partition 0 has {}: Kafka wants the same for all",
                brokers.len(),
                partitions[0].len()
            ));
        }
    }
    Ok(Assignment(partitions))
}

/// A moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// This one, in milliseconds since 1970.
    At(i64),
    /// This long ago.
    Ago(Duration),
}

/// `2026-01-31T09:00:00Z`, or how long ago: `7d`, `12h`.
pub fn moment(text: &str) -> Result<Moment, String> {
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Ok(Moment::At(time.as_millisecond()));
    }
    let days = text.strip_suffix('d').and_then(|days| days.parse::<u64>().ok());
    if let Some(days) = days {
        return match days.checked_mul(24).filter(|hours| *hours > 0 && *hours < 1_000_000) {
            Some(hours) => Ok(Moment::Ago(Duration::from_hours(hours))),
            None => Err("so many days are none".to_owned()),
        };
    }
    super::global::parse_duration(text).map(Moment::Ago).map_err(|_| {
        "a time is `2026-01-31T09:00:00Z` (with a zone), or how long ago: `7d`, `12h`".to_owned()
    })
}

/// Which offset of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it, and help would repeat them")]
pub enum WhichOffset {
    Earliest,
    Latest,
    MaxTimestamp,
    EarliestLocal,
    LatestTiered,
    /// That of the first record that is not older.
    At(Moment),
}

/// `latest`, or a moment.
pub fn which_offset(text: &str) -> Result<WhichOffset, String> {
    match text {
        "earliest" => Ok(WhichOffset::Earliest),
        "latest" => Ok(WhichOffset::Latest),
        "max-timestamp" => Ok(WhichOffset::MaxTimestamp),
        "earliest-local" => Ok(WhichOffset::EarliestLocal),
        "latest-tiered" => Ok(WhichOffset::LatestTiered),
        _ => moment(text).map(WhichOffset::At).map_err(|_| {
            "wanted is `earliest`, `latest`, `max-timestamp`, `earliest-local`, `latest-tiered`, or a time: \
             `2026-01-31T09:00:00Z` (with a zone), or how long ago: `7d`, `12h`"
                .to_owned()
        }),
    }
}

/// A rate in bytes a second: `10485760`, `50MB`, `20MiB`, with or without `/s`.
pub fn rate(text: &str) -> Result<u64, String> {
    const WANTED: &str =
        "a rate is bytes a second: `10485760`, `50MB` (a million each), `20MiB` (2^20 each)";
    let text = text.trim();
    let text = text.strip_suffix("/s").unwrap_or(text);
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit.trim().to_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return Err(WANTED.to_owned()),
    };
    let number: u64 = number.parse().map_err(|_| WANTED.to_owned())?;
    // Kafka keeps it in 64 bits with a sign.
    match number.checked_mul(factor).filter(|rate| i64::try_from(*rate).is_ok()) {
        Some(0) => Err("a rate of 0 would never end".to_owned()),
        Some(rate) => Ok(rate),
        None => Err(WANTED.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates() {
        for (text, bytes) in [
            ("1", 1),
            ("50MB", 50_000_000),
            ("20MiB/s", 20 << 20),
            ("1 gb", 1_000_000_000),
            ("3k", 3_000),
        ] {
            assert_eq!(rate(text), Ok(bytes), "{text}");
        }
        for bad in ["", "0", "MB", "-1", "1.5MB", "1TB", "9999999999GB", "10 MB per second"] {
            assert!(rate(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn resources() {
        assert_eq!(resource("topic:a:b").unwrap().name, "a:b");
        assert_eq!(resource("cluster").unwrap().name, "kafka-cluster");
        assert_eq!(resource("user:User:bob").unwrap().name, "User:bob");
        for bad in ["orders", "topic", "topic:", "cluster:x", "topic:a*"] {
            assert!(resource(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_spellings_of_kafkas_tools_are_taken() {
        let command = clap::Command::new("t")
            .arg(clap::Arg::new("o").long("operation").value_parser(operation()));
        for spelling in ["alter-configs", "ALTER_CONFIGS", "AlterConfigs", "alter_configs"] {
            let matches = command.clone().try_get_matches_from(["t", "--operation", spelling]);
            assert_eq!(matches.unwrap().get_one::<Operation>("o"), Some(&Operation::AlterConfigs));
        }
    }

    #[test]
    fn assignments() {
        assert_eq!(assignment("1:2, 2:3").unwrap().0, [[1, 2], [2, 3]]);
        for bad in ["", "1:", "a", "1:1", "1:2,3", "-1", "1;2"] {
            assert!(assignment(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn moments() {
        assert_eq!(moment("1970-01-01T00:00:01Z"), Ok(Moment::At(1000)));
        assert_eq!(moment("7d"), Ok(Moment::Ago(Duration::from_hours(168))));
        assert_eq!(moment("90m"), Ok(Moment::Ago(Duration::from_mins(90))));
        for bad in ["", "yesterday", "2026-01-31", "2026-01-31T09:00:00", "0d", "-1h"] {
            assert!(moment(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn offsets_are_words_or_moments() {
        assert_eq!(which_offset("latest-tiered"), Ok(WhichOffset::LatestTiered));
        let hour = Moment::Ago(Duration::from_hours(1));
        assert_eq!(which_offset("1h"), Ok(WhichOffset::At(hour)));
        for bad in ["", "LATEST", "-1", "yesterday", "1700000000000"] {
            assert!(which_offset(bad).unwrap_err().starts_with("wanted is `earliest`"), "{bad}");
        }
    }

    #[test]
    fn a_whole_name_is_matched_and_a_wrong_expression_says_why() {
        assert!(whole_name("a|bc").unwrap().is_match("bc"));
        assert!(!whole_name("a|bc").unwrap().is_match("abc"));
        assert_eq!(whole_name("a(").unwrap_err(), "found open group without closing ')'");
        assert!(whole_name("a)|(b").is_err(), "the frame around it does not mend it");
        assert_eq!(key_value("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert_eq!(key_value("a="), Ok(("a".to_owned(), String::new())));
        assert!(key_value("=b").is_err() && key_value("a").is_err());
    }
}
