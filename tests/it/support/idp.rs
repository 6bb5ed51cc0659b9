//! A small identity provider: it signs tokens with a key of its own, which brokers learn from its key
//! set, and serves its token endpoint by HTTP or HTTPS, with every fault that a path asks for.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use super::listening::Listening;

/// Who issues the tokens, and whom they are for.
pub const ISSUER: &str = "https://idp.test";
pub const AUDIENCE: &str = "kafka";
/// The client's id and its secret.
pub const CLIENT: (&str, &str) = ("kward-client", "idp-s3cret+/");

/// The running provider; it ends with this value.
pub struct Idp {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    _listening: Listening,
}

struct Shared {
    key: EcdsaKeyPair,
    random: SystemRandom,
    tls: Option<Arc<ServerConfig>>,
    requests: Mutex<Vec<Request>>,
}

/// A request as it came.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub path: String,
    pub authorization: String,
    pub content_type: String,
    pub body: String,
}

impl Idp {
    pub fn start() -> Self {
        Self::listen(None)
    }

    /// Over TLS.
    pub fn listen(tls: Option<ServerConfig>) -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let key = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("a key");
        let key = EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref(), &random).expect("the key");
        let shared =
            Arc::new(Shared { key, random, tls: tls.map(Arc::new), requests: Mutex::default() });
        let serving = Arc::clone(&shared);
        let listening = Listening::start(move |stream| serving.connection(stream).is_some());
        Self { address: listening.address, shared, _listening: listening }
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        let scheme = if self.shared.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}{path}", self.address)
    }

    /// The requests for tokens so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// A signed token for `subject`.
    pub fn token(&self, subject: &str) -> String {
        self.shared.token(&claims(subject, 600))
    }

    /// A signed token with these claims.
    pub fn sign(&self, claims: &Value) -> String {
        self.shared.token(claims)
    }
}

/// The usual claims of a token that holds for so many seconds.
pub fn claims(subject: &str, lifetime: i64) -> Value {
    let now = Timestamp::now().as_second();
    json!({"sub": subject, "iss": ISSUER, "aud": AUDIENCE, "iat": now - 1, "exp": now + lifetime})
}

impl Shared {
    fn connection(&self, stream: TcpStream) -> Option<()> {
        match &self.tls {
            None => self.serve(stream),
            Some(config) => {
                let tls = ServerConnection::new(Arc::clone(config)).expect("TLS");
                self.serve(StreamOwned::new(tls, stream))
            }
        }
    }

    /// One request; `None` when the connection is left open and silent.
    fn serve(&self, stream: impl Read + Write) -> Option<()> {
        let mut reader = BufReader::new(stream);
        let Some(request) = read(&mut reader) else { return Some(()) };
        let answer = if request.path == "/jwks" {
            response(200, &self.jwks().to_string())
        } else {
            self.requests.lock().unwrap().push(request.clone());
            self.answer(&request)?
        };
        let stream = reader.get_mut();
        let _ = stream.write_all(answer.as_bytes()).and_then(|()| stream.flush());
        Some(())
    }

    fn answer(&self, request: &Request) -> Option<String> {
        let (id, secret) = CLIENT;
        let login = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
        let right = request.authorization == login;
        let token = || self.token(&claims("admin", 600));
        let good = || json!({"access_token": token(), "token_type": "Bearer"}).to_string();
        Some(match request.path.as_str() {
            "/token" if !right => {
                let why = format!("the secret {secret} is not that of the client");
                let why = json!({"error": "invalid_client", "error_description": why});
                response(401, &why.to_string())
            }
            "/chunked" => {
                let mut answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned();
                for part in good().as_bytes().chunks(100) {
                    let part = String::from_utf8_lossy(part);
                    let _ = write!(answer, "{:x}\r\n{part}\r\n", part.len());
                }
                answer + "0\r\n\r\n"
            }
            "/expired" => {
                let token = self.token(&claims("admin", -3600));
                response(200, &json!({ "access_token": token }).to_string())
            }
            "/stranger" => {
                let mut claims = claims("admin", 600);
                claims["aud"] = json!("somebody-else");
                response(200, &json!({"access_token": self.token(&claims)}).to_string())
            }
            "/empty" => response(200, r#"{"id_token":"hunter2","expires_in":1}"#),
            "/page" => response(200, "<html>please log in</html>"),
            "/scope" => {
                response(400, r#"{"error":"invalid_scope","error_description":"no such scope"}"#)
            }
            "/broken" => response(503, "down"),
            "/flaky" if self.requests.lock().unwrap().len() < 3 => response(503, "down"),
            "/token" | "/flaky" => response(200, &good()),
            "/hangup" => String::new(),
            "/silent" => return None,
            _ => response(404, "no such page"),
        })
    }

    fn jwks(&self) -> Value {
        let point = self.key.public_key().as_ref();
        let (x, y) = point[1..].split_at(32);
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        let key = json!({"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "1", "x": x, "y": y});
        json!({ "keys": [key] })
    }

    fn token(&self, claims: &Value) -> String {
        let header = json!({"alg": "ES256", "typ": "JWT", "kid": "1"});
        let parts = [&header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let signed = parts.join(".");
        let signature = self.key.sign(&self.random, signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn read(reader: &mut BufReader<impl Read>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut request = Request { path: line.split(' ').nth(1)?.to_owned(), ..Request::default() };
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => value.clone_into(&mut request.authorization),
            "content-type" => value.clone_into(&mut request.content_type),
            "content-length" => length = value.parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    request.body = String::from_utf8(body).ok()?;
    Some(request)
}

fn response(status: u16, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Whatever\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}
