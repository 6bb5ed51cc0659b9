//! `group history --follow`: what happens from now on, one event a line.

use std::time::Duration;

use super::super::trouble::Trouble;
use super::log::{Log, Unread};
use super::{Request, Told, save};
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::group::history::{Rebuild, events};
use crate::model::{Time, visible};
use crate::report::group_history::Rebalance;
use crate::report::group_watch::EVENT;

/// How long a broker holds a request for records that are not there yet.
const WAIT: Duration = Duration::from_millis(500);
/// From a failure to the next attempt; twice as long after each further one.
const PAUSE: Duration = Duration::from_secs(1);
/// And so long at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// Follows until the time is over, or nobody reads.
pub async fn run(
    context: &Context<'_>,
    request: &Request,
    log: &mut Log,
    rebuild: &mut Rebuild,
    history: &mut Told,
) -> Result<Outcome> {
    let mut follow = Follow { context, request, trouble: Trouble::none(context) };
    let mut before: Option<Rebalance> = None;
    for told in &history.rebalances {
        let wanted = request.window.since.is_some_and(|since| told.time >= since);
        if wanted && !follow.tell(before.as_ref(), told)? {
            return Ok(Outcome::default());
        }
        before = Some(told.clone());
    }
    if history.knows(log) {
        save(request, &history.history(&request.group, log))?;
    } else {
        let name = visible(&request.group);
        context.ui.note(&format!("nothing is known of a group `{name}` yet: waiting for it"));
    }
    let end = request.at_most.map(|at_most| tokio::time::Instant::now() + at_most);
    let ended = async {
        match end {
            Some(end) => tokio::time::sleep_until(end).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(ended);
    loop {
        let told = tokio::select! {
            () = &mut ended => None,
            told = follow.more(log, rebuild) => Some(told?),
        };
        let Some(told) = told else {
            return Ok(Outcome::default().with_error(follow.trouble.error().cloned()));
        };
        // A quiet group writes nothing that would tell.
        if !context.ui.is_read() {
            return Ok(Outcome::default());
        }
        if told.is_empty() {
            continue;
        }
        for told in told {
            if !follow.tell(before.as_ref(), &told)? {
                return Ok(Outcome::default());
            }
            before = Some(told.clone());
            history.rebalances.push(told);
        }
        history.captured_at = Time((context.now)().as_millisecond());
        save(request, &history.history(&request.group, log))?;
    }
}

struct Follow<'a, 'c> {
    context: &'a Context<'c>,
    request: &'a Request,
    trouble: Trouble<'a>,
}

impl Follow<'_, '_> {
    /// What came next. Brokers may be gone meanwhile, for as long as they like; what is there and makes
    /// no sense is tried again until `--timeout`.
    async fn more(&mut self, log: &mut Log, rebuild: &mut Rebuild) -> Result<Vec<Rebalance>> {
        let patience = self.context.deadline();
        let mut pause = PAUSE;
        loop {
            let part = log.part(self.context, WAIT, rebuild);
            let Err(Unread { error, outage }) = self.trouble.patiently(part).await else {
                self.trouble.say(None);
                return Ok(rebuild.take());
            };
            let refused = error.kafka_error().is_some_and(|kafka| !kafka.retriable);
            if refused || (!outage && patience.passed()) {
                return Err(error);
            }
            self.trouble.say(Some(error));
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// False when nobody reads any more.
    fn tell(&self, before: Option<&Rebalance>, told: &Rebalance) -> Result<bool> {
        for event in events(&self.request.group, before, told) {
            if !self.context.ui.event(EVENT, &event)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
