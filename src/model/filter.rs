//! A filter of bindings, with Kafka's own meaning
//! (`ResourcePatternFilter`, `AccessControlEntryFilter`).

use super::{
    Binding, Host, Name, Operation, PatternType, PermissionType, Principal, ResourceType, WILDCARD,
};

/// How the name of a filter is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PatternFilter {
    /// The exact name, of either pattern type.
    #[default]
    Any,
    /// Every binding that affects the name: literal, `*`, and every prefix of it.
    Match,
    /// The exact name, LITERAL.
    Literal,
    /// The exact prefix, PREFIXED.
    Prefixed,
}

impl PatternFilter {
    /// The code on the wire (`PatternType`).
    pub const fn code(self) -> i8 {
        match self {
            PatternFilter::Any => 1,
            PatternFilter::Match => 2,
            PatternFilter::Literal => PatternType::Literal.code(),
            PatternFilter::Prefixed => PatternType::Prefixed.code(),
        }
    }
}

/// `AclBindingFilter`: an absent field matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Filter {
    /// Of which type.
    pub resource_type: Option<ResourceType>,
    /// The name that [`Filter::pattern`] compares.
    pub resource_name: Option<Name>,
    /// How it compares.
    pub pattern: PatternFilter,
    /// The exact principal: `User:bob` does not find `User:*`.
    pub principal: Option<Principal>,
    /// The exact host.
    pub host: Option<Host>,
    /// The exact operation.
    pub operation: Option<Operation>,
    /// The exact permission.
    pub permission_type: Option<PermissionType>,
}

impl Filter {
    /// The filter that finds `binding` and nothing else: all seven fields are given.
    pub fn exact(binding: &Binding) -> Self {
        Self {
            resource_type: Some(binding.resource_type),
            resource_name: Some(binding.resource_name.clone()),
            pattern: match binding.pattern_type {
                PatternType::Prefixed => PatternFilter::Prefixed,
                PatternType::Literal | PatternType::Unknown(_) => PatternFilter::Literal,
            },
            principal: Some(binding.principal.clone()),
            host: Some(binding.host.clone()),
            operation: Some(binding.operation),
            permission_type: Some(binding.permission_type),
        }
    }

    /// Whether no field is given.
    pub fn is_everything(&self) -> bool {
        *self == Self { pattern: self.pattern, ..Self::default() }
            && matches!(self.pattern, PatternFilter::Any | PatternFilter::Match)
    }

    /// Whether the broker would answer `binding` to this filter.
    pub fn matches(&self, binding: &Binding) -> bool {
        fn given<T: PartialEq>(wanted: Option<&T>, value: &T) -> bool {
            wanted.is_none_or(|wanted| wanted == value)
        }
        given(self.resource_type.as_ref(), &binding.resource_type)
            && given(self.principal.as_ref(), &binding.principal)
            && given(self.host.as_ref(), &binding.host)
            && given(self.operation.as_ref(), &binding.operation)
            && given(self.permission_type.as_ref(), &binding.permission_type)
            && self.matches_pattern(binding)
    }

    fn matches_pattern(&self, binding: &Binding) -> bool {
        let kind = binding.pattern_type;
        let Some(name) = &self.resource_name else {
            return match self.pattern {
                PatternFilter::Any | PatternFilter::Match => true,
                PatternFilter::Literal => kind == PatternType::Literal,
                PatternFilter::Prefixed => kind == PatternType::Prefixed,
            };
        };
        let same = binding.resource_name == *name;
        match self.pattern {
            PatternFilter::Any => same,
            PatternFilter::Literal => same && kind == PatternType::Literal,
            PatternFilter::Prefixed => same && kind == PatternType::Prefixed,
            PatternFilter::Match => match kind {
                PatternType::Literal => same || binding.resource_name.as_str() == WILDCARD,
                PatternType::Prefixed => name.starts_with(binding.resource_name.as_str()),
                PatternType::Unknown(_) => false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(name: &str, pattern_type: PatternType) -> Binding {
        Binding {
            resource_type: ResourceType::Topic,
            resource_name: name.into(),
            pattern_type,
            principal: "User:a".into(),
            host: Host::any(),
            operation: Operation::Read,
            permission_type: PermissionType::Allow,
        }
    }

    #[test]
    fn match_finds_what_affects_a_name() {
        let filter = |pattern, name: &str| Filter {
            resource_name: Some(name.into()),
            pattern,
            ..Filter::default()
        };
        let literal = binding("orders", PatternType::Literal);
        let prefix = binding("ord", PatternType::Prefixed);
        let all = binding("*", PatternType::Literal);
        let star_prefix = binding("*", PatternType::Prefixed);
        let found = |f: &Filter| [&literal, &prefix, &all, &star_prefix].map(|b| f.matches(b));
        assert_eq!(found(&filter(PatternFilter::Match, "orders")), [true, true, true, false]);
        assert_eq!(found(&filter(PatternFilter::Match, "*")), [false, false, true, true]);
        let unknown = binding("orders", PatternType::Unknown(9));
        assert!(!filter(PatternFilter::Match, "orders").matches(&unknown));
        assert_eq!(found(&filter(PatternFilter::Any, "*")), [false, false, true, true]);
        assert_eq!(found(&filter(PatternFilter::Literal, "orders")), [true, false, false, false]);
        assert_eq!(found(&filter(PatternFilter::Prefixed, "ord")), [false, true, false, false]);
        assert_eq!(found(&Filter::default()), [true; 4]);
        let unnamed = |pattern| Filter { pattern, ..Filter::default() };
        assert_eq!(found(&unnamed(PatternFilter::Match)), [true; 4]);
        assert_eq!(found(&unnamed(PatternFilter::Literal)), [true, false, true, false]);
        assert_eq!(found(&unnamed(PatternFilter::Prefixed)), [false, true, false, true]);
        assert!(unnamed(PatternFilter::Match).is_everything());
        assert!(!unnamed(PatternFilter::Literal).is_everything());
        assert!(Filter::default().is_everything());
        assert!(!filter(PatternFilter::Any, "*").is_everything());
    }

    #[test]
    fn an_exact_filter_finds_its_binding_only() {
        let one = binding("orders", PatternType::Literal);
        let other = Binding { host: "10.0.0.1".into(), ..one.clone() };
        assert!(Filter::exact(&one).matches(&one));
        assert!(!Filter::exact(&one).matches(&other));
        assert!(!Filter::exact(&one).matches(&binding("orders", PatternType::Prefixed)));
    }
    #[test]
    fn every_given_field_is_compared() {
        let one = binding("orders", PatternType::Literal);
        let exact = Filter::exact(&one);
        for other in [
            Binding { resource_type: ResourceType::Group, ..one.clone() },
            Binding { principal: "User:*".into(), ..one.clone() },
            Binding { operation: Operation::All, ..one.clone() },
            Binding { permission_type: PermissionType::Deny, ..one.clone() },
            Binding { resource_name: "*".into(), ..one },
        ] {
            assert!(!exact.matches(&other), "{other}");
        }
        let prefix = binding("ord", PatternType::Prefixed);
        assert!(Filter::exact(&prefix).matches(&prefix));
        assert!(!Filter::exact(&prefix).matches(&binding("ord", PatternType::Literal)));
    }

    #[test]
    fn codes_are_those_of_the_wire() {
        use PatternFilter::{Any, Literal, Match, Prefixed};
        assert_eq!([Any, Match, Literal, Prefixed].map(PatternFilter::code), [1, 2, 3, 4]);
    }
}
