//! `cluster remove-controller`: takes the vote from a controller (DescribeQuorum, RemoveRaftVoter; needs ALTER on
//! the cluster, and DESCRIBE, which that implies).

use super::voters::{CURRENT_MS, Change, check_dynamic, listed, majority, subject};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::model::DirectoryId;
use crate::report::write::{Action, Status};
use crate::report::{Block, Line, Style};
use crate::topic::quorum::{Member, Quorum, spare};

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// `node.id`.
    pub id: i32,
    /// The folder of its log: it must be that one.
    pub directory: Option<DirectoryId>,
    /// Everything but the writing.
    pub dry_run: bool,
}

/// Shows who remains, asks, removes it.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if !request.dry_run {
        context.may_write()?;
    }
    let client = context.connect().await?;
    let (quorum, cluster) = tokio::join!(client.describe_quorum(), client.describe_cluster());
    let (quorum, cluster_id) = (quorum?, cluster?.id);
    check_dynamic(&quorum)?;
    let voter = find(&quorum, request)?;
    let remaining: Vec<&Member> = quorum.voters.iter().filter(|v| v.id != request.id).collect();
    check_majority(&quorum, voter.id, &remaining)?;
    let directory = voter.directory.unwrap_or(DirectoryId::ZERO);
    let listeners = voter.listeners.iter().map(ToString::to_string).collect();
    let controller = subject(voter.id, (directory.to_string(), listeners), remaining.len());
    let change = Change {
        cluster_id: cluster_id.clone(),
        dry_run: request.dry_run,
        controller,
        action: Action::Delete,
        verb: "remove",
        is_so: &|now: &Quorum| now.voters.iter().all(|voter| voter.id != request.id),
    };
    if request.dry_run {
        return Ok(change.planned(&client, Status::Planned).await);
    }
    let mut lines = vec![
        Line::styled(Style::Removed, format!("- voter {} (directory {directory})", voter.id)),
        Line::plain(format!("  then {}: {}", majority(remaining.len()), listed(&remaining))),
    ];
    if voter.id == quorum.leader {
        lines.push(Line::styled(
            Style::Warning,
            "  it is the active controller: another takes over",
        ));
    }
    context.preview(&[Block::Lines(lines)]);
    context.confirm(&format!("Remove controller {} from the quorum?", voter.id))?;
    // Whoever was asked may have taken their time: others may be gone by now.
    let now = client.until(context.deadline()).describe_quorum().await?;
    if now.voters.iter().any(|one| one.id == voter.id) {
        let remaining: Vec<&Member> = now.voters.iter().filter(|v| v.id != voter.id).collect();
        check_majority(&now, voter.id, &remaining)?;
    }
    let send = async |client: &crate::kafka::Client| {
        client.remove_voter(cluster_id.as_deref(), voter.id, directory).await
    };
    change.carry_out(context, &client, send).await
}

/// The voter that is meant.
fn find<'a>(quorum: &'a Quorum, request: &Request) -> Result<&'a Member> {
    let Request { id, .. } = request;
    let Some(voter) = quorum.voters.iter().find(|voter| voter.id == *id) else {
        let voters: Vec<&Member> = quorum.voters.iter().collect();
        let error = Error::failed(format!("controller {id} is no voter of the quorum"));
        let error = if quorum.observers.iter().any(|observer| observer.id == *id) {
            error.caused_by("it follows the metadata without a vote")
        } else {
            error
        };
        return Err(error.caused_by(format!("the voters are {}", listed(&voters))));
    };
    match (request.directory, voter.directory) {
        (Some(given), Some(known)) if given != known => Err(Error::failed(format!(
            "controller {id} votes with the directory {known}, not {given}"
        ))
        .hint("without a directory the voter with that id is meant")),
        _ => Ok(voter),
    }
}

/// A majority of those that remain has to be there: without it nothing is written any more.
fn check_majority(quorum: &Quorum, id: i32, remaining: &[&Member]) -> Result<()> {
    if remaining.is_empty() {
        return Err(Error::refused(format!(
            "controller {id} is the only voter, and one is needed"
        ))
        .hint("add another first: `kward cluster add-controller`"));
    }
    let (there, gone): (Vec<&Member>, Vec<&Member>) =
        remaining.iter().partition(|voter| quorum.is_current(voter, CURRENT_MS));
    let needed = remaining.len() - spare(remaining.len());
    if there.len() >= needed {
        return Ok(());
    }
    Err(Error::refused(format!("without controller {id} the quorum would have no majority"))
        .caused_by(format!(
            "of {} only {} would be there: {} {} not had all metadata for more than {} s",
            majority(remaining.len()),
            there.len(),
            listed(&gone),
            if gone.len() == 1 { "has" } else { "have" },
            CURRENT_MS / 1000
        ))
        .hint("bring those back that are behind, or remove those first"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(id: i32, caught_up: i64) -> Member {
        Member {
            id,
            directory: DirectoryId::of([u8::try_from(id).unwrap(); 16]),
            listeners: Vec::new(),
            end_offset: Some(10),
            last_fetch_ms: Some(caught_up),
            last_caught_up_ms: Some(caught_up),
        }
    }

    fn quorum(caught_up: &[i64]) -> Quorum {
        let voters = caught_up.iter().zip(1..).map(|(at, id)| member(id, *at)).collect();
        let observers = vec![member(9, 50_000)];
        Quorum { leader: 1, epoch: 1, high_watermark: 10, voters, observers }
    }

    fn majority_without(id: i32, quorum: &Quorum) -> Result<()> {
        let remaining: Vec<&Member> = quorum.voters.iter().filter(|v| v.id != id).collect();
        check_majority(quorum, id, &remaining)
    }

    #[test]
    fn a_majority_of_those_that_remain_has_to_be_there() {
        let all = quorum(&[50_000, 49_000, 50_000]);
        assert!(majority_without(3, &all).is_ok() && majority_without(1, &all).is_ok());
        let one_gone = quorum(&[50_000, 1_000, 50_000]);
        assert!(majority_without(2, &one_gone).is_ok(), "the one that is gone may go");
        let error = majority_without(3, &one_gone).unwrap_err();
        assert_eq!(
            error.causes(),
            [
                "of 2 voters, of which none may fail only 1 would be there: 2 has not had all metadata for more than \
              10 s"
            ]
        );
        let four = quorum(&[50_000, 1_000, 50_000, 50_000]);
        assert!(majority_without(4, &four).is_ok());
        assert!(majority_without(1, &quorum(&[50_000])).is_err());
    }

    #[test]
    fn the_voter_that_is_meant() {
        let quorum = quorum(&[50_000, 50_000]);
        let request = |id, directory| Request { id, directory, dry_run: false };
        let id = DirectoryId::of([2; 16]);
        assert_eq!(find(&quorum, &request(2, None)).unwrap().id, 2);
        assert_eq!(find(&quorum, &request(2, id)).unwrap().id, 2);
        assert!(find(&quorum, &request(1, id)).unwrap_err().message().contains(", not AgIC"));
        let error = find(&quorum, &request(9, None)).unwrap_err();
        assert_eq!(
            error.causes(),
            ["it follows the metadata without a vote", "the voters are 1, 2"]
        );
    }
}
