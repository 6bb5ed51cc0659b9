//! `cluster quorum`: the controllers and how far behind each is (DescribeQuorum; needs DESCRIBE on the
//! cluster).

use jiff::Timestamp;

use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::report::cluster_state::{QuorumDescription, QuorumMember};
use crate::topic::quorum::{Member, Quorum};

/// Describes it.
pub async fn run(context: &Context<'_>) -> Result<Outcome> {
    let client = context.connect().await?;
    let (quorum, cluster) = tokio::join!(client.describe_quorum(), client.describe_cluster());
    let quorum = quorum?;
    // A follower whose end the leader does not know may lag by any number of records.
    let lags: Option<Vec<i64>> = quorum.voters.iter().map(|voter| quorum.lag(voter)).collect();
    Ok(Outcome::report(QuorumDescription {
        cluster_id: cluster?.id,
        leader_id: quorum.leader,
        leader_epoch: quorum.epoch,
        high_watermark: quorum.high_watermark,
        max_follower_lag: lags.and_then(|lags| lags.into_iter().max()),
        voters: quorum.voters.iter().map(|voter| member(&quorum, voter)).collect(),
        observers: quorum.observers.iter().map(|observer| member(&quorum, observer)).collect(),
    }))
}

fn member(quorum: &Quorum, member: &Member) -> QuorumMember {
    let fetched = member.last_fetch_ms.and_then(|ms| Timestamp::from_millisecond(ms).ok());
    QuorumMember {
        id: member.id,
        directory_id: member.directory.map(|directory| directory.to_string()),
        listeners: member.listeners.iter().map(ToString::to_string).collect(),
        log_end_offset: member.end_offset,
        lag: quorum.lag(member),
        lag_ms: quorum.behind_ms(member),
        last_fetch: fetched.map(|at| at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()),
    }
}
