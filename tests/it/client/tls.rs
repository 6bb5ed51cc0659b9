//! TLS: whom we trust, who we are, and what each failure reads like.

use std::sync::Arc;

use kward::settings::{Address, Identity, Pem, SecretPem, Tls};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd,
};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

use super::super::support::scripted::config as plain_config;
use super::super::support::unique;
use super::*;

struct Ca(CertifiedIssuer<'static, KeyPair>);

impl Ca {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, unique("ca"));
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn pem(&self) -> Pem {
        Pem { text: self.0.pem(), origin: "ca.pem".to_owned() }
    }

    fn issue(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Leaf {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        Leaf { certificate: params.signed_by(&key, &self.0).unwrap(), key }
    }
}

struct Leaf {
    certificate: Certificate,
    key: KeyPair,
}

impl Leaf {
    fn chain(&self) -> Vec<CertificateDer<'static>> {
        vec![self.certificate.der().clone()]
    }

    fn private_key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.serialize_der()).into()
    }

    fn identity(&self) -> Identity {
        Identity {
            certificate: Pem { text: self.certificate.pem(), origin: "ana.pem".to_owned() },
            key: SecretPem { text: self.key.serialize_pem().into(), origin: "ana.key".to_owned() },
            key_password: None,
        }
    }
}

fn server(
    leaf: &Leaf,
    clients: Option<&Ca>,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> ServerConfig {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(versions)
        .unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(ca) => {
            let mut roots = RootCertStore::empty();
            roots.add(ca.0.der().clone()).unwrap();
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            builder.with_client_cert_verifier(verifier.unwrap())
        }
    };
    builder.with_single_cert(leaf.chain(), leaf.private_key()).unwrap()
}

/// A broker behind TLS.
fn secure(leaf: &Leaf) -> Scripted {
    behind(server(leaf, None, rustls::ALL_VERSIONS))
}

fn behind(config: ServerConfig) -> Scripted {
    Scripted::start_raw(Some(config), |request| match request.key {
        ApiKey::ApiVersions => request.answer(&offers(&[])),
        _ => request.answer(&described(&["orders"])),
    })
}

fn trusting(ca: &Ca) -> Tls {
    Tls { ca: Some(ca.pem()), identity: None, verify_hostname: true, verify_certificate: true }
}

fn with_tls(broker: &Scripted, tls: Tls) -> ClientConfig {
    ClientConfig { tls: Some(tls), ..broker.config() }
}

#[tokio::test]
async fn a_certificate_of_the_named_ca_is_trusted() {
    let ca = Ca::new();
    let leaf = ca.issue(&["127.0.0.1"], |_| {});
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let broker = behind(server(&leaf, None, &[version]));
        let config = with_tls(&broker, trusting(&ca));
        assert_eq!(list(&config).await.unwrap(), [binding("orders")]);
    }
}

#[tokio::test]
async fn a_certificate_of_another_ca_is_not() {
    let broker = secure(&Ca::new().issue(&["127.0.0.1"], |_| {}));
    assert_told(
        list(&with_tls(&broker, trusting(&Ca::new()))).await,
        &broker.address,
        "error: the certificate of `BROKER` is not trusted
         caused by: its issuer is none that this client trusts
         hint: `ca.pem` has to hold the certificate of the CA that issued it",
    );
    let systems = Tls { ca: None, ..trusting(&Ca::new()) };
    let error = list(&with_tls(&broker, systems)).await.unwrap_err();
    // Where this system has roots, they do not know our CA; where it has none, that is said.
    assert!(told(&error).contains("`ssl.ca.location`"), "{}", told(&error));
}

#[tokio::test]
async fn a_certificate_out_of_its_time_is_told() {
    let ca = Ca::new();
    let broker = secure(&ca.issue(&["127.0.0.1"], |params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 2, 3);
    }));
    assert_told(
        list(&with_tls(&broker, trusting(&ca))).await,
        &broker.address,
        "error: the certificate of `BROKER` has expired
         caused by: it was valid until 2021-02-03T00:00:00Z
         hint: renew the broker's certificate; if it is valid, this machine's clock is wrong",
    );
    let broker = secure(&ca.issue(&["127.0.0.1"], |params| {
        params.not_before = date_time_ymd(3000, 1, 1);
        params.not_after = date_time_ymd(3001, 1, 1);
    }));
    assert_told(
        list(&with_tls(&broker, trusting(&ca))).await,
        &broker.address,
        "error: the certificate of `BROKER` is not valid yet
         caused by: it is valid from 3000-01-01T00:00:00Z
         hint: if it is valid, this machine's clock is wrong",
    );
}

#[tokio::test]
async fn a_certificate_for_another_name_says_which_names_it_has() {
    let ca = Ca::new();
    let broker = secure(&ca.issue(&["broker1.acme", "10.0.0.7"], |_| {}));
    assert_told(
        list(&with_tls(&broker, trusting(&ca))).await,
        &broker.address,
        "error: the certificate of `BROKER` is for another name
         caused by: its names are `broker1.acme`, `10.0.0.7`
         hint: connect by a name that the certificate has; `ssl.endpoint.identification.algorithm=` (empty) gives this check up",
    );
}

#[tokio::test]
async fn without_the_check_of_the_name_the_chain_still_counts() {
    let ca = Ca::new();
    let broker = secure(&ca.issue(&["broker1.acme"], |_| {}));
    let any_name = |ca: &Ca| Tls { verify_hostname: false, ..trusting(ca) };
    assert_eq!(list(&with_tls(&broker, any_name(&ca))).await.unwrap(), [binding("orders")]);
    let error = list(&with_tls(&broker, any_name(&Ca::new()))).await.unwrap_err();
    assert!(error.message().ends_with("is not trusted"), "{}", told(&error));

    let expired = secure(&ca.issue(&["broker1.acme"], |params| {
        params.not_after = date_time_ymd(2021, 2, 3);
        params.not_before = date_time_ymd(2020, 1, 1);
    }));
    let error = list(&with_tls(&expired, any_name(&ca))).await.unwrap_err();
    assert!(error.message().ends_with("has expired"), "{}", told(&error));
}

#[tokio::test]
async fn without_any_check_any_certificate_will_do() {
    let broker = secure(&Ca::new().issue(&["broker1.acme"], |_| {}));
    let nothing = Tls { verify_certificate: false, ..trusting(&Ca::new()) };
    assert_eq!(list(&with_tls(&broker, nothing)).await.unwrap(), [binding("orders")]);
}

#[tokio::test]
async fn a_client_certificate_is_shown_when_there_is_one() {
    let (ca, clients) = (Ca::new(), Ca::new());
    let leaf = ca.issue(&["127.0.0.1"], |_| {});
    for (version, missing, stranger) in [
        (&rustls::version::TLS12, "certificate_required", "unknown_ca"),
        (&rustls::version::TLS13, "certificate_required", "unknown_ca"),
    ] {
        let broker = behind(server(&leaf, Some(&clients), &[version]));
        let known = clients.issue(&["ana"], |_| {}).identity();
        let with = |identity| with_tls(&broker, Tls { identity, ..trusting(&ca) });
        assert_eq!(list(&with(Some(known))).await.unwrap(), [binding("orders")]);
        assert_told(
            list(&with(None)).await,
            &broker.address,
            &format!(
                "error: `BROKER` asks for a client certificate
                 caused by: it ended TLS with the alert `{missing}`
                 hint: name one: `ssl.keystore.location`, or `ssl.certificate.location` and `ssl.key.location`"
            ),
        );
        let other = Ca::new().issue(&["ana"], |_| {}).identity();
        assert_told(
            list(&with(Some(other))).await,
            &broker.address,
            &format!(
                "error: `BROKER` does not accept the client certificate
                 caused by: it ended TLS with the alert `{stranger}`
                 hint: the certificate of `ana.pem` must be valid and issued by a CA in the broker's truststore"
            ),
        );
        let old = clients.issue(&["ana"], |params| params.not_after = date_time_ymd(2020, 1, 1));
        let error = list(&with(Some(old.identity()))).await.unwrap_err();
        let expired = "the certificate expired at 2020-01-01T00:00:00Z";
        assert_eq!(error.causes().last().map(String::as_str), Some(expired), "{error:?}");
    }
}

#[tokio::test]
async fn tls_at_a_plain_port_and_the_reverse() {
    let ca = Ca::new();
    let plain = scripted(|request| request.answer(&described(&["orders"])));
    assert_told(
        list(&with_tls(&plain, trusting(&ca))).await,
        &plain.address,
        "error: `BROKER` does not speak TLS, and this client does
         caused by: the port answers Kafka's protocol without TLS
         hint: set `security.protocol=PLAINTEXT`, or use the port of a TLS listener",
    );
    let broker = secure(&ca.issue(&["127.0.0.1"], |_| {}));
    assert_told(
        list(&broker.config()).await,
        &broker.address,
        "error: `BROKER` speaks TLS, and this client does not
         caused by: the port answers a TLS greeting
         hint: set `security.protocol=SSL`, or `SASL_SSL` where the listener asks for a user and a password",
    );
}

#[tokio::test]
async fn a_peer_that_never_greets_is_left_at_the_deadline() {
    let ca = Ca::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let config = ClientConfig { tls: Some(trusting(&ca)), ..plain_config(&[at]) };
    assert_told(
        Client::connect(&config, Deadline::after(Duration::from_secs(1)), None).await,
        &at,
        "error: timed out after 1s while waiting for `BROKER` in the TLS handshake
         hint: `--timeout` gives it more time
         hint: it takes connections and says nothing: the port may be none of Kafka's, a proxy or a firewall may \
         stand between, or the broker hangs",
    );
}

#[tokio::test]
async fn a_certificate_of_a_ca_is_none_of_a_server() {
    let ca = Ca::new();
    let broker = secure(&ca.issue(&["127.0.0.1"], |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }));
    assert_told(
        list(&with_tls(&broker, trusting(&ca))).await,
        &broker.address,
        "error: the certificate of `BROKER` is not trusted
         caused by: it is a CA's certificate, used as a server's
         hint: issue the broker one of its own, with `basicConstraints=CA:FALSE`, and trust its CA; or trust this very certificate, with `ssl.ca.location`",
    );
}

/// As `openssl req -x509` makes it: it says that it is a CA's, and the settings name it itself.
#[tokio::test]
async fn a_certificate_that_is_named_itself_is_trusted_whatever_it_says_of_itself() {
    let of_itself = |names: &[&str], change: &dyn Fn(&mut CertificateParams)| {
        Ca::new().issue(names, |params| {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            change(params);
        })
    };
    let trusting = |leaf: &Leaf, verify_hostname| Tls {
        ca: Some(leaf.identity().certificate),
        identity: None,
        verify_hostname,
        verify_certificate: true,
    };
    let leaf = of_itself(&["127.0.0.1"], &|_| {});
    let broker = secure(&leaf);
    assert_eq!(list(&with_tls(&broker, trusting(&leaf, true))).await.unwrap().len(), 1);

    let other = of_itself(&["broker9"], &|_| {});
    let broker = secure(&other);
    let error = list(&with_tls(&broker, trusting(&other, true))).await.unwrap_err();
    assert!(error.message().ends_with("is for another name"), "{error}");
    assert_eq!(list(&with_tls(&broker, trusting(&other, false))).await.unwrap().len(), 1);

    let old = of_itself(&["127.0.0.1"], &|params| {
        params.not_after = date_time_ymd(2020, 1, 1);
    });
    let broker = secure(&old);
    let error = list(&with_tls(&broker, trusting(&old, true))).await.unwrap_err();
    assert!(error.message().ends_with("has expired"), "{error}");
}

#[tokio::test]
async fn a_connection_that_ends_without_a_farewell_is_told() {
    let ca = Ca::new();
    let leaf = ca.issue(&["127.0.0.1"], |_| {});
    let broker =
        Scripted::start_raw(
            Some(server(&leaf, None, rustls::ALL_VERSIONS)),
            |request| match request.key {
                ApiKey::ApiVersions => request.answer(&offers(&[])),
                _ => Reply::Close,
            },
        );
    assert_told(
        connect(&with_tls(&broker, trusting(&ca)))
            .await
            .unwrap()
            .create_acls(&[binding("a")])
            .await,
        &broker.address,
        "error: the outcome of the request to create ACLs is unknown
         caused by: the connection to `BROKER` ended before it answered CreateAcls
         caused by: the broker closed it
         hint: running it again is safe: what is done already is left as it is",
    );
}

#[tokio::test]
async fn a_name_is_checked_as_it_was_given() {
    let ca = Ca::new();
    let broker = secure(&ca.issue(&["localhost"], |_| {}));
    let port = broker.address.port();
    let at = |host: &str| ClientConfig {
        bootstrap: vec![Address { host: host.to_owned(), port }],
        ..with_tls(&broker, trusting(&ca))
    };
    assert_eq!(list(&at("localhost")).await.unwrap(), [binding("orders")]);
    let error = list(&at("127.0.0.1")).await.unwrap_err();
    assert!(error.message().ends_with("is for another name"), "{}", told(&error));
}

#[tokio::test]
async fn files_that_hold_something_else_are_named() {
    let ca = Ca::new();
    let broker = secure(&ca.issue(&["127.0.0.1"], |_| {}));
    let identity = ca.issue(&["ana"], |_| {}).identity();
    let key = |text: &str| SecretPem { text: text.to_owned().into(), origin: "ana.key".to_owned() };
    let with_ca = |text: &str| Tls {
        ca: Some(Pem { text: text.to_owned(), origin: "ca.pem".to_owned() }),
        ..trusting(&ca)
    };
    let with_key = |text: &str| {
        let identity = Identity { key: key(text), ..identity.clone() };
        Tls { identity: Some(identity), ..trusting(&ca) }
    };
    let other_key = KeyPair::generate().unwrap().serialize_pem();
    let encrypted =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    // What cannot be decrypted here: RC2 of PKCS#12, and an algorithm that nobody knows.
    let unknown = |body: &str| {
        let text = encrypted.replace("AAAA", body);
        let identity = Identity {
            key: key(&text),
            key_password: Some("secret".to_owned().into()),
            ..identity.clone()
        };
        Tls { identity: Some(identity), ..trusting(&ca) }
    };
    let rc2 = "MDAwHAYKKoZIhvcNAQwBBTAOBAgBAgMEBQYHCAICCAAEEAAAAAAAAAAAAAAAAAAA\nAAA=";
    let nobodys = "MC8wGwYJKoZIhvcNAQVjMA4ECAECAwQFBgcIAgIIAAQQAAAAAAAAAAAAAAAAAAAA\nAA==";
    let not_known = "the key of `ana.key` is encrypted in a way that is not known here";
    let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    for (tls, wanted) in [
        (with_ca(""), "`ca.pem` holds no certificate"),
        (with_ca("-----BEGIN CERTIFICATE-----\nAAAA\n"), "`ca.pem` holds a broken PEM section"),
        (
            with_ca("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            "`ca.pem` holds a certificate that cannot be trusted",
        ),
        (with_key(""), "`ana.key` holds no private key"),
        (with_key(encrypted), "the key of `ana.key` is encrypted"),
        (unknown("AAAA"), "the encrypted key of `ana.key` cannot be read"),
        (unknown(rc2), not_known),
        (unknown(nobodys), not_known),
        (with_key(old), "the key of `ana.key` is encrypted in OpenSSL's old way"),
        (with_key(&other_key), "the key of `ana.key` is not that of the certificate of `ana.pem`"),
    ] {
        let error = list(&with_tls(&broker, tls)).await.unwrap_err();
        assert_eq!(error.message(), wanted);
        assert_eq!(error.kind(), kward::error::Kind::Invalid);
    }
}

#[tokio::test]
async fn one_server_with_a_bad_certificate_does_not_stop_the_others() {
    let ca = Ca::new();
    let bad = secure(&Ca::new().issue(&["127.0.0.1"], |_| {}));
    let good = secure(&ca.issue(&["127.0.0.1"], |_| {}));
    let mut config = with_tls(&bad, trusting(&ca));
    config.bootstrap.extend(good.config().bootstrap);
    assert_eq!(list(&config).await.unwrap(), [binding("orders")]);
}
