//! The workflows of the guide: their commands run as they stand there, with the credentials that the guide
//! says they need.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::broker::{Broker, on_each_version};
use crate::support::sandbox::Sandbox;
use crate::support::unique;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The YAML behind a heading of the guide.
fn workflow(heading: &str) -> Value {
    let guide = fs::read_to_string(Path::new(ROOT).join("docs/guide.md")).expect("the guide");
    let (_, behind) = guide.split_once(&format!("\n### {heading}\n")).expect("the heading");
    let (_, behind) = behind.split_once("```yaml\n").expect("a workflow");
    let (text, _) = behind.split_once("\n```\n").expect("its end");
    serde_saphyr::from_str(text).expect("YAML")
}

/// The commands of a job.
fn commands(workflow: &Value, job: &str) -> Vec<String> {
    let text = |value: &Value| value.as_str().expect("a command").to_owned();
    let found: Vec<String> = match workflow["jobs"][job]["steps"].as_array() {
        Some(steps) => {
            steps.iter().filter(|step| step["run"].is_string()).map(|s| text(&s["run"])).collect()
        }
        None => [&workflow["default"]["before_script"], &workflow[job]["script"]]
            .into_iter()
            .flat_map(|script| script.as_array().expect("a script").iter().map(text))
            .collect(),
    };
    assert!(found.iter().any(|line| line.starts_with("kward ")), "{job}: {found:?}");
    found
}

/// A repository with the guide's files, and what a CI system gives a job.
struct Ci {
    sandbox: Sandbox,
    reader: String,
    writer: String,
}

impl Ci {
    /// Users that may do what the guide says that they need, and no more.
    fn new(broker: &Broker) -> Self {
        let sandbox = Sandbox::new();
        let files = fs::read_to_string(Path::new(ROOT).join("docs/guide.in/access/shop.yaml"));
        // Others use the cluster, too.
        let files = files.expect("the guide's file");
        let files = files
            .replace("User:orders", &format!("User:{}", unique("orders")))
            .replace("User:billing", &format!("User:{}", unique("billing")));
        sandbox.write("access/shop.yaml", &files);
        let properties = |name: &str, operations: &str| {
            let user = unique(name);
            let client = broker.create_user(&user);
            let principal = format!("User:{user}");
            let grant = ["acl", "create", "--allow-principal", &principal, "--cluster"];
            let mut grant = sandbox.kward_on(broker, "admin", grant);
            grant.args(["--operation", operations]).assert().success();
            let text = fs::read_to_string(broker.client(&client)).expect("its properties");
            format!("{text}\nbootstrap.servers={}\n", broker.bootstrap_of(&client))
        };
        let (reader, writer) = (properties("reader", "describe"), properties("writer", "alter"));
        sandbox.write("reader.properties", &reader);
        sandbox.write("writer.properties", &writer);
        Self { sandbox, reader, writer }
    }

    /// Runs a job to its first failure: its status.
    fn job(&self, workflow: &Value, job: &str) -> i32 {
        let mut commands = commands(workflow, job);
        for line in &mut commands {
            // These talk to the code host; what they send must be there.
            if line.starts_with("gh pr comment") || line.contains("merge_requests") {
                "test -s plan.md".clone_into(line);
            }
            // What a step adds is there for the steps behind it.
            line.push_str("\n[ ! -s \"$GITHUB_PATH\" ] || PATH=$(cat \"$GITHUB_PATH\"):$PATH");
        }
        let home = self.sandbox.path();
        self.host();
        let _ = fs::remove_file(home.join("path"));
        let output = Command::new("bash")
            .args(["-ec", &commands.join("\n")])
            .env_clear()
            .env("HOME", home)
            .env("PATH", format!("{}:/usr/bin:/bin", home.join("host").display()))
            .env("GITHUB_PATH", home.join("path"))
            .env("CI_API_V4_URL", "host")
            .env("CI_PROJECT_ID", "7")
            .env("CI_JOB_TOKEN", "token")
            .env("CI", "true")
            .env("READER", &self.reader)
            .env("WRITER", &self.writer)
            .env("KAFKA_READER", "reader.properties")
            .env("KAFKA_WRITER", "writer.properties")
            .current_dir(home)
            .output()
            .expect("bash runs");
        let status = output.status.code().expect("it ends by itself");
        println!("{job}: {commands:#?}\nstatus {status}");
        println!("{}", String::from_utf8_lossy(&output.stdout));
        println!("{}", String::from_utf8_lossy(&output.stderr));
        status
    }

    /// The clients of code hosts, which know how to get one thing: the program. A runner has none by itself.
    fn host(&self) {
        let program = env!("CARGO_BIN_EXE_kward");
        let gh = format!(
            "[ \"$1 $2 $3 $4 $5 $6\" = \"release download kward --pattern kward --dir\" ] && mkdir -p \"$7\" && \
             ln -sf {program} \"$7/kward\""
        );
        let curl = format!(
            "while [ \"$1\" != --output ]; do shift; done; \
             [ \"$3\" = host/projects/7/packages/generic/kward/1/kward ] && mkdir -p \"$(dirname \"$2\")\" && \
             ln -sf {program} \"$2\""
        );
        for (name, does) in [("gh", gh), ("curl", curl)] {
            let path = self.sandbox.write(&format!("host/{name}"), &format!("#!/bin/sh\n{does}\n"));
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it is ours");
        }
    }

    fn plan(&self) -> String {
        self.sandbox.read("plan.md")
    }
}

#[test]
fn the_workflows_of_the_guide_plan_apply_and_find_drift() {
    on_each_version(|broker| {
        for heading in ["GitHub", "GitLab"] {
            let workflow = workflow(heading);
            let ci = Ci::new(broker);
            assert_eq!(ci.job(&workflow, "plan"), 0);
            assert!(ci.plan().contains("5 to create, 0 to delete"), "{}", ci.plan());
            assert_eq!(ci.job(&workflow, "drift"), 3, "nothing is applied yet");
            assert_eq!(ci.job(&workflow, "apply"), 0);
            assert_eq!(ci.job(&workflow, "drift"), 0);
            let files = ci.sandbox.read("access/shop.yaml");
            let (_, user) = files.split_once("User:").expect("a user");
            let user = format!("User:{}", user.split([',', ']']).next().expect("its name"));
            let behind = ["--add", "--allow-principal", &user, "--operation", "Read"];
            broker.kafka_acls(&[&behind[..], &["--topic", "payments"]].concat());
            assert_eq!(ci.job(&workflow, "drift"), 3, "somebody has changed the cluster");
            assert_eq!(ci.job(&workflow, "plan"), 0);
            assert!(ci.plan().contains("0 to create, 1 to delete"), "{}", ci.plan());
        }
    });
}

#[test]
fn mistakes_and_plans_become_remarks_in_a_review() {
    let sandbox = Sandbox::new();
    let nothing = r#"{"apiVersion":"kward/v1","kind":"AclList","complete":true,"items":[]}"#;
    sandbox.write("nothing.json", nothing);
    sandbox.write("a.yaml", "version: 1\nrules:\n  - principal: User:a\n    produec: x\n");
    let plan = ["acl", "plan", "--against", "nothing.json", "-o", "github", "-f", "a.yaml"];
    let plan = || crate::support::run::Run::of(&mut sandbox.kward(plan));
    plan().ends(2).says("::error file=a.yaml,line=4,col=5,endColumn=12::");

    sandbox.write(
        "a.yaml",
        "version: 1\nrules:\n  - principal: User:a\n    produce: x\ntests:\n  - principal: User:a\n    can: read topic:x\n",
    );
    let run = plan();
    for line in [
        "::error file=a.yaml,line=7,title=failed test::User:a can read topic:x: ",
        "::notice title=access gained::User:a gains write, describe on topic:x",
        "::notice title=Kafka ACLs%3A changes::2 to create, 0 to delete, 0 unchanged",
        "::notice file=a.yaml,line=4,title=2 ACLs to create::User:a%0A  + allow WRITE, DESCRIBE on topic:x",
    ] {
        assert!(run.out.lines().any(|other| other.starts_with(line)), "{line}\n{run}");
    }
    // A comment's heading does not say that all is well where it is not.
    let plan = |format: &str| {
        let words = ["acl", "plan", "--against", "nothing.json", "-f", "a.yaml", "-o", format];
        crate::support::run::Run::of(&mut sandbox.kward(words))
    };
    assert!(plan("markdown").out.starts_with("### Kafka ACLs: changes, refused\n"));
    let live = plan("json").json()["create"].to_string();
    sandbox.write("nothing.json", &nothing.replace("[]", &live));
    assert!(plan("markdown").out.starts_with("### Kafka ACLs: in sync, refused\n"));
}
