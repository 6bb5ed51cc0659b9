//! Real Kafka, oldest and newest, over every listener.

use std::path::Path;
use std::time::Instant;

use kward::settings::{Address, Identity, Mechanism, PasswordLogin, Pem, Sasl, SecretPem, Tls};

use super::super::support::broker::{Authorizer, Broker, Listener, Options, on_each_version};
use super::super::support::scripted::config;
use super::super::support::unique;
use super::*;

/// The configuration of a client for one listener; the rest is added to it.
fn of(broker: &Broker, listener: Listener) -> ClientConfig {
    let address = |text: &str| {
        let (host, port) = text.rsplit_once(':').unwrap();
        let host = host.trim_matches(['[', ']']).to_owned();
        Address { host, port: port.parse().unwrap() }
    };
    let bootstrap = broker.bootstrap(listener).split(',').map(address).collect();
    let tls = matches!(listener, Listener::Ssl | Listener::SaslSsl).then(|| Tls {
        ca: Some(pem(&broker.certificate("ca.pem"))),
        identity: None,
        verify_hostname: true,
        verify_certificate: true,
    });
    ClientConfig { bootstrap, tls, ..config(&[]) }
}

fn pem(path: &Path) -> Pem {
    Pem { text: std::fs::read_to_string(path).unwrap(), origin: path.display().to_string() }
}

fn user(config: ClientConfig, mechanism: Mechanism, name: &str, password: &str) -> ClientConfig {
    let (username, password) = (name.to_owned(), password.to_owned().into());
    let sasl = Sasl::Password(PasswordLogin { mechanism, username, password, is_token: false });
    ClientConfig { sasl: Some(sasl), ..config }
}

fn admin(broker: &Broker) -> ClientConfig {
    let plain = of(broker, Listener::SaslPlaintext);
    user(plain, Mechanism::ScramSha512, "admin", "admin-secret")
}

fn certified(broker: &Broker, name: &str, key: &str, password: Option<&str>) -> ClientConfig {
    let mut config = of(broker, Listener::Ssl);
    let key = pem(&broker.certificate(key));
    config.tls.as_mut().unwrap().identity = Some(Identity {
        certificate: pem(&broker.certificate(&format!("client-{name}.pem"))),
        key: SecretPem { text: key.text.into(), origin: key.origin },
        key_password: password.map(|password| password.to_owned().into()),
    });
    config
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

const MECHANISMS: [Mechanism; 3] =
    [Mechanism::Plain, Mechanism::ScramSha256, Mechanism::ScramSha512];

#[test]
fn every_secured_listener_lets_an_administrator_in() {
    on_each_version(|broker| {
        block_on(async {
            for listener in [Listener::SaslPlaintext, Listener::SaslSsl] {
                for mechanism in MECHANISMS {
                    let config = of(broker, listener);
                    list(&user(config, mechanism, "admin", "admin-secret")).await.unwrap();
                }
            }
            list(&certified(broker, "admin", "client-admin.key", None)).await.unwrap();
        });
    });
}

#[test]
fn acls_are_created_found_and_deleted() {
    on_each_version(|broker| {
        block_on(async {
            let client = connect(&admin(broker)).await.unwrap();
            let topic = unique("client");
            let wide = Binding {
                pattern_type: PatternType::Prefixed,
                principal: "User:größe".into(),
                host: "10.0.0.1".into(),
                permission_type: PermissionType::Deny,
                ..binding(&topic)
            };
            let bad = binding("");
            let all = [binding(&topic), wide.clone(), bad, binding(&topic)];
            let results = client.create_acls(&all).await.unwrap();
            assert!(results[0].is_ok() && results[1].is_ok() && results[3].is_ok(), "{results:?}");
            assert_eq!(results[2].as_ref().unwrap_err().name, "INVALID_REQUEST");

            let filter = Filter { resource_name: Some(topic.as_str().into()), ..Filter::default() };
            let mut found = client.describe_acls(&filter).await.unwrap();
            // A broker answers from its own copy, which may lag behind by a moment.
            let deadline = Instant::now() + Duration::from_mins(1);
            while found.len() != 2 && Instant::now() < deadline {
                tokio::time::sleep(Duration::from_millis(20)).await;
                found = client.describe_acls(&filter).await.unwrap();
            }
            found.sort();
            assert_eq!(found, [binding(&topic), wide.clone()]);

            let filters = [Filter::exact(&wide), Filter::exact(&binding("nowhere-at-all")), filter];
            let deleted = client.delete_acls(&filters).await.unwrap();
            assert_eq!(deleted[0], Ok(vec![Ok(wide.clone())]));
            assert_eq!(deleted[1], Ok(vec![]));
            assert!(deleted[2].as_ref().unwrap().contains(&Ok(binding(&topic))), "{deleted:?}");
        });
    });
}

#[test]
fn the_cluster_is_known() {
    on_each_version(|broker| {
        block_on(async {
            let client = connect(&admin(broker)).await.unwrap();
            let cluster = client.describe_cluster().await.unwrap();
            assert_eq!(cluster.brokers.len(), 1);
            assert!(cluster.authorized_operations.unwrap().contains(&Operation::Alter));
            let (at, id) = (broker.bootstrap(Listener::SaslPlaintext), cluster.brokers[0].id);
            client.describe_acls(&Filter::default()).await.unwrap();
            assert_eq!(client.broker(), format!("{at} (id {id})"));
            let level = client.metadata_version().await.unwrap();
            assert_eq!(level.supports_cidr(), broker.is_at_least("4.4"), "{level}");
            let users = client.list_scram_users().await.unwrap();
            assert!(users.iter().any(|user| user == "admin"), "{users:?}");
            let topic = unique("client");
            broker.create_topic(&topic);
            assert!(client.list_topics().await.unwrap().contains(&topic));

            let pinned =
                |id: &str| ClientConfig { cluster_id: Some(id.to_owned()), ..admin(broker) };
            list(&pinned(cluster.id.as_deref().unwrap())).await.unwrap();
            let error = list(&pinned("another")).await.unwrap_err();
            assert_eq!(error.kind(), kward::error::Kind::Refused);
        });
    });
}

#[test]
fn a_password_beyond_ascii_is_taken_as_it_is() {
    on_each_version(|broker| {
        block_on(async {
            for mechanism in MECHANISMS {
                let config = of(broker, Listener::SaslSsl);
                let config = user(config, mechanism, "umlaut", "pässwörd-ñ");
                connect(&config).await.unwrap();
                let wrong = ClientConfig { ..of(broker, Listener::SaslSsl) };
                let wrong = user(wrong, mechanism, "umlaut", "passwort");
                let error = connect(&wrong).await.unwrap_err();
                assert_eq!(error.kafka_error().unwrap().code, 58, "{}", told(&error));
            }
        });
    });
}

#[test]
fn whoever_may_not_list_learns_what_is_missing() {
    on_each_version(|broker| {
        block_on(async {
            let config = of(broker, Listener::SaslPlaintext);
            let config = user(config, Mechanism::ScramSha256, "alice", "alice-secret");
            assert_told(
                list(&config).await,
                &broker.bootstrap(Listener::SaslPlaintext),
                "error: not authorized to list ACLs on `BROKER`
                 caused by: CLUSTER_AUTHORIZATION_FAILED (31)
                 caused by: it needs DESCRIBE on the cluster
                 hint: somebody who may can grant it: `kward acl create --allow-principal User:alice --operation describe --cluster`",
            );
        });
    });
}

/// What a real broker does where security does not fit; the texts are held by the tests beside this one.
#[test]
fn security_that_does_not_fit_is_told_apart() {
    on_each_version(|broker| {
        block_on(async {
            let plain = |listener| ClientConfig { tls: None, ..of(broker, listener) };
            let secure = |listener| {
                let tls = of(broker, Listener::Ssl).tls;
                ClientConfig { tls, ..of(broker, listener) }
            };
            let alice = |config| user(config, Mechanism::ScramSha512, "alice", "alice-secret");
            let stranger = certified(broker, "stranger", "client-stranger.key", None);
            for (config, wanted) in [
                (plain(Listener::Ssl), "speaks TLS, and this client does not"),
                (plain(Listener::SaslSsl), "speaks TLS, and this client does not"),
                (alice(plain(Listener::SaslSsl)), "speaks TLS, and this client does not"),
                (secure(Listener::Plaintext), "does not speak TLS, and this client does"),
                (
                    alice(secure(Listener::SaslPlaintext)),
                    "does not speak TLS, and this client does",
                ),
                (
                    plain(Listener::SaslPlaintext),
                    "asks for SASL, and this client does not say who it is",
                ),
                (
                    secure(Listener::SaslSsl),
                    "asks for SASL, and this client does not say who it is",
                ),
                (alice(plain(Listener::Plaintext)), "asks for no SASL, and this client does"),
                (of(broker, Listener::Ssl), "asks for a client certificate"),
                (stranger, "does not accept the client certificate"),
            ] {
                let error = list(&config).await.unwrap_err();
                assert!(error.message().ends_with(wanted), "{wanted}, not\n{}", told(&error));
                assert_eq!(error.hints().len(), 1);
            }
        });
    });
}

#[test]
fn an_encrypted_key_is_opened_by_its_password() {
    on_each_version(|broker| {
        // As OpenSSL writes it today, and as Kafka's own clients read it.
        for key in ["client-alice.encrypted.key", "client-alice.encrypted-java.key"] {
            block_on(async {
                let with = |password| certified(broker, "alice", key, password);
                let error = list(&with(Some("key-secret"))).await.unwrap_err();
                assert_eq!(error.kafka_error().unwrap().code, 31, "alice is in, {}", told(&error));
                let error = list(&with(Some("no-such-password"))).await.unwrap_err();
                assert!(error.message().ends_with("cannot be decrypted"), "{}", told(&error));
                assert!(!told(&error).contains("no-such-password"));
                let error = list(&with(None)).await.unwrap_err();
                assert!(error.message().ends_with("is encrypted"), "{}", told(&error));
            });
        }
    });
}

#[test]
fn a_cluster_without_authorizer_says_so() {
    let options = Options { authorizer: Authorizer::None, ..Options::default() };
    let broker = Broker::own(&options);
    block_on(async {
        let error = list(&of(&broker, Listener::Plaintext)).await.unwrap_err();
        assert_eq!(error.kafka_error().unwrap().name, "SECURITY_DISABLED");
        let client = connect(&of(&broker, Listener::Plaintext)).await.unwrap();
        let error = client.create_acls(&[binding("a")]).await.unwrap_err();
        assert!(error.message().ends_with("has no authorizer"), "{}", told(&error));
    });
}

#[test]
fn any_broker_of_several_takes_a_write_and_ipv6_is_spoken() {
    let options = Options { three_brokers: true, ipv6: true, ..Options::default() };
    let broker = Broker::own(&options);
    block_on(async {
        let all = admin(&broker);
        assert_eq!(all.bootstrap.len(), 3);
        for (number, server) in all.bootstrap.iter().enumerate() {
            let one = ClientConfig { bootstrap: vec![server.clone()], ..all.clone() };
            let client = connect(&one).await.unwrap();
            let mine = binding(&format!("of-{number}"));
            assert_eq!(client.create_acls(std::slice::from_ref(&mine)).await.unwrap(), [Ok(())]);
            let deleted = client.delete_acls(&[Filter::exact(&mine)]).await.unwrap();
            assert_eq!(deleted, [Ok(vec![Ok(mine)])]);
            assert_eq!(client.describe_cluster().await.unwrap().brokers.len(), 3);
            assert!(client.broker().starts_with(&format!("[::1]:{} (id ", server.port)));
        }
    });
}
