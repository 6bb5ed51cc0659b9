//! Tries a connection step by step, so that the first that fails has a name of its own: name lookup,
//! TCP, TLS, Kafka's protocol, SASL; then what the cluster says about itself and about the caller.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use jiff::Timestamp;

use crate::error::Error;
use crate::model::{Filter, Operation, PatternFilter, ResourceType, visible};
use crate::settings::{Address, ClientConfig};

use super::client::Client;
use super::cluster::Cluster;
use super::codes::{CLUSTER_AUTHORIZATION_FAILED, SECURITY_DISABLED};
use super::deadline::Deadline;
use super::dial::{lookup, show_address, system_resolver};
use super::proxy::looks_names_up;
use super::sasl;
use super::setup::{Raw, Setup, tls_failed};
use super::tls::{self, Chain};
use super::trace::Trace;

/// A certificate that expires sooner than this is worth a word.
const SOON: Duration = Duration::from_hours(30 * 24);

/// What is tried, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The name has addresses.
    Name,
    /// One of them answers.
    Tcp,
    /// The other side is who it claims to be.
    Tls,
    /// It speaks Kafka's protocol.
    Protocol,
    /// It lets us in.
    Sasl,
    /// It belongs to the cluster that is meant.
    Cluster,
    /// The other brokers are reachable where they say that they are.
    Brokers,
    /// The other controllers are, where controllers are talked to.
    Controllers,
    /// The cluster has an authorizer.
    Authorizer,
    /// What the caller may do on the cluster.
    Permissions,
}

impl Step {
    /// The step that asks every node.
    pub const fn of_nodes(controllers: bool) -> Self {
        if controllers { Step::Controllers } else { Step::Brokers }
    }
}

/// What came of a step.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The step.
    pub step: Step,
    /// With whom: `broker1:9093`, or nobody in particular.
    pub target: Option<String>,
    /// What was found, or what failed; `None` when an earlier failure stood in the way.
    pub result: Option<Result<String, Error>>,
    /// Worth a word although it worked.
    pub warning: Option<String>,
}

/// Tries every step. `now` is what certificates are held to.
pub async fn check(
    config: &ClientConfig,
    deadline: Deadline,
    trace: Option<Arc<dyn Trace>>,
    now: Timestamp,
) -> Vec<Finding> {
    let setup = Setup::new(config.clone(), system_resolver(), trace.clone());
    let mut check = Check { setup: &setup, deadline, now, findings: Vec::new() };
    let mut usable = false;
    for (at, address) in config.bootstrap.iter().enumerate() {
        // What a silent server costs is not taken from the others, nor from what comes once one serves.
        let others = config.bootstrap.len() - at + usize::from(usable);
        let left = u32::try_from(others).unwrap_or(u32::MAX);
        let share = Deadline::after(deadline.remaining() / left);
        usable |= check.server(address, share).await;
    }
    if usable {
        check.cluster(config, trace).await;
    } else {
        let nodes = Step::of_nodes(config.controllers);
        check.skip(None, &[Step::Cluster, nodes, Step::Authorizer, Step::Permissions]);
    }
    check.findings
}

struct Check<'a> {
    setup: &'a Setup,
    deadline: Deadline,
    now: Timestamp,
    findings: Vec<Finding>,
}

impl Check<'_> {
    fn note(&mut self, step: Step, target: Option<&str>, result: Result<String, Error>) -> bool {
        let good = result.is_ok();
        let target = target.map(str::to_owned);
        self.findings.push(Finding { step, target, result: Some(result), warning: None });
        good
    }

    fn warn(&mut self, warning: impl Into<String>) {
        if let Some(last) = self.findings.last_mut() {
            last.warning = Some(warning.into());
        }
    }

    fn skip(&mut self, target: Option<&str>, steps: &[Step]) {
        self.findings.extend(steps.iter().map(|step| Finding {
            step: *step,
            target: target.map(str::to_owned),
            result: None,
            warning: None,
        }));
    }

    /// One bootstrap server, as far as it goes. Whether it serves.
    async fn server(&mut self, address: &Address, deadline: Deadline) -> bool {
        let name = show_address(address);
        let config = &self.setup.config;
        let mut steps = vec![Step::Name, Step::Tcp];
        steps.extend(config.tls.is_some().then_some(Step::Tls));
        steps.push(Step::Protocol);
        steps.extend(config.sasl.is_some().then_some(Step::Sasl));
        for (at, step) in steps.iter().enumerate() {
            let good = match step {
                Step::Name => self.name(address, deadline).await,
                Step::Tcp => self.tcp(address, &name, deadline).await,
                Step::Tls => self.tls(address, &name, deadline).await,
                // SASL speaks on the connection that this one opens.
                Step::Protocol => return self.protocol(address, &name, deadline).await,
                _ => true,
            };
            if !good {
                self.skip(Some(&name), &steps[at + 1..]);
                return false;
            }
        }
        true
    }

    async fn name(&mut self, address: &Address, deadline: Deadline) -> bool {
        if address.host.parse::<std::net::IpAddr>().is_ok() {
            return true;
        }
        let host = visible(&address.host);
        if looks_names_up(self.setup.config.proxy.as_ref()) {
            return self.note(Step::Name, Some(&host), Ok("the proxy looks it up".to_owned()));
        }
        let found = lookup(address, &self.setup.resolver, deadline).await;
        let found = found.map_err(|fault| fault.error).map(|found| {
            let found: Vec<String> = found.iter().map(|at| at.ip().to_string()).collect();
            found.join(", ")
        });
        self.note(Step::Name, Some(&host), found)
    }

    async fn tcp(&mut self, address: &Address, name: &str, deadline: Deadline) -> bool {
        let began = Instant::now();
        let dialled = self.setup.way().dial(address, deadline).await;
        let took = began.elapsed().as_secs_f64() * 1000.0;
        let proxy = self.setup.config.proxy.as_ref();
        let result = match dialled {
            Ok(_) if proxy.is_some() => {
                let proxy = proxy.map(|proxy| show_address(&proxy.address)).unwrap_or_default();
                Ok(format!("the proxy `{proxy}` connects to it in {took:.1} ms"))
            }
            Ok(line) => Ok(match line.peer {
                Some(peer) => format!("{peer} answers in {took:.1} ms"),
                None => format!("it answers in {took:.1} ms"),
            }),
            Err(fault) => Err(fault.error),
        };
        self.note(Step::Tcp, Some(name), result)
    }

    async fn tls(&mut self, address: &Address, name: &str, deadline: Deadline) -> bool {
        let chain = match self.handshake(address, name, deadline).await {
            Ok(chain) => chain,
            Err(error) => return self.note(Step::Tls, Some(name), Err(error)),
        };
        let mut said = format!("{}, {}", chain.protocol, chain.subjects.join(" ← "));
        if let Some(issuer) = chain.issuer.as_ref().filter(|i| chain.subjects.last() != Some(i)) {
            said += &format!(" ← {issuer}");
        }
        if let Some(until) = chain.not_after {
            said += &format!(", valid until {until}");
        }
        self.note(Step::Tls, Some(name), Ok(said));
        let tls = self.setup.config.tls.as_ref();
        if tls.is_some_and(|tls| !tls.verify_certificate) {
            self.warn("no certificate is checked: anybody can pretend to be this broker");
        } else if tls.is_some_and(|tls| !tls.verify_hostname) {
            self.warn("the name in the certificate is not checked");
        } else if let Some(until) = chain.not_after {
            let left = until.duration_since(self.now);
            if left < jiff::SignedDuration::try_from(SOON).unwrap_or_default() {
                let days = left.as_hours() / 24;
                self.warn(format!("a certificate expires in {days} days: renew it"));
            }
        }
        true
    }

    async fn handshake(
        &self,
        address: &Address,
        name: &str,
        deadline: Deadline,
    ) -> Result<Chain, Error> {
        let setup = self.setup;
        let line = setup.way().dial(address, deadline).await.map_err(|fault| fault.error)?;
        let tls = setup.tls(deadline).await.map_err(|fault| fault.error)?;
        let Some(tls) = tls else { return Err(Error::failed("TLS is not configured")) };
        let handshake = tls::handshake(tls, &address.host, line.stream);
        match deadline.within(setup.config.request_timeout, handshake).await {
            Ok(Ok(stream)) => Ok(tls::chain_of(&stream)),
            Ok(Err(error)) => Err(tls_failed(setup, address, name, deadline, &error).await.error),
            Err(_) => Err(deadline.error(&format!("waiting for `{name}` in the TLS handshake"))),
        }
    }

    /// Kafka's protocol and, on the same connection, SASL.
    async fn protocol(&mut self, address: &Address, name: &str, deadline: Deadline) -> bool {
        let setup = self.setup;
        let sasl = setup.config.sasl.as_ref();
        let asked = async {
            let mut raw = Raw::open(setup, address, deadline).await?;
            let versions = raw.versions().await?;
            raw.fits(&versions)?;
            Ok((raw, versions))
        };
        let (mut raw, versions) = match asked.await {
            Ok(both) => both,
            Err(fault) => {
                let fault: super::fault::Fault = fault;
                self.note(Step::Protocol, Some(name), Err(fault.error));
                if sasl.is_some() {
                    self.skip(Some(name), &[Step::Sasl]);
                }
                return false;
            }
        };
        let node = setup.config.node();
        let said = format!("a Kafka {node} with {} kinds of requests", versions.count());
        self.note(Step::Protocol, Some(name), Ok(said));
        let Some(sasl) = sasl else { return true };
        let entered = sasl::authenticate(&mut raw, sasl, &versions).await;
        let mechanism = sasl.mechanism();
        let said = match setup.user() {
            Some(user) => format!("{mechanism} lets `{}` in", visible(&user)),
            None => format!("{mechanism} lets this client in"),
        };
        self.note(Step::Sasl, Some(name), entered.map(|_| said).map_err(|fault| fault.error))
    }

    /// What needs only one broker that serves.
    async fn cluster(&mut self, config: &ClientConfig, trace: Option<Arc<dyn Trace>>) {
        let nodes = Step::of_nodes(config.controllers);
        let rest = [nodes, Step::Authorizer, Step::Permissions];
        let described = async {
            let client = Client::connect(config, self.deadline, trace).await?;
            let cluster = client.describe_cluster().await?;
            Ok((client, cluster))
        };
        let (client, cluster) = match described.await {
            Ok(both) => both,
            Err(error) => {
                self.note(Step::Cluster, None, Err(error));
                return self.skip(None, &rest);
            }
        };
        let id = cluster.id.as_deref().map_or_else(|| "without an id".into(), visible);
        let pinned = if config.cluster_id.is_some() { ", as pinned" } else { "" };
        self.note(Step::Cluster, None, Ok(format!("{id}{pinned}")));
        self.nodes(&client, &cluster).await;
        self.authorizer(&client).await;
        self.permissions(&client, &cluster).await;
    }

    /// Whether the brokers, or the controllers, answer at the addresses that they advertise, TLS, SASL and all
    /// (ApiVersions).
    async fn nodes(&mut self, client: &Client, cluster: &Cluster) {
        let step = Step::of_nodes(client.talks_to_controllers());
        let node = client.node();
        let limit = Deadline::after(self.deadline.remaining() / 2);
        let asked = cluster.nodes().iter().map(|one| async move {
            let answer = client.until(limit).abilities(Some(one.id)).await;
            answer.err().map(|error| (one, error))
        });
        let failed: Vec<_> = join_all(asked).await.into_iter().flatten().collect();
        let count = cluster.nodes().len();
        let Some((one, error)) = failed.first() else {
            let said = format!("{count} of {count} answer where they say that they are");
            self.note(step, None, Ok(said));
            return;
        };
        let what = format!(
            "{} of {count} {node}s do not answer; {node} {}, which says that it is at `{}`",
            failed.len(),
            one.id,
            show_address(&one.address())
        );
        let mut error = error.clone().context(what);
        if error.hints().is_empty() {
            error = error.hint(format!(
                "what `advertised.listeners` of that {node} names must serve from here"
            ));
        }
        self.note(step, None, Err(error));
    }

    async fn authorizer(&mut self, client: &Client) {
        // Something that hardly any cluster has, so that the answer is short.
        let filter = Filter {
            resource_type: Some(ResourceType::DelegationToken),
            resource_name: Some("kward-check".into()),
            pattern: PatternFilter::Literal,
            ..Filter::default()
        };
        match client.describe_acls(&filter).await {
            Ok(_) => {
                self.note(
                    Step::Authorizer,
                    None,
                    Ok("there is one, and its ACLs can be read".into()),
                );
            }
            Err(error) => match error.kafka_error().map(|error| error.code) {
                Some(SECURITY_DISABLED) => {
                    self.note(Step::Authorizer, None, Ok("there is none".into()));
                    self.warn("everybody may do everything: `authorizer.class.name` is not set");
                }
                Some(CLUSTER_AUTHORIZATION_FAILED) => {
                    self.note(Step::Authorizer, None, Ok("there is one".into()));
                    let hint = error.hints().first().cloned().unwrap_or_default();
                    self.warn(format!("its ACLs cannot be read: {hint}"));
                }
                _ => {
                    self.note(Step::Authorizer, None, Err(error));
                }
            },
        }
    }

    async fn permissions(&mut self, client: &Client, cluster: &Cluster) {
        let may = match &cluster.authorized_operations {
            None => "the broker does not say what is allowed on the cluster".to_owned(),
            Some(none) if none.is_empty() => "nothing on the cluster".to_owned(),
            Some(operations) => {
                let words: Vec<_> =
                    operations.iter().filter_map(|operation| operation.lower()).collect();
                format!("{} on the cluster", words.join(", "))
            }
        };
        // Controllers tell of no topics.
        let topics =
            if client.talks_to_controllers() { None } else { Some(client.list_topics().await) };
        let result = topics.map_or(Ok(may.clone()), |topics| {
            topics.map(|topics| {
                let (count, verb) = (topics.len(), if topics.len() == 1 { "is" } else { "are" });
                let topics = if count == 1 { "topic" } else { "topics" };
                format!("{may}; {count} {topics} {verb} visible")
            })
        });
        self.note(Step::Permissions, None, result);
        let alter = cluster.authorized_operations.as_ref();
        if alter.is_some_and(|operations| !operations.contains(&Operation::Alter)) {
            self.warn("changing ACLs needs alter on the cluster");
        }
    }
}
