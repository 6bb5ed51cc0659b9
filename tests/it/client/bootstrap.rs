//! The first connection: several servers, several addresses, names that are not found, and a
//! resolver that never answers.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use kward::kafka::{Options, Resolver};
use kward::settings::Address;

use super::super::support::listening::nobody;
use super::super::support::scripted::config;
use super::*;

fn answering() -> Scripted {
    scripted(|request| request.answer(&described(&["orders"])))
}

async fn list_by(config: &ClientConfig, resolver: Resolver) -> Result<Vec<Binding>> {
    let options = Options { resolver: Some(resolver), ..Options::default() };
    let client = Client::connect_with(config, soon(), options).await?;
    client.describe_acls(&Filter::default()).await
}

fn named(host: &str, port: u16) -> ClientConfig {
    let bootstrap = vec![Address { host: host.to_owned(), port }];
    ClientConfig { bootstrap, ..config(&[]) }
}

#[tokio::test]
async fn nothing_listens() {
    let at = nobody();
    assert_told(
        list(&config(&[at])).await,
        &at,
        "error: cannot connect to `BROKER`
         caused by: connection refused: nothing listens there
         hint: check host and port, that the broker runs, and that this machine may reach it",
    );
}

/// A listener whose queue is full: the kernel drops whoever asks for another place, as a firewall does.
async fn dropping() -> (tokio::net::TcpListener, Vec<tokio::net::TcpStream>) {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let at = listener.local_addr().unwrap();
    let mut queue = Vec::new();
    let patience = Duration::from_secs(1);
    while let Ok(place) = tokio::time::timeout(patience, tokio::net::TcpStream::connect(at)).await {
        queue.push(place.unwrap());
    }
    (listener, queue)
}

#[tokio::test]
async fn packets_are_dropped() {
    let (listener, _queue) = dropping().await;
    let at = listener.local_addr().unwrap();
    let mut config = config(&[at]);
    assert_told(
        Client::connect(&config, Deadline::after(Duration::from_millis(200)), None).await,
        &at,
        "error: timed out after 200ms while connecting to `BROKER`
         hint: `--timeout` gives it more time",
    );
    config.connect_timeout = Duration::from_millis(200);
    assert_told(
        list(&config).await,
        &at,
        "error: cannot connect to `BROKER`
         caused by: no answer within 200ms: a firewall may drop the packets
         hint: check host and port, that the broker runs, and that this machine may reach it",
    );
}

#[tokio::test]
async fn no_server_is_given() {
    let error = list(&config(&[])).await.unwrap_err();
    assert_eq!(
        told(&error),
        "error: no bootstrap server is given\nhint: give one with `-b HOST:PORT`"
    );
}

#[tokio::test]
async fn one_server_of_several_is_enough() {
    let broker = answering();
    let servers = config(&[nobody(), broker.address, nobody()]);
    assert_eq!(list(&servers).await.unwrap(), [binding("orders")]);
}

#[tokio::test]
async fn a_silent_server_holds_nobody_up() {
    let silent = unversed(|_| Reply::Silence);
    let broker = answering();
    let began = Instant::now();
    assert_eq!(
        list(&config(&[silent.address, broker.address])).await.unwrap(),
        [binding("orders")]
    );
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(silent.count(ApiKey::ApiVersions), 1, "the first has a head start");
}

#[tokio::test]
async fn each_server_that_failed_is_named() {
    let (first, second) = (nobody(), nobody());
    let error = list(&config(&[first, second])).await.unwrap_err();
    let cause = |at| {
        format!("caused by: cannot connect to `{at}`: connection refused: nothing listens there")
    };
    let mut causes = [cause(first), cause(second)];
    let shown = told(&error);
    let mut found: Vec<&str> = shown.lines().filter(|line| line.starts_with("caused")).collect();
    causes.sort();
    found.sort_unstable();
    assert_eq!(error.message(), "none of the 2 bootstrap servers could be used");
    assert_eq!(found, causes);
    assert_eq!(error.hints().len(), 1);
}

/// The one that says nothing may not be the one that has to be mended.
#[tokio::test]
async fn what_is_known_of_others_is_told_with_the_one_that_says_nothing() {
    let (closed, silent) = (nobody(), unversed(|_| Reply::Silence));
    let servers = config(&[closed, silent.address]);
    let deadline = Deadline::after(Duration::from_secs(1));
    let error = Client::connect(&servers, deadline, None).await.unwrap_err();
    let at = silent.address;
    let late = format!("timed out after 1s while waiting for the answer of `{at}` to ApiVersions");
    assert_eq!(error.message(), late);
    let refused =
        format!("cannot connect to `{closed}`: connection refused: nothing listens there");
    assert_eq!(error.causes(), [refused]);
    assert_eq!(error.hints().len(), 3, "{}", told(&error));
}

#[tokio::test]
async fn a_name_that_is_not_found() {
    let resolver: Resolver = Arc::new(|_, _| Err(io::Error::other("Name or service not known")));
    assert_told(
        list_by(&named("broker1.acme", 9092), resolver).await,
        &"BROKER",
        "error: the name `broker1.acme` has no address
         caused by: Name or service not known
         hint: check the host in `bootstrap.servers` (`-b`), and that this machine's name service knows it",
    );
    let resolver: Resolver = Arc::new(|_, _| Ok(Vec::new()));
    let error = list_by(&named("broker1.acme", 9092), resolver).await.unwrap_err();
    assert_eq!(error.message(), "the name `broker1.acme` has no address");
}

#[tokio::test]
async fn every_address_of_a_name_is_tried() {
    let broker = answering();
    let (dead, alive) = (nobody(), broker.address);
    let resolver: Resolver = Arc::new(move |_, _| Ok(vec![dead, alive]));
    let servers = named("broker1.acme", 9092);
    assert_eq!(list_by(&servers, resolver).await.unwrap(), [binding("orders")]);

    let other = nobody();
    let resolver: Resolver = Arc::new(move |_, _| Ok(vec![dead, other]));
    let error = list_by(&servers, resolver).await.unwrap_err();
    assert_eq!(error.message(), "cannot connect to `broker1.acme:9092`");
    assert_eq!(error.causes().len(), 2, "{}", told(&error));
    assert!(error.causes()[0].contains(&dead.to_string()));
}

#[tokio::test]
async fn ipv6_is_spoken() {
    let broker = Scripted::listen("[::1]:0", None, |request| match request.key {
        ApiKey::ApiVersions => request.answer(&offers(&[])),
        _ => request.answer(&described(&["orders"])),
    });
    let client = connect(&broker.config()).await.unwrap();
    assert_eq!(client.describe_acls(&Filter::default()).await.unwrap(), [binding("orders")]);
    assert_eq!(client.broker(), format!("[::1]:{}", broker.address.port()));
}

#[test]
fn a_resolver_that_never_answers_holds_up_neither_the_command_nor_the_exit() {
    let began = Instant::now();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let error = runtime.block_on(async {
        let (never, told) = std::sync::mpsc::channel::<()>();
        let told = std::sync::Mutex::new(told);
        // Kept for ever, so that the other side waits for ever.
        std::mem::forget(never);
        let resolver: Resolver = Arc::new(move |_, _| {
            let _ = told.lock().unwrap().recv();
            Ok(Vec::new())
        });
        let options = Options { resolver: Some(resolver), ..Options::default() };
        let deadline = Deadline::after(Duration::from_millis(200));
        Client::connect_with(&named("slow.acme", 9092), deadline, options).await.unwrap_err()
    });
    drop(runtime);
    assert_eq!(error.message(), "timed out after 200ms while looking up the name `slow.acme`");
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}
