//! From an address to a usable connection: TCP, TLS, `ApiVersions`, SASL. Everything that a peer
//! says before it is authenticated is read here, with tight bounds.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use kafka_protocol::messages::ApiVersionsRequest;
use kafka_protocol::protocol::StrBytes;
use tokio::io::AsyncWriteExt;

use crate::settings::{Address, ClientConfig};

use super::codes::{UNSUPPORTED_VERSION, kafka_error};
use super::connection::{Connection, Parts, Secured, Stream};
use super::deadline::{Deadline, Expiry};
use super::dial::{Resolver, dial, show_address};
use super::failure;
use super::fault::{Fault, Outcome};
use super::frame::{self, Ask, Cut, FrameReader};
use super::reader::Malformed;
use super::trace::{Exchange, Trace};
use super::versions::{Versions, api_name};

/// What every connection of a client is made with.
pub(super) struct Setup {
    pub config: ClientConfig,
    pub resolver: Resolver,
    pub trace: Option<Arc<dyn Trace>>,
}

/// A connection that is not authenticated yet: one request at a time.
pub(super) struct Raw<'a> {
    pub setup: &'a Setup,
    pub name: String,
    pub deadline: Deadline,
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
    let name = show_address(address);
    let config = &setup.config;
    let tcp = dial(address, &setup.resolver, config.connect_timeout, deadline).await?;
    let stream: Box<dyn Stream> = Box::new(tcp);
    let frames = FrameReader::new(frame::LARGEST_BEFORE_AUTHENTICATION);
    let mut raw = Raw { setup, name, deadline, stream, frames, next_id: 0 };
    let versions = raw.versions().await?;
    let mut frames = raw.frames;
    frames.largest = frame::LARGEST;
    let parts = Parts {
        name: raw.name,
        versions,
        secured: Secured { tls: config.tls.is_some(), sasl: config.sasl.is_some() },
        client_id: config.client_id.clone(),
        request_timeout: config.request_timeout,
        trace: setup.trace.clone(),
        next_id: raw.next_id,
    };
    Ok(Connection::new(raw.stream, frames, parts))
}

impl Raw<'_> {
    /// Asks for the versions: in version 3, which names the cluster's features, and again in
    /// version 0 when the broker says that it is too old for it (before 2.4).
    async fn versions(&mut self) -> Outcome<Versions> {
        let request = ApiVersionsRequest::default()
            .with_client_software_name(StrBytes::from_static_str("kward"))
            .with_client_software_version(StrBytes::from_static_str(env!("CARGO_PKG_VERSION")));
        for version in [3, 0] {
            let bytes = match self.ask(&request, version).await? {
                Ok(bytes) => bytes,
                Err(cut) => return Err(Fault::elsewhere(failure::first_words(&self.name, &cut))),
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
                    return Err(Fault::elsewhere(crate::error::Error::failed(what).kafka(error)));
                }
            }
        }
        Err(self.malformed::<ApiVersionsRequest>(Malformed("it refuses every version")))
    }

    /// Sends a request and reads its answer, from behind the correlation id.
    pub async fn ask<R: Ask>(&mut self, request: &R, version: i16) -> Outcome<Result<Bytes, Cut>> {
        let id = self.next_id;
        self.next_id += 1;
        let api = api_name(R::KEY);
        let config = &self.setup.config;
        let bytes =
            frame::encode(request, version, id, &config.client_id).map_err(Fault::everywhere)?;
        let began = Instant::now();
        let (stream, frames) = (&mut self.stream, &mut self.frames);
        let exchange = async {
            stream.write_all(&bytes).await.map_err(Cut::Io)?;
            stream.flush().await.map_err(Cut::Io)?;
            frames.next(stream).await
        };
        let answer = self.deadline.within(config.request_timeout, exchange).await;
        if let Some(trace) = &self.setup.trace {
            let received = match &answer {
                Ok(Ok(frame)) => Some(frame.len() + 4),
                _ => None,
            };
            trace.exchange(&Exchange {
                broker: &self.name,
                api: &api,
                version,
                sent: bytes.len(),
                received,
                took: began.elapsed(),
                throttle: std::time::Duration::ZERO,
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
                Err(Fault::deadline(self.deadline, &phase))
            }
            Err(Expiry::Limit) => Err(Fault::elsewhere(failure::request_timeout(
                &self.name,
                &api,
                config.request_timeout,
            ))),
        }
    }

    /// The fault of an answer that cannot be read.
    pub fn malformed<R: Ask>(&self, malformed: Malformed) -> Fault {
        Fault::elsewhere(failure::malformed(&self.name, &api_name(R::KEY), malformed))
    }
}
