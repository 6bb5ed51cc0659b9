//! `topic configure`: the same as `config set`, for topics.

use crate::commands::config::{Whose, set};
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::kafka::Entity;

/// Changes the configuration of these topics.
pub async fn run(
    context: &Context<'_>,
    names: &[String],
    changes: set::Changes,
) -> Result<Outcome> {
    let entities = names.iter().map(Entity::topic).collect();
    let whose = Whose { entities, ..Whose::default() };
    set::run(context, &set::Request { whose, changes }).await
}
