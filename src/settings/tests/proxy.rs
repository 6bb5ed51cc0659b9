//! Who names a proxy, and how.

use super::*;

fn proxy(config: &ClientConfig) -> String {
    let Some(proxy) = &config.proxy else { return "none".to_owned() };
    let login = proxy.login.as_ref();
    let login = login.map(|(user, password)| format!(" {user}/{}", password.expose_secret()));
    let Address { host, port } = &proxy.address;
    let tls = if proxy.tls.is_some() { " TLS" } else { "" };
    format!("{:?} {host}:{port}{}{tls}", proxy.kind, login.unwrap_or_default())
}

#[test]
fn kinds_of_proxies() {
    let socks = |resolves| format!("Socks5 {{ resolves: {resolves} }}");
    for (text, expected) in [
        ("", "none".to_owned()),
        ("proxy.url=none", "none".to_owned()),
        ("proxy.url=socks5h://p", format!("{} p:1080", socks(true))),
        ("proxy.url=SOCKS5://p:99", format!("{} p:99", socks(false))),
        ("proxy.url=http://p/", "HttpConnect p:8080".to_owned()),
        ("proxy.url=https://p", "HttpConnect p:443 TLS".to_owned()),
        ("proxy.url=http://[::1]:3128", "HttpConnect ::1:3128".to_owned()),
        ("proxy.url=http://ana:p%40s@p", "HttpConnect p:8080 ana/p@s".to_owned()),
        (
            "proxy.url=http://p\nproxy.username=ana\nproxy.password=s",
            "HttpConnect p:8080 ana/s".to_owned(),
        ),
        ("proxy.url=http://ana@p\nproxy.password=s", "HttpConnect p:8080 ana/s".to_owned()),
    ] {
        let config = World::new().properties(text).unwrap();
        assert_eq!(proxy(&config), expected, "{text}");
    }
}

#[test]
fn who_wins() {
    let world = World::with_config(
        "[contexts.a]\nbootstrap-servers = \"a:1\"\nproxy = \"socks5h://ctx\"\nproxy-password-env = \"PW\"\n\
         properties.proxy.username = \"ana\"\n",
    )
    .variable("PW", "hunter2")
    .variable("ALL_PROXY", "socks5h://all:1");
    let of = |world: &World, arguments: &[&str]| proxy(&world.client(arguments).unwrap());
    let socks = "Socks5 { resolves: true }";
    assert_eq!(of(&world, &["-c", "a"]), format!("{socks} ctx:1080 ana/hunter2"));
    assert_eq!(
        of(&world, &["-b", "a:1"]),
        "none",
        "what is meant for other programs does not count"
    );
    let world = world.variable("KWARD_PROXY", "socks5h://env");
    assert_eq!(of(&world, &["-c", "a"]), format!("{socks} env:1080 ana/hunter2"));
    assert_eq!(of(&world, &["-b", "a:1"]), format!("{socks} env:1080"));
    assert_eq!(of(&world, &["-b", "a:1", "-X", "proxy.url=none"]), "none");
}

#[test]
fn mistakes() {
    let at = "`proxy.url` (client.properties:1) is wrong: ";
    for (text, message) in [
        ("proxy.url=p:1080", format!("{at}its scheme is that of no proxy")),
        ("proxy.url=socks4://p", format!("{at}version 4 of SOCKS is not supported")),
        ("proxy.url=socks5://", format!("{at}it names no host")),
        ("proxy.url=socks5://p:0", format!("{at}its port is no number from 1 to 65535")),
        (
            "proxy.url=http://p\nproxy.password=s",
            "`proxy.password` (client.properties:2) is given without a user".to_owned(),
        ),
        (
            "proxy.url=http://p\nproxy.username=a:b",
            "`proxy.url` (client.properties:1): the user of an HTTP proxy has no colon in its name"
                .to_owned(),
        ),
    ] {
        let error = World::new().properties(text).unwrap_err();
        assert_eq!(error.message(), message, "{text}");
    }
}
