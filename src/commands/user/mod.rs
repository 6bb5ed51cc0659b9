//! The verbs of `kward user`.

pub mod create;
pub mod delete;
pub mod list;

mod password;

use crate::commands::Context;
use crate::commands::settle::settle;
use crate::error::Error;
use crate::kafka::{Client, ScramChange, ScramCredential};
use crate::model::ScramMechanism;
use crate::report::user::UserCredential;
use crate::report::write::{Action, Item, Status};

/// What goes into one request: no user twice, sorted by user.
#[derive(Default)]
struct Round {
    changes: Vec<(String, ScramChange)>,
    /// What the changes are about, in the same order.
    subjects: Vec<(UserCredential, Action)>,
}

/// What became of the credentials.
#[derive(Default)]
struct Written {
    items: Vec<Item<UserCredential>>,
    /// Why it did not go on to the end, where it did not.
    stopped: Option<Error>,
}

impl Written {
    /// The credentials that the controller has acknowledged.
    fn done(&self) -> Vec<(String, ScramMechanism)> {
        let done = self.items.iter().filter(|item| !item.status.is_bad());
        done.filter_map(|item| Some((item.subject.user.clone(), item.subject.mechanism?))).collect()
    }
}

/// Sends the rounds one after the other; one that fails as a whole is the last.
async fn send(
    context: &Context<'_>,
    client: &Client,
    rounds: impl Iterator<Item = Round>,
) -> Written {
    let mut written = Written::default();
    context.stop.begin_writing();
    for Round { changes, subjects } in rounds {
        if written.stopped.is_none() {
            written.stopped = context.stop.heard().await;
        }
        if written.stopped.is_some() {
            let skipped =
                subjects.into_iter().map(|(one, what)| Item::new(one, what, Status::Skipped));
            written.items.extend(skipped);
            continue;
        }
        match client.until(context.deadline()).alter_scram_users(&changes).await {
            Ok(results) => {
                let answered = subjects.into_iter().zip(results).map(|((one, action), result)| {
                    let well = match action {
                        Action::Create => Status::Created,
                        Action::Alter => Status::Altered,
                        Action::Delete => Status::Deleted,
                    };
                    Item::answered(one, action, well, result.err().as_ref())
                });
                written.items.extend(answered);
            }
            Err(error) => {
                let lost =
                    subjects.into_iter().map(|(one, action)| Item::lost(one, action, &error));
                written.items.extend(lost);
                written.stopped = Some(error);
            }
        }
    }
    let place = |one: &UserCredential| (one.user.clone(), one.mechanism);
    written.items.sort_by_cached_key(|item| place(&item.subject));
    written
}

/// Waits until the broker shows what was written as it was wanted: whoever runs this next may log in at once.
async fn wait(
    context: &Context<'_>,
    client: &Client,
    written: &[(String, ScramMechanism)],
    as_wanted: impl Fn(Option<&ScramCredential>) -> bool,
) {
    let names: Vec<String> = written.iter().map(|(name, _)| name.clone()).collect();
    settle(context, client, async |client| {
        let users = client.describe_scram_users(Some(&names)).await?;
        Ok(written.iter().all(|(name, mechanism)| {
            let user = users.iter().find(|user| user.name == *name);
            as_wanted(user.and_then(|u| u.credentials.iter().find(|c| c.mechanism == *mechanism)))
        }))
    })
    .await;
}
