//! A line of the broker's authorizer log (logger `kafka.authorizer.logger`) read back as a question:
//! `Principal = User:ana is Denied operation = READ from host = 10.0.0.7 on resource =
//! Topic:LITERAL:orders for request = Fetch with resourceRefCount = 1 based on rule DefaultDeny`.

use crate::acl::authorizer::Request;
use crate::model::{Operation, PatternType, ResourceType};

/// What a line of the log says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Who asked.
    pub principal: String,
    /// What was decided.
    pub allowed: bool,
    /// What was asked for.
    pub operation: Operation,
    /// The address of the client, as Java prints it.
    pub host: String,
    /// On a resource of this type …
    pub resource_type: ResourceType,
    /// … and this name.
    pub resource_name: String,
    /// The API: `Fetch`. Absent in the log of brokers with ZooKeeper.
    pub request: Option<String>,
    /// What the broker says decided: `DefaultDeny`, `SuperUser`, `MatchingAcl(…)`.
    pub rule: Option<String>,
}

impl LogEntry {
    /// The question that the broker answered.
    pub fn question(&self) -> Request<'_> {
        Request {
            principal: &self.principal,
            host: Some(&self.host),
            operation: self.operation,
            resource_type: self.resource_type,
            name: &self.resource_name,
        }
    }
}

/// Reads a line, whatever stands before `Principal = `; `None` where it is no such line.
pub fn parse_log_line(line: &str) -> Option<LogEntry> {
    let (_, rest) = line.split_once("Principal = ")?;
    // Names of principals and resources can hold anything: the outermost markers count.
    let (principal, allowed, rest) = verdict(rest)?;
    let (operation, rest) = rest.split_once(" from host = ")?;
    let (host, rest) = rest.split_once(" on resource = ")?;
    let (rest, rule) = match rest.rsplit_once(" based on rule ") {
        Some((rest, rule)) => (rest, Some(rule)),
        None => (rest, None),
    };
    let rest = rest.rsplit_once(" with resourceRefCount = ").map_or(rest, |(rest, _)| rest);
    let (resource, request) = match rest.rsplit_once(" for request") {
        Some((resource, request)) => (resource, request.strip_prefix(" = ")),
        None => (rest, None),
    };
    let mut parts = resource.splitn(3, ':');
    let (resource_type, pattern, name) = (parts.next()?, parts.next()?, parts.next()?);
    (pattern.parse() == Ok(PatternType::Literal)).then_some(())?;
    Some(LogEntry {
        principal: principal.to_owned(),
        allowed,
        operation: operation_of(operation)?,
        host: host.to_owned(),
        resource_type: resource_type_of(resource_type)?,
        resource_name: name.to_owned(),
        request: request.map(str::to_owned),
        rule: rule.map(|rule| without_logger(rule).to_owned()),
    })
}

fn verdict(text: &str) -> Option<(&str, bool, &str)> {
    let markers = [(" is Denied ", false), (" is Allowed ", true)];
    markers
        .into_iter()
        .filter_map(|(marker, allowed)| {
            let (principal, rest) = text.split_once(marker)?;
            let rest = rest.get(1..).filter(|_| rest.starts_with(['o', 'O']))?;
            Some((principal, allowed, rest.strip_prefix("peration = ")?))
        })
        .min_by_key(|(principal, ..)| principal.len())
}

/// `ALTER_CONFIGS`; brokers with ZooKeeper write `AlterConfigs`.
fn operation_of(word: &str) -> Option<Operation> {
    let squeezed = |word: &str| word.replace('_', "").to_uppercase();
    let wanted = squeezed(word);
    Operation::ALL
        .iter()
        .copied()
        .find(|o| o.upper().is_some_and(|upper| squeezed(upper) == wanted))
}

/// `TransactionalId`, as `SecurityUtils.resourceTypeName` prints it.
fn resource_type_of(word: &str) -> Option<ResourceType> {
    let squeezed = |word: &str| word.replace('_', "").to_uppercase();
    let wanted = squeezed(word);
    ResourceType::ALL
        .iter()
        .copied()
        .find(|t| t.upper().is_some_and(|upper| squeezed(upper) == wanted))
}

/// Kafka's log layout puts the logger's name behind the message.
fn without_logger(rule: &str) -> &str {
    rule.trim_end().trim_end_matches("(kafka.authorizer.logger)").trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_broker_is_a_question() {
        let line = "[2026-11-23 10:00:00,123] INFO Principal = User:ana is Denied operation = READ \
                    from host = 10.0.0.7 on resource = Topic:LITERAL:orders for request = Fetch \
                    with resourceRefCount = 1 based on rule DefaultDeny (kafka.authorizer.logger)";
        let entry = parse_log_line(line).unwrap();
        assert_eq!(
            entry.question(),
            Request {
                principal: "User:ana",
                host: Some("10.0.0.7"),
                operation: Operation::Read,
                resource_type: ResourceType::Topic,
                name: "orders",
            }
        );
        assert!(!entry.allowed);
        assert_eq!(entry.request.as_deref(), Some("Fetch"));
        assert_eq!(entry.rule.as_deref(), Some("DefaultDeny"));
    }

    #[test]
    fn names_may_hold_anything() {
        let line = "Principal = User:CN=a is b is Allowed operation = TWO_PHASE_COMMIT from host = \
                    0:0:0:0:0:0:0:1 on resource = TransactionalId:LITERAL:a:b for request = x \
                    for request = InitProducerId with resourceRefCount = 1 based on rule SuperUser";
        let entry = parse_log_line(line).unwrap();
        assert_eq!(entry.principal, "User:CN=a is b");
        assert!(entry.allowed);
        assert_eq!(entry.resource_type, ResourceType::TransactionalId);
        assert_eq!(entry.resource_name, "a:b for request = x");
        assert_eq!(entry.request.as_deref(), Some("InitProducerId"));
    }

    #[test]
    fn older_lines_and_lines_that_are_none() {
        let line = "Principal = User:a is Denied Operation = DescribeConfigs from host = 10.0.0.1 on \
                    resource = Cluster:LITERAL:kafka-cluster for request with resourceRefCount = 1";
        let entry = parse_log_line(line).unwrap();
        assert_eq!(entry.operation, Operation::DescribeConfigs);
        assert_eq!((entry.request, entry.rule), (None, None));
        for other in [
            "",
            "Principal = ",
            "Principal = User:a is Denied operation = READ from host = h on resource = Topic",
            "Principal = User:a is Denied operation = FLY from host = h on resource = Topic:LITERAL:t",
            "Principal = User:a is Denied operation = READ from host = h on resource = Topic:PREFIXED:t",
            "Principal = User:a is Denied ",
        ] {
            assert_eq!(parse_log_line(other), None, "{other}");
        }
    }
}
