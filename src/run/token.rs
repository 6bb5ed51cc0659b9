//! `kward token`: from what was typed to what the commands take.

use crate::cli::acl::Write;
use crate::cli::token::{TokenCommand, Which};
use crate::commands::acl::is_standard_input;
use crate::commands::token::{self, create, expire, list, renew};
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::kafka::NewToken;

/// Runs one verb.
pub async fn run(context: &Context<'_>, command: &TokenCommand) -> Result<Outcome> {
    match command {
        TokenCommand::List(args) => list::run(context, &args.owner).await,
        TokenCommand::Create(args) => {
            let token = NewToken {
                owner: args.owner.clone(),
                renewers: args.renewer.clone(),
                max_lifetime: args.max_lifetime,
            };
            let (hmac_file, dry_run) = (args.hmac_file.clone(), args.write.dry_run);
            create::run(context, &create::Request { token, hmac_file, dry_run }).await
        }
        TokenCommand::Renew(args) => {
            let (which, by, dry_run) = (which(&args.which), args.by, args.write.dry_run);
            renew::run(context, &renew::Request { which, by, dry_run }).await
        }
        TokenCommand::Expire(args) => {
            let (which, after, dry_run) = (which(&args.which), args.after, args.write.dry_run);
            expire::run(context, &expire::Request { which, after, dry_run }).await
        }
    }
}

/// The flags of the verbs that write.
pub fn write_flags(command: &TokenCommand) -> Option<&Write> {
    match command {
        TokenCommand::List(_) => None,
        TokenCommand::Create(args) => Some(&args.write),
        TokenCommand::Renew(args) => Some(&args.write),
        TokenCommand::Expire(args) => Some(&args.write),
    }
}

/// Whether the secret part of a token comes on standard input.
pub fn reads_stdin(command: &TokenCommand) -> bool {
    let which = match command {
        TokenCommand::List(_) | TokenCommand::Create(_) => return false,
        TokenCommand::Renew(args) => &args.which,
        TokenCommand::Expire(args) => &args.which,
    };
    is_standard_input(&which.hmac_file)
}

fn which(args: &Which) -> token::Which {
    token::Which { ids: args.ids.clone(), hmac_file: args.hmac_file.clone() }
}
