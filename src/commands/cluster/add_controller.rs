//! `cluster add-controller`: gives a controller a vote (DescribeQuorum, AddRaftVoter; needs ALTER on the cluster, and
//! DESCRIBE, which that implies).

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::voters::{Change, check_dynamic, subject};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::model::{DirectoryId, Listener, visible};
use crate::report::write::{Action, Status};
use crate::settings::Controller;
use crate::topic::quorum::{Member, Quorum};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `node.id`, where it is given.
    pub id: Option<i32>,
    /// The file that the controller starts with.
    pub config: Option<PathBuf>,
    /// The folder of its log, where it is given.
    pub directory: Option<DirectoryId>,
    /// Where it listens.
    pub listeners: Vec<Listener>,
    /// Everything but the writing.
    pub dry_run: bool,
}

/// What is known of the new one before the cluster is asked.
struct Wanted {
    id: i32,
    directory: Option<DirectoryId>,
    listeners: Vec<Listener>,
}

/// Finds out who it is, and adds it.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    if !request.dry_run {
        context.may_write()?;
    }
    let file = request.config.as_ref().map(|path| context.settings.controller(path)).transpose()?;
    let wanted = wanted(request, file)?;
    let client = context.connect().await?;
    let (quorum, cluster) = tokio::join!(client.describe_quorum(), client.describe_cluster());
    let (quorum, cluster_id) = (quorum?, cluster?.id);
    check_dynamic(&quorum)?;
    let id = wanted.id;
    let shown = |directory: DirectoryId, listeners: &[Listener]| {
        (directory.to_string(), listeners.iter().map(ToString::to_string).collect())
    };
    let (directory, controller) = if let Some((voter, directory)) = existing(&quorum, &wanted)? {
        (None, subject(id, shown(directory, &voter.listeners), quorum.voters.len()))
    } else {
        let directory = directory(&quorum, &wanted)?;
        check_listeners(&quorum, &wanted)?;
        let member = shown(directory, &wanted.listeners);
        (Some(directory), subject(id, member, quorum.voters.len() + 1))
    };
    let is_voter = |voter: &Member| voter.id == id && voter.directory == directory;
    let change = Change {
        cluster_id: cluster_id.clone(),
        dry_run: request.dry_run,
        controller,
        action: Action::Create,
        verb: "add",
        is_so: &|now: &Quorum| now.voters.iter().any(is_voter),
    };
    let Some(directory) = directory else {
        return Ok(change.planned(&client, Status::Existed).await);
    };
    let seen = quorum.observers.iter().any(|one| one.id == id && one.directory == Some(directory));
    if !seen {
        context.ui.warn(&format!(
            "no controller {id} with that directory follows the metadata: it has to run before it can vote"
        ));
    }
    if request.dry_run {
        return Ok(change.planned(&client, Status::Planned).await);
    }
    context.confirm_unasked()?;
    let send = async |client: &crate::kafka::Client| {
        client.add_voter(cluster_id.as_deref(), id, directory, &wanted.listeners).await
    };
    change.carry_out(context, &client, send).await
}

/// What was typed, and what the controller's file says.
fn wanted(request: &Request, file: Option<Controller>) -> Result<Wanted> {
    match (request.id, file) {
        (Some(id), Some(file)) if id != file.id => {
            Err(Error::invalid(format!("the file is that of controller {}, not {id}", file.id)))
        }
        (_, Some(Controller { id, directory, listeners })) => {
            Ok(Wanted { id, directory: Some(directory), listeners })
        }
        (Some(id), None) => {
            let listeners = request.listeners.clone();
            Ok(Wanted { id, directory: request.directory, listeners })
        }
        (None, None) => Err(Error::invalid("nothing says which controller is to be added")
            .hint("name its id, or its file: `--controller-config server.properties`")),
    }
}

/// The voter that it is already; a voter with that id and another folder is in its place.
fn existing<'a>(quorum: &'a Quorum, wanted: &Wanted) -> Result<Option<(&'a Member, DirectoryId)>> {
    let Wanted { id, .. } = wanted;
    let Some(voter) = quorum.voters.iter().find(|voter| voter.id == *id) else { return Ok(None) };
    let known = voter.directory.unwrap_or(DirectoryId::ZERO);
    if wanted.directory.is_none_or(|given| given == known) {
        return Ok(Some((voter, known)));
    }
    Err(Error::failed(format!("controller {id} votes already, with the directory {known}"))
        .caused_by("an id votes once, whatever folder its log is in")
        .hint(format!(
            "where that folder is lost, remove it first: `kward cluster remove-controller {id}:{known}`"
        )))
}

/// The folder that was named, or that of the observer with that id.
fn directory(quorum: &Quorum, wanted: &Wanted) -> Result<DirectoryId> {
    let id = wanted.id;
    let observed: BTreeSet<DirectoryId> = quorum
        .observers
        .iter()
        .filter(|observer| observer.id == id)
        .filter_map(|observer| observer.directory)
        .collect();
    match (wanted.directory, observed.len()) {
        (Some(given), _) => Ok(given),
        (None, 1) => Ok(observed.into_iter().next().unwrap_or(DirectoryId::ZERO)),
        (None, 0) => {
            Err(Error::failed(format!("no controller {id} follows the metadata of this cluster"))
                .hint(
                    "format its folder with `kafka-storage format --no-initial-controllers`, with the id of this \
                     cluster, and start it; or name `--directory-id`",
                ))
        }
        (None, _) => {
            let ids: Vec<String> = observed.iter().map(ToString::to_string).collect();
            Err(Error::failed(format!("controller {id} was seen with several directories"))
                .caused_by(ids.join(", "))
                .hint("say which: `--directory-id`"))
        }
    }
}

/// The voters find each other by the name of their listener.
fn check_listeners(quorum: &Quorum, wanted: &Wanted) -> Result<()> {
    let known: BTreeSet<&str> =
        quorum.voters.iter().flat_map(|voter| &voter.listeners).map(|l| l.name.as_str()).collect();
    let name = known.first().copied().unwrap_or("CONTROLLER");
    if wanted.listeners.is_empty() {
        return Err(Error::invalid(format!("nothing says where controller {} listens", wanted.id))
            .hint(format!(
                "`--listener {}=HOST:PORT`, or, on its machine, `--controller-config server.properties`",
                visible(name)
            )));
    }
    let is_known = |listener: &Listener| known.contains(listener.name.as_str());
    if !known.is_empty() && !wanted.listeners.iter().any(is_known) {
        let names: Vec<&str> = known.iter().copied().collect();
        let error = format!("the voters have no listener `{}`", visible(&wanted.listeners[0].name));
        return Err(Error::invalid(error)
            .hint(format!("their listeners are called {}", visible(&names.join(", ")))));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(id: i32, directory: u8) -> Member {
        Member {
            id,
            directory: DirectoryId::of([directory; 16]),
            listeners: "CONTROLLER=c:9093".parse().into_iter().collect(),
            end_offset: Some(10),
            last_fetch_ms: None,
            last_caught_up_ms: None,
        }
    }

    fn quorum() -> Quorum {
        let (voters, observers) =
            (vec![member(1, 1)], vec![member(2, 2), member(3, 3), member(3, 4)]);
        Quorum { leader: 1, epoch: 1, high_watermark: 10, voters, observers }
    }

    fn of(id: i32, directory: Option<u8>, listener: &str) -> Wanted {
        let listeners = listener.parse().into_iter().collect();
        Wanted { id, directory: directory.and_then(|byte| DirectoryId::of([byte; 16])), listeners }
    }

    #[test]
    fn who_it_is() {
        let quorum = quorum();
        let found = |id, given| directory(&quorum, &of(id, given, ""));
        assert_eq!(found(2, None).ok(), DirectoryId::of([2; 16]));
        assert_eq!(found(7, Some(8)).ok(), DirectoryId::of([8; 16]));
        assert!(found(3, None).unwrap_err().message().contains("several directories"));
        assert!(found(7, None).unwrap_err().message().contains("no controller 7 follows"));
        let voter = |given| existing(&quorum, &of(1, given, "")).map(|found| found.is_some());
        assert!(voter(None).unwrap() && voter(Some(1)).unwrap());
        let error = voter(Some(2)).unwrap_err();
        assert!(error.hints()[0].contains("remove-controller 1:AQEB"), "{:?}", error.hints());
        assert!(existing(&quorum, &of(2, None, "")).unwrap().is_none());
    }

    #[test]
    fn listeners_are_those_of_the_voters() {
        let check = |listener| check_listeners(&quorum(), &of(2, None, listener));
        assert!(check("controller=c2:9093").is_ok());
        assert!(check("").unwrap_err().hints()[0].starts_with("`--listener CONTROLLER=HOST:PORT`"));
        assert!(check("OTHER=c2:9093").unwrap_err().message().contains("no listener `OTHER`"));
    }
}
