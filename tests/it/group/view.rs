//! `group watch` on a terminal.

use super::*;
use crate::support::broker::{Options, on_the_newest};
use crate::support::consumer::{Consumer, Protocol};
use crate::support::terminal::{Terminal, shown};

fn watch(bench: &Bench<'_>, arguments: &[&str]) -> Terminal {
    let all = [&["watch", "--interval", "200ms"], arguments].concat();
    Terminal::start_as("xterm", &bench.process(&all), None)
}

#[test]
fn the_view_is_drawn_anew_and_the_terminal_given_back() {
    on_the_newest(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(2), unique("group"));
        let first = Consumer::of(broker, &group, &topic).client_id("first").start();
        first.holding(2);
        bench.settled(&group);
        let mut terminal = watch(&bench, &[&group]);
        let text = |terminal: &Terminal| terminal.view(100).screen().contents();
        eventually("the view", || text(&terminal).contains("1 member, 2 partitions"));
        let screen = terminal.view(100);
        assert!(screen.screen().alternate_screen() && screen.screen().hide_cursor());
        assert!(text(&terminal).contains("Stable"), "{}", text(&terminal));
        assert!(text(&terminal).contains("first"), "{}", text(&terminal));

        let second = Consumer::of(broker, &group, &topic).client_id("second").start();
        second.holding(1);
        eventually("the second", || {
            let text = text(&terminal);
            text.contains("2 members") && text.contains("joined: second")
        });
        let moved = format!("{topic} {}: first → second", holds_of(&second));
        eventually("the move", || text(&terminal).contains(&moved));

        terminal.keys("\u{3}");
        let (status, written) = terminal.ended();
        assert_eq!(status, 130, "{written}");
        let screen = shown(&written, 100);
        assert!(!screen.screen().alternate_screen() && !screen.screen().hide_cursor());
        let left = screen.screen().contents();
        assert!(left.contains("2 members") && !left.contains("error"), "its normal end: {left}");
    });
}

#[test]
fn a_narrow_terminal_shows_who_is_there_and_says_what_is_missing() {
    on_the_newest(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(4), unique("a-group-with-quite-a-long-name"));
        let first = Consumer::of(broker, &group, &topic).client_id("first").start();
        let second = Consumer::of(broker, &group, &topic).client_id("second").start();
        first.holding(2);
        second.holding(2);
        bench.settled(&group);
        for (columns, more) in [(40, &[][..]), (40, &["-o", "wide"]), (24, &[])] {
            let arguments = [&["watch", &group, "--interval", "200ms"], more].concat();
            let command = bench.process(&arguments);
            let mut terminal = Terminal::start_sized(("xterm", columns), &command, None);
            let view = || terminal.view(columns).screen().contents();
            // The second look has a trend.
            eventually("the view", || view().contains("consumed"));
            let text = view();
            assert!(text.contains("first") && text.contains("second"), "{columns}: {text}");
            assert!(!text.contains("INSTANCE") || !more.is_empty(), "nobody has one: {text}");
            assert_eq!(text.contains("not shown"), more.is_empty(), "{text}");
            terminal.keys("\u{3}");
            let (status, written) = terminal.ended();
            assert_eq!(status, 130, "{written}");
        }
    });
}

#[test]
fn what_is_said_of_columns_leaves_room_for_the_rows() {
    on_the_newest(|broker| {
        let bench = Bench::new(broker);
        let topic = bench.topic(1);
        let clients = ["first", "second", "third"];
        let members: Vec<(String, Consumer)> = clients
            .iter()
            .map(|client| {
                let group = unique("group");
                // Their tables have other columns.
                let start = Consumer::of(broker, &group, &topic).client_id(client);
                let member = match *client {
                    "first" => start,
                    "second" => start.instance("seat"),
                    _ => start.protocol(Protocol::Consumer),
                };
                let member = member.start();
                member.holding(1);
                bench.settled(&group);
                (group, member)
            })
            .collect();
        let mut arguments = vec!["watch", "--interval", "200ms"];
        arguments.extend(members.iter().map(|(group, _)| group.as_str()));
        let mut terminal = Terminal::start_sized(("xterm", 40), &bench.process(&arguments), None);
        let view = || terminal.view(40).screen().contents();
        // Each has a trend at the second look.
        eventually("every group with its member", || {
            let text = view();
            ["first", "seat", "third"].iter().all(|name| text.contains(name))
                && text.matches("consumed").count() == clients.len()
        });
        assert_eq!(view().matches("not shown").count(), 1, "said once: {}", view());
        terminal.keys("\u{3}");
        assert_eq!(terminal.ended().0, 130);
    });
}

#[test]
fn a_group_that_comes_is_told_in_the_view_of_all() {
    // A cluster of its own: few groups are there.
    let broker = Broker::own(&Options::default());
    let bench = Bench::new(&broker);
    let (topic, known, new) = (bench.topic(1), unique("known"), unique("new"));
    bench.consume(&topic, &known, 3);
    bench.empty(&known);
    let mut terminal = watch(&bench, &["--all"]);
    let text = |terminal: &Terminal| terminal.view(100).screen().contents();
    eventually("the view", || text(&terminal).contains("lag 17"));
    assert!(!text(&terminal).contains("first seen"), "it was there: {}", text(&terminal));
    bench.consume(&topic, &new, 5);
    let words = format!("{new}  first seen: ");
    eventually("the new one", || text(&terminal).contains(&words));
    terminal.keys("\u{3}");
    assert_eq!(terminal.ended().0, 130);
}

fn holds_of(consumer: &Consumer) -> i32 {
    consumer.holds()[0].1
}

#[test]
fn every_way_out_gives_the_terminal_back() {
    on_the_newest(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(1), unique("group"));
        bench.consume(&topic, &group, 5);
        bench.empty(&group);
        let given_back = |written: &str| {
            assert!(written.contains("\u{1b}[?1049h"), "a view was drawn: {written}");
            let screen = shown(written, 100);
            assert!(!screen.screen().alternate_screen() && !screen.screen().hide_cursor());
            assert!(
                screen.screen().contents().contains("lag 15"),
                "{}",
                screen.screen().contents()
            );
        };
        let (status, written) = watch(&bench, &[&group, "--for", "1s"]).ended();
        assert_eq!(status, 0, "{written}");
        given_back(&written);

        let (status, written) =
            watch(&bench, &[&group, "--for", "1s", "--until", "stable"]).ended();
        assert_eq!(status, 3, "{written}");
        given_back(&written);
        assert!(written.contains("is not stable"), "{written}");

        let terminal = watch(&bench, &[&group]);
        terminal.wait_for("lag 15", 0);
        terminal.terminate();
        let (status, written) = terminal.ended();
        assert_eq!(status, 143, "{written}");
        given_back(&written);
    });
}

#[test]
fn many_groups_are_sorted_by_how_ill_they_are_or_as_asked() {
    on_the_newest(|broker| {
        let bench = Bench::new(broker);
        let topic = bench.topic(1);
        let groups: Vec<String> = [3, 1, 4, 2]
            .iter()
            .map(|count| {
                let group = unique("sorted");
                bench.consume(&topic, &group, *count);
                bench.empty(&group);
                group
            })
            .collect();
        let order = |arguments: &[&str]| -> Vec<usize> {
            let names: Vec<&str> = groups.iter().map(String::as_str).collect();
            let (status, written) =
                watch(&bench, &[arguments, &names, &["--for", "500ms"]].concat()).ended();
            assert_eq!(status, 0, "{written}");
            let shown = shown(&written, 100).screen().contents();
            let mut at: Vec<(usize, usize)> = (0..groups.len())
                .map(|which| (shown.find(&groups[which]).expect("each is shown"), which))
                .collect();
            at.sort_unstable();
            at.into_iter().map(|(_, which)| which).collect()
        };
        // Consumed were 3, 1, 4 and 2 records of 20.
        assert_eq!(order(&[]), [1, 3, 0, 2]);
        assert_eq!(order(&["--sort-by", "lag"]), [2, 0, 3, 1]);
        let sorted = ["watch", &groups[0], "--sort-by", "lga"];
        bench.group(&sorted).ends(2).says("unknown column `lga`").says("did you mean `LAG`?");
    });
}

#[test]
fn a_terminal_that_cannot_is_written_to_as_a_pipe_is() {
    on_the_newest(|broker| {
        let bench = Bench::new(broker);
        let (topic, group) = (bench.topic(1), unique("group"));
        bench.consume(&topic, &group, 5);
        bench.empty(&group);
        let command = bench.process(&["watch", &group, "--for", "500ms"]);
        let (status, written) = Terminal::start(&command, None).ended();
        assert_eq!(status, 0, "{written}");
        let event: Value = serde_json::from_str(written.lines().nth(1).unwrap()).expect("JSON");
        assert_eq!((event["event"].clone(), event["lag"].clone()), ("lag".into(), 15.into()));
    });
}
