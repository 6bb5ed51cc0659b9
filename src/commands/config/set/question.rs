//! What is said of changes before they are made: what stays, what is at stake, and the question.

use std::collections::BTreeMap;

use super::{Changes, Plan, UNCLEAN, UNCLEAN_LEADS, is_common, of_a_broker};
use crate::commands::Context;
use crate::commands::config::named;
use crate::commands::topic::fetch::{self, MIN_ISR};
use crate::error::{Error, Kind, Result};
use crate::kafka::Client;
use crate::model::{Name, visible};
use crate::report::units::count;
use crate::topic::{ConfigChange, EntityType};

/// What a change to the retention or to the way of cleaning up does.
const DELETES: &str = "Kafka deletes records that it would have kept";
/// What new topics have where nobody says how many replicas.
const DEFAULT_FACTOR: &str = "default.replication.factor";

/// That there is nothing to take away, and what is kept though everything was to go.
pub(super) fn of_what_stays(plan: &Plan) -> Option<String> {
    let named = named(&plan.entity);
    let kept: Vec<String> = plan.kept.iter().map(|key| format!("`{}`", visible(key))).collect();
    match &kept[..] {
        [] if plan.changes.is_empty() && plan.unseen.is_empty() => {
            Some(format!("{named} sets nothing itself"))
        }
        [] => None,
        kept => Some(format!(
            "{named} keeps {}, which a reassignment puts there: `--unset KEY` takes one away, and where no \
             reassignment is left `kward reassign status --remove-throttle` all of them",
            kept.join(" and "),
        )),
    }
}

/// More replicas have to be in sync than there are: whoever writes with `acks=all` is refused.
pub(super) async fn warn_of_min_isr(context: &Context<'_>, client: &Client, plans: &[Plan]) {
    let new = |plan: &Plan| -> Option<usize> {
        let is_it = |change: &&ConfigChange| change.changes && change.asked.key == MIN_ISR;
        let change = plan.changes.iter().find(is_it).filter(|change| !change.is_hidden())?;
        change.new.as_deref()?.trim().parse().ok()
    };
    let of_topics = plans.iter().filter(|plan| plan.entity.kind == EntityType::Topic);
    let wanted: BTreeMap<Name, usize> =
        of_topics.filter_map(|plan| Some((plan.entity.name.as_str().into(), new(plan)?))).collect();
    if !wanted.is_empty() {
        let names: Vec<Name> = wanted.keys().cloned().collect();
        // What may not be seen is not warned of.
        let Ok((_, topics)) = client.cluster_and_topics(Some(&names), false).await else { return };
        let found = topics.iter().filter(|topic| topic.error.is_none());
        let found: Vec<(&str, usize, usize)> = found
            .filter_map(|t| Some((t.name.as_str(), *wanted.get(&t.name)?, t.replication_factor())))
            .collect();
        fetch::warn_of_min_isr(context, &found);
    }
    let of_all = plans.iter().find(|plan| is_common(&plan.entity));
    if let Some(min) = of_all.and_then(new).filter(|_| !client.talks_to_controllers()) {
        let Ok(cluster) = client.describe_cluster().await else { return };
        // It comes down to a default of topics: a single broker has it like all others.
        let keys = of_a_broker(client).await.unwrap_or_default();
        let factor = keys.iter().find(|entry| entry.name == DEFAULT_FACTOR);
        let factor = factor.and_then(|entry| entry.value.as_deref()?.parse().ok());
        if let Some(text) = too_many(min, cluster.brokers.len(), factor) {
            context.ui.warn(&text);
        }
    }
}

/// That the brokers ask for more replicas in sync than there can be, or than topics get by themselves.
fn too_many(min: usize, brokers: usize, factor: Option<usize>) -> Option<String> {
    let what = match factor {
        _ if min > brokers => match brokers {
            1 => "there is 1 broker".to_owned(),
            _ => format!("there are {brokers} brokers"),
        },
        Some(factor) if min > factor => {
            let replicas = count(factor, "replica");
            format!("topics have {replicas} where nobody asks for more (`{DEFAULT_FACTOR}`)")
        }
        _ => return None,
    };
    Some(format!(
        "`{MIN_ISR}` of all brokers is {min}, and {what}: writes with `acks=all` are refused to topics that do not \
         set it themselves"
    ))
}

/// A secret on the command line is everybody's who is on the machine.
pub(super) fn warn_of_secrets(context: &Context<'_>, request: &Changes, plans: &[Plan]) {
    let typed =
        |change: &&ConfigChange| change.is_secret() && !request.untyped.contains(&change.asked.key);
    let mut keys: Vec<&str> = plans
        .iter()
        .flat_map(|plan| plan.changes.iter().filter(typed))
        .map(|change| change.asked.key.as_str())
        .collect();
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        let key = visible(key);
        context.ui.warn(&format!(
            "everyone on this machine can read `{key}=…` in the list of processes: `--set-file {key}=FILE` and \
             `--set-env {key}=NAME` keep it out of there"
        ));
    }
}

/// What the changes put at stake, one sentence each.
pub(super) fn stakes(plans: &[Plan]) -> Vec<String> {
    let changes = || plans.iter().flat_map(|plan| &plan.changes);
    let losing = changes().find(|change| change.loses_records());
    let losing = losing.map(|change| format!("`{}`: {DELETES}", visible(&change.asked.key)));
    let unclean = changes().any(ConfigChange::lets_unclean_lead);
    let unclean = unclean.then(|| UNCLEAN_LEADS.trim_end_matches('.').to_owned());
    losing.into_iter().chain(unclean).collect()
}

/// Asks, where records or all clients are at stake. Where nobody can be asked, the refusal says why it takes a question.
pub(super) fn ask(context: &Context<'_>, plans: &[Plan], unset_all: bool) -> Result<()> {
    let changes = || plans.iter().flat_map(|plan| &plan.changes);
    let losing = changes().find(|change| change.loses_records());
    let of_brokers = plans.iter().any(|plan| plan.entity.kind == EntityType::Broker);
    let asked = if let Some(change) = losing {
        context.confirm(&format!("Change `{}`? {DELETES}.", change.asked.key))
    } else if changes().any(ConfigChange::lets_unclean_lead) {
        context.confirm(UNCLEAN)
    } else if unset_all {
        let what = match plans {
            [plan] => named(&plan.entity),
            plans => format!("these {} configurations", plans.len()),
        };
        context.confirm(&format!("Take everything away that {what} sets?"))
    } else if of_brokers {
        context.confirm("Change the configuration of brokers?")
    } else {
        return context.confirm_unasked();
    };
    asked.map_err(|error| {
        let unasked = error.kind() == Kind::Refused && !context.ui.can_ask();
        let why = if unasked { stakes(plans) } else { Vec::new() };
        why.into_iter().fold(error, Error::caused_by)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::Entity;
    use crate::report::acl_write::ItemError;
    use crate::report::write::Status;
    use crate::topic::config::ConfigType;
    use crate::topic::config_change::changes;
    use crate::topic::reassign::throttle::{FOLLOWER_REPLICAS, LEADER_REPLICAS};
    use crate::topic::{Asked, ConfigEntry, ConfigOperation, ConfigSource};

    const OWN: ConfigSource = ConfigSource::DynamicTopicConfig;

    fn own(key: &str, kind: ConfigType, value: &str) -> ConfigEntry {
        let value = Some(value.to_owned());
        ConfigEntry { value, source: OWN, ..ConfigEntry::unset(key, kind) }
    }

    fn request(asked: Vec<Asked>, unset_all: bool) -> Changes {
        Changes {
            asked,
            unset_all,
            untyped: Vec::new(),
            places: BTreeMap::new(),
            unknown_keys: false,
            dry_run: true,
        }
    }

    fn plan(live: &[ConfigEntry], request: &Changes) -> Plan {
        let changes = changes(live, &request.of(live, OWN), OWN, false).unwrap();
        Plan {
            entity: Entity::topic("t"),
            changes,
            unseen: Vec::new(),
            kept: request.kept(live, OWN),
            fate: Status::Planned,
            error: None,
            refused: Vec::new(),
        }
    }

    #[test]
    fn what_a_reassignment_put_there_stays_and_is_named() {
        let all = request(Vec::new(), true);
        let passing =
            [LEADER_REPLICAS, FOLLOWER_REPLICAS].map(|key| own(key, ConfigType::List, "*"));
        let text = of_what_stays(&plan(&passing, &all)).unwrap();
        for part in [
            LEADER_REPLICAS,
            FOLLOWER_REPLICAS,
            "`--unset KEY`",
            "`kward reassign status --remove-throttle`",
        ] {
            assert!(text.contains(part), "{text}");
        }
        assert!(!text.contains("sets nothing"), "{text}");
        assert_eq!(of_what_stays(&plan(&[], &all)).unwrap(), "topic t sets nothing itself");
        let retention = [own("retention.ms", ConfigType::Long, "5")];
        assert_eq!(of_what_stays(&plan(&retention, &all)), None);
        let one = request(vec![Asked::unset("retention.ms")], false);
        let both = [&passing[..], &retention].concat();
        assert_eq!(of_what_stays(&plan(&both, &one)), None, "only `--unset-all` keeps anything");
    }

    #[test]
    fn what_is_at_stake_is_told_without_a_question() {
        let live = [own("retention.ms", ConfigType::Long, "5000")];
        let to = |value: &str| {
            let (key, value) = ("retention.ms".to_owned(), Some(value.to_owned()));
            let asked = Asked { key, operation: ConfigOperation::Set, value, hidden: false };
            stakes(&[plan(&live, &request(vec![asked], false))])
        };
        assert_eq!(to("1"), ["`retention.ms`: Kafka deletes records that it would have kept"]);
        assert!(to("6000").is_empty());
    }

    #[test]
    fn brokers_that_ask_for_more_in_sync_than_there_are() {
        let refused = "writes with `acks=all` are refused to topics that do not set it themselves";
        assert_eq!(
            too_many(5, 3, Some(3)).unwrap(),
            format!(
                "`min.insync.replicas` of all brokers is 5, and there are 3 brokers: {refused}"
            )
        );
        let text = too_many(2, 3, Some(1)).unwrap();
        assert!(text.contains("topics have 1 replica where") && text.ends_with(refused), "{text}");
        assert_eq!(too_many(2, 3, Some(2)), None);
        assert_eq!(too_many(3, 3, None), None);
    }

    #[test]
    fn a_hidden_value_is_not_told_by_a_broker_either() {
        let (key, value) = ("compression.type".to_owned(), Some("s3cret-Pw\n".to_owned()));
        let asked = Asked { key, operation: ConfigOperation::Set, value, hidden: true };
        let live = [own("compression.type", ConfigType::String, "zstd")];
        let plan = plan(&live, &request(vec![asked], false));
        let error = ItemError {
            name: "INVALID_CONFIG".to_owned(),
            code: 40,
            message: Some("Invalid value s3cret-Pw for configuration compression.type".to_owned()),
            retriable: false,
        };
        let told = plan.without_values(error).message.unwrap();
        assert_eq!(told, "Invalid value (not shown) for configuration compression.type");
        let shown = serde_json::to_string(&plan.items()[0]).unwrap();
        assert!(!shown.contains("s3cret"), "{shown}");
    }

    #[test]
    fn only_brokers_together_have_no_name() {
        use super::super::is_nameless;
        for (kind, nameless) in [
            (EntityType::Topic, true),
            (EntityType::Group, true),
            (EntityType::ClientMetrics, true),
            (EntityType::Broker, false),
        ] {
            assert_eq!(is_nameless(&Entity { kind, name: String::new() }), nameless, "{kind:?}");
        }
    }
}
