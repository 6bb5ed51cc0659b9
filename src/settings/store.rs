//! The config file of a run, for the commands about contexts: they get this and need not know how it
//! is found.

use std::fs;
use std::path::{Path, PathBuf};
use std::slice;

use secrecy::SecretString;

use super::config_file::{ConfigFile, Located};
use super::contexts::{self, Details, Edited, NewContext, Summary};
use super::foreign::{self, Tool};
use super::names::{self, Concept, Meaning};
use super::passwords;
use super::project::{self, Trusted};
use super::property::{Layer, Property, Value};
use super::resolve::{Settings, find, resolve, resolve_with};
use super::{Environment, connection, edit, files};
use crate::cli::global::Global;
use crate::error::{Error, Result};

/// The config file that the flags and the environment name.
#[derive(Debug, Clone, Copy)]
pub struct Store<'a> {
    global: &'a Global,
    environment: &'a Environment,
}

/// What a properties file gives a context.
#[derive(Debug, Clone, Default)]
pub struct Imported {
    /// `bootstrap.servers` or `bootstrap.controllers`.
    pub servers: Vec<String>,
    /// They are controllers.
    pub controllers: bool,
    /// Client properties that are no secrets; files are named by absolute paths.
    pub properties: Vec<(String, String)>,
    /// The file itself, absolute, where it holds secrets: they stay there.
    pub command_config: Option<String>,
    /// The names of all that it says, secrets too.
    pub keys: Vec<String>,
    /// Properties that mean nothing here.
    pub left_out: Vec<String>,
    /// What looks like a typing mistake in it.
    pub warnings: Vec<String>,
    /// What the cluster is called there.
    pub name: Option<String>,
    /// The password, where it stood in the open in a file that kward does not read again.
    pub password: Option<SecretString>,
}

impl<'a> Store<'a> {
    /// The config file of these flags and this environment.
    pub fn new(global: &'a Global, environment: &'a Environment) -> Self {
        Self { global, environment }
    }

    /// Every context, and warnings about the file.
    pub fn list(&self) -> Result<(Vec<Summary>, Vec<String>)> {
        contexts::list(self.global, self.environment)
    }

    /// One context, or the current one.
    pub fn show(&self, name: Option<&str>) -> Result<Details> {
        contexts::show(self.global, self.environment, name)
    }

    /// Adds a context.
    pub fn add(&self, new: &NewContext) -> Result<Edited> {
        edit::add(self.global, self.environment, new)
    }

    /// Makes a context the current one.
    pub fn use_context(&self, name: &str, dry_run: bool) -> Result<Edited> {
        edit::use_context(self.global, self.environment, name, dry_run)
    }

    /// What goes before the config file's current context here, where that names another cluster.
    pub fn overruled_by(&self, name: &str) -> Option<String> {
        let given = |variable| self.environment.get(variable).map(str::to_owned);
        if given("KWARD_CONTEXT").is_some_and(|other| other != name) {
            return Some("`KWARD_CONTEXT`".to_owned());
        }
        if given("KWARD_CONTEXT").is_none() && given("KWARD_BOOTSTRAP_SERVER").is_some() {
            return Some("`KWARD_BOOTSTRAP_SERVER`".to_owned());
        }
        project::naming_another(self.global, self.environment, name)
            .filter(|_| given("KWARD_CONTEXT").is_none())
            .map(|path| format!("`{}`", connection::shown(&path)))
    }

    /// Removes a context.
    pub fn remove(&self, name: &str, dry_run: bool) -> Result<Edited> {
        edit::remove(self.global, self.environment, name, dry_run)
    }

    /// Trusts a project file as it is now, or no longer.
    pub fn trust(&self, path: &Path, trusted: bool, dry_run: bool) -> Result<Trusted> {
        project::trust(self.environment, path, trusted, dry_run)
    }

    /// The settings of one context, and of the flags beside it; without a name, those of the flags and the
    /// environment.
    pub fn settings(&self, name: Option<&str>) -> Result<Settings> {
        let Some(name) = name else { return resolve(self.global, self.environment) };
        let config = ConfigFile::load(self.global, self.environment)?;
        find(&config, name, "the argument")?;
        let global = Global { context: Some(name.to_owned()), ..self.global.clone() };
        resolve_with(config, &global, self.environment)
    }

    /// Refuses the name of a context that is there.
    pub fn refuse_known(&self, name: &str) -> Result<()> {
        edit::refuse_known(self.global, self.environment, name)
    }

    /// The settings that a context would have, were it added.
    pub fn would_be(&self, new: &NewContext) -> Result<Settings> {
        let config: ConfigFile = edit::with(self.global, self.environment, new)?;
        // What the flags say stands in the context.
        let global = Global {
            context: Some(new.name.clone()),
            bootstrap_server: None,
            bootstrap_controller: None,
            command_config: None,
            properties: Vec::new(),
            ..self.global.clone()
        };
        resolve_with(config, &global, self.environment)
    }

    /// What [`Store::add`] would write, as it may be shown, and where.
    pub fn preview(&self, new: &NewContext) -> Result<(PathBuf, String)> {
        let located = Located::of(self.global, self.environment);
        Ok((located.map(|located| located.path).unwrap_or_default(), edit::preview(new)?))
    }

    /// `-b` or `--bootstrap-controller`, as a list; whether they are controllers.
    pub fn typed_servers(&self) -> (Vec<String>, bool) {
        let Global { bootstrap_server, bootstrap_controller, .. } = self.global;
        let typed = bootstrap_controller.as_deref().or(bootstrap_server.as_deref());
        let list = typed.unwrap_or_default().split(',').map(str::trim).filter(|s| !s.is_empty());
        (list.map(str::to_owned).collect(), bootstrap_controller.is_some())
    }

    /// `-X`, as it was typed.
    pub fn typed_properties(&self) -> Result<Vec<(String, String)>> {
        let layer = Layer::of_flags(&self.global.properties, &self.environment.cwd)?;
        Ok(layer.0.iter().map(|p| (p.key.clone(), p.text().to_owned())).collect())
    }

    /// A path that was typed, absolute: the config file may lie elsewhere.
    pub fn absolute(&self, path: &Path) -> String {
        let place = self.environment.path(&path.to_string_lossy(), &self.environment.cwd);
        place.to_string_lossy().into_owned()
    }

    /// What a client's properties file gives a context.
    pub fn import(&self, path: &Path) -> Result<Imported> {
        let place = self.environment.path(&path.to_string_lossy(), &self.environment.cwd);
        let bytes = files::read(
            &place,
            files::MAX_SETTINGS,
            "`--from-properties`",
            self.environment.patience,
        )?;
        let base = place.parent().unwrap_or(&self.environment.cwd);
        let layer = Layer::of_file(&bytes, path, base, self.environment)?;
        let mut imported = Imported::default();
        for property in &layer.0 {
            if !property.is_empty() {
                imported.keys.push(property.key.clone());
            }
            match names::meaning(&property.key) {
                // It is looked up each time that the file is read.
                _ if matches!(property.value, Value::LookedUp(_)) => {}
                Meaning::Used([Concept::Addresses]) if property.is_empty() => {}
                Meaning::Used([Concept::Addresses]) => {
                    if !imported.servers.is_empty()
                        && imported.controllers != property.names_controllers()
                    {
                        return Err(Error::invalid(format!(
                            "`{}` names brokers and controllers, which are two ways into the cluster",
                            connection::shown(path)
                        ))
                        .hint("keep one of them: `bootstrap.servers` or `bootstrap.controllers`"));
                    }
                    imported.controllers = property.names_controllers();
                    imported.servers = property
                        .text()
                        .split(',')
                        .map(|server| server.trim().to_owned())
                        .filter(|server| !server.is_empty())
                        .collect();
                }
                // Empty it switches the check of host names off.
                Meaning::Used([Concept::Hostname]) => self.take(&mut imported, property),
                Meaning::Used(_) | Meaning::Refused(_) if property.is_empty() => {}
                Meaning::Used(_) | Meaning::Refused(_) => self.take(&mut imported, property),
                Meaning::Unknown if names::nearest(&property.key).is_some() => {
                    imported.warnings.append(&mut connection::unknown(slice::from_ref(property)));
                }
                _ => imported.left_out.push(property.key.clone()),
            }
        }
        if layer.secrets().next().is_some() || layer.looks_up() {
            if !fs::metadata(&place).is_ok_and(|found| found.is_file()) {
                return Err(Error::invalid(format!(
                    "`{}` is a pipe and holds a secret: there is nothing that the context could name",
                    connection::shown(path)
                ))
                .hint("save it in a file that only you can read, and name that"));
            }
            // The file itself counts, and says so each time; only what it names beside the working folder
            // would be looked for elsewhere.
            imported.properties.retain(|(key, _)| {
                let mut same = layer.0.iter().filter(|property| property.key == *key);
                same.next_back().is_some_and(|property| self.is_in_working_folder(property))
            });
            let file = fs::canonicalize(&place).unwrap_or(place);
            imported.command_config = Some(file.to_string_lossy().into_owned());
            imported.left_out.clear();
            imported.warnings.clear();
        }
        for property in &layer.0 {
            if names_a_file(property) && !self.place_of(property).exists() {
                let file = self.place_of(property);
                imported.warnings.push(format!(
                    "`{}`, named by {}, is not there",
                    connection::shown(&file),
                    property.named()
                ));
            }
        }
        Ok(imported)
    }

    fn take(&self, imported: &mut Imported, property: &Property) {
        imported.properties.retain(|(key, _)| *key != property.key);
        imported.properties.push((property.key.clone(), self.value_of(property)));
    }

    /// What the config file of another tool gives a context: the cluster that `profile` names, or the
    /// tool's current one. Answers with what to warn of.
    pub fn import_from(
        &self,
        tool: Tool,
        path: &Path,
        profile: Option<&str>,
    ) -> Result<(Imported, Option<String>)> {
        let place = self.environment.path(&path.to_string_lossy(), &self.environment.cwd);
        let bytes = files::read(
            &place,
            files::MAX_SETTINGS,
            &format!("`{}`", tool.flag()),
            self.environment.patience,
        )?;
        let text = String::from_utf8_lossy(&bytes);
        let folder = place.parent().unwrap_or(&self.environment.cwd);
        let current = foreign::current_context_file(folder, self.environment);
        let current = fs::read_to_string(current).ok().filter(|_| tool == Tool::Kafkactl);
        let file = foreign::File { tool, path, folder, text: &text, current: current.as_deref() };
        let imported = file.import(profile, self.environment)?;
        let exposed = imported.password.as_ref().and_then(|_| files::exposed(&place, "a secret"));
        Ok((imported, exposed))
    }

    /// Where the password of a new context is to be kept that came from another tool.
    pub fn vacant_secret_file(&self, name: &str) -> Result<PathBuf> {
        let located = Located::of(self.global, self.environment).ok_or_else(|| {
            Error::invalid("there is no place for the password: no home folder is known")
                .hint("name a config file: `--config FILE`")
        })?;
        Ok(passwords::vacant(&located.place, name))
    }

    /// The file with the password of a context that goes when the context goes.
    pub fn own_secret_file(&self, name: &str) -> Result<Option<PathBuf>> {
        let config = ConfigFile::load(self.global, self.environment)?;
        let located = Located::of(self.global, self.environment);
        Ok(located.and_then(|located| passwords::going_with(&config, &located.place, name)))
    }

    /// The value, with a path made absolute.
    fn value_of(&self, property: &Property) -> String {
        if !names_a_file(property) {
            return property.text().to_owned();
        }
        self.place_of(property).to_string_lossy().into_owned()
    }

    /// Where the file is that a property names: beside the properties file or, when nothing is there, in the
    /// working folder, as Kafka's own tools have it.
    fn place_of(&self, property: &Property) -> PathBuf {
        let working = &self.environment.cwd;
        let base = if self.is_in_working_folder(property) { working } else { &property.base };
        self.environment.path(property.text(), base)
    }

    fn is_in_working_folder(&self, property: &Property) -> bool {
        let at = |base| self.environment.path(property.text(), base);
        names_a_file(property) && !at(&property.base).exists() && at(&self.environment.cwd).exists()
    }
}

fn names_a_file(property: &Property) -> bool {
    let probe = property.key == "ssl.ca.location" && property.text() == "probe";
    let used = matches!(names::meaning(&property.key), Meaning::Used(_));
    used && property.key.ends_with(".location") && !property.is_empty() && !probe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::tests::World;

    #[test]
    fn a_file_without_secrets_is_copied_and_one_with_them_is_named() {
        let world = World::new();
        let store_of = Global::default();
        let store = Store::new(&store_of, &world.environment);
        let file = world.file(
            "certs/client.properties",
            "bootstrap.servers=a:1, b:2\nsecurity.protocol=SSL\nssl.ca.location=ca.pem\nacks=all\n\
             ssl.endpoint.identification.algorithm=\nssl.key.location=\n",
        );
        let imported = store.import(&file).unwrap();
        assert_eq!(imported.servers, ["a:1", "b:2"]);
        let ca = world.path("certs/ca.pem").to_string_lossy().into_owned();
        assert_eq!(
            imported.properties,
            [
                ("security.protocol".to_owned(), "SSL".to_owned()),
                ("ssl.ca.location".to_owned(), ca),
                ("ssl.endpoint.identification.algorithm".to_owned(), String::new()),
            ]
        );
        assert_eq!(imported.left_out, ["acks"]);
        assert_eq!(imported.command_config, None);

        let file = world.file("with.properties", "bootstrap.servers=a:1\nsasl.password=hunter2\n");
        let imported = store.import(&file).unwrap();
        assert!(imported.command_config.is_some() && imported.properties.is_empty());
        assert!(!format!("{imported:?}").contains("hunter2"));
    }

    /// What was looked up would be written down in the open.
    #[test]
    fn a_file_whose_values_are_looked_up_is_named() {
        let world = World::new();
        let store_of = Global::default();
        let store = Store::new(&store_of, &world.environment);
        world.file("user", "hunter2");
        let file = world.file(
            "dir.properties",
            "sasl.username=${dir:.:user}\nbootstrap.servers=a:1\nconfig.providers=dir\n\
             config.providers.dir.class=org.apache.kafka.common.config.provider.DirectoryConfigProvider\n",
        );
        let imported = store.import(&file).unwrap();
        assert!(imported.command_config.is_some() && imported.properties.is_empty());
        assert!(imported.warnings.is_empty() && imported.left_out.is_empty(), "{imported:?}");
        assert!(!format!("{imported:?}").contains("hunter2"));
    }

    #[test]
    fn what_is_not_beside_the_file_is_in_the_working_folder() {
        let world = World::new();
        let store_of = Global::default();
        let store = Store::new(&store_of, &world.environment);
        let ca = world.file("ca.pem", "").to_string_lossy().into_owned();
        let key = world.file("props/key.pem", "").to_string_lossy().into_owned();
        let text =
            "ssl.ca.location=ca.pem\nssl.key.location=key.pem\nssl.certificate.location=c.pem\n";
        let lost = world.path("props/c.pem").to_string_lossy().into_owned();
        let warning = format!(
            "`{lost}`, named by `ssl.certificate.location` ({}:3), is not there",
            world.path("props/a.properties").display()
        );
        let pair = |key: &str, value: &String| (key.to_owned(), value.clone());

        let file = world.file("props/a.properties", text);
        let copied = store.import(&file).unwrap();
        let expected = [
            pair("ssl.ca.location", &ca),
            pair("ssl.key.location", &key),
            pair("ssl.certificate.location", &lost),
        ];
        assert_eq!(copied.properties, expected);
        assert_eq!(copied.warnings, slice::from_ref(&warning));

        // The file itself is named, and read from its own folder: what is not there is written down.
        let file = world.file("props/a.properties", &format!("{text}sasl.password=hunter2\n"));
        let named = store.import(&file).unwrap();
        assert_eq!(named.properties, [pair("ssl.ca.location", &ca)]);
        assert_eq!(named.warnings, [warning]);
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_with_a_secret_is_no_file_to_name() {
        let world = World::new();
        let store_of = Global::default();
        let store = Store::new(&store_of, &world.environment);
        let (read, mut write) = std::io::pipe().unwrap();
        std::io::Write::write_all(&mut write, b"sasl.password=hunter2\n").unwrap();
        drop(write);
        let number = std::os::fd::AsRawFd::as_raw_fd(&read);
        let error = store.import(Path::new(&format!("/dev/fd/{number}"))).unwrap_err();
        assert!(error.message().contains("is a pipe and holds a secret"), "{error:?}");
    }
}
