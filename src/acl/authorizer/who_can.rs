//! Every principal that may do something with a resource, and by which binding.

use std::collections::BTreeMap;

use serde::Serialize;

use super::rules::{host_matches, operation_matches};
use super::{Authorizer, Decision, HostParts, Reason, Request};
use crate::model::{Binding, Host, Operation, PermissionType, Principal, ResourceType};

/// One answer: who, from where, by which binding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhoCan<'a> {
    /// Who; `User:*` is everyone, save the exceptions.
    pub principal: Principal,
    /// From where: `*`, or the addresses and ranges, if only from there.
    pub hosts: Vec<Host>,
    /// Whom and where a DENY takes out of this answer.
    pub except: Vec<Exception>,
    /// Why: an ALLOW, a super user, or the default rule.
    pub reason: Reason<'a>,
    /// It is IDEMPOTENT_WRITE, by WRITE on any topic.
    pub any_topic: bool,
}

/// Someone who may not, or may not from somewhere, although the answer sounds like it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Exception {
    /// The principal of the answer itself, or for `User:*` another.
    pub principal: Principal,
    /// `*`, an address or a range.
    pub host: Host,
}

/// What is asked of every principal.
#[derive(Clone, Copy)]
struct Question<'q> {
    operation: Operation,
    resource_type: ResourceType,
    name: &'q str,
}

impl<'q> Question<'q> {
    fn by<'x>(self, principal: &'x str, host: Option<&'x str>) -> Request<'x>
    where
        'q: 'x,
    {
        let Self { operation, resource_type, name } = self;
        Request { principal, host, operation, resource_type, name }
    }
}

/// What bindings say of one principal, before it is known what they come to.
#[derive(Default)]
struct Said<'a> {
    hosts: Vec<&'a Host>,
    allows: bool,
    denies: bool,
}

impl<'a> Authorizer<'a> {
    /// Everyone who may do `operation` on the resource: `User:*` first, then super users, then the
    /// others by name. Beside `User:*`, a principal is listed
    /// where a binding of its own decides. For IDEMPOTENT_WRITE on the cluster those who can write to any topic are included.
    pub fn who_can(
        &self,
        operation: Operation,
        resource_type: ResourceType,
        name: &str,
    ) -> Vec<WhoCan<'a>> {
        let question = Question { operation, resource_type, name };
        let said = self.said(&question.by(Principal::EVERYONE, None));
        let nobody = Said::default();
        let everyone = said.get(Principal::EVERYONE).unwrap_or(&nobody);
        let mut answers = self.answers(Principal::EVERYONE, everyone, &nobody, question);
        for (principal, denied) in said.iter().filter(|(_, said)| said.denies) {
            self.except(&mut answers, principal, denied, everyone, question);
        }
        let mut super_users: Vec<&Principal> = self.assumptions.super_users.iter().collect();
        super_users.sort_unstable();
        super_users.dedup();
        answers.extend(
            super_users
                .into_iter()
                .map(|user| answer(user, Host::any(), Decision::new(Reason::SuperUser))),
        );
        for (principal, said) in &said {
            let named = *principal != Principal::EVERYONE && said.allows;
            if named && !self.assumptions.is_super_user(principal) {
                answers.extend(self.answers(principal, said, everyone, question));
            }
        }
        answers
    }

    /// By principal, what the bindings say that speak of the resource and the operation.
    fn said(&self, request: &Request<'_>) -> BTreeMap<&'a str, Said<'a>> {
        let mut said: BTreeMap<&str, Said<'_>> = BTreeMap::new();
        let mut note = |binding: &'a Binding| {
            let said = said.entry(binding.principal.as_str()).or_default();
            said.hosts.push(&binding.host);
            said.allows |= binding.permission_type == PermissionType::Allow;
            said.denies |= binding.permission_type == PermissionType::Deny;
        };
        let of_name = self.patterns.of_name(request.resource_type, request.name);
        let matching = of_name.flatten().filter(|b| operation_matches(b, request.operation));
        matching.for_each(|binding| note(binding));
        if request.is_idempotent_write() {
            self.topic_writers().iter().for_each(|binding| note(binding));
        }
        said
    }

    /// Walks from wide to narrow through the parts that hosts make, and answers where a part is
    /// not like the wider one.
    fn answers(
        &self,
        principal: &str,
        said: &Said<'_>,
        everyone: &Said<'_>,
        question: Question<'_>,
    ) -> Vec<WhoCan<'a>> {
        let hosts = said.hosts.iter().chain(&everyone.hosts).copied();
        let parts = HostParts::new(hosts, self.assumptions.cidr);
        let mut answers: Vec<WhoCan<'a>> = Vec::new();
        // Of each part, the answer that speaks for it.
        let mut speaks: Vec<Option<usize>> = Vec::with_capacity(parts.parts().len());
        for (at, part) in parts.parts().iter().enumerate() {
            let wider = if at == 0 { None } else { speaks[part.parent] };
            if !parts.is_inhabited(at) {
                speaks.push(wider);
                continue;
            }
            let decision = self.decide(&question.by(principal, part.client.as_deref()));
            // What everyone's binding gives, everyone's answer says.
            let elsewhere = principal != Principal::EVERYONE
                && decision.reason.binding().is_some_and(|b| b.principal.is_everyone());
            speaks.push(match (decision.allowed, wider) {
                (true, None) if elsewhere => None,
                (false, Some(wider)) => {
                    let except = Exception { principal: principal.into(), host: part.host.clone() };
                    answers[wider].except.push(except);
                    None
                }
                (false, None) => None,
                (true, Some(wider)) => Some(wider),
                (true, None) => {
                    let same = answers.iter().position(|answer| answer.reason == decision.reason);
                    match same {
                        Some(same) => answers[same].hosts.push(part.host.clone()),
                        None => answers.push(answer(principal, part.host.clone(), decision)),
                    }
                    same.or(Some(answers.len() - 1))
                }
            });
        }
        answers
    }

    /// Notes where everyone can and `principal`, whom DENYs name, cannot.
    fn except(
        &self,
        answers: &mut [WhoCan<'a>],
        principal: &str,
        said: &Said<'_>,
        everyone: &Said<'_>,
        question: Question<'_>,
    ) {
        if answers.is_empty() || principal == Principal::EVERYONE {
            return;
        }
        let hosts = said.hosts.iter().chain(&everyone.hosts).copied();
        let parts = HostParts::new(hosts, self.assumptions.cidr);
        let mut excepted: Vec<bool> = Vec::with_capacity(parts.parts().len());
        for (at, part) in parts.parts().iter().enumerate() {
            let wider = at != 0 && excepted[part.parent];
            let client = part.client.as_deref();
            let can = |principal| self.decide(&question.by(principal, client)).allowed;
            let news =
                !wider && parts.is_inhabited(at) && can(Principal::EVERYONE) && !can(principal);
            if news {
                let speaks = answers.iter_mut().find(|answer| {
                    let matches = |host| host_matches(host, client, self.assumptions.cidr);
                    answer.hosts.iter().any(matches)
                });
                if let Some(answer) = speaks {
                    let host = part.host.clone();
                    answer.except.push(Exception { principal: principal.into(), host });
                }
            }
            excepted.push(wider || news);
        }
    }
}

fn answer<'a>(principal: &str, host: Host, decision: Decision<'a>) -> WhoCan<'a> {
    WhoCan {
        principal: principal.into(),
        hosts: vec![host],
        except: Vec::new(),
        reason: decision.reason,
        any_topic: decision.any_topic,
    }
}

#[cfg(test)]
#[path = "who_can_tests.rs"]
mod tests;
