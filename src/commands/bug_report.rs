//! `bug-report`: what support asks for first. It tells no addresses of brokers and no secrets, and it
//! succeeds where a connection does not: that is when it is needed.

use std::time::Duration;

use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::Deadline;
use crate::report::bug_report::{BugReport, ClusterPart, OfferedVersion};
use crate::report::context::PropertyItem;
use crate::settings::contexts::Shown;

/// How long a cluster may take to say what it is.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is known without settings.
#[derive(Debug, Clone)]
pub struct Build {
    /// The version with its commit.
    pub version: &'static str,
    /// What was compiled in.
    pub features: Vec<String>,
    /// `linux x86_64`.
    pub platform: String,
}

/// Without settings, which are broken.
pub fn without_settings(build: &Build, error: &Error) -> Outcome {
    let mut report = of(build);
    report.problems = vec![in_a_line(error)];
    report.problems.extend(
        error
            .diagnostics()
            .iter()
            .map(|mistake| format!("{}:{}: {}", mistake.file, mistake.line, mistake.message)),
    );
    Outcome::report(report)
}

/// With settings, and with the cluster where it answers.
pub async fn run(context: &Context<'_>, build: &Build) -> Outcome {
    let settings = context.settings;
    let mut report = of(build);
    report.config_file =
        crate::model::visible(&settings.config_file.to_string_lossy()).into_owned();
    report.context.clone_from(&settings.context);
    let guard = |name: &str, value: String| PropertyItem {
        name: name.to_owned(),
        value,
        origin: "the context".to_owned(),
    };
    report.settings.extend(settings.read_only.then(|| guard("read-only", "true".to_owned())));
    report.settings.extend(settings.protected.then(|| guard("protected", "true".to_owned())));
    report
        .settings
        .extend(settings.cluster_id.iter().map(|_| guard("cluster-id", "(set)".to_owned())));
    report.settings.extend(settings.properties().into_iter().map(
        |Shown { key, value, origin }| {
            // Where somebody's brokers are is nobody's business.
            let value = match (key.as_str(), value.split_once("://")) {
                ("bootstrap.servers" | "metadata.broker.list", _) => {
                    format!("({} addresses)", value.split(',').count())
                }
                ("proxy.url" | "sasl.oauthbearer.token.endpoint.url", Some((scheme, _))) => {
                    format!("{scheme}://(an address)")
                }
                _ => value,
            };
            PropertyItem { name: key, value, origin }
        },
    ));
    match cluster(context).await {
        Ok(part) => report.cluster = Some(part),
        Err(error) => report.problems.push(in_a_line(&error)),
    }
    Outcome::report(report)
}

fn of(build: &Build) -> BugReport {
    BugReport {
        version: build.version.to_owned(),
        features: build.features.clone(),
        platform: build.platform.clone(),
        config_file: String::new(),
        context: None,
        settings: Vec::new(),
        problems: Vec::new(),
        cluster: None,
    }
}

async fn cluster(context: &Context<'_>) -> Result<ClusterPart> {
    let patience = Deadline::after(context.settings.timeout.min(PATIENCE));
    let client = context.connect_until(patience).await?;
    let described = client.describe_cluster().await?;
    let abilities = client.abilities(None).await?;
    let version = client.metadata_version().await;
    let versions = abilities.apis.into_iter().map(|api| OfferedVersion {
        api: api.name.unwrap_or_else(|| api.key.to_string()),
        min: api.min,
        max: api.max,
    });
    Ok(ClusterPart {
        brokers: described.brokers.len(),
        metadata_version: version.map(|version| version.to_string()),
        versions: versions.collect(),
    })
}

fn in_a_line(error: &Error) -> String {
    let mut line = error.message().to_owned();
    for cause in error.causes() {
        line += ": ";
        line += cause;
    }
    line
}
