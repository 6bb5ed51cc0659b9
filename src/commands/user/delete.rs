//! `user delete`: deletes SCRAM credentials (AlterUserScramCredentials; needs ALTER on the cluster).

use std::collections::{BTreeMap, BTreeSet};

use super::{Round, Written, send, wait};
use crate::commands::acl::cluster_id;
use crate::commands::written::foreseen;
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::{Client, ScramChange, ScramUser};
use crate::model::{ScramMechanism, visible};
use crate::report::user::UserCredential;
use crate::report::write::{Action, Item, Status, WriteResult};
use crate::report::{Block, Line, Style};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The users.
    pub users: Vec<String>,
    /// These mechanisms only; all when empty.
    pub mechanisms: Vec<ScramMechanism>,
    /// A user without such a credential is a failure.
    pub must_exist: bool,
    /// Everything but the writing.
    pub dry_run: bool,
}

/// Shows what there is, asks, deletes it.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if !request.dry_run {
        context.may_write()?;
    }
    let client = context.connect().await?;
    let names: BTreeSet<String> = request.users.iter().cloned().collect();
    let names: Vec<String> = names.into_iter().collect();
    let (found, cluster_id) =
        tokio::join!(client.describe_scram_users(Some(&names)), cluster_id(&client));
    let (mut found, cluster_id) = (found?, cluster_id?);
    for user in &mut found {
        user.credentials.retain(|one| {
            request.mechanisms.is_empty() || request.mechanisms.contains(&one.mechanism)
        });
    }
    found.retain(|user| !user.credentials.is_empty());
    let absent: Vec<Item<UserCredential>> = names
        .iter()
        .filter(|name| !found.iter().any(|user| user.name == **name))
        .map(|name| {
            let subject = UserCredential {
                user: name.clone(),
                mechanism: None,
                iterations: None,
                password: None,
            };
            Item::new(subject, Action::Delete, Status::Absent)
        })
        .collect();
    let missing = (request.must_exist && !absent.is_empty()).then(|| {
        let user = |item: &Item<UserCredential>| format!("`{}`", visible(&item.subject.user));
        let users = absent.iter().map(user).collect::<Vec<_>>().join(", ");
        let words = if absent.len() == 1 { ("user", "has") } else { ("users", "have") };
        Error::failed(format!("the {} {users} {} no such credential", words.0, words.1))
    });

    let Written { items, stopped } = if request.dry_run {
        let planned =
            subjects(&found).map(|(_, one)| Item::new(one, Action::Delete, Status::Planned));
        Written { items: planned.collect(), stopped: None }
    } else if found.is_empty() {
        Written::default()
    } else {
        confirm(context, &found)?;
        delete(context, &client, &found).await
    };
    let items = items.into_iter().chain(absent).collect();
    let result = WriteResult::new(Some(cluster_id), request.dry_run, items);
    let refused = foreseen(&client, "delete credentials", &result).await;
    let error = result.error(stopped).or(missing).or(refused);
    Ok(Outcome::report(result).with_error(error))
}

fn subjects(found: &[ScramUser]) -> impl Iterator<Item = (&str, UserCredential)> {
    found.iter().flat_map(|user| user.credentials.iter().map(move |one| (user, one))).map(
        |(user, one)| {
            let subject = UserCredential {
                user: user.name.clone(),
                mechanism: Some(one.mechanism),
                iterations: Some(i64::from(one.iterations)),
                password: None,
            };
            (user.name.as_str(), subject)
        },
    )
}

fn confirm(context: &Context<'_>, found: &[ScramUser]) -> Result<()> {
    let lines: Vec<Line<'_>> = found
        .iter()
        .flat_map(|user| user.credentials.iter().map(move |one| (user, one)))
        .map(|(user, one)| {
            Line::styled(Style::Removed, format!("- {} {}", visible(&user.name), one.mechanism))
        })
        .collect();
    let count = lines.len();
    context.ui.show(&[Block::Lines(lines)]);
    if let Some(own) = context.user().filter(|own| found.iter().any(|user| user.name == *own)) {
        context
            .ui
            .warn(&format!("`{}` is the user that this connection logs in as", visible(&own)));
    }
    context.confirm(&match found {
        [user] if count == 1 => format!("Delete the credential of `{}`?", visible(&user.name)),
        _ => format!("Delete these {count} credentials?"),
    })
}

async fn delete(context: &Context<'_>, client: &Client, found: &[ScramUser]) -> Written {
    let mut rounds: BTreeMap<ScramMechanism, Round> = BTreeMap::new();
    for (user, subject) in subjects(found) {
        let Some(mechanism) = subject.mechanism else { continue };
        let round = rounds.entry(mechanism).or_default();
        round.changes.push((user.to_owned(), ScramChange::Delete(mechanism)));
        round.subjects.push((subject, Action::Delete));
    }
    let written = send(context, client, rounds.into_values()).await;
    wait(context, client, &written.done(), |credential| credential.is_none()).await;
    written
}
