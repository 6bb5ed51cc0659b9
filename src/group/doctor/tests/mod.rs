//! What the doctor finds: a table for each rule, and what must hold for any looks.

mod membership;
mod progress;
mod properties;

use super::*;
use crate::group::follow::absent;
use crate::model::group::{Assignment, Subscription, Subtopology};
use crate::report::group_lag::Problem;

/// A group with partitions of the topic `t`, and looks at it that lie a second apart.
#[derive(Debug, Clone)]
struct Scene {
    group: GroupDescription,
    looks: Vec<Look>,
    around: Surroundings,
}

fn member(id: &str, partitions: &[i32]) -> Member {
    Member {
        client_id: id.into(),
        host: "10.0.0.7".into(),
        subscription: vec!["t".into()].into(),
        assignment: partitions.iter().map(|p| (Name::from("t"), *p)).collect(),
        ..Member::new(format!("{id}-0"))
    }
}

fn group(state: GroupState, members: Vec<Member>) -> GroupDescription {
    GroupDescription {
        state,
        members,
        group_epoch: Some(1),
        assignment_epoch: Some(1),
        assignor: Some("uniform".into()),
        ..absent(&"g".into(), GroupType::Consumer)
    }
}

impl Scene {
    fn new(group: GroupDescription) -> Self {
        let mut around = Surroundings::default();
        around.topics.insert("t".into(), Topic::There(8));
        Self { group, looks: Vec::new(), around }
    }

    /// A stable group with one member that holds partition 0.
    fn one() -> Self {
        Self::new(group(GroupState::Stable, vec![member("a", &[0])]))
    }

    /// Another look; for each partition what is committed, and where its log ends.
    fn look(mut self, offsets: &[(i32, Option<i64>, i64)]) -> Self {
        let group = self.group.clone();
        let row = |(partition, committed, end): &(i32, Option<i64>, i64)| {
            let owner = group.owner(&"t".into(), *partition);
            let lag = committed.map(|committed| end - committed);
            PartitionLag {
                committed_offset: *committed,
                log_start_offset: Some(0),
                log_end_offset: Some(*end),
                lag,
                problem: lag.is_none().then_some(Problem::NoCommit),
                member_id: owner.map(|owner| owner.member_id.clone()),
                ..PartitionLag::new("g".into(), "t".into(), *partition)
            }
        };
        let lags = offsets.iter().map(row).collect();
        let at_ms = 1_000 * i64::try_from(self.looks.len() + 1).unwrap();
        self.looks.push(Look { at_ms, group: group.clone(), lags });
        self
    }

    fn group(mut self, group: GroupDescription) -> Self {
        self.group = group;
        self
    }

    fn found(&self) -> Vec<Finding> {
        diagnose(&self.looks, &self.around)
    }

    /// `code severity`.
    fn codes(&self) -> Vec<String> {
        self.found().iter().map(|f| format!("{} {:?}", f.code, f.severity).to_lowercase()).collect()
    }

    #[track_caller]
    fn only(&self) -> Finding {
        let found = self.found();
        assert_eq!(found.len(), 1, "{found:#?}");
        found.into_iter().next().unwrap()
    }
}

#[test]
fn a_group_that_keeps_up_is_well() {
    let scene = Scene::one().look(&[(0, Some(10), 10)]).look(&[(0, Some(20), 21)]).look(&[(
        0,
        Some(30),
        30,
    )]);
    assert_eq!(scene.codes(), [""; 0]);
    assert_eq!(diagnose(&[], &Surroundings::default()), []);
}

#[test]
fn commits_outside_of_the_log() {
    let mut scene = Scene::one().look(&[(0, Some(5), 10), (1, Some(5), 10)]);
    let rows = &mut scene.looks[0].lags;
    (rows[0].lag, rows[0].problem, rows[0].log_start_offset) =
        (None, Some(Problem::BelowLogStart), Some(8));
    (rows[1].lag, rows[1].problem, rows[1].committed_offset) =
        (None, Some(Problem::AboveLogEnd), Some(12));
    assert_eq!(scene.codes(), ["below-log-start error", "above-log-end error"]);
    let found = scene.found();
    assert_eq!(found[0].place, "group g, topic t");
    assert_eq!(
        found[0].reason,
        "the next 3 records of partition 0 are gone: they were deleted unread"
    );
    assert!(found[0].fix.contains("kward group reset-offsets g --topic t:0 --to earliest"));
    assert_eq!(
        found[1].evidence.as_deref(),
        Some("partition 1 committed 12 where the log goes from 0 to 10")
    );
}

#[test]
fn topics_that_are_wanted_and_are_not_there() {
    let mut scene = Scene::one().look(&[]);
    scene.around.topics.insert("t".into(), Topic::Absent);
    let finding = scene.only();
    assert_eq!((finding.code, finding.severity), ("unknown-topic", Severity::Error));
    assert_eq!(finding.evidence.as_deref(), Some("wanted by a at 10.0.0.7"));
    scene.around.topics.insert("t".into(), Topic::Hidden);
    assert_eq!(scene.codes(), ["hidden-topic warning"]);
    let grant = "`kward acl create --allow-principal User:YOU --operation describe --topic t`";
    assert!(scene.only().fix.contains(grant), "{}", scene.only().fix);
    scene.around.principal = Some("User:ana".to_owned());
    assert!(scene.only().fix.contains("--allow-principal User:ana "), "{}", scene.only().fix);
    // Nobody could say: nothing is said.
    scene.around.topics.clear();
    assert_eq!(scene.codes(), [""; 0]);
    // Commits of a topic that nobody wants any more.
    let mut scene = Scene::new(group(GroupState::Empty, vec![])).look(&[(0, Some(5), 5)]);
    (scene.looks[0].lags[0].lag, scene.looks[0].lags[0].problem) =
        (None, Some(Problem::UnknownTopic));
    scene.around.topics.insert("t".into(), Topic::Absent);
    assert_eq!(scene.codes(), ["unknown-topic warning"]);
    assert!(scene.only().fix.contains("kward group delete-offsets g --topic t"));
}

#[test]
fn topics_of_a_topology_that_are_not_there() {
    let part = Subtopology {
        subtopology_id: "0".into(),
        source_topics: vec!["in".into(), "t".into()],
        repartition_source_topics: vec!["g-repartition".into()],
        repartition_sink_topics: Vec::new(),
        state_changelog_topics: vec!["g-changelog".into()],
        internal_topics: Vec::new(),
    };
    // Members of a streams group tell no subscription.
    let quiet = Member { subscription: Subscription::default(), ..member("a", &[]) };
    let of = |members| GroupDescription {
        subtopologies: vec![part.clone()],
        group_type: GroupType::Streams,
        ..group(GroupState::NotReady, members)
    };
    let mut scene = Scene::new(of(vec![quiet])).look(&[]);
    for topic in ["in", "g-repartition", "g-changelog"] {
        scene.around.topics.insert(topic.into(), Topic::Absent);
    }
    // The internal ones cannot be made without what is read.
    let finding = scene.only();
    assert_eq!((finding.code, finding.severity), ("unknown-topic", Severity::Error));
    assert_eq!(finding.place, "group g, topic in");
    assert_eq!(finding.evidence.as_deref(), Some("read by subtopology 0"));
    assert!(finding.fix.contains("`kward topic create in`"), "{}", finding.fix);
    scene.around.topics.insert("in".into(), Topic::There(1));
    let places: Vec<String> = scene.found().into_iter().map(|finding| finding.place).collect();
    assert_eq!(places, ["group g, topic g-repartition", "group g, topic g-changelog"]);
    // Nobody is there: it may be over.
    let mut scene = Scene::new(of(Vec::new())).look(&[]);
    scene.around.topics.insert("in".into(), Topic::Absent);
    assert_eq!(scene.only().severity, Severity::Warning);
}

#[test]
fn names_of_others_do_no_harm() {
    let mut scene = Scene::one();
    scene.group.group_id = "it's; rm\u{1b}".into();
    let scene = scene.look(&[(0, Some(1), 9)]).look(&[(0, Some(1), 20)]);
    let finding = scene.only();
    assert_eq!(finding.place, "group it's; rm\\u{1b}, topic t");
    assert!(finding.fix.contains(r"`kward group lag $'it\'s; rm\x1b' --topic t:0 --time`"));
    // A name that begins like a flag is none.
    let mut scene = Scene::new(group(GroupState::Empty, vec![]));
    scene.group.group_id = "-dash".into();
    let scene = scene.look(&[(0, Some(1), 9)]).look(&[(0, Some(1), 20)]);
    let fix = "start its consumers; if it is not needed any more, `kward group delete -- -dash`";
    assert_eq!(scene.only().fix, fix);
}
