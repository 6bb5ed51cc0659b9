//! The client properties by name: what each means here. One table for each answer: used, refused
//! because it changes security and is not supported, or of no meaning for an administration tool.

/// What a property means to kward.
#[derive(Debug, Clone, Copy)]
pub(super) enum Meaning {
    /// Used.
    Used(&'static [Concept]),
    /// Would change how the connection is secured or where it goes, and is not supported.
    Refused(&'static Refusal),
    /// Known to clients and of no meaning here.
    Ignored,
    /// No client knows it.
    Unknown,
}

/// What a connection needs to know, whichever of several properties says it. Properties of one
/// concept replace each other, whatever their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Concept {
    Addresses,
    ClientId,
    Protocol,
    Mechanism,
    Username,
    Password,
    TruststoreType,
    TruststorePassword,
    Trust,
    KeystoreType,
    KeystorePassword,
    KeystoreAlias,
    Certificate,
    Key,
    KeyPassword,
    Hostname,
    Verification,
    Token,
    TokenEndpoint,
    OAuthClientId,
    OAuthClientSecret,
    OAuthScope,
    OAuthExtensions,
    OAuthUrlencode,
    EndpointTrust,
    EndpointTrustType,
    EndpointTrustPassword,
    AwsProfile,
    AwsRole,
    KerberosService,
    KerberosPrincipal,
    KerberosKeytab,
    KerberosCache,
    Proxy,
    ProxyUsername,
    ProxyPassword,
    RequestTimeout,
    ConnectTimeout,
    Timeout,
}

impl Concept {
    /// Whether its value is never shown, wherever it comes from.
    pub const fn is_secret(self) -> bool {
        matches!(
            self,
            Concept::Password
                | Concept::KeyPassword
                | Concept::KeystorePassword
                | Concept::TruststorePassword
                | Concept::EndpointTrustPassword
                | Concept::Token
                | Concept::OAuthClientSecret
                | Concept::ProxyPassword
        )
    }
}

/// Why a property is refused.
#[derive(Debug)]
pub(super) struct Refusal {
    /// The property.
    pub key: &'static str,
    /// Where it matters.
    pub scope: Scope,
    /// Values, lower case, that say what kward does anyway. Empty always does.
    pub harmless: &'static [&'static str],
    /// What it would do.
    pub why: &'static str,
    /// What to do instead.
    pub fix: &'static str,
}

/// Which connections a property matters to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Always,
    Tls,
    Sasl,
}

/// Every property that is used, with the concepts that it gives a value.
pub(super) const USED: &[(&str, &[Concept])] = &[
    ("bootstrap.servers", &[Concept::Addresses]),
    (CONTROLLERS, &[Concept::Addresses]),
    ("metadata.broker.list", &[Concept::Addresses]),
    ("client.id", &[Concept::ClientId]),
    ("security.protocol", &[Concept::Protocol]),
    ("sasl.mechanism", &[Concept::Mechanism]),
    ("sasl.mechanisms", &[Concept::Mechanism]),
    ("sasl.jaas.config", &[Concept::Username, Concept::Password]),
    ("sasl.username", &[Concept::Username]),
    ("sasl.password", &[Concept::Password]),
    ("ssl.truststore.type", &[Concept::TruststoreType]),
    ("ssl.truststore.password", &[Concept::TruststorePassword]),
    ("ssl.truststore.location", &[Concept::Trust]),
    ("ssl.truststore.certificates", &[Concept::Trust]),
    ("ssl.ca.location", &[Concept::Trust]),
    ("ssl.ca.pem", &[Concept::Trust]),
    ("ssl.keystore.type", &[Concept::KeystoreType]),
    ("ssl.keystore.password", &[Concept::KeystorePassword]),
    ("ssl.keystore.alias", &[Concept::KeystoreAlias]),
    ("ssl.keystore.location", &[Concept::Certificate, Concept::Key]),
    ("ssl.keystore.certificate.chain", &[Concept::Certificate]),
    ("ssl.certificate.location", &[Concept::Certificate]),
    ("ssl.certificate.pem", &[Concept::Certificate]),
    ("ssl.keystore.key", &[Concept::Key]),
    ("ssl.key.location", &[Concept::Key]),
    ("ssl.key.pem", &[Concept::Key]),
    ("ssl.key.password", &[Concept::KeyPassword]),
    ("ssl.endpoint.identification.algorithm", &[Concept::Hostname]),
    ("enable.ssl.certificate.verification", &[Concept::Verification]),
    ("sasl.oauthbearer.token", &[Concept::Token]),
    ("sasl.oauthbearer.token.endpoint.url", &[Concept::TokenEndpoint]),
    ("sasl.oauthbearer.client.credentials.client.id", &[Concept::OAuthClientId]),
    ("sasl.oauthbearer.client.id", &[Concept::OAuthClientId]),
    ("sasl.oauthbearer.client.credentials.client.secret", &[Concept::OAuthClientSecret]),
    ("sasl.oauthbearer.client.secret", &[Concept::OAuthClientSecret]),
    ("sasl.oauthbearer.scope", &[Concept::OAuthScope]),
    ("sasl.oauthbearer.extensions", &[Concept::OAuthExtensions]),
    ("sasl.oauthbearer.header.urlencode", &[Concept::OAuthUrlencode]),
    ("sasl.kerberos.service.name", &[Concept::KerberosService]),
    ("sasl.kerberos.principal", &[Concept::KerberosPrincipal]),
    ("sasl.kerberos.keytab", &[Concept::KerberosKeytab]),
    ("https.ca.location", &[Concept::EndpointTrust]),
    ("https.ca.pem", &[Concept::EndpointTrust]),
    ("proxy.url", &[Concept::Proxy]),
    ("proxy.username", &[Concept::ProxyUsername]),
    ("proxy.password", &[Concept::ProxyPassword]),
    ("request.timeout.ms", &[Concept::RequestTimeout]),
    ("socket.timeout.ms", &[Concept::RequestTimeout]),
    ("socket.connection.setup.timeout.ms", &[Concept::ConnectTimeout]),
    ("default.api.timeout.ms", &[Concept::Timeout]),
];

/// Who to begin with where that is no broker.
pub(super) const CONTROLLERS: &str = "bootstrap.controllers";

/// The names of all properties that are used.
pub fn known() -> impl Iterator<Item = &'static str> {
    USED.iter().map(|(name, _)| *name)
}

/// The properties whose values are secrets.
pub(super) const SECRET: &[&str] = &[
    "sasl.password",
    "sasl.jaas.config",
    "ssl.key.password",
    "ssl.keystore.key",
    "ssl.keystore.password",
    "ssl.key.pem",
    "ssl.truststore.password",
    "sasl.oauthbearer.token",
    "sasl.oauthbearer.client.credentials.client.secret",
    "sasl.oauthbearer.client.secret",
    "proxy.password",
    "sasl.oauthbearer.assertion.private.key.passphrase",
    "sasl.oauthbearer.assertion.private.key.pem",
    "sasl.oauthbearer.config",
    "basic.auth.user.info",
    "schema.registry.basic.auth.user.info",
];

/// The properties whose values are URLs, in which a password may stand.
pub(super) const URLS: &[&str] = &["proxy.url", "sasl.oauthbearer.token.endpoint.url"];

/// Whether a property is a secret, or holds one.
pub(super) fn is_secret(key: &str, value: &str) -> bool {
    SECRET.contains(&key) || URLS.contains(&key) && value.contains('@')
}

const CODE: &str = "kward runs no Java classes and loads no libraries; remove it, and authenticate with SCRAM, PLAIN or a client certificate";
const LOGIN: &str = "kward runs no Java classes: with OAUTHBEARER have a token made by another tool, and name it by `token-command` or `token-file` of a context; with other mechanisms remove it";
const TOKEN: &str = "have a token made by another tool, and name it by `token-command` or `token-file` of a context";
/// Those that do what kward does.
const LOGIN_HANDLERS: &[&str] = &[
    "org.apache.kafka.common.security.oauthbearer.oauthbearerlogincallbackhandler",
    "org.apache.kafka.common.security.oauthbearer.secured.oauthbearerlogincallbackhandler",
    "software.amazon.msk.auth.iam.iamoauthbearerlogincallbackhandler",
];
const JWT_RETRIEVERS: &[&str] = &[
    "org.apache.kafka.common.security.oauthbearer.defaultjwtretriever",
    "org.apache.kafka.common.security.oauthbearer.filejwtretriever",
    "org.apache.kafka.common.security.oauthbearer.clientcredentialsjwtretriever",
];
const CIPHERS: &str = "remove it: kward speaks TLS 1.2 and 1.3 with the modern cipher suites only";

const fn refusal(
    key: &'static str,
    scope: Scope,
    harmless: &'static [&'static str],
    why: &'static str,
    fix: &'static str,
) -> Refusal {
    Refusal { key, scope, harmless, why, fix }
}

/// Every property that is refused.
#[rustfmt::skip]
pub(super) const REFUSED: &[Refusal] = &[
    refusal("config.providers", Scope::Always, &[], "Kafka's own providers of files, folders and variables are known, without `param` and in a properties file only", "use a context with `password-file`, `password-env` or `password-command`"),
    refusal("security.providers", Scope::Always, &[], "Java security providers cannot be used", CODE),
    refusal("plugin.library.paths", Scope::Always, &[], "librdkafka's plugins cannot be used", CODE),
    refusal("sasl.login.class", Scope::Sasl, &[], "a login class cannot be used", CODE),
    refusal("sasl.login.callback.handler.class", Scope::Sasl, LOGIN_HANDLERS, "a callback handler cannot be used", LOGIN),
    refusal("sasl.client.callback.handler.class", Scope::Sasl, &["software.amazon.msk.auth.iam.iamclientcallbackhandler"], "a callback handler cannot be used", CODE),
    refusal("sasl.oauthbearer.jwt.retriever.class", Scope::Sasl, JWT_RETRIEVERS, "such a retriever of tokens cannot be used", TOKEN),
    refusal("sasl.oauthbearer.method", Scope::Sasl, &["oidc", "default"], "no such way to a token is supported", TOKEN),
    refusal("sasl.oauthbearer.grant.type", Scope::Sasl, &["client_credentials"], "only client credentials are supported", TOKEN),
    refusal("sasl.oauthbearer.metadata.authentication.type", Scope::Sasl, &["none"], "tokens of a cloud's metadata service are not supported", TOKEN),
    refusal("ssl.engine.factory.class", Scope::Tls, &[], "an engine factory cannot be used", CODE),
    refusal("ssl.provider", Scope::Tls, &[], "Java security providers cannot be used", CODE),
    refusal("ssl.providers", Scope::Tls, &["default"], "OpenSSL's providers cannot be used", CODE),
    refusal("ssl.engine.location", Scope::Tls, &[], "OpenSSL's engines cannot be used", CODE),
    refusal("ssl.engine.id", Scope::Tls, &["dynamic"], "OpenSSL's engines cannot be used", CODE),
    refusal("ssl.trustmanager.algorithm", Scope::Tls, &["pkix"], "only PKIX is supported", "remove it"),
    refusal("ssl.cipher.suites", Scope::Tls, &[], "cipher suites cannot be chosen", CIPHERS),
    refusal("ssl.curves.list", Scope::Tls, &[], "curves cannot be chosen", CIPHERS),
    refusal("ssl.sigalgs.list", Scope::Tls, &[], "signature algorithms cannot be chosen", CIPHERS),
    refusal("ssl.enabled.protocols", Scope::Tls, &["tlsv1.2", "tlsv1.2,tlsv1.3", "tlsv1.3,tlsv1.2"], "versions of TLS cannot be chosen", CIPHERS),
    refusal("ssl.protocol", Scope::Tls, &["tls", "tlsv1.2", "tlsv1.3"], "kward speaks TLS 1.2 and 1.3 only", "remove it"),
    refusal("ssl.crl.location", Scope::Tls, &[], "certificate revocation lists are not supported", "remove it, if connecting without checking for revoked certificates is acceptable"),
    refusal("ssl.ca.certificate.stores", Scope::Tls, &["root"], "Windows certificate stores cannot be chosen", "remove it to trust the system's certificates, or name a PEM file by `ssl.ca.location`"),
];

/// Beginnings of names that belong to other programs which are configured in the same file.
const IGNORED_PREFIXES: &[&str] = &[
    "basic.auth.",
    "bearer.auth.",
    "config.providers.",
    "confluent.",
    "internal.",
    "sasl.kerberos.",
    "sasl.login.refresh.",
    "sasl.oauthbearer.",
    "schema.registry.",
];

/// What a property means.
pub(super) fn meaning(key: &str) -> Meaning {
    if let Some((_, concepts)) = USED.iter().find(|(used, _)| *used == key) {
        Meaning::Used(concepts)
    } else if let Some(refusal) = REFUSED.iter().find(|refusal| refusal.key == key) {
        Meaning::Refused(refusal)
    } else if IGNORED.contains(&key)
        || IGNORED_PREFIXES.iter().any(|prefix| key.starts_with(prefix))
    {
        Meaning::Ignored
    } else {
        Meaning::Unknown
    }
}

/// Whether two names are one property's: `sasl.mechanism` and `sasl.mechanisms`.
pub fn means_the_same(one: &str, other: &str) -> bool {
    match (meaning(one), meaning(other)) {
        (Meaning::Used(one), Meaning::Used(other)) => one == other,
        _ => one == other,
    }
}

/// Whether names of properties begin with this word, as `sasl.` and `ssl.` do.
pub(super) fn is_beginning(word: &str) -> bool {
    let used = USED.iter().map(|(key, _)| *key);
    let mut all = used.chain(REFUSED.iter().map(|refusal| refusal.key));
    all.any(|key| key.strip_prefix(word).is_some_and(|rest| rest.starts_with('.')))
}

/// The known property that an unknown one is nearest to.
pub(super) fn nearest(key: &str) -> Option<&'static str> {
    let used = USED.iter().map(|(key, _)| *key);
    // What is used is meant more often than what is not.
    crate::model::nearest(key, used).or_else(|| {
        let others = REFUSED.iter().map(|refusal| refusal.key).chain(IGNORED.iter().copied());
        crate::model::nearest(key, others)
    })
}

/// Known to Java's clients (4.4 and some before) or to librdkafka, and of no meaning here.
#[rustfmt::skip]
const IGNORED: &[&str] = &[
    "acks", "allow.auto.create.topics", "api.version.fallback.ms", "api.version.request",
    "api.version.request.timeout.ms", "auto.commit.enable", "auto.commit.interval.ms",
    "auto.include.jmx.reporter", "auto.offset.reset", "batch.num.messages", "batch.size",
    "bootstrap.resolve.timeout.ms", "broker.address.family", "broker.address.ttl",
    "broker.version.fallback", "buffer.memory", "buffer.memory.allocation.strategy",
    "builtin.features", "check.crcs", "client.dns.lookup", "client.rack", "compression.codec",
    "compression.gzip.level", "compression.level", "compression.lz4.level", "compression.type",
    "compression.zstd.level", "connections.max.idle.ms", "consume.callback.max.messages",
    "coordinator.query.interval.ms", "debug", "delivery.report.only.error", "delivery.timeout.ms",
    "enable.auto.commit", "enable.auto.offset.store", "enable.gapless.guarantee",
    "enable.idempotence", "enable.metrics.push", "enable.partition.eof", "enable.random.seed",
    "enable.sasl.oauthbearer.unsecure.jwt", "enabled_events", "exclude.internal.topics",
    "fetch.error.backoff.ms", "fetch.max.bytes", "fetch.max.wait.ms", "fetch.message.max.bytes",
    "fetch.min.bytes", "fetch.queue.backoff.ms", "fetch.wait.max.ms", "group.id",
    "group.instance.id", "group.protocol", "group.protocol.type", "group.remote.assignor",
    "heartbeat.interval.ms", "interceptor.classes",
    "isolation.level", "key.deserializer", "key.serializer", "linger.ms", "log.connection.close",
    "log.queue", "log.thread.name", "log_level", "max.block.ms", "max.in.flight",
    "max.in.flight.requests.per.connection", "max.partition.fetch.bytes", "max.poll.interval.ms",
    "max.poll.records", "max.request.size", "message.copy.max.bytes", "message.max.bytes",
    "message.send.max.retries", "message.timeout.ms", "metadata.cluster.check.enable",
    "metadata.max.age.ms", "metadata.max.idle.ms", "metadata.recovery.rebootstrap.trigger.ms",
    "metadata.recovery.strategy", "metric.reporters", "metrics.num.samples",
    "metrics.recording.level", "metrics.sample.window.ms", "offset.store.method",
    "offset.store.path", "offset.store.sync.interval.ms", "partition.assignment.strategy",
    "partitioner", "partitioner.adaptive.partitioning.enable",
    "partitioner.availability.timeout.ms", "partitioner.class", "partitioner.ignore.keys",
    "partitioner.rack.aware", "produce.offset.report", "queue.buffering.backpressure.threshold",
    "queue.buffering.max.kbytes", "queue.buffering.max.messages", "queue.buffering.max.ms",
    "queued.max.messages.kbytes", "queued.min.messages", "queuing.strategy", "receive.buffer.bytes",
    "receive.message.max.bytes", "reconnect.backoff.jitter.ms", "reconnect.backoff.max.ms",
    "reconnect.backoff.ms", "request.required.acks", "retries", "retry.backoff.max.ms",
    "retry.backoff.ms", "sasl.login.connect.timeout.ms", "sasl.login.read.timeout.ms",
    "sasl.login.retry.backoff.max.ms", "sasl.login.retry.backoff.ms", "send.buffer.bytes",
    "session.timeout.ms", "share.acknowledgement.mode", "share.acquire.mode",
    "socket.blocking.max.ms", "socket.connection.setup.timeout.max.ms", "socket.keepalive.enable",
    "socket.max.fails", "socket.nagle.disable", "socket.receive.buffer.bytes",
    "socket.send.buffer.bytes", "ssl.keymanager.algorithm",
    "ssl.secure.random.implementation", "statistics.interval.ms",
    "sticky.partitioning.linger.ms", "topic.blacklist", "topic.metadata.propagation.max.ms",
    "topic.metadata.refresh.fast.cnt", "topic.metadata.refresh.fast.interval.ms",
    "topic.metadata.refresh.interval.ms", "topic.metadata.refresh.sparse", "transaction.timeout.ms",
    "transaction.two.phase.commit.enable", "transactional.id", "value.deserializer",
    "value.serializer",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_property_has_one_meaning() {
        let mut all: Vec<_> = USED.iter().map(|(key, _)| *key).collect();
        all.extend(REFUSED.iter().map(|refusal| refusal.key));
        all.extend(IGNORED);
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        for key in SECRET {
            assert!(!matches!(meaning(key), Meaning::Unknown), "{key}");
        }
    }

    #[test]
    fn meanings() {
        for key in ["acks", "group.id", "key.deserializer", "sasl.kerberos.kinit.cmd", "debug"] {
            assert!(matches!(meaning(key), Meaning::Ignored), "{key}");
        }
        assert!(matches!(meaning("sasl.mechanisms"), Meaning::Used([Concept::Mechanism])));
        assert!(matches!(meaning("ssl.cipher.suites"), Meaning::Refused(_)));
        assert!(matches!(meaning("sasl.usrname"), Meaning::Unknown));
    }

    #[test]
    fn what_is_near() {
        assert_eq!(nearest("sasl.usrname"), Some("sasl.username"));
        assert_eq!(nearest("bootstrap.server"), Some("bootstrap.servers"));
        assert_eq!(nearest("auto.ofset.reset"), Some("auto.offset.reset"));
        assert_eq!(nearest("ssl_ca_location"), Some("ssl.ca.location"));
        assert_eq!(nearest("banana"), None);
    }
}
