//! `acl copy`: one principal gets the bindings of another.

use super::create;
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::model::{Binding, Filter, Principal, visible};

/// Reads the bindings of `from` and creates the same for `to`.
pub async fn run(
    context: &Context<'_>,
    from: &Principal,
    to: &Principal,
    dry_run: bool,
) -> Result<Outcome> {
    if from == to {
        return Err(Error::invalid(format!("`--from` and `--to` are both `{}`", visible(from))));
    }
    let client = context.connect().await?;
    let filter = Filter { principal: Some(from.clone()), ..Filter::default() };
    let source = client.describe_acls(&filter).await?;
    if source.is_empty() {
        return Err(Error::failed(format!("`{}` has no ACLs to copy", visible(from))));
    }
    let (known, unknown): (Vec<Binding>, Vec<Binding>) =
        source.into_iter().partition(Binding::is_known);
    if !unknown.is_empty() {
        context.ui.warn(&format!(
            "{} ACLs are of a kind that this version does not know and are not copied",
            unknown.len()
        ));
    }
    let wanted =
        known.into_iter().map(|binding| Binding { principal: to.clone(), ..binding }).collect();
    create::run(context, wanted, create::From::Copied, dry_run).await
}
