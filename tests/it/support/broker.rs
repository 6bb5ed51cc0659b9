//! Real brokers for tests, by `dev/kafka`: one per version that a whole run shares, and clusters of
//! a test's own. Each ends with the run, also with one that was killed.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Write as _;
use std::os::unix::process::{CommandExt as _, parent_id};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use super::tools::Tools;
use super::{Shared, eventually, unique};

/// The versions that tests run on unless `KWARD_TEST_KAFKA` names others, separated by commas.
const VERSIONS: &str = "3.9.2,4.4.0";

/// The newest version among those to test.
pub fn newest() -> String {
    versions().pop().expect("at least one version")
}

/// All versions to test, in the order given.
pub fn versions() -> Vec<String> {
    let named = std::env::var("KWARD_TEST_KAFKA").unwrap_or_else(|_| VERSIONS.to_owned());
    named.split(',').map(|version| version.trim().to_owned()).collect()
}

/// Runs the body on the shared broker of each version to test; a failure names the version.
pub fn on_each_version(body: impl Fn(&Broker)) {
    for version in versions() {
        let _named = OnPanic(format!("on Kafka {version}"));
        body(&Broker::shared(&version));
    }
}

/// Runs the body on the shared broker of the newest version: for what is kward's own, views and intervals, and
/// waits so long that a second version would cost more than it could show.
pub fn on_the_newest(body: impl Fn(&Broker)) {
    body(&Broker::shared(&newest()));
}

struct OnPanic(String);

impl Drop for OnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.0);
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listener {
    Plaintext,
    SaslPlaintext,
    SaslSsl,
    Ssl,
}

/// Who decides on a cluster, and how.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Authorizer {
    #[default]
    DenyByDefault,
    /// `allow.everyone.if.no.acl.found`.
    AllowWithoutAcl,
    /// Whoever connects to the PLAINTEXT listener is a super user; deny by default for the others.
    PlainAdmin,
    None,
}

impl Authorizer {
    /// What `dev/kafka start` calls it.
    const fn arguments(self) -> &'static [&'static str] {
        match self {
            Authorizer::DenyByDefault => &[],
            Authorizer::AllowWithoutAcl => &["--allow-everyone"],
            Authorizer::PlainAdmin => &["--plain-admin"],
            Authorizer::None => &["--no-authorizer"],
        }
    }
}

/// What a cluster of a test's own is like; the default is what the shared ones are like.
#[derive(Debug, Default, Clone)]
pub struct Options {
    /// The newest version to test when absent.
    pub version: Option<String>,
    pub authorizer: Authorizer,
    pub three_brokers: bool,
    /// A quorum whose voters can be changed, of the first node alone; the others only follow.
    pub dynamic_quorum: bool,
    /// Two nodes: the first is a controller and no broker, the second a broker alone.
    pub isolated: bool,
    pub ipv6: bool,
    /// Server properties, `key=value`.
    pub settings: Vec<String>,
    /// Options of the brokers' Java.
    pub jvm: Vec<String>,
    /// Arguments of `kafka-storage format`.
    pub format: Vec<String>,
}

#[derive(Debug)]
pub struct Broker {
    name: String,
    pub version: String,
    folder: PathBuf,
    bootstrap: BTreeMap<String, String>,
    controllers: String,
    own: bool,
    /// What `tool_words` has found out, by client and tool.
    tools: Mutex<HashMap<(String, String), Arc<str>>>,
}

impl Broker {
    /// The broker of that version that all tests of a run share: `StandardAuthorizer`, deny by default.
    ///
    /// Tests use names of their own on it (see [`unique`]) and leave the others' alone.
    pub fn shared(version: &str) -> Arc<Self> {
        Self::shared_with(version, Authorizer::DenyByDefault)
    }

    /// The same with another authorizer, for the few tests that need one.
    pub fn shared_with(version: &str, authorizer: Authorizer) -> Arc<Self> {
        static RUNNING: Shared<Arc<Broker>> = Shared::new();
        let key = match authorizer {
            Authorizer::DenyByDefault => version.to_owned(),
            other => format!("{version}-{other:?}"),
        };
        let broker = RUNNING.of(&key, || {
            let run = Run::current();
            let name = format!("run-{}-{key}", run.id);
            let arguments = [&["--version", version], authorizer.arguments()].concat();
            Arc::new(Self::start(&name, run.owner, &arguments, false))
        });
        Arc::clone(broker)
    }

    /// A cluster for one test, ended when the value is dropped.
    pub fn own(options: &Options) -> Self {
        let version = options.version.clone().unwrap_or_else(newest);
        let mut arguments = vec!["--version", &version];
        arguments.extend(options.authorizer.arguments());
        arguments.extend(options.three_brokers.then_some("--brokers=3"));
        arguments.extend(options.dynamic_quorum.then_some("--dynamic-quorum"));
        arguments.extend(
            options.isolated.then_some(["--isolated", "--brokers=2"]).into_iter().flatten(),
        );
        arguments.extend(options.ipv6.then_some("--host=::1"));
        arguments.extend(options.settings.iter().flat_map(|setting| ["--set", setting]));
        arguments.extend(options.jvm.iter().flat_map(|option| ["--jvm", option]));
        arguments.extend(options.format.iter().flat_map(|argument| ["--format", argument]));
        Self::start(&unique("own"), std::process::id(), &arguments, true)
    }

    fn start(name: &str, owner: u32, arguments: &[&str], own: bool) -> Self {
        let mut command = dev_kafka("start");
        command.args(["--json", "--name", name, "--owner", &owner.to_string()]).args(arguments);
        let output = command.output().expect("dev/kafka runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "dev/kafka start failed:\n{said}");
        let cluster: serde_json::Value =
            serde_json::from_slice(&output.stdout).expect("JSON of dev/kafka");
        let text =
            |value: &serde_json::Value| value.as_str().expect("a string of dev/kafka").to_owned();
        let listeners = cluster["bootstrap"].as_object().expect("the listeners");
        Self {
            name: name.to_owned(),
            version: text(&cluster["version"]),
            folder: PathBuf::from(text(&cluster["folder"])),
            bootstrap: listeners
                .iter()
                .map(|(name, addresses)| (name.clone(), text(addresses)))
                .collect(),
            controllers: text(&cluster["controllers"]),
            own,
            tools: Mutex::default(),
        }
    }

    pub fn version(&self) -> &str {
        &self.version
    }

    /// Is the version that one (`4.4`, `4.1.2`) or a later one?
    pub fn is_at_least(&self, version: &str) -> bool {
        let numbers = |text: &str| {
            text.split('.').map(|part| part.parse::<u32>().expect("a number")).collect::<Vec<_>>()
        };
        numbers(&self.version) >= numbers(version)
    }

    /// The files of a partition's log on a cluster with one broker, oldest first.
    pub fn log_files(&self, topic: &str, partition: i32) -> Vec<PathBuf> {
        let folder = self.folder.join("data/1").join(format!("{topic}-{partition}"));
        let entries = fs::read_dir(&folder).expect("the partition's folder");
        let mut files: Vec<PathBuf> = entries
            .map(|entry| entry.expect("a file").path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "log"))
            .collect();
        files.sort();
        files
    }

    /// The addresses of the controllers, separated by commas.
    pub fn controllers(&self) -> &str {
        &self.controllers
    }

    /// The file that a node starts with.
    pub fn server_properties(&self, node: u32) -> PathBuf {
        self.folder.join(format!("server-{node}.properties"))
    }

    /// The addresses of a listener, one for each broker, separated by commas.
    pub fn bootstrap(&self, listener: Listener) -> &str {
        let name = match listener {
            Listener::Plaintext => "PLAINTEXT",
            Listener::SaslPlaintext => "SASL_PLAINTEXT",
            Listener::SaslSsl => "SASL_SSL",
            Listener::Ssl => "SSL",
        };
        &self.bootstrap[name]
    }

    /// The `.properties` file of a client: `admin`, `plaintext`, `USER-{plain,scram256,scram512}[-tls]`,
    /// `ssl-{admin,alice,alice-encrypted[-java],stranger,nobody}`, `{admin,alice}-controllers`, which talk to
    /// controllers.
    pub fn client(&self, name: &str) -> PathBuf {
        let path = self.folder.join("clients").join(name).with_extension("properties");
        assert!(path.exists(), "no client is called `{name}`");
        path
    }

    /// A client with these properties: its name for the calls here.
    pub fn write_client(&self, properties: &str) -> String {
        let name = unique("client");
        let path = self.folder.join("clients").join(&name).with_extension("properties");
        // Copied first, so that nobody else can read it either.
        fs::copy(self.client("admin"), &path).expect("a client's properties");
        fs::write(&path, properties).expect("a client's properties");
        name
    }

    /// The addresses of the listener that a client uses.
    pub fn bootstrap_of(&self, client: &str) -> String {
        let properties = fs::read_to_string(self.client(client)).expect("a client's properties");
        let line = properties.lines().find_map(|line| {
            line.strip_prefix("bootstrap.servers=")
                .or_else(|| line.strip_prefix("bootstrap.controllers="))
        });
        line.expect("`bootstrap.servers`").to_owned()
    }

    /// The flag that takes them.
    pub fn bootstrap_flag_of(&self, client: &str) -> &'static str {
        let properties = fs::read_to_string(self.client(client)).expect("a client's properties");
        if properties.lines().any(|line| line.starts_with("bootstrap.controllers=")) {
            "--bootstrap-controller"
        } else {
            "--bootstrap-server"
        }
    }

    /// A PEM file: `ca.pem`, `other-ca.pem`, `client-alice.pem`, `client-alice.key`,
    /// `client-alice.encrypted.key` (its password is `key-secret`), …
    pub fn certificate(&self, name: &str) -> PathBuf {
        let path = self.folder.join("certs").join(name);
        assert!(path.exists(), "no certificate is called `{name}`");
        path
    }

    /// Stops a broker's process where it is: it answers nothing more, and the cluster takes it for gone
    /// after `broker.session.timeout.ms`. It goes on when the value is dropped.
    pub fn pause(&self, node: u32) -> Paused {
        let properties = self.server_properties(node);
        let is_it = |pid: &u32| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let mut words = line.split(|byte| *byte == 0);
            words.any(|word| word == properties.as_os_str().as_encoded_bytes())
        };
        let mut processes = fs::read_dir("/proc")
            .expect("the processes")
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
        let pid = processes.find(is_it).expect("the broker's process");
        signal("-STOP", pid);
        Paused { pid }
    }

    /// Restarts a broker in good order, and waits until it answers again.
    pub fn restart(&self, node: u32) {
        let output = dev_kafka("restart").args(["--name", &self.name, &node.to_string()]).output();
        success("restart", &output.expect("dev/kafka runs"));
    }

    /// The client `admin` that knows only the other brokers; the name of the client.
    pub fn client_beside(&self, node: u32) -> String {
        let name = format!("admin-beside-{node}");
        let properties = fs::read_to_string(self.client("admin")).expect("a client's properties");
        let all = self.bootstrap_of("admin");
        let gone = node as usize - 1;
        let others = all.split(',').enumerate().filter(|(at, _)| *at != gone);
        let others = others.map(|(_, address)| address).collect::<Vec<_>>().join(",");
        let path = self.folder.join("clients").join(&name).with_extension("properties");
        fs::write(path, properties.replace(&all, &others)).expect("a client's properties");
        name
    }

    /// What the authorizers of all brokers have decided so far, allowed and denied.
    pub fn audit_log(&self) -> String {
        let nodes = fs::read_dir(self.folder.join("logs")).expect("the logs");
        let files = nodes
            .filter_map(|node| fs::read_to_string(node.ok()?.path().join("authorizer.log")).ok());
        files.collect()
    }

    /// Runs one of Kafka's own tools as a client; see `dev/kafka`.
    pub fn tool(&self, client: &str, tool: &str, arguments: &[&str], input: &str) -> Output {
        let serve = || {
            let mut command = dev_kafka("tool");
            command.args(["--name", &self.name, "--serve"]);
            command
        };
        let words = self.tool_words(client, tool);
        let mut words = words.lines();
        let class = words.next().expect("the class of the tool");
        let arguments: Vec<&str> = words.chain(arguments.iter().copied()).collect();
        Tools::of(&self.version, serve).run(class, &arguments, input)
    }

    /// The class of a tool and the arguments that name the cluster, a line each.
    fn tool_words(&self, client: &str, tool: &str) -> Arc<str> {
        let key = (client.to_owned(), tool.to_owned());
        if let Some(known) = self.tools.lock().expect("the tools").get(&key) {
            return Arc::clone(known);
        }
        let mut command = dev_kafka("tool");
        let output = command.args(["--name", &self.name, "--as", client, "--print", tool]).output();
        let words: Arc<str> = success(tool, &output.expect("dev/kafka runs")).into();
        self.tools.lock().expect("the tools").insert(key, Arc::clone(&words));
        words
    }

    /// The same in a Java of its own, with more variables in the tool's environment.
    #[cfg(feature = "gssapi")]
    pub fn tool_with(
        &self,
        client: &str,
        tool: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Output {
        let mut command = self.tool_command(client, tool, arguments);
        Self::finish(command.envs(variables.iter().copied()), "")
    }

    fn tool_command(&self, client: &str, tool: &str, arguments: &[&str]) -> Command {
        let mut command = dev_kafka("tool");
        command.args(["--name", &self.name, "--as", client, tool]).args(arguments);
        command
    }

    fn finish(command: &mut Command, input: &str) -> Output {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("dev/kafka runs");
        // A tool that ends early closes its input; what it says then matters, not the broken pipe.
        let _ = child.stdin.take().expect("the tool's input").write_all(input.as_bytes());
        child.wait_with_output().expect("the tool ends")
    }

    /// Starts one of Kafka's own tools as a client, to be ended when the value is dropped; what it
    /// prints goes nowhere.
    pub fn start_tool(&self, client: &str, tool: &str, arguments: &[&str]) -> Running {
        let mut command = self.tool_command(client, tool, arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        Running(command.spawn().expect("dev/kafka runs"))
    }

    /// The same as `admin`, for what must succeed: its standard output. Topics and ACLs that it makes are known
    /// to every broker then.
    pub fn admin(&self, tool: &str, arguments: &[&str]) -> String {
        let said = success(tool, &self.tool("admin", tool, arguments, ""));
        self.knows_what_was_made(tool, arguments, &said);
        said
    }

    /// Kafka's own `kafka-acls` as `admin`.
    pub fn kafka_acls(&self, arguments: &[&str]) -> String {
        self.admin("acls", arguments)
    }

    pub fn create_topic(&self, name: &str) {
        self.admin("topics", &["--create", "--topic", name]);
    }

    /// A user of a test's own that every broker knows; gives the name of its client (SCRAM-SHA-512
    /// without TLS).
    pub fn create_user(&self, name: &str) -> String {
        let credential = format!("SCRAM-SHA-512=[password={name}-secret]");
        let entity = ["--entity-type", "users", "--entity-name", name];
        self.admin("configs", &[&["--alter", "--add-config", &credential], &entity[..]].concat());
        let client = self.client_of(name, "scram512", &format!("{name}-secret"));
        self.everywhere(&client, "the user is known", &["topic", "list"], |run| {
            !run.err.contains("SASL_AUTHENTICATION_FAILED")
        });
        client
    }

    /// The client of a user: its name for the calls here, once its properties are written.
    /// `mechanism` is `plain`, `scram256` or `scram512`.
    pub fn client_of(&self, name: &str, mechanism: &str, password: &str) -> String {
        let client = format!("{name}-{mechanism}");
        let like = format!("alice-{mechanism}");
        let pattern = fs::read_to_string(self.client(&like)).expect("a client's properties");
        let properties = pattern
            .replace("\"alice\"", &format!("\"{name}\""))
            .replace("alice-secret", &java_escaped(password));
        let path = self.folder.join("clients").join(&client).with_extension("properties");
        // Copied first, so that nobody else can read it either.
        fs::copy(self.client(&like), &path).expect("a client's properties");
        fs::write(&path, properties).expect("a client's properties");
        client
    }

    /// Kafka's console producer; the error is what it printed.
    pub fn produce(&self, client: &str, topic: &str, lines: &[&str]) -> Result<(), String> {
        let input: String = lines.iter().flat_map(|line| [*line, "\n"]).collect();
        // Refused at once, and not after the two minutes that a producer has patience.
        let patience = [
            "request.timeout.ms=15000",
            "delivery.timeout.ms=30000",
            "max.block.ms=30000",
            "linger.ms=0",
        ];
        // One option name for all tools came with 4.2 (KIP-1147).
        let option =
            if self.is_at_least("4.2") { "--command-property" } else { "--producer-property" };
        let mut arguments = vec!["--topic", topic];
        arguments.extend(patience.iter().flat_map(|property| [option, property]));
        let output = self.tool(client, "console-producer", &arguments, &input);
        let said = String::from_utf8_lossy(&output.stderr);
        // The tool logs a refused record and still ends with success.
        if output.status.success() && !said.contains("ERROR") {
            Ok(())
        } else {
            Err(said.into_owned())
        }
    }

    /// Kafka's console consumer, from the beginning, until it has that many records; the error is
    /// what it printed.
    pub fn consume(
        &self,
        client: &str,
        topic: &str,
        group: &str,
        count: usize,
    ) -> Result<Vec<String>, String> {
        let count_text = count.to_string();
        let arguments = [
            "--topic",
            topic,
            "--group",
            group,
            "--from-beginning",
            "--max-messages",
            &count_text,
            "--timeout-ms",
            "30000",
        ];
        let output = self.tool(client, "console-consumer", &arguments, "");
        let records: Vec<_> =
            String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
        if output.status.success() && records.len() == count {
            Ok(records)
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }
}

/// A broker that stands still.
#[derive(Debug)]
pub struct Paused {
    pid: u32,
}

impl Drop for Paused {
    fn drop(&mut self) {
        signal("-CONT", self.pid);
    }
}

fn signal(name: &str, pid: u32) {
    let status = Command::new("kill").args([name, &pid.to_string()]).status();
    assert!(status.expect("kill runs").success(), "kill {name} {pid}");
}

/// A tool that runs, with everything that it started, until it is dropped.
#[derive(Debug)]
pub struct Running(Child);

impl Running {
    /// Asks it to end, as Ctrl-C would, and waits for that.
    pub fn stop(mut self) {
        self.signal("-TERM");
        self.0.wait().expect("the tool ends");
        // The script ends at once, Java when it has said goodbye.
        eventually("the tool has ended", || !self.signal("-0"));
    }

    /// Whether anybody was there to get it.
    fn signal(&self, signal: &str) -> bool {
        let group = format!("-{}", self.0.id());
        let sent = Command::new("kill").args([signal, "--", &group]).stderr(Stdio::null()).status();
        sent.is_ok_and(|status| status.success())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.signal("-KILL");
        let _ = self.0.wait();
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if self.own {
            // Should this fail, the keeper ends the cluster with the run.
            let _ = dev_kafka("stop").args(["--name", &self.name]).output();
        }
    }
}

/// The run that a test process is part of: it owns the shared brokers.
struct Run {
    id: String,
    owner: u32,
}

impl Run {
    fn current() -> Self {
        match std::env::var("NEXTEST_RUN_ID") {
            // A process per test: what lives as long as the run is the runner.
            Ok(id) => Self { id: id.chars().take(13).collect(), owner: parent_id() },
            Err(_) => Self { id: std::process::id().to_string(), owner: std::process::id() },
        }
    }
}

/// Java takes the bytes of a properties file for Latin-1.
fn java_escaped(text: &str) -> String {
    let escaped = |c: char| {
        if c.is_ascii() { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) }
    };
    text.chars().map(escaped).collect()
}

fn dev_kafka(command: &str) -> Command {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("dev/kafka");
    let mut process = Command::new(script);
    process.arg(command).stdin(Stdio::null());
    process
}

fn success(tool: &str, output: &Output) -> String {
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "`{tool}` failed:\n{out}\n{err}");
    out.into_owned()
}
