//! Every principal that may do something with a resource, and by which binding.

use serde::Serialize;

use super::index::of_principal;
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
        let everyone = of_principal(&said, Principal::EVERYONE);
        let mut answers =
            self.answers(&Principal::from(Principal::EVERYONE), everyone, &[], question);
        let principals = || said.chunk_by(|a, b| a.principal == b.principal);
        let has =
            |said: &[&Binding], permission| said.iter().any(|b| b.permission_type == permission);
        for denied in principals().filter(|said| has(said, PermissionType::Deny)) {
            self.except(&mut answers, denied, everyone, question);
        }
        let mut super_users: Vec<&Principal> = self.assumptions.super_users.iter().collect();
        super_users.sort_unstable();
        super_users.dedup();
        answers.extend(
            super_users
                .into_iter()
                .map(|user| answer(user.clone(), Host::any(), Decision::new(Reason::SuperUser))),
        );
        let any_topic = question.by(Principal::EVERYONE, None).is_idempotent_write();
        let may = |said: &&[&Binding]| any_topic || has(said, PermissionType::Allow);
        for allowed in principals().filter(may) {
            let principal = &allowed[0].principal;
            if !principal.is_everyone() && !self.assumptions.is_super_user(principal) {
                answers.extend(self.answers(principal, allowed, everyone, question));
            }
        }
        answers
    }

    /// The bindings that speak of the resource and the operation, by principal.
    fn said(&self, request: &Request<'_>) -> Vec<&'a Binding> {
        let of_name = self.patterns.of_name(request.resource_type, request.name);
        let matching = of_name.flatten().filter(|b| operation_matches(b, request.operation));
        let mut said: Vec<&Binding> = matching.copied().collect();
        if request.is_idempotent_write() {
            said.extend(self.topic_writers());
        }
        // Those of each pattern are sorted already, and this sort makes use of it.
        said.sort_by(|a, b| a.principal.cmp(&b.principal));
        said
    }

    /// Walks from wide to narrow through the parts that hosts make, and answers where a part is
    /// not like the wider one.
    fn answers(
        &self,
        principal: &Principal,
        said: &[&'a Binding],
        everyone: &[&'a Binding],
        question: Question<'_>,
    ) -> Vec<WhoCan<'a>> {
        let hosts = || said.iter().chain(everyone).map(|binding| &binding.host);
        if hosts().all(Host::is_any) {
            let decision = self.decide(&question.by(principal, None));
            let answers = !is_said_by_everyone(principal, &decision) && decision.allowed;
            let host = || said.first().map_or_else(Host::any, |first| first.host.clone());
            let answer = || answer(principal.clone(), host(), decision);
            return answers.then(answer).into_iter().collect();
        }
        let parts = HostParts::new(hosts(), self.assumptions.cidr);
        let mut answers: Vec<WhoCan<'a>> = Vec::new();
        // WRITE on any topic alone may be denied from a range and allowed again inside it; then
        // only an answer of its own is not caught by the exception.
        let denied = said.iter().any(|binding| binding.permission_type == PermissionType::Deny);
        // Of each part, the answer that speaks for it, and whether some wider part is refused.
        let mut speaks: Vec<(Option<usize>, bool)> = Vec::with_capacity(parts.parts().len());
        for (at, part) in parts.parts().iter().enumerate() {
            let (wider, refused) = if at == 0 { (None, false) } else { speaks[part.parent] };
            if !parts.is_inhabited(at) {
                speaks.push((wider, refused));
                continue;
            }
            let decision = self.decide(&question.by(principal, part.client.as_deref()));
            let again = decision.any_topic && denied && refused;
            let host = part.host.clone();
            let speaker = match (decision.allowed, wider) {
                (true, None) if is_said_by_everyone(principal, &decision) && !again => None,
                (true, Some(wider)) => Some(wider),
                (true, None) => {
                    let like = |answer: &WhoCan<'_>| answer.reason == decision.reason && !again;
                    let same = answers.iter().position(like);
                    if let Some(same) = same {
                        answers[same].hosts.push(host);
                    } else {
                        answers.push(answer(principal.clone(), host, decision));
                    }
                    same.or(Some(answers.len() - 1))
                }
                (false, Some(wider)) => {
                    answers[wider].except.push(Exception { principal: principal.clone(), host });
                    None
                }
                (false, None) => None,
            };
            speaks.push((speaker, refused || !decision.allowed));
        }
        answers
    }

    /// Notes where everyone can and `principal`, whom DENYs name, cannot.
    fn except(
        &self,
        answers: &mut [WhoCan<'a>],
        said: &[&'a Binding],
        everyone: &[&'a Binding],
        question: Question<'_>,
    ) {
        let Some(principal) = said.first().map(|first| &first.principal) else { return };
        if answers.is_empty() {
            return;
        }
        let hosts = said.iter().chain(everyone).map(|binding| &binding.host);
        let parts = HostParts::new(hosts, self.assumptions.cidr);
        let mut excepted: Vec<bool> = Vec::with_capacity(parts.parts().len());
        for (at, part) in parts.parts().iter().enumerate() {
            let wider = at != 0 && excepted[part.parent];
            let client = part.client.as_deref();
            let can = |principal: &str| self.decide(&question.by(principal, client)).allowed;
            let news =
                !wider && parts.is_inhabited(at) && can(Principal::EVERYONE) && !can(principal);
            if news {
                let speaks = answers.iter_mut().find(|answer| {
                    let matches = |host| host_matches(host, client, self.assumptions.cidr);
                    answer.hosts.iter().any(matches)
                });
                if let Some(answer) = speaks {
                    let host = part.host.clone();
                    answer.except.push(Exception { principal: principal.clone(), host });
                }
            }
            excepted.push(wider || news);
        }
    }
}

/// What everyone's binding gives, or the default rule, everyone's answer says.
fn is_said_by_everyone(principal: &str, decision: &Decision<'_>) -> bool {
    principal != Principal::EVERYONE
        && decision.reason.binding().is_none_or(|b| b.principal.is_everyone())
}

fn answer(principal: Principal, host: Host, decision: Decision<'_>) -> WhoCan<'_> {
    WhoCan {
        principal,
        hosts: vec![host],
        except: Vec::new(),
        reason: decision.reason,
        any_topic: decision.any_topic,
    }
}

#[cfg(test)]
#[path = "who_can_tests.rs"]
mod tests;
