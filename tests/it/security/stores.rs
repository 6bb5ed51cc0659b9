//! Keystores and truststores as `keytool` and OpenSSL make them, old and new kinds, on a real listener
//! that asks for client certificates; Kafka's own tools take the same files.

use std::fs;
use std::process::Command;

use super::*;

/// A folder with the broker's certificates, where stores are made.
pub struct Bench<'a> {
    pub sandbox: Sandbox,
    broker: &'a Broker,
}

impl<'a> Bench<'a> {
    pub fn new(broker: &'a Broker) -> Self {
        let bench = Self { sandbox: Sandbox::new(), broker };
        for name in [
            "ca.pem",
            "client-admin.key",
            "client-admin.pem",
            "client-alice.key",
            "client-alice.pem",
        ] {
            fs::copy(broker.certificate(name), bench.sandbox.path().join(name)).expect("a copy");
        }
        bench
    }

    pub fn runs(&self, program: &str, arguments: &[&str]) {
        let output = Command::new(program)
            .args(arguments)
            .current_dir(self.sandbox.path())
            .output()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(output.status.success(), "{program} {arguments:?}\n{said}");
    }

    /// A truststore of `keytool`.
    pub fn truststore(&self, store: &str, kind: &str, java: &[&str]) {
        let base =
            ["-importcert", "-noprompt", "-alias", "ca", "-file", "ca.pem", "-keystore", store];
        let rest = ["-storetype", kind, "-storepass", "trust-secret"];
        self.runs("keytool", &[java, &base, &rest].concat());
    }

    /// A PKCS12 store with the key of `name`, by OpenSSL.
    pub fn export(&self, name: &str, store: &str, arguments: &[&str]) {
        let (key, certificate) = (format!("client-{name}.key"), format!("client-{name}.pem"));
        let base = ["pkcs12", "-export", "-name", name, "-inkey", &key, "-in", &certificate];
        let rest = ["-certfile", "ca.pem", "-out", store, "-passout", "pass:store-secret"];
        self.runs("openssl", &[&base[..], &rest, arguments].concat());
    }

    /// Copies a store into another by `keytool`; more than one into the same adds up.
    pub fn import(&self, from: &str, to: &str, kind: &str, arguments: &[&str]) {
        let base = ["-importkeystore", "-noprompt", "-srckeystore", from, "-destkeystore", to];
        let types = ["-srcstoretype", "PKCS12", "-deststoretype", kind];
        let secrets = ["-srcstorepass", "store-secret", "-deststorepass", "store-secret"];
        self.runs("keytool", &[&base[..], &types, &secrets, arguments].concat());
    }

    /// What `kward` says with these stores.
    fn kward(&self, properties: &str) -> Run {
        let addresses = self.broker.bootstrap(Listener::Ssl);
        describe(&self.sandbox, addresses, &format!("security.protocol=SSL\n{properties}"))
    }

    /// Both `kward` and Kafka's own tool are let in.
    fn works(&self, properties: &str) {
        self.kward(properties).ends(0);
        let folder = self.sandbox.path().display().to_string();
        let absolute = properties.replace("location=", &format!("location={folder}/"));
        let text = format!(
            "security.protocol=SSL\n{absolute}\nbootstrap.servers={}\n",
            self.broker.bootstrap(Listener::Ssl)
        );
        let client = self.broker.write_client(&text);
        let output = self.broker.tool(&client, "acls", &["--list", "--topic", "none"], "");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "Kafka's own tool, with\n{properties}\n{said}");
    }
}

const TRUST: &str = "ssl.truststore.location=trust.p12\nssl.truststore.password=trust-secret\n";

#[test]
fn stores_of_every_kind_are_read_as_java_reads_them() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        bench.truststore("trust.p12", "PKCS12", &[]);
        bench.truststore("trust.jks", "JKS", &[]);
        bench.export("admin", "new.p12", &[]);
        bench.import("new.p12", "store.p12", "PKCS12", &[]);
        bench.import("new.p12", "store.jks", "JKS", &[]);
        let key = ["-srcalias", "admin", "-destkeypass", "key-secret"];
        bench.import("new.p12", "two-passwords.jks", "JKS", &key);
        let jks = "ssl.truststore.type=JKS\nssl.truststore.location=trust.jks\n";
        for (truststore, keystore) in [
            (TRUST, "ssl.keystore.type=PKCS12\nssl.keystore.location=new.p12\n"),
            (TRUST, "ssl.keystore.location=store.p12\n"),
            (TRUST, "ssl.keystore.type=JKS\nssl.keystore.location=store.jks\n"),
            (
                &format!("{jks}ssl.truststore.password=trust-secret\n"),
                "ssl.keystore.location=two-passwords.jks\nssl.key.password=key-secret\n",
            ),
            // Without its password a JKS truststore is read, and not checked.
            (jks, "ssl.keystore.location=new.p12\n"),
        ] {
            bench.works(&format!("{truststore}{keystore}ssl.keystore.password=store-secret"));
        }
    });
}

#[test]
fn stores_of_old_and_of_other_tools_are_read() {
    let broker = Broker::shared(&super::super::support::broker::newest());
    let bench = Bench::new(&broker);
    // As JDK 8 wrote them: RC2 and Triple DES.
    bench.truststore("old-trust.p12", "PKCS12", &["-J-Dkeystore.pkcs12.legacy"]);
    bench.export("admin", "new.p12", &[]);
    let des = ["-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1"];
    bench.export("admin", "des.p12", &des);
    bench.export("admin", "rc2.p12", &["-legacy"]);
    let clear = ["-certpbe", "NONE", "-keypbe", "NONE", "-nomaciter"];
    bench.export("admin", "clear.p12", &clear);
    // PBKDF2 with HMAC-SHA1, as OpenSSL has had it, and with something behind the store.
    let protection = |what: &str| {
        format!("-J-Dkeystore.pkcs12.{what}ProtectionAlgorithm=PBEWithHmacSHA1AndAES_256")
    };
    bench.import("new.p12", "hmac-sha1.p12", "PKCS12", &[&protection("key"), &protection("cert")]);
    let whole = fs::read(bench.sandbox.path().join("new.p12")).expect("the store");
    fs::write(bench.sandbox.path().join("more.p12"), [&whole[..], b"more"].concat())
        .expect("a store");
    // Without the mark of Java's, and without a password.
    let plain = ["pkcs12", "-export", "-nokeys", "-in", "ca.pem", "-out"];
    bench.runs(
        "openssl",
        &[&plain[..], &["openssl-trust.p12", "-passout", "pass:trust-secret"]].concat(),
    );
    let open = ["open-trust.p12", "-passout", "pass:", "-certpbe", "NONE", "-nomac"];
    bench.runs("openssl", &[&plain[..], &open].concat());
    let keystore = "ssl.keystore.location=new.p12\nssl.keystore.password=store-secret\n";
    for truststore in ["old-trust.p12", "openssl-trust.p12"] {
        let truststore =
            format!("ssl.truststore.location={truststore}\nssl.truststore.password=trust-secret\n");
        bench.kward(&format!("{truststore}{keystore}")).ends(0);
    }
    let open = format!("ssl.truststore.location=open-trust.p12\n{keystore}");
    bench.kward(&open).ends(0);
    for store in ["des.p12", "rc2.p12", "clear.p12", "hmac-sha1.p12", "more.p12"] {
        let keystore =
            format!("ssl.keystore.location={store}\nssl.keystore.password=store-secret\n");
        bench.kward(&format!("ssl.ca.location=ca.pem\n{keystore}")).ends(0);
    }
}

#[test]
fn a_key_among_several_is_named_by_its_alias() {
    let broker = Broker::shared(&super::super::support::broker::newest());
    let bench = Bench::new(&broker);
    bench.truststore("trust.p12", "PKCS12", &[]);
    for name in ["admin", "alice"] {
        bench.export(name, &format!("{name}.p12"), &[]);
        for (store, kind) in [("both.p12", "PKCS12"), ("both.jks", "JKS")] {
            bench.import(&format!("{name}.p12"), store, kind, &[]);
        }
    }
    for store in ["both.p12", "both.jks"] {
        let base =
            format!("{TRUST}ssl.keystore.location={store}\nssl.keystore.password=store-secret\n");
        bench
            .kward(&base)
            .ends(2)
            .says("there is more than one private key (`admin`, `alice`) in the keystore `")
            .says("`ssl.keystore.alias` names the one to use");
        bench.kward(&format!("{base}ssl.keystore.alias=Admin\n")).ends(0);
        bench
            .kward(&format!("{base}ssl.keystore.alias=bob\n"))
            .ends(2)
            .says("names no private key in the keystore `")
            .says("it holds `admin`, `alice`");
    }
}

#[test]
fn what_is_wrong_with_a_store_is_told() {
    let broker = Broker::shared(&super::super::support::broker::newest());
    let bench = Bench::new(&broker);
    bench.truststore("trust.p12", "PKCS12", &[]);
    bench.truststore("trust.jks", "JKS", &[]);
    bench.export("admin", "store.p12", &[]);
    bench.import("store.p12", "store.jks", "JKS", &[]);
    let key = ["-srcalias", "admin", "-destkeypass", "key-secret"];
    bench.import("store.p12", "two-passwords.jks", "JKS", &key);
    let whole = fs::read(bench.sandbox.path().join("store.p12")).expect("the store");
    fs::write(bench.sandbox.path().join("cut.p12"), &whole[..whole.len() / 2]).expect("a store");
    bench.export("admin", "slow.p12", &["-iter", "1000001"]);
    let (store, trust) = ("ssl.keystore.location=", "ssl.truststore.location=");
    for (properties, message, hint) in [
        (
            format!("{trust}trust.p12\nssl.truststore.password=wrong-secret"),
            "`ssl.truststore.password` (client.properties:3) is not the password of the truststore `",
            "keytool -list -keystore ",
        ),
        (
            format!("{trust}trust.jks\nssl.truststore.password=wrong-secret"),
            "`ssl.truststore.password` (client.properties:3) is not the password of the truststore `",
            "keytool -list -keystore ",
        ),
        (
            format!("{trust}trust.p12"),
            "needs its password, and none is given",
            "set `ssl.truststore.password` in a properties file that only you can read, or `truststore-password-file`",
        ),
        (
            format!("{store}store.jks"),
            "needs its password, and none is given",
            "set `ssl.keystore.password` in a properties file that only you can read, or `keystore-password-file`",
        ),
        (
            format!("{store}two-passwords.jks\nssl.keystore.password=store-secret"),
            "is under another password than the store",
            "set `ssl.key.password`",
        ),
        (
            format!(
                "{store}two-passwords.jks\nssl.keystore.password=store-secret\nssl.key.password=wrong-secret"
            ),
            "is under another password than `ssl.key.password` (client.properties:4)",
            "",
        ),
        (
            format!("{trust}store.jks\nssl.truststore.password=store-secret"),
            "there is no trusted certificate in the truststore `",
            "a keystore is named by `ssl.keystore.location`",
        ),
        (
            format!("{trust}store.p12\nssl.truststore.password=store-secret"),
            "there is no trusted certificate in the truststore `",
            "a keystore is named by `ssl.keystore.location`",
        ),
        (
            format!("{store}trust.jks\nssl.keystore.password=trust-secret"),
            "there is no private key in the keystore `",
            "a truststore is named by `ssl.truststore.location`",
        ),
        (
            format!("{store}trust.p12\nssl.keystore.password=trust-secret"),
            "there is no private key in the keystore `",
            "a truststore is named by `ssl.truststore.location`",
        ),
        (
            format!("{store}slow.p12\nssl.keystore.password=store-secret"),
            "takes more work than kward does for it",
            "-importkeystore",
        ),
        (
            format!("{store}cut.p12\nssl.keystore.password=store-secret"),
            "is neither PKCS12 nor JKS",
            "keytool -list",
        ),
    ] {
        let said = bench.kward(&properties).ends(2).says(message).says(hint);
        assert!(!said.err.contains("-secret"), "{said}");
    }
}

#[test]
fn passwords_of_stores_come_from_where_a_context_says() {
    let broker = Broker::shared(&super::super::support::broker::newest());
    let bench = Bench::new(&broker);
    bench.truststore("trust.p12", "PKCS12", &[]);
    bench.export("admin", "store.p12", &[]);
    let home = bench.sandbox.path().display();
    bench.sandbox.write(
        ".config/kward/config.toml",
        &format!(
            "[contexts.a]\nbootstrap-servers = \"{}\"\ntruststore-password-command = \"echo trust-secret\"\n\
             keystore-password-env = \"STORE\"\n[contexts.a.properties]\nsecurity.protocol = \"SSL\"\n\
             ssl.truststore.location = \"{home}/trust.p12\"\nssl.keystore.location = \"{home}/store.p12\"\n",
            broker.bootstrap(Listener::Ssl)
        ),
    );
    let mut command = bench.sandbox.kward(["context", "check", "a", "-o", "json"]);
    let checked = Run::of(command.env("STORE", "store-secret")).ends(0);
    checked.prints("\"ok\": true");
    let shown = Run::of(&mut bench.sandbox.kward(["context", "show", "a"])).ends(0);
    shown.prints("(from a command)").prints("(from the variable STORE)");
}

/// Every way in which OpenSSL encrypts a key is read.
#[test]
fn encrypted_keys_are_read() {
    let broker = Broker::shared(&super::super::support::broker::newest());
    let bench = Bench::new(&broker);
    let encrypt = |to: &str, way: &[&str]| {
        let base = ["pkcs8", "-topk8", "-in", "client-admin.key", "-passout", "pass:key-secret"];
        bench.runs("openssl", &[&base[..], &["-out", to], way].concat());
    };
    let pem = |key: &str| {
        format!(
            "ssl.ca.location=ca.pem\nssl.certificate.location=client-admin.pem\n\
             ssl.key.location={key}\nssl.key.password=key-secret"
        )
    };
    for (key, way) in [
        ("aes.key", &["-v2", "aes-256-cbc"][..]),
        ("hmac-sha1.key", &["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA1"]),
        ("des.key", &["-v2", "des3"]),
        ("pkcs12.key", &["-v1", "PBE-SHA1-3DES"]),
    ] {
        encrypt(key, way);
        bench.kward(&pem(key)).ends(0);
    }
}
