//! From a host and a port to a TCP connection: name lookup that cannot hold up the exit, every
//! address of a name, the next one not waiting for the first to fail.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::net::TcpStream;
use tokio::sync::{OnceCell, oneshot};

use crate::settings::{Address, Proxy};

use super::connection::Stream;
use super::deadline::{Deadline, Expiry, show};
use super::failure;
use super::fault::{Fault, Outcome};

/// Looks a name up. It may block: it runs on a thread of its own that nobody waits for.
pub type Resolver = Arc<dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync>;

/// How long the first of several servers or addresses is tried alone.
pub(super) const HEAD_START: Duration = Duration::from_millis(250);

/// The operating system's resolver.
pub(super) fn system_resolver() -> Resolver {
    Arc::new(|host, port| (host, port).to_socket_addrs().map(Iterator::collect))
}

/// `broker1:9092`, `[::1]:9092`.
pub(super) fn show_address(address: &Address) -> String {
    let shown = crate::model::host_and_port(&address.host, address.port);
    crate::model::visible(&shown).into_owned()
}

/// Runs blocking `work` on a thread that nobody waits for: when the caller goes away, so does the result.
pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<T> {
    let (tell, told) = oneshot::channel();
    std::thread::Builder::new().name("kward-aside".to_owned()).spawn(move || {
        let _ = tell.send(work());
    })?;
    told.await.map_err(|_| io::Error::other("a thread ended without a result"))
}

/// How connections are made.
#[derive(Clone)]
pub(super) struct Way {
    pub resolver: Resolver,
    /// What they go through.
    pub proxy: Option<Proxy>,
    /// How that is spoken to in TLS; made once, by the first connection that needs it.
    pub proxy_tls: Arc<OnceCell<Arc<rustls::ClientConfig>>>,
    /// How long connecting to one address may take.
    pub limit: Duration,
}

/// A line to a broker, whatever it goes through.
pub(super) struct Line {
    pub stream: Box<dyn Stream>,
    /// Who is at its other end, where nothing is in between.
    pub peer: Option<IpAddr>,
}

impl Way {
    /// Connects to the first address of `address` that answers, or has the proxy do so.
    pub async fn dial(&self, address: &Address, deadline: Deadline) -> Outcome<Line> {
        if let Some(proxy) = &self.proxy {
            let stream = Box::pin(super::proxy::dial(proxy, address, self, deadline)).await?;
            return Ok(Line { stream, peer: None });
        }
        let stream = direct(address, &self.resolver, self.limit, deadline).await?;
        let peer = stream.peer_addr().ok().map(|peer| peer.ip());
        Ok(Line { stream: Box::new(stream), peer })
    }
}

async fn direct(
    address: &Address,
    resolver: &Resolver,
    limit: Duration,
    deadline: Deadline,
) -> Outcome<TcpStream> {
    let targets = lookup(address, resolver, deadline).await?;
    let shown = show_address(address);
    let mut failures: Vec<(SocketAddr, io::Error)> = Vec::new();
    let mut waiting = targets.iter().copied();
    // Not on tasks of their own: polled once, the first connection is under way.
    let mut under_way = FuturesUnordered::new();
    let start = |target: SocketAddr| async move { (target, connect(target, limit).await) };
    let work = async {
        loop {
            if under_way.is_empty() {
                under_way.push(start(waiting.next()?));
            }
            tokio::select! {
                Some((target, ended)) = under_way.next() => match ended {
                    Ok(stream) => return Some(stream),
                    Err(error) => failures.push((target, error)),
                },
                () = tokio::time::sleep(HEAD_START), if waiting.len() > 0 => {
                    if let Some(target) = waiting.next() {
                        under_way.push(start(target));
                    }
                }
            }
        }
    };
    match deadline.within(Duration::MAX, work).await {
        Ok(Some(stream)) => Ok(stream),
        Ok(None) => Err(Fault::elsewhere(failure::unreachable(&shown, address, &failures))),
        Err(Expiry::Deadline | Expiry::Limit) => {
            Err(Fault::deadline(deadline, &format!("connecting to `{shown}`")))
        }
    }
}

async fn connect(target: SocketAddr, limit: Duration) -> io::Result<TcpStream> {
    let stream =
        tokio::time::timeout(limit, TcpStream::connect(target)).await.map_err(|_| {
            io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {}", show(limit)))
        })??;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The addresses of a name; an IP literal is its own.
pub(super) async fn lookup(
    address: &Address,
    resolver: &Resolver,
    deadline: Deadline,
) -> Outcome<Vec<SocketAddr>> {
    if let Ok(literal) = address.host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(literal, address.port)]);
    }
    let (resolver, host, port) = (Arc::clone(resolver), address.host.clone(), address.port);
    let work = aside(move || resolver(&host, port));
    match deadline.within(Duration::MAX, work).await {
        Ok(Ok(Ok(found))) if !found.is_empty() => Ok(found),
        Ok(Ok(Ok(_))) => Err(Fault::elsewhere(failure::name_not_found(address, "no address"))),
        Ok(Ok(Err(error)) | Err(error)) => {
            Err(Fault::elsewhere(failure::name_not_found(address, &error.to_string())))
        }
        Err(_) => {
            let name = crate::model::visible(&address.host);
            Err(Fault::deadline(deadline, &format!("looking up the name `{name}`")))
        }
    }
}
