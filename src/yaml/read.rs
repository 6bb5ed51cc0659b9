//! Reads the YAML of one file into trees, within limits.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use saphyr_parser::{Event, Input, Marker, Parser, ScalarStyle, ScanError, Span};

use super::Source;
use super::feed::{self, DOCUMENT_START, Feed, Gauge, Halves, Shield};
use super::mistakes::{At, Mistakes};
use super::syntax;
use super::tree::{Kind, Node, Tree};

/// Lists and mappings inside one another.
pub const LEVELS: usize = 64;
/// Bytes of a file.
pub const BYTES: usize = 64 << 20;
/// Nodes of all files, aliases expanded.
pub const NODES: usize = 5_000_000;
/// How much text may be read again because of an unquoted `*`, and how often.
const AGAIN: (usize, usize) = (256 << 20, 64);

/// What is left of the limits that all files share.
#[derive(Debug)]
pub struct Budget {
    nodes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { nodes: NODES }
    }
}

/// What a comment that speaks to kward contains.
pub const REMARK: &str = "kward:";

/// Text of several lines, or quoted, in which `# kward: ignore` is no comment.
pub type Quoted = (At, u32, u32);

/// What a file holds.
#[derive(Debug, Default)]
pub struct Contents {
    /// Its documents, as far as they could be read.
    pub trees: Vec<Tree>,
    /// Where the word of a comment stands in text.
    pub quoted: Vec<Quoted>,
}

/// Reads a file. What cannot be read is reported; the documents that can are returned.
pub fn read(file: u32, source: &Source, mistakes: &Mistakes, budget: &mut Budget) -> Contents {
    let mut contents = Contents::default();
    let Some(text) = syntax::decode(file, &source.bytes, mistakes) else {
        mistakes.set_broken();
        return contents;
    };
    let mut start = 0;
    let mut line = 0;
    let mut again = AGAIN;
    let halves = Halves::for_text(text);
    let whole = Part { file, line: 0, text, shield: Shield::for_text(text), halves };
    // A syntax error ends a document; the next one begins at its `---`.
    while let Err(stop) = (Part { line, text: &text[start..], ..whole }).read_with_stars(
        mistakes,
        budget,
        &mut again,
        &mut contents,
    ) {
        mistakes.set_broken();
        let Some(at) = stop.resume_after else { break };
        let Some(next) = next_document(&text[start..], at) else { break };
        line += count_lines(&text[start..start + next]);
        start += next;
    }
    contents
}

/// Where the next `---` stands from `offset` on, but never at the very beginning.
fn next_document(text: &str, offset: usize) -> Option<usize> {
    let from = offset.saturating_sub(1).min(text.len());
    let mut from = (from..=text.len()).find(|i| text.is_char_boundary(*i))?;
    while let Some(found) = text[from..].find("\n---") {
        let start = from + found + 1;
        match text.as_bytes().get(start + 3) {
            None | Some(b' ' | b'\t' | b'\r' | b'\n') => return Some(start),
            Some(_) => from = start,
        }
    }
    None
}

fn count_lines(text: &str) -> u32 {
    let bytes = text.as_bytes();
    let ends = bytes
        .iter()
        .enumerate()
        .filter(|(i, b)| **b == b'\n' || (**b == b'\r' && bytes.get(i + 1) != Some(&b'\n')));
    u32::try_from(ends.count()).unwrap_or(u32::MAX)
}

/// Why the reading of a part ended before its end.
struct Stop {
    /// Bytes into the part; `None` where nothing behind is worth reading.
    resume_after: Option<usize>,
}

/// A part of a file: from a document on.
#[derive(Clone, Copy)]
struct Part<'a> {
    file: u32,
    /// Lines before it.
    line: u32,
    text: &'a str,
    shield: Option<Shield>,
    halves: Option<Halves>,
}

impl Part<'_> {
    /// Reads the part; an unquoted `*` is reported and then taken for an ordinary character, so
    /// that the rest of the document is checked too.
    fn read_with_stars(
        mut self,
        mistakes: &Mistakes,
        budget: &mut Budget,
        again: &mut (usize, usize),
        contents: &mut Contents,
    ) -> Result<(), Stop> {
        let mut stars = Vec::new();
        loop {
            let gauge = Gauge::default();
            let before = (contents.trees.len(), contents.quoted.len(), budget.nodes);
            let mut builder = Builder::new(self, &gauge, mistakes, budget);
            let error = match builder.run(&stars, contents) {
                Ok(()) => return Ok(()),
                Err(Failure::Reported) => return Err(Stop { resume_after: None }),
                Err(Failure::NoPair) => {
                    self.halves = None;
                    contents.trees.truncate(before.0);
                    contents.quoted.truncate(before.1);
                    budget.nodes = before.2;
                    continue;
                }
                Err(Failure::Scan(error)) => error,
            };
            let open = builder.open_bracket();
            let offset = syntax::offset(self.text, error.marker(), self.inserted());
            if syntax::is_star(self.text, offset, &error) {
                syntax::report_star(self.at(error.marker(), 1), self.text, offset, mistakes);
                if again.0 >= self.text.len() && again.1 > 0 {
                    *again = (again.0 - self.text.len(), again.1 - 1);
                    stars.push(offset);
                    contents.trees.truncate(before.0);
                    contents.quoted.truncate(before.1);
                    budget.nodes = before.2;
                    continue;
                }
            } else if let (true, Some(open)) = (self.is_end(offset), open) {
                mistakes.spoil(open, "this bracket is never closed", "close it, or quote the word");
            } else if !self.report_space_near(offset, mistakes) {
                syntax::report(self.at(error.marker(), 1), self.text, offset, &error, mistakes);
            }
            return Err(Stop { resume_after: Some(offset) });
        }
    }

    /// What YAML does not understand may be understood without a space that looks like one: in the line, or in
    /// the one above it.
    fn report_space_near(self, offset: usize, mistakes: &Mistakes) -> bool {
        let begin = |end: usize| self.text[..end].rfind('\n').unwrap_or(0);
        // The first of the lines is the end of the one before them.
        let lines = (begin(begin(offset)), 3);
        syntax::report_space((self.file, self.line), self.text, lines, mistakes)
    }

    /// The same in the line of a word, from so many characters before it on.
    fn report_space(self, span: Span, before: usize, mistakes: &Mistakes) -> bool {
        let start = syntax::offset(self.text, &span.start, self.inserted());
        let back = self.text[..start].char_indices().rev().nth(before.saturating_sub(1));
        let start = back.filter(|_| before > 0).map_or(start, |(at, _)| at);
        syntax::report_space((self.file, self.line), self.text, (start, 1), mistakes)
    }

    /// Whether the text or the document ends at `offset`.
    fn is_end(self, offset: usize) -> bool {
        offset >= self.text.trim_end().len()
            || (self.text[offset..].starts_with("---") && self.text[..offset].ends_with('\n'))
    }

    /// Whether [`DOCUMENT_START`] is put in front: see [`super::feed`].
    fn inserted(self) -> bool {
        self.text.starts_with(['{', '['])
    }

    fn at(self, marker: &Marker, width: usize) -> At {
        let mut column = marker.col() + 1;
        if marker.line() == 1 && self.inserted() {
            column = column.saturating_sub(DOCUMENT_START.len()).max(1);
        }
        At {
            file: self.file,
            line: self.line.saturating_add(small(marker.line().max(1))),
            column: small(column),
            width: small(width),
        }
    }

    fn span(self, span: Span) -> At {
        let one_line = span.start.line() == span.end.line();
        let width =
            if one_line { span.end.index().saturating_sub(span.start.index()) } else { usize::MAX };
        self.at(&span.start, width)
    }
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

enum Failure {
    Scan(ScanError),
    Reported,
    /// What looks like two escapes of JSON stands where there are no escapes.
    NoPair,
}

/// A list or mapping whose end has not come yet.
struct Open {
    at: At,
    /// Whether it is in brackets.
    flow: bool,
    anchor: usize,
    /// Nodes before it, for the size of what the anchor names.
    nodes_left: usize,
    /// Levels inside it.
    height: usize,
    what: Inside,
}

enum Inside {
    Sequence(Vec<Node>),
    Mapping { pairs: Vec<(Node, Node)>, key: Option<Node> },
}

struct Anchored {
    node: Rc<Node>,
    nodes: usize,
    height: usize,
}

/// A quote of print, which is none of YAML's.
fn is_quote(c: char) -> bool {
    matches!(c, '“' | '”' | '„' | '‟' | '‘' | '’' | '‚' | '‛' | '«' | '»' | '‹' | '›')
}

/// Builds trees out of events.
struct Builder<'a, 'r> {
    part: Part<'a>,
    gauge: &'r Gauge,
    mistakes: &'r Mistakes,
    budget: &'r mut Budget,
    open: Vec<Open>,
    anchors: HashMap<usize, Anchored>,
    root: Option<Node>,
    /// Where the document begins: there an empty one is.
    begun: At,
    last: At,
}

impl<'a, 'r> Builder<'a, 'r> {
    fn new(
        part: Part<'a>,
        gauge: &'r Gauge,
        mistakes: &'r Mistakes,
        budget: &'r mut Budget,
    ) -> Self {
        let last = At { file: part.file, line: part.line + 1, column: 1, width: 1 };
        Self {
            part,
            gauge,
            mistakes,
            budget,
            open: Vec::new(),
            anchors: HashMap::new(),
            root: None,
            begun: last,
            last,
        }
    }

    fn run(&mut self, stars: &[usize], contents: &mut Contents) -> Result<(), Failure> {
        let part = self.part;
        let as_written =
            part.shield.is_none() && part.halves.is_none() && stars.is_empty() && !part.inserted();
        if as_written && part.text.len() <= feed::STEPS {
            return self.events(Parser::new_from_str(part.text), contents);
        }
        let feed =
            Feed::new(part.text, part.inserted(), (part.shield, part.halves), stars, self.gauge);
        self.events(Parser::new_from_iter(feed), contents)
    }

    fn events<T: Input>(
        &mut self,
        mut parser: Parser<'_, T>,
        contents: &mut Contents,
    ) -> Result<(), Failure> {
        while let Some(event) = parser.next_event() {
            if self.gauge.is_spent() {
                let hint = "one `[…]` or `{…}` nests too deeply or is too long here; write it as a list of `- ` lines";
                return Err(self.refuse(self.last, "this is too much to read in one piece", hint));
            }
            self.gauge.reset();
            let (event, span) = event.map_err(Failure::Scan)?;
            self.event(event, span, contents)?;
        }
        Ok(())
    }

    /// The bracket that is open, as far as events tell.
    fn open_bracket(&self) -> Option<At> {
        self.open.last().filter(|open| open.flow).map(|open| open.at)
    }

    fn refuse(&self, at: At, message: &str, hint: &str) -> Failure {
        self.mistakes.add_hint(at, message, hint);
        Failure::Reported
    }

    fn event(
        &mut self,
        event: Event<'_>,
        span: Span,
        contents: &mut Contents,
    ) -> Result<(), Failure> {
        match event {
            Event::DocumentStart(_) => {
                self.anchors.clear();
                self.begun = self.part.at(&span.start, 3);
            }
            Event::DocumentEnd => {
                if let Some(mut root) = self.root.take() {
                    if matches!(&root.kind, Kind::Scalar { text, plain: true } if text.is_empty()) {
                        root.at = self.begun;
                    }
                    contents.trees.push(Tree { file: self.part.file, root });
                }
            }
            Event::Alias(id) => self.alias(id, span)?,
            Event::Scalar(text, style, anchor, tag) => {
                let at = self.begin(span, tag.is_some())?;
                let text = self.as_written(text, style)?;
                let plain = style == ScalarStyle::Plain;
                if plain {
                    self.check_word(&text, at, span);
                }
                if !plain && text.contains(REMARK) {
                    let end = self.part.at(&span.end, 1);
                    contents.quoted.push((at, end.line, end.column));
                }
                let kind = Kind::Scalar { text: text.into_boxed_str(), plain };
                self.place(Node { at, kind }, anchor, 1, 0);
            }
            Event::SequenceStart(anchor, tag) => {
                self.enter(span, anchor, tag.is_some(), Inside::Sequence(Vec::new()))?;
            }
            Event::MappingStart(anchor, tag) => {
                let what = Inside::Mapping { pairs: Vec::new(), key: None };
                self.enter(span, anchor, tag.is_some(), what)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.leave(),
            Event::Nothing | Event::StreamStart | Event::StreamEnd => {}
        }
        Ok(())
    }

    /// The text of a scalar without what the feed put into it.
    fn as_written(&self, text: Cow<'_, str>, style: ScalarStyle) -> Result<String, Failure> {
        let shielded = self.part.shield.and_then(|shield| shield.remove(&text));
        let text = shielded.unwrap_or_else(|| text.into_owned());
        match self.part.halves {
            Some(halves) if style == ScalarStyle::DoubleQuoted => {
                Ok(halves.join(&text).unwrap_or(text))
            }
            Some(halves) if halves.changed(&text) => Err(Failure::NoPair),
            _ => Ok(text),
        }
    }

    /// What YAML, or its scanner, takes without a word and nobody means.
    fn check_word(&self, text: &str, at: At, span: Span) {
        if self.check_signs(text, at, span) {
            return;
        }
        let in_brackets = self.open.last().is_some_and(|open| open.flow);
        if in_brackets && text.starts_with(['|', '>']) {
            let first = &text[..1];
            let message = format!("an unquoted word cannot begin with `{first}`");
            self.mistakes.spoil(At { width: 1, ..at }, message, "quote it");
        } else if span.end.line() > span.start.line()
            // What was meant for a blank in front of it may be none.
            && !self.part.report_space(span, span.start.col(), self.mistakes)
        {
            let hint = "several names are a list: each behind a `- `, or in `[…]` with `,` between them; one name of \
                        several words is quoted";
            self.mistakes.spoil(at, "YAML joins this line and the next one to one word", hint);
        }
    }

    /// Signs of a word processor: quotes and spaces that are none for YAML.
    fn check_signs(&self, text: &str, at: At, span: Span) -> bool {
        if text.is_ascii() {
            return false;
        }
        let name = text.split_once(':').map_or(text, |(_, name)| name);
        let quote =
            [text, name].iter().find_map(|word| word.chars().next().filter(|c| is_quote(*c)));
        if let Some(quote) = quote {
            let message = format!("`{quote}` is no quote for YAML, but a part of the word");
            let hint = "YAML's quotes are `\"` and `'`; what is meant as it is stands in those";
            self.mistakes.spoil(at, message, hint);
            return true;
        }
        if !text.contains(syntax::is_odd_space) {
            return false;
        }
        self.part.report_space(span, 0, self.mistakes)
    }

    /// Counts a node and reports a tag.
    fn begin(&mut self, span: Span, tagged: bool) -> Result<At, Failure> {
        let at = self.part.span(span);
        self.last = at;
        self.spend(1, at)?;
        if tagged {
            let hint = "leave the `!…` out; text that YAML takes for something else is quoted";
            self.mistakes.add_hint(At { width: 1, ..at }, "tags are not read here", hint);
        }
        Ok(at)
    }

    fn spend(&mut self, nodes: usize, at: At) -> Result<(), Failure> {
        match self.budget.nodes.checked_sub(nodes) {
            Some(left) => {
                self.budget.nodes = left;
                Ok(())
            }
            None => Err(self.refuse(
                at,
                "the files hold more than 5,000,000 nodes, aliases counted each time",
                "split the files and apply them one after the other",
            )),
        }
    }

    fn enter(
        &mut self,
        span: Span,
        anchor: usize,
        tagged: bool,
        what: Inside,
    ) -> Result<(), Failure> {
        let nodes_left = self.budget.nodes;
        let at = At { width: 1, ..self.begin(span, tagged)? };
        if self.open.len() >= LEVELS {
            return Err(self.too_deep(at));
        }
        let flow = !span.is_empty();
        self.open.push(Open { at, flow, anchor, nodes_left, height: 0, what });
        Ok(())
    }

    fn too_deep(&self, at: At) -> Failure {
        let hint = "a file needs fewer than ten; is a bracket missing?";
        self.refuse(at, "lists and mappings nest deeper than 64 levels", hint)
    }

    fn leave(&mut self) {
        let Some(open) = self.open.pop() else { return };
        let kind = match open.what {
            Inside::Sequence(items) => {
                Kind::Sequence { items: items.into_boxed_slice(), flow: open.flow }
            }
            Inside::Mapping { pairs, .. } => Kind::Mapping(pairs.into_boxed_slice()),
        };
        let nodes = open.nodes_left - self.budget.nodes;
        self.place(Node { at: open.at, kind }, open.anchor, nodes, open.height + 1);
    }

    fn alias(&mut self, id: usize, span: Span) -> Result<(), Failure> {
        let at = self.part.span(span);
        self.last = at;
        let Some(anchored) = self.anchors.get(&id) else {
            let hint =
                "an alias can stand only after the whole of what it names, in the same document";
            return Err(self.refuse(at, "this alias names what is not complete here", hint));
        };
        let (nodes, height) = (anchored.nodes, anchored.height);
        let node = Node { at, kind: Kind::Shared(Rc::clone(&anchored.node)) };
        if self.open.len() + height > LEVELS {
            return Err(self.too_deep(at));
        }
        self.spend(nodes, at)?;
        self.place(node, 0, nodes, height);
        Ok(())
    }

    /// Puts a complete node where it belongs.
    fn place(&mut self, node: Node, anchor: usize, nodes: usize, height: usize) {
        let node = if anchor == 0 {
            node
        } else {
            let at = node.at;
            let node = Rc::new(node);
            self.anchors.insert(anchor, Anchored { node: Rc::clone(&node), nodes, height });
            Node { at, kind: Kind::Shared(node) }
        };
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        parent.height = parent.height.max(height);
        match &mut parent.what {
            Inside::Sequence(items) => items.push(node),
            Inside::Mapping { pairs, key } => match key.take() {
                None => *key = Some(node),
                Some(key) => pairs.push((key, node)),
            },
        }
    }
}
