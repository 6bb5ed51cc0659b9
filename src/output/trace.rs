//! The request log: lines on standard error for `-v`, and in a file for `--log-file`.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::screen::Screen;
use crate::error::{Error, Result};
use crate::model::visible;
use crate::report::Style;

/// Takes a line for each request. Cheap to clone; one that is off costs nothing.
#[derive(Debug, Clone)]
pub struct Trace {
    screen: Option<Arc<Screen>>,
    file: Option<Arc<Mutex<File>>>,
    since: Instant,
}

impl Trace {
    pub(super) fn new(screen: Option<Arc<Screen>>, file: Option<File>) -> Self {
        Self { screen, file: file.map(|file| Arc::new(Mutex::new(file))), since: Instant::now() }
    }

    /// Whether anyone reads it; what is not read need not be put together.
    pub fn is_on(&self) -> bool {
        self.screen.is_some() || self.file.is_some()
    }

    /// Writes one line, with the seconds since the start before it. A log that cannot be written
    /// is no failure of the command.
    pub fn line(&self, text: &str) {
        if !self.is_on() {
            return;
        }
        let line = format!("{} {}", self.time(), visible(text));
        if let Some(screen) = &self.screen {
            screen.write(|out| {
                screen.painter.safe(out, Style::Dim, &line)?;
                out.write_all(b"\n")
            });
        }
        self.write(&line);
    }

    /// Writes into the file why the command failed; the screen is told by others.
    pub fn end(&self, why: &str) {
        self.write(&format!("{} failed: {}", self.time(), visible(why)));
    }

    fn time(&self) -> String {
        format!("{:9.3}s", self.since.elapsed().as_secs_f64())
    }

    fn write(&self, line: &str) {
        if let Some(file) = &self.file {
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = file.write_all(format!("{line}\n").as_bytes());
        }
    }
}

/// Opens a log to append to, readable by its owner only, and writes its first line: who writes it,
/// and when that began.
pub(super) fn open(path: &Path, first: &str) -> Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .and_then(|mut file| writeln!(file, "{}", visible(first)).map(|()| file))
        .map_err(|e| {
            Error::invalid(format!(
                "cannot write the log file `{}`",
                visible(&path.display().to_string())
            ))
            .caused_by(e)
            .hint("name a file in a folder that exists and is writable: `--log-file FILE`")
        })
}
