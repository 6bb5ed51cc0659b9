//! Hosts of bindings as sets of client addresses: ranges as `CidrUtils` of Kafka 4.4 reads them,
//! and the parts into which a set of bindings divides all addresses.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::iter::successors;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::model::{Host, HostKind, mask};

/// A CIDR range; the network has no host bits set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Range {
    network: IpAddr,
    bits: u8,
}

impl Range {
    pub(crate) fn contains(self, address: IpAddr) -> bool {
        address.is_ipv4() == self.network.is_ipv4() && mask(address, self.bits) == self.network
    }

    pub(super) fn includes(self, other: Self) -> bool {
        self.bits <= other.bits && self.contains(other.network)
    }

    fn first(self) -> u128 {
        number(self.network)
    }

    fn last(self) -> u128 {
        let width: u32 = if self.network.is_ipv4() { 32 } else { 128 };
        let host_bits = width - u32::from(self.bits);
        self.first() + 1_u128.checked_shl(host_bits).map_or(u128::MAX, |bit| bit - 1)
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// The range that `host` is for a broker that knows ranges (commons-net's `SubnetUtils` and
/// `SubnetUtils6`): leading zeros and set host bits are accepted, an IPv4-mapped network is not.
pub(crate) fn range(host: &Host) -> Option<Range> {
    let (network, bits) = host.split_once('/')?;
    let (network, bits) = if host.contains(':') {
        (IpAddr::V6(ipv6_network(network)?), bits.parse::<i32>().ok()?)
    } else {
        let short = (1..=2).contains(&bits.len()) && bits.bytes().all(|b| b.is_ascii_digit());
        (IpAddr::V4(ipv4_network(network)?), bits.parse::<i32>().ok().filter(|_| short)?)
    };
    let width = if network.is_ipv4() { 32 } else { 128 };
    let bits = u8::try_from(bits).ok().filter(|bits| *bits <= width)?;
    Some(Range { network: mask(network, bits), bits })
}

fn ipv4_network(text: &str) -> Option<Ipv4Addr> {
    if text.split('.').any(|octet| octet.is_empty() || octet.len() > 3) {
        return None;
    }
    without_leading_zeros(text).parse().ok()
}

fn ipv6_network(text: &str) -> Option<Ipv6Addr> {
    let text = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let text = match text.split_once('%') {
        // A numeric scope is dropped; whether a named one is known depends on the broker's machine.
        Some((address, scope)) if scope.bytes().all(|b| b.is_ascii_digit()) => address,
        Some(_) => return None,
        None => text,
    };
    let address: Ipv6Addr = without_leading_zeros(text).parse().ok()?;
    address.to_ipv4_mapped().is_none().then_some(address)
}

/// `010.0.0.0` as `10.0.0.0`, `2001:00db8::` as `2001:db8::`.
fn without_leading_zeros(text: &str) -> Cow<'_, str> {
    let starts_with_zero = |part: &str| part.len() > 1 && part.starts_with('0');
    if !text.split(['.', ':']).any(starts_with_zero) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    for part in text.split_inclusive(['.', ':']) {
        let digits = part.trim_end_matches(['.', ':']);
        let significant = digits.trim_start_matches('0');
        if significant.is_empty() && !digits.is_empty() {
            plain.push('0');
        }
        plain.push_str(significant);
        plain.push_str(&part[digits.len()..]);
    }
    Cow::Owned(plain)
}

/// The address of a client as Java prints it; a link-local address carries the broker's interface.
pub(crate) fn client_address(client: &str) -> Option<IpAddr> {
    client.split('%').next().and_then(|address| address.parse().ok())
}

/// A set of clients that the bindings do not tell apart by their hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// `*` for the clients that only `*` matches; otherwise the address or the range, as a binding
    /// names it. A range's part is what is left of it outside narrower ranges and addresses.
    pub(crate) host: Host,
    /// The next wider part; 0, the clients that only `*` matches, is its own.
    pub(crate) parent: usize,
    /// A client of the part, for a [`Request`](super::Request).
    pub(crate) client: Option<String>,
}

/// All clients, divided by the hosts of some bindings. Wider parts stand before narrower ones.
#[derive(Debug)]
pub(crate) struct HostParts {
    parts: Vec<Part>,
    by_host: BTreeMap<Host, usize>,
}

impl HostParts {
    /// The parts that these hosts make. Hosts that match no client make none, and so does a range
    /// of which nothing is left.
    pub(crate) fn new<'a>(hosts: impl IntoIterator<Item = &'a Host>, cidr: bool) -> Self {
        let mut ranges: BTreeMap<Range, Vec<&Host>> = BTreeMap::new();
        let mut addresses: BTreeMap<&Host, Option<IpAddr>> = BTreeMap::new();
        for host in hosts {
            if host.is_any() {
                continue;
            }
            if let Some(range) = range(host) {
                if cidr {
                    let names = ranges.entry(range).or_default();
                    if let Err(at) = names.binary_search(&host) {
                        names.insert(at, host);
                    }
                }
            } else if is_client(host) {
                addresses.insert(host, client_address(host));
            }
        }
        let mut this = Self {
            parts: vec![Part { host: Host::any(), parent: 0, client: None }],
            by_host: BTreeMap::from([(Host::any(), 0)]),
        };
        let taken: BTreeSet<IpAddr> = addresses.values().flatten().copied().collect();
        this.add_ranges(&ranges, &taken);
        for (host, address) in addresses {
            let parent = address.map_or(0, |address| this.around(address, &ranges));
            this.push(host, parent, Some(host.to_string()));
        }
        this
    }

    /// Ranges are nested or apart, and in their order the wider stands before the narrower.
    fn add_ranges(&mut self, ranges: &BTreeMap<Range, Vec<&Host>>, taken: &BTreeSet<IpAddr>) {
        let mut around: Vec<(Range, usize)> = Vec::new();
        for (range, hosts) in ranges {
            while around.last().is_some_and(|(outer, _)| !outer.includes(*range)) {
                around.pop();
            }
            let parent = around.last().map_or(0, |(_, part)| *part);
            let inner = ranges.range(range..).skip(1).map(|(inner, _)| *inner);
            let client =
                free_address(*range, inner, taken).map(|a| Host::of_address(a).to_string());
            let part = self.push(hosts[0], parent, client);
            for host in hosts {
                self.by_host.insert((*host).clone(), part);
            }
            around.push((*range, part));
        }
    }

    /// The part of the narrowest range that contains `address`.
    fn around(&self, address: IpAddr, ranges: &BTreeMap<Range, Vec<&Host>>) -> usize {
        let whole = Range { network: address, bits: u8::MAX };
        let before = ranges.range(..=whole).next_back();
        let mut part = before.and_then(|(_, hosts)| self.named(hosts[0])).unwrap_or(0);
        while part != 0 && !range(&self.parts[part].host).is_some_and(|r| r.contains(address)) {
            part = self.parts[part].parent;
        }
        part
    }

    fn push(&mut self, host: &Host, parent: usize, client: Option<String>) -> usize {
        let part = self.parts.len();
        self.parts.push(Part { host: host.clone(), parent, client });
        self.by_host.insert(host.clone(), part);
        part
    }

    /// Wider parts first. Number 0 is the clients that only `*` matches.
    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The part that bears the name of `host`; `None` where no client matches it.
    pub(crate) fn named(&self, host: &Host) -> Option<usize> {
        self.by_host.get(host).copied()
    }

    /// The parts inside part `part`, itself first.
    pub(crate) fn inside(&self, part: usize) -> impl Iterator<Item = usize> + '_ {
        let wider = |at: &usize| (*at != 0).then(|| self.parts[*at].parent);
        (0..self.parts.len())
            .filter(move |inner| successors(Some(*inner), wider).any(|at| at == part))
    }

    /// Whether part `part` has clients at all.
    pub(crate) fn is_inhabited(&self, part: usize) -> bool {
        part == 0 || self.parts[part].client.is_some()
    }

    /// Each inhabited part with the host to ask for.
    pub(crate) fn clients(&self) -> impl Iterator<Item = (&Host, Option<&str>)> {
        let inhabited = (0..self.parts.len()).filter(|part| self.is_inhabited(*part));
        inhabited.map(|part| (&self.parts[part].host, self.parts[part].client.as_deref()))
    }
}

/// Whether `host` is the address of a client, in the form that the broker compares.
fn is_client(host: &Host) -> bool {
    match host.split_once('%') {
        Some((address, scope)) => {
            !scope.is_empty() && matches!(Host::from(address).kind(), HostKind::Address(_))
        }
        None => matches!(host.kind(), HostKind::Address(_)),
    }
}

/// The lowest address of `range` that lies in none of the `inner` ranges (those that follow it in
/// order) and is not `taken`.
fn free_address(
    range: Range,
    inner: impl Iterator<Item = Range>,
    taken: &BTreeSet<IpAddr>,
) -> Option<IpAddr> {
    // Clients of IPv4-mapped addresses appear as IPv4.
    let mapped = 0xffff_0000_0000_u128..=0xffff_ffff_ffff;
    let mut inner = inner.take_while(|inner| range.includes(*inner)).peekable();
    let mut at = range.first();
    while at <= range.last() {
        let mut next = None;
        while let Some(hole) = inner.peek() {
            if hole.last() < at {
                inner.next();
            } else {
                next = (hole.first() <= at).then(|| hole.last());
                break;
            }
        }
        let address = match range.network {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(at).ok()?)),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::from_bits(at)),
        };
        if address.is_ipv6() && mapped.contains(&at) {
            next = next.max(Some(*mapped.end()));
        }
        if next.is_none() && taken.contains(&address) {
            next = Some(at);
        }
        match next {
            None => return Some(address),
            Some(last) => at = last.checked_add(1)?,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_range(client: &str, host: &str) -> bool {
        range(&host.into()).is_some_and(|range| range.contains(client_address(client).unwrap()))
    }

    #[test]
    fn ranges_are_read_as_kafka_reads_them() {
        // Each line was answered so by CidrUtils of Kafka 4.4.0; the differential test asks again.
        for (client, host, expected) in ODD_RANGES {
            assert_eq!(in_range(client, host), *expected, "{client} in {host}");
        }
    }

    pub(crate) const ODD_RANGES: &[(&str, &str, bool)] = &[
        ("10.0.0.1", "010.0.0.0/8", true),
        ("10.0.0.1", "10.0.0.0/08", true),
        ("10.0.0.1", "10.0.0.0/008", false),
        ("10.0.0.1", "0010.0.0.0/8", false),
        ("10.0.0.1", "10..0.0/8", false),
        ("10.0.0.1", "10.0.0.5/8", true),
        ("10.0.0.1", "10.0.0.0/+8", false),
        ("10.0.0.1", "10.0.0/8", false),
        ("10.0.0.1", "10.0.0.0/8/8", false),
        ("10.0.0.1", "10.0.0.0/33", false),
        ("10.0.0.1", "300.0.0.0/0", false),
        ("10.0.0.1", "0.0.0.0/0", true),
        ("10.0.0.1", "10.0.0.0/31", true),
        ("10.0.0.1", "::/0", false),
        ("0:0:0:0:0:0:0:1", "0.0.0.0/0", false),
        ("0:0:0:0:0:0:0:1", "::1/128", true),
        ("0:0:0:0:0:0:0:1", "::/000", true),
        ("0:0:0:0:0:0:0:1", "::/+0", true),
        ("0:0:0:0:0:0:0:1", "::/-0", true),
        ("0:0:0:0:0:0:0:1", "00001::/0", true),
        ("0:0:0:0:0:0:0:1", "::01.2.3.4/0", true),
        ("0:0:0:0:0:0:0:1", "::ffff:10.0.0.0/8", false),
        ("2001:db8:0:0:0:0:0:1", "[2001:0db8::]/032", true),
        ("2001:db8:0:0:0:0:0:1", "2001:db8::%1/32", true),
        ("2001:db8:0:0:0:0:0:1", "2001:db8::/129", false),
        ("2001:db8:0:0:0:0:0:1", "2001:db8::/-1", false),
        ("fe80:0:0:0:0:0:0:1%2", "fe80::/10", true),
    ];

    #[test]
    fn a_range_ends_where_its_host_bits_do() {
        for (host, size) in [
            ("10.0.0.0/30", 4),
            ("10.0.0.1/32", 1),
            ("0.0.0.0/0", 1 << 32),
            ("2001:db8::/126", 4),
            ("::1/128", 1),
            ("::/64", 1 << 64),
        ] {
            let range = range(&host.into()).unwrap();
            assert_eq!(range.last() - range.first() + 1, size, "{host}");
        }
        assert_eq!(range(&"::/0".into()).unwrap().last(), u128::MAX);
    }

    #[test]
    fn a_named_scope_makes_no_range() {
        // Whether the broker's machine has such an interface is not known here.
        assert_eq!(range(&"2001:db8::%eth0/32".into()), None);
        assert!(range(&"2001:db8::%0/32".into()).is_some());
    }

    fn parts(hosts: &[&str]) -> Vec<(String, String, Option<String>)> {
        let hosts: Vec<Host> = hosts.iter().map(|host| Host::from(*host)).collect();
        let parts = HostParts::new(&hosts, true);
        let of = |part: &Part| {
            let parent = parts.parts()[part.parent].host.to_string();
            (part.host.to_string(), parent, part.client.clone())
        };
        parts.parts().iter().map(of).collect()
    }

    #[test]
    fn nested_ranges_and_addresses_make_a_tree() {
        let part = |host: &str, parent: &str, client: &str| {
            (host.to_owned(), parent.to_owned(), Some(client.to_owned()))
        };
        assert_eq!(
            parts(&["10.0.0.0/8", "10.0.0.7", "10.0.0.0/24", "10.0.0.0", "10.0.0.0/32", "db", "*"]),
            [
                ("*".to_owned(), "*".to_owned(), None),
                part("10.0.0.0/8", "*", "10.0.1.0"),
                part("10.0.0.0/24", "10.0.0.0/8", "10.0.0.1"),
                ("10.0.0.0/32".to_owned(), "10.0.0.0/24".to_owned(), None),
                part("10.0.0.0", "10.0.0.0/32", "10.0.0.0"),
                part("10.0.0.7", "10.0.0.0/24", "10.0.0.7"),
            ]
        );
        // What follows a range lies beside it, unless inside.
        assert_eq!(
            parts(&["10.0.0.0/30", "10.0.0.4/30", "10.0.0.4", "10.0.0.8"])[1..],
            [
                part("10.0.0.0/30", "*", "10.0.0.0"),
                part("10.0.0.4/30", "*", "10.0.0.5"),
                part("10.0.0.4", "10.0.0.4/30", "10.0.0.4"),
                part("10.0.0.8", "*", "10.0.0.8"),
            ]
        );
    }

    #[test]
    fn the_same_range_in_two_spellings_is_one_part_and_a_covered_range_has_no_clients() {
        let hosts = ["10.0.0.0/8", "10.9.9.9/8"].map(Host::from);
        let same = HostParts::new(&hosts, true);
        assert_eq!(same.named(&hosts[0]), same.named(&hosts[1]));
        let halves = ["10.0.0.0/31", "10.0.0.0/32", "10.0.0.1"].map(Host::from);
        let covered = HostParts::new(&halves, true);
        assert_eq!(halves.each_ref().map(|host| covered.named(host)), [1, 2, 3].map(Some));
        assert!(!covered.is_inhabited(covered.named(&halves[0]).unwrap()));
        assert_eq!(HostParts::new(&halves, false).parts().len(), 2);
        let clients = |parts: &HostParts| -> Vec<String> {
            parts.clients().map(|(host, _)| host.to_string()).collect()
        };
        assert_eq!(clients(&covered), ["*", "10.0.0.0/32", "10.0.0.1"]);
        // Inside a part are those that stand under it, and no others.
        let whole = covered.named(&halves[0]).unwrap();
        let other = HostParts::new(&["10.0.0.0/31", "10.0.0.1", "10.0.0.2"].map(Host::from), true);
        let inside = |parts: &HostParts, part| -> Vec<String> {
            parts.inside(part).map(|at| parts.parts()[at].host.to_string()).collect()
        };
        assert_eq!(inside(&covered, whole), ["10.0.0.0/31", "10.0.0.0/32", "10.0.0.1"]);
        assert_eq!(inside(&other, whole), ["10.0.0.0/31", "10.0.0.1"]);
        assert_eq!(inside(&other, 0).len(), 4);
    }

    #[test]
    fn a_link_local_client_carries_the_brokers_interface() {
        for (host, is_part) in [
            ("fe80:0:0:0:0:0:0:1%2", true),
            ("fe80:0:0:0:0:0:0:1%eth0", true),
            ("fe80:0:0:0:0:0:0:1%", false),
            ("fe80::1%2", false),
            ("db%2", false),
        ] {
            let names: Vec<String> = parts(&[host]).into_iter().map(|part| part.0).collect();
            assert_eq!(names.contains(&host.to_owned()), is_part, "{host}");
        }
    }

    #[test]
    fn no_client_has_an_ipv4_mapped_address() {
        let hosts = ["::fffe:0:0/95", "::fffe:0:0/96"].map(Host::from);
        let parts = HostParts::new(&hosts, true);
        // What is left of the wider range are the addresses that appear as IPv4.
        assert!(!parts.is_inhabited(parts.named(&hosts[0]).unwrap()));
        assert!(parts.is_inhabited(parts.named(&hosts[1]).unwrap()));
        let hosts = ["::fffe:0:0/94", "::fffe:0:0/96"].map(Host::from);
        let parts = HostParts::new(&hosts, true);
        let client = |host| parts.parts()[parts.named(host).unwrap()].client.clone();
        assert_eq!(client(&hosts[0]).as_deref(), Some("0:0:0:0:0:fffc:0:0"));
    }
}
