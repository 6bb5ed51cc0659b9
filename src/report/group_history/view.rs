//! A history for people: a row for each rebalance, and what it comes to.

use std::borrow::Cow;

use super::{Behind, GroupHistory, MemberRef, Rebalance, Stretch, What, Window};
use crate::model::{Name, Time};
use crate::report::group_lag::duration;
use crate::report::units::count;
use crate::report::{Block, Column, Json, Line, Report, Rows, Style, Table};

/// So many members are named in a row.
const NAMED: usize = 3;
/// So many of those behind rebalances are shown.
const BLAMED: usize = 5;

impl Report for GroupHistory {
    fn kind(&self) -> &'static str {
        "GroupHistory"
    }

    fn has_names(&self) -> bool {
        false
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, wide: bool) -> Vec<Block<'_>> {
        vec![Block::Table(self.table(wide)), Block::Lines(self.lines())]
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of(&[&["rebalances"]], self.blocks(true))
    }
}

impl GroupHistory {
    fn table(&self, wide: bool) -> Table<'_> {
        let columns = vec![
            Column::text("TIME"),
            Column::number("AFTER").keep(110),
            Column::text("TYPE").keep(120),
            Column::number("GENERATION").keep(130),
            Column::number("EPOCH").keep(130),
            Column::number("MEMBERS").keep(150),
            Column::text("JOINED"),
            Column::text("LEFT"),
            Column::text("RETURNED").keep(200),
            Column::number("MOVED").keep(180),
            Column::number("KEPT").keep(140),
            Column::number("ASSIGNED").keep(90),
            Column::number("UNASSIGNED").keep(80),
            Column::text("ASSIGNOR").keep(100),
            Column::text("NOTE").styles(&[(PARTIAL, Style::Dim)]).keep(160),
        ];
        let hidden = self.window.is_some_and(|window| window.left_out > 0);
        let empty = if hidden { NONE_SHOWN } else { NONE };
        let mut table = Table::new(columns, empty);
        for told in &self.rebalances {
            table.push(row(told, wide));
        }
        let mixed = self.rebalances.iter().any(|t| t.group_type != self.rebalances[0].group_type);
        if !mixed && !wide {
            table = table.hide_column("TYPE");
        }
        ["GENERATION", "EPOCH", "AFTER", "RETURNED", "ASSIGNED", "UNASSIGNED", "ASSIGNOR", "NOTE"]
            .into_iter()
            .fold(table, Table::without_empty_column)
    }

    fn lines(&self) -> Vec<Line<'_>> {
        let mut lines = vec![Line::blank()];
        lines.extend(self.window.filter(|window| window.left_out > 0).map(left_out));
        lines.push(self.reach());
        for gap in &self.gaps {
            let text = format!("nothing is known from {} to {}", shown(gap.from), shown(gap.to));
            lines.push(Line::styled(Style::Warning, text));
        }
        let summary = &self.summary;
        let mut text = count(summary.rebalances, "rebalance");
        if self.window.is_some_and(|window| window.limit.is_some()) {
            let at = |word: &str, time: Option<Time>| {
                time.map_or_else(String::new, |time| format!(" {word} {}", shown(time)))
            };
            let window = self.window.unwrap_or_default();
            let (since, until) = (at("since", window.since), at("until", window.until));
            text = format!("all{since}{until}, not only those shown: {text}");
        }
        if let Some(rate) = summary.rebalances_per_hour {
            text += &format!(", {rate} an hour");
        }
        text += &format!(
            "; {} joined, {} left, {} returned",
            summary.joined, summary.left, summary.returned
        );
        if let Some(share) = summary.moved_share {
            text += &format!("; {:.0} % of the partitions moved", share * 100.0);
        }
        lines.push(Line::plain(text));
        if let Some(Stretch { from, to, ms }) = summary.longest_stable {
            let text = format!(
                "longest without one while it had members: {}, from {} to {}",
                duration(ms),
                shown(from),
                shown(to)
            );
            lines.push(Line::plain(text));
        }
        let behind = summary.behind.iter().filter(|behind| behind.rebalances > 0);
        for Behind { client_id, host, rebalances, joined, left, returned } in behind.take(BLAMED) {
            let text = format!(
                "`{client_id}` at {host}: in {}, joined {joined}, left {left}, returned {returned}",
                count(*rebalances, "rebalance")
            );
            lines.push(Line::plain(text));
        }
        lines
    }

    /// How far back it reaches.
    fn reach(&self) -> Line<'_> {
        let group = Line::styled(Style::Bold, self.group_id.as_str());
        let text = match (self.reaches_back_to, self.complete) {
            (Some(_), true) => ": all since the beginning of the log".to_owned(),
            (Some(time), false) => {
                format!(": all since {}; compaction has taken older records away", shown(time))
            }
            (None, _) => ": compaction may have taken any of its records away".to_owned(),
        };
        group.then(Style::Plain, text)
    }
}

/// How many are not shown, and why.
fn left_out(window: Window) -> Line<'static> {
    let Window { since, until, limit, left_out } = window;
    let flags =
        [since.map(|_| "`--since`"), until.map(|_| "`--until`"), limit.map(|_| "`--limit`")];
    let flags: Vec<&str> = flags.into_iter().flatten().collect();
    let are = if left_out == 1 { "is" } else { "are" };
    let text = format!("{left_out} more {are} left out by {}", flags.join(" and "));
    Line::styled(Style::Warning, text)
}

const NONE: &str = "no rebalances in what the log still has";
/// What is left out says the line below.
const NONE_SHOWN: &str = "no rebalances";
const PARTIAL: &str = "what was before is gone";

fn row(told: &Rebalance, wide: bool) -> Vec<Cow<'_, str>> {
    let note = match (told.partial, told.change) {
        (_, What::Deleted) => "deleted".to_owned(),
        (true, _) => PARTIAL.to_owned(),
        (false, What::Members) => "no rebalance".to_owned(),
        (false, What::Rebalance) if told.changed.is_empty() => String::new(),
        (false, What::Rebalance) => {
            format!("{} subscribed anew", members(told.changed.iter(), false))
        }
    };
    vec![
        shown(told.time).into(),
        told.since_previous_ms.map_or(Cow::Borrowed(""), |ms| duration(ms).into()),
        told.group_type.to_string().into(),
        told.generation.map_or(Cow::Borrowed(""), |number| number.to_string().into()),
        told.epoch.map_or(Cow::Borrowed(""), |number| number.to_string().into()),
        told.members.to_string().into(),
        members(told.joined.iter(), wide).into(),
        members(told.left.iter(), wide).into(),
        members(told.returned.iter().map(|returned| &returned.member), wide).into(),
        number(told.moved),
        number(told.kept),
        some(told.assigned),
        some(told.unassigned),
        told.assignor.as_ref().map_or(Cow::Borrowed(""), |name| Cow::Borrowed(name.as_str())),
        note.into(),
    ]
}

fn number(number: Option<usize>) -> Cow<'static, str> {
    number.map_or(Cow::Borrowed(""), |number| number.to_string().into())
}

/// Nothing for none.
fn some(count: Option<usize>) -> Cow<'static, str> {
    number(count.filter(|count| *count > 0))
}

/// `billing-1, billing-2 and 3 more`; all of them, with their hosts, when there is room.
fn members<'a>(members: impl ExactSizeIterator<Item = &'a MemberRef>, wide: bool) -> String {
    let all = members.len();
    let name = |member: &MemberRef| {
        let name: &Name = member.instance_id.as_ref().unwrap_or(&member.client_id);
        if wide { format!("{name}@{}", member.host) } else { name.to_string() }
    };
    let most = if wide { all } else { NAMED };
    let mut text = members.take(most).map(name).collect::<Vec<_>>().join(", ");
    if all > most {
        text += &format!(" and {} more", all - most);
    }
    text
}

/// To the second.
fn shown(time: Time) -> String {
    let text = time.to_string();
    let second = text.split('.').next().unwrap_or(&text);
    format!("{}Z", second.replacen('T', " ", 1))
}
