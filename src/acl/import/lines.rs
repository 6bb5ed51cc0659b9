//! Tools that write a line for each binding.

use super::{Words, Wrong};
use crate::model::Binding;

/// Every line, with its number.
fn each(
    text: &str,
    mut line: impl FnMut(&str) -> Result<Option<Binding>, String>,
) -> Result<Vec<Binding>, Wrong> {
    let mut found = Vec::new();
    for (at, text) in text.lines().enumerate() {
        let wrong = |why| Wrong { place: format!("line {}", at + 1), why };
        found.extend(line(text.trim()).map_err(wrong)?);
    }
    Ok(found)
}

/// `name=value, …`: values may hold commas and equals signs, so each ends where the next name begins.
fn fields<'t, const N: usize>(text: &'t str, names: [&str; N]) -> Option<[&'t str; N]> {
    let mut values = [""; N];
    let mut rest = text;
    for (value, name) in values.iter_mut().zip(names).rev() {
        let at = rest.rfind(&format!("{name}="))?;
        *value = &rest[at + name.len() + 1..];
        rest = rest[..at].strip_suffix(", ").unwrap_or(&rest[..at]);
    }
    rest.is_empty().then_some(values)
}

/// What `kafka-acls.sh --list` prints: a line for the resource, then one for each entry.
pub(super) fn kafka_acls(text: &str) -> Result<Vec<Binding>, Wrong> {
    let mut resource: Option<[&str; 3]> = None;
    let text: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in text.iter().enumerate() {
        let wrong = |why: &str| Wrong { place: format!("line {}", at + 1), why: why.to_owned() };
        let line = line.trim();
        if line.is_empty() || line.starts_with("ACLs for principal ") {
            continue;
        }
        let pattern =
            line.split_once("ResourcePattern(").and_then(|(_, rest)| rest.rsplit_once(")`"));
        if let Some((pattern, _)) = pattern {
            let read = fields(pattern, ["resourceType", "name", "patternType"]);
            resource = Some(read.ok_or_else(|| wrong("this is no resource"))?);
            continue;
        }
        let entry = line.strip_prefix('(').and_then(|line| line.strip_suffix(')'));
        let entry =
            entry.and_then(|e| fields(e, ["principal", "host", "operation", "permissionType"]));
        let Some([principal, host, operation, permission]) = entry else {
            return Err(wrong("this is no line of `kafka-acls.sh --list`"));
        };
        let Some([resource_type, name, pattern]) = resource else {
            return Err(wrong("an entry without its resource before it"));
        };
        let words = Words { resource_type, name, pattern, principal, host, operation, permission };
        found.push(words.binding().map_err(|why| wrong(&why))?);
    }
    Ok(found)
}

/// Kafka Security Manager's CSV: `KafkaPrincipal,ResourceType,PatternType,ResourceName,Operation,PermissionType,Host`.
pub(super) fn ksm(text: &str) -> Result<Vec<Binding>, Wrong> {
    each(text, |line| {
        if line.is_empty() || line.starts_with('#') || line.starts_with("KafkaPrincipal,") {
            return Ok(None);
        }
        let cells = cells(line)?;
        let [principal, resource_type, pattern, name, operation, permission, host] = &cells[..]
        else {
            return Err(format!("seven cells are wanted, these are {}", cells.len()));
        };
        Words { resource_type, name, pattern, principal, host, operation, permission }
            .binding()
            .map(Some)
    })
}

/// The cells of a line of CSV; a cell with commas stands in quotes.
fn cells(line: &str) -> Result<Vec<String>, String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut signs = line.chars().peekable();
    while let Some(sign) = signs.next() {
        let cell = cells.last_mut().expect("there is always one");
        match sign {
            '"' if quoted && signs.peek() == Some(&'"') => {
                signs.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            sign => cell.push(sign),
        }
    }
    if quoted { Err("a quote that does not end".to_owned()) } else { Ok(cells) }
}
