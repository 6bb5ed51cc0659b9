//! Signing in at Amazon MSK: a request that nobody sends, signed by AWS's Signature Version 4, as JSON
//! (AWS_MSK_IAM) or as a URL (OAUTHBEARER). Pure, apart from the clock that is handed in.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::{digest, hmac};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};

use crate::settings::AwsCredentials;

/// How long the signature holds, in seconds, as MSK's own library has it.
const LIFETIME: u32 = 900;
const USER_AGENT: &str = concat!("kward/", env!("CARGO_PKG_VERSION"));
const SERVICE: &str = "kafka-cluster";

/// What is signed.
struct Request<'a> {
    credentials: &'a AwsCredentials,
    region: &'a str,
    host: &'a str,
    lifetime: u32,
    now: Timestamp,
}

/// The first and only message of AWS_MSK_IAM, for the broker called `host`.
pub(super) fn payload(
    credentials: &AwsCredentials,
    region: &str,
    host: &str,
    now: Timestamp,
) -> Vec<u8> {
    Request { credentials, region, host, lifetime: LIFETIME, now }.payload(USER_AGENT).into_bytes()
}

/// The token of OAUTHBEARER, which is the same for every broker of the region.
pub(super) fn token(credentials: &AwsCredentials, region: &str, now: Timestamp) -> String {
    let host = format!("kafka.{region}.amazonaws.com");
    let request = Request { credentials, region, host: &host, lifetime: LIFETIME, now };
    let (query, signature) = request.signed();
    let agent = encode(USER_AGENT);
    let url = format!("https://{host}/?{query}&X-Amz-Signature={signature}&User-Agent={agent}");
    URL_SAFE_NO_PAD.encode(url)
}

/// The region in the name of a broker: `b-1.name.abc.c2.kafka.eu-west-1.amazonaws.com`,
/// `boot-x.c1.kafka-serverless.eu-west-1.amazonaws.com`.
pub(super) fn region_of(host: &str) -> Option<&str> {
    let host = host.strip_suffix('.').unwrap_or(host);
    let host = host.strip_suffix(".cn").unwrap_or(host).strip_suffix(".amazonaws.com")?;
    let (rest, region) = host.rsplit_once('.')?;
    let service = rest.rsplit('.').next()?;
    matches!(service, "kafka" | "kafka-serverless").then_some(region)
}

impl Request<'_> {
    fn payload(&self, agent: &str) -> String {
        let mut payload = Map::new();
        let mut say = |key: &str, value: String| payload.insert(key.to_owned(), value.into());
        say("version", "2020_10_22".to_owned());
        say("host", self.host.to_owned());
        say("user-agent", agent.to_owned());
        for (name, value) in self.parameters() {
            say(&name.to_ascii_lowercase(), value);
        }
        say("x-amz-signature", self.signed().1);
        Value::Object(payload).to_string()
    }

    fn date(&self) -> String {
        self.now.strftime("%Y%m%d").to_string()
    }

    fn time(&self) -> String {
        self.now.strftime("%Y%m%dT%H%M%SZ").to_string()
    }

    fn scope(&self) -> String {
        format!("{}/{}/{SERVICE}/aws4_request", self.date(), self.region)
    }

    /// In the order in which they are signed.
    fn parameters(&self) -> Vec<(&'static str, String)> {
        let credential = format!("{}/{}", self.credentials.access_key_id, self.scope());
        let mut parameters = vec![
            ("Action", "kafka-cluster:Connect".to_owned()),
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256".to_owned()),
            ("X-Amz-Credential", credential),
            ("X-Amz-Date", self.time()),
            ("X-Amz-Expires", self.lifetime.to_string()),
        ];
        let token = self.credentials.session_token.as_ref();
        let token = token.map(|token| ("X-Amz-Security-Token", token.expose_secret().to_owned()));
        parameters.extend(token);
        parameters.push(("X-Amz-SignedHeaders", "host".to_owned()));
        parameters
    }

    /// The query, and its signature.
    fn signed(&self) -> (String, String) {
        let parameters = self.parameters().into_iter();
        let parameters = parameters.map(|(name, value)| format!("{name}={}", encode(&value)));
        let query = parameters.collect::<Vec<_>>().join("&");
        let nothing = hex(digest::digest(&digest::SHA256, b"").as_ref());
        let canonical = format!("GET\n/\n{query}\nhost:{}\n\nhost\n{nothing}", self.host);
        let hash = hex(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref());
        let text = format!("AWS4-HMAC-SHA256\n{}\n{}\n{hash}", self.time(), self.scope());
        (query, hex(sign(&self.key(), &text).as_ref()))
    }

    fn key(&self) -> Vec<u8> {
        let secret = format!("AWS4{}", self.credentials.secret_access_key.expose_secret());
        let date = self.date();
        let words = [date.as_str(), self.region, SERVICE, "aws4_request"];
        words.iter().fold(secret.into_bytes(), |key, word| sign(&key, word).as_ref().to_vec())
    }
}

fn sign(key: &[u8], text: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// As RFC 3986 has it, which is what is signed.
fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(token: Option<&str>) -> AwsCredentials {
        AwsCredentials {
            access_key_id: "ACCESS_KEY".to_owned(),
            secret_access_key: "SECRET_KEY".to_owned().into(),
            session_token: token.map(|token| token.to_owned().into()),
            expires: None,
        }
    }

    fn request(credentials: &AwsCredentials) -> Request<'_> {
        let now = "2021-10-14T13:05:00Z".parse().unwrap();
        Request { credentials, region: "us-east-1", host: "localhost", lifetime: 300, now }
    }

    /// What AWS's own signer gives for the same request, with the same keys at the same time.
    #[test]
    fn a_known_signature() {
        let credentials = credentials(None);
        let payload: Value = serde_json::from_str(&request(&credentials).payload("x")).unwrap();
        assert_eq!(
            payload,
            serde_json::json!({
                "version": "2020_10_22",
                "action": "kafka-cluster:Connect",
                "host": "localhost",
                "user-agent": "x",
                "x-amz-algorithm": "AWS4-HMAC-SHA256",
                "x-amz-credential": "ACCESS_KEY/20211014/us-east-1/kafka-cluster/aws4_request",
                "x-amz-date": "20211014T130500Z",
                "x-amz-expires": "300",
                "x-amz-signedheaders": "host",
                "x-amz-signature":
                    "6b8d25f9b45b9c7db9da855a49112d80379224153a27fd279c305a5b7940d1a7",
            })
        );
    }

    #[test]
    fn the_token_of_a_session_is_signed_too() {
        let credentials = credentials(Some("a+b/c="));
        let request = request(&credentials);
        let (query, _) = request.signed();
        assert!(query.contains("&X-Amz-Security-Token=a%2Bb%2Fc%3D&X-Amz-SignedHeaders=host"));
        assert!(request.payload("x").contains(r#""x-amz-security-token":"a+b/c=""#));
    }

    #[test]
    fn the_token_is_a_signed_url() {
        let now = "2021-10-14T13:05:00Z".parse().unwrap();
        let token = token(&credentials(None), "eu-west-1", now);
        let url = String::from_utf8(URL_SAFE_NO_PAD.decode(token).unwrap()).unwrap();
        let beginning = "https://kafka.eu-west-1.amazonaws.com/?Action=kafka-cluster%3AConnect&\
                         X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ACCESS_KEY%2F20211014%2F\
                         eu-west-1%2Fkafka-cluster%2Faws4_request&X-Amz-Date=20211014T130500Z&\
                         X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=";
        assert!(url.starts_with(beginning), "{url}");
        assert!(url.contains("&User-Agent=kward%2F"), "{url}");
    }

    #[test]
    fn regions_in_names() {
        for (host, region) in [
            ("b-1.demo.abc123.c2.kafka.eu-west-1.amazonaws.com", Some("eu-west-1")),
            ("boot-abc.c1.kafka-serverless.us-east-2.amazonaws.com", Some("us-east-2")),
            ("b-1.demo.abc.c2.kafka.cn-north-1.amazonaws.com.cn", Some("cn-north-1")),
            ("b-1-public.demo.abc.c2.kafka.ap-south-1.amazonaws.com.", Some("ap-south-1")),
            ("localhost", None),
            ("s3.eu-west-1.amazonaws.com", None),
            ("kafka.example.com", None),
        ] {
            assert_eq!(region_of(host), region, "{host}");
        }
    }
}
