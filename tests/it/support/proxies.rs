//! Small proxies on this machine: SOCKS5 and CONNECT of HTTP. They note where they were asked to lead,
//! and know names that no name service does.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::listening::Listening;

/// What a proxy does instead of what it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: it leads on.
    None,
    /// SOCKS5's reply, or HTTP's status.
    Refuse(u16),
    /// It closes the connection after the first message.
    Close,
    /// It says nothing.
    Silence,
    /// It speaks something else.
    Babble,
}

/// How a proxy is to behave.
#[derive(Debug, Clone)]
pub struct Behaviour {
    pub http: bool,
    /// The user and the password that it wants.
    pub login: Option<(String, String)>,
    pub fault: Fault,
}

/// The running proxy; it ends with this value.
pub struct Proxy {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    _listening: Listening,
}

struct Shared {
    behaviour: Behaviour,
    targets: Mutex<Vec<String>>,
}

impl Proxy {
    pub fn socks5(login: Option<(&str, &str)>) -> Self {
        Self::start(false, login, Fault::None)
    }

    pub fn http(login: Option<(&str, &str)>) -> Self {
        Self::start(true, login, Fault::None)
    }

    pub fn start(http: bool, login: Option<(&str, &str)>, fault: Fault) -> Self {
        let login = login.map(|(user, password)| (user.to_owned(), password.to_owned()));
        let behaviour = Behaviour { http, login, fault };
        let shared = Arc::new(Shared { behaviour, targets: Mutex::default() });
        let serving = Arc::clone(&shared);
        let listening = Listening::start(move |stream| serving.serve(stream).is_err());
        Self { address: listening.address, shared, _listening: listening }
    }

    /// Where it was asked to lead, in the order of the requests.
    pub fn targets(&self) -> Vec<String> {
        self.shared.targets.lock().unwrap().clone()
    }
}

/// Where a name leads: `anything.proxied` is this machine.
fn resolved(target: &str) -> String {
    match target.rsplit_once(':') {
        Some((host, port)) if host.ends_with(".proxied") => format!("127.0.0.1:{port}"),
        _ => target.to_owned(),
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) -> io::Result<()> {
        if self.behaviour.http { self.http(stream) } else { self.socks5(stream) }
    }

    fn lead(&self, mut client: TcpStream, target: &str, good: &[u8], bad: &[u8]) -> io::Result<()> {
        self.targets.lock().unwrap().push(target.to_owned());
        let Ok(broker) = TcpStream::connect(resolved(target)) else {
            client.write_all(bad)?;
            return Err(io::Error::other("refused"));
        };
        client.write_all(good)?;
        let (mut from, mut to) = (broker.try_clone()?, client.try_clone()?);
        std::thread::spawn(move || {
            let _ = io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Both);
        });
        let mut broker = broker;
        let copied = io::copy(&mut client, &mut broker);
        let _ = broker.shutdown(Shutdown::Both);
        copied.map(drop)
    }

    /// What a fault does instead of speaking the protocol.
    fn misbehave(&self, stream: &mut TcpStream) -> Option<io::Result<()>> {
        match self.behaviour.fault {
            Fault::Close => Some(Err(io::Error::other("closed"))),
            Fault::Silence => Some(Ok(())),
            Fault::Babble => Some(
                stream
                    .write_all(b"220 mail ready\r\n")
                    .and_then(|()| Err(io::Error::other("babbled"))),
            ),
            Fault::None | Fault::Refuse(_) => None,
        }
    }

    fn socks5(&self, mut stream: TcpStream) -> io::Result<()> {
        let mut head = [0; 2];
        stream.read_exact(&mut head)?;
        let mut methods = vec![0; usize::from(head[1])];
        stream.read_exact(&mut methods)?;
        if let Some(ended) = self.misbehave(&mut stream) {
            return ended;
        }
        let wanted = if self.behaviour.login.is_some() { 2 } else { 0 };
        if !methods.contains(&wanted) {
            stream.write_all(&[5, 0xff])?;
            return Err(io::Error::other("no method"));
        }
        stream.write_all(&[5, wanted])?;
        if let Some(login) = &self.behaviour.login {
            let mut version = [0];
            stream.read_exact(&mut version)?;
            let said = (short_text(&mut stream)?, short_text(&mut stream)?);
            stream.write_all(&[1, u8::from(said != *login)])?;
            if said != *login {
                return Err(io::Error::other("wrong login"));
            }
        }
        let mut request = [0; 4];
        stream.read_exact(&mut request)?;
        let host = match request[3] {
            1 => {
                let mut ip = [0; 4];
                stream.read_exact(&mut ip)?;
                std::net::Ipv4Addr::from(ip).to_string()
            }
            4 => {
                let mut ip = [0; 16];
                stream.read_exact(&mut ip)?;
                format!("[{}]", std::net::Ipv6Addr::from(ip))
            }
            _ => short_text(&mut stream)?,
        };
        let mut port = [0; 2];
        stream.read_exact(&mut port)?;
        let target = format!("{host}:{}", u16::from_be_bytes(port));
        let reply = |code: u8| [5, code, 0, 1, 0, 0, 0, 0, 0, 0];
        if let Fault::Refuse(code) = self.behaviour.fault {
            self.targets.lock().unwrap().push(target);
            stream.write_all(&reply(u8::try_from(code).expect("a reply's code")))?;
            return Err(io::Error::other("refused"));
        }
        self.lead(stream, &target, &reply(0), &reply(5))
    }

    fn http(&self, mut stream: TcpStream) -> io::Result<()> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let answer =
            |status: u16| format!("HTTP/1.1 {status} Whatever\r\nX: y\r\n\r\n").into_bytes();
        let refused = |stream: &mut TcpStream, status| {
            stream.write_all(&answer(status))?;
            Err(io::Error::other("refused"))
        };
        if let Some(ended) = self.misbehave(&mut stream) {
            return ended;
        }
        if let Fault::Refuse(status) = self.behaviour.fault {
            return refused(&mut stream, status);
        }
        if let Some((user, password)) = &self.behaviour.login {
            let wanted = STANDARD.encode(format!("{user}:{password}"));
            if !head.contains(&format!("Proxy-Authorization: Basic {wanted}\r\n")) {
                return refused(&mut stream, 407);
            }
        }
        self.lead(stream, &target, &answer(200), &answer(502))
    }
}

fn short_text(stream: &mut TcpStream) -> io::Result<String> {
    let mut length = [0];
    stream.read_exact(&mut length)?;
    let mut text = vec![0; usize::from(length[0])];
    stream.read_exact(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
