//! Where resets lead: a table, and bounds that hold for anything.

use proptest::prelude::*;

use super::*;

fn partition() -> TopicPartition {
    TopicPartition::new("t", 0)
}

fn leads(target: &Target, committed: Option<i64>, at_time: Option<i64>) -> Result<i64, Nowhere> {
    let place = Place { committed, start: 10, end: 100, at_time };
    new_offset(target, &partition(), place).map(|new| new.offset)
}

#[test]
fn where_each_target_leads() {
    let given = Target::Given(BTreeMap::from([(partition(), 33)]));
    for (target, committed, at_time, expected) in [
        (Target::Earliest, None, None, Ok(10)),
        (Target::Latest, Some(50), None, Ok(100)),
        (Target::Current, Some(50), None, Ok(50)),
        (Target::Current, None, None, Err(Nowhere::NoCommit)),
        (Target::Current, Some(3), None, Ok(10)),
        (Target::Offset(42), None, None, Ok(42)),
        (Target::Offset(5), Some(50), None, Ok(10)),
        (Target::Offset(500), Some(50), None, Ok(100)),
        (Target::Time, None, Some(77), Ok(77)),
        (Target::Time, None, None, Ok(100)),
        (Target::ShiftBy(-20), Some(50), None, Ok(30)),
        (Target::ShiftBy(-200), Some(50), None, Ok(10)),
        (Target::ShiftBy(i64::MAX), Some(50), None, Ok(100)),
        (Target::ShiftBy(1), None, None, Err(Nowhere::NoCommit)),
        (given, None, None, Ok(33)),
        (Target::Given(BTreeMap::new()), Some(50), None, Err(Nowhere::NotGiven)),
    ] {
        assert_eq!(leads(&target, committed, at_time), expected, "{target:?}");
    }
}

#[test]
fn what_was_asked_is_told_when_it_lies_outside() {
    let place = Place { committed: None, start: 10, end: 100, at_time: None };
    let new = new_offset(&Target::Offset(5), &partition(), place).unwrap();
    assert_eq!(new, NewOffset { offset: 10, asked: Some(5) });
    let new = new_offset(&Target::Offset(10), &partition(), place).unwrap();
    assert_eq!(new.asked, None);
}

proptest! {
    #[test]
    fn a_new_offset_is_always_inside_of_the_log(
        start in 0..1_000_i64, length in 0..1_000_i64, committed in proptest::option::of(any::<i64>()),
        by in any::<i64>(), at_time in proptest::option::of(any::<i64>()), which in 0..6_usize,
    ) {
        let place = Place { committed, start, end: start + length, at_time };
        let targets = [
            Target::Earliest, Target::Latest, Target::Current, Target::Offset(by), Target::Time,
            Target::ShiftBy(by),
        ];
        if let Ok(new) = new_offset(&targets[which], &partition(), place) {
            prop_assert!(new.offset >= start && new.offset <= start + length);
        }
    }
}
