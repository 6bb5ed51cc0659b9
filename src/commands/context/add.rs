//! `context add`: from flags, and from questions about what they leave open.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::model::visible;
use crate::report::context::ContextChange;
use crate::report::{Answer, Interaction, Typed, TypedSecret};
use crate::settings::contexts::{NewContext, SECRETS, SecretFrom};
use crate::settings::{
    Imported, Store, Tool, is_addresses, keep_password, keyring, means_the_same,
};

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
    refuse_twice(&request.secrets)?;
    let mut imported = import(ui, store, &request)?;
    let from_a_file = request.from_properties.is_some() || request.from_tool.is_some();
    keep_to_its_user(ui, store, &request, &mut imported)?;
    request.name = request.name.or(imported.name.take());
    let (mut servers, mut controllers) = store.typed_servers();
    if servers.is_empty() {
        servers = std::mem::take(&mut imported.servers);
        controllers = imported.controllers;
    }
    let asking = request.name.is_none() || servers.is_empty();
    if request.name.is_none() {
        request.name = Some(needed(ui, "Name of the context:", "a name")?);
    }
    if let Some(name) = request.name.as_ref() {
        if name.contains(char::is_control) {
            return Err(Error::invalid(format!("`{}` is no name of a context", visible(name)))
                .hint("a name has no line breaks and no other control characters"));
        }
        store.refuse_known(name)?;
    }
    if servers.is_empty() {
        let fits = |typed: String| match is_addresses(&typed) {
            Ok(()) => Ok(typed),
            Err(why) => Err(format!("{why}; addresses are `HOST:PORT`, separated by commas")),
        };
        let typed = asked_until(ui, "Brokers to begin with (HOST:PORT,…):", fits)?
            .ok_or_else(|| lacks("brokers: `-b HOST:PORT,…`"))?;
        servers = typed.split(',').map(|server| server.trim().to_owned()).collect();
    }
    if asking && !from_a_file {
        ask_about_security(ui, &mut request)?;
    } else if !from_a_file && wants_password(store, &request)? {
        request.secrets.extend(password(ui)?);
    }
    let mut properties = security(store, &request, &imported.keys);
    properties.extend(store.typed_properties()?);
    // What was typed goes before what a file says.
    let proxy = request.proxy.is_some().then_some("proxy.url");
    let typed = |key: &str| {
        let mut typed = properties.iter().map(|(typed, _)| typed.as_str()).chain(proxy);
        typed.any(|typed| means_the_same(typed, key))
    };
    imported.properties.retain(|(key, _)| !typed(key));
    properties.append(&mut imported.properties);
    if asking && request.cluster_id.is_none() && !request.pin {
        request.pin = yes(ui, "Connect now, and refuse any other cluster from then on?")?;
    }
    for (_, from) in &mut request.secrets {
        if let SecretFrom::File(file) = from {
            *file = store.absolute(file.as_ref());
        }
    }
    warn_of_absent(ui, store, &request);
    let name = request.name.unwrap_or_default();
    let mut secret = None;
    let said = request.secrets.iter().any(|(key, _)| key == "password");
    if let (false, Some(password)) = (said, imported.password.take()) {
        let file = store.vacant_secret_file(&name)?;
        let from = SecretFrom::File(file.to_string_lossy().into_owned());
        request.secrets.push(("password".to_owned(), from));
        secret = Some((file, password));
    }
    let new = NewContext {
        name,
        bootstrap: servers,
        controllers,
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
    let connection = settings.connection().map_err(|error| {
        let file = request.from_properties.as_ref().or(request.from_tool.as_ref().map(|(_, f)| f));
        let new = error.message().contains("(the new context)");
        let error = match file.filter(|_| new) {
            Some(file) => error.hint(format!(
                "the new context has it from `{}`, where no flag says it",
                visible(&file.to_string_lossy())
            )),
            None => error,
        };
        let token = error.hints().iter().any(|hint| hint.contains("`token-file`"));
        if token { error.hint(TOKEN) } else { error }
    })?;
    for warning in connection.warnings {
        ui.warn(&warning);
    }
    Ok(Planned { new, pin: request.pin, secret })
}

/// A secret has one place: of two, one would be dropped.
fn refuse_twice(secrets: &[(String, SecretFrom)]) -> Result<()> {
    let mut keys = secrets.iter().map(|(key, _)| key.as_str());
    while let Some(key) = keys.next() {
        if keys.clone().any(|other| other == key) {
            return Err(Error::invalid(format!("the place of the secret `{key}` is given twice"))
                .hint("name one: `--secret`, or the flag that is short for it"));
        }
    }
    Ok(())
}

const TOKEN: &str = "here it is `--secret token=file:PATH` (or `env:`, `command:`, `keyring:`), or `--token-url` \
                     and `--client-id`";

/// A password is one user's: who names another one has another password.
fn keep_to_its_user(
    ui: &dyn Interaction,
    store: &Store<'_>,
    request: &Request,
    imported: &mut Imported,
) -> Result<()> {
    let is_user = |(key, _): &&(String, String)| key == "sasl.username";
    let typed = store.typed_properties()?;
    let typed = request.user.as_ref().or(typed.iter().find(is_user).map(|(_, user)| user));
    let theirs = imported.properties.iter().find(is_user).map(|(_, user)| user);
    if let (Some(typed), Some(theirs), Some(_)) = (typed, theirs, &imported.password)
        && typed != theirs
    {
        let theirs = visible(theirs);
        ui.note(&format!("the password in the file is that of `{theirs}`, and is not taken over"));
        imported.password = None;
    }
    Ok(())
}

/// A file may come later; a mistyped one never does.
fn warn_of_absent(ui: &dyn Interaction, store: &Store<'_>, request: &Request) {
    let (certificate, key) = request.identity.clone().unzip();
    let named = [
        ("--ca", request.ca.clone()),
        ("--certificate", certificate),
        ("--key", key),
        ("--truststore", request.truststore.clone()),
        ("--keystore", request.keystore.clone()),
    ];
    let flags = named.into_iter().filter_map(|(flag, file)| Some((flag.to_owned(), file?)));
    let secrets = request.secrets.iter().filter_map(|(key, from)| match from {
        SecretFrom::File(file) => Some((format!("{key}-file"), PathBuf::from(file))),
        _ => None,
    });
    for (by, file) in flags.chain(secrets) {
        let file = store.absolute(&file);
        if !Path::new(&file).exists() {
            ui.warn(&format!("`{}`, named by `{by}`, is not there", visible(&file)));
        }
    }
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
    if let (Some(name), None) = (&imported.name, &request.profile) {
        ui.note(&format!("took over `{}`; `--profile` names another one", visible(name)));
    }
    for warning in &imported.warnings {
        ui.warn(warning);
    }
    if !imported.left_out.is_empty() {
        ui.note(&format!(
            "left out, as kward has no such setting: {}",
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
    keep_password(file, password.expose_secret()).map_err(|error| {
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
pub fn drop_secret(ui: &dyn Interaction, file: &Path) {
    let shown = visible(&file.to_string_lossy()).into_owned();
    match std::fs::remove_file(file) {
        Ok(()) => ui.note(&format!("its password in `{shown}` is deleted")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => ui.warn(&format!("its password stays in `{shown}`: {error}")),
    }
}

/// Finds out which cluster the context leads to. `context` has the settings that it will have.
pub async fn cluster_id(context: &Context<'_>) -> Result<String> {
    let by_flag = |error: Error| {
        let protocol = error.hints().iter().any(|hint| hint.contains("`security.protocol="));
        if protocol { error.hint("here that is `--protocol`") } else { error }
    };
    let client = context.connect().await.map_err(by_flag)?;
    let cluster = client.describe_cluster().await?;
    cluster.id.ok_or_else(|| {
        Error::failed("the cluster does not say its id, so it cannot be pinned")
            .hint("leave `--pin` out")
    })
}

/// Writes the context.
pub fn write(ui: &dyn Interaction, store: &Store<'_>, new: &NewContext) -> Result<Outcome> {
    let done = super::change("add", &new.name, store.add(new)?, false);
    if new.make_current {
        super::warn_if_overruled(ui, store, &new.name);
    }
    Ok(done)
}

/// Tells what would be written, and writes nothing.
pub fn preview(ui: &dyn Interaction, store: &Store<'_>, planned: &Planned) -> Result<Outcome> {
    let (file, table) = store.preview(&planned.new)?;
    if let Some(secret) = planned.secret_file() {
        let shown = visible(&secret.to_string_lossy()).into_owned();
        ui.note(&format!("its password would be kept in `{shown}`, which only you could read"));
        if planned.pin {
            ui.note("the cluster was not asked for its id, as that takes the password");
        }
    }
    Ok(Outcome::report(ContextChange {
        names: vec![planned.new.name.clone()],
        action: "add",
        changed: false,
        foreseen: true,
        dry_run: true,
        table: Some(table),
        file: visible(&file.to_string_lossy()).into_owned(),
        current_context: None,
    }))
}

/// What the flags about security mean as client properties. What a file says, `imported`, is no default's
/// business.
fn security(store: &Store<'_>, request: &Request, imported: &[String]) -> Vec<(String, String)> {
    let open = |key: &str| !imported.iter().any(|other| means_the_same(key, other));
    let tls =
        [&request.ca, &request.truststore, &request.keystore].iter().any(|file| file.is_some())
            || request.identity.is_some();
    let has_token = request.secrets.iter().any(|(key, _)| key == "token");
    let mechanism = request.mechanism.clone().or_else(|| {
        let default = match (&request.user, &request.token_endpoint) {
            _ if !open("sasl.mechanism") => return None,
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
    let implied = implied.filter(|_| open("security.protocol"));
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
        let question = "PEM file of the certificate that this client shows (empty: none):";
        if let Some(certificate) = optional(ui, question)? {
            let key = needed(ui, "PEM file of its private key:", "the certificate's key")?;
            request.identity = Some((certificate.into(), key.into()));
        }
    }
    request.user = optional(ui, "User (empty: none):")?;
    let sasl = request.user.is_some();
    if sasl {
        request.mechanism = mechanism(ui)?;
        request.secrets.extend(password(ui)?);
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

/// The mechanisms of a user with a password.
const MECHANISMS: [&str; 3] = ["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"];

fn mechanism(ui: &dyn Interaction) -> Result<Option<String>> {
    asked_until(ui, "Mechanism (empty: SCRAM-SHA-512):", |typed| {
        let typed = typed.to_ascii_uppercase();
        let known = MECHANISMS.contains(&typed.as_str());
        let wrong = || format!("a user with a password has one of {}", MECHANISMS.join(", "));
        if known { Ok(typed) } else { Err(wrong()) }
    })
}

/// Whether a user is named and nothing says where the password comes from.
fn wants_password(store: &Store<'_>, request: &Request) -> Result<bool> {
    const SAID: [&str; 3] = ["sasl.username", "sasl.password", "sasl.jaas.config"];
    let mechanism = request.mechanism.as_deref().unwrap_or(MECHANISMS[0]);
    Ok(request.user.is_some()
        && MECHANISMS.iter().any(|known| mechanism.eq_ignore_ascii_case(known))
        && !request.secrets.iter().any(|(key, _)| key == "password")
        && !store.typed_properties()?.iter().any(|(key, _)| SAID.contains(&key.as_str())))
}

/// No password is typed here: the config file would be no place for it.
fn password(ui: &dyn Interaction) -> Result<Option<(String, SecretFrom)>> {
    let question = format!("Where does the password come from ({PLACES}; empty: later)?");
    let from = asked_until(ui, &question, |typed| {
        // What was typed may be the password itself, and is not repeated.
        place(&typed).ok_or_else(|| format!("that names no place of a password: it is {PLACES}"))
    })?;
    Ok(from.map(|from| ("password".to_owned(), from)))
}

/// Asks until the answer can be read, or is empty; says each time what is wrong with it.
fn asked_until<T>(
    ui: &dyn Interaction,
    question: &str,
    read: impl Fn(String) -> std::result::Result<T, String>,
) -> Result<Option<T>> {
    while let Some(typed) = optional(ui, question)? {
        match read(typed) {
            Ok(answer) => return Ok(Some(answer)),
            Err(why) => ui.warn(&why),
        }
    }
    Ok(None)
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
    optional(ui, question)?.ok_or_else(|| lacks(what))
}

fn lacks(what: &str) -> Error {
    Error::invalid(format!("`context add` needs {what}"))
        .hint("for example `kward context add dev -b localhost:9092`")
}

fn yes(ui: &dyn Interaction, question: &str) -> Result<bool> {
    match ui.confirm(question) {
        Answer::Yes => Ok(true),
        Answer::No | Answer::CannotAsk => Ok(false),
        Answer::Interrupted => Err(super::interrupted()),
    }
}
