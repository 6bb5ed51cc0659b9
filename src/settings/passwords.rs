//! Passwords of contexts that came from another tool's file: each has a file of its own, in the folder
//! `passwords` beside the config file.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::config_file::{ConfigFile, Context};
use super::files;
use super::property::Value;
use super::secret::Source;

/// The folder beside the config file at `place`.
fn folder(place: &Path) -> PathBuf {
    place.parent().unwrap_or(Path::new("")).join("passwords")
}

/// A file that is not there yet, for the password of the context of this name. Two names may be spelled
/// alike as files, and two config files share the folder.
pub(super) fn vacant(place: &Path, name: &str) -> PathBuf {
    let safe = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    // At most 255 bytes make the name of a file; a letter has at most four.
    let name: String = name.trim_start_matches('.').chars().take(50).map(safe).collect();
    let name = if name.is_empty() { "context" } else { &name };
    let folder = folder(place);
    let absent = |file: &PathBuf| fs::symlink_metadata(file).is_err();
    let first = folder.join(name);
    if absent(&first) {
        return first;
    }
    let mut numbered = (2_u64..).map(|number| folder.join(format!("{name}-{number}")));
    numbered.find(absent).unwrap_or(first)
}

/// The file that goes with a context: kward made it, and no other context of the config file names it.
pub(super) fn going_with(config: &ConfigFile, place: &Path, name: &str) -> Option<PathBuf> {
    let folder = folder(place);
    let file = named(config.context(name)?).find(|file| file.parent() == Some(&*folder))?;
    let mut others = config.contexts.iter().filter(|context| context.name != name);
    let shared = others.any(|context| named(context).any(|other| other == file));
    (!shared).then(|| file.to_owned())
}

fn named(context: &Context) -> impl Iterator<Item = &Path> {
    context.layer.0.iter().filter_map(|property| match &property.value {
        Value::Later(Source::File(path)) => Some(path.as_path()),
        _ => None,
    })
}

/// Writes a new file that only its owner can read; one that is there already is left alone.
///
/// # Errors
///
/// What the system says; then nothing is left behind.
pub fn keep(path: &Path, password: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    files::create_private(path, password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_a_file_of_its_own_and_what_is_there_stays() {
        let home = tempfile::tempdir().unwrap();
        let place = home.path().join("config.toml");
        let mut names = Vec::new();
        let long = "ß".repeat(300);
        for name in ["eu/prod", "eu prod", "eu/prod", "..", ".", "/", &long, &long] {
            let file = vacant(&place, name);
            keep(&file, name).unwrap();
            assert!(keep(&file, "another").is_err(), "overwritten");
            assert_eq!(fs::read_to_string(&file).unwrap(), name);
            names.push(file.file_name().unwrap().to_str().unwrap().to_owned());
        }
        let cut = "ß".repeat(50);
        let cut_again = format!("{cut}-2");
        let expected =
            ["eu_prod", "eu_prod-2", "eu_prod-3", "context", "context-2", "_", &cut, &cut_again];
        assert_eq!(names, expected);
    }

    #[test]
    fn a_file_goes_with_the_only_context_that_names_it() {
        let place = Path::new("/home/me/.config/kward/config.toml");
        let text = "[contexts.a]\npassword-file = 'passwords/x'\n[contexts.b]\ntoken-file = \
                    '/home/me/.config/kward/passwords/x'\n[contexts.c]\npassword-file = \
                    'passwords/c'\n[contexts.d]\npassword-file = '/home/me/d'\n[contexts.e]\n";
        let environment = crate::settings::Environment::default();
        let config = ConfigFile::parse(text, place, place, &environment).unwrap();
        for (name, file) in [
            ("a", None),
            ("b", None),
            ("c", Some("/home/me/.config/kward/passwords/c")),
            ("d", None),
            ("e", None),
            ("none", None),
        ] {
            assert_eq!(going_with(&config, place, name), file.map(PathBuf::from), "{name}");
        }
    }
}
