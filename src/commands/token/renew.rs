//! `token renew` (RenewDelegationToken; for the owner and the renewers).

use std::time::Duration;

use super::{Deed, Which, targets};
use crate::commands::acl::cluster_id;
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::report::write::{Action, Status};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The tokens.
    pub which: Which,
    /// From now on; as long as the broker does when `None`.
    pub by: Option<Duration>,
    /// Everything but the writing.
    pub dry_run: bool,
}

/// Puts off their end.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if !request.dry_run {
        context.may_write()?;
    }
    let client = context.connect().await?;
    let targets = targets(context, &client, &request.which).await?;
    let cluster_id = cluster_id(&client).await?;
    let deed = Deed {
        verb: "renew",
        action: Action::Alter,
        well: Status::Altered,
        dry_run: request.dry_run,
    };
    if request.dry_run {
        return Ok(deed.planned(cluster_id, targets));
    }
    context.confirm_unasked()?;
    let send = async |client: &crate::kafka::Client, hmac: &crate::kafka::Hmac| {
        client.renew_token(hmac, request.by).await
    };
    deed.carry_out(context, &client, (cluster_id, targets), send).await
}
