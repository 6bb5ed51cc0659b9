//! `ControllerWriteResult` and `BrokerWriteResult`: who belongs to a cluster.

use std::borrow::Cow;

use serde::Serialize;

use super::Column;
use super::write::Subject;

/// A controller that is to vote, or no longer.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WrittenController {
    /// `node.id`.
    pub id: i32,
    /// The id of the folder of its metadata log.
    pub directory_id: String,
    /// Where it listens: `CONTROLLER://host:9093`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub listeners: Vec<String>,
    /// How many vote then.
    pub voters: usize,
    /// How many of those may fail before there is no majority.
    pub may_fail: usize,
}

impl Subject for WrittenController {
    const KIND: &'static str = "ControllerWriteResult";
    const PLURAL: &'static str = "controllers";

    fn columns() -> Vec<Column> {
        vec![
            Column::number("CONTROLLER"),
            Column::text("DIRECTORY"),
            Column::text("LISTENERS"),
            Column::number("VOTERS"),
            Column::number("MAY-FAIL"),
        ]
    }

    fn row(&self) -> Vec<Cow<'_, str>> {
        vec![
            self.id.to_string().into(),
            self.directory_id.as_str().into(),
            self.listeners.join(",").into(),
            self.voters.to_string().into(),
            self.may_fail.to_string().into(),
        ]
    }

    fn name(&self) -> Cow<'_, str> {
        self.id.to_string().into()
    }
}

/// A broker whose registration is taken away.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WrittenBroker {
    /// `node.id`.
    pub id: i32,
    /// Where it was, as far as the cluster says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

impl Subject for WrittenBroker {
    const KIND: &'static str = "BrokerWriteResult";
    const PLURAL: &'static str = "brokers";

    fn columns() -> Vec<Column> {
        vec![Column::number("BROKER"), Column::text("ADDRESS")]
    }

    fn row(&self) -> Vec<Cow<'_, str>> {
        vec![self.id.to_string().into(), self.address.as_deref().unwrap_or("").into()]
    }

    fn name(&self) -> Cow<'_, str> {
        self.id.to_string().into()
    }
}
