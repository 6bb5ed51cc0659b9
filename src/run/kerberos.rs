//! The process that speaks Kerberos for a connection (see `settings::kerberos`): it gets a broker's
//! tokens on standard input and gives this client's on standard output.

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use crate::kafka::gssapi::Client;
use crate::settings::kerberos::{HELPER, Word, receive, send};

/// Whether the program was started for that; then it has done so.
pub fn intercept(arguments: &[OsString]) -> Option<ExitCode> {
    let words: Vec<&str> = arguments.iter().skip(1).map_while(|word| word.to_str()).collect();
    let (HELPER, [service, host, principal @ ..]) = words.split_first().map(|(f, r)| (*f, r))?
    else {
        return None;
    };
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let mut client = Client::new(service, host, principal.first().copied());
    // The pipes end with whom it works for.
    while let Ok(Word::Token(token)) = receive(&mut input) {
        let said = match &mut client {
            Ok(client) => client.step(&token),
            Err(why) => Word::Failed(why.clone()),
        };
        if send(&mut output, &said).is_err() || !matches!(said, Word::Token(_)) {
            break;
        }
    }
    Some(ExitCode::SUCCESS)
}
