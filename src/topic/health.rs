//! What is wrong with a cluster, with the evidence and what to do.

use crate::model::visible;

use super::balance::{Load, skew};
use super::disk::LogDir;
use super::quorum::Quorum;
use super::state::{Problem, Topic};

pub use crate::model::{Finding, Severity};

/// The limits beyond which something is wrong.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Leaders above the mean, in percent.
    pub skew: i64,
    /// How long a member of the quorum may be behind, in milliseconds.
    pub quorum_lag_ms: i64,
    /// How full a volume may be, from 0 to 1.
    pub disk: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { skew: 30, quorum_lag_ms: 10_000, disk: 0.9 }
    }
}

/// Partitions without a leader, or with too few replicas in sync. `min_isr` tells a topic's
/// `min.insync.replicas`, where it is known.
pub fn of_topics(topics: &[Topic], min_isr: impl Fn(&Topic) -> Option<usize>) -> Vec<Finding> {
    let mut found = Vec::new();
    for topic in topics {
        let min = min_isr(topic);
        for problem in Problem::ALL {
            // A partition counts once, at its worst.
            let with: Vec<_> = topic
                .partitions
                .iter()
                .filter(|p| p.problems(min).first() == Some(&problem))
                .collect();
            if with.is_empty() || problem == Problem::LeaderNotPreferred {
                continue;
            }
            let missing = {
                let mut ids: Vec<i32> = with
                    .iter()
                    .flat_map(|p| p.replicas.iter().filter(|id| !p.in_sync.contains(id)))
                    .copied()
                    .collect();
                ids.sort_unstable();
                ids.dedup();
                ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
            };
            let (severity, reason, fix) = match problem {
                Problem::UnderMinIsr if missing.is_empty() => TOO_FEW,
                problem => told(problem),
            };
            let numbers: Vec<String> = with.iter().take(10).map(|p| p.index.to_string()).collect();
            let more = if with.len() > 10 { ", …" } else { "" };
            let mut evidence = format!("partitions {}{more}", numbers.join(", "));
            if !missing.is_empty() {
                evidence.push_str(&format!("; not in sync on broker {missing}"));
            }
            found.push(Finding {
                code: problem.word(),
                severity,
                place: format!("topic {}", visible(&topic.name)),
                reason: format!("{} of {} partitions {reason}", with.len(), topic.partitions.len()),
                fix: fix.to_owned(),
                evidence: Some(evidence),
            });
        }
    }
    found
}

/// All replicas are in sync, and there are too few of them.
const TOO_FEW: (Severity, &str, &str) = (
    Severity::Error,
    "have fewer replicas than min.insync.replicas: writes with acks=all are refused",
    "give them more replicas (`kward reassign plan --replication-factor`), or lower min.insync.replicas",
);

const fn told(problem: Problem) -> (Severity, &'static str, &'static str) {
    match problem {
        Problem::Offline => (
            Severity::Error,
            "have no leader: nobody can read or write them",
            "start a broker that holds them; `kward topic elect-leaders --unclean` gives up records that only a lost replica has",
        ),
        Problem::UnderMinIsr => (
            Severity::Error,
            "have fewer replicas in sync than min.insync.replicas: writes with acks=all are refused",
            "bring the brokers back whose replicas are not in sync",
        ),
        Problem::AtMinIsr => (
            Severity::Error,
            "have no replica in sync to spare: one failure more and writes with acks=all are refused",
            "bring the brokers back whose replicas are not in sync",
        ),
        Problem::UnderReplicated => (
            Severity::Error,
            "have replicas that are not in sync",
            "bring the brokers back whose replicas are not in sync, or see whether they are overloaded",
        ),
        Problem::LeaderNotPreferred => {
            (Severity::Warning, "are not led by their first replica", "")
        }
    }
}

/// Brokers that are gone though they hold replicas, and leaders that lie unevenly.
pub fn of_balance(
    alive: &[i32],
    loads: &std::collections::BTreeMap<i32, Load>,
    limits: Limits,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for (id, load) in loads.iter().filter(|(id, _)| !alive.contains(id)) {
        let (reason, fix) = match load.replicas {
            0 => (
                "is registered, and not there".to_owned(),
                format!(
                    "start it, or have the cluster forget it (`kward cluster unregister-broker {id}`)"
                ),
            ),
            replicas => (
                format!("is not there, and {replicas} replicas belong on it"),
                "start it, or move its replicas to other brokers (`kward reassign plan --drain`)"
                    .to_owned(),
            ),
        };
        found.push(Finding {
            code: "broker-missing",
            severity: Severity::Error,
            place: format!("broker {id}"),
            reason,
            fix,
            evidence: None,
        });
    }
    let there: Vec<(&i32, &Load)> = loads.iter().filter(|(id, _)| alive.contains(id)).collect();
    let leaders: Vec<u64> = there.iter().map(|(_, load)| load.leaders as u64).collect();
    for (id, load) in &there {
        let above = skew(load.leaders as u64, &leaders);
        // A handful of leaders more or less is no load.
        let few = load.leaders < 10;
        if above <= limits.skew || few {
            continue;
        }
        let fix = if load.leaders > load.preferred {
            "`kward topic elect-leaders --all` brings leaders back to the first replicas"
        } else {
            "spread them (`kward reassign plan --even`)"
        };
        found.push(Finding {
            code: "unbalanced-leaders",
            severity: Severity::Warning,
            place: format!("broker {id}"),
            reason: format!("leads {above} % more partitions than the mean"),
            fix: fix.to_owned(),
            evidence: Some(format!(
                "leads {}, is the first replica of {}",
                load.leaders, load.preferred
            )),
        });
    }
    found
}

/// Members of the quorum that lag, and a quorum that can bear no failure though it has several voters.
pub fn of_quorum(quorum: &Quorum, limits: Limits) -> Vec<Finding> {
    let mut found = Vec::new();
    let voters = quorum.voters.iter().map(|member| ("voter", member));
    let observers = quorum.observers.iter().map(|member| ("observer", member));
    let mut lagging_voters = 0;
    for (role, member) in voters.chain(observers) {
        let behind = quorum.behind_ms(member);
        let unknown = member.last_caught_up_ms.is_none() && member.end_offset.is_none();
        let lag = quorum.lag(member);
        // Who lacks nothing has asked a moment ago: a whole second without a question is another matter.
        let is_current = lag == Some(0) && behind.is_some_and(|ms| ms < 1000);
        if !unknown && (is_current || behind.is_none_or(|ms| ms <= limits.quorum_lag_ms)) {
            continue;
        }
        lagging_voters += usize::from(role == "voter");
        let how = match behind {
            Some(ms) if ms < 1000 => format!("has not had all metadata for {ms} ms"),
            Some(ms) => format!("has not had all metadata for {} s", ms / 1000),
            None => "has not fetched metadata from the present controller".to_owned(),
        };
        found.push(Finding {
            code: "quorum-lag",
            severity: if role == "voter" { Severity::Error } else { Severity::Warning },
            place: format!("{role} {}", member.id),
            reason: how,
            fix: "see whether it runs and reaches the controllers".to_owned(),
            evidence: lag.filter(|lag| *lag > 0).map(|lag| format!("{lag} records behind")),
        });
    }
    if lagging_voters > 0 && lagging_voters >= quorum.spare() {
        found.push(Finding {
            code: "quorum-at-risk",
            severity: Severity::Error,
            place: "quorum".to_owned(),
            reason: "can bear no further failure of a voter".to_owned(),
            fix: "bring the voters back that lag".to_owned(),
            evidence: Some(format!("{lagging_voters} of {} voters lag", quorum.voters.len())),
        });
    }
    found
}

/// A broker that the cluster counts as alive and that does not answer.
pub fn of_silence(broker: i32, why: String) -> Finding {
    Finding {
        code: "broker-silent",
        severity: Severity::Error,
        place: format!("broker {broker}"),
        reason: "the cluster counts it as alive, and it does not answer".to_owned(),
        fix: "look at the broker's log and at the network between it and here".to_owned(),
        evidence: Some(why),
    }
}

/// Folders that failed, and volumes that are nearly full.
pub fn of_disks(broker: i32, dirs: &[LogDir], limits: Limits) -> Vec<Finding> {
    let mut found = Vec::new();
    for dir in dirs {
        let place = format!("broker {broker} {}", visible(&dir.path));
        if let Some(error) = &dir.error {
            found.push(Finding {
                code: "log-dir-failed",
                severity: Severity::Error,
                place,
                reason: "the broker cannot use this folder".to_owned(),
                fix: "see the broker's log; mend or replace the disk".to_owned(),
                evidence: Some(error.to_string()),
            });
            continue;
        }
        let Some(used) = dir.used().filter(|used| *used > limits.disk) else { continue };
        found.push(Finding {
            code: "disk-full",
            severity: Severity::Warning,
            place,
            reason: format!("the volume is {:.0} % full", used * 100.0),
            fix: "shorten retention, trim topics, or add room".to_owned(),
            evidence: None,
        });
    }
    found
}

#[cfg(test)]
#[path = "health_tests.rs"]
mod tests;
