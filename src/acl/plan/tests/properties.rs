//! What holds of any plan.

use super::*;

fn any_binding() -> impl Strategy<Value = Binding> {
    let words = (
        prop::sample::select(vec!["User:a", "User:b", "User:*"]),
        prop::sample::select(vec![PermissionType::Allow, PermissionType::Deny]),
        prop::sample::select(vec![
            Operation::Read,
            Operation::Write,
            Operation::Describe,
            Operation::All,
        ]),
        prop::sample::select(vec!["x", "xy", "*"]),
        prop::bool::ANY,
        prop::sample::select(vec!["*", "10.0.0.1"]),
    );
    words.prop_map(|(principal, permission_type, operation, name, prefixed, host)| Binding {
        resource_type: ResourceType::Topic,
        resource_name: name.into(),
        pattern_type: if prefixed { PatternType::Prefixed } else { PatternType::Literal },
        principal: principal.into(),
        host: host.into(),
        operation,
        permission_type,
    })
}

fn some_bindings() -> impl Strategy<Value = Vec<Binding>> {
    prop::collection::vec(any_binding(), 0..12)
}

/// Every request that the bindings of these tests can tell apart.
fn decisions(bindings: &[Binding]) -> BTreeMap<String, bool> {
    let assumptions = Assumptions::default();
    let authorizer = Authorizer::new(bindings, &assumptions);
    let mut answers = BTreeMap::new();
    for principal in ["User:a", "User:b", "User:c"] {
        for host in [None, Some("10.0.0.1")] {
            for operation in [Operation::Read, Operation::Write, Operation::Describe] {
                for name in ["x", "xy", "xyz", "q", "*q"] {
                    let request = Request {
                        principal,
                        host,
                        operation,
                        resource_type: ResourceType::Topic,
                        name,
                    };
                    answers.insert(format!("{request:?}"), authorizer.decide(&request).allowed);
                }
            }
        }
    }
    answers
}

proptest! {
    #[test]
    fn applied_with_prune_in_the_whole_cluster_the_live_set_is_the_desired_one(
        wanted in some_bindings(), live in some_bindings()
    ) {
        let desired = desired(&[Some(Selector::default())], &wanted);
        let made = plan(&desired, &live, &prune());
        let after = made.applied_to(&live);
        let wanted: BTreeSet<Binding> = wanted.into_iter().collect();
        prop_assert_eq!(after.iter().cloned().collect::<BTreeSet<_>>(), wanted);
        prop_assert!(plan(&desired, &after, &prune()).in_sync());
    }

    #[test]
    fn nothing_outside_the_scope_is_deleted_and_nothing_desired(
        wanted in some_bindings(), live in some_bindings()
    ) {
        let scope = principals(&["User:a"]);
        let made = plan(&desired(&[Some(scope.clone())], &wanted), &live, &prune());
        for binding in &made.delete {
            prop_assert!(scope.covers(binding) && !wanted.contains(binding));
        }
        let counted = made.unchanged + made.delete.len() + made.not_managed;
        prop_assert_eq!(counted, live.iter().collect::<BTreeSet<_>>().len());
    }

    /// Whatever is cut short: after any number of single writes nothing is allowed that both
    /// ends refuse, and nothing refused that both allow.
    #[test]
    fn no_moment_in_between_grants_more_or_less_than_both_ends(
        wanted in some_bindings(), live in some_bindings()
    ) {
        let desired = desired(&[Some(Selector::default())], &wanted);
        let made = plan(&desired, &live, &prune());
        let (before, after) = (decisions(&live), decisions(&made.applied_to(&live)));
        let mut now: Vec<Binding> = live.clone();
        for phase in phases(&made, false) {
            for binding in phase.bindings {
                if phase.step.creates() {
                    now.push(binding.clone());
                } else {
                    now.retain(|other| other != binding);
                }
                for (request, allowed) in decisions(&now) {
                    if before[&request] == after[&request] {
                        prop_assert_eq!(allowed, before[&request], "{} in between", request);
                    }
                }
            }
        }
    }
}
