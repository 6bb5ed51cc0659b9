//! OAUTHBEARER and AWS_MSK_IAM as they are on the wire, and sessions that end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kafka_protocol::messages::SaslAuthenticateResponse;
use kward::settings::{AwsCredentials, GivenToken, Iam, Lookup, OAuthBearer, Sasl, TokenSource};

use super::sasl::{guarded, token};
use super::*;

/// A client with this token; `again` is what a second look gives.
fn bearer(config: ClientConfig, first: &str, again: Lookup<secrecy::SecretString>) -> ClientConfig {
    let given = GivenToken { first: first.to_owned().into(), again, origin: "`a` (b)".to_owned() };
    let extensions = vec![("logicalCluster".to_owned(), "lkc-1".to_owned())];
    let sasl = OAuthBearer { source: TokenSource::Given(given), extensions };
    ClientConfig { sasl: Some(Sasl::OAuthBearer(sasl)), ..config }
}

fn never() -> Lookup<secrecy::SecretString> {
    Lookup(Arc::new(|| panic!("nobody needs another token")))
}

/// Header and signature do not matter here; the payload is `{"sub":"ana","exp":1}`.
const EXPIRED: &str = "e30.eyJzdWIiOiJhbmEiLCJleHAiOjF9.c2ln";

#[tokio::test]
async fn the_message_and_its_extensions() {
    let broker = guarded(&["OAUTHBEARER"], |said| {
        let right = said == b"n,,\x01auth=Bearer opaque\x01logicalCluster=lkc-1\x01\x01";
        if right { token("") } else { SaslAuthenticateResponse::default().with_error_code(58) }
    });
    let config = bearer(broker.config(), "opaque", never());
    assert_eq!(list(&config).await.unwrap(), [binding("orders")]);
    assert!(!format!("{config:?}").contains("opaque"));
}

#[tokio::test]
async fn a_broker_is_asked_for_its_reason() {
    let broker = guarded(&["OAUTHBEARER"], |said| match said {
        b"\x01" => SaslAuthenticateResponse::default()
            .with_error_code(58)
            .with_error_message(Some(text("{\"status\":\"invalid_token\"}"))),
        _ => token(r#"{"status":"insufficient_scope","scope":"kafka"}"#),
    });
    assert_told(
        list(&bearer(broker.config(), "opaque", never())).await,
        &broker.address,
        "error: `BROKER` does not accept the token
         caused by: SASL_AUTHENTICATION_FAILED (58): {\"status\":\"invalid_token\"}
         caused by: its reason is `insufficient_scope`
         hint: issuer, audience and signature have to be those that the broker expects (`sasl.oauthbearer.expected.issuer`, …); its log says more",
    );
    assert_eq!(broker.count(ApiKey::SaslAuthenticate), 2);
}

#[tokio::test]
async fn a_token_that_has_expired_is_replaced_and_never_sent() {
    let broker = guarded(&["OAUTHBEARER"], |said| {
        assert!(said.starts_with(b"n,,\x01auth=Bearer fresh\x01"), "the old token is not sent");
        token("")
    });
    let again = Lookup(Arc::new(|| Ok("fresh".to_owned().into())));
    assert_eq!(list(&bearer(broker.config(), EXPIRED, again)).await.unwrap(), [binding("orders")]);

    let still = Lookup(Arc::new(|| Ok(EXPIRED.to_owned().into())));
    assert_told(
        list(&bearer(broker.config(), EXPIRED, still)).await,
        &broker.address,
        "error: the token of `a` (b) has expired
         caused by: it was valid until 1970-01-01T00:00:01Z
         hint: get a new one",
    );
}

#[tokio::test]
async fn a_session_that_ends_is_replaced_in_time() {
    let broker = guarded(&["OAUTHBEARER"], |_| token("").with_session_lifetime_ms(1_000));
    let client = connect(&bearer(broker.config(), "opaque", never())).await.unwrap();
    assert_eq!(broker.connections(), 1);
    let deadline = std::time::Instant::now() + Duration::from_mins(1);
    while broker.connections() == 1 {
        assert!(std::time::Instant::now() < deadline, "the session is used beyond its end");
        client.describe_acls(&Filter::default()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    client.describe_acls(&Filter::default()).await.unwrap();
}

fn keys(id: &str) -> AwsCredentials {
    AwsCredentials {
        access_key_id: id.to_owned(),
        secret_access_key: "wonderland".to_owned().into(),
        session_token: Some("rabbit".to_owned().into()),
        expires: None,
    }
}

fn iam(config: ClientConfig, region: Option<&str>, over_oauth: bool) -> ClientConfig {
    let again = Lookup(Arc::new(|| panic!("nobody needs other credentials")));
    let region = region.map(str::to_owned);
    let sasl = Sasl::Iam(Iam { first: keys("AKID"), again, region, over_oauth });
    ClientConfig { sasl: Some(sasl), ..config }
}

#[tokio::test]
async fn msk_gets_a_signed_request_for_each_broker() {
    let broker = guarded(&["AWS_MSK_IAM"], |said| {
        let said: serde_json::Value = serde_json::from_slice(said).expect("JSON");
        assert_eq!(said["version"], "2020_10_22");
        assert_eq!(said["host"], "127.0.0.1");
        assert_eq!(said["action"], "kafka-cluster:Connect");
        assert_eq!(said["x-amz-security-token"], "rabbit");
        let credential = said["x-amz-credential"].as_str().expect("a text");
        assert!(credential.starts_with("AKID/"), "{credential}");
        assert!(credential.ends_with("/eu-west-1/kafka-cluster/aws4_request"), "{credential}");
        assert_eq!(said["x-amz-signature"].as_str().map(str::len), Some(64));
        token(r#"{"version":"2020_10_22","request-id":"1"}"#)
    });
    let config = iam(broker.config(), Some("eu-west-1"), false);
    assert_eq!(list(&config).await.unwrap(), [binding("orders")]);
    let debug = format!("{config:?}");
    assert!(!debug.contains("wonderland") && !debug.contains("rabbit"), "{debug}");
    let error = list(&iam(broker.config(), None, false)).await.unwrap_err();
    assert!(error.message().contains("does not tell its region of AWS"), "{}", told(&error));
    assert_eq!(error.hints(), ["set `AWS_REGION`"]);
}

#[tokio::test]
async fn msk_may_refuse() {
    let broker = guarded(&["AWS_MSK_IAM", "OAUTHBEARER"], |said| {
        let url =
            said.starts_with(b"n,,\x01auth=Bearer aHR0cHM6Ly9rYWZrYS5ldS13ZXN0LTEuYW1hem9uYXdz");
        let json = said.starts_with(b"{");
        assert!(url || json, "neither a URL nor JSON");
        SaslAuthenticateResponse::default()
            .with_error_code(58)
            .with_error_message(Some(text("Access denied")))
    });
    assert_told(
        list(&iam(broker.config(), Some("eu-west-1"), false)).await,
        &broker.address,
        "error: `BROKER` does not let the AWS access key `AKID` in
         caused by: SASL_AUTHENTICATION_FAILED (58): Access denied
         hint: the key has to be valid, and its IAM policy has to allow `kafka-cluster:Connect` on the cluster",
    );
    let error = list(&iam(broker.config(), Some("eu-west-1"), true)).await.unwrap_err();
    assert!(
        error.message().ends_with("does not let the AWS access key `AKID` in"),
        "{}",
        told(&error)
    );
}

#[tokio::test]
async fn credentials_of_aws_that_have_expired_are_looked_up_again() {
    let broker = guarded(&["AWS_MSK_IAM"], |said| {
        let fresh = String::from_utf8_lossy(said).contains("NEW/");
        if fresh { token("{}") } else { SaslAuthenticateResponse::default().with_error_code(58) }
    });
    let looks = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&looks);
    let again = Lookup(Arc::new(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        Ok(keys("NEW"))
    }));
    let expires = Some("2020-01-01T00:00:00Z".parse().unwrap());
    let first = AwsCredentials { expires, ..keys("OLD") };
    let sasl = Sasl::Iam(Iam { first, again, region: Some("x".to_owned()), over_oauth: false });
    let config = ClientConfig { sasl: Some(sasl), ..broker.config() };
    list(&config).await.unwrap();
    assert_eq!(looks.load(Ordering::SeqCst), 1);
}
