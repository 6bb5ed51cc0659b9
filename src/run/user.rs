//! `kward user`: from what was typed to what the commands take.

use crate::cli::acl::Write;
use crate::cli::user::{Password, UserCommand};
use crate::commands::user::{create, delete, list};
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::settings::PasswordSource;

/// Runs one verb.
pub async fn run(context: &Context<'_>, command: &UserCommand) -> Result<Outcome> {
    match command {
        UserCommand::List(args) => {
            let request = list::Request { names: args.names.clone(), mechanism: args.mechanism };
            list::run(context, &request).await
        }
        UserCommand::Create(args) => {
            let request = create::Request {
                users: args.names.clone(),
                mechanisms: args.mechanism.clone(),
                iterations: args.iterations,
                password: password(&args.password),
                if_not_exists: args.if_not_exists,
                dry_run: args.write.dry_run,
            };
            create::run(context, &request).await
        }
        UserCommand::Delete(args) => {
            let request = delete::Request {
                users: args.names.clone(),
                mechanisms: args.mechanism.clone(),
                must_exist: args.must_exist,
                dry_run: args.write.dry_run,
            };
            delete::run(context, &request).await
        }
    }
}

/// The flags of the verbs that write.
pub fn write_flags(command: &UserCommand) -> Option<&Write> {
    match command {
        UserCommand::List(_) => None,
        UserCommand::Create(args) => Some(&args.write),
        UserCommand::Delete(args) => Some(&args.write),
    }
}

fn password(args: &Password) -> create::PasswordFrom {
    match (&args.password_file, &args.password_env, args.generate) {
        (Some(path), ..) => create::PasswordFrom::Source(PasswordSource::File(path.clone())),
        (_, Some(name), _) => create::PasswordFrom::Source(PasswordSource::Variable(name.clone())),
        (.., true) => create::PasswordFrom::Generated,
        _ => create::PasswordFrom::Prompt,
    }
}
