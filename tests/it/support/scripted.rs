//! A broker on a real socket that does what a test says: for faults that no real broker shows on
//! demand.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::api_versions_response::ApiVersion;
use kafka_protocol::messages::{ApiKey, ApiVersionsResponse, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, StrBytes};
use kward::settings::{Address, ClientConfig};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Request {
    /// Which connection, from 0.
    pub connection: usize,
    pub key: ApiKey,
    pub version: i16,
    pub correlation_id: i32,
    body: Bytes,
}

/// What the broker does about it.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Sends these bytes and closes the connection.
    SendAndClose(Vec<u8>),
    /// Closes the connection.
    Close,
    /// Says nothing; the connection stays open.
    Silence,
}

impl Request {
    /// The message.
    pub fn decode<M: Decodable>(&self) -> M {
        M::decode(&mut self.body.clone(), self.version).expect("a request that can be read")
    }

    /// The frame of an answer, length included.
    pub fn frame<M: Encodable>(&self, message: &M) -> Vec<u8> {
        self.frame_for(self.correlation_id, message)
    }

    /// The same with another correlation id.
    pub fn frame_for<M: Encodable>(&self, correlation_id: i32, message: &M) -> Vec<u8> {
        let mut body = BytesMut::new();
        message.encode(&mut body, self.version).expect("an answer that can be written");
        self.frame_of_bytes(correlation_id, &body)
    }

    /// The frame of an answer whose message is `body`.
    pub fn frame_of_bytes(&self, correlation_id: i32, body: &[u8]) -> Vec<u8> {
        let mut frame = BytesMut::new();
        ResponseHeader::default()
            .with_correlation_id(correlation_id)
            .encode(&mut frame, self.key.response_header_version(self.version))
            .expect("a header that can be written");
        frame.extend_from_slice(body);
        let length = i32::try_from(frame.len()).expect("a small answer");
        [&length.to_be_bytes()[..], &frame].concat()
    }

    /// Sends an answer.
    pub fn answer<M: Encodable>(&self, message: &M) -> Reply {
        Reply::Send(self.frame(message))
    }
}

/// Offers what the codecs know, but `keys` only in these versions: `(key, min, max)`.
pub fn offers(keys: &[(ApiKey, i16, i16)]) -> ApiVersionsResponse {
    let range = |key: ApiKey| {
        let known = key.valid_versions();
        let said = keys.iter().find(|(other, _, _)| *other == key);
        said.map_or((known.min, known.max), |(_, min, max)| (*min, *max))
    };
    let apis = ApiKey::iter().map(|key| {
        let (min, max) = range(key);
        ApiVersion::default().with_api_key(key as i16).with_min_version(min).with_max_version(max)
    });
    ApiVersionsResponse::default().with_api_keys(apis.filter(|api| api.max_version >= 0).collect())
}

/// A text for messages.
pub fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

type Script = dyn Fn(&Request) -> Reply + Send + Sync;

/// The running broker; it ends with this value.
pub struct Scripted {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

struct Shared {
    script: Box<Script>,
    tls: Option<Arc<ServerConfig>>,
    ending: AtomicBool,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    connections: Vec<TcpStream>,
    seen: Vec<(usize, ApiKey, i16)>,
}

impl Scripted {
    /// A broker that answers `ApiVersions` with everything and the rest by `script`.
    pub fn start(script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_raw(None, move |request| match request.key {
            ApiKey::ApiVersions => request.answer(&offers(&[])),
            _ => script(request),
        })
    }

    /// A broker that leaves everything to `script`, over TLS where a configuration is given.
    pub fn start_raw(
        tls: Option<ServerConfig>,
        script: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::listen("127.0.0.1:0", tls, script)
    }

    /// The same at a given address.
    pub fn listen(
        at: &str,
        tls: Option<ServerConfig>,
        script: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(at).expect("a free port");
        let address = listener.local_addr().expect("a bound port");
        let shared = Arc::new(Shared {
            script: Box::new(script),
            tls: tls.map(Arc::new),
            ending: AtomicBool::new(false),
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let acceptor = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared)
        });
        Self { address, shared, acceptor: Some(acceptor) }
    }

    /// The requests so far: connection, API, version.
    pub fn seen(&self) -> Vec<(usize, ApiKey, i16)> {
        self.shared.state.lock().unwrap().seen.clone()
    }

    /// How many requests of this API have come.
    pub fn count(&self, key: ApiKey) -> usize {
        self.seen().iter().filter(|(_, other, _)| *other == key).count()
    }

    /// How many connections there have been.
    pub fn connections(&self) -> usize {
        self.shared.state.lock().unwrap().connections.len()
    }

    /// Waits until a request of this API has come.
    pub fn wait_for(&self, key: ApiKey) {
        let arrived = |state: &mut State| !state.seen.iter().any(|(_, other, _)| *other == key);
        let state = self.shared.state.lock().unwrap();
        let patience = Duration::from_mins(1);
        let waited = self.shared.changed.wait_timeout_while(state, patience, arrived).unwrap();
        assert!(!waited.1.timed_out(), "no {key:?} came");
    }

    /// Cuts every connection.
    pub fn cut_all(&self) {
        for connection in &self.shared.state.lock().unwrap().connections {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }

    /// A plain configuration that knows this broker only.
    pub fn config(&self) -> ClientConfig {
        config(&[self.address])
    }
}

/// A plain configuration.
pub fn config(servers: &[SocketAddr]) -> ClientConfig {
    let server = |at: &SocketAddr| Address { host: at.ip().to_string(), port: at.port() };
    ClientConfig {
        bootstrap: servers.iter().map(server).collect(),
        controllers: false,
        client_id: "kward-test".to_owned(),
        tls: None,
        sasl: None,
        request_timeout: Duration::from_secs(20),
        proxy: None,
        connect_timeout: Duration::from_secs(10),
        cluster_id: None,
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.shared.ending.store(true, Ordering::SeqCst);
        self.cut_all();
        let _ = TcpStream::connect(self.address);
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.ending.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let _ = stream.set_nodelay(true);
        let number = {
            let mut state = shared.state.lock().unwrap();
            state.connections.push(stream.try_clone().expect("a second handle"));
            state.connections.len() - 1
        };
        let shared = Arc::clone(shared);
        std::thread::spawn(move || {
            let _ = match &shared.tls {
                None => serve(stream.try_clone().expect("a second handle"), number, &shared),
                Some(config) => ServerConnection::new(Arc::clone(config))
                    .map_err(io::Error::other)
                    .and_then(|tls| {
                        let stream = stream.try_clone().expect("a second handle");
                        serve(StreamOwned::new(tls, stream), number, &shared)
                    }),
            };
            let _ = stream.shutdown(Shutdown::Both);
        });
    }
}

fn serve(mut stream: impl Read + Write, number: usize, shared: &Shared) -> io::Result<()> {
    loop {
        let mut length = [0; 4];
        stream.read_exact(&mut length)?;
        let length = i32::from_be_bytes(length);
        if !(0..100 << 20).contains(&length) {
            // What Kafka does: socket.request.max.bytes.
            return Ok(());
        }
        let mut frame = vec![0; usize::try_from(length).expect("checked above")];
        stream.read_exact(&mut frame)?;
        let Some(request) = parse(number, frame.into()) else { return Ok(()) };
        {
            let mut state = shared.state.lock().unwrap();
            state.seen.push((number, request.key, request.version));
            shared.changed.notify_all();
        }
        match (shared.script)(&request) {
            Reply::Send(bytes) => stream.write_all(&bytes)?,
            Reply::SendAndClose(bytes) => {
                stream.write_all(&bytes)?;
                return stream.flush();
            }
            Reply::Close => return Ok(()),
            Reply::Silence => {}
        }
        stream.flush()?;
    }
}

fn parse(connection: usize, mut frame: Bytes) -> Option<Request> {
    let key = ApiKey::try_from(i16::from_be_bytes(*frame.first_chunk::<2>()?)).ok()?;
    let version = i16::from_be_bytes(*frame.get(2..)?.first_chunk::<2>()?);
    let header = RequestHeader::decode(&mut frame, key.request_header_version(version)).ok()?;
    let correlation_id = header.correlation_id;
    Some(Request { connection, key, version, correlation_id, body: frame })
}
