//! Pages of the manual on a terminal, typeset by what the system has for that.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// Shows a page, paged or all of it at once; false where nothing can typeset it.
pub(super) fn show(page: &str, paged: bool) -> bool {
    let more: &[&str] = if paged { &["-a"] } else { &[] };
    // man-db reads a page from standard input; where `man` does not, it fails, and mandoc may be there.
    typeset("man", &["-l", "-"], page, paged) || typeset("mandoc", more, page, paged)
}

fn typeset(program: &str, arguments: &[&str], page: &str, paged: bool) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stderr(Stdio::null());
    if !paged {
        command.env("MANPAGER", "cat");
    }
    let Ok(mut child) = command.spawn() else { return false };
    if let Some(mut pipe) = child.stdin.take() {
        // Whoever has read enough does not take all of it.
        let _ = pipe.write_all(page.as_bytes());
    }
    child.wait().is_ok_and(|status| status.success() || status.code().is_none())
}
