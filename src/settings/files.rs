//! Reading what settings name: bounded in size and time, and with errors that say who named it.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use super::client_config::Origin;
use crate::error::{Error, Result};
use crate::model::visible;

/// The most that a properties or config file may have: 1 MiB.
pub(super) const MAX_SETTINGS: u64 = 1 << 20;
/// The most that PEM text may have: a system's whole list of roots has about 250 KiB.
pub(super) const MAX_PEM: u64 = 4 << 20;
/// The most that a password may have.
pub(super) const MAX_SECRET: u64 = 64 << 10;

/// How long a pipe is waited for where nothing says how long the command may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads a file of at most `limit` bytes. `named` says who named it: `--command-config`. A pipe (`<(…)`,
/// `mkfifo`) is waited for that long.
pub(super) fn read(
    path: &Path,
    limit: u64,
    named: &str,
    patience: Option<Duration>,
) -> Result<Vec<u8>> {
    let fail = |error: &io::Error| {
        let shown = path.to_string_lossy();
        let failed = Error::invalid(format!("cannot read `{}`, named by {named}", visible(&shown)))
            .caused_by(reason(error));
        match error.kind() {
            io::ErrorKind::NotFound if path.is_relative() => failed,
            io::ErrorKind::NotFound => failed.hint("check the path; `~/` is the home folder"),
            io::ErrorKind::PermissionDenied => {
                failed.hint(format!("make it readable: `chmod u+r {}`", visible(&shown)))
            }
            io::ErrorKind::TimedOut => failed.hint(
                "have a program write into it and end, or name a regular file; `--timeout` says how long it \
                 may take",
            ),
            _ => failed,
        }
    };
    let read = if is_pipe(path) {
        read_pipe(path.to_owned(), limit, patience.unwrap_or(PATIENCE))
    } else {
        read_at_most(path, limit)
    };
    let bytes = read.map_err(|error| fail(&error))?;
    if bytes.len() as u64 > limit {
        return Err(Error::invalid(format!(
            "`{}`, named by {named}, is larger than {limit} bytes",
            visible(&path.to_string_lossy())
        )));
    }
    Ok(bytes)
}

fn read_at_most(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    take(File::open(path)?, limit)
}

fn take(file: File, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opening one waits for who writes, and reading for what is written. Both are left to a thread, which
/// stays behind when that takes too long.
fn read_pipe(path: PathBuf, limit: u64, patience: Duration) -> io::Result<Vec<u8>> {
    let (tell_opened, opened) = mpsc::channel();
    let (tell_read, read) = mpsc::channel();
    std::thread::spawn(move || {
        let file = File::open(path);
        let _ = tell_opened.send(());
        let _ = tell_read.send(file.and_then(|file| take(file, limit)));
    });
    let late = |what: &str| {
        let why = format!("it is a pipe, and {what} within {patience:?}");
        io::Error::new(io::ErrorKind::TimedOut, why)
    };
    opened.recv_timeout(patience).map_err(|_| late("nothing opened it to write into it"))?;
    // Who writes may ask at the terminal, and waits for the answer as long as it takes.
    let read = if is_attended() { read.recv().ok() } else { read.recv_timeout(patience).ok() };
    read.ok_or_else(|| late("what writes into it did not end"))?
}

/// Whether somebody is at a terminal, whom a program could ask.
pub(super) fn is_attended() -> bool {
    File::open("/dev/tty").is_ok()
}

#[cfg(unix)]
fn is_pipe(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo())
}

#[cfg(not(unix))]
fn is_pipe(_: &Path) -> bool {
    false
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => error.to_string(),
    }
}

/// A warning when a file with secrets can be read by others than its owner.
pub(super) fn exposed(path: &Path, what: &str) -> Option<String> {
    let mode = mode_for_others(path)?;
    let shown = path.to_string_lossy();
    let shown = visible(&shown);
    Some(format!(
        "`{shown}` holds {what} and others can read it (mode {mode:03o}); `chmod 600 {shown}`"
    ))
}

#[cfg(unix)]
fn mode_for_others(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    // Pipes (`<(…)`) and devices have no readers but this one.
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let mode = metadata.permissions().mode() & 0o777;
    (mode & 0o044 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn mode_for_others(_: &Path) -> Option<u32> {
    None
}

/// Writes a file whole or not at all, readable by its owner only: first beside the place, then
/// into it. Of a link, what it leads to is replaced; a device or a pipe is not replaced by a file.
pub fn write_private(path: &Path, text: &str) -> io::Result<()> {
    if is_open_file(path) {
        let why =
            "it is an open file of this program, as standard output is, and not one to be replaced";
        return Err(io::Error::other(why));
    }
    // One that leads to what is not there yet as well.
    let link = || fs::read_link(path).ok().map(|leads| path.with_file_name(leads));
    let path = path.canonicalize().ok().or_else(link).unwrap_or_else(|| path.to_owned());
    if fs::metadata(&path).is_ok_and(|found| !found.is_file()) {
        return Err(io::Error::other("it is there and is no regular file"));
    }
    replace_private(&path, text)
}

/// The same where a link itself is replaced: for files that nobody names, where a link is nobody's wish.
pub fn replace_private(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let written = create_private(&part, text).and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written
}

/// Whether a path leads to what a process has open (`/dev/stdout`, `/dev/fd/3`): behind that may be any file.
fn is_open_file(path: &Path) -> bool {
    const LINKS: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        if ["/dev/stdin", "/dev/stdout", "/dev/stderr"].iter().any(|name| path == Path::new(name))
            || path.starts_with("/dev/fd")
            || path.starts_with("/proc")
        {
            return true;
        }
        let Ok(target) = fs::read_link(&path) else { return false };
        path = path.parent().unwrap_or(Path::new("/")).join(target);
    }
    false
}

/// Writes a new file that only its owner can read; one that is there already is left alone, and nothing is
/// left behind where it cannot be written.
pub(super) fn create_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    // Whatever the umask leaves of the mode above.
    #[cfg(unix)]
    let allowed = file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600));
    #[cfg(not(unix))]
    let allowed = Ok(());
    let written =
        allowed.and_then(|()| file.write_all(text.as_bytes())).and_then(|()| file.sync_all());
    if written.is_err() {
        let _ = fs::remove_file(path);
    }
    written
}

/// As [`write_private`]; folders on the way are made.
pub fn store_private(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.canonicalize().unwrap_or_else(|_| path.to_owned()).parent() {
        fs::create_dir_all(folder)?;
    }
    write_private(path, text)
}

/// `` `ssl.ca.location` (client.properties:3) ``
pub(super) fn named(key: &str, origin: &Origin) -> String {
    format!("`{}` ({origin})", visible(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn what_is_open_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("out");
        std::os::unix::fs::symlink("/dev/stdout", &link).unwrap();
        for path in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", link.to_str().unwrap()] {
            let error = write_private(Path::new(path), "x").unwrap_err();
            assert!(error.to_string().contains("an open file of this program"), "{path}: {error}");
        }
        let place = folder.path().join("place");
        std::os::unix::fs::symlink("place", folder.path().join("link")).unwrap();
        write_private(&place, "x").unwrap();
        write_private(&folder.path().join("link"), "y").unwrap();
        assert_eq!(fs::read_to_string(place).unwrap(), "y");
    }

    #[test]
    fn errors_name_the_file_and_who_named_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("absent");
        let error = read(&path, 10, "`--command-config`", None).unwrap_err();
        assert!(error.message().contains("absent`, named by `--command-config`"), "{error}");
        assert_eq!(error.causes(), ["there is no such file"]);
        let error = read(folder.path(), 10, "x", None).unwrap_err();
        assert_eq!(error.causes(), ["it is a folder"]);
    }

    #[test]
    fn sizes_are_bounded() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "0123456789").unwrap();
        assert_eq!(read(file.path(), 10, "x", None).unwrap(), b"0123456789");
        assert!(
            read(file.path(), 9, "x", None).unwrap_err().message().contains("larger than 9 bytes")
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_waited_for_and_not_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let [pipe, served] = ["pipe", "served"].map(|name| {
            let pipe = folder.path().join(name);
            assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
            pipe
        });
        let short = Some(Duration::from_millis(50));
        let error = read(&pipe, 10, "`x`", short).unwrap_err();
        assert!(error.message().ends_with("pipe`, named by `x`"), "{error}");
        let why = "it is a pipe, and nothing opened it to write into it within 50ms";
        assert_eq!(error.causes(), [why]);
        let writer = std::thread::spawn({
            let served = served.clone();
            move || fs::write(served, "hunter2")
        });
        assert_eq!(read(&served, 100, "`x`", None).unwrap(), b"hunter2");
        writer.join().unwrap().unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn who_can_read_a_secret() {
        use std::os::unix::fs::PermissionsExt;
        let file = tempfile::NamedTempFile::new().unwrap();
        for (mode, warned) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true)] {
            let permissions = fs::Permissions::from_mode(mode);
            fs::set_permissions(file.path(), permissions).unwrap();
            assert_eq!(exposed(file.path(), "a password").is_some(), warned, "{mode:o}");
        }
    }
}
