//! `${name}` in strings: what a string is once variables and parameters are put in.
//!
//! Substitution sees strings only, after parsing: it can add no key, no list and no `*`.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::mistakes::{At, Mistakes, shown};
use super::tree::{Node, Plain};
use super::vars::Given;

/// Bytes that a string of Kafka's protocol holds at most; nothing longer can be a name.
pub const LONGEST: usize = 32_767;
/// Bytes that substitution may produce in a run.
const PRODUCED: usize = 512 << 20;
/// How many variables may be made of one another.
const DEEPEST: usize = 64;

/// A string of the file, as written.
#[derive(Debug, Clone, Copy)]
pub struct Text<'t> {
    /// Where.
    pub at: At,
    /// As written, `${…}` included.
    pub raw: &'t str,
}

/// A string with everything put in.
#[derive(Debug, Clone)]
pub struct Filled<'t> {
    /// The result.
    pub text: Cow<'t, str>,
    /// The reference whose value brought a `*`.
    pub star: Option<String>,
    /// How many bytes of `*` the source text itself ends in: 0 or 1.
    pub ends_in_star: bool,
}

/// A piece of a string.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'t> {
    Literal(&'t str),
    Reference {
        env: bool,
        name: &'t str,
        default: Option<&'t str>,
        whole: &'t str,
    },
    /// `${` that is no reference.
    Broken(&'t str),
}

/// The pieces of a string.
pub fn pieces(raw: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = raw;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (piece, length) = next_piece(rest);
        rest = &rest[length..];
        Some(piece)
    })
}

fn next_piece(text: &str) -> (Piece<'_>, usize) {
    if text.starts_with("$${") {
        return (Piece::Literal("${"), 3);
    }
    if text.starts_with("${") {
        return match text.find('}') {
            Some(end) => (reference(&text[..=end]), end + 1),
            None => (Piece::Broken(text), text.len()),
        };
    }
    let end = match text.find("${") {
        None => text.len(),
        Some(at) if text[..at].ends_with('$') && at > 1 => at - 1,
        Some(at) => at,
    };
    (Piece::Literal(&text[..end]), end)
}

fn reference(whole: &str) -> Piece<'_> {
    let body = &whole[2..whole.len() - 1];
    let (name, default) = match body.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (body, None),
    };
    let (env, name) = match name.strip_prefix("env.") {
        Some(name) => (true, name),
        None => (false, name),
    };
    if is_name(name) && !default.is_some_and(|default| default.contains("${")) {
        Piece::Reference { env, name, default, whole }
    } else {
        Piece::Broken(whole)
    }
}

/// `[A-Za-z_][A-Za-z0-9_]*`.
pub fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// What is the same for all documents: the command line's variables and the environment.
pub struct Outside<'a> {
    /// `--var` and `--var-file`.
    pub given: HashMap<&'a str, &'a Given>,
    /// The names among them that something uses.
    pub used: RefCell<BTreeSet<String>>,
    /// The environment.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// Where mistakes go.
    pub mistakes: &'a Mistakes,
    produced: Cell<usize>,
    /// Variables whose values are under way.
    depth: Cell<usize>,
}

impl<'a> Outside<'a> {
    pub fn new(
        given: HashMap<&'a str, &'a Given>,
        env: &'a dyn Fn(&str) -> Option<String>,
        mistakes: &'a Mistakes,
    ) -> Self {
        Self {
            given,
            used: RefCell::default(),
            env,
            mistakes,
            produced: Cell::new(0),
            depth: Cell::new(0),
        }
    }
}

/// A value: where it came from decides who is told.
type Value = Option<Rc<str>>;

/// The `vars:` of a document.
#[derive(Default)]
pub struct Vars<'t> {
    entries: HashMap<&'t str, (Text<'t>, RefCell<State>)>,
}

#[derive(Clone)]
enum State {
    Unread,
    UnderWay,
    Ready(Value),
}

impl<'t> Vars<'t> {
    /// Adds an entry; the names are known to differ.
    pub fn insert(&mut self, name: &'t str, text: Text<'t>) {
        self.entries.insert(name, (text, RefCell::new(State::Unread)));
    }

    /// Adds an entry whose value could not be read, so that its uses are not reported too.
    pub fn insert_bad(&mut self, name: Text<'t>) {
        self.entries.insert(name.raw, (name, RefCell::new(State::Ready(None))));
    }
}

/// A parameter of a role that is being used.
#[derive(Debug)]
pub struct Param<'p> {
    pub name: &'p str,
    pub value: Rc<str>,
    /// Whether something asked for it.
    pub used: Cell<bool>,
    /// It is shown as what it is, `${name}`: nobody has given it yet.
    pub open: bool,
}

/// Everything that a `${…}` can mean at some place.
#[derive(Clone, Copy)]
pub struct Env<'e, 't> {
    pub outside: &'e Outside<'e>,
    pub vars: &'e Vars<'t>,
    pub params: &'e [Param<'e>],
}

impl Env<'_, '_> {
    /// Reports what is wrong with the values of all variables, used or not; those that the
    /// command line replaces are not looked at.
    pub fn check_vars(&self) {
        let mut names: Vec<_> =
            self.vars.entries.iter().map(|(name, (text, _))| (text.at, *name)).collect();
        names.sort_unstable();
        for (_, name) in names {
            if !self.outside.given.contains_key(name) {
                let _ = self.lookup(name);
            }
        }
    }

    /// Puts everything in. `None`: something is missing, and was reported.
    pub fn fill<'x>(&self, text: Text<'x>) -> Option<Filled<'x>> {
        let ends_in_star = text.raw.ends_with('*');
        if !text.raw.contains("${") {
            return Some(Filled { text: Cow::Borrowed(text.raw), star: None, ends_in_star });
        }
        let mut out = String::with_capacity(text.raw.len());
        let mut star = None;
        for piece in pieces(text.raw) {
            match piece {
                Piece::Literal(literal) => out.push_str(literal),
                Piece::Broken(whole) => {
                    self.broken(text.at, whole);
                    return None;
                }
                Piece::Reference { env, name, default, whole } => {
                    let value = self.value(text.at, env, name, default)?;
                    if star.is_none() && value.contains('*') {
                        star = Some(whole.to_owned());
                    }
                    out.push_str(&value);
                }
            }
            if out.len() > LONGEST {
                let message =
                    format!("with its variables put in, this is longer than {LONGEST} bytes");
                self.outside.mistakes.add_hint(text.at, message, "Kafka can store no such name");
                return None;
            }
        }
        let produced = self.outside.produced.get() + out.len();
        self.outside.produced.set(produced);
        if produced > PRODUCED {
            let message = "the variables of these files produce more than 512 MiB of text";
            self.outside.mistakes.add_hint(text.at, message, "shorten their values");
            return None;
        }
        Some(Filled { text: Cow::Owned(out), star, ends_in_star })
    }

    fn broken(&self, at: At, whole: &str) {
        let shown = shown(whole);
        let mistakes = self.outside.mistakes;
        if whole.ends_with('}') {
            let message = format!("`{shown}` is no reference to a variable");
            let hint = "write `${name}`, `${env.NAME}` or `${name:-default}`; names are letters, digits and `_`; a literal `${` is `$${`";
            mistakes.add_hint(at, message, hint);
        } else {
            let message = "`${` without its `}`";
            mistakes.add_hint(at, message, "close it; a literal `${` is written `$${`");
        }
    }

    /// The value of a reference, its default applied.
    fn value(&self, at: At, env: bool, name: &str, default: Option<&str>) -> Value {
        let found = if env {
            (self.outside.env)(name).map(Rc::from)
        } else {
            match self.lookup(name) {
                Lookup::Found(value) => Some(value),
                Lookup::Unknown => None,
                Lookup::Failed => return None,
            }
        };
        let open = |name: &str| self.params.iter().any(|param| param.open && param.name == name);
        match (found, default) {
            (Some(value), None) => Some(value),
            (Some(_), Some(default)) if !env && open(name) => {
                Some(format!("${{{name}:-{default}}}").into())
            }
            (Some(value), Some(_)) if !value.is_empty() => Some(value),
            (_, Some(default)) => Some(Rc::from(default)),
            (None, None) => {
                self.undefined(at, env, name);
                None
            }
        }
    }

    fn lookup(&self, name: &str) -> Lookup {
        if let Some(param) = self.params.iter().find(|param| param.name == name) {
            param.used.set(true);
            return Lookup::Found(Rc::clone(&param.value));
        }
        if let Some(value) = self.outside.given.get(name) {
            if !self.outside.used.borrow().contains(name) {
                self.outside.used.borrow_mut().insert(name.to_owned());
            }
            return Lookup::Found(Rc::from(value.value.as_str()));
        }
        let Some((text, state)) = self.vars.entries.get(name) else { return Lookup::Unknown };
        let current = state.borrow().clone();
        let value = match current {
            State::Ready(value) => value,
            State::UnderWay => {
                let message = format!("the variable `{name}` is made of itself");
                self.outside.mistakes.add(text.at, message);
                None
            }
            State::Unread if self.outside.depth.get() >= DEEPEST => {
                let message = format!("variables refer to one another more than {DEEPEST} deep");
                self.outside.mistakes.add(text.at, message);
                None
            }
            State::Unread => {
                *state.borrow_mut() = State::UnderWay;
                self.outside.depth.set(self.outside.depth.get() + 1);
                // The value of a variable sees the variables of its document, never the
                // parameters of the role that happens to use it.
                let value = Env { params: &[], ..*self }.fill(*text).map(|f| Rc::from(&*f.text));
                self.outside.depth.set(self.outside.depth.get() - 1);
                *state.borrow_mut() = State::Ready(value.clone());
                value
            }
        };
        value.map_or(Lookup::Failed, Lookup::Found)
    }

    fn undefined(&self, at: At, env: bool, name: &str) {
        let mistakes = self.outside.mistakes;
        if env {
            let message = format!("the environment variable `{name}` is not set");
            mistakes.add_hint(at, message, format!("set it, or write `${{env.{name}:-default}}`"));
            return;
        }
        let params = self.params.iter().map(|param| param.name);
        let near = mistakes.nearest(name, params.chain(self.vars.entries.keys().copied()));
        let message = format!("undefined variable `{name}`{near}");
        let hint = format!(
            "add it to `vars:` of this document or give `--var {name}=…`; a literal `${{` is `$${{`"
        );
        mistakes.add_hint(at, message, hint);
    }

    /// Whether the string depends on a parameter; those it depends on count as used.
    pub fn has_param(&self, text: Text<'_>) -> bool {
        let mut found = false;
        for piece in pieces(text.raw) {
            let Piece::Reference { env: false, name, .. } = piece else { continue };
            if let Some(param) = self.params.iter().find(|param| param.name == name) {
                param.used.set(true);
                found = true;
            }
        }
        found
    }
}

enum Lookup {
    Found(Rc<str>),
    Unknown,
    Failed,
}

/// The string at `node`, or a mistake: `what` says what is expected, with its article.
pub fn text<'t>(node: &'t Node, what: &str, mistakes: &Mistakes) -> Option<Text<'t>> {
    let at = node.inner().at;
    let super::tree::Kind::Scalar { text, plain } = &node.inner().kind else {
        mistakes.add(at, format!("expected {what}, found {}", node.describe()));
        return None;
    };
    if !plain {
        return Some(Text { at, raw: text });
    }
    let kind = match Plain::of(text) {
        Plain::Text => return Some(Text { at, raw: text }),
        Plain::Null if text.is_empty() => {
            mistakes.add_hint(
                at,
                format!("nothing stands here; expected {what}"),
                "write one, or remove the key",
            );
            return None;
        }
        Plain::Null => "nothing",
        Plain::Bool => "a boolean",
        Plain::Number => "a number",
    };
    let shown = shown(text);
    mistakes.add_hint(
        at,
        format!("YAML reads `{shown}` as {kind}, not as {what}"),
        format!("quote it: `\"{shown}\"`"),
    );
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(
        whole: &'static str,
        env: bool,
        name: &'static str,
        default: Option<&'static str>,
    ) -> Piece<'static> {
        Piece::Reference { env, name, default, whole }
    }

    #[test]
    fn strings_fall_into_pieces() {
        let of = |text| pieces(text).collect::<Vec<_>>();
        assert_eq!(
            of("a${b}c"),
            [Piece::Literal("a"), reference("${b}", false, "b", None), Piece::Literal("c")]
        );
        assert_eq!(of("$${b}"), [Piece::Literal("${"), Piece::Literal("b}")]);
        assert_eq!(of("x$${b}"), [Piece::Literal("x"), Piece::Literal("${"), Piece::Literal("b}")]);
        assert_eq!(of("$$${b}"), [Piece::Literal("$"), Piece::Literal("${"), Piece::Literal("b}")]);
        assert_eq!(of("${env.A_1}"), [reference("${env.A_1}", true, "A_1", None)]);
        assert_eq!(of("${a:-}"), [reference("${a:-}", false, "a", Some(""))]);
        assert_eq!(of("${a:-b:-c}"), [reference("${a:-b:-c}", false, "a", Some("b:-c"))]);
        for broken in ["${", "${}", "${1a}", "${a-b}", "${a b}", "${env.}", "${a:-${b}"] {
            assert_eq!(of(broken), [Piece::Broken(broken)], "{broken}");
        }
        assert_eq!(of("$a $ $$"), [Piece::Literal("$a $ $$")]);
    }
}
