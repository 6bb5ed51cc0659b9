//! `UserList` and `UserWriteResult`: users with SCRAM credentials.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

use super::write::Subject;
use super::{Block, Column, Json, Report, Rows, Table};
use crate::model::ScramMechanism;

/// The users of a cluster.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserList {
    /// The cluster asked.
    pub cluster_id: String,
    /// The users, by name.
    pub items: Vec<User>,
}

/// A user.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The name, without `User:`.
    pub user: String,
    /// Its credentials, by mechanism.
    pub credentials: Vec<Credential>,
}

/// What is known of a credential.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Credential {
    /// The mechanism.
    pub mechanism: ScramMechanism,
    /// How often the hash is applied.
    pub iterations: i32,
}

impl Report for UserList {
    fn kind(&self) -> &'static str {
        "UserList"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, _wide: bool) -> Vec<Block<'_>> {
        let columns =
            vec![Column::text("USER"), Column::text("MECHANISM"), Column::number("ITERATIONS")];
        let mut table = Table::new(columns, "no users with SCRAM credentials");
        for user in &self.items {
            for credential in &user.credentials {
                table.push([
                    Cow::Borrowed(user.user.as_str()),
                    credential.mechanism.to_string().into(),
                    credential.iterations.to_string().into(),
                ]);
            }
        }
        vec![Block::Table(table)]
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of_items(self.blocks(true))
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.items.iter().map(|user| user.user.as_str().into()).collect()
    }
}

/// A password made by this program, shown because it was asked for. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct ShownPassword(pub String);

impl fmt::Debug for ShownPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

impl Serialize for ShownPassword {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// A credential that is written.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserCredential {
    /// The user, without `User:`.
    pub user: String,
    /// The mechanism; absent where a user has no credential to delete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mechanism: Option<ScramMechanism>,
    /// How often the hash is applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iterations: Option<i64>,
    /// The password, where it was generated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<ShownPassword>,
}

impl Subject for UserCredential {
    const KIND: &'static str = "UserWriteResult";
    const PLURAL: &'static str = "credentials";

    fn columns() -> Vec<Column> {
        vec![
            Column::text("USER"),
            Column::text("MECHANISM"),
            Column::number("ITERATIONS").keep(100),
            Column::text("PASSWORD"),
        ]
    }

    fn row(&self) -> Vec<Cow<'_, str>> {
        vec![
            self.user.as_str().into(),
            self.mechanism.map_or_else(String::new, |mechanism| mechanism.to_string()).into(),
            self.iterations.map_or_else(String::new, |count| count.to_string()).into(),
            self.password.as_ref().map_or("", |password| password.0.as_str()).into(),
        ]
    }

    fn name(&self) -> Cow<'_, str> {
        self.user.as_str().into()
    }

    fn is_told_once(&self) -> bool {
        self.password.is_some()
    }

    fn lost(titles: &[String]) -> Option<String> {
        let names = titles.join(", ");
        (!titles.is_empty()).then(|| {
            format!(
                "the generated password of {names} is stored and lost, as nobody has seen it: make another one \
                 with the same command, which asks before it replaces it"
            )
        })
    }
}
