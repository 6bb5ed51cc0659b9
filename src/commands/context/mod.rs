//! The verbs of `kward context`.

pub mod add;
pub mod check;

use std::path::Path;

use crate::error::{Error, Result};
use crate::model::visible;
use crate::report::context::{
    ContextChange, ContextDescription, ContextItem, ContextList, PropertyItem,
};
use crate::report::{Answer, Interaction};
use crate::settings::Store;
use crate::settings::contexts::{Edited, Summary};

use super::Outcome;

/// `context list`.
pub fn list(ui: &dyn Interaction, store: &Store<'_>) -> Result<Outcome> {
    let (contexts, warnings) = store.list()?;
    for warning in &warnings {
        ui.warn(warning);
    }
    let items = contexts.into_iter().map(item).collect();
    Ok(Outcome::report(ContextList { items }))
}

/// `context show`.
pub fn show(ui: &dyn Interaction, store: &Store<'_>, name: Option<&str>) -> Result<Outcome> {
    let details = store.show(name)?;
    for warning in &details.warnings {
        ui.warn(warning);
    }
    let properties = details.properties.into_iter().map(|property| PropertyItem {
        name: property.key,
        value: property.value,
        origin: property.origin,
    });
    Ok(Outcome::report(ContextDescription {
        item: item(details.summary),
        properties: properties.collect(),
        super_users: details.super_users.iter().map(ToString::to_string).collect(),
        allow_everyone_if_no_acl_found: details.allow_everyone_if_no_acl_found,
    }))
}

/// `context use`.
pub fn use_context(
    ui: &dyn Interaction,
    store: &Store<'_>,
    name: &str,
    dry_run: bool,
) -> Result<Outcome> {
    let done = change("use", name, store.use_context(name, dry_run)?, dry_run);
    warn_if_overruled(ui, store, name);
    Ok(done)
}

/// What was written down is not what counts here.
fn warn_if_overruled(ui: &dyn Interaction, store: &Store<'_>, name: &str) {
    if let Some(by) = store.overruled_by(name) {
        ui.warn(&format!("not here: {by} goes before the config file and names another cluster"));
    }
}

/// `context remove`: asks first.
pub fn remove(
    ui: &dyn Interaction,
    store: &Store<'_>,
    name: &str,
    dry_run: bool,
) -> Result<Outcome> {
    // A mistyped name is told before the question.
    store.show(Some(name))?;
    if dry_run {
        let removed = store.remove(name, true)?;
        if let Some(file) = store.own_secret_file(name)? {
            let shown = visible(&file.to_string_lossy()).into_owned();
            ui.note(&format!("its password in `{shown}` would be deleted"));
        }
        return Ok(change("remove", name, removed, true));
    }
    match ui.confirm(&format!("Remove the context `{}`?", visible(name))) {
        Answer::Yes => {
            let secret = store.own_secret_file(name)?;
            let removed = store.remove(name, false)?;
            if let Some(file) = &secret {
                add::drop_secret(ui, file);
            }
            Ok(change("remove", name, removed, false))
        }
        Answer::No => Err(Error::refused("declined, nothing was changed")),
        Answer::CannotAsk => {
            Err(Error::refused("there is no terminal to ask on, nothing was changed")
                .hint("`--yes` answers the question beforehand"))
        }
        Answer::Interrupted => Err(interrupted()),
    }
}

/// `context trust`.
pub fn trust(store: &Store<'_>, path: &Path, trusted: bool, dry_run: bool) -> Result<Outcome> {
    let done = store.trust(path, trusted, dry_run)?;
    Ok(Outcome::report(ContextChange {
        names: done.contexts,
        action: if trusted { "trust" } else { "distrust" },
        changed: done.changed && !dry_run,
        foreseen: done.changed && dry_run,
        dry_run,
        table: None,
        file: visible(&done.file.to_string_lossy()).into_owned(),
        current_context: None,
    }))
}

fn change(action: &'static str, name: &str, edited: Edited, dry_run: bool) -> Outcome {
    Outcome::report(ContextChange {
        names: vec![name.to_owned()],
        action,
        changed: edited.changed && !dry_run,
        foreseen: edited.changed && dry_run,
        dry_run,
        table: None,
        file: visible(&edited.file.to_string_lossy()).into_owned(),
        current_context: edited.current_context,
    })
}

fn item(summary: Summary) -> ContextItem {
    let (bootstrap_controllers, bootstrap_servers) =
        if summary.controllers { (summary.bootstrap, None) } else { (None, summary.bootstrap) };
    ContextItem {
        name: summary.name,
        current: summary.current,
        bootstrap_servers,
        bootstrap_controllers,
        security_protocol: summary.protocol,
        mechanism: summary.mechanism,
        user: summary.user,
        read_only: summary.read_only,
        protected: summary.protected,
        cluster_id: summary.cluster_id,
        problem: summary.problem,
    }
}

fn interrupted() -> Error {
    Error::new(crate::error::Kind::Interrupted, "interrupted, nothing was changed")
}
