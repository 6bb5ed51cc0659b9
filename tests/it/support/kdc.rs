//! A real KDC of MIT Kerberos: a realm of the test's own on a free port of this machine, ended with the value.

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::eventually;

/// The realm.
pub const REALM: &str = "KWARD.TEST";

/// The running KDC.
pub struct Kdc {
    folder: TempDir,
    process: Child,
}

impl Kdc {
    /// With these principals, each with its key in a keytab (see [`Kdc::keytab`]).
    pub fn start(principals: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // Somebody else may take a port between its choice and its use.
        for _ in 0..10 {
            let port =
                TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().unwrap().port();
            configure(folder.path(), port);
            if !folder.path().join("principal").exists() {
                make_realm(folder.path(), principals);
            }
            if let Some(process) = serve(folder.path()) {
                return Self { folder, process };
            }
        }
        panic!("no KDC: {}", fs::read_to_string(folder.path().join("kdc.log")).unwrap_or_default());
    }

    /// What `KRB5_CONFIG` names.
    pub fn config(&self) -> PathBuf {
        self.folder.path().join("krb5.conf")
    }

    /// The file with the key of a principal.
    pub fn keytab(&self, principal: &str) -> PathBuf {
        keytab(self.folder.path(), principal)
    }

    /// A ticket cache with a ticket for a principal, as `kinit` gets it.
    pub fn ticket(&self, principal: &str) -> PathBuf {
        let cache = self.folder.path().join(format!("{}.cache", principal.replace('/', "-")));
        let mut kinit = tool(self.folder.path(), "kinit");
        kinit.args(["-k", "-t"]).arg(self.keytab(principal)).arg("-c").arg(&cache).arg(principal);
        succeeds(&mut kinit, "");
        cache
    }

    /// What it was asked, a line each.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("kdc.log")).expect("the log")
    }

    /// Stops where it is: whoever asks it gets no answer.
    pub fn stall(&self) {
        succeeds(Command::new("kill").args(["-STOP", &self.process.id().to_string()]), "");
    }
}

impl Drop for Kdc {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn keytab(folder: &Path, principal: &str) -> PathBuf {
    folder.join(format!("{}.keytab", principal.replace('/', "-")))
}

fn configure(folder: &Path, port: u16) {
    let client = format!(
        "[libdefaults]\n default_realm = {REALM}\n dns_lookup_kdc = false\n dns_lookup_realm = false\n \
         udp_preference_limit = 1\n\
         [realms]\n {REALM} = {{\n  kdc = 127.0.0.1:{port}\n }}\n"
    );
    let at = folder.display();
    let server = format!(
        "[kdcdefaults]\n kdc_listen = 127.0.0.1:{port}\n kdc_tcp_listen = 127.0.0.1:{port}\n\
         [realms]\n {REALM} = {{\n  database_name = {at}/principal\n  key_stash_file = {at}/stash\n }}\n\
         [logging]\n kdc = FILE:{at}/kdc.log\n admin_server = FILE:{at}/admin.log\n"
    );
    fs::write(folder.join("krb5.conf"), client).expect("krb5.conf");
    fs::write(folder.join("kdc.conf"), server).expect("kdc.conf");
}

fn make_realm(folder: &Path, principals: &[&str]) {
    succeeds(tool(folder, "kdb5_util").args(["create", "-s", "-r", REALM, "-P", "master"]), "");
    let mut script = String::new();
    for principal in principals {
        let keytab = keytab(folder, principal);
        script +=
            &format!("addprinc -randkey {principal}\nktadd -k {} {principal}\n", keytab.display());
    }
    succeeds(tool(folder, "kadmin.local").args(["-r", REALM]), &script);
}

/// Starts it and waits until it answers; none, when its port is taken.
fn serve(folder: &Path) -> Option<Child> {
    let log = folder.join("kdc.log");
    let _ = fs::remove_file(&log);
    // It ends with this process, also when that one is killed.
    let mut command = tool(folder, "setpriv");
    command
        .args(["--pdeathsig", "KILL", "krb5kdc", "-n", "-r", REALM, "-P"])
        .arg(folder.join("pid"));
    let mut process =
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("setpriv runs");
    let mut ended = false;
    eventually("the KDC is ready", || {
        ended = process.try_wait().expect("its end").is_some();
        ended || fs::read_to_string(&log).is_ok_and(|log| log.contains("commencing operation"))
    });
    if ended {
        let _ = process.wait();
        return None;
    }
    Some(process)
}

fn tool(folder: &Path, program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("KRB5_CONFIG", folder.join("krb5.conf"))
        .env("KRB5_KDC_PROFILE", folder.join("kdc.conf"))
        .current_dir(folder);
    command
}

fn succeeds(command: &mut Command, input: &str) {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}; dev/setup installs Kerberos"));
    child.stdin.take().expect("its input").write_all(input.as_bytes()).expect("its input");
    let output = child.wait_with_output().expect("its end");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
