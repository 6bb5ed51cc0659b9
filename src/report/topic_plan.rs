//! `TopicPlan` and `TopicApplyResult`: what would make topics those of a topic file, and what became of it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::access::SourceLine;
use super::acl_plan::{fold, section};
use super::acl_write::ItemError;
use super::comment::comment;
use super::topic_write::change_line;
use super::units::count;
use super::write::{Action, Subject};
use super::{Annotation, Block, Column, Json, Line, Report, Severity, Style};
use crate::model::{TopicId, visible};
use crate::topic::ConfigChange;
use crate::topic::file::Files;
use crate::topic::plan::{Change, Obstacle, Plan, What, Why};
use crate::topic::wanted::Wanted;

/// One thing that is other than the files say. What does not belong to it, is not known or is sensitive is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TopicChange {
    /// The topic.
    pub name: String,
    /// `topic`, `partitions`, `replicationFactor`, `config`.
    pub what: &'static str,
    /// The id of the topic that was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic_id: Option<TopicId>,
    /// As many as it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_partition_count: Option<usize>,
    /// As many as it is to have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition_count: Option<usize>,
    /// As many as it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_replication_factor: Option<usize>,
    /// As many as it is to have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replication_factor: Option<usize>,
    /// All that a new topic sets itself.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub configs: BTreeMap<String, String>,
    /// The key of the configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The value in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_value: Option<String>,
    /// What sets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_source: Option<&'static str>,
    /// The value that is to be in force, as far as it can be known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_value: Option<String>,
    /// What is to set it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_source: Option<&'static str>,
    /// Where the file says so.
    pub place: SourceLine,
}

/// A change that is not made, and why.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Refused {
    /// The change.
    #[serde(flatten)]
    pub change: TopicChange,
    /// Why not.
    pub error: ItemError,
    /// What would make it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// A plan as people and programs read it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TopicPlan {
    /// The cluster that was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_id: Option<String>,
    /// Nothing to create or to alter, nothing extra, nothing refused.
    pub in_sync: bool,
    /// `--prune` was given.
    pub prune: bool,
    /// Topics to create.
    pub create: Vec<TopicChange>,
    /// What to alter.
    pub alter: Vec<TopicChange>,
    /// Values that topics set themselves, the files do not name, and are kept.
    pub extra: Vec<TopicChange>,
    /// What is not done.
    pub refused: Vec<Refused>,
    /// How many topics are as the files say.
    pub unchanged: usize,
    #[serde(skip)]
    changes: Vec<Line<'static>>,
    #[serde(skip)]
    not_done: Vec<Line<'static>>,
}

/// As many lines of changes as a screen bears.
const LINES: usize = 200;

impl TopicChange {
    /// A change as a plan has it.
    pub fn of(change: &Change, files: &Files) -> Self {
        let base = Self::at(&change.topic, files.source_line(change.at));
        match &change.what {
            What::Create(wanted) => Self {
                what: "topic",
                partition_count: wanted.partitions.and_then(|n| usize::try_from(n).ok()),
                replication_factor: wanted.replication_factor.and_then(|n| usize::try_from(n).ok()),
                configs: wanted.configs.iter().cloned().collect(),
                ..base
            },
            What::Grow { from, to } => Self {
                what: "partitions",
                old_partition_count: Some(*from),
                partition_count: Some(*to),
                ..base
            },
            What::Config(change) => base.with_config(change),
        }
    }

    /// What is not done.
    pub fn of_obstacle(obstacle: &Obstacle, files: &Files) -> Self {
        let base = Self::at(&obstacle.topic, files.source_line(obstacle.at));
        match &obstacle.why {
            Why::Fewer { is, asked } => Self {
                what: "partitions",
                old_partition_count: Some(*is),
                partition_count: Some(*asked),
                ..base
            },
            Why::Replicas { is: (_, most), asked } => Self {
                what: "replicationFactor",
                old_replication_factor: Some(*most),
                replication_factor: Some(*asked),
                ..base
            },
            Why::Unseen(_) => Self { what: "topic", ..base },
            Why::ConfigsUnseen(_) => Self { what: "config", ..base },
        }
    }

    fn at(topic: &str, (file, line): (String, usize)) -> Self {
        Self { name: topic.to_owned(), place: SourceLine { file, line }, ..Self::default() }
    }

    fn with_config(self, change: &ConfigChange) -> Self {
        Self {
            what: "config",
            key: Some(change.asked.key.clone()),
            old_value: change.old.clone(),
            old_source: Some(change.old_source.upper()),
            new_value: change.new.clone(),
            new_source: Some(change.new_source.upper()),
            ..self
        }
    }

    /// Whether the topic is made, or something of it is altered.
    pub fn action(&self) -> Action {
        if self.what == "topic" { Action::Create } else { Action::Alter }
    }

    fn before(&self) -> Cow<'_, str> {
        let number = self.old_partition_count.or(self.old_replication_factor);
        match (&self.old_value, number) {
            (Some(value), _) => Cow::Borrowed(value),
            (None, Some(number)) => number.to_string().into(),
            (None, None) => Cow::Borrowed(""),
        }
    }

    fn after(&self) -> Cow<'_, str> {
        if self.what == "topic" {
            return numbers(self.partition_count, self.replication_factor).into();
        }
        let number = self.partition_count.or(self.replication_factor);
        match (&self.new_value, number) {
            (Some(value), _) => Cow::Borrowed(value),
            (None, Some(number)) => number.to_string().into(),
            (None, None) if self.key.is_some() => Cow::Borrowed("(not set)"),
            (None, None) => Cow::Borrowed(""),
        }
    }
}

/// `12 partitions, 3 replicas of each`, as far as it is said.
fn numbers(partitions: Option<usize>, replicas: Option<usize>) -> String {
    let partitions = partitions.map(|number| count(number, "partition"));
    let replicas = replicas.map(|number| format!("{} of each", count(number, "replica")));
    let parts: Vec<String> = partitions.into_iter().chain(replicas).collect();
    parts.join(", ")
}

impl Subject for TopicChange {
    const KIND: &'static str = "TopicApplyResult";
    const PLURAL: &'static str = "changes";

    fn columns() -> Vec<Column> {
        vec![
            Column::text("TOPIC"),
            Column::text("CHANGE"),
            Column::text("OLD"),
            Column::text("NEW"),
        ]
    }

    fn row(&self) -> Vec<Cow<'_, str>> {
        let what = match self.what {
            "replicationFactor" => "replicas",
            what => self.key.as_deref().unwrap_or(what),
        };
        vec![Cow::Borrowed(&self.name), Cow::Borrowed(what), self.before(), self.after()]
    }

    fn name(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.name)
    }

    fn title(&self) -> String {
        let topic = format!("topic `{}`", visible(&self.name));
        match (self.what, &self.key) {
            (_, Some(key)) => format!("`{}` of {topic}", visible(key)),
            ("partitions", _) => format!("partitions of {topic}"),
            ("replicationFactor", _) => format!("replicas of {topic}"),
            ("config", _) => format!("the configuration of {topic}"),
            _ => topic,
        }
    }
}

impl TopicPlan {
    /// The plan of these files.
    pub fn new(cluster_id: Option<String>, prune: bool, plan: &Plan, files: &Files) -> Self {
        let change = |change: &Change| TopicChange::of(change, files);
        // It is kept: what would hold without it is nobody's matter.
        let extra = |one: &Change| TopicChange { new_value: None, new_source: None, ..change(one) };
        let (create, alter): (Vec<_>, Vec<_>) =
            plan.changes.iter().map(change).partition(|change| change.what == "topic");
        let refused = |obstacle: &Obstacle| Refused {
            change: TopicChange::of_obstacle(obstacle, files),
            error: ItemError::from(&obstacle.error()),
            hint: obstacle.remedy(),
        };
        Self {
            cluster_id,
            in_sync: plan.in_sync(),
            prune,
            create,
            alter,
            extra: plan.extra.iter().map(extra).collect(),
            refused: plan.obstacles.iter().map(refused).collect(),
            unchanged: plan.unchanged,
            changes: changes(plan),
            not_done: not_done(plan),
        }
    }

    /// `2 topics to create, 1 to change, 12 unchanged, 3 values extra, 1 change that is not made`.
    pub fn summary(&self) -> String {
        let altered: BTreeSet<&str> =
            self.alter.iter().map(|change| change.name.as_str()).collect();
        let mut text = format!(
            "{} to create, {} to change, {} unchanged",
            count(self.create.len(), "topic"),
            altered.len(),
            self.unchanged
        );
        if !self.extra.is_empty() {
            text.push_str(&format!(", {} extra", count(self.extra.len(), "value")));
        }
        if !self.refused.is_empty() {
            text.push_str(&format!(", {} not made", count(self.refused.len(), "change")));
        }
        text
    }

    fn body(&self, wide: bool) -> Vec<Line<'static>> {
        let mut lines = fold(self.changes.clone(), wide, LINES);
        if !lines.is_empty() && !self.not_done.is_empty() {
            lines.push(Line::blank());
        }
        lines.extend(self.not_done.iter().cloned());
        lines
    }

    fn word(&self) -> &'static str {
        if self.in_sync { "in sync" } else { "changes" }
    }
}

fn changes(plan: &Plan) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut last = None;
    for change in &plan.changes {
        let name = visible(&change.topic);
        match &change.what {
            What::Create(wanted) => lines.extend(created(wanted)),
            _ if last != Some(&change.topic) => {
                lines.push(Line::styled(Style::Bold, format!("  ~ {name}")));
            }
            _ => {}
        }
        last = Some(&change.topic);
        match &change.what {
            What::Create(_) => {}
            What::Grow { from, to } => lines.push(
                Line::plain(format!("      partitions: {from} → "))
                    .then(Style::Added, to.to_string()),
            ),
            What::Config(change) => lines.push(indented(change_line(change))),
        }
    }
    lines
}

/// What is extra, and what is not done.
fn not_done(plan: &Plan) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let extra: Vec<_> = plan.extra.iter().filter_map(extra_line).collect();
    section(
        &mut lines,
        Some("Extra: set by topics and not in the files, kept without --prune"),
        extra,
    );
    let mut refused = Vec::new();
    for obstacle in &plan.obstacles {
        refused.push(Line::styled(Style::Warning, format!("  ! {}", obstacle.reason())));
        match &obstacle.why {
            Why::Unseen(error) | Why::ConfigsUnseen(error) => {
                refused.push(Line::styled(Style::Dim, format!("      {error}")));
            }
            _ => {}
        }
        let remedy = obstacle.remedy().map(|hint| format!("      {hint}"));
        refused.extend(remedy.map(|hint| Line::styled(Style::Dim, hint)));
    }
    section(&mut lines, Some("Not done"), refused);
    lines
}

fn created(wanted: &Wanted) -> Vec<Line<'static>> {
    let number = |n: Option<i64>| n.and_then(|n| usize::try_from(n).ok());
    let numbers = numbers(
        number(wanted.partitions.map(i64::from)),
        number(wanted.replication_factor.map(i64::from)),
    );
    let between = if numbers.is_empty() { "" } else { ": " };
    let name = visible(&wanted.name);
    let mut lines = vec![Line::styled(Style::Added, format!("  + {name}{between}{numbers}"))];
    lines.extend(wanted.configs.iter().map(|(key, value)| {
        Line::styled(Style::Added, format!("      {}={}", visible(key), visible(value)))
    }));
    lines
}

/// Below the name of its topic.
fn indented(line: Line<'static>) -> Line<'static> {
    let mut spans = Line::plain("    ").0;
    spans.extend(line.0);
    Line(spans)
}

fn extra_line(change: &Change) -> Option<Line<'static>> {
    let What::Config(config) = &change.what else { return None };
    let value = match &config.old {
        _ if config.sensitive => "(not shown)",
        Some(value) => value,
        None => "(not set)",
    };
    let (topic, key) = (visible(&change.topic), visible(&config.asked.key));
    Some(Line::styled(Style::Warning, format!("  ? {topic}: {key}={}", visible(value))))
}

impl Report for TopicPlan {
    fn kind(&self) -> &'static str {
        "TopicPlan"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, wide: bool) -> Vec<Block<'_>> {
        let mut lines = self.body(wide);
        if !lines.is_empty() {
            lines.push(Line::blank());
        }
        lines.push(if self.in_sync {
            Line::styled(Style::Good, format!("In sync: {}", self.summary()))
        } else {
            Line::styled(Style::Bold, format!("Plan: {}", self.summary()))
        });
        vec![Block::Lines(lines)]
    }

    /// Which topics change.
    fn names(&self) -> Vec<Cow<'_, str>> {
        let names: BTreeSet<&str> =
            self.create.iter().chain(&self.alter).map(|change| change.name.as_str()).collect();
        names.into_iter().map(Cow::Borrowed).collect()
    }

    fn markdown(&self) -> Option<String> {
        let title = format!("Kafka topics: {}", self.word());
        Some(comment(&title, &self.summary(), &self.body(true), "kward topic plan"))
    }

    fn annotations(&self) -> Vec<Annotation> {
        let at = |change: &TopicChange, severity, title: &str, message: String| Annotation {
            severity,
            place: Some((change.place.file.clone(), change.place.line)),
            column: None,
            title: Some(title.to_owned()),
            message,
        };
        let arrow = |change: &TopicChange| {
            format!("{}: {} → {}", change.title(), change.before(), change.after())
        };
        let refused = self.refused.iter().map(|refused| {
            let words = [refused.error.message.clone(), refused.hint.clone()];
            let message = words.into_iter().flatten().collect::<Vec<_>>().join("\n");
            at(&refused.change, Severity::Error, "not done", message)
        });
        let extra = self.extra.iter().map(|change| {
            at(
                change,
                Severity::Warning,
                "not in the file",
                format!("{}={}", change.title(), change.before()),
            )
        });
        let whole = Annotation {
            severity: Severity::Notice,
            place: None,
            column: None,
            title: Some(format!("Kafka topics: {}", self.word())),
            message: self.summary(),
        };
        let created = self.create.iter().map(|change| {
            let after = change.after();
            let how = if after.is_empty() { "as the broker makes it".into() } else { after };
            at(change, Severity::Notice, "topic to create", format!("{}: {how}", change.title()))
        });
        let altered = self
            .alter
            .iter()
            .map(|change| at(change, Severity::Notice, "topic to change", arrow(change)));
        refused.chain(extra).chain([whole]).chain(created).chain(altered).collect()
    }
}
