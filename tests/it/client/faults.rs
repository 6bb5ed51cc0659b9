//! Peers that are no broker, or a broken or hostile one.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::time::Instant;

use kafka_protocol::messages::create_acls_response::AclCreationResult;
use kafka_protocol::messages::{CreateAclsResponse, DeleteAclsResponse};

use kward::settings::Tls;

use super::super::support::scripted::config;
use super::*;

/// Somebody who says `words` to whoever has said something, as often as it is asked.
fn stranger(words: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut heard = [0; 4096];
            let _ = stream.read(&mut heard);
            let _ = stream.write_all(words);
        }
    });
    address
}

#[tokio::test]
async fn other_protocols_are_told_apart() {
    for (words, what) in [
        (&b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"[..], "it speaks HTTP"),
        (b"SSH-2.0-OpenSSH_9.9\r\n", "it speaks SSH"),
        (b"220 mail.acme ESMTP\r\n", "it said `220 mail.acme ESMTP`"),
        (b"", "it closed the connection at the first request"),
        (&[0, 0, 0, 9, 1], "its first answer broke off 8 bytes before its end"),
        (
            &[0x7f, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9],
            "its first answer declares a length of 2130706432 bytes and begins 7f 00 00 00 09 09 09 09",
        ),
        (
            &[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0],
            "its first answer declares a length of -1 bytes and begins ff ff ff ff 00 00 00 00",
        ),
    ] {
        let at = stranger(words);
        // A broker hangs up, too: while it goes down, and when it takes no more connections.
        let more = if words.is_empty() {
            "
                 hint: if it is, the broker is going down or takes no more connections (`max.connections`, …): its \
                 log says why"
        } else {
            ""
        };
        assert_told(
            list(&config(&[at])).await,
            &at,
            &format!(
                "error: `BROKER` does not answer as a Kafka broker does
                 caused by: {what}
                 hint: check the port: it should be that of a listener for clients{more}"
            ),
        );
    }
}

#[tokio::test]
async fn other_protocols_are_told_apart_by_a_client_with_tls() {
    for (words, what) in [
        (&b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"[..], "it speaks HTTP"),
        (b"SSH-2.0-OpenSSH_9.9\r\n", "it speaks SSH"),
        (&[0, 0, 0, 9, 1], "it answers the TLS greeting with something that is no TLS"),
        (b"", "it closed the connection at the TLS greeting"),
    ] {
        let at = stranger(words);
        // Nothing has to be trusted for it: no certificate comes.
        let tls = Tls { verify_certificate: false, ..Tls::default() };
        let config = ClientConfig { tls: Some(tls), ..config(&[at]) };
        let error = list(&config).await.unwrap_err();
        assert_eq!(error.message(), format!("`{at}` does not speak TLS"));
        assert_eq!(error.causes(), [what]);
        assert_eq!(error.hints().len(), if words.is_empty() { 2 } else { 1 });
    }
}

#[tokio::test]
async fn before_authentication_little_is_read() {
    // 64 KiB is the most; the body never comes.
    let broker = unversed(|_| Reply::Send(65_537_i32.to_be_bytes().to_vec()));
    let error = list(&broker.config()).await.unwrap_err();
    let cause = "its first answer declares a length of 65537 bytes and begins 00 01 00 01";
    assert_eq!(error.causes(), [cause]);
}

#[tokio::test]
async fn a_count_that_no_bytes_stand_for_is_an_error_and_no_abort() {
    // Code 0 and two billion APIs, in a dozen bytes.
    let hostile = [0, 0, 0xff, 0xff, 0xff, 0xff, 7, 0, 0, 0, 0, 0];
    let broker = unversed(move |request| {
        Reply::Send(request.frame_of_bytes(request.correlation_id, &hostile))
    });
    assert_told(
        list(&broker.config()).await,
        &broker.address,
        "error: the answer of `BROKER` to ApiVersions cannot be read
         caused by: it declares more items than it has bytes for
         hint: something between here and the broker may change the bytes, or it is no Kafka broker",
    );

    // Throttle 0, code 0, no message, and then the count.
    let hostile = [0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 7, 1, 1, 1, 1];
    let broker = scripted(move |request| {
        Reply::Send(request.frame_of_bytes(request.correlation_id, &hostile))
    });
    assert_told(
        list(&broker.config()).await,
        &broker.address,
        "error: the answer of `BROKER` to DescribeAcls cannot be read
         caused by: it declares more items than it has bytes for
         hint: something between here and the broker may change the bytes, or it is no Kafka broker",
    );
    assert_eq!(broker.count(ApiKey::DescribeAcls), 1, "it is not asked again");
}

#[tokio::test]
async fn an_answer_cut_at_any_place_is_an_error() {
    let whole = |request: &Request| {
        request.frame_of_bytes(request.correlation_id, &{
            let frame = request.frame(&described(&["orders", "bills"]));
            frame[9..].to_vec()
        })
    };
    let sizes = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let cut = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let broker = scripted({
        let (sizes, cut) = (sizes.clone(), cut.clone());
        move |request| {
            let frame = whole(request);
            sizes.store(frame.len(), std::sync::atomic::Ordering::SeqCst);
            // Shorter, with a length that says so: only the content is cut.
            let cut = cut.load(std::sync::atomic::Ordering::SeqCst);
            let body = &frame[9..frame.len() - cut];
            Reply::Send(request.frame_of_bytes(request.correlation_id, body))
        }
    });
    let client = connect(&broker.config()).await.unwrap();
    assert_eq!(client.describe_acls(&Filter::default()).await.unwrap().len(), 2);
    let size = sizes.load(std::sync::atomic::Ordering::SeqCst);
    for missing in 1..size - 9 {
        cut.store(missing, std::sync::atomic::Ordering::SeqCst);
        let error = client.describe_acls(&Filter::default()).await.unwrap_err();
        assert!(error.message().ends_with("to DescribeAcls cannot be read"), "{}", told(&error));
    }
}

#[tokio::test]
async fn a_cut_in_the_frame_is_told() {
    let broker = scripted(|request| {
        let frame = request.frame(&described(&["orders"]));
        Reply::SendAndClose(frame[..frame.len() - 5].to_vec())
    });
    assert_told(
        list(&broker.config()).await,
        &broker.address,
        "error: the connection to `BROKER` ended before it answered DescribeAcls
         caused by: it broke off 5 bytes before the end of an answer",
    );
    assert_eq!(broker.count(ApiKey::DescribeAcls), 2, "a read is tried once more");
}

#[tokio::test]
async fn a_peer_that_stops_in_the_middle_of_a_frame_is_left_at_the_deadline() {
    let broker = scripted(|request| {
        let frame = request.frame(&described(&["orders"]));
        Reply::Send(frame[..frame.len() - 5].to_vec())
    });
    let began = Instant::now();
    let deadline = Deadline::after(Duration::from_secs(1));
    let client = Client::connect(&broker.config(), deadline, None).await.unwrap();
    assert_told(
        client.describe_acls(&Filter::default()).await,
        &broker.address,
        "error: timed out after 1s while waiting for the answer of `BROKER` to DescribeAcls
         hint: `--timeout` gives it more time",
    );
    assert!(began.elapsed() < Duration::from_secs(5));

    let silent = unversed(|_| Reply::Silence);
    let deadline = Deadline::after(Duration::from_secs(1));
    assert_told(
        Client::connect(&silent.config(), deadline, None).await,
        &silent.address,
        "error: timed out after 1s while waiting for the answer of `BROKER` to ApiVersions
         hint: `--timeout` gives it more time
         hint: it takes connections and says nothing: the port may be none of Kafka's, a proxy or a firewall may stand between, or the broker hangs",
    );
}

#[tokio::test]
async fn a_wrong_correlation_id_ends_the_connection() {
    let broker = scripted(|request| Reply::Send(request.frame_for(77, &described(&["orders"]))));
    assert_told(
        list(&broker.config()).await,
        &broker.address,
        "error: the connection to `BROKER` ended before it answered DescribeAcls
         caused by: an answer has the wrong correlation id (77 where 1 was due)
         hint: something between here and the broker may change the bytes, or it is no Kafka broker",
    );
    let broker = unversed(|request| Reply::Send(request.frame_for(77, &offers(&[]))));
    let error = list(&broker.config()).await.unwrap_err();
    assert_eq!(error.causes(), ["it has the wrong correlation id"]);
}

#[tokio::test]
async fn an_oversized_length_is_an_error() {
    let broker = scripted(|_| Reply::Send(vec![0x10, 0, 0, 1, 0, 0, 0, 1]));
    assert_told(
        list(&broker.config()).await,
        &broker.address,
        "error: the connection to `BROKER` ended before it answered DescribeAcls
         caused by: an answer declares a length of 268435457 bytes, where at most 268435456 are accepted
         hint: something between here and the broker may change the bytes, or it is no Kafka broker",
    );
}

#[tokio::test]
async fn a_caller_without_permission_learns_which_acl_would_help() {
    let broker = scripted(|request| match request.key {
        ApiKey::DescribeAcls => request.answer(
            &described(&[])
                .with_error_code(31)
                .with_error_message(Some(text("Request Request(processor=1) needs DESCRIBE"))),
        ),
        ApiKey::CreateAcls => {
            let refused = AclCreationResult::default().with_error_code(31);
            let results = vec![refused.clone(), refused];
            request.answer(&CreateAclsResponse::default().with_results(results))
        }
        _ => request.answer(&DeleteAclsResponse::default().with_filter_results(vec![
            kafka_protocol::messages::delete_acls_response::DeleteAclsFilterResult::default()
                .with_error_code(31)
                .with_error_message(Some(text("nobody\u{1b}[31m may"))),
        ])),
    });
    let client = connect(&broker.config()).await.unwrap();
    assert_told(
        client.describe_acls(&Filter::default()).await,
        &broker.address,
        "error: not authorized to list ACLs on `BROKER`
         caused by: CLUSTER_AUTHORIZATION_FAILED (31)
         caused by: it needs DESCRIBE on the cluster
         hint: somebody who may can grant it: `kward acl create --allow-principal User:ANONYMOUS --operation describe --cluster`",
    );
    assert_told(
        client.create_acls(&[binding("a"), binding("b")]).await,
        &broker.address,
        "error: not authorized to create ACLs on `BROKER`
         caused by: CLUSTER_AUTHORIZATION_FAILED (31)
         caused by: it needs ALTER on the cluster
         hint: somebody who may can grant it: `kward acl create --allow-principal User:ANONYMOUS --operation alter --cluster`",
    );
    assert_told(
        client.delete_acls(&[Filter::exact(&binding("a"))]).await,
        &broker.address,
        "error: not authorized to delete ACLs on `BROKER`
         caused by: CLUSTER_AUTHORIZATION_FAILED (31): nobody\\u{1b}[31m may
         caused by: it needs ALTER on the cluster
         hint: somebody who may can grant it: `kward acl create --allow-principal User:ANONYMOUS --operation alter --cluster`",
    );
}

#[tokio::test]
async fn a_cluster_without_an_authorizer_is_told() {
    let broker = scripted(|request| {
        request.answer(
            &described(&[]).with_error_code(54).with_error_message(Some(text("No Authorizer"))),
        )
    });
    assert_told(
        list(&broker.config()).await,
        &broker.address,
        "error: cannot list ACLs: `BROKER` has no authorizer
         caused by: SECURITY_DISABLED (54): No Authorizer
         hint: set `authorizer.class.name` on brokers and controllers; without one there are no ACLs",
    );
}
