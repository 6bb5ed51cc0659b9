//! The bytes of `StreamsGroupDescribe`, as Kafka's schema has them.

use super::*;

#[test]
fn the_request_has_kafkas_bytes() {
    let request = StreamsGroupDescribeRequest { groups: vec!["ab".into()] };
    assert_eq!(request.bytes(0), [2, 3, b'a', b'b', 1, 0]);
    assert_eq!(request.bytes(1), [2, 3, b'a', b'b', 1, 0, 0]);
    let long = StreamsGroupDescribeRequest { groups: vec!["x".repeat(200).into()] };
    assert_eq!(long.bytes(0)[..3], [2, 0xc9, 1]);
}

/// Writes an answer, field by field.
#[derive(Default)]
struct Answer(Vec<u8>);

impl Answer {
    fn i8(self, value: i8) -> Self {
        self.raw(&value.to_be_bytes())
    }

    fn i16(self, value: i16) -> Self {
        self.raw(&value.to_be_bytes())
    }

    fn i32(self, value: i32) -> Self {
        self.raw(&value.to_be_bytes())
    }

    fn i64(self, value: i64) -> Self {
        self.raw(&value.to_be_bytes())
    }

    fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }

    fn many(mut self, count: usize) -> Self {
        put_length(&mut self.0, count);
        self
    }

    fn text(self, text: &str) -> Self {
        self.many(text.len()).raw(text.as_bytes())
    }

    fn null(self) -> Self {
        self.raw(&[0])
    }

    fn texts(self, texts: &[&str]) -> Self {
        texts.iter().fold(self.many(texts.len()), |all, text| all.text(text))
    }

    fn end(self) -> Self {
        self.raw(&[0])
    }

    fn pair(self, key: &str, value: &str) -> Self {
        self.many(1).text(key).text(value).end()
    }

    fn tasks(self, tasks: &[(&str, i32)]) -> Self {
        let task =
            |all: Self, (id, partition): &(&str, i32)| all.text(id).many(1).i32(*partition).end();
        tasks.iter().fold(self.many(tasks.len()), task)
    }

    fn offset(self, id: &str, partition: i32, offset: i64) -> Self {
        self.many(1).text(id).i32(partition).i64(offset).end()
    }

    fn topology(self) -> Self {
        self.i8(1)
            .i32(3)
            .many(1)
            .text("0")
            .texts(&["in"])
            .texts(&["app-sink"])
            .many(1)
            .text("app-changelog")
            .i32(0)
            .i16(2)
            .pair("cleanup.policy", "compact")
            .end()
            .many(1)
            .text("app-source")
            .i32(4)
            .i16(0)
            .many(0)
            .end()
            .end()
            .end()
    }

    fn member(self) -> Self {
        self.many(1)
            .text("m-1")
            .i32(5)
            .text("seat-1")
            .text("rack-a")
            .text("client")
            .text("/10.0.0.7")
            .i32(2)
            .text("p-1")
            .i8(1)
            .text("app1.example.com")
            .i16(-1)
            .end()
            .pair("zone", "a")
            .offset("0", 1, 41)
            .offset("0", 1, 42)
            .tasks(&[("0", 1)])
            .tasks(&[("0", 2)])
            .tasks(&[("0", 3)])
            .end()
            .tasks(&[("0", 0)])
            .tasks(&[])
            .tasks(&[])
            .end()
            .i8(0)
            .end()
    }
}

#[test]
fn everything_that_a_broker_tells_is_kept() {
    let answer = Answer::default()
        .i32(0)
        .many(1)
        .i16(0)
        .null()
        .text("app")
        .text("Reconciling")
        .i32(7)
        .i32(6)
        .topology()
        .member()
        .i32(i32::MIN)
        // Version 1: no description of the topology, an assignor.
        .i8(-1)
        .i8(0)
        .text("sticky")
        .end()
        .end()
        .0;
    let mut reader = Reader::new(&answer, true);
    let StreamsReply(mut groups) = StreamsReply::read(&mut reader, 1).unwrap();
    assert_eq!(reader.remaining(), 0);
    let group = groups.remove(0).1.unwrap();
    assert_eq!(group.topology_epoch, Some(3));
    let told = serde_json::to_value((&group.subtopologies, &group.members)).unwrap();
    assert_eq!(told, expected());
}

fn expected() -> serde_json::Value {
    serde_json::json!([
        [{
            "subtopologyId": "0",
            "sourceTopics": ["in"],
            "repartitionSourceTopics": ["app-source"],
            "repartitionSinkTopics": ["app-sink"],
            "stateChangelogTopics": ["app-changelog"],
            "internalTopics": [
                { "topic": "app-source", "partitions": 4 },
                {
                    "topic": "app-changelog",
                    "replicationFactor": 2,
                    "configs": { "cleanup.policy": "compact" },
                },
            ],
        }],
        [{
            "memberId": "m-1",
            "clientId": "client",
            "host": "10.0.0.7",
            "instanceId": "seat-1",
            "rackId": "rack-a",
            "memberEpoch": 5,
            "subscription": [],
            "assignment": [
                { "topic": "app-source", "partitions": [1] },
                { "topic": "in", "partitions": [1] },
            ],
            "targetAssignment": [
                { "topic": "app-source", "partitions": [0] },
                { "topic": "in", "partitions": [0] },
            ],
            "pendingRevocation": [
                { "topic": "app-source", "partitions": [1] },
                { "topic": "in", "partitions": [1] },
            ],
            "tasks": {
                "processId": "p-1",
                "topologyEpoch": 2,
                "userEndpoint": { "host": "app1.example.com", "port": 65535 },
                "clientTags": { "zone": "a" },
                "active": [{ "subtopologyId": "0", "partitions": [1] }],
                "standby": [{ "subtopologyId": "0", "partitions": [2] }],
                "warmup": [{ "subtopologyId": "0", "partitions": [3] }],
                "target": {
                    "active": [{ "subtopologyId": "0", "partitions": [0] }],
                    "standby": [],
                    "warmup": [],
                },
                "taskOffsets": [{ "subtopologyId": "0", "partition": 1, "offset": 41 }],
                "taskEndOffsets": [{ "subtopologyId": "0", "partition": 1, "offset": 42 }],
            },
        }],
    ])
}
