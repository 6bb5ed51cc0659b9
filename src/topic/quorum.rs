//! The quorum of controllers (`DescribeQuorum`, 55, KIP-595).

use crate::model::{DirectoryId, Listener};

/// The quorum as its leader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quorum {
    /// The active controller.
    pub leader: i32,
    /// How often a leader was elected.
    pub epoch: i32,
    /// The offset up to which the metadata log is committed.
    pub high_watermark: i64,
    /// Those that vote.
    pub voters: Vec<Member>,
    /// Those that only read: brokers, and controllers that do not vote.
    pub observers: Vec<Member>,
}

/// A voter or an observer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// `node.id`.
    pub id: i32,
    /// The folder of its metadata log (KIP-853); `None` for a voter that the brokers' files name.
    pub directory: Option<DirectoryId>,
    /// Where it listens, of a voter.
    pub listeners: Vec<Listener>,
    /// The end of its copy of the metadata log; `None` when the leader does not know.
    pub end_offset: Option<i64>,
    /// When it last fetched, in milliseconds since 1970.
    pub last_fetch_ms: Option<i64>,
    /// When it last had everything.
    pub last_caught_up_ms: Option<i64>,
}

impl Quorum {
    /// How many records of the metadata log the member lacks.
    pub fn lag(&self, member: &Member) -> Option<i64> {
        let leader = self.voters.iter().find(|voter| voter.id == self.leader)?;
        Some((leader.end_offset? - member.end_offset?).max(0))
    }

    /// How long ago the member had everything, as the leader's own clock says, in milliseconds.
    pub fn behind_ms(&self, member: &Member) -> Option<i64> {
        let leader = self.voters.iter().find(|voter| voter.id == self.leader)?;
        Some((leader.last_caught_up_ms? - member.last_caught_up_ms?).max(0))
    }

    /// Whether voters can be added and removed (`kraft.version` 1): every one has a folder of its own then.
    pub fn is_dynamic(&self) -> bool {
        self.voters.iter().all(|voter| voter.directory.is_some())
    }

    /// Whether the member has had everything within so many milliseconds.
    pub fn is_current(&self, member: &Member, within_ms: i64) -> bool {
        member.id == self.leader || self.behind_ms(member).is_some_and(|behind| behind <= within_ms)
    }

    /// Whether a node is there: it has asked for metadata within so many milliseconds by the leader's own clock, however much
    /// of it it lacks. `None` where it is listed and the leader does not tell when it asked, as after an election.
    pub fn is_there(&self, id: i32, within_ms: i64) -> Option<bool> {
        if id == self.leader {
            return Some(true);
        }
        let leader = self.voters.iter().find(|voter| voter.id == self.leader);
        let now = leader.and_then(|leader| leader.last_fetch_ms.max(leader.last_caught_up_ms));
        let listed = self.voters.iter().chain(&self.observers).filter(|member| member.id == id);
        let asked: Vec<Option<bool>> =
            listed.map(|member| Some(now? - member.last_fetch_ms? <= within_ms)).collect();
        if asked.contains(&Some(true)) {
            return Some(true);
        }
        if asked.contains(&None) { None } else { Some(false) }
    }

    /// How many voters may fail before there is no majority.
    pub fn spare(&self) -> usize {
        spare(self.voters.len())
    }
}

/// How many of so many voters may fail before there is no majority.
pub fn spare(voters: usize) -> usize {
    voters.saturating_sub(1) / 2
}
