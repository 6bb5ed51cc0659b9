//! Names on disk, a file for each kind and cluster: how old they are is the file's own time. Any
//! number of shells may read while one process writes.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Candidate, Names};
use crate::settings::replace_private;

/// The most that is read of a file: names of a hundred thousand topics have less.
const LARGEST: u64 = 32 << 20;

/// The place of one kind of names of one cluster.
#[derive(Debug, Clone)]
pub(super) struct Shelf {
    names: PathBuf,
    failed: PathBuf,
    lock: PathBuf,
}

impl Shelf {
    /// `identity` says which cluster and as whom.
    pub fn new(folder: &Path, identity: &str, names: Names) -> Self {
        let file =
            |end: &str| folder.join("completion").join(format!("{identity}.{}{end}", names.word()));
        Self { names: file(""), failed: file(".failed"), lock: file(".lock") }
    }

    /// The names, and how old they are.
    pub fn read(&self) -> Option<(Vec<Candidate>, Duration)> {
        let age = age(&self.names)?;
        if fs::metadata(&self.names).ok()?.len() > LARGEST {
            return None;
        }
        let text = fs::read_to_string(&self.names).ok()?;
        let candidates = text.lines().map(|line| {
            let (value, about) = line.split_once('\t').unwrap_or((line, ""));
            Candidate { value: value.to_owned(), about: about.to_owned() }
        });
        Some((candidates.collect(), age))
    }

    /// How long ago the cluster last did not answer, if it has not answered since.
    pub fn failed(&self) -> Option<Duration> {
        age(&self.failed)
    }

    /// The right to ask the cluster, unless somebody else has it; an error where nothing can be kept.
    pub fn lock(&self) -> io::Result<Option<File>> {
        if let Some(folder) = self.lock.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = File::options().create(true).truncate(false).write(true).open(&self.lock)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Writes what the cluster answered. Names that no line can hold are left out.
    pub fn store(&self, candidates: &[Candidate]) {
        let mut text = String::new();
        for Candidate { value, about } in candidates {
            if !value.chars().chain(about.chars()).any(char::is_control) {
                text += value;
                text.push('\t');
                text += about;
                text.push('\n');
            }
        }
        // Nobody can be told of a failure; the next Tab tries again.
        let _ = write(&self.names, &text);
        let _ = fs::remove_file(&self.failed);
    }

    /// Notes that the cluster did not answer.
    pub fn fail(&self) {
        let _ = write(&self.failed, "");
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    replace_private(path, text)
}

/// `None` when there is no such file. A clock may go back a little; what is further in the future is as old
/// as can be, or it would stay young for as long.
fn age(path: &Path) -> Option<Duration> {
    const LITTLE: Duration = Duration::from_secs(10);
    let modified = fs::metadata(path).ok()?.modified().ok()?;
    Some(modified.elapsed().unwrap_or_else(|ahead| {
        if ahead.duration() < LITTLE { Duration::ZERO } else { Duration::MAX }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_and_a_failure_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(folder.path(), "abc", Names::Topics);
        assert!(shelf.read().is_none() && shelf.failed().is_none());
        shelf.fail();
        assert!(shelf.failed().is_some());
        shelf.store(&[
            Candidate::new("a b", "x"),
            Candidate::new("c", ""),
            Candidate::new("d\ne", ""),
        ]);
        let (names, age) = shelf.read().unwrap();
        assert_eq!(names, [Candidate::new("a b", "x"), Candidate::new("c", "")]);
        assert!(age < Duration::from_mins(1) && shelf.failed().is_none());
        let other = Shelf::new(folder.path(), "abc", Names::Groups);
        assert!(other.read().is_none());
    }

    #[test]
    fn a_link_is_replaced_and_a_time_to_come_is_no_age() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(folder.path(), "abc", Names::Topics);
        let other = folder.path().join("other");
        fs::write(&other, "kept").unwrap();
        drop(shelf.lock().unwrap());
        #[cfg(unix)]
        std::os::unix::fs::symlink(&other, &shelf.names).unwrap();
        shelf.store(&[Candidate::new("c", "")]);
        assert_eq!(fs::read_to_string(&other).unwrap(), "kept");
        assert_eq!(shelf.read().unwrap().0, [Candidate::new("c", "")]);

        let file = File::options().write(true).open(&shelf.names).unwrap();
        let to_come = file.metadata().unwrap().modified().unwrap() + Duration::from_hours(1);
        file.set_modified(to_come).unwrap();
        assert_eq!(shelf.read().unwrap().1, Duration::MAX);
    }

    #[test]
    fn only_one_may_ask() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(folder.path(), "abc", Names::Topics);
        let held = shelf.lock().unwrap().unwrap();
        assert!(shelf.lock().unwrap().is_none());
        drop(held);
        assert!(shelf.lock().unwrap().is_some());
        let nowhere = Shelf::new(Path::new("/dev/null/x"), "abc", Names::Topics);
        assert!(nowhere.lock().is_err());
    }
}
