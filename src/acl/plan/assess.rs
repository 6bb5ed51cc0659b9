//! What a plan does: to access, to the files' own tests, to the guards.

use std::borrow::Cow;

use crate::acl::access::{self, AccessChange};
use crate::acl::assertions::{self, AssertionResult};
use crate::acl::authorizer::Assumptions;
use crate::acl::desired::Desired;
use crate::model::{Binding, Principal};

use super::guards::{self, Guard, GuardCode, GuardSettings, Situation};
use super::{Plan, principals_that_lose_all};

/// What a plan does.
#[derive(Debug, Clone)]
pub struct Assessment {
    /// Who gains and who loses what, by effective access before and after.
    pub access: Vec<AccessChange>,
    /// The assertions, judged on the state afterwards; empty when they were skipped.
    pub tests: Vec<TestOutcome>,
    /// The guards that speak, the failing tests among them.
    pub guards: Vec<Guard>,
    /// Principals that have bindings now and none afterwards.
    pub loses_all: Vec<Principal>,
}

/// An assertion and what became of it, without borrowed parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestOutcome {
    /// Index into [`Desired::tests`].
    pub index: usize,
    /// Whether it holds.
    pub passed: bool,
    /// The sentence that says what decided.
    pub reason: String,
    /// The binding that decided.
    pub binding: Option<Binding>,
}

impl Assessment {
    /// The guards that refuse the plan.
    pub fn refusals(&self) -> impl Iterator<Item = &Guard> {
        self.guards.iter().filter(|guard| !guard.overridden)
    }

    /// What the guards and the tests say, to be compared with what they said when a plan was saved.
    pub fn findings(&self) -> Vec<String> {
        let guards = self.guards.iter().map(|guard| {
            format!("{}: {}: {}", guard.code.word(), guard.message, guard.details.join("; "))
        });
        let tests = self.tests.iter().map(|test| {
            format!("test {}: {}", test.index, if test.passed { "passed" } else { "failed" })
        });
        guards.chain(tests).collect()
    }
}

/// Assesses `plan`, which was made of `desired` and `live`.
pub fn assess(
    plan: &Plan,
    desired: &Desired,
    live: &[Binding],
    assumptions: &Assumptions,
    settings: &GuardSettings,
) -> Assessment {
    let (after, access) = if plan.is_empty() {
        (Cow::Borrowed(live), Vec::new())
    } else {
        let after = plan.applied_to(live);
        let access = access::difference(live, &after, assumptions);
        (Cow::Owned(after), access)
    };
    let after: &[Binding] = &after;
    let tests = if settings.skip_tests {
        Vec::new()
    } else {
        assertions::run(&desired.tests, after, assumptions)
            .iter()
            .enumerate()
            // What others may do is as it was, whatever the files want.
            .filter(|(index, _)| {
                let of = &desired.tests[*index].principal;
                plan.principal.as_ref().is_none_or(|only| of == only)
            })
            .map(|(index, result)| outcome(index, result))
            .collect()
    };
    let mut guards = guards::guards(&Situation {
        plan,
        desired,
        live,
        after,
        access: &access,
        assumptions,
        settings,
    });
    let failed = tests.iter().filter(|test| !test.passed).count();
    if failed > 0 {
        guards.push(Guard {
            code: GuardCode::Tests,
            message: format!(
                "{failed} of {} tests fail on the state that the plan leads to",
                tests.len()
            ),
            details: Vec::new(),
            flag: "--skip-tests".to_owned(),
            overridden: false,
        });
    }
    Assessment { access, tests, guards, loses_all: principals_that_lose_all(plan, live) }
}

fn outcome(index: usize, result: &AssertionResult<'_>) -> TestOutcome {
    TestOutcome {
        index,
        passed: result.passed,
        reason: result.reason_sentence(),
        binding: result.decision.reason.binding().cloned(),
    }
}
