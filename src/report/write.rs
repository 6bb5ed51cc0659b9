//! What became of the things that were to be written, one item each, whatever they are. (ACLs have a
//! result of their own, [`super::acl_write`].)

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::acl_write::ItemError;
use super::{Block, Column, Json, Line, Report, Rows, Style, Table};
use crate::error::{Error, KafkaError, Kind};
use crate::model::visible;

/// What is written: a credential, a quota.
pub trait Subject: Serialize {
    /// The `kind` of the document: `UserWriteResult`.
    const KIND: &'static str;
    /// Several of them, in a sentence: `credentials`.
    const PLURAL: &'static str;

    /// The columns of one.
    fn columns() -> Vec<Column>;

    /// Its cells, as many as there are columns.
    fn row(&self) -> Vec<Cow<'_, str>>;

    /// Its bare name, for `-o name`.
    fn name(&self) -> Cow<'_, str>;

    /// What a permission is given for.
    fn resource(&self) -> Cow<'_, str> {
        self.name()
    }

    /// Whether it holds what is told once, and is lost when it cannot be printed.
    fn is_told_once(&self) -> bool {
        false
    }

    /// What is lost then, of those with these titles, and what to do about it.
    fn lost(titles: &[String]) -> Option<String> {
        let _ = titles;
        None
    }

    /// What messages call it.
    fn title(&self) -> String {
        format!("`{}`", visible(&self.name()))
    }
}

/// The results of a write.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WriteResult<T> {
    /// The cluster written to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_id: Option<String>,
    /// Nothing was changed: `--dry-run`.
    pub dry_run: bool,
    /// The items, in the order written.
    pub items: Vec<Item<T>>,
    /// How many of each status.
    pub summary: BTreeMap<Status, usize>,
}

/// One thing and what became of it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Item<T> {
    /// The thing.
    #[serde(flatten)]
    pub subject: T,
    /// What was to be done.
    pub action: Action,
    /// What became of it.
    pub status: Status,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ItemError>,
}

/// What was to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// To be created.
    Create,
    /// To be changed.
    Alter,
    /// To be deleted.
    Delete,
}

/// What became of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// It is there now and was not before.
    Created,
    /// It was there already, and was left as it is.
    Existed,
    /// It is other than it was.
    Altered,
    /// It was so already.
    Unchanged,
    /// It is gone.
    Deleted,
    /// It was not there.
    Absent,
    /// `--dry-run`: it would be written.
    Planned,
    /// The broker refused it.
    Failed,
    /// It was not tried, because something before it failed or the run was ended.
    Skipped,
    /// It was sent and no answer came.
    Unknown,
}

/// Every status, its word in JSON, and how a sentence counts it.
const STATUSES: [(Status, &str, &str); 10] = [
    (Status::Created, "created", "created"),
    (Status::Existed, "existed", "existed already"),
    (Status::Altered, "altered", "altered"),
    (Status::Unchanged, "unchanged", "unchanged"),
    (Status::Deleted, "deleted", "deleted"),
    (Status::Absent, "absent", "not there"),
    (Status::Planned, "planned", "would be written (dry run)"),
    (Status::Failed, "failed", "failed"),
    (Status::Skipped, "skipped", "not tried"),
    (Status::Unknown, "unknown", "of unknown outcome"),
];

impl Status {
    /// The word, as in JSON.
    pub fn word(self) -> &'static str {
        self.words().0
    }

    /// How a sentence counts it: `existed already`.
    pub(super) fn counted(self) -> &'static str {
        self.words().1
    }

    fn words(self) -> (&'static str, &'static str) {
        STATUSES
            .iter()
            .find(|(status, ..)| *status == self)
            .map_or(("", ""), |(_, word, counted)| (word, counted))
    }

    /// Whether the thing is not as it was wanted.
    pub const fn is_bad(self) -> bool {
        matches!(self, Status::Failed | Status::Skipped | Status::Unknown)
    }
}

impl From<&ItemError> for KafkaError {
    fn from(error: &ItemError) -> Self {
        Self {
            name: error.name.clone(),
            code: error.code,
            message: error.message.clone(),
            retriable: error.retriable,
        }
    }
}

impl<T> Item<T> {
    /// An item without an error.
    pub fn new(subject: T, action: Action, status: Status) -> Self {
        Self { subject, action, status, error: None }
    }

    /// What the broker answered: `well`, or failed.
    pub fn answered(subject: T, action: Action, well: Status, error: Option<&KafkaError>) -> Self {
        let status = if error.is_some() { Status::Failed } else { well };
        Self { subject, action, status, error: error.map(ItemError::from) }
    }

    /// What is known when the request as a whole failed.
    pub fn lost(subject: T, action: Action, error: &Error) -> Self {
        let status = match error.kind() {
            Kind::Unfinished => Status::Unknown,
            _ => Status::Failed,
        };
        let error =
            error.kafka_error().map_or_else(|| ItemError::unanswered(error), ItemError::from);
        Self { subject, action, status, error: Some(error) }
    }
}

/// The columns of a thing between what became of it and why it failed.
pub(super) fn framed(of_thing: Vec<Column>) -> Vec<Column> {
    let mut columns = vec![Column::text("STATUS").styles(&[
        ("failed", Style::Bad),
        ("unknown", Style::Bad),
        ("skipped", Style::Warning),
    ])];
    columns.extend(of_thing);
    columns.push(Column::text("ERROR").keep(250));
    columns
}

/// Why it failed, in a cell.
pub(super) fn error_cell(error: Option<&ItemError>) -> Cow<'_, str> {
    match error {
        Some(ItemError { name, message: Some(message), .. }) => {
            format!("{name}: {}", visible(message)).into()
        }
        Some(error) => Cow::Borrowed(&error.name),
        None => Cow::Borrowed(""),
    }
}

impl<T: Subject> WriteResult<T> {
    /// A result whose summary counts `items`.
    pub fn new(cluster_id: Option<String>, dry_run: bool, items: Vec<Item<T>>) -> Self {
        let mut summary: BTreeMap<Status, usize> =
            STATUSES.iter().map(|(status, ..)| (*status, 0)).collect();
        for item in &items {
            *summary.entry(item.status).or_default() += 1;
        }
        Self { cluster_id, dry_run, items, summary }
    }

    /// How many items have this status.
    pub fn count(&self, status: Status) -> usize {
        self.summary.get(&status).copied().unwrap_or(0)
    }

    /// Whether every item is as it was wanted.
    pub fn is_complete(&self) -> bool {
        !self.items.iter().any(|item| item.status.is_bad())
    }

    /// The error that sums up what went wrong; `None` when nothing did. `stopped` is why it did not
    /// go on to the end, where it did not.
    pub fn error(&self, stopped: Option<Error>) -> Option<Error> {
        if self.is_complete() && stopped.is_none() {
            return None;
        }
        let bad = self.items.iter().filter(|item| item.status.is_bad()).count();
        // One thing, one reason: no sum.
        if let (Some(stopped), true) = (&stopped, bad == self.items.len()) {
            return Some(stopped.clone());
        }
        let kind = match &stopped {
            Some(error) if error.kind() != Kind::Failed => error.kind(),
            _ if self.count(Status::Unknown) > 0 => Kind::Unfinished,
            _ => Kind::Failed,
        };
        let mut message = format!(
            "{} of {} {} are as wanted",
            self.items.len() - bad,
            self.items.len(),
            T::PLURAL
        );
        for status in [Status::Failed, Status::Unknown, Status::Skipped] {
            if self.count(status) > 0 {
                message.push_str(&format!(", {} {}", self.count(status), status.counted()));
            }
        }
        let mut error = Error::new(kind, message);
        let first = self.items.iter().find_map(|item| Some((item, item.error.as_ref()?)));
        if let Some((item, why)) = first {
            error = error
                .caused_by(format_args!("first: {}", visible(&item.subject.name())))
                .kafka(why.into());
        }
        if let Some(stopped) = stopped {
            error = error.caused_by(&stopped);
            error = stopped.causes().iter().fold(error, Error::caused_by);
            error = stopped.hints().iter().cloned().fold(error, Error::hint);
        }
        Some(error)
    }

    /// `2 created, 1 existed already`; `nothing to do` when there were no items.
    pub fn sentence(&self) -> String {
        let parts: Vec<String> = self
            .summary
            .iter()
            .filter(|(_, count)| **count > 0)
            .map(|(status, count)| format!("{count} {}", status.counted()))
            .collect();
        if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") }
    }

    /// The columns of the table, whether anything is said in them or not.
    pub fn columns() -> Vec<Column> {
        framed(T::columns())
    }

    fn table(&self) -> Table<'_> {
        let columns = Self::columns();
        let names: Vec<&'static str> = columns.iter().map(|column| column.name).collect();
        let mut table = Table::new(columns, "");
        for item in &self.items {
            let mut row: Vec<Cow<'_, str>> = vec![item.status.word().into()];
            row.extend(item.subject.row());
            row.push(error_cell(item.error.as_ref()));
            table.push(row);
        }
        names.into_iter().fold(table, Table::without_empty_column)
    }
}

impl<T: Subject> Report for WriteResult<T> {
    fn kind(&self) -> &'static str {
        T::KIND
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, _wide: bool) -> Vec<Block<'_>> {
        let style = if self.is_complete() { Style::Good } else { Style::Bad };
        let sentence = Block::Lines(vec![Line::styled(style, self.sentence())]);
        if self.items.is_empty() {
            return vec![sentence];
        }
        vec![Block::Table(self.table()), sentence]
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of_items(self.blocks(true))
    }

    fn row_names(&self) -> Vec<Cow<'_, str>> {
        self.items.iter().map(|item| item.subject.name()).collect()
    }

    /// Those that are as they were wanted: what failed or is not there is no name to go on with.
    fn names(&self) -> Vec<Cow<'_, str>> {
        let there = |item: &&Item<T>| !item.status.is_bad() && item.status != Status::Absent;
        let mut names: Vec<_> =
            self.items.iter().filter(there).map(|item| item.subject.name()).collect();
        names.dedup();
        names
    }

    fn lost(&self) -> Option<String> {
        let once = self.items.iter().filter(|item| item.subject.is_told_once());
        let mut names: Vec<_> = once.map(|item| item.subject.title()).collect();
        names.dedup();
        T::lost(&names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Thing(&'static str);

    impl Subject for Thing {
        const KIND: &'static str = "ThingWriteResult";
        const PLURAL: &'static str = "things";

        fn columns() -> Vec<Column> {
            vec![Column::text("THING"), Column::text("NOTE")]
        }

        fn row(&self) -> Vec<Cow<'_, str>> {
            vec![self.0.into(), "".into()]
        }

        fn name(&self) -> Cow<'_, str> {
            self.0.into()
        }
    }

    fn refusal() -> KafkaError {
        KafkaError { name: "POLICY_VIOLATION".into(), code: 44, message: None, retriable: false }
    }

    #[test]
    fn one_failure_fails_the_whole_and_is_named() {
        let items = vec![
            Item::answered(Thing("a"), Action::Create, Status::Created, None),
            Item::answered(Thing("b"), Action::Create, Status::Created, Some(&refusal())),
        ];
        let result = WriteResult::new(None, false, items);
        assert_eq!(result.sentence(), "1 created, 1 failed");
        let error = result.error(None).unwrap();
        assert_eq!(error.kind(), Kind::Failed);
        assert_eq!(error.message(), "1 of 2 things are as wanted, 1 failed");
        assert_eq!(error.causes(), ["first: b", "POLICY_VIOLATION (44)"]);
        let columns: Vec<_> = result.table().columns.iter().map(|c| c.name).collect();
        assert_eq!(columns, ["STATUS", "THING", "ERROR"]);
    }

    #[test]
    fn what_nobody_knows_is_unfinished() {
        let lost = Error::new(Kind::Unfinished, "lost");
        let item = |name| Item::lost(Thing(name), Action::Alter, &lost);
        let result = WriteResult::new(None, false, vec![item("a")]);
        assert_eq!(result.error(Some(lost.clone())).unwrap().message(), "lost");
        let done = Item::new(Thing("b"), Action::Alter, Status::Altered);
        let result = WriteResult::new(None, false, vec![item("a"), done]);
        let error = result.error(Some(lost.clone())).unwrap();
        assert_eq!(error.kind(), Kind::Unfinished);
        assert_eq!(error.message(), "1 of 2 things are as wanted, 1 of unknown outcome");
    }

    #[test]
    fn all_well_is_no_error() {
        let result = WriteResult::new(
            None,
            true,
            vec![Item::new(Thing("a"), Action::Delete, Status::Planned)],
        );
        assert!(result.error(None).is_none());
        assert_eq!(result.sentence(), "1 would be written (dry run)");
        assert_eq!(WriteResult::<Thing>::new(None, false, Vec::new()).sentence(), "nothing to do");
    }
}
