//! The grammar of `kward acl`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::model::{Host, Operation, PatternFilter, PatternType, PermissionType, Principal};

use super::lazy::Lazy;
use super::values;

/// Who may do what on which resources
#[derive(Debug, Subcommand)]
pub enum AclCommand {
    List(Lazy<List>),
    Create(Lazy<Create>),
    Delete(Lazy<Delete>),
    Copy(Lazy<Copy>),
    Diff(Lazy<Diff>),
    Plan(Lazy<Plan>),
    Apply(Lazy<Apply>),
    Export(Lazy<Export>),
    Import(Lazy<Import>),
    Roles(Lazy<Roles>),
    Can(Lazy<Can>),
    WhoCan(Lazy<WhoCan>),
    Explain(Lazy<Explain>),
    Test(Lazy<Test>),
    Lint(Lazy<Lint>),
}

/// Which resources a filter or a command names.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Resources")]
pub struct Resources {
    /// Topics of this name
    #[arg(long, value_name = "NAME")]
    pub topic: Vec<String>,
    /// Groups of this name
    #[arg(long, value_name = "NAME")]
    pub group: Vec<String>,
    /// Transactional ids of this name
    #[arg(long, value_name = "NAME")]
    pub transactional_id: Vec<String>,
    /// Delegation tokens of this id
    #[arg(long, value_name = "ID")]
    pub delegation_token: Vec<String>,
    /// Users (`User:bob`) whose delegation tokens are meant (KIP-373)
    #[arg(long, value_name = "PRINCIPAL", alias = "user-principal")]
    pub user: Vec<String>,
    /// The cluster itself
    #[arg(long)]
    pub cluster: bool,
}

/// The filters that `list`, `delete` and `export` share. Values of one flag add up, flags narrow.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Filters")]
pub struct Filters {
    /// Only ACLs of exactly this principal (`User:ana` does not find `User:*`)
    #[arg(long, value_name = "PRINCIPAL", value_parser = values::principal_filter)]
    pub principal: Vec<Principal>,
    /// Only ACLs with exactly this host, as it is written there (IPv6 in full: `0:0:0:0:0:0:0:1`)
    #[arg(long, value_name = "HOST", value_parser = values::host_filter)]
    pub host: Vec<Host>,
    /// Only ACLs of exactly this operation
    #[arg(long, value_name = "OPERATION", value_parser = values::operation(), value_delimiter = ',', hide_possible_values = true)]
    pub operation: Vec<Operation>,
    /// Only ACLs that allow, or only those that deny
    #[arg(long, value_name = "PERMISSION", value_parser = values::permission())]
    pub permission: Option<PermissionType>,
    /// How the names of resources compare
    #[arg(long, value_name = "PATTERN", value_parser = values::pattern_filter(), alias = "resource-pattern-type")]
    pub pattern: Option<PatternFilter>,
    #[command(flatten)]
    pub resources: Resources,
}

/// Where the bindings come from when a command can work without a cluster.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Source of the ACLs (default: the cluster)")]
pub struct Source {
    /// ACL files or folders of them; `-` is standard input
    #[arg(short = 'f', long = "file", value_name = "PATH")]
    pub files: Vec<PathBuf>,
    /// A list saved with `kward acl list -o json`, `-` for standard input: no connection is made
    #[arg(long, value_name = "SNAPSHOT")]
    pub against: Option<PathBuf>,
    #[command(flatten)]
    pub variables: Variables,
}

/// What fills `${…}` in the files.
#[derive(Debug, Clone, Default, Args)]
pub struct Variables {
    /// A variable of the files, over their own `vars:`
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub vars: Vec<String>,
    /// A YAML file of variables, over their own `vars:`
    #[arg(long = "var-file", value_name = "FILE")]
    pub var_files: Vec<PathBuf>,
    /// The metadata.version to judge CIDR hosts by (`4.4-IV1`), where no cluster says it
    #[arg(long, value_name = "VERSION")]
    pub metadata_version: Option<String>,
}

/// What only the broker's own configuration knows.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "What the broker does not tell")]
pub struct Assumed {
    /// A super user of the cluster (`super.users`); may be repeated
    #[arg(long, value_name = "PRINCIPAL", value_parser = values::principal)]
    pub super_user: Vec<Principal>,
    /// The brokers run with `allow.everyone.if.no.acl.found=true`
    #[arg(long)]
    pub allow_everyone_if_no_acl_found: bool,
}

/// The flags of every command that writes.
#[derive(Debug, Clone, Default, Args)]
pub struct Write {
    /// Everything but the writing
    #[arg(long)]
    pub dry_run: bool,
    /// Answers the question of a `protected` context
    #[arg(long, value_name = "NAME")]
    pub confirm_context: Option<String>,
}

/// List ACLs
///
/// Lists every ACL of the cluster, or those that the filters leave.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward acl list --principal User:orders
  kward acl list --topic orders --pattern match
  kward acl list -o json > acls.json
  kward acl list --bootstrap-controller controller1:9093")]
pub struct List {
    #[command(flatten)]
    pub filters: Filters,
    /// With `--principal`: also what `User:*` gives or denies it
    #[arg(long, requires = "principal")]
    pub effective: bool,
}

/// Who an imperative command is about.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Who")]
pub struct Who {
    /// A principal that is allowed
    #[arg(long, value_name = "PRINCIPAL", value_parser = values::principal)]
    pub allow_principal: Vec<Principal>,
    /// A principal that is denied
    #[arg(long, value_name = "PRINCIPAL", value_parser = values::principal)]
    pub deny_principal: Vec<Principal>,
    /// An address from which the allowed principals may come [default: *]
    #[arg(long, value_name = "HOST", value_parser = values::host, requires = "allow_principal")]
    pub allow_host: Vec<Host>,
    /// An address from which the denied principals are denied [default: *]
    #[arg(long, value_name = "HOST", value_parser = values::host, requires = "deny_principal")]
    pub deny_host: Vec<Host>,
}

/// Create ACLs, in the words of kafka-acls
///
/// Shows the bindings, then creates those that do not exist and says which did.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward acl create --allow-principal User:orders --operation write --topic orders
  kward acl create --allow-principal User:billing --consumer --topic orders --group billing
  kward acl create --deny-principal 'User:*' --operation read --topic pii. --pattern prefixed")]
pub struct Create {
    #[command(flatten)]
    pub who: Who,
    /// What is allowed or denied; may be repeated
    #[arg(long, value_name = "OPERATION", value_parser = values::operation(), value_delimiter = ',', conflicts_with_all = ["producer", "consumer"])]
    pub operation: Vec<Operation>,
    /// How the names are meant [default: literal]
    #[arg(long, value_name = "PATTERN", value_parser = values::pattern_type(), alias = "resource-pattern-type")]
    pub pattern: Option<PatternType>,
    /// What a producer needs, as kafka-acls has it: WRITE, DESCRIBE and CREATE on the topics, WRITE and DESCRIBE on the transactional ids
    #[arg(long)]
    pub producer: bool,
    /// What a consumer needs, as kafka-acls has it: READ and DESCRIBE on the topics, READ on the groups
    #[arg(long)]
    pub consumer: bool,
    /// With `--producer`: IDEMPOTENT_WRITE on the cluster, which only brokers before 2.8 ask for
    #[arg(long, requires = "producer")]
    pub idempotent: bool,
    #[command(flatten)]
    pub resources: Resources,
    #[command(flatten)]
    pub write: Write,
}

/// Delete ACLs
///
/// Shows what the filters match, asks, and deletes exactly those. Needs at least one resource,
/// principal or host, or `--all`. Names are literal unless `--pattern` says otherwise.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward acl delete --principal User:old
  kward acl delete --topic orders --operation write --dry-run
  kward acl delete --allow-principal User:etl --producer --topic raw")]
pub struct Delete {
    #[command(flatten)]
    pub filters: Filters,
    #[command(flatten)]
    pub who: Who,
    /// Only what `create --producer` makes
    #[arg(long)]
    pub producer: bool,
    /// Only what `create --consumer` makes
    #[arg(long)]
    pub consumer: bool,
    /// Every ACL that the other flags leave, all of them if there are none
    #[arg(long)]
    pub all: bool,
    /// Exit status 1 when nothing matches
    #[arg(long)]
    pub must_exist: bool,
    #[command(flatten)]
    pub write: Write,
}

/// Give one principal the ACLs of another
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward acl copy --from User:orders --to User:orders-v2 --dry-run")]
pub struct Copy {
    /// Whose ACLs are copied
    #[arg(long, value_name = "PRINCIPAL", value_parser = values::principal)]
    pub from: Principal,
    /// Who gets them
    #[arg(long, value_name = "PRINCIPAL", value_parser = values::principal)]
    pub to: Principal,
    #[command(flatten)]
    pub write: Write,
}

/// Compare two sets of ACLs
///
/// Each side is `cluster` (the current one), `context:NAME`, `snapshot:FILE` (saved with `acl list -o json`)
/// or `files:PATH` (ACL files or a folder of them). `+` is what only the second side has.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward acl diff snapshot:before.json cluster
  kward acl diff context:staging context:prod
  kward acl diff files:old/ files:new/")]
pub struct Diff {
    /// The first side
    #[arg(value_name = "FROM")]
    pub from: String,
    /// The second side
    #[arg(value_name = "TO", default_value = "cluster")]
    pub to: String,
    /// Exit status 3 when the sides differ
    #[arg(long)]
    pub detailed_exitcode: bool,
    #[command(flatten)]
    pub variables: Variables,
}

/// The guards of `plan` and `apply`.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Guards")]
pub struct Guards {
    /// Allow that a principal loses `alter` or `cluster-action` on the cluster, or a wide DENY for `User:*`
    #[arg(long)]
    pub allow_lockout: bool,
    /// Delete at most this many bindings [default: a quarter of those in scope, 10 to 100]
    #[arg(long, value_name = "N")]
    pub max_deletes: Option<usize>,
    /// Allow that a scope ends up with nothing in it
    #[arg(long)]
    pub allow_empty: bool,
    /// Allow that a resource gets its first binding, or loses its last, where the default rule lets everyone in
    #[arg(long)]
    pub allow_open_default: bool,
    /// Do not run the `tests:` of the files
    #[arg(long)]
    pub skip_tests: bool,
    /// Who applies: this principal must still be able to alter ACLs afterwards
    #[arg(long = "as", value_name = "PRINCIPAL", value_parser = values::principal)]
    pub as_principal: Option<Principal>,
}

/// Show what `apply` would do
///
/// Compares the files with the cluster (or a snapshot) and writes nothing.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward acl plan -f access/
  kward acl plan -f access/ --prune --out plan.json
  kward acl plan -f access/ --detailed-exitcode --against acls.json")]
pub struct Plan {
    #[command(flatten)]
    pub source: Source,
    /// Plan to delete what is in scope and not in the files
    #[arg(long)]
    pub prune: bool,
    /// Save the plan for `kward acl apply FILE`
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Exit status 3 when there is something to create, to delete or extra
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Only the bindings of this principal
    #[arg(long, value_name = "PRINCIPAL", value_parser = values::principal_filter)]
    pub principal: Option<Principal>,
    #[command(flatten)]
    pub guards: Guards,
    #[command(flatten)]
    pub assumed: Assumed,
}

/// The flags that a saved plan has decided already: taken and ignored, they would mislead.
const DECIDED: [&str; 11] = [
    "vars",
    "var_files",
    "metadata_version",
    "allow_lockout",
    "max_deletes",
    "allow_empty",
    "allow_open_default",
    "skip_tests",
    "as_principal",
    "super_user",
    "allow_everyone_if_no_acl_found",
];

/// The flags that mean nothing to a backup, which only creates.
const OF_FILES: [&str; 6] =
    ["vars", "var_files", "metadata_version", "max_deletes", "allow_empty", "skip_tests"];

/// Make the cluster's ACLs what the files say
///
/// With `-f`: plans, shows, asks, writes, and verifies. With a saved plan: applies exactly that plan
/// or refuses. With `--undo`: puts back what an earlier apply deleted, with the same guards. Applying twice writes nothing.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward acl apply -f access/
  kward acl apply -f access/ --prune --yes
  kward acl apply plan.json
  kward acl apply --undo backup.json")]
pub struct Apply {
    /// A plan saved with `plan --out`
    #[arg(value_name = "PLANFILE", conflicts_with_all = ["files", "prune", "undo"], conflicts_with_all = DECIDED)]
    pub plan: Option<PathBuf>,
    /// ACL files or folders of them; `-` is standard input
    #[arg(short = 'f', long = "file", value_name = "PATH", conflicts_with = "undo")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub variables: Variables,
    /// Delete what is in scope and not in the files
    #[arg(long)]
    pub prune: bool,
    /// Create again what the apply that wrote this backup deleted
    #[arg(long, value_name = "BACKUP", conflicts_with = "prune", conflicts_with_all = OF_FILES)]
    pub undo: Option<PathBuf>,
    /// Where the backup of what is deleted is written [default: the state folder]
    #[arg(long, value_name = "FOLDER")]
    pub backup_dir: Option<PathBuf>,
    #[command(flatten)]
    pub write: Write,
    #[command(flatten)]
    pub guards: Guards,
    #[command(flatten)]
    pub assumed: Assumed,
}

/// Write the cluster's ACLs as an ACL file
///
/// `plan` on the result finds nothing to do. Verbs are used where they mean exactly the same bindings.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward acl export > access.yaml
  kward acl export --principal User:orders --raw")]
pub struct Export {
    #[command(flatten)]
    pub filters: Filters,
    /// Keep the bindings as they are: no verbs
    #[arg(long)]
    pub raw: bool,
    /// Export a list saved with `acl list -o json` (`-`: standard input) instead of the cluster
    #[arg(long, value_name = "SNAPSHOT")]
    pub against: Option<PathBuf>,
}

/// Turn another tool's file into an ACL file
///
/// Every key of it is understood, or the import fails, and documents of other kinds that stand beside are named; what
/// is written is read again, and means exactly the same bindings. Verbs are used where they mean the same. No cluster
/// is asked.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kafka-acls.sh --bootstrap-server broker1:9092 --list | kward acl import --from kafka-acls - > access.yaml
  kward acl import --from strimzi users.yaml > access.yaml
  kward acl import --from topicctl acls.yaml --raw
  terraform show -json | kward acl import --from terraform - > access.yaml")]
pub struct Import {
    /// Whose file it is
    #[arg(long, value_name = "TOOL", value_enum)]
    pub from: ImportFrom,
    /// The files (`-`: standard input)
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Keep the bindings as they are: no verbs
    #[arg(long)]
    pub raw: bool,
}

/// Whose file is imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ImportFrom {
    /// What `kafka-acls.sh --list` prints
    KafkaAcls,
    /// Kafka Security Manager's CSV
    Ksm,
    /// Strimzi's `KafkaUser`
    Strimzi,
    /// topicctl's ACL configs
    Topicctl,
    /// Jikkou's `KafkaPrincipalAuthorization`
    Jikkou,
    /// kafka-gitops' state file
    KafkaGitops,
    /// JulieOps' topologies, as its default settings take them
    Julie,
    /// What `terraform show -json` prints: `kafka_acl` and `confluent_kafka_acl`
    Terraform,
}

/// Show the verbs and roles, with what they expand to
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward acl roles
  kward acl roles produce consume
  kward acl roles -f access/")]
pub struct Roles {
    /// Only these verbs or roles
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// ACL files whose roles are shown too
    #[arg(short = 'f', long = "file", value_name = "PATH")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub variables: Variables,
}

/// Ask whether a principal may do something
///
/// Answers as Kafka's own authorizer would, and names the ACL that decides. Exit status 3 when the
/// answer is no. Without arguments, reads many from standard input: one a line, such as
/// `User:ana read topic:orders` with an address behind it or not, or JSON objects with `principal`,
/// `operation`, `resource` and, if it matters, `host`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward acl can User:ana read topic:orders
  kward acl can User:ana read topic:orders --host 10.0.0.7 -f access/
  kward acl can --against acls.json < questions.txt")]
pub struct Can {
    /// Who asks
    #[arg(value_name = "PRINCIPAL", requires = "operation", value_parser = values::principal)]
    pub principal: Option<Principal>,
    /// To do what
    #[arg(value_name = "OPERATION", requires = "resource", value_parser = values::asked_operation(), hide_possible_values = true)]
    pub operation: Option<Operation>,
    /// On what: `topic:orders`, `cluster`
    #[arg(value_name = "RESOURCE", value_parser = values::resource)]
    pub resource: Option<crate::model::Resource>,
    /// From which address [default: one that only `*` matches]
    #[arg(long, value_name = "IP", value_parser = values::client_host)]
    pub host: Option<Host>,
    #[command(flatten)]
    pub source: Source,
    #[command(flatten)]
    pub assumed: Assumed,
}

/// List every principal that may do something
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward acl who-can write topic:orders
  kward acl who-can alter cluster --against acls.json")]
pub struct WhoCan {
    /// To do what
    #[arg(value_name = "OPERATION", value_parser = values::asked_operation(), hide_possible_values = true)]
    pub operation: Operation,
    /// On what: `topic:orders`, `cluster`
    #[arg(value_name = "RESOURCE", value_parser = values::resource)]
    pub resource: crate::model::Resource,
    #[command(flatten)]
    pub source: Source,
    #[command(flatten)]
    pub assumed: Assumed,
}

/// Sum up what a principal can do, or why one request is decided as it is
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward acl explain User:ana
  kward acl explain User:ana read topic:orders
  kward acl explain --log \"$(grep 'User:ana is Denied' kafka-authorizer.log | tail -n 1)\"")]
pub struct Explain {
    /// Who
    #[arg(value_name = "PRINCIPAL", value_parser = values::principal, required_unless_present = "log")]
    pub principal: Option<Principal>,
    /// To do what
    #[arg(value_name = "OPERATION", requires = "resource", value_parser = values::asked_operation(), hide_possible_values = true)]
    pub operation: Option<Operation>,
    /// On what: `topic:orders`, `cluster`
    #[arg(value_name = "RESOURCE", value_parser = values::resource)]
    pub resource: Option<crate::model::Resource>,
    /// From which address [default: one that only `*` matches]
    #[arg(long, value_name = "IP", value_parser = values::client_host)]
    pub host: Option<Host>,
    /// A line of the broker's authorizer log instead: `Principal = User:ana is Denied operation = READ from host = …`
    #[arg(long, value_name = "LINE", conflicts_with_all = ["principal", "host"])]
    pub log: Option<String>,
    #[command(flatten)]
    pub source: Source,
    #[command(flatten)]
    pub assumed: Assumed,
}

/// Run the `tests:` of ACL files
///
/// Decides on the files alone; with `--live` on the cluster's own ACLs. Exit status 3 when a test fails.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward acl test -f access/
  kward acl test -f access/ --live --junit report.xml
  kward acl test -f access/ --coverage")]
pub struct Test {
    #[command(flatten)]
    pub source: Source,
    /// Decide on the cluster's ACLs, not on those of the files
    #[arg(long, conflicts_with = "against")]
    pub live: bool,
    /// Write the results as a JUnit report
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// List the rules that no test touches
    #[arg(long)]
    pub coverage: bool,
    #[command(flatten)]
    pub assumed: Assumed,
}

/// Find ACLs that do nothing, do too much, or do not do what they seem to
///
/// On files, a snapshot or the cluster. Exit status 3 when a finding is an error or denied with `--deny`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  kward acl lint -f access/
  kward acl lint
  kward acl lint -f access/ --deny redundant --allow over-broad
  kward acl lint -f access/ -o sarif > lint.sarif")]
pub struct Lint {
    #[command(flatten)]
    pub source: Source,
    /// Also ask the cluster: resources that do not exist, principals without a user
    #[arg(long)]
    pub live: bool,
    /// Findings of this code make the exit status 3
    #[arg(long, value_name = "CODE")]
    pub deny: Vec<String>,
    /// Findings of this code are not shown
    #[arg(long, value_name = "CODE")]
    pub allow: Vec<String>,
    #[command(flatten)]
    pub assumed: Assumed,
}
