//! The project file, `.kward.toml`: found from the working folder upwards to the root of the
//! repository. Whoever can write into a repository can write one, so that it may only name a context
//! and set defaults that hold no address, no command and no credential, until its content is trusted.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::config_file::{ConfigFile, Context};
use super::connection::shown;
use super::{Environment, Origin, files};
use crate::cli::global::Global;
use crate::error::{Error, Result};
use crate::model::{shell_word, visible};

/// The name of the file.
pub(super) const NAME: &str = ".kward.toml";

/// The longest that a project has completion wait.
const MOST_COMPLETION: Duration = Duration::from_secs(5);

/// How many properties files its contexts may name.
const MOST_FILES: usize = 100;

/// Whether a project file says it.
pub(super) fn is_of_project(origin: &Origin) -> bool {
    match origin {
        Origin::Context(_, path, _) => path.file_name().is_some_and(|name| name == NAME),
        _ => false,
    }
}

/// What was done about trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusted {
    /// The project file.
    pub file: PathBuf,
    /// Whether anything changed.
    pub changed: bool,
    /// Whether it is trusted now.
    pub trusted: bool,
    /// The contexts that it defines.
    pub contexts: Vec<String>,
}

/// Puts the project file on top of the user's own. A config file that is named by flag or
/// variable stands alone.
pub(super) fn add(
    config: &mut ConfigFile,
    global: &Global,
    environment: &Environment,
) -> Result<()> {
    if global.config.is_some() || environment.get("KWARD_CONFIG").is_some() {
        return Ok(());
    }
    let Some(path) = find(&environment.cwd, environment.home.as_deref()) else { return Ok(()) };
    let text = read(&path)?;
    let project = parse(&path, &text, environment)?;
    if project.current_context.is_some() {
        config.current_context = project.current_context;
        config.current_context_place = project.current_context_place;
    }
    config.output = project.output.or(config.output);
    config.color = project.color.or(config.color);
    config.timeout = project.timeout.or(config.timeout);
    // Nobody has trusted it yet: whoever presses Tab is not to wait for long.
    let at_most = |time: Duration| time.min(MOST_COMPLETION);
    config.completion_timeout =
        project.completion_timeout.map(at_most).or(config.completion_timeout);
    if project.contexts.is_empty() {
        return Ok(());
    }
    if !is_trusted(&path, &text, &project.contexts, environment) {
        let names_files = project.contexts.iter().any(|context| context.command_config.is_some());
        config.warnings.push(format!(
            "the contexts of {} are ignored, because it{} is not trusted as it is now; look at it, \
             then `kward context trust {}`",
            shown(&path),
            if names_files { ", or a properties file that it names," } else { "" },
            shell_word(&path.to_string_lossy())
        ));
        return Ok(());
    }
    for context in project.contexts {
        config.contexts.retain(|other| other.name != context.name);
        config.contexts.push(context);
    }
    config.contexts.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(())
}

/// The project file, where it names another context as the current one.
pub(super) fn naming_another(
    global: &Global,
    environment: &Environment,
    name: &str,
) -> Option<PathBuf> {
    if global.config.is_some() || environment.get("KWARD_CONFIG").is_some() {
        return None;
    }
    let path = find(&environment.cwd, environment.home.as_deref())?;
    let project = parse(&path, &read(&path).ok()?, environment).ok()?;
    project.current_context.filter(|other| other != name).map(|_| path)
}

/// The nearest project file. Without a repository only that of the working folder itself.
fn find(cwd: &Path, home: Option<&Path>) -> Option<PathBuf> {
    let root = cwd.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(cwd);
    cwd.ancestors()
        .take_while(|folder| folder.starts_with(root))
        // In the home folder everything below it would be the project.
        .filter(|folder| Some(*folder) != home || *folder == cwd)
        .map(|folder| folder.join(NAME))
        .find(|path| path.is_file())
}

fn read(path: &Path) -> Result<String> {
    let bytes = files::read(path, files::MAX_SETTINGS, "its place in the project", None)?;
    String::from_utf8(bytes).map_err(|_| Error::invalid(format!("`{}` is not UTF-8", shown(path))))
}

fn parse(path: &Path, text: &str, environment: &Environment) -> Result<ConfigFile> {
    ConfigFile::parse(text, path, path, environment)
}

/// Trusts the project file at `path` (the file or its folder) as it is now, or no longer.
pub fn trust(
    environment: &Environment,
    path: &Path,
    trusted: bool,
    dry_run: bool,
) -> Result<Trusted> {
    let place = environment.path(&path.to_string_lossy(), &environment.cwd);
    let place = if place.is_dir() { place.join(NAME) } else { place };
    let file = place.canonicalize().unwrap_or(place);
    if file.file_name().is_none_or(|name| name != NAME) {
        return Err(Error::invalid(format!("`{}` is no project file", shown(&file)))
            .hint(format!("a project file is called `{NAME}`; name it or its folder")));
    }
    let folder = folder(environment).ok_or_else(|| {
        Error::failed("there is no place to note what is trusted: no home folder is known")
    })?;
    let fail = |error: std::io::Error| {
        Error::failed(format!("cannot write into `{}`", shown(&folder))).caused_by(error)
    };
    let before = entries_of(&folder, &file);
    let text = if trusted { Some(read(&file)?) } else { None };
    let config = text.as_deref().map(|text| parse(&file, text, environment)).transpose()?;
    let contexts = config.unwrap_or_default().contexts;
    let untrusted = |error: Error| error.context(format!("`{}` cannot be trusted", shown(&file)));
    check_files(&contexts).map_err(untrusted)?;
    let entry = text.as_deref().map(|text| folder.join(digest(&file, text, &contexts)));
    let changed = entry.as_ref().map_or(!before.is_empty(), |entry| !before.contains(entry));
    if !dry_run {
        for old in before.iter().filter(|old| Some(*old) != entry.as_ref()) {
            fs::remove_file(old).map_err(fail)?;
        }
        if let Some(entry) = &entry {
            files::store_private(entry, &file.to_string_lossy()).map_err(fail)?;
        }
    }
    Ok(Trusted {
        file,
        changed,
        trusted,
        contexts: contexts.iter().map(|context| visible(&context.name).into_owned()).collect(),
    })
}

fn is_trusted(path: &Path, text: &str, contexts: &[Context], environment: &Environment) -> bool {
    if check_files(contexts).is_err() {
        return false;
    }
    let file = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    folder(environment).is_some_and(|folder| folder.join(digest(&file, text, contexts)).is_file())
}

/// Where trust is noted: a file for each, named after place and content.
fn folder(environment: &Environment) -> Option<PathBuf> {
    Some(environment.xdg("XDG_STATE_HOME", ".local/state")?.join("trusted"))
}

/// The properties files that these contexts name.
fn named_files(contexts: &[Context]) -> BTreeSet<&Path> {
    let named = contexts.iter().filter_map(|context| context.command_config.as_ref());
    named.map(|(path, _)| path.as_path()).collect()
}

/// The content of a pipe or a device is another one each time, and nobody looks through any number of files:
/// such a project cannot be trusted.
fn check_files(contexts: &[Context]) -> Result<()> {
    let named = named_files(contexts);
    if named.len() > MOST_FILES {
        return Err(Error::invalid(format!("it names more than {MOST_FILES} properties files")));
    }
    match named.iter().find(|path| path.exists() && !path.is_file()) {
        None => Ok(()),
        Some(odd) => {
            Err(Error::invalid(format!("`{}`, which it names, is no regular file", shown(odd))))
        }
    }
}

/// Of its place and content, and of the properties files that its contexts name: these say where
/// credentials go, as it does itself.
fn digest(file: &Path, text: &str, contexts: &[Context]) -> String {
    let mut hash = Sha256::new();
    hash.update(file.as_os_str().as_encoded_bytes());
    hash.update([0]);
    hash.update(text);
    for path in named_files(contexts) {
        // What cannot be read now is another thing than what can be read later.
        let bytes = files::read(path, files::MAX_SETTINGS, "the project", None).ok();
        hash.update([0, u8::from(bytes.is_some())]);
        hash.update(Sha256::digest(bytes.unwrap_or_default()));
    }
    hex(&hash.finalize())
}

/// Bytes in the name of a file.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What is noted about this place, whatever its content was.
fn entries_of(folder: &Path, file: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|entry| {
            fs::read(entry).is_ok_and(|noted| noted == file.as_os_str().as_encoded_bytes())
        })
        .collect()
}
