//! Names of a cluster: from the cache, at once; a cache that is old is renewed behind the back of
//! whoever pressed Tab, and one that is absent is waited for until the deadline.
//!
//! It is another process that asks the cluster. A slow cluster then still answers the next Tab.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use secrecy::SecretString;

use super::cache::Shelf;
use super::keys;
use super::{Candidate, Names, Surroundings};
use crate::cli::global::{Global, PropertyFlag};
use crate::error::Result;
use crate::kafka::{Client, Deadline, Feature, GroupFilter};
use crate::model::group::GroupListing;
use crate::model::{Filter, MetadataVersion, Principal, host_and_port};
use crate::settings::{Connection, Environment, Settings, resolve};
use crate::topic::EntityType;

/// Names that are younger are not renewed.
const FRESH: Duration = Duration::from_secs(10);
/// Names that are older are not shown.
const STALE: Duration = Duration::from_hours(24);
/// How long a cluster that did not answer is left alone.
const RESPITE: Duration = Duration::from_secs(10);
/// How long the process that renews names may take.
const RENEWAL: Duration = Duration::from_secs(10);
/// How often the cache is looked at while it is waited for.
const GLANCE: Duration = Duration::from_millis(4);

/// What the flags on the line say about the connection. Flags of no interest are left out.
pub fn global_of(given: &[(String, String)]) -> Global {
    let mut global = Global::default();
    for (id, value) in given {
        match id.as_str() {
            "context" => global.context = Some(value.clone()),
            "bootstrap_server" => global.bootstrap_server = Some(value.clone()),
            "bootstrap_controller" => global.bootstrap_controller = Some(value.clone()),
            "command_config" => global.command_config = Some(PathBuf::from(value)),
            "config" => global.config = Some(PathBuf::from(value)),
            "properties" => {
                global.properties.push(PropertyFlag(SecretString::from(value.as_str())));
            }
            _ => {}
        }
    }
    global
}

/// Where names of the cluster that is meant are kept, and how to reach it; `None` when it is not to
/// be asked.
struct Place {
    settings: Settings,
    connection: Connection,
    shelf: Shelf,
}

impl Place {
    fn of(given: &[(String, String)], environment: &Environment, names: Names) -> Option<Self> {
        let settings = resolve(&global_of(given), environment).ok()?;
        let connection = settings.connection().ok()?;
        // A command may ask for a password on the terminal.
        if settings.completion_timeout.is_zero() || connection.runs_a_command() {
            return None;
        }
        let shelf = Shelf::new(settings.cache_dir.as_deref()?, &settings.identity()?, names);
        Some(Self { settings, connection, shelf })
    }
}

/// The names, as far as they are known in time.
pub(super) fn names(
    names: Names,
    given: &[(String, String)],
    around: &Surroundings<'_>,
) -> Vec<Candidate> {
    let Some(Place { settings, connection, shelf }) = Place::of(given, around.environment, names)
    else {
        return Vec::new();
    };
    (around.patience)(settings.completion_timeout);
    let known = shelf.read().filter(|(_, age)| *age < STALE);
    match known {
        Some((known, age)) if age < FRESH || shelf.failed().is_some_and(|ago| ago < RESPITE) => {
            known
        }
        Some((known, _)) => {
            // Not while somebody else does.
            if let Ok(Some(_)) = shelf.lock() {
                (around.renew)(names, given);
            }
            known
        }
        None if shelf.failed().is_some_and(|ago| ago < RESPITE) => Vec::new(),
        None => {
            let until = around.began + settings.completion_timeout;
            match shelf.lock() {
                Ok(right) => {
                    if right.is_some() {
                        drop(right);
                        (around.renew)(names, given);
                    }
                    wait(&shelf, until)
                }
                Err(_) => ask(&connection, names, until),
            }
        }
    }
}

/// Asks the cluster here, where no other process can leave what it has found.
fn ask(connection: &Connection, names: Names, until: Instant) -> Vec<Candidate> {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return Vec::new();
    };
    let left = until.saturating_duration_since(Instant::now());
    let found =
        runtime.block_on(async { tokio::time::timeout(left, fetch(connection, names)).await });
    runtime.shutdown_background();
    found.ok().and_then(Result::ok).unwrap_or_default()
}

fn wait(shelf: &Shelf, until: Instant) -> Vec<Candidate> {
    loop {
        if let Some((names, _)) = shelf.read().filter(|(_, age)| *age < STALE) {
            return names;
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || shelf.failed().is_some_and(|ago| ago < RESPITE) {
            return Vec::new();
        }
        thread::sleep(GLANCE.min(left));
    }
}

/// Asks the cluster and writes the cache: what the other process does. Says nothing.
pub async fn renewal(names: Names, given: &[(String, String)], environment: &Environment) {
    let Some(Place { connection, shelf, .. }) = Place::of(given, environment, names) else {
        return;
    };
    let Ok(Some(_lock)) = shelf.lock() else { return };
    // Whoever had the lock before may have asked just now.
    let answered = shelf.read().is_some_and(|(_, age)| age < FRESH);
    if answered || shelf.failed().is_some_and(|ago| ago < RESPITE) {
        return;
    }
    match fetch(&connection, names).await {
        Ok(candidates) => shelf.store(&candidates),
        Err(_) => shelf.fail(),
    }
}

async fn fetch(connection: &Connection, names: Names) -> Result<Vec<Candidate>> {
    let config = connection.client_config()?;
    let client = Client::connect(&config, Deadline::after(RENEWAL), None).await?;
    let mut found = match names {
        Names::Topics => plain(client.list_topics().await?),
        Names::ClientMetrics => {
            plain(client.list_config_resources(EntityType::ClientMetrics).await?)
        }
        Names::Users => plain(client.list_scram_users().await?),
        Names::Principals => principals(&client).await?,
        Names::Groups => {
            let groups = client.list_groups(&GroupFilter::default()).await?.groups;
            groups.into_iter().map(candidate_of_group).collect()
        }
        Names::TopicKeys
        | Names::BrokerKeys
        | Names::GroupKeys
        | Names::ClientMetricsKeys
        | Names::Loggers => keys::fetch(&client, names).await?,
        Names::Tokens => {
            let tokens = client.describe_tokens(None).await?;
            tokens.iter().map(|token| Candidate::new(&token.id, &token.owner)).collect()
        }
        Names::Controllers => {
            let quorum = client.describe_quorum().await?;
            let voters = quorum.voters.iter().map(|member| (member, "voter"));
            let observers = quorum.observers.iter().map(|member| (member, "observer"));
            let all = voters.chain(observers);
            all.map(|(member, role)| Candidate::new(&member.id.to_string(), role)).collect()
        }
        Names::Features => {
            let abilities = client.abilities(None).await?;
            abilities
                .features
                .iter()
                .map(|(name, feature)| candidate_of_feature(name, feature))
                .collect()
        }
        Names::Brokers => {
            let brokers = client.describe_cluster().await?.brokers;
            brokers
                .iter()
                .map(|broker| {
                    Candidate::new(
                        &broker.id.to_string(),
                        &host_and_port(&broker.host, broker.port),
                    )
                })
                .collect()
        }
    };
    if !matches!(names, Names::Brokers | Names::Controllers) {
        found.sort();
    }
    found.dedup();
    Ok(found)
}

/// A feature, behind which its level is typed, with that which holds and the highest that the broker supports.
fn candidate_of_feature(name: &str, feature: &Feature) -> Candidate {
    let shown = |level: i16| {
        let named = (name == MetadataVersion::FEATURE).then(|| MetadataVersion(level).to_string());
        named.unwrap_or_else(|| level.to_string())
    };
    let now = feature.finalized.map_or_else(|| "off".to_owned(), shown);
    let most = feature.supported.map(|(_, most)| format!(", up to {}", shown(most)));
    Candidate::new(&format!("{name}="), &format!("{now}{}", most.unwrap_or_default()))
}

/// A group with its type and state, as far as its broker says.
fn candidate_of_group(group: GroupListing) -> Candidate {
    let kind = group.group_type.map(|kind| kind.to_string());
    let state = group.state.map(|state| state.to_string());
    let about: Vec<String> = kind.into_iter().chain(state).collect();
    Candidate::new(&group.group_id, &about.join(", "))
}

fn plain(names: Vec<String>) -> Vec<Candidate> {
    names.into_iter().map(|value| Candidate { value, about: String::new() }).collect()
}

/// Those that ACLs name and those that can log in; either may be hidden from the caller.
async fn principals(client: &Client) -> Result<Vec<Candidate>> {
    let everything = Filter::default();
    let bindings = client.describe_acls(&everything).await;
    let users = client.list_scram_users().await;
    if let (Err(error), Err(_)) = (&bindings, &users) {
        return Err(error.clone());
    }
    let mut names: Vec<String> =
        bindings.unwrap_or_default().iter().map(|b| b.principal.as_str().to_owned()).collect();
    names.extend(users.unwrap_or_default().iter().map(|user| format!("User:{user}")));
    names.push(Principal::EVERYONE.to_owned());
    Ok(plain(names))
}
