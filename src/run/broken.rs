//! What happens when kward itself is wrong: a panic. Its message may hold anything, a secret too, and is
//! never printed; where it happened is.

use std::any::Any;
use std::backtrace::Backtrace;
use std::ffi::OsString;
use std::panic::{self, PanicHookInfo};
use std::process::ExitCode;

use crate::error::{Error, Kind};
use crate::model::visible;
use crate::output::{Options, Ui};

/// Runs the program; a panic becomes an error and the status of an unfinished work.
pub fn guarded(run: impl FnOnce() -> ExitCode + panic::UnwindSafe) -> ExitCode {
    panic::set_hook(Box::new(|panic| Ui::new(Options::default()).error(&error(panic))));
    panic::catch_unwind(run)
        .unwrap_or_else(|_: Box<dyn Any + Send>| ExitCode::from(Kind::Unfinished.code()))
}

fn error(panic: &PanicHookInfo<'_>) -> Error {
    let place = panic.location().map_or_else(
        || "an unknown place".to_owned(),
        |place| format!("`{}:{}:{}`", visible(place.file()), place.line(), place.column()),
    );
    let error =
        Error::new(Kind::Unfinished, format!("kward has a mistake, and stopped at {place}"))
            .hint("whether anything was written is not known: look before you run it again")
            .hint("please report it with the output of `kward bug-report`, which holds no secrets");
    // Names of functions, no values.
    let trace = Backtrace::capture();
    match trace.status() {
        std::backtrace::BacktraceStatus::Captured => error.caused_by(trace),
        _ => error,
    }
}

/// For the tests of this: `__panic TEXT` panics with the text, in builds for developers only.
pub fn rehearse(arguments: &[OsString]) {
    let asked = cfg!(debug_assertions) && arguments.get(1).is_some_and(|word| word == "__panic");
    assert!(!asked, "{:?}", arguments.get(2));
}
