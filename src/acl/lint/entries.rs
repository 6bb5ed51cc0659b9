//! From bindings that can go to entries of a file that can: a verb or a role brings several bindings
//! at once, and whoever drops it drops them all.

use std::collections::{BTreeMap, BTreeSet};

use super::{Code, Fault, Subject};
use crate::acl::desired::Place;
use crate::model::Binding;

/// Leaves out the faults that nobody can mend, and says what stays of entries that are needed for
/// more. `faults` are those of bindings that can go.
pub(super) fn settle<'a>(subject: &Subject<'a>, faults: Vec<Fault<'a>>) -> Vec<Fault<'a>> {
    let Some(desired) = subject.desired else { return faults };
    let needless: BTreeSet<&Binding> = faults
        .iter()
        .filter(|fault| fault.code != Code::Weakened)
        .map(|fault| fault.binding)
        .collect();
    let mut entries: BTreeMap<Place, Vec<&Binding>> = faults
        .iter()
        .flat_map(|fault| subject.places(fault.binding))
        .map(|place| (*place, Vec::new()))
        .collect();
    for (binding, places) in &desired.bindings {
        for place in places {
            if let Some(entry) = entries.get_mut(place) {
                entry.push(binding);
            }
        }
    }
    // Of one resource for one principal and host; a list of resources can be shortened.
    let together = |a: &Binding, b: &Binding| {
        (&a.principal, &a.host, a.resource_type, a.pattern_type, &a.resource_name)
            == (&b.principal, &b.host, b.resource_type, b.pattern_type, &b.resource_name)
    };
    let settled = faults.into_iter().filter_map(|mut fault| {
        let bound =
            subject.places(fault.binding).iter().filter(|place| place.bundled).any(|place| {
                let mut beside =
                    entries[place].iter().filter(|other| together(other, fault.binding));
                beside.any(|other| !needless.contains(other))
            });
        match fault.code {
            // It stays whatever else does.
            Code::Weakened => {}
            _ if !bound => {}
            // What a DENY takes back of a verb is not what was meant, though the rest of it is needed.
            Code::Shadowed => "narrow the DENY, or write the operations that are left of the rule"
                .clone_into(&mut fault.fix),
            _ => return None,
        }
        let place = fault.place.or_else(|| subject.places(fault.binding).first().copied());
        let rest =
            place.is_some_and(|at| entries[&at].iter().any(|other| !needless.contains(other)));
        if rest && fault.fix == super::DROP {
            "take it out of the rule, which is needed for the rest".clone_into(&mut fault.fix);
        }
        Some(fault)
    });
    settled.collect()
}
