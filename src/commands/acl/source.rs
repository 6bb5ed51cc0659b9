//! Where ACL files and bindings come from: files, folders, standard input, saved lists, clusters.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::acl::desired::Desired;
use crate::acl::file::{Given, Inputs, Loaded, Source, load_with_ignores, variables};
use crate::commands::Context;
use crate::error::{Error, Result};
use crate::kafka::Client;
use crate::model::{Binding, Filter, MetadataVersion, visible};

/// The most bytes of one ACL file.
const MOST_BYTES: u64 = 64 << 20;
/// The most bytes of a saved list: a million bindings and more.
const MOST_SNAPSHOT_BYTES: u64 = 1 << 30;
/// What to do where a pipe was named.
const PIPE: &str = "pipe into `-f -` to read from another program";
/// How deep folders may lie in folders.
const MOST_DEPTH: usize = 64;

/// `-f`, `--var`, `--var-file`.
#[derive(Debug, Clone, Default)]
pub struct FileArguments {
    /// Files, folders, `-`.
    pub paths: Vec<PathBuf>,
    /// `NAME=VALUE`.
    pub vars: Vec<String>,
    /// Files of variables.
    pub var_files: Vec<PathBuf>,
}

/// Where bindings come from.
#[derive(Debug, Clone)]
pub enum StateSource {
    /// The cluster of the settings.
    Cluster,
    /// A saved list.
    Snapshot(PathBuf),
}

/// Bindings as they are somewhere.
#[derive(Debug, Default)]
pub struct Live {
    /// All of them, in no order.
    pub bindings: Vec<Binding>,
    /// Of which cluster.
    pub cluster_id: Option<String>,
    /// When, RFC 3339 in UTC.
    pub captured_at: Option<String>,
    /// What the cluster runs at.
    pub metadata_version: Option<MetadataVersion>,
}

impl Live {
    /// Reads all bindings of the cluster behind `client`, and which cluster it is.
    pub async fn of_cluster(context: &Context<'_>, client: &Client) -> Result<Self> {
        let everything = Filter::default();
        let (bindings, cluster, metadata_version) = tokio::join!(
            client.describe_acls(&everything),
            cluster_id(client),
            client.metadata_version()
        );
        Ok(Self {
            bindings: bindings?,
            cluster_id: Some(cluster?),
            captured_at: Some(context.timestamp()),
            metadata_version,
        })
    }

    /// Reads a list saved with `acl list -o json`, `-` for standard input; a filtered or partial one
    /// is refused.
    pub fn of_snapshot(path: &Path) -> Result<Self> {
        let text = if path.as_os_str() == "-" {
            read_standard_input(MOST_SNAPSHOT_BYTES)?
        } else {
            read_limited(path, MOST_SNAPSHOT_BYTES, Some("standard input is `-`"))?
        };
        let list = parse_snapshot(&text).map_err(|why| {
            Error::invalid(format!("`{}` is no saved list of ACLs", shown(path)))
                .caused_by(why)
                .hint("save one with `kward acl list -o json > FILE`")
        })?;
        if !list.complete || list.filter.is_some() {
            return Err(Error::invalid(format!("`{}` is a filtered list of ACLs", shown(path)))
                .caused_by("decisions on a part of the ACLs would be wrong")
                .hint("save it without filters: `kward acl list -o json > FILE`"));
        }
        let metadata_version = match &list.metadata_version {
            None => None,
            Some(text) => Some(
                text.parse()
                    .map_err(|error| Error::invalid(format!("`{}`: {error}", shown(path))))?,
            ),
        };
        Ok(Self {
            bindings: list.items,
            cluster_id: list.cluster_id,
            captured_at: list.captured_at,
            metadata_version,
        })
    }
}

/// The id of the cluster (DescribeCluster; needs no permission).
pub(in crate::commands) async fn cluster_id(client: &Client) -> Result<String> {
    client
        .describe_cluster()
        .await?
        .id
        .ok_or_else(|| Error::failed("the brokers do not say which cluster they are"))
}

/// A document of the kind `AclList`, read at once: of 100,000 bindings that is most of the work of
/// the commands that take one.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Snapshot {
    api_version: String,
    kind: String,
    cluster_id: Option<String>,
    captured_at: Option<String>,
    metadata_version: Option<String>,
    filter: Option<String>,
    complete: bool,
    items: Vec<Binding>,
}

fn parse_snapshot(text: &[u8]) -> Result<Snapshot, String> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Head {
        api_version: String,
        kind: String,
    }
    let is_list = |version: &str, kind: &str| version == "kward/v1" && kind == "AclList";
    let read = serde_json::from_slice::<Snapshot>(text);
    let fits = |snapshot: &Snapshot| is_list(&snapshot.api_version, &snapshot.kind);
    if read.as_ref().is_ok_and(fits) {
        return read.map_err(|error| error.to_string());
    }
    // What it is instead says more than which field it lacks.
    let head: Head = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    if is_list(&head.api_version, &head.kind) {
        return read.map_err(|error| error.to_string());
    }
    Err(format!(
        "its apiVersion and kind are `{}` and `{}`, not `kward/v1` and `AclList`",
        visible(&head.api_version),
        visible(&head.kind)
    ))
}

impl FileArguments {
    /// Fails where `out`, the value of `flag`, is one of the files that are read: it would be written over.
    pub fn refuse_as_output(
        &self,
        flag: &str,
        out: Option<&Path>,
        against: Option<&Path>,
    ) -> Result<()> {
        let Some(out) = out else { return Ok(()) };
        // What is not there yet is none of them.
        let Ok(place) = fs::canonicalize(out) else { return Ok(()) };
        let is_read = |path: &&Path| match fs::canonicalize(path) {
            Ok(read) if read.is_dir() => place.starts_with(&read) && is_acl_file(&place),
            read => read.is_ok_and(|read| read == place),
        };
        let files = self.paths.iter().chain(&self.var_files).map(PathBuf::as_path);
        if files.chain(against).any(|path| is_read(&path)) {
            return Err(Error::invalid(format!("`{flag} {}` is a file that is read", shown(out)))
                .hint("name another one: it would be written over"));
        }
        Ok(())
    }

    /// Reads and decodes the files. `cidr`: whether the brokers understand CIDR hosts.
    pub fn load(&self, context: &Context<'_>, cidr: bool) -> Result<Desired> {
        self.load_with_ignores(context, cidr).map(|loaded| loaded.desired)
    }

    /// The same, with the comments that speak to lint.
    pub fn load_with_ignores(&self, context: &Context<'_>, cidr: bool) -> Result<Loaded> {
        let sources = self.sources()?;
        let vars = self.variables()?;
        let environment = |name: &str| context.settings.variable(name);
        load_with_ignores(&sources, &Inputs { vars: &vars, env: &environment, cidr })
    }

    /// `--var-file` first, then `--var`; later wins.
    pub fn variables(&self) -> Result<Vec<Given>> {
        let source = |path: &PathBuf| {
            Ok(Source { name: shown(path), bytes: read_limited(path, MOST_BYTES, None)? })
        };
        let files: Vec<Source> = self.var_files.iter().map(source).collect::<Result<_>>()?;
        let mut vars = variables(&files)?;
        for var in &self.vars {
            let (name, value) = var.split_once('=').ok_or_else(|| {
                Error::invalid(format!("`--var {}` is not NAME=VALUE", visible(var)))
            })?;
            vars.push(Given { name: name.to_owned(), value: value.to_owned(), place: None });
        }
        Ok(vars)
    }

    /// The files, each once, in name order within a folder.
    pub fn sources(&self) -> Result<Vec<Source>> {
        self.sources_of("ACL")
    }

    /// The same of files of another kind: `topic`.
    pub fn sources_of(&self, kind: &str) -> Result<Vec<Source>> {
        let mut found = Found::default();
        for path in &self.var_files {
            found.seen.extend(fs::canonicalize(path).ok());
        }
        for path in &self.paths {
            if path.as_os_str() == "-" {
                found.standard_input()?;
                continue;
            }
            let metadata = fs::metadata(path).map_err(|error| cannot_read(path, &error))?;
            if metadata.is_dir() {
                let before = found.sources.len() + found.repeated;
                found.folder(path, &mut Vec::new())?;
                if found.sources.len() + found.repeated == before {
                    return Err(Error::invalid(format!("the folder `{}` holds no {kind} file", shown(path)))
                        .hint(format!("{kind} files end in `.yaml`, `.yml` or `.json`; an empty folder is never read as an empty state")));
                }
            } else {
                found.file(path)?;
            }
        }
        Ok(found.sources)
    }
}

#[derive(Default)]
struct Found {
    sources: Vec<Source>,
    seen: HashSet<PathBuf>,
    repeated: usize,
}

impl Found {
    fn standard_input(&mut self) -> Result<()> {
        if self.sources.iter().any(|source| source.name == "<stdin>") {
            return Err(Error::invalid("`-f -` may be given once: standard input ends"));
        }
        let bytes = read_standard_input(MOST_BYTES)?;
        self.sources.push(Source { name: "<stdin>".to_owned(), bytes });
        Ok(())
    }

    fn file(&mut self, path: &Path) -> Result<()> {
        // A pipe has no such name, and is refused below.
        let canonical = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if !self.seen.insert(canonical) {
            self.repeated += 1;
            return Ok(());
        }
        let bytes = read_limited(path, MOST_BYTES, Some(PIPE))?;
        self.sources.push(Source { name: shown(path), bytes });
        Ok(())
    }

    /// `ancestors`: the real folders on the way here, so that a link back to one is told.
    fn folder(&mut self, path: &Path, ancestors: &mut Vec<PathBuf>) -> Result<()> {
        let canonical = fs::canonicalize(path).map_err(|error| cannot_read(path, &error))?;
        if ancestors.contains(&canonical) {
            return Err(Error::invalid(format!("the folder `{}` contains itself", shown(path)))
                .hint("remove the symbolic link that leads back to it"));
        }
        if ancestors.len() >= MOST_DEPTH {
            return Err(Error::invalid(format!(
                "the folder `{}` lies more than {MOST_DEPTH} levels deep",
                shown(path)
            )));
        }
        ancestors.push(canonical);
        let mut entries = fs::read_dir(path)
            .and_then(|entries| {
                entries.map(|entry| entry.map(|e| e.path())).collect::<io::Result<Vec<_>>>()
            })
            .map_err(|error| cannot_read(path, &error))?;
        entries.sort();
        for entry in entries {
            let hidden =
                entry.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            if hidden {
                continue;
            }
            let metadata = fs::metadata(&entry).map_err(|error| cannot_read(&entry, &error))?;
            if metadata.is_dir() {
                self.folder(&entry, ancestors)?;
            } else if is_acl_file(&entry) {
                self.file(&entry)?;
            }
        }
        ancestors.pop();
        Ok(())
    }
}

/// In upper case, too: what is passed over would be deleted where `--prune` is said.
fn is_acl_file(path: &Path) -> bool {
    let endings = ["yaml", "yml", "json"];
    path.extension().is_some_and(|extension| {
        endings.iter().any(|ending| extension.eq_ignore_ascii_case(ending))
    })
}

/// Reads one file, or standard input for `-`.
pub(super) fn source_of(path: &Path) -> Result<Source> {
    if path.as_os_str() == "-" {
        let bytes = read_standard_input(MOST_IMPORTED)?;
        return Ok(Source { name: "<stdin>".to_owned(), bytes });
    }
    Ok(Source { name: shown(path), bytes: read_limited(path, MOST_IMPORTED, Some("use `-`"))? })
}

/// The most that another tool's file may have.
const MOST_IMPORTED: u64 = 256 << 20;

/// Reads a regular file of at most `most` bytes; anything else (a pipe, a device) could block for ever.
/// `instead`: what to do with those.
fn read_limited(path: &Path, most: u64, instead: Option<&str>) -> Result<Vec<u8>> {
    let metadata = fs::metadata(path).map_err(|error| cannot_read(path, &error))?;
    if !metadata.is_file() {
        let error = Error::invalid(format!("`{}` is not a regular file", shown(path)));
        return Err(match instead {
            Some(instead) if !metadata.is_dir() => error.hint(instead),
            _ => error,
        });
    }
    let file = File::open(path).map_err(|error| cannot_read(path, &error))?;
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(most)).unwrap_or(0) + 1);
    file.take(most + 1).read_to_end(&mut bytes).map_err(|error| cannot_read(path, &error))?;
    too_large(&bytes, most, &format!("`{}`", shown(path)))?;
    Ok(bytes)
}

/// The text of a file of our own, a plan or a backup: a regular one and of bounded size.
pub(in crate::commands) fn read_text(path: &Path) -> io::Result<String> {
    const MOST: u64 = 512 << 20;
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    let mut text = String::new();
    File::open(path)?.take(MOST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MOST {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is larger than 512 MiB"));
    }
    Ok(text)
}

/// All of standard input, of bounded size. It is read once and kept: files are decoded again where a cluster turns
/// out to be another than was thought.
pub(in crate::commands) fn read_standard_input(most: u64) -> Result<Vec<u8>> {
    static READ: OnceLock<Vec<u8>> = OnceLock::new();
    if let Some(bytes) = READ.get() {
        return Ok(bytes.clone());
    }
    let mut bytes = Vec::new();
    io::stdin()
        .take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Error::invalid("cannot read standard input").caused_by(error))?;
    too_large(&bytes, most, "standard input")?;
    Ok(READ.get_or_init(|| bytes).clone())
}

/// Standard input ends: only one thing can come from it.
pub fn one_from_standard_input(given: &[(&str, bool)]) -> Result<()> {
    let names: Vec<&str> = given.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect();
    match names.as_slice() {
        [first, second, ..] => {
            Err(Error::invalid(format!("{first} and {second} both come from standard input"))
                .hint("save one of them to a file"))
        }
        _ => Ok(()),
    }
}

/// Whether `-` is among these.
pub fn is_standard_input<'a>(paths: impl IntoIterator<Item = &'a PathBuf>) -> bool {
    paths.into_iter().any(|path| path.as_os_str() == "-")
}

fn too_large(bytes: &[u8], most: u64, what: &str) -> Result<()> {
    if bytes.len() as u64 > most {
        return Err(Error::invalid(format!("{what} is larger than {} MiB", most >> 20))
            .hint("split it into several files"));
    }
    Ok(())
}

fn cannot_read(path: &Path, error: &io::Error) -> Error {
    Error::invalid(format!("cannot read `{}`", shown(path))).caused_by(error)
}

/// A path as messages show it.
pub(in crate::commands) fn shown(path: &Path) -> String {
    visible(&path.to_string_lossy()).into_owned()
}
