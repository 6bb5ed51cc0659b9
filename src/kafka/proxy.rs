//! Connections through a proxy: SOCKS5 (RFC 1928, 1929) and CONNECT of HTTP (RFC 9110).

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::error::Error;
use crate::model::visible;
use crate::settings::{Address, Proxy, ProxyKind, Tls};

use super::connection::Stream;
use super::deadline::{Deadline, Expiry, show};
use super::dial::{Way, aside, lookup, show_address};
use super::fault::{Fault, Outcome};
use super::tls;

/// The most that the head of an answer to CONNECT may have.
const LARGEST_HEAD: usize = 16 << 10;

/// Why a proxy does not lead on.
enum Refusal {
    /// It does not know the way to this broker.
    Target(String),
    /// It does not serve this client at all.
    Client(String, &'static str),
    /// Who it says that it is, nobody confirms.
    Tls(Error),
    Io(io::Error),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Refusal::Io(error)
    }
}

/// Connects to `address` by way of the proxy.
pub(super) async fn dial(
    proxy: &Proxy,
    address: &Address,
    way: &Way,
    deadline: Deadline,
) -> Outcome<Box<dyn Stream>> {
    // A name that this machine looks up stands for all of its addresses.
    let resolves = proxy.kind != ProxyKind::Socks5 { resolves: false };
    if resolves || address.host.parse::<IpAddr>().is_ok() {
        return through(proxy, address, address, way, deadline).await;
    }
    let mut last = None;
    for found in lookup(address, &way.resolver, deadline).await? {
        let target = Address { host: found.ip().to_string(), port: found.port() };
        match through(proxy, &target, address, way, deadline).await {
            Ok(stream) => return Ok(stream),
            Err(fault) if !fault.is_passing() => return Err(fault),
            Err(fault) => last = Some(fault),
        }
    }
    let none = || Fault::elsewhere(Error::failed("the name has no address"));
    Err(last.unwrap_or_else(none))
}

async fn through(
    proxy: &Proxy,
    target: &Address,
    shown: &Address,
    way: &Way,
    deadline: Deadline,
) -> Outcome<Box<dyn Stream>> {
    let (name, broker) = (show_address(&proxy.address), show_address(shown));
    let direct = Way { proxy: None, ..way.clone() };
    let dialled = Box::pin(direct.dial(&proxy.address, deadline)).await;
    let mut stream = match dialled {
        Ok(line) => line.stream,
        Err(fault) if deadline.passed() => return Err(fault),
        Err(fault) => {
            let error = Error::failed(format!("the proxy `{name}` cannot be reached"))
                .caused_by(fault.error.message());
            let causes = fault.error.causes().iter();
            let error = causes.fold(error, |error, cause| error.caused_by(cause.clone()));
            let hint = format!("check {}; `proxy.url=none` goes without one", proxy.origin);
            return Err(Fault::everywhere(error.hint(hint)));
        }
    };
    let asked = async move {
        if proxy.tls.is_some() {
            stream = in_tls(proxy, way, stream).await?;
        }
        match proxy.kind {
            ProxyKind::Socks5 { .. } => socks5(&mut stream, proxy, target).await,
            ProxyKind::HttpConnect => connect(&mut stream, proxy, target).await,
        }
        .map(|()| stream)
    };
    match deadline.within(way.limit, asked).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(refusal)) => Err(explain(refusal, &name, &broker, proxy)),
        Err(Expiry::Deadline) => {
            let phase = format!("waiting for the proxy `{name}` to connect to `{broker}`");
            let fault = Fault::deadline(deadline, &phase);
            Err(Fault { error: fault.error.hint(another_kind(proxy)), ..fault })
        }
        Err(Expiry::Limit) => {
            let cause = format!("no answer within {}", show(way.limit));
            let fault = explain(Refusal::Target(cause), &name, &broker, proxy);
            Err(Fault { error: fault.error.hint(another_kind(proxy)), ..fault })
        }
    }
}

/// Whoever is addressed in another protocol than its own may well wait for more, without a word.
fn another_kind(proxy: &Proxy) -> &'static str {
    match proxy.kind {
        _ if proxy.tls.is_some() => {
            "or it speaks no TLS itself: then it is `proxy.url=http://HOST:PORT`"
        }
        ProxyKind::Socks5 { .. } => {
            "or it is no SOCKS5 proxy: one of HTTP is `proxy.url=http://HOST:PORT`"
        }
        ProxyKind::HttpConnect => {
            "or it is no HTTP proxy: one of SOCKS5 is `proxy.url=socks5h://HOST:PORT`"
        }
    }
}

fn explain(refusal: Refusal, name: &str, broker: &str, proxy: &Proxy) -> Fault {
    match refusal {
        Refusal::Target(cause) => Fault::elsewhere(
            Error::failed(format!("the proxy `{name}` does not connect to `{broker}`"))
                .caused_by(cause)
                .hint("check host and port, and that the proxy may reach it"),
        ),
        Refusal::Client(cause, hint) => Fault::everywhere(
            Error::failed(format!("the proxy `{name}` refuses this client"))
                .caused_by(cause)
                .hint(hint),
        ),
        Refusal::Tls(why) => {
            let error = Error::failed(format!("TLS with the proxy `{name}` failed"));
            let error = error.caused_by(why.message());
            let error = why.causes().iter().fold(error, |all, cause| all.caused_by(cause.clone()));
            Fault::everywhere(error.hint(
                "the system's certificates are trusted; `https.ca.location` names others for proxies and \
                 token endpoints",
            ))
        }
        Refusal::Io(error) => {
            let cause = match error.kind() {
                io::ErrorKind::UnexpectedEof => "it closed the connection".to_owned(),
                _ => visible(&error.to_string()).into_owned(),
            };
            Fault::everywhere(
                Error::failed(format!("`{name}` does not answer as a proxy does"))
                    .caused_by(cause)
                    .hint(format!("check {}", proxy.origin)),
            )
        }
    }
}

/// Speaks TLS with the proxy itself.
async fn in_tls(
    proxy: &Proxy,
    way: &Way,
    stream: Box<dyn Stream>,
) -> Result<Box<dyn Stream>, Refusal> {
    let Some(trust) = proxy.tls.clone() else { return Ok(stream) };
    let make = || async {
        let made = aside(move || tls::for_endpoint(&trust)).await;
        made.map_err(|error| Error::failed("cannot start a thread").caused_by(error))?
    };
    let config = way.proxy_tls.get_or_try_init(make).await.map_err(Refusal::Tls)?;
    match tls::handshake(Arc::clone(config), &proxy.address.host, stream).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) => match tls::of_io(&error) {
            Some(why) => {
                let name = show_address(&proxy.address);
                Err(Refusal::Tls(tls::explain(&name, &Tls::default(), why)))
            }
            None => Err(Refusal::Io(error)),
        },
    }
}

const LOGIN: &str =
    "set `proxy.username` and `proxy.password`, or `proxy-password-file` of a context";
const CHECK_LOGIN: &str = "check `proxy.username` and `proxy.password`, or those in `proxy.url`";

fn no_proxy(what: &str) -> Refusal {
    Refusal::Io(io::Error::new(io::ErrorKind::InvalidData, what))
}

async fn socks5(
    stream: &mut Box<dyn Stream>,
    proxy: &Proxy,
    target: &Address,
) -> Result<(), Refusal> {
    let greeting: &[u8] = if proxy.login.is_some() { &[5, 2, 0, 2] } else { &[5, 1, 0] };
    stream.write_all(greeting).await?;
    let mut chosen = [0; 2];
    stream.read_exact(&mut chosen).await?;
    match (chosen, &proxy.login) {
        ([5, 0], _) => {}
        ([5, 2], Some((user, password))) => {
            socks5_login(stream, user.as_bytes(), password.expose_secret().as_bytes()).await?;
        }
        ([5, _], None) => {
            let cause = "it asks for a user and a password".to_owned();
            return Err(Refusal::Client(cause, LOGIN));
        }
        ([5, _], Some(_)) => {
            let cause = "it takes no user with a password".to_owned();
            return Err(Refusal::Client(cause, "its way of authentication is not supported"));
        }
        _ => return Err(no_proxy("it does not speak SOCKS5")),
    }
    let mut request = vec![5, 1, 0];
    match target.host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => request.extend([&[1][..], &ip.octets()].concat()),
        Ok(IpAddr::V6(ip)) => request.extend([&[4][..], &ip.octets()].concat()),
        Err(_) => {
            let length = u8::try_from(target.host.len())
                .map_err(|_| Refusal::Target("the name is longer than 255 bytes".to_owned()))?;
            request.extend([&[3, length][..], target.host.as_bytes()].concat());
        }
    }
    request.extend(target.port.to_be_bytes());
    stream.write_all(&request).await?;
    socks5_reply(stream).await
}

async fn socks5_login(
    stream: &mut Box<dyn Stream>,
    user: &[u8],
    password: &[u8],
) -> Result<(), Refusal> {
    // The settings hold both to 255 bytes.
    let length = |part: &[u8]| u8::try_from(part.len()).unwrap_or(u8::MAX);
    let parts = [&[1, length(user)][..], user, &[length(password)], password];
    stream.write_all(&parts.concat()).await?;
    let mut answer = [0; 2];
    stream.read_exact(&mut answer).await?;
    if answer[1] == 0 {
        return Ok(());
    }
    let cause = "it does not accept the user and the password".to_owned();
    Err(Refusal::Client(cause, CHECK_LOGIN))
}

async fn socks5_reply(stream: &mut Box<dyn Stream>) -> Result<(), Refusal> {
    let mut reply = [0; 4];
    stream.read_exact(&mut reply).await?;
    let [5, code, _, kind] = reply else { return Err(no_proxy("it does not speak SOCKS5")) };
    if code != 0 {
        let why = match code {
            2 => "its rules do not allow it",
            3 => "it says that the network cannot be reached",
            4 => "it says that the host cannot be reached",
            5 => "it says that the connection is refused",
            6 => "it says that the time to live has expired",
            8 => "it does not know this kind of address",
            _ => "it failed, and does not say why",
        };
        return Err(Refusal::Target(why.to_owned()));
    }
    let length = match kind {
        1 => 4,
        4 => 16,
        3 => usize::from(stream.read_u8().await?),
        _ => return Err(no_proxy("its answer breaks SOCKS5")),
    };
    // Where the proxy's own end is: of no use here, but it must be read.
    let mut bound = vec![0; length + 2];
    stream.read_exact(&mut bound).await?;
    Ok(())
}

async fn connect(
    stream: &mut Box<dyn Stream>,
    proxy: &Proxy,
    target: &Address,
) -> Result<(), Refusal> {
    let place = show_address(target);
    let mut request = format!("CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n");
    if let Some((user, password)) = &proxy.login {
        let login = STANDARD.encode(format!("{user}:{}", password.expose_secret()));
        request += &format!("Proxy-Authorization: Basic {login}\r\n");
    }
    request += "\r\n";
    stream.write_all(request.as_bytes()).await?;
    let head = head(stream).await?;
    let mut headers = [httparse::EMPTY_HEADER; 100];
    let mut response = httparse::Response::new(&mut headers);
    if response.parse(&head).is_err() {
        return Err(no_proxy("it does not speak HTTP"));
    }
    let (status, reason) = (response.code.unwrap_or_default(), response.reason.unwrap_or_default());
    let said = told(status, reason, proxy.login.is_some());
    match status {
        200..300 => Ok(()),
        407 if proxy.login.is_none() => {
            Err(Refusal::Client("it asks for a user and a password".to_owned(), LOGIN))
        }
        407 => Err(Refusal::Client(
            "it does not accept the user and the password".to_owned(),
            CHECK_LOGIN,
        )),
        400 | 405 | 501 => {
            Err(Refusal::Client(said, "it has to allow CONNECT, to the ports of the brokers too"))
        }
        _ => Err(Refusal::Target(said)),
    }
}

/// What an answer is. Some proxies repeat the request in the words behind the status, and with it the login, in
/// one form or another: to one that got a login they are believed only where they are the usual ones.
fn told(status: u16, reason: &str, logged_in: bool) -> String {
    const USUAL: [&str; 11] = [
        "bad request",
        "forbidden",
        "not found",
        "method not allowed",
        "request timeout",
        "too many requests",
        "internal server error",
        "not implemented",
        "bad gateway",
        "service unavailable",
        "gateway timeout",
    ];
    let said = format!("it answers with the HTTP status {status}");
    if logged_in && !USUAL.contains(&&*reason.trim().to_ascii_lowercase()) {
        return said;
    }
    format!("{said} ({})", visible(reason))
}

/// Up to the empty line and not a byte further: what follows is the broker's.
async fn head(stream: &mut Box<dyn Stream>) -> Result<Vec<u8>, Refusal> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == LARGEST_HEAD {
            return Err(no_proxy("it does not speak HTTP"));
        }
        head.push(stream.read_u8().await?);
        if !b"HTTP/".starts_with(&head[..head.len().min(5)]) {
            return Err(no_proxy("it does not speak HTTP"));
        }
    }
    Ok(head)
}

/// What a check says of a name that the proxy looks up.
pub(super) fn looks_names_up(proxy: Option<&Proxy>) -> bool {
    proxy.is_some_and(|proxy| proxy.kind != ProxyKind::Socks5 { resolves: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_that_the_proxy_repeats_is_not_shown() {
        let said = "you sent Proxy-Authorization: Basic dXM6czNjcjN0UFc=";
        assert_eq!(told(500, said, true), "it answers with the HTTP status 500");
        assert_eq!(told(403, "Forbidden", true), "it answers with the HTTP status 403 (Forbidden)");
        assert_eq!(
            told(403, "not today", false),
            "it answers with the HTTP status 403 (not today)"
        );
    }
}
