//! What a tool's file may hold. A key that its tool does not know is refused and not passed over: what is left
//! out by that could be a `deny`, or the host that a grant is limited to.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use serde_saphyr::Spanned;

use super::Wrong;
use crate::model::nearest;

/// What may stand at a place.
#[derive(Debug)]
pub(super) enum Shape {
    /// Whatever it is: it says nothing about ACLs, or who reads it looks at every key.
    Any,
    /// A table of these keys alone.
    Keys(&'static [(&'static str, Shape)]),
    /// A table of these keys; who reads it looks at all others.
    Among(&'static [(&'static str, Shape)]),
    /// A table whose keys are names.
    Named(&'static Shape),
    /// A list.
    Each(&'static Shape),
    /// A list of the first, or the second.
    EachOr(&'static Shape, &'static Shape),
    /// A table that is of one of these shapes, by what it says under the key.
    By(&'static str, &'static [(&'static str, Shape)]),
}

/// A value of YAML that knows its line, and those of its keys.
#[derive(Debug)]
pub(super) struct Node {
    line: u64,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Scalar(Value),
    List(Vec<Node>),
    Table(Vec<(Spanned<String>, Node)>),
}

impl Node {
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar(Value::Null))
    }

    /// What stands under a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.kind {
            Kind::Table(pairs) => pairs.iter().find(|(k, _)| k.value == key).map(|(_, node)| node),
            _ => None,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(value) => value.as_str(),
            _ => None,
        }
    }

    pub fn list(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    /// The same without lines.
    pub fn value(&self) -> Value {
        match &self.kind {
            Kind::Scalar(value) => value.clone(),
            Kind::List(items) => items.iter().map(Node::value).collect(),
            Kind::Table(pairs) => {
                let pairs = pairs.iter().map(|(key, node)| (key.value.clone(), node.value()));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }

    pub fn wrong(&self, why: impl Into<String>) -> Wrong {
        Wrong { place: format!("line {}", self.line), why: why.into() }
    }

    /// Whether it is of a shape; `what` is the key that it stands under. Nothing at all is of every shape.
    pub fn check(&self, shape: &Shape, what: &str) -> Result<(), Wrong> {
        let items = |items: &[Node], of: &Shape| items.iter().try_for_each(|i| i.check(of, what));
        match (shape, &self.kind) {
            (Shape::Any, _) | (_, Kind::Scalar(Value::Null)) => Ok(()),
            (Shape::Each(of) | Shape::EachOr(of, _), Kind::List(list)) => items(list, of),
            (Shape::EachOr(_, table), _) => self.check(table, what),
            (Shape::Each(_), _) => Err(self.wrong(format!("`{what}` is no list"))),
            (Shape::Named(of), Kind::Table(pairs)) => {
                pairs.iter().try_for_each(|(name, node)| node.check(of, &name.value))
            }
            (Shape::Keys(known) | Shape::Among(known), Kind::Table(pairs)) => {
                let strict = matches!(shape, Shape::Keys(_));
                pairs.iter().try_for_each(|(key, node)| {
                    match known.iter().find(|(name, _)| *name == key.value) {
                        Some((name, of)) => node.check(of, name),
                        None if !strict => Ok(()),
                        None => Err(Wrong {
                            place: format!("line {}", key.defined.line()),
                            why: not_known(&key.value, known.iter().map(|(name, _)| *name)),
                        }),
                    }
                })
            }
            (Shape::By(key, shapes), Kind::Table(_)) => {
                let said = self.get(key).and_then(Node::text);
                match shapes.iter().find(|(name, _)| Some(*name) == said) {
                    Some((_, of)) => self.check(of, what),
                    // Who reads it says what is wrong with that.
                    None => Ok(()),
                }
            }
            (Shape::Named(_) | Shape::Keys(_) | Shape::Among(_) | Shape::By(..), _) => {
                Err(self.wrong(format!("`{what}` is no table")))
            }
        }
    }
}

/// That a key is not among those that its table may have.
pub(super) fn not_known<'k>(key: &str, known: impl Iterator<Item = &'k str> + Clone) -> String {
    if let Some(near) = nearest(key, known.clone()) {
        return format!("`{key}` is not known here, did you mean `{near}`?");
    }
    let known: Vec<String> = known.map(|name| format!("`{name}`")).collect();
    format!("`{key}` is not known here, only {}", known.join(", "))
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let kind = Spanned::<Kind>::deserialize(deserializer)?;
        Ok(Self { line: kind.defined.line(), kind: kind.value })
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Of;

        impl<'de> Visitor<'de> for Of {
            type Value = Kind;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_bool<E>(self, value: bool) -> Result<Kind, E> {
                Ok(Kind::Scalar(value.into()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Kind, E> {
                Ok(Kind::Scalar(value.into()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Kind, E> {
                Ok(Kind::Scalar(value.into()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Kind, E> {
                Ok(Kind::Scalar(value.into()))
            }

            fn visit_str<E>(self, value: &str) -> Result<Kind, E> {
                Ok(Kind::Scalar(value.into()))
            }

            fn visit_unit<E>(self) -> Result<Kind, E> {
                Ok(Kind::Scalar(Value::Null))
            }

            fn visit_none<E>(self) -> Result<Kind, E> {
                Ok(Kind::Scalar(Value::Null))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Kind, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    items.push(item);
                }
                Ok(Kind::List(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut table: A) -> Result<Kind, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = table.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Kind::Table(pairs))
            }
        }

        deserializer.deserialize_any(Of)
    }
}
