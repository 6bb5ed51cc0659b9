//! Bindings of types and operations that a newer broker has: shown, counted, and never touched.

use kward::model::{Binding, Operation, ResourceType};

use super::{apply, sandbox};
use crate::acl::summary;
use crate::support::bindings::{Bindings, binding, bindings, of_json};
use crate::support::fake::Fake;
use crate::support::run::Run;

fn unknown() -> Bindings {
    let known = binding("User:a allow read topic:x");
    [
        Binding { operation: Operation::from_code(77), ..known.clone() },
        Binding { resource_type: ResourceType::from_code(99), ..known },
    ]
    .into()
}

#[test]
fn what_this_version_does_not_know_is_left_alone() {
    let before = &unknown() | &bindings(["User:a allow read topic:x"]);
    let fake = Fake::new(before.clone());
    let wanted = bindings(["User:a allow write topic:x"]);
    let sandbox = sandbox(&wanted);
    let address = fake.address();
    let acl = |arguments: &str| {
        let words = ["acl", "-b", &address].into_iter().chain(arguments.split(' '));
        Run::of(&mut sandbox.kward(words))
    };
    let list = acl("list -o json").ends(0).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 3);
    assert_eq!(of_json(&list["items"]), before);
    acl("list").ends(0).prints("UNKNOWN(77)").prints("UNKNOWN(99)");

    let plan = acl("plan -f a.yaml --prune -o json").ends(0).json();
    assert_eq!(plan["unknown"], 2);
    assert_eq!(plan["protected"], 2);
    assert_eq!(plan["delete"].as_array().unwrap().len(), 1);
    let run = apply(&sandbox, &fake, &[]).ends(0);
    assert_eq!(summary(&run.json()), [("created".into(), 1), ("deleted".into(), 1)]);
    assert_eq!(fake.acls(), &unknown() | &wanted);
    acl("plan -f a.yaml --prune --detailed-exitcode").ends(0);

    acl("delete --principal User:a -y")
        .ends(0)
        .says("2 matching ACLs are of a kind that this version does not know")
        .prints("1 deleted");
    assert_eq!(fake.acls(), unknown());
    acl("copy --from User:a --to User:b")
        .says("2 ACLs are of a kind that this version does not know");
    assert_eq!(fake.acls(), unknown());
    let export = acl("export").ends(0).says("2 ACLs are of a kind");
    assert!(export.out.contains("\n#"), "{export}");
    // A saved list brings them back as they were.
    sandbox.write("acls.json", &acl("list -o json").ends(0).out);
    acl("diff snapshot:acls.json cluster --detailed-exitcode").ends(0);
}
