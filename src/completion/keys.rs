//! Keys of configurations: which are asked for, and what the cluster says they are.

use super::question::Question;
use super::{Candidate, Names};
use crate::error::{Error, Result};
use crate::kafka::{Client, ConfigQuestion, Entity};
use crate::topic::{ConfigEntry, EntityType};

/// Quotas, which no broker lists.
const QUOTAS: [(&str, &str); 5] = [
    ("producer_byte_rate", "bytes a second that may be written"),
    ("consumer_byte_rate", "bytes a second that may be read"),
    ("request_percentage", "the share of a thread's time, in percent"),
    ("controller_mutation_rate", "partitions a second that may be created and deleted"),
    ("connection_creation_rate", "connections a second that may be opened"),
];

/// Values that are not told by the broker.
const WORDS: [(&str, &[&str]); 5] = [
    ("cleanup.policy", &["delete", "compact", "compact,delete"]),
    ("log.cleanup.policy", &["delete", "compact", "compact,delete"]),
    ("compression.type", &["producer", "uncompressed", "gzip", "lz4", "snappy", "zstd"]),
    ("message.timestamp.type", &["CreateTime", "LogAppendTime"]),
    ("log.message.timestamp.type", &["CreateTime", "LogAppendTime"]),
];

const LEVELS: [&str; 6] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

const BOOLEAN: &str = "true or false";
const READ_ONLY: &str = "read-only: ";

/// Whose keys the line is about.
fn whose(question: &Question<'_>) -> Vec<Names> {
    if question.path.first() != Some(&"config") {
        return vec![Names::TopicKeys];
    }
    let of = |id: &str| match id {
        "topic" => Some(Names::TopicKeys),
        "broker" | "all_brokers" | "broker_defaults" => Some(Names::BrokerKeys),
        "logger" => Some(Names::Loggers),
        "group" => Some(Names::GroupKeys),
        "client_metrics" => Some(Names::ClientMetricsKeys),
        _ => None,
    };
    let mut names: Vec<_> = question.given.iter().filter_map(|(id, _)| of(id)).collect();
    names.dedup();
    names
}

/// Keys; with `pair` those that can be set, with a `=` behind, or values of the key that is there.
pub(super) fn candidates(
    question: &Question<'_>,
    pair: bool,
    of_cluster: impl Fn(Names) -> Vec<Candidate>,
) -> Vec<Candidate> {
    if question.path.first() == Some(&"quota") {
        let behind = if pair { "=" } else { "" };
        return QUOTAS.map(|(key, about)| Candidate::new(&format!("{key}{behind}"), about)).into();
    }
    let whose = whose(question);
    let known = || whose.iter().flat_map(|names| of_cluster(*names));
    let Some((key, _)) = question.value.split_once('=').filter(|_| pair) else {
        let shown = known().filter(|key| !(pair && key.about.starts_with(READ_ONLY)));
        return shown
            .map(|key| if pair { Candidate { value: key.value + "=", ..key } } else { key })
            .collect();
    };
    let words: &[&str] = match WORDS.iter().find(|(known, _)| *known == key) {
        Some((_, words)) => words,
        None if whose.contains(&Names::Loggers) => &LEVELS,
        None if known().any(|known| known.value == key && known.about.starts_with(BOOLEAN)) => {
            &["true", "false"]
        }
        None => &[],
    };
    words.iter().map(|word| Candidate::new(&format!("{key}={word}"), "")).collect()
}

/// Asks the cluster for the keys: of any topic, of any broker.
pub(super) async fn fetch(client: &Client, names: Names) -> Result<Vec<Candidate>> {
    let any = |kind| Entity { kind, name: "any".to_owned() };
    let broker = async |kind| {
        let brokers = client.describe_cluster().await?.brokers;
        let id = brokers.first().map(|broker| broker.id.to_string()).unwrap_or_default();
        Ok::<_, Error>(Entity { kind, name: id })
    };
    let entity = match names {
        Names::BrokerKeys => broker(EntityType::Broker).await?,
        Names::Loggers => broker(EntityType::BrokerLogger).await?,
        Names::GroupKeys => any(EntityType::Group),
        Names::ClientMetricsKeys => any(EntityType::ClientMetrics),
        _ => match client.list_topics().await?.into_iter().next() {
            Some(name) => Entity::topic(name),
            None => return Ok(Vec::new()),
        },
    };
    let question = ConfigQuestion { documentation: true, ..ConfigQuestion::default() };
    let mut found = Vec::new();
    for entries in client.describe_configs(&[entity], &question).await? {
        let entries = entries.map_err(|error| Error::failed(error.name))?;
        found.extend(entries.iter().map(candidate));
    }
    Ok(found)
}

fn candidate(entry: &ConfigEntry) -> Candidate {
    let mut about = String::new();
    if entry.read_only {
        about += READ_ONLY;
    }
    if entry.kind == crate::topic::ConfigType::Boolean {
        about += BOOLEAN;
        about += ": ";
    }
    about += &first_sentence(entry.documentation.as_deref().unwrap_or_default());
    Candidate::new(&entry.name, about.trim_end_matches(": "))
}

/// Without the marks of HTML that Kafka's documentation has.
fn first_sentence(text: &str) -> String {
    let mut plain = String::new();
    let mut inside = false;
    for c in text.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => inside = false,
            _ if inside => {}
            c if c.is_whitespace() => plain.push(' '),
            c => plain.push(c),
        }
    }
    plain.split(". ").next().unwrap_or_default().trim().trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::completion::question::ask;
    use clap::CommandFactory as _;

    fn told(line: &str) -> Vec<String> {
        let mut root = crate::cli::Cli::command();
        root.build();
        let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let current = words.pop().unwrap();
        let question = ask(&root, &words, &current);
        let of_cluster = |names: Names| match names {
            Names::TopicKeys => vec![
                Candidate::new("preallocate", "true or false: whether"),
                Candidate::new("retention.ms", "how long"),
            ],
            Names::BrokerKeys => vec![Candidate::new("broker.id", "read-only: the id")],
            Names::Loggers => vec![Candidate::new("kafka.server", "")],
            _ => Vec::new(),
        };
        let pair = !words.last().is_some_and(|flag| flag == "--unset" || flag == "--key");
        candidates(&question, pair, of_cluster).into_iter().map(|c| c.value).collect()
    }

    #[test]
    fn keys_are_those_of_whom_the_line_is_about() {
        assert_eq!(told("topic configure a --set "), ["preallocate=", "retention.ms="]);
        assert_eq!(told("topic configure a --unset "), ["preallocate", "retention.ms"]);
        assert_eq!(told("config describe --broker 1 --key "), ["broker.id"]);
        assert_eq!(told("config set --broker 1 --set "), [""; 0], "it cannot be changed");
        assert_eq!(told("config set --group g --set "), [""; 0]);
        assert_eq!(told("config describe --logger 1 --group --key "), ["kafka.server"]);
        assert_eq!(told("quota delete --key ")[0], "producer_byte_rate");
    }

    #[test]
    fn values_are_known_of_some_keys() {
        let values = told("topic configure a --set preallocate=");
        assert_eq!(values, ["preallocate=true", "preallocate=false"]);
        assert_eq!(told("topic create a --set cleanup.policy=")[1], "cleanup.policy=compact");
        assert_eq!(told("config set --logger 1 --set kafka.server=")[1], "kafka.server=DEBUG");
        assert_eq!(told("topic configure a --set retention.ms="), [""; 0]);
    }

    #[test]
    fn documentation_in_a_line() {
        let text = "This configuration controls the <code>x</code>\nsize. It is more.";
        assert_eq!(first_sentence(text), "This configuration controls the x size");
        assert_eq!(first_sentence(""), "");
    }
}
