//! `quota list` (DescribeClientQuotas; needs DESCRIBE_CONFIGS on the cluster).

use crate::commands::acl::cluster_id;
use crate::commands::{Context, Outcome};
use crate::error::Result;
use crate::model::QuotaEntity;
use crate::report::quota::{Number, QuotaList, Quotas};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Entities that have one of these components of each type; all when empty.
    pub filters: Vec<QuotaEntity>,
    /// No other components beside those.
    pub strict: bool,
}

/// Lists them.
pub async fn run(context: &Context<'_>, request: &Request) -> Result<Outcome> {
    let client = context.connect().await?;
    let (quotas, cluster_id) = tokio::join!(client.quotas(), cluster_id(&client));
    let items = quotas?
        .into_iter()
        .filter(|(entity, _)| is_wanted(request, entity))
        .map(|(entity, quotas)| Quotas {
            entity,
            quotas: quotas.into_iter().map(|(key, value)| (key, Number(value))).collect(),
        })
        .collect();
    Ok(Outcome::report(QuotaList { cluster_id: cluster_id?, items }))
}

fn is_wanted(request: &Request, entity: &QuotaEntity) -> bool {
    let fits = |filter: &QuotaEntity| {
        if request.strict {
            return filter == entity;
        }
        filter.components().all(|(kind, name)| entity.get(kind) == Some(name))
    };
    request.filters.is_empty() || request.filters.iter().any(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::quota::{CLIENT_ID, IP, USER};

    #[test]
    fn filters_name_components() {
        let entity = |user| QuotaEntity::default().with(USER, user);
        let request = |filters: &[QuotaEntity], strict| Request { filters: filters.into(), strict };
        let with_client = entity(Some("ana")).with(CLIENT_ID, Some("app"));
        let only_ana = [entity(Some("ana"))];
        assert!(is_wanted(&request(&[], true), &with_client));
        assert!(is_wanted(&request(&only_ana, false), &with_client));
        assert!(!is_wanted(&request(&only_ana, true), &with_client));
        assert!(!is_wanted(&request(&only_ana, false), &entity(None)));
        assert!(is_wanted(&request(&[entity(None)], true), &entity(None)));
        let address = QuotaEntity::default().with(IP, Some("10.0.0.1"));
        assert!(!is_wanted(&request(&only_ana, false), &address));
    }
}
