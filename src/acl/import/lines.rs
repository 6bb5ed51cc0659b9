//! Tools that write a line for each binding.

use super::shape::not_known;
use super::{Taken, Words, Wrong};
use crate::model::Binding;

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
pub(super) fn kafka_acls(text: &str) -> Result<Taken, Wrong> {
    let mut resource: Option<[&str; 3]> = None;
    let text: Vec<&str> = text.lines().collect();
    let mut taken = Taken::default();
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
        taken.bindings.push(words.binding().map_err(|why| wrong(&why))?);
    }
    Ok(taken)
}

/// The columns of Kafka Security Manager's CSV, in the order of a file without a header.
const COLUMNS: [&str; 7] = [
    "KafkaPrincipal",
    "ResourceType",
    "PatternType",
    "ResourceName",
    "Operation",
    "PermissionType",
    "Host",
];

/// Kafka Security Manager's CSV: columns by their names.
pub(super) fn ksm(text: &str) -> Result<Taken, Wrong> {
    let mut taken = Taken::default();
    let mut columns: Option<Vec<usize>> = None;
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let wrong = |why| Wrong { place: format!("line {}", at + 1), why };
        let cells = cells(line).map_err(wrong)?;
        let Some(columns) = &columns else {
            if cells.iter().any(|cell| COLUMNS.contains(&cell.trim())) {
                columns = Some(header(&cells).map_err(wrong)?);
                continue;
            }
            taken.bindings.push(row(&cells, &[0, 1, 2, 3, 4, 5, 6]).map_err(wrong)?);
            columns = Some((0..COLUMNS.len()).collect());
            continue;
        };
        taken.bindings.push(row(&cells, columns).map_err(wrong)?);
    }
    Ok(taken)
}

/// For each cell of a line, which of [`COLUMNS`] it is.
fn header(cells: &[String]) -> Result<Vec<usize>, String> {
    let column = |cell: &String| {
        let column = COLUMNS.iter().position(|column| column == cell);
        column.ok_or_else(|| not_known(cell, COLUMNS.into_iter()))
    };
    let columns: Vec<usize> = cells.iter().map(column).collect::<Result<_, _>>()?;
    for (at, column) in COLUMNS.iter().enumerate() {
        match columns.iter().filter(|found| **found == at).count() {
            1 => {}
            // It takes every name for a literal one then, as it did before Kafka 2.0.
            0 if *column == "PatternType" => {}
            0 => return Err(format!("the column `{column}` is missing")),
            _ => return Err(format!("the column `{column}` is there twice")),
        }
    }
    Ok(columns)
}

fn row(cells: &[String], columns: &[usize]) -> Result<Binding, String> {
    if cells.len() != columns.len() {
        return Err(format!("{} cells are wanted, these are {}", columns.len(), cells.len()));
    }
    let mut named = [""; COLUMNS.len()];
    named[2] = "LITERAL";
    for (column, cell) in columns.iter().zip(cells) {
        named[*column] = cell;
    }
    let [principal, resource_type, pattern, name, operation, permission, host] = named;
    Words { resource_type, name, pattern, principal, host, operation, permission }.binding()
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
