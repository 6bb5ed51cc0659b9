//! The verbs of `kward token`.

pub mod create;
pub mod expire;
pub mod list;
pub mod renew;

use std::path::{Path, PathBuf};

use crate::commands::settle::settle;
use crate::commands::written::of_item;
use crate::commands::{Context, Outcome};
use crate::error::{AGAIN_IS_SAFE, Error, Kind, Result};
use crate::kafka::{Client, Hmac, ItemResult, Outcomes, Token};
use crate::model::{Time, visible};
use crate::report::token::WrittenToken;
use crate::report::write::{Action, Item, Status, Subject as _, WriteResult};
use crate::settings::PasswordSource;

const INVALID_PRINCIPAL_TYPE: i16 = 67;
const AUTH_DISABLED: i16 = 61;
const NOT_FOUND: i16 = 62;
const OWNER_MISMATCH: i16 = 63;
const NOT_ALLOWED: i16 = 64;
const NOT_AUTHORIZED: i16 = 65;
const EXPIRED: i16 = 66;

/// Which tokens are meant.
#[derive(Debug, Clone, Default)]
pub struct Which {
    /// By their ids.
    pub ids: Vec<String>,
    /// By the secret part of one, in this file; `-` is standard input.
    pub hmac_file: Option<PathBuf>,
}

/// A token that something is done to.
struct Target {
    hmac: Hmac,
    subject: WrittenToken,
}

/// With what to do about it, as far as the broker's error tells.
fn explained(client: &Client, error: Error) -> Error {
    let hint = match error.kafka_error().map(|error| error.code) {
        Some(AUTH_DISABLED) => {
            "`delegation.token.secret.key` turns them on: the same on every broker and controller".to_owned()
        }
        Some(NOT_ALLOWED) => {
            "log in by SASL or with a client certificate: a connection that is plain, or that a token itself has \
             logged in, may not"
                .to_owned()
        }
        Some(OWNER_MISMATCH) => {
            "only the owner of a token and its renewers may: `kward token list` shows them".to_owned()
        }
        Some(NOT_FOUND | EXPIRED) => {
            "`kward token list` shows those that there are; one that has expired cannot be renewed"
                .to_owned()
        }
        Some(INVALID_PRINCIPAL_TYPE) => "owners and renewers are `User:NAME`".to_owned(),
        Some(NOT_AUTHORIZED) => format!(
            "a token of another owner needs CREATE_TOKENS on that user; somebody who may can grant it: \
             `kward acl create --allow-principal {} --operation create-tokens --user …`",
            client.principal_word()
        ),
        _ => return error,
    };
    error.hint(hint)
}

/// The tokens that are meant, with their secret parts.
async fn targets(context: &Context<'_>, client: &Client, which: &Which) -> Result<Vec<Target>> {
    let given = which.hmac_file.as_deref().map(|path| read_hmac(context, path)).transpose()?;
    let known = client.describe_tokens(None).await.map_err(|error| explained(client, error))?;
    if let Some(hmac) = given {
        let subject = known.iter().find(|token| token.hmac.is(&hmac)).map(subject);
        return Ok(vec![Target { hmac, subject: subject.unwrap_or_default() }]);
    }
    let mut targets = Vec::new();
    for (at, id) in which.ids.iter().enumerate() {
        if which.ids[..at].contains(id) {
            continue;
        }
        let token = known.iter().find(|token| token.id == *id).ok_or_else(|| {
            Error::failed(format!("there is no token `{}` that you may see", visible(id)))
                .hint("`kward token list` shows those that you may see")
        })?;
        targets.push(Target { hmac: token.hmac.clone(), subject: subject(token) });
    }
    Ok(targets)
}

fn read_hmac(context: &Context<'_>, path: &Path) -> Result<Hmac> {
    let path = if path.as_os_str() == "-" { Path::new("/dev/stdin") } else { path };
    let source = PasswordSource::File(path.to_owned());
    let text = context.settings.secret(&source, "`--hmac-file`")?;
    if let Some(warning) = context.settings.exposed(&source) {
        context.ui.warn(&warning);
    }
    Hmac::read(&text).ok_or_else(|| {
        let path = path.to_string_lossy();
        Error::invalid(format!("`{}` holds no HMAC of a token", visible(&path)))
            .hint("wanted is what `kward token create` has printed: base64")
    })
}

/// A token as it is before something is done to it.
fn subject(token: &Token) -> WrittenToken {
    WrittenToken {
        token_id: Some(token.id.clone()),
        owner: Some(token.owner.clone()),
        renewers: token.renewers.clone(),
        expires: Some(token.expires),
        latest: Some(token.latest),
        ..WrittenToken::default()
    }
}

/// What is done to tokens that there are.
struct Deed {
    verb: &'static str,
    action: Action,
    well: Status,
    dry_run: bool,
}

impl Deed {
    /// Nothing is done: what would be.
    fn planned(&self, cluster_id: String, targets: Vec<Target>) -> Outcome {
        let item = |target: Target| Item::new(target.subject, self.action, Status::Planned);
        let items = targets.into_iter().map(item).collect();
        Outcome::report(WriteResult::new(Some(cluster_id), true, items))
    }

    /// Does it to one after the other, a request each, and waits until it is seen.
    async fn carry_out(
        &self,
        context: &Context<'_>,
        client: &Client,
        (cluster_id, targets): (String, Vec<Target>),
        send: impl AsyncFn(&Client, &Hmac) -> Result<Outcomes<Time>>,
    ) -> Result<Outcome> {
        context.stop.begin_writing();
        let mut items: Vec<Item<WrittenToken>> = Vec::new();
        let mut stopped = None;
        for Target { hmac, subject } in targets {
            if stopped.is_none() && !items.is_empty() {
                stopped = context.stop.heard().await;
            }
            if stopped.is_some() {
                items.push(Item::new(subject, self.action, Status::Skipped));
                continue;
            }
            match send(&client.until(context.deadline()), &hmac).await {
                Ok(outcomes) => {
                    items.extend(outcomes.into_iter().map(|one| self.item(&subject, one)));
                }
                Err(error) => {
                    items.push(Item::lost(subject, self.action, &error));
                    stopped = Some(error);
                }
            }
        }
        let result = WriteResult::new(Some(cluster_id), self.dry_run, items);
        let well = result.items.iter().filter(|item| item.status == self.well);
        let ends: Vec<(String, Option<Time>)> = well
            .filter_map(|item| Some((item.subject.token_id.clone()?, item.subject.expires)))
            .collect();
        wait(context, client, &ends).await;
        let error = stopped.or_else(|| summary(self.verb, &result));
        Ok(Outcome::report(result).with_error(error.map(|error| explained(client, error))))
    }

    fn item(&self, before: &WrittenToken, outcome: ItemResult<Time>) -> Item<WrittenToken> {
        let told = of_item(outcome, self.well);
        let mut subject = before.clone();
        if let Some(end) = told.value {
            subject.old_expires = before.expires;
            // What is deleted ends no more.
            subject.expires = Some(end).filter(|_| self.well != Status::Deleted);
        }
        let mut item = Item::new(subject, self.action, told.fate);
        item.error = told.error;
        item
    }
}

/// The error that sums up a result; `None` when everything went well.
fn summary(verb: &str, result: &WriteResult<WrittenToken>) -> Option<Error> {
    let bad: Vec<_> = result.items.iter().filter(|item| item.status.is_bad()).collect();
    let first = bad.first()?;
    let unknown = result.count(Status::Unknown) > 0;
    let kind = if unknown { Kind::Unfinished } else { Kind::Failed };
    let message = match (result.items.len(), &first.subject.token_id) {
        (1, Some(_)) => format!("cannot {verb} the token {}", first.subject.title()),
        (1, None) => format!("cannot {verb} the token"),
        (all, _) => format!("cannot {verb} {} of {all} tokens", bad.len()),
    };
    let mut error = Error::new(kind, message);
    if let Some(why) = &first.error {
        error = error.kafka(why.into());
    }
    Some(if unknown { error.hint(AGAIN_IS_SAFE) } else { error })
}

/// Waits until the broker shows that the tokens with these ids end then, or shows them no more.
async fn wait(context: &Context<'_>, client: &Client, ends: &[(String, Option<Time>)]) {
    if ends.is_empty() {
        return;
    }
    settle(context, client, async |client| {
        let tokens = client.describe_tokens(None).await?;
        Ok(ends.iter().all(|(id, end)| {
            tokens.iter().find(|token| token.id == *id).map(|token| token.expires) == *end
        }))
    })
    .await;
}
