//! `user create`: stores SCRAM credentials (AlterUserScramCredentials; needs ALTER on the cluster,
//! and DESCRIBE, which that implies, to see what there is).

use std::collections::{BTreeMap, BTreeSet};

use secrecy::{ExposeSecret as _, SecretString};

use super::{Round, Written, password, send, wait};
use crate::commands::acl::cluster_id;
use crate::commands::written::foreseen;
use crate::commands::{Context, Outcome};
use crate::error::{AGAIN_IS_SAFE, Error, Result};
use crate::kafka::{Client, NewCredential, ScramChange, ScramUser};
use crate::model::{ScramMechanism, visible};
use crate::report::user::{ShownPassword, UserCredential};
use crate::report::write::{Action, Item, Status, WriteResult};
use crate::report::{Block, Line, Style};
use crate::settings::PasswordSource;

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The users.
    pub users: Vec<String>,
    /// A credential for each of these.
    pub mechanisms: Vec<ScramMechanism>,
    /// How often the hash is applied.
    pub iterations: u32,
    /// Where the passwords come from.
    pub password: PasswordFrom,
    /// Leave what exists as it is.
    pub if_not_exists: bool,
    /// Everything but the writing.
    pub dry_run: bool,
}

/// Where a password comes from.
#[derive(Debug, Clone)]
pub enum PasswordFrom {
    /// Asked for on the terminal, for each user.
    Prompt,
    /// The same for all credentials of one user.
    Source(PasswordSource),
    /// Made, one for each user, and shown in the result.
    Generated,
}

/// What to do where it is not known which password holds.
const AGAIN: &str = "a password that is printed holds only if the write went through: run it again, which makes and \
     sets another";

/// What is to be stored, by user.
type Wanted = BTreeMap<String, Vec<(ScramMechanism, Action)>>;

/// Stores the credentials: says which existed, asks before it replaces one.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if !request.dry_run {
        context.may_write()?;
    }
    let users: BTreeSet<String> = request.users.iter().cloned().collect();
    let given = given_password(context, request, users.len())?;
    let client = context.connect().await?;
    let names: Vec<String> = users.into_iter().collect();
    let (found, cluster_id) =
        tokio::join!(client.describe_scram_users(Some(&names)), cluster_id(&client));
    let (found, cluster_id) = (found?, cluster_id?);
    let (existed, wanted) = sort_out(request, &names, &found);
    if request.dry_run {
        let planned = items(&wanted, |user, mechanism, action| {
            Item::new(subject(request, user, mechanism), action, Status::Planned)
        });
        let items = existed.into_iter().chain(planned).collect();
        let result = WriteResult::new(Some(cluster_id), true, items);
        let refused = foreseen(&client, "store credentials", &result).await;
        return Ok(Outcome::report(result).with_error(refused));
    }
    if !wanted.is_empty() {
        confirm(context, &wanted, &found)?;
    }
    let mut passwords = BTreeMap::new();
    for user in wanted.keys() {
        let password = match (&request.password, &given) {
            (PasswordFrom::Prompt, _) => password::ask(context, user)?,
            (PasswordFrom::Source(_), Some(given)) => given.clone(),
            _ => password::generate()?,
        };
        passwords.insert(user.as_str(), password);
    }
    let written = store(context, &client, request, &wanted, &passwords).await?;
    let items = existed.into_iter().chain(written.items).collect();
    let result = WriteResult::new(Some(cluster_id), false, items);
    let error = result.error(written.stopped).map(|error| match request.password {
        PasswordFrom::Generated => error.instead(AGAIN_IS_SAFE, AGAIN),
        _ => error,
    });
    Ok(Outcome::report(result).with_error(error))
}

/// What is known to be wrong before anybody is asked, and the password from a file or a variable.
fn given_password(
    context: &Context<'_>,
    request: &Request,
    users: usize,
) -> Result<Option<SecretString>> {
    match &request.password {
        PasswordFrom::Prompt => Ok(None),
        PasswordFrom::Source(_) if users > 1 => {
            Err(Error::invalid(format!("{users} users would have the same password"))
                .hint("create one at a time, or let `--generate` make a password for each"))
        }
        PasswordFrom::Source(source) => {
            let password = context.settings.password(source)?;
            if password.expose_secret().contains(['\n', '\r']) {
                return Err(Error::invalid("the password has more than one line")
                    .hint("one line break at its end does not count, any other is a part of it"));
            }
            if let Some(warning) = context.settings.exposed(source) {
                context.ui.warn(&warning);
            }
            Ok(Some(password))
        }
        PasswordFrom::Generated => {
            if context.settings.presentation.hides_column("password") {
                return Err(Error::invalid("the generated password would not be in the output")
                    .hint("leave out `-o name`, `--columns` and `--sort-by`"));
            }
            if !context.ui.is_printed() && !request.dry_run {
                return Err(Error::invalid("nobody would see the generated password")
                    .caused_by("standard output is closed or `/dev/null`")
                    .hint(
                        "let it go to a terminal, to a file that only you can read or to a program",
                    ));
            }
            Ok(None)
        }
    }
}

/// What is left as it is, and what is to be stored.
fn sort_out(
    request: &Request,
    names: &[String],
    found: &[ScramUser],
) -> (Vec<Item<UserCredential>>, Wanted) {
    let mechanisms: BTreeSet<ScramMechanism> = request.mechanisms.iter().copied().collect();
    let mut existed = Vec::new();
    let mut wanted = Wanted::new();
    for name in names {
        let user = found.iter().find(|user| user.name == *name);
        for mechanism in &mechanisms {
            let old = user.and_then(|u| u.credentials.iter().find(|c| c.mechanism == *mechanism));
            let action = match old {
                Some(old) if request.if_not_exists => {
                    let subject = UserCredential {
                        user: name.clone(),
                        mechanism: Some(*mechanism),
                        iterations: Some(i64::from(old.iterations)),
                        password: None,
                    };
                    existed.push(Item::new(subject, Action::Create, Status::Existed));
                    continue;
                }
                Some(_) => Action::Alter,
                None => Action::Create,
            };
            wanted.entry(name.clone()).or_default().push((*mechanism, action));
        }
    }
    (existed, wanted)
}

fn subject(request: &Request, user: &str, mechanism: ScramMechanism) -> UserCredential {
    UserCredential {
        user: user.to_owned(),
        mechanism: Some(mechanism),
        iterations: Some(i64::from(request.iterations)),
        password: None,
    }
}

fn items(
    wanted: &Wanted,
    item: impl Fn(&str, ScramMechanism, Action) -> Item<UserCredential>,
) -> Vec<Item<UserCredential>> {
    wanted
        .iter()
        .flat_map(|(user, credentials)| credentials.iter().map(move |one| (user, *one)))
        .map(|(user, (mechanism, action))| item(user, mechanism, action))
        .collect()
}

/// Whoever uses the old password is locked out: that is asked.
fn confirm(context: &Context<'_>, wanted: &Wanted, found: &[ScramUser]) -> Result<()> {
    let replaced: Vec<Line<'_>> = wanted
        .iter()
        .flat_map(|(user, credentials)| credentials.iter().map(move |one| (user, one)))
        .filter(|(_, (_, action))| *action == Action::Alter)
        .map(|(user, (mechanism, _))| {
            Line::styled(Style::Warning, format!("~ {} {mechanism}", visible(user)))
        })
        .collect();
    if replaced.is_empty() {
        return context.confirm_unasked();
    }
    let count = replaced.len();
    context.ui.show(&[Block::Lines(replaced)]);
    let user = found.iter().find(|user| wanted.contains_key(&user.name));
    context.confirm(&match user {
        Some(user) if count == 1 => format!("Replace the password of `{}`?", visible(&user.name)),
        _ => format!("Replace these {count} passwords?"),
    })
}

/// Derives the salted passwords, then stores them: Kafka takes one credential of a user in a request,
/// hence one request for a mechanism.
async fn store(
    context: &Context<'_>,
    client: &Client,
    request: &Request,
    wanted: &Wanted,
    passwords: &BTreeMap<&str, SecretString>,
) -> Result<Written> {
    let mut rounds: BTreeMap<ScramMechanism, Round> = BTreeMap::new();
    for (user, credentials) in wanted {
        let password = &passwords[user.as_str()];
        for (mechanism, action) in credentials {
            let derived = NewCredential::derive(*mechanism, request.iterations, password).await?;
            let mut subject = subject(request, user, *mechanism);
            if matches!(request.password, PasswordFrom::Generated) {
                subject.password = Some(ShownPassword(password.expose_secret().to_owned()));
            }
            let round = rounds.entry(*mechanism).or_default();
            round.changes.push((user.clone(), ScramChange::Store(derived)));
            round.subjects.push((subject, *action));
        }
    }
    let mut written = send(context, client, rounds.into_values()).await;
    for item in &mut written.items {
        if matches!(item.status, Status::Failed | Status::Skipped) {
            item.subject.password = None;
        }
    }
    let stored: Vec<(String, ScramMechanism)> = written.done();
    wait(context, client, &stored, |credential| {
        credential.is_some_and(|one| u32::try_from(one.iterations) == Ok(request.iterations))
    })
    .await;
    Ok(written)
}
