//! `token create` (CreateDelegationToken; CREATE_TOKENS on the user, where it is for another than who asks).

use std::path::{Path, PathBuf};

use secrecy::ExposeSecret as _;

use super::{explained, subject, summary, wait};
use crate::commands::acl::cluster_id;
use crate::commands::written::{Told, told};
use crate::commands::{Context, Outcome};
use crate::error::{AGAIN_IS_SAFE, Error, Result};
use crate::kafka::{NewToken, Token};
use crate::model::{Principal, shell_word, visible};
use crate::report::token::WrittenToken;
use crate::report::user::ShownPassword;
use crate::report::write::{Action, Item, Status, WriteResult};
use crate::settings::write_private;

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The token.
    pub token: NewToken,
    /// Where its secret part goes, in place of the result.
    pub hmac_file: Option<PathBuf>,
    /// Everything but the writing.
    pub dry_run: bool,
}

/// What to do where it is not known whether there is a token: its secret part is lost.
const AGAIN: &str = "`kward token list` shows whether there is a new one: expire it, nobody has seen its HMAC, and make another";

/// Makes a token, and gives its secret part once.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if !request.dry_run {
        context.may_write()?;
    }
    check_place(context, request)?;
    let client = context.connect().await?;
    let cluster_id = cluster_id(&client).await?;
    let own = || context.user().map(|user| Principal::from(format!("User:{user}")));
    let wanted = WrittenToken {
        owner: request.token.owner.clone().or_else(own),
        renewers: request.token.renewers.clone(),
        ..WrittenToken::default()
    };
    if request.dry_run {
        let items = vec![Item::new(wanted, Action::Create, Status::Planned)];
        return Ok(Outcome::report(WriteResult::new(Some(cluster_id), true, items)));
    }
    context.confirm_unasked()?;
    context.stop.begin_writing();
    let client = client.until(context.deadline());
    let (fates, lost) = told(client.create_token(&request.token).await, 1, Status::Created)
        .map_err(|error| explained(&client, error))?;
    let mut unwritten = None;
    let mut ends = Vec::new();
    let mut items = Vec::new();
    for Told { fate, error, value } in fates {
        let token = match value {
            Some(token) => {
                ends.push((token.id.clone(), Some(token.expires)));
                let (shown, failed) = with_secret(request, &token);
                unwritten = failed;
                shown
            }
            None => wanted.clone(),
        };
        let mut item = Item::new(token, Action::Create, fate);
        item.error = error;
        items.push(item);
    }
    wait(context, &client, &ends).await;
    let result = WriteResult::new(Some(cluster_id), false, items);
    let error = lost.or_else(|| summary("create", &result));
    let error = error.map(|error| explained(&client, error).instead(AGAIN_IS_SAFE, AGAIN));
    Ok(Outcome::report(result).with_error(error.or(unwritten)))
}

/// What is known to be wrong before there is a token: its secret part would be lost.
fn check_place(context: &Context<'_>, request: &Request) -> Result<()> {
    let Some(path) = &request.hmac_file else {
        if context.settings.presentation.hides_column("hmac") {
            return Err(Error::invalid("the HMAC of the token would not be in the output").hint(
                "leave out `-o name`, `--columns` and `--sort-by`, or name a file: `--hmac-file`",
            ));
        }
        if !context.ui.is_printed() && !request.dry_run {
            return Err(Error::invalid("nobody would see the HMAC of the token")
                .caused_by("standard output is closed or `/dev/null`")
                .hint("let it go to a terminal or to a program, or name a file: `--hmac-file`"));
        }
        return Ok(());
    };
    let shown = path.to_string_lossy();
    if path.exists() && !path.is_file() {
        return Err(Error::invalid(format!(
            "`{}` is no file to write an HMAC to",
            visible(&shown)
        )));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if !folder.unwrap_or(Path::new(".")).is_dir() || path.file_name().is_none() {
        return Err(Error::invalid(format!("there is no folder for `{}`", visible(&shown)))
            .hint("make it first, readable by you only: `mkdir -m 700`"));
    }
    Ok(())
}

/// The token with its secret part, or with the file that this was written to; the error where it was not.
fn with_secret(request: &Request, token: &Token) -> (WrittenToken, Option<Error>) {
    let secret = token.hmac.to_base64();
    let mut shown = subject(token);
    // The answer does not repeat them.
    shown.renewers.clone_from(&request.token.renewers);
    let Some(path) = &request.hmac_file else {
        shown.hmac = Some(ShownPassword(secret.expose_secret().to_owned()));
        return (shown, None);
    };
    let name = path.to_string_lossy().into_owned();
    match write_private(path, &format!("{}\n", secret.expose_secret())) {
        Ok(()) => {
            shown.hmac_file = Some(name);
            (shown, None)
        }
        Err(error) => {
            let id = shell_word(&token.id);
            let error = Error::failed(format!("cannot write the HMAC to `{}`", visible(&name)))
                .caused_by(error)
                .hint(format!(
                    "the token is made and nobody has its HMAC: `kward token expire {id}`, and make another"
                ));
            (shown, Some(error))
        }
    }
}
