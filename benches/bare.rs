//! The yardstick: a bare socket program that sends the requests that kward sends, and nothing else.
//! It knows no other broker than one that speaks these versions over plain TCP.
//!
//!     bare list ADDRESS                    ApiVersions, DescribeAcls, DescribeCluster; prints a count
//!     bare create ADDRESS COUNT CHUNK      ApiVersions, CreateAcls for the first COUNT bindings
//!     bare delete ADDRESS COUNT CHUNK      ApiVersions, DeleteAcls by exact filters for every other
//!                                          application of the first COUNT bindings
//!     bare clear ADDRESS                   removes the bindings of the first two; at most 20,000
//!     bare commits ADDRESS GROUP TOPIC PARTITIONS COUNT
//!                                          ApiVersions, OffsetCommit until there are COUNT commits
//!     bare fetch ADDRESS TOPIC PARTITION   ApiVersions, Fetch from the first record to the last; prints
//!                                          how many bytes of records came
//!     bare groups ADDRESS                  ApiVersions, DescribeCluster, ListGroups; prints a count
//!     bare commit ADDRESS TOPIC GROUPS PARTITIONS
//!                                          FindCoordinator, OffsetCommit: groups `bench-0001` and so on, each
//!                                          with offset 0 of so many partitions of a topic that exists
//!     bare topics ADDRESS                  ApiVersions, Metadata of all topics; prints how many topics and
//!                                          partitions there are

#![allow(clippy::disallowed_methods, reason = "a program of its own")]

#[allow(dead_code, reason = "each program uses a part of it")]
mod bindings;

use std::io::{Read, Write};
use std::net::TcpStream;

use bindings::{Binding, applications};

const METADATA: u16 = 3;
const DESCRIBE_ACLS: u16 = 29;
const CREATE_ACLS: u16 = 30;
const DELETE_ACLS: u16 = 31;
const FETCH: u16 = 1;
const OFFSET_COMMIT: u16 = 8;
const API_VERSIONS: u16 = 18;
const FIND_COORDINATOR: u16 = 10;
const LIST_GROUPS: u16 = 16;
const DESCRIBE_CLUSTER: u16 = 60;
/// Any, in a filter.
const ANY: u8 = 1;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["list", address] => println!("{}", list(&mut Wire::open(address))),
        ["create", address, count, chunk] => {
            create(&mut Wire::open(address), number(count), number(chunk))
        }
        ["delete", address, count, chunk] => {
            delete(&mut Wire::open(address), number(count), number(chunk))
        }
        ["groups", address] => println!("{}", groups(&mut Wire::open(address))),
        ["commit", address, topic, groups, partitions] => {
            let mut wire = Wire::open(address);
            let partitions = u8::try_from(number(partitions)).expect("few partitions");
            for group in 1..=number(groups) {
                commit(&mut wire, &format!("bench-{group:04}"), topic, partitions);
            }
        }
        ["clear", address] => clear(&mut Wire::open(address)),
        ["commits", address, group, topic, partitions, count] => {
            let to = (*group, *topic, number(partitions));
            commits(&mut Wire::open(address), to, number(count));
        }
        ["fetch", address, topic, partition] => {
            println!("{}", fetch(&mut Wire::open(address), topic, number(partition)));
        }
        ["topics", address] => {
            let (topics, partitions) = topics(&mut Wire::open(address));
            println!("{topics} {partitions}");
        }
        _ => panic!("the head of benches/bare.rs says what it takes"),
    }
}

fn number(text: &str) -> usize {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is no number"))
}

fn list(wire: &mut Wire) -> usize {
    let mut everything = vec![ANY];
    everything.extend([0, ANY, 0, 0, ANY, ANY, 0]);
    wire.send(DESCRIBE_ACLS, 3, &everything);
    wire.send(DESCRIBE_CLUSTER, 1, &[1, 1, 0]);
    let answer = wire.answer();
    let mut body = Body::new(&answer);
    body.skip(4);
    body.no_error();
    let mut count = 0;
    for _ in 0..body.array() {
        body.skip(1);
        body.text();
        body.skip(1);
        for _ in 0..body.array() {
            body.text();
            body.text();
            body.skip(3);
            count += 1;
        }
        body.skip(1);
    }
    wire.answer();
    count
}

fn groups(wire: &mut Wire) -> usize {
    wire.send(DESCRIBE_CLUSTER, 1, &[0, 1, 0]);
    wire.answer();
    // No filter of states, none of types.
    wire.send(LIST_GROUPS, 5, &[1, 1, 0]);
    let answer = wire.answer();
    let mut body = Body::new(&answer);
    assert_eq!(body.skip(6)[4..], [0, 0], "no error");
    let count = body.array();
    for _ in 0..count {
        for _ in 0..4 {
            body.text();
        }
        body.skip(1);
    }
    count
}

/// Commits as nobody's member; waits for the coordinator, whose topic the first group brings into being.
fn commit(wire: &mut Wire, group: &str, topic: &str, partitions: u8) {
    const ATTEMPTS: usize = 600;
    for _ in 0..ATTEMPTS {
        let mut body = Vec::new();
        // Groups, one of them.
        body.extend([0, 2]);
        put_text(&mut body, group);
        body.push(0);
        wire.send(FIND_COORDINATOR, 4, &body);
        wire.answer();
        let mut body = Vec::new();
        put_text(&mut body, group);
        body.extend((-1_i32).to_be_bytes());
        put_text(&mut body, "");
        body.extend([0, 2]);
        put_text(&mut body, topic);
        put_length(&mut body, usize::from(partitions));
        for partition in 0..partitions {
            body.extend([0, 0, 0, partition]);
            body.extend(0_i64.to_be_bytes());
            body.extend((-1_i32).to_be_bytes());
            // No metadata, no tagged fields.
            body.extend([1, 0]);
        }
        body.extend([0, 0]);
        wire.send(OFFSET_COMMIT, 8, &body);
        let answer = wire.answer();
        let mut body = Body::new(&answer);
        body.skip(4);
        let mut refused = 0;
        for _ in 0..body.array() {
            body.text();
            for _ in 0..body.array() {
                body.skip(4);
                refused += usize::from(body.skip(2) != [0, 0]);
                body.skip(1);
            }
            body.skip(1);
        }
        if refused == 0 {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("the coordinator of {group} does not take commits");
}

fn topics(wire: &mut Wire) -> (usize, usize) {
    // All topics, none created by asking, without what the caller may do.
    wire.send(METADATA, 12, &[0, 0, 0, 0]);
    let answer = wire.answer();
    let mut body = Body::new(&answer);
    body.skip(4);
    for _ in 0..body.array() {
        body.skip(4);
        body.text();
        body.skip(4);
        body.text();
        body.skip(1);
    }
    body.text();
    body.skip(4);
    let (topics, mut partitions) = (body.array(), 0);
    for _ in 0..topics {
        body.skip(2);
        body.text();
        body.skip(17);
        let count = body.array();
        for _ in 0..count {
            body.skip(14);
            for _ in 0..3 {
                let brokers = body.array();
                body.skip(4 * brokers);
            }
            body.skip(1);
        }
        body.skip(5);
        partitions += count;
    }
    (topics, partitions)
}

fn create(wire: &mut Wire, count: usize, chunk: usize) {
    let all: Vec<Binding> = applications(count).flat_map(|one| one.bindings()).collect();
    for chunk in all.chunks(chunk) {
        let mut body = Vec::new();
        put_length(&mut body, chunk.len());
        for binding in chunk {
            body.push(binding.resource_type);
            put_text(&mut body, &binding.resource_name);
            body.push(binding.pattern_type);
            put_text(&mut body, &binding.principal);
            put_text(&mut body, "*");
            body.extend([binding.operation, binding.permission, 0]);
        }
        body.push(0);
        wire.send(CREATE_ACLS, 3, &body);
        let answer = wire.answer();
        let mut body = Body::new(&answer);
        body.skip(4);
        for _ in 0..body.array() {
            body.no_error();
            body.skip(1);
        }
    }
}

fn delete(wire: &mut Wire, count: usize, chunk: usize) {
    let every_other = applications(count).filter(|one| one.0 % 2 == 1);
    let all: Vec<Binding> = every_other.flat_map(|one| one.bindings()).collect();
    for chunk in all.chunks(chunk) {
        let mut body = Vec::new();
        put_length(&mut body, chunk.len());
        for binding in chunk {
            body.push(binding.resource_type);
            put_text(&mut body, &binding.resource_name);
            body.push(binding.pattern_type);
            put_text(&mut body, &binding.principal);
            put_text(&mut body, "*");
            body.extend([binding.operation, binding.permission, 0]);
        }
        body.push(0);
        delete_by(wire, &body);
    }
}

/// By operation, because one request may take away 10,000 bindings at most.
fn clear(wire: &mut Wire) {
    for operation in [3, 4, 8] {
        delete_by(wire, &[2, ANY, 0, ANY, 0, 0, operation, ANY, 0, 0]);
    }
}

fn delete_by(wire: &mut Wire, filters: &[u8]) {
    wire.send(DELETE_ACLS, 3, filters);
    let answer = wire.answer();
    let mut body = Body::new(&answer);
    body.skip(4);
    for _ in 0..body.array() {
        body.no_error();
        for _ in 0..body.array() {
            body.no_error();
            body.skip(1);
            body.text();
            body.skip(1);
            body.text();
            body.text();
            body.skip(3);
        }
        body.skip(1);
    }
}

/// In requests of one commit for each partition, from outside of the group.
fn commits(wire: &mut Wire, (group, topic, partitions): (&str, &str, usize), count: usize) {
    for round in 0..count.div_ceil(partitions) {
        let mut body = Vec::new();
        put_text(&mut body, group);
        body.extend((-1i32).to_be_bytes());
        // No member, no instance, one topic.
        body.extend([1, 0, 2]);
        put_text(&mut body, topic);
        put_length(&mut body, partitions);
        for partition in 0..partitions {
            body.extend(u32::try_from(partition).expect("a partition").to_be_bytes());
            body.extend(u64::try_from(round).expect("an offset").to_be_bytes());
            body.extend((-1i32).to_be_bytes());
            body.extend([1, 0]);
        }
        body.extend([0, 0]);
        wire.send(OFFSET_COMMIT, 8, &body);
        let answer = wire.answer();
        let mut body = Body::new(&answer);
        body.skip(4);
        for _ in 0..body.array() {
            body.text();
            for _ in 0..body.array() {
                body.skip(4);
                let error = body.skip(2);
                assert_eq!(error, [0, 0], "a commit is refused");
                body.skip(1);
            }
            body.skip(1);
        }
    }
}

/// Where records end is read from the answer; the bytes of the last batch give the next offset.
fn fetch(wire: &mut Wire, topic: &str, partition: usize) -> usize {
    let (mut offset, mut bytes) = (0u64, 0);
    loop {
        let mut body = Vec::new();
        body.extend((-1i32).to_be_bytes());
        body.extend(0u32.to_be_bytes());
        body.extend(0u32.to_be_bytes());
        body.extend((4u32 << 20).to_be_bytes());
        body.push(0);
        body.extend(0u32.to_be_bytes());
        body.extend((-1i32).to_be_bytes());
        body.push(2);
        put_text(&mut body, topic);
        body.push(2);
        body.extend(u32::try_from(partition).expect("a partition").to_be_bytes());
        body.extend((-1i32).to_be_bytes());
        body.extend(offset.to_be_bytes());
        body.extend((-1i32).to_be_bytes());
        body.extend((-1i64).to_be_bytes());
        body.extend((4u32 << 20).to_be_bytes());
        // Tags of partition and topic, no forgotten topics, no rack, tags.
        body.extend([0, 0, 1, 1, 0]);
        wire.send(FETCH, 12, &body);
        let answer = wire.answer();
        let mut body = Body::new(&answer);
        // Throttle, error, session.
        body.skip(4 + 2 + 4);
        body.array();
        body.text();
        body.array();
        body.skip(4 + 2 + 8 + 8 + 8);
        // No aborted transactions, no preferred replica.
        body.array();
        body.skip(4);
        let length = body.array();
        let records = body.skip(length);
        let Some(next) = next_offset(records) else { return bytes };
        offset = next;
        bytes += length;
    }
}

/// Behind the last whole batch.
fn next_offset(mut records: &[u8]) -> Option<u64> {
    let number = |bytes: &[u8]| bytes.iter().fold(0u64, |all, byte| all << 8 | u64::from(*byte));
    let mut next = None;
    while records.len() > 27 {
        let length = usize::try_from(number(&records[8..12])).expect("a length") + 12;
        if records.len() < length {
            break;
        }
        next = Some(number(&records[..8]) + number(&records[23..27]) + 1);
        records = &records[length..];
    }
    next
}

fn put_length(body: &mut Vec<u8>, length: usize) {
    let mut rest = length + 1;
    while rest >= 0x80 {
        body.push(u8::try_from(rest & 0x7f).expect("seven bits") | 0x80);
        rest >>= 7;
    }
    body.push(u8::try_from(rest).expect("seven bits"));
}

fn put_text(body: &mut Vec<u8>, text: &str) {
    put_length(body, text.len());
    body.extend_from_slice(text.as_bytes());
}

/// A connection on which `ApiVersions` has been answered.
struct Wire {
    stream: TcpStream,
    sent: u32,
}

impl Wire {
    fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap_or_else(|e| panic!("{address}: {e}"));
        stream.set_nodelay(true).expect("a socket");
        let mut wire = Self { stream, sent: 0 };
        let mut software = Vec::new();
        put_text(&mut software, "bare");
        put_text(&mut software, "1");
        software.push(0);
        wire.send(API_VERSIONS, 3, &software);
        wire.answer();
        wire
    }

    fn send(&mut self, api: u16, version: u16, body: &[u8]) {
        let mut frame = vec![0; 4];
        frame.extend(api.to_be_bytes());
        frame.extend(version.to_be_bytes());
        frame.extend(self.sent.to_be_bytes());
        frame.extend([0, 4]);
        frame.extend(b"bare\0");
        frame.extend_from_slice(body);
        let length = u32::try_from(frame.len() - 4).expect("a request of less than 4 GiB");
        frame[..4].copy_from_slice(&length.to_be_bytes());
        self.stream.write_all(&frame).expect("the broker reads");
        self.sent += 1;
    }

    /// The next answer, from behind its length.
    fn answer(&mut self) -> Vec<u8> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length).expect("the broker answers");
        let mut answer = vec![0; u32::from_be_bytes(length) as usize];
        self.stream.read_exact(&mut answer).expect("the broker answers");
        answer
    }
}

/// What is left to read of an answer.
struct Body<'a>(&'a [u8]);

impl<'a> Body<'a> {
    fn new(answer: &'a [u8]) -> Self {
        // The correlation id and the header's tagged fields.
        Self(&answer[5..])
    }

    fn skip(&mut self, count: usize) -> &'a [u8] {
        let (skipped, rest) = self.0.split_at(count);
        self.0 = rest;
        skipped
    }

    fn length(&mut self) -> usize {
        let (mut length, mut shift) = (0, 0);
        loop {
            let byte = self.skip(1)[0];
            length |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return length;
            }
            shift += 7;
        }
    }

    fn array(&mut self) -> usize {
        self.length().saturating_sub(1)
    }

    fn text(&mut self) -> &'a str {
        let length = self.array();
        std::str::from_utf8(self.skip(length)).expect("UTF-8")
    }

    /// Passes over a code that must be 0, and its message.
    fn no_error(&mut self) {
        let code = i16::from_be_bytes(self.skip(2).try_into().expect("two bytes"));
        let message = self.text();
        assert!(code == 0, "the broker answers with error {code}: {message}");
    }
}
