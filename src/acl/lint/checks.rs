//! What one binding shows by itself, or against the cluster's topics and users.

use super::{Code, Fault, Severity, Subject, Surroundings};
use crate::acl::authorizer::{Assumptions, Patterns, is_range, pattern_covers};
use crate::model::{
    Binding, CLUSTER_NAME, HostKind, Name, Operation, PatternType, PermissionType, Principal,
    ResourceType, WILDCARD, visible,
};

/// What a check says: code, severity, reason, fix.
type Verdict = Option<(Code, Severity, String, String)>;

pub(super) fn check<'a>(
    subject: &Subject<'a>,
    assumptions: &Assumptions,
    surroundings: &Surroundings<'_>,
    faults: &mut Vec<Fault<'a>>,
) {
    let patterns = Patterns::new(subject.all.iter().copied());
    for binding in subject.all.iter().copied().filter(|binding| binding.is_known()) {
        let verbatim = subject.desired.is_some_and(|desired| desired.verbatim.contains(binding));
        let verdicts = [
            host(binding, assumptions.cidr),
            principal(binding),
            operation(binding),
            resource(binding),
            blank(binding),
            broker_loop(binding),
            over_broad(binding),
            surroundings.topics.and_then(|topics| unknown_topic(binding, topics)),
            surroundings.users.and_then(|users| unknown_user(binding, users)),
            verbatim.then(|| as_it_is(binding)),
            super_user(binding, assumptions),
            unused(binding, &patterns, assumptions),
        ];
        for (code, severity, reason, fix) in verdicts.into_iter().flatten() {
            faults.push(Fault {
                code,
                severity,
                binding,
                reason,
                fix,
                evidence: Vec::new(),
                place: None,
            });
        }
    }
}

/// An ALLOW that does nothing is a nuisance, a DENY that does nothing is a hole.
fn inert(binding: &Binding) -> Severity {
    match binding.permission_type {
        PermissionType::Deny => Severity::Error,
        _ => Severity::Warning,
    }
}

fn host(binding: &Binding, cidr: bool) -> Verdict {
    let host = &binding.host;
    let shown = visible(host);
    if is_range(host) && host.is_range() {
        return (!cidr).then(|| {
            let reason =
                format!("`{shown}` is a range, and the cluster knows none, or was not asked");
            let fix = "name each address, or raise metadata.version to 4.4-IV1".to_owned();
            (Code::InertRange, inert(binding), reason, fix)
        });
    }
    if host.contains('%') || !matches!(host.kind(), HostKind::Inert) {
        return None;
    }
    let (reason, fix) = match crate::model::Host::parse(host) {
        Err(_) if host.contains('/') => (
            format!("`{shown}` is no range of addresses, and matches no client"),
            "write a range as `10.0.0.0/8`, or name the address".to_owned(),
        ),
        Ok(right) => (
            format!("`{shown}` is not the form that the broker compares, and matches no client"),
            format!("write `{right}`"),
        ),
        Err(_) => (
            format!("`{shown}` is no address; no broker resolves names, and it matches no client"),
            "write the address, or leave the host out".to_owned(),
        ),
    };
    Some((Code::InertHost, inert(binding), reason, fix))
}

/// The type of the principals of users.
const USER: &str = "User";

fn principal(binding: &Binding) -> Verdict {
    let principal = &binding.principal;
    if let Some((kind, name)) = principal.split_once(':')
        && (kind != USER && kind.eq_ignore_ascii_case(USER) && !name.ends_with('*'))
    {
        let reason = format!(
            "`{}` is no user: types of principals are compared as they are written, and that of users is `User`",
            visible(principal)
        );
        let fix = format!("write `User:{}`", visible(name));
        return Some((Code::InertPrincipal, inert(binding), reason, fix));
    }
    if let Some(("User", name)) = principal.split_once(':')
        && name.contains("User:")
    {
        let reason = format!("`{}` is one user of that whole name", visible(principal));
        let users: Vec<String> = name
            .split([',', ';'])
            .map(|user| format!("`User:{}`", visible(user.trim().trim_start_matches("User:"))))
            .collect();
        let fix = format!("write {}", users.join(" and "));
        return Some((Code::InertPrincipal, inert(binding), reason, fix));
    }
    // A certificate may be for `CN=*.example.com`.
    let of_certificate = principal.contains('=') && !principal.ends_with('*');
    let pattern = principal.contains('*') && !principal.is_everyone() && !of_certificate;
    pattern.then(|| {
        let shown = visible(principal);
        let reason = format!(
            "`{shown}` is only the principal of exactly that name: only `User:*` is a pattern"
        );
        let fix = if principal.ends_with(":*") {
            "write `User:*`, which is everyone of every type, or name the principals".to_owned()
        } else {
            "name the principals".to_owned()
        };
        (Code::InertPrincipal, inert(binding), reason, fix)
    })
}

/// In what a binding is no pattern although it looks like one, besides names that may be meant as they are.
pub fn mistaken_patterns(binding: &Binding) -> impl Iterator<Item = String> {
    let prefix = resource(binding).filter(|_| binding.pattern_type == PatternType::Prefixed);
    let prefix = prefix.filter(|(code, ..)| *code == Code::LooksLikePattern);
    let told = prefix.map(|(.., reason, fix)| format!("{reason}; {fix}"));
    principal(binding).map(|(.., reason, _)| reason).into_iter().chain(told)
}

/// How the binding can hang a broker.
pub fn endangers_brokers(binding: &Binding) -> Option<String> {
    broker_loop(binding)
        .map(|(.., reason, fix)| format!("`{}`: {reason}; {fix}", binding.pattern()))
}

fn operation(binding: &Binding) -> Verdict {
    (!binding.resource_type.supports(binding.operation)).then(|| {
        let (operation, kind) = (binding.operation, binding.resource_type);
        let plural = kind.plural();
        let reason = format!("no request asks for {operation} on {plural}");
        let allows = binding.permission_type == PermissionType::Allow;
        if let Some(implied) = kind.implied_alone(operation).filter(|_| allows) {
            let reason =
                format!("{reason}: it allows {implied}, which it implies, and nothing else");
            let fix = format!("write `{}`", implied.lower().unwrap_or_default());
            return (Code::InertOperation, Severity::Warning, reason, fix);
        }
        let words: Vec<&str> = kind.operations().iter().filter_map(|o| o.lower()).collect();
        let have = if kind == ResourceType::Cluster { "has" } else { "have" };
        (
            Code::InertOperation,
            inert(binding),
            reason,
            format!("{plural} {have} {}", words.join(", ")),
        )
    })
}

fn resource(binding: &Binding) -> Verdict {
    let name = binding.resource_name.as_str();
    let pattern = binding.pattern();
    if binding.resource_type == ResourceType::Cluster {
        let covers = pattern_covers(binding.pattern_type, name, CLUSTER_NAME);
        return (!covers).then(|| {
            let reason = format!("the only name of the cluster is `{CLUSTER_NAME}`");
            (Code::InertResource, inert(binding), reason, "write `cluster: true`".to_owned())
        });
    }
    if let Some(verdict) = impossible_name(binding) {
        return Some(verdict);
    }
    match binding.pattern_type {
        PatternType::Prefixed if name == WILDCARD => Some((
            Code::PrefixedStar,
            inert(binding),
            "PREFIXED `*` is the names that begin with a star, not everything".to_owned(),
            "everything is LITERAL `*`: write `\"*\"`".to_owned(),
        )),
        PatternType::Literal if name != WILDCARD && name.ends_with('*') => Some((
            Code::LooksLikePattern,
            inert(binding),
            format!("LITERAL `{pattern}` is only the resource of exactly that name"),
            format!(
                "for names that begin so, the pattern is PREFIXED `{}`",
                visible(&name[..name.len() - 1])
            ),
        )),
        PatternType::Prefixed if name.ends_with('*') => Some((
            Code::LooksLikePattern,
            inert(binding),
            format!(
                "PREFIXED `{pattern}` is the names that begin with all of it, the star included"
            ),
            format!(
                "for names that begin so, the prefix is `{}`",
                visible(&name[..name.len() - 1])
            ),
        )),
        _ => None,
    }
}

/// A blank that nobody sees: for a topic the name is impossible already.
fn blank(binding: &Binding) -> Verdict {
    let edged = |name: &str| name.trim() != name;
    let (kind, user) = binding.principal.split_once(':').unwrap_or_default();
    let resource = binding.resource_name.as_str();
    let (what, name, right) = if edged(user) {
        ("principal", binding.principal.as_str(), format!("{}:{}", kind.trim(), user.trim()))
    } else if binding.resource_type != ResourceType::Topic && edged(resource) {
        ("name", resource, resource.trim().to_owned())
    } else {
        return None;
    };
    let reason =
        format!("the {what} `{}` begins or ends with a blank, which is part of it", visible(name));
    let fix = format!("write `{}`, unless it is so", visible(&right));
    Some((Code::BlankAtEdge, Severity::Warning, reason, fix))
}

/// A name that no topic and no principal can have; a star at the end is another fault.
fn impossible_name(binding: &Binding) -> Verdict {
    let name = binding.resource_name.as_str();
    let literal = binding.pattern_type == PatternType::Literal;
    if name.ends_with(WILDCARD) {
        return None;
    }
    let (reason, fix) = match binding.resource_type {
        // `Topic.validate` of Kafka.
        ResourceType::Topic => {
            let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
            let dots = literal && matches!(name, "." | "..");
            if name.chars().all(legal) && name.len() <= 249 && !dots {
                return None;
            }
            (
                format!("no topic can be called `{}`", visible(name)),
                "correct the name: letters, digits, `.`, `_` and `-`, at most 249".to_owned(),
            )
        }
        ResourceType::User if literal && !name.contains(':') => (
            format!("`{}` is no principal", visible(name)),
            format!("write `User:{}`", visible(name)),
        ),
        _ => return None,
    };
    Some((Code::InertResource, inert(binding), reason, fix))
}

/// `StandardAuthorizerData.checkSection` starts its second pass at `*` and restarts it at a part of
/// `*` where names differ: with an ACL on `#a`, a request for `#b` starts again for ever (seen on
/// Kafka 3.9.2 and 4.4.0). Only names that sort before `*` are reached there.
fn broker_loop(binding: &Binding) -> Verdict {
    let first = binding.resource_name.chars().next()?;
    (first < '*').then(|| {
        let shown = visible(first.encode_utf8(&mut [0; 4])).into_owned();
        let reason = format!(
            "with a name that begins with `{shown}`, a request for another such name makes Kafka's \
             authorizer loop for ever and costs the broker a thread"
        );
        let fix = "rename the resource: the name should begin with a letter or a digit".to_owned();
        (Code::BrokerLoop, Severity::Error, reason, fix)
    })
}

fn over_broad(binding: &Binding) -> Verdict {
    use Operation as O;
    if binding.permission_type != PermissionType::Allow {
        return None;
    }
    let everything =
        binding.pattern_type == PatternType::Literal && &*binding.resource_name == WILDCARD;
    let changes = matches!(
        binding.operation,
        O::All | O::Write | O::Create | O::Delete | O::Alter | O::AlterConfigs | O::ClusterAction
    );
    let plural = binding.resource_type.plural();
    let narrower = "name the principals and the resources that need it".to_owned();
    if binding.principal.is_everyone() && changes {
        let reason = format!("everyone has {} on `{}`", binding.operation, binding.pattern());
        return Some((Code::OverBroad, Severity::Warning, reason, narrower));
    }
    (everything && binding.operation == O::All).then(|| {
        let reason = format!("`{}` has ALL on all {plural}", visible(&binding.principal));
        (Code::OverBroad, Severity::Warning, reason, narrower)
    })
}

fn unknown_topic(binding: &Binding, topics: &[Name]) -> Verdict {
    let name = binding.resource_name.as_str();
    // Those of brokers come when they are first needed.
    if binding.resource_type != ResourceType::Topic || name == WILDCARD || name.starts_with("__") {
        return None;
    }
    // Sorted: what begins with a name stands at it or behind it.
    let at = topics.partition_point(|topic| topic.as_str() < name);
    let next = topics.get(at).map(Name::as_str);
    let prefixed = binding.pattern_type == PatternType::Prefixed;
    let known = next.is_some_and(|next| next == name || (prefixed && next.starts_with(name)));
    (!known).then(|| {
        let reason = if prefixed {
            format!("no topic that can be seen begins with `{}`", visible(name))
        } else {
            format!("the cluster has no topic `{}`", visible(name))
        };
        let near = crate::model::nearest(name, topics.iter().map(Name::as_str));
        let fix = match near.filter(|_| !prefixed) {
            Some(near) => format!("did you mean `{}`?", visible(near)),
            None => "create the topic, or drop the rule".to_owned(),
        };
        (Code::UnknownTopic, Severity::Info, reason, fix)
    })
}

fn unknown_user(binding: &Binding, users: &[Principal]) -> Verdict {
    let principal = &binding.principal;
    let (kind, name) = principal.split_once(':').unwrap_or_default();
    let known = principal.is_everyone() || users.binary_search(principal).is_ok();
    // A distinguished name is that of a certificate.
    (!known && !name.contains('=')).then(|| {
        let reason = format!("the cluster has no SCRAM user for `{}`", visible(principal));
        let others = users.iter().filter_map(|user| user.split_once(':'));
        let others = others.filter(|(other, _)| *other == kind).map(|(_, name)| name);
        let near = crate::model::nearest(name, others);
        let fix = near.map_or_else(
            || "create the user, or drop the rule, unless it authenticates otherwise".to_owned(),
            |near| format!("did you mean `{kind}:{}`?", visible(near)),
        );
        (Code::UnknownUser, Severity::Info, reason, fix)
    })
}

fn as_it_is(binding: &Binding) -> (Code, Severity, String, String) {
    let reason = format!("`{binding}` is taken as it is, without the checks that rules get");
    let fix = "say it as a rule, where the grammar has words for it".to_owned();
    (Code::Verbatim, Severity::Warning, reason, fix)
}

fn super_user(binding: &Binding, assumptions: &Assumptions) -> Verdict {
    assumptions.is_super_user(&binding.principal).then(|| {
        let reason =
            format!("`{}` is a super user, whom no binding concerns", visible(&binding.principal));
        (Code::SuperUser, Severity::Info, reason, "drop the binding, or the super user".to_owned())
    })
}

/// A DENY that no ALLOW can meet, whoever's it is.
fn unused(binding: &Binding, patterns: &Patterns<'_>, assumptions: &Assumptions) -> Verdict {
    if binding.permission_type != PermissionType::Deny
        || assumptions.allow_everyone_if_no_acl_found
        || !binding.resource_type.supports(binding.operation)
    {
        return None;
    }
    let (kind, name) = (binding.resource_type, binding.resource_name.as_str());
    let meets = |allow: &&Binding| {
        allow.permission_type == PermissionType::Allow
            && concerns(&binding.principal, &allow.principal)
            && speak_of_one_operation(binding, allow)
            && hosts_meet(binding, allow)
    };
    let everything = binding.pattern_type == PatternType::Literal && name == WILDCARD;
    let met = if everything || kind == ResourceType::Cluster {
        patterns.of_type(kind).iter().any(meets)
    } else if binding.pattern_type == PatternType::Literal {
        patterns.of_name(kind, name).flatten().any(meets)
    } else {
        patterns.of_prefix(kind, name).flatten().any(meets)
            || patterns.inside(kind, name).iter().any(meets)
            // The one name `*` is of both.
            || (name == WILDCARD && patterns.everything(kind).into_iter().flatten().any(meets))
    };
    (!met).then(|| {
        let reason = format!("no ALLOW gives what `{binding}` denies");
        let fix = "drop it, unless it guards against bindings of others".to_owned();
        (Code::Unused, Severity::Info, reason, fix)
    })
}

fn concerns(denied: &Principal, allowed: &Principal) -> bool {
    denied == allowed || denied.is_everyone() || allowed.is_everyone()
}

fn speak_of_one_operation(deny: &Binding, allow: &Binding) -> bool {
    deny.operation == Operation::All
        || allow.operation == Operation::All
        || allow.operation == deny.operation
        || allow.operation.implies().contains(&deny.operation)
}

/// Ranges are taken to meet everything: better silent than wrong.
fn hosts_meet(a: &Binding, b: &Binding) -> bool {
    a.host == b.host || [a, b].iter().any(|b| b.host.is_any() || is_range(&b.host))
}
