//! One POST of a form over HTTP/1.1: all that a token endpoint takes.

use std::fmt::Write as _;
use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The most that an answer may have, headers included.
const LARGEST: usize = 1 << 20;
const MOST_HEADERS: usize = 100;

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Response {
    pub status: u16,
    pub body: Vec<u8>,
}

/// Sends the form and reads the answer; nothing is sent behind it.
pub(super) async fn post(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    host: &str,
    path: &str,
    headers: &[(&str, &str)],
    form: &str,
) -> io::Result<Response> {
    let mut request = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\n");
    let length = form.len().to_string();
    let usual = [
        ("User-Agent", concat!("kward/", env!("CARGO_PKG_VERSION"))),
        ("Accept", "application/json"),
        ("Cache-Control", "no-cache"),
        ("Connection", "close"),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Content-Length", &length),
    ];
    for (name, value) in headers.iter().chain(&usual) {
        let _ = write!(request, "{name}: {value}\r\n");
    }
    request.push_str("\r\n");
    request.push_str(form);
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;
    let mut bytes = Vec::new();
    loop {
        // A connection that ends without a farewell has ended all the same.
        let ended = match stream.read_buf(&mut bytes).await {
            Ok(count) => count == 0,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => true,
            Err(error) => return Err(error),
        };
        if let Some(response) = parse(&bytes, ended)? {
            return Ok(response);
        }
        if ended {
            return Err(wrong("its answer breaks off"));
        }
        if bytes.len() > LARGEST {
            return Err(wrong("its answer is larger than 1 MiB"));
        }
    }
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// How the end of a body is found.
enum Length {
    Known(usize),
    Chunked,
    UntilTheEnd,
}

/// The answer, once it is whole.
fn parse(bytes: &[u8], ended: bool) -> io::Result<Option<Response>> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let head = match response.parse(bytes) {
        Ok(httparse::Status::Complete(head)) => head,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(_) => return Err(wrong("its answer is no HTTP")),
    };
    let status = response.code.unwrap_or_default();
    let rest = &bytes[head..];
    if (100..200).contains(&status) {
        // What comes before the answer itself.
        return parse(rest, ended);
    }
    let body = match length(response.headers)? {
        Length::Known(length) => rest.get(..length).map(<[u8]>::to_vec),
        Length::Chunked => chunks(rest)?,
        Length::UntilTheEnd => ended.then(|| rest.to_vec()),
    };
    Ok(body.map(|body| Response { status, body }))
}

fn length(headers: &[httparse::Header<'_>]) -> io::Result<Length> {
    let value = |name: &str| {
        let header = headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        header.map(|header| String::from_utf8_lossy(header.value).trim().to_ascii_lowercase())
    };
    if let Some(coding) = value("transfer-encoding") {
        return if coding == "chunked" {
            Ok(Length::Chunked)
        } else {
            Err(wrong("its answer has a coding that was not asked for"))
        };
    }
    match value("content-length") {
        None => Ok(Length::UntilTheEnd),
        Some(text) => match text.parse() {
            Ok(length) if length <= LARGEST => Ok(Length::Known(length)),
            Ok(_) => Err(wrong("its answer is larger than 1 MiB")),
            Err(_) => Err(wrong("its answer has a length that is no number")),
        },
    }
}

fn chunks(mut rest: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    loop {
        let (start, size) = match httparse::parse_chunk_size(rest) {
            Ok(httparse::Status::Complete(found)) => found,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => return Err(wrong("a part of its answer has a length that is no number")),
        };
        if size == 0 {
            return Ok(Some(body));
        }
        let end = usize::try_from(size).ok().and_then(|size| start.checked_add(size));
        let end =
            end.filter(|end| *end <= LARGEST).ok_or_else(|| wrong("its answer is too large"))?;
        // The line break behind a chunk belongs to it.
        let (Some(chunk), Some(behind)) = (rest.get(start..end), rest.get(end + 2..)) else {
            return Ok(None);
        };
        body.extend_from_slice(chunk);
        rest = behind;
    }
}

/// The words of a form (`application/x-www-form-urlencoded`), as Java's `URLEncoder` writes them.
pub(super) fn form_encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            _ => drop(write!(out, "%{byte:02X}")),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str, ended: bool) -> Option<(u16, String)> {
        let response = parse(text.as_bytes(), ended).unwrap()?;
        Some((response.status, String::from_utf8(response.body).unwrap()))
    }

    #[test]
    fn answers_of_every_length() {
        let said = |status, body: &str| Some((status, body.to_owned()));
        assert_eq!(
            whole("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}x", false),
            said(200, "{}")
        );
        assert_eq!(whole("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}", true), None);
        assert_eq!(whole("HTTP/1.0 401 No\r\n\r\nabc", false), None);
        assert_eq!(whole("HTTP/1.0 401 No\r\n\r\nabc", true), said(401, "abc"));
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2;a=b\r\n{\"\r\n3\r\na\"}\r\n0\r\n\r\n";
        assert_eq!(whole(chunked, false), said(200, "{\"a\"}"));
        for end in 0..chunked.len() - 4 {
            assert_eq!(whole(&chunked[..end], true), None, "{end}");
        }
        let early = "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(whole(early, false), said(204, ""));
    }

    #[test]
    fn answers_that_are_none() {
        for text in [
            "SSH-2.0-OpenSSH\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
        ] {
            assert!(parse(text.as_bytes(), true).is_err(), "{text}");
        }
    }

    #[test]
    fn forms_are_written_as_java_does() {
        assert_eq!(form_encode("a b+c/~ü*-_."), "a+b%2Bc%2F%7E%C3%BC*-_.");
    }
}
