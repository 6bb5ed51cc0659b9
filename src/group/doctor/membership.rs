//! Members: whether the group is stable, and who holds what.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::group::{GroupDescription, GroupState, GroupType, Member, MemberType, ranges};
use crate::model::{Finding, Name, Severity, shell_command, shell_flag};
use crate::report::units::count;

use super::track::Track;
use super::{About as _, Case, Topic, some, who};

pub(super) fn judge(case: &Case<'_>, found: &mut Vec<Finding>) {
    let stuck = not_converged(case);
    if stuck.is_none() {
        found.extend(not_stable(case));
    }
    found.extend(stuck);
    found.extend(flapping(case));
    if case.is_dealt_out() {
        found.extend(idle(case));
        found.extend(uneven(case));
        not_assigned(case, found);
    }
    found.extend(mixed_protocols(case));
    found.extend(assignor_changed(case));
}

fn is_unstable(group: &GroupDescription) -> bool {
    group.state.is_rebalancing() || group.state == GroupState::NotReady
}

fn not_stable(case: &Case<'_>) -> Option<Finding> {
    if !case.compares() || !case.looks.iter().all(|look| is_unstable(&look.group)) {
        return None;
    }
    let mut states: Vec<&str> = case.looks.iter().map(|look| look.group.state.as_str()).collect();
    states.dedup();
    let group = &case.last.group;
    let away: Vec<&Member> = group.members.iter().filter(|member| member.is_away()).collect();
    let fix = if let Some(member) = away.first() {
        let instance = member.instance_id.as_deref().unwrap_or_default();
        format!(
            "start it again: its place is kept until its session is over; `{}` gives what it holds to \
             others at once",
            case.command("remove-members", &shell_flag("--instance-id", instance))
        )
    } else if group.state == GroupState::NotReady {
        "topics that its topology reads or keeps its state in are missing, or do not have as many \
         partitions as it takes: the findings and the application's log say which"
            .to_owned()
    } else {
        format!(
            "`{}` shows who joins and who does not; a member that takes longer than \
             `max.poll.interval.ms` between two polls keeps all others waiting",
            case.command("watch", "")
        )
    };
    let finding = case.finding(
        "not-stable",
        Severity::Error,
        format!("was not stable at any of {} looks in {}", case.looks.len(), case.window()),
        fix,
    );
    let mut evidence = vec![states.join(" → "), count(group.members.len(), "member")];
    if !away.is_empty() {
        evidence.push(format!("away: {}", some(away.into_iter().map(who))));
    }
    Some(finding.because(evidence.join("; ")))
}

/// Members that had the same to give up or to get at every look.
fn not_converged(case: &Case<'_>) -> Option<Finding> {
    if !case.compares() {
        return None;
    }
    let pending = |member: &Member| {
        let gives = &member.pending_revocation;
        let gets = member.pending_assignment();
        (!gives.is_empty() || !gets.is_empty()).then(|| (gives.clone(), gets))
    };
    let always = |member: &&Member| {
        let now = pending(member);
        let same = |group: &GroupDescription| {
            let was = group.members.iter().find(|was| was.member_id == member.member_id);
            was.is_some_and(|was| pending(was) == now)
        };
        now.is_some() && case.looks.iter().all(|look| same(&look.group))
    };
    let stuck: Vec<&Member> = case.last.group.members.iter().filter(always).collect();
    let culprit = stuck.iter().find(|member| !member.pending_revocation.is_empty());
    let first = culprit.or(stuck.first())?;
    let told = |member: &&Member| {
        let mut words = Vec::new();
        if !member.pending_revocation.is_empty() {
            words.push(format!("has to give up {}", member.pending_revocation.summary()));
        }
        let gets = member.pending_assignment();
        if !gets.is_empty() {
            words.push(format!("waits for {}", gets.summary()));
        }
        format!("{} {}", who(member), words.join(" and "))
    };
    let finding = case.finding(
        "not-converged",
        Severity::Error,
        format!(
            "{} not reach the target assignment, in {}",
            match stuck.len() {
                1 => "1 member does".to_owned(),
                many => format!("{many} members do"),
            },
            case.window()
        ),
        format!(
            "the client of {} does not confirm what it is told: look at it, or send it away with \
             `{}`",
            who(first),
            case.command("remove-members", &shell_flag("--member", &first.member_id))
        ),
    );
    Some(finding.because(some(stuck.iter().map(told))))
}

/// Rebalances between most looks.
fn flapping(case: &Case<'_>) -> Option<Finding> {
    // A static member that is back has another id, and is no other.
    let identity = |member: &Member| -> Name {
        member.instance_id.clone().unwrap_or_else(|| member.member_id.clone())
    };
    let ids = |group: &GroupDescription| -> BTreeSet<Name> {
        group.members.iter().map(identity).collect()
    };
    let (mut rebalances, mut arrived, mut departed) = (0, BTreeMap::new(), BTreeMap::new());
    for pair in case.looks.windows(2) {
        let (before, after) = (&pair[0].group, &pair[1].group);
        let (old, new) = (ids(before), ids(after));
        let began = !is_unstable(before) && is_unstable(after);
        let epochs = before.group_epoch != after.group_epoch;
        rebalances += usize::from(old != new || epochs || began);
        for member in after.members.iter().filter(|member| !old.contains(&identity(member))) {
            *arrived.entry(who(member)).or_insert(0) += 1;
        }
        for member in before.members.iter().filter(|member| !new.contains(&identity(member))) {
            *departed.entry(who(member)).or_insert(0) += 1;
        }
    }
    if rebalances < 2 {
        return None;
    }
    let times = |all: BTreeMap<String, i32>| {
        some(all.into_iter().map(|(who, times)| format!("{who} ({times})")))
    };
    let mut evidence = vec![format!("in {rebalances} of {} intervals", case.looks.len() - 1)];
    for (word, all) in [("came", arrived), ("went", departed)] {
        if !all.is_empty() {
            evidence.push(format!("{word}: {}", times(all)));
        }
    }
    let epoch = |group: &GroupDescription| group.group_epoch;
    if let (Some(from), Some(to)) = (epoch(&case.looks[0].group), epoch(&case.last.group))
        && from != to
    {
        evidence.push(format!("epoch {from} → {to}"));
    }
    let finding = case.finding(
        "flapping",
        Severity::Warning,
        format!("rebalanced {rebalances} times in {}", case.window()),
        format!(
            "see why these clients come and go: restarts, `session.timeout.ms`, `max.poll.interval.ms`; \
             `{}` follows them",
            case.command("watch", "")
        ),
    );
    Some(finding.because(evidence.join("; ")))
}

/// Whether it has nothing to do, not even copies to keep. What is not told is not nothing.
fn has_nothing(member: &Member) -> bool {
    let tasks = member.tasks.as_ref();
    let keeps =
        tasks.is_some_and(|tasks| !tasks.now.standby.is_empty() || !tasks.now.warmup.is_empty());
    member.assignment.is_empty() && !member.assignment.is_unknown() && !keeps
}

fn idle(case: &Case<'_>) -> Option<Finding> {
    let members = &case.last.group.members;
    // Who wants only topics that do not exist is told about by those topics.
    let absent = |topic: &Name| case.around.topics.get(topic) == Some(&Topic::Absent);
    let wants =
        |member: &Member| member.subscription.is_empty() || !member.subscription.iter().all(absent);
    let idle: Vec<&Member> =
        members.iter().filter(|member| has_nothing(member) && wants(member)).collect();
    if idle.is_empty() {
        return None;
    }
    let topics: BTreeSet<&Name> = members
        .iter()
        .flat_map(|member| &member.subscription)
        .filter(|topic| !absent(topic))
        .collect();
    let sizes = topics.iter().filter_map(|topic| match case.around.topics.get(*topic) {
        Some(Topic::There(count)) => Some(*count),
        _ => None,
    });
    let held = case.last.group.assigned().len();
    let there: usize = sizes.sum::<usize>().max(held);
    let fix = if there > 0 && there < members.len() {
        let add = match topics.iter().next() {
            Some(topic) if topics.len() == 1 => {
                let total = format!("--total {}", members.len());
                format!("`{}`", shell_command("kward topic add-partitions", topic, &total))
            }
            _ => "`kward topic add-partitions`".to_owned(),
        };
        format!(
            "there {} only {}: stop the members that are too many, or {add}",
            if there == 1 { "is" } else { "are" },
            count(there, "partition")
        )
    } else if let Some(words) = by_topic(case) {
        words.to_owned()
    } else {
        format!("`{}` shows what each is subscribed to", case.command("members", "-o wide"))
    };
    let finding = case.finding(
        "idle-members",
        Severity::Warning,
        format!(
            "{} of {} {} no partitions",
            idle.len(),
            count(members.len(), "member"),
            if idle.len() == 1 { "has" } else { "have" }
        ),
        fix,
    );
    Some(finding.because(some(idle.iter().map(|member| who(member)))))
}

/// What helps where the assignor looks at one topic only: some members get more of each than others, or
/// nothing of any.
fn by_topic(case: &Case<'_>) -> Option<&'static str> {
    let group = &case.last.group;
    if group.assignor.as_deref() != Some("range") {
        return None;
    }
    match group.group_type {
        GroupType::Classic => Some(
            "`range` deals out each topic by itself, from the first member on: use the cooperative sticky \
             assignor, or `group.protocol=consumer`",
        ),
        GroupType::Consumer => Some(
            "`range` deals out each topic by itself, from the first member on: use \
             `group.remote.assignor=uniform`",
        ),
        _ => None,
    }
}

/// Partitions of topics that members subscribe to and that nobody has been given, though all is dealt out: those
/// who assign in classic groups look for new ones now and then, brokers at once. Of those with a commit is told
/// by how it stands.
fn not_assigned(case: &Case<'_>, found: &mut Vec<Finding>) {
    let group = &case.last.group;
    let members = &group.members;
    let told = members.iter().all(|member| member.held().is_some());
    let classic = group.group_type == GroupType::Classic;
    if !classic || !told || case.looks.iter().any(|look| is_unstable(&look.group)) {
        return;
    }
    let assigned = group.assigned();
    let topics: BTreeSet<&Name> = members.iter().flat_map(|member| &member.subscription).collect();
    for topic in topics {
        let Some(Topic::There(there)) = case.around.topics.get(topic) else { continue };
        let there = i32::try_from(*there).unwrap_or(i32::MAX);
        let known = |partition: i32| {
            let is = |track: &Track<'_>| track.topic == topic && track.partition == partition;
            assigned.contains(topic, partition) || case.tracks.iter().any(is)
        };
        let left: BTreeSet<i32> = (0..there).filter(|partition| !known(*partition)).collect();
        if left.is_empty() {
            continue;
        }
        let many = if left.len() == 1 { "partition" } else { "partitions" };
        let finding = case.finding(
            "not-assigned",
            Severity::Warning,
            format!("members subscribe to it, and no member holds {many} {}", ranges(&left)),
            "clients look for new partitions every `metadata.max.age.ms`, 5 minutes unless told \
             otherwise; where they are not new, look at the assignor of the members"
                .to_owned(),
        );
        found.push(finding.of_topic(topic));
    }
}

/// How much a member is given: tasks are dealt out as a whole, however many topics each reads.
fn share_of(member: &Member) -> usize {
    let tasks = member.tasks.as_ref();
    tasks.map_or(member.assignment.len(), |tasks| {
        tasks.now.active.iter().map(|of| of.partitions.len()).sum()
    })
}

/// Members that want the same, of whom one holds half as much again as another, or more.
fn uneven(case: &Case<'_>) -> Option<Finding> {
    let mut alike: BTreeMap<(&[Name], Option<&Name>), Vec<&Member>> = BTreeMap::new();
    let told = |member: &&Member| !has_nothing(member) && !member.assignment.is_unknown();
    for member in case.last.group.members.iter().filter(told) {
        let wants = (&*member.subscription, member.subscription_pattern.as_ref());
        alike.entry(wants).or_default().push(member);
    }
    let spread = |members: &&Vec<&Member>| {
        let sizes = || members.iter().map(|member| share_of(member));
        let (least, most) = (sizes().min().unwrap_or(0), sizes().max().unwrap_or(0));
        // A fair share is the same, but for one.
        least > 0 && most - least > 1 && 2 * most >= 3 * least
    };
    let members = alike.values().find(spread)?;
    let mut sorted = members.clone();
    sorted.sort_by_key(|member| std::cmp::Reverse(share_of(member)));
    let (most, least) = (sorted.first()?, sorted.last()?);
    let fix = by_topic(case).map_or_else(
        || format!("`{}` shows who holds what", case.command("members", "")),
        str::to_owned,
    );
    let finding = case.finding(
        "uneven-load",
        Severity::Warning,
        format!(
            "the members want the same, and one holds {}, another {}",
            count(share_of(most), if most.tasks.is_some() { "task" } else { "partition" }),
            share_of(least)
        ),
        fix,
    );
    Some(finding.because(some(
        sorted.iter().map(|member| format!("{} holds {}", who(member), share_of(member))),
    )))
}

/// Some members speak the classic protocol, others that of the group.
fn mixed_protocols(case: &Case<'_>) -> Option<Finding> {
    let group = &case.last.group;
    let classic: Vec<&Member> = group
        .members
        .iter()
        .filter(|member| member.member_type == Some(MemberType::Classic))
        .collect();
    let all = group.members.len();
    if classic.is_empty() || (classic.len() == all && group.group_type == GroupType::Classic) {
        return None;
    }
    let protocol = &group.group_type;
    let finding = case.finding(
        "mixed-protocols",
        Severity::Warning,
        format!(
            "{} of {} still {} the classic protocol in a {protocol} group",
            classic.len(),
            count(all, "member"),
            if classic.len() == 1 { "speaks" } else { "speak" }
        ),
        format!("end the migration: restart these clients with `group.protocol={protocol}`"),
    );
    Some(finding.because(some(classic.iter().map(|member| who(member)))))
}

/// The members do not agree for long on who assigns.
fn assignor_changed(case: &Case<'_>) -> Option<Finding> {
    let mut seen: Vec<&Name> =
        case.looks.iter().filter_map(|look| look.group.assignor.as_ref()).collect();
    seen.dedup();
    if seen.len() < 2 {
        return None;
    }
    let words: Vec<String> = seen.iter().map(ToString::to_string).collect();
    let finding = case.finding(
        "assignor-changed",
        Severity::Warning,
        format!("the assignor changed within {}", case.window()),
        "give all members the same `partition.assignment.strategy` (or `group.remote.assignor`)"
            .to_owned(),
    );
    Some(finding.because(words.join(" → ")))
}
