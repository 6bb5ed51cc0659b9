//! The config files of other tools, as far as they say how to connect: kcl's TOML, kafkactl's and rpk's
//! YAML. Each has several clusters under names; a password stands there in the open.

use std::path::Path;

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
}

/// One file that is read.
pub(super) struct File<'a> {
    pub tool: Tool,
    /// As it was named.
    pub path: &'a Path,
    /// The folder that it is in.
    pub folder: &'a Path,
    pub text: &'a str,
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
            Tool::Kafkactl | Tool::Rpk => match serde_saphyr::from_str(self.text) {
                Ok(document) => return Ok(document),
                Err(error) => error.location().and_then(|at| usize::try_from(at.line()).ok()),
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
            Tool::Kcl => (named(document.get("profiles")), document.get("current_profile")),
            Tool::Kafkactl => (named(document.get("contexts")), document.get("current-context")),
            Tool::Rpk => (listed(document.get("profiles")), document.get("current_profile")),
        };
        let wanted = profile.or_else(|| current.and_then(Value::as_str));
        let found = match (wanted, clusters.as_slice()) {
            (None, []) if self.tool == Tool::Kcl && document.contains_key("seed_brokers") => {
                return Ok((None, document));
            }
            (None, [only]) => Some(only),
            // What kafkactl itself falls back to.
            (None, _) => clusters.iter().find(|(name, _)| *name == "default"),
            (Some(name), _) => clusters.iter().find(|(known, _)| *known == name),
        };
        if let Some((name, cluster)) = found {
            return Ok((Some(name), cluster));
        }
        let names: Vec<_> = clusters.iter().map(|(name, _)| *name).collect();
        let list: Vec<_> = names.iter().map(|name| format!("`{}`", visible(name))).collect();
        let known = match list.as_slice() {
            [] => "it has none".to_owned(),
            _ => format!("it has {}", list.join(", ")),
        };
        let file = shown(self.path);
        Err(match wanted {
            None => Error::invalid(format!("{file} does not say which cluster is meant")).hint(
                if names.is_empty() {
                    known
                } else {
                    format!("name one: `--profile NAME`; {known}")
                },
            ),
            Some(name) => {
                let error = Error::invalid(format!("{file} has no cluster `{}`", visible(name)));
                match nearest(name, names.iter().copied()) {
                    Some(near) => error.hint(format!("did you mean `{}`?", visible(near))),
                    None => error.hint(known),
                }
            }
        })
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
        .filter_map(|cluster| Some((cluster.get("name")?.as_str()?, cluster.as_object()?)))
        .collect()
}

struct Reader<'a> {
    folder: &'a Path,
    environment: &'a Environment,
    imported: Imported,
}

impl Reader<'_> {
    fn kcl(&mut self, cluster: &Map<String, Value>) {
        self.servers(cluster.get("seed_brokers"));
        let tls = cluster.get("tls").and_then(Value::as_object);
        let sasl = cluster.get("sasl").and_then(Value::as_object);
        let sasl = sasl.filter(|sasl| text(sasl, "method").is_some());
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
        if let Some(sasl) = sasl {
            self.user(sasl, ("method", "PLAIN"), "user", "pass");
            self.leave_out("sasl", sasl, &["method", "user", "pass"]);
        }
        self.leave_out(
            "",
            cluster,
            &["seed_brokers", "tls", "sasl", "profiles", "current_profile"],
        );
    }

    fn kafkactl(&mut self, cluster: &Map<String, Value>) {
        self.servers(cluster.get("brokers"));
        let enabled = |key: &str| {
            let section = cluster.get(key).and_then(Value::as_object);
            section.filter(|section| truth(section, "enabled"))
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
        let api = cluster.get("kafka_api").and_then(Value::as_object).unwrap_or(&none);
        self.servers(api.get("brokers"));
        // There, and empty: TLS with the system's authorities.
        let tls = api.get("tls").filter(|tls| tls.is_object()).and_then(Value::as_object);
        let tls = tls.filter(|tls| tls.get("enabled").is_none_or(|on| on.as_bool() != Some(false)));
        let sasl = api.get("sasl").and_then(Value::as_object);
        let sasl = sasl.filter(|sasl| text(sasl, "user").is_some());
        self.protocol(tls.is_some(), sasl.is_some());
        if let Some(tls) = tls {
            let ca = if tls.contains_key("ca_file") { "ca_file" } else { "truststore_file" };
            self.files(tls, [ca, "cert_file", "key_file"]);
            self.unchecked(tls, "insecure_skip_verify");
            let known = ["enabled", ca, "cert_file", "key_file", "insecure_skip_verify"];
            self.leave_out("kafka_api.tls", tls, &known);
        }
        if let Some(sasl) = sasl {
            let kind = if sasl.contains_key("mechanism") { "mechanism" } else { "type" };
            self.user(sasl, (kind, "SCRAM-SHA-256"), "user", "password");
            self.leave_out("kafka_api.sasl", sasl, &[kind, "user", "password"]);
        }
        self.leave_out("kafka_api", api, &["brokers", "tls", "sasl"]);
        let known = ["name", "description", "prompt", "kafka_api", "from_cloud", "cloud_cluster"];
        self.leave_out("", cluster, &known);
    }

    /// A list, or one text with commas or blanks between them, as kafkactl takes it too.
    fn servers(&mut self, servers: Option<&Value>) {
        let texts: Vec<_> = match servers {
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(text)) => vec![text.as_str()],
            _ => Vec::new(),
        };
        let parts = texts.iter().flat_map(|text| text.split([',', ' ', '\t', '\n']));
        self.imported.servers = parts.filter(|part| !part.is_empty()).map(str::to_owned).collect();
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
        self.set("sasl.mechanism", Some(mechanism));
        self.set("sasl.username", text(sasl, user));
        self.imported.password = text(sasl, password).map(SecretString::from);
    }

    fn set(&mut self, key: &str, value: Option<String>) {
        self.imported.properties.extend(value.map(|value| (key.to_owned(), value)));
    }

    fn leave_out(&mut self, section: &str, table: &Map<String, Value>, known: &[&str]) {
        let dot = if section.is_empty() { "" } else { "." };
        let said = |value: &Value| !value.is_null() && value.as_str() != Some("");
        let others =
            table.iter().filter(|(key, value)| !known.contains(&key.as_str()) && said(value));
        let others = others.map(|(key, _)| key);
        self.imported.left_out.extend(others.map(|key| format!("{section}{dot}{}", visible(key))));
    }
}

/// A text that is there and not empty. A password that looks like a number is none.
fn text(table: &Map<String, Value>, key: &str) -> Option<String> {
    let text = match table.get(key)? {
        Value::String(text) => text.clone(),
        other @ (Value::Number(_) | Value::Bool(_)) => other.to_string(),
        _ => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

fn truth(table: &Map<String, Value>, key: &str) -> bool {
    table.get(key).and_then(Value::as_bool) == Some(true)
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

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn import(tool: Tool, text: &str, profile: Option<&str>) -> Result<Imported> {
        let environment = Environment { cwd: "/etc/kafka".into(), ..Environment::default() };
        let path = Path::new("/etc/tool/config");
        File { tool, path, folder: Path::new("/etc/tool"), text }.import(profile, &environment)
    }

    /// `key=value`, one after the other.
    fn properties(imported: &Imported) -> String {
        let texts: Vec<_> =
            imported.properties.iter().map(|(key, value)| format!("{key}={value}")).collect();
        texts.join(" ")
    }

    fn password(imported: &Imported) -> Option<&str> {
        imported.password.as_ref().map(ExposeSecret::expose_secret)
    }

    const KCL: &str = r#"
current_profile = "prod"
[profiles.prod]
seed_brokers = ["a:9093", "b:9093"]
broker_timeout = "10s"
[profiles.prod.tls]
ca_cert_path = "ca.pem"
client_cert_path = "/certs/me.pem"
client_key_path = "/certs/me.key"
server_name = "kafka"
[profiles.prod.sasl]
method = "scram_sha_512"
user = "ana"
pass = "hunter2"
[profiles.local]
seed_brokers = ["localhost:9092"]
"#;

    #[test]
    fn kcl() {
        let prod = import(Tool::Kcl, KCL, None).unwrap();
        assert_eq!(prod.name.as_deref(), Some("prod"));
        assert_eq!(prod.servers, ["a:9093", "b:9093"]);
        assert_eq!(
            properties(&prod),
            "security.protocol=SASL_SSL ssl.ca.location=/etc/kafka/ca.pem \
             ssl.certificate.location=/certs/me.pem ssl.key.location=/certs/me.key \
             sasl.mechanism=SCRAM-SHA-512 sasl.username=ana"
        );
        assert_eq!(password(&prod), Some("hunter2"));
        assert_eq!(prod.left_out, ["tls.server_name", "broker_timeout"]);
        assert!(!format!("{prod:?}").contains("hunter2"));
        let local = import(Tool::Kcl, KCL, Some("local")).unwrap();
        assert_eq!(properties(&local), "security.protocol=PLAINTEXT");
        assert_eq!(password(&local), None);

        let flat = import(Tool::Kcl, "seed_brokers = ['x:1']\ntls = {}\n", None).unwrap();
        assert_eq!((flat.name, &*flat.servers), (None, &["x:1".to_owned()][..]));
        assert_eq!(flat.properties, [("security.protocol".to_owned(), "SSL".to_owned())]);
    }

    #[test]
    fn kafkactl() {
        let text = "
contexts:
  default:
    brokers: [localhost:9092]
  remote:
    brokers: [r1:9093, r2:9093]
    clientID: me
    tls: { enabled: true, ca: /ca.pem, insecure: true, serverName: k, certKey: '' }
    sasl: { enabled: true, username: admin, password: 12345 }
    kubernetes: { enabled: true }
  off:
    brokers: 'o:9092, p:9092 q:9092'
    tls: { enabled: false, ca: /ca.pem }
    sasl: { enabled: false, username: admin, password: hunter2 }
current-context: remote
";
        let remote = import(Tool::Kafkactl, text, None).unwrap();
        assert_eq!(remote.servers, ["r1:9093", "r2:9093"]);
        assert_eq!(
            properties(&remote),
            "security.protocol=SASL_SSL ssl.ca.location=/ca.pem \
             enable.ssl.certificate.verification=false sasl.mechanism=PLAIN sasl.username=admin \
             client.id=me"
        );
        assert_eq!(password(&remote), Some("12345"));
        assert_eq!(remote.left_out, ["tls.serverName", "kubernetes"]);
        let off = import(Tool::Kafkactl, text, Some("off")).unwrap();
        assert_eq!((&*properties(&off), password(&off)), ("security.protocol=PLAINTEXT", None));
        assert_eq!(off.servers, ["o:9092", "p:9092", "q:9092"]);
        let without = text.replace("current-context: remote", "");
        let default = import(Tool::Kafkactl, &without, None).unwrap();
        assert_eq!(default.name.as_deref(), Some("default"));
    }

    #[test]
    fn rpk() {
        let text = "
version: 7
current_profile: cloud
profiles:
  - name: cloud
    kafka_api:
      brokers: [seed:9092]
      tls: { enabled: true, min_version: x }
      sasl: { user: ana, password: hunter2, mechanism: SCRAM-SHA-256, extra: 1 }
      timeout: 1s
    admin_api: { addresses: [x:9644] }
  - name: old
    kafka_api:
      brokers: [o:9092]
      tls: { truststore_file: /ca.pem, key_file: /k, cert_file: /c }
      sasl: { user: bo, password: p, type: SCRAM-SHA-512 }
";
        let cloud = import(Tool::Rpk, text, None).unwrap();
        assert_eq!(
            properties(&cloud),
            "security.protocol=SASL_SSL sasl.mechanism=SCRAM-SHA-256 sasl.username=ana"
        );
        let left_out =
            ["kafka_api.tls.min_version", "kafka_api.sasl.extra", "kafka_api.timeout", "admin_api"];
        assert_eq!(cloud.left_out, left_out);
        let old = import(Tool::Rpk, text, Some("old")).unwrap();
        assert_eq!(
            properties(&old),
            "security.protocol=SASL_SSL ssl.ca.location=/ca.pem ssl.certificate.location=/c \
             ssl.key.location=/k sasl.mechanism=SCRAM-SHA-512 sasl.username=bo"
        );
    }

    #[test]
    fn what_is_wrong_is_told_without_the_secrets() {
        let error = import(Tool::Kcl, KCL, Some("prd")).unwrap_err();
        assert_eq!(error.message(), "/etc/tool/config has no cluster `prd`");
        assert_eq!(error.hints(), ["did you mean `prod`?"]);
        let several = KCL.replace("current_profile", "other");
        let error = import(Tool::Kcl, &several, None).unwrap_err();
        assert!(error.hints()[0].contains("it has `local`, `prod`"), "{error:?}");
        for (tool, text) in [
            (Tool::Kcl, "seed_brokers = ['x:1']\npass = hunter2\n"),
            (Tool::Kafkactl, "contexts:\n  a: { password: hunter2\n"),
            (Tool::Rpk, "hunter2"),
        ] {
            let error = import(tool, text, None).unwrap_err();
            assert!(error.message().contains("is no valid"), "{error:?}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
        assert!(import(Tool::Rpk, "{}", None).is_err());
    }
}
