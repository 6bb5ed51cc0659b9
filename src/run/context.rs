//! `kward context`: from what was typed to what the commands take.

use crate::cli::context::{Add, ContextCommand};
use crate::commands::Outcome;
use crate::commands::context::{self, add, check};
use crate::error::{Error, Result};
use crate::model::shell_word;
use crate::settings::contexts::SecretFrom;
use crate::settings::{Settings, Store, Tool};

use super::{Given, Program};

/// Runs one verb.
pub fn run(given: &Given<'_>, command: &ContextCommand) -> Result<Outcome> {
    let store = Store::new(&given.cli.global, given.environment);
    let ui = given.ui;
    match command {
        ContextCommand::List(_) => context::list(ui, &store),
        ContextCommand::Show(args) => context::show(ui, &store, args.name.as_deref()),
        ContextCommand::Add(args) => add(given, &store, args),
        ContextCommand::Use(args) => context::use_context(ui, &store, &args.name, args.dry_run),
        ContextCommand::Remove(args) => context::remove(ui, &store, &args.name, args.dry_run),
        ContextCommand::Check(args) => {
            let settings = store.settings(args.name.as_deref())?;
            on(given, &settings).with_cluster(None, async |context| check::run(context).await)
        }
        ContextCommand::Trust(args) => {
            context::trust(&store, &args.path, !args.remove, args.dry_run)
        }
    }
}

fn on<'a>(given: &Given<'a>, settings: &'a Settings) -> Program<'a> {
    Program { cli: given.cli, environment: given.environment, ui: given.ui, settings }
}

fn add(given: &Given<'_>, store: &Store<'_>, args: &Add) -> Result<Outcome> {
    // A context without it would be another one.
    if let Some(file) = &given.cli.global.command_config {
        let file = shell_word(&file.to_string_lossy());
        return Err(Error::invalid("`context add` takes no `--command-config`")
            .hint(format!("`--from-properties {file}` takes the file over")));
    }
    let request = add::Request {
        name: args.name.clone(),
        from_properties: args.from_properties.clone(),
        from_tool: [
            (Tool::Kcl, &args.from_kcl),
            (Tool::Kafkactl, &args.from_kafkactl),
            (Tool::Rpk, &args.from_rpk),
        ]
        .into_iter()
        .find_map(|(tool, file)| Some((tool, file.clone()?))),
        profile: args.profile.clone(),
        protocol: args.protocol.clone(),
        ca: args.ca.clone(),
        identity: args.certificate.clone().zip(args.key.clone()),
        user: args.user.clone(),
        mechanism: args.mechanism.clone(),
        truststore: args.truststore.clone(),
        keystore: args.keystore.clone(),
        token_endpoint: args.token_url.clone().zip(args.client_id.clone()),
        scope: args.scope.clone(),
        proxy: args.proxy.clone(),
        secrets: secrets(args)?,
        cluster_id: args.cluster_id.clone(),
        pin: args.pin,
        read_only: args.read_only,
        protected: args.protected,
        make_current: args.make_current,
    };
    let mut planned = add::plan(given.ui, store, &request)?;
    if args.dry_run {
        // That takes the password, which is not where the context looks for it.
        if planned.secret_file().is_none() {
            pin(given, store, &mut planned)?;
        }
        return add::preview(given.ui, store, &planned);
    }
    add::keep_secret(given.ui, &planned)?;
    let added = add::fill_keyring(given.ui, &planned.new)
        .and_then(|()| pin(given, store, &mut planned))
        .and_then(|()| add::write(given.ui, store, &planned.new));
    if let (Err(_), Some(file)) = (&added, planned.secret_file()) {
        add::drop_secret(given.ui, file);
    }
    added
}

/// Finds out which cluster it leads to, when that is to be noted.
fn pin(given: &Given<'_>, store: &Store<'_>, planned: &mut add::Planned) -> Result<()> {
    if planned.pin {
        let settings = store.would_be(&planned.new)?;
        let program = on(given, &settings);
        let id = program.with_cluster(None, async |context| add::cluster_id(context).await)?;
        planned.new.cluster_id = Some(id);
    }
    Ok(())
}

/// `--secret`, and the flags that are short for it.
fn secrets(args: &Add) -> Result<Vec<(String, SecretFrom)>> {
    let file = |path: &std::path::PathBuf| SecretFrom::File(path.to_string_lossy().into_owned());
    let password = (args.password_file.as_ref().map(file))
        .or(args.password_env.clone().map(SecretFrom::Variable))
        .or(args.password_command.clone().map(SecretFrom::Command))
        .or(args.password_keyring.clone().map(SecretFrom::Keyring));
    let mut secrets =
        args.secret.iter().map(|text| add::secret(text)).collect::<Result<Vec<_>>>()?;
    secrets.extend(password.map(|from| ("password".to_owned(), from)));
    Ok(secrets)
}
