//! The config files of other tools, as far as they say how to connect: kcl's TOML, kafkactl's and rpk's
//! YAML. Each has several clusters under names; a password stands there in the open.

mod yaml;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde_json::{Map, Value};

use super::Environment;
use super::connection::shown;
use super::store::Imported;
use crate::error::{Error, Result};
use crate::model::{nearest, visible};

/// Whose config file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// `~/.config/kcl/config.toml`: `[profiles.NAME]`, or one cluster without a name.
    Kcl,
    /// `~/.config/kafkactl/config.yml`: `contexts: { NAME: … }`.
    Kafkactl,
    /// `~/.config/rpk/rpk.yaml`: `profiles: [{ name: NAME, … }]`.
    Rpk,
}

impl Tool {
    /// The flag that names such a file.
    pub const fn flag(self) -> &'static str {
        match self {
            Tool::Kcl => "--from-kcl",
            Tool::Kafkactl => "--from-kafkactl",
            Tool::Rpk => "--from-rpk",
        }
    }

    /// Its name, and where its clusters stand.
    const fn clusters(self) -> (&'static str, &'static str) {
        match self {
            Tool::Kcl => ("kcl", "`[profiles.NAME]`, or `seed_brokers`"),
            Tool::Kafkactl => ("kafkactl", "`contexts:`"),
            Tool::Rpk => ("rpk", "`profiles:`"),
        }
    }

    /// Whose file this may be.
    fn of(document: &Map<String, Value>) -> Option<Self> {
        match (field(document, "contexts"), field(document, "profiles")) {
            (Some(Value::Object(_)), _) => Some(Tool::Kafkactl),
            (_, Some(Value::Array(_))) => Some(Tool::Rpk),
            (_, Some(Value::Object(_))) => Some(Tool::Kcl),
            _ => None,
        }
    }
}

/// One file that is read.
pub(super) struct File<'a> {
    pub tool: Tool,
    /// As it was named.
    pub path: &'a Path,
    /// The folder that it is in.
    pub folder: &'a Path,
    pub text: &'a str,
    /// The text of kafkactl's `current-context.yml`, where there is one.
    pub current: Option<&'a str>,
}

/// Where kafkactl keeps which context is the current one, since it no longer writes its config file.
pub(super) fn current_context_file(folder: &Path, environment: &Environment) -> PathBuf {
    match environment.get("KAFKA_CTL_WRITABLE_CONFIG") {
        Some(named) => environment.path(named, &environment.cwd),
        None => folder.join("current-context.yml"),
    }
}

impl File<'_> {
    /// What the cluster of that name needs; without one, the current one.
    pub(super) fn import(
        &self,
        profile: Option<&str>,
        environment: &Environment,
    ) -> Result<Imported> {
        let document = self.parse()?;
        let (name, cluster) = self.choose(&document, profile)?;
        let mut reader = Reader {
            folder: self.folder,
            environment,
            imported: Imported { name: name.map(str::to_owned), ..Imported::default() },
        };
        match self.tool {
            Tool::Kcl => reader.kcl(cluster),
            Tool::Kafkactl => reader.kafkactl(cluster),
            Tool::Rpk => reader.rpk(cluster),
        }
        let mut imported = reader.imported;
        imported.keys = imported.properties.iter().map(|(key, _)| key.clone()).collect();
        Ok(imported)
    }

    /// A mistake is told by its place only: the text may be a password.
    fn parse(&self) -> Result<Map<String, Value>> {
        let place = match self.tool {
            Tool::Kcl => match toml::from_str(self.text) {
                Ok(document) => return Ok(document),
                Err(error) => error
                    .span()
                    .and_then(|span| self.text.get(..span.start))
                    .map(|before| before.matches('\n').count() + 1),
            },
            Tool::Kafkactl | Tool::Rpk => match yaml::read(self.text) {
                Ok(document) => return Ok(document),
                Err(line) => line,
            },
        };
        let form = if self.tool == Tool::Kcl { "TOML" } else { "YAML" };
        let place = place.map_or_else(String::new, |line| format!(", line {line}"));
        Err(Error::invalid(format!("{}{place} is no valid {form}", shown(self.path)))
            .hint(format!("`{}` takes the config file of that tool", self.tool.flag())))
    }

    fn choose<'d>(
        &self,
        document: &'d Map<String, Value>,
        profile: Option<&str>,
    ) -> Result<(Option<&'d str>, &'d Map<String, Value>)> {
        let (clusters, current) = match self.tool {
            Tool::Kcl => (named(field(document, "profiles")), field(document, "current_profile")),
            Tool::Kafkactl => {
                (named(field(document, "contexts")), field(document, "current-context"))
            }
            Tool::Rpk => (listed(field(document, "profiles")), field(document, "current_profile")),
        };
        // What the file of its own says counts for kafkactl.
        let beside = self.current.and_then(|text| yaml::read(text).ok());
        let beside = beside.as_ref().and_then(|beside| text(beside, "current-context"));
        let current = current.and_then(Value::as_str).filter(|name| !name.is_empty());
        let wanted = profile.or(beside.as_deref()).or(current);
        // To kafkactl `prod` is `Prod`.
        let named = |wanted: &str| {
            let same =
                |name: &str| self.tool == Tool::Kafkactl && name.eq_ignore_ascii_case(wanted);
            let exact = clusters.iter().find(|(known, _)| *known == wanted);
            exact.or_else(|| clusters.iter().find(|(known, _)| same(known)))
        };
        // The file of a broker has a part for rpk.
        let of_broker = section(document, "rpk").filter(|rpk| field(rpk, "kafka_api").is_some());
        if let (Tool::Rpk, None, [], Some(rpk)) = (self.tool, wanted, &*clusters, of_broker) {
            return Ok((None, rpk));
        }
        let found = match (wanted, clusters.as_slice()) {
            (None, []) if self.tool == Tool::Kcl && field(document, "seed_brokers").is_some() => {
                return Ok((None, document));
            }
            (None, [only]) => Some(only),
            // What kafkactl itself falls back to.
            (None, _) => named("default"),
            (Some(name), _) => named(name),
        };
        if let Some((name, cluster)) = found {
            return Ok((Some(name), cluster));
        }
        Err(self.not_found(document, wanted, clusters.iter().map(|(name, _)| *name).collect()))
    }

    fn not_found(
        &self,
        document: &Map<String, Value>,
        wanted: Option<&str>,
        names: Vec<&str>,
    ) -> Error {
        let file = shown(self.path);
        if names.is_empty() {
            let (tool, place) = self.tool.clusters();
            let error = Error::invalid(format!("{file} has no clusters of {tool} ({place})"));
            return match Tool::of(document).filter(|other| *other != self.tool) {
                Some(other) => {
                    let (name, flag) = (other.clusters().0, other.flag());
                    error.hint(format!("it looks like the config file of {name}: `{flag}`"))
                }
                None => error.hint(format!("`{}` takes {tool}'s config file", self.tool.flag())),
            };
        }
        let list: Vec<_> = names.iter().map(|name| format!("`{}`", visible(name))).collect();
        let known = format!("it has {}", list.join(", "));
        match wanted {
            None => Error::invalid(format!("{file} does not say which cluster is meant"))
                .hint(format!("name one: `--profile NAME`; {known}")),
            Some(name) => {
                let error = Error::invalid(format!("{file} has no cluster `{}`", visible(name)));
                match nearest(name, names) {
                    Some(near) => error.hint(format!("did you mean `{}`?", visible(near))),
                    None => error.hint(known),
                }
            }
        }
    }
}

type Named<'d> = Vec<(&'d str, &'d Map<String, Value>)>;

fn named(clusters: Option<&Value>) -> Named<'_> {
    let clusters = clusters.and_then(Value::as_object).into_iter().flatten();
    clusters.filter_map(|(name, cluster)| Some((name.as_str(), cluster.as_object()?))).collect()
}

fn listed(clusters: Option<&Value>) -> Named<'_> {
    let clusters = clusters.and_then(Value::as_array).into_iter().flatten();
    clusters
        .filter_map(|cluster| {
            let cluster = cluster.as_object()?;
            Some((field(cluster, "name")?.as_str()?, cluster))
        })
        .collect()
}

struct Reader<'a> {
    folder: &'a Path,
    environment: &'a Environment,
    imported: Imported,
}

impl Reader<'_> {
    fn kcl(&mut self, cluster: &Map<String, Value>) {
        self.servers(field(cluster, "seed_brokers"));
        let (tls, said) = (section(cluster, "tls"), section(cluster, "sasl"));
        let sasl = said.filter(|sasl| text(sasl, "method").is_some());
        self.protocol(tls.is_some(), sasl.is_some());
        if let Some(tls) = tls {
            self.files(tls, ["ca_cert_path", "client_cert_path", "client_key_path"]);
            self.unchecked(tls, "insecure");
            self.leave_out(
                "tls",
                tls,
                &["ca_cert_path", "client_cert_path", "client_key_path", "insecure"],
            );
        }
        match sasl {
            Some(sasl) => {
                self.user(sasl, ("method", "PLAIN"), "user", "pass");
                self.leave_out("sasl", sasl, &["method", "user", "pass"]);
            }
            None => self.not_taken("sasl", said, "it has no `method`"),
        }
        self.leave_out(
            "",
            cluster,
            &["seed_brokers", "tls", "sasl", "profiles", "current_profile"],
        );
    }

    fn kafkactl(&mut self, cluster: &Map<String, Value>) {
        self.servers(field(cluster, "brokers"));
        let mut enabled = |key: &'static str| {
            let said = section(cluster, key)?;
            if truth(said, "enabled") {
                return Some(said);
            }
            if !text(said, "enabled").is_some_and(|word| is_false(&word)) {
                self.not_taken(key, Some(said), "its `enabled` is not `true`");
            }
            None
        };
        let (tls, sasl) = (enabled("tls"), enabled("sasl"));
        self.protocol(tls.is_some(), sasl.is_some());
        if let Some(tls) = tls {
            self.files(tls, ["ca", "cert", "certKey"]);
            self.unchecked(tls, "insecure");
            self.leave_out("tls", tls, &["enabled", "ca", "cert", "certKey", "insecure"]);
        }
        if let Some(sasl) = sasl {
            self.user(sasl, ("mechanism", "PLAIN"), "username", "password");
            self.leave_out("sasl", sasl, &["enabled", "mechanism", "username", "password"]);
        }
        self.set("client.id", text(cluster, "clientID"));
        self.leave_out("", cluster, &["brokers", "tls", "sasl", "clientID"]);
    }

    fn rpk(&mut self, cluster: &Map<String, Value>) {
        let none = Map::new();
        let api = section(cluster, "kafka_api").unwrap_or(&none);
        self.servers(field(api, "brokers"));
        // There, and empty: TLS with the system's authorities.
        let tls = section(api, "tls");
        let tls = tls.filter(|tls| !text(tls, "enabled").is_some_and(|on| is_false(&on)));
        let said = section(api, "sasl");
        let sasl = said.filter(|sasl| text(sasl, "user").is_some());
        self.protocol(tls.is_some(), sasl.is_some());
        if let Some(tls) = tls {
            let ca = if field(tls, "ca_file").is_some() { "ca_file" } else { "truststore_file" };
            self.files(tls, [ca, "cert_file", "key_file"]);
            self.unchecked(tls, "insecure_skip_verify");
            let known = ["enabled", ca, "cert_file", "key_file", "insecure_skip_verify"];
            self.leave_out("kafka_api.tls", tls, &known);
        }
        match sasl {
            Some(sasl) => {
                let named = field(sasl, "mechanism").is_some();
                let kind = if named { "mechanism" } else { "type" };
                self.user(sasl, (kind, "SCRAM-SHA-256"), "user", "password");
                self.leave_out("kafka_api.sasl", sasl, &[kind, "user", "password"]);
            }
            None => self.not_taken("kafka_api.sasl", said, "it names no user"),
        }
        self.leave_out("kafka_api", api, &["brokers", "tls", "sasl"]);
        let known = ["name", "description", "prompt", "kafka_api", "from_cloud", "cloud_cluster"];
        self.leave_out("", cluster, &known);
    }

    /// A whole section says something, and nothing of it counts: the context will log in otherwise.
    fn not_taken(&mut self, name: &str, section: Option<&Map<String, Value>>, why: &str) {
        if section.is_some_and(|section| section.values().any(is_said)) {
            self.imported.warnings.push(format!("`{name}` is not taken over: {why}"));
        }
    }

    /// A list of texts or, as rpk has had it, of `address` and `port`; or one text with commas or blanks between
    /// them, as kafkactl takes it too.
    fn servers(&mut self, servers: Option<&Value>) {
        let entries = match servers {
            Some(Value::Array(list)) => list.as_slice(),
            Some(text @ Value::String(_)) => std::slice::from_ref(text),
            _ => &[],
        };
        for (at, entry) in entries.iter().enumerate() {
            let said = entry.as_object().and_then(|entry| {
                let (host, port) = (text(entry, "address")?, text(entry, "port"));
                let host = if host.contains(':') { format!("[{host}]") } else { host };
                Some(port.map_or_else(|| host.clone(), |port| format!("{host}:{port}")))
            });
            let Some(said) = said.or_else(|| entry.as_str().map(str::to_owned)) else {
                let number = at + 1;
                self.imported.warnings.push(format!(
                    "number {number} of the brokers is not taken over: it is neither a text nor `address` with `port`"
                ));
                continue;
            };
            let parts = said.split([',', ' ', '\t', '\n']).filter(|part| !part.is_empty());
            self.imported.servers.extend(parts.map(str::to_owned));
        }
    }

    fn protocol(&mut self, tls: bool, sasl: bool) {
        let protocol = match (sasl, tls) {
            (true, true) => "SASL_SSL",
            (true, false) => "SASL_PLAINTEXT",
            (false, true) => "SSL",
            (false, false) => "PLAINTEXT",
        };
        self.set("security.protocol", Some(protocol.to_owned()));
    }

    /// The authority, the certificate and its key; relative paths count from the file, or, when nothing is
    /// there, from the working folder, as the tools differ in that.
    fn files(&mut self, tls: &Map<String, Value>, keys: [&str; 3]) {
        let properties = ["ssl.ca.location", "ssl.certificate.location", "ssl.key.location"];
        for (key, property) in keys.into_iter().zip(properties) {
            let Some(path) = text(tls, key) else { continue };
            let beside = self.environment.path(&path, self.folder);
            let place = if beside.exists() {
                beside
            } else {
                self.environment.path(&path, &self.environment.cwd)
            };
            self.set(property, Some(place.to_string_lossy().into_owned()));
        }
    }

    fn unchecked(&mut self, tls: &Map<String, Value>, key: &str) {
        let off = truth(tls, key).then(|| "false".to_owned());
        self.set("enable.ssl.certificate.verification", off);
    }

    fn user(
        &mut self,
        sasl: &Map<String, Value>,
        (mechanism, default): (&str, &str),
        user: &str,
        password: &str,
    ) {
        let mechanism = text(sasl, mechanism).map_or_else(|| default.to_owned(), |m| spelled(&m));
        let of_aws = mechanism == "AWS_MSK_IAM";
        self.set("sasl.mechanism", Some(mechanism));
        if of_aws {
            if [user, password].iter().any(|key| text(sasl, key).is_some()) {
                self.imported.warnings.push(format!(
                    "`{user}` and `{password}` are not taken over: credentials of AWS are found as its own tools \
                     find them, such as in `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`"
                ));
            }
            return;
        }
        self.set("sasl.username", text(sasl, user));
        self.imported.password = text(sasl, password).map(SecretString::from);
    }

    fn set(&mut self, key: &str, value: Option<String>) {
        self.imported.properties.extend(value.map(|value| (key.to_owned(), value)));
    }

    fn leave_out(&mut self, section: &str, table: &Map<String, Value>, known: &[&str]) {
        let dot = if section.is_empty() { "" } else { "." };
        let is_known = |key: &str| known.iter().any(|known| known.eq_ignore_ascii_case(key));
        let others = table.iter().filter(|(key, value)| !is_known(key) && is_said(value));
        let others = others.map(|(key, _)| key);
        self.imported.left_out.extend(others.map(|key| format!("{section}{dot}{}", visible(key))));
    }
}

/// A value by its key, whose case counts for none of the tools that write these files back.
fn field<'d>(table: &'d Map<String, Value>, key: &str) -> Option<&'d Value> {
    let same = || table.iter().find(|(other, _)| other.eq_ignore_ascii_case(key));
    table.get(key).or_else(|| same().map(|(_, value)| value))
}

fn section<'d>(table: &'d Map<String, Value>, key: &str) -> Option<&'d Map<String, Value>> {
    field(table, key)?.as_object()
}

fn is_said(value: &Value) -> bool {
    !value.is_null() && value.as_str() != Some("")
}

/// A text that is there and not empty. In TOML, a number may be meant as one.
fn text(table: &Map<String, Value>, key: &str) -> Option<String> {
    let text = match field(table, key)? {
        Value::String(text) => text.clone(),
        other @ (Value::Number(_) | Value::Bool(_)) => other.to_string(),
        _ => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

fn truth(table: &Map<String, Value>, key: &str) -> bool {
    const WORDS: [&str; 6] = ["true", "t", "1", "yes", "y", "on"];
    text(table, key).is_some_and(|text| WORDS.iter().any(|word| text.eq_ignore_ascii_case(word)))
}

fn is_false(text: &str) -> bool {
    const WORDS: [&str; 6] = ["false", "f", "0", "no", "n", "off"];
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// A mechanism as Kafka spells it, from `scram-sha256`, `SCRAM_SHA_512`, `plaintext`, `oauth`.
fn spelled(mechanism: &str) -> String {
    let bare: String = mechanism
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    match bare.as_str() {
        "plain" | "plaintext" => "PLAIN".to_owned(),
        "scramsha256" => "SCRAM-SHA-256".to_owned(),
        "scramsha512" => "SCRAM-SHA-512".to_owned(),
        "oauth" | "oauthbearer" => "OAUTHBEARER".to_owned(),
        "awsmskiam" => "AWS_MSK_IAM".to_owned(),
        "gssapi" => "GSSAPI".to_owned(),
        _ => mechanism.to_owned(),
    }
}
