use super::*;
use secrecy::ExposeSecret;

fn import(tool: Tool, text: &str, profile: Option<&str>) -> Result<Imported> {
    import_beside(tool, text, profile, None)
}

/// With kafkactl's file of the current context.
fn import_beside(
    tool: Tool,
    text: &str,
    profile: Option<&str>,
    current: Option<&str>,
) -> Result<Imported> {
    let environment = Environment { cwd: "/etc/kafka".into(), ..Environment::default() };
    let path = Path::new("/etc/tool/config");
    let folder = Path::new("/etc/tool");
    File { tool, path, folder, text, current }.import(profile, &environment)
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

/// Numbers and truths of YAML are no business of passwords.
#[test]
fn a_password_is_the_text_that_was_written() {
    for written in ["0123", "007", "1e5", "1_000", "0x1F", "yes", "off", "12.50", "true"] {
        let rpk = format!(
            "profiles:\n  - name: a\n    kafka_api:\n      brokers: [a:1]\n      \
             sasl: {{ user: {written}, password: {written} }}\n"
        );
        let kafkactl = format!(
            "contexts:\n  a:\n    brokers: [a:1]\n    sasl: {{ enabled: true, username: {written}, password: {written} }}\n"
        );
        for (tool, text) in [(Tool::Rpk, &rpk), (Tool::Kafkactl, &kafkactl)] {
            let imported = import(tool, text, None).unwrap();
            assert_eq!(password(&imported), Some(written), "{tool:?}");
            let user = format!("sasl.username={written}");
            assert!(properties(&imported).ends_with(&user), "{}", properties(&imported));
        }
    }
}

#[test]
fn kafkactl_keeps_its_current_context_beside_its_config_file() {
    let text = "contexts:\n  default: { brokers: [d:1] }\n  Staging: { brokers: [s:1] }\n  old: { brokers: [o:1] }\n";
    let beside = |text: &str, current| import_beside(Tool::Kafkactl, text, None, current).unwrap();
    let said = Some("current-context: staging\n");
    assert_eq!(beside(text, said).name.as_deref(), Some("Staging"));
    assert_eq!(beside(text, None).name.as_deref(), Some("default"));
    // What the config file itself says is older.
    let older = format!("current-context: old\n{text}");
    assert_eq!(beside(&older, said).name.as_deref(), Some("Staging"));
    assert_eq!(beside(&older, Some("no: [yaml")).name.as_deref(), Some("old"));
    let named = import_beside(Tool::Kafkactl, text, Some("old"), said).unwrap();
    assert_eq!(named.name.as_deref(), Some("old"));
}

/// kafkactl writes its keys back in lower case.
#[test]
fn the_case_of_keys_is_no_matter() {
    let text = "contexts:\n  Prod:\n    brokers: [r:1]\n    clientid: me\n    requesttimeout: 5s\n    \
                tls: { enabled: 'true', ca: /ca, cert: /c, certkey: /k }\n    \
                sasl: { enabled: 'True', username: u, password: p }\ncurrent-context: prod\n";
    let prod = import(Tool::Kafkactl, text, None).unwrap();
    assert_eq!(prod.name.as_deref(), Some("Prod"));
    assert_eq!(
        properties(&prod),
        "security.protocol=SASL_SSL ssl.ca.location=/ca ssl.certificate.location=/c \
         ssl.key.location=/k sasl.mechanism=PLAIN sasl.username=u client.id=me"
    );
    assert_eq!(prod.left_out, ["requesttimeout"]);
}

#[test]
fn a_section_that_does_not_count_is_named() {
    let rpk = |sasl: &str| {
        let text = format!(
            "profiles:\n  - name: a\n    kafka_api: {{ brokers: [a:1], tls: {{}}, sasl: {{ {sasl} }} }}\n"
        );
        import(Tool::Rpk, &text, None).unwrap().warnings
    };
    let warning = "`kafka_api.sasl` is not taken over: it names no user";
    assert_eq!(rpk("mechanism: CLOUD-OIDC"), [warning]);
    assert_eq!(rpk("user: '', password: ''"), [""; 0]);
    let kcl = "seed_brokers = ['x:1']\n[sasl]\nuser = 'u'\npass = 'p'\n";
    let warnings = import(Tool::Kcl, kcl, None).unwrap().warnings;
    assert_eq!(warnings, ["`sasl` is not taken over: it has no `method`"]);
    let kafkactl = |enabled: &str| {
        let text = format!(
            "contexts:\n  a:\n    brokers: [a:1]\n    sasl: {{ {enabled} username: u, password: p }}\n"
        );
        import(Tool::Kafkactl, &text, None).unwrap().warnings
    };
    let warning = "`sasl` is not taken over: its `enabled` is not `true`";
    assert_eq!(kafkactl(""), [warning]);
    assert_eq!(kafkactl("enabled: maybe,"), [warning]);
    assert_eq!(kafkactl("enabled: false,"), [""; 0]);
    assert_eq!(kafkactl("enabled: true,"), [""; 0]);
}

#[test]
fn the_file_of_another_tool_is_recognized() {
    let rpk = "profiles:\n  - name: a\n    kafka_api: { brokers: [a:1] }\n";
    let error = import(Tool::Kafkactl, rpk, None).unwrap_err();
    assert_eq!(error.message(), "/etc/tool/config has no clusters of kafkactl (`contexts:`)");
    assert_eq!(error.hints(), ["it looks like the config file of rpk: `--from-rpk`"]);
    let error = import(Tool::Rpk, "contexts: { a: { brokers: [a:1] } }", None).unwrap_err();
    assert_eq!(error.hints(), ["it looks like the config file of kafkactl: `--from-kafkactl`"]);
    let error = import(Tool::Kcl, "x = 1\n", Some("a")).unwrap_err();
    assert_eq!(error.hints(), ["`--from-kcl` takes kcl's config file"]);
}

#[test]
fn brokers_of_every_form_are_taken_over_or_told() {
    let text = "
profiles:
  - name: a
    kafka_api:
      brokers: [{address: 10.0.0.1, port: 9093}, 127.0.0.1, {address: \"::1\", port: 9}, [x], {port: 1}]
";
    let imported = import(Tool::Rpk, text, None).unwrap();
    assert_eq!(imported.servers, ["10.0.0.1:9093", "127.0.0.1", "[::1]:9"]);
    let warning = |number| {
        format!(
            "number {number} of the brokers is not taken over: it is neither a text nor `address` with `port`"
        )
    };
    assert_eq!(imported.warnings, [warning(4), warning(5)]);
}

#[test]
fn the_file_of_a_broker_has_a_part_for_rpk() {
    let text = "
redpanda: {data_directory: /var/lib/redpanda}
rpk:
  kafka_api:
    brokers: [10.0.0.1:9092]
";
    let imported = import(Tool::Rpk, text, None).unwrap();
    assert_eq!((imported.name, &*imported.servers), (None, &["10.0.0.1:9092".to_owned()][..]));
    assert!(import(Tool::Rpk, text, Some("a")).is_err());
}

/// Nothing would ever look at them.
#[test]
fn credentials_of_aws_are_not_kept_as_a_user_with_a_password() {
    let text = "
seed_brokers = [\"a:9098\"]
tls = {}
[sasl]
method = \"aws_msk_iam\"
user = \"AKIA\"
pass = \"hunter2\"
";
    let imported = import(Tool::Kcl, text, None).unwrap();
    assert_eq!(properties(&imported), "security.protocol=SASL_SSL sasl.mechanism=AWS_MSK_IAM");
    assert_eq!(password(&imported), None);
    let [warning] = &*imported.warnings else { panic!("{:?}", imported.warnings) };
    assert!(warning.starts_with("`user` and `pass` are not taken over: "), "{warning}");
}
