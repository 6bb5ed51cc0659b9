//! The whole door, with the terminal played.

use super::*;
use crate::error::{KafkaError, Kind};
use crate::output::ask::tests::Scripted;
use crate::output::{ColorChoice, ProgressChoice};
use crate::report::{Column, Table};
use std::io::Read as _;

/// What was written.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Written {
    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut self.0.lock().unwrap())).unwrap()
    }
}

struct Played {
    ui: Ui,
    out: Written,
    err: Written,
}

impl Played {
    /// Both streams are terminals of this width, or none is.
    fn new(options: Options, width: Option<usize>) -> Self {
        Self::asking(options, (width, width), None)
    }

    fn asking(
        options: Options,
        (out_width, err_width): (Option<usize>, Option<usize>),
        console: Option<Scripted>,
    ) -> Self {
        let (out, err) = (Written::default(), Written::default());
        let streams = Streams {
            out: Box::new(out.clone()),
            err: Box::new(err.clone()),
            out_width,
            out_height: None,
            err_width,
            console: console.map(|console| Box::new(console) as Box<dyn Console>),
            progress: None,
        };
        Self { ui: Ui::with_streams(options, streams), out, err }
    }

    fn print(&self) -> (String, String) {
        self.ui.print(&Acls).unwrap();
        (self.out.take(), self.err.take())
    }
}

fn format(format: Format) -> Options {
    Options { format, ..Options::default() }
}

/// A report with a line, a table and an empty one.
struct Acls;

const NASTY: &str = "User:a\u{1b}[31m\u{202e}\nb";

impl Report for Acls {
    fn sarif(&self) -> Option<Box<dyn Json + '_>> {
        Some(Box::new(serde_json::json!({ "version": "2.1.0" })))
    }

    fn kind(&self) -> &'static str {
        "Acls"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(serde_json::json!({ "items": [{ "principal": NASTY, "lag": 7 }] }))
    }

    fn blocks(&self, wide: bool) -> Vec<Block<'_>> {
        let host = Column::text("HOST").keep(1);
        let mut table =
            Table::new(vec![Column::text("PRINCIPAL"), Column::number("LAG"), host], "");
        table.push([NASTY.into(), "7".into(), "fd00:0:0:0:0:0:0:7".into()]);
        if !wide {
            table.keep_columns(&[0, 1]);
        }
        let line = Line::styled(Style::Added, "+ ").then(Style::Plain, NASTY);
        let empty = Table::new(vec![Column::text("TOPIC")], "no topics");
        vec![Block::Lines(vec![line]), Block::Table(table), Block::Table(empty)]
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        vec![NASTY.into(), "User:b".into()]
    }
}

#[test]
fn results_go_out_and_remarks_go_beside() {
    let (out, err) = Played::new(format(Format::Table), None).print();
    insta::assert_snapshot!(out, @r#"
    + User:a\u{1b}[31m\u{202e}\nb
    PRINCIPAL                    LAG
    User:a\u{1b}[31m\u{202e}\nb    7
    "#);
    assert_eq!(err, "no topics\n");
    let (quiet_out, err) = Played::new(Options { quiet: true, ..Options::default() }, None).print();
    assert_eq!((quiet_out, err.as_str()), (out, ""));
}

/// A name with what joins letters and emoji.
struct Family(&'static str);

impl Report for Family {
    fn kind(&self) -> &'static str {
        "Family"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(serde_json::json!({}))
    }

    fn blocks(&self, _: bool) -> Vec<Block<'_>> {
        Vec::new()
    }

    fn has_names(&self) -> bool {
        !self.0.is_empty()
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        Some(self.0.into()).filter(|name: &Cow<'_, str>| !name.is_empty()).into_iter().collect()
    }
}

#[test]
fn names_that_programs_read_are_whole() {
    let printed = |name: &'static str, width| {
        let played = Played::new(format(Format::Name), width);
        played.ui.print(&Family(name)).unwrap();
        (played.out.take(), played.err.take())
    };
    let joined = "User:👩\u{200d}💻dev";
    assert_eq!(printed(joined, None).0, format!("{joined}\n"));
    assert_eq!(printed(joined, Some(80)).0, "User:👩\\u{200d}💻dev\n");
    assert_eq!(printed("a\u{200d}\u{202e}b", None).0, "a\\u{200d}\\u{202e}b\n");
    let (out, err) = printed("", None);
    assert_eq!(out, "");
    assert!(err.contains("`-o name` prints nothing here"), "{err}");
}

#[test]
fn every_format() {
    let printed = |f| Played::new(format(f), None).print();
    insta::assert_snapshot!(printed(Format::Wide).0, @r#"
    + User:a\u{1b}[31m\u{202e}\nb
    PRINCIPAL                    LAG  HOST
    User:a\u{1b}[31m\u{202e}\nb    7  fd00:0:0:0:0:0:0:7
    "#);
    insta::assert_snapshot!(printed(Format::Markdown).0, @r#"
    ```text
    + User:a\u{1b}[31m\u{202e}\nb
    ```

    | PRINCIPAL | LAG | HOST |
    | --- | --: | --- |
    | User:a\\u{1b}\[31m\\u{202e}\\nb | 7 | fd00:0:0:0:0:0:0:7 |

    no topics
    "#);
    assert_eq!(
        printed(Format::Name),
        ("User:a\\u{1b}[31m\\u{202e}\\nb\nUser:b\n".to_owned(), String::new())
    );
    let (json, err) = printed(Format::Json);
    assert_eq!(err, "");
    insta::assert_snapshot!(json, @r#"
    {
      "apiVersion": "kward/v1",
      "kind": "Acls",
      "items": [
        {"principal":"User:a\u001b[31m\u202e\nb","lag":7}
      ]
    }
    "#);
    let (yaml, err) = printed(Format::Yaml);
    assert_eq!(err, "");
    insta::assert_snapshot!(yaml, @r#"
    apiVersion: kward/v1
    kind: Acls
    items:
      - principal: "User:a\x1b[31m\u202e\nb"
        lag: 7
    "#);
    assert_eq!(printed(Format::Github).0, printed(Format::Table).0);
    for f in Format::NAMES {
        let (out, err) = printed(f.1);
        for text in [out, err] {
            assert!(!text.contains(['\u{1b}', '\u{202e}']), "{f:?}: {text:?}");
        }
    }
}

/// One table with a column for which there may be no room.
struct Wide;

impl Report for Wide {
    fn kind(&self) -> &'static str {
        "Wide"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Acls.json()
    }

    fn blocks(&self, _: bool) -> Vec<Block<'_>> {
        let Some(Block::Table(table)) = Acls.blocks(true).into_iter().nth(1) else { panic!() };
        vec![Block::Table(Table {
            rows: vec![vec!["User:a".into(), "7".into(), "h".repeat(30).into()]],
            ..table
        })]
    }
}

#[test]
fn a_terminal_is_coloured_and_told_what_is_left_out() {
    let played = Played::new(Options { columns: Vec::new(), ..Options::default() }, Some(70));
    let (out, err) = played.print();
    insta::assert_snapshot!(out.replace('\x1b', "^"), @r#"
    ^[32m+ ^[0mUser:a\u{1b}[31m\u{202e}\nb
    ^[1mPRINCIPAL^[0m                    ^[1mLAG^[0m
    ────────────────────────────────
    User:a\u{1b}[31m\u{202e}\nb    7
    "#);
    assert_eq!(err, "\x1b[2mno topics\x1b[0m\n");

    let plain = Options { color: ColorChoice::Never, ..Options::default() };
    let played = Played::new(plain.clone(), Some(30));
    played.ui.print(&Wide).unwrap();
    assert_eq!(
        played.err.take(),
        "not shown for want of room:\n  HOST (`-o wide` or\n  `--columns` shows them)\n"
    );
    assert!(!played.out.take().contains("HOST"));
    // What was asked for by name is never left out.
    let asked = Options { columns: vec!["host".to_owned(), "lag".to_owned()], ..plain };
    let played = Played::new(asked, Some(30));
    played.ui.print(&Wide).unwrap();
    assert_eq!(played.err.take(), "");
    assert!(played.out.take().contains("HOST"));
}

#[test]
fn an_unknown_column_is_refused_in_every_format() {
    for format in [Format::Table, Format::Json, Format::Yaml, Format::Name] {
        let sort_by = vec!["lga".to_owned()];
        let played = Played::new(Options { format, sort_by, ..Options::default() }, None);
        let error = played.ui.check_columns(&["LAG"]).unwrap_err();
        let hint = error.hints()[0].as_str();
        assert_eq!((error.kind(), hint), (Kind::Invalid, "did you mean `LAG`?"));
    }
}

/// A `Ui` that prints into this.
fn into(out: impl Write + Send + 'static, f: Format) -> Ui {
    let streams = Streams {
        out: Box::new(out),
        err: Box::new(io::sink()),
        out_width: None,
        out_height: None,
        err_width: None,
        console: None,
        progress: None,
    };
    Ui::with_streams(format(f), streams)
}

#[test]
fn a_closed_pipe_is_no_failure() {
    for (_, f) in Format::NAMES {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let ui = into(writer, f);
        ui.print(&Acls).unwrap();
        assert!(!ui.event("Event", &serde_json::json!({})).unwrap(), "nobody reads");
    }
}

#[test]
fn events_are_written_at_once_as_long_as_someone_reads() {
    let (mut reader, writer) = io::pipe().unwrap();
    let ui = into(writer, Format::Json);
    assert!(ui.event("Event", &serde_json::json!({ "lag": 7 })).unwrap());
    let expected = "{\"apiVersion\":\"kward/v1\",\"kind\":\"Event\",\"lag\":7}\n";
    let mut got = vec![0; expected.len()];
    reader.read_exact(&mut got).unwrap();
    assert_eq!(String::from_utf8(got).unwrap(), expected);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure_in_every_format() {
    for (_, f) in Format::NAMES {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let error = into(full, f).print(&Acls).unwrap_err();
        assert_eq!(error.kind().code(), 1);
        assert_eq!(error.message(), "cannot write the result to standard output");
        assert!(error.causes()[0].contains("space"), "{:?}", error.causes());
    }
}

#[test]
fn errors_take_the_form_of_the_format() {
    let error = Error::failed("cannot list").kafka(KafkaError {
        name: "NOT_CONTROLLER".to_owned(),
        code: 41,
        message: None,
        retriable: true,
    });
    let shown = |f| {
        let played = Played::new(format(f), None);
        played.ui.error(&error);
        assert_eq!(played.out.take(), "");
        played.err.take()
    };
    assert_eq!(shown(Format::Table), "error: cannot list\ncaused by: NOT_CONTROLLER (41)\n");
    assert_eq!(shown(Format::Yaml), shown(Format::Table));
    assert_eq!(shown(Format::Github), "::error::cannot list%0Acaused by: NOT_CONTROLLER (41)\n");
    let json: serde_json::Value = serde_json::from_str(&shown(Format::Json)).unwrap();
    assert_eq!(
        json["kafka"],
        serde_json::json!({ "name": "NOT_CONTROLLER", "code": 41, "retriable": true })
    );
}

#[test]
fn warnings_and_notes() {
    let played = Played::new(Options::default(), None);
    played.ui.warn("old\u{1b}");
    played.ui.note("more");
    assert_eq!(played.err.take(), "warning: old\\u{1b}\nnote: more\n");
    let played = Played::new(Options { quiet: true, ..Options::default() }, Some(80));
    played.ui.warn("old");
    played.ui.note("more");
    assert_eq!(played.err.take(), "\x1b[33mwarning\x1b[0m: old\n");
    let played = Played::new(format(Format::Github), None);
    played.ui.warn("old");
    assert_eq!(played.err.take(), "::warning::old\n");
}

fn answer(options: Options, typed: &str) -> Answer {
    Played::asking(options, (None, Some(80)), Some(Scripted::typing(typed))).ui.confirm("Go on?")
}

#[test]
fn a_question_is_no_unless_it_is_yes() {
    for (typed, expected) in [
        ("y\n", Answer::Yes),
        ("YES\n", Answer::Yes),
        ("\n", Answer::No),
        ("n\n", Answer::No),
        ("yesterday\n\n", Answer::No),
        ("maybe\ny\n", Answer::Yes),
        ("y\u{8}\n", Answer::No),
        ("y\u{3}", Answer::Interrupted),
        ("y", Answer::Interrupted),
    ] {
        assert_eq!(answer(Options::default(), typed), expected, "{typed:?}");
    }
    let yes = Options { yes: true, ..Options::default() };
    assert_eq!(answer(yes.clone(), ""), Answer::Yes);
    assert_eq!(Played::new(yes, None).ui.confirm("Go on?"), Answer::Yes);
    assert_eq!(Played::new(Options::default(), Some(80)).ui.confirm("Go on?"), Answer::CannotAsk);
}

#[test]
fn yes_answers_no_question_for_a_word() {
    let yes = Options { yes: true, ..Options::default() };
    let played = Played::asking(yes.clone(), (None, Some(80)), Some(Scripted::typing("prod\n")));
    assert_eq!(played.ui.ask_word("Type `prod`:"), Typed::Word("prod".to_owned()));
    assert_eq!(Played::new(yes, None).ui.ask_word("Type `prod`:"), Typed::CannotAsk);
}

#[test]
fn the_question_and_what_it_is_about_stand_in_the_same_place() {
    let blocks = [Block::Lines(vec![Line::styled(Style::Removed, "- User:a")])];
    let console = Scripted::typing("y\n");
    let played = Played::asking(Options::default(), (None, Some(80)), Some(console.clone()));
    played.ui.show(&blocks);
    assert_eq!(played.ui.confirm("Delete\u{1b}?"), Answer::Yes);
    assert_eq!(played.err.take(), "\x1b[31m- User:a\x1b[0m\n");
    assert_eq!(*console.shown.lock().unwrap(), "\x1b[1mDelete\\u{1b}?\x1b[0m [y/N] y\n");

    // On a terminal of 60 columns no word is broken.
    let console = Scripted::typing("\n");
    let played = Played::asking(Options::default(), (None, Some(60)), Some(console.clone()));
    let long = "Connect now, and refuse any other cluster from then onwards?";
    assert_eq!(played.ui.confirm(long), Answer::No);
    let shown = console.shown.lock().unwrap().clone();
    assert!(shown.ends_with("onwards?\x1b[0m\r\n  [y/N] \n"), "{shown:?}");

    // Standard error goes to a file: both on the controlling terminal.
    let console = Scripted::typing("y\n");
    let played = Played::asking(Options::default(), (None, None), Some(console.clone()));
    played.ui.show(&blocks);
    assert_eq!(played.ui.confirm("Delete?"), Answer::Yes);
    assert_eq!(played.err.take(), "");
    assert_eq!(
        *console.shown.lock().unwrap(),
        "\x1b[31m- User:a\x1b[0m\n\x1b[1mDelete?\x1b[0m [y/N] y\n"
    );
    assert_eq!(played.out.take(), "", "nothing of it is a result");
}

#[test]
fn the_request_log_goes_to_the_screen_and_to_a_file_of_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("requests.log");
    let played = Played::new(Options { verbose: 1, ..Options::default() }, None);
    let trace = played.ui.trace(Some((&path, "kward 0.1.0"))).unwrap();
    assert!(trace.is_on());
    trace.line("127.0.0.1:9092 DescribeAcls v3\u{1b}");
    let shown = played.err.take();
    assert!(shown.ends_with("s 127.0.0.1:9092 DescribeAcls v3\\u{1b}\n"), "{shown}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("kward 0.1.0\n{shown}"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    let quiet = Played::new(Options::default(), None);
    let trace = quiet.ui.trace(None).unwrap();
    assert!(!trace.is_on());
    trace.line("nobody reads this");
    assert_eq!(quiet.err.take(), "");
    let error = quiet.ui.trace(Some((folder.path(), ""))).unwrap_err();
    assert_eq!(error.kind(), Kind::Invalid);
}

#[test]
fn progress_can_be_switched_off() {
    assert!(Options::default().draws_progress());
    for options in [
        Options { quiet: true, ..Options::default() },
        Options { progress: ProgressChoice::Never, ..Options::default() },
        Options { term_env: Some("dumb".to_owned()), ..Options::default() },
    ] {
        assert!(!options.draws_progress());
    }
}
