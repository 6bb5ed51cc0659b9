//! A `group watch` that runs beside a test, and what its events add up to.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::*;
use crate::support::schemas::assert_valid;

/// How often the tests look.
pub const INTERVAL: &str = "300ms";

/// A `watch` that runs, with what it has told.
pub struct Watching {
    pub child: Child,
    events: Arc<Mutex<Vec<Value>>>,
    said: Arc<Mutex<String>>,
}

impl Watching {
    /// Starts it, and waits until it has looked once.
    pub fn start(bench: &Bench<'_>, arguments: &[&str]) -> Self {
        let watching = Self::begin(bench, arguments);
        watching.until("the first look", |events| events.iter().any(|e| e["event"] == "lag"));
        watching
    }

    pub fn begin(bench: &Bench<'_>, arguments: &[&str]) -> Self {
        let all = [&["watch", "-o", "json", "--interval", INTERVAL], arguments].concat();
        let mut child = bench
            .process(&all)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("kward starts");
        let (events, said) = (Arc::<Mutex<Vec<Value>>>::default(), Arc::<Mutex<String>>::default());
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let heard = Arc::clone(&events);
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let event = serde_json::from_str(&line).expect("one object a line");
                heard.lock().unwrap().push(event);
            }
        });
        let mut complaints = child.stderr.take().expect("its standard error");
        let heard = Arc::clone(&said);
        thread::spawn(move || {
            let mut buffer = [0; 1024];
            while let Ok(count @ 1..) = complaints.read(&mut buffer) {
                heard.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..count]));
            }
        });
        Self { child, events, said }
    }

    pub fn events(&self) -> Vec<Value> {
        self.events.lock().unwrap().clone()
    }

    /// What it said on standard error.
    pub fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    #[track_caller]
    pub fn until(&self, what: &str, condition: impl Fn(&[Value]) -> bool) {
        let shown = || format!("{what}\n{:#?}\n{}", self.events(), self.said());
        let mut met = false;
        for _ in 0..1200 {
            if condition(&self.events()) {
                met = true;
                break;
            }
            thread::sleep(Duration::from_millis(50));
        }
        assert!(met, "gave up waiting: {}", shown());
    }

    /// Ends it as Ctrl-C does: all events, each of which its schema describes.
    pub fn interrupt(mut self) -> Vec<Value> {
        let status = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        assert!(status.expect("`kill` runs").success());
        assert_eq!(self.child.wait().expect("it ends").code(), Some(130), "{}", self.said());
        assert!(!self.said().contains("error:"), "its normal end: {}", self.said());
        let events = self.events();
        events.iter().for_each(assert_valid);
        events
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What happened to a group, with clients in place of the ids of members.
#[derive(Default)]
pub struct Story {
    pub clients: BTreeMap<String, String>,
    pub joined: Vec<String>,
    pub left: Vec<String>,
    /// Static members that are back.
    pub returned: Vec<String>,
    /// By topic and partition: who held it before and after all that is told here.
    pub moved: BTreeMap<(String, i64), (String, String)>,
    pub states: Vec<String>,
    pub epochs: Vec<i64>,
}

impl Story {
    /// The clients of those who are there.
    pub fn knowing(members: &[Value]) -> Self {
        let mut story = Self::default();
        for member in members {
            story.meet(member);
        }
        story
    }

    pub fn meet(&mut self, member: &Value) {
        let text = |field: &str| member[field].as_str().expect("a text").to_owned();
        self.clients.insert(text("memberId"), text("clientId"));
    }

    pub fn client(&self, id: &Value) -> String {
        match id.as_str() {
            Some(id) => self.clients.get(id).unwrap_or_else(|| panic!("nobody knows {id}")).clone(),
            None => "nobody".to_owned(),
        }
    }

    pub fn tell(&mut self, events: &[Value]) {
        for event in events {
            match event["event"].as_str().expect("an event") {
                "memberJoined" => {
                    self.meet(event);
                    self.joined.push(self.client(&event["memberId"]));
                }
                "memberLeft" => self.left.push(self.client(&event["memberId"])),
                "memberReturned" => {
                    self.meet(event);
                    self.returned.push(self.client(&event["memberId"]));
                }
                "stateChanged" => self.states.push(event["to"].as_str().unwrap().to_owned()),
                "epochChanged" => self.epochs.push(event["to"].as_i64().unwrap()),
                "partitionMoved" => {
                    let topic = event["topic"].as_str().unwrap().to_owned();
                    let at = (topic, event["partition"].as_i64().unwrap());
                    let (from, to) = (self.client(&event["from"]), self.client(&event["to"]));
                    match self.moved.get_mut(&at) {
                        Some(whole) => {
                            assert_eq!(whole.1, from, "the moves of {at:?} do not hang together");
                            whole.1 = to;
                        }
                        None => drop(self.moved.insert(at, (from, to))),
                    }
                }
                _ => {}
            }
        }
        self.moved.retain(|_, (from, to)| from != to);
    }

    /// The partitions that went from one to another, and nothing else moved.
    #[track_caller]
    pub fn only_moves(&self, from: &str, to: &str) -> Vec<i64> {
        let all = |(f, t): &(String, String)| f == from && t == to;
        assert!(self.moved.values().all(all), "{:?}", self.moved);
        self.moved.keys().map(|(_, partition)| *partition).collect()
    }
}

/// Who holds what, by member id, after these events.
pub fn held_after(before: &[Value], events: &[Value]) -> BTreeMap<(String, i64), String> {
    let mut held = held(before);
    for event in events {
        if event["event"] == "memberReturned" {
            let id = |field: &str| event[field].as_str().unwrap().to_owned();
            let previous = id("previousMemberId");
            held.values_mut().filter(|who| **who == previous).for_each(|who| *who = id("memberId"));
        }
        if event["event"] != "partitionMoved" {
            continue;
        }
        let topic = event["topic"].as_str().unwrap().to_owned();
        let at = (topic, event["partition"].as_i64().unwrap());
        match event["to"].as_str() {
            Some(to) => drop(held.insert(at, to.to_owned())),
            None => drop(held.remove(&at)),
        }
    }
    held
}

pub fn held(members: &[Value]) -> BTreeMap<(String, i64), String> {
    let mut held = BTreeMap::new();
    for member in members {
        for of in member["assignment"].as_array().expect("an assignment") {
            for partition in of["partitions"].as_array().expect("partitions") {
                let at = (of["topic"].as_str().unwrap().to_owned(), partition.as_i64().unwrap());
                held.insert(at, member["memberId"].as_str().unwrap().to_owned());
            }
        }
    }
    held
}

/// Waits until the group is stable, and what the watch has told, added to what was `before`, is what
/// the group is now.
#[track_caller]
pub fn in_step(bench: &Bench<'_>, group: &str, before: &[Value], watching: &Watching) {
    bench.settled(group);
    watching.until("the watch is in step", |events| {
        let of_group: Vec<Value> =
            events.iter().filter(|event| event["groupId"] == group).cloned().collect();
        let members = bench.items(&["members", group]);
        let count = |word: &str| of_group.iter().filter(|e| e["event"] == word).count();
        let back = of_group.iter().filter(|e| e["replaced"] == false).count();
        before.len() + count("memberJoined") + back == members.len() + count("memberLeft")
            && held_after(before, &of_group) == held(&members)
    });
}
