//! The records of `__consumer_offsets`, decoded as Kafka's own dump tool decodes them.

use kward::group::history::Fact;
use kward::model::group::Assignment;
use kward::records::{Batches, Reading, partition_of, read};

use super::*;
use crate::support::broker::on_each_version;
use crate::support::consumer::{Consumer, Protocol};

/// A record as `kafka-dump-log --offsets-decoder` prints it.
struct Dumped {
    offset: i64,
    key: String,
    payload: String,
}

/// What the tool prints of the group's partition: records about groups, commits left out.
fn dumped(broker: &Broker, group: &str) -> Vec<Dumped> {
    let partition = partition_of(group, 4).expect("a partition");
    let files = broker.log_files("__consumer_offsets", partition);
    let files: Vec<&str> = files.iter().map(|path| path.to_str().expect("UTF-8")).collect();
    let arguments = ["--offsets-decoder", "--print-data-log", "--files", &files.join(",")];
    let text = broker.admin("dump-log", &arguments);
    let record = |line: &str| {
        let (_, rest) = line.split_once("offset: ")?;
        let offset = rest.split(' ').next()?.parse().ok()?;
        let (_, rest) = line.split_once(" key: ")?;
        let (key, payload) = rest.split_once(" payload: ")?;
        Some(Dumped { offset, key: key.trim().to_owned(), payload: payload.trim().to_owned() })
    };
    let about = |dumped: &Dumped| dumped.key.contains(group);
    text.lines().filter(|line| line.starts_with('|')).filter_map(record).filter(about).collect()
}

/// The same records as kward reads them out of the same files.
fn decoded(broker: &Broker, group: &str) -> Vec<(i64, Fact)> {
    let partition = partition_of(group, 4).expect("a partition");
    let mut facts = Vec::new();
    let mut scratch = Vec::new();
    for file in broker.log_files("__consumer_offsets", partition) {
        let bytes = std::fs::read(file).expect("the log");
        for batch in Batches::of(&bytes) {
            let batch = batch.expect("a batch");
            if batch.records == 0 {
                continue;
            }
            let visited =
                batch.each(&mut scratch, |record| match read(group, record.key, record.value) {
                    Reading::Fact(fact) => facts.push((record.offset, fact)),
                    Reading::Unknown => panic!("offset {} is not understood", record.offset),
                    Reading::Commit | Reading::OfOthers => {}
                });
            visited.expect("records");
        }
    }
    facts
}

/// `{"type":"5","data":{…}}`: the type and the fields.
fn typed(text: &str) -> Option<(i64, Value)> {
    let value: Value = serde_json::from_str(text).ok()?;
    let number = value.get("type").or_else(|| value.get("version"))?;
    let number = number.as_i64().or_else(|| number.as_str()?.parse().ok())?;
    Some((number, value.get("data")?.clone()))
}

/// What the tool reads in the assignment of a consumer: topics by name.
fn assignment(value: &Value) -> Assignment {
    let mut all = Assignment::default();
    for topic in value["assignedPartitions"].as_array().unwrap_or_else(|| panic!("{value}")) {
        let name = topic["topic"].as_str().expect("a topic");
        for partition in topic["partitions"].as_array().expect("partitions") {
            all.insert(name.into(), i32::try_from(partition.as_i64().unwrap()).unwrap());
        }
    }
    all
}

/// Topic ids are printed alike.
fn topics(value: &Value) -> Assignment {
    let mut all = Assignment::default();
    for topic in value.as_array().expect("topics") {
        let id = topic["topicId"].as_str().expect("a topic id");
        for partition in topic["partitions"].as_array().expect("partitions") {
            all.insert(id.into(), i32::try_from(partition.as_i64().unwrap()).unwrap());
        }
    }
    all
}

/// What kward has decoded is what the tool says. Since 4.0 it prints the fields as they are.
fn compare(fact: &Fact, kind: i64, key: &Value, data: Option<&Value>) {
    match (fact, kind) {
        (Fact::Classic(group), 2) => {
            assert_eq!(group.is_some(), data.is_some());
            let (Some(group), Some(data)) = (group, data) else { return };
            assert_eq!(data["generation"], group.generation);
            assert_eq!(data["protocolType"], &*group.protocol_type);
            assert_eq!(data["protocol"].as_str(), group.protocol.as_deref());
            assert_eq!(data["leader"].as_str(), group.leader.as_deref());
            assert_eq!(data["currentStateTimestamp"].as_i64(), group.state_since);
            let members = data["members"].as_array().expect("members");
            assert_eq!(members.len(), group.members.len());
            for (member, said) in group.members.iter().zip(members) {
                assert_eq!(said["memberId"], &*member.member_id);
                assert_eq!(said["groupInstanceId"].as_str(), member.about.instance_id.as_deref());
                assert_eq!(said["clientId"], &*member.about.client_id);
                assert_eq!(said["clientHost"], format!("/{}", member.about.host));
                assert_eq!(member.assignment, Some(assignment(&said["assignment"])));
            }
        }
        (Fact::Epoch { epoch, .. }, 3) => {
            assert_eq!(data.map(|data| data["epoch"].as_i64().unwrap()), epoch.map(i64::from));
        }
        (Fact::Member { member_id, about }, 5) => {
            assert_eq!(key["memberId"], &**member_id);
            assert_eq!(about.is_some(), data.is_some());
            let (Some(about), Some(data)) = (about, data) else { return };
            assert_eq!(data["instanceId"].as_str(), about.instance_id.as_deref());
            assert_eq!(data["clientId"], &*about.client_id);
            assert_eq!(data["clientHost"], format!("/{}", about.host));
            assert_eq!(data["serverAssignor"].as_str(), about.assignor.as_deref());
        }
        (Fact::TargetEpoch(epoch), 6) => {
            let said = data.map(|data| data["assignmentEpoch"].as_i64().unwrap());
            assert_eq!(said, epoch.map(i64::from));
        }
        (Fact::Target { member_id, partitions }, 7) => {
            assert_eq!(key["memberId"], &**member_id);
            assert_eq!(data.map(|data| topics(&data["topicPartitions"])), *partitions);
        }
        (Fact::Current { member_id, current }, 8) => {
            assert_eq!(key["memberId"], &**member_id);
            assert_eq!(current.is_some(), data.is_some());
            let (Some(current), Some(data)) = (current, data) else { return };
            assert_eq!(data["memberEpoch"], current.epoch);
            assert_eq!(data["previousMemberEpoch"], current.previous_epoch);
            assert_eq!(data["state"], current.state);
            assert_eq!(topics(&data["assignedPartitions"]), current.assigned);
            assert_eq!(topics(&data["partitionsPendingRevocation"]), current.pending_revocation);
        }
        (Fact::Other, 4 | 16) => {}
        (fact, kind) => panic!("type {kind} is read as {fact:?}"),
    }
}

/// 3.x prints a few fields in words of its own.
fn compare_old(fact: &Fact, payload: &str) {
    let Fact::Classic(group) = fact else { panic!("{fact:?}") };
    let Some(group) = group else { return assert!(payload.contains("DELETE"), "{payload}") };
    let said: Value = serde_json::from_str(payload).expect("JSON");
    assert_eq!(said["protocolType"], &*group.protocol_type);
    assert_eq!(said["generationId"], group.generation);
    // The tool prints no protocol as nothing, or as null.
    assert_eq!(
        said["protocol"].as_str().filter(|name| !name.is_empty()),
        group.protocol.as_deref()
    );
    let assignment = said["assignment"].as_str().expect("an assignment");
    for member in &group.members {
        assert!(assignment.contains(&*member.member_id), "{assignment}");
        for (topic, partition) in member.assignment.as_ref().expect("partitions").iter() {
            assert!(assignment.contains(&format!("{topic}-{partition}")), "{assignment}");
        }
    }
}

fn hold_to_kafka(broker: &Broker, group: &str) -> usize {
    let kafka: Vec<Dumped> = dumped(broker, group);
    let is_commit = |dumped: &Dumped| {
        dumped.key.starts_with("offset_commit") || matches!(typed(&dumped.key), Some((0 | 1, _)))
    };
    let kafka: Vec<&Dumped> = kafka.iter().filter(|dumped| !is_commit(dumped)).collect();
    let kward = decoded(broker, group);
    let offsets: Vec<i64> = kafka.iter().map(|dumped| dumped.offset).collect();
    assert_eq!(kward.iter().map(|(offset, _)| *offset).collect::<Vec<_>>(), offsets);
    for (dumped, (_, fact)) in kafka.iter().zip(&kward) {
        match typed(&dumped.key) {
            Some((kind, key)) => {
                let data = typed(&dumped.payload).map(|(_, data)| data);
                compare(fact, kind, &key, data.as_ref());
            }
            None => compare_old(fact, &dumped.payload),
        }
    }
    kward.len()
}

#[test]
fn records_are_decoded_as_kafkas_own_tool_decodes_them() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let topic = bench.topic(3);
        for protocol in [Protocol::Eager, Protocol::Cooperative, Protocol::Consumer] {
            if protocol == Protocol::Consumer && !broker.is_at_least("4.0") {
                continue;
            }
            let group = unique("dumped");
            let first = Consumer::of(broker, &group, &topic).protocol(protocol).start();
            first.holding(3);
            let second = Consumer::of(broker, &group, &topic).protocol(protocol).instance("seat");
            let second = second.client_id("second").start();
            eventually("they share the partitions", || {
                let (first, second) = (first.holds().len(), second.holds().len());
                first > 0 && second > 0 && first + second == 3
            });
            bench.settled(&group);
            first.leave();
            second.holding(3);
            bench.settled(&group);
            drop(second);
            let compared = hold_to_kafka(broker, &group);
            let least = if protocol == Protocol::Consumer { 12 } else { 3 };
            assert!(compared >= least, "{protocol:?}: {compared}");
        }
    });
}
