//! `reassign apply`: partitions go where a plan says (AlterPartitionReassignments; needs ALTER on the
//! cluster). What is there already is left alone, and what is under way is waited for: applying the same
//! plan again goes on where it stopped.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::folders::Folders;
use super::ledger::{HOW_IT_GOES, Ledger};
use super::obstacles::Obstacles;
use super::state::State;
use super::steps::{Standing, Step};
use super::watch::{End, View};
use super::{Wanted, steps};
use crate::commands::written::{Needs, foreseen, summary, told};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Kind, Result};
use crate::kafka::{Client, Reassignment};
use crate::model::{Name, TopicPartition, shell_word};
use crate::report::reassign::{ThrottleItem, WrittenReassignment};
use crate::report::reassign_write::ReassignmentWriteResult;
use crate::report::units::{bytes, count};
use crate::report::write::{Action, Item, Status, WriteResult};
use crate::report::{Block, Report as _};
use crate::topic::reassign::{Move, Ongoing, bytes_to_copy};
use crate::topic::state::find;

/// What is to be reached.
#[derive(Debug, Clone)]
pub enum What {
    /// What a plan file says.
    File(PathBuf),
    /// What is planned now.
    Goals(Wanted),
}

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// What is to be reached.
    pub what: What,
    /// The most that each broker sends and gets, in bytes a second.
    pub throttle: Option<u64>,
    /// So many partitions at a time; all at once when `None`.
    pub batch: Option<usize>,
    /// Until everything lies where it is to.
    pub wait: bool,
    /// Everything but the writing.
    pub dry_run: bool,
}

/// NO_REASSIGNMENT_IN_PROGRESS: it was over before.
pub(super) const OVER_ALREADY: i16 = 85;
pub(super) const NEEDS: Needs = Needs { operation: "alter", flag: "--cluster" };

type Written = Item<WrittenReassignment>;

/// Shows the plan, asks, has it carried out, waits.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if !request.dry_run {
        context.may_write()?;
    }
    let file = match &request.what {
        What::File(path) => Some(steps::read(path)?),
        What::Goals(_) => None,
    };
    let client = context.connect().await?;
    let state = State::fetch(context, &client).await?;
    let wishes = file.as_ref().map(|file| file.items.clone()).unwrap_or_default();
    let steps = match (&request.what, file) {
        (What::Goals(wanted), _) => steps::of_goals(&client, &state, wanted).await?,
        (What::File(path), Some(file)) => steps::of_file(&client, &state, path, file).await?,
        (What::File(_), None) => Vec::new(),
    };
    let moves = standing(&steps, Standing::Ahead);
    let mut folders = Folders::look(&client, &wishes).await?;
    let mut unseen = None;
    if let What::Goals(wanted) = &request.what {
        wanted.note_of_none(context, &state.topics);
        unseen = wanted.warn_of_unseen(context, &client).await;
    }
    state.warn_of_obstacles(context, &client, &moves).await;
    let obstacles = state.obstacles(&moves);
    let mut items: Vec<Written> = steps.iter().map(|step| item(step, &obstacles)).collect();
    let (mut failure, mut throttles) = (None, Vec::new());
    if request.dry_run {
        folders.leave(&mut items, true);
        if let Some(rate) = request.throttle {
            let slowed = [moves, standing(&steps, Standing::UnderWay)].concat();
            (throttles, failure) = foresee_throttles(&client, &state, &slowed, rate).await;
        }
    } else {
        if !moves.is_empty() || !folders.is_empty() {
            ask(context, request, &state, &moves, &folders)?;
            let client = client.until(context.deadline());
            steps::check_again(&client, &state, &moves).await?;
        }
        let told = folders.send(context, &client).await;
        let mut ledger = Ledger::open(context, state.cluster.id.as_deref());
        let at_hand = (&state, &mut ledger);
        let done = carry_out(context, &client, request, at_hand, &steps, &mut items).await;
        throttles = ledger.deeds();
        // What brokers were told to move between folders is told, whatever came then.
        failure = match done {
            Err(error) if folders.is_empty() => return Err(error),
            Err(error) => {
                for item in items.iter_mut().filter(|item| item.status == Status::Planned) {
                    item.status = Status::Skipped;
                }
                Some(error)
            }
            Ok(failure) => failure,
        };
        folders.note(&mut items, told);
        if request.wait && failure.is_none() {
            failure = folders.wait(context, &client, &mut items).await.err();
        } else {
            folders.leave(&mut items, false);
        }
    }
    let result = WriteResult::new(state.cluster.id.clone(), request.dry_run, items);
    let error = match failure {
        // Whoever ended it knows why.
        Some(error) if error.kind() != Kind::Failed => Some(error),
        failure => summary(&client, ("reassign", "partition"), NEEDS, &result).or(failure),
    };
    let error = match error {
        None => foreseen(&client, "reassign partitions", &result).await.or(unseen),
        some => some,
    };
    Ok(Outcome::report(ReassignmentWriteResult { result, throttles }).with_error(error))
}

/// What a throttle would write, and why it would not.
async fn foresee_throttles(
    client: &Client,
    state: &State,
    moves: &[Move],
    rate: u64,
) -> (Vec<ThrottleItem>, Option<Error>) {
    if moves.is_empty() {
        return (Vec::new(), None);
    }
    let foreseen = Ledger::foresee(client, moves, rate, |id| state.is_alive(id)).await;
    foreseen.unwrap_or_else(|error| (Vec::new(), Some(error)))
}

/// The moves that stand so.
fn standing(steps: &[Step], standing: Standing) -> Vec<Move> {
    let found = steps.iter().filter(|step| step.standing == standing);
    found.map(|step| step.one.clone()).collect()
}

fn item(step: &Step, obstacles: &Obstacles) -> Written {
    let Move { partition, from, to, .. } = &step.one;
    let subject = WrittenReassignment {
        bytes_to_copy: step.one.bytes_to_copy(),
        completed: step.standing == Standing::Done,
        reason: obstacles.reason(partition),
        ..WrittenReassignment::new(partition, from.clone(), to.clone())
    };
    let ahead = step.standing == Standing::Ahead;
    Item::new(subject, Action::Alter, if ahead { Status::Planned } else { Status::Unchanged })
}

/// Whether anything is copied; who only gives replicas up is not slowed down.
fn copies(moves: &[Move]) -> bool {
    moves.iter().any(|one| !one.adding().is_empty())
}

fn ask(
    context: &Context<'_>,
    request: &Request,
    state: &State,
    moves: &[Move],
    folders: &Folders,
) -> Result<()> {
    context.ui.show(&[Block::Lines(folders.lines())]);
    if moves.is_empty() {
        return context.confirm(&format!("Move {}?", folders.sentence()));
    }
    context.ui.show(&state.report(context, moves).blocks(false));
    let folders = if folders.is_empty() {
        String::new()
    } else {
        format!(", and move {}", folders.sentence())
    };
    let copied = match bytes_to_copy(moves) {
        Some(size) => format!(", copying {}", bytes(size)),
        None => String::new(),
    };
    let throttled = match request.throttle.filter(|_| copies(moves)) {
        Some(rate) => format!(" at {}/s for each broker", bytes(rate)),
        None => String::new(),
    };
    let partitions = count(moves.len(), "partition");
    context.confirm(&format!("Reassign {partitions}{copied}{throttled}{folders}?"))
}

/// Throttles, moves, waits, takes the throttle off. The answer is why it did not come to its end.
async fn carry_out(
    context: &Context<'_>,
    client: &Client,
    request: &Request,
    (state, ledger): (&State, &mut Ledger),
    steps: &[Step],
    items: &mut [Written],
) -> Result<Option<Error>> {
    let (ahead, under_way) =
        (standing(steps, Standing::Ahead), standing(steps, Standing::UnderWay));
    if ahead.is_empty() && under_way.is_empty() {
        // The run that began it may have been killed.
        return ledger.clean_up_unasked(context, client).await;
    }
    if ahead.is_empty() {
        context.confirm_unasked()?;
    }
    if !ahead.is_empty() || request.throttle.is_some() {
        context.stop.begin_writing();
    }
    let (mut view, mut done) = (View::of(&ahead), Vec::new());
    for (number, batch) in batches(&ahead, request.batch).into_iter().enumerate() {
        let client = client.until(context.deadline());
        view.begin(batch);
        let slowed = match number {
            0 => [batch, &under_way].concat(),
            _ => batch.to_vec(),
        };
        let throttle = request.throttle.map(|rate| (&mut *ledger, &*slowed, rate));
        let batch = (number, batch);
        let failure = match start_batch(context, &client, state, batch, throttle, items).await {
            Ok(failure) => failure,
            Err(error) => {
                // Nothing of it was moved: nothing is to stay behind.
                let left = match request.throttle {
                    Some(_) => ledger.clean_up(context, &client).await,
                    None => None,
                };
                let error =
                    left.map_or(error.clone(), |left| error.caused_by(left).hint(HOW_IT_GOES));
                if number == 0 {
                    return Err(error);
                }
                skip(items);
                return Ok(Some(judge_done(context, &client, &done, items, error).await));
            }
        };
        let all = watched(items, &under_way);
        let moving = without(&all, &done);
        if failure.is_some() || (!request.wait && !moving.is_empty()) {
            skip(items);
            say_what_goes_on(context, moving.len(), !ledger.is_empty());
            return Ok(match failure {
                Some(error) => Some(judge_done(context, &client, &done, items, error).await),
                None => None,
            });
        }
        let meant = |key: &TopicPartition| moving.binary_search(key).is_ok();
        let end = view.until_done(context, &client, |one| meant(&one.partition)).await?;
        if let End::Stopped(error) = end {
            let client = client.until(context.deadline());
            let error = stopped(context, &client, &moving, ledger, error).await;
            let error = match skip(items) {
                0 => error,
                _ => error.hint("applied again, it goes on with what was not begun"),
            };
            return Ok(Some(judge_done(context, &client, &done, items, error).await));
        }
        done = all;
    }
    let client = client.until(context.deadline());
    let left = ledger.clean_up(context, &client).await;
    judge(context, &client, &done, items).await?;
    Ok(left)
}

/// What is begun together; one batch at least, as what is under way already is waited for.
fn batches(ahead: &[Move], size: Option<usize>) -> Vec<&[Move]> {
    match size {
        Some(size) if !ahead.is_empty() => ahead.chunks(size.max(1)).collect(),
        _ => vec![ahead],
    }
}

/// Those of `all` that are not among `done`; both are sorted.
fn without(all: &[TopicPartition], done: &[TopicPartition]) -> Vec<TopicPartition> {
    all.iter().filter(|key| done.binary_search(key).is_err()).cloned().collect()
}

/// What was not begun stays as it is; how much that is.
fn skip(items: &mut [Written]) -> usize {
    let planned = items.iter_mut().filter(|item| item.status == Status::Planned);
    planned.map(|item| item.status = Status::Skipped).count()
}

/// Slows a batch down, not before it is its turn (other runs take off what does not move), and sends it.
/// Behind the first one somebody may have moved meanwhile what is in it, or want this to end.
async fn start_batch(
    context: &Context<'_>,
    client: &Client,
    state: &State,
    (number, batch): (usize, &[Move]),
    throttle: Option<(&mut Ledger, &[Move], u64)>,
    items: &mut [Written],
) -> Result<Option<Error>> {
    const REST: &str = "the rest of the plan was not begun";
    if number > 0 {
        if let Some(error) = context.stop.heard().await {
            return Err(error);
        }
        steps::check_again(client, state, batch).await.map_err(|error| match error.kind() {
            Kind::Refused => {
                let text = "partitions of the next batch were moved or deleted meanwhile: the rest was not begun";
                Error::new(Kind::Unfinished, text)
                    .hint("apply again, and review the plan as it is now")
            }
            _ => error.context(REST),
        })?;
    }
    let Some((ledger, slowed, rate)) = throttle else {
        return start(context, client, state, batch, items).await;
    };
    let put = ledger.put_on(context, client, slowed, rate).await;
    put.map_err(|error| if number > 0 { error.context(REST) } else { error })?;
    let started = start(context, client, state, batch, items).await;
    ledger.begun();
    started
}

/// Sends the moves. What moves already, and would never come to an end if it were sent elsewhere, is ended
/// first; where that fails, the partition is left as it is.
async fn start(
    context: &Context<'_>,
    client: &Client,
    state: &State,
    ahead: &[Move],
    items: &mut [Written],
) -> Result<Option<Error>> {
    let mut planned: Vec<(&Move, &mut Written)> =
        ahead.iter().zip(items.iter_mut().filter(|item| item.status == Status::Planned)).collect();
    let in_the_way = |one: &Move| {
        let moving = state.ongoing.get(&one.partition);
        moving.is_some_and(|moving| moving.is_in_the_way_of(&one.to))
    };
    let mut to_end: Vec<&mut (&Move, &mut Written)> =
        planned.iter_mut().filter(|(one, _)| in_the_way(one)).collect();
    if !to_end.is_empty() {
        let wishes: Vec<Reassignment> =
            to_end.iter().map(|(one, _)| (one.partition.clone(), None)).collect();
        let mut of_them: Vec<&mut Written> =
            to_end.iter_mut().map(|(_, item)| &mut **item).collect();
        let failure = submit(context, client, &wishes, &mut of_them).await?;
        for item in of_them {
            let over = item.error.as_ref().is_some_and(|error| error.code == OVER_ALREADY);
            if over || item.status == Status::Altered {
                (item.status, item.error) = (Status::Planned, None);
            }
        }
        if failure.is_some() {
            for (_, item) in planned.iter_mut().filter(|(_, item)| item.status == Status::Planned) {
                item.status = Status::Skipped;
            }
            return Ok(failure);
        }
    }
    planned.retain(|(_, item)| item.status == Status::Planned);
    let wishes: Vec<Reassignment> =
        planned.iter().map(|(one, _)| (one.partition.clone(), Some(one.to.clone()))).collect();
    let mut items: Vec<&mut Written> = planned.into_iter().map(|(_, item)| item).collect();
    submit(context, client, &wishes, &mut items).await
}

/// Sends what is wished for in pieces that the controller takes at once; an item for each wish, in
/// their order. The answer is why not everything was sent.
pub(super) async fn submit(
    context: &Context<'_>,
    client: &Client,
    wishes: &[Reassignment],
    items: &mut [&mut Written],
) -> Result<Option<Error>> {
    /// A controller makes at most 10,000 records of one request.
    const CHUNK: usize = 1_000;
    for (number, chunk) in wishes.chunks(CHUNK).enumerate() {
        let (first, last) = (number * CHUNK, number * CHUNK + chunk.len());
        context.ui.progress("sending the plan", first, wishes.len());
        let stopped = if number > 0 { context.stop.heard().await } else { None };
        let client = client.until(context.deadline());
        let answered = match stopped {
            Some(error) => Err(error),
            None => told(client.alter_reassignments(chunk).await, chunk.len(), Status::Altered),
        };
        let (fates, failure) = match answered {
            Ok(answered) => answered,
            Err(error) if number == 0 => return Err(error),
            Err(error) => (Vec::new(), Some(error)),
        };
        for (item, told) in items[first..last].iter_mut().zip(fates) {
            item.status = told.fate;
            item.error = told.error;
        }
        if failure.is_some() {
            for item in items.iter_mut().filter(|item| item.status == Status::Planned) {
                item.status = Status::Skipped;
            }
            return Ok(failure);
        }
    }
    context.ui.progress("sending the plan", wishes.len(), wishes.len());
    Ok(None)
}

/// What is said where the throttle is not taken off.
const STAYS_THROTTLED: &str =
    "replication stays throttled: `kward reassign status` takes the throttle off when it is over";

/// What is waited for.
fn watched(items: &[Written], under_way: &[Move]) -> Vec<TopicPartition> {
    let sent = items.iter().filter(|item| item.status == Status::Altered);
    let mut all: Vec<TopicPartition> = sent.map(|item| item.subject.key()).collect();
    all.extend(under_way.iter().map(|one| one.partition.clone()));
    all.sort_unstable();
    all
}

fn say_what_goes_on(context: &Context<'_>, moving: usize, throttled: bool) {
    if moving == 0 {
        if throttled {
            context.ui.note(STAYS_THROTTLED);
        }
        return;
    }
    let mut text = format!(
        "{} on the way: `kward reassign status --wait` shows how far",
        if moving == 1 { "1 partition is".to_owned() } else { format!("{moving} partitions are") }
    );
    if throttled {
        text.push_str(", and takes the throttle off at the end: it stays until then");
    }
    context.ui.note(&text);
}

/// The waiting was ended: the cluster goes on, and so must a throttle, as long as something moves.
async fn stopped(
    context: &Context<'_>,
    client: &Client,
    moving: &[TopicPartition],
    ledger: &mut Ledger,
    error: Error,
) -> Error {
    let ongoing: Result<Vec<Ongoing>> = client.list_reassignments().await;
    let left = ongoing.map(|all| all.iter().filter(|one| moving.contains(&one.partition)).count());
    if left.as_ref().is_ok_and(|left| *left == 0) {
        let failed = ledger.clean_up(context, client).await;
        return failed.map_or(error.clone(), |failed| error.caused_by(failed));
    }
    let how_many = left.map_or("what was begun".to_owned(), |left| count(left, "partition"));
    let word = if error.kind() == Kind::Terminated { "terminated" } else { "interrupted" };
    let text = format!("{word}: {how_many} will be moved all the same");
    let error = Error::new(error.kind(), text);
    let error = error
        .hint("`kward reassign status --wait` waits on, `kward reassign cancel` ends the move");
    if ledger.is_empty() {
        return error;
    }
    error.hint(STAYS_THROTTLED)
}

/// Judges the batches before the one that `error` has ended. That stays the answer, whatever comes here.
async fn judge_done(
    context: &Context<'_>,
    client: &Client,
    done: &[TopicPartition],
    items: &mut [Written],
    error: Error,
) -> Error {
    if done.is_empty() {
        return error;
    }
    match judge(context, client, done, items).await {
        Ok(()) => error,
        Err(unknown) => error.caused_by(unknown),
    }
}

/// Whether everything lies where it was to: a move may have been ended or replaced by another.
async fn judge(
    context: &Context<'_>,
    client: &Client,
    moving: &[TopicPartition],
    items: &mut [Written],
) -> Result<()> {
    let names = {
        let mut names: Vec<Name> = moving.iter().map(|one| one.topic.clone()).collect();
        names.dedup();
        names
    };
    let deadline = context.deadline();
    loop {
        let (_, topics) = client.cluster_and_topics(Some(&names), false).await?;
        let lies = |key: &TopicPartition| find(&topics, key).map(|p| p.replicas.clone());
        for item in items.iter_mut() {
            let key = item.subject.key();
            if moving.binary_search(&key).is_ok() {
                item.subject.completed = lies(&key).as_ref() == Some(&item.subject.to);
                if item.subject.completed {
                    item.subject.reason = None;
                }
            }
        }
        let missing = |item: &&mut Written| {
            !item.subject.completed && moving.binary_search(&item.subject.key()).is_ok()
        };
        // The broker that is asked may lag a moment behind the controller.
        let patient = deadline.remaining() > PATIENCE_LEFT && context.stop.requested().is_none();
        let late: Vec<&mut Written> = items.iter_mut().filter(missing).collect();
        if late.is_empty() || !patient {
            for item in late {
                item.status = Status::Failed;
                item.subject.reason = Some(match lies(&item.subject.key()) {
                    Some(replicas) => format!(
                        "the move was ended or replaced meanwhile: it lies on {}",
                        crate::report::units::ids(&replicas)
                    ),
                    None => "the topic is gone".to_owned(),
                });
            }
            say_who_leads(context, items, |key| find(&topics, key)?.leader);
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

/// A new first replica leads when the cluster next looks, or when it is told to.
fn say_who_leads(
    context: &Context<'_>,
    items: &[Written],
    leader: impl Fn(&TopicPartition) -> Option<i32>,
) {
    let led_by_another = items.iter().filter(|item| {
        let WrittenReassignment { from, to, completed, .. } = &item.subject;
        let new_first = *completed && from.first() != to.first();
        new_first && leader(&item.subject.key()) != to.first().copied()
    });
    let keys: Vec<TopicPartition> = led_by_another.map(|item| item.subject.key()).collect();
    if keys.is_empty() {
        return;
    }
    let topics: BTreeSet<&Name> = keys.iter().map(|key| &key.topic).collect();
    let which = match topics.iter().next() {
        Some(only) if topics.len() == 1 => shell_word(only),
        _ => "--all".into(),
    };
    context.ui.note(&format!(
        "the new first replica does not lead yet in {}: `kward topic elect-leaders {which}` elects it, and so \
         does the cluster in some minutes unless `auto.leader.rebalance.enable` is off",
        count(keys.len(), "partition"),
    ));
}

/// The rest of the deadline with which waiting for a broker to hear of the end makes no sense any more.
const PATIENCE_LEFT: std::time::Duration = std::time::Duration::from_secs(25);
