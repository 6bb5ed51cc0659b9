//! One connection to one broker, past its handshakes: requests are pipelined, answers are told
//! apart by their correlation ids.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::protocol::VersionRange;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

use crate::error::KafkaError;
use crate::settings::{Address, Tls};

use super::deadline::{Deadline, Expiry};
use super::failure::{self, Death};
use super::fault::{Fault, Nature, Outcome};
use super::frame::{self, Ask, FrameReader};
use super::reader::{Malformed, Reader};
use super::trace::{Exchange, Trace};
use super::versions::Versions;

/// What is spoken over: TCP, or TLS over it.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Stream for T {}

/// An answer that this client reads, in domain types.
pub(super) trait Reply: Sized {
    /// The versions that [`Reply::read`] understands.
    const VERSIONS: VersionRange;

    /// Reads the message behind the header.
    fn read(reader: &mut Reader<'_>, version: i16) -> Result<Self, Malformed>;

    /// What the answer says about the request as a whole.
    fn failure(&self) -> Option<&KafkaError>;
}

/// One connection. Dropping it closes it.
pub(super) struct Connection {
    /// `broker1:9092`, as dialled, safe to show.
    pub name: String,
    pub versions: Versions,
    /// Where it leads.
    pub address: Address,
    tls: Option<Tls>,
    client_id: String,
    request_timeout: Duration,
    /// When another connection takes its place: before its session ends (KIP-368).
    retires: Option<Instant>,
    trace: Option<Arc<dyn Trace>>,
    outbox: mpsc::UnboundedSender<Outgoing>,
    shared: Arc<Shared>,
    reader: AbortHandle,
}

struct Shared {
    waiting: Mutex<Waiting>,
    next_id: AtomicI32,
    /// Whether an answer has come since the handshakes.
    proven: AtomicBool,
    throttled_until: Mutex<Option<Instant>>,
}

#[derive(Default)]
struct Waiting {
    queue: VecDeque<Pending>,
    death: Option<Death>,
}

struct Pending {
    correlation_id: i32,
    answer: oneshot::Sender<Result<Bytes, Death>>,
}

struct Outgoing {
    frame: Bytes,
    pending: Pending,
    sent: Arc<AtomicBool>,
}

/// What [`Connection::new`] needs to know.
pub(super) struct Parts {
    pub name: String,
    pub address: Address,
    pub versions: Versions,
    /// How TLS is spoken, for messages.
    pub tls: Option<Tls>,
    pub client_id: String,
    pub request_timeout: Duration,
    pub trace: Option<Arc<dyn Trace>>,
    /// The first correlation id that the handshakes have not used.
    pub next_id: i32,
    /// How long the broker lets the session last (KIP-368).
    pub session: Option<Duration>,
}

/// How much of a session is used: what is left is for the requests under way.
const USED_OF_SESSION: f64 = 0.85;

impl Connection {
    /// Takes over a stream whose handshakes are done; `frames` may hold bytes already.
    pub fn new(stream: Box<dyn Stream>, frames: FrameReader, parts: Parts) -> Self {
        let (read, write) = tokio::io::split(stream);
        let (outbox, inbox) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            waiting: Mutex::default(),
            next_id: AtomicI32::new(parts.next_id),
            proven: AtomicBool::new(false),
            throttled_until: Mutex::default(),
        });
        tokio::spawn(write_requests(write, inbox, Arc::clone(&shared)));
        let reader = tokio::spawn(read_answers(read, frames, Arc::clone(&shared)));
        Self {
            name: parts.name,
            versions: parts.versions,
            address: parts.address,
            tls: parts.tls,
            client_id: parts.client_id,
            request_timeout: parts.request_timeout,
            retires: parts
                .session
                .and_then(|session| Instant::now().checked_add(session.mul_f64(USED_OF_SESSION))),
            trace: parts.trace,
            outbox,
            shared,
            reader: reader.abort_handle(),
        }
    }

    /// Whether it can still be used.
    pub fn is_alive(&self) -> bool {
        let retired = self.retires.is_some_and(|at| at <= Instant::now());
        !retired && self.shared.waiting().death.is_none() && !self.outbox.is_closed()
    }

    /// The version that [`Connection::call`] speaks.
    pub fn version_for<R: Ask, T: Reply>(&self) -> Outcome<i16> {
        self.versions.pick::<R>(T::VERSIONS, &self.name).map_err(Fault::everywhere)
    }

    /// Sends `request` in the highest common version and reads its answer.
    pub async fn call<R: Ask, T: Reply>(&self, request: &R, deadline: Deadline) -> Outcome<T> {
        let api = R::NAME;
        let version = self.version_for::<R, T>()?;
        self.wait_out_throttle(deadline, api).await?;
        let id = self.shared.next_id.fetch_add(1, Ordering::Relaxed);
        let bytes =
            frame::encode(request, version, id, &self.client_id).map_err(Fault::everywhere)?;
        let began = Instant::now();
        let size = bytes.len();
        let answer = self.exchange(bytes, id, api, deadline).await;
        let took = began.elapsed();
        let mut throttle_ms = 0;
        let read = match &answer {
            Ok(bytes) => {
                self.shared.proven.store(true, Ordering::Relaxed);
                let flexible = R::header_version(version) >= 2;
                let mut reader = Reader::new(bytes, flexible);
                // The header of the answer has tagged fields of its own, except that of ApiVersions.
                let tagged = flexible && R::KEY != ApiKey::ApiVersions as i16;
                let header = if tagged { reader.tags() } else { Ok(()) };
                let read = header.and_then(|()| T::read(&mut reader, version));
                throttle_ms = reader.throttle_ms;
                read.map_err(|malformed| {
                    Fault::everywhere(failure::malformed(&self.name, api, malformed)).sent(true)
                })
            }
            Err(fault) => Err(fault.clone()),
        };
        let throttle = Duration::from_millis(u64::try_from(throttle_ms).unwrap_or(0));
        self.throttle(throttle);
        if let Some(trace) = &self.trace {
            trace.exchange(&Exchange {
                broker: &self.name,
                api,
                version,
                sent: size,
                received: answer.as_ref().ok().map(|bytes| bytes.len() + 8),
                took,
                throttle,
            });
        }
        read
    }

    /// The bytes behind the correlation id.
    async fn exchange(
        &self,
        frame: Bytes,
        correlation_id: i32,
        api: &str,
        deadline: Deadline,
    ) -> Outcome<Bytes> {
        let (tell, told) = oneshot::channel();
        let sent = Arc::new(AtomicBool::new(false));
        let pending = Pending { correlation_id, answer: tell };
        let outgoing = Outgoing { frame, pending, sent: Arc::clone(&sent) };
        if self.outbox.send(outgoing).is_err() {
            return Err(self.lost(api, false, None));
        }
        let answer = deadline.within(self.request_timeout, told).await;
        let sent = sent.load(Ordering::Relaxed);
        let phase = || format!("waiting for the answer of `{}` to {api}", self.name);
        match answer {
            Ok(Ok(Ok(bytes))) => Ok(bytes),
            // Another request on this connection met the same deadline a moment earlier.
            Ok(Ok(Err(Death::Abandoned))) if deadline.passed() => {
                Err(Fault::deadline(deadline, &phase()).sent(sent))
            }
            Ok(Ok(Err(death))) => Err(self.lost(api, sent, Some(death))),
            Ok(Err(_)) => Err(self.lost(api, sent, None)),
            Err(expiry) => {
                // The answer may come later, or a part of it: what follows cannot rely on this connection.
                self.shared.die(&Death::Abandoned);
                self.reader.abort();
                Err(match expiry {
                    Expiry::Deadline => Fault::deadline(deadline, &phase()),
                    Expiry::Limit => Fault::elsewhere(failure::request_timeout(
                        &self.name,
                        api,
                        self.request_timeout,
                    )),
                }
                .sent(sent))
            }
        }
    }

    fn lost(&self, api: &str, sent: bool, death: Option<Death>) -> Fault {
        let death = death.or_else(|| self.shared.waiting().death.clone()).unwrap_or(Death::Closed);
        let unproven = !self.shared.proven.load(Ordering::Relaxed);
        let nature = match death {
            Death::Tls(_) | Death::Violation(_) => Nature::Here,
            _ if unproven => Nature::Unwelcome,
            _ => Nature::Elsewhere,
        };
        let error = failure::lost(&self.name, api, &death, self.tls.as_ref());
        Fault { error, nature, sent }
    }

    /// KIP-219: the broker answers first and then expects silence for a while.
    fn throttle(&self, pause: Duration) {
        if !pause.is_zero() {
            let until = Instant::now() + pause;
            *self.shared.throttled_until.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(until);
        }
    }

    async fn wait_out_throttle(&self, deadline: Deadline, api: &str) -> Outcome<()> {
        let until = *self.shared.throttled_until.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(until) = until else { return Ok(()) };
        let pause = until.saturating_duration_since(Instant::now());
        if pause.is_zero() || deadline.sleep(pause).await {
            return Ok(());
        }
        let phase = format!("holding {api} back, because `{}` throttles this client", self.name);
        Err(Fault::deadline(deadline, &phase))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Shared {
    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends every wait; the first reason stays.
    fn die(&self, death: &Death) {
        let mut waiting = self.waiting();
        let death = waiting.death.get_or_insert_with(|| death.clone()).clone();
        for pending in waiting.queue.drain(..) {
            let _ = pending.answer.send(Err(death.clone()));
        }
    }

    /// Notes a request that is about to be written; gives it back when the connection is dead.
    fn expect(&self, pending: Pending) -> Result<(), Pending> {
        let mut waiting = self.waiting();
        if waiting.death.is_some() {
            return Err(pending);
        }
        waiting.queue.push_back(pending);
        Ok(())
    }

    /// A broker answers in the order of the requests.
    fn deliver(&self, mut frame: Bytes) -> Result<(), Death> {
        let Some(id) = frame.first_chunk::<4>().map(|id| i32::from_be_bytes(*id)) else {
            return Err(Death::Violation("an answer has no correlation id".to_owned()));
        };
        let next = self.waiting().queue.pop_front();
        let Some(pending) = next else {
            return Err(Death::Violation("an answer came that nobody asked for".to_owned()));
        };
        if pending.correlation_id != id {
            let expected = pending.correlation_id;
            let death = Death::Violation(format!(
                "an answer has the wrong correlation id ({id} where {expected} was due)"
            ));
            let _ = pending.answer.send(Err(death.clone()));
            return Err(death);
        }
        bytes::Buf::advance(&mut frame, 4);
        let _ = pending.answer.send(Ok(frame));
        Ok(())
    }
}

async fn write_requests(
    mut stream: WriteHalf<Box<dyn Stream>>,
    mut inbox: mpsc::UnboundedReceiver<Outgoing>,
    shared: Arc<Shared>,
) {
    while let Some(outgoing) = inbox.recv().await {
        if let Err(pending) = shared.expect(outgoing.pending) {
            let death = shared.waiting().death.clone().unwrap_or(Death::Closed);
            let _ = pending.answer.send(Err(death));
            break;
        }
        outgoing.sent.store(true, Ordering::Relaxed);
        let written = async {
            stream.write_all(&outgoing.frame).await?;
            stream.flush().await
        };
        // The reader says why the connection ended: a TLS alert, or what the broker said last.
        if written.await.is_err() {
            break;
        }
    }
    inbox.close();
    while let Ok(outgoing) = inbox.try_recv() {
        let death = shared.waiting().death.clone().unwrap_or(Death::Closed);
        let _ = outgoing.pending.answer.send(Err(death));
    }
    let _ = stream.shutdown().await;
}

async fn read_answers(
    mut stream: ReadHalf<Box<dyn Stream>>,
    mut frames: FrameReader,
    shared: Arc<Shared>,
) {
    loop {
        let delivered = match frames.next(&mut stream).await {
            Ok(frame) => shared.deliver(frame),
            Err(cut) => Err(Death::of(cut)),
        };
        if let Err(death) = delivered {
            shared.die(&death);
            return;
        }
    }
}
