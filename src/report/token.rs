//! `TokenList` and `TokenWriteResult`: delegation tokens. The secret part is in the result of `token create` alone.

use std::borrow::Cow;

use serde::Serialize;

use super::user::ShownPassword;
use super::write::Subject;
use super::{Block, Column, Json, Report, Rows, Table};
use crate::model::{Principal, Time, shell_word};

/// The tokens of a cluster, as far as the caller may see them.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenList {
    /// The cluster asked.
    pub cluster_id: String,
    /// The tokens, by owner and id.
    pub items: Vec<TokenItem>,
}

/// A token without its secret part.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenItem {
    /// Its id.
    pub token_id: String,
    /// Whom it stands for.
    pub owner: Principal,
    /// Who asked for it, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requester: Option<Principal>,
    /// Who may renew and expire it, beside the owner.
    pub renewers: Vec<Principal>,
    /// When it was made.
    pub issued: Time,
    /// When it ends unless it is renewed.
    pub expires: Time,
    /// When it ends at the latest.
    pub latest: Time,
}

fn listed(principals: &[Principal]) -> Cow<'_, str> {
    match principals {
        [one] => one.as_str().into(),
        many => many.iter().map(|one| &**one).collect::<Vec<_>>().join(",").into(),
    }
}

impl Report for TokenList {
    fn kind(&self) -> &'static str {
        "TokenList"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(self)
    }

    fn blocks(&self, wide: bool) -> Vec<Block<'_>> {
        let mut columns = vec![
            Column::text("TOKEN"),
            Column::text("OWNER"),
            Column::text("RENEWERS"),
            Column::text("EXPIRES"),
            Column::text("LATEST").keep(100),
        ];
        if wide {
            columns.extend([Column::text("ISSUED"), Column::text("REQUESTER")]);
        }
        let mut table = Table::new(columns, "no delegation tokens that you may see");
        for token in &self.items {
            let mut row: Vec<Cow<'_, str>> = vec![
                token.token_id.as_str().into(),
                token.owner.as_str().into(),
                listed(&token.renewers),
                token.expires.to_string().into(),
                token.latest.to_string().into(),
            ];
            if wide {
                row.push(token.issued.to_string().into());
                row.push(token.requester.as_deref().unwrap_or("").into());
            }
            table.push(row);
        }
        vec![Block::Table(table)]
    }

    fn rows(&self) -> Vec<Rows<'_>> {
        Rows::of_items(self.blocks(true))
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.items.iter().map(|token| token.token_id.as_str().into()).collect()
    }
}

/// A token that is written. What is not known is absent.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WrittenToken {
    /// Its id, once it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_id: Option<String>,
    /// Whom it stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Principal>,
    /// Who may renew and expire it, beside the owner.
    pub renewers: Vec<Principal>,
    /// When it was to end before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_expires: Option<Time>,
    /// When it ends unless it is renewed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
    /// When it ends at the latest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest: Option<Time>,
    /// Its secret part, in base64, of one that was created and whose secret went into no file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hmac: Option<ShownPassword>,
    /// The file that the secret part was written to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hmac_file: Option<String>,
}

fn shown(time: Option<Time>) -> Cow<'static, str> {
    time.map_or(Cow::Borrowed(""), |time| time.to_string().into())
}

impl Subject for WrittenToken {
    const KIND: &'static str = "TokenWriteResult";
    const PLURAL: &'static str = "tokens";

    fn columns() -> Vec<Column> {
        vec![
            Column::text("TOKEN"),
            Column::text("OWNER"),
            Column::text("RENEWERS"),
            Column::text("OLD-EXPIRES"),
            Column::text("EXPIRES"),
            Column::text("LATEST").keep(100),
            Column::text("HMAC"),
            Column::text("HMAC-FILE"),
        ]
    }

    fn row(&self) -> Vec<Cow<'_, str>> {
        vec![
            self.token_id.as_deref().unwrap_or("").into(),
            self.owner.as_deref().unwrap_or("").into(),
            listed(&self.renewers),
            shown(self.old_expires),
            shown(self.expires),
            shown(self.latest),
            self.hmac.as_ref().map_or("", |hmac| hmac.0.as_str()).into(),
            self.hmac_file.as_deref().unwrap_or("").into(),
        ]
    }

    fn name(&self) -> Cow<'_, str> {
        self.token_id.as_deref().unwrap_or("").into()
    }

    fn title(&self) -> String {
        match &self.token_id {
            Some(id) => format!("`{}`", crate::model::visible(id)),
            None => "without an id".to_owned(),
        }
    }

    fn is_told_once(&self) -> bool {
        self.hmac.is_some()
    }

    fn lost(titles: &[String]) -> Option<String> {
        let id = titles.first()?.trim_matches('`');
        Some(format!(
            "the token `{id}` is made and nobody has seen its HMAC: expire it (`kward token expire {}`) and make another",
            shell_word(id)
        ))
    }
}
