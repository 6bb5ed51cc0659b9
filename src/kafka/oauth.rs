//! Bearer tokens: one for all connections of a client, from whoever gives it, and renewed when it has
//! expired. What the broker makes of a token is in `sasl.rs`.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::error::Error;
use crate::model::visible;
use crate::settings::{ClientCredentials, GivenToken, OAuthBearer, TokenSource};

use super::client::Backoff;
use super::deadline::Deadline;
use super::dial::{aside, show_address};
use super::fault::{Fault, Outcome};
use super::http::{self, Response, form_encode};
use super::setup::Setup;
use super::tls;

/// A token that expires sooner is not used any more.
const MARGIN: i64 = 5;
/// How often an endpoint is asked that has trouble of its own.
const MOST_ATTEMPTS: u32 = 3;

/// A token and what it says about itself.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub text: SecretString,
    pub claims: Claims,
}

/// What a JWT says (RFC 7519), unverified: for messages, and to know when it is over. Nothing is known
/// of other kinds of tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Claims {
    pub subject: Option<String>,
    issuer: Option<String>,
    audience: Vec<String>,
    expires: Option<Timestamp>,
}

/// The token of a client.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    current: tokio::sync::Mutex<Option<Token>>,
    subject: Mutex<Option<String>>,
}

impl Token {
    fn new(text: SecretString) -> Self {
        let claims = Claims::of(text.expose_secret());
        Self { text, claims }
    }

    fn expired(&self, now: Timestamp) -> bool {
        self.claims.expires.is_some_and(|at| at.as_second() < now.as_second() + MARGIN)
    }
}

impl Claims {
    fn of(token: &str) -> Self {
        let mut parts = token.split('.');
        let (Some(_), Some(payload), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Self::default();
        };
        let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).unwrap_or_default();
        let Ok(claims) = serde_json::from_slice::<Value>(&bytes) else { return Self::default() };
        let text = |key: &str| claims[key].as_str().map(str::to_owned);
        let audience = match &claims["aud"] {
            Value::Array(all) => {
                all.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect()
            }
            one => one.as_str().map(str::to_owned).into_iter().collect(),
        };
        #[allow(clippy::cast_possible_truncation)] // Seconds; a fraction of them does not matter.
        let expires = claims["exp"].as_f64().and_then(|at| Timestamp::from_second(at as i64).ok());
        Self { subject: text("sub"), issuer: text("iss"), audience, expires }
    }

    /// `it is for User, issued by …`; `None` when nothing is known.
    pub fn told(&self) -> Option<String> {
        let quoted = |text: &String| format!("`{}`", visible(text));
        let mut parts = Vec::new();
        parts.extend(self.subject.as_ref().map(|subject| format!("it is for {}", quoted(subject))));
        parts.extend(self.issuer.as_ref().map(|issuer| format!("issued by {}", quoted(issuer))));
        if !self.audience.is_empty() {
            let audience: Vec<String> = self.audience.iter().map(quoted).collect();
            parts.push(format!("for the audience {}", audience.join(", ")));
        }
        parts.extend(self.expires.map(|until| format!("valid until {until}")));
        (!parts.is_empty()).then(|| format!("the token says that {}", parts.join(", ")))
    }
}

impl Tokens {
    /// Whom the token is for, once there is one.
    pub fn subject(&self) -> Option<String> {
        self.subject.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The token, which is asked for when there is none yet or when it has expired.
    pub async fn get(
        &self,
        setup: &Setup,
        oauth: &OAuthBearer,
        deadline: Deadline,
    ) -> Outcome<Token> {
        let Ok(mut current) = deadline.within(Duration::MAX, self.current.lock()).await else {
            return Err(Fault::deadline(deadline, "waiting for a token"));
        };
        let now = Timestamp::now();
        if let Some(token) = current.as_ref().filter(|token| !token.expired(now)) {
            return Ok(token.clone());
        }
        let token = match &oauth.source {
            TokenSource::Given(given) => of_settings(given, now, deadline).await?,
            TokenSource::ClientCredentials(client) => {
                of_endpoint(setup, client, now, deadline).await?
            }
        };
        self.subject
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone_from(&token.claims.subject);
        *current = Some(token.clone());
        Ok(token)
    }
}

/// The token that was there at first, or, when that has expired, the one that is there now.
async fn of_settings(given: &GivenToken, now: Timestamp, deadline: Deadline) -> Outcome<Token> {
    let first = Token::new(given.first.clone());
    if !first.expired(now) {
        return Ok(first);
    }
    let again = given.again.clone();
    let looked = deadline.within(Duration::MAX, aside(move || (again.0)())).await;
    let looked = looked.map_err(|_| Fault::deadline(deadline, "looking the token up"))?;
    let text = looked
        .map_err(|error| Error::failed("cannot start a thread").caused_by(error))
        .and_then(|found| found)
        .map_err(Fault::everywhere)?;
    let token = Token::new(text);
    if token.expired(now) {
        let what = format!("the token of {} has expired", given.origin);
        return Err(Fault::everywhere(expired(what, &token).hint("get a new one")));
    }
    Ok(token)
}

fn expired(what: String, token: &Token) -> Error {
    let error = Error::failed(what);
    match token.claims.expires {
        Some(at) => error.caused_by(format!("it was valid until {at}")),
        None => error,
    }
}

/// What a failure at an endpoint means for another attempt.
enum Trouble {
    /// It may be over in a moment.
    Passing(Error),
    Final(Fault),
}

async fn of_endpoint(
    setup: &Setup,
    client: &ClientCredentials,
    now: Timestamp,
    deadline: Deadline,
) -> Outcome<Token> {
    let url = show_url(client);
    let mut backoff = Backoff::new();
    let mut attempts = 1;
    let text = loop {
        match ask(setup, client, &url, deadline).await {
            Ok(text) => break text,
            Err(Trouble::Final(fault)) => return Err(fault),
            Err(Trouble::Passing(error)) if attempts == MOST_ATTEMPTS => {
                return Err(Fault::everywhere(error));
            }
            Err(Trouble::Passing(error)) => {
                attempts += 1;
                if !backoff.pause(deadline).await {
                    return Err(Fault::everywhere(error));
                }
            }
        }
    };
    let token = Token::new(text);
    if token.expired(now) {
        let what = format!("the token that `{url}` gives has expired");
        let error = expired(what, &token).hint("this machine's clock, or the provider's, is wrong");
        return Err(Fault::everywhere(error));
    }
    Ok(token)
}

/// One request, from the connection to the token.
async fn ask(
    setup: &Setup,
    client: &ClientCredentials,
    url: &str,
    deadline: Deadline,
) -> Result<SecretString, Trouble> {
    let limit = setup.config.request_timeout;
    let exchange = async {
        let stream = connect(setup, client, url, deadline).await?;
        let said = send(stream, client).await;
        said.map_err(|error| {
            let failed = Error::failed(format!("the token endpoint `{url}` did not answer"));
            Trouble::Passing(failed.caused_by(visible(&error.to_string())))
        })
    };
    match deadline.within(limit, exchange).await {
        Ok(response) => token_of(&response?, client, url),
        Err(_) if deadline.passed() => {
            let phase = format!("asking the token endpoint `{url}` for a token");
            Err(Trouble::Final(Fault::deadline(deadline, &phase)))
        }
        Err(_) => {
            let limit = super::deadline::show(limit);
            let what = format!("the token endpoint `{url}` did not answer within {limit}");
            let error = Error::failed(what).hint("`request.timeout.ms` gives it more time");
            Err(Trouble::Final(Fault::everywhere(error)))
        }
    }
}

async fn connect(
    setup: &Setup,
    client: &ClientCredentials,
    url: &str,
    deadline: Deadline,
) -> Result<Box<dyn super::connection::Stream>, Trouble> {
    let origin = &client.endpoint.origin;
    let cannot = |error: &Error| {
        let what = format!("the token endpoint `{url}` cannot be reached");
        let all = Error::failed(what).caused_by(error.message());
        let all = error.causes().iter().fold(all, |all, cause| all.caused_by(cause.clone()));
        all.hint(format!("check {origin}, and that this machine may reach that address"))
    };
    let address = &client.endpoint.address;
    let stream = match setup.way().dial(address, deadline).await {
        Ok(line) => line.stream,
        Err(fault) if deadline.passed() => return Err(Trouble::Final(fault)),
        Err(fault) => return Err(Trouble::Final(Fault::everywhere(cannot(&fault.error)))),
    };
    if !client.endpoint.tls {
        return Ok(stream);
    }
    let trust = client.trust.clone();
    let configured = aside(move || tls::for_endpoint(&trust)).await;
    let config = configured
        .map_err(|error| Error::failed("cannot start a thread").caused_by(error))
        .and_then(|made| made)
        .map_err(|error| Trouble::Final(Fault::everywhere(error)))?;
    match tls::handshake(config, &address.host, stream).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) => Err(Trouble::Final(Fault::everywhere(not_trusted(client, url, &error)))),
    }
}

fn not_trusted(client: &ClientCredentials, url: &str, error: &std::io::Error) -> Error {
    let failed = Error::failed(format!("TLS with the token endpoint `{url}` failed"));
    let check =
        format!("check {}: the port, and whether it is an `http://` URL", client.endpoint.origin);
    let Some(why) = tls::of_io(error) else {
        return failed.caused_by(visible(&error.to_string())).hint(check);
    };
    if matches!(why, rustls::Error::InvalidMessage(_)) {
        return Error::failed(format!("the token endpoint `{url}` does not speak TLS"))
            .caused_by("its port answers something else")
            .hint(check);
    }
    let name = show_address(&client.endpoint.address);
    let explained = tls::explain(&name, &crate::settings::Tls::default(), why);
    let failed = failed.caused_by(explained.message());
    let failed = explained.causes().iter().fold(failed, |all, cause| all.caused_by(cause.clone()));
    failed.hint(
        "the system's certificates are trusted, and those for the brokers; \
         `https.ca.location` names others for this endpoint alone",
    )
}

/// The request of the grant, as Java's clients send it.
async fn send(
    mut stream: Box<dyn super::connection::Stream>,
    client: &ClientCredentials,
) -> std::io::Result<Response> {
    let authorization = format!("Basic {}", STANDARD.encode(login(client, client.urlencode)));
    let mut form = "grant_type=client_credentials".to_owned();
    if let Some(scope) = &client.scope {
        form += "&scope=";
        form += &form_encode(scope);
    }
    let host = host_header(client);
    let headers = [("Authorization", authorization.as_str())];
    http::post(&mut stream, &host, &client.endpoint.path, &headers, &form).await
}

/// The client's id and its secret, as the header has them before they are encoded.
fn login(client: &ClientCredentials, urlencode: bool) -> String {
    let (id, secret) = (&client.client_id, client.client_secret.expose_secret());
    if urlencode {
        format!("{}:{}", form_encode(id), form_encode(secret))
    } else {
        format!("{id}:{secret}")
    }
}

/// The port that the scheme has anyway is left out.
fn host_header(client: &ClientCredentials) -> String {
    let shown = show_address(&client.endpoint.address);
    let usual = if client.endpoint.tls { ":443" } else { ":80" };
    shown.strip_suffix(usual).map_or(shown.clone(), str::to_owned)
}

/// The URL without its query, which may hold what is nobody's business.
fn show_url(client: &ClientCredentials) -> String {
    let scheme = if client.endpoint.tls { "https" } else { "http" };
    let path = client.endpoint.path.split('?').next().unwrap_or_default();
    format!("{scheme}://{}{}", host_header(client), visible(path))
}

fn token_of(
    response: &Response,
    client: &ClientCredentials,
    url: &str,
) -> Result<SecretString, Trouble> {
    let answer: Option<Value> = serde_json::from_slice(&response.body).ok();
    let is_final = |error| Trouble::Final(Fault::everywhere(error));
    if !matches!(response.status, 200 | 201) {
        let reason = answer.as_ref().and_then(|answer| reason(answer, client));
        let id = visible(&client.client_id);
        let failed = if matches!(response.status, 400 | 401 | 403) {
            Error::failed(format!("the token endpoint `{url}` refuses the client `{id}`"))
                .hint("check the client's id and secret, and the scope")
        } else {
            Error::failed(format!("the token endpoint `{url}` gives no token"))
                .hint(format!("check {}", client.endpoint.origin))
        };
        let status = format!("it answers with the HTTP status {}", response.status);
        let failed = failed.caused_by(match reason {
            Some(reason) => format!("{status}: {reason}"),
            None => status,
        });
        let passing = response.status == 429 || response.status >= 500;
        return Err(if passing { Trouble::Passing(failed) } else { is_final(failed) });
    }
    let no_token = |cause: String| {
        let error = Error::failed(format!("the token endpoint `{url}` gives no token"));
        is_final(error.caused_by(cause).hint(format!("check {}", client.endpoint.origin)))
    };
    let Some(answer) = answer else { return Err(no_token("its answer is no JSON".to_owned())) };
    match answer["access_token"].as_str().map(str::trim) {
        Some(token) if !token.is_empty() && token.chars().all(|c| c.is_ascii_graphic()) => {
            Ok(SecretString::from(token))
        }
        Some("") => Err(no_token("its `access_token` is empty".to_owned())),
        Some(_) => Err(no_token("its `access_token` has characters that no token has".to_owned())),
        None if !answer["access_token"].is_null() => {
            Err(no_token("its `access_token` is no text".to_owned()))
        }
        None => {
            let fields = answer.as_object().into_iter().flat_map(|answer| answer.keys());
            let fields: Vec<String> =
                fields.take(10).map(|name| format!("`{}`", visible(name))).collect();
            Err(no_token(if fields.is_empty() {
                "its answer holds no `access_token`".to_owned()
            } else {
                format!("its answer holds no `access_token`, but {}", fields.join(", "))
            }))
        }
    }
}

/// `invalid_client: Client authentication failed` (RFC 6749, section 5.2; the second pair is what
/// others write). A provider that repeats the secret does not get it printed.
fn reason(answer: &Value, client: &ClientCredentials) -> Option<String> {
    const LONGEST: usize = 500;
    let text = |key: &str| answer[key].as_str().filter(|text| !text.is_empty());
    let code = text("error").or_else(|| text("errorCode"))?;
    let description = text("error_description").or_else(|| text("errorSummary"));
    let reason = description.map_or_else(|| code.to_owned(), |more| format!("{code}: {more}"));
    // Also in the forms that the request has it in.
    let secret = client.client_secret.expose_secret();
    let encoded = form_encode(secret);
    let logins = [false, true].map(|urlencode| STANDARD.encode(login(client, urlencode)));
    let forms = logins.iter().map(|login| login.trim_end_matches('=')).chain([&*encoded, secret]);
    let reason = forms
        .filter(|form| !form.is_empty())
        .fold(reason, |reason, form| reason.replace(form, "(the secret)"));
    let short: String = reason.chars().take(LONGEST).collect();
    Some(visible(&short).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(payload: &str) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(payload))
    }

    #[test]
    fn what_a_token_says_about_itself() {
        let claims = Claims::of(&jwt(
            r#"{"sub":"ana","iss":"https://idp","aud":["kafka","b"],"exp":1893456000.5}"#,
        ));
        assert_eq!(
            claims.told().unwrap(),
            "the token says that it is for `ana`, issued by `https://idp`, for the audience `kafka`, `b`, \
             valid until 2030-01-01T00:00:00Z"
        );
        let token = Token::new(SecretString::from(jwt(r#"{"exp":1000}"#)));
        assert!(token.expired(Timestamp::from_second(1000).unwrap()));
        assert!(!token.expired(Timestamp::from_second(900).unwrap()));
        for text in
            ["", "opaque", "a.b", "a.b.c", "a.!.c", "a.b.c.d", &jwt("[]"), &jwt("{\"exp\":\"x\"}")]
        {
            assert_eq!(Claims::of(text), Claims::default(), "{text}");
        }
        assert_eq!(Claims::default().told(), None);
    }

    fn client(id: &str, secret: &str) -> ClientCredentials {
        ClientCredentials {
            endpoint: crate::settings::Endpoint {
                tls: false,
                address: crate::settings::Address { host: "idp".to_owned(), port: 80 },
                path: "/token".to_owned(),
                origin: "`sasl.oauthbearer.token.endpoint.url`".to_owned(),
            },
            client_id: id.to_owned(),
            client_secret: SecretString::from(secret),
            scope: None,
            urlencode: false,
            trust: crate::settings::EndpointTrust::SystemAnd(None),
        }
    }

    /// A provider that repeats the request does not get the secret printed, in whatever form.
    #[test]
    fn no_form_of_the_secret_is_repeated() {
        let client = client("c", "hunter2 SECRET/+");
        for form in [
            "hunter2 SECRET/+".to_owned(),
            "hunter2+SECRET%2F%2B".to_owned(),
            STANDARD.encode("c:hunter2 SECRET/+"),
            STANDARD.encode("c:hunter2+SECRET%2F%2B"),
            STANDARD.encode("c:hunter2 SECRET/+").trim_end_matches('=').to_owned(),
        ] {
            let answer =
                serde_json::json!({ "error": "x", "error_description": format!("Basic {form}.") });
            let told = reason(&answer, &client).unwrap();
            let told = told.replace("(the secret)=", "(the secret)");
            assert!(told.starts_with("x: Basic (the secret)") && told.ends_with('.'), "{told}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_token_is_told() {
        let client = client("c", "s");
        for (body, cause) in [
            (r#"{"access_token":""}"#, "its `access_token` is empty"),
            (r#"{"access_token":5}"#, "its `access_token` is no text"),
            (r#"{"access_token":"a b"}"#, "its `access_token` has characters that no token has"),
            (r#"{"x":1}"#, "its answer holds no `access_token`, but `x`"),
            ("{}", "its answer holds no `access_token`"),
        ] {
            let response = Response { status: 200, body: body.as_bytes().to_vec() };
            let Err(Trouble::Final(fault)) = token_of(&response, &client, "u") else {
                panic!("{body}");
            };
            assert_eq!(fault.error.causes(), [cause], "{body}");
        }
    }
}
