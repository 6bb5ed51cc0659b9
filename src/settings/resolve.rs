//! Who wins: `-X`, then flags, the environment, `--command-config`, the context, the defaults.
//!
//! Which cluster is meant is decided at one level, so that no credentials of one cluster reach
//! another: the highest level that names a cluster (by context or by address) decides, and the
//! levels below it do not choose.

use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;
use sha2::{Digest as _, Sha256};

use super::client_config::Origin;
use super::config_file::{ConfigFile, Context};
use super::connection::{Connection, milliseconds, shown};
use super::contexts::{self, Shown};
use super::names::{CONTROLLERS, Concept};
use super::presentation::Presentation;
use super::project::{self, hex};
use super::property::{Effective, Layer, Property, Value};
use super::secret::Source;
use super::typed::Typed;
use super::{Environment, files};
use crate::cli::global::Global;
use crate::error::{Error, Result};
use crate::model::{Principal, nearest, visible};

/// How long completion waits for a cluster, unless somebody says otherwise.
pub const COMPLETION_TIMEOUT: Duration = Duration::from_millis(300);

/// Everything that was decided before a command runs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The context in use.
    pub context: Option<String>,
    /// Writes are refused.
    pub read_only: bool,
    /// A write asks for the context's name to be typed.
    pub protected: bool,
    /// The cluster id that the context pins.
    pub cluster_id: Option<String>,
    /// `super.users` of the brokers, which they do not tell.
    pub super_users: Vec<Principal>,
    /// `allow.everyone.if.no.acl.found` of the brokers, which they do not tell.
    pub allow_everyone_if_no_acl_found: Option<bool>,
    /// How long the requests of a command may take.
    pub timeout: Duration,
    /// How long completion may wait for a cluster; zero switches it off.
    pub completion_timeout: Duration,
    /// How to print.
    pub presentation: Presentation,
    /// The config file, whether it exists or not.
    pub config_file: PathBuf,
    /// For backups; `None` when neither a home folder nor `XDG_STATE_HOME` is known.
    pub state_dir: Option<PathBuf>,
    /// For completion; `None` when neither a home folder nor `XDG_CACHE_HOME` is known.
    pub cache_dir: Option<PathBuf>,
    pub(super) environment: Environment,
    typed: Typed,
    effective: Result<Effective>,
    warnings: Vec<String>,
    no_brokers: Error,
}

/// Where a password that a command takes comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordSource {
    /// `--password-file`.
    File(PathBuf),
    /// `--password-env`.
    Variable(String),
}

impl Settings {
    /// Looks up a password that is no client's own, such as that of a user to be created.
    pub fn password(&self, source: &PasswordSource) -> Result<SecretString> {
        let named = match source {
            PasswordSource::File(_) => "`--password-file`",
            PasswordSource::Variable(_) => "`--password-env`",
        };
        self.secret(source, named)
    }

    /// A warning when others can read the file that the password comes from.
    pub fn exposed(&self, source: &PasswordSource) -> Option<String> {
        match source {
            PasswordSource::File(path) => files::exposed(path, "a password"),
            PasswordSource::Variable(_) => None,
        }
    }

    /// The same for any secret; `named` is the flag that asks for it, for messages.
    pub fn secret(&self, source: &PasswordSource, named: &str) -> Result<SecretString> {
        let source = match source {
            PasswordSource::File(path) => Source::File(path.clone()),
            PasswordSource::Variable(name) => Source::Variable(name.clone()),
        };
        source.look_up(named, &self.environment)
    }

    /// A variable of the environment, for `${env.NAME}` in ACL files.
    pub fn variable(&self, name: &str) -> Option<String> {
        self.environment.variables.get(name).cloned()
    }

    /// A path that was typed, with `~/` expanded: shells do not where it stands behind `=`.
    pub fn place(&self, path: Option<&Path>) -> Option<PathBuf> {
        let path = path?;
        Some(if path.starts_with("~") {
            self.environment.path(&path.to_string_lossy(), &self.environment.cwd)
        } else {
            path.to_owned()
        })
    }

    /// Which cluster is meant and as whom, in one word without secrets: for the names of files.
    pub fn identity(&self) -> Option<String> {
        let effective = self.effective.as_ref().ok()?;
        let mut hash = Sha256::new();
        hash.update(self.context.as_deref().unwrap_or_default());
        for (concept, property) in effective.all() {
            let secret = concept.is_secret() || concept == Concept::Key;
            let text = if secret { "" } else { property.text() };
            let base = property.base.to_string_lossy();
            for part in [property.key.as_str(), text, &base] {
                hash.update([0]);
                hash.update(part);
            }
        }
        Some(hex(&hash.finalize()[..16]))
    }

    /// The client properties in effect, without secrets.
    pub fn properties(&self) -> Vec<Shown> {
        self.effective.as_ref().map(contexts::properties).unwrap_or_default()
    }

    /// Whether controllers are talked to, and no brokers (KIP-919).
    pub fn names_controllers(&self) -> bool {
        let addresses = self.effective.as_ref().ok().and_then(|all| all.get(Concept::Addresses));
        addresses.is_some_and(Property::names_controllers)
    }

    /// The connection, checked. Commands that need no cluster never ask, and no mistake about
    /// connections stops them.
    pub fn connection(&self) -> Result<Connection> {
        let effective = self.effective.as_ref().map_err(Clone::clone)?;
        let addresses = effective.get(Concept::Addresses).ok_or_else(|| self.no_brokers.clone());
        let connection = addresses.and_then(|addresses| {
            Connection::new(effective, addresses, self.cluster_id.as_deref(), &self.environment)
        });
        match connection {
            Ok(mut connection) => {
                connection.warnings.splice(0..0, self.warnings.iter().cloned());
                connection.typed = self.typed.clone();
                connection.timeout = self.timeout;
                Ok(connection)
            }
            // A property with a typing mistake is often why.
            Err(error) => Err(super::connection::unknown(&effective.unknown)
                .into_iter()
                .fold(error, Error::hint)),
        }
    }
}

/// Decides everything from what was typed and what the process was given.
pub fn resolve(global: &Global, environment: &Environment) -> Result<Settings> {
    resolve_with(ConfigFile::load(global, environment)?, global, environment)
}

/// The same for another context, named by the side `context:NAME` of a command.
pub fn resolve_side(global: &Global, environment: &Environment, name: &str) -> Result<Settings> {
    let context = Some(name.to_owned());
    let (bootstrap_server, bootstrap_controller) = (None, None);
    let global = Global { context, bootstrap_server, bootstrap_controller, ..global.clone() };
    let config = ConfigFile::load(&global, environment)?;
    find(&config, name, &format!("`context:{}`", visible(name)))?;
    decide(config, &global, environment, true)
}

/// The same with a config file that may not be written yet.
pub(super) fn resolve_with(
    config: ConfigFile,
    global: &Global,
    environment: &Environment,
) -> Result<Settings> {
    decide(config, global, environment, false)
}

/// `alone`: the context says where its cluster is, and nothing beside it.
fn decide(
    config: ConfigFile,
    global: &Global,
    environment: &Environment,
    alone: bool,
) -> Result<Settings> {
    let mut warnings = config.warnings.clone();
    let mut flags = Layer::of_flags(&global.properties, &environment.cwd)?;
    for property in flags.secrets() {
        warnings.push(format!(
            "everyone on this machine can read `-X {}=…` in the list of processes",
            visible(&property.key)
        ));
    }
    let mut command_config = command_config(global, environment, &mut warnings)?;
    if alone {
        flags.forget_brokers();
        command_config.forget_brokers();
    }
    let asked = Asked {
        flag_context: global.context.as_deref(),
        flag_addresses: global.bootstrap_server.is_some()
            || global.bootstrap_controller.is_some()
            || flags.names_brokers(),
        variable_context: environment.get("KWARD_CONTEXT"),
        variable_addresses: environment.get("KWARD_BOOTSTRAP_SERVER").is_some(),
        file_addresses: command_config.names_brokers(),
        current_context: config.current_context.as_deref(),
    };
    asked.check()?;
    let choice = Choice::of(&asked);
    warnings.extend(choice.remark.map(str::to_owned));
    let find = |(name, by): (&str, &str)| match by {
        // It may stand in a file that nobody has in mind: the project's.
        CURRENT => find(&config, name, &format!("{by} ({})", config.current_context_place)),
        _ => find(&config, name, by),
    };
    let context = choice.context.map(find).transpose()?;

    let mut layers = vec![flags];
    layers.extend(global.bootstrap_server.as_deref().map(|text| {
        single("bootstrap.servers", text, Origin::Flag("--bootstrap-server".to_owned()))
    }));
    layers.extend(
        global.bootstrap_controller.as_deref().map(|text| {
            single(CONTROLLERS, text, Origin::Flag("--bootstrap-controller".to_owned()))
        }),
    );
    if choice.variable_addresses {
        let text = environment.get("KWARD_BOOTSTRAP_SERVER").unwrap_or_default();
        let origin = Origin::Environment("KWARD_BOOTSTRAP_SERVER".to_owned());
        layers.push(single("bootstrap.servers", text, origin));
    }
    if let Some(text) = environment.get("KWARD_PROXY") {
        layers.push(single("proxy.url", text, Origin::Environment("KWARD_PROXY".to_owned())));
    }
    layers.push(command_config);
    // What is wrong with a context's files is told to who connects: others ask for its other keys only.
    let of_context =
        context.map(|context| context_layers(context, &config, environment, &mut warnings));
    let effective = of_context.transpose().and_then(|of_context| {
        layers.extend(of_context.into_iter().flatten());
        Effective::of(&layers)
    });
    let said = effective.as_ref().ok().map(|e| milliseconds(e, Concept::Timeout)).transpose()?;
    let timeout =
        global.timeout.or(said.flatten()).or(config.timeout).unwrap_or(Duration::from_secs(30));
    let none = Context::default();
    let known = context.unwrap_or(&none);
    if let Some(text) = environment.get("KWARD_COMPLETION_TIMEOUT")
        && environment.completion_timeout().is_none()
    {
        warnings.push(format!(
            "`KWARD_COMPLETION_TIMEOUT` is `{}`, which is no duration such as `300ms`, and does not count",
            visible(text)
        ));
    }
    Ok(Settings {
        context: context.map(|context| context.name.clone()),
        read_only: known.read_only,
        protected: known.protected,
        cluster_id: known.cluster_id.clone(),
        super_users: known.super_users.clone(),
        allow_everyone_if_no_acl_found: known.allow_everyone_if_no_acl_found,
        timeout,
        presentation: Presentation::new(global, environment, &config),
        completion_timeout: environment
            .completion_timeout()
            .or(config.completion_timeout)
            .unwrap_or(COMPLETION_TIMEOUT),
        state_dir: environment.xdg("XDG_STATE_HOME", ".local/state"),
        cache_dir: environment.xdg("XDG_CACHE_HOME", ".cache"),
        environment: Environment { patience: Some(timeout), ..environment.clone() },
        typed: Typed::default(),
        effective,
        warnings,
        no_brokers: no_brokers(context, &config),
        config_file: config.path,
    })
}

/// Who names the context where nobody else does.
const CURRENT: &str = "`current-context`";

/// What names a cluster, by level.
#[derive(Debug, Clone, Copy, Default)]
struct Asked<'a> {
    flag_context: Option<&'a str>,
    flag_addresses: bool,
    variable_context: Option<&'a str>,
    variable_addresses: bool,
    file_addresses: bool,
    current_context: Option<&'a str>,
}

impl Asked<'_> {
    /// A context of the environment and a file with addresses are two clusters: neither is to get the
    /// credentials of the other.
    fn check(&self) -> Result<()> {
        let flags = self.flag_context.is_some() || self.flag_addresses;
        let two = self.variable_context.is_some() && self.file_addresses;
        if flags || self.variable_addresses || !two {
            return Ok(());
        }
        Err(Error::invalid(
            "two clusters are named: by `KWARD_CONTEXT`, and by the addresses in `--command-config`",
        )
        .hint("unset `KWARD_CONTEXT`, take the addresses out of the file, or say which by `-b` or `-c`"))
    }
}

/// Which cluster is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Choice<'a> {
    /// The context, and who named it.
    context: Option<(&'a str, &'static str)>,
    /// Whether `KWARD_BOOTSTRAP_SERVER` counts.
    variable_addresses: bool,
    /// A warning about what does not, or where that sends credentials.
    remark: Option<&'static str>,
}

impl<'a> Choice<'a> {
    fn of(asked: &Asked<'a>) -> Self {
        let none = Self { context: None, variable_addresses: false, remark: None };
        if let Some(name) = asked.flag_context {
            let remark = if asked.flag_addresses {
                None
            } else if asked.file_addresses {
                Some(
                    "the addresses of `--command-config` replace those of `--context`, whose credentials go there",
                )
            } else {
                asked.variable_addresses.then_some(
                    "`KWARD_BOOTSTRAP_SERVER` is ignored, because `--context` names the cluster",
                )
            };
            return Self { context: Some((name, "`--context`")), remark, ..none };
        }
        if asked.flag_addresses {
            let remark = asked.variable_context.is_some().then_some(
                "`KWARD_CONTEXT` is ignored, because the brokers are given without `--context`",
            );
            return Self { remark, ..none };
        }
        if asked.variable_context.is_some() || asked.variable_addresses {
            let context = asked.variable_context.map(|name| (name, "`KWARD_CONTEXT`"));
            return Self { context, variable_addresses: asked.variable_addresses, ..none };
        }
        if asked.file_addresses {
            return none;
        }
        Self { context: asked.current_context.map(|name| (name, CURRENT)), ..none }
    }
}

fn single(key: &str, text: &str, origin: Origin) -> Layer {
    Layer(vec![Property {
        key: key.to_owned(),
        value: Value::Text(SecretString::from(text)),
        origin,
        base: PathBuf::new(),
    }])
}

fn command_config(
    global: &Global,
    environment: &Environment,
    warnings: &mut Vec<String>,
) -> Result<Layer> {
    let Some(path) = &global.command_config else { return Ok(Layer::default()) };
    let place = environment.path(&path.to_string_lossy(), &environment.cwd);
    let bytes =
        files::read(&place, files::MAX_SETTINGS, "`--command-config`", environment.patience)?;
    // As in Java, what the file names is relative to the working folder.
    let layer = Layer::of_file(&bytes, path, &environment.cwd, environment)?;
    if layer.secrets().next().is_some() {
        warnings.extend(files::exposed(&place, "a secret"));
    }
    Ok(layer)
}

pub(super) fn context_layers(
    context: &Context,
    config: &ConfigFile,
    environment: &Environment,
    warnings: &mut Vec<String>,
) -> Result<Vec<Layer>> {
    let mut layers = vec![context.layer.clone()];
    if context.layer.secrets().next().is_some() {
        let place = environment.path(&config.path.to_string_lossy(), &environment.cwd);
        warnings.extend(files::exposed(&place, "a secret"));
    }
    if let Some((path, origin)) = &context.command_config {
        let named = files::named("command-config", origin);
        let bytes = files::read(path, files::MAX_SETTINGS, &named, environment.patience)?;
        let base = path.parent().unwrap_or(&environment.cwd);
        let layer = Layer::of_file(&bytes, path, base, environment)?;
        if project::is_of_project(origin) && layer.looks_up() {
            return Err(Error::invalid(format!(
                "{named} takes values from other files or from the environment, which nobody has trusted with the project's \
                 `{}`",
                project::NAME
            ))
            .hint("move the context to your own config file, or name a `password-file`, `password-env` or `password-command` in it"));
        }
        if layer.secrets().next().is_some() {
            warnings.extend(files::exposed(path, "a secret"));
        }
        layers.push(layer);
    }
    Ok(layers)
}

pub(super) fn find<'a>(config: &'a ConfigFile, name: &str, by: &str) -> Result<&'a Context> {
    config.context(name).ok_or_else(|| {
        let error = Error::invalid(format!("no context `{}`, named by {by}", visible(name)));
        let names = config.contexts.iter().map(|context| context.name.as_str());
        let error = match nearest(name, names) {
            Some(near) => error.hint(format!("did you mean `{}`?", visible(near))),
            None => error,
        };
        // A project file that is not trusted is often why.
        config.warnings.iter().fold(error, Error::hint).hint(known_contexts(config))
    })
}

/// The connection that a context alone makes.
pub(super) fn connection_of(
    context: &Context,
    effective: &Effective,
    environment: &Environment,
) -> Result<Connection> {
    let addresses =
        effective.get(Concept::Addresses).ok_or_else(|| Error::invalid("it names no brokers"))?;
    Connection::new(effective, addresses, context.cluster_id.as_deref(), environment)
}

fn known_contexts(config: &ConfigFile) -> String {
    const SHOWN: usize = 10;
    let names: Vec<_> = config
        .contexts
        .iter()
        .take(SHOWN)
        .map(|context| format!("`{}`", visible(&context.name)))
        .collect();
    let more = if config.contexts.len() > SHOWN { ", …" } else { "" };
    match (names.is_empty(), !config.exists) {
        (false, _) => {
            format!("contexts of {}: {}{more}", shown(&config.path), names.join(", "))
        }
        (true, false) => format!("{} has no contexts", shown(&config.path)),
        (true, true) if config.path.as_os_str().is_empty() => "there is no config file".to_owned(),
        (true, true) => format!("there is no config file {}", shown(&config.path)),
    }
}

fn no_brokers(context: Option<&Context>, config: &ConfigFile) -> Error {
    if let Some(context) = context {
        let name = visible(&context.name);
        return Error::invalid(format!("the context `{name}` names no brokers")).hint(format!(
            "set `bootstrap-servers` in `[contexts.{name}]` of {}",
            shown(&config.path)
        ));
    }
    Error::invalid("no cluster to connect to: nothing names its brokers")
        .hint("name them: `-b HOST:PORT`, or the variable `KWARD_BOOTSTRAP_SERVER`")
        .hint("or use a client's properties file that has `bootstrap.servers`: `--command-config FILE`")
        .hint(format!("or use a context: `-c NAME`; {}", known_contexts(config)))
}
