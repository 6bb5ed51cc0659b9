//! The difference by example.

use super::*;
use crate::model::{Host, PermissionType};

fn binding(
    principal: &str,
    permission: PermissionType,
    name: &str,
    operation: Operation,
) -> Binding {
    let (name, pattern_type) = match name.strip_suffix('*') {
        Some(prefix) if !prefix.is_empty() => (prefix, PatternType::Prefixed),
        _ => (name, PatternType::Literal),
    };
    Binding {
        resource_type: ResourceType::Topic,
        resource_name: name.into(),
        pattern_type,
        principal: principal.into(),
        host: Host::any(),
        operation,
        permission_type: permission,
    }
}

fn allow(principal: &str, name: &str, operation: Operation) -> Binding {
    binding(principal, PermissionType::Allow, name, operation)
}

fn lines(before: &[Binding], after: &[Binding]) -> Vec<String> {
    difference(before, after, &Assumptions::default())
        .iter()
        .map(|l| {
            let star = if l.pattern_type == PatternType::Prefixed { "*" } else { "" };
            format!("{} {:?} {} {}{star}", l.principal, l.change, l.operation, l.resource_name)
        })
        .collect()
}

#[test]
fn a_binding_that_another_covers_changes_nothing() {
    let wide = allow("User:a", "web.*", Operation::Read);
    let narrow = allow("User:a", "web.clicks", Operation::Read);
    let implied = allow("User:a", "web.clicks", Operation::Describe);
    assert!(lines(&[wide.clone(), narrow, implied], &[wide]).is_empty());
}

#[test]
fn a_deleted_denial_is_a_gain_and_comes_first() {
    let (read, denied) = (Operation::Read, PermissionType::Deny);
    let before = [
        allow("User:z", "*", read),
        binding("User:z", denied, "pii.*", read),
        allow("User:b", "x", Operation::Create),
    ];
    let after = [allow("User:z", "*", read), allow("User:a", "y", Operation::Create)];
    assert_eq!(
        lines(&before, &after),
        ["User:z Gains READ pii.*", "User:a Gains CREATE y", "User:b Loses CREATE x"]
    );
}

#[test]
fn what_stays_denied_or_allowed_inside_is_said() {
    let (read, denied) = (Operation::Read, PermissionType::Deny);
    let except = |before: &[Binding], after: &[Binding]| -> Vec<String> {
        let lines = difference(before, after, &Assumptions::default());
        let of_read = lines.iter().filter(|line| line.operation == read);
        of_read
            .flat_map(|l| l.except.iter().map(|e| format!("{} {}", e.resource_name, e.host)))
            .collect()
    };
    let pii = binding("User:*", denied, "pii.*", read);
    let everything = allow("User:n", "*", read);
    assert_eq!(except(std::slice::from_ref(&pii), &[pii.clone(), everything]), ["pii. *"]);
    let (wide, narrow) = (allow("User:a", "t*", read), allow("User:a", "t1", read));
    assert_eq!(except(std::slice::from_ref(&wide), std::slice::from_ref(&narrow)), ["t1 *"]);
    let here = Binding { host: Host::parse("10.0.0.9").unwrap(), ..wide.clone() };
    assert_eq!(except(&[wide], &[here]), ["t 10.0.0.9"]);
    // What lies inside an exception is none of its own …
    let everything = allow("User:n", "*", read);
    let at = |host: &str, name: &str| Binding {
        host: host.into(),
        ..binding("User:n", denied, name, read)
    };
    let nested = [at("*", "pii.*"), at("*", "pii.a*"), at("*", "pii.a1"), at("10.0.0.1", "pii.b")];
    let with = |bindings: &[Binding]| [bindings, std::slice::from_ref(&everything)].concat();
    assert_eq!(except(&nested, &with(&nested)), ["pii. *"]);
    let hosts = [at("10.0.0.1", "*"), at("10.0.0.1", "pii.*"), at("10.0.0.2", "pii.*")];
    assert_eq!(except(&hosts, &with(&hosts)), ["* 10.0.0.1", "pii. 10.0.0.2"]);
    let prefix = allow("User:n", "p*", read);
    assert_eq!(except(std::slice::from_ref(&pii), &[pii.clone(), prefix]), ["pii. *"]);
    // … and what begins with a star is no part of everything.
    let mut star = at("*", "x");
    star.resource_name = "*x".into();
    assert_eq!(except(std::slice::from_ref(&star), &with(&[star.clone()])), [""; 0]);
}

#[test]
fn an_idempotent_write_has_exceptions_where_no_topic_lets_it_through() {
    let cluster = |permission, operation, host: &str| Binding {
        resource_type: ResourceType::Cluster,
        resource_name: CLUSTER_NAME.into(),
        host: host.into(),
        ..binding("User:a", permission, "x", operation)
    };
    let (allow, deny) = (PermissionType::Allow, PermissionType::Deny);
    let before = [cluster(deny, Operation::All, "10.0.0.1")];
    let after = [
        before[0].clone(),
        cluster(allow, Operation::Create, "*"),
        cluster(allow, Operation::IdempotentWrite, "*"),
    ];
    let lines = difference(&before, &after, &Assumptions::default());
    let told: Vec<_> = lines.iter().map(|l| (l.operation, l.except.len())).collect();
    assert_eq!(told, [(Operation::Create, 1), (Operation::IdempotentWrite, 1)]);
    // What the DENY on the cluster keeps away comes by the topic, now or before.
    let write = [binding("User:a", allow, "t", Operation::Write)];
    let lines = difference(&before, &[&after[..], &write].concat(), &Assumptions::default());
    let on_cluster = lines.iter().filter(|l| l.resource_type == ResourceType::Cluster);
    let told: Vec<_> = on_cluster.map(|l| (l.operation, l.except.len(), l.already.len())).collect();
    assert_eq!(told, [(Operation::Create, 1, 0), (Operation::IdempotentWrite, 0, 0)]);
    let from_there = [Binding { host: "10.0.0.1".into(), ..write[0].clone() }];
    let before = [&before[..], &from_there].concat();
    let lines = difference(&before, &[&after[..], &from_there].concat(), &Assumptions::default());
    let told: Vec<_> =
        lines.iter().map(|l| (l.operation, l.except.len(), l.already.len())).collect();
    assert_eq!(told, [(Operation::Create, 1, 0), (Operation::IdempotentWrite, 0, 1)]);
    let topic =
        [Binding { host: "10.0.0.1".into(), ..binding("User:a", deny, "t", Operation::Write) }];
    let allowed = [topic[0].clone(), binding("User:a", allow, "t", Operation::Write)];
    let lines = difference(&topic, &allowed, &Assumptions::default());
    let told: Vec<_> = lines.iter().map(|l| (l.operation, l.except.len())).collect();
    assert_eq!(told, [(Operation::Write, 1), (Operation::Describe, 0)]);
}

#[test]
fn an_idempotent_write_is_told_beside_topics_that_begin_with_a_star_only() {
    for (name, pattern_type, told) in [
        ("ab", PatternType::Literal, false),
        ("ab", PatternType::Prefixed, false),
        ("*", PatternType::Literal, false),
        ("*", PatternType::Prefixed, true),
        ("*a", PatternType::Literal, true),
        ("*a", PatternType::Prefixed, true),
    ] {
        for operation in [Operation::Write, Operation::All, Operation::Read] {
            let mut after = allow("User:a", "x", operation);
            (after.resource_name, after.pattern_type) = (name.into(), pattern_type);
            let lines = lines(&[], std::slice::from_ref(&after));
            let idempotent = "User:a Gains IDEMPOTENT_WRITE kafka-cluster".to_owned();
            let expected = told && operation != Operation::Read;
            assert_eq!(lines.contains(&idempotent), expected, "{after}: {lines:?}");
            let both = [after.clone(), allow("User:a", "b", Operation::Write)];
            assert_eq!(self::lines(&[], &both).contains(&idempotent), expected, "{after}");
            let lines = self::lines(std::slice::from_ref(&after), &[]);
            let lost = "User:a Loses IDEMPOTENT_WRITE kafka-cluster".to_owned();
            assert_eq!(lines.contains(&lost), expected, "{after}: {lines:?}");
        }
    }
}

#[test]
fn what_changes_inside_of_an_exception_has_its_own_line() {
    let (read, denied) = (Operation::Read, PermissionType::Deny);
    let of_read = |before: &[Binding], after: &[Binding], assumptions: &Assumptions| {
        let lines = difference(before, after, assumptions);
        let of_read = lines.into_iter().filter(|line| line.operation == read);
        of_read
            .map(|l| {
                let except = l.except.iter().map(|e| format!(" -{}@{}", e.resource_name, e.host));
                let except: String = except.collect();
                format!("{} {:?} {}@{}{except}", l.principal, l.change, l.resource_name, l.host)
            })
            .collect::<Vec<_>>()
    };
    let plain = Assumptions::default();
    let (all, pii) = (allow("User:w", "*", read), allow("User:w", "pii.*", read));
    let no = binding("User:w", denied, "pii.x", read);
    assert_eq!(
        of_read(&[all.clone(), pii.clone()], &[pii.clone(), no.clone()], &plain),
        ["User:w Loses *@* -pii.@*", "User:w Loses pii.x@*"]
    );
    // The same where a range of hosts keeps what all others lose.
    let of_host = |binding: &Binding, host: &str| Binding {
        host: Host::parse(host).unwrap(),
        ..binding.clone()
    };
    let topic = allow("User:w", "t", read);
    let (range, none) = (of_host(&topic, "10.0.0.0/8"), of_host(&no, "10.1.1.1"));
    let none = Binding { resource_name: "t".into(), ..none };
    let cidr = Assumptions { cidr: true, ..Assumptions::default() };
    assert_eq!(
        of_read(&[topic, range.clone()], &[range, none], &cidr),
        ["User:w Loses t@* -t@10.0.0.0/8", "User:w Loses t@10.1.1.1"]
    );
    // … and where it is everyone's line that excepts.
    let (all, pii) = (allow("User:*", "*", read), allow("User:*", "pii.*", read));
    assert_eq!(
        of_read(&[all, pii.clone()], &[pii, no], &plain),
        ["User:* Loses *@* -pii.@*", "User:w Loses pii.x@*"]
    );
    let open = Assumptions { allow_everyone_if_no_acl_found: true, ..Assumptions::default() };
    let new = allow("User:y", "b*", read);
    let told = of_read(&[allow("User:z", "*", Operation::Write)], &[new], &open);
    assert_eq!(told, ["User:* Gains *@* -b@*", "User:y Gains b@*"]);
}

#[test]
fn what_everyone_gains_is_not_repeated_for_each() {
    let own = allow("User:a", "a.b", Operation::Read);
    let everyone = allow("User:*", "a.*", Operation::Read);
    assert_eq!(
        lines(std::slice::from_ref(&own), &[own.clone(), everyone]),
        ["User:* Gains READ a.*", "User:* Gains DESCRIBE a.*"]
    );
    // … and who had it before from a binding of its own loses nothing.
    let with = [own.clone(), allow("User:*", "a.b", Operation::Read)];
    assert_eq!(lines(&with, &[own]), ["User:* Loses READ a.b", "User:* Loses DESCRIBE a.b"]);
}

#[test]
fn a_line_says_where_it_was_so_before_and_for_whom_it_is_otherwise() {
    let (read, denied) = (Operation::Read, PermissionType::Deny);
    let told = |before: &[Binding], after: &[Binding]| -> Vec<String> {
        let part = |part: &AccessPart| {
            let who = part.principal.as_ref().map(|who| format!("{who} ")).unwrap_or_default();
            format!("{who}{}", part.resource_name)
        };
        let all = |parts: &[AccessPart]| parts.iter().map(part).collect::<Vec<_>>().join(", ");
        let lines = difference(before, after, &Assumptions::default());
        let of_read = lines.iter().filter(|line| line.operation == read);
        let line = |l: &AccessChange| {
            let (except, already) = (all(&l.except), all(&l.already));
            format!(
                "{} {:?} {}; not {except}; was {already}",
                l.principal, l.change, l.resource_name
            )
        };
        of_read.map(line).collect()
    };
    let (wide, narrow) = (allow("User:a", "o.*", read), allow("User:a", "o.b", read));
    let hidden = binding("User:a", denied, "o.pii", read);
    assert_eq!(
        told(std::slice::from_ref(&narrow), std::slice::from_ref(&wide)),
        ["User:a Gains o.; not ; was o.b"],
        "a prefix takes the place of names"
    );
    assert_eq!(told(&[wide, hidden], &[]), ["User:a Loses o.; not ; was o.pii"]);
    let everyone = allow("User:*", "o.*", read);
    let others = [
        narrow,
        binding("User:b", denied, "*", Operation::All),
        binding("User:c", denied, "o.c", read),
    ];
    let with = [&others[..], std::slice::from_ref(&everyone)].concat();
    assert_eq!(
        told(&others, &with),
        ["User:* Gains o.; not User:b o., User:c o.c; was User:a o.b"]
    );
    assert_eq!(
        told(&with, &others),
        ["User:* Loses o.; not User:a o.b; was User:b o., User:c o.c"]
    );
    // Of what is silent for one of them a line of its own speaks again.
    let then = [with[0].clone(), with[2].clone(), allow("User:b", "o.b", read)];
    assert_eq!(
        told(&with, &then),
        [
            "User:b Gains o.b; not ; was ",
            "User:* Loses o.; not User:a o.b; was User:b o., User:c o.c"
        ]
    );
}

#[test]
fn a_first_binding_closes_an_open_resource() {
    let open = Assumptions { allow_everyone_if_no_acl_found: true, ..Assumptions::default() };
    let first = [allow("User:a", "t", Operation::Read)];
    let lost = difference(&[], &first, &open);
    assert!(lost.iter().all(|l| l.change == Change::Loses && l.resource_name.as_str() == "t"));
    let of = |principal: &str| lost.iter().filter(|l| l.principal.as_str() == principal).count();
    assert_eq!((of("User:*"), of("User:a")), (8, 0), "User:a keeps what everyone's line says");
}

#[test]
fn what_one_host_loses_where_the_principal_is_excepted_is_said() {
    let open = Assumptions { allow_everyone_if_no_acl_found: true, ..Assumptions::default() };
    let denied = PermissionType::Deny;
    let before =
        [allow("User:*", "abc", Operation::All), binding("User:a", denied, "ab*", Operation::Read)];
    let of_host = Binding {
        host: Host::parse("10.0.0.1").unwrap(),
        ..binding("User:a", denied, "a*", Operation::All)
    };
    let after = [allow("User:a", "a*", Operation::All), of_host];
    // Of `abc` the line of `User:*` excepts User:a, who keeps it but from that host.
    let lost: Vec<String> = difference(&before, &after, &open)
        .iter()
        .filter(|l| l.principal.as_str() == "User:a" && l.operation == Operation::Write)
        .map(|l| format!("{:?} {}@{}", l.change, l.resource_name, l.host))
        .collect();
    assert!(lost.contains(&"Loses abc@10.0.0.1".to_owned()), "{lost:?}");
}

#[test]
fn a_first_binding_on_everything_or_the_cluster_closes_it() {
    let open = Assumptions { allow_everyone_if_no_acl_found: true, ..Assumptions::default() };
    let lost = |binding: Binding| {
        let lines = difference(&[], &[binding], &open);
        let of_everyone = lines.iter().filter(|line| line.principal.is_everyone());
        of_everyone
            .map(|l| format!("{:?} {} {}", l.change, l.operation, l.resource_name))
            .collect::<Vec<_>>()
    };
    let topics = lost(allow("User:a", "*", Operation::Read));
    assert_eq!((topics.len(), topics[0].as_str()), (8, "Loses READ *"));
    let cluster = Binding {
        resource_type: ResourceType::Cluster,
        resource_name: CLUSTER_NAME.into(),
        ..allow("User:a", "x", Operation::Describe)
    };
    // WRITE on any topic still lets everyone write idempotently.
    assert_eq!(
        lost(cluster),
        ["CREATE", "ALTER", "DESCRIBE", "CLUSTER_ACTION", "DESCRIBE_CONFIGS", "ALTER_CONFIGS"]
            .map(|operation| format!("Loses {operation} kafka-cluster"))
    );
}

#[test]
fn everyone_loses_an_idempotent_write_where_no_topic_is_left_to_write_to() {
    let open = Assumptions { allow_everyone_if_no_acl_found: true, ..Assumptions::default() };
    let before = [binding("User:a", PermissionType::Deny, "*", Operation::Write)];
    let cluster = Binding {
        resource_type: ResourceType::Cluster,
        resource_name: CLUSTER_NAME.into(),
        ..allow("User:b", "x", Operation::Describe)
    };
    let lines = difference(&before, &[before[0].clone(), cluster], &open);
    let lost = |line: &&AccessChange| {
        line.operation == Operation::IdempotentWrite && line.change == Change::Loses
    };
    let who: Vec<&str> = lines.iter().filter(lost).map(|l| l.principal.as_str()).collect();
    assert_eq!(who, ["User:*"]);
}

#[test]
fn an_idempotent_write_comes_from_where_the_topic_is_written_to_and_is_told_once() {
    let star = |principal, host: &str| Binding {
        resource_name: "*x".into(),
        host: host.into(),
        ..allow(principal, "x", Operation::Write)
    };
    let gains = |before: &[Binding], more: Binding| -> Vec<String> {
        let after = [before, &[more]].concat();
        let lines = difference(before, &after, &Assumptions::default());
        let of_cluster = lines.iter().filter(|l| l.resource_type == ResourceType::Cluster);
        of_cluster.map(|l| format!("{} {} {}", l.principal, l.operation, l.host)).collect()
    };
    assert_eq!(gains(&[], star("User:a", "10.0.0.1")), ["User:a IDEMPOTENT_WRITE 10.0.0.1"]);
    let own = Binding {
        resource_type: ResourceType::Cluster,
        resource_name: CLUSTER_NAME.into(),
        ..allow("User:a", "x", Operation::Describe)
    };
    assert_eq!(gains(&[own], star("User:*", "*")), ["User:* IDEMPOTENT_WRITE *"]);
}

#[test]
fn an_idempotent_write_that_writing_to_a_topic_gives_is_no_gain() {
    let write = allow("User:a", "t", Operation::Write);
    let cluster = Binding {
        resource_type: ResourceType::Cluster,
        resource_name: CLUSTER_NAME.into(),
        ..allow("User:a", "x", Operation::IdempotentWrite)
    };
    assert_eq!(lines(std::slice::from_ref(&write), &[write.clone(), cluster.clone()]), [""; 0]);
    assert_eq!(lines(&[], &[cluster]), ["User:a Gains IDEMPOTENT_WRITE kafka-cluster"]);
}

#[test]
fn what_begins_with_a_star_is_gained_beside_everything() {
    let everything = allow("User:a", "*", Operation::Create);
    let star = Binding { resource_name: "*x".into(), ..everything.clone() };
    assert_eq!(
        lines(std::slice::from_ref(&everything), &[everything.clone(), star]),
        ["User:a Gains CREATE *x"]
    );
}

#[test]
fn a_denial_that_hid_nothing_is_not_lifted() {
    let before = [binding("User:z", PermissionType::Deny, "x", Operation::Create)];
    let after = [allow("User:z", "x", Operation::Create), allow("User:a", "y", Operation::Create)];
    assert_eq!(lines(&before, &after), ["User:a Gains CREATE y", "User:z Gains CREATE x"]);
}

#[test]
fn super_users_neither_gain_nor_lose() {
    let with =
        |user: &str| Assumptions { super_users: vec![user.into()], ..Assumptions::default() };
    let of = |principal: &str, user: &str| {
        difference(&[], &[allow(principal, "t", Operation::Read)], &with(user)).len()
    };
    assert_eq!((of("User:a", "User:a"), of("User:a", "User:b")), (0, 2));
    // A user of that name is one user; everyone's line is about all.
    assert_eq!(of("User:*", "User:*"), 2);
}

#[test]
fn lines_stand_by_principal_then_resource_a_name_before_a_prefix() {
    let (read, create) = (Operation::Read, Operation::Create);
    let after = [
        allow("User:b", "a", create),
        allow("User:a", "b*", create),
        allow("User:a", "c", create),
        allow("User:a", "a*", create),
        allow("User:a", "d", read),
    ];
    assert_eq!(
        lines(&[], &after),
        [
            "User:a Gains CREATE c",
            "User:a Gains READ d",
            "User:a Gains DESCRIBE d",
            "User:a Gains CREATE a*",
            "User:a Gains CREATE b*",
            "User:b Gains CREATE a",
        ]
    );
}

#[test]
fn changed_is_what_only_one_of_two_has() {
    let of = |names: &str| -> Vec<Binding> {
        names.chars().map(|name| allow("User:a", &name.to_string(), Operation::Read)).collect()
    };
    for (before, after, expected) in [
        ("", "", ""),
        ("abc", "abc", ""),
        ("abc", "", "abc"),
        ("", "abc", "abc"),
        ("ac", "bd", "abcd"),
        ("bcd", "abd", "ac"),
        ("abd", "bcd", "ac"),
        ("aab", "ab", ""),
    ] {
        let (before, after) = (of(before), of(after));
        let found = changed(&sorted(&before), &sorted(&after));
        let names: String = found.iter().map(|binding| binding.resource_name.as_str()).collect();
        assert_eq!(names, expected);
    }
}
