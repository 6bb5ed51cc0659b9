//! What is wrong with a command line, in the form that the command line asks for.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::ValueEnum;

use crate::cli::global;
use crate::error::{Error, Kind};
use crate::output::{Format, Options, Ui};

/// What clap says: help and version are answers, the rest is wrong usage.
pub fn answer(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    if error.use_stderr() {
        match format_of(arguments) {
            Some(format) => {
                Ui::new(Options { format, ..Options::default() }).error(&as_ours(error));
            }
            // Where nobody can be told, the status says it.
            None => drop(error.print()),
        }
        return ExitCode::from(Kind::Invalid.code());
    }
    match error.print() {
        Err(failure) if failure.kind() != std::io::ErrorKind::BrokenPipe => {
            let error = Error::failed("cannot write to standard output").caused_by(failure);
            Ui::new(Options::default()).error(&error);
            ExitCode::from(error.kind().code())
        }
        _ => ExitCode::SUCCESS,
    }
}

/// The format for programs that `-o` names, in a command line that does not parse.
fn format_of(arguments: &[OsString]) -> Option<Format> {
    let mut words = arguments.iter().map(|word| word.to_string_lossy());
    let mut format = None;
    while let Some(word) = words.next().filter(|word| word != "--") {
        let value = match word.strip_prefix("--output").or_else(|| word.strip_prefix("-o")) {
            Some("") => words.next().unwrap_or_default().into_owned(),
            Some(value) => value.strip_prefix('=').unwrap_or(value).to_owned(),
            None => continue,
        };
        format = global::Format::from_str(&value, true).ok();
    }
    match format? {
        global::Format::Json => Some(Format::Json),
        global::Format::Github => Some(Format::Github),
        _ => None,
    }
}

/// Clap's paragraphs: what is wrong, tips, the usage, where to read on.
fn as_ours(error: &clap::Error) -> Error {
    let text = error.render().to_string();
    let mut paragraphs = text.split("\n\n").map(str::trim).filter(|text| !text.is_empty());
    let lines = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let message = lines(paragraphs.next().unwrap_or_default());
    let message = message.strip_prefix("error: ").unwrap_or(&message);
    paragraphs.fold(Error::invalid(message), |error, paragraph| {
        if paragraph.starts_with("For more information") {
            return error;
        }
        error.hint(lines(paragraph.strip_prefix("tip: ").unwrap_or(paragraph)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(line: &str) -> Option<Format> {
        let words: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        format_of(&words)
    }

    #[test]
    fn the_last_format_for_programs_counts() {
        for line in
            ["-o json", "-ojson", "-o=json", "--output json", "--output=JSON", "-o wide -o json"]
        {
            assert_eq!(format(&format!("kward acl lst {line}")), Some(Format::Json), "{line}");
        }
        for line in ["", "-o", "-o jsn", "-o table", "-o json -o wide", "-- -o json"] {
            assert_eq!(format(&format!("kward acl lst {line}")), None, "{line}");
        }
    }
}
