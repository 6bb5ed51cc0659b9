//! `transaction abort`: ends a hanging transaction in a partition (WriteTxnMarkers; needs ALTER on the
//! cluster, and READ on the topic to see its producers).

use super::find_hanging::{self, hanging, nothing, partitions};
use super::held::{Held, Open, open, producers};
use crate::commands::acl::cluster_id;
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::{AbortMarker, Client};
use crate::model::{TopicPartition, visible};
use crate::report::write::{Action, Item, Status, WriteResult};
use crate::report::{Block, Line, Style};

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// Where.
    pub partition: TopicPartition,
    /// Which transaction.
    pub which: Which,
    /// Even one that its coordinator still holds.
    pub allow_live: bool,
    /// Everything but the writing.
    pub dry_run: bool,
}

/// Which of the open transactions of a partition.
#[derive(Debug, Clone, Copy)]
pub enum Which {
    /// The one that begins at this offset.
    StartOffset(i64),
    /// That of this producer.
    Producer(i64),
}

/// Shows the transaction, asks, writes the marker.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if !request.dry_run {
        context.may_write()?;
    }
    let client = context.connect().await?;
    let (found, cluster_id) = tokio::join!(find(context, &client, request), cluster_id(&client));
    let (found, cluster_id) = (found?, cluster_id?);
    let held = Held::fetch(&client, std::slice::from_ref(&found)).await?;
    guard(request, &found, &held)?;
    let now = (context.now)().as_millisecond();
    let thing = hanging(&found, held.id(found.producer.producer_id), now);
    if request.dry_run {
        let item = Item::new(thing, Action::Alter, Status::Planned);
        return Ok(Outcome::report(WriteResult::new(Some(cluster_id), true, vec![item])));
    }
    let place = visible(&found.partition.to_string()).into_owned();
    let text = format!(
        "- {place}: what producer {} (epoch {}) wrote from offset {} on",
        found.producer.producer_id, found.producer.producer_epoch, found.start
    );
    context.ui.show(&[Block::Lines(vec![Line::styled(Style::Removed, text)])]);
    context.confirm("Abort this transaction? Its records will never be read as committed.")?;

    let marker = AbortMarker {
        partition: found.partition.clone(),
        producer_id: found.producer.producer_id,
        producer_epoch: i16::try_from(found.producer.producer_epoch)
            .map_err(|_| Error::failed("the broker tells an epoch that is none"))?,
        // A producer whose first transaction hangs has had no coordinator: 0 is below every epoch.
        coordinator_epoch: found.producer.coordinator_epoch.unwrap_or(0),
    };
    context.stop.begin_writing();
    let mut answers = client.until(context.deadline()).abort_transactions(&[marker]).await?;
    let error = answers.pop().and_then(Result::err);
    let item = match &error {
        None => Item::new(thing, Action::Alter, Status::Altered),
        Some(error) => Item::lost(thing, Action::Alter, error),
    };
    let result = WriteResult::new(Some(cluster_id), false, vec![item]);
    let error = match error {
        // The refusal of a broker is summed up with the ACL that would grant it.
        Some(error) if error.kafka_error().is_none() => Some(error),
        _ => result.error(None),
    };
    Ok(Outcome::report(result).with_error(error))
}

async fn find(context: &Context<'_>, client: &Client, request: &Request) -> Result<Open> {
    let partition = &request.partition;
    let which = find_hanging::Request {
        topics: vec![partition.topic.clone()],
        partition: Some(partition.partition),
        ..find_hanging::Request::default()
    };
    if partitions(client, &which).await?.is_empty() {
        nothing(context, client, &which).await?;
    }
    let mut answers = producers(client, std::slice::from_ref(partition)).await?;
    let found =
        answers.pop().unwrap_or_else(|| Err(Error::failed("the broker left out the answer")))?;
    let all = open(partition, &found);
    let is_meant = |one: &&Open| match request.which {
        Which::StartOffset(offset) => one.start == offset,
        Which::Producer(id) => one.producer.producer_id == id,
    };
    if let Some(found) = all.iter().find(is_meant) {
        return Ok(found.clone());
    }
    let place = visible(&partition.to_string()).into_owned();
    let what = match request.which {
        Which::StartOffset(offset) => format!("begins at offset {offset}"),
        Which::Producer(id) => format!("belongs to producer {id}"),
    };
    let error = Error::failed(format!("no open transaction in `{place}` {what}"));
    if all.is_empty() {
        return Err(error.hint("no transaction is open there"));
    }
    let known: Vec<String> = all
        .iter()
        .map(|one| format!("offset {} of producer {}", one.start, one.producer.producer_id))
        .collect();
    Err(error.hint(format!("open there: {}", known.join(", "))))
}

/// A transaction that its coordinator still holds is not for us to end: it would go on, and what it
/// writes next would not belong together.
fn guard(request: &Request, found: &Open, held: &Held) -> Result<()> {
    if request.allow_live {
        return Ok(());
    }
    if let Some(error) = &held.unsure {
        return Err(Error::refused(
            "not every coordinator could be asked whether it still holds the transaction",
        )
        .caused_by(error)
        .hint("`--allow-live` aborts it all the same"));
    }
    let Some(holder) = held.holder(found) else { return Ok(()) };
    let id = visible(&holder.transactional_id);
    Err(Error::refused(format!(
        "the transaction does not hang: its coordinator holds it as `{id}` ({})",
        visible(&holder.state)
    ))
    .hint(format!(
        "the coordinator aborts it by itself {} ms after it began; `--allow-live` ends it here and now",
        holder.timeout_ms
    )))
}
