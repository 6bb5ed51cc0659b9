//! `FeatureWriteResult`: levels of features that are set.

use std::borrow::Cow;

use serde::Serialize;

use super::Column;
use super::write::Subject;
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
        let named = |level: i16| {
            let known = MetadataVersion(level).name().filter(|_| name == MetadataVersion::FEATURE);
            known.map(str::to_owned)
        };
        Self {
            name: name.to_owned(),
            old_level,
            old_name: named(old_level),
            new_level,
            new_name: named(new_level),
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
