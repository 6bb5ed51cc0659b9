//! From an address to a usable connection: TCP, TLS, `ApiVersions`, SASL. Everything that a peer
//! says before it is authenticated is read here, with tight bounds.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use kafka_protocol::messages::{ApiKey, ApiVersionsRequest, DescribeClusterRequest};
use kafka_protocol::protocol::StrBytes;
use tokio::io::AsyncWriteExt;
use tokio::sync::OnceCell;

use crate::error::Error;
use crate::settings::{Address, ClientConfig};

use super::codes::{UNSUPPORTED_VERSION, kafka_error};
use super::connection::{Connection, Parts, Stream};
use super::deadline::{Deadline, Expiry};
use super::dial::{Resolver, Way, aside, show_address};
use super::failure;
use super::fault::{Fault, Outcome};
use super::frame::{self, Ask, Cut, FrameReader};
use super::oauth::Tokens;
use super::probe;
use super::reader::Malformed;
use super::sasl;
use super::tls;
use super::trace::{Exchange, Trace};
use super::versions::{Role, Versions};

/// Whom brokers take a client for that shows neither a name nor a certificate: `KafkaPrincipal.ANONYMOUS`.
const ANONYMOUS: &str = "ANONYMOUS";

/// What a connection may lead to on which nobody says anything.
const MUTE: &str = "it takes connections and says nothing: the port may be none of Kafka's, a proxy or a firewall \
                    may stand between, or the broker hangs";

/// What every connection of a client is made with.
pub(super) struct Setup {
    pub config: ClientConfig,
    pub resolver: Resolver,
    pub trace: Option<Arc<dyn Trace>>,
    /// Made once, by the first connection that needs it.
    tls: OnceCell<Arc<rustls::ClientConfig>>,
    /// For OAUTHBEARER.
    pub tokens: Tokens,
    /// For a proxy.
    proxy_tls: Arc<OnceCell<Arc<rustls::ClientConfig>>>,
}

/// A connection that is not authenticated yet: one request at a time.
pub(super) struct Raw<'a> {
    pub setup: &'a Setup,
    pub name: String,
    pub deadline: Deadline,
    pub address: &'a Address,
    stream: Box<dyn Stream>,
    frames: FrameReader,
    next_id: i32,
}

/// Opens a connection to `address`.
pub(super) async fn open(
    setup: &Setup,
    address: &Address,
    deadline: Deadline,
) -> Outcome<Connection> {
    let config = &setup.config;
    let mut raw = Raw::open(setup, address, deadline).await?;
    let versions = raw.versions().await?;
    raw.fits(&versions)?;
    let session = match &config.sasl {
        Some(sasl) => Box::pin(sasl::authenticate(&mut raw, sasl, &versions)).await?,
        None => None,
    };
    let mut frames = raw.frames;
    frames.largest = frame::LARGEST;
    let parts = Parts {
        name: raw.name,
        address: address.clone(),
        versions,
        tls: config.tls.clone(),
        client_id: config.client_id.clone(),
        request_timeout: config.request_timeout,
        trace: setup.trace.clone(),
        next_id: raw.next_id,
        session,
    };
    Ok(Connection::new(raw.stream, frames, parts))
}

impl Setup {
    pub fn new(config: ClientConfig, resolver: Resolver, trace: Option<Arc<dyn Trace>>) -> Self {
        let (tls, tokens, proxy_tls) = Default::default();
        Self { config, resolver, trace, tls, tokens, proxy_tls }
    }

    /// The same for another configuration, without a trace: for probes.
    pub fn again(&self, config: ClientConfig) -> Self {
        let tls = OnceCell::new_with(self.tls.get().cloned());
        let resolver = Arc::clone(&self.resolver);
        let proxy_tls = Arc::clone(&self.proxy_tls);
        Self { config, resolver, trace: None, tls, tokens: Tokens::default(), proxy_tls }
    }

    /// Who the client is, as far as that is known here.
    pub fn user(&self) -> Option<String> {
        if let Some(sasl) = &self.config.sasl {
            return sasl.username().map(str::to_owned).or_else(|| self.tokens.subject());
        }
        // Whom a certificate names is the brokers' to say: they map it.
        let certificate = self.config.tls.as_ref().is_some_and(|tls| tls.identity.is_some());
        (!certificate).then(|| ANONYMOUS.to_owned())
    }

    /// How connections are made.
    pub fn way(&self) -> Way {
        Way {
            resolver: Arc::clone(&self.resolver),
            proxy: self.config.proxy.clone(),
            proxy_tls: Arc::clone(&self.proxy_tls),
            limit: self.config.connect_timeout,
        }
    }

    /// The configuration of TLS; reading the system's roots and decrypting keys happens aside.
    pub async fn tls(&self, deadline: Deadline) -> Outcome<Option<Arc<rustls::ClientConfig>>> {
        let Some(tls) = &self.config.tls else { return Ok(None) };
        let make = || async {
            let tls = tls.clone();
            let made = aside(move || tls::configure(&tls)).await;
            made.map_err(|error| Error::failed("cannot start a thread").caused_by(error))?
        };
        match deadline.within(Duration::MAX, self.tls.get_or_try_init(make)).await {
            Ok(ready) => ready.map(|config| Some(Arc::clone(config))).map_err(Fault::everywhere),
            Err(_) => Err(Fault::deadline(deadline, "reading certificates and keys")),
        }
    }
}

impl<'a> Raw<'a> {
    /// TCP and, where it is configured, TLS.
    pub async fn open(setup: &'a Setup, address: &'a Address, deadline: Deadline) -> Outcome<Self> {
        let way = setup.way();
        let (line, tls) = tokio::try_join!(way.dial(address, deadline), setup.tls(deadline))?;
        let name = show_address(address);
        let stream: Box<dyn Stream> = match tls {
            None => line.stream,
            Some(config) => {
                let handshake = tls::handshake(config, &address.host, line.stream);
                match deadline.within(setup.config.request_timeout, handshake).await {
                    Ok(Ok(stream)) => Box::new(stream),
                    Ok(Err(error)) => {
                        return Err(tls_failed(setup, address, &name, deadline, &error).await);
                    }
                    Err(Expiry::Deadline) => {
                        let phase = format!("waiting for `{name}` in the TLS handshake");
                        let mut fault = Fault::deadline(deadline, &phase);
                        fault.error = fault.error.hint(MUTE);
                        return Err(fault);
                    }
                    Err(Expiry::Limit) => {
                        let limit = setup.config.request_timeout;
                        let what = "the TLS handshake";
                        return Err(Fault::elsewhere(failure::request_timeout(&name, what, limit)));
                    }
                }
            }
        };
        let frames = FrameReader::new(frame::LARGEST_BEFORE_AUTHENTICATION);
        Ok(Self { setup, name, deadline, address, stream, frames, next_id: 0 })
    }
}

/// Why there is no TLS: what rustls says, or that the port speaks something else.
pub(super) async fn tls_failed(
    setup: &Setup,
    address: &Address,
    name: &str,
    deadline: Deadline,
    error: &io::Error,
) -> Fault {
    let settings = setup.config.tls.clone().unwrap_or_default();
    match tls::of_io(error) {
        // Something that is no TLS record.
        Some(rustls::Error::InvalidMessage(_)) | None => {
            // Boxed, because a probe opens a connection as this does.
            let plain = Box::pin(probe::listener(setup, address, deadline, false)).await;
            Fault::here(failure::no_tls_here(name, plain, error))
        }
        Some(error) => Fault::here(tls::explain(name, &settings, error)),
    }
}

impl Raw<'_> {
    /// Asks for the versions: in version 3, which names the cluster's features, and again in
    /// version 0 when the broker says that it is too old for it (before 2.4).
    pub async fn versions(&mut self) -> Outcome<Versions> {
        let request = ApiVersionsRequest::default()
            .with_client_software_name(StrBytes::from_static_str("kward"))
            .with_client_software_version(StrBytes::from_static_str(env!("CARGO_PKG_VERSION")));
        for version in [3, 0] {
            let bytes = match self.ask(&request, version).await? {
                Ok(bytes) => bytes,
                Err(cut) => return Err(self.first_words(cut).await),
            };
            let (code, versions) = Versions::read(&bytes, version)
                .or_else(|malformed| match Versions::read(&bytes, 0) {
                    Ok((UNSUPPORTED_VERSION, versions)) => Ok((UNSUPPORTED_VERSION, versions)),
                    _ => Err(malformed),
                })
                .map_err(|malformed| self.malformed::<ApiVersionsRequest>(malformed))?;
            match kafka_error(code, None) {
                None => return Ok(versions),
                Some(error) if error.code == UNSUPPORTED_VERSION && version > 0 => {}
                Some(error) => {
                    let what = format!("`{}` does not say what it can do", self.name);
                    return Err(Fault::elsewhere(Error::failed(what).kafka(error)));
                }
            }
        }
        Err(self.malformed::<ApiVersionsRequest>(Malformed("it refuses every version")))
    }

    /// Whether it is a broker or a controller, as it is meant to be: told before it hears who we are.
    pub fn fits(&self, versions: &Versions) -> Outcome<()> {
        let wants_controller = self.setup.config.controllers;
        let why = match (versions.role(), wants_controller) {
            (Some(Role::Broker), true) => failure::no_controller(&self.name),
            (Some(Role::Controller), false) => failure::no_broker(&self.name),
            (Some(Role::Controller), true)
                if versions.offered(DescribeClusterRequest::KEY).is_none() =>
            {
                failure::controller_too_old(&self.name)
            }
            _ => return Ok(()),
        };
        Err(Fault::here(why))
    }

    /// What came instead of the first answer.
    async fn first_words(&self, cut: Cut) -> Fault {
        let config = &self.setup.config;
        if let (Cut::Io(error), Some(tls)) = (&cut, &config.tls)
            && let Some(error) = tls::of_io(error)
        {
            return Fault::here(tls::explain(&self.name, tls, error));
        }
        let said = match &cut {
            Cut::Length { start, .. } => probe::recognise(start),
            _ => None,
        };
        let tls = said.as_deref() == Some(probe::TLS)
            || said.is_none()
                && config.tls.is_none()
                && probe::speaks_tls(self.setup, self.address, self.deadline).await;
        let said = if tls { Some(probe::TLS.to_owned()) } else { said };
        Fault::here(failure::first_words(&self.name, &cut, said, config.sasl.is_some()))
    }

    /// What came instead of an answer of the SASL exchange.
    pub fn cut_in_sasl(&self, cut: Cut) -> Fault {
        Fault::elsewhere(failure::cut_in_sasl(&self.name, cut))
    }

    /// Whether TLS is spoken.
    pub fn tls(&self) -> bool {
        self.setup.config.tls.is_some()
    }

    /// Sends a request and reads its answer, from behind the correlation id.
    pub async fn ask<R: Ask>(&mut self, request: &R, version: i16) -> Outcome<Result<Bytes, Cut>> {
        let id = self.next_id;
        self.next_id += 1;
        let api = R::NAME;
        let config = &self.setup.config;
        let bytes =
            frame::encode(request, version, id, &config.client_id).map_err(Fault::everywhere)?;
        let began = Instant::now();
        let (stream, frames) = (&mut self.stream, &mut self.frames);
        let exchange = async {
            let written = async {
                stream.write_all(&bytes).await?;
                stream.flush().await
            }
            .await;
            // When the peer has closed, what it said before may tell why: a TLS alert.
            match (frames.next(stream).await, written) {
                (Err(Cut::Closed), Err(error)) => Err(Cut::Io(error)),
                (answer, _) => answer,
            }
        };
        let answer = self.deadline.within(config.request_timeout, exchange).await;
        if let Some(trace) = &self.setup.trace {
            let received = match &answer {
                Ok(Ok(frame)) => Some(frame.len() + 4),
                _ => None,
            };
            trace.exchange(&Exchange {
                broker: &self.name,
                api,
                version,
                sent: bytes.len(),
                received,
                took: began.elapsed(),
                throttle: Duration::ZERO,
            });
        }
        match answer {
            Ok(Ok(mut frame)) => {
                let answered = frame.first_chunk::<4>().map(|id| i32::from_be_bytes(*id));
                if answered != Some(id) {
                    let wrong = Malformed("it has the wrong correlation id");
                    return Err(self.malformed::<R>(wrong));
                }
                bytes::Buf::advance(&mut frame, 4);
                Ok(Ok(frame))
            }
            Ok(Err(cut)) => Ok(Err(cut)),
            Err(Expiry::Deadline) => {
                let phase = format!("waiting for the answer of `{}` to {api}", self.name);
                let mut fault = Fault::deadline(self.deadline, &phase);
                if R::KEY == ApiKey::ApiVersions as i16 {
                    fault.error = fault.error.hint(MUTE);
                }
                Err(fault)
            }
            Err(Expiry::Limit) => Err(Fault::elsewhere(failure::request_timeout(
                &self.name,
                api,
                config.request_timeout,
            ))),
        }
    }

    /// The fault of an answer that cannot be read.
    pub fn malformed<R: Ask>(&self, malformed: Malformed) -> Fault {
        Fault::here(failure::malformed(&self.name, R::NAME, malformed))
    }
}
