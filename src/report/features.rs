//! `FeatureWriteResult`: levels of features that are set, and `ReleaseFeatures`: what a release stands for.

use std::borrow::Cow;

use serde::Serialize;

use super::write::Subject;
use super::{Block, Column, Json, Report, Rows, Table};
use crate::model::MetadataVersion;

/// A feature whose level is written.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WrittenFeature {
    /// `metadata.version`.
    pub name: String,
    /// The level before; 0 when it was off.
    pub old_level: i16,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_name: Option<String>,
    /// The level that is wanted; 0 to turn it off.
    pub new_level: i16,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_name: Option<String>,
}

impl WrittenFeature {
    /// Of these levels.
    pub fn new(name: &str, old_level: i16, new_level: i16) -> Self {
        Self {
            name: name.to_owned(),
            old_level,
            old_name: named(name, old_level),
            new_level,
            new_name: named(name, new_level),
        }
    }

    /// The level before, for people: `22 (4.0-IV0)`.
    pub fn old(&self) -> String {
        shown(self.old_level, self.old_name.as_deref())
    }

    /// The level that is wanted.
    pub fn new_shown(&self) -> String {
        shown(self.new_level, self.new_name.as_deref())
    }
}

/// The name of the level of a feature, where it has one.
fn named(feature: &str, level: i16) -> Option<String> {
    let known = MetadataVersion(level).name().filter(|_| feature == MetadataVersion::FEATURE);
    known.map(str::to_owned)
}

fn shown(level: i16, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("{level} ({name})"),
        None if level == 0 => "off".to_owned(),
        None => level.to_string(),
    }
}

impl Subject for WrittenFeature {
    const KIND: &'static str = "FeatureWriteResult";
    const PLURAL: &'static str = "features";

    fn columns() -> Vec<Column> {
        vec![Column::text("FEATURE"), Column::text("OLD"), Column::text("NEW")]
    }

    fn row(&self) -> Vec<Cow<'_, str>> {
        vec![self.name.as_str().into(), self.old().into(), self.new_shown().into()]
    }

    fn name(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }
}

/// What a release of Kafka stands for.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseFeatures {
    /// Its level of `metadata.version`, by its name.
    pub metadata_version: String,
    /// Its features, `metadata.version` first.
    pub items: Vec<ReleaseFeature>,
}

/// A feature as a release has it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseFeature {
    /// `share.version`.
    pub name: String,
    /// Its level; 0 is off.
    pub level: i16,
    /// The name of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level_name: Option<String>,
    /// What that level needs of others.
    pub requires: Vec<NeededFeature>,
}

/// What another feature has to be at least.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NeededFeature {
    /// `metadata.version`.
    pub name: String,
    /// Its level.
    pub level: i16,
    /// The name of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level_name: Option<String>,
}

impl ReleaseFeature {
    /// One that needs nothing.
    pub fn new(name: &str, level: i16) -> Self {
        let level_name = named(name, level);
        Self { name: name.to_owned(), level, level_name, requires: Vec::new() }
    }
}

impl NeededFeature {
    /// Of this level.
    pub fn new(name: &str, level: i16) -> Self {
        Self { name: name.to_owned(), level, level_name: named(name, level) }
    }
}

impl Report for ReleaseFeatures {
    fn kind(&self) -> &'static str {
        "ReleaseFeatures"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, _wide: bool) -> Vec<Block<'_>> {
        let columns =
            vec![Column::text("FEATURE"), Column::text("LEVEL"), Column::text("REQUIRES")];
        let mut table = Table::new(columns, "no features");
        for item in &self.items {
            let needed = |one: &NeededFeature| {
                format!("{} {}", one.name, shown(one.level, one.level_name.as_deref()))
            };
            let needed: Vec<String> = item.requires.iter().map(needed).collect();
            table.push([
                Cow::Borrowed(item.name.as_str()),
                shown(item.level, item.level_name.as_deref()).into(),
                needed.join(", ").into(),
            ]);
        }
        vec![Block::Table(table.without_empty_column("REQUIRES"))]
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of_items(self.blocks(true))
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.items.iter().map(|item| Cow::Borrowed(item.name.as_str())).collect()
    }
}
