//! `ConfigDescription`: values, where they come from, and what else is known of them.

use std::borrow::Cow;

use serde::Serialize;

use crate::model::visible;
use crate::topic::{ConfigEntry, EntityType};

use super::acl_write::ItemError;
use super::{Block, Column, Json, Line, Report, Rows, Style, Table};

/// The configurations asked for.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfigDescription {
    /// The cluster asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_id: Option<String>,
    /// One for each entity.
    pub items: Vec<EntityConfig>,
    /// The entities themselves were asked for: their names are those of the report.
    #[serde(skip)]
    pub listed: bool,
}

/// The configuration of one entity.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EntityConfig {
    /// `TOPIC`, `BROKER`, `BROKER_LOGGER`, `CLIENT_METRICS`, `GROUP`.
    pub entity_type: &'static str,
    /// Its name; the id of a broker; empty for what all brokers have in common.
    pub entity_name: String,
    /// For people.
    #[serde(skip)]
    pub title: String,
    /// Why nothing is known of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ItemError>,
    /// Its values, by key.
    pub configs: Vec<ConfigValue>,
}

/// A value.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfigValue {
    /// The key.
    pub name: String,
    /// The value; absent when it is not set or sensitive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Kafka's name of what sets it.
    pub source: &'static str,
    /// For people.
    #[serde(skip)]
    pub source_words: &'static str,
    /// The broker keeps it to itself.
    pub sensitive: bool,
    /// It cannot be changed while the broker runs.
    pub read_only: bool,
    /// `BOOLEAN`, `LIST`, …
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What sets it and what would, the strongest first; absent when not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub synonyms: Option<Vec<SynonymValue>>,
    /// The broker's words on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub documentation: Option<String>,
}

/// One of the places that set a value.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SynonymValue {
    /// The key there.
    pub name: String,
    /// The value there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The place.
    pub source: &'static str,
}

impl EntityConfig {
    /// Of an entity; `synonyms` when they were asked for.
    pub fn new(
        kind: EntityType,
        name: &str,
        title: String,
        configs: &[&ConfigEntry],
        synonyms: bool,
    ) -> Self {
        Self {
            entity_type: kind.upper(),
            entity_name: name.to_owned(),
            title,
            error: None,
            configs: configs.iter().map(|entry| ConfigValue::new(entry, synonyms)).collect(),
        }
    }
}

impl ConfigValue {
    fn new(entry: &ConfigEntry, synonyms: bool) -> Self {
        let of = |entry: &ConfigEntry| {
            let places = entry.synonyms.iter().map(|synonym| SynonymValue {
                name: synonym.name.clone(),
                value: synonym.value.clone(),
                source: synonym.source.upper(),
            });
            places.collect()
        };
        Self {
            name: entry.name.clone(),
            value: entry.value.clone(),
            source: entry.source.upper(),
            source_words: entry.source.words(),
            sensitive: entry.sensitive,
            read_only: entry.read_only,
            kind: entry.kind.upper(),
            synonyms: synonyms.then(|| of(entry)),
            documentation: entry.documentation.clone(),
        }
    }

    fn shown(&self) -> Cow<'_, str> {
        match &self.value {
            Some(value) if value.is_empty() => Cow::Borrowed("\"\""),
            Some(value) => Cow::Borrowed(value),
            None if self.sensitive => Cow::Borrowed("(sensitive)"),
            None => Cow::Borrowed("(not set)"),
        }
    }
}

impl Report for ConfigDescription {
    fn kind(&self) -> &'static str {
        "ConfigDescription"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, wide: bool) -> Vec<Block<'_>> {
        let mut blocks = Vec::new();
        if self.listed && self.items.is_empty() {
            let columns = vec![Column::text("KEY"), Column::text("VALUE"), Column::text("FROM")];
            blocks
                .push(Block::Table(Table::new(columns, "nothing has a configuration of its own")));
        }
        for item in &self.items {
            let mut lines = Vec::new();
            if !blocks.is_empty() {
                lines.push(Line::blank());
            }
            lines.push(Line::styled(Style::Bold, item.title.as_str()));
            if let Some(error) = &item.error {
                lines.push(Line::styled(Style::Bad, format!("  {} ({})", error.name, error.code)));
            } else if item.configs.is_empty() {
                lines.push(Line::styled(Style::Dim, "  nothing to show"));
            }
            blocks.push(Block::Lines(lines));
            let explained =
                item.configs.iter().any(|c| c.synonyms.is_some() || c.documentation.is_some());
            if explained {
                blocks.push(Block::Lines(item.configs.iter().flat_map(told_at_length).collect()));
            } else if !item.configs.is_empty() {
                blocks.push(Block::Table(table(&item.configs, wide)));
            }
        }
        blocks
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        let tables = self.items.iter().map(|item| table(&item.configs, true)).collect();
        vec![Rows { lists: &[&["items", "configs"]], tables }]
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        if self.listed {
            return self
                .items
                .iter()
                .map(|item| Cow::Borrowed(item.entity_name.as_str()))
                .collect();
        }
        let values = self.items.iter().flat_map(|item| &item.configs);
        values.map(|config| Cow::Borrowed(config.name.as_str())).collect()
    }
}

fn table(configs: &[ConfigValue], wide: bool) -> Table<'_> {
    let mut columns = vec![Column::text("KEY"), Column::text("VALUE"), Column::text("FROM")];
    if wide {
        columns.extend([Column::text("TYPE").keep(90), Column::text("READ-ONLY").keep(80)]);
    }
    let mut table = Table::new(columns, "");
    for config in configs {
        let mut row: Vec<Cow<'_, str>> =
            vec![Cow::Borrowed(&config.name), config.shown(), Cow::Borrowed(config.source_words)];
        if wide {
            let read_only = if config.read_only { "yes" } else { "no" };
            row.extend([Cow::Borrowed(config.kind), Cow::Borrowed(read_only)]);
        }
        table.push(row);
    }
    table
}

/// A value with its synonyms and the broker's words.
fn told_at_length(config: &ConfigValue) -> Vec<Line<'_>> {
    let first = Line::plain(format!("  {}={}", visible(&config.name), visible(&config.shown())))
        .then(Style::Dim, format!("  {}, {}", config.source_words, config.kind));
    let mut lines = vec![first];
    for synonym in config.synonyms.iter().flatten() {
        let value = match &synonym.value {
            Some(value) => visible(value).into_owned(),
            None if config.sensitive => "(sensitive)".to_owned(),
            None => "(not set)".to_owned(),
        };
        let text = format!("      {}: {}={value}", synonym.source, visible(&synonym.name));
        lines.push(Line::styled(Style::Dim, text));
    }
    if let Some(words) = &config.documentation {
        lines.push(Line::plain(format!("      {}", without_markup(words))));
    }
    lines
}

/// Kafka documents its keys in HTML.
fn without_markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let tag = rest[start..].find('>').map(|end| start + end);
        // A `<` that begins no tag is a comparison.
        let is_tag = rest[start + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
        match tag {
            Some(end) if is_tag => {
                out.push_str(&rest[..start]);
                if rest[start..=end].contains("br") || rest[start..=end].contains("li") {
                    out.push(' ');
                }
                rest = &rest[end + 1..];
            }
            _ => {
                out.push_str(&rest[..=start]);
                rest = &rest[start + 1..];
            }
        }
    }
    out.push_str(rest);
    let words: Vec<&str> = out.split_whitespace().collect();
    visible(&words.join(" ")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documentation_reads_without_its_markup() {
        let text = "The <code>max</code> size.<br>If a < b, <a href=\"x\">see</a>\nthere";
        assert_eq!(without_markup(text), "The max size. If a < b, see there");
    }
}
