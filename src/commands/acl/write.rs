//! Carrying out a plan's phases: in chunks, each outcome kept, nothing beyond what was planned.

use std::collections::HashSet;

use crate::acl::plan::{Phase, Step};
use crate::commands::portions::portions;
use crate::commands::stop::{AGAIN, MAY_STILL_BE};
use crate::commands::written::CLUSTER_AUTHORIZATION_FAILED;
use crate::commands::{Context, Outcome};
use crate::error::{Error, KafkaError, Kind, Result};
use crate::kafka::Client;
use crate::model::{Binding, Filter, Operation, ResourceType};
use crate::report::acl_write::{AclWriteResult, Action, ItemError, ItemStatus, WriteItem};

/// Bindings a CreateAcls request; the controller takes 10,000 records an operation at most.
const CREATES: usize = 1_000;
/// Filters a DeleteAcls request; the controller scans all its ACLs for each.
const DELETES: usize = 500;
/// Bytes of names in a request; the controller takes batches of 8 MiB at most.
const BYTES: usize = 1 << 20;

/// What became of the phases.
#[derive(Debug, Default)]
pub struct Written {
    /// One for each binding of each phase, in the order of the phases.
    pub items: Vec<WriteItem>,
    /// Why it did not go on to the end, where it did not.
    pub stopped: Option<Error>,
    /// A connection that was lost on the way, where it went on over another.
    lost: Option<Error>,
}

/// How what is written from a saved plan is finished: the plan is of the bindings as they were.
pub const PLAN_AGAIN: &str =
    "plan again and apply that plan: what is done already is left as it is";

impl Written {
    fn count(&self, status: ItemStatus) -> usize {
        self.items.iter().filter(|item| item.status == status).count()
    }

    /// How many bindings are other than they were.
    pub fn changed(&self) -> usize {
        self.count(ItemStatus::Created) + self.count(ItemStatus::Deleted)
    }

    /// Whether every item is as it was wanted.
    pub fn is_complete(&self) -> bool {
        self.stopped.is_none()
            && [ItemStatus::Failed, ItemStatus::Skipped, ItemStatus::Unknown]
                .iter()
                .all(|status| self.count(*status) == 0)
    }

    /// The error that sums up what went wrong; `None` when nothing did.
    ///
    /// `again`: how the work is finished where that is easy, in words, so that a part done is "unfinished"
    /// (5) and not "failed" (1).
    pub fn error(&self, again: Option<&str>) -> Option<Error> {
        if self.is_complete() {
            return None;
        }
        let failed = self.count(ItemStatus::Failed);
        let unknown = self.count(ItemStatus::Unknown);
        let skipped = self.count(ItemStatus::Skipped);
        let kind = match &self.stopped {
            Some(error) if error.kind().is_signal() || error.kind() == Kind::Refused => {
                error.kind()
            }
            _ if unknown > 0 || (again.is_some() && self.changed() > 0) => Kind::Unfinished,
            _ => Kind::Failed,
        };
        let mut message = format!("{} of {} ACLs were written", self.done(), self.items.len());
        for (count, what) in
            [(failed, "failed"), (unknown, "have an unknown outcome"), (skipped, "were not tried")]
        {
            if count > 0 {
                message.push_str(&format!(", {count} {what}"));
            }
        }
        let mut error = Error::new(kind, message);
        if let Some(item) =
            self.items.iter().find_map(|item| item.error.as_ref().map(|e| (item, e)))
        {
            let (item, why) = item;
            let kafka = KafkaError {
                name: why.name.clone(),
                code: why.code,
                message: why.message.clone(),
                retriable: why.retriable,
            };
            error = error.caused_by(first(&item.binding)).kafka(kafka);
        }
        for why in self.lost.iter().chain(&self.stopped) {
            error = error.caused_by(why);
            // What was refused as a whole was said of its first item.
            for cause in why.causes() {
                if !error.causes().contains(cause) {
                    error = error.caused_by(cause);
                }
            }
            // Ours says it better.
            for hint in why.hints().iter().filter(|hint| !hint.contains("again is safe")) {
                error = error.hint(hint.clone());
            }
        }
        if unknown > 0 {
            error = error.hint(MAY_STILL_BE);
        }
        if kind == Kind::Unfinished || kind.is_signal() {
            let again = again.unwrap_or(AGAIN);
            error = error.hint(if self.is_refused() {
                format!("mend what was refused; after that, {again}")
            } else {
                again.to_owned()
            });
        }
        Some(error)
    }

    /// Whether something failed that fails again as it is.
    fn is_refused(&self) -> bool {
        self.items.iter().filter_map(|item| item.error.as_ref()).any(|error| !error.retriable)
    }

    fn done(&self) -> usize {
        self.items.len()
            - self.count(ItemStatus::Failed)
            - self.count(ItemStatus::Skipped)
            - self.count(ItemStatus::Unknown)
    }

    /// As a report.
    pub fn into_report(self, cluster_id: Option<String>) -> AclWriteResult {
        AclWriteResult { cluster_id, ..AclWriteResult::new(self.items) }
    }
}

/// What is looked at again before the first deletion.
pub type BeforeDeletes<'a> = &'a dyn Fn(&[WriteItem]) -> BoxedCheck<'a>;
/// The future of that look.
pub type BoxedCheck<'a> = std::pin::Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

/// Carries out `phases`. A phase begins only when every item of the one before succeeded; within a
/// phase the other items are still tried, also when a connection is lost: what it carried has an unknown
/// outcome and is not sent again. `before_deletes` is asked once, before the first deletion.
pub async fn execute(
    context: &Context<'_>,
    client: &Client,
    phases: &[Phase<'_>],
    before_deletes: BeforeDeletes<'_>,
) -> Written {
    let total = phases.iter().map(|phase| phase.bindings.len()).sum();
    let mut written = Written::default();
    let mut checked = false;
    context.stop.begin_writing();
    for phase in phases {
        if written.stopped.is_none() && !written.is_complete() {
            written.stopped =
                Some(Error::failed(format!("stopped before {}", phase.step.describe())));
        }
        if written.stopped.is_none() && !phase.step.creates() && !checked {
            checked = true;
            written.stopped = before_deletes(&written.items).await.err();
        }
        run_phase(context, client, phase, total, &mut written).await;
    }
    context.ui.progress("writing ACLs", total, total);
    written
}

async fn run_phase(
    context: &Context<'_>,
    client: &Client,
    phase: &Phase<'_>,
    total: usize,
    written: &mut Written,
) {
    let (action, chunk_size) =
        if phase.step.creates() { (Action::Create, CREATES) } else { (Action::Delete, DELETES) };
    let mut lost_before = false;
    for chunk in chunks(&phase.bindings, chunk_size) {
        if written.stopped.is_none() {
            written.stopped = context.stop.heard().await;
        }
        let push = |written: &mut Written, binding: &Binding, status, error| {
            written.items.push(WriteItem { binding: binding.clone(), action, status, error });
        };
        if written.stopped.is_some() {
            for binding in chunk {
                push(written, binding, ItemStatus::Skipped, None);
            }
            continue;
        }
        context.ui.progress("writing ACLs", written.items.len(), total);
        context
            .stop
            .has_written(format!("{} of {total} ACLs were written before it", written.done()));
        let deadline = context.deadline();
        match send(&client.until(deadline), phase.step, chunk).await {
            Ok(outcomes) => {
                lost_before = false;
                for (binding, (status, error)) in chunk.iter().zip(outcomes) {
                    push(written, binding, status, error);
                }
            }
            Err(error) => {
                let (status, item_error) = match error.kind() {
                    Kind::Unfinished => (ItemStatus::Unknown, None),
                    _ => (ItemStatus::Failed, error.kafka_error().map(ItemError::from)),
                };
                for binding in chunk {
                    push(written, binding, status, item_error.clone());
                }
                // Whoever is not authorized is so for no other item either.
                let hopeless = error.kafka_error().is_none() || is_refused(&error);
                let lost = status == ItemStatus::Unknown && !deadline.remaining().is_zero();
                if hopeless && lost && !lost_before && context.stop.requested().is_none() {
                    lost_before = true;
                    written.lost = Some(error);
                } else if hopeless {
                    // Whoever asked for the end and got it by a deadline asked for it all the same.
                    written.stopped = Some(match context.stop.requested() {
                        Some(wanted) => error.with_kind(wanted.kind()),
                        None => error,
                    });
                }
            }
        }
    }
}

/// As many bindings a request as may be, and no more of their names than a request takes.
fn chunks<'b, 'p>(
    bindings: &'p [&'b Binding],
    most: usize,
) -> impl Iterator<Item = &'p [&'b Binding]> {
    portions(bindings, (most, BYTES), |binding| {
        binding.principal.len() + binding.resource_name.len() + binding.host.len()
    })
}

/// A binding that failed, as a cause; names may be of 32 kB.
fn first(binding: &Binding) -> String {
    const SHOWN: usize = 300;
    let text = binding.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("first: {}…", &text[..end]),
        None => format!("first: {text}"),
    }
}

type ItemOutcome = (ItemStatus, Option<ItemError>);

async fn send(client: &Client, step: Step, chunk: &[&Binding]) -> Result<Vec<ItemOutcome>> {
    if step.creates() {
        let bindings: Vec<Binding> = chunk.iter().map(|binding| (*binding).clone()).collect();
        let results = client.create_acls(&bindings).await?;
        Ok(results
            .iter()
            .map(|result| outcome(result.as_ref().err(), ItemStatus::Created))
            .collect())
    } else {
        let filters: Vec<Filter> = chunk.iter().map(|binding| Filter::exact(binding)).collect();
        let results = client.delete_acls(&filters).await?;
        Ok(results
            .iter()
            .map(|result| match result {
                Err(error) => outcome(Some(error), ItemStatus::Deleted),
                Ok(matched) if matched.is_empty() => (ItemStatus::Absent, None),
                Ok(matched) => {
                    outcome(matched.iter().find_map(|one| one.as_ref().err()), ItemStatus::Deleted)
                }
            })
            .collect())
    }
}

fn outcome(error: Option<&KafkaError>, well: ItemStatus) -> ItemOutcome {
    match error {
        None => (well, None),
        Some(error) => (ItemStatus::Failed, Some(ItemError::from(error))),
    }
}

fn is_refused(error: &Error) -> bool {
    error.kafka_error().is_some_and(|error| error.code == CLUSTER_AUTHORIZATION_FAILED)
}

fn is_of_cluster(binding: &Binding) -> bool {
    binding.resource_type == ResourceType::Cluster
}

/// Reads the bindings again, with backoff, until what was created is there and what was deleted is
/// gone. DescribeAcls is answered from one broker's cache, which may lag behind the controller.
pub async fn verify(context: &Context<'_>, client: &Client, written: &Written) -> Result<()> {
    let wanted = |statuses: &[ItemStatus]| -> Vec<&Binding> {
        written
            .items
            .iter()
            .filter(|item| statuses.contains(&item.status))
            .map(|item| &item.binding)
            .collect()
    };
    let created = wanted(&[ItemStatus::Created]);
    let deleted = wanted(&[ItemStatus::Deleted, ItemStatus::Absent]);
    if created.is_empty() && deleted.is_empty() {
        return Ok(());
    }
    let deadline = context.deadline();
    let client = client.until(deadline);
    let mut pause = std::time::Duration::from_millis(5);
    loop {
        let live = match client.describe_acls(&Filter::default()).await {
            Err(error) if is_refused(&error) && deleted.iter().any(|one| is_of_cluster(one)) => {
                context.ui.warn("not verified: this user may no longer read ACLs");
                return Ok(());
            }
            live => live,
        };
        let live = live.map_err(|error| {
            error
                .context("the ACLs were written, and could not be read again to verify it")
                .with_kind(Kind::Unfinished)
        })?;
        let live: HashSet<&Binding> = live.iter().collect();
        let missing: Vec<String> = created
            .iter()
            .filter(|binding| !live.contains(**binding))
            .map(|binding| format!("not visible yet: {binding}"))
            .chain(
                deleted
                    .iter()
                    .filter(|binding| live.contains(**binding))
                    .map(|binding| format!("still visible: {binding}")),
            )
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        if let Some(stopped) = context.stop.requested() {
            return Err(stopped);
        }
        if deadline.remaining() <= pause {
            return Err(unverified(&missing, &client.broker()));
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(std::time::Duration::from_secs(1));
    }
}

fn unverified(missing: &[String], broker: &str) -> Error {
    const SHOWN: usize = 10;
    let mut error = Error::new(
        Kind::Unfinished,
        format!(
            "the brokers acknowledged every write, but {} of them cannot be seen yet by broker {broker}",
            missing.len()
        ),
    );
    for line in missing.iter().take(SHOWN) {
        error = error.caused_by(line);
    }
    if missing.len() > SHOWN {
        error = error.caused_by(format_args!("… and {} more", missing.len() - SHOWN));
    }
    error.hint(
        "the broker may lag behind the controller, or somebody changed them: run it again to see",
    )
}

/// What nothing was written of, as a report; a dry run says, too, when the writing would be refused.
pub async fn unwritten_report(client: &Client, result: AclWriteResult) -> Outcome {
    let refused = refusal(client, &result).await;
    Outcome::report(result).with_error(refused)
}

/// Why what was only planned would be refused.
pub async fn refusal(client: &Client, result: &AclWriteResult) -> Option<Error> {
    let planned = || result.items.iter().filter(|item| item.status == ItemStatus::Planned);
    if !result.dry_run || planned().next().is_none() {
        return None;
    }
    let created = planned().filter(|item| item.action == Action::Create);
    may_write(client, created.map(|item| &item.binding)).await.err()
}

/// What would be refused half way is refused before anything is written: DescribeCluster's authorized
/// operations must show ALTER, where the broker tells them, and the brokers must know what is created.
pub async fn may_write(client: &Client, created: impl Iterator<Item = &Binding>) -> Result<()> {
    client.may_alter("alter ACLs").await.map_err(before_writing)?;
    must_know(client, created).await.map_err(before_writing)
}

/// The error of a command that has written nothing yet.
pub fn before_writing(error: Error) -> Error {
    error.caused_by("nothing was written")
}

/// Refuses what brokers before Kafka 4 answer with a bare INVALID_REQUEST (KIP-939).
pub async fn must_know(client: &Client, created: impl Iterator<Item = &Binding>) -> Result<()> {
    let mut young = created.filter(|binding| binding.operation == Operation::TwoPhaseCommit);
    if let Some(binding) = young.next()
        && !client.is_of_kafka_4().await?
    {
        return Err(Error::failed("these brokers do not know the operation TWO_PHASE_COMMIT")
            .caused_by(binding)
            .hint(
                "it came with Kafka 4: leave out `two-phase-commit`, or write it after the upgrade",
            ));
    }
    Ok(())
}

/// Nothing to look at again.
pub fn unchecked<'a>(_: &[WriteItem]) -> BoxedCheck<'a> {
    Box::pin(std::future::ready(Ok(())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Host, Name, PatternType, PermissionType, Principal, ResourceType};

    fn binding(name: &str) -> Binding {
        Binding {
            resource_type: ResourceType::Topic,
            resource_name: Name::from(name),
            pattern_type: PatternType::Literal,
            principal: Principal::stored("User:a").unwrap(),
            host: Host::from("*"),
            operation: Operation::Read,
            permission_type: PermissionType::Allow,
        }
    }

    #[test]
    fn a_request_holds_so_many_bindings_and_so_many_bytes() {
        let sizes = |bindings: &[Binding], most| -> Vec<usize> {
            let bindings: Vec<&Binding> = bindings.iter().collect();
            let all: Vec<&Binding> = chunks(&bindings, most).flatten().copied().collect();
            assert_eq!(all, bindings);
            chunks(&bindings, most).map(<[_]>::len).collect()
        };
        let short = vec![binding("x"); 7];
        assert_eq!(sizes(&short, 3), [3, 3, 1]);
        assert_eq!(sizes(&[], 3), [0; 0]);
        let long = vec![binding(&"x".repeat(BYTES / 2 - 100)); 5];
        assert_eq!(sizes(&long, 3), [2, 2, 1]);
        let longest = vec![binding(&"x".repeat(BYTES + 1)); 2];
        assert_eq!(sizes(&longest, 3), [1, 1]);
    }

    #[test]
    fn what_was_refused_is_said_once() {
        let refused = KafkaError {
            name: "CLUSTER_AUTHORIZATION_FAILED".to_owned(),
            code: CLUSTER_AUTHORIZATION_FAILED,
            message: None,
            retriable: false,
        };
        let item = WriteItem {
            error: Some(ItemError::from(&refused)),
            ..WriteItem::new(&binding(&"x".repeat(30_000)), Action::Delete, ItemStatus::Failed)
        };
        let stopped = Error::failed("not authorized to delete ACLs").kafka(refused);
        let written = Written { items: vec![item], stopped: Some(stopped), lost: None };
        let error = written.error(None).unwrap();
        let causes = error.causes();
        assert_eq!(causes.len(), 3, "{causes:?}");
        assert!(causes[0].starts_with("first: User:a") && causes[0].len() < 400, "{causes:?}");
        assert!(causes[1].contains("CLUSTER_AUTHORIZATION_FAILED"), "{causes:?}");
        assert_eq!(causes[2], "not authorized to delete ACLs");
    }
}
