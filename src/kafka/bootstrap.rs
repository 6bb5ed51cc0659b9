//! The first connection: every bootstrap server is tried, the first with a short head start, then
//! all at once; whoever is ready first serves.

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::error::Error;
use crate::settings::Address;

use super::connection::Connection;
use super::deadline::Deadline;
use super::dial::{HEAD_START, show_address};
use super::fault::{Fault, Nature, Outcome};
use super::setup::{Setup, open};

/// Connects to the first bootstrap server that lets us in.
pub(super) async fn connect(setup: &Arc<Setup>, deadline: Deadline) -> Outcome<Connection> {
    let servers = &setup.config.bootstrap;
    match servers.as_slice() {
        [] => Err(Fault::everywhere(
            Error::invalid("no bootstrap server is given").hint("give one with `-b HOST:PORT`"),
        )),
        [only] => open(setup, only, deadline).await,
        [first, others @ ..] => race(setup, first, others, deadline).await,
    }
}

async fn race(
    setup: &Arc<Setup>,
    first: &Address,
    others: &[Address],
    deadline: Deadline,
) -> Outcome<Connection> {
    let mut under_way = JoinSet::new();
    let start = |under_way: &mut JoinSet<_>, server: &Address| {
        let (setup, server) = (Arc::clone(setup), server.clone());
        under_way.spawn(async move {
            let outcome = open(&setup, &server, deadline).await;
            (server, outcome)
        });
    };
    start(&mut under_way, first);
    let mut held_back = Some(others);
    let mut failures: Vec<(Address, Fault)> = Vec::new();
    loop {
        tokio::select! {
            ended = under_way.join_next() => match ended {
                Some(Ok((_, Ok(connection)))) => return Ok(connection),
                // Wrong credentials are wrong everywhere: no second attempt that could lock them.
                Some(Ok((_, Err(fault)))) if ends_the_race(&fault) => {
                    return Err(with_others(fault, &failures));
                }
                Some(Ok((server, Err(fault)))) => failures.push((server, fault)),
                None if held_back.is_none() => return Err(none_reached(&failures)),
                Some(Err(_)) | None => {}
            },
            () = tokio::time::sleep(HEAD_START), if held_back.is_some() => {}
        }
        for server in held_back.take().into_iter().flatten() {
            start(&mut under_way, server);
        }
    }
}

fn ends_the_race(fault: &Fault) -> bool {
    matches!(fault.nature, Nature::Everywhere | Nature::Deadline)
}

/// Time ran out with one server; what is known of the others may be what has to be mended.
fn with_others(mut fault: Fault, failures: &[(Address, Fault)]) -> Fault {
    if fault.nature == Nature::Deadline {
        fault.error = tell(fault.error, failures);
    }
    fault
}

fn none_reached(failures: &[(Address, Fault)]) -> Fault {
    let all =
        Error::failed(format!("none of the {} bootstrap servers could be used", failures.len()));
    let all = tell(all, failures);
    if failures.iter().any(|(_, fault)| fault.is_passing()) {
        Fault::elsewhere(all)
    } else {
        Fault::here(all)
    }
}

/// Adds what became of each server.
fn tell(mut all: Error, failures: &[(Address, Fault)]) -> Error {
    for (server, fault) in failures {
        let causes = fault.error.causes().join(": ");
        let message = fault.error.message();
        let shown = show_address(server);
        let text =
            if causes.is_empty() { message.to_owned() } else { format!("{message}: {causes}") };
        // Most messages name the server already.
        all =
            all.caused_by(if text.contains(&shown) { text } else { format!("`{shown}`: {text}") });
    }
    let mut hints: Vec<&String> = failures.iter().flat_map(|(_, f)| f.error.hints()).collect();
    hints.sort_unstable();
    hints.dedup();
    for hint in hints {
        all = all.hint(hint.clone());
    }
    all
}
