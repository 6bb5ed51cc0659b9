//! From the body of a rule to what it wants: variables put in, verbs and roles expanded.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::body::{Entry, Item, RoleUse, What};
use super::connect;
use super::names::{Interner, NameText, Resolver, check_meaning};
use super::roles::{Role, Roles};
use super::verbs::{self, Grant, Pattern};
use crate::model::{CLUSTER_NAME, Operation, PermissionType, ResourceType};
use crate::yaml::mistakes::{At, Mistakes, shown};
use crate::yaml::read::LEVELS;
use crate::yaml::text::{Env, Outside, Param, Text, Vars};

/// Bindings that the files of a run may expand to, repeated ones counted each time.
pub(super) const BINDINGS: usize = 2_000_000;

/// What a rule wants for each of its principals and hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Where the rule asks for it.
    pub at: At,
    /// A verb or a role asks, for more than this.
    pub bundled: bool,
    pub permission: PermissionType,
    pub grant: Grant,
}

/// How far roles are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// To the end.
    Full,
    /// Into no role: the body of a role is being checked, with its parameters unknown.
    Check,
    /// To the end, with the parameters of the outermost role unknown.
    Describe,
}

/// Everything that expanding needs besides the body.
pub(super) struct Expander<'e, 't> {
    pub outside: &'e Outside<'e>,
    pub interner: &'e Interner,
    pub cidr: bool,
    pub roles: &'e Roles<'t>,
    /// The variables of each document.
    pub vars: &'e [Vars<'t>],
    /// The files' names, for messages.
    pub files: &'e [&'e str],
    left: Cell<usize>,
    /// Roles without parameters, expanded once.
    cache: RefCell<HashMap<usize, Rc<[Wanted]>>>,
}

/// The roles being expanded, outermost first.
type Stack = Vec<usize>;

impl<'e, 't> Expander<'e, 't> {
    pub fn new(
        outside: &'e Outside<'e>,
        interner: &'e Interner,
        cidr: bool,
        roles: &'e Roles<'t>,
        vars: &'e [Vars<'t>],
        files: &'e [&'e str],
    ) -> Self {
        let (left, cache) = (Cell::new(BINDINGS), RefCell::default());
        Self { outside, interner, cidr, roles, vars, files, left, cache }
    }

    fn mistakes(&self) -> &'e Mistakes {
        self.outside.mistakes
    }

    /// What `${…}` means in a document, outside of roles.
    pub fn resolver(&self, document: usize) -> Resolver<'_, 't> {
        self.resolver_with(document, &[])
    }

    fn resolver_with<'s>(&'s self, document: usize, params: &'s [Param<'s>]) -> Resolver<'s, 't> {
        let env = Env { outside: self.outside, vars: &self.vars[document], params };
        Resolver { env, interner: self.interner, cidr: self.cidr }
    }

    /// Takes `count` from what may still be produced; once that is all, nothing more is.
    pub fn spend(&self, at: At, count: usize) -> bool {
        if let Some(left) = self.left.get().checked_sub(count) {
            self.left.set(left);
            return true;
        }
        if self.left.replace(0) > 0 {
            let message = "with this the files ask for more than 2,000,000 bindings";
            let hint = "a list in each of principal, host, resource and operation multiplies; use prefixes, or split the files";
            self.mistakes().add_hint(at, message, hint);
        }
        false
    }

    /// Expands the items of a rule of a document.
    pub fn rule(&self, items: &[Item<'t>], document: usize) -> Vec<Wanted> {
        let mut out = Vec::new();
        let resolver = self.resolver(document);
        self.items(items, &resolver, Mode::Full, &mut Vec::new(), &mut out);
        out
    }

    /// Reports what is wrong in a role whoever uses it, and parameters that it does not use.
    pub fn check_role(&self, role: &Role<'t>) {
        let before = self.mistakes().total();
        let params: Vec<Param<'_>> =
            role.params.iter().map(|name| param(name.raw, Rc::from("x"))).collect();
        let resolver = self.resolver_with(role.document, &params);
        self.items(&role.items, &resolver, Mode::Check, &mut Vec::new(), &mut Vec::new());
        if self.mistakes().total() > before {
            role.bad.set(true);
        }
        if role.bad.get() {
            return;
        }
        for (param, text) in params.iter().zip(&role.params) {
            if !param.used.get() {
                let message = format!("the parameter `{}` is never used", text.raw);
                let hint = format!("use it as `${{{}}}`, or remove it", text.raw);
                self.mistakes().add_hint(text.at, message, hint);
                role.bad.set(true);
            }
        }
    }

    /// What a role expands to, its parameters standing for themselves.
    pub fn describe(&self, index: usize) -> Vec<Wanted> {
        let role = &self.roles.list[index];
        let params: Vec<Param<'_>> = role
            .params
            .iter()
            .map(|name| Param {
                open: true,
                ..param(name.raw, Rc::from(format!("${{{}}}", name.raw)))
            })
            .collect();
        let resolver = self.resolver_with(role.document, &params);
        let mut out = Vec::new();
        self.items(&role.items, &resolver, Mode::Describe, &mut vec![index], &mut out);
        out
    }

    fn items(
        &self,
        items: &[Item<'t>],
        resolver: &Resolver<'_, 't>,
        mode: Mode,
        stack: &mut Stack,
        out: &mut Vec<Wanted>,
    ) {
        for item in items {
            let start = out.len();
            match &item.what {
                What::Role(role) => self.role(role, resolver, mode, stack, out),
                What::Entry(entry) => self.entry(item.at, entry, resolver, mode, out),
                verb => {
                    let grants = verb_grants(verb, resolver, mode);
                    out.extend(grants.into_iter().map(|grant| Wanted {
                        at: item.at,
                        bundled: true,
                        permission: PermissionType::Allow,
                        grant,
                    }));
                }
            }
            for wanted in &mut out[start..] {
                wanted.at = item.at;
                wanted.bundled = !matches!(item.what, What::Entry(_));
            }
            if mode != Mode::Check && !self.spend(item.at, out.len() - start) {
                out.truncate(start);
                return;
            }
        }
    }

    fn role(
        &self,
        used: &RoleUse<'t>,
        resolver: &Resolver<'_, 't>,
        mode: Mode,
        stack: &mut Stack,
        out: &mut Vec<Wanted>,
    ) {
        let unknown = mode != Mode::Full && resolver.env.has_param(used.name);
        let index = if unknown { None } else { self.find(used.name, resolver) };
        let values: Vec<_> = used
            .params
            .iter()
            .map(|(name, value)| {
                (*name, (*value).and_then(|v| Some((v.at, resolver.env.fill(v)?))))
            })
            .collect();
        let Some(index) = index else { return };
        let role = &self.roles.list[index];
        let mut complete = self.check_params(used, role);
        let mut params = Vec::with_capacity(values.len());
        for (name, value) in &values {
            let Some((at, value)) = value else {
                complete = false;
                continue;
            };
            if value.text.contains('*') {
                let message = format!(
                    "the value of `{}` brings a `*` into the names of the role",
                    shown(name.raw)
                );
                let hint = "a `*` is read only where the file itself has it: write it in the role, behind the reference";
                self.mistakes().add_hint(*at, message, hint);
                complete = false;
            }
            params.push(param(name.raw, Rc::from(&*value.text)));
        }
        if complete && mode != Mode::Check && !role.bad.get() {
            self.body(index, used.name.at, &params, mode, stack, out);
        }
    }

    /// Expands the body of a role for one use of it.
    fn body(
        &self,
        index: usize,
        at: At,
        params: &[Param<'_>],
        mode: Mode,
        stack: &mut Stack,
        out: &mut Vec<Wanted>,
    ) {
        let role = &self.roles.list[index];
        if let Some(known) = self.cache.borrow().get(&index) {
            if self.spend(at, 1) {
                out.extend(known.iter().cloned());
            }
            return;
        }
        if stack.contains(&index) || stack.len() >= LEVELS {
            let name = shown(role.name.raw);
            let message = if stack.contains(&index) {
                format!("the role `{name}` uses itself")
            } else {
                format!("roles use one another more than {LEVELS} deep, down to `{name}`")
            };
            self.mistakes().add(at, message);
            return;
        }
        if !self.spend(at, 1) {
            return;
        }
        stack.push(index);
        let outer = (stack.len() == 1).then(|| {
            let file = self.files.get(at.file as usize).copied().unwrap_or_default();
            let name = shown(role.name.raw);
            let context =
                format!(" (for the use of the role `{name}` at {}:{})", shown(file), at.line);
            self.mistakes().set_context(context)
        });
        let resolver = self.resolver_with(role.document, params);
        let start = out.len();
        let before = self.mistakes().total();
        self.items(&role.items, &resolver, mode, stack, out);
        if role.params.is_empty() && self.mistakes().total() == before {
            self.cache.borrow_mut().insert(index, out[start..].into());
        }
        if let Some(outer) = outer {
            self.mistakes().set_context(outer);
        }
        stack.pop();
    }

    fn find(&self, name: Text<'_>, resolver: &Resolver<'_, 't>) -> Option<usize> {
        let filled = resolver.env.fill(name)?;
        let found = self.roles.find(&filled.text);
        // Where a file could not be read the role may be in there.
        if found.is_none() && !self.mistakes().is_broken() {
            let near = self.mistakes().nearest(&filled.text, self.roles.names());
            let shown = shown(&filled.text);
            let message = format!("undefined role `{shown}`{near}");
            self.mistakes().add_hint(
                name.at,
                message,
                "define it under `roles:`, in any of the files",
            );
        }
        found
    }

    fn check_params(&self, used: &RoleUse<'_>, role: &Role<'_>) -> bool {
        let mut good = true;
        let role_name = shown(role.name.raw);
        for (name, _) in &used.params {
            if !role.params.iter().any(|param| param.raw == name.raw) {
                let near =
                    self.mistakes().nearest(name.raw, role.params.iter().map(|param| param.raw));
                let message =
                    format!("the role `{role_name}` has no parameter `{}`{near}", shown(name.raw));
                self.mistakes().add(name.at, message);
                good = false;
            }
        }
        for param in &role.params {
            if !used.params.iter().any(|(name, _)| name.raw == param.raw) {
                let message = format!("the role `{role_name}` needs the parameter `{}`", param.raw);
                let hint = format!("write `role: {{ {role_name}: {{ {}: … }} }}`", param.raw);
                self.mistakes().add_hint(used.name.at, message, hint);
                good = false;
            }
        }
        good
    }

    fn entry(
        &self,
        at: At,
        entry: &Entry<'t>,
        resolver: &Resolver<'_, 't>,
        mode: Mode,
        out: &mut Vec<Wanted>,
    ) {
        let mut operations: Vec<Operation> = Vec::with_capacity(entry.operations.len());
        for text in &entry.operations {
            if mode != Mode::Full && resolver.env.has_param(*text) {
                continue;
            }
            let Some(operation) = resolver.operation(*text) else { continue };
            if operation == Operation::All && entry.listed {
                let hint =
                    "write `operation: all`; it is the one stored operation that means every one";
                self.mistakes().add_hint(text.at, "`all` stands alone, never in a list", hint);
                continue;
            }
            let mut means = true;
            for (resource_type, _) in &entry.resources {
                means &= check_meaning(text.at, *resource_type, operation, self.mistakes());
            }
            if means && !operations.contains(&operation) {
                operations.push(operation);
            }
        }
        let before = out.len();
        for (resource_type, names) in &entry.resources {
            if *resource_type == ResourceType::Cluster {
                push(
                    out,
                    at,
                    entry.permission,
                    *resource_type,
                    &Pattern::literal(CLUSTER_NAME),
                    &operations,
                );
            }
            for name in names {
                let Some(pattern) = resolver.pattern(name) else { continue };
                push(out, at, entry.permission, *resource_type, &pattern, &operations);
                if out.len() - before > BINDINGS {
                    return;
                }
            }
        }
    }
}

fn param(name: &str, value: Rc<str>) -> Param<'_> {
    Param { name, value, used: Cell::new(false), open: false }
}

fn push(
    out: &mut Vec<Wanted>,
    at: At,
    permission: PermissionType,
    resource_type: ResourceType,
    pattern: &Pattern,
    operations: &[Operation],
) {
    out.extend(operations.iter().map(|operation| Wanted {
        at,
        bundled: false,
        permission,
        grant: Grant {
            resource_type,
            pattern_type: pattern.pattern_type,
            name: pattern.name.clone(),
            operation: *operation,
        },
    }));
}

fn verb_grants(verb: &What<'_>, resolver: &Resolver<'_, '_>, mode: Mode) -> Vec<Grant> {
    let patterns = |names: &[NameText<'_>]| -> Vec<Pattern> {
        names.iter().filter_map(|name| resolver.pattern(name)).collect()
    };
    match verb {
        What::Produce(args) => verbs::produce(&verbs::Produce {
            topics: patterns(&args.topic),
            transactional_ids: patterns(&args.transactional_id),
            create: args.create,
            two_phase_commit: args.two_phase_commit,
        }),
        What::Consume(args) => verbs::consume(&verbs::Consume {
            topics: patterns(&args.topic),
            groups: patterns(&args.group),
        }),
        What::Streams(args) => verbs::streams(&verbs::Streams {
            application_ids: args
                .application_id
                .iter()
                .filter_map(|name| resolver.exact(name, "an application id"))
                .collect(),
            input: patterns(&args.input),
            output: patterns(&args.output),
            exactly_once: args.exactly_once,
        }),
        What::Connect(args) => connect::expand(args, resolver, mode),
        What::Role(_) | What::Entry(_) => Vec::new(),
    }
}
