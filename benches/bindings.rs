//! The bindings that the measurements are made with: what a company of many teams might have, the
//! same ones on the wire, in ACL files and in questions. Std alone, so that `rustc` compiles it.

/// How many bindings an application has.
pub const EACH: usize = 10;
/// How many applications a team has: one ACL file each.
pub const TEAM: usize = 100;

/// A binding by the codes of the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    pub resource_type: u8,
    pub resource_name: String,
    pub pattern_type: u8,
    pub principal: String,
    pub operation: u8,
    pub permission: u8,
}

const TOPIC: u8 = 2;
const GROUP: u8 = 3;
const LITERAL: u8 = 3;
const PREFIXED: u8 = 4;
const READ: u8 = 3;
const WRITE: u8 = 4;
const DESCRIBE: u8 = 8;
const DENY: u8 = 2;
const ALLOW: u8 = 3;

/// An application: it writes a topic, reads two and a family of others, and is kept from one.
#[derive(Debug, Clone, Copy)]
pub struct Application(pub usize);

impl Application {
    fn team(self) -> usize {
        self.0 / TEAM
    }

    fn name(self) -> String {
        format!("t{:03}-app-{:02}", self.team(), self.0 % TEAM)
    }

    pub fn principal(self) -> String {
        format!("User:{}", self.name())
    }

    /// What it writes.
    pub fn output(self) -> String {
        format!("sales.eu.{}.events", self.name())
    }

    /// What it reads: the neighbours' topics.
    fn inputs(self) -> [String; 2] {
        [Application(self.0 ^ 1).output(), Application(self.0 ^ 2).output()]
    }

    /// The family of topics that it reads.
    pub fn family(self) -> String {
        format!("analytics.{}.", self.name())
    }

    pub fn kept_from(self) -> String {
        format!("pii.{}.", self.name())
    }

    pub fn bindings(self) -> Vec<Binding> {
        let principal = self.principal();
        let one = |resource_type, name: &str, pattern_type, operation, permission| Binding {
            resource_type,
            resource_name: name.to_owned(),
            pattern_type,
            principal: principal.clone(),
            operation,
            permission,
        };
        let mut all = vec![
            one(TOPIC, &self.kept_from(), PREFIXED, READ, DENY),
            one(GROUP, &self.name(), LITERAL, READ, ALLOW),
        ];
        let output = (self.output(), LITERAL, WRITE);
        let [first, second] = self.inputs();
        let inputs =
            [(first, LITERAL, READ), (second, LITERAL, READ), (self.family(), PREFIXED, READ)];
        for (name, pattern, operation) in std::iter::once(output).chain(inputs) {
            all.push(one(TOPIC, &name, pattern, operation, ALLOW));
            all.push(one(TOPIC, &name, pattern, DESCRIBE, ALLOW));
        }
        assert_eq!(all.len(), EACH);
        all
    }

    /// The same as a rule of an ACL file.
    pub fn rule(self) -> String {
        let [first, second] = self.inputs();
        format!(
            "  - principal: {}\n    produce: {{ topic: {} }}\n    consume: {{ topic: [{first}, {second}, {}*], group: {} }}\n    deny: {{ topic: {}*, operation: read }}\n",
            self.principal(),
            self.output(),
            self.family(),
            self.name(),
            self.kept_from(),
        )
    }
}

/// The applications that have `count` bindings together.
pub fn applications(count: usize) -> impl Iterator<Item = Application> {
    assert!(count.is_multiple_of(EACH), "the number of bindings is a multiple of {EACH}");
    (0..count / EACH).map(Application)
}
