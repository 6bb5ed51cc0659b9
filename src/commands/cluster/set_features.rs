//! `cluster set-features`: levels of features, judged by the controller before anybody is asked
//! (UpdateFeatures; needs ALTER on the cluster).

use crate::commands::settle::settle;
use crate::commands::written::{Needs, Told, summary, told};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::{Abilities, Client, FeatureUpdate, FeatureWay};
use crate::model::{MetadataVersion, Release, nearest, visible};
use crate::report::features::WrittenFeature;
use crate::report::write::{Action, Item, Status, WriteResult};
use crate::report::{Block, Line, Style};

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// Features with the levels that they are to have.
    pub levels: Vec<(String, i16)>,
    /// In place of them what this release stands for.
    pub release: Option<Release>,
    /// Downgrade whatever is lost by it.
    pub lossy: bool,
    /// Have the controller check, and change nothing.
    pub dry_run: bool,
}

const NEEDS: Needs = Needs { operation: "alter", flag: "--cluster" };
const INVALID_UPDATE_VERSION: i16 = 95;
const KRAFT: &str = "kraft.version";

/// Shows old and new levels, asks, sets them.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let name = |at: usize| request.levels[at].0.as_str();
    if let Some(at) = (1..request.levels.len()).find(|at| (0..*at).any(|i| name(i) == name(*at))) {
        return Err(Error::invalid(format!("`{}` is named more than once", visible(name(at)))));
    }
    if !request.dry_run {
        context.may_write()?;
    }
    let client = context.connect().await?;
    let abilities = client.abilities(None).await?;
    let levels = match request.release {
        Some(release) => of_release(release, &abilities),
        None => request.levels.clone(),
    };
    check(&levels, request.release.is_some(), &abilities)?;
    let mut items: Vec<Item<WrittenFeature>> =
        levels.iter().map(|(name, level)| item(name, *level, &abilities)).collect();
    let going: Vec<usize> =
        (0..items.len()).filter(|at| items[*at].status == Status::Planned).collect();
    let updates: Vec<FeatureUpdate> =
        going.iter().map(|at| update(&items[*at].subject, request.lossy)).collect();
    let downgrade = updates.iter().any(|update| update.way != FeatureWay::Upgrade);
    let mut unknown = None;
    if !updates.is_empty() {
        let judged = client.update_features(&updates, true).await;
        let (fates, _) = told(judged, updates.len(), Status::Planned)?;
        note(&mut items, &going, fates);
        let refused = going.iter().any(|at| items[*at].status == Status::Failed);
        if refused {
            for item in items.iter_mut().filter(|item| item.status == Status::Planned) {
                item.status = Status::Skipped;
            }
        } else if !request.dry_run {
            context.ui.show(&[Block::Lines(going.iter().map(|at| line(&items[*at])).collect())]);
            context.confirm(question(downgrade))?;
            context.stop.begin_writing();
            let client = client.until(context.deadline());
            let set = client.update_features(&updates, false).await;
            let (fates, lost) = told(set, updates.len(), Status::Altered)?;
            unknown = lost;
            note(&mut items, &going, fates);
            if going.iter().all(|at| items[*at].status == Status::Altered) {
                wait(context, &client, &updates).await;
            }
        }
    }
    let cluster_id = client.describe_cluster().await.ok().and_then(|cluster| cluster.id);
    let result = WriteResult::new(cluster_id, request.dry_run, items);
    let is_too_low = |item: &Item<WrittenFeature>| {
        item.error.as_ref().is_some_and(|error| error.code == INVALID_UPDATE_VERSION)
    };
    let lossy = downgrade && !request.lossy && result.items.iter().any(is_too_low);
    let error = unknown.or_else(|| summary(&client, ("set", "feature"), NEEDS, &result));
    let error = error.map(|error| {
        let error = error.hint("`kward cluster features` shows what every broker supports");
        if lossy {
            error.hint(
                "`--unsafe` goes down whatever is lost by it, where the controller knows how to",
            )
        } else {
            error
        }
    });
    Ok(Outcome::report(result).with_error(error))
}

/// The levels of a release. On the way up what is off there, or higher already, stays as it is; on the way down a
/// feature that no broker knows is off already. What the quorum is, nobody takes back: that is asked for by its name.
fn of_release(release: Release, abilities: &Abilities) -> Vec<(String, i16)> {
    let up = release.metadata_version().0 >= level_of(MetadataVersion::FEATURE, abilities);
    let is_meant = |(name, level): &(&str, i16)| {
        if *name == KRAFT {
            return false;
        }
        let now = level_of(name, abilities);
        if up { *level > 0 && *level >= now } else { *level < now || *level > 0 && *level == now }
    };
    let features = release.features().into_iter().filter(is_meant);
    features.map(|(name, level)| (name.to_owned(), level)).collect()
}

/// A name that no broker knows is a mistake in typing, or of a newer release than the brokers.
fn check(levels: &[(String, i16)], of_release: bool, abilities: &Abilities) -> Result<()> {
    let known = || abilities.features.keys().map(String::as_str);
    let Some((name, _)) = levels.iter().find(|(name, _)| !abilities.features.contains_key(name))
    else {
        return Ok(());
    };
    let error = Error::invalid(format!("the brokers have no feature `{}`", visible(name)));
    if of_release {
        return Err(error.hint("they are older than that release: upgrade them first"));
    }
    Err(match nearest(name, known()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("`kward cluster features` lists them"),
    })
}

/// The level that holds; 0 where the feature is off.
fn level_of(name: &str, abilities: &Abilities) -> i16 {
    abilities.features.get(name).and_then(|feature| feature.finalized).unwrap_or(0)
}

fn item(name: &str, level: i16, abilities: &Abilities) -> Item<WrittenFeature> {
    let old = level_of(name, abilities);
    let status = if old == level { Status::Unchanged } else { Status::Planned };
    Item::new(WrittenFeature::new(name, old, level), Action::Alter, status)
}

fn update(feature: &WrittenFeature, lossy: bool) -> FeatureUpdate {
    let way = match (feature.new_level > feature.old_level, lossy) {
        (true, _) => FeatureWay::Upgrade,
        (false, false) => FeatureWay::SafeDowngrade,
        (false, true) => FeatureWay::UnsafeDowngrade,
    };
    FeatureUpdate { feature: feature.name.clone(), level: feature.new_level, way }
}

fn note(items: &mut [Item<WrittenFeature>], going: &[usize], fates: Vec<Told<()>>) {
    for (at, told) in going.iter().zip(fates) {
        (items[*at].status, items[*at].error) = (told.fate, told.error);
    }
}

fn line(item: &Item<WrittenFeature>) -> Line<'static> {
    let feature = &item.subject;
    let text = format!("{}: {} → {}", visible(&feature.name), feature.old(), feature.new_shown());
    let style = if feature.new_level < feature.old_level { Style::Bad } else { Style::Bold };
    Line::styled(style, text)
}

fn question(downgrade: bool) -> &'static str {
    if downgrade {
        "Downgrade features? What only the higher level can hold may be lost."
    } else {
        "Upgrade features? Older brokers cannot join any more, and the way back may be closed."
    }
}

/// Until the broker that answers knows of it.
async fn wait(context: &Context<'_>, client: &Client, updates: &[FeatureUpdate]) {
    settle(context, client, async |client| {
        let now = client.abilities(None).await?;
        Ok(updates.iter().all(|update| level_of(&update.feature, &now) == update.level))
    })
    .await;
}
