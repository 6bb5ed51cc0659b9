//! `kward quota`: from what was typed to what the commands take.

use std::collections::BTreeMap;

use crate::cli::acl::Write;
use crate::cli::quota::{Entities, QuotaCommand, Values};
use crate::commands::quota::{delete, list, set};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::model::quota::{CLIENT_ID, IP, USER};
use crate::model::{QuotaEntity, shell_word, visible};

/// Runs one verb.
pub async fn run(context: &Context<'_>, command: &QuotaCommand) -> Result<Outcome> {
    match command {
        QuotaCommand::List(args) => {
            note_of_principals(context, &args.entities);
            let filters = entities(&args.entities);
            if args.strict && filters.is_empty() {
                return Err(nobody("list --strict"));
            }
            list::run(context, &list::Request { filters, strict: args.strict }).await
        }
        QuotaCommand::Set(args) => {
            refuse_principals(&args.entities)?;
            let request = set::Request {
                entities: named(&args.entities, "set")?,
                values: values(&args.values)?,
                dry_run: args.write.dry_run,
            };
            set::run(context, &request).await
        }
        QuotaCommand::Delete(args) => {
            note_of_principals(context, &args.entities);
            let request = delete::Request {
                entities: named(&args.entities, "delete")?,
                keys: args.key.iter().map(|key| key.replace('-', "_")).collect(),
                must_exist: args.must_exist,
                dry_run: args.write.dry_run,
            };
            delete::run(context, &request).await
        }
    }
}

/// The flags of a verb that writes.
pub fn write_flags(command: &QuotaCommand) -> Option<&Write> {
    match command {
        QuotaCommand::List(_) => None,
        QuotaCommand::Set(args) => Some(&args.write),
        QuotaCommand::Delete(args) => Some(&args.write),
    }
}

fn named(args: &Entities, verb: &str) -> Result<Vec<QuotaEntity>> {
    let entities = entities(args);
    if entities.is_empty() { Err(nobody(verb)) } else { Ok(entities) }
}

/// The first `User:ana` among the users: a principal, which quotas do not know.
fn principal(args: &Entities) -> Option<(&str, &str)> {
    args.user.iter().find_map(|name| Some((name.as_str(), name.strip_prefix("User:")?)))
}

/// A quota of a user that nobody is would bind nobody.
fn refuse_principals(args: &Entities) -> Result<()> {
    let Some((principal, user)) = principal(args) else { return Ok(()) };
    let (principal, word) = (visible(principal), shell_word(user));
    Err(Error::invalid(format!(
        "`{principal}` is a principal, and quotas are those of users; the user is called `{}`",
        visible(user)
    ))
    .hint(format!("`--user {word}`")))
}

/// Another tool may have set one all the same, which is to be seen and to go.
fn note_of_principals(context: &Context<'_>, args: &Entities) {
    if let Some((principal, user)) = principal(args) {
        context.ui.note(&format!(
            "`{}` is a principal, and quotas are those of users: `--user {}`",
            visible(principal),
            shell_word(user)
        ));
    }
}

fn nobody(verb: &str) -> Error {
    Error::invalid(format!("`quota {verb}` needs to know whose quotas are meant")).hint(
        "`--user NAME`, `--client-id ID`, both, `--ip ADDRESS`, or `--user-default` and its like",
    )
}

/// Each user with each client id, or each address.
fn entities(args: &Entities) -> Vec<QuotaEntity> {
    let list = |names: &[String], default: bool| -> Vec<Option<String>> {
        names.iter().cloned().map(Some).chain(default.then_some(None)).collect()
    };
    let users = list(&args.user, args.user_default);
    let clients = list(&args.client_id, args.client_id_default);
    let addresses = list(&args.ip, args.ip_default);
    let with = |entity: QuotaEntity, kind: &str, names: &[Option<String>]| -> Vec<QuotaEntity> {
        if names.is_empty() {
            return vec![entity];
        }
        names.iter().map(|name| entity.clone().with(kind, name.as_deref())).collect()
    };
    let nobody = QuotaEntity::default();
    with(nobody.clone(), IP, &addresses)
        .into_iter()
        .flat_map(|entity| with(entity, USER, &users))
        .flat_map(|entity| with(entity, CLIENT_ID, &clients))
        .filter(|entity| *entity != nobody)
        .collect()
}

/// By Kafka's key. Which of two would count is not guessed.
fn values(args: &Values) -> Result<BTreeMap<String, f64>> {
    let known = [
        ("producer_byte_rate", args.producer_byte_rate),
        ("consumer_byte_rate", args.consumer_byte_rate),
        ("request_percentage", args.request_percentage),
        ("controller_mutation_rate", args.controller_mutation_rate),
        ("connection_creation_rate", args.connection_creation_rate),
    ];
    let known = known.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    let mut values = BTreeMap::new();
    for (key, value) in known.chain(args.others.iter().cloned()) {
        let key_shown = visible(&key).into_owned();
        if values.insert(key, value).is_some() {
            return Err(Error::invalid(format!("`{key_shown}` is given more than once")));
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_client_ids_are_meant_together() {
        let args = Entities {
            user: vec!["a".into(), "b".into()],
            client_id: vec!["x".into()],
            client_id_default: true,
            ..Entities::default()
        };
        let shown: Vec<String> = entities(&args).iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "client-id x, user a",
                "client-id <default>, user a",
                "client-id x, user b",
                "client-id <default>, user b",
            ]
        );
        assert!(entities(&Entities::default()).is_empty());
        let address = Entities { ip_default: true, ..Entities::default() };
        assert_eq!(entities(&address)[0].to_string(), "ip <default>");
    }
}
