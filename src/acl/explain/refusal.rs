//! Why one request is allowed or refused, and what would change that.

use super::grant::smallest_grant;
use crate::acl::authorizer::{Assumptions, Decision, Request, matches, reference};
use crate::model::{Binding, PermissionType};

/// The answer to one question, with what stands in the way of a yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation<'a> {
    /// The answer.
    pub decision: Decision<'a>,
    /// Every DENY that refuses the request: all of them have to go before it can be allowed.
    pub denied_by: Vec<&'a Binding>,
    /// The smallest binding that would allow the request, the DENYs aside; absent where an ALLOW is
    /// already there, and where no binding can help.
    pub missing: Option<Binding>,
    /// The operation means nothing for the resource type: no broker ever asks this.
    pub meaningless: bool,
}

/// Decides, and finds what is missing.
pub fn explain<'a, I>(
    request: &Request<'_>,
    bindings: I,
    assumptions: &Assumptions,
) -> Explanation<'a>
where
    I: IntoIterator<Item = &'a Binding> + Clone,
{
    let decision = reference::decide(bindings.clone(), assumptions, request);
    let meaningless = !request.resource_type.supports(request.operation);
    if decision.allowed {
        return Explanation { decision, denied_by: Vec::new(), missing: None, meaningless };
    }
    let is_deny = |b: &&Binding| b.permission_type == PermissionType::Deny;
    let mut denied_by: Vec<&Binding> = bindings
        .clone()
        .into_iter()
        .filter(|b| is_deny(b) && matches(b, request, assumptions.cidr))
        .collect();
    denied_by.sort_unstable();
    denied_by.dedup();
    let has_allow =
        bindings.into_iter().any(|b| !is_deny(&b) && matches(b, request, assumptions.cidr));
    let missing = (!has_allow && !meaningless).then(|| smallest_grant(request)).flatten();
    Explanation { decision, denied_by, missing, meaningless }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::acl::authorizer::arbitrary::{assumptions, bindings, cases, request};

    proptest! {
        #![proptest_config(cases(3000))]

        #[test]
        fn without_the_denials_and_with_what_is_missing_the_answer_is_yes(
            bindings in bindings(10),
            assumptions in assumptions(),
            request in request(),
        ) {
            let explained = explain(&request, &bindings, &assumptions);
            let decide = |bindings: &[Binding]| {
                reference::authorize(bindings, &assumptions, &request).allowed
            };
            if explained.decision.allowed {
                prop_assert!(explained.denied_by.is_empty() && explained.missing.is_none());
            } else {
                let mut changed = bindings.clone();
                changed.extend(explained.missing.clone());
                prop_assert_eq!(decide(&changed), explained.denied_by.is_empty());
                changed.retain(|b| !explained.denied_by.contains(&b));
                prop_assert!(decide(&changed));
                for kept in &explained.denied_by {
                    let mut all_but_one = changed.clone();
                    all_but_one.push((*kept).clone());
                    prop_assert!(!decide(&all_but_one), "each DENY refuses alone");
                }
                if explained.missing.is_some() && explained.denied_by.is_empty() {
                    prop_assert!(!decide(&bindings), "it is missing");
                }
            }
        }
    }
}
