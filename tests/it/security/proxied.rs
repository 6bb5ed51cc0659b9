//! Through proxies: to a real broker, to one at a name that only the proxy knows, to a token endpoint;
//! and what they refuse.

use std::time::{Duration, Instant};

use super::super::support::broker::newest;
use super::super::support::idp::{CLIENT, Idp};
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
    let gone = Proxy::socks5(None).address;
    describe(&sandbox, at, &format!("{}proxy.url=socks5h://{gone}\n", user(&broker)))
        .ends(1)
        .says(&format!("the proxy `{gone}` cannot be reached"))
        .says("`proxy.url=none` goes without one");
    for http in [false, true] {
        let proxy = Proxy::start(http, None, Fault::Silence);
        let scheme = if http { "http" } else { "socks5h" };
        let url = format!("proxy.url={scheme}://{}", proxy.address);
        let began = Instant::now();
        let arguments = ["topic", "list", "-b", at, "-X", &url, "--timeout", "500ms"];
        Run::of(&mut sandbox.kward(arguments)).ends(1).says(&format!(
            "timed out after 500ms while waiting for the proxy `{}` to connect to `{at}`",
            proxy.address
        ));
        assert!(began.elapsed() < Duration::from_secs(20));
    }
}
