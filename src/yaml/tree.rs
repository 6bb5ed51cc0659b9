//! What a YAML document is after reading: nodes with places.

use std::rc::Rc;

use super::mistakes::At;

/// One document.
#[derive(Debug)]
pub struct Tree {
    /// Index into the sources.
    pub file: u32,
    /// The root.
    pub root: Node,
}

/// A node.
#[derive(Debug)]
pub struct Node {
    /// Where it begins.
    pub at: At,
    /// What it is.
    pub kind: Kind,
}

/// What a node is.
#[derive(Debug)]
pub enum Kind {
    /// Text. What YAML takes a plain one for is decided by who reads it.
    Scalar { text: Box<str>, plain: bool },
    /// A list; `flow` in brackets.
    Sequence { items: Box<[Node]>, flow: bool },
    /// Keys and values in their order, duplicates included.
    Mapping(Box<[(Node, Node)]>),
    /// An anchored node, or an alias of one.
    Shared(Rc<Node>),
}

impl Node {
    /// The node itself behind anchors and aliases.
    pub fn inner(&self) -> &Node {
        let mut node = self;
        while let Kind::Shared(shared) = &node.kind {
            node = shared;
        }
        node
    }

    /// Whether it says nothing at all: `key:` with no value.
    pub fn is_null(&self) -> bool {
        matches!(&self.inner().kind, Kind::Scalar { text, plain: true } if Plain::of(text) == Plain::Null)
    }

    /// The text of a scalar, whatever YAML takes it for.
    pub fn scalar(&self) -> Option<&str> {
        match &self.inner().kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// What it is, for a sentence.
    pub fn describe(&self) -> &'static str {
        match &self.inner().kind {
            Kind::Scalar { text, plain: true } => Plain::of(text).describe(),
            Kind::Scalar { .. } => "text",
            Kind::Sequence { .. } => "a list",
            Kind::Mapping(_) => "a mapping",
            Kind::Shared(_) => "an alias",
        }
    }
}

/// What YAML takes a plain (unquoted) scalar for: the core schema of YAML 1.2, and the words and
/// numbers of YAML 1.1 that other tools take for something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plain {
    Text,
    Null,
    Bool,
    Number,
}

impl Plain {
    /// What `text` is when it is not quoted.
    pub fn of(text: &str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Plain::Null,
            "true" | "True" | "TRUE" | "false" | "False" | "FALSE" | "yes" | "Yes" | "YES"
            | "no" | "No" | "NO" | "on" | "On" | "ON" | "off" | "Off" | "OFF" => Plain::Bool,
            _ if is_number(text) => Plain::Number,
            _ => Plain::Text,
        }
    }

    fn describe(self) -> &'static str {
        match self {
            Plain::Text => "text",
            Plain::Null => "nothing",
            Plain::Bool => "a boolean",
            Plain::Number => "a number",
        }
    }
}

fn is_number(text: &str) -> bool {
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(body, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let radix =
        |digits: &str, radix| !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    if let Some(digits) = body.strip_prefix("0x") {
        return radix(digits, 16);
    }
    if let Some(digits) = body.strip_prefix("0o") {
        return radix(digits, 8);
    }
    let (mantissa, exponent) = match body.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (body, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent
            .is_none_or(|exponent| radix(exponent.strip_prefix(['-', '+']).unwrap_or(exponent), 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars() {
        for text in [
            "2024", "007", "-1", "+12", "1.5", "1e3", "1.", ".5", "0x1F", "0o17", ".inf", "-.INF",
            ".nan",
        ] {
            assert_eq!(Plain::of(text), Plain::Number, "{text}");
        }
        for text in ["on", "Yes", "true", "FALSE", "off"] {
            assert_eq!(Plain::of(text), Plain::Bool, "{text}");
        }
        for text in ["", "~", "null"] {
            assert_eq!(Plain::of(text), Plain::Null, "{text}");
        }
        for text in [
            "1.2.3.4",
            "v1",
            "1-2",
            "e5",
            ".",
            "-",
            "+",
            "0x",
            "nullx",
            "yEs",
            "1e",
            "10.0.0.0/8",
            "::1",
            "abc",
        ] {
            assert_eq!(Plain::of(text), Plain::Text, "{text}");
        }
    }
}
