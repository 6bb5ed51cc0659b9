//! `token list` (DescribeDelegationToken; one's own tokens and those that one may renew need no permission).

use super::explained;
use crate::commands::acl::cluster_id;
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::kafka::Token;
use crate::model::Principal;
use crate::report::token::{TokenItem, TokenList};

/// Lists those of these owners, or all.
pub async fn run(context: &Context<'_>, owners: &[Principal]) -> Result<Outcome> {
    let client = context.connect().await?;
    let owners = (!owners.is_empty()).then_some(owners);
    let (tokens, cluster_id) = tokio::join!(client.describe_tokens(owners), cluster_id(&client));
    let tokens = tokens.map_err(|error| explained(&client, error))?;
    let items = tokens.into_iter().map(item).collect();
    Ok(Outcome::report(TokenList { cluster_id: cluster_id?, items }))
}

fn item(token: Token) -> TokenItem {
    TokenItem {
        token_id: token.id,
        owner: token.owner,
        requester: token.requester,
        renewers: token.renewers,
        issued: token.issued,
        expires: token.expires,
        latest: token.latest,
    }
}
