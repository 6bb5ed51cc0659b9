//! Where a controller listens.

use std::fmt;
use std::str::FromStr;

use super::host_and_port;

/// A listener with its name: `CONTROLLER://host:9093`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Its name, in capitals, as Kafka compares it.
    pub name: String,
    /// The host, an IPv6 address without brackets; empty where it listens on every address.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// A text is no listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoListener;

impl fmt::Display for NoListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a listener is `NAME=HOST:PORT`, as in `CONTROLLER=controller4:9093`")
    }
}

impl FromStr for Listener {
    type Err = NoListener;

    /// Reads `NAME=HOST:PORT`, and what Kafka's files say: `NAME://HOST:PORT`.
    fn from_str(text: &str) -> Result<Self, NoListener> {
        let (name, address) =
            text.split_once("://").or_else(|| text.split_once('=')).ok_or(NoListener)?;
        let (host, port) = address.rsplit_once(':').ok_or(NoListener)?;
        let host = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
        let port = port.trim().parse().map_err(|_| NoListener)?;
        let name = name.trim().to_uppercase();
        if name.is_empty() || host.contains(['[', ']', '/', ' ', '=']) {
            return Err(NoListener);
        }
        Ok(Self { name, host: host.to_owned(), port })
    }
}

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.name, host_and_port(&self.host, self.port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_write_it() {
        for (text, shown) in [
            ("controller=c4:9093", "CONTROLLER://c4:9093"),
            ("CONTROLLER://c4:9093", "CONTROLLER://c4:9093"),
            ("C=[::1]:9093", "C://[::1]:9093"),
            ("C://:9093", "C://:9093"),
        ] {
            assert_eq!(text.parse::<Listener>().map(|l| l.to_string()), Ok(shown.to_owned()));
        }
        for bad in ["", "c4:9093", "=c4:9093", "C=c4", "C=c4:port", "C=c4:70000", "C=a=b:1"] {
            assert_eq!(bad.parse::<Listener>(), Err(NoListener), "{bad}");
        }
    }
}
