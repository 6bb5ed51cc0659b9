//! Workers of Kafka Connect: a classic group of another protocol type, whose assignments are its own
//! matter. Spoken over a bare socket, as a worker does it.

use bytes::Bytes;
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::leave_group_request::MemberIdentity;
use kafka_protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use kafka_protocol::messages::{
    JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest, LeaveGroupResponse, SyncGroupRequest,
    SyncGroupResponse,
};
use kafka_protocol::protocol::StrBytes;

use super::*;
use crate::support::broker::on_each_version;
use crate::support::terminal::Terminal;
use crate::support::wire::{Wire, text};

const MEMBER_ID_REQUIRED: i16 = 79;

/// A worker that is the only member of its group.
struct Worker {
    wire: Wire,
    group: String,
    member_id: StrBytes,
}

impl Worker {
    fn start(bench: &Bench<'_>, group: &str) -> Self {
        // Who asks for the coordinator first has the log made that it needs.
        bench.group(&["describe", group]).ends(1);
        let mut wire = Wire::of_user(bench.broker, "admin");
        let mut join = |member_id: StrBytes| -> JoinGroupResponse {
            let protocol = JoinGroupRequestProtocol::default()
                .with_name(text("sessioned"))
                .with_metadata(Bytes::from_static(b"\0\x02http://worker-1:8083/"));
            let request = JoinGroupRequest::default()
                .with_group_id(text(group).into())
                // It sends no heartbeats.
                .with_session_timeout_ms(600_000)
                .with_rebalance_timeout_ms(30_000)
                .with_member_id(member_id)
                .with_protocol_type(text("connect"))
                .with_protocols(vec![protocol]);
            wire.ask(11, 5, &request)
        };
        let mut first = None;
        eventually("a coordinator", || {
            let answer = first.insert(join(StrBytes::default()));
            answer.error_code == MEMBER_ID_REQUIRED
        });
        let joined = join(first.expect("an answer").member_id);
        assert_eq!((joined.error_code, &joined.leader), (0, &joined.member_id));
        let assignment = SyncGroupRequestAssignment::default()
            .with_member_id(joined.member_id.clone())
            .with_assignment(Bytes::from_static(b"\0\x02\0\0no partitions of topics"));
        let sync = SyncGroupRequest::default()
            .with_group_id(text(group).into())
            .with_generation_id(joined.generation_id)
            .with_member_id(joined.member_id.clone())
            .with_assignments(vec![assignment]);
        let synced: SyncGroupResponse = wire.ask(14, 3, &sync);
        assert_eq!(synced.error_code, 0);
        Self { wire, group: group.to_owned(), member_id: joined.member_id }
    }

    fn leave(mut self) {
        let member = MemberIdentity::default().with_member_id(self.member_id);
        let request = LeaveGroupRequest::default()
            .with_group_id(text(&self.group).into())
            .with_members(vec![member]);
        let left: LeaveGroupResponse = self.wire.ask(13, 3, &request);
        assert_eq!(left.error_code, 0);
    }
}

#[test]
fn workers_are_members_whose_assignment_is_not_made_up() {
    on_each_version(|broker| {
        let bench = Bench::new(broker);
        let group = unique("connect");
        let worker = Worker::start(&bench, &group);
        bench.settled(&group);
        let listed = bench.items(&["list", "--protocol-type", "connect"]);
        let listed = listed.iter().find(|item| item["groupId"] == group).expect("it is listed");
        assert_eq!((&listed["type"], &listed["state"]), (&"classic".into(), &"Stable".into()));
        let described = bench.items(&["describe", &group]).remove(0);
        assert_eq!(described["protocolType"], "connect");
        assert_eq!(described["assignor"], "sessioned");
        let member = bench.items(&["members", &group]).remove(0);
        assert_eq!(member["memberId"], worker.member_id.as_str());
        assert_eq!(member["clientId"], "bare");
        // What it holds only its group reads: that is not known, and nobody is idle.
        assert!(member.get("assignment").is_none(), "{member}");
        assert!(member.get("pendingRevocation").is_none(), "{member}");
        assert!(member.get("subscription").is_none(), "{member}");
        let table =
            bench.group(&["members", &group, "--columns", "HOLDS,PARTITIONS", "--no-headers"]);
        assert_eq!(table.ends(0).out.split_whitespace().collect::<Vec<_>>(), ["-", "(unknown)"]);
        bench.group(&["describe", &group]).ends(0).prints("1, and only they know what they hold");
        // No lag, which is said beside a group that has some; nothing about members without partitions.
        assert!(bench.items(&["lag", &group]).is_empty());
        let (topic, other) = (bench.topic(1), unique("other"));
        bench.consume(&topic, &other, 3);
        let both = bench.group(&["lag", &group, &other]).ends(0);
        both.says(&format!("no commits of `{group}`, and nothing that members are known to hold"))
            .prints(&format!("{group}: nothing committed and nothing assigned"))
            .prints(&format!("{other}: lag 17 in 1 partition"))
            .prints("all 2 groups: lag 17 in 1 partition");
        let rows = bench.group(&["lag", &group, &other, "--by", "group"]).ends(0);
        rows.prints(&group).prints("all 2 groups: lag 17 in 1 partition");
        let names = bench.group(&["lag", &group, &other, "-o", "name"]).ends(0);
        assert_eq!(names.out, format!("{group}\n{other}\n"));
        let lag = bench.group(&["lag", &group, &other, "-o", "json"]).ends(0).json();
        assert_eq!(
            (&lag["totals"][0]["groupId"], &lag["totals"][0]["partitions"]),
            (&group.clone().into(), &0.into())
        );
        assert!(lag["totals"][0].get("lag").is_none(), "{lag}");
        // Nor would a broker delete offsets of it, whatever the topic.
        bench
            .group(&["remove-members", &group, "--all", "--dry-run", "-o", "json"])
            .ends(0)
            .says("joins again at once, as a new member");
        bench.group(&["doctor", &group, "--samples", "1"]).ends(0);
        let watched = bench.group(&["watch", &group, "--for", "1s", "--interval", "200ms"]).ends(0);
        let told: Vec<Value> =
            watched.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((&told[0]["event"], &told[1]["event"]), (&"groupSeen".into(), &"lag".into()));
        assert_eq!((told.len(), told[1].get("lag")), (2, None), "{watched}");
        let watched = bench.process(&["watch", &group, "--for", "500ms"]);
        let (status, view) = Terminal::start_as("xterm", &watched, None).ended();
        assert_eq!(status, 0, "{view}");
        assert!(view.contains("1 member") && view.contains("connect"), "{view}");
        assert!(!view.contains("partition") && !view.contains("idle"), "{view}");
        bench
            .group(&["reset-offsets", &group, "--to", "earliest", "-y"])
            .ends(4)
            .says("1 member")
            .says("`bare`");
        worker.leave();
        bench.empty(&group);
        let history = bench.group(&["history", &group, "-o", "json"]).ends(0).json();
        let told = history["rebalances"].as_array().expect("rebalances");
        assert_eq!(told.len(), 2, "{history}");
        for (told, joined, left) in [(&told[0], 1, 0), (&told[1], 0, 1)] {
            assert_eq!(told["protocolType"], "connect");
            assert_eq!(told["joined"].as_array().map(Vec::len), Some(joined));
            assert_eq!(told["left"].as_array().map(Vec::len), Some(left));
        }
        // What a worker holds are connectors and tasks, and no partitions that could move.
        assert!(told[0].get("moved").is_none() && told[0].get("assigned").is_none());
        bench.group(&["delete", &group, "-y"]).ends(0);
    });
}
