//! Measures whole processes, in turn: A B A B …, so that a machine that grows slower meanwhile
//! slows each of them.
//!
//!     timing [-n RUNS] [-i FILE] [-p COMMAND] [-s STATUS,…] -- A [ARGUMENT…] [-- B [ARGUMENT…]]…
//!
//! Prints a line for each command: the median, the shortest and the longest time in milliseconds,
//! and the median of the ratios of A's time to its own, round by round. `-n`: rounds, after one
//! that is not counted. `-i`: standard input. `-p`: a command of the shell before each run, not
//! counted. `-s`: the exit statuses that are no failure, 0 by default.

#![allow(clippy::disallowed_methods, reason = "a program of its own")]

use std::fs::File;
use std::process::{Command, Stdio};
use std::time::Instant;

struct Options {
    rounds: usize,
    input: Option<String>,
    prepare: Option<String>,
    statuses: Vec<i32>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut parts = arguments.split(|argument| argument == "--");
    let options = options(parts.next().unwrap_or_default());
    let commands: Vec<&[String]> = parts.collect();
    assert!(!commands.is_empty(), "the head of benches/timing.rs says what it takes");
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); commands.len()];
    for round in 0..=options.rounds {
        for (command, times) in commands.iter().zip(&mut times) {
            let time = run(&options, command);
            if round > 0 {
                times.push(time);
            }
        }
    }
    for one in &times {
        let ratios = times[0].iter().zip(one).map(|(a, b)| a / b).collect();
        let least = one.iter().copied().fold(f64::INFINITY, f64::min);
        let most = one.iter().copied().fold(0.0, f64::max);
        println!("{:.3} {least:.3} {most:.3} {:.3}", median(one.clone()), median(ratios));
    }
}

fn options(words: &[String]) -> Options {
    let mut options = Options { rounds: 10, input: None, prepare: None, statuses: vec![0] };
    for pair in words.chunks(2) {
        let [flag, value] = pair else { panic!("`{}` wants a value", pair[0]) };
        match flag.as_str() {
            "-n" => options.rounds = value.parse().expect("a number"),
            "-i" => options.input = Some(value.clone()),
            "-p" => options.prepare = Some(value.clone()),
            "-s" => {
                options.statuses = value.split(',').map(|s| s.parse().expect("a number")).collect()
            }
            _ => panic!("`{flag}` is unknown"),
        }
    }
    assert!(options.rounds > 0, "no round, no time");
    options
}

/// Milliseconds from the start of the process to its end.
fn run(options: &Options, command: &[String]) -> f64 {
    if let Some(prepare) = &options.prepare {
        let status = Command::new("sh").args(["-c", prepare]).stdout(Stdio::null()).status();
        assert!(status.expect("a shell").success(), "`{prepare}` failed");
    }
    let input = match &options.input {
        Some(path) => Stdio::from(File::open(path).unwrap_or_else(|e| panic!("{path}: {e}"))),
        None => Stdio::null(),
    };
    let mut process = Command::new(&command[0]);
    process.args(&command[1..]).stdin(input).stdout(Stdio::null());
    let began = Instant::now();
    let status = process.stderr(Stdio::null()).status();
    let took = began.elapsed();
    let status = status.unwrap_or_else(|error| panic!("`{}`: {error}", command[0]));
    let ended_well = status.code().is_some_and(|code| options.statuses.contains(&code));
    assert!(ended_well, "`{}` failed: {status}", command.join(" "));
    took.as_secs_f64() * 1000.0
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len().is_multiple_of(2) {
        f64::midpoint(values[middle - 1], values[middle])
    } else {
        values[middle]
    }
}
