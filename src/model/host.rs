//! The host of a binding, in the form that the broker compares.
//!
//! Up to Kafka 4.3 a host matches when it is `*` or equals, as a string, what Java's
//! `InetAddress.getHostAddress()` prints for the client; from metadata.version 4.4-IV1
//! (KIP-1276) a CIDR range matches too. Names never match: no broker resolves them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::name::shared_text;
use super::{WILDCARD, visible};
use serde::{Deserialize, Serialize};
use std::ops::Deref;
use std::sync::Arc;

shared_text! {
    /// A host of a binding, as Kafka stores it.
    Host
}

/// What a stored host is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostKind {
    /// `*`.
    Any,
    /// An address in exactly the form that the broker compares.
    Address(IpAddr),
    /// A valid CIDR range: network as given, number of prefix bits.
    Range(IpAddr, u8),
    /// Matches no client of any broker: a name, an IPv6 address in another spelling, a broken range.
    Inert,
}

/// Why a text is no host for a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostError {
    /// Neither `*`, an address nor a range.
    NotAnAddress,
    /// `fe80::1%eth0`: a zone id.
    ZoneId,
    /// `10.0.0.0/33`.
    BadPrefixLength(u8),
    /// `::ffff:10.0.0.0/104`: to the brokers that is an IPv4 network.
    MappedRange,
    /// `10.0.0.5/8`; the right spelling is inside.
    HostBitsSet(String),
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HostError::NotAnAddress => f.write_str(
                "a host is `*`, an IP address or a CIDR range; no broker resolves names",
            ),
            HostError::ZoneId => {
                f.write_str("a zone id never matches; leave out what follows the `%`")
            }
            HostError::BadPrefixLength(max) => {
                write!(f, "the prefix length of this range must be a number from 0 to {max}")
            }
            HostError::MappedRange => {
                f.write_str("a range of IPv4 addresses is written as such, as in `10.0.0.0/8`")
            }
            HostError::HostBitsSet(right) => {
                write!(f, "host bits are set behind the prefix; write `{right}`")
            }
        }
    }
}

impl std::error::Error for HostError {}

impl Host {
    /// `*`.
    pub fn any() -> Self {
        Self::verbatim(WILDCARD)
    }

    /// What to say of a range on a cluster that does not know ranges (KIP-1276).
    pub fn inert_range(&self) -> String {
        format!(
            "`{}` is a range: before metadata.version 4.4-IV1 the broker stores it and it silently matches nobody",
            visible(self)
        )
    }

    /// Whether this is a range of addresses.
    pub fn is_range(&self) -> bool {
        matches!(self.kind(), HostKind::Range(..))
    }

    /// ` from 10.0.0.1`, and nothing where it is any host. The empty host, which no client has, is ` from ""`.
    pub fn phrase(&self) -> String {
        match self.as_str() {
            _ if self.is_any() => String::new(),
            "" => " from \"\"".to_owned(),
            host => format!(" from {}", visible(host)),
        }
    }

    /// Whether this is `*`.
    pub fn is_any(&self) -> bool {
        self.as_str() == WILDCARD
    }

    /// Reads a host of a rule and puts it into the form that the broker compares: IPv6 expanded
    /// as Java prints it, IPv4-mapped IPv6 as its IPv4 address, a range as given.
    pub fn parse(text: &str) -> Result<Self, HostError> {
        if text == WILDCARD {
            return Ok(Self::any());
        }
        if text.contains('%') {
            return Err(HostError::ZoneId);
        }
        if let Some((network, bits)) = text.split_once('/') {
            let network: IpAddr = network.parse().map_err(|_| HostError::NotAnAddress)?;
            if let IpAddr::V6(v6) = network
                && v6.to_ipv4_mapped().is_some()
            {
                return Err(HostError::MappedRange);
            }
            let max = width(network);
            let bits = parse_bits(bits, max).ok_or(HostError::BadPrefixLength(max))?;
            let masked = mask(network, bits);
            if masked != network {
                return Err(HostError::HostBitsSet(format!("{masked}/{bits}")));
            }
            return Ok(Self::verbatim(text));
        }
        let address: IpAddr = text.parse().map_err(|_| HostError::NotAnAddress)?;
        Ok(Self::of_address(address))
    }

    /// The host that a client at `address` has for the broker.
    pub fn of_address(address: IpAddr) -> Self {
        Self::verbatim(java_address(address))
    }

    /// What this host is for the authorizer.
    pub fn kind(&self) -> HostKind {
        if self.is_any() {
            return HostKind::Any;
        }
        if let Some((network, bits)) = self.split_once('/') {
            let range = network.parse::<IpAddr>().ok();
            return range
                .and_then(|network| Some((network, parse_bits(bits, width(network))?)))
                .map_or(HostKind::Inert, |(network, bits)| HostKind::Range(network, bits));
        }
        match self.parse::<IpAddr>() {
            Ok(address) if java_address(address) == self.as_str() => HostKind::Address(address),
            _ => HostKind::Inert,
        }
    }
}

fn parse_bits(text: &str, max: u8) -> Option<u8> {
    // As Kafka reads it (`SubnetUtils`): digits only, of IPv4 two at most, of IPv6 three.
    let most = if max > 99 { 3 } else { 2 };
    let plain = (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse::<u8>().ok().filter(|bits| plain && *bits <= max)
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// `address` with every bit behind the first `bits` cleared.
pub(crate) fn mask(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & mask))
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
        }
    }
}

/// What `InetAddress.getHostAddress()` prints: IPv6 as eight groups without leading zeros and without `::`.
fn java_address(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.to_string(),
            None => v6.segments().map(|group| format!("{group:x}")).join(":"),
        },
    }
}

/// Where somebody listens, as it is written in settings: `broker1:9092`, `[::1]:9092`. One spelling for one
/// address: Java writes IPv6 in full.
pub fn host_and_port(host: &str, port: u16) -> String {
    match host.parse::<IpAddr>() {
        Ok(address) => SocketAddr::new(address, port).to_string(),
        Err(_) if host.contains(':') => format!("[{host}]:{port}"),
        Err(_) => format!("{host}:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_are_written_as_settings_take_them() {
        for (host, shown) in [
            ("broker1", "broker1:9092"),
            ("10.0.0.7", "10.0.0.7:9092"),
            ("::1", "[::1]:9092"),
            ("0:0:0:0:0:0:0:1", "[::1]:9092"),
            ("fe80::1%eth0", "[fe80::1%eth0]:9092"),
        ] {
            assert_eq!(host_and_port(host, 9092), shown);
        }
    }

    #[test]
    fn addresses_take_the_form_that_the_broker_compares() {
        for (given, stored) in [
            ("*", "*"),
            ("10.0.0.7", "10.0.0.7"),
            ("::1", "0:0:0:0:0:0:0:1"),
            ("2001:DB8::00ff", "2001:db8:0:0:0:0:0:ff"),
            ("::ffff:10.1.2.3", "10.1.2.3"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("2001:db8::/32", "2001:db8::/32"),
            ("0.0.0.0/0", "0.0.0.0/0"),
        ] {
            assert_eq!(Host::parse(given).unwrap().as_str(), stored);
        }
    }

    #[test]
    fn a_host_in_a_sentence() {
        assert_eq!(Host::any().phrase(), "");
        assert_eq!(Host::from("10.0.0.1").phrase(), " from 10.0.0.1");
        assert_eq!(Host::from("").phrase(), " from \"\"");
    }

    #[test]
    fn what_never_matches_is_refused_with_the_reason() {
        assert_eq!(Host::parse("db.acme"), Err(HostError::NotAnAddress));
        assert_eq!(Host::parse("010.0.0.1"), Err(HostError::NotAnAddress));
        assert_eq!(Host::parse("10.0.1"), Err(HostError::NotAnAddress));
        assert_eq!(Host::parse("fe80::1%eth0"), Err(HostError::ZoneId));
        assert_eq!(Host::parse("10.0.0.0/33"), Err(HostError::BadPrefixLength(32)));
        assert_eq!(Host::parse("10.0.0.0/032"), Err(HostError::BadPrefixLength(32)));
        assert_eq!(Host::parse("::ffff:10.0.0.0/104"), Err(HostError::MappedRange));
        assert_eq!(Host::parse("10.0.0.0/"), Err(HostError::BadPrefixLength(32)));
        assert_eq!(Host::parse("10.0.0.5/8"), Err(HostError::HostBitsSet("10.0.0.0/8".into())));
    }

    #[test]
    fn kinds() {
        assert_eq!(Host::from("::1").kind(), HostKind::Inert);
        assert_eq!(Host::from("0:0:0:0:0:0:0:1").kind(), HostKind::Address("::1".parse().unwrap()));
        assert_eq!(
            Host::from("10.0.0.5/8").kind(),
            HostKind::Range("10.0.0.5".parse().unwrap(), 8)
        );
        assert_eq!(Host::from("10.0.0.0/+8").kind(), HostKind::Inert);
        assert_eq!(Host::from("db.acme").kind(), HostKind::Inert);
    }
    #[test]
    fn a_refusal_says_what_to_write() {
        for (host, piece) in [
            ("db.acme", "no broker resolves names"),
            ("fe80::1%eth0", "leave out what follows the `%`"),
            ("10.0.0.0/33", "a number from 0 to 32"),
            ("2001:db8::/129", "a number from 0 to 128"),
            ("10.0.0.5/8", "write `10.0.0.0/8`"),
            ("2001:db8::5/32", "write `2001:db8::/32`"),
        ] {
            let error = Host::parse(host).unwrap_err().to_string();
            assert!(error.contains(piece), "{host}: {error}");
        }
    }

    #[test]
    fn the_length_of_a_prefix_is_plain_digits() {
        for (bits, max, expected) in [
            ("0", 32, Some(0)),
            ("32", 32, Some(32)),
            ("33", 32, None),
            ("128", 128, Some(128)),
            ("08", 32, Some(8)),
            ("008", 32, None),
            ("008", 128, Some(8)),
            ("0008", 128, None),
            ("+8", 32, None),
            ("", 32, None),
        ] {
            assert_eq!(parse_bits(bits, max), expected, "{bits}");
        }
    }

    #[test]
    fn a_mask_clears_what_is_behind_it() {
        for (address, bits, masked) in [
            ("255.255.255.255", 0, "0.0.0.0"),
            ("255.255.255.255", 9, "255.128.0.0"),
            ("255.255.255.255", 32, "255.255.255.255"),
            ("ffff:ffff::ffff", 0, "::"),
            ("ffff:ffff::ffff", 17, "ffff:8000::"),
            ("ffff:ffff::ffff", 128, "ffff:ffff::ffff"),
        ] {
            let [address, masked]: [IpAddr; 2] = [address, masked].map(|a| a.parse().unwrap());
            assert_eq!(mask(address, bits), masked, "{address}/{bits}");
        }
    }
}
