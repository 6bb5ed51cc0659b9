//! What writes have in common: from what brokers answer to one fate for each thing, and to the one
//! error that sums up what went wrong.

use crate::error::{AGAIN_IS_SAFE, Error, KafkaError, Kind, Result};
use crate::kafka::{Client, Outcomes};
use crate::model::{shell_flag, visible};
use crate::report::acl_write::ItemError;
use crate::report::write::{Status, Subject, WriteResult};

const THROTTLING_QUOTA_EXCEEDED: i16 = 89;

/// REQUEST_TIMED_OUT: the controller may still carry it out.
pub const REQUEST_TIMED_OUT: i16 = 7;
const TOPIC_AUTHORIZATION_FAILED: i16 = 29;
const TRANSACTIONAL_ID_AUTHORIZATION_FAILED: i16 = 53;
const GROUP_AUTHORIZATION_FAILED: i16 = 30;
pub const CLUSTER_AUTHORIZATION_FAILED: i16 = 31;

/// What became of one thing.
pub struct Told<T> {
    /// The fate, `well` when it went well.
    pub fate: Status,
    /// Why not.
    pub error: Option<ItemError>,
    /// What the broker answered, when it went well.
    pub value: Option<T>,
}

/// One fate for each of `count` things; the error beside them when their outcome is unknown. An
/// error before anything was written is one of the command.
pub fn told<T>(
    outcome: Result<Outcomes<T>>,
    count: usize,
    well: Status,
) -> Result<(Vec<Told<T>>, Option<Error>)> {
    match outcome {
        Ok(outcomes) => Ok((outcomes.into_iter().map(|one| of_item(one, well)).collect(), None)),
        Err(error) if error.kind() == Kind::Unfinished => {
            let unknown = || Told { fate: Status::Unknown, error: None, value: None };
            Ok(((0..count).map(|_| unknown()).collect(), Some(error)))
        }
        Err(error) => Err(error),
    }
}

/// The fate of one thing.
pub fn of_item<T>(outcome: std::result::Result<T, KafkaError>, well: Status) -> Told<T> {
    match outcome {
        Ok(value) => Told { fate: well, error: None, value: Some(value) },
        Err(error) => Told {
            // A check that timed out has changed nothing.
            fate: if error.code == REQUEST_TIMED_OUT && well != Status::Planned {
                Status::Unknown
            } else {
                Status::Failed
            },
            error: Some(ItemError::from(&error)),
            value: None,
        },
    }
}

/// The fate of one thing whose request may have failed as a whole: its broker was not reached, or did
/// not answer.
pub fn of_result<T>(outcome: Result<T>, well: Status) -> Told<T> {
    match outcome {
        Ok(value) => of_item(Ok(value), well),
        Err(error) if error.kind() == Kind::Unfinished => {
            let error = error.kafka_error().map(ItemError::from);
            Told { fate: Status::Unknown, error, value: None }
        }
        Err(error) => {
            if let Some(kafka) = error.kafka_error() {
                return of_item(Err(kafka.clone()), well);
            }
            let error = Some(ItemError::unanswered(&error));
            Told { fate: Status::Failed, error, value: None }
        }
    }
}

/// One fate for each thing that was asked of a broker of its own, and the first failure that is not a
/// broker's answer about one thing. When no broker was reached at all, that is the error of the command.
pub fn told_each<T>(
    outcomes: Vec<Result<T>>,
    well: Status,
) -> Result<(Vec<Told<T>>, Option<Error>)> {
    let is_lost = |outcome: &&Result<T>| {
        outcome
            .as_ref()
            .is_err_and(|error| error.kafka_error().is_none() || error.kind() == Kind::Unfinished)
    };
    let lost = outcomes.iter().find(is_lost).and_then(|outcome| outcome.as_ref().err()).cloned();
    let never_sent = |outcome: &Result<T>| {
        outcome
            .as_ref()
            .is_err_and(|error| error.kafka_error().is_none() && error.kind() != Kind::Unfinished)
    };
    match lost {
        Some(error) if outcomes.iter().all(never_sent) => Err(error),
        lost => Ok((outcomes.into_iter().map(|one| of_result(one, well)).collect(), lost)),
    }
}

/// The same summary with the failure that is behind it.
#[must_use]
pub fn because(summary: Option<Error>, lost: Option<Error>) -> Option<Error> {
    match (summary, lost) {
        (Some(summary), Some(lost)) => {
            let kind =
                if lost.kind() == Kind::Unfinished { Kind::Unfinished } else { summary.kind() };
            let error = summary.caused_by(lost.message()).with_kind(kind);
            let error = lost.causes().iter().fold(error, Error::caused_by);
            Some(lost.hints().iter().cloned().fold(error, Error::hint))
        }
        (summary, lost) => summary.or(lost),
    }
}

/// The permission that a write takes.
#[derive(Debug, Clone, Copy)]
pub struct Needs {
    /// The operation, in lower case.
    pub operation: &'static str,
    /// The flag of `acl create` that names the resource, where it is not the cluster.
    pub flag: &'static str,
}

/// What is done to which kind of subject: `create`, `topic`.
pub type Deed = (&'static str, &'static str);

/// The error that sums up a result; `None` when everything went well.
pub fn summary<T: Subject>(
    client: &Client,
    (verb, what): Deed,
    needs: Needs,
    result: &WriteResult<T>,
) -> Option<Error> {
    let bad: Vec<_> = result.items.iter().filter(|item| item.status.is_bad()).collect();
    let first = bad.first()?;
    let unknown = result.count(Status::Unknown);
    let kind = if unknown > 0 { Kind::Unfinished } else { Kind::Failed };
    let failed = result.count(Status::Failed);
    let mut parts: Vec<String> = Vec::new();
    for (count, how) in [
        (failed, "failed"),
        (unknown, "of unknown outcome"),
        (result.count(Status::Skipped), "not tried"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {how}"));
        }
    }
    let name = first.subject.resource();
    let message = match result.items.len() {
        1 if failed == 1 => format!("cannot {verb} {what} {}", first.subject.title()),
        all => format!("of {all} {what}s, {}", parts.join(", ")),
    };
    let mut error = Error::new(kind, message);
    if let Some(why) = &first.error {
        if result.items.len() > 1 {
            error = error.caused_by(format_args!("first: {what} {}", first.subject.title()));
        }
        error = match &why.message {
            // No broker's error.
            Some(message) if why.code == 0 => error.caused_by(visible(message)),
            _ => error.kafka(why.into()),
        };
        if let Some(hint) = grant(client, needs, why.code, &name) {
            error = error.hint(hint);
        }
        if why.code == THROTTLING_QUOTA_EXCEEDED {
            error = error.hint(
                "a quota of this client is used up (`controller_mutation_rate`; `kward quota list`): run it again \
                 later, or with a longer `--timeout`",
            );
        }
    }
    if kind == Kind::Unfinished {
        error = error.hint(AGAIN_IS_SAFE);
    }
    Some(error)
}

/// What a dry run foresees where no broker checks it: the caller may not ALTER the cluster.
pub async fn foreseen<T: Subject>(
    client: &Client,
    what: &str,
    result: &WriteResult<T>,
) -> Option<Error> {
    if !result.dry_run || result.count(Status::Planned) == 0 {
        return None;
    }
    client.may_alter(what).await.err()
}

/// The ACL that would let the caller do it.
pub fn grant(client: &Client, needs: Needs, code: i16, name: &str) -> Option<String> {
    let Needs { operation, flag } = needs;
    let resource = match code {
        TOPIC_AUTHORIZATION_FAILED
        | GROUP_AUTHORIZATION_FAILED
        | TRANSACTIONAL_ID_AUTHORIZATION_FAILED
            if flag != "--cluster" =>
        {
            shell_flag(flag, name)
        }
        CLUSTER_AUTHORIZATION_FAILED => "--cluster".to_owned(),
        _ => return None,
    };
    Some(format!(
        "it needs {}; somebody who may can grant it: `kward acl create --allow-principal {} \
         --operation {operation} {resource}`",
        operation.to_uppercase().replace('-', "_"),
        client.principal_word(),
    ))
}
