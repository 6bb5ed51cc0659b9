//! Who a controller is and where it listens, out of the `server.properties` that it is started with and of the
//! `meta.properties` in its folder: what Kafka's `kafka-metadata-quorum add-controller` reads.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Settings, files, properties};
use crate::error::{Error, Result};
use crate::model::{DirectoryId, Listener, visible};

/// A controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Controller {
    /// `node.id`.
    pub id: i32,
    /// The id of the folder of its metadata log.
    pub directory: DirectoryId,
    /// Its listeners for controllers.
    pub listeners: Vec<Listener>,
}

const NAMED: &str = "`--controller-config`";

impl Settings {
    /// The controller that starts with this file, on this machine.
    pub fn controller(&self, path: &Path) -> Result<Controller> {
        let read = |path: &Path| {
            let bytes = files::read(path, files::MAX_SETTINGS, NAMED, self.environment.patience)?;
            File::parse(&bytes, &visible(&path.to_string_lossy()))
        };
        let file = read(path)?;
        let (id, listeners) = (file.id()?, file.listeners()?);
        let folder = Path::new(file.folder()?);
        let meta = folder.join("meta.properties");
        let directory = read(&meta).map_err(|error| {
            error.hint("format the folder first: `kafka-storage format`; or say `--directory-id`")
        })?;
        Ok(Controller { id, directory: directory.directory()?, listeners })
    }
}

/// A properties file. Of a key that is set twice the last value counts, as for Java.
struct File {
    name: String,
    values: BTreeMap<String, String>,
}

impl File {
    fn parse(bytes: &[u8], name: &str) -> Result<Self> {
        let entries = properties::parse(bytes)
            .map_err(|error| Error::invalid(format!("{name}:{}: {}", error.line, error.message)))?;
        let values = entries.into_iter().map(|entry| (entry.key, entry.value.trim().to_owned()));
        Ok(Self { name: name.to_owned(), values: values.collect() })
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn wanted(&self, key: &str) -> Result<&str> {
        self.get(key).ok_or_else(|| Error::invalid(format!("{} does not set `{key}`", self.name)))
    }

    fn id(&self) -> Result<i32> {
        let roles = self.wanted("process.roles")?;
        if !roles.split(',').any(|role| role.trim() == "controller") {
            return Err(Error::invalid(format!(
                "{}: `process.roles` is `{}`: that is no controller",
                self.name,
                visible(roles)
            )));
        }
        let text = self.wanted("node.id")?;
        text.parse().ok().filter(|id| *id >= 0).ok_or_else(|| {
            Error::invalid(format!("{}: `node.id` is no number from 0 on", self.name))
        })
    }

    /// The folder of the metadata log: by default the first that there is.
    fn folder(&self) -> Result<&str> {
        let first = |list| str::split(list, ',').next().unwrap_or_default().trim();
        self.get("metadata.log.dir")
            .or_else(|| self.get("log.dirs").map(first))
            .or_else(|| self.get("log.dir"))
            .ok_or_else(|| {
                Error::invalid(format!(
                    "{} sets none of `metadata.log.dir`, `log.dirs` and `log.dir`",
                    self.name
                ))
            })
    }

    fn directory(&self) -> Result<DirectoryId> {
        let text = self.wanted("directory.id")?;
        text.parse().map_err(|_| Error::invalid(format!("{}: `directory.id` is none", self.name)))
    }

    /// Those that `controller.listener.names` names, as they are advertised.
    fn listeners(&self) -> Result<Vec<Listener>> {
        let mut known: Vec<Listener> = Vec::new();
        for key in ["advertised.listeners", "listeners"] {
            for text in self.get(key).into_iter().flat_map(|list| list.split(',')) {
                let listener = text.trim().parse::<Listener>().map_err(|_| {
                    let text = visible(text);
                    Error::invalid(format!("{}: `{key}`: `{text}` is no listener", self.name))
                })?;
                known.push(listener);
            }
        }
        let names = self.wanted("controller.listener.names")?;
        let mut found = Vec::new();
        for name in names.split(',').map(|name| name.trim().to_uppercase()) {
            let listener = known.iter().find(|one| one.name == name).ok_or_else(|| {
                let name = visible(&name);
                Error::invalid(format!("{} does not say where `{name}` listens", self.name))
                    .hint("`listeners` or `advertised.listeners` of a controller names it")
            })?;
            if matches!(listener.host.as_str(), "" | "0.0.0.0" | "::") {
                return Err(Error::invalid(format!(
                    "{}: `{listener}` is every address of that machine, and the other controllers \
                     need one",
                    self.name
                ))
                .hint("set `advertised.listeners`, or name `--directory-id` and `--listener`"));
            }
            found.push(listener.clone());
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> File {
        File::parse(text.as_bytes(), "f").unwrap()
    }

    #[test]
    fn what_kafkas_tool_reads() {
        let text = "process.roles=broker, controller\nnode.id=1\nnode.id=4\nlog.dir=/a\nlog.dirs=/b,/c\n\
                    listeners=PLAINTEXT://:9092,controller://:9093\n\
                    advertised.listeners=PLAINTEXT://b4:9092,CONTROLLER://c4:9093\n\
                    controller.listener.names=CONTROLLER\n";
        let read = file(text);
        assert_eq!((read.id().unwrap(), read.folder().unwrap()), (4, "/b"));
        let listeners: Vec<String> =
            read.listeners().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(listeners, ["CONTROLLER://c4:9093"]);
        assert_eq!(file(&format!("{text}metadata.log.dir=/m")).folder().unwrap(), "/m");
        assert!(file("directory.id=ce1JLyEo7reNkYZLtXyk7A").directory().is_ok());
    }

    #[test]
    fn what_is_missing_is_named() {
        let message = |result: Result<Vec<Listener>>| result.unwrap_err().message().to_owned();
        let listeners = |text: &str| message(file(text).listeners());
        assert_eq!(listeners(""), "f does not set `controller.listener.names`");
        let named = "controller.listener.names=C\n";
        assert_eq!(listeners(named), "f does not say where `C` listens");
        assert!(listeners(&format!("{named}listeners=C://:1")).contains("every address"));
        assert!(listeners(&format!("{named}listeners=C")).contains("`C` is no listener"));
        assert_eq!(file("a=b").id().unwrap_err().message(), "f does not set `process.roles`");
        let broker = file("process.roles=broker\nnode.id=1").id().unwrap_err();
        assert!(broker.message().ends_with("that is no controller"));
        assert!(file("").folder().is_err() && file("").directory().is_err());
    }
}
