//! Running the `tests:` of ACL files against bindings, and what of the files no test touches.

use std::collections::{BTreeMap, BTreeSet};

use super::authorizer::{Assumptions, Authorizer, Decision, HostParts, Request, host_matches};
use super::desired::{Assertion, Desired, Place};
use crate::model::{Binding, Host, HostKind, Principal, visible};

/// How one assertion came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssertionResult<'a> {
    /// What was asserted.
    pub assertion: &'a Assertion,
    /// Whether it holds.
    pub passed: bool,
    /// The decision, at the first client where the assertion fails; at the first asked when it holds.
    pub decision: Decision<'a>,
    /// The address or range that this client stands for; `None` is a client whose address only `*`
    /// matches.
    pub host: Option<Host>,
}

impl AssertionResult<'_> {
    /// What decided, and for which client: `denied by `…`, at 10.0.0.7`.
    pub fn reason_sentence(&self) -> String {
        match &self.host {
            Some(host) => format!("{}, at {}", self.decision, visible(host)),
            None => self.decision.to_string(),
        }
    }
}

/// Bindings arranged for assertions.
#[derive(Debug)]
pub struct Assertions<'a> {
    authorizer: Authorizer<'a>,
    /// The hosts of each principal's bindings.
    hosts: BTreeMap<&'a str, BTreeSet<&'a Host>>,
}

/// Runs each assertion, in order.
pub fn run<'a>(
    assertions: &'a [Assertion],
    bindings: impl IntoIterator<Item = &'a Binding>,
    assumptions: &Assumptions,
) -> Vec<AssertionResult<'a>> {
    let arranged = Assertions::new(bindings, assumptions);
    assertions.iter().map(|assertion| arranged.check(assertion)).collect()
}

/// A rule, or an entry of `bindings:`, none of whose bindings takes part in the decision on any test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untouched<'a> {
    /// Where it is written.
    pub place: Place,
    /// What it wants.
    pub bindings: Vec<&'a Binding>,
}

/// What no test touches, in the order of the files.
pub fn untouched<'a>(desired: &'a Desired, assumptions: &Assumptions) -> Vec<Untouched<'a>> {
    let arranged = Assertions::new(desired.binding_set(), assumptions);
    let touched: BTreeSet<&Binding> =
        desired.tests.iter().flat_map(|test| arranged.touched(test)).collect();
    let mut entries: BTreeMap<Place, (bool, Vec<&Binding>)> = BTreeMap::new();
    for (binding, places) in &desired.bindings {
        // Inside a rule each part has a place of its own.
        let mut wanted: Vec<Place> = places.iter().map(|at| entry_of(desired, *at)).collect();
        wanted.dedup();
        for place in wanted {
            let (is_touched, bindings) = entries.entry(place).or_default();
            *is_touched |= touched.contains(binding);
            bindings.push(binding);
        }
    }
    let untouched = entries.into_iter().filter(|(_, (is_touched, _))| !is_touched);
    untouched.map(|(place, (_, bindings))| Untouched { place, bindings }).collect()
}

/// The place of the rule around a place.
fn entry_of(desired: &Desired, place: Place) -> Place {
    let document = desired.documents.get(place.document as usize);
    let rule = document.zip(place.rule).and_then(|(document, at)| document.rules.get(at as usize));
    rule.copied().unwrap_or(place)
}

impl<'a> Assertions<'a> {
    /// Arranges the bindings.
    pub fn new(bindings: impl IntoIterator<Item = &'a Binding>, assumptions: &Assumptions) -> Self {
        let mut hosts: BTreeMap<&str, BTreeSet<&Host>> = BTreeMap::new();
        let note = |binding: &&'a Binding| {
            hosts.entry(&binding.principal).or_default().insert(&binding.host);
        };
        let authorizer = Authorizer::new(bindings.into_iter().inspect(note), assumptions);
        Self { authorizer, hosts }
    }

    /// Without a host, `can` must hold for a client whose address only `*` matches, and `cannot`
    /// for every client.
    pub fn check(&self, assertion: &'a Assertion) -> AssertionResult<'a> {
        let mut first = None;
        let parts = self.parts(assertion);
        for (host, client) in clients(assertion, &parts) {
            let decision = self.authorizer.decide(&request(assertion, client));
            let passed = decision.allowed == assertion.allowed;
            let host = Some(host.clone()).filter(|host| !host.is_any());
            let result = AssertionResult { assertion, passed, decision, host };
            if !passed {
                return result;
            }
            first = first.or(Some(result));
        }
        first.unwrap_or_else(|| {
            let decision = self.authorizer.decide(&request(assertion, None));
            let passed = decision.allowed == assertion.allowed;
            AssertionResult { assertion, passed, decision, host: None }
        })
    }

    /// The bindings that take part in the decisions on an assertion.
    fn touched(&self, assertion: &Assertion) -> BTreeSet<&'a Binding> {
        let mut touched = BTreeSet::new();
        for (_, client) in clients(assertion, &self.parts(assertion)) {
            let request = request(assertion, client);
            touched.extend(self.authorizer.matching(&request));
            touched.extend(self.authorizer.decide(&request).reason.binding());
        }
        touched
    }

    /// All clients, divided by the hosts of the bindings that may speak of the principal.
    fn parts(&self, assertion: &Assertion) -> HostParts {
        let of = |principal: &str| self.hosts.get(principal).into_iter().flatten().copied();
        let hosts = of(&assertion.principal).chain(of(Principal::EVERYONE));
        let range = assertion.host.as_ref().filter(|h| h.is_range());
        let cidr = self.authorizer.assumptions().cidr || range.is_some();
        HostParts::new(hosts.chain(range), cidr)
    }
}

/// The clients for which an assertion must hold, with what each stands for.
fn clients<'p>(assertion: &'p Assertion, parts: &'p HostParts) -> Vec<(&'p Host, Option<&'p str>)> {
    let everywhere = || parts.clients().collect::<Vec<_>>();
    let elsewhere = || parts.clients().take(1).collect::<Vec<_>>();
    match &assertion.host {
        None if assertion.allowed => elsewhere(),
        None => everywhere(),
        Some(host) => match host.kind() {
            HostKind::Any => elsewhere(),
            HostKind::Range(..) => {
                let inside = |client: &(&Host, Option<&str>)| host_matches(host, client.1, true);
                everywhere().into_iter().filter(inside).collect()
            }
            HostKind::Address(_) | HostKind::Inert => vec![(host, Some(host.as_str()))],
        },
    }
}

fn request<'r>(assertion: &'r Assertion, host: Option<&'r str>) -> Request<'r> {
    Request {
        principal: &assertion.principal,
        host,
        operation: assertion.operation,
        resource_type: assertion.resource_type,
        name: &assertion.resource_name,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::acl::authorizer::Reason;
    use crate::acl::desired::Document;
    use crate::model::{Operation, PatternType, PermissionType, ResourceType};

    fn binding(
        principal: &str,
        host: &str,
        operation: Operation,
        permission: PermissionType,
    ) -> Binding {
        Binding {
            resource_type: ResourceType::Topic,
            resource_name: "t".into(),
            pattern_type: PatternType::Literal,
            principal: principal.into(),
            host: host.into(),
            operation,
            permission_type: permission,
        }
    }

    fn assertion(principal: &str, host: Option<&str>, allowed: bool) -> Assertion {
        Assertion {
            principal: principal.into(),
            host: host.map(Host::from),
            allowed,
            operation: Operation::Read,
            resource_type: ResourceType::Topic,
            resource_name: "t".into(),
            place: Place { document: 0, line: 1, column: 1, rule: None, bundled: false },
        }
    }

    fn check(bindings: &[Binding], assertion: &Assertion, cidr: bool) -> (bool, Option<String>) {
        let assumptions = Assumptions { cidr, ..Assumptions::default() };
        let result = run(std::slice::from_ref(assertion), bindings, &assumptions).remove(0);
        (result.passed, result.host.map(|host| host.to_string()))
    }

    #[test]
    fn can_needs_an_address_that_only_the_star_matches_and_cannot_every_address() {
        use PermissionType::{Allow, Deny};
        let (can, cannot) = (assertion("User:a", None, true), assertion("User:a", None, false));
        let one = [binding("User:a", "10.0.0.7", Operation::Read, Allow)];
        assert_eq!(check(&one, &can, true), (false, None));
        assert_eq!(check(&one, &cannot, true), (false, Some("10.0.0.7".to_owned())));
        let any = [
            binding("User:a", "*", Operation::Read, Allow),
            binding("User:*", "10.0.0.7", Operation::All, Deny),
        ];
        assert_eq!(check(&any, &can, true), (true, None));
        assert_eq!(check(&any, &cannot, true), (false, None));
        let at = assertion("User:a", Some("10.0.0.7"), true);
        assert_eq!(check(&any, &at, true), (false, Some("10.0.0.7".to_owned())));
        let other = [binding("User:b", "*", Operation::Read, Allow)];
        assert_eq!(check(&other, &cannot, true), (true, None));
        let everyone = [binding("User:*", "10.0.0.7", Operation::Read, Allow)];
        assert_eq!(check(&everyone, &cannot, true), (false, Some("10.0.0.7".to_owned())));
    }

    #[test]
    fn a_gap_inside_a_range_is_found() {
        use PermissionType::{Allow, Deny};
        let bindings = [
            binding("User:a", "10.0.0.0/8", Operation::Read, Allow),
            binding("User:a", "10.1.0.0/16", Operation::Read, Deny),
            binding("User:*", "10.1.2.0/24", Operation::Read, Deny),
        ];
        let cannot = assertion("User:a", None, false);
        assert_eq!(check(&bindings, &cannot, true), (false, Some("10.0.0.0/8".to_owned())));
        assert_eq!(check(&bindings, &cannot, false), (true, None));
        let inside = assertion("User:a", Some("10.1.0.0/16"), false);
        assert_eq!(check(&bindings, &inside, true), (true, Some("10.1.0.0/16".to_owned())));
        let elsewhere = assertion("User:a", Some("10.5.0.0/16"), true);
        assert_eq!(check(&bindings, &elsewhere, true), (true, Some("10.5.0.0/16".to_owned())));
        let whole = assertion("User:a", Some("10.0.0.0/8"), true);
        assert_eq!(check(&bindings, &whole, true), (false, Some("10.1.0.0/16".to_owned())));
        let inert = assertion("User:a", Some("10.0.0.0/8"), false);
        assert!(check(&bindings, &inert, false).0);
    }

    #[test]
    fn a_range_without_any_client_is_asked_for_as_where_only_the_star_matches() {
        // Clients of IPv4-mapped addresses appear as IPv4.
        let mapped = Some("::ffff:10.0.0.0/104");
        let (can, cannot) = (assertion("User:a", mapped, true), assertion("User:a", mapped, false));
        let everywhere = [binding("User:a", "*", Operation::Read, PermissionType::Allow)];
        assert_eq!(check(&everywhere, &can, true), (true, None));
        assert_eq!(check(&everywhere, &cannot, true), (false, None));
        assert_eq!(check(&[], &cannot, true), (true, None));
    }

    #[test]
    fn a_failing_assertion_names_the_binding_that_decided() {
        let bindings = [binding("User:*", "*", Operation::All, PermissionType::Deny)];
        let tests = [assertion("User:a", None, true)];
        let result = &run(&tests, &bindings, &Assumptions::default())[0];
        assert_eq!(result.decision.reason, Reason::Deny(&bindings[0]));
        assert_eq!(result.reason_sentence(), "denied by `User:* DENY ALL on topic:t`");
    }

    #[test]
    fn what_no_test_touches() {
        let place =
            |line, rule| Place { document: 0, line, column: 3, rule: Some(rule), bundled: false };
        let mut desired = Desired {
            documents: vec![Document {
                file: Arc::from("a.yaml"),
                owner: None,
                scope: None,
                rules: vec![place(1, 0), place(4, 1), place(7, 2)],
            }],
            tests: vec![assertion("User:a", None, true)],
            ..Desired::default()
        };
        let mut want = |principal: &str, operation, places: &[Place]| {
            let binding = binding(principal, "*", operation, PermissionType::Allow);
            desired.bindings.insert(binding, places.to_vec());
        };
        want("User:a", Operation::Read, &[place(2, 0)]);
        want("User:a", Operation::Write, &[place(5, 1), place(6, 1)]);
        want("User:*", Operation::All, &[place(8, 2)]);
        let verbatim = Place { rule: None, ..place(12, 0) };
        want("User:b", Operation::Read, &[place(2, 0), verbatim]);
        let untouched = untouched(&desired, &Assumptions::default());
        let told: Vec<_> = untouched.iter().map(|one| (one.place, one.bindings.len())).collect();
        assert_eq!(told, [(place(4, 1), 1), (verbatim, 1)]);
        // WRITE on any topic decides on an idempotent write.
        desired.tests[0] = Assertion {
            operation: Operation::IdempotentWrite,
            resource_type: ResourceType::Cluster,
            resource_name: crate::model::CLUSTER_NAME.into(),
            ..assertion("User:a", None, true)
        };
        let untouched = self::untouched(&desired, &Assumptions::default());
        let told: Vec<_> = untouched.iter().map(|one| (one.place, one.bindings.len())).collect();
        assert_eq!(told, [(place(1, 0), 2), (place(4, 1), 1), (verbatim, 1)]);
    }
}
