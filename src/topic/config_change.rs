//! What a change to a configuration would do, and which changes cannot be made. The codes are those of
//! `IncrementalAlterConfigs` (44, KIP-339).

use super::config::{ConfigEntry, ConfigSource, ConfigType, EntityType};
use super::synonyms::of_brokers;
use super::typed::{canonical, mistyped};
use crate::model::nearest;

/// What is done with a key (`AlterConfigOp.OpType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigOperation {
    /// Set it.
    Set,
    /// Take it away, so that what stands behind it holds again.
    Unset,
    /// Add words to a list.
    Append,
    /// Take words from a list.
    Subtract,
}

/// A change that is asked for. `Debug` does not show the value: it may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Asked {
    /// The key.
    pub key: String,
    /// What is done with it.
    pub operation: ConfigOperation,
    /// The value or the words; none to unset.
    pub value: Option<String>,
    /// The value came from a file or a variable of its own: nothing shows it.
    pub hidden: bool,
}

impl Asked {
    /// What was typed or read, and may be shown.
    pub fn new(key: &str, operation: ConfigOperation, value: Option<String>) -> Self {
        Self { key: key.to_owned(), operation, value, hidden: false }
    }

    /// The key is to go.
    pub fn unset(key: &str) -> Self {
        Self::new(key, ConfigOperation::Unset, None)
    }

    /// `text`, as of a broker, without the value where that is hidden: neither as a whole nor in parts of a list.
    pub fn without_value(&self, text: &str) -> String {
        const SHOWN_INSTEAD: &str = "(not shown)";
        // What is shorter is no secret, and would be found everywhere.
        const SHORTEST_PART: usize = 4;
        let Some(value) = self.value.as_deref().filter(|_| self.hidden) else {
            return text.to_owned();
        };
        let parts = value.split([',', '\n']).map(str::trim);
        let parts = parts.filter(|part| part.chars().count() >= SHORTEST_PART);
        let mut all: Vec<&str> = [value, value.trim()].into_iter().chain(parts).collect();
        all.retain(|part| !part.is_empty());
        all.sort_by_key(|part| std::cmp::Reverse(part.len()));
        all.dedup();
        let mut shown = text.to_owned();
        for part in all {
            shown = shown.replace(part, SHOWN_INSTEAD);
        }
        shown
    }
}

impl std::fmt::Debug for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Asked");
        shown.field("key", &self.key).field("operation", &self.operation).finish_non_exhaustive()
    }
}

/// A change with what it would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigChange {
    /// What is asked for.
    pub asked: Asked,
    /// The value in force before; `None` when it is not set or not told.
    pub old: Option<String>,
    /// What holds before wherever the change would, as far as others than `old` say it: of a broker that has a
    /// retention in hours only, of every broker where all of them are meant. `None` is no value, or not told.
    pub held: Vec<Option<String>>,
    /// Where the old value came from.
    pub old_source: ConfigSource,
    /// The value in force afterwards, as far as it can be known; `None` when it is not set or not told.
    pub new: Option<String>,
    /// Where that will come from.
    pub new_source: ConfigSource,
    /// Neither value may be shown.
    pub sensitive: bool,
    /// Whether anything would be different.
    pub changes: bool,
}

/// A key that cannot be changed as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The key.
    pub key: String,
    /// Why, one line.
    pub reason: String,
    /// What to do.
    pub hint: Option<String>,
}

impl ConfigOperation {
    /// Kafka's code.
    pub const fn code(self) -> i8 {
        match self {
            ConfigOperation::Set => 0,
            ConfigOperation::Unset => 1,
            ConfigOperation::Append => 2,
            ConfigOperation::Subtract => 3,
        }
    }

    /// The word, as in JSON and as the flag: `append`.
    pub const fn word(self) -> &'static str {
        match self {
            ConfigOperation::Set => "set",
            ConfigOperation::Unset => "unset",
            ConfigOperation::Append => "append",
            ConfigOperation::Subtract => "subtract",
        }
    }
}

impl ConfigChange {
    /// What is sent for it. Lists of a subscription to client metrics are no lists to
    /// `IncrementalAlterConfigs`, which neither adds to them nor takes away: the new value is set.
    pub fn request(&self, kind: EntityType) -> Asked {
        let of_list =
            matches!(self.asked.operation, ConfigOperation::Append | ConfigOperation::Subtract);
        if kind == EntityType::ClientMetrics && of_list {
            let value = self.new.clone();
            return Asked { operation: ConfigOperation::Set, value, ..self.asked.clone() };
        }
        self.asked.clone()
    }

    /// Whether no value of it may be shown: the broker calls the key sensitive, or what is asked for is hidden. What was
    /// there before may be the same.
    pub fn is_hidden(&self) -> bool {
        self.sensitive || self.asked.hidden
    }

    /// Whether it gives a secret: to a key that the broker calls sensitive, or, where the broker does not
    /// list the key, to one that is called like those.
    pub fn is_secret(&self) -> bool {
        const LIKE: [&str; 4] = ["password", "secret", "jaas", "keystore.key"];
        let listed = !matches!(self.old_source, ConfigSource::Unknown(_));
        let gives = matches!(self.asked.operation, ConfigOperation::Set | ConfigOperation::Append);
        gives && self.sensitive && (listed || LIKE.iter().any(|word| self.asked.key.contains(word)))
    }

    /// Whether the change lets Kafka delete records that it would have kept: a shorter retention, or
    /// another way of cleaning up.
    pub fn loses_records(&self) -> bool {
        if !self.changes {
            return false;
        }
        let key = self.asked.key.strip_prefix("log.").unwrap_or(&self.asked.key);
        let unset = self.asked.operation == ConfigOperation::Unset;
        if unset && self.new.is_none() && Self::is_about_records(key) {
            // What will hold is not known, and may keep less.
            return true;
        }
        let old = [self.old.clone()];
        let mut held = if self.held.is_empty() { old.iter() } else { self.held.iter() };
        match key {
            // -1, like no value, is no limit.
            "retention.ms"
            | "retention.bytes"
            | "retention.minutes"
            | "retention.hours"
            | "local.retention.ms"
            | "local.retention.bytes" => {
                let limit = |value: Option<&str>| match value.map(str::parse::<i64>) {
                    None => i64::MAX,
                    Some(Ok(number)) if number < 0 => i64::MAX,
                    Some(number) => number.unwrap_or(i64::MIN),
                };
                held.any(|old| limit(self.new.as_deref()) < limit(old.as_deref()))
            }
            "cleanup.policy" => {
                let words = |value: Option<&str>| -> Vec<String> {
                    value.unwrap_or_default().split(',').map(|w| w.trim().to_owned()).collect()
                };
                let new = words(self.new.as_deref());
                held.any(|old| {
                    let old = words(old.as_deref());
                    new.iter().any(|word| !word.is_empty() && !old.contains(word))
                })
            }
            _ => false,
        }
    }

    /// Takes out what others than the entity itself set, where whoever told it has settings of its own: a controller's file
    /// says nothing of the brokers'. `own` is the source of what the entity itself sets.
    pub fn forget_inherited(&mut self, own: ConfigSource) {
        const UNKNOWN: ConfigSource = ConfigSource::Unknown(0);
        if self.old_source != own {
            (self.old, self.old_source) = (None, UNKNOWN);
            self.held = vec![None];
        }
        if self.new_source != own {
            (self.new, self.new_source) = (None, UNKNOWN);
        }
    }

    /// Whether it can be told afterwards that it was made. A logger that has no level any more is told with
    /// that which it has from another one.
    pub fn can_be_seen(&self) -> bool {
        let takes_level = self.old_source == ConfigSource::DynamicBrokerLoggerConfig
            && self.asked.operation == ConfigOperation::Unset;
        self.changes && !takes_level && (!self.sensitive || self.old_source != self.new_source)
    }

    /// Whether a change to this key may let Kafka delete records that it would have kept.
    pub fn is_about_records(key: &str) -> bool {
        let key = key.strip_prefix("log.").unwrap_or(key);
        key.contains("retention.") || key == "cleanup.policy"
    }

    /// Whether a replica that is not in sync may lead from now on.
    pub fn lets_unclean_lead(&self) -> bool {
        let lets = |value: &Option<String>| {
            value.as_deref().is_some_and(|value| is_unclean(&self.asked.key, value))
        };
        self.changes && lets(&self.new) && !lets(&self.old)
    }
}

/// Whether any of the changes is not to be seen yet in what the entity has: brokers answer before they have
/// heard of a change themselves. `own` is the source of what the entity itself sets. A secret that takes the
/// place of another cannot be seen, and is not waited for.
pub fn is_any_unseen<'a>(
    changes: impl IntoIterator<Item = &'a ConfigChange>,
    entries: &[ConfigEntry],
    own: ConfigSource,
) -> bool {
    changes.into_iter().filter(|change| change.can_be_seen()).any(|change| {
        match entries.iter().find(|entry| entry.name == change.asked.key) {
            Some(entry) if matches!(change.old_source, ConfigSource::Unknown(_)) => {
                entry.source != own
            }
            Some(entry) => {
                let same = change.sensitive || entry.value == change.old;
                same && entry.source == change.old_source
            }
            // Some entities list only what they set.
            None => change.old_source != own,
        }
    })
}

/// Whether this value lets a replica lead that is not in sync: the records that it lacks are lost.
pub fn is_unclean(key: &str, value: &str) -> bool {
    key == "unclean.leader.election.enable" && value.trim().eq_ignore_ascii_case("true")
}

/// What each of the changes `asked` would do to an entity that has `live`; or, all at once, why they
/// cannot be made. `own` is the source of what the entity itself sets. With `unknown_keys`, keys
/// that the broker does not list are let through.
pub fn changes(
    live: &[ConfigEntry],
    asked: &[Asked],
    own: ConfigSource,
    unknown_keys: bool,
) -> Result<Vec<ConfigChange>, Vec<Refused>> {
    let mut refused = Vec::new();
    let mut found = Vec::new();
    for one in asked {
        let entry = live.iter().find(|entry| entry.name == one.key);
        match judge(live, entry, one, own, unknown_keys) {
            Ok(change) => found.push(change),
            Err(reason) => refused.push(reason),
        }
    }
    let twice = |at: usize| asked[..at].iter().any(|before| before.key == asked[at].key);
    refused.extend((0..asked.len()).filter(|at| twice(*at)).map(|at| Refused {
        key: asked[at].key.clone(),
        reason: format!("`{}` is named more than once", asked[at].key),
        hint: Some("one change a key; a list takes its words at once: `KEY=a,b`".to_owned()),
    }));
    if refused.is_empty() { Ok(found) } else { Err(refused) }
}

/// The same of an entity that does not tell what it has, with the keys that there are: nothing is known to be needless.
pub fn changes_of_untold(
    keys: &[ConfigEntry],
    asked: &[Asked],
    own: ConfigSource,
    unknown_keys: bool,
) -> Result<Vec<ConfigChange>, Vec<Refused>> {
    let live: Vec<ConfigEntry> = keys.iter().map(ConfigEntry::untold).collect();
    let mut found = changes(&live, asked, own, unknown_keys)?;
    for change in &mut found {
        change.changes = true;
    }
    Ok(found)
}

fn judge(
    live: &[ConfigEntry],
    entry: Option<&ConfigEntry>,
    asked: &Asked,
    own: ConfigSource,
    unknown_keys: bool,
) -> Result<ConfigChange, Refused> {
    let key = &asked.key;
    let refuse = |reason: String, hint: Option<String>| Refused { key: key.clone(), reason, hint };
    let Some(entry) = entry else {
        // Keys of a listener or of a plug-in are nowhere listed until they are set.
        let meant = key.strip_prefix("listener.name.").map(|rest| meant_of_listener(live, rest));
        match meant {
            _ if unknown_keys => return Ok(unlisted(asked, own)),
            Some(None) => return of_listener(live, asked, own),
            Some(Some(meant)) => {
                return Err(refuse(
                    format!("unknown key `{key}`"),
                    Some(format!(
                        "did you mean `listener.name.{meant}`? `--allow-unknown-keys` lets the broker decide"
                    )),
                ));
            }
            None => {}
        }
        let known = |word: &str| {
            live.iter().find(|entry| entry.name == word).map(|entry| entry.name.as_str())
        };
        let near = of_brokers(key).and_then(known);
        let near = near.or_else(|| nearest(key, live.iter().map(|entry| entry.name.as_str())));
        return Err(refuse(
            format!("unknown key `{key}`"),
            Some(near.map_or_else(
                || "`--allow-unknown-keys` lets the broker decide".to_owned(),
                |near| format!("did you mean `{near}`?"),
            )),
        ));
    };
    // What was set while the broker runs can be taken away so, whatever the broker calls a key that it does not know.
    let set_so =
        entry.source == own || !entry.is_told() && asked.operation == ConfigOperation::Unset;
    if entry.read_only && !set_so && !unknown_keys {
        return Err(refuse(
            format!("`{key}` cannot be changed while the broker runs"),
            Some("set it in the broker's own file and restart the broker".to_owned()),
        ));
    }
    let of_list = matches!(asked.operation, ConfigOperation::Append | ConfigOperation::Subtract);
    if of_list && !matches!(entry.kind, ConfigType::List | ConfigType::Unknown) {
        return Err(refuse(
            format!("`{key}` is no list: its type is {}", entry.kind.upper()),
            Some(format!("`--set {key}=VALUE` replaces its value")),
        ));
    }
    match mistyped(entry, asked).filter(|_| !unknown_keys) {
        Some((reason, hint)) => Err(refuse(reason, hint)),
        None => Ok(change(entry, asked, own)),
    }
}

/// What was probably meant by `LISTENER.KEY` or `LISTENER.MECHANISM.KEY`, where the broker has no such key
/// and a similar one.
fn meant_of_listener(live: &[ConfigEntry], rest: &str) -> Option<String> {
    let names = || live.iter().map(|entry| entry.name.as_str());
    let starts: Vec<usize> = rest.match_indices('.').map(|(at, _)| at + 1).take(2).collect();
    if starts.iter().any(|at| names().any(|name| name == &rest[*at..])) {
        return None;
    }
    let near = |at: &usize| Some(format!("{}{}", &rest[..*at], nearest(&rest[*at..], names())?));
    starts.iter().find_map(near)
}

/// A key of a listener that is not set: what holds is the key without the listener.
fn of_listener(
    live: &[ConfigEntry],
    asked: &Asked,
    own: ConfigSource,
) -> Result<ConfigChange, Refused> {
    let key = &asked.key;
    let behind = key.match_indices('.').skip(2).take(2).map(|(at, _)| &key[at + 1..]);
    let mut bases = behind.filter_map(|name| live.iter().find(|entry| entry.name == name));
    let is_shown = |base: &&ConfigEntry| {
        !base.sensitive && base.kind != ConfigType::Password && base.is_told()
    };
    let Some(base) = bases.next().filter(is_shown) else {
        return Ok(unlisted(asked, own));
    };
    if asked.operation != ConfigOperation::Set {
        return Ok(ConfigChange { sensitive: false, ..unlisted(asked, own) });
    }
    if let Some((reason, hint)) = mistyped(base, asked) {
        return Err(Refused { key: key.clone(), reason, hint });
    }
    Ok(ConfigChange {
        old: base.value.clone(),
        old_source: base.source,
        new: asked.value.as_deref().map(|value| canonical(base.kind, value)),
        sensitive: false,
        ..unlisted(asked, own)
    })
}

fn unlisted(asked: &Asked, own: ConfigSource) -> ConfigChange {
    // What an entity sets is listed: there is nothing to take away.
    let unset = asked.operation == ConfigOperation::Unset;
    ConfigChange {
        asked: asked.clone(),
        old: None,
        held: Vec::new(),
        old_source: ConfigSource::Unknown(0),
        new: None,
        new_source: if unset { ConfigSource::Unknown(0) } else { own },
        // Nothing says that it may be shown.
        sensitive: true,
        changes: !unset,
    }
}

/// A change of something that does not tell what it has: whether it is one is not known, and it is made.
fn untold(entry: &ConfigEntry, asked: &Asked, own: ConfigSource) -> ConfigChange {
    let set = asked.operation == ConfigOperation::Set;
    let unset = asked.operation == ConfigOperation::Unset;
    ConfigChange {
        asked: asked.clone(),
        old: None,
        held: Vec::new(),
        old_source: entry.source,
        new: asked.value.clone().filter(|_| set && !entry.sensitive),
        new_source: if unset { entry.source } else { own },
        sensitive: entry.sensitive,
        changes: true,
    }
}

fn change(entry: &ConfigEntry, asked: &Asked, own: ConfigSource) -> ConfigChange {
    if !entry.is_told() {
        return untold(entry, asked, own);
    }
    let is_own = entry.source == own;
    let mut new_source = own;
    let new = match asked.operation {
        ConfigOperation::Set => asked.value.as_deref().map(|value| canonical(entry.kind, value)),
        ConfigOperation::Unset => {
            let behind = if is_own { entry.behind(own) } else { None };
            match behind {
                Some(synonym) => {
                    new_source = synonym.source;
                    synonym.value_for(&entry.name)
                }
                None if is_own => {
                    new_source = ConfigSource::DefaultConfig;
                    None
                }
                None => {
                    new_source = entry.source;
                    entry.value.clone()
                }
            }
        }
        ConfigOperation::Append | ConfigOperation::Subtract => {
            // Without a value of its own Kafka starts from the default, not from the broker's value.
            let default = entry.synonyms.iter().find(|s| s.source == ConfigSource::DefaultConfig);
            let start = match (is_own, default) {
                (false, Some(synonym)) => synonym.value.as_deref(),
                _ => entry.value.as_deref(),
            };
            Some(edited(start, asked))
        }
    };
    let hidden = entry.sensitive;
    // Some entities show a value as it was set.
    let shown = |value: &Option<String>| value.as_deref().map(|value| canonical(entry.kind, value));
    let same = shown(&new) == shown(&entry.value) && new_source == entry.source;
    let new = if same { entry.value.clone() } else { new };
    ConfigChange {
        asked: asked.clone(),
        old: entry.value.clone().filter(|_| !hidden),
        held: vec![entry.held().filter(|_| !hidden)],
        old_source: entry.source,
        new: new.filter(|_| !hidden),
        new_source,
        sensitive: hidden,
        changes: if hidden { asked.operation != ConfigOperation::Unset || is_own } else { !same },
    }
}

/// A list with words added or taken out.
fn edited(start: Option<&str>, asked: &Asked) -> String {
    let split = |text: &str| -> Vec<String> {
        text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let mut words = split(start.unwrap_or_default());
    let given = split(asked.value.as_deref().unwrap_or_default());
    if asked.operation == ConfigOperation::Append {
        for word in given {
            if !words.contains(&word) {
                words.push(word);
            }
        }
    } else {
        words.retain(|word| !given.contains(word));
    }
    words.join(",")
}

#[cfg(test)]
#[path = "config_change_tests.rs"]
mod tests;
