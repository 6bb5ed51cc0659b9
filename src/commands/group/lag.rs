//! `group lag`: how far groups are behind (ListGroups for all, the calls of `group describe`,
//! OffsetFetch, DescribeShareGroupOffsets, Metadata, ListOffsets; DESCRIBE on groups and topics. With
//! ages also Fetch; READ on topics).

use std::collections::{BTreeSet, HashMap};

use super::sample::{self, Seen};
use super::{TopicChoice, list, standing, together};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::group::lag::{Limits, totals};
use crate::kafka::{Client, FirstRecord};
use crate::model::group::ranges;
use crate::model::{Name, TopicPartition, nearest, visible};
use crate::report::group_lag::{GroupLag, LagOfAll, PartitionLag, Problem, Rows};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Of these groups; `None`: of all.
    pub groups: Option<Vec<Name>>,
    /// In these topics.
    pub topics: TopicChoice,
    /// With ages.
    pub time: bool,
    /// What the answer is no beyond.
    pub limits: Limits,
    /// What a person is shown.
    pub rows: Rows,
}

/// Reads and judges it.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let client = context.connect().await?;
    let (sample, hidden) = tokio::join!(
        sample::read(&client, request.groups.as_deref(), &request.topics),
        hidden(&client, request)
    );
    let mut sample = sample?;
    sample.suggest(&client).await;
    let asked = sample.groups.len();
    if asked == 0 && sample.silent.is_none() {
        list::refuse_none(context, &client, !sample.unseen)?;
    }
    // What went away since it was listed is nobody's failure.
    let is_asked = |group: &&Seen| request.groups.is_some() || !group.absent;
    let mut failures: Vec<Error> =
        sample.groups.iter().filter(is_asked).filter_map(Seen::failure).collect();
    failures.extend(nothing_of(request, &sample.groups));
    failures.extend(sample.failures);
    let nothing = sample.groups.iter().all(|group| group.lags.is_empty());
    if nothing && request.groups.is_some() && (asked, failures.len()) == (1, 1) {
        return Err(failures.remove(0));
    }
    let unseen = sample.unseen && asked > 0;
    if unseen {
        context.ui.warn(list::NOT_LISTED);
    }
    let bare: Vec<Name> = without_lags(request, &sample.groups).cloned().collect();
    let mut items: Vec<PartitionLag> =
        sample.groups.iter_mut().flat_map(|group| std::mem::take(&mut group.lags)).collect();
    let hidden = hidden?;
    if bare.is_empty() {
        say_hidden(context, hidden.as_deref());
    } else {
        say_bare(context, request, &bare, hidden.as_deref());
    }
    let hidden = hidden.is_some();
    if request.time || request.limits.time_ms.is_some() {
        let now = context.now;
        failures.extend(ages(&client, &mut items, || now().as_millisecond()).await?);
    }
    let totals = totals(&items, &bare);
    let exceeded = request.limits.exceeded(&items, &totals);
    let untold = items.iter().any(|item| item.problem == Some(Problem::HiddenTopic));
    let unknown = (hidden || unseen) && request.limits != Limits::default();
    let no = unknown || !exceeded.is_empty();
    for words in &exceeded {
        context.ui.note(words);
    }
    let all = asked.max(failures.len());
    let error = sample.silent.or_else(|| together(failures, all, "answers are missing"));
    let report = GroupLag {
        cluster_id: client.cluster_id(),
        captured_at: context.timestamp(),
        complete: error.is_none() && !hidden && !untold && !unseen,
        items,
        total: LagOfAll::of(&totals),
        totals,
        rows: request.rows,
        exceeded,
    };
    Ok(Outcome::report(report).no_if(no).with_error(error))
}

/// The groups that are known, and of which nothing is.
fn without_lags<'s>(request: &Request, groups: &'s [Seen]) -> impl Iterator<Item = &'s Name> {
    // Where only some topics are meant, other groups have nothing to do with it.
    let meant = request.topics.is_everything();
    let bare = |group: &&Seen| group.lags.is_empty() && group.failure().is_none();
    groups.iter().filter(move |group| meant && bare(group)).map(|group| &group.name)
}

/// What may be hidden of what the answer is about, and matters to it; `None` where nothing is. A gate is
/// not passed by what is seen alone: OffsetFetch leaves out what is committed on topics that the caller may not
/// describe, and members tell only what they read now. Who names the topics sees all of them.
async fn hidden(client: &Client, request: &Request) -> Result<Option<String>> {
    let is_gate = request.limits != Limits::default() && request.topics.is_everything();
    if !is_gate {
        let sees = !request.topics.is_everything() || client.sees_every_topic().await?;
        return Ok((!sees).then(|| standing::UNSEEN.to_owned()));
    }
    Ok(match client.hidden_topics().await? {
        None => Some(standing::UNSEEN.to_owned()),
        Some(topics) if topics.is_empty() => None,
        Some(topics) => Some(format!("{}: {}", standing::UNSEEN, some(&topics))),
    })
}

/// The first of these names, and how many more there are.
fn some(names: &[Name]) -> String {
    const SHOWN: usize = 10;
    let shown = names.iter().take(SHOWN).map(|name| format!("`{}`", visible(name)));
    let mut words: Vec<String> = shown.collect();
    if names.len() > SHOWN {
        words.push(format!("{} more", names.len() - SHOWN));
    }
    words.join(", ")
}

/// Names the groups of which nothing is seen: nothing may be there, or all of it be hidden.
fn say_bare(context: &Context<'_>, request: &Request, bare: &[Name], hidden: Option<&str>) {
    // Of all groups, those without commits are no news; they are in the totals.
    if request.groups.is_none() && hidden.is_none() {
        return;
    }
    let names = some(bare);
    context.ui.warn(&match hidden {
        Some(hidden) => format!("no commits of {names}: {hidden}"),
        None => format!("no commits of {names}, and nothing that members are known to hold"),
    });
}

/// Says what a gate does not see.
fn say_hidden(context: &Context<'_>, hidden: Option<&str>) {
    if let Some(hidden) = hidden {
        let hint = "`--topic TOPIC` asks about those that you name";
        context.ui.warn(&format!("{hidden}; {hint}"));
    }
}

/// An error for each topic or partition that is named and of which a group has nothing; where all groups
/// are meant, of which none has.
fn nothing_of(request: &Request, groups: &[Seen]) -> Vec<Error> {
    let known: Vec<&Seen> = groups.iter().filter(|group| group.failure().is_none()).collect();
    if request.groups.is_some() {
        let of = |group: &Seen| {
            let who = format!("the group `{}`", visible(&group.name));
            missing(&request.topics, &[group], &format!("{who} has nothing of"))
        };
        return known.into_iter().flat_map(of).collect();
    }
    // What is not known of some may be what is asked for.
    let there = groups.iter().filter(|group| !group.absent).count();
    if known.len() < there {
        return Vec::new();
    }
    missing(&request.topics, &known, "no group has anything of")
}

fn missing(choice: &TopicChoice, groups: &[&Seen], nothing: &str) -> Vec<Error> {
    let lags = || groups.iter().flat_map(|group| &group.lags);
    let mut errors = Vec::new();
    for (topic, partitions) in choice.topics() {
        let there: BTreeSet<i32> =
            lags().filter(|lag| lag.topic == *topic).map(|lag| lag.partition).collect();
        let shown = visible(topic);
        let text = match partitions {
            _ if !groups.iter().any(|group| group.topics.contains(topic)) => {
                format!("{nothing} the topic `{shown}`")
            }
            Some(named) if !named.is_subset(&there) => {
                let gone: BTreeSet<i32> = named.difference(&there).copied().collect();
                format!("{nothing} `{shown}:{}`", ranges(&gone))
            }
            _ => continue,
        };
        let names = groups.iter().flat_map(|group| &group.topics).map(Name::as_str);
        errors.push(
            Error::failed(text).hint(match nearest(topic, names) {
                Some(near) if near != topic.as_str() => {
                    format!("did you mean `{}`?", visible(near))
                }
                _ => "nothing is committed there and nothing assigned, or you may not describe it"
                    .to_owned(),
            }),
        );
    }
    errors
}

/// Adds how old the first unconsumed records are; the errors of those that could not be read.
pub(super) async fn ages<'i>(
    client: &Client,
    items: impl IntoIterator<Item = &'i mut PartitionLag>,
    now: impl Fn() -> i64,
) -> Result<Vec<Error>> {
    let mut waiting: Vec<&mut PartitionLag> = Vec::new();
    for item in items {
        match item.lag {
            Some(0) => item.time_lag_ms = Some(0),
            Some(_) => waiting.push(item),
            // It is at most as old as what lies at the commit, however many there are.
            None if item.problem == Some(Problem::NotCounted) => waiting.push(item),
            None => {}
        }
    }
    // Groups that stand at the same place share the answer.
    let mut places: Vec<FirstRecord> = Vec::new();
    let mut of_item = Vec::with_capacity(waiting.len());
    let mut seen: HashMap<(Name, i32, i64), usize> = HashMap::new();
    for item in &waiting {
        let offset = item.committed_offset.unwrap_or_default();
        let place =
            *seen.entry((item.topic.clone(), item.partition, offset)).or_insert_with(|| {
                let partition = TopicPartition::new(item.topic.clone(), item.partition);
                places.push(FirstRecord { partition, offset });
                places.len() - 1
            });
        of_item.push(place);
    }
    let times = client.record_times(&places).await?;
    let now = now();
    for (item, place) in waiting.into_iter().zip(of_item) {
        if let Ok(Some(time)) = times[place] {
            let age = Some((now - time).max(0));
            (item.time_lag_ms, item.at_most_ms) =
                if item.has_gaps() { (None, age) } else { (age, age) };
        }
    }
    Ok(times.into_iter().filter_map(Result::err).collect())
}
