//! stub
use crate::acl::authorizer::Assumptions;
use crate::acl::desired::Assertion;
use crate::model::Binding;
pub struct AssertionResult<'a> { pub passed: bool, pub a: &'a Assertion }
impl AssertionResult<'_> { pub fn reason_sentence(&self) -> String { String::new() } }
pub fn run<'a>(tests: &'a [Assertion], _: &[Binding], _: &Assumptions) -> Vec<AssertionResult<'a>> { tests.iter().map(|a| AssertionResult{passed:true,a}).collect() }
