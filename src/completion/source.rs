//! Where the values of an argument come from.

use clap::{Arg, ValueHint};

use super::words;

/// What the live names of a cluster are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// Names of topics.
    Topics,
    /// Ids of groups of every type.
    Groups,
    /// Principals that have ACLs or SCRAM credentials, as `User:ana`.
    Principals,
    /// Users that have SCRAM credentials.
    Users,
    /// Ids of brokers, with their addresses.
    Brokers,
    /// Ids of delegation tokens, with their owners.
    Tokens,
    /// Ids of controllers and others that follow the metadata, with what they are.
    Controllers,
    /// Features of the cluster, with their levels.
    Features,
    /// Keys of a topic's configuration.
    TopicKeys,
    /// Keys of a broker's configuration.
    BrokerKeys,
    /// Keys of a group's configuration.
    GroupKeys,
    /// Keys of a subscription to client metrics.
    ClientMetricsKeys,
    /// Subscriptions to client metrics.
    ClientMetrics,
    /// Loggers of a broker.
    Loggers,
}

impl Names {
    /// All of them, with the words of the cache.
    pub const ALL: [(&'static str, Names); 14] = [
        ("topics", Names::Topics),
        ("groups", Names::Groups),
        ("principals", Names::Principals),
        ("users", Names::Users),
        ("brokers", Names::Brokers),
        ("tokens", Names::Tokens),
        ("controllers", Names::Controllers),
        ("features", Names::Features),
        ("topic-keys", Names::TopicKeys),
        ("broker-keys", Names::BrokerKeys),
        ("group-keys", Names::GroupKeys),
        ("client-metrics-keys", Names::ClientMetricsKeys),
        ("client-metrics", Names::ClientMetrics),
        ("loggers", Names::Loggers),
    ];

    /// `topics`.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, names)| *names == self).map_or("", |(word, _)| word)
    }

    /// The names of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == word).map(|(_, names)| *names)
    }
}

/// Where values come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The grammar knows them all.
    Grammar,
    /// The cluster has them.
    Cluster(Names),
    /// `topic:orders`, `cluster`.
    Resource,
    /// The config file has them.
    Contexts,
    /// A client property with its value.
    Property,
    /// A key of a configuration.
    Key,
    /// The same with its value.
    KeyValue,
    /// `cluster`, `context:NAME`, `snapshot:FILE`, `files:PATH`.
    State,
    /// Commands and topics of the help.
    Help,
    /// Pages of the manual.
    Manual,
    /// Verbs of ACL files.
    Verb,
    /// Codes of findings in ACLs.
    Code,
    /// Places in a log.
    Where,
    /// A secret of a context, and where it comes from.
    Secret,
    /// Columns of the command's tables.
    Column,
    /// These words, in any case.
    Words(&'static [&'static str]),
    /// A file or a folder.
    Files,
    /// A folder.
    Folders,
    /// Nobody knows.
    Nowhere,
}

/// Where the values of this argument of the command at `path` come from.
pub(super) fn of(arg: &Arg, path: &[&str]) -> Source {
    if !arg.get_possible_values().is_empty() {
        return Source::Grammar;
    }
    let noun = path.first().copied().unwrap_or_default();
    let id = arg.get_id().as_str();
    let shown = arg.get_value_names().and_then(|names| names.first()).map_or("", |name| name);
    match (id, shown) {
        ("context" | "confirm_context", _) => return Source::Contexts,
        ("columns" | "sort_by", _) => return Source::Column,
        ("types", "TYPE") => return Source::Words(words::GROUP_TYPES),
        ("states", "STATE") => return Source::Words(words::GROUP_STATES),
        ("protocol_type", _) => return Source::Words(words::PROTOCOL_TYPES),
        ("state", "STATE") => return Source::Words(words::TRANSACTION_STATES),
        ("words", "COMMAND|TOPIC") => return Source::Help,
        ("command", "COMMAND") => return Source::Manual,
        (_, "KEY=VALUE") if id == "properties" => return Source::Property,
        (_, "KEY") if matches!(noun, "topic" | "config" | "quota") => return Source::Key,
        (_, "KEY=VALUE" | "KEY=WORD,…" | "KEY=NUMBER")
            if matches!(noun, "topic" | "config" | "quota") =>
        {
            return Source::KeyValue;
        }
        (_, "PRINCIPAL") => return Source::Cluster(Names::Principals),
        (_, "RESOURCE") => return Source::Resource,
        ("from" | "to", "FROM" | "TO") => return Source::State,
        ("names", _) if path == ["acl", "roles"] => return Source::Verb,
        ("deny" | "allow", "CODE") => return Source::Code,
        ("to", "WHERE") => return Source::Where,
        (_, "FEATURE=LEVEL") => return Source::Cluster(Names::Features),
        ("release", "RELEASE") => return Source::Words(words::RELEASES),
        ("at", "WHICH") => return Source::Words(words::OFFSETS),
        ("secret", "SECRET=PLACE") => return Source::Secret,
        ("user", _) if noun == "quota" => return Source::Cluster(Names::Users),
        ("topic" | "topics", _) | (_, "TOPIC") => return Source::Cluster(Names::Topics),
        ("group" | "groups", _) | (_, "GROUP") => return Source::Cluster(Names::Groups),
        ("client_metrics", _) => return Source::Cluster(Names::ClientMetrics),
        (_, "USER") => return Source::Cluster(Names::Users),
        (_, "TOKEN-ID") => return Source::Cluster(Names::Tokens),
        ("broker" | "brokers" | "logger", _) | (_, "BROKER") => {
            return Source::Cluster(Names::Brokers);
        }
        (_, "ID" | "ID[:DIRECTORY-ID]")
            if path.get(1).is_some_and(|v| v.ends_with("-controller")) =>
        {
            return Source::Cluster(Names::Controllers);
        }
        (_, "ID" | "ID,…") if id.contains("broker") => return Source::Cluster(Names::Brokers),
        _ => {}
    }
    match arg.get_value_hint() {
        ValueHint::AnyPath | ValueHint::FilePath if shown == "FOLDER" => return Source::Folders,
        ValueHint::AnyPath | ValueHint::FilePath => return Source::Files,
        ValueHint::DirPath => return Source::Folders,
        _ => {}
    }
    // What a noun's verbs are about: `kward topic describe NAME…`.
    match noun {
        _ if !arg.is_positional() => Source::Nowhere,
        // A name that is not there yet.
        _ if matches!(path.get(1), Some(&("add" | "create"))) => Source::Nowhere,
        "context" => Source::Contexts,
        "topic" => Source::Cluster(Names::Topics),
        "group" => Source::Cluster(Names::Groups),
        "user" => Source::Cluster(Names::Users),
        _ => Source::Nowhere,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    fn source(path: &[&str], id: &str) -> Source {
        let mut root = crate::cli::Cli::command();
        root.build();
        let mut command = &root;
        for word in path {
            command = command.find_subcommand(word).unwrap();
        }
        let arg = command.get_arguments().find(|arg| arg.get_id() == id).unwrap();
        of(arg, path)
    }

    #[test]
    fn where_values_come_from() {
        for (path, id, expected) in [
            (&["acl", "can"][..], "principal", Source::Cluster(Names::Principals)),
            (&["acl", "can"], "operation", Source::Grammar),
            (&["acl", "can"], "resource", Source::Resource),
            (&["acl", "list"], "topic", Source::Cluster(Names::Topics)),
            (&["acl", "list"], "context", Source::Contexts),
            (&["acl", "list"], "output", Source::Grammar),
            (&["acl", "list"], "properties", Source::Property),
            (&["acl", "list"], "host", Source::Nowhere),
            (&["acl", "list"], "columns", Source::Column),
            (&["topic", "list"], "sort_by", Source::Column),
            (&["acl", "plan"], "files", Source::Files),
            (&["acl", "apply"], "backup_dir", Source::Folders),
            (&["acl", "apply"], "confirm_context", Source::Contexts),
            (&["acl", "diff"], "from", Source::State),
            (&["context", "use"], "name", Source::Contexts),
            (&["context", "add"], "name", Source::Nowhere),
            (&["topic", "describe"], "names", Source::Cluster(Names::Topics)),
            (&["topic", "create"], "names", Source::Nowhere),
            (&["user", "delete"], "names", Source::Cluster(Names::Users)),
            (&["group", "watch"], "groups", Source::Cluster(Names::Groups)),
            (&["group", "doctor"], "groups", Source::Cluster(Names::Groups)),
            (&["group", "remove-members"], "group", Source::Cluster(Names::Groups)),
            (&["topic", "configure"], "set", Source::KeyValue),
            (&["topic", "offsets"], "names", Source::Cluster(Names::Topics)),
            (&["topic", "offsets"], "at", Source::Words(words::OFFSETS)),
            (&["topic", "elect-leaders"], "from_file", Source::Files),
            (&["cluster", "features"], "release", Source::Words(words::RELEASES)),
            (&["cluster", "set-features"], "levels", Source::Cluster(Names::Features)),
            (&["topic", "configure"], "unset", Source::Key),
            (&["topic", "create"], "like", Source::Cluster(Names::Topics)),
            (&["topic", "create"], "set", Source::KeyValue),
            (&["config", "set"], "append", Source::KeyValue),
            (&["config", "describe"], "key", Source::Key),
            (&["quota", "delete"], "key", Source::Key),
            (&["config", "set"], "properties", Source::Property),
            (&["quota", "list"], "user", Source::Cluster(Names::Users)),
            (&["quota", "set"], "user", Source::Cluster(Names::Users)),
            (&["group", "list"], "coordinator", Source::Cluster(Names::Brokers)),
            (&["reassign", "plan"], "drain_brokers", Source::Cluster(Names::Brokers)),
            (&["reassign", "apply"], "exclude_brokers", Source::Cluster(Names::Brokers)),
            (&["config", "set"], "broker", Source::Cluster(Names::Brokers)),
            (&["config", "describe"], "group", Source::Cluster(Names::Groups)),
            (&["config", "set"], "client_metrics", Source::Cluster(Names::ClientMetrics)),
            (&["config", "set"], "logger", Source::Cluster(Names::Brokers)),
            (&["token", "renew"], "ids", Source::Cluster(Names::Tokens)),
            (&["token", "expire"], "hmac_file", Source::Files),
            (&["token", "create"], "renewer", Source::Cluster(Names::Principals)),
            (&["cluster", "add-controller"], "id", Source::Cluster(Names::Controllers)),
            (&["cluster", "add-controller"], "controller_config", Source::Files),
            (&["cluster", "remove-controller"], "controller", Source::Cluster(Names::Controllers)),
            (&["cluster", "unregister-broker"], "id", Source::Nowhere),
            (&["acl", "roles"], "names", Source::Verb),
            (&["acl", "lint"], "deny", Source::Code),
            (&["acl", "lint"], "allow", Source::Code),
            (&["group", "reset-offsets"], "to", Source::Where),
            (&["context", "add"], "secret", Source::Secret),
            (&["group", "list"], "types", Source::Words(words::GROUP_TYPES)),
            (&["group", "list"], "states", Source::Words(words::GROUP_STATES)),
            (&["group", "list"], "protocol_type", Source::Words(words::PROTOCOL_TYPES)),
            (&["transaction", "list"], "state", Source::Words(words::TRANSACTION_STATES)),
            (&["man"], "command", Source::Manual),
            (&["help"], "words", Source::Help),
        ] {
            assert_eq!(source(path, id), expected, "{path:?} {id}");
        }
    }
}
