//! The config file: `[contexts.NAME]` tables and defaults. Strict: every key that it does not know
//! is an error with its place, and all mistakes are told at once.
//!
//! A mistake is shown with its key only, never with the value: that may be a password.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;
use secrecy::SecretString;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::client_config::Origin;
use super::connection::shown;
use super::property::{Layer, Property, Value};
use super::secret::Source;
use super::{Environment, files, names, project};
use crate::cli::global::{self, Color, Format, Global};
use crate::error::{Diagnostic, Error, Result};
use crate::model::{Principal, nearest, visible};

/// What a config file says.
#[derive(Debug, Clone, Default)]
pub(super) struct ConfigFile {
    /// Where it is, as the user named it.
    pub path: PathBuf,
    /// It is there.
    pub exists: bool,
    /// `current-context`.
    pub current_context: Option<String>,
    /// Where that stands: `config.toml:1`.
    pub current_context_place: String,
    /// `output`.
    pub output: Option<Format>,
    /// `color`.
    pub color: Option<Color>,
    /// `timeout`.
    pub timeout: Option<Duration>,
    /// `completion-timeout`; zero switches live completion off.
    pub completion_timeout: Option<Duration>,
    /// `[contexts.NAME]`, in the order of their names.
    pub contexts: Vec<Context>,
    /// What to tell about it.
    pub warnings: Vec<String>,
}

/// One cluster.
#[derive(Debug, Clone, Default)]
pub(super) struct Context {
    pub name: String,
    /// Its client properties, with the secrets that are looked up later.
    pub layer: Layer,
    /// `command-config` with its place.
    pub command_config: Option<(PathBuf, Origin)>,
    pub cluster_id: Option<String>,
    pub read_only: bool,
    pub protected: bool,
    pub super_users: Vec<Principal>,
    pub allow_everyone_if_no_acl_found: Option<bool>,
}

const TOP_KEYS: &[&str] =
    &["current-context", "output", "color", "timeout", "completion-timeout", "contexts"];
pub(super) const CONTEXT_KEYS: &[&str] = &[
    "bootstrap-servers",
    "bootstrap-controllers",
    "properties",
    "command-config",
    "cluster-id",
    "read-only",
    "protected",
    "super-users",
    "allow-everyone-if-no-acl-found",
    "password-file",
    "password-env",
    "password-command",
    "password-keyring",
    "key-password-file",
    "key-password-env",
    "key-password-command",
    "key-password-keyring",
    "keystore-password-file",
    "keystore-password-env",
    "keystore-password-command",
    "keystore-password-keyring",
    "truststore-password-file",
    "truststore-password-env",
    "truststore-password-command",
    "truststore-password-keyring",
    "token-file",
    "token-env",
    "token-command",
    "token-keyring",
    "client-secret-file",
    "client-secret-env",
    "client-secret-command",
    "client-secret-keyring",
    "proxy",
    "proxy-password-file",
    "proxy-password-env",
    "proxy-password-command",
    "proxy-password-keyring",
];

/// The secrets of a context by the beginnings of their keys, with the property that each is.
pub const SECRETS: &[(&str, &str)] = &[
    ("password", "sasl.password"),
    ("key-password", "ssl.key.password"),
    ("keystore-password", "ssl.keystore.password"),
    ("truststore-password", "ssl.truststore.password"),
    ("token", "sasl.oauthbearer.token"),
    ("client-secret", "sasl.oauthbearer.client.credentials.client.secret"),
    ("proxy-password", "proxy.password"),
];

/// What `context add` calls properties by flags of its own.
const FLAGS: &[(&str, &str)] = &[
    ("protocol", "security.protocol"),
    ("mechanism", "sasl.mechanism"),
    ("user", "sasl.username"),
    ("username", "sasl.username"),
    ("ca", "ssl.ca.location"),
    ("certificate", "ssl.certificate.location"),
    ("key", "ssl.key.location"),
    ("truststore", "ssl.truststore.location"),
    ("keystore", "ssl.keystore.location"),
    ("token-url", "sasl.oauthbearer.token.endpoint.url"),
    ("client-id", "sasl.oauthbearer.client.credentials.client.id"),
    ("scope", "sasl.oauthbearer.scope"),
];

/// The property that a key such as `password-file` says where to find.
fn secret_of(key: &str) -> Option<&'static str> {
    let (name, kind) = key.rsplit_once('-')?;
    let kind = matches!(kind, "file" | "env" | "command" | "keyring");
    SECRETS.iter().find(|(known, _)| kind && *known == name).map(|(_, property)| *property)
}

/// Where the config file is.
pub(super) struct Located {
    /// As the user named it.
    pub path: PathBuf,
    /// Where that is.
    pub place: PathBuf,
    /// Who named it; nobody names the default.
    pub named: Option<&'static str>,
    /// How long it is waited for where it is a pipe.
    patience: Option<Duration>,
}

impl Located {
    /// Flag, environment or the default place; `None` without a home folder.
    pub fn of(global: &Global, environment: &Environment) -> Option<Self> {
        let (path, named) = match (&global.config, environment.get("KWARD_CONFIG")) {
            (Some(path), _) => (path.clone(), Some("`--config`")),
            (None, Some(path)) => (PathBuf::from(path), Some("`KWARD_CONFIG`")),
            (None, None) => {
                let folder = environment.xdg("XDG_CONFIG_HOME", ".config")?;
                (folder.join("config.toml"), None)
            }
        };
        let place = environment.path(&path.to_string_lossy(), &environment.cwd);
        Some(Self { path, place, named, patience: environment.patience })
    }

    /// Its text.
    pub fn read(&self) -> Result<String> {
        let named = self.named.unwrap_or("the default place");
        let bytes = files::read(&self.place, files::MAX_SETTINGS, named, self.patience).map_err(
            |error| {
                // As `kafka-topics --config` takes it.
                if self.path.to_string_lossy().contains('=') {
                    return error.hint(
                        "`--config` names kward's config file; a topic's configuration is given by \
                     `--set KEY=VALUE`",
                    );
                }
                error
            },
        )?;
        String::from_utf8(bytes)
            .map_err(|_| Error::invalid(format!("`{}` is not UTF-8", shown(&self.path))))
    }
}

impl ConfigFile {
    /// The file that flag, environment or the default place name, and the project's on top of it.
    /// The default one need not exist.
    pub fn load(global: &Global, environment: &Environment) -> Result<Self> {
        let mut file = match Located::of(global, environment) {
            None => Self::default(),
            Some(located) if located.named.is_none() && !located.place.exists() => {
                Self { path: located.path, ..Self::default() }
            }
            Some(located) => {
                Self::parse(&located.read()?, &located.path, &located.place, environment)?
            }
        };
        project::add(&mut file, global, environment)?;
        Ok(file)
    }

    /// Reads the text. `path` is for messages, `place` is what relative paths in it start from.
    pub fn parse(text: &str, path: &Path, place: &Path, environment: &Environment) -> Result<Self> {
        let base = place.parent().unwrap_or(Path::new("")).to_owned();
        let mut decoder = Decoder { text, path, base, environment, mistakes: Vec::new() };
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors.iter().take(20) {
            decoder.syntax(error);
        }
        let mut file = Self { path: path.to_owned(), exists: true, ..Self::default() };
        if errors.is_empty() {
            decoder.top(table.get_ref(), &mut file);
        }
        if decoder.mistakes.is_empty() {
            return Ok(file);
        }
        decoder.mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
        Err(Error::invalid(format!("`{}` is no valid config file", shown(path)))
            .with_diagnostics(decoder.mistakes))
    }

    /// The context of that name.
    pub fn context(&self, name: &str) -> Option<&Context> {
        self.contexts.iter().find(|context| context.name == name)
    }
}

type Key<'a> = Spanned<std::borrow::Cow<'a, str>>;
type Item<'a> = Spanned<DeValue<'a>>;

struct Decoder<'a> {
    text: &'a str,
    path: &'a Path,
    base: PathBuf,
    environment: &'a Environment,
    mistakes: Vec<Diagnostic>,
}

impl Decoder<'_> {
    fn top(&mut self, table: &DeTable<'_>, file: &mut ConfigFile) {
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "current-context" => {
                    file.current_context = self.string(key, value);
                    let line = self.place(key.span().start).0;
                    file.current_context_place = format!("{}:{line}", shown(self.path));
                }
                "output" => file.output = self.word(key, value),
                "color" => file.color = self.word(key, value),
                "timeout" => file.timeout = self.duration(key, value),
                "completion-timeout" => file.completion_timeout = self.patience(key, value),
                "contexts" => {
                    let Some(contexts) = self.table(key, value) else { continue };
                    for (name, value) in contexts {
                        if let Some(context) = self.context(name, value) {
                            file.contexts.push(context);
                        }
                    }
                }
                _ => self.unknown(key, TOP_KEYS),
            }
        }
        file.contexts.sort_by(|a, b| a.name.cmp(&b.name));
    }

    fn context(&mut self, name: &Key<'_>, value: &Item<'_>) -> Option<Context> {
        let table = self.table(name, value)?;
        if name.get_ref().is_empty() || name.get_ref().chars().any(char::is_control) {
            self.mistake(name, "a context needs a name of visible characters", None);
            return None;
        }
        let mut context = Context { name: name.get_ref().to_string(), ..Context::default() };
        for (key, value) in table {
            self.entry(key, value, &mut context);
        }
        Some(context)
    }

    fn entry(&mut self, key: &Key<'_>, value: &Item<'_>, context: &mut Context) {
        match key.get_ref().as_ref() {
            "bootstrap-servers" => {
                if let Some(servers) = self.strings(key, value) {
                    self.set(key, context, "bootstrap.servers", text(&servers.join(",")));
                }
            }
            "bootstrap-controllers" => {
                if let Some(controllers) = self.strings(key, value) {
                    self.set(key, context, names::CONTROLLERS, text(&controllers.join(",")));
                }
            }
            "proxy" => {
                if let Some(url) = self.string(key, value) {
                    self.set(key, context, "proxy.url", text(&url));
                }
            }
            "properties" => {
                if let Some(table) = self.table(key, value) {
                    self.properties("", table, context);
                }
            }
            "command-config" => {
                if let Some(file) = self.string(key, value) {
                    let path = self.environment.path(&file, &self.base);
                    context.command_config = Some((path, self.origin(key, context)));
                }
            }
            "cluster-id" => context.cluster_id = self.string(key, value),
            "read-only" => context.read_only = self.boolean(key, value).unwrap_or_default(),
            "protected" => context.protected = self.boolean(key, value).unwrap_or_default(),
            "allow-everyone-if-no-acl-found" => {
                context.allow_everyone_if_no_acl_found = self.boolean(key, value);
            }
            "super-users" => context.super_users = self.principals(key, value),
            other if secret_of(other).is_some() => {
                self.secret(key, value, context, secret_of(other).unwrap_or_default());
            }
            other if names::is_beginning(other) => self.mistake(
                key,
                "a client property stands in the table `properties` of the context",
                Some(format!("write `properties.{other}.… = …`")),
            ),
            _ => self.unknown(key, CONTEXT_KEYS),
        }
    }

    /// Client properties; `sasl.mechanism = "…"` is a table in a table to TOML.
    fn properties(&mut self, prefix: &str, table: &DeTable<'_>, context: &mut Context) {
        for (key, value) in table {
            let name = if prefix.is_empty() {
                key.get_ref().to_string()
            } else {
                format!("{prefix}.{}", key.get_ref())
            };
            match value.get_ref() {
                DeValue::Table(table) => self.properties(&name, table, context),
                DeValue::Boolean(yes) => self.set(key, context, &name, text(&yes.to_string())),
                DeValue::Integer(number) => {
                    self.set(key, context, &name, text(&number.to_string()));
                }
                DeValue::String(_) | DeValue::Array(_) => {
                    if let Some(texts) = self.strings(key, value) {
                        self.set(key, context, &name, text(&texts.join(",")));
                    }
                }
                DeValue::Float(_) | DeValue::Datetime(_) => {
                    self.mistake(
                        key,
                        "a client property is a text, a number or true or false",
                        None,
                    );
                }
            }
        }
    }

    fn secret(&mut self, key: &Key<'_>, value: &Item<'_>, context: &mut Context, name: &str) {
        let kind = key.get_ref().rsplit('-').next().unwrap_or_default();
        let source = if kind == "command" && !value.get_ref().is_str() {
            self.strings(key, value).map(Source::Command)
        } else {
            self.string(key, value).map(|text| match kind {
                "file" => Source::File(self.environment.path(&text, &self.base)),
                "env" => Source::Variable(text),
                "keyring" => Source::Keyring(text),
                _ => Source::Command(vec!["sh".to_owned(), "-c".to_owned(), text]),
            })
        };
        if let Some(source) = source {
            self.set(key, context, name, Value::Later(source));
        }
    }

    fn set(&mut self, key: &Key<'_>, context: &mut Context, name: &str, value: Value) {
        if context.layer.0.iter().any(|property| property.key == name) {
            let message = format!("`{}` is given twice in this context", visible(name));
            self.mistake(key, &message, Some("keep one of them".to_owned()));
            return;
        }
        let origin = self.origin(key, context);
        let base = self.base.clone();
        context.layer.0.push(Property { key: name.to_owned(), value, origin, base });
    }

    fn origin(&self, key: &Key<'_>, context: &Context) -> Origin {
        let line = self.place(key.span().start).0;
        Origin::Context(context.name.clone(), self.path.to_owned(), line)
    }

    fn table<'t>(&mut self, key: &Key<'_>, value: &'t Item<'_>) -> Option<&'t DeTable<'t>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong_type(key, "a table");
        }
        table
    }

    fn string(&mut self, key: &Key<'_>, value: &Item<'_>) -> Option<String> {
        let text = value.get_ref().as_str().filter(|text| !text.is_empty());
        if text.is_none() {
            self.wrong_type(key, "a text that is not empty");
        }
        text.map(str::to_owned)
    }

    fn boolean(&mut self, key: &Key<'_>, value: &Item<'_>) -> Option<bool> {
        let boolean = value.get_ref().as_bool();
        if boolean.is_none() {
            self.wrong_type(key, "`true` or `false`, without quotes");
        }
        boolean
    }

    /// A text, or a list of texts.
    fn strings(&mut self, key: &Key<'_>, value: &Item<'_>) -> Option<Vec<String>> {
        let texts = match value.get_ref() {
            DeValue::String(text) => Some(vec![text.to_string()]),
            DeValue::Array(items) => {
                items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect()
            }
            _ => None,
        };
        if texts.is_none() {
            self.wrong_type(key, "a text or a list of texts");
        }
        texts
    }

    fn word<T: ValueEnum>(&mut self, key: &Key<'_>, value: &Item<'_>) -> Option<T> {
        let text = self.string(key, value)?;
        let word = T::from_str(&text, false).ok();
        if word.is_none() {
            let known: Vec<_> = T::value_variants()
                .iter()
                .filter_map(|variant| {
                    Some(format!("`{}`", variant.to_possible_value()?.get_name()))
                })
                .collect();
            self.wrong_type(key, &format!("one of {}", known.join(", ")));
        }
        word
    }

    fn duration(&mut self, key: &Key<'_>, value: &Item<'_>) -> Option<Duration> {
        let text = self.string(key, value)?;
        global::parse_duration(&text).map_err(|message| self.mistake(key, &message, None)).ok()
    }

    /// A duration that may be zero.
    fn patience(&mut self, key: &Key<'_>, value: &Item<'_>) -> Option<Duration> {
        let text = match value.get_ref() {
            DeValue::Integer(number) => number.to_string(),
            _ => self.string(key, value)?,
        };
        parse_patience(&text).map_err(|message| self.mistake(key, &message, None)).ok()
    }

    /// A list, or one text in the form of the brokers' `super.users`.
    fn principals(&mut self, key: &Key<'_>, value: &Item<'_>) -> Vec<Principal> {
        let texts = self.strings(key, value).unwrap_or_default();
        let texts = texts.iter().flat_map(|text| text.split(';')).map(str::trim);
        let mut principals = Vec::new();
        for text in texts.filter(|text| !text.is_empty()) {
            match Principal::parse(text) {
                Ok(principal) => principals.push(principal),
                Err(error) => {
                    let message = format!("`{}`: {error}", visible(text));
                    self.mistake(key, &message, None);
                }
            }
        }
        principals
    }

    fn unknown(&mut self, key: &Key<'_>, known: &[&str]) {
        let flag = FLAGS.iter().find(|(flag, _)| flag == key.get_ref());
        if let Some((_, property)) = flag.filter(|_| known == CONTEXT_KEYS) {
            let message = format!("unknown key `{}`", visible(key.get_ref()));
            let hint = format!("it is a client property: `properties.\"{property}\" = \"…\"`");
            return self.mistake(key, &message, Some(hint));
        }
        let hint = match nearest(key.get_ref(), known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known keys are `{}`", known.join("`, `")),
        };
        let message = format!("unknown key `{}`", visible(key.get_ref()));
        self.mistake(key, &message, Some(hint));
    }

    fn wrong_type(&mut self, key: &Key<'_>, wanted: &str) {
        let message = format!("`{}` must be {wanted}", visible(key.get_ref()));
        self.mistake(key, &message, None);
    }

    fn mistake(&mut self, key: &Key<'_>, message: &str, hint: Option<String>) {
        let span = key.span();
        let (line, column) = self.place(span.start);
        self.mistakes.push(Diagnostic {
            file: shown(self.path),
            line,
            column,
            width: self.text[span.clone()].chars().count().max(1),
            // The key alone: what stands before and behind it may be a secret.
            source: " ".repeat(column - 1) + &visible(&self.text[span]),
            cut: 0,
            message: message.to_owned(),
            hint,
        });
    }

    fn syntax(&mut self, error: &toml::de::Error) {
        let (line, column) = self.place(error.span().map_or(0, |span| span.start));
        self.mistakes.push(Diagnostic {
            file: shown(self.path),
            line,
            column,
            width: 1,
            source: self.without_value(line),
            cut: 0,
            message: error.message().lines().next().unwrap_or_default().to_owned(),
            hint: None,
        });
    }

    /// A line as far as it holds no secret: a heading, or a key that is known. Where the syntax is wrong,
    /// anything else may be a part of a value.
    fn without_value(&self, line: usize) -> String {
        let line = self.text.lines().nth(line - 1).unwrap_or_default();
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let trimmed = line.trim();
        if trimmed.starts_with('[') {
            let inside = trimmed.trim_start_matches('[').trim_end_matches(']');
            if inside.chars().all(|c| part(c) || c == ' ') {
                return line.trim_end().to_owned();
            }
        }
        let start = line.len() - line.trim_start().len();
        let key = &line[start..][..line[start..].find(|c| !part(c)).unwrap_or(trimmed.len())];
        let last = key.rsplit('.').next().unwrap_or(key);
        let mut known = TOP_KEYS.iter().chain(CONTEXT_KEYS).copied().chain(names::known());
        if !known.any(|word| word == key || word == last) {
            return "(not shown: it may hold a secret)".to_owned();
        }
        let rest = &line[start + key.len()..];
        let sign = rest.find(|c: char| c != ' ' && c != '=').unwrap_or(rest.len());
        let hidden = if rest[sign..].trim().is_empty() { "" } else { "…" };
        format!("{}{hidden}", &line[..start + key.len() + sign])
    }

    /// Line and column, from 1.
    fn place(&self, at: usize) -> (usize, usize) {
        let before = &self.text[..at.min(self.text.len())];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
    }
}

/// How long completion may wait: a duration, or `0` for not at all.
pub(super) fn parse_patience(text: &str) -> std::result::Result<Duration, String> {
    let zero = matches!(text, "0" | "0ms" | "0s" | "0m");
    if zero { Ok(Duration::ZERO) } else { global::parse_duration(text) }
}

fn text(text: &str) -> Value {
    Value::Text(SecretString::from(text))
}
