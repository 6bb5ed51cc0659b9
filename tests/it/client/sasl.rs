//! SASL: what a broker may ask for, and how a refusal reads.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kafka_protocol::messages::{
    SaslAuthenticateRequest, SaslAuthenticateResponse, SaslHandshakeRequest, SaslHandshakeResponse,
};
use kward::settings::{Mechanism, PasswordLogin, Sasl};

use super::*;

fn with_user(config: ClientConfig, mechanism: Mechanism) -> ClientConfig {
    let (username, password) = ("ana".to_owned(), "wonderland".to_owned().into());
    let sasl = Sasl::Password(PasswordLogin { mechanism, username, password, is_token: false });
    ClientConfig { sasl: Some(sasl), ..config }
}

/// A broker with these mechanisms that answers the token of the client by `answer`.
pub(super) fn guarded(
    mechanisms: &'static [&'static str],
    answer: impl Fn(&[u8]) -> SaslAuthenticateResponse + Send + Sync + 'static,
) -> Scripted {
    scripted(move |request| match request.key {
        ApiKey::SaslHandshake => {
            let wanted = request.decode::<SaslHandshakeRequest>().mechanism;
            let known = mechanisms.contains(&wanted.as_str());
            let enabled = mechanisms.iter().map(|name| text(name)).collect();
            let code = if known { 0 } else { 33 };
            let response = SaslHandshakeResponse::default();
            request.answer(&response.with_error_code(code).with_mechanisms(enabled))
        }
        ApiKey::SaslAuthenticate => {
            let token = request.decode::<SaslAuthenticateRequest>().auth_bytes;
            request.answer(&answer(&token))
        }
        _ => request.answer(&described(&["orders"])),
    })
}

pub(super) fn token(token: impl Into<Vec<u8>>) -> SaslAuthenticateResponse {
    SaslAuthenticateResponse::default().with_auth_bytes(token.into().into())
}

#[tokio::test]
async fn plain_sends_user_and_password_once() {
    let broker = guarded(&["PLAIN"], |said| {
        let right = said == b"\0ana\0wonderland";
        let wrong = SaslAuthenticateResponse::default().with_error_code(58);
        if right { token("") } else { wrong }
    });
    let config = with_user(broker.config(), Mechanism::Plain);
    assert_eq!(list(&config).await.unwrap(), [binding("orders")]);
    let keys: Vec<ApiKey> = broker.seen().iter().map(|(_, key, _)| *key).collect();
    let wanted = [
        ApiKey::ApiVersions,
        ApiKey::SaslHandshake,
        ApiKey::SaslAuthenticate,
        ApiKey::DescribeAcls,
    ];
    assert_eq!(keys, wanted);
    assert!(!format!("{config:?}").contains("wonderland"));
}

#[tokio::test]
async fn a_wrong_password_is_tried_once() {
    let broker = guarded(&["PLAIN"], |_| {
        SaslAuthenticateResponse::default()
            .with_error_code(58)
            .with_error_message(Some(text("Authentication failed: Invalid username or password")))
    });
    let mut config = with_user(broker.config(), Mechanism::Plain);
    config.bootstrap = vec![config.bootstrap[0].clone(), config.bootstrap[0].clone()];
    assert_told(
        list(&config).await,
        &broker.address,
        "error: `BROKER` does not let user `ana` in by PLAIN
         caused by: SASL_AUTHENTICATION_FAILED (58): Authentication failed: Invalid username or password
         hint: check the user and the password",
    );
    assert_eq!(broker.count(ApiKey::SaslAuthenticate), 1, "no second attempt that could lock it");
}

/// As an entry of a password store has more lines than the password's.
#[tokio::test]
async fn a_password_of_several_lines_is_told() {
    let refusing = |_: &_| {
        SaslAuthenticateResponse::default().with_error_code(58).with_error_message(Some(text("no")))
    };
    let several = "the password has 2 lines, and all of them count";
    let ends = "the password begins or ends with blanks or empty lines";
    for (password, hint) in
        [("hunter2\nuser: ana\n", Some(several)), ("hunter2\n", Some(ends)), ("hunter2", None)]
    {
        let broker = guarded(&["PLAIN"], refusing);
        let mut config = with_user(broker.config(), Mechanism::Plain);
        let Some(Sasl::Password(login)) = &mut config.sasl else { panic!("a user") };
        login.password = password.into();
        let error = list(&config).await.expect_err("it is refused");
        let said = error.hints().iter().find(|hint| hint.contains("lines"));
        assert_eq!(said.is_some(), hint.is_some(), "{:?}", error.hints());
        assert!(said.is_none_or(|said| said.starts_with(hint.unwrap())), "{:?}", error.hints());
    }
}

#[tokio::test]
async fn the_mechanisms_that_are_enabled_are_listed() {
    let broker = guarded(&["PLAIN", "SCRAM-SHA-256"], |_| token(""));
    assert_told(
        list(&with_user(broker.config(), Mechanism::ScramSha512)).await,
        &broker.address,
        "error: `BROKER` does not take the SASL mechanism SCRAM-SHA-512
         caused by: UNSUPPORTED_SASL_MECHANISM (33)
         caused by: it takes PLAIN, SCRAM-SHA-256
         hint: set `sasl.mechanism` to one of them",
    );
}

#[tokio::test]
async fn a_listener_without_sasl_says_so() {
    let broker =
        scripted(|request| request.answer(&SaslHandshakeResponse::default().with_error_code(34)));
    assert_told(
        list(&with_user(broker.config(), Mechanism::Plain)).await,
        &broker.address,
        "error: the listener at `BROKER` asks for no SASL, and this client does
         caused by: ILLEGAL_SASL_STATE (34)
         hint: set `security.protocol=PLAINTEXT`, or use the port of a SASL listener",
    );
    assert_eq!(broker.count(ApiKey::SaslAuthenticate), 0, "no password is sent");
}

#[tokio::test]
async fn a_listener_that_wants_sasl_is_found_out() {
    // What Kafka does: it answers ApiVersions and closes the connection at anything else.
    let broker = scripted(|request| match request.key {
        ApiKey::SaslHandshake => request.answer(
            &SaslHandshakeResponse::default()
                .with_error_code(33)
                .with_mechanisms(vec![text("SCRAM-SHA-512"), text("PLAIN")]),
        ),
        _ => Reply::Close,
    });
    let wanted = |api: &str| {
        format!(
            "error: `BROKER` asks for SASL, and this client does not say who it is
             caused by: the connection to `BROKER` ended before it answered {api}
             caused by: the broker closed it
             hint: set `security.protocol=SASL_PLAINTEXT`, `sasl.mechanism` (it takes SCRAM-SHA-512, PLAIN), a user and a password"
        )
    };
    assert_told(list(&broker.config()).await, &broker.address, &wanted("DescribeAcls"));
    let pinned = ClientConfig { cluster_id: Some("c-1".to_owned()), ..broker.config() };
    assert_told(list(&pinned).await, &broker.address, &wanted("DescribeCluster"));
}

#[tokio::test]
async fn a_broker_that_falls_silent_is_left_at_the_deadline() {
    let broker = scripted(|_| Reply::Silence);
    let config = with_user(broker.config(), Mechanism::Plain);
    assert_told(
        Client::connect(&config, Deadline::after(Duration::from_secs(1)), None).await,
        &broker.address,
        "error: timed out after 1s while waiting for the answer of `BROKER` to SaslHandshake
         hint: `--timeout` gives it more time",
    );
}

#[tokio::test]
async fn a_broker_that_hangs_up_is_told() {
    let broker = scripted(|_| Reply::Close);
    assert_told(
        list(&with_user(broker.config(), Mechanism::Plain)).await,
        &broker.address,
        "error: `BROKER` ended the SASL exchange
         caused by: the broker closed the connection",
    );
}

/// The server's first message to the client's first message.
fn server_first(said: &[u8], iterations: u64) -> SaslAuthenticateResponse {
    let said = String::from_utf8(said.to_vec()).unwrap();
    let nonce = said.rsplit_once("r=").unwrap().1;
    token(format!("r={nonce}server,s={},i={iterations}", BASE64.encode("salt")))
}

#[tokio::test]
async fn a_billion_iterations_are_refused_at_once() {
    let broker = guarded(&["SCRAM-SHA-512"], |said| server_first(said, 1_000_000_000));
    let began = std::time::Instant::now();
    assert_told(
        list(&with_user(broker.config(), Mechanism::ScramSha512)).await,
        &broker.address,
        "error: SCRAM-SHA-512 with `BROKER` failed
         caused by: the server asks for 1000000000 iterations; 4096 to 1000000 are accepted
         hint: no password was sent; make sure that this is the broker you mean",
    );
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(broker.count(ApiKey::SaslAuthenticate), 1, "no proof is sent");
}

#[tokio::test]
async fn an_impostor_is_unmasked() {
    let broker = guarded(&["SCRAM-SHA-256"], |said| {
        if said.starts_with(b"n,,") {
            return server_first(said, 4096);
        }
        token(format!("v={}", BASE64.encode([7; 32])))
    });
    assert_told(
        list(&with_user(broker.config(), Mechanism::ScramSha256)).await,
        &broker.address,
        "error: SCRAM-SHA-256 with `BROKER` failed
         caused by: the server did not prove that it knows the password: it may be an impostor
         hint: no password was sent; make sure that this is the broker you mean",
    );
    assert_eq!(broker.count(ApiKey::DescribeAcls), 0);
}

#[tokio::test]
async fn the_derivation_of_keys_does_not_outlast_the_deadline() {
    let broker = guarded(&["SCRAM-SHA-512"], |said| server_first(said, 1_000_000));
    let deadline = Deadline::after(Duration::from_millis(300));
    let config = with_user(broker.config(), Mechanism::ScramSha512);
    assert_told(
        Client::connect(&config, deadline, None).await,
        &broker.address,
        "error: timed out after 300ms while deriving the SCRAM keys for `BROKER`
         hint: `--timeout` gives it more time",
    );
}
