//! `context add`: from flags, and from questions about what they leave open.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::model::visible;
use crate::report::{Answer, Interaction, Typed, TypedSecret};
use crate::settings::contexts::{NewContext, SECRETS, SecretFrom};
use crate::settings::{Imported, Store, Tool, keyring, store_private};

/// What the flags say.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The name.
    pub name: Option<String>,
    /// `--from-properties`.
    pub from_properties: Option<PathBuf>,
    /// `--from-kcl` and its like.
    pub from_tool: Option<(Tool, PathBuf)>,
    /// `--profile`.
    pub profile: Option<String>,
    /// `--protocol`.
    pub protocol: Option<String>,
    /// `--ca`.
    pub ca: Option<PathBuf>,
    /// `--certificate` and `--key`.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// `--truststore`.
    pub truststore: Option<PathBuf>,
    /// `--keystore`.
    pub keystore: Option<PathBuf>,
    /// `--token-url` and `--client-id`.
    pub token_endpoint: Option<(String, String)>,
    /// `--scope`.
    pub scope: Option<String>,
    /// `--proxy`.
    pub proxy: Option<String>,
    /// `--user`.
    pub user: Option<String>,
    /// `--mechanism`.
    pub mechanism: Option<String>,
    /// `--secret`, `--password-file` and its like.
    pub secrets: Vec<(String, SecretFrom)>,
    /// `--cluster-id`.
    pub cluster_id: Option<String>,
    /// `--pin`.
    pub pin: bool,
    /// `--read-only`.
    pub read_only: bool,
    /// `--protected`.
    pub protected: bool,
    /// `--use`.
    pub make_current: bool,
}

/// A context that is complete but for its cluster id.
#[derive(Debug)]
pub struct Planned {
    /// It.
    pub new: NewContext,
    /// Whether to connect and pin the cluster's id.
    pub pin: bool,
    /// A password that came from another tool's file, and the file that is to hold it.
    secret: Option<(PathBuf, SecretString)>,
}

impl Planned {
    /// The file that is to hold a password.
    pub fn secret_file(&self) -> Option<&Path> {
        self.secret.as_ref().map(|(file, _)| file.as_path())
    }
}

/// Puts the context together; asks for what the flags leave open.
pub fn plan(ui: &dyn Interaction, store: &Store<'_>, request: &Request) -> Result<Planned> {
    let mut request = request.clone();
    let mut imported = import(ui, store, &request)?;
    let from_a_file = request.from_properties.is_some() || request.from_tool.is_some();
    request.name = request.name.or(imported.name.take());
    let mut servers = store.typed_servers();
    if servers.is_empty() {
        servers = std::mem::take(&mut imported.servers);
    }
    let asking = request.name.is_none() || servers.is_empty();
    if request.name.is_none() {
        request.name = Some(needed(ui, "Name of the context:", "a name")?);
    }
    if servers.is_empty() {
        let typed =
            needed(ui, "Brokers to begin with (HOST:PORT,…):", "brokers: `-b HOST:PORT,…`")?;
        servers = typed.split(',').map(|server| server.trim().to_owned()).collect();
    }
    if asking && !from_a_file {
        ask_about_security(ui, &mut request)?;
    }
    let mut properties = security(store, &request);
    properties.extend(std::mem::take(&mut imported.properties));
    properties.extend(store.typed_properties()?);
    if asking && request.cluster_id.is_none() && !request.pin {
        request.pin = yes(ui, "Connect now, and refuse any other cluster from then on?")?;
    }
    for (_, from) in &mut request.secrets {
        if let SecretFrom::File(file) = from {
            *file = store.absolute(file.as_ref());
        }
    }
    let name = request.name.unwrap_or_default();
    let mut secret = None;
    let said = request.secrets.iter().any(|(key, _)| key == "password");
    if let (false, Some(password)) = (said, imported.password.take()) {
        let file = store.secret_file(&name)?;
        let from = SecretFrom::File(file.to_string_lossy().into_owned());
        request.secrets.push(("password".to_owned(), from));
        secret = Some((file, password));
    }
    let new = NewContext {
        name,
        bootstrap_servers: servers,
        properties,
        command_config: imported.command_config,
        cluster_id: request.cluster_id,
        read_only: request.read_only,
        protected: request.protected,
        secrets: request.secrets,
        proxy: request.proxy,
        make_current: request.make_current,
    };
    // What does not fit together is told before anything is asked of a cluster or written.
    let settings = store.would_be(&new)?;
    for warning in settings.connection()?.warnings {
        ui.warn(&warning);
    }
    Ok(Planned { new, pin: request.pin, secret })
}

/// What a file of a client or of another tool gives.
fn import(ui: &dyn Interaction, store: &Store<'_>, request: &Request) -> Result<Imported> {
    let imported = match (&request.from_properties, &request.from_tool) {
        (Some(file), _) => store.import(file)?,
        (None, Some((tool, file))) => {
            let (imported, warning) = store.import_from(*tool, file, request.profile.as_deref())?;
            if let Some(warning) = warning {
                ui.warn(&warning);
            }
            imported
        }
        (None, None) => Imported::default(),
    };
    if !imported.left_out.is_empty() {
        ui.note(&format!(
            "left out, because it means nothing here: {}",
            imported.left_out.join(", ")
        ));
    }
    if imported.command_config.is_some() {
        ui.note(
            "the properties file holds a secret: the context names the file, and nothing is copied",
        );
    }
    Ok(imported)
}

/// Writes the password that came from another tool's file, if one did.
pub fn keep_secret(ui: &dyn Interaction, planned: &Planned) -> Result<()> {
    let Some((file, password)) = &planned.secret else { return Ok(()) };
    let shown = visible(&file.to_string_lossy()).into_owned();
    store_private(file, password.expose_secret()).map_err(|error| {
        Error::failed(format!("cannot write the password to `{shown}`")).caused_by(error)
    })?;
    ui.note(&format!("the password is in `{shown}`, which only you can read"));
    Ok(())
}

/// Fills the keyring's entries that the context names and the keyring lacks, where there is a terminal to
/// ask on.
pub fn fill_keyring(ui: &dyn Interaction, new: &NewContext) -> Result<()> {
    for (key, from) in &new.secrets {
        let SecretFrom::Keyring(name) = from else { continue };
        if keyring::has(name)? {
            continue;
        }
        let shown = visible(name);
        match ui.ask_secret(&format!("{key} of `{}`, for the keyring:", visible(&new.name))) {
            TypedSecret::Secret(secret) if !secret.expose_secret().is_empty() => {
                keyring::keep(name, &secret)?;
                ui.note(&format!("the keyring has it as `{shown}` of the service `kward`"));
            }
            TypedSecret::Secret(_) | TypedSecret::CannotAsk => ui.warn(&format!(
                "the keyring has no entry `{shown}` yet: `secret-tool store --label {shown} service kward \
                 username {shown}`"
            )),
            TypedSecret::Interrupted => return Err(super::interrupted()),
        }
    }
    Ok(())
}

/// Takes such a password away again: the context was not written, or is gone.
pub fn drop_secret(file: Option<&Path>) {
    if let Some(file) = file {
        // Mostly there is none.
        let _ = std::fs::remove_file(file);
    }
}

/// Finds out which cluster the context leads to. `context` has the settings that it will have.
pub async fn cluster_id(context: &Context<'_>) -> Result<String> {
    let client = context.connect().await?;
    let cluster = client.describe_cluster().await?;
    cluster.id.ok_or_else(|| {
        Error::failed("the cluster does not say its id, so it cannot be pinned")
            .hint("leave `--pin` out")
    })
}

/// Writes the context.
pub fn write(ui: &dyn Interaction, store: &Store<'_>, new: &NewContext) -> Result<Outcome> {
    let done = super::change("add", &new.name, store.add(new)?);
    if new.make_current {
        super::warn_if_overruled(ui, store, &new.name);
    }
    Ok(done)
}

/// What the flags about security mean as client properties.
fn security(store: &Store<'_>, request: &Request) -> Vec<(String, String)> {
    let tls =
        [&request.ca, &request.truststore, &request.keystore].iter().any(|file| file.is_some())
            || request.identity.is_some();
    let has_token = request.secrets.iter().any(|(key, _)| key == "token");
    let mechanism = request.mechanism.clone().or_else(|| {
        let default = match (&request.user, &request.token_endpoint) {
            (Some(_), _) => "SCRAM-SHA-512",
            (None, Some(_)) => "OAUTHBEARER",
            (None, None) if has_token => "OAUTHBEARER",
            (None, None) => return None,
        };
        Some(default.to_owned())
    });
    let implied = match (&mechanism, tls) {
        (Some(_), _) => Some("SASL_SSL"),
        (None, true) => Some("SSL"),
        (None, false) => None,
    };
    let mut properties: Vec<(&str, String)> = Vec::new();
    let protocol = request.protocol.clone().or(implied.map(str::to_owned));
    let mut file = |key, path: &Option<PathBuf>| {
        properties.extend(path.as_deref().map(|path| (key, store.absolute(path))));
    };
    file("ssl.ca.location", &request.ca);
    file("ssl.truststore.location", &request.truststore);
    file("ssl.keystore.location", &request.keystore);
    let (certificate, key) = request.identity.clone().unzip();
    file("ssl.certificate.location", &certificate);
    file("ssl.key.location", &key);
    let (url, client) = request.token_endpoint.clone().unzip();
    let texts = [
        ("security.protocol", protocol),
        ("sasl.mechanism", mechanism),
        ("sasl.username", request.user.clone()),
        ("sasl.oauthbearer.token.endpoint.url", url),
        ("sasl.oauthbearer.client.credentials.client.id", client),
        ("sasl.oauthbearer.scope", request.scope.clone()),
    ];
    properties.extend(texts.into_iter().filter_map(|(key, text)| Some((key, text?))));
    properties.sort_by_key(|(key, _)| key.starts_with("ssl."));
    properties.into_iter().map(|(key, text)| (key.to_owned(), text)).collect()
}

/// `SECRET=PLACE`.
pub fn secret(text: &str) -> Result<(String, SecretFrom)> {
    let known: Vec<String> = SECRETS.iter().map(|(key, _)| format!("`{key}`")).collect();
    let form = || {
        // What was typed may be the secret itself, and is not repeated.
        Error::invalid("`--secret` is `SECRET=PLACE`")
            .hint(format!("the secrets are {}", known.join(", ")))
            .hint(format!("the places are {PLACES}"))
    };
    let (key, place) = text.split_once('=').ok_or_else(form)?;
    if !SECRETS.iter().any(|(known, _)| *known == key) {
        return Err(form());
    }
    Ok((key.to_owned(), self::place(place).ok_or_else(form)?))
}

const PLACES: &str = "`file:PATH`, `env:VARIABLE`, `command:COMMAND` or `keyring:NAME`";

/// `file:PATH` and its like.
fn place(text: &str) -> Option<SecretFrom> {
    let (kind, rest) = text.split_once(':')?;
    let rest = Some(rest.trim()).filter(|rest| !rest.is_empty())?.to_owned();
    match kind.trim() {
        "file" => Some(SecretFrom::File(rest)),
        "env" => Some(SecretFrom::Variable(rest)),
        "command" => Some(SecretFrom::Command(rest)),
        "keyring" => Some(SecretFrom::Keyring(rest)),
        _ => None,
    }
}

fn ask_about_security(ui: &dyn Interaction, request: &mut Request) -> Result<()> {
    let said = [&request.ca, &request.truststore, &request.keystore].iter().any(|f| f.is_some())
        || request.mechanism.is_some()
        || !request.secrets.is_empty()
        || request.token_endpoint.is_some()
        || [&request.protocol, &request.user].iter().any(|text| text.is_some());
    if said {
        return Ok(());
    }
    let tls = yes(ui, "Do the brokers speak TLS?")?;
    if tls {
        let ca = optional(ui, "PEM file of the CA to trust (empty: the system's):")?;
        request.ca = ca.map(PathBuf::from);
    }
    request.user = optional(ui, "User (empty: none):")?;
    let sasl = request.user.is_some();
    if sasl {
        let mechanism = optional(ui, "Mechanism (empty: SCRAM-SHA-512):")?;
        request.mechanism = mechanism.map(|text| text.to_ascii_uppercase());
        request.secrets.push(("password".to_owned(), password(ui)?));
    }
    let protocol = match (sasl, tls) {
        (true, true) => "SASL_SSL",
        (true, false) => "SASL_PLAINTEXT",
        (false, true) => "SSL",
        (false, false) => "PLAINTEXT",
    };
    request.protocol = Some(protocol.to_owned());
    Ok(())
}

/// No password is typed here: the config file would be no place for it.
fn password(ui: &dyn Interaction) -> Result<SecretFrom> {
    let typed = needed(
        ui,
        &format!("Where does the password come from ({PLACES})?"),
        "a place for the password",
    )?;
    // What was typed may be the password itself, and is not repeated.
    place(&typed).ok_or_else(|| Error::invalid("that names no place of a password").hint(PLACES))
}

/// An answer that may be empty.
fn optional(ui: &dyn Interaction, question: &str) -> Result<Option<String>> {
    match ui.ask_word(question) {
        Typed::Word(word) => Ok(Some(word.trim().to_owned()).filter(|word| !word.is_empty())),
        Typed::CannotAsk => Ok(None),
        Typed::Interrupted => Err(super::interrupted()),
    }
}

fn needed(ui: &dyn Interaction, question: &str, what: &str) -> Result<String> {
    optional(ui, question)?.ok_or_else(|| {
        Error::invalid(format!("`context add` needs {what}"))
            .hint("for example `kward context add dev -b localhost:9092`")
    })
}

fn yes(ui: &dyn Interaction, question: &str) -> Result<bool> {
    match ui.confirm(question) {
        Answer::Yes => Ok(true),
        Answer::No | Answer::CannotAsk => Ok(false),
        Answer::Interrupted => Err(super::interrupted()),
    }
}
