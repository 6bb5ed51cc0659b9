//! Through proxies: to a real broker, to one at a name that only the proxy knows, to a token endpoint;
//! and what they refuse.

use std::time::{Duration, Instant};

use super::super::support::broker::newest;
use super::super::support::idp::{CLIENT, Idp};
use super::super::support::listening::nobody;
use super::super::support::proxies::{Fault, Proxy};
use super::*;

/// The properties of a user of the shared broker.
fn user(broker: &Broker) -> String {
    let text = std::fs::read_to_string(broker.client("admin")).expect("a client's properties");
    text.lines()
        .filter(|line| !line.starts_with("bootstrap"))
        .flat_map(|line| [line, "\n"])
        .collect()
}

#[test]
fn every_connection_to_a_real_broker_goes_through_the_proxy() {
    on_each_version(|broker| {
        let sandbox = Sandbox::new();
        let at = broker.bootstrap(Listener::SaslPlaintext);
        for (scheme, proxy) in [
            ("socks5h", Proxy::socks5(None)),
            ("socks5", Proxy::socks5(None)),
            ("http", Proxy::http(None)),
        ] {
            let url = format!("proxy.url={scheme}://{}\n", proxy.address);
            describe(&sandbox, at, &format!("{}{url}", user(broker))).ends(0);
            let targets = proxy.targets();
            assert!(
                !targets.is_empty() && targets.iter().all(|target| target == at),
                "{targets:?}"
            );
        }
        for (scheme, proxy) in [
            ("socks5h", Proxy::socks5(Some(("ana", "p@ss:word")))),
            ("http", Proxy::http(Some(("ana", "p@ss:word")))),
        ] {
            let url = format!("proxy.url={scheme}://ana:p%40ss%3Aword@{}\n", proxy.address);
            describe(&sandbox, at, &format!("{}{url}", user(broker))).ends(0);
            assert_eq!(proxy.targets()[0], at);
        }
        // TLS is the broker's, from end to end.
        let proxy = Proxy::http(None);
        let tls = std::fs::read_to_string(broker.client("ssl-admin")).expect("properties");
        let url = format!("\nproxy.url=http://{}\n", proxy.address);
        describe(&sandbox, broker.bootstrap(Listener::Ssl), &format!("{tls}{url}")).ends(0);
    });
}

#[test]
fn the_proxy_looks_names_up_that_this_machine_does_not_know() {
    let broker = Broker::shared(&newest());
    let sandbox = Sandbox::new();
    let port =
        broker.bootstrap(Listener::SaslPlaintext).rsplit_once(':').expect("a port").1.to_owned();
    let name = format!("broker1.proxied:{port}");
    for (scheme, proxy) in [("socks5h", Proxy::socks5(None)), ("http", Proxy::http(None))] {
        let url = format!("{scheme}://{}", proxy.address);
        sandbox.write("client.properties", &user(&broker));
        let arguments = ["context", "check", "-b", &name, "--command-config", "client.properties"];
        let mut command = sandbox.kward(arguments);
        let run = Run::of(command.env("KWARD_PROXY", &url)).ends(0);
        run.prints("the proxy looks it up")
            .prints(&format!("the proxy `{}` connects to it", proxy.address));
        let targets = proxy.targets();
        assert!(targets.contains(&name), "{targets:?}");
        // Where the broker says that it is.
        let advertised = broker.bootstrap(Listener::SaslPlaintext).to_owned();
        assert!(targets.contains(&advertised), "{targets:?}");
    }
    // Looked up here, it is not found, and the proxy is not asked.
    let proxy = Proxy::socks5(None);
    let properties = format!("{}proxy.url=socks5://{}\n", user(&broker), proxy.address);
    describe(&sandbox, &name, &properties)
        .ends(1)
        .says("the name `broker1.proxied` has no address");
    assert_eq!(proxy.targets(), [""; 0]);
}

#[test]
fn variables_for_other_programs_do_not_count() {
    let broker = Broker::shared(&newest());
    let sandbox = Sandbox::new();
    let mut command = sandbox.kward_on(&broker, "admin", ["cluster", "describe"]);
    for name in ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "HTTP_PROXY"] {
        command.env(name, "socks5h://127.0.0.1:1");
    }
    Run::of(&mut command).ends(0);
}

#[test]
fn a_token_endpoint_is_asked_through_the_proxy_too() {
    let broker = Broker::shared(&newest());
    let (proxy, idp) = (Proxy::socks5(None), Idp::start());
    let at = broker.bootstrap(Listener::SaslPlaintext);
    let (id, secret) = CLIENT;
    let port = idp.address.port();
    let properties = format!(
        "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=OAUTHBEARER\nproxy.url=socks5h://{}\n\
         sasl.oauthbearer.token.endpoint.url=http://idp.proxied:{port}/token\n\
         sasl.oauthbearer.client.id={id}\nsasl.oauthbearer.client.secret={secret}\n",
        proxy.address
    );
    // The broker takes no tokens; there was one.
    let run = describe(&Sandbox::new(), at, &properties).ends(1);
    run.says("does not take the SASL mechanism OAUTHBEARER");
    assert!(proxy.targets().contains(&format!("idp.proxied:{port}")), "{:?}", proxy.targets());
}

/// What is said of a proxy.
type Message<'a> = &'a dyn Fn(&Proxy) -> String;

#[test]
fn what_a_proxy_refuses_is_told() {
    let broker = Broker::shared(&newest());
    let at = broker.bootstrap(Listener::SaslPlaintext);
    let sandbox = Sandbox::new();
    let login = Some(("ana", "right"));
    let leads = |proxy: &Proxy| format!("the proxy `{}` does not connect to `{at}`", proxy.address);
    let refuses = |proxy: &Proxy| format!("the proxy `{}` refuses this client", proxy.address);
    let is_none = |proxy: &Proxy| format!("`{}` does not answer as a proxy does", proxy.address);
    let start = Proxy::start;
    let cases: [(Proxy, &str, Message<'_>, &str); 13] = [
        (start(false, None, Fault::Refuse(2)), "", &leads, "its rules do not allow it"),
        (start(false, None, Fault::Refuse(4)), "", &leads, "that the host cannot be reached"),
        (start(false, None, Fault::Refuse(5)), "", &leads, "that the connection is refused"),
        (start(false, login, Fault::None), "", &refuses, "it asks for a user and a password"),
        (
            start(false, login, Fault::None),
            "ana:wrong@",
            &refuses,
            "it does not accept the user and the password",
        ),
        (start(false, None, Fault::Close), "", &is_none, "it closed the connection"),
        (start(false, None, Fault::Babble), "", &is_none, "it does not speak SOCKS5"),
        (start(true, None, Fault::Refuse(403)), "", &leads, "the HTTP status 403 (Whatever)"),
        (start(true, None, Fault::Refuse(405)), "", &refuses, "it has to allow CONNECT"),
        (start(true, login, Fault::None), "", &refuses, "it asks for a user and a password"),
        (
            start(true, login, Fault::None),
            "ana:wrong@",
            &refuses,
            "it does not accept the user and the password",
        ),
        (start(true, None, Fault::Close), "", &is_none, "it closed the connection"),
        (start(true, None, Fault::Babble), "", &is_none, "it does not speak HTTP"),
    ];
    for (number, (proxy, who, message, cause)) in cases.iter().enumerate() {
        let scheme = if number < 7 { "socks5h" } else { "http" };
        let url = format!("proxy.url={scheme}://{who}{}\n", proxy.address);
        let properties = format!("{}request.timeout.ms=5000\n{url}", user(&broker));
        let run = describe(&sandbox, at, &properties).ends(1).says(&message(proxy)).says(cause);
        assert!(!run.err.contains("wrong@") && !run.err.contains(":wrong"), "{run}");
    }
}

#[test]
fn a_proxy_that_is_not_there_or_silent_costs_no_more_than_the_deadline() {
    let broker = Broker::shared(&newest());
    let at = broker.bootstrap(Listener::SaslPlaintext);
    let sandbox = Sandbox::new();
    let gone = nobody();
    describe(&sandbox, at, &format!("{}proxy.url=socks5h://{gone}\n", user(&broker)))
        .ends(1)
        .says(&format!("the proxy `{gone}` cannot be reached"))
        .says("`proxy.url=none` goes without one");
    for http in [false, true] {
        let proxy = Proxy::start(http, None, Fault::Silence);
        let scheme = if http { "http" } else { "socks5h" };
        let url = format!("proxy.url={scheme}://{}", proxy.address);
        let began = Instant::now();
        let arguments = ["topic", "list", "-b", at, "-X", &url, "--timeout", "2s"];
        let other = if http { "socks5h" } else { "http" };
        Run::of(&mut sandbox.kward(arguments))
            .ends(1)
            .says(&format!(
                "timed out after 2s while waiting for the proxy `{}` to connect to `{at}`",
                proxy.address
            ))
            .says(&format!("is `proxy.url={other}://HOST:PORT`"));
        assert!(began.elapsed() < Duration::from_secs(20));
    }
}

/// A proxy that is spoken to in TLS: what comes out of it goes to a plain one.
#[test]
fn a_proxy_may_be_spoken_to_in_tls() {
    let broker = Broker::shared(&newest());
    let sandbox = Sandbox::new();
    let at = broker.bootstrap(Listener::SaslPlaintext);
    let proxy = Proxy::http(Some(("ana", "word")));
    let front = TlsFront::start(&broker, proxy.address);
    let ca = broker.certificate("ca.pem").display().to_string();
    let url = format!("proxy.url=https://ana:word@{}\n", front.0);
    let trusted = format!("{}{url}https.ca.location={ca}\n", user(&broker));
    describe(&sandbox, at, &trusted).ends(0);
    assert!(!proxy.targets().is_empty() && proxy.targets().iter().all(|target| target == at));
    // TLS in TLS: the broker's own, inside of the proxy's.
    let tls = std::fs::read_to_string(broker.client("ssl-admin")).expect("properties");
    let both = format!("{tls}\n{url}https.ca.location={ca}\n");
    describe(&sandbox, broker.bootstrap(Listener::Ssl), &both).ends(0);

    describe(&sandbox, at, &format!("{}{url}", user(&broker)))
        .ends(1)
        .says(&format!("TLS with the proxy `{}` failed", front.0))
        .says("`https.ca.location` names others");
    // One that speaks none.
    let plain =
        format!("{}proxy.url=https://{}\nhttps.ca.location={ca}\n", user(&broker), proxy.address);
    describe(&sandbox, at, &plain).ends(1).says(&format!("{}", proxy.address));
}

/// TLS with the broker's certificate, in front of a plain server.
struct TlsFront(std::net::SocketAddr);

impl TlsFront {
    fn start(broker: &Broker, behind: std::net::SocketAddr) -> Self {
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(server_config(broker)));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound port");
        listener.set_nonblocking(true).expect("a port of tokio's");
        // It ends with the tests' process.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a port");
                while let Ok((stream, _)) = listener.accept().await {
                    let acceptor = acceptor.clone();
                    tokio::spawn(async move {
                        let Ok(mut inner) = acceptor.accept(stream).await else { return };
                        let Ok(mut outer) = tokio::net::TcpStream::connect(behind).await else {
                            return;
                        };
                        let _ = tokio::io::copy_bidirectional(&mut inner, &mut outer).await;
                    });
                }
            });
        });
        Self(address)
    }
}
