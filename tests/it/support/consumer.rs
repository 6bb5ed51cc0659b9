//! Real consumers (librdkafka's) for tests, each in a process of its own: one that joins, consumes,
//! is static or not, leaves, or is killed without leaving.
//!
//! ```ignore
//! let first = Consumer::of(broker, &group, &topic).client_id("first").start();
//! let second = Consumer::of(broker, &group, &topic).protocol(Protocol::Consumer).start();
//! second.holding(2);
//! second.leave();
//! first.kill();
//! ```

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};

use super::broker::Broker;
use super::eventually;

/// How a consumer takes part in rebalances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Protocol {
    /// Classic, everything is given up in each rebalance (`range`).
    #[default]
    Eager,
    /// Classic, only what moves is given up (`cooperative-sticky`).
    Cooperative,
    /// `group.protocol=consumer` (KIP-848); brokers since 4.0.
    Consumer,
}

/// A consumer that is about to be started.
#[derive(Debug, Clone)]
pub struct Start {
    protocol: Protocol,
    session: Duration,
    settings: BTreeMap<String, String>,
}

/// What a consumer has told so far.
#[derive(Debug, Default)]
struct Told {
    /// What it holds, by topic and partition.
    holds: Vec<(String, i32)>,
    consumed: usize,
    paused: bool,
    /// What librdkafka complained about, for messages.
    complaints: Vec<String>,
}

/// A consumer that runs; dropped, it is killed.
#[derive(Debug)]
pub struct Consumer {
    child: Child,
    orders: Option<ChildStdin>,
    told: Arc<Mutex<Told>>,
}

/// What its process is told by.
const SETTINGS: &str = "KWARD_TEST_CONSUMER";
const TOPICS: &str = "KWARD_TEST_CONSUMER_TOPICS";
/// The beginning of the lines that it answers with: libtest prints others.
const MARK: &str = "consumer: ";

impl Consumer {
    /// A consumer of topics, separated by commas, for a group. It logs in as the super user, starts at
    /// the beginning, and commits what it has read every 100 ms.
    pub fn of(broker: &Broker, group: &str, topics: &str) -> Start {
        let properties = std::fs::read_to_string(broker.client("admin-plain")).expect("a client");
        let quoted = |key: &str| {
            let (_, rest) = properties.split_once(&format!("{key}=\"")).expect("a login");
            rest.split('"').next().expect("a value").to_owned()
        };
        let bootstrap = broker.bootstrap_of("admin-plain");
        let (user, password) = (quoted("username"), quoted("password"));
        let settings = [
            ("bootstrap.servers", bootstrap.as_str()),
            ("security.protocol", "SASL_PLAINTEXT"),
            ("sasl.mechanism", "PLAIN"),
            ("sasl.username", &user),
            ("sasl.password", &password),
            ("group.id", group),
            (TOPICS, topics),
            ("auto.offset.reset", "earliest"),
            ("auto.commit.interval.ms", "100"),
            ("topic.metadata.refresh.interval.ms", "1000"),
        ];
        let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
        Start {
            protocol: Protocol::Eager,
            session: Duration::from_secs(30),
            settings: settings.into_iter().map(owned).collect(),
        }
    }

    /// The partitions that it holds, by topic and number.
    pub fn holds(&self) -> Vec<(String, i32)> {
        self.told.lock().expect("what it told").holds.clone()
    }

    /// How many records it has consumed.
    pub fn consumed(&self) -> usize {
        self.told.lock().expect("what it told").consumed
    }

    /// Waits until it holds so many partitions.
    #[track_caller]
    pub fn holding(&self, partitions: usize) -> &Self {
        eventually(&format!("it holds {partitions} partitions: {:?}", self.told), || {
            self.holds().len() == partitions
        });
        self
    }

    /// Waits until it has consumed so many records.
    #[track_caller]
    pub fn having_consumed(&self, records: usize) -> &Self {
        eventually("it has consumed that many records", || self.consumed() >= records);
        self
    }

    /// It stays in its group and takes no records until [`Consumer::resume`]; waits until it has heard that.
    pub fn pause(&mut self) {
        self.order("pause");
        eventually("it is paused", || self.told.lock().expect("what it told").paused);
    }

    pub fn resume(&mut self) {
        self.told.lock().expect("what it told").paused = false;
        self.order("resume");
    }

    /// Stops its process until [`Consumer::thaw`]: it says nothing more, and its group waits for it.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(status.expect("`kill` runs").success());
    }

    /// Ends in good order: it leaves its group, except that a static member of a classic group keeps
    /// its place until its session times out.
    pub fn leave(mut self) {
        self.order("leave");
        self.orders = None;
        let status = self.child.wait().expect("the consumer ends");
        assert!(status.success(), "the consumer ends well: {:?}", self.told);
    }

    /// Ends at once, without leaving: the group learns of it when its session times out.
    pub fn kill(self) {
        drop(self);
    }

    fn order(&mut self, order: &str) {
        let orders = self.orders.as_mut().expect("a consumer that runs");
        // One that has ended already says so by its status.
        let _ = writeln!(orders, "{order}");
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Start {
    pub fn client_id(self, id: &str) -> Self {
        self.set("client.id", id)
    }

    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = protocol;
        self
    }

    /// A static member.
    pub fn instance(self, id: &str) -> Self {
        self.set("group.instance.id", id)
    }

    /// How long a killed one stays in a classic group; brokers take 6 s at least. In the new protocol
    /// the broker decides (`group.consumer.session.timeout.ms`).
    pub fn session(mut self, timeout: Duration) -> Self {
        self.session = timeout;
        self
    }

    /// Another property of librdkafka's.
    pub fn set(mut self, key: &str, value: &str) -> Self {
        self.settings.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Starts it, and waits until its process runs; [`Consumer::holding`] waits until it has joined.
    pub fn start(self) -> Consumer {
        let Start { protocol, session, mut settings } = self;
        let topics = settings.remove(TOPICS).expect("topics");
        let mut set = |key: &str, value: &str| settings.insert(key.to_owned(), value.to_owned());
        match protocol {
            Protocol::Eager => set("partition.assignment.strategy", "range"),
            Protocol::Cooperative => set("partition.assignment.strategy", "cooperative-sticky"),
            Protocol::Consumer => set("group.protocol", "consumer"),
        };
        if protocol != Protocol::Consumer {
            set("session.timeout.ms", &session.as_millis().to_string());
            set("heartbeat.interval.ms", "500");
        }
        let mut child = Command::new(std::env::current_exe().expect("the tests' program"))
            .args(["--exact", "support::consumer::consumer_process", "--ignored", "--nocapture"])
            .env(SETTINGS, serde_json::to_string(&settings).expect("JSON"))
            .env(TOPICS, topics)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the consumer starts");
        let orders = child.stdin.take();
        let told = Arc::new(Mutex::new(Told::default()));
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let heard = Arc::clone(&told);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                // libtest may have begun the line.
                if let Some((_, said)) = line.split_once(MARK) {
                    heard.lock().expect("what it told").hear(said);
                }
            }
        });
        Consumer { child, orders, told }
    }
}

impl Told {
    fn hear(&mut self, said: &str) {
        let (word, rest) = said.split_once(' ').unwrap_or((said, ""));
        match word {
            "holds" => self.holds = serde_json::from_str(rest).expect("partitions"),
            "consumed" => self.consumed = rest.parse().expect("a number"),
            "paused" => self.paused = true,
            _ => self.complaints.push(said.to_owned()),
        }
    }
}

/// What the process of a [`Consumer`] does; run as a test by itself, it does nothing.
#[test]
#[ignore = "the process of the consumers that other tests start"]
fn consumer_process() {
    let (Ok(settings), Ok(topics)) = (std::env::var(SETTINGS), std::env::var(TOPICS)) else {
        return;
    };
    let settings: BTreeMap<String, String> = serde_json::from_str(&settings).expect("settings");
    let mut config = ClientConfig::new();
    for (key, value) in settings {
        config.set(key, value);
    }
    let consumer: BaseConsumer = config.create().expect("a consumer");
    let topics: Vec<&str> = topics.split(',').collect();
    consumer.subscribe(&topics).expect("a subscription");
    // Its end is that of the orders, so that it does not outlive who started it.
    let (tell, orders) = channel();
    std::thread::spawn(move || {
        for order in std::io::stdin().lines().map_while(Result::ok) {
            if tell.send(order).is_err() {
                return;
            }
        }
    });
    obey(&consumer, &orders);
    // Dropped, it closes: it commits, and leaves.
}

fn obey(consumer: &BaseConsumer, orders: &Receiver<String>) {
    let (mut paused, mut consumed, mut shown) = (false, 0_usize, Vec::new());
    println!();
    loop {
        let assignment = consumer.assignment().expect("an assignment");
        match orders.try_recv().as_deref() {
            Ok("leave") | Err(TryRecvError::Disconnected) => return,
            Ok("pause") => {
                paused = true;
                consumer.pause(&assignment).expect("it pauses");
                println!("{MARK}paused");
            }
            Ok("resume") => {
                paused = false;
                consumer.resume(&assignment).expect("it resumes");
            }
            Ok(other) => panic!("an order that nobody knows: {other}"),
            Err(TryRecvError::Empty) => {}
        }
        if paused {
            consumer.pause(&assignment).expect("it pauses");
        }
        let elements = assignment.elements();
        let mut holds: Vec<(String, i32)> =
            elements.iter().map(|e| (e.topic().to_owned(), e.partition())).collect();
        holds.sort();
        if holds != shown {
            println!("{MARK}holds {}", serde_json::to_string(&holds).expect("JSON"));
            shown = holds;
        }
        let before = consumed;
        let mut wait = Duration::from_millis(20);
        while let Some(polled) = consumer.poll(wait) {
            match polled {
                Ok(_) => consumed += 1,
                Err(error) => println!("{MARK}complains {error}"),
            }
            wait = Duration::ZERO;
        }
        if consumed != before {
            println!("{MARK}consumed {consumed}");
        }
    }
}
