//! Certificates and keys of kinds that this TLS does not take, or that only others take: what works all the same,
//! and what is said of the rest. OpenSSL makes them, and plays the broker that shows them.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use super::*;

fn openssl(sandbox: &Sandbox, line: &str) {
    let arguments = line.split(' ').filter(|word| !word.is_empty());
    let output = Command::new("openssl").args(arguments).current_dir(sandbox.path()).output();
    let output = output.expect("openssl");
    assert!(output.status.success(), "{line}\n{}", String::from_utf8_lossy(&output.stderr));
}

const P256: &str = "ec -pkeyopt ec_paramgen_curve:P-256";

/// A CA with a key of that kind.
fn authority(sandbox: &Sandbox, kind: &str) {
    openssl(
        sandbox,
        &format!(
            "req -x509 -newkey {kind} -nodes -days 30 -subj /CN=unfit-ca -addext keyUsage=critical,keyCertSign \
             -keyout ca.key -out ca.pem"
        ),
    );
}

/// A certificate of that CA for a key of that kind, of version 3.
fn leaf(sandbox: &Sandbox, kind: &str, arguments: &str) {
    sandbox.write("extensions", "basicConstraints=CA:FALSE\nsubjectAltName=IP:127.0.0.1\n");
    request(sandbox, kind, "/CN=broker");
    sign(sandbox, &format!("-extfile extensions {arguments}"));
}

fn request(sandbox: &Sandbox, kind: &str, subject: &str) {
    openssl(
        sandbox,
        &format!("req -new -newkey {kind} -nodes -subj {subject} -keyout leaf.key -out leaf.csr"),
    );
}

fn sign(sandbox: &Sandbox, arguments: &str) {
    openssl(
        sandbox,
        &format!(
            "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 {arguments} -out leaf.pem"
        ),
    );
}

/// A server that shows `leaf.pem`.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(sandbox: &Sandbox, arguments: &[&str]) -> Self {
        let base = ["s_server", "-accept", "127.0.0.1:0", "-cert", "leaf.pem", "-key", "leaf.key"];
        let mut child = Command::new("openssl")
            .args(base)
            .args(["-cipher", "ALL:@SECLEVEL=0"])
            .args(arguments)
            .current_dir(sandbox.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut lines = lines.map_while(Result::ok);
        let accepts = lines.find_map(|line| line.strip_prefix("ACCEPT ").map(str::to_owned));
        // What it prints later is of no interest, but has to go somewhere.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address: accepts.expect("it listens") }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The step `tls` of `context check`: its status, what is wrong, and what helps.
fn checked(sandbox: &Sandbox, server: &Server, more: &[&str]) -> (String, String, String) {
    let base = ["context", "check", "-b", &server.address, "-X", "security.protocol=SSL"];
    let rest = ["-X", "ssl.ca.location=ca.pem", "-o", "json", "--timeout", "20s"];
    let run = Run::of(&mut sandbox.kward([&base[..], &rest, more].concat())).ends(1);
    let document = run.json();
    let steps = document["items"].as_array().expect("steps");
    let tls = steps.iter().find(|item| item["step"] == "tls").expect("the step");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let fixes = tls["fix"].as_array().into_iter().flatten().map(text).collect::<Vec<_>>();
    (text(&tls["status"]), text(&tls["detail"]), fixes.join(" | "))
}

/// Properties of a client that shows this certificate, with the key of the leaf.
fn showing(certificate: &str) -> String {
    format!(
        "security.protocol=SSL\nssl.ca.location=ca.pem\nssl.certificate.location={certificate}\n\
         ssl.key.location=leaf.key\n"
    )
}

#[test]
fn a_certificate_that_does_not_fit_says_why() {
    let p521 = "ec -pkeyopt ec_paramgen_curve:P-521";
    for (ca, key, how, cause, fix) in [
        (P256, "rsa:1024", "", "its key is an RSA key of 1024 bits", "RSA of 2048 bits and more"),
        ("rsa:1024", P256, "", "the key of its CA is an RSA key of 1024 bits", "make it again"),
        (p521, P256, "", "the key of its CA is on the curve P-521", "P-256, P-384 and Ed25519"),
        (P256, P256, "-sha1", "it is signed with SHA-1, which can be forged", "with SHA-256"),
    ] {
        let sandbox = Sandbox::new();
        authority(&sandbox, ca);
        leaf(&sandbox, key, how);
        let server = Server::start(&sandbox, &[]);
        let (status, detail, fixes) = checked(&sandbox, &server, &[]);
        assert_eq!(status, "failed", "{cause}: {detail}");
        assert!(
            detail.contains(&format!("`{}` is not trusted: {cause}", server.address)),
            "{detail}"
        );
        assert!(fixes.contains(fix), "{fixes}");
    }
    // Nothing that it could show to this client: it does not get as far as a certificate.
    let sandbox = Sandbox::new();
    authority(&sandbox, P256);
    leaf(&sandbox, p521, "");
    let server = Server::start(&sandbox, &[]);
    let (status, detail, fixes) = checked(&sandbox, &server, &[]);
    assert_eq!(status, "failed", "{detail}");
    assert!(detail.contains("finds nothing in common with this client's TLS"), "{detail}");
    assert!(fixes.contains("P-256, P-384 and Ed25519"), "{fixes}");
}

#[test]
fn a_brokers_certificate_of_version_1_is_told_and_taken_without_checks() {
    let sandbox = Sandbox::new();
    authority(&sandbox, P256);
    request(&sandbox, "rsa:2048", "/CN=broker");
    sign(&sandbox, "");
    for version in ["-tls1_2", "-tls1_3"] {
        let server = Server::start(&sandbox, &[version]);
        let (status, detail, fixes) = checked(&sandbox, &server, &[]);
        assert_eq!(status, "failed", "{detail}");
        assert!(
            detail.ends_with("is not trusted: it is an X.509 certificate of version 1"),
            "{detail}"
        );
        assert!(fixes.contains("subjectAltName"), "{fixes}");
        let unchecked = ["-X", "enable.ssl.certificate.verification=false"];
        let (status, detail, _) = checked(&sandbox, &server, &unchecked);
        assert_ne!(status, "failed", "{version}: {detail}");
    }
}

/// The recipe of Kafka's own documentation makes certificates of version 1, and Kafka's clients show them.
#[test]
fn a_client_certificate_of_version_1_is_shown() {
    on_each_version(|broker| {
        let sandbox = Sandbox::new();
        for name in ["ca.pem", "ca.key"] {
            std::fs::copy(broker.certificate(name), sandbox.path().join(name)).expect("a copy");
        }
        request(&sandbox, P256, "/CN=admin");
        sign(&sandbox, "");
        let text = Command::new("openssl")
            .args(["x509", "-noout", "-text", "-in", "leaf.pem"])
            .current_dir(sandbox.path())
            .output()
            .expect("openssl");
        assert!(String::from_utf8_lossy(&text.stdout).contains("Version: 1 "), "{text:?}");
        describe(&sandbox, broker.bootstrap(Listener::Ssl), &showing("leaf.pem")).ends(0);
    });
}

#[test]
fn a_clients_key_that_cannot_be_used_says_why() {
    // It is looked at when there is somebody to show it to.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let sandbox = Sandbox::new();
    authority(&sandbox, P256);
    for (kind, cause) in [
        ("ec -pkeyopt ec_paramgen_curve:P-521", "it is on the curve P-521"),
        ("rsa:1024", "it is an RSA key of 1024 bits, and 2048 are the least"),
    ] {
        leaf(&sandbox, kind, "");
        describe(&sandbox, &address, &showing("leaf.pem"))
            .ends(2)
            .says("leaf.key` cannot be used")
            .says(cause)
            .says("kward's TLS signs with RSA of 2048 bits and more, P-256, P-384 and Ed25519");
    }
    // The key of another certificate.
    leaf(&sandbox, P256, "");
    std::fs::rename(sandbox.path().join("leaf.pem"), sandbox.path().join("mine.pem"))
        .expect("moved");
    leaf(&sandbox, P256, "");
    describe(&sandbox, &address, &showing("mine.pem"))
        .ends(2)
        .says("leaf.key` is not that of the certificate of")
        .says("both have to name the same key: `openssl pkey -pubout -in ");
}
