//! Which columns the tables of a command may have: what `--columns` and `--sort-by` take, for the check
//! before anything is asked of a cluster, and for completion.

/// What is written about a binding.
const WRITTEN_ACL: &[&str] =
    &["STATUS", "PRINCIPAL", "PERMISSION", "OPERATION", "TYPE", "NAME", "PATTERN", "HOST", "ERROR"];
const MEMBERS: &[&str] = &[
    "GROUP",
    "MEMBER",
    "INSTANCE",
    "CLIENT",
    "HOST",
    "RACK",
    "EPOCH",
    "PROTOCOL",
    "HOLDS",
    "LAG",
    "PARTITIONS",
    "MOVING",
    "SUBSCRIPTION",
    "STANDBY",
    "PROCESS",
    "ENDPOINT",
    "TAGS",
];
const WRITTEN_TOPIC: &[&str] =
    &["STATUS", "TOPIC", "PARTITIONS", "REPLICAS", "SIZE", "DIFFERS", "ERROR"];
const WRITTEN_CONFIG: &[&str] = &["STATUS", "TYPE", "NAME", "KEY", "OLD", "FROM", "NEW", "ERROR"];
const WRITTEN_PARTITION: &[&str] = &[
    "STATUS",
    "TOPIC",
    "PARTITION",
    "OLD-START",
    "NEW-START",
    "RECORDS",
    "OLD-LEADER",
    "LEADER",
    "ERROR",
];
const WRITTEN_TOKEN: &[&str] = &[
    "STATUS",
    "TOKEN",
    "OWNER",
    "RENEWERS",
    "OLD-EXPIRES",
    "EXPIRES",
    "LATEST",
    "HMAC",
    "HMAC-FILE",
    "ERROR",
];
const WRITTEN_OFFSET: &[&str] = &[
    "STATUS",
    "GROUP",
    "TOPIC",
    "PARTITION",
    "OLD",
    "NEW",
    "ASKED",
    "OLD-LAG",
    "NEW-LAG",
    "ERROR",
];
const WRITTEN_MOVE: &[&str] =
    &["STATUS", "TOPIC", "PARTITION", "FROM", "TO", "COPY", "COMPLETED", "REASON", "ERROR"];

/// The columns of the command at `path` (`["acl", "list"]`), in the order of its tables; none where it
/// prints no table.
pub fn of(path: &[&str]) -> &'static [&'static str] {
    match path {
        ["acl", verb] => acl(verb),
        ["topic", verb] => topic(verb),
        ["config", "describe"] => &["KEY", "VALUE", "FROM", "TYPE", "READ-ONLY"],
        ["config", "set"] => WRITTEN_CONFIG,
        ["cluster", verb] => cluster(verb),
        ["user", "list"] => &["USER", "MECHANISM", "ITERATIONS"],
        ["user", _] => &["STATUS", "USER", "MECHANISM", "ITERATIONS", "PASSWORD", "ERROR"],
        ["token", "list"] => {
            &["TOKEN", "OWNER", "RENEWERS", "EXPIRES", "LATEST", "ISSUED", "REQUESTER"]
        }
        ["token", _] => WRITTEN_TOKEN,
        ["quota", "list"] => &["ENTITY", "QUOTA", "VALUE"],
        ["quota", _] => &["STATUS", "ENTITY", "QUOTA", "OLD", "NEW", "ERROR"],
        ["group", verb] => group(verb),
        ["reassign", verb] => reassign(verb),
        ["transaction", verb] => transaction(verb),
        ["context", "list"] => {
            &["CURRENT", "NAME", "SERVERS", "PROTOCOL", "USER", "GUARDS", "CLUSTER", "PROBLEM"]
        }
        ["context", "show"] => &["PROPERTY", "VALUE", "SET-BY"],
        _ => &[],
    }
}

fn acl(verb: &str) -> &'static [&'static str] {
    match verb {
        "list" => &["PRINCIPAL", "PERMISSION", "OPERATION", "TYPE", "NAME", "PATTERN", "HOST"],
        "create" | "delete" | "copy" | "apply" => WRITTEN_ACL,
        "can" => &["ALLOWED", "PRINCIPAL", "OPERATION", "RESOURCE", "HOST", "REASON"],
        "who-can" => &["PRINCIPAL", "FROM", "BY", "SOURCE"],
        _ => &[],
    }
}

fn topic(verb: &str) -> &'static [&'static str] {
    match verb {
        "list" => &["NAME", "PARTITIONS", "REPLICAS", "SIZE", "HEALTH", "INTERNAL", "TOPIC-ID"],
        "describe" => &[
            "TOPIC",
            "PARTITION",
            "LEADER",
            "REPLICAS",
            "IN-SYNC",
            "MOVING",
            "ELR",
            "LAST-KNOWN-ELR",
            "START",
            "END",
            "SIZE",
            "PROBLEMS",
        ],
        "offsets" => &[
            "TOPIC",
            "PARTITION",
            "START",
            "END",
            "RECORDS",
            "OFFSET",
            "TIMESTAMP",
            "LEADER",
            "ERROR",
        ],
        "create" | "delete" | "add-partitions" => WRITTEN_TOPIC,
        "configure" => WRITTEN_CONFIG,
        "trim" | "elect-leaders" => WRITTEN_PARTITION,
        "apply" => &["STATUS", "TOPIC", "CHANGE", "OLD", "NEW", "ERROR"],
        _ => &[],
    }
}

fn cluster(verb: &str) -> &'static [&'static str] {
    match verb {
        "describe" => {
            &["ID", "HOST", "PORT", "RACK", "VERSION", "FEATURE", "FINALIZED", "NAME", "SUPPORTED"]
        }
        "brokers" => &[
            "ID",
            "ADDRESS",
            "RACK",
            "REPLICAS",
            "LEADERS",
            "OUT-OF-SYNC",
            "SIZE",
            "LEADER-SKEW",
            "PREFERRED",
            "REPLICA-SKEW",
            "SIZE-SKEW",
            "ROLE",
        ],
        "api-versions" => &["KEY", "API", "MIN", "MAX"],
        "features" => &["FEATURE", "FINALIZED", "NAME", "SUPPORTED", "LEVEL", "REQUIRES"],
        "set-features" => &["STATUS", "FEATURE", "OLD", "NEW", "ERROR"],
        "quorum" => &["ID", "ROLE", "DIRECTORY", "END", "LAG", "LAG-MS", "LAST-FETCH", "LISTENERS"],
        "add-controller" | "remove-controller" => {
            &["STATUS", "CONTROLLER", "DIRECTORY", "LISTENERS", "VOTERS", "MAY-FAIL", "ERROR"]
        }
        "unregister-broker" => &["STATUS", "BROKER", "ADDRESS", "ERROR"],
        "log-dirs" => &[
            "BROKER",
            "DIR",
            "TOPIC",
            "PARTITION",
            "SIZE",
            "REPLICAS",
            "DISK",
            "FREE",
            "LAG",
            "FUTURE",
            "ERROR",
        ],
        _ => &[],
    }
}

fn group(verb: &str) -> &'static [&'static str] {
    match verb {
        "list" => &["GROUP", "TYPE", "STATE", "MEMBERS", "PROTOCOL", "COORDINATOR"],
        "describe" | "members" => MEMBERS,
        "lag" => &[
            "GROUP",
            "TOPIC",
            "PARTITION",
            "COMMITTED",
            "START",
            "END",
            "LAG",
            "AGE",
            "PROBLEM",
            "CLIENT",
            "HOST",
            "MEMBER",
            "PARTITIONS",
            "PROBLEMS",
        ],
        "watch" => &[
            "GROUP",
            "TYPE",
            "STATE",
            "EPOCH",
            "MEMBERS",
            "MOVING",
            "LAG",
            "TREND",
            "CONSUMED/S",
            "WRITTEN/S",
            "NOTE",
            "MEMBER",
            "INSTANCE",
            "CLIENT",
            "HOST",
            "RACK",
            "PROTOCOL",
            "HOLDS",
            "PARTITIONS",
            "SUBSCRIPTION",
            "STANDBY",
            "PROCESS",
            "ENDPOINT",
            "TAGS",
        ],
        "history" => &[
            "TIME",
            "AFTER",
            "TYPE",
            "GENERATION",
            "EPOCH",
            "MEMBERS",
            "JOINED",
            "LEFT",
            "RETURNED",
            "MOVED",
            "KEPT",
            "ASSIGNED",
            "UNASSIGNED",
            "ASSIGNOR",
            "NOTE",
        ],
        "reset-offsets" | "delete-offsets" => WRITTEN_OFFSET,
        "delete" => &["STATUS", "GROUP", "TYPE", "OFFSETS", "ERROR"],
        "remove-members" => {
            &["STATUS", "GROUP", "MEMBER", "INSTANCE", "CLIENT", "HOST", "HELD", "ERROR"]
        }
        _ => &[],
    }
}

fn reassign(verb: &str) -> &'static [&'static str] {
    match verb {
        "plan" => &[
            "TOPIC",
            "PARTITION",
            "FROM",
            "TO",
            "COPY",
            "WAITS-FOR",
            "BROKER",
            "RACK",
            "REPLICAS",
            "PREFERRED-LEADER",
            "SIZE",
            "STATE",
        ],
        "status" => {
            &["TOPIC", "PARTITION", "REPLICAS", "ADDING", "REMOVING", "COPIED", "WAITS-FOR"]
        }
        "apply" | "cancel" => WRITTEN_MOVE,
        _ => &[],
    }
}

fn transaction(verb: &str) -> &'static [&'static str] {
    match verb {
        "list" => &["TRANSACTIONAL-ID", "STATE", "PRODUCER-ID", "COORDINATOR"],
        "describe" => &[
            "TRANSACTIONAL-ID",
            "STATE",
            "PRODUCER-ID",
            "EPOCH",
            "COORDINATOR",
            "TIMEOUT",
            "STARTED",
            "AGE",
            "PARTITIONS",
        ],
        "terminate" => &[
            "STATUS",
            "TRANSACTIONAL-ID",
            "STATE",
            "PRODUCER-ID",
            "EPOCH",
            "AGE",
            "PARTITIONS",
            "ERROR",
        ],
        "producers" => &[
            "PARTITION",
            "PRODUCER-ID",
            "EPOCH",
            "LAST-SEQUENCE",
            "LAST-WRITE",
            "COORDINATOR-EPOCH",
            "TRANSACTION-START",
        ],
        "find-hanging" => {
            &["PARTITION", "START-OFFSET", "PRODUCER-ID", "EPOCH", "IDLE", "TRANSACTIONAL-ID"]
        }
        "abort" => &[
            "STATUS",
            "PARTITION",
            "START-OFFSET",
            "PRODUCER-ID",
            "EPOCH",
            "IDLE",
            "TRANSACTIONAL-ID",
            "ERROR",
        ],
        _ => &[],
    }
}
