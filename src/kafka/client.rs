//! The client: which broker a request goes to, and what happens when it does not answer.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use kafka_protocol::messages::{ApiKey, CreateAclsRequest};

use crate::error::{Error, KafkaError, Result};
use crate::model::MetadataVersion;
use crate::settings::{Address, ClientConfig};

use super::bootstrap;
use super::cluster::Cluster;
use super::connection::{Connection, Reply};
use super::deadline::Deadline;
use super::dial::{Resolver, show_address, system_resolver};
use super::failure;
use super::fault::{Fault, Nature, Outcome};
use super::frame::Ask;
use super::probe;
use super::setup::{self, Setup};
use super::trace::Trace;
use super::whereabouts::Whereabouts;

/// A client of one cluster. Clones share their connections.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    deadline: Deadline,
    /// Whether it soon gives up on a broker that cannot be reached.
    brief: bool,
}

/// What [`Client::connect_with`] takes beside the configuration.
#[derive(Clone, Default)]
pub struct Options {
    /// Is told of every request.
    pub trace: Option<Arc<dyn Trace>>,
    /// Looks names up in place of the operating system.
    pub resolver: Option<Resolver>,
}

struct Shared {
    setup: Arc<Setup>,
    /// The connection to whoever answered first; any broker serves most requests.
    any: Slot,
    /// Those to brokers that had to be asked themselves.
    brokers: Mutex<HashMap<i32, Arc<Slot>>>,
    whereabouts: Whereabouts,
    last: Mutex<String>,
    /// Where the last request went.
    asked: Mutex<Option<Address>>,
}

/// A connection, or the right to open it: held while it is opened, so that there is only one.
type Slot = tokio::sync::Mutex<Option<Arc<Connection>>>;

/// Who has to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    /// Whoever is connected; where that is a controller, the active one for what it alone can tell.
    Any,
    /// The controller, as a broker says who that is; with KRaft any broker, which forwards. The active one where
    /// controllers are talked to.
    Controller,
    /// The broker with this id, at its advertised address; the controller where controllers are talked to.
    Broker(i32),
}

/// What every controller answers from its own copy; everything else is the active one's (KIP-919).
const OF_ANY_CONTROLLER: [ApiKey; 4] =
    [ApiKey::ApiVersions, ApiKey::DescribeAcls, ApiKey::DescribeCluster, ApiKey::DescribeConfigs];

/// How long a broker that cannot be reached is tried again where others can do without it, and a partition
/// without a leader, or a group without a coordinator, is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// How often one request may be sent into a connection that ends before the answer.
const MOST_LOSSES: u32 = 5;

/// Whether a request changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It can be sent again at will.
    Read,
    /// Once it may have reached the broker, its outcome is unknown until there is an answer.
    Write(&'static str),
}

impl Purpose {
    /// That of a request which may only have `what` checked.
    pub fn of_check(what: &'static str, validate_only: bool) -> (&'static str, Self) {
        (what, if validate_only { Self::Read } else { Self::Write(what) })
    }
}

/// Pauses between attempts: doubling, with an end.
#[derive(Debug)]
pub(super) struct Backoff(Duration);

impl Backoff {
    pub fn new() -> Self {
        Self(Duration::from_millis(50))
    }

    /// Waits; false when the deadline comes first.
    pub async fn pause(&mut self, deadline: Deadline) -> bool {
        let pause = self.0;
        self.0 = (pause * 2).min(Duration::from_secs(1));
        deadline.sleep(pause).await
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("broker", &self.broker()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").finish_non_exhaustive()
    }
}

impl Client {
    /// Connects to the first bootstrap server that answers, and checks that it is the cluster that
    /// `config.cluster_id` pins.
    pub async fn connect(
        config: &ClientConfig,
        deadline: Deadline,
        trace: Option<Arc<dyn Trace>>,
    ) -> Result<Self> {
        Self::connect_with(config, deadline, Options { trace, resolver: None }).await
    }

    /// The same with everything that can be chosen.
    pub async fn connect_with(
        config: &ClientConfig,
        deadline: Deadline,
        options: Options,
    ) -> Result<Self> {
        let resolver = options.resolver.unwrap_or_else(system_resolver);
        let setup = Setup::new(config.clone(), resolver, options.trace);
        let shared = Shared {
            setup: Arc::new(setup),
            any: Slot::default(),
            brokers: Mutex::default(),
            whereabouts: Whereabouts::default(),
            last: Mutex::default(),
            asked: Mutex::default(),
        };
        let client = Self { shared: Arc::new(shared), deadline, brief: false };
        match client.any().await {
            Ok(_) => Ok(client),
            Err(fault) if fault.nature == Nature::Unwelcome => {
                Err(client.lacks_sasl(&fault.error).await.unwrap_or(fault.error))
            }
            Err(fault) => Err(fault.error),
        }
    }

    /// The same client, with the same connections, for work that has a deadline of its own.
    #[must_use]
    pub fn until(&self, deadline: Deadline) -> Self {
        Self { shared: Arc::clone(&self.shared), deadline, brief: self.brief }
    }

    /// The same client for what others can do without: a broker that cannot be reached is tried again for a few
    /// seconds, not until the deadline; one that is slow to answer has all the time.
    #[must_use]
    pub fn brief(&self) -> Self {
        Self { brief: true, ..self.clone() }
    }

    /// Whether no second attempt is worth its time, after a failure of one that `began` then.
    pub(super) fn gives_up(&self, fault: &Fault, began: Instant) -> bool {
        self.brief && !fault.sent && began.elapsed() >= PATIENCE
    }

    /// The same client for work that may take so long at most, and no longer than the rest.
    #[must_use]
    pub fn within(&self, patience: Duration) -> Self {
        self.until(Deadline::after(patience.min(self.deadline.remaining())))
    }

    /// The same client for what others can do without, and what may not use up their time: half of what is
    /// left at most.
    #[must_use]
    pub fn with_half(&self) -> Self {
        self.within(self.deadline.remaining() / 2)
    }

    /// The deadline of this client's requests.
    pub fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// The broker that answered last, for messages: `127.0.0.1:9092 (id 1)`; the id once it is known.
    pub fn broker(&self) -> String {
        let name = lock(&self.shared.last).clone();
        match self.whereabouts().id_of(&name) {
            Some(id) => format!("{name} (id {id})"),
            None => name,
        }
    }

    /// The finalized `metadata.version` of the cluster (`ApiVersions` 3, KIP-584); `None` in
    /// clusters without `KRaft` and on brokers before 3.3.
    pub async fn metadata_version(&self) -> Option<MetadataVersion> {
        self.any().await.ok()?.versions.metadata_version
    }

    /// Whether the broker is of Kafka 4 or later: those no longer take the first version of CreateAcls
    /// (KIP-896).
    pub async fn is_of_kafka_4(&self) -> Result<bool> {
        let any = self.any().await.map_err(|fault| fault.error)?;
        Ok(any.versions.offered(CreateAclsRequest::KEY).is_none_or(|range| range.min > 0))
    }

    /// Sends a request to whoever `route` says and reads its answer. A failed connection, and an
    /// error that Kafka calls retriable, is tried again until the deadline, except for a write
    /// that may have reached the broker.
    pub(super) async fn ask<R: Ask, T: Reply>(
        &self,
        route: Route,
        purpose: Purpose,
        request: &R,
    ) -> Result<T> {
        let route = self.route_of::<R>(route);
        self.persist(purpose, async || self.attempt::<R, T>(route, request).await).await
    }

    /// The same for a request that looks different in different versions: `request` makes it.
    pub(super) async fn ask_by_version<R: Ask, T: Reply>(
        &self,
        route: Route,
        purpose: Purpose,
        request: impl Fn(i16) -> R,
    ) -> Result<T> {
        let route = self.route_of::<R>(route);
        let attempt = async || {
            let version = self.connection(route).await?.version_for::<R, T>()?;
            self.attempt::<R, T>(route, &request(version)).await
        };
        self.persist(purpose, attempt).await
    }

    /// Controllers pass nothing on to each other.
    fn route_of<R: Ask>(&self, route: Route) -> Route {
        let of_the_active = self.talks_to_controllers()
            && route == Route::Any
            && !OF_ANY_CONTROLLER.iter().any(|key| *key as i16 == R::KEY);
        if of_the_active { Route::Controller } else { route }
    }

    /// Whether this client talks to controllers, and to no broker (KIP-919).
    pub fn talks_to_controllers(&self) -> bool {
        self.shared.setup.config.controllers
    }

    async fn persist<T: Reply>(
        &self,
        purpose: Purpose,
        attempt: impl AsyncFn() -> Outcome<T>,
    ) -> Result<T> {
        let (mut backoff, began) = (Backoff::new(), Instant::now());
        let (mut unwelcome, mut losses) = (0, 0);
        loop {
            let fault = match attempt().await {
                Ok(answer) => match answer.failure() {
                    Some(error) if error.retriable && backoff.pause(self.deadline).await => {
                        continue;
                    }
                    _ => return Ok(answer),
                },
                Err(fault) => fault,
            };
            if let (Purpose::Write(what), true) = (purpose, fault.sent) {
                // Who is not let in has changed nothing.
                if fault.nature == Nature::Unwelcome
                    && let Some(error) = self.lacks_sasl(&fault.error).await
                {
                    return Err(error);
                }
                return Err(failure::unknown_outcome(fault.error, what));
            }
            unwelcome += u32::from(fault.nature == Nature::Unwelcome);
            losses += u32::from(fault.sent);
            if unwelcome > 1 {
                return Err(self.lacks_sasl(&fault.error).await.unwrap_or(fault.error));
            }
            if losses >= MOST_LOSSES || self.gives_up(&fault, began) {
                return Err(fault.error);
            }
            if !fault.is_passing() || !backoff.pause(self.deadline).await {
                return Err(fault.error);
            }
        }
    }

    /// The connection was closed instead of an answer: does the listener want SASL? Then what to say.
    async fn lacks_sasl(&self, error: &Error) -> Option<Error> {
        let setup = &self.shared.setup;
        let with_tls = setup.config.tls.is_some();
        let address = lock(&self.shared.asked).clone().filter(|_| setup.config.sasl.is_none())?;
        let probing = probe::listener(setup, &address, self.deadline, with_tls);
        let listener = Box::pin(probing).await.ok()?;
        let wanted = !listener.mechanisms.is_empty();
        let broker = show_address(&address);
        let said = || failure::sasl_missing(error.clone(), &broker, with_tls, &listener.mechanisms);
        wanted.then(said)
    }

    async fn attempt<R: Ask, T: Reply>(&self, route: Route, request: &R) -> Outcome<T> {
        let connection = self.connection(route).await?;
        self.call(&connection, request).await
    }

    /// The connection to whoever `route` says.
    async fn connection(&self, route: Route) -> Outcome<Arc<Connection>> {
        let connection = match route {
            Route::Any => self.any().await,
            Route::Controller => self.controller().await,
            Route::Broker(id) => self.broker_by_id(id).await,
        };
        // What was sent on the way here was no part of the request.
        connection.map_err(|fault| fault.sent(false))
    }

    /// One request over one connection, without a second attempt.
    pub(super) async fn call<R: Ask, T: Reply>(
        &self,
        connection: &Connection,
        request: &R,
    ) -> Outcome<T> {
        *lock(&self.shared.asked) = Some(connection.address.clone());
        let answer = connection.call::<R, T>(request, self.deadline).await;
        lock(&self.shared.last).clone_from(&connection.name);
        answer
    }

    /// A request that the broker refused; `needs` is the operation on the cluster that it takes.
    pub(super) fn refused(&self, what: &str, needs: &str, error: KafkaError) -> Error {
        failure::refused(&self.broker(), what, needs, self.user().as_deref(), error)
    }

    /// What the broker would answer: the caller may not do `what`, which takes the operation
    /// `needs` on the cluster.
    pub fn not_authorized(&self, what: &str, needs: &str) -> Error {
        failure::not_authorized(&self.broker(), what, needs, self.user().as_deref(), None)
    }

    /// Who this client logs in as, where that is known here.
    pub(super) fn user(&self) -> Option<String> {
        self.shared.setup.user()
    }

    /// The caller as a principal, as a shell takes it: `User:ana`; `User:YOU` where a certificate
    /// says who that is.
    pub fn principal_word(&self) -> String {
        match self.user() {
            Some(user) => format!("User:{}", failure::shell_word(&user)),
            None => "User:YOU".to_owned(),
        }
    }

    /// The id of the cluster, as far as an answer has told it.
    pub fn cluster_id(&self) -> Option<String> {
        self.whereabouts().cluster_id()
    }

    /// Whether the broker that is connected offers an API.
    pub(super) async fn offers(&self, key: i16) -> Result<bool> {
        let any = self.any().await.map_err(|fault| fault.error)?;
        Ok(any.versions.offered(key).is_some())
    }

    /// The newest version of an API that the broker that is connected offers.
    pub(super) async fn newest_offered(&self, key: i16) -> Result<Option<i16>> {
        let any = self.any().await.map_err(|fault| fault.error)?;
        Ok(any.versions.offered(key).map(|range| range.max))
    }

    /// A connection to any broker.
    pub(super) async fn any(&self) -> Outcome<Arc<Connection>> {
        let mut slot = self.shared.any.lock().await;
        if let Some(connection) = slot.as_ref().filter(|connection| connection.is_alive()) {
            return Ok(Arc::clone(connection));
        }
        // On the heap, as below: every request may have to connect, and its future would hold all of that.
        let connecting = Box::pin(bootstrap::connect(&self.shared.setup, self.deadline));
        let connection = Arc::new(connecting.await?);
        *lock(&self.shared.asked) = Some(connection.address.clone());
        self.check_cluster(&connection).await?;
        lock(&self.shared.last).clone_from(&connection.name);
        *slot = Some(Arc::clone(&connection));
        Ok(connection)
    }

    /// Before anything else is asked: is it the cluster that the context pins?
    async fn check_cluster(&self, connection: &Connection) -> Outcome<()> {
        let Some(pinned) = &self.shared.setup.config.cluster_id else { return Ok(()) };
        let cluster = self.fetch_cluster(connection).await?;
        if cluster.id.as_deref() == Some(pinned.as_str()) {
            self.remember(&cluster);
            return Ok(());
        }
        Err(Fault::everywhere(failure::other_cluster(
            &connection.name,
            pinned,
            cluster.id.as_deref(),
        )))
    }

    async fn fetch_cluster(&self, connection: &Connection) -> Outcome<Cluster> {
        super::cluster::fetch(connection, &self.shared.setup, self.deadline).await
    }

    /// A connection to the controller.
    async fn controller(&self) -> Outcome<Arc<Connection>> {
        let any = self.any().await?;
        let cluster = self.fetch_cluster(&any).await?;
        let controller = cluster.controller;
        self.remember(&cluster);
        match controller {
            Some(id) => self.broker_by_id(id).await,
            None => Err(Fault::elsewhere(
                Error::failed("the cluster has no controller at the moment")
                    .hint("try again when an election has ended"),
            )),
        }
    }

    /// The connection to the broker with this id, opened at its advertised address. Where that is
    /// asked for when it is not known, and again after it could not be reached.
    pub(super) async fn broker_by_id(&self, id: i32) -> Outcome<Arc<Connection>> {
        let any = self.any().await?;
        if self.whereabouts().address_of(id).is_none() {
            self.remember(&self.fetch_cluster(&any).await?);
        }
        let address = self.whereabouts().address_of(id).ok_or_else(|| {
            Fault::elsewhere(
                Error::failed(format!("{} {id} is not there", self.node()))
                    .caused_by(format!("`{}` does not list it", any.name))
                    .hint("it may be restarting: try again when it is up"),
            )
        })?;
        if any.name == show_address(&address) {
            return Ok(any);
        }
        let slot = Arc::clone(lock(&self.shared.brokers).entry(id).or_default());
        let mut slot = slot.lock().await;
        let leads_there =
            |connection: &&Arc<Connection>| connection.is_alive() && connection.address == address;
        if let Some(connection) = slot.as_ref().filter(leads_there) {
            return Ok(Arc::clone(connection));
        }
        let opened = Box::pin(setup::open(&self.shared.setup, &address, self.deadline)).await;
        let connection = Arc::new(opened.map_err(|fault| {
            self.whereabouts().forget_broker(id);
            let error = failure::advertised(fault.error, (self.node(), id), &address, &any.name);
            Fault { error, ..fault }
        })?);
        *slot = Some(Arc::clone(&connection));
        Ok(connection)
    }

    /// What a node that it talks to is called, for messages.
    pub fn node(&self) -> &'static str {
        self.shared.setup.config.node()
    }

    /// Keeps where the brokers of the cluster are.
    pub(super) fn remember(&self, cluster: &Cluster) {
        self.whereabouts().learn_brokers(cluster);
    }

    /// What is known of who serves what.
    pub(super) fn whereabouts(&self) -> &Whereabouts {
        &self.shared.whereabouts
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
