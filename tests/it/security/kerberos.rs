//! GSSAPI with a real KDC and real brokers, which have keys of their own in it.

use std::os::unix::fs::PermissionsExt as _;

use super::super::support::broker::{Options, newest, versions};
use super::super::support::kdc::{Kdc, REALM};
use super::*;

/// Brokers are addressed as 127.0.0.1; what that is called is in their principal, for Java as for MIT.
const BROKER: &str = "kafka/localhost";
const OTHER_SERVICE: &str = "queue/localhost";

/// A broker that lets whoever has a ticket of this KDC in, by its principal `principal`.
fn broker_of(kdc: &Kdc, version: String, principal: &str, keytab: &Path) -> Broker {
    let module = format!(
        "com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true \
         keyTab=\"{}\" principal=\"{principal}@{REALM}\";",
        keytab.display()
    );
    let mut settings = vec![
        "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,GSSAPI".to_owned(),
        format!("sasl.kerberos.service.name={}", principal.split('/').next().unwrap()),
    ];
    for listener in ["sasl_plaintext", "sasl_ssl"] {
        settings.push(format!("listener.name.{listener}.gssapi.sasl.jaas.config={module}"));
    }
    let jvm = vec![format!("-Djava.security.krb5.conf={}", kdc.config().display())];
    Broker::own(&Options { version: Some(version), settings, jvm, ..Options::default() })
}

/// `kward` with the realm's configuration.
fn kward(sandbox: &Sandbox, kdc: &Kdc, arguments: &[&str]) -> assert_cmd::Command {
    let mut command = sandbox.kward(arguments);
    command.env("KRB5_CONFIG", kdc.config());
    command
}

/// `kward acl list` with these properties: it says who one is when one may not.
fn list(sandbox: &Sandbox, kdc: &Kdc, at: &str, properties: &str) -> Run {
    let file = sandbox.write("client.properties", properties);
    private(&file);
    Run::of(&mut kward(
        sandbox,
        kdc,
        &["acl", "list", "-b", at, "--command-config", "client.properties"],
    ))
}

const GSSAPI: &str = "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=GSSAPI\n";

#[test]
fn tickets_of_a_real_kdc_let_in() {
    for version in versions() {
        let kdc = Kdc::start(&["admin", "ana", BROKER]);
        let broker = broker_of(&kdc, version, BROKER, &kdc.keytab(BROKER));
        let sandbox = Sandbox::new();
        let at = broker.bootstrap(Listener::SaslPlaintext);

        // Java's way, librdkafka's, and the one without a mechanism, which is the default of both.
        let keytab = kdc.keytab("admin").display().to_string();
        let jaas = format!(
            "sasl.kerberos.service.name=kafka\nsasl.jaas.config=com.sun.security.auth.module.Krb5LoginModule \
             required useKeyTab=true storeKey=true keyTab=\"{keytab}\" principal=\"admin@{REALM}\";\n"
        );
        list(&sandbox, &kdc, at, &format!("{GSSAPI}{jaas}")).ends(0);
        list(&sandbox, &kdc, at, &format!("security.protocol=SASL_PLAINTEXT\n{jaas}")).ends(0);
        let rdkafka = format!("sasl.kerberos.keytab={keytab}\nsasl.kerberos.principal=admin\n");
        list(&sandbox, &kdc, at, &format!("{GSSAPI}{rdkafka}")).ends(0);
        // Over TLS too.
        let ca = broker.certificate("ca.pem").display().to_string();
        let tls = format!(
            "security.protocol=SASL_SSL\nsasl.mechanism=GSSAPI\nssl.ca.location={ca}\n{rdkafka}"
        );
        list(&sandbox, &kdc, broker.bootstrap(Listener::SaslSsl), &tls).ends(0);

        a_ticket_that_is_there(&sandbox, &kdc, at);
        the_same_as_javas_client(&broker, &kdc, at, &jaas);
        refusals_are_told(&sandbox, &kdc, at);
    }
}

/// Out of a cache that is named, by the variable that all of Kerberos heeds or in the JAAS entry.
fn a_ticket_that_is_there(sandbox: &Sandbox, kdc: &Kdc, at: &str) {
    let cache = kdc.ticket("ana");
    let before = std::fs::read(&cache).expect("the cache");
    let jaas = format!(
        "sasl.jaas.config=com.sun.security.auth.module.Krb5LoginModule required useTicketCache=true \
         ticketCache=\"{}\";\n",
        cache.display()
    );
    // She may not list ACLs, and the broker knows her by her name.
    let file = sandbox.write("client.properties", &format!("{GSSAPI}{jaas}"));
    private(&file);
    let topics = ["topic", "list", "-b", at, "--command-config", "client.properties"];
    Run::of(&mut kward(sandbox, kdc, &topics)).ends(0);
    list(sandbox, kdc, at, &format!("{GSSAPI}{jaas}")).ends(1).says("CLUSTER_AUTHORIZATION_FAILED");

    sandbox.write("client.properties", GSSAPI);
    let variable = format!("FILE:{}", cache.display());
    Run::of(kward(sandbox, kdc, &topics).env("KRB5CCNAME", &variable)).ends(0);
    // The steps of a check, by a context.
    sandbox.write(
        ".config/kward/config.toml",
        &format!(
            "[contexts.realm]\nbootstrap-servers = \"{at}\"\n[contexts.realm.properties]\n\
             security.protocol = \"SASL_PLAINTEXT\"\nsasl.mechanism = \"GSSAPI\"\nsasl.kerberos.principal = \"ana\"\n"
        ),
    );
    let check = ["context", "check", "realm"];
    Run::of(kward(sandbox, kdc, &check).env("KRB5CCNAME", &variable))
        .ends(0)
        .prints("GSSAPI lets `ana` in")
        .prints("--allow-principal User:ana");
    // A keytab of somebody else leaves her ticket alone.
    let keytab = kdc.keytab("admin").display().to_string();
    let admin = format!("{GSSAPI}sasl.kerberos.keytab={keytab}\nsasl.kerberos.principal=admin\n");
    sandbox.write("client.properties", &admin);
    let acls = ["acl", "list", "-b", at, "--command-config", "client.properties"];
    Run::of(kward(sandbox, kdc, &acls).env("KRB5CCNAME", &variable)).ends(0);
    let names = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains("admin");
    assert!(!names(&before) && !names(&std::fs::read(&cache).expect("the cache")));
}

/// The properties that let this client in let Kafka's own tools in.
fn the_same_as_javas_client(broker: &Broker, kdc: &Kdc, at: &str, jaas: &str) {
    let client = broker.write_client(&format!("bootstrap.servers={at}\n{GSSAPI}{jaas}"));
    let option = format!("-Djava.security.krb5.conf={}", kdc.config().display());
    let output = broker.tool_with(&client, "acls", &["--list"], &[("JAVA_TOOL_OPTIONS", &option)]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn refusals_are_told(sandbox: &Sandbox, kdc: &Kdc, at: &str) {
    let absent = format!("{GSSAPI}sasl.kerberos.keytab=/absent/keytab\n");
    list(sandbox, kdc, at, &absent).ends(2).says(
        "cannot read `/absent/keytab`, named by `sasl.kerberos.keytab` (client.properties:3)",
    );
    // Nobody has a ticket.
    list(sandbox, kdc, at, GSSAPI)
        .ends(1)
        .says(&format!("Kerberos gives this client no way into `{at}`"))
        .says("No Kerberos credentials available")
        .says("`kinit` gets one");
    // The keytab is another's.
    let keytab = kdc.keytab("ana").display().to_string();
    let other = format!("{GSSAPI}sasl.kerberos.keytab={keytab}\nsasl.kerberos.principal=admin\n");
    list(sandbox, kdc, at, &other).ends(1).says("klist -kt");
    // No such service.
    let service = format!(
        "{GSSAPI}sasl.kerberos.keytab={keytab}\nsasl.kerberos.principal=ana\nsasl.kerberos.service.name=queue\n"
    );
    list(sandbox, kdc, at, &service)
        .ends(1)
        .says("not found in Kerberos database")
        .says("the broker's principal begins with `queue/`");
    // A keytab that others can read.
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(kdc.keytab("ana"), open).expect("the mode");
    let ana = format!("{GSSAPI}sasl.kerberos.keytab={keytab}\nsasl.kerberos.principal=ana\n");
    list(sandbox, kdc, at, &ana).ends(1).says("holds keys and others can read it (mode 644)");
}

/// Another service's name works when it is the broker's; keys that are not the broker's do not; a KDC that
/// is silent costs no more than the deadline.
#[test]
fn another_service_and_a_silent_kdc() {
    let kdc = Kdc::start(&["admin", OTHER_SERVICE, BROKER]);
    let broker = broker_of(&kdc, newest(), OTHER_SERVICE, &kdc.keytab(OTHER_SERVICE));
    let sandbox = Sandbox::new();
    let at = broker.bootstrap(Listener::SaslPlaintext);
    let keytab = kdc.keytab("admin").display().to_string();
    let admin = format!("{GSSAPI}sasl.kerberos.keytab={keytab}\nsasl.kerberos.principal=admin\n");
    list(&sandbox, &kdc, at, &format!("{admin}sasl.kerberos.service.name=queue\n")).ends(0);
    // A ticket for a service that the broker is not.
    list(&sandbox, &kdc, at, &admin)
        .ends(1)
        .says(&format!("`{at}` does not let `admin` in by GSSAPI"))
        .says("SASL_AUTHENTICATION_FAILED (58)");

    kdc.stall();
    let began = std::time::Instant::now();
    let what =
        ["acl", "list", "-b", at, "--command-config", "client.properties", "--timeout", "3s"];
    Run::of(&mut kward(&sandbox, &kdc, &what)).ends(1).says("asking Kerberos for a ticket");
    assert!(began.elapsed() < std::time::Duration::from_secs(7), "{:?}", began.elapsed());
    // Nobody is left waiting for it.
    assert!(!leftovers(&sandbox), "a process of the exchange is left");
}

/// Whether a process that speaks Kerberos for this sandbox still runs.
fn leftovers(sandbox: &Sandbox) -> bool {
    let home = format!("HOME={}", sandbox.path().display());
    let processes = std::fs::read_dir("/proc").expect("the processes").flatten();
    processes.map(|entry| entry.path()).any(|process| {
        let read = |name: &str| std::fs::read(process.join(name)).unwrap_or_default();
        let holds =
            |bytes: &[u8], word: &str| bytes.split(|b| *b == 0).any(|w| w == word.as_bytes());
        holds(&read("cmdline"), "__gssapi") && holds(&read("environ"), &home)
    })
}
