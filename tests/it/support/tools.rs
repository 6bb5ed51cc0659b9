//! Kafka's own tools, all in one Java for each version of brokers: to start it costs more than most of
//! them do (see `dev/kafka.d/ToolServer.java`).

use std::collections::HashMap;
use std::io::{self, BufReader, Read, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ChildStdin, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use super::Shared;

type Waiting = Arc<Mutex<HashMap<u32, Sender<Output>>>>;

/// A Java that runs tools. It ends with the test process: then its input does.
#[derive(Debug)]
pub struct Tools {
    requests: Mutex<(u32, ChildStdin)>,
    waiting: Waiting,
}

impl Tools {
    /// That of a version; `serve` starts it where it does not run yet.
    pub fn of(version: &str, serve: impl FnOnce() -> Command) -> &'static Self {
        static ALL: Shared<Tools> = Shared::new();
        ALL.of(version, || Self::start(&mut serve()))
    }

    fn start(serve: &mut Command) -> Self {
        let pipes = serve.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = pipes.spawn().expect("dev/kafka runs");
        let (requests, answers) = (child.stdin.take(), child.stdout.take());
        let waiting = Waiting::default();
        let told = Arc::clone(&waiting);
        let answers = BufReader::new(answers.expect("the answers"));
        thread::spawn(move || {
            pass_on(answers, &told);
            // Whoever waits still waits in vain.
            told.lock().expect("who waits").clear();
            let _ = child.wait();
        });
        Self { requests: Mutex::new((0, requests.expect("the requests"))), waiting }
    }

    /// Runs the `main` of a class.
    pub fn run(&self, class: &str, arguments: &[&str], input: &str) -> Output {
        let (sender, answer) = channel();
        let mut request = Vec::new();
        let count = u32::try_from(arguments.len()).expect("few arguments");
        put(&mut request, class.as_bytes());
        request.extend(count.to_be_bytes());
        for argument in arguments {
            put(&mut request, argument.as_bytes());
        }
        put(&mut request, input.as_bytes());
        {
            let mut requests = self.requests.lock().expect("the requests");
            let (next, pipe) = &mut *requests;
            *next += 1;
            self.waiting.lock().expect("who waits").insert(*next, sender);
            pipe.write_all(&next.to_be_bytes()).expect("the tools' Java runs");
            pipe.write_all(&request).expect("the tools' Java runs");
        }
        answer.recv().expect("the tools' Java has not ended")
    }
}

/// Gives each answer to whoever waits for it, until there are none.
fn pass_on(mut answers: BufReader<ChildStdout>, waiting: &Waiting) {
    let mut next = || -> io::Result<(u32, Output)> {
        let id = number(&mut answers)?;
        let status =
            ExitStatus::from_raw(i32::try_from(number(&mut answers)? & 0xff).unwrap() << 8);
        let (stdout, stderr) = (bytes(&mut answers)?, bytes(&mut answers)?);
        Ok((id, Output { status, stdout, stderr }))
    };
    while let Ok((id, output)) = next() {
        if let Some(sender) = waiting.lock().expect("who waits").remove(&id) {
            // The test may have given up.
            let _ = sender.send(output);
        }
    }
}

fn put(request: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).expect("less than 4 GiB");
    request.extend(length.to_be_bytes());
    request.extend(bytes);
}

fn number(answers: &mut impl Read) -> io::Result<u32> {
    let mut bytes = [0; 4];
    answers.read_exact(&mut bytes)?;
    Ok(u32::from_be_bytes(bytes))
}

fn bytes(answers: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; number(answers)? as usize];
    answers.read_exact(&mut bytes)?;
    Ok(bytes)
}
