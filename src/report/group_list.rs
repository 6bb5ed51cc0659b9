//! `GroupList`, `GroupDescription` and `GroupMembers`: groups as their coordinators describe them.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use crate::model::group::{
    Assignment, Coordinator, GroupDescription, GroupListing, GroupState, GroupType, Member,
    Subtopology, Tasks,
};
use crate::model::{Name, host_and_port};

use super::units::count;
use super::{Block, Column, Json, Line, Report, Rows, Style, Table};

/// The colours of states.
pub(super) const STATES: &[(&str, Style)] = &[
    ("Stable", Style::Good),
    ("Empty", Style::Dim),
    ("Dead", Style::Bad),
    ("PreparingRebalance", Style::Warning),
    ("CompletingRebalance", Style::Warning),
    ("Assigning", Style::Warning),
    ("Reconciling", Style::Warning),
    ("NotReady", Style::Warning),
];

/// The groups of a cluster.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupList {
    /// The cluster asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_id: Option<String>,
    /// Whether every broker answered, and no group is hidden from the caller.
    pub complete: bool,
    /// By name.
    pub items: Vec<GroupListing>,
    /// Only some were asked for.
    #[serde(skip)]
    pub filtered: bool,
    /// Members were counted, and not only told to be none.
    #[serde(skip)]
    pub counted: bool,
}

impl Report for GroupList {
    fn kind(&self) -> &'static str {
        "GroupList"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, _wide: bool) -> Vec<Block<'_>> {
        let columns = vec![
            Column::text("GROUP"),
            Column::text("TYPE"),
            Column::text("STATE").styles(STATES),
            Column::number("MEMBERS").keep(200),
            Column::text("PROTOCOL").keep(120),
            Column::text("COORDINATOR").keep(100),
        ];
        // That none is of those asked for is said beside it.
        let mut table = Table::new(columns, if self.filtered { "" } else { "no groups" });
        // Few brokers coordinate many groups.
        let mut coordinators: HashMap<i32, String> = HashMap::new();
        for group in &self.items {
            let coordinator = coordinators
                .entry(group.coordinator.id)
                .or_insert_with(|| broker(Some(&group.coordinator)));
            table.push([
                Cow::Borrowed(group.group_id.as_str()),
                group.group_type.as_ref().map_or("", GroupType::as_str).into(),
                group.state.as_ref().map_or("", GroupState::as_str).into(),
                group.members.map_or(Cow::Borrowed(""), |count| count.to_string().into()),
                Cow::Borrowed(group.protocol_type.as_str()),
                Cow::Owned(coordinator.clone()),
            ]);
        }
        // Else those who have members would be those without a number.
        let table = if self.counted { table } else { table.without_column("MEMBERS") };
        let table = ["MEMBERS", "TYPE", "STATE", "PROTOCOL"]
            .into_iter()
            .fold(table, Table::without_empty_column);
        vec![Block::Table(table)]
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of_items(self.blocks(true))
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.items.iter().map(|group| Cow::Borrowed(group.group_id.as_str())).collect()
    }
}

pub(super) fn word<T: std::fmt::Display>(word: Option<&T>) -> Cow<'static, str> {
    word.map_or(Cow::Borrowed(""), |word| word.to_string().into())
}

/// `127.0.0.1:9092 (id 1)`.
fn broker(coordinator: Option<&Coordinator>) -> String {
    match coordinator {
        Some(Coordinator { id, host: Some(host), port: Some(port) }) => {
            format!("{} (id {id})", host_and_port(host, *port))
        }
        Some(Coordinator { id, .. }) => format!("id {id}"),
        None => String::new(),
    }
}

/// Groups with everything that is known of them.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupDescriptions {
    /// The cluster asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_id: Option<String>,
    /// In the order asked.
    pub items: Vec<GroupDescription>,
}

impl GroupDescriptions {
    /// Descriptions with a protocol type each, as `GroupList` has it. Brokers describe it for classic
    /// groups only; where they list it, that of the other types is the name of the type.
    pub fn new(cluster_id: Option<String>, mut items: Vec<GroupDescription>) -> Self {
        items.iter_mut().for_each(with_protocol_type);
        Self { cluster_id, items }
    }
}

/// Gives a description the protocol type that it is listed with.
pub fn with_protocol_type(group: &mut GroupDescription) {
    if group.group_type != GroupType::Classic {
        group.protocol_type.get_or_insert_with(|| group.group_type.as_str().into());
    }
}

impl Report for GroupDescriptions {
    fn kind(&self) -> &'static str {
        "GroupDescription"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, wide: bool) -> Vec<Block<'_>> {
        let mut blocks = Vec::new();
        for group in &self.items {
            let mut lines = facts(group, wide);
            if !blocks.is_empty() {
                lines.insert(0, Line::blank());
            }
            if group.members.is_empty() {
                blocks.push(Block::Lines(lines));
                continue;
            }
            lines.push(Line::blank());
            blocks.push(Block::Lines(lines));
            let members = group.members.iter().map(|member| (&group.group_id, member));
            blocks
                .push(Block::Table(member_table(members, wide, |_| None).without_column("GROUP")));
        }
        blocks
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of(&[&["items", "members"]], self.blocks(true))
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.items.iter().map(|group| Cow::Borrowed(group.group_id.as_str())).collect()
    }
}

fn facts(group: &GroupDescription, wide: bool) -> Vec<Line<'_>> {
    let state = group.state.as_str();
    let style = STATES.iter().find(|(word, _)| *word == state).map_or(Style::Plain, |(_, s)| *s);
    let mut lines = vec![Line::styled(Style::Bold, group.group_id.as_str())];
    let mut fact = |name: &str, style: Style, value: String| {
        if !value.is_empty() {
            lines.push(Line::styled(Style::Dim, format!("  {name:<13}")).then(style, value));
        }
    };
    let kind = match group.protocol_type.as_deref() {
        Some("") => format!("{}, only holds commits", group.group_type),
        Some("consumer") | None => group.group_type.to_string(),
        Some(protocol) if protocol == group.group_type.as_str() => protocol.to_owned(),
        Some(protocol) => format!("{} ({protocol})", group.group_type),
    };
    fact("type", Style::Plain, kind);
    fact("state", style, state.to_owned());
    let epoch = |epoch: Option<i32>| epoch.map_or_else(String::new, |epoch| epoch.to_string());
    match (group.group_epoch, group.assignment_epoch) {
        (Some(now), Some(target)) if now != target => {
            fact("epoch", Style::Warning, format!("{now}, target still of epoch {target}"));
        }
        (now, _) => fact("epoch", Style::Plain, epoch(now)),
    }
    fact("topology", Style::Plain, epoch(group.topology_epoch));
    for part in group.subtopologies.iter().filter(|_| wide) {
        fact("subtopology", Style::Plain, subtopology(part));
    }
    fact("assignor", Style::Plain, word(group.assignor.as_ref()).into_owned());
    fact("coordinator", Style::Plain, broker(group.coordinator.as_ref()));
    fact("members", Style::Plain, members(group));
    lines
}

/// How many members there are, and what they hold as far as that is told.
fn members(group: &GroupDescription) -> String {
    let all = group.members.len();
    let untold = group.members.iter().filter(|member| member.held().is_none()).count();
    let assigned = count(group.assigned().len(), "partition");
    match untold {
        _ if all == 0 => "none".to_owned(),
        0 => format!("{all}, with {assigned}"),
        _ if !group.tells_assignments() => format!("{all}, and only they know what they hold"),
        _ if untold == all => format!("{all}; what they hold {}", why_untold(group)),
        _ => format!("{all}, with {assigned}; what {untold} of them hold {}", why_untold(group)),
    }
}

/// Why nothing is said of what members hold: outside of a rebalance a broker passes on what they wrote.
pub(super) fn why_untold(group: &GroupDescription) -> &'static str {
    if group.state.is_rebalancing() {
        "is not told while the group rebalances"
    } else {
        "cannot be read: it is not in the words of the consumer protocol"
    }
}

/// Members of groups.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupMembers {
    /// The cluster asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_id: Option<String>,
    /// By group, in the order asked.
    pub items: Vec<MemberOfGroup>,
}

/// A member with its group.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberOfGroup {
    /// The group.
    pub group_id: Name,
    /// The member.
    #[serde(flatten)]
    pub member: Member,
}

impl Report for GroupMembers {
    fn kind(&self) -> &'static str {
        "GroupMembers"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, wide: bool) -> Vec<Block<'_>> {
        let members = self.items.iter().map(|item| (&item.group_id, &item.member));
        let table = member_table(members, wide, |_| None);
        let mut groups: Vec<&Name> = self.items.iter().map(|item| &item.group_id).collect();
        groups.dedup();
        let one = groups.len() < 2;
        vec![Block::Table(if one { table.hide_column("GROUP") } else { table })]
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of_items(self.blocks(true))
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.items.iter().map(|item| Cow::Borrowed(item.member.member_id.as_str())).collect()
    }
}

/// What is not told: what members of a classic group hold while it rebalances, or in words that only the
/// group reads.
const UNKNOWN: Cow<'static, str> = Cow::Borrowed("-");

/// The columns of a table of members.
pub(super) fn member_columns() -> Vec<Column> {
    vec![
        Column::text("GROUP"),
        Column::text("MEMBER").keep(150),
        Column::text("INSTANCE").keep(200),
        Column::text("CLIENT").keep(180),
        Column::text("HOST").keep(160),
        Column::text("RACK").keep(60),
        Column::number("EPOCH").keep(110),
        Column::text("PROTOCOL").keep(100),
        Column::number("HOLDS").keep(240),
        Column::number("LAG"),
        Column::text("PARTITIONS"),
        Column::text("MOVING"),
        Column::text("SUBSCRIPTION").keep(90),
        Column::text("STANDBY").keep(80),
        Column::text("PROCESS").keep(50),
        Column::text("ENDPOINT").keep(70),
        Column::text("TAGS").keep(50),
    ]
}

/// One row a member; `lag` is how many records wait for it, where that is of interest.
pub(super) fn member_table<'a>(
    members: impl Iterator<Item = (&'a Name, &'a Member)>,
    wide: bool,
    lag: impl Fn(&Member) -> Option<i64>,
) -> Table<'a> {
    let mut table = Table::new(member_columns(), "no members");
    for (group, member) in members {
        let optional = |text: &'a Option<Name>| {
            text.as_ref().map_or(Cow::Borrowed(""), |text| Cow::Borrowed(text.as_str()))
        };
        table.push([
            Cow::Borrowed(group.as_str()),
            Cow::Borrowed(member.member_id.as_str()),
            optional(&member.instance_id),
            Cow::Borrowed(member.client_id.as_str()),
            Cow::Borrowed(member.host.as_str()),
            optional(&member.rack_id),
            member.member_epoch.map_or(Cow::Borrowed(""), |epoch| epoch.to_string().into()),
            member.member_type.map_or("", |kind| kind.as_str()).into(),
            member.held().map_or(UNKNOWN, |count| count.to_string().into()),
            lag(member).map_or(Cow::Borrowed(""), |lag| lag.to_string().into()),
            match member.held() {
                None => Cow::Borrowed("(unknown)"),
                Some(0) => Cow::Borrowed("(idle)"),
                Some(_) => held(&member.assignment, wide).into(),
            },
            moving(member).into(),
            subscription(member).into(),
            standby(member).into(),
            member.tasks.as_ref().map_or("", |tasks| tasks.process_id.as_str()).into(),
            endpoint(member).into(),
            tags(member).into(),
        ]);
    }
    identify(&mut table);
    // Of interest only in a migration, when some members speak the old protocol.
    let classic = table.rows.iter().any(|row| row[7] == "classic");
    let mut rarely = vec!["STANDBY", "LAG", "PROCESS", "ENDPOINT", "TAGS"];
    if !wide {
        rarely.extend(["RACK", "INSTANCE", "EPOCH"]);
    }
    let mut table = rarely.iter().fold(table, |table, name| table.without_empty_column(name));
    if !wide {
        table = ["PROCESS", "ENDPOINT", "TAGS"].into_iter().fold(table, Table::without_column);
        if !classic {
            table = table.without_column("PROTOCOL");
        }
        table = table.without_empty_column("MOVING");
    }
    table
}

/// Keeps the shortest column that tells the members of each group apart, however narrow the terminal is.
fn identify(table: &mut Table<'_>) {
    const GROUP: usize = 0;
    let alone = |of: usize| {
        let seen: HashSet<(&str, &str)> =
            table.rows.iter().map(|row| (&*row[GROUP], &*row[of])).collect();
        seen.len() == table.rows.len() && !table.rows.iter().any(|row| row[of].is_empty())
    };
    let at = |name: &str| table.columns.iter().position(|column| column.name == name);
    let identity =
        ["INSTANCE", "CLIENT", "MEMBER"].into_iter().filter_map(at).find(|of| alone(*of));
    if let Some(identity) = identity {
        table.columns[identity].keep = u8::MAX;
    }
}

/// `orders 0-3,7; payments 1`, shortened where it is long.
fn held(assignment: &Assignment, wide: bool) -> String {
    const LONG: usize = 60;
    let text = assignment.summary();
    if wide || text.chars().count() <= LONG {
        return text;
    }
    let topics: BTreeMap<&Name, usize> =
        assignment.topics().map(|(topic, partitions)| (topic, partitions.len())).collect();
    let counts = topics.iter().map(|(topic, count)| format!("{topic} ({count})"));
    let text = counts.collect::<Vec<_>>().join("; ");
    if text.chars().count() <= LONG {
        return text;
    }
    format!("{} partitions of {} topics", assignment.len(), topics.len())
}

/// `+orders 3  -orders 5`.
fn moving(member: &Member) -> String {
    let parts = [("+", member.pending_assignment()), ("-", member.pending_revocation.clone())];
    let shown = parts.into_iter().filter(|(_, set)| !set.is_empty());
    shown.map(|(sign, set)| format!("{sign}{}", held(&set, false))).collect::<Vec<_>>().join("  ")
}

fn subscription(member: &Member) -> String {
    if member.subscription.is_unknown() {
        return "(unknown)".to_owned();
    }
    let mut words: Vec<String> = member.subscription.iter().map(ToString::to_string).collect();
    if let Some(pattern) = &member.subscription_pattern {
        words.push(format!("/{pattern}/"));
    }
    words.join(", ")
}

fn standby(member: &Member) -> String {
    let Some(tasks) = &member.tasks else { return String::new() };
    let list = |sign: &str, tasks: &[Tasks]| -> Vec<String> {
        let all = tasks.iter().flat_map(|of| of.partitions.iter().map(move |p| (of, p)));
        all.map(|(of, partition)| format!("{sign}{}_{partition}", of.subtopology_id)).collect()
    };
    let mut words = list("", &tasks.now.standby);
    words.extend(list("warming ", &tasks.now.warmup));
    words.join(", ")
}

/// `app1:7000`: where it answers queries.
fn endpoint(member: &Member) -> String {
    let endpoint = member.tasks.as_ref().and_then(|tasks| tasks.user_endpoint.as_ref());
    endpoint.map_or_else(String::new, |endpoint| host_and_port(&endpoint.host, endpoint.port))
}

/// `zone=a, cluster=1`.
fn tags(member: &Member) -> String {
    let tags = member.tasks.iter().flat_map(|tasks| &tasks.client_tags);
    tags.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(", ")
}

/// `0: reads words; writes wordcount-repartition; keeps wordcount-changelog`.
fn subtopology(part: &Subtopology) -> String {
    let reads = part.source_topics.iter().chain(&part.repartition_source_topics).collect();
    let words: [(&str, Vec<&Name>); 3] = [
        ("reads", reads),
        ("writes", part.repartition_sink_topics.iter().collect()),
        ("keeps", part.state_changelog_topics.iter().collect()),
    ];
    let said = words.iter().filter(|(_, topics)| !topics.is_empty()).map(|(does, topics)| {
        let names: Vec<&str> = topics.iter().map(|topic| topic.as_str()).collect();
        format!("{does} {}", names.join(", "))
    });
    format!("{}: {}", part.subtopology_id, said.collect::<Vec<_>>().join("; "))
}
