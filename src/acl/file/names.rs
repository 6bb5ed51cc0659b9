//! Names, patterns, principals, hosts and operations as the file writes them.

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::Arc;

use super::verbs::Pattern;
use crate::acl::desired::PrincipalPattern;
use crate::model::{
    Host, HostError, HostKind, Name, Operation, PatternType, Principal, PrincipalError,
    ResourceType, WILDCARD,
};
use crate::yaml::fields::{is_split_name, report_split};
use crate::yaml::mistakes::{At, Mistakes, shown};
use crate::yaml::text::{Env, Filled, LONGEST, Text, text};
use crate::yaml::tree::{Kind, Node};

/// How a name was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As it is; a trailing `*` has its meaning.
    Plain,
    /// `{ literal: … }`.
    Literal,
    /// `{ prefix: … }`.
    Prefix,
}

/// A name before its variables are known.
#[derive(Debug, Clone, Copy)]
pub(super) struct NameText<'t> {
    pub text: Text<'t>,
    pub form: Form,
}

/// Reads a name, `{ literal: … }`, `{ prefix: … }`, or a list of them.
pub(super) fn names<'t>(node: &'t Node, what: &str, mistakes: &Mistakes) -> Vec<NameText<'t>> {
    let mut out = Vec::new();
    list(node, what, mistakes, |item| name(item, what, mistakes, &mut out));
    out
}

/// Calls `each` for the entries of a list, or for the one thing that is none.
pub(super) fn list<'t>(
    node: &'t Node,
    what: &str,
    mistakes: &Mistakes,
    mut each: impl FnMut(&'t Node),
) {
    match &node.inner().kind {
        Kind::Sequence { items, .. } if items.is_empty() => {
            let hint = format!("an empty list says nothing: write {what}, or remove the key");
            mistakes.add_hint(node.inner().at, "the list is empty", hint);
        }
        Kind::Sequence { items, flow } => {
            if *flow && report_split_name(items, mistakes) {
                return;
            }
            items.iter().for_each(each);
        }
        _ => each(node),
    }
}

/// `[User:CN=etl,OU=data]` is two entries for YAML, and certainly not what was meant.
fn report_split_name(items: &[Node], mistakes: &Mistakes) -> bool {
    let is_split = |pair: &[Node]| match (&pair[0].inner().kind, &pair[1].inner().kind) {
        (Kind::Scalar { text: first, plain: true }, Kind::Scalar { text: second, plain: true }) => {
            is_split_name(first, second)
        }
        _ => false,
    };
    let Some(start) = items.windows(2).position(is_split) else { return false };
    let more = items[start + 1..].windows(2).take_while(|pair| is_split(pair)).count();
    let words: Vec<&str> = items[start..start + 2 + more].iter().filter_map(Node::scalar).collect();
    report_split(items[start].inner().at, &words.join(","), mistakes);
    true
}

fn name<'t>(node: &'t Node, what: &str, mistakes: &Mistakes, out: &mut Vec<NameText<'t>>) {
    let Kind::Mapping(pairs) = &node.inner().kind else {
        out.extend(text(node, what, mistakes).map(|text| NameText { text, form: Form::Plain }));
        return;
    };
    let [(key, value)] = &**pairs else {
        let hint = "write the name, `{ literal: … }` or `{ prefix: … }`";
        mistakes.add_hint(node.inner().at, format!("expected {what}, found a mapping"), hint);
        return;
    };
    let form = match key.scalar() {
        Some("literal") => Form::Literal,
        Some("prefix") => Form::Prefix,
        other => {
            let hint = match other {
                Some(word)
                    if value.scalar().is_some() && word.chars().all(char::is_alphanumeric) =>
                {
                    let value = value.scalar().unwrap_or_default();
                    let whole = format!("{word}:{value}");
                    let shown = shown(&whole);
                    format!("`: ` begins a mapping; for one name write `{shown}` or quote it")
                }
                _ => "write the name, `{ literal: … }` or `{ prefix: … }`".to_owned(),
            };
            mistakes.add_hint(node.inner().at, format!("expected {what}, found a mapping"), hint);
            return;
        }
    };
    list(value, "a name", mistakes, |item| {
        out.extend(text(item, "a name", mistakes).map(|text| NameText { text, form }));
    });
}

/// Whether the node is a mapping that is a name: `{ literal: … }`.
pub(super) fn is_escaped_name(node: &Node) -> bool {
    matches!(&node.inner().kind, Kind::Mapping(pairs)
        if pairs.len() == 1 && matches!(pairs[0].0.scalar(), Some("literal" | "prefix")))
}

/// One copy of each text: a state of 100,000 bindings repeats few names.
#[derive(Debug, Default)]
pub(super) struct Interner(RefCell<HashSet<Arc<str>>>);

impl Interner {
    pub fn get(&self, text: &str) -> Arc<str> {
        let mut set = self.0.borrow_mut();
        if let Some(known) = set.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        set.insert(Arc::clone(&new));
        new
    }
}

/// What names are resolved in.
#[derive(Clone, Copy)]
pub(super) struct Resolver<'e, 't> {
    pub env: Env<'e, 't>,
    pub interner: &'e Interner,
    /// Whether the cluster knows CIDR ranges.
    pub cidr: bool,
}

impl Resolver<'_, '_> {
    pub fn mistakes(&self) -> &Mistakes {
        self.env.outside.mistakes
    }

    /// A name or pattern.
    pub fn pattern(&self, name: &NameText<'_>) -> Option<Pattern> {
        let at = name.text.at;
        let filled = self.fill_name(name.text)?;
        match name.form {
            Form::Literal => self.literal(at, &filled.text),
            Form::Prefix => self.prefix(at, &filled.text),
            Form::Plain if name.text.raw == WILDCARD => self.literal(at, WILDCARD),
            Form::Plain => {
                let (stem, prefixed) = match filled.text.strip_suffix('*') {
                    Some(stem) if filled.ends_in_star => (stem, true),
                    _ => (&*filled.text, false),
                };
                if stem.contains('*') {
                    let shown = shown(&filled.text);
                    let message =
                        format!("`{shown}`: a `*` means something at the end of a name only");
                    let hint = match &*filled.text {
                        // As a literal, this one is every name.
                        WILDCARD => "if every name is meant, write `\"*\"`; otherwise give the variable a value".to_owned(),
                        name => format!(
                            "Kafka has prefixes and no other pattern; a name with a `*` in it is `{{ literal: {} }}`",
                            shown_in_quotes(name)
                        ),
                    };
                    self.mistakes().add_hint(at, message, hint);
                    return None;
                }
                if prefixed { self.prefix(at, stem) } else { self.literal(at, stem) }
            }
        }
    }

    fn literal(&self, at: At, name: &str) -> Option<Pattern> {
        if name.is_empty() {
            self.mistakes().add_hint(
                at,
                "the name is empty",
                "Kafka accepts no empty name: write one, or give the variable a value",
            );
            return None;
        }
        self.short(at, name)?;
        Some(Pattern { pattern_type: PatternType::Literal, name: self.name(name) })
    }

    fn prefix(&self, at: At, prefix: &str) -> Option<Pattern> {
        if prefix.is_empty() {
            let message = "the prefix is empty, so this would be every name";
            self.mistakes().add_hint(at, message, "if that is meant, write `\"*\"`");
            return None;
        }
        self.short(at, prefix)?;
        Some(Pattern { pattern_type: PatternType::Prefixed, name: self.name(prefix) })
    }

    fn name(&self, text: &str) -> Name {
        Name::verbatim(self.interner.get(text))
    }

    fn short(&self, at: At, name: &str) -> Option<()> {
        if name.len() <= LONGEST {
            return Some(());
        }
        let message = format!("this name has {} bytes; Kafka stores at most {LONGEST}", name.len());
        self.mistakes().add(at, message);
        None
    }

    /// Fills a name or principal, where no value may bring a `*`.
    fn fill_name<'x>(&self, text: Text<'x>) -> Option<Filled<'x>> {
        let filled = self.env.fill(text)?;
        if let Some(reference) = &filled.star {
            let message = format!("the value of `{reference}` brings a `*` into a name");
            let hint = "a `*` is read only where the file itself has it: write it behind the reference, and take it out of the value";
            self.mistakes().add_hint(text.at, message, hint);
            return None;
        }
        Some(filled)
    }

    /// A name that cannot be a pattern.
    pub fn exact(&self, name: &NameText<'_>, what: &str) -> Option<Name> {
        let pattern = self.pattern(name)?;
        if pattern.pattern_type == PatternType::Prefixed || &*pattern.name == WILDCARD {
            let message = format!("{what} is one name, not a pattern");
            self.mistakes().add_hint(name.text.at, message, "write the name without `*`");
            return None;
        }
        Some(pattern.name)
    }

    /// A principal of a rule or a test.
    pub fn principal(&self, name: &NameText<'_>) -> Option<Principal> {
        let at = name.text.at;
        let filled = self.fill_name(name.text)?;
        let text = &*filled.text;
        if name.form == Form::Prefix {
            let hint = "Kafka matches principals exactly; patterns are for `scope` and `protect`";
            self.mistakes().add_hint(at, "a rule names principals, not prefixes of them", hint);
            return None;
        }
        if name.form == Form::Plain && text.ends_with('*') && name.text.raw != Principal::EVERYONE {
            let message = format!(
                "`{}`: Kafka matches principals exactly, so this would match nobody",
                shown(text)
            );
            let literal = shown_in_quotes(text);
            let hint = match text {
                "*" => "everyone is `\"User:*\"`".to_owned(),
                // As a literal, this one is everyone, too.
                Principal::EVERYONE => "name each principal; if everyone is meant, write `\"User:*\"` without variables".to_owned(),
                _ => format!(
                    "name each principal; everyone is `\"User:*\"`; the name that really ends so is `{{ literal: {literal} }}`"
                ),
            };
            self.mistakes().add_hint(at, message, hint);
            return None;
        }
        self.typed(at, text)?;
        Some(Principal::verbatim(self.interner.get(text)))
    }

    /// A principal of `scope` or `protect`.
    pub fn principal_pattern(&self, name: &NameText<'_>) -> Option<PrincipalPattern> {
        let at = name.text.at;
        let filled = self.fill_name(name.text)?;
        let text = &*filled.text;
        let prefix = match name.form {
            Form::Literal => None,
            Form::Prefix => Some(text),
            Form::Plain if name.text.raw == Principal::EVERYONE => None,
            Form::Plain => text.strip_suffix('*').filter(|_| filled.ends_in_star),
        };
        let Some(prefix) = prefix else {
            self.typed(at, text)?;
            return Some(PrincipalPattern::Exact(Principal::verbatim(self.interner.get(text))));
        };
        if prefix.is_empty() {
            let message = "the prefix is empty, so this would be every principal";
            let hint =
                "every principal: leave `principal` out; every user: `{ prefix: \"User:\" }`";
            self.mistakes().add_hint(at, message, hint);
            return None;
        }
        let Some((kind, begin)) = prefix.split_once(':') else {
            self.no_type(at, prefix, "*");
            return None;
        };
        if kind.is_empty() {
            return self.typed(at, prefix).and(None);
        }
        if begin.is_empty() && name.text.raw.contains("${") {
            let message = format!(
                "with its variables put in, this is every principal of type `{}`",
                shown(kind)
            );
            let hint = format!(
                "give the variable a value; if every one is meant, write `{{ prefix: \"{}:\" }}`",
                shown(kind)
            );
            self.mistakes().add_hint(at, message, hint);
            return None;
        }
        Some(PrincipalPattern::Prefix(prefix.to_owned()))
    }

    fn typed(&self, at: At, text: &str) -> Option<()> {
        match Principal::parse(text) {
            Ok(_) => self.short(at, text),
            Err(PrincipalError::NoType) => {
                self.no_type(at, text, "");
                None
            }
            Err(error @ PrincipalError::EmptyPart) => {
                let message = format!("`{}`: {error}", shown(text));
                self.mistakes().add_hint(at, message, "write it like `User:orders`");
                None
            }
        }
    }

    fn no_type(&self, at: At, text: &str, star: &str) {
        let shown = shown(text);
        let message = format!("`{shown}{star}` has no type: a principal is `Type:name`");
        let right =
            if text.is_empty() { "User:orders".to_owned() } else { format!("User:{shown}{star}") };
        let quoted =
            if right.contains([',', '*', '#', ' ']) { format!("\"{right}\"") } else { right };
        self.mistakes().add_hint(at, message, format!("write `{quoted}`"));
    }

    /// A host of a rule, in the form that the broker compares.
    pub fn host(&self, text: Text<'_>) -> Option<Host> {
        let filled = self.env.fill(text)?;
        let host = match Host::parse(&filled.text) {
            Ok(host) => host,
            Err(error) => {
                let message = format!("`{}` is no host: {error}", shown(&filled.text));
                match error {
                    HostError::NotAnAddress => {
                        let hint = "write the addresses from which the client connects, or leave `host` out for every host";
                        self.mistakes().add_hint(text.at, message, hint);
                    }
                    _ => self.mistakes().add(text.at, message),
                }
                return None;
            }
        };
        if !self.cidr && host.is_range() {
            let message = host.inert_range();
            let hint = "name the addresses; where no cluster tells its version, `--metadata-version` says it";
            self.mistakes().add_hint(text.at, message, hint);
            return None;
        }
        Some(host)
    }

    /// The address of a test's client.
    pub fn address(&self, text: Text<'_>) -> Option<Host> {
        let filled = self.env.fill(text)?;
        match Host::parse(&filled.text) {
            Ok(host) if matches!(host.kind(), HostKind::Address(_)) => Some(host),
            Ok(host) => {
                let message =
                    format!("`{}` is no address: a client of a test has exactly one", shown(&host));
                let hint = "write an IP address, or leave `host` out (see `Tests` in the guide)";
                self.mistakes().add_hint(text.at, message, hint);
                None
            }
            Err(error) => {
                let message = format!("`{}` is no address: {error}", shown(&filled.text));
                self.mistakes().add(text.at, message);
                None
            }
        }
    }

    /// An operation.
    pub fn operation(&self, text: Text<'_>) -> Option<Operation> {
        let filled = self.env.fill(text)?;
        operation(text.at, &filled.text, self.mistakes())
    }
}

/// The text as a double-quoted word of YAML.
fn shown_in_quotes(text: &str) -> String {
    format!("\"{}\"", shown(text).replace('\\', "\\\\").replace('"', "\\\""))
}

/// An operation by its name.
pub(super) fn operation(at: At, word: &str, mistakes: &Mistakes) -> Option<Operation> {
    match word.parse::<Operation>() {
        // `UNKNOWN(n)` is how unknown codes are shown, not how any is written.
        Ok(operation) if !word.starts_with("UNKNOWN") => Some(operation),
        _ => {
            let words = || Operation::ALL.iter().filter_map(|o| o.lower());
            let near = mistakes.nearest(word, words());
            let message = format!("unknown operation `{}`{near}", shown(word));
            let all = words().collect::<Vec<_>>().join(", ");
            mistakes.add_hint(at, message, format!("the operations are {all}"));
            None
        }
    }
}

/// Reports an operation of a rule that means nothing for a type; true when it means something.
pub(super) fn check_meaning(
    at: At,
    resource_type: ResourceType,
    operation: Operation,
    mistakes: &Mistakes,
) -> bool {
    if resource_type.supports(operation) {
        return true;
    }
    let message = format!(
        "`{}` means nothing for `{}`: {}",
        operation.lower().unwrap_or_default(),
        resource_type.lower().unwrap_or_default(),
        resource_type.fate_of(operation)
    );
    let hint = format!(
        "{}; write one entry for each type whose operations differ",
        operations_of(resource_type, |_| true)
    );
    mistakes.add_hint(at, message, hint);
    false
}

/// `the operations of groups are read, delete, …`
pub(super) fn operations_of(
    resource_type: ResourceType,
    wanted: impl Fn(Operation) -> bool,
) -> String {
    let operations = resource_type.operations().iter().filter(|operation| wanted(**operation));
    let words: Vec<_> = operations.filter_map(|operation| operation.lower()).collect();
    format!("the operations of {} are {}", resource_type.plural(), words.join(", "))
}
