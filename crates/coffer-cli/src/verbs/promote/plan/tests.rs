use coffer_wire::Moment;
use coffer_wire::compare::{ComparedName, ComparedSecret};

use super::{Plan, Step};

fn name(name: &str, found: [Option<(u64, Option<&str>)>; 2]) -> ComparedName {
    let secret = |(version, group): (u64, Option<&str>)| ComparedSecret {
        version,
        changed: Moment::from_millis(0),
        group: group.map(str::to_owned),
        is_file: false,
    };
    ComparedName { name: name.to_owned(), found: found.map(|one| one.map(secret)).to_vec() }
}

fn step(name: &str, from: u64, to: Option<u64>) -> Step {
    Step { name: name.to_owned(), from, to }
}

fn all() -> Vec<ComparedName> {
    vec![
        name("differs", [Some((3, Some("a"))), Some((7, Some("b")))]),
        name("new", [Some((1, Some("a"))), None]),
        name("only there", [None, Some((2, Some("a")))]),
        name("same", [Some((4, Some("a"))), Some((1, Some("a")))]),
        name("unknown", [Some((5, None)), Some((6, None))]),
    ]
}

#[test]
fn what_is_there_with_the_same_value_is_left_alone_and_nothing_is_removed() {
    let plan = Plan::of(&all(), &[]).unwrap();
    assert_eq!(plan.steps, [step("differs", 3, Some(7)), step("new", 1, None), step("unknown", 5, Some(6))]);
    assert_eq!((plan.same, plan.made(), plan.changed()), (1, 1, 2));
}

#[test]
fn only_what_is_named_is_promoted() {
    let of =
        |names: &[&str]| Plan::of(&all(), &names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    assert_eq!(of(&["new", "same"]).unwrap().steps, [step("new", 1, None)]);
    for missing in ["nowhere", "only there"] {
        assert_eq!(of(&["new", missing]).unwrap_err().code, "promote.nothing");
    }
}

#[test]
fn files_are_left_out_and_named_but_those_that_are_the_same() {
    let mut names = all();
    names.iter_mut().flat_map(|name| name.found.iter_mut().flatten()).for_each(|found| found.is_file = true);
    let plan = Plan::of(&names, &[]).unwrap();
    assert_eq!((plan.steps.len(), plan.same), (0, 1));
    assert_eq!(plan.files, ["differs", "new", "unknown"]);
}
