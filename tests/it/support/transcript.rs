//! Runs as text for snapshots: the command, the status, standard output and standard error
//! together, with what differs from run to run replaced.

use super::sandbox::Sandbox;

/// Runs `kward` with the arguments, separated by spaces (`'…'` holds them together).
pub fn transcript(sandbox: &Sandbox, line: &str, more: &[&str]) -> String {
    let words = words(line);
    let mut command = sandbox.kward(words.iter().map(String::as_str).chain(more.iter().copied()));
    let output = command.output().expect("kward ends in time");
    let mut text = format!("$ kward {line}\n");
    for (stream, bytes) in [("", &output.stdout), ("! ", &output.stderr)] {
        let printed = String::from_utf8(bytes.clone()).expect("kward prints UTF-8");
        for line in printed.lines() {
            text.push_str(format!("{stream}{line}").trim_end());
            text.push('\n');
        }
    }
    let status = output.status.code().expect("kward ends by itself");
    text.push_str(&format!("=> {status}\n"));
    redact(sandbox, &text)
}

/// The words of a line, as a shell would split it, with `'` as the only quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for (at, part) in line.split('\'').enumerate() {
        if at % 2 == 1 {
            words.last_mut().expect("a word").push_str(part);
            continue;
        }
        let mut pieces = part.split(' ');
        words.last_mut().expect("a word").push_str(pieces.next().unwrap_or_default());
        words.extend(pieces.map(str::to_owned));
    }
    // `''` is an empty word; what two spaces leave is none.
    let quoted = line.contains("''");
    words.into_iter().filter(|word| quoted || !word.is_empty()).collect()
}

/// Paths of the sandbox, ports of this machine, and moments.
fn redact(sandbox: &Sandbox, text: &str) -> String {
    let home = sandbox.path().to_str().expect("a path in UTF-8");
    let text = text.replace(home, "[home]");
    let text = text.split("127.0.0.1:").enumerate().map(|(at, part)| {
        let port = part.bytes().take_while(u8::is_ascii_digit).count();
        match at {
            0 => part.to_owned(),
            // Port 1 is one that tests choose, because nothing listens there.
            _ if &part[..port] == "1" => format!("127.0.0.1:{part}"),
            _ => format!("127.0.0.1:[port]{}", &part[port..]),
        }
    });
    moments(&text.collect::<String>())
}

/// `2026-01-31T09:00:00Z`, `20260131T090000Z` become `[time]`.
fn moments(text: &str) -> String {
    let shape = |c: char| if c.is_ascii_digit() { '0' } else { c };
    let mut out = String::new();
    let mut rest = text;
    'next: while !rest.is_empty() {
        for pattern in ["0000-00-00T00:00:00Z", "00000000T000000Z"] {
            if let Some(head) = rest.get(..pattern.len())
                && head.chars().map(shape).eq(pattern.chars())
            {
                out.push_str("[time]");
                rest = &rest[pattern.len()..];
                continue 'next;
            }
        }
        let first = rest.chars().next().expect("not empty");
        out.push(first);
        rest = &rest[first.len_utf8()..];
    }
    out
}
