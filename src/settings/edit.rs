//! Changes of the config file that keep its comments and its order: what `context add`, `use` and
//! `remove` do. The new text is read again before it is written, and it is written whole or not at
//! all.

use std::fs::File;
use std::path::PathBuf;

use toml_edit::{DocumentMut, Item, Table, TableLike, value};

use super::client_config::Origin;
use super::config_file::{ConfigFile, Located};
use super::connection::shown;
use super::names::{self, Meaning};
use super::{Environment, addresses, files, url};
use crate::cli::global::Global;
use crate::error::{Error, Result};
use crate::model::{nearest, visible};

/// A context to be added. It holds no secret: those come from where `secrets` says.
#[derive(Debug, Clone, Default)]
pub struct NewContext {
    /// Its name.
    pub name: String,
    /// Addresses, `host:port`.
    pub bootstrap: Vec<String>,
    /// They are those of controllers.
    pub controllers: bool,
    /// Client properties, none of them secret.
    pub properties: Vec<(String, String)>,
    /// A client's properties file; relative paths start from the config file.
    pub command_config: Option<String>,
    /// The proxy's URL, without a password.
    pub proxy: Option<String>,
    /// The cluster id to pin.
    pub cluster_id: Option<String>,
    /// Refuse writes.
    pub read_only: bool,
    /// Ask for the name before a write.
    pub protected: bool,
    /// Where secrets come from: `password`, `token`, ….
    pub secrets: Vec<(String, SecretFrom)>,
    /// Make it the current context, too.
    pub make_current: bool,
}

/// Where a secret comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretFrom {
    /// `password-file`.
    File(String),
    /// `password-env`.
    Variable(String),
    /// `password-command`.
    Command(String),
    /// `password-keyring`.
    Keyring(String),
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// The config file.
    pub file: PathBuf,
    /// Whether it changed.
    pub changed: bool,
    /// `current-context` afterwards.
    pub current_context: Option<String>,
}

/// Adds a context; the file is made when there is none. An existing name is refused.
pub fn add(global: &Global, environment: &Environment, new: &NewContext) -> Result<Edited> {
    let _turn = turn(global, environment, false);
    added(global, environment, new)?.finish(environment, false)
}

/// What [`add`] writes, as it may be shown: a command may hold a secret, and so may what is no property.
pub(super) fn preview(new: &NewContext) -> Result<String> {
    const HIDDEN: &str = "(not shown)";
    let mut shown = new.clone();
    for server in &mut shown.bootstrap {
        *server = addresses::shown(server);
    }
    shown.proxy = shown.proxy.as_deref().map(url::shown);
    for (_, from) in &mut shown.secrets {
        if let SecretFrom::Command(line) = from {
            HIDDEN.clone_into(line);
        }
    }
    for (key, text) in &mut shown.properties {
        if text.contains("-----BEGIN") {
            "(PEM)".clone_into(text);
        } else if names::URLS.contains(&key.as_str()) {
            *text = url::shown(text);
        } else if !matches!(names::meaning(key), Meaning::Used(_)) {
            HIDDEN.clone_into(text);
        }
    }
    let mut document = DocumentMut::new();
    if new.make_current {
        document.insert("current-context", value(&new.name));
    }
    let contexts = contexts_of(&mut document);
    let contexts = contexts.ok_or_else(|| Error::failed("the new context cannot be shown"))?;
    contexts.insert(&new.name, Item::Table(table(&shown)));
    Ok(document.to_string())
}

/// What the config file would say with a context that is not written yet.
pub(super) fn with(
    global: &Global,
    environment: &Environment,
    new: &NewContext,
) -> Result<ConfigFile> {
    let editor = added(global, environment, new)?;
    let Located { path, place, .. } = &editor.located;
    let mut config = ConfigFile::parse(&editor.document.to_string(), path, place, environment)?;
    // No line of the file has it yet.
    let written = config.contexts.iter_mut().find(|context| context.name == new.name);
    for property in written.into_iter().flat_map(|context| &mut context.layer.0) {
        property.origin = Origin::Flag("the new context".to_owned());
    }
    Ok(config)
}

/// Refuses the name of a context that is there.
pub(super) fn refuse_known(global: &Global, environment: &Environment, name: &str) -> Result<()> {
    Editor::open(global, environment)?.refuse_known(name)
}

fn added(global: &Global, environment: &Environment, new: &NewContext) -> Result<Editor> {
    let mut editor = Editor::open(global, environment)?;
    editor.refuse_known(&new.name)?;
    for (key, text) in &new.properties {
        if names::is_secret(key, text) {
            return Err(Error::invalid(format!(
                "`{key}` is a secret, and is not written to a file"
            ))
            .hint("say where it comes from: a file, a variable, a command or the keyring"));
        }
    }
    if new.proxy.as_ref().is_some_and(|url| url.contains('@')) {
        return Err(Error::invalid(
            "the user in a proxy's URL is not written to a file, as a password could stand there",
        )
        .hint("give the user by `-X proxy.username=USER`, and `--secret proxy-password=PLACE`"));
    }
    editor.contexts()?.insert(&new.name, Item::Table(table(new)));
    if new.make_current {
        editor.set_current(&new.name);
    }
    Ok(editor)
}

/// Makes a context the current one, or tells what that would do.
pub fn use_context(
    global: &Global,
    environment: &Environment,
    name: &str,
    dry_run: bool,
) -> Result<Edited> {
    let (_turn, mut editor) = editing(global, environment, name, dry_run)?;
    editor.set_current(name);
    editor.finish(environment, dry_run)
}

/// Removes a context with the comments right above it; `current-context` goes with it when it
/// names it. Or tells what that would do.
pub fn remove(
    global: &Global,
    environment: &Environment,
    name: &str,
    dry_run: bool,
) -> Result<Edited> {
    let (_turn, mut editor) = editing(global, environment, name, dry_run)?;
    let contexts = editor.contexts()?;
    let comments = kept_comments(contexts, name);
    contexts.remove(name);
    if let Some((comments, before)) = comments {
        editor.put_back(&comments, before);
    }
    if editor.config.current_context.as_deref() == Some(name) {
        editor.unset_current();
    }
    editor.finish(environment, dry_run)
}

/// The file that has the context, and the turn to change it.
fn editing(
    global: &Global,
    environment: &Environment,
    name: &str,
    dry_run: bool,
) -> Result<(Option<File>, Editor)> {
    let turn = turn(global, environment, dry_run);
    let editor = Editor::open(global, environment)?;
    editor.must_have(global, environment, name)?;
    Ok((turn, editor))
}

/// Waits until nobody else changes a config file of the same folder; the folder is what is locked, as the
/// file is replaced. Where a file system knows no locks there is no turn to wait for.
fn turn(global: &Global, environment: &Environment, dry_run: bool) -> Option<File> {
    if dry_run {
        return None;
    }
    let place = Located::of(global, environment)?.place;
    // A link leads to the file that is replaced.
    let place = place.canonicalize().unwrap_or(place);
    let folder = place.parent()?;
    std::fs::create_dir_all(folder).ok()?;
    let folder = File::open(folder).ok()?;
    folder.lock().ok()?;
    Some(folder)
}

struct Editor {
    located: Located,
    text: String,
    config: ConfigFile,
    document: DocumentMut,
}

impl Editor {
    fn open(global: &Global, environment: &Environment) -> Result<Self> {
        let located = Located::of(global, environment).ok_or_else(|| {
            Error::invalid("there is no place for a config file: no home folder is known")
                .hint("name one: `--config FILE`")
        })?;
        let text = if located.place.exists() { located.read()? } else { String::new() };
        let config = ConfigFile::parse(&text, &located.path, &located.place, environment)?;
        let document = text.parse().map_err(|_| cannot(&located, "its form is unusual"))?;
        Ok(Self { located, text, config, document })
    }

    fn contexts(&mut self) -> Result<&mut dyn TableLike> {
        let located = &self.located;
        contexts_of(&mut self.document).ok_or_else(|| cannot(located, "`contexts` is no table"))
    }

    fn refuse_known(&self, name: &str) -> Result<()> {
        if self.config.context(name).is_none() {
            return Ok(());
        }
        Err(Error::invalid(format!("there is a context `{}` already", visible(name)))
            .hint("remove it first, or choose another name"))
    }

    fn must_have(&self, global: &Global, environment: &Environment, name: &str) -> Result<()> {
        if self.config.context(name).is_some() {
            return Ok(());
        }
        let error = Error::invalid(format!(
            "no context `{}` in {}",
            visible(name),
            shown(&self.located.path)
        ));
        if ConfigFile::load(global, environment).is_ok_and(|all| all.context(name).is_some()) {
            return Err(
                error.hint("it stands in the project's `.kward.toml`, which is edited by hand")
            );
        }
        let names = self.config.contexts.iter().map(|context| context.name.as_str());
        Err(match nearest(name, names) {
            Some(near) => error.hint(format!("did you mean `{}`?", visible(near))),
            None => error.hint("`kward context list` shows them"),
        })
    }

    /// Changes the value and leaves the comments around it alone.
    fn set_current(&mut self, name: &str) {
        match self.document.get_mut("current-context").and_then(Item::as_value_mut) {
            Some(old) => {
                let decor = old.decor().clone();
                *old = name.into();
                *old.decor_mut() = decor;
            }
            None => drop(self.document.insert("current-context", value(name))),
        }
    }

    /// Takes `current-context` out; what stands above it is mostly about the file.
    fn unset_current(&mut self) {
        let key = self.document.key("current-context");
        let prefix = key.and_then(|key| key.leaf_decor().prefix()).and_then(|p| p.as_str());
        let comments = prefix.unwrap_or_default().trim_matches('\n').to_owned();
        self.document.remove("current-context");
        if !comments.is_empty() {
            let contexts = self.document.get("contexts").and_then(Item::as_table_like);
            let first = contexts.and_then(|contexts| table_behind(contexts, None));
            self.put_back(&format!("{comments}\n\n"), first);
        }
    }

    /// Puts comments before the table at a place, or at the end of the file.
    fn put_back(&mut self, comments: &str, before: Option<String>) {
        let next = before.and_then(|name| {
            self.document.get_mut("contexts")?.as_table_like_mut()?.get_mut(&name)?.as_table_mut()
        });
        let Some(next) = next else {
            let trailing = self.document.trailing().as_str().unwrap_or_default();
            let trailing = format!("{comments}{trailing}");
            self.document.set_trailing(trailing);
            return;
        };
        let prefix = next.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
        let prefix = format!("{comments}{}", prefix.trim_start_matches('\n'));
        next.decor_mut().set_prefix(prefix);
    }

    /// Writes what changed, unless it is only to be told.
    fn finish(self, environment: &Environment, dry_run: bool) -> Result<Edited> {
        let mut text = self.document.to_string();
        if self.text.contains("\r\n") {
            text = text.replace("\r\n", "\n").replace('\n', "\r\n");
        }
        let Located { path, place, .. } = &self.located;
        let config = ConfigFile::parse(&text, path, place, environment)
            .map_err(|error| error.context(format!("cannot change `{}`", shown(path))))?;
        let changed = text != self.text;
        if changed && !dry_run {
            // Who may read a file that is there is for its owner to say: a team may share it.
            let mode = std::fs::metadata(place).ok().map(|found| found.permissions());
            let written = files::store_private(place, &text);
            let written = written.and_then(|()| match mode {
                Some(mode) => std::fs::set_permissions(place, mode),
                None => Ok(()),
            });
            written.map_err(|error| {
                Error::failed(format!("cannot write `{}`", shown(path))).caused_by(error)
            })?;
        }
        Ok(Edited { file: path.clone(), changed, current_context: config.current_context })
    }
}

/// The table of contexts, which is made where there is none.
fn contexts_of(document: &mut DocumentMut) -> Option<&mut dyn TableLike> {
    let contexts = document.entry("contexts").or_insert_with(|| {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    contexts.as_table_like_mut()
}

fn cannot(located: &Located, why: &str) -> Error {
    Error::invalid(format!("cannot change `{}`: {why}", shown(&located.path)))
        .hint("change it by hand")
}

fn table(new: &NewContext) -> Table {
    let mut table = Table::new();
    if !new.bootstrap.is_empty() {
        let key = if new.controllers { "bootstrap-controllers" } else { "bootstrap-servers" };
        table.insert(key, value(new.bootstrap.join(",")));
    }
    if let Some(file) = &new.command_config {
        table.insert("command-config", value(file));
    }
    if let Some(url) = &new.proxy {
        table.insert("proxy", value(url));
    }
    if let Some(id) = &new.cluster_id {
        table.insert("cluster-id", value(id));
    }
    for (key, yes) in [("read-only", new.read_only), ("protected", new.protected)] {
        if yes {
            table.insert(key, value(true));
        }
    }
    for (key, from) in &new.secrets {
        let (kind, text) = match from {
            SecretFrom::File(file) => ("file", file),
            SecretFrom::Variable(name) => ("env", name),
            SecretFrom::Command(line) => ("command", line),
            SecretFrom::Keyring(name) => ("keyring", name),
        };
        table.insert(&format!("{key}-{kind}"), value(text));
    }
    if !new.properties.is_empty() {
        let mut properties = Table::new();
        for (key, text) in &new.properties {
            insert_dotted(&mut properties, key, text);
        }
        table.insert("properties", Item::Table(properties));
    }
    table
}

/// `sasl.username = "ana"` without quotes, where the key's parts allow it.
fn insert_dotted(table: &mut Table, key: &str, text: &str) {
    let Some((first, rest)) = key.split_once('.') else {
        table.insert(key, value(text));
        return;
    };
    let inner = table.entry(first).or_insert_with(|| {
        let mut inner = Table::new();
        inner.set_dotted(true);
        Item::Table(inner)
    });
    match inner.as_table_mut() {
        Some(inner) => insert_dotted(inner, rest, text),
        None => drop(table.insert(key, value(text))),
    }
}

/// The comments above a table that a blank line separates from it, and the table behind it.
fn kept_comments(contexts: &dyn TableLike, name: &str) -> Option<(String, Option<String>)> {
    let table = contexts.get(name)?.as_table()?;
    let prefix = table.decor().prefix()?.as_str()?;
    let (kept, _) = prefix.rsplit_once("\n\n")?;
    let kept = kept.trim_matches('\n');
    if kept.is_empty() {
        return None;
    }
    Some((format!("{kept}\n\n"), table_behind(contexts, table.position())))
}

/// The first table behind a place in the file.
fn table_behind(contexts: &dyn TableLike, position: Option<isize>) -> Option<String> {
    contexts
        .iter()
        .filter_map(|(name, item)| Some((item.as_table()?.position(), name)))
        .filter(|(other, _)| *other > position)
        .min()
        .map(|(_, name)| name.to_owned())
}
