//! What `group watch` shows: `GroupEvent` for programs, a view for people.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::model::Name;
use crate::model::group::{GroupDescription, GroupState, Member};

use super::group_lag::LagTotal;
use super::group_list::{STATES, member_columns, member_table, word};
use super::units::count;
use super::{Block, Column, Line, Style, Table};

/// The `kind` of what is written for programs.
pub const EVENT: &str = "GroupEvent";

/// So many groups are shown with their members, more of them a row each.
const DETAILED: usize = 3;
/// So much of what happened is shown above the groups.
const ABOVE: usize = 5;

/// Something that happened to a group between two looks.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupEvent<T> {
    /// When it was seen, RFC 3339 in UTC.
    pub time: String,
    /// The group.
    pub group_id: Name,
    /// What happened: `event` and what it is about.
    #[serde(flatten)]
    pub what: T,
}

/// A group as it is when it is first seen, and again when a classic group that was rebalancing then
/// says who holds what.
#[derive(Debug, Clone, Serialize)]
pub struct SeenEvent<'a> {
    /// `groupSeen`.
    pub event: &'static str,
    /// The group, as `group describe` tells it.
    pub group: &'a GroupDescription,
}

/// How far a group is behind, and how it got on since the last look.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LagEvent {
    /// `lag`.
    pub event: &'static str,
    /// The sum over partitions that have a number; absent where none has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lag: Option<i64>,
    /// How many partitions.
    pub partitions: usize,
    /// How many of them have no number.
    pub problems: usize,
    /// Records that were done with since the last look: that the commits went on by, negative when they were
    /// set back; of share groups those that do not wait any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consumed: Option<i64>,
    /// Records that were written since the last look.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub produced: Option<i64>,
    /// By topic, then by member.
    pub totals: Vec<LagTotal>,
}

/// Records a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// That the lag grows by; negative when it shrinks.
    pub lag: f64,
    /// That are consumed.
    pub consumed: f64,
    /// That are written.
    pub produced: f64,
}

/// The view.
#[derive(Debug, Clone)]
pub struct WatchView {
    /// `every 2s, 14:03:22Z`.
    pub head: String,
    /// The groups, by name.
    pub groups: Vec<WatchedGroup>,
    /// What happened lately, the newest last: a time and words.
    pub recent: Vec<(String, String)>,
}

/// A group in the view.
#[derive(Debug, Clone)]
pub struct WatchedGroup {
    /// What it is.
    pub description: GroupDescription,
    /// Partitions that were given up and have nobody yet.
    pub on_the_way: usize,
    /// How far it is behind.
    pub lag: Option<i64>,
    /// Partitions without a number.
    pub problems: usize,
    /// How far its members are behind.
    pub of_members: BTreeMap<Name, i64>,
    /// How it gets on.
    pub trend: Option<Trend>,
    /// What is shown is old: the last look failed.
    pub stale: bool,
}

impl WatchView {
    /// What a person sees.
    pub fn blocks(&self, wide: bool) -> Vec<Block<'_>> {
        let head = Line::styled(Style::Bold, "kward group watch")
            .then(Style::Dim, format!("  {}  (Ctrl-C ends)", self.head));
        let mut blocks = vec![Block::Lines(vec![head, Line::blank()])];
        // What is shown is cut where the terminal ends: what happens comes first.
        let mut recent = self.recent();
        if !recent.is_empty() {
            recent.push(Line::blank());
        }
        blocks.push(Block::Lines(recent));
        if self.groups.is_empty() {
            blocks.push(Block::Lines(vec![Line::styled(Style::Dim, "no groups")]));
        } else if self.groups.len() <= DETAILED {
            self.groups.iter().for_each(|group| group.detailed(wide, &mut blocks));
        } else {
            blocks.push(Block::Table(self.table()));
        }
        blocks
    }

    /// The columns that it may have.
    pub fn columns() -> Vec<Column> {
        let mut columns = group_columns();
        for column in member_columns() {
            if columns.iter().all(|known| known.name != column.name) {
                columns.push(column);
            }
        }
        columns
    }

    /// The last things that happened.
    fn recent(&self) -> Vec<Line<'_>> {
        let line = |(time, words): &'_ (String, String)| {
            Line::styled(Style::Dim, format!("{time}  ")).then(Style::Plain, words.clone())
        };
        self.recent.iter().skip(self.recent.len().saturating_sub(ABOVE)).map(line).collect()
    }

    /// One row a group, the worst first.
    fn table(&self) -> Table<'_> {
        let mut groups: Vec<&WatchedGroup> = self.groups.iter().collect();
        groups.sort_by_key(|group| group.concern());
        let mut table = Table::new(group_columns(), "no groups");
        for group in groups {
            let rate = |of: fn(&Trend) -> f64| {
                group.trend.map_or(Cow::Borrowed(""), |trend| rate(of(&trend)).into())
            };
            let number = |number: Option<i64>| {
                number.map_or(Cow::Borrowed(""), |number| number.to_string().into())
            };
            let description = &group.description;
            table.push([
                Cow::Borrowed(description.group_id.as_str()),
                word(Some(&description.group_type)),
                word(Some(&description.state)),
                number(description.group_epoch.map(i64::from)),
                description.members.len().to_string().into(),
                match group.moving() {
                    0 => Cow::Borrowed(""),
                    moving => moving.to_string().into(),
                },
                number(group.lag),
                group.arrow().unwrap_or_default().into(),
                rate(|trend| trend.consumed),
                rate(|trend| trend.produced),
                group.note().into(),
            ]);
        }
        ["EPOCH", "MOVING", "NOTE"].into_iter().fold(table, Table::without_empty_column)
    }
}

fn group_columns() -> Vec<Column> {
    vec![
        Column::text("GROUP"),
        Column::text("TYPE").keep(100),
        Column::text("STATE").styles(STATES),
        Column::number("EPOCH").keep(110),
        Column::number("MEMBERS"),
        Column::number("MOVING").keep(150),
        Column::number("LAG"),
        Column::text("TREND").keep(200),
        Column::number("CONSUMED/S").keep(120),
        Column::number("WRITTEN/S").keep(120),
        Column::text("NOTE").keep(90),
    ]
}

impl WatchedGroup {
    /// What sorts the worst first: no answer, then not settled, then by how far it is behind.
    fn concern(&self) -> (u8, Reverse<i64>, &Name) {
        use GroupState::{Dead, Empty, Stable};
        let settled = matches!(self.description.state, Stable | Empty | Dead);
        let rank = match (self.stale, settled) {
            (true, _) => 0,
            (false, false) => 1,
            (false, true) => 2,
        };
        (rank, Reverse(self.lag.unwrap_or(-1)), &self.description.group_id)
    }

    /// How the lag goes on, where there is one.
    fn arrow(&self) -> Option<String> {
        self.lag.and(self.trend).map(arrow)
    }

    fn note(&self) -> String {
        let mut words = Vec::new();
        if self.stale {
            words.push("no answer".to_owned());
        }
        if self.problems > 0 {
            words.push(format!("{} without a number", self.problems));
        }
        words.join(", ")
    }

    /// Partitions that change hands: nobody's, and those that members have to give up or are about to
    /// get, each once, whoever is waiting for whom.
    fn moving(&self) -> usize {
        let mut pending: BTreeSet<(Name, i32)> = BTreeSet::new();
        for member in &self.description.members {
            let (gets, gives) = (member.pending_assignment(), &member.pending_revocation);
            let all = gets.iter().chain(gives.iter());
            pending.extend(all.map(|(topic, partition)| (topic.clone(), partition)));
        }
        self.on_the_way.max(pending.len())
    }

    fn detailed<'a>(&'a self, wide: bool, blocks: &mut Vec<Block<'a>>) {
        blocks.push(Block::Lines(vec![self.what(), self.how_far()]));
        let group = &self.description;
        if !group.members.is_empty() {
            let members = group.members.iter().map(|member| (&group.group_id, member));
            let lag = |member: &Member| self.of_members.get(&member.member_id).copied();
            let mut table = member_table(members, wide, lag).without_column("GROUP");
            if !wide {
                shorten_ids(&mut table);
            }
            if !group.tells_assignments() {
                table = table.without_column("HOLDS").without_column("PARTITIONS");
            }
            blocks.push(Block::Table(if wide {
                table
            } else {
                table.without_column("SUBSCRIPTION")
            }));
        }
        blocks.push(Block::Lines(vec![Line::blank()]));
    }

    fn what(&self) -> Line<'_> {
        let group = &self.description;
        let state = group.state.as_str();
        let style =
            STATES.iter().find(|(word, _)| *word == state).map_or(Style::Plain, |(_, s)| *s);
        let mut line = Line::styled(Style::Bold, group.group_id.as_str())
            .then(Style::Plain, "  ")
            .then(style, state)
            .then(Style::Dim, format!("  {}", group.group_type));
        match (group.group_epoch, group.assignment_epoch) {
            (Some(now), Some(target)) if now != target => {
                line = line.then(Style::Warning, format!("  epoch {now}, target of {target}"));
            }
            (Some(now), _) => line = line.then(Style::Dim, format!("  epoch {now}")),
            (None, _) => {}
        }
        if let Some(protocol) = group.protocol_type.as_ref().filter(|_| !group.tells_assignments())
        {
            line = line.then(Style::Dim, format!("  {protocol}"));
        }
        if let Some(assignor) = &group.assignor {
            line = line.then(Style::Dim, format!("  {assignor}"));
        }
        if let Some(coordinator) = &group.coordinator {
            line = line.then(Style::Dim, format!("  coordinator {}", coordinator.id));
        }
        if self.stale { line.then(Style::Bad, "  no answer") } else { line }
    }

    fn how_far(&self) -> Line<'_> {
        let group = &self.description;
        let mut line = Line::plain(format!("  {}", count(group.members.len(), "member")));
        if group.tells_assignments() {
            let all = group.members.len();
            let untold = group.members.iter().filter(|member| member.held().is_none()).count();
            if untold < all || all == 0 {
                let held = count(group.assigned().len(), "partition");
                line = line.then(Style::Plain, format!(", {held}"));
            }
            if untold > 0 {
                let who = if untold < all { format!("{untold} of them") } else { "they".into() };
                let rebalances = group.state.is_rebalancing();
                let why = if rebalances { "is not told yet" } else { "cannot be read" };
                let words = format!(", what {who} hold {why}");
                line = line.then(Style::Warning, words);
            }
        }
        let moving = self.moving();
        if moving > 0 {
            line = line.then(Style::Warning, format!(", {moving} moving"));
        }
        if let Some(lag) = self.lag {
            line = line.then(Style::Plain, format!(", lag {lag}"));
        }
        if let Some(trend) = self.trend {
            let (consumed, produced) = (rate(trend.consumed), rate(trend.produced));
            let arrow = self.arrow().map_or(",".to_owned(), |arrow| format!(" {arrow}"));
            line = line.then(
                Style::Plain,
                format!("{arrow} (consumed {consumed}/s, written {produced}/s)"),
            );
        }
        if self.problems > 0 {
            line = line.then(Style::Warning, format!(", {} without a number", self.problems));
        }
        line
    }
}

/// The ids of members, which clients make of their name and a random part, as short as tells them apart:
/// a row each on a terminal is what makes room for all of them.
fn shorten_ids(table: &mut Table<'_>) {
    const ENDS: usize = 8;
    let Some(at) = table.columns.iter().position(|column| column.name == "MEMBER") else { return };
    for row in &mut table.rows {
        let letters: Vec<char> = row[at].chars().collect();
        if letters.len() > 2 * ENDS + 1 {
            let (front, back) = (&letters[..ENDS], &letters[letters.len() - ENDS..]);
            let [front, back] = [front, back].map(|part| part.iter().collect::<String>());
            row[at] = format!("{front}…{back}").into();
        }
    }
}

/// `↑ 120/s`, `↓ 3.5/s`, `→`.
fn arrow(trend: Trend) -> String {
    const STEADY: f64 = 0.05;
    if trend.lag > STEADY {
        format!("↑ {}/s", rate(trend.lag))
    } else if trend.lag < -STEADY {
        format!("↓ {}/s", rate(-trend.lag))
    } else {
        "→".to_owned()
    }
}

/// `0`, `3.5`, `120`.
pub fn rate(rate: f64) -> String {
    if rate.abs() >= 10.0 || rate.abs() < 0.05 {
        format!("{rate:.0}")
    } else {
        format!("{rate:.1}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::group::{Assignment, GroupType};

    fn group(name: &str, members: Vec<Member>) -> WatchedGroup {
        let description = GroupDescription {
            group_id: name.into(),
            group_type: GroupType::Consumer,
            state: GroupState::Reconciling,
            protocol_type: None,
            coordinator: None,
            group_epoch: Some(4),
            assignment_epoch: Some(3),
            topology_epoch: None,
            subtopologies: Vec::new(),
            assignor: Some("uniform".into()),
            members,
            authorized_operations: None,
        };
        WatchedGroup {
            description,
            on_the_way: 1,
            lag: Some(12),
            problems: 0,
            of_members: [("a".into(), 12)].into(),
            trend: Some(Trend { lag: 3.0, consumed: 10.0, produced: 13.0 }),
            stale: false,
        }
    }

    fn lines(view: &WatchView) -> Vec<String> {
        let mut lines = Vec::new();
        for block in view.blocks(false) {
            match block {
                Block::Lines(of) => lines.extend(of.iter().map(Line::text)),
                Block::Table(table) => lines.extend(table.rows.iter().map(|row| row.join("|"))),
            }
        }
        lines.retain(|line| !line.is_empty());
        lines
    }

    fn view(groups: Vec<WatchedGroup>) -> WatchView {
        let recent = vec![("09:00:01Z".to_owned(), "g  joined: a".to_owned())];
        WatchView { head: "every 2s, 09:00:02Z".to_owned(), groups, recent }
    }

    #[test]
    fn few_groups_are_shown_with_their_members() {
        let held: Assignment = [(Name::from("t"), 0), (Name::from("t"), 1)].into_iter().collect();
        let member = Member { assignment: held, ..Member::new("a") };
        let member = member.towards([(Name::from("t"), 0)].into_iter().collect());
        assert_eq!(
            lines(&view(vec![group("g", vec![member])])),
            [
                "kward group watch  every 2s, 09:00:02Z  (Ctrl-C ends)",
                "09:00:01Z  g  joined: a",
                "g  Reconciling  consumer  epoch 4, target of 3  uniform",
                "  1 member, 2 partitions, 1 moving, lag 12 ↑ 3.0/s (consumed 10/s, written 13/s)",
                "a|||2|12|t 0,1|-t 1",
            ]
        );
    }

    #[test]
    fn a_partition_that_one_waits_for_and_another_has_to_give_up_moves_once() {
        let of = |partitions: &[i32]| -> Assignment {
            partitions.iter().map(|partition| (Name::from("t"), *partition)).collect()
        };
        let giver = Member { assignment: of(&[0, 1, 2]), ..Member::new("a") }.towards(of(&[0]));
        let taker = Member::new("b").towards(of(&[1, 2]));
        assert_eq!(group("g", vec![giver, taker]).moving(), 2);
    }

    #[test]
    fn what_members_of_other_protocols_hold_is_not_made_up() {
        let mut workers = group("connect", vec![Member::new("a")]);
        workers.description.group_type = GroupType::Classic;
        workers.description.state = GroupState::Stable;
        workers.description.protocol_type = Some("connect".into());
        (workers.description.group_epoch, workers.on_the_way) = (None, 0);
        (workers.lag, workers.trend) = (None, None);
        workers.of_members.clear();
        workers.description.assignor = Some("sessioned".into());
        assert_eq!(
            lines(&view(vec![workers]))[1..],
            [
                "09:00:01Z  g  joined: a",
                "connect  Stable  classic  connect  sessioned",
                "  1 member",
                "a||",
            ]
        );
    }

    #[test]
    fn many_groups_have_a_row_each_the_worst_first() {
        let settled = |name: &str, lag: Option<i64>| {
            let mut group = group(name, vec![]);
            group.description.state = GroupState::Stable;
            (group.lag, group.on_the_way) = (lag, 0);
            group
        };
        let mut silent = settled("d", Some(1));
        silent.stale = true;
        let mut unknown = settled("e", None);
        (unknown.trend, unknown.problems) = (None, 3);
        let groups =
            vec![settled("a", Some(5)), settled("b", Some(7)), group("c", vec![]), silent, unknown];
        assert_eq!(
            lines(&view(groups))[1..],
            [
                "09:00:01Z  g  joined: a",
                "d|consumer|Stable|4|0||1|↑ 3.0/s|10|13|no answer",
                "c|consumer|Reconciling|4|0|1|12|↑ 3.0/s|10|13|",
                "b|consumer|Stable|4|0||7|↑ 3.0/s|10|13|",
                "a|consumer|Stable|4|0||5|↑ 3.0/s|10|13|",
                "e|consumer|Stable|4|0||||||3 without a number",
            ]
        );
    }

    #[test]
    fn a_long_id_takes_one_line_and_events_come_first() {
        let id = "sarama-0f5a2b5e-6c1d-4f0e-9b55-2f1d0c9a7e31";
        let members = vec![Member::new(id), Member::new("short-member-id12")];
        let mut view = view(vec![group("g", members)]);
        view.recent = (1..=9).map(|n| (format!("09:00:0{n}Z"), "g  joined: a".into())).collect();
        let lines = lines(&view);
        assert!(
            lines[1].starts_with("09:00:05Z") && lines[5].starts_with("09:00:09Z"),
            "{lines:?}"
        );
        assert!(lines[8].starts_with("sarama-0…0c9a7e31|"), "{lines:?}");
        assert!(lines[9].starts_with("short-member-id12|"), "{lines:?}");
    }

    #[test]
    fn rates_and_arrows() {
        for (given, shown) in [(0.0, "0"), (0.25, "0.2"), (9.96, "10.0"), (1234.4, "1234")] {
            assert_eq!(rate(given), shown);
        }
        let trend = |lag| arrow(Trend { lag, consumed: 0.0, produced: 0.0 });
        assert_eq!(
            (trend(12.0), trend(-3.0), trend(0.01)),
            ("↑ 12/s".to_owned(), "↓ 3.0/s".to_owned(), "→".to_owned())
        );
    }
}
