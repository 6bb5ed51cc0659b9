//! `acl can`: yes or no, and the binding that decides. One question, or many from standard input.

use std::collections::HashMap;
use std::io::{IsTerminal as _, Read as _};

use super::source::{is_standard_input, one_from_standard_input};
use super::state::{State, StateRequest};
use crate::acl::authorizer::{Authorizer, Decision, Reason, Request};
use crate::acl::explain::{explain, grant_line, smallest_grant};
use crate::commands::{Context, Outcome};
use crate::error::{Diagnostic, Error, Result};
use crate::model::{
    CLUSTER_NAME, Host, Name, Operation, Principal, Resource, ResourceType, visible,
};
use crate::report::access::{AccessDecision, AccessDecisionList};

/// One question.
#[derive(Debug, Clone)]
pub struct Question {
    /// Who.
    pub principal: Principal,
    /// What.
    pub operation: Operation,
    /// On a resource of this type …
    pub resource_type: ResourceType,
    /// … and this name.
    pub name: Name,
    /// From where.
    pub host: Option<Host>,
}

impl Question {
    /// As the authorizer takes it.
    pub fn request(&self) -> Request<'_> {
        Request {
            principal: &self.principal,
            host: self.host.as_deref(),
            operation: self.operation,
            resource_type: self.resource_type,
            name: &self.name,
        }
    }
}

/// Answers one question.
pub async fn run(
    context: &Context<'_>,
    state: &StateRequest,
    question: &Question,
) -> Result<Outcome> {
    check_meaning(question.operation, question.resource_type)?;
    let state = State::read(context, state).await?;
    if question.principal.is_everyone() {
        context.ui.note(
            "`User:*` is asked for as a client that no ACL names; others may have more: `kward acl who-can`",
        );
    }
    let report = explained(&state, question);
    let denied = !report.allowed;
    if denied
        && let Some(first) = asked_first(&question.request())
        && Authorizer::new(&state.bindings, &state.assumptions).decide(&first).allowed
    {
        context.ui.note(&by_cluster(&question.principal));
    }
    state.leave();
    Ok(Outcome::report(report).no_if(denied))
}

/// What brokers ask first where the creation of a topic is asked about: CREATE on the cluster, which lets the principal
/// create every topic, whatever is said of topics (`KafkaApis.handleCreateTopicsRequest`). The authorizer's answer on
/// the topic is another one.
pub fn asked_first<'r>(request: &Request<'r>) -> Option<Request<'r>> {
    let creates = request.operation == Operation::Create;
    (creates && request.resource_type == ResourceType::Topic).then_some(Request {
        resource_type: ResourceType::Cluster,
        name: CLUSTER_NAME,
        ..*request
    })
}

/// What is said of whoever does.
pub fn by_cluster(principal: &str) -> String {
    format!(
        "`{}` may create on the cluster, and so brokers let it create any topic",
        visible(principal)
    )
}

/// Answers the questions of standard input, one a line (`User:ana read topic:orders [HOST]`) or JSON.
pub async fn run_many(context: &Context<'_>, state: &StateRequest) -> Result<Outcome> {
    const MOST: u64 = 1 << 30;
    one_from_standard_input(&[
        ("the questions", true),
        ("the files", is_standard_input(&state.files.paths)),
        ("the list of `--against`", is_standard_input(&state.against)),
    ])?;
    if std::io::stdin().is_terminal() {
        context.ui.note("questions, one a line: `User:ana read topic:orders`; Ctrl-D ends them");
    }
    let mut text = String::new();
    std::io::stdin().take(MOST).read_to_string(&mut text).map_err(|error| {
        Error::invalid("cannot read the questions from standard input").caused_by(error)
    })?;
    let questions = questions(text.trim_start_matches('\u{feff}'))?;
    if questions.is_empty() {
        return Err(Error::invalid("standard input holds no question")
            .hint("a question is `User:ana read topic:orders`, one a line"));
    }
    let state = State::read(context, state).await?;
    let authorizer = Authorizer::new(&state.bindings, &state.assumptions);
    let items: Vec<AccessDecision> = questions
        .iter()
        .map(|question| answer(&state, question, &authorizer.decide(&question.request())))
        .collect();
    let allowed = items.iter().filter(|item| item.allowed).count();
    let denied = items.len() - allowed;
    let report = AccessDecisionList { assumptions: state.assumed(), allowed, denied, items };
    Ok(Outcome::report(report).no_if(denied > 0))
}

/// The answer with all that stands in the way of a yes. One question is answered sooner by looking at
/// each binding than by arranging them all.
pub fn explained(state: &State, question: &Question) -> AccessDecision {
    let explained = explain(&question.request(), &state.bindings, &state.assumptions);
    AccessDecision {
        denied_by: explained.denied_by.into_iter().cloned().collect(),
        grant: explained.missing.as_ref().and_then(grant_line),
        missing: explained.missing,
        assumptions: Some(state.assumed()),
        ..answer(state, question, &explained.decision)
    }
}

/// The answer as a list shows it.
fn answer(state: &State, question: &Question, decision: &Decision<'_>) -> AccessDecision {
    let no_match = matches!(decision.reason, Reason::NoMatch);
    let missing = no_match.then(|| smallest_grant(&question.request())).flatten();
    AccessDecision {
        principal: question.principal.clone(),
        host: question.host.clone(),
        operation: question.operation,
        resource: resource(question.resource_type, &question.name),
        allowed: decision.allowed,
        reason: decision.reason.name(),
        because: decision.to_string(),
        binding: decision.reason.binding().cloned(),
        source: state.source_of(decision),
        denied_by: Vec::new(),
        grant: missing.as_ref().and_then(grant_line),
        missing,
        assumptions: None,
    }
}

/// `topic:orders`, `cluster`.
pub fn resource(resource_type: ResourceType, name: &str) -> String {
    let word = resource_type.lower().unwrap_or("resource");
    if resource_type == ResourceType::Cluster { word.to_owned() } else { format!("{word}:{name}") }
}

/// A question that no broker ever asks.
pub fn check_meaning(operation: Operation, resource_type: ResourceType) -> Result<()> {
    if operation != Operation::All && resource_type.supports(operation) {
        return Ok(());
    }
    let words: Vec<&str> = resource_type
        .operations()
        .iter()
        .filter(|possible| **possible != Operation::All)
        .filter_map(|possible| possible.lower())
        .collect();
    Err(Error::invalid(format!(
        "no broker ever asks whether somebody may `{}` a {}",
        operation.lower().unwrap_or("unknown"),
        resource_type.lower().unwrap_or("resource")
    ))
    .hint(format!("it asks for {}", words.join(", "))))
}

fn questions(text: &str) -> Result<Vec<Question>> {
    let mut mistakes = Vec::new();
    let mut found = Vec::new();
    let json = text.trim_start().starts_with(['{', '[']);
    let parsed: Vec<(usize, Result<Question, String>)> = if json {
        let lines = lines_of_objects(text).into_iter().chain(std::iter::repeat(1));
        lines.zip(json_questions(text)?.into_iter().map(JsonQuestion::parse)).collect()
    } else {
        text.lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
            .map(|(index, line)| (index + 1, parse_line(line)))
            .collect()
    };
    let mut names: HashMap<Principal, Principal> = HashMap::new();
    for (line, question) in parsed {
        match question {
            Ok(mut question) => {
                // Few principals ask many questions: they share their text.
                let shared = names
                    .entry(question.principal.clone())
                    .or_insert_with(|| question.principal.clone());
                question.principal = shared.clone();
                found.push(question);
            }
            Err(message) => mistakes.push(Diagnostic {
                file: "<stdin>".to_owned(),
                line,
                column: 1,
                width: 1,
                source: text.lines().nth(line - 1).unwrap_or_default().chars().take(200).collect(),
                cut: 0,
                message,
                hint: None,
            }),
        }
        if mistakes.len() == MOST_MISTAKES {
            break;
        }
    }
    if mistakes.is_empty() {
        return Ok(found);
    }
    let count = mistakes.len();
    let more = if count == MOST_MISTAKES { " or more" } else { "" };
    Err(Error::invalid(format!("{count}{more} of the questions cannot be read"))
        .with_diagnostics(mistakes))
}

/// The lines, counted from 1, on which the outermost objects of a JSON text begin.
fn lines_of_objects(text: &str) -> Vec<usize> {
    let (mut line, mut depth, mut in_string, mut escaped) = (1, 0_usize, false, false);
    let mut lines = Vec::new();
    for byte in text.bytes() {
        match byte {
            b'\n' => line += 1,
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' => {
                if depth == 0 {
                    lines.push(line);
                }
                depth += 1;
            }
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    lines
}

/// A wrong format gives as many mistakes as there are lines; this many show what is wrong.
const MOST_MISTAKES: usize = 20;

/// A question in JSON: `{"principal":"User:ana","operation":"READ","resource":"topic:orders","host":"10.0.0.7"}`.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct JsonQuestion {
    principal: String,
    operation: String,
    resource: String,
    host: Option<String>,
}

impl JsonQuestion {
    fn parse(value: serde_json::Value) -> Result<Question, String> {
        let words: Self = serde_json::from_value(value).map_err(|error| error.to_string())?;
        parse_words(&words.principal, &words.operation, &words.resource, words.host.as_deref())
    }
}

/// One array, or objects one after the other.
fn json_questions(text: &str) -> Result<Vec<serde_json::Value>> {
    let fail = |error: serde_json::Error| {
        Error::invalid("the questions on standard input are no valid JSON")
            .caused_by(error)
            .hint("a question is {\"principal\":\"User:ana\",\"operation\":\"read\",\"resource\":\"topic:orders\"}")
    };
    if text.trim_start().starts_with('[') {
        return serde_json::from_str(text).map_err(fail);
    }
    serde_json::Deserializer::from_str(text).into_iter().collect::<Result<_, _>>().map_err(fail)
}

/// `PRINCIPAL OPERATION RESOURCE [HOST]`; a principal with blanks is found because the others have none.
fn parse_line(line: &str) -> Result<Question, String> {
    if line.trim_start().starts_with(['"', '\'']) {
        return Err("a principal stands without quotes, also where it has blanks".to_owned());
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_operation = |word: &str| Operation::of_word(&as_written(word)).is_some();
    let at = words
        .iter()
        .enumerate()
        .skip(1)
        .rev()
        .find(|(index, word)| matches!(words.len() - index, 2 | 3) && is_operation(word))
        .map(|(index, _)| index)
        .ok_or_else(|| match words.as_slice() {
            [_, operation, _] | [_, operation, _, _] => {
                operation_of(operation).err().unwrap_or_default()
            }
            _ => "a question is `PRINCIPAL OPERATION RESOURCE [HOST]`".to_owned(),
        })?;
    let start = line.find(words[0]).unwrap_or(0);
    let end = words[at].as_ptr() as usize - line.as_ptr() as usize;
    let principal = line[start..end].trim_end();
    parse_words(principal, words[at], words[at + 1], words.get(at + 2).copied())
}

/// As it may be typed: `read`, `READ`, `describe_configs`.
fn operation_of(word: &str) -> Result<Operation, String> {
    as_written(word).parse().map_err(|error: crate::model::UnknownWord| error.to_string())
}

fn as_written(word: &str) -> String {
    word.to_ascii_lowercase().replace('_', "-")
}

fn parse_words(
    principal: &str,
    operation: &str,
    resource: &str,
    host: Option<&str>,
) -> Result<Question, String> {
    let principal = Principal::parse(principal)
        .map_err(|error| format!("`{}`: {error}", visible(principal)))?;
    let operation = operation_of(operation)?;
    let (word, name) = resource.split_once(':').unwrap_or((resource, ""));
    let resource_type: ResourceType =
        word.parse().map_err(|error: crate::model::UnknownWord| error.to_string())?;
    let named = Some(name).filter(|name| !name.is_empty());
    let Resource { resource_type, name } = Resource::of(word, resource_type, named)?;
    check_meaning(operation, resource_type).map_err(|error| error.message().to_owned())?;
    let host = host
        .map(|text| {
            text.parse()
                .map(Host::of_address)
                .map_err(|_| {
                    format!(
                        "`{}` is no IP address; a resource whose name has blanks is asked about in JSON",
                        visible(text)
                    )
                })
        })
        .transpose()?;
    Ok(Question { principal, operation, resource_type, name: name.into(), host })
}
