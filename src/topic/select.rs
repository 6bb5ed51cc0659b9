//! Which topics of a cluster are meant: by name, by prefix, by regular expression.

use regex_lite::Regex;

use super::state::Topic;
use crate::model::TopicId;

/// A selection; parts that are absent select everything.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// These names.
    pub names: Vec<String>,
    /// These ids.
    pub ids: Vec<TopicId>,
    /// Names that begin so.
    pub prefix: Option<String>,
    /// Names that this matches.
    pub pattern: Option<Regex>,
    /// Kafka's own topics too; a name or an id that is given is meant in any case.
    pub internal: bool,
}

impl Selection {
    /// Whether the topic is meant.
    pub fn matches(&self, topic: &Topic) -> bool {
        let name = topic.name.as_str();
        if !self.names.is_empty() {
            return self.names.iter().any(|wanted| wanted == name);
        }
        if !self.ids.is_empty() {
            return topic.id.is_some_and(|id| self.ids.contains(&id));
        }
        (self.internal || !topic.internal) && self.names_match(name)
    }

    /// Whether the topic would be meant, were it not Kafka's own.
    pub fn leaves_out(&self, topic: &Topic) -> bool {
        let by_name = self.names.is_empty() && self.ids.is_empty();
        let narrowed = self.prefix.is_some() || self.pattern.is_some();
        let barred = topic.internal && !self.internal;
        by_name && narrowed && barred && self.names_match(&topic.name)
    }

    fn names_match(&self, name: &str) -> bool {
        self.prefix.as_deref().is_none_or(|prefix| name.starts_with(prefix))
            && self.pattern.as_ref().is_none_or(|pattern| pattern.is_match(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(name: &str, internal: bool) -> Topic {
        Topic {
            name: name.into(),
            id: None,
            internal,
            partitions: Vec::new(),
            authorized_operations: None,
            error: None,
        }
    }

    #[test]
    fn selections() {
        let all =
            [topic("a.b", false), topic("a.bc", false), topic("__a", true), topic("x", false)];
        let selected = |selection: Selection| {
            let names = all.iter().filter(|t| selection.matches(t)).map(|t| t.name.as_str());
            names.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(selected(Selection::default()), "a.b a.bc x");
        assert_eq!(
            selected(Selection { internal: true, ..Selection::default() }),
            "a.b a.bc __a x"
        );
        let prefix = Some("a.".to_owned());
        assert_eq!(selected(Selection { prefix, ..Selection::default() }), "a.b a.bc");
        let pattern = Some(Regex::new("^(?:a..|x)$").unwrap());
        assert_eq!(selected(Selection { pattern, ..Selection::default() }), "a.b x");
        let left_out = |prefix: Option<&str>, pattern: Option<&str>, internal: bool| {
            let prefix = prefix.map(str::to_owned);
            let pattern = pattern.map(|pattern| Regex::new(pattern).unwrap());
            let selection = Selection { prefix, pattern, internal, ..Selection::default() };
            let names = all.iter().filter(|t| selection.leaves_out(t)).map(|t| t.name.as_str());
            names.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(left_out(Some("__"), None, false), "__a");
        assert_eq!(left_out(None, Some("a$"), false), "__a");
        assert_eq!(left_out(Some("__"), None, true), "");
        assert_eq!(left_out(Some("a."), None, false), "");
        assert_eq!(left_out(None, None, false), "", "nobody asks for them");
        let known = Topic { id: Some(TopicId([7; 16])), ..topic("__known", true) };
        let ids = vec![TopicId([7; 16])];
        let by_id = Selection { ids, ..Selection::default() };
        assert!(by_id.matches(&known));
        assert_eq!(selected(by_id), "");
        let names = vec!["__a".to_owned(), "nowhere".to_owned()];
        assert_eq!(selected(Selection { names, ..Selection::default() }), "__a");
    }
}
