//! The topic file: from the text of files to the topics that should be there, and back.
//!
//! What a file does not say about a topic is not looked at: the broker decides it when the topic is made.

mod decode;
mod write;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

pub use write::{Written, write};

use crate::error::{Error, Result};
use crate::yaml::mistakes::{At, Mistakes, shown};
use crate::yaml::text::{Env, Outside, Vars};
use crate::yaml::vars::{Given, given, of_document, report_unused};
use crate::yaml::{Source, documents};

/// What the files do not say themselves.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// `--var` and `--var-file`, later ones win. Each must be used by something.
    pub vars: &'a [Given],
    /// `${env.NAME}`.
    pub env: &'a dyn Fn(&str) -> Option<String>,
}

impl std::fmt::Debug for Inputs<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inputs").field("vars", &self.vars).finish_non_exhaustive()
    }
}

/// The topics that the files want, in their order.
#[derive(Debug, Clone, Default)]
pub struct Files {
    /// The cluster that they are for, and where that stands.
    pub cluster: Option<(String, At)>,
    /// The topics, each once.
    pub topics: Vec<Spec>,
    sources: Vec<Source>,
}

/// A topic as a file wants it. What is absent is not looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spec {
    /// Its name.
    pub name: String,
    /// Where that stands.
    pub at: At,
    /// How many partitions.
    pub partitions: Option<i32>,
    /// How many replicas of each.
    pub replication_factor: Option<i16>,
    /// All that it sets itself.
    pub configs: Option<Vec<Setting>>,
}

/// A value of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The key.
    pub key: String,
    /// Its value, as Kafka takes it.
    pub value: String,
    /// Where the key stands.
    pub at: At,
    /// Where the value stands.
    pub value_at: At,
}

/// Something about a place of the files that only a cluster knows to be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The place.
    pub at: At,
    /// What is wrong, one line.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// Reads the files. Fails with [`crate::error::Kind::Invalid`] and every mistake of all files.
pub fn load(sources: Vec<Source>, inputs: &Inputs<'_>) -> Result<Files> {
    let mistakes = Mistakes::default();
    let trees = documents(&sources, "a topic file begins with `version: 1`", &mistakes, |_, _| {});
    let outside = Outside::new(given(inputs.vars, &mistakes), inputs.env, &mistakes);
    let opened: Vec<_> =
        trees.iter().filter_map(|tree| decode::open(&tree.root, &mistakes)).collect();
    let vars: Vec<Vars<'_>> =
        opened.iter().map(|fields| of_document(fields.get("vars"), &mistakes)).collect();
    let mut files = Files::default();
    for (fields, vars) in opened.iter().zip(&vars) {
        let env = Env { outside: &outside, vars, params: &[] };
        env.check_vars();
        if let Some(cluster) = decode::cluster(fields, &env) {
            files.same_cluster(cluster, &sources, &mistakes);
        }
        files.topics.extend(decode::topics(fields, &env));
    }
    files.report_twice(&sources, &mistakes);
    report_unused(&outside, &mistakes);
    drop(opened);
    match mistakes.take_error(&sources) {
        Some(error) => Err(error),
        None => Ok(Files { sources, ..files }),
    }
}

impl Files {
    /// `access/topics.yaml:3`.
    pub fn place(&self, at: At) -> String {
        place(&self.sources, at)
    }

    /// The file and the line.
    pub fn source_line(&self, at: At) -> (String, usize) {
        let name = self.sources.get(at.file as usize).map_or("", |source| &source.name);
        (name.to_owned(), at.line as usize)
    }

    /// The error of what only a cluster knows to be wrong; `None` of nothing.
    pub fn error(&self, found: Vec<Mistake>) -> Option<Error> {
        let mistakes = Mistakes::default();
        for Mistake { at, message, hint } in found {
            match hint {
                Some(hint) => mistakes.add_hint(at, message, hint),
                None => mistakes.add(at, message),
            }
        }
        mistakes.take_error(&self.sources)
    }

    /// All documents are for one cluster.
    fn same_cluster(&mut self, (id, at): (String, At), sources: &[Source], mistakes: &Mistakes) {
        match &self.cluster {
            Some((known, first)) if *known != id => {
                let message = format!(
                    "another document is for the cluster `{}`: {}",
                    shown(known),
                    place(sources, *first)
                );
                mistakes.add_hint(at, message, "apply what is for different clusters apart");
            }
            Some(_) => {}
            None => self.cluster = Some((id, at)),
        }
    }

    /// A topic is described once.
    fn report_twice(&self, sources: &[Source], mistakes: &Mistakes) {
        let mut seen: HashMap<&str, At> = HashMap::new();
        for topic in &self.topics {
            if let Some(first) = seen.insert(&topic.name, topic.at) {
                let message = format!(
                    "the topic `{}` is described twice, first at {}",
                    shown(&topic.name),
                    place(sources, first)
                );
                mistakes.add_hint(topic.at, message, "keep one of the two");
            }
        }
    }
}

fn place(sources: &[Source], at: At) -> String {
    let name = sources.get(at.file as usize).map_or("", |source| &source.name);
    format!("{}:{}", shown(name), at.line)
}
