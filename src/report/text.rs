//! `Text`: a document that a command writes as it is, such as an exported ACL file.

use serde::Serialize;

use super::{Block, Json, Line, Report};

/// Text, line by line.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Text {
    #[serde(skip)]
    kind: &'static str,
    /// The whole text.
    pub text: String,
}

impl Text {
    /// A text; its JSON document is of this kind.
    pub fn new(kind: &'static str, text: String) -> Self {
        Self { kind, text }
    }
}

impl Report for Text {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn has_names(&self) -> bool {
        false
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn verbatim(&self) -> Option<&str> {
        Some(&self.text)
    }

    fn blocks(&self, _wide: bool) -> Vec<Block<'_>> {
        vec![Block::Lines(self.text.lines().map(Line::plain).collect())]
    }
}
