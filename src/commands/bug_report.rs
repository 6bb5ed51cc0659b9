//! `bug-report`: what support asks for first. It tells no addresses of brokers and no secrets, and it
//! succeeds where a connection does not: that is when it is needed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use regex_lite::Regex;

use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::kafka::{Client, Deadline, Exchange, Trace};
use crate::report::bug_report::{BugReport, ClusterPart, NegotiatedVersion, OfferedVersion};
use crate::report::context::PropertyItem;
use crate::settings::contexts::Shown;
use crate::settings::property_names;

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
    report.problems = vec![error.in_a_line()];
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
            let value = match key.as_str() {
                "bootstrap.servers" | "bootstrap.controllers" | "metadata.broker.list" => {
                    format!("({})", addresses(value.split(',').count()))
                }
                "proxy.url" if value.eq_ignore_ascii_case("none") => value,
                "proxy.url" | "sasl.oauthbearer.token.endpoint.url" => {
                    let scheme = value.split_once("://").map(|(scheme, _)| format!("{scheme}://"));
                    format!("{}(an address)", scheme.unwrap_or_default())
                }
                _ => value,
            };
            PropertyItem { name: key, value, origin }
        },
    ));
    match cluster(context).await {
        Ok(part) => report.cluster = Some(part),
        Err(error) => {
            report
                .problems
                .push(without_addresses(&error.in_a_line(), settings.context.as_deref()));
        }
    }
    Outcome::report(report)
}

/// What a message says without saying where. Addresses are known by their form; names stand in backticks or quotes,
/// where only words of our own are kept, and the context's, which the report tells as it is.
fn without_addresses(text: &str, context: Option<&str>) -> String {
    const ADDRESS: &str =
        r"[A-Za-z0-9_.:\[\]-]*[A-Za-z0-9_\]]:[0-9]{1,5}|[0-9]{1,3}(\.[0-9]{1,3}){3}";
    // The line of a file of ours looks like one.
    let instead = |address: &str| {
        let file = address.rsplit_once(':').map_or("", |(file, _)| file);
        let kind = file.rsplit_once('.').map_or("", |(_, kind)| kind);
        if matches!(kind, "toml" | "properties") {
            address.to_owned()
        } else {
            "(an address)".to_owned()
        }
    };
    let hide =
        |text: String, pattern: &str, instead: &dyn Fn(&str) -> String| match Regex::new(pattern) {
            Ok(pattern) => {
                let each = |found: &regex_lite::Captures<'_>| instead(&found[0]);
                pattern.replace_all(&text, each).into_owned()
            }
            Err(_) => String::new(),
        };
    let text = hide(text.to_owned(), ADDRESS, &instead);
    let text = hide(text, r#""[^"]*""#, &|_| "(a name)".to_owned());
    let is_ours = |word: &str| {
        let key = word.split('=').next().unwrap_or(word);
        word == "(an address)"
            || word.starts_with("--")
            || context == Some(word)
            || property_names().any(|known| known == key)
    };
    // Every other piece stands between backticks. Alerts are words of TLS.
    let mut before = "";
    let shown = text.split('`').enumerate().map(|(at, piece)| {
        let ours = at % 2 == 0 || is_ours(piece) || before.ends_with("the alert ");
        before = piece;
        if ours { piece } else { "(a name)" }
    });
    shown.collect::<Vec<_>>().join("`")
}

fn addresses(number: usize) -> String {
    if number == 1 { "1 address".to_owned() } else { format!("{number} addresses") }
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
    let spoken = Arc::new(Spoken { trace: context.trace.clone(), versions: Mutex::default() });
    let config = context.settings.connection()?.client_config()?;
    let trace: Arc<dyn Trace> = Arc::clone(&spoken) as _;
    let client = Box::pin(Client::connect(&config, patience, Some(trace))).await?;
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
        controllers: client.talks_to_controllers().then_some(described.controllers.len()),
        metadata_version: version.map(|version| version.to_string()),
        negotiated: spoken.negotiated(),
        versions: versions.collect(),
    })
}

/// Notes in which versions kward and the brokers speak with each other.
struct Spoken {
    trace: Option<Arc<dyn Trace>>,
    versions: Mutex<BTreeMap<String, i16>>,
}

impl Spoken {
    fn negotiated(&self) -> Vec<NegotiatedVersion> {
        let versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        let each = versions.iter();
        each.map(|(api, version)| NegotiatedVersion { api: api.clone(), version: *version })
            .collect()
    }
}

impl Trace for Spoken {
    fn exchange(&self, exchange: &Exchange<'_>) {
        let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        versions.insert(exchange.api.to_owned(), exchange.version);
        drop(versions);
        if let Some(trace) = &self.trace {
            trace.exchange(exchange);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_tell_no_addresses() {
        for (said, told) in [
            (
                "cannot connect to `127.0.0.1:1`: connection refused",
                "cannot connect to `(an address)`: connection refused",
            ),
            (
                "the proxy `secret.invalid:3128` cannot be reached: no host `secret.invalid`",
                "the proxy `(an address)` cannot be reached: no host `(a name)`",
            ),
            (
                "`[::1]:9092` and [::1]:9092 and 10.0.0.7",
                "`(an address)` and (an address) and (an address)",
            ),
            ("its id is `MkU3OEVB`", "its id is `(a name)`"),
            (
                "`a.b:1` asks: it ended TLS with the alert `bad_certificate`",
                "`(an address)` asks: it ended TLS with the alert `bad_certificate`",
            ),
            (
                "it is missing (context `x`, /home/a/config.toml:25), b.c:25",
                "it is missing (context `x`, /home/a/config.toml:25), (an address)",
            ),
            (
                "`sasl.mechanism` is missing, see `--command-config`",
                "`sasl.mechanism` is missing, see `--command-config`",
            ),
            (
                r#"not valid for name "kafka.example"; TLS 1.3"#,
                "not valid for name (a name); TLS 1.3",
            ),
        ] {
            assert_eq!(without_addresses(said, Some("x")), told);
        }
    }
}
