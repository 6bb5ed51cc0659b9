//! What the user reads when something fails: what was tried, with whom, what came back, what to do.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use kafka_protocol::protocol::VersionRange;
use secrecy::ExposeSecret as _;

use crate::error::{AGAIN_IS_SAFE, Error, KafkaError, Kind};
use crate::model::visible;
use crate::settings::{Address, Kerberos, Mechanism, PasswordLogin, Tls};

use super::codes::{
    CLUSTER_AUTHORIZATION_FAILED, SECURITY_DISABLED, UNSUPPORTED_VERSION, kafka_error,
};
use super::deadline::show;
use super::frame::{Cut, LARGEST};
use super::probe::Listener;
use super::reader::Malformed;

pub(super) use crate::model::shell_word;

/// Why a connection ended.
#[derive(Debug, Clone)]
pub(super) enum Death {
    /// The broker closed it.
    Closed,
    /// An answer broke off.
    Inside(usize),
    /// The network failed.
    Io(String),
    /// The other side broke the protocol.
    Violation(String),
    /// TLS: an alert, or bytes that are none.
    Tls(rustls::Error),
    /// We gave up waiting.
    Abandoned,
}

impl Death {
    pub fn of(cut: Cut) -> Self {
        match cut {
            Cut::Closed => Death::Closed,
            Cut::Inside { missing } => Death::Inside(missing),
            Cut::Io(error) => match super::tls::of_io(&error) {
                Some(error) => Death::Tls(error.clone()),
                None if error.kind() == io::ErrorKind::BrokenPipe => Death::Closed,
                None => Death::Io(error.to_string()),
            },
            Cut::Length { declared, .. } => Death::Violation(format!(
                "an answer declares a length of {declared} bytes, where at most {LARGEST} are accepted"
            )),
        }
    }
}

/// A name that has no address.
pub(super) fn name_not_found(address: &Address, cause: &str) -> Error {
    let host = visible(&address.host);
    Error::failed(format!("the name `{host}` has no address"))
        .caused_by(visible(cause))
        .hint("check the host in `bootstrap.servers` (`-b`), and that this machine's name service knows it")
}

/// No address of a server answered.
pub(super) fn unreachable(
    shown: &str,
    address: &Address,
    failures: &[(SocketAddr, io::Error)],
) -> Error {
    let mut error = Error::failed(format!("cannot connect to `{shown}`"));
    let literal = address.host.parse::<std::net::IpAddr>().is_ok();
    for (target, cause) in failures {
        let text = match cause.kind() {
            io::ErrorKind::ConnectionRefused => "connection refused: nothing listens there".into(),
            io::ErrorKind::TimedOut => format!("{cause}: a firewall may drop the packets"),
            _ => cause.to_string(),
        };
        error = error.caused_by(if literal { text } else { format!("{target}: {text}") });
    }
    error.hint("check host and port, that the broker runs, and that this machine may reach it")
}

/// A broker's listener, where controllers are to be talked to.
pub(super) fn no_controller(shown: &str) -> Error {
    Error::invalid(format!("`{shown}` is a broker, and `--bootstrap-controller` is for controllers"))
        .hint(format!(
            "name it with `-b {shown}` (`bootstrap.servers`), or name the listener of a controller: \
             `controller.quorum.bootstrap.servers` or `controller.quorum.voters` of any node tells where they are"
        ))
}

/// A controller's listener, where brokers are to be talked to.
pub(super) fn no_broker(shown: &str) -> Error {
    Error::invalid(format!("`{shown}` is a controller, and `-b` is for brokers")).hint(format!(
        "name a listener of a broker; what controllers can do they do with `--bootstrap-controller {shown}` \
         (`bootstrap.controllers`)"
    ))
}

/// A controller that nobody talks to but brokers.
pub(super) fn controller_too_old(shown: &str) -> Error {
    Error::failed(format!("the controller `{shown}` is too old to be talked to directly"))
        .caused_by("controllers answer clients since Kafka 3.7 (KIP-919)")
        .hint("talk to the brokers: `-b HOST:PORT`")
}

/// A controller of a cluster whose metadata is too old for it.
pub(super) fn no_talk_to_controllers(shown: &str, error: KafkaError) -> Error {
    Error::failed(format!("the controller `{shown}` is not talked to directly in this cluster"))
        .kafka(error)
        .hint("`kward cluster set-features metadata.version=3.7` allows it, through the brokers (`-b HOST:PORT`)")
}

/// Something that only brokers do.
pub(super) fn needs_brokers(shown: &str, api: &str) -> Error {
    Error::invalid(format!("the controller `{shown}` does not offer {api}, which this needs"))
        .hint("brokers do: `-b HOST:PORT` in place of `--bootstrap-controller`")
}

/// A broker that lacks an API, or speaks it only in versions that are not spoken here.
pub(super) fn too_old(
    broker: &str,
    api: &str,
    ours: VersionRange,
    offered: Option<VersionRange>,
) -> Error {
    let range = |range: VersionRange| {
        if range.min == range.max {
            format!("version {}", range.min)
        } else {
            format!("versions {} to {}", range.min, range.max)
        }
    };
    let needed = range(ours);
    match offered {
        None => Error::failed(format!("`{broker}` does not offer {api}, which this needs"))
            .caused_by(format!("{needed} needed, none offered"))
            .hint("the broker is too old, or the listener is not one for clients (a controller's)"),
        Some(offered) => {
            let age = if offered.max < ours.min { "too old" } else { "too new" };
            Error::failed(format!("`{broker}` is {age} for {api}"))
                .caused_by(format!("{needed} needed, {} offered", range(offered)))
                .hint("`kward cluster api-versions` lists what the broker offers")
        }
    }
}

/// A broker whose version of an API does not know yet what is asked.
pub(super) fn before(
    broker: &str,
    (api, version): (&str, i16),
    least: i16,
    release: &str,
) -> Error {
    let error = Error::failed(format!("`{broker}` is too old for this: Kafka {release} is needed"))
        .caused_by(format!("version {least} of {api} needed, {version} offered"));
    kafka_error(UNSUPPORTED_VERSION, None).into_iter().fold(error, Error::kafka)
}

/// An answer that breaks the protocol.
pub(super) fn malformed(broker: &str, api: &str, malformed: Malformed) -> Error {
    Error::failed(format!("the answer of `{broker}` to {api} cannot be read"))
        .caused_by(malformed.0)
        .hint(
            "something between here and the broker may change the bytes, or it is no Kafka broker",
        )
}

/// One request took longer than `request.timeout.ms`.
pub(super) fn request_timeout(broker: &str, api: &str, limit: Duration) -> Error {
    Error::failed(format!("`{broker}` did not answer {api} within {}", show(limit)))
        .hint("`request.timeout.ms` gives one request more time")
}

/// A connection that ended under a request.
pub(super) fn lost(broker: &str, api: &str, death: &Death, tls: Option<&Tls>) -> Error {
    if let (Death::Tls(error), Some(tls)) = (death, tls) {
        return super::tls::explain(broker, tls, error);
    }
    let failed =
        Error::failed(format!("the connection to `{broker}` ended before it answered {api}"));
    match death {
        Death::Closed => failed.caused_by("the broker closed it"),
        Death::Inside(missing) => {
            failed.caused_by(format!("it broke off {missing} bytes before the end of an answer"))
        }
        Death::Io(text) => failed.caused_by(visible(text)),
        Death::Tls(error) => failed.caused_by(visible(&error.to_string())),
        Death::Violation(text) => failed.caused_by(text).hint(NO_KAFKA),
        Death::Abandoned => failed.caused_by("an earlier request was not answered in time"),
    }
}

const NO_KAFKA: &str =
    "something between here and the broker may change the bytes, or it is no Kafka broker";

/// A listener that answers `ApiVersions` and hangs up at the first request behind it.
pub(super) fn sasl_missing(error: Error, broker: &str, tls: bool, mechanisms: &[String]) -> Error {
    let error =
        error.context(format!("`{broker}` asks for SASL, and this client does not say who it is"));
    let protocol = if tls { "SASL_SSL" } else { "SASL_PLAINTEXT" };
    error.hint(format!(
        "set `security.protocol={protocol}`, `sasl.mechanism` (it takes {}), a user and a password",
        list(mechanisms)
    ))
}

/// `A, B`.
fn list(words: &[String]) -> String {
    if words.is_empty() {
        return "none".to_owned();
    }
    let words: Vec<String> = words.iter().map(|word| visible(word).into_owned()).collect();
    words.join(", ")
}

/// A write whose outcome nobody knows.
pub(super) fn unknown_outcome(error: Error, what: &str) -> Error {
    error
        .context(format!("the outcome of the request to {what} is unknown"))
        .with_kind(Kind::Unfinished)
        .hint(AGAIN_IS_SAFE)
}

/// Whether the error is about the caller or the cluster, not about one item.
pub(super) fn concerns_the_request(code: i16) -> bool {
    matches!(code, CLUSTER_AUTHORIZATION_FAILED | SECURITY_DISABLED)
}

/// A request that the broker refused; `needs` is the operation on the cluster that it takes,
/// `user` who asked, where that is known.
pub(super) fn refused(
    broker: &str,
    what: &str,
    needs: &str,
    user: Option<&str>,
    mut error: KafkaError,
) -> Error {
    match error.code {
        CLUSTER_AUTHORIZATION_FAILED => {
            // The broker prints its own request object: nothing that a reader could use.
            error.message = error.message.filter(|message| !message.starts_with("Request Request("));
            not_authorized(broker, what, needs, user, Some(error))
        }
        SECURITY_DISABLED => Error::failed(format!("cannot {what}: `{broker}` has no authorizer"))
            .kafka(error)
            .hint("set `authorizer.class.name` on brokers and controllers; without one there are no ACLs"),
        _ => Error::failed(format!("`{broker}` refuses to {what}")).kafka(error),
    }
}

/// The operation `needs` on the cluster is missing, as the broker answered or as it is known beforehand.
pub(super) fn not_authorized(
    broker: &str,
    what: &str,
    needs: &str,
    user: Option<&str>,
    answer: Option<KafkaError>,
) -> Error {
    let user = user.map_or_else(|| "YOU".to_owned(), shell_word);
    let mut error = Error::failed(format!("not authorized to {what} on `{broker}`"));
    if let Some(answer) = answer {
        error = error.kafka(answer);
    }
    error.caused_by(format!("it needs {} on the cluster", upper(needs))).hint(format!(
        "somebody who may can grant it: `kward acl create --allow-principal User:{user} \
         --operation {needs} --cluster`"
    ))
}

/// An operation as Kafka writes it: `DESCRIBE_CONFIGS` for `describe-configs`.
pub fn upper(operation: &str) -> String {
    operation.to_uppercase().replace('-', "_")
}

/// Another cluster than the one that the context pins.
pub(super) fn other_cluster(broker: &str, pinned: &str, found: Option<&str>) -> Error {
    let found = found.map_or_else(
        || "it does not say which it is".to_owned(),
        |id| format!("its id is `{}`", visible(id)),
    );
    Error::refused(format!("`{broker}` does not belong to the cluster `{}`", visible(pinned)))
        .caused_by(found)
        .hint("`cluster-id` of the context names the cluster; correct it, or the bootstrap servers")
}

/// A broker or controller that is there for others, at an address that we cannot reach.
pub(super) fn advertised(
    error: Error,
    (node, id): (&str, i32),
    address: &Address,
    told_by: &str,
) -> Error {
    let shown = super::dial::show_address(address);
    error
        .context(format!(
            "{node} {id} cannot be reached at the address that it advertises, `{shown}`"
        ))
        .hint(format!(
            "`{told_by}` answers, and says that {node} {id} is at `{shown}`: \
             `advertised.listeners` of that {node} must be reachable from here"
        ))
}

/// What came instead of the first answer, and what the port seems to speak.
pub(super) fn first_words(broker: &str, cut: &Cut, speaks: Option<String>, sasl: bool) -> Error {
    let failed = Error::failed(format!("`{broker}` does not answer as a Kafka broker does"));
    if speaks.as_deref() == Some(super::probe::TLS) {
        let (protocol, or) = if sasl {
            ("SASL_SSL", "")
        } else {
            ("SSL", ", or `SASL_SSL` where the listener asks for a user and a password")
        };
        return Error::failed(format!("`{broker}` speaks TLS, and this client does not"))
            .caused_by("the port answers a TLS greeting")
            .hint(format!("set `security.protocol={protocol}`{or}"));
    }
    if let Some(speaks) = speaks {
        return failed.caused_by(speaks).hint(WRONG_PORT);
    }
    let cause = match cut {
        Cut::Closed => "it closed the connection at the first request".to_owned(),
        Cut::Inside { missing } => {
            format!("its first answer broke off {missing} bytes before its end")
        }
        Cut::Length { declared, start } => {
            let bytes: Vec<String> = start.iter().take(8).map(|b| format!("{b:02x}")).collect();
            format!(
                "its first answer declares a length of {declared} bytes and begins {}",
                bytes.join(" ")
            )
        }
        Cut::Io(error) => visible(&error.to_string()).into_owned(),
    };
    let failed = failed.caused_by(cause).hint(WRONG_PORT);
    match cut {
        Cut::Closed | Cut::Io(_) => failed.hint(HUNG_UP),
        _ => failed,
    }
}

const WRONG_PORT: &str = "check the port: it should be that of a listener for clients";

/// What hangs up before it says anything may be a broker all the same.
const HUNG_UP: &str = "if it is, the broker is going down or takes no more connections (`max.connections`, …): its log says why";

/// TLS is configured, and the port does not speak it; `plain` is what it speaks without.
pub(super) fn no_tls_here(
    broker: &str,
    plain: Result<Listener, Option<String>>,
    error: &io::Error,
) -> Error {
    let listener = match plain {
        Ok(listener) => listener,
        Err(speaks) => {
            let failed = Error::failed(format!("`{broker}` does not speak TLS"));
            let hung_up = error.kind() == io::ErrorKind::UnexpectedEof;
            return match (speaks, super::tls::of_io(error)) {
                (Some(speaks), _) => failed.caused_by(speaks).hint(WRONG_PORT),
                (None, Some(_)) => failed
                    .caused_by("it answers the TLS greeting with something that is no TLS")
                    .hint(WRONG_PORT),
                (None, None) if hung_up => failed
                    .caused_by("it closed the connection at the TLS greeting")
                    .hint(WRONG_PORT)
                    .hint(HUNG_UP),
                (None, None) => failed.caused_by(visible(&error.to_string())).hint(WRONG_PORT),
            };
        }
    };
    let protocol = if listener.mechanisms.is_empty() { "PLAINTEXT" } else { "SASL_PLAINTEXT" };
    Error::failed(format!("`{broker}` does not speak TLS, and this client does"))
        .caused_by("the port answers Kafka's protocol without TLS")
        .hint(format!("set `security.protocol={protocol}`, or use the port of a TLS listener"))
}

/// The broker lacks the mechanism.
pub(super) fn mechanism_not_enabled(
    broker: &str,
    mechanism: &str,
    enabled: &[String],
    error: KafkaError,
) -> Error {
    Error::failed(format!("`{broker}` does not take the SASL mechanism {mechanism}"))
        .kafka(error)
        .caused_by(format!("it takes {}", list(enabled)))
        .hint("set `sasl.mechanism` to one of them")
}

/// SASL is configured, and the listener has none.
pub(super) fn no_sasl_here(broker: &str, tls: bool, error: KafkaError) -> Error {
    let protocol = if tls { "SSL" } else { "PLAINTEXT" };
    Error::failed(format!("the listener at `{broker}` asks for no SASL, and this client does"))
        .kafka(error)
        .hint(format!("set `security.protocol={protocol}`, or use the port of a SASL listener"))
}

/// Another error in the handshake of SASL.
pub(super) fn sasl(broker: &str, error: KafkaError) -> Error {
    Error::failed(format!("`{broker}` refuses to authenticate this client")).kafka(error)
}

/// User and password are wrong.
pub(super) fn credentials(broker: &str, login: &PasswordLogin, error: KafkaError) -> Error {
    let (user, mechanism) = (visible(&login.username), login.mechanism.name());
    if login.is_token {
        return Error::failed(format!("`{broker}` does not let the delegation token `{user}` in"))
            .kafka(error)
            .hint(
                "check its id and its HMAC; it may have expired: `kward token list`, as its owner, shows those that \
                 there are",
            );
    }
    let hint = match login.mechanism {
        Mechanism::Plain => "check the user and the password".to_owned(),
        _ => format!(
            "check the user and the password; the user needs a credential for {mechanism} itself"
        ),
    };
    let error = Error::failed(format!("`{broker}` does not let user `{user}` in by {mechanism}"))
        .kafka(error)
        .hint(hint);
    let password = login.password.expose_secret();
    // Entries of password stores have more lines than the password's.
    match password.lines().count() {
        0 | 1 if password.trim() != password => error.hint(
            "the password begins or ends with blanks or empty lines, and all of them count",
        ),
        0 | 1 => error,
        lines => error.hint(format!(
            "the password has {lines} lines, and all of them count: where a command prints more than the \
             password, let it print the first line only (`… | head -n 1`)"
        )),
    }
}

/// The token is not accepted; `claims` is what it says about itself.
pub(super) fn token(broker: &str, claims: Option<String>, error: KafkaError) -> Error {
    let error = Error::failed(format!("`{broker}` does not accept the token")).kafka(error);
    let error = match claims {
        Some(claims) => error.caused_by(claims),
        None => error,
    };
    error.hint(
        "issuer, audience and signature have to be those that the broker expects \
         (`sasl.oauthbearer.expected.issuer`, …); its log says more",
    )
}

/// AWS's credentials are not accepted.
pub(super) fn aws(broker: &str, key: &str, error: KafkaError) -> Error {
    let key = visible(key);
    Error::failed(format!("`{broker}` does not let the AWS access key `{key}` in"))
        .kafka(error)
        .hint(
            "the key has to be valid, and its IAM policy has to allow `kafka-cluster:Connect` on the \
             cluster",
        )
}

/// Kerberos gives no ticket for the broker, or takes what it says for that of somebody else.
pub(super) fn no_ticket(broker: &str, login: &Kerberos, why: &str) -> Error {
    let error = Error::failed(format!("Kerberos gives this client no way into `{broker}`"))
        .caused_by(visible(why));
    let error = match &login.keytab {
        Some(keytab) => error.hint(format!(
            "`klist -kt {}` shows whose keys are in the keytab; the principal is one of them",
            visible(&keytab.to_string_lossy())
        )),
        None => error.hint(
            "`klist` shows the tickets that there are, and `kinit` gets one; or name a keytab \
             (`sasl.kerberos.keytab` with `sasl.kerberos.principal`)",
        ),
    };
    error.hint(format!(
        "the broker's principal begins with `{}/` and the host by which it is addressed; another service is \
         named by `sasl.kerberos.service.name`",
        visible(&login.service)
    ))
}

/// The broker does not take the ticket.
pub(super) fn kerberos(broker: &str, login: &Kerberos, error: KafkaError) -> Error {
    let who = match &login.principal {
        Some(principal) => format!("`{}`", visible(principal)),
        None => "this client".to_owned(),
    };
    Error::failed(format!("`{broker}` does not let {who} in by GSSAPI")).kafka(error).hint(
        "the broker's log says why: mostly its key is not that of its principal in the KDC, or no rule of \
         `sasl.kerberos.principal.to.local.rules` fits the client's principal",
    )
}

/// The exchange of SCRAM went wrong on the broker's side.
pub(super) fn scram(broker: &str, mechanism: &str, cause: &str) -> Error {
    Error::failed(format!("{mechanism} with `{broker}` failed"))
        .caused_by(format!("the server {cause}"))
        .hint("no password was sent; make sure that this is the broker you mean")
}

/// The broker hangs up while it is told who we are.
pub(super) fn cut_in_sasl(broker: &str, cut: Cut) -> Error {
    let cause = match Death::of(cut) {
        Death::Closed => "the broker closed the connection".to_owned(),
        Death::Inside(missing) => format!("an answer broke off {missing} bytes before its end"),
        Death::Io(text) | Death::Violation(text) => visible(&text).into_owned(),
        Death::Tls(error) => visible(&error.to_string()).into_owned(),
        Death::Abandoned => "it took too long".to_owned(),
    };
    Error::failed(format!("`{broker}` ended the SASL exchange")).caused_by(cause)
}
