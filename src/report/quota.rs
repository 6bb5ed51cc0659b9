//! `QuotaList` and `QuotaWriteResult`: what clients may use.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::write::Subject;
use super::{Block, Column, Json, Report, Rows, Table};
use crate::model::{QuotaEntity, visible};

/// The quotas of a cluster.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QuotaList {
    /// The cluster asked.
    pub cluster_id: String,
    /// By entity.
    pub items: Vec<Quotas>,
}

/// The quotas of one entity.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Quotas {
    /// Whose.
    pub entity: QuotaEntity,
    /// By Kafka's key: `producer_byte_rate`.
    pub quotas: BTreeMap<String, Number>,
}

/// A number that is whole in JSON where it is whole.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number(pub f64);

impl Number {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small enough")]
    fn whole(self) -> Option<i64> {
        (self.0.fract() == 0.0 && self.0.abs() < 9e15).then_some(self.0 as i64)
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.whole() {
            Some(whole) => write!(f, "{whole}"),
            None => write!(f, "{}", self.0),
        }
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.whole() {
            Some(whole) => serializer.serialize_i64(whole),
            None => serializer.serialize_f64(self.0),
        }
    }
}

impl Report for QuotaList {
    fn kind(&self) -> &'static str {
        "QuotaList"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, _wide: bool) -> Vec<Block<'_>> {
        let columns = vec![Column::text("ENTITY"), Column::text("QUOTA"), Column::number("VALUE")];
        let mut table = Table::new(columns, "no quotas");
        for item in &self.items {
            let entity = item.entity.to_string();
            for (key, value) in &item.quotas {
                table.push([
                    Cow::Owned(entity.clone()),
                    Cow::Borrowed(key.as_str()),
                    value.to_string().into(),
                ]);
            }
        }
        vec![Block::Table(table)]
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of_items(self.blocks(true))
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.items.iter().map(|item| item.entity.to_string().into()).collect()
    }
}

/// A quota that is written.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QuotaValue {
    /// Whose.
    pub entity: QuotaEntity,
    /// Kafka's key; absent where an entity has no quota to delete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What it was; absent where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Number>,
    /// What it is to be; absent where it is to go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Number>,
}

impl Subject for QuotaValue {
    const KIND: &'static str = "QuotaWriteResult";
    const PLURAL: &'static str = "quotas";

    fn columns() -> Vec<Column> {
        vec![
            Column::text("ENTITY"),
            Column::text("QUOTA"),
            Column::number("OLD"),
            Column::number("NEW"),
        ]
    }

    fn row(&self) -> Vec<Cow<'_, str>> {
        let shown = |number: Option<Number>| number.map_or_else(String::new, |n| n.to_string());
        vec![
            self.entity.to_string().into(),
            self.key.as_deref().unwrap_or_default().into(),
            shown(self.old).into(),
            shown(self.new).into(),
        ]
    }

    fn name(&self) -> Cow<'_, str> {
        match &self.key {
            Some(key) => format!("{} {key}", self.entity).into(),
            None => self.entity.to_string().into(),
        }
    }
}

/// `- user ana producer_byte_rate 1024`: for a question.
pub fn line(entity: &QuotaEntity, key: &str, value: Number) -> String {
    format!("{} {} {value}", visible(&entity.to_string()), visible(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_whole() {
        for (number, shown) in [(1_048_576.0, "1048576"), (12.5, "12.5"), (1e300, "1e300")] {
            assert_eq!(serde_json::to_string(&Number(number)).unwrap().replace('+', ""), shown);
        }
        assert_eq!(Number(50.0).to_string(), "50");
        assert_eq!(Number(0.25).to_string(), "0.25");
    }
}
