//! `kward acl`: from what was typed to what the commands take.

use crate::acl::import::Tool;
use crate::cli::acl::{
    AclCommand, Assumed, Create, Delete, Filters, Guards, ImportFrom, Resources, Source, Variables,
    Who,
};
use crate::commands::acl::{
    self, FileArguments, FilterSet, StateSource, apply, delete, diff, export, import, list, plan,
    roles,
};
use crate::commands::{Context, Outcome};
use crate::error::{Error, Result};
use crate::model::{
    Binding, CLUSTER_NAME, Host, MetadataVersion, Name, Operation, PatternFilter, PatternType,
    PermissionType, ResourceType, visible,
};

/// Runs one verb.
pub async fn run(context: &Context<'_>, command: &AclCommand) -> Result<Outcome> {
    match command {
        AclCommand::List(args) => {
            let request = list::Request {
                filters: filter_set(&args.filters, PatternFilter::Any),
                effective: args.effective,
            };
            list::run(context, &request).await
        }
        AclCommand::Create(args) => {
            let (bindings, typed) = (bindings_to_create(args)?, acl::create::From::Typed);
            acl::create::run(context, bindings, typed, args.write.dry_run).await
        }
        AclCommand::Delete(args) => {
            let request = delete::Request {
                what: what_to_delete(args)?,
                must_exist: args.must_exist,
                dry_run: args.write.dry_run,
            };
            delete::run(context, &request).await
        }
        AclCommand::Copy(args) => {
            acl::copy::run(context, &args.from, &args.to, args.write.dry_run).await
        }
        AclCommand::Diff(args) => {
            let request = diff::Request {
                from: args.from.parse()?,
                to: args.to.parse()?,
                variables: file_arguments(&[], &args.variables),
                detailed_exitcode: args.detailed_exitcode,
            };
            diff::run(context, &request).await
        }
        AclCommand::Plan(args) => {
            if args.source.files.is_empty() {
                return Err(no_files("plan"));
            }
            let request = plan::Request {
                inputs: plan::Inputs {
                    files: file_arguments(&args.source.files, &args.source.variables),
                    options: crate::acl::plan::Options {
                        prune: args.prune,
                        principal: args.principal.clone(),
                    },
                    ..inputs(&args.source.variables, &args.guards, &args.assumed)?
                },
                state: state(&args.source),
                out: context.settings.place(args.out.as_deref()),
                detailed_exitcode: args.detailed_exitcode,
            };
            plan::run(context, &request).await
        }
        AclCommand::Apply(args) => apply::run(context, &apply_request(context, args)?).await,
        AclCommand::Export(args) => {
            let request = export::Request {
                filters: filter_set(&args.filters, PatternFilter::Any),
                state: args.against.clone().map_or(StateSource::Cluster, StateSource::Snapshot),
                raw: args.raw,
            };
            export::run(context, &request).await
        }
        AclCommand::Import(args) => {
            let tool = match args.from {
                ImportFrom::KafkaAcls => Tool::KafkaAcls,
                ImportFrom::Ksm => Tool::Ksm,
                ImportFrom::Strimzi => Tool::Strimzi,
                ImportFrom::Topicctl => Tool::Topicctl,
                ImportFrom::Jikkou => Tool::Jikkou,
                ImportFrom::KafkaGitops => Tool::KafkaGitops,
                ImportFrom::Julie => Tool::Julie,
                ImportFrom::Terraform => Tool::Terraform,
            };
            let request = import::Request { tool, files: args.files.clone(), raw: args.raw };
            import::run(context, &request)
        }
        AclCommand::Roles(args) => {
            let files = file_arguments(&args.files, &args.variables);
            roles::run(context, &files, &args.names)
        }
        AclCommand::Can(args) => super::access::can(context, args).await,
        AclCommand::WhoCan(args) => super::access::who_can(context, args).await,
        AclCommand::Explain(args) => super::access::explain(context, args).await,
        AclCommand::Test(args) => super::access::test(context, args).await,
        AclCommand::Lint(args) => super::access::lint(context, args).await,
    }
}

fn no_files(verb: &str) -> Error {
    Error::invalid(format!("`acl {verb}` needs ACL files"))
        .hint(format!("name them with `-f`: `kward acl {verb} -f access/`"))
}

fn apply_request(context: &Context<'_>, args: &crate::cli::acl::Apply) -> Result<apply::Request> {
    let what = if let Some(path) = &args.plan {
        apply::What::SavedPlan(path.clone())
    } else if let Some(path) = &args.undo {
        let inputs = inputs(&args.variables, &args.guards, &args.assumed)?;
        apply::What::Undo(path.clone(), Box::new(inputs))
    } else if args.files.is_empty() {
        return Err(Error::invalid("`acl apply` needs ACL files, a saved plan or a backup").hint(
            "`kward acl apply -f access/`, `kward acl apply plan.json` or `kward acl apply --undo backup.json`",
        ));
    } else {
        apply::What::Files(Box::new(plan::Inputs {
            files: file_arguments(&args.files, &args.variables),
            options: crate::acl::plan::Options { prune: args.prune, principal: None },
            ..inputs(&args.variables, &args.guards, &args.assumed)?
        }))
    };
    Ok(apply::Request {
        what,
        backup_dir: context.settings.place(args.backup_dir.as_deref()),
        dry_run: args.write.dry_run,
    })
}

fn inputs(variables: &Variables, guards: &Guards, assumed: &Assumed) -> Result<plan::Inputs> {
    Ok(plan::Inputs {
        guards: crate::acl::plan::GuardSettings {
            allow_lockout: guards.allow_lockout,
            max_deletes: guards.max_deletes,
            allow_empty: guards.allow_empty,
            allow_open_default: guards.allow_open_default,
            skip_tests: guards.skip_tests,
            as_principal: guards.as_principal.clone(),
        },
        super_users: assumed.super_user.clone(),
        allow_everyone: assumed.allow_everyone_if_no_acl_found,
        metadata_version: metadata_version(variables)?,
        ..plan::Inputs::default()
    })
}

/// `--metadata-version`.
pub fn metadata_version(variables: &Variables) -> Result<Option<MetadataVersion>> {
    variables
        .metadata_version
        .as_deref()
        .map(|text| {
            text.parse().map_err(|error: crate::model::UnknownMetadataVersion| {
                Error::invalid(format!("`--metadata-version`: {error}"))
            })
        })
        .transpose()
}

/// `-f` and its variables.
pub fn file_arguments(files: &[std::path::PathBuf], variables: &Variables) -> FileArguments {
    FileArguments {
        paths: files.to_vec(),
        vars: variables.vars.clone(),
        var_files: variables.var_files.clone(),
    }
}

/// `--against`, or else the cluster.
pub fn state(source: &Source) -> StateSource {
    source.against.clone().map_or(StateSource::Cluster, StateSource::Snapshot)
}

fn resources(resources: &Resources) -> Vec<(ResourceType, Name)> {
    let named = [
        (ResourceType::Topic, &resources.topic),
        (ResourceType::Group, &resources.group),
        (ResourceType::TransactionalId, &resources.transactional_id),
        (ResourceType::DelegationToken, &resources.delegation_token),
        (ResourceType::User, &resources.user),
    ];
    let cluster = resources.cluster.then(|| (ResourceType::Cluster, Name::from(CLUSTER_NAME)));
    named
        .into_iter()
        .flat_map(|(kind, names)| names.iter().map(move |name| (kind, Name::from(name.as_str()))))
        .chain(cluster)
        .collect()
}

fn filter_set(filters: &Filters, default_pattern: PatternFilter) -> FilterSet {
    FilterSet {
        principals: filters.principal.clone(),
        hosts: filters.host.clone(),
        operations: filters.operation.clone(),
        permission: filters.permission,
        pattern: filters.pattern.unwrap_or(default_pattern),
        resources: resources(&filters.resources),
    }
}

/// A name with a `*` at its end is a pattern in the ACL file and a plain character for kafka-acls:
/// which of the two is meant must be said.
fn unambiguous(name: &str, pattern: Option<PatternType>, kind: ResourceType) -> Result<()> {
    if pattern.is_some() || name == "*" || !name.ends_with('*') || kind == ResourceType::User {
        return Ok(());
    }
    let shown = visible(name);
    let prefix = shown.trim_end_matches('*');
    Err(Error::invalid(format!("`{shown}` could be a prefix or a name that ends in `*`")).hint(
        format!(
            "write `{prefix}` with `--pattern prefixed`, or `{shown}` with `--pattern literal`"
        ),
    ))
}

/// Principals of one permission with their hosts.
type Side<'a> = (PermissionType, &'a [crate::model::Principal], &'a [Host]);

fn sides(who: &Who) -> [Side<'_>; 2] {
    [
        (PermissionType::Allow, &who.allow_principal, &who.allow_host),
        (PermissionType::Deny, &who.deny_principal, &who.deny_host),
    ]
}

fn bindings_to_create(args: &Create) -> Result<Vec<Binding>> {
    if args.who.allow_principal.is_empty() && args.who.deny_principal.is_empty() {
        return Err(Error::invalid("`acl create` needs somebody to allow or to deny")
            .hint("`--allow-principal User:NAME` or `--deny-principal User:NAME`"));
    }
    let resources = resources(&args.resources);
    for (kind, name) in &resources {
        if name.is_empty() {
            return Err(Error::invalid(format!(
                "the name of a {} is empty",
                kind.lower().unwrap_or_default()
            )));
        }
        unambiguous(name, args.pattern, *kind)?;
        if name.as_str() == "*" && args.pattern == Some(PatternType::Prefixed) {
            let word = kind.lower().unwrap_or_default();
            return Err(Error::invalid(format!(
                "PREFIXED `*` is every {word} whose name begins with a star, not every {word}"
            ))
            .hint("everything is `*` without `--pattern prefixed`"));
        }
    }
    let pattern = args.pattern.unwrap_or(PatternType::Literal);
    let grants = if args.producer || args.consumer {
        if !args.who.deny_principal.is_empty() {
            return Err(Error::invalid(
                "`--producer` and `--consumer` allow; they cannot be denied",
            ));
        }
        convenience(args.producer, args.consumer, args.idempotent, &resources)?
    } else {
        plain_grants(&args.operation, &resources, pattern)?
    };
    Ok(expand(&args.who, &grants, pattern))
}

type Grant = (ResourceType, Name, Operation);

fn plain_grants(
    operations: &[Operation],
    resources: &[(ResourceType, Name)],
    pattern: PatternType,
) -> Result<Vec<Grant>> {
    if resources.is_empty() {
        return Err(Error::invalid("`acl create` needs a resource")
            .hint("`--topic NAME`, `--group NAME`, `--cluster`, …"));
    }
    if operations.is_empty() {
        return Err(Error::invalid("`acl create` needs an operation")
            .hint("`--operation read`; everything that there is: `--operation all`"));
    }
    let mut grants = Vec::new();
    for (kind, name) in resources {
        for operation in operations {
            if !kind.supports(*operation) {
                return Err(meaningless(*operation, *kind));
            }
            if *kind == ResourceType::User && pattern == PatternType::Literal {
                typed(name)?;
            }
            grants.push((*kind, name.clone(), *operation));
        }
    }
    Ok(grants)
}

/// Brokers ask for the user `User:bob`, never for `bob`.
fn typed(name: &Name) -> Result<()> {
    if name.as_str() == "*" || name.contains(':') {
        return Ok(());
    }
    let shown = visible(name);
    Err(Error::invalid(format!("`{shown}` has no type: a principal is `Type:name`"))
        .hint(format!("write `User:{shown}`")))
}

fn meaningless(operation: Operation, kind: ResourceType) -> Error {
    let words: Vec<&str> = kind.operations().iter().filter_map(|o| o.lower()).collect();
    Error::invalid(format!(
        "the operation `{}` means nothing for a {}: {}",
        operation.lower().unwrap_or("unknown"),
        kind.lower().unwrap_or("resource"),
        kind.fate_of(operation)
    ))
    .hint(format!("possible are {}", words.join(", ")))
}

/// What kafka-acls makes of `--producer` and `--consumer` (`org.apache.kafka.tools.AclCommand`).
fn convenience(
    producer: bool,
    consumer: bool,
    idempotent: bool,
    resources: &[(ResourceType, Name)],
) -> Result<Vec<Grant>> {
    let has = |kind| resources.iter().any(|(k, _)| *k == kind);
    if !has(ResourceType::Topic) {
        return Err(Error::invalid("`--producer` and `--consumer` need a `--topic`"));
    }
    if consumer != has(ResourceType::Group) {
        return Err(Error::invalid("`--consumer` and `--group` go together"));
    }
    if !producer && has(ResourceType::TransactionalId) {
        return Err(Error::invalid("`--transactional-id` goes with `--producer`"));
    }
    let mut grants = Vec::new();
    for (kind, name) in resources {
        let operations: &[Operation] = match kind {
            ResourceType::Topic if producer && consumer => {
                &[Operation::Write, Operation::Describe, Operation::Create, Operation::Read]
            }
            ResourceType::Topic if producer => {
                &[Operation::Write, Operation::Describe, Operation::Create]
            }
            ResourceType::Topic => &[Operation::Read, Operation::Describe],
            ResourceType::Group => &[Operation::Read],
            ResourceType::TransactionalId => &[Operation::Write, Operation::Describe],
            _ => {
                return Err(Error::invalid(format!(
                    "a {} has no part in `--producer` or `--consumer`",
                    kind.lower().unwrap_or("resource")
                )));
            }
        };
        grants.extend(operations.iter().map(|operation| (*kind, name.clone(), *operation)));
    }
    if idempotent {
        grants.push((ResourceType::Cluster, CLUSTER_NAME.into(), Operation::IdempotentWrite));
    }
    Ok(grants)
}

fn expand(who: &Who, grants: &[Grant], pattern: PatternType) -> Vec<Binding> {
    let everywhere = [Host::any()];
    let mut bindings = Vec::new();
    for (permission_type, principals, hosts) in sides(who) {
        let hosts = if hosts.is_empty() { &everywhere[..] } else { hosts };
        for principal in principals {
            for host in hosts {
                for (kind, name, operation) in grants {
                    let literal = *kind == ResourceType::Cluster || name.as_str() == "*";
                    bindings.push(Binding {
                        resource_type: *kind,
                        resource_name: name.clone(),
                        pattern_type: if literal { PatternType::Literal } else { pattern },
                        principal: principal.clone(),
                        host: host.clone(),
                        operation: *operation,
                        permission_type,
                    });
                }
            }
        }
    }
    bindings
}

fn what_to_delete(args: &Delete) -> Result<delete::What> {
    if args.filters.pattern == Some(PatternFilter::Match) {
        return Err(Error::invalid(
            "`--pattern match` finds more than it names and is not for deleting",
        )
        .hint(
            "see what it finds with `kward acl list --pattern match`, then delete by exact names",
        ));
    }
    let by_who = !(args.who.allow_principal.is_empty() && args.who.deny_principal.is_empty());
    let named = resources(&args.filters.resources);
    if args.producer || args.consumer {
        if !by_who {
            return Err(Error::invalid("`--producer` and `--consumer` need `--allow-principal`"));
        }
        let grants = convenience(args.producer, args.consumer, false, &named)?;
        let pattern = match args.filters.pattern {
            Some(PatternFilter::Prefixed) => PatternType::Prefixed,
            _ => PatternType::Literal,
        };
        return Ok(delete::What::Bindings(expand(&args.who, &grants, pattern)));
    }
    let mut filters = filter_set(&args.filters, PatternFilter::Literal);
    // Without a name there is nothing whose pattern could be meant literally.
    if args.filters.pattern.is_none() && filters.resources.is_empty() {
        filters.pattern = PatternFilter::Any;
    }
    for (kind, name) in &named {
        let pattern = args.filters.pattern.map(|_| PatternType::Literal);
        unambiguous(name, pattern, *kind)?;
    }
    if by_who {
        filters = narrowed_by_who(filters, &args.who)?;
    }
    let narrow = !filters.principals.is_empty()
        || !filters.hosts.is_empty()
        || !filters.resources.is_empty();
    if !narrow && !args.all {
        return Err(Error::invalid("`acl delete` needs a resource, a principal or a host to narrow it")
            .hint("`--topic NAME`, `--principal User:NAME`, …; `--all` deletes whatever the other flags leave"));
    }
    Ok(delete::What::Filters(filters))
}

/// kafka-acls' way to name whose ACLs go; one permission at a time, because a filter has one.
fn narrowed_by_who(filters: FilterSet, who: &Who) -> Result<FilterSet> {
    let [allow, deny] = sides(who);
    let (permission, principals, hosts) = match (allow.1.is_empty(), deny.1.is_empty()) {
        (false, true) => allow,
        (true, false) => deny,
        _ => {
            return Err(Error::invalid(
                "`acl delete` takes `--allow-principal` or `--deny-principal`, not both at once",
            ));
        }
    };
    if filters.permission.is_some_and(|given| given != permission) || !filters.principals.is_empty()
    {
        return Err(Error::invalid(
            "`--allow-principal` and `--deny-principal` do not go with `--principal` and `--permission`",
        ));
    }
    let mut all_hosts = filters.hosts.clone();
    all_hosts.extend(hosts.iter().cloned());
    Ok(FilterSet {
        principals: principals.to_vec(),
        hosts: all_hosts,
        permission: Some(permission),
        ..filters
    })
}

/// A resource of a question.
pub fn literal(resource: &crate::model::Resource) -> (ResourceType, Name) {
    (resource.resource_type, Name::from(resource.name.as_str()))
}
