//! A failure as a person reads it, and as a program does.

use std::io::{self, Write};

use serde::Serialize;

use super::paint::Painter;
use super::{document, mistake};
use crate::error::Error;
use crate::report::{Line, Style};

/// `error: …`, `caused by: …`, `hint: …`, below every mistake in a file with its line.
pub(super) fn text(
    out: &mut dyn Write,
    error: &Error,
    painter: Painter,
    width: Option<usize>,
) -> io::Result<()> {
    for diagnostic in error.diagnostics() {
        mistake::text(out, diagnostic, painter, width)?;
        out.write_all(b"\n")?;
    }
    labelled(out, (painter, width), (Style::Bad, "error"), error.message())?;
    for cause in error.causes() {
        labelled(out, (painter, width), (Style::Bold, "caused by"), cause)?;
    }
    for hint in error.hints() {
        labelled(out, (painter, width), (Style::Good, "hint"), hint)?;
    }
    Ok(())
}

/// `warning: …` and the like; on a terminal of that width broken between words.
pub(super) fn labelled(
    out: &mut dyn Write,
    (painter, width): (Painter, Option<usize>),
    (style, label): (Style, &str),
    text: &str,
) -> io::Result<()> {
    painter.line(out, &Line::styled(style, label).then(Style::Plain, format!(": {text}")), width)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure<'a> {
    message: &'a str,
    causes: &'a [String],
    hints: &'a [String],
    exit_status: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    kafka: Option<Kafka<'a>>,
    diagnostics: Vec<Mistake<'a>>,
}

#[derive(Serialize)]
struct Kafka<'a> {
    name: &'a str,
    code: i16,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    retriable: bool,
}

#[derive(Serialize)]
struct Mistake<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
}

/// One JSON object on one line.
pub(super) fn json(out: &mut dyn Write, error: &Error) -> io::Result<()> {
    let failure = Failure {
        message: error.message(),
        causes: error.causes(),
        hints: error.hints(),
        exit_status: error.kind().code(),
        kafka: error.kafka_error().map(|kafka| Kafka {
            name: &kafka.name,
            code: kafka.code,
            message: kafka.message.as_deref(),
            retriable: kafka.retriable,
        }),
        diagnostics: error
            .diagnostics()
            .iter()
            .map(|d| Mistake {
                file: &d.file,
                line: d.line,
                column: d.column,
                message: &d.message,
                hint: d.hint.as_deref(),
            })
            .collect(),
    };
    document::json_line(out, "Error", &failure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Diagnostic, KafkaError};

    const PLAIN: Painter = Painter { color: false };

    fn mistakes() -> Error {
        let one = Diagnostic {
            file: "access/orders.yaml".to_owned(),
            line: 12,
            column: 5,
            width: 8,
            source: "    opertion: read".to_owned(),
            cut: 0,
            message: "unknown key `opertion`, did you mean `operation`?".to_owned(),
            hint: None,
        };
        let other = Diagnostic {
            file: "<stdin>".to_owned(),
            line: 1007,
            column: 9,
            width: 2,
            source: "größe: 订单\u{1b}\u{202e} # 订".to_owned(),
            cut: 0,
            message: "an escape\u{1b}[2J".to_owned(),
            hint: Some("write `orders`".to_owned()),
        };
        let beyond = Diagnostic { column: 900, source: "cut …".to_owned(), ..one.clone() };
        Error::invalid("3 mistakes in the files").with_diagnostics(vec![one, other, beyond])
    }

    fn refused() -> Error {
        Error::failed("cannot list the ACLs of `prod`")
            .kafka(KafkaError {
                name: "CLUSTER_AUTHORIZATION_FAILED".to_owned(),
                code: 31,
                message: Some("denied\u{1b}[31m\nhint: run `rm -rf`".to_owned()),
                retriable: false,
            })
            .hint("allow `describe` on the cluster")
    }

    fn shown(error: &Error, painter: Painter, width: Option<usize>) -> String {
        let mut out = Vec::new();
        text(&mut out, error, painter, width).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_failed_why_and_what_to_do() {
        insta::assert_snapshot!(shown(&refused(), PLAIN, None), @r#"
        error: cannot list the ACLs of `prod`
        caused by: CLUSTER_AUTHORIZATION_FAILED (31): denied\u{1b}[31m\nhint: run `rm -rf`
        hint: allow `describe` on the cluster
        "#);
        insta::assert_snapshot!(shown(&refused(), Painter { color: true }, None).replace('\x1b', "^"), @r#"
        ^[1;31merror^[0m: cannot list the ACLs of `prod`
        ^[1mcaused by^[0m: CLUSTER_AUTHORIZATION_FAILED (31): denied\u{1b}[31m\nhint: run `rm -rf`
        ^[32mhint^[0m: allow `describe` on the cluster
        "#);
    }

    #[test]
    fn mistakes_in_files_show_their_line() {
        insta::assert_snapshot!(shown(&mistakes(), PLAIN, None), @r#"
        error: unknown key `opertion`, did you mean `operation`?
          --> access/orders.yaml:12:5
           |
        12 |     opertion: read
           |     ^^^^^^^^

        error: an escape\u{1b}[2J
            --> <stdin>:1007:9
             |
        1007 | größe: 订单\u{1b}\u{202e} # 订
             |          ^^^^^^^^
             = hint: write `orders`

        error: unknown key `opertion`, did you mean `operation`?
          --> access/orders.yaml:12:900
           |
        12 | cut …
           |      ^

        error: 3 mistakes in the files
        "#);
    }

    #[test]
    fn as_json_on_one_line() {
        let mut out = Vec::new();
        json(&mut out, &refused()).unwrap();
        json(&mut out, &mistakes()).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r#"
        {"apiVersion":"kward/v1","kind":"Error","message":"cannot list the ACLs of `prod`","causes":["CLUSTER_AUTHORIZATION_FAILED (31): denied\\u{1b}[31m\\nhint: run `rm -rf`"],"hints":["allow `describe` on the cluster"],"exitStatus":1,"kafka":{"name":"CLUSTER_AUTHORIZATION_FAILED","code":31,"message":"denied\u001b[31m\nhint: run `rm -rf`","retriable":false},"diagnostics":[]}
        {"apiVersion":"kward/v1","kind":"Error","message":"3 mistakes in the files","causes":[],"hints":[],"exitStatus":2,"diagnostics":[{"file":"access/orders.yaml","line":12,"column":5,"message":"unknown key `opertion`, did you mean `operation`?"},{"file":"<stdin>","line":1007,"column":9,"message":"an escape\u001b[2J","hint":"write `orders`"},{"file":"access/orders.yaml","line":12,"column":900,"message":"unknown key `opertion`, did you mean `operation`?"}]}
        "#);
    }

    #[test]
    fn as_annotations_for_github() {
        let mut out = Vec::new();
        super::super::github::error(&mut out, &mistakes(), None).unwrap();
        super::super::github::error(&mut out, &refused(), None).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r#"
        ::error file=access/orders.yaml,line=12,col=5,endColumn=13::unknown key `opertion`, did you mean `operation`?
        ::error file=<stdin>,line=1007,col=9,endColumn=11::an escape\u{1b}[2J%0Ahint: write `orders`
        ::error file=access/orders.yaml,line=12,col=900,endColumn=908::unknown key `opertion`, did you mean `operation`?
        ::error::3 mistakes in the files
        ::error::cannot list the ACLs of `prod`%0Acaused by: CLUSTER_AUTHORIZATION_FAILED (31): denied\u{1b}[31m\nhint: run `rm -rf`%0Ahint: allow `describe` on the cluster
        "#);
    }
}
