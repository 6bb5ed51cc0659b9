//! `--sort-by` where no table is printed: the items of a document, and bare names, in the order that the
//! rows of the tables would have.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::Value;

use super::table::order_of;
use crate::error::{Error, Result};
use crate::report::{Json, Report};

/// The fields of the document, its items sorted.
pub(super) fn fields<'r>(report: &'r dyn Report, sort_by: &[String]) -> Result<Box<dyn Json + 'r>> {
    let rows = if sort_by.is_empty() { Vec::new() } else { report.rows() };
    if rows.is_empty() {
        return Ok(report.json());
    }
    let unwritten = |error| Error::failed("cannot write the document").caused_by(error);
    let mut document = serde_json::to_value(report.json()).map_err(unwritten)?;
    for of in &rows {
        sort(&mut document, of.lists, &order_of(&of.tables, sort_by));
    }
    Ok(Box::new(document))
}

/// The bare names; nothing where they are not those of rows, which alone have an order.
pub(super) fn names<'r>(report: &'r dyn Report, sort_by: &[String]) -> Option<Vec<Cow<'r, str>>> {
    let (tables, mut names) = report.named_rows()?;
    let order = order_of(&tables, sort_by);
    if order.len() != names.len() {
        return None;
    }
    let mut seen = HashSet::new();
    let sorted = order.into_iter().map(|at| std::mem::take(&mut names[at]));
    Some(sorted.filter(|name| seen.insert(name.clone())).collect())
}

/// Sorts the lists at these paths, each within itself; `order` is that of their items, one after the other.
fn sort(document: &mut Value, lists: &[&[&str]], order: &[usize]) {
    let mut ranks = vec![0; order.len()];
    for (rank, at) in order.iter().enumerate() {
        ranks[*at] = rank;
    }
    let mut count = 0;
    for path in lists {
        visit(document, path, &mut |list| count += list.len());
    }
    debug_assert_eq!(count, ranks.len(), "the rows are the items of {lists:?}");
    if count != ranks.len() {
        return;
    }
    let mut ranks = ranks.into_iter();
    for path in lists {
        visit(document, path, &mut |list| {
            let mut ranked: Vec<_> = list.drain(..).zip(ranks.by_ref()).collect();
            ranked.sort_by_key(|(_, rank)| *rank);
            list.extend(ranked.into_iter().map(|(item, _)| item));
        });
    }
}

/// Every list at a path: the last key's, in each item of the lists of the keys before it.
fn visit(value: &mut Value, path: &[&str], see: &mut dyn FnMut(&mut Vec<Value>)) {
    let Some((key, rest)) = path.split_first() else { return };
    let Some(list) = value.get_mut(key).and_then(Value::as_array_mut) else { return };
    if rest.is_empty() {
        see(list);
    } else {
        for item in list {
            visit(item, rest, see);
        }
    }
}
