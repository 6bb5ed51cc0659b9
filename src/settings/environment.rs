//! What the process was given besides its arguments, handed in so that tests decide it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::config_file::parse_patience;

/// Environment variables, the home folder and the working folder.
///
/// `Debug` shows names of variables only: values may be secrets.
#[derive(Clone, Default)]
pub struct Environment {
    /// The variables. One that is empty counts as absent everywhere.
    pub variables: BTreeMap<String, String>,
    /// The home folder, for `~` and the default places.
    pub home: Option<PathBuf>,
    /// What relative paths on the command line are relative to.
    pub cwd: PathBuf,
    /// How long a pipe is waited for, and a program that prints a secret where nobody is there whom it
    /// could ask.
    pub patience: Option<Duration>,
}

impl Environment {
    /// The real one. Nothing else in the program reads it.
    pub fn from_process() -> Self {
        Self {
            variables: std::env::vars_os()
                .map(|(name, value)| (lossy(name), lossy(value)))
                .collect(),
            home: std::env::home_dir().filter(|home| home.is_absolute()),
            cwd: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            patience: None,
        }
    }

    /// The value of a variable that is there and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// `KWARD_COMPLETION_TIMEOUT`.
    pub fn completion_timeout(&self) -> Option<Duration> {
        parse_patience(self.get("KWARD_COMPLETION_TIMEOUT")?).ok()
    }

    /// `path` with `~/` expanded, relative to `base`.
    pub fn path(&self, path: &str, base: &Path) -> PathBuf {
        match (path.strip_prefix('~'), &self.home) {
            (Some(""), Some(home)) => home.clone(),
            (Some(rest), Some(home)) if rest.starts_with('/') => {
                home.join(rest.trim_start_matches('/'))
            }
            _ => base.join(path),
        }
    }

    /// A folder of the XDG base directory specification, with `kward` at its end.
    pub(super) fn xdg(&self, variable: &str, fallback: &str) -> Option<PathBuf> {
        let named = self.get(variable).map(PathBuf::from).filter(|path| path.is_absolute());
        let folder = named.or_else(|| self.home.as_ref().map(|home| home.join(fallback)))?;
        Some(folder.join("kward"))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.keys())
            .field("home", &self.home)
            .field("cwd", &self.cwd)
            .field("patience", &self.patience)
            .finish()
    }
}

fn lossy(text: OsString) -> String {
    text.into_string().unwrap_or_else(|text| text.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment {
            variables: variables.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect(),
            home: Some("/home/ana".into()),
            patience: None,
            cwd: "/srv".into(),
        }
    }

    #[test]
    fn paths() {
        let environment = environment(&[]);
        for (path, expected) in [
            ("a/b", "/etc/a/b"),
            ("/a", "/a"),
            ("~/a", "/home/ana/a"),
            ("~", "/home/ana"),
            ("~bo/a", "/etc/~bo/a"),
            ("a/~", "/etc/a/~"),
        ] {
            assert_eq!(environment.path(path, Path::new("/etc")), Path::new(expected), "{path}");
        }
    }

    #[test]
    fn folders() {
        let xdg = |variables| environment(variables).xdg("XDG_STATE_HOME", ".local/state").unwrap();
        assert_eq!(xdg(&[]), Path::new("/home/ana/.local/state/kward"));
        assert_eq!(xdg(&[("XDG_STATE_HOME", "")]), Path::new("/home/ana/.local/state/kward"));
        assert_eq!(
            xdg(&[("XDG_STATE_HOME", "not/absolute")]),
            Path::new("/home/ana/.local/state/kward")
        );
        assert_eq!(xdg(&[("XDG_STATE_HOME", "/s")]), Path::new("/s/kward"));
        assert_eq!(Environment::default().xdg("XDG_STATE_HOME", ".local/state"), None);
    }

    #[test]
    fn values_are_not_in_debug() {
        let debug = format!("{:?}", environment(&[("SECRET", "hunter2")]));
        assert!(debug.contains("SECRET") && !debug.contains("hunter2"));
    }
}
