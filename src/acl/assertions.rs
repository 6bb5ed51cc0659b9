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
    /// Who this client is, where everyone was meant and it is one that bindings name.
    pub principal: Option<Principal>,
}

impl AssertionResult<'_> {
    /// What decided, and for which client: `denied by `…`, at 10.0.0.7`.
    pub fn reason_sentence(&self) -> String {
        let mut text = self.decision.to_string();
        if let Some(principal) = &self.principal {
            text.push_str(&format!(", for {}", visible(principal)));
        }
        if let Some(host) = &self.host {
            text.push_str(&format!(", at {}", visible(host)));
        }
        text
    }
}

/// Bindings arranged for assertions.
#[derive(Debug)]
pub struct Assertions<'a> {
    authorizer: Authorizer<'a>,
    /// The principals that bindings name, with the hosts of their bindings.
    named: BTreeMap<&'a str, (&'a Principal, BTreeSet<&'a Host>)>,
}

/// Runs each assertion, in order.
pub fn run<'a>(
    assertions: &'a [Assertion],
    bindings: impl IntoIterator<Item = &'a Binding>,
    assumptions: &Assumptions,
) -> Vec<AssertionResult<'a>> {
    // To arrange the bindings takes longer than all else that is done with a plan of nothing.
    if assertions.is_empty() {
        return Vec::new();
    }
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
        let mut named: BTreeMap<&str, (&Principal, BTreeSet<&Host>)> = BTreeMap::new();
        let note = |binding: &&'a Binding| {
            let (principal, host) = (&binding.principal, &binding.host);
            named.entry(principal).or_insert((principal, BTreeSet::new())).1.insert(host);
        };
        let authorizer = Authorizer::new(bindings.into_iter().inspect(note), assumptions);
        Self { authorizer, named }
    }

    /// Without a host, `can` must hold for a client whose address only `*` matches, and `cannot`
    /// for every client. Of `User:*`, `can` must hold for a principal that no binding names, and `cannot` for
    /// everyone but super users.
    pub fn check(&self, assertion: &'a Assertion) -> AssertionResult<'a> {
        let mut first = self.check_for(assertion, &assertion.principal);
        for principal in self.everyone(assertion) {
            if !first.passed {
                break;
            }
            let result = self.check_for(assertion, principal);
            if !result.passed {
                first = AssertionResult { principal: Some(principal.clone()), ..result };
            }
        }
        first
    }

    /// The principals besides its own for whom an assertion must hold.
    fn everyone(&self, assertion: &Assertion) -> Vec<&'a Principal> {
        if assertion.allowed || !assertion.principal.is_everyone() {
            return Vec::new();
        }
        let super_users = &self.authorizer.assumptions().super_users;
        let meant = |one: &&Principal| !one.is_everyone() && !super_users.contains(one);
        self.named.values().map(|(principal, _)| *principal).filter(meant).collect()
    }

    fn check_for(&self, assertion: &'a Assertion, principal: &Principal) -> AssertionResult<'a> {
        let mut first = None;
        let parts = self.parts(assertion, principal);
        let result = |host: Option<Host>, client: Option<&str>| {
            let decision = self.authorizer.decide(&request(assertion, principal, client));
            let passed = decision.allowed == assertion.allowed;
            AssertionResult { assertion, passed, decision, host, principal: None }
        };
        for (host, client) in clients(assertion, &parts) {
            let result = result(Some(host.clone()).filter(|host| !host.is_any()), client);
            if !result.passed {
                return result;
            }
            first = first.or(Some(result));
        }
        first.unwrap_or_else(|| result(None, None))
    }

    /// The bindings that take part in the decisions on an assertion.
    fn touched(&self, assertion: &Assertion) -> BTreeSet<&'a Binding> {
        let mut touched = BTreeSet::new();
        for principal in std::iter::once(&assertion.principal).chain(self.everyone(assertion)) {
            for (_, client) in clients(assertion, &self.parts(assertion, principal)) {
                let request = request(assertion, principal, client);
                touched.extend(self.authorizer.matching(&request));
                touched.extend(self.authorizer.decide(&request).reason.binding());
            }
        }
        touched
    }

    /// All clients, divided by the hosts of the bindings that may speak of the principal.
    fn parts(&self, assertion: &Assertion, principal: &Principal) -> HostParts {
        let of = |principal: &str| {
            self.named.get(principal).into_iter().flat_map(|(_, hosts)| hosts).copied()
        };
        let hosts = of(principal).chain(of(Principal::EVERYONE));
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

impl Assertion {
    /// What is asked, as it is written.
    pub fn request(&self) -> Request<'_> {
        request(self, &self.principal, self.host.as_deref())
    }
}

fn request<'r>(
    assertion: &'r Assertion,
    principal: &'r Principal,
    host: Option<&'r str>,
) -> Request<'r> {
    Request {
        principal,
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
    fn nobody_means_everyone_that_bindings_name_and_one_that_none_names() {
        use PermissionType::{Allow, Deny};
        let check = |bindings: &[Binding], allowed| {
            let test = [assertion("User:*", None, allowed)];
            let super_users = vec!["User:root".into()];
            let assumptions = Assumptions { super_users, ..Assumptions::default() };
            let result = run(&test, bindings, &assumptions).remove(0);
            (result.passed, result.principal.map(|who| who.to_string()))
        };
        let one = [binding("User:tt", "*", Operation::Read, Allow)];
        assert_eq!(check(&one, false), (false, Some("User:tt".to_owned())));
        assert_eq!(check(&one, true), (false, None), "one that no binding names cannot");
        let root = [binding("User:root", "*", Operation::Read, Allow)];
        assert_eq!(check(&root, false), (true, None), "who may do everything is not meant");
        let all = [binding("User:*", "*", Operation::Read, Allow)];
        assert_eq!(check(&all, false), (false, None));
        assert_eq!(check(&all, true), (true, None));
        let denied = [one[0].clone(), binding("User:*", "*", Operation::Read, Deny)];
        assert_eq!(check(&denied, false), (true, None));
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
