//! The few kinds of URL that a client names: token endpoints, files, proxies (RFC 3986, the parts that
//! these have).

use secrecy::SecretString;

use super::client_config::Address;

/// A URL taken apart. `Debug` does not show the password in it.
#[derive(Debug, Clone)]
pub(super) struct Url {
    /// Lower case.
    pub scheme: String,
    /// User and password in front of the host.
    pub login: Option<(String, SecretString)>,
    /// Empty for `file:`.
    pub host: String,
    pub port: Option<u16>,
    /// With the query and without the fragment; may be empty.
    pub path: String,
}

impl Url {
    /// Takes a URL apart; the error says what is wrong without repeating the text.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = text.split_once(':').ok_or("it has no scheme, such as `https://`")?;
        if scheme.is_empty() || !scheme.chars().all(is_of_scheme) {
            return Err("it does not begin with a scheme, such as `https://`");
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err("it has blanks in it");
        }
        let scheme = scheme.to_ascii_lowercase();
        let rest = rest.split('#').next().unwrap_or_default();
        let Some(rest) = rest.strip_prefix("//") else {
            // `file:/path`, as Java writes it.
            let path = rest.to_owned();
            return Ok(Self { scheme, login: None, host: String::new(), port: None, path });
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (login, place) = match authority.rsplit_once('@') {
            Some((login, place)) => (Some(login_of(login)?), place),
            None => (None, authority),
        };
        let (host, port) = host_and_port(place)?;
        Ok(Self { scheme, login, host, port, path: path.to_owned() })
    }

    /// Host and port, where the scheme has a port of its own.
    pub fn address(&self, default_port: u16) -> Address {
        Address { host: self.host.clone(), port: self.port.unwrap_or(default_port) }
    }
}

/// A URL as it may be shown, and what was to be one: without what stands before the host and without the values
/// behind a `?`, where people put passwords.
pub(super) fn shown(text: &str) -> String {
    // An `@` behind a `?` or a `#` may belong to a password in front of the host or to a value behind it.
    let mark = text.find(['?', '#']).unwrap_or(text.len());
    if text[mark..].contains('@') {
        return "(not shown)".to_owned();
    }
    let (login, rest) = match text.rsplit_once('@') {
        Some((before, place)) => {
            let scheme = before.split_once("://").map(|(scheme, _)| scheme);
            let scheme = scheme.filter(|scheme| scheme.chars().all(is_of_scheme));
            let scheme = scheme.map(|scheme| format!("{scheme}://")).unwrap_or_default();
            (format!("{scheme}(user and password)@"), place)
        }
        None => (String::new(), text),
    };
    let (place, query) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
    let query = if query.is_empty() { "" } else { "?(not shown)" };
    format!("{login}{place}{query}")
}

fn is_of_scheme(c: char) -> bool {
    c.is_ascii_alphanumeric() || "+-.".contains(c)
}

fn login_of(text: &str) -> Result<(String, SecretString), &'static str> {
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    Ok((decode(user)?, SecretString::from(decode(password)?)))
}

fn host_and_port(place: &str) -> Result<(String, Option<u16>), &'static str> {
    let (host, port) = if let Some(literal) = place.strip_prefix('[') {
        let (host, rest) = literal.split_once(']').ok_or("its `[` has no `]`")?;
        (host, rest.strip_prefix(':'))
    } else {
        place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port)))
    };
    let port = match port {
        None | Some("") => None,
        Some(port) => match port.parse::<u16>() {
            Ok(port) if port > 0 => Some(port),
            _ => return Err("its port is no number from 1 to 65535"),
        },
    };
    Ok((host.to_owned(), port))
}

/// `%40` is `@`.
pub(super) fn decode(text: &str) -> Result<String, &'static str> {
    const WRONG: &str = "a `%` in it is not followed by two hexadecimal digits";
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else { return Err(WRONG) };
        bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
    }
    String::from_utf8(bytes).map_err(|_| "what stands behind `%` in it is not UTF-8")
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn the_parts() {
        let url = Url::parse("https://idp.example.com/realms/kafka/token?a=b#c").unwrap();
        assert_eq!((url.scheme.as_str(), url.host.as_str()), ("https", "idp.example.com"));
        assert_eq!((url.port, url.path.as_str()), (None, "/realms/kafka/token?a=b"));
        assert_eq!(url.address(443), Address { host: "idp.example.com".to_owned(), port: 443 });
        let url = Url::parse("socks5h://ana:p%40ss%3a@[::1]:1080").unwrap();
        assert_eq!((url.host.as_str(), url.port), ("::1", Some(1080)));
        let (user, password) = url.login.as_ref().unwrap();
        assert_eq!((user.as_str(), password.expose_secret()), ("ana", "p@ss:"));
        assert!(!format!("{url:?}").contains("p@ss"));
        for (text, path) in [("file:///a/b%20c", "/a/b%20c"), ("file:/a/b%20c", "/a/b%20c")] {
            assert_eq!(Url::parse(text).unwrap().path, path);
        }
    }

    #[test]
    fn no_password_is_shown() {
        for (text, expected) in [
            ("http://p:3128", "http://p:3128"),
            ("none", "none"),
            ("http://u:hunter2@p:3128/x", "http://(user and password)@p:3128/x"),
            ("u:hunter2@p:3128", "(user and password)@p:3128"),
            ("u:hunter2://x@p", "(user and password)@p"),
            ("https://u:hun@ter?2@idp/x", "(not shown)"),
            ("https://idp/x?client_secret=hun@ter2", "(not shown)"),
            ("https://idp/x?client_secret=hunter2", "https://idp/x?(not shown)"),
            (
                "https://u:hunter2@idp/x?a=hunter2#hunter2",
                "https://(user and password)@idp/x?(not shown)",
            ),
        ] {
            assert_eq!(shown(text), expected);
        }
    }

    #[test]
    fn what_is_none() {
        for text in [
            "",
            "idp",
            "//idp",
            "http s://a",
            "https://a b",
            "https://a:0",
            "https://a:99999",
            "https://[::1",
            "https://%zz@a",
            "https://%f@a",
            "https://%ff@a",
            "https://a:b:c",
        ] {
            assert!(Url::parse(text).is_err(), "{text}");
        }
    }
}
