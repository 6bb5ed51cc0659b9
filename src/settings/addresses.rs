//! `bootstrap.servers` and `bootstrap.controllers`: addresses of brokers, or of controllers.

use super::client_config::Address;
use crate::model::visible;

/// The port when none is given, as librdkafka has it.
const DEFAULT_PORT: u16 = 9092;

/// What a list of addresses says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Addresses {
    /// Without repeats, in the order given.
    pub list: Vec<Address>,
    /// The security protocols that stand before an address: `SASL_SSL://broker:9093`. Kafka's
    /// clients skip them.
    pub protocols: Vec<String>,
}

/// Reads addresses separated by commas: `host:port`, `host`, `[::1]:9092`, `SSL://host:port`.
/// The error says what is wrong, as the end of a sentence that begins with who gave them.
pub(super) fn parse(text: &str) -> Result<Addresses, String> {
    parse_with(text, Some(DEFAULT_PORT))
}

/// The same for controllers, which no port is usual for.
pub(super) fn parse_controllers(text: &str) -> Result<Addresses, String> {
    parse_with(text, None)
}

fn parse_with(text: &str, default_port: Option<u16>) -> Result<Addresses, String> {
    let mut addresses = Addresses { list: Vec::new(), protocols: Vec::new() };
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let rest = match part.split_once("://") {
            None => part,
            Some((protocol, rest)) if is_protocol(protocol) => {
                addresses.protocols.push(protocol.to_ascii_uppercase());
                rest
            }
            Some(_) => return Err(format!("`{}` is no address", shown(part))),
        };
        let address =
            address(rest, default_port).map_err(|why| format!("`{}` {why}", shown(part)))?;
        if !addresses.list.contains(&address) {
            addresses.list.push(address);
        }
    }
    if addresses.list.is_empty() { Err("no address is given".to_owned()) } else { Ok(addresses) }
}

/// Whether a text is a list of addresses; the error says what is wrong with it.
pub fn is_addresses(text: &str) -> Result<(), String> {
    parse(text).map(drop)
}

/// The text without what stands before an `@`: in a URL that is a password.
pub(super) fn shown(text: &str) -> String {
    let parts = text.split(',').map(|part| match part.rsplit_once('@') {
        Some((_, place)) => format!("***@{}", visible(place)),
        None => visible(part).into_owned(),
    });
    parts.collect::<Vec<_>>().join(",")
}

fn is_protocol(text: &str) -> bool {
    ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
        .iter()
        .any(|protocol| text.eq_ignore_ascii_case(protocol))
}

fn address(text: &str, default_port: Option<u16>) -> Result<Address, &'static str> {
    if text.contains('@') {
        return Err("has a user before the host: who connects stands in `sasl.username`");
    }
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').ok_or("has no `]`")?;
        match rest.strip_prefix(':') {
            Some(port) => (host, Some(port)),
            None if rest.is_empty() => (host, None),
            None => return Err("has something else than a port behind `]`"),
        }
    } else if text.matches(':').count() > 1 {
        return Err("is ambiguous: an IPv6 address stands in brackets, `[::1]:9092`");
    } else {
        text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)))
    };
    let wrong = |c: char| !(c.is_alphanumeric() || matches!(c, '-' | '.' | '_' | ':' | '%'));
    if host.is_empty() {
        return Err("has no host");
    }
    if host.contains(wrong) {
        return Err("has a host with characters that no host has");
    }
    let port = match port {
        None => default_port.ok_or("has no port")?,
        Some(port) if port.bytes().all(|b| b.is_ascii_digit()) => match port.parse() {
            Ok(port) if port > 0 => port,
            _ => return Err("has a port that is not between 1 and 65535"),
        },
        Some(_) => return Err("has a port that is no number"),
    };
    Ok(Address { host: host.to_owned(), port })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, expected) in [
            ("a:1", vec![("a", 1)]),
            ("a", vec![("a", 9092)]),
            (" a:1 ,, b.c:2,a:1 ", vec![("a", 1), ("b.c", 2)]),
            ("[::1]:9093,10.0.0.1:9092", vec![("::1", 9093), ("10.0.0.1", 9092)]),
            ("[fe80::1%eth0]", vec![("fe80::1%eth0", 9092)]),
            ("bücher.example:9092", vec![("bücher.example", 9092)]),
            ("my_broker-1:9092", vec![("my_broker-1", 9092)]),
        ] {
            let list = parse(text).unwrap().list;
            let list: Vec<_> = list.iter().map(|a| (a.host.as_str(), a.port)).collect();
            assert_eq!(list, expected, "{text}");
        }
        let addresses = parse("SASL_SSL://a:1,ssl://b:2").unwrap();
        assert_eq!(addresses.protocols, ["SASL_SSL", "SSL"]);
        assert_eq!(addresses.list.len(), 2);
    }

    #[test]
    fn controllers_have_ports() {
        assert_eq!(parse_controllers("c:9093,[::1]:2").unwrap().list.len(), 2);
        assert_eq!(parse_controllers("c:9093,d").unwrap_err(), "`d` has no port");
    }

    #[test]
    fn what_is_no_address() {
        for text in [
            "", ",", ":9092", "a:", "a:x", "a:0", "a:65536", "a:-1", "::1", "::1:9092", "[::1",
            "[::1]x", "http://a", "a b:1", "a/b", "user@a:1", "[]:1", "a:+1",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert_eq!(parse("a\u{1b}:x").unwrap_err().matches('\u{1b}').count(), 0);
        for text in ["ana:hunter2@b:1", "SSL://ana:hunter2@b:1", "x://ana:hun@ter2@b:1"] {
            let why = parse(text).unwrap_err();
            assert!(why.contains("***@b:1") && !why.contains("ter2"), "{why}");
        }
        assert_eq!(shown("a:1,u:p@b:2"), "a:1,***@b:2");
    }
}
