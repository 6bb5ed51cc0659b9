//! `user list` (DescribeUserScramCredentials; needs DESCRIBE on the cluster).

use crate::commands::acl::cluster_id;
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::ScramUser;
use crate::model::{ScramMechanism, visible};
use crate::report::user::{Credential, User, UserList};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// These users only; all when empty.
    pub names: Vec<String>,
    /// This mechanism only.
    pub mechanism: Option<ScramMechanism>,
}

/// Lists them. A user that is named and has no such credential is a failure.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let client = context.connect().await?;
    let names = (!request.names.is_empty()).then_some(request.names.as_slice());
    let (users, cluster_id) = tokio::join!(client.describe_scram_users(names), cluster_id(&client));
    let items: Vec<User> =
        users?.into_iter().filter_map(|user| of_mechanism(user, request.mechanism)).collect();
    let mut missing = request.names.iter().filter(|name| !items.iter().any(|u| u.user == **name));
    let error = missing.next().map(|name| {
        let credential = request.mechanism.map_or_else(|| "SCRAM".to_owned(), |m| m.to_string());
        Error::failed(format!("the user `{}` has no {credential} credential", visible(name)))
    });
    Ok(Outcome::report(UserList { cluster_id: cluster_id?, items }).with_error(error))
}

fn of_mechanism(user: ScramUser, mechanism: Option<ScramMechanism>) -> Option<User> {
    let credentials: Vec<Credential> = user
        .credentials
        .into_iter()
        .filter(|credential| mechanism.is_none_or(|wanted| credential.mechanism == wanted))
        .map(|one| Credential { mechanism: one.mechanism, iterations: one.iterations })
        .collect();
    (!credentials.is_empty()).then_some(User { user: user.name, credentials })
}
