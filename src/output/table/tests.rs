//! What tables look like, byte for byte.

use super::*;
use crate::error::Kind;
use crate::report::{Block, Column, Json, Report, Style};

const PRINCIPAL: Column = Column::text("PRINCIPAL");
const HOST: Column = Column::text("HOST").keep(10);
const LAG: Column = Column::number("LAG").keep(20);
const PERMISSION: Column =
    Column::text("PERMISSION").styles(&[("DENY", Style::Removed), ("ALLOW", Style::Added)]);

struct Acls;

impl Report for Acls {
    fn kind(&self) -> &'static str {
        "Acls"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(())
    }

    fn blocks(&self, wide: bool) -> Vec<Block<'_>> {
        let mut table = Table::new(vec![PRINCIPAL, PERMISSION, LAG, HOST], "no ACLs");
        table.push(["User:billing".into(), "ALLOW".into(), "9".into(), "*".into()]);
        table.push(["User:größe订单".into(), "DENY".into(), "-".into(), "10.0.0.7".into()]);
        table.push(["User:a\u{1b}[31m\u{202e}\nb".into(), "DENY".into(), "1000".into(), "".into()]);
        table.push([
            "User:CN=etl,OU=data engineering,O=acme,C=DE".into(),
            "ALLOW".into(),
            "10".into(),
            "fd00:0:0:0:0:0:0:7".into(),
        ]);
        if !wide {
            table.keep_columns(&[0, 1, 2]);
        }
        vec![Block::Table(table)]
    }
}

fn table(report: &Acls, wide: bool) -> Table<'_> {
    match report.blocks(wide).remove(0) {
        Block::Table(table) => table,
        Block::Lines(_) => panic!("a table"),
    }
}

const PIPED: Layout = Layout {
    painter: Painter { color: false },
    width: None,
    line_width: None,
    headers: true,
    may_drop: true,
};

fn on_terminal(width: usize) -> Layout {
    Layout { width: Some(width), ..PIPED }
}

fn written(table: Table<'_>, layout: Layout) -> (String, Vec<&'static str>) {
    let mut out = Vec::new();
    let Written { dropped, .. } = write(&mut out, table, layout).unwrap();
    (String::from_utf8(out).unwrap(), dropped)
}

fn selected(columns: &[&str], sort_by: Option<&str>) -> String {
    let columns: Vec<String> = columns.iter().map(|c| (*c).to_owned()).collect();
    let sort_by: Vec<String> =
        sort_by.iter().flat_map(|by| by.split(',')).map(Into::into).collect();
    let selection = Selection { columns: &columns, sort_by: &sort_by, wide: false };
    match selection.blocks(&Acls).remove(0) {
        Block::Table(table) => written(table, PIPED).0,
        Block::Lines(_) => panic!("a table"),
    }
}

#[test]
fn piped_columns_align_without_borders_or_trailing_blanks() {
    insta::assert_snapshot!(written(table(&Acls, true), PIPED).0, @r#"
    PRINCIPAL                                    PERMISSION   LAG  HOST
    User:billing                                 ALLOW          9  *
    User:größe订单                               DENY           -  10.0.0.7
    User:a\u{1b}[31m\u{202e}\nb                  DENY        1000
    User:CN=etl,OU=data engineering,O=acme,C=DE  ALLOW         10  fd00:0:0:0:0:0:0:7
    "#);
}

/// A broker stores names of 32 KB.
#[test]
fn one_endless_name_does_not_pad_every_row() {
    let mut table = Table::new(vec![PRINCIPAL, HOST], "no ACLs");
    let endless = "x".repeat(30_000);
    table.push([endless.as_str().into(), "*".into()]);
    table.push(["User:a".into(), "10.0.0.7".into()]);
    let (shown, _) = written(table, PIPED);
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[1], format!("{endless}  *"));
    assert_eq!(lines[2], format!("{:250}  10.0.0.7", "User:a"));
}

#[test]
fn headings_can_be_left_out() {
    let layout = Layout { headers: false, ..PIPED };
    insta::assert_snapshot!(written(table(&Acls, false), layout).0, @r#"
    User:billing                                 ALLOW     9
    User:größe订单                               DENY      -
    User:a\u{1b}[31m\u{202e}\nb                  DENY   1000
    User:CN=etl,OU=data engineering,O=acme,C=DE  ALLOW    10
    "#);
    let layout = Layout { headers: false, ..on_terminal(100) };
    insta::assert_snapshot!(written(table(&Acls, false), layout).0, @r#"
    User:billing                                 ALLOW     9
    User:größe订单                               DENY      -
    User:a\u{1b}[31m\u{202e}\nb                  DENY   1000
    User:CN=etl,OU=data engineering,O=acme,C=DE  ALLOW    10
    "#);
}

#[test]
fn a_wide_terminal_shows_everything() {
    let (text, dropped) = written(table(&Acls, true), on_terminal(120));
    assert!(dropped.is_empty());
    insta::assert_snapshot!(text, @r#"
    PRINCIPAL                                    PERMISSION   LAG  HOST
    ─────────────────────────────────────────────────────────────────────────────────
    User:billing                                 ALLOW          9  *
    User:größe订单                               DENY           -  10.0.0.7
    User:a\u{1b}[31m\u{202e}\nb                  DENY        1000
    User:CN=etl,OU=data engineering,O=acme,C=DE  ALLOW         10  fd00:0:0:0:0:0:0:7
    "#);
}

#[test]
fn a_narrow_terminal_loses_the_least_important_column_and_wraps_the_rest() {
    let (text, dropped) = written(table(&Acls, true), on_terminal(52));
    assert_eq!(dropped, ["HOST"]);
    insta::assert_snapshot!(text, @r#"
    PRINCIPAL                         PERMISSION   LAG
    ──────────────────────────────────────────────────
    User:billing                      ALLOW          9
    User:größe订单                    DENY           -
    User:a\u{1b}[31m\u{202e}\nb       DENY        1000
    User:CN=etl,OU=data engineering,  ALLOW         10
    O=acme,C=DE
    "#);
    let (text, dropped) = written(table(&Acls, true), on_terminal(36));
    assert_eq!(dropped, ["HOST", "LAG"]);
    insta::assert_snapshot!(text, @r#"
    PRINCIPAL                PERMISSION
    ───────────────────────────────────
    User:billing             ALLOW
    User:größe订单           DENY
    User:                    DENY
    a\u{1b}[31m\u{202e}\nb
    User:CN=etl,OU=data      ALLOW
    engineering,O=acme,C=DE
    "#);
    assert!(text.lines().all(|line| line.width() <= 36));
}

/// Names have signs to break at; the words of headings have none.
#[test]
fn headings_stay_whole_as_long_as_names_need_not_be_cut() {
    let mut table =
        Table::new(["PRINCIPAL", "RESOURCE", "COORDINATOR"].map(Column::text).into(), "");
    let row = ["User:ana-maria.silva-santos", "topic:eu.orders.v1-with-more", "b1:9092"];
    table.push(row.map(Into::into));
    let layout = Layout { may_drop: false, ..on_terminal(34) };
    insta::assert_snapshot!(written(table, layout).0, @r#"
    PRINCIPAL  RESOURCE   COORDINATOR
    ─────────────────────────────────
    User:ana-  topic:eu.  b1:9092
    maria.     orders.
    silva-     v1-with-
    santos     more
    "#);
}

#[test]
fn wrapping_loses_nothing() {
    let layout = Layout { may_drop: false, headers: false, ..on_terminal(44) };
    let mut long = Table::new(vec![PRINCIPAL, PERMISSION], "");
    let name = "User:".to_owned() + &"abcdefghij".repeat(20);
    long.push([name.clone().into(), "ALLOW".into()]);
    let (text, _) = written(long, layout);
    let joined: String = text.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(joined, name);
    assert!(text.lines().all(|line| line.width() <= 44), "{text}");
}

/// Where words would be broken, every row is a block of lines, with all that there is.
#[test]
fn a_terminal_too_narrow_for_words_gets_a_block_for_each_row() {
    let (text, dropped) = written(table(&Acls, true), on_terminal(26));
    assert!(dropped.is_empty());
    insta::assert_snapshot!(text, @r#"
    PRINCIPAL: User:billing
    PERMISSION: ALLOW
    LAG: 9
    HOST: *

    PRINCIPAL: User:größe订单
    PERMISSION: DENY
    LAG: -
    HOST: 10.0.0.7

    PRINCIPAL:
      User:
      a\u{1b}[31m\u{202e}\nb
    PERMISSION: DENY
    LAG: 1000

    PRINCIPAL:
      User:CN=etl,OU=data
      engineering,O=acme,C=DE
    PERMISSION: ALLOW
    LAG: 10
    HOST: fd00:0:0:0:0:0:0:7
    "#);
    let (text, _) = written(table(&Acls, true), on_terminal(16));
    insta::assert_snapshot!(text, @r#"
    PRINCIPAL:
      User:billing
    PERMISSION:
      ALLOW
    LAG: 9
    HOST: *

    PRINCIPAL:
      User:größe订单
    PERMISSION: DENY
    LAG: -
    HOST: 10.0.0.7

    PRINCIPAL:
      User:a\u{1b}[3
      1m\u{202e}\nb
    PERMISSION: DENY
    LAG: 1000

    PRINCIPAL:
      User:CN=etl,
      OU=data
      engineering,
      O=acme,C=DE
    PERMISSION:
      ALLOW
    LAG: 10
    HOST:
      fd00:0:0:0:0:
      0:0:7
    "#);
    assert!(text.lines().all(|line| line.width() <= 16));
    // Without their names values would tell nothing.
    let layout = Layout { may_drop: false, headers: false, ..on_terminal(10) };
    let plain = Layout { headers: false, ..PIPED };
    assert_eq!(written(table(&Acls, true), layout).0, written(table(&Acls, true), plain).0);
}

#[test]
fn colours_mark_what_cells_mean_and_change_nothing_else() {
    let plain = written(table(&Acls, false), PIPED).0;
    let layout = Layout { painter: Painter { color: true }, ..PIPED };
    let colored = written(table(&Acls, false), layout).0;
    insta::assert_snapshot!(colored.replace('\x1b', "^"), @r#"
    ^[1mPRINCIPAL^[0m                                    ^[1mPERMISSION^[0m   ^[1mLAG^[0m
    User:billing                                 ^[32mALLOW^[0m          9
    User:größe订单                               ^[31mDENY^[0m           -
    User:a\u{1b}[31m\u{202e}\nb                  ^[31mDENY^[0m        1000
    User:CN=etl,OU=data engineering,O=acme,C=DE  ^[32mALLOW^[0m         10
    "#);
    assert_eq!(without_colour(&colored), plain);

    let layout = Layout { painter: Painter { color: true }, ..on_terminal(100) };
    let drawn = written(table(&Acls, false), layout).0;
    insta::assert_snapshot!(drawn.replace('\x1b', "^"), @r#"
    ^[1mPRINCIPAL^[0m                                    ^[1mPERMISSION^[0m   ^[1mLAG^[0m
    ─────────────────────────────────────────────────────────────
    User:billing                                 ^[38;5;2mALLOW^[39m          9
    User:größe订单                               ^[38;5;1mDENY^[39m           -
    User:a\u{1b}[31m\u{202e}\nb                  ^[38;5;1mDENY^[39m        1000
    User:CN=etl,OU=data engineering,O=acme,C=DE  ^[38;5;2mALLOW^[39m         10
    "#);
    assert_eq!(without_colour(&drawn), written(table(&Acls, false), on_terminal(100)).0);
}

/// Without SGR sequences.
fn without_colour(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').unwrap().1)
}

#[test]
fn columns_are_chosen_and_ordered() {
    insta::assert_snapshot!(selected(&["host", "Principal"], None), @r#"
    HOST                PRINCIPAL
    *                   User:billing
    10.0.0.7            User:größe订单
                        User:a\u{1b}[31m\u{202e}\nb
    fd00:0:0:0:0:0:0:7  User:CN=etl,OU=data engineering,O=acme,C=DE
    "#);
}

#[test]
fn rows_are_sorted_by_any_column() {
    insta::assert_snapshot!(selected(&["lag"], Some("LAG")), @r#"
     LAG
       9
      10
    1000
       -
    "#);
    insta::assert_snapshot!(selected(&["lag"], Some("-lag")), @r#"
     LAG
    1000
      10
       9
       -
    "#);
    // A column of the wide form only: sorted by, not shown.
    insta::assert_snapshot!(selected(&[], Some("host")), @r#"
    PRINCIPAL                                    PERMISSION   LAG
    User:a\u{1b}[31m\u{202e}\nb                  DENY        1000
    User:billing                                 ALLOW          9
    User:größe订单                               DENY           -
    User:CN=etl,OU=data engineering,O=acme,C=DE  ALLOW         10
    "#);
}

struct One<'a>(Table<'a>);

impl Report for One<'_> {
    fn kind(&self) -> &'static str {
        "One"
    }

    fn json(&self) -> Box<dyn Json + '_> {
        Box::new(())
    }

    fn blocks(&self, _: bool) -> Vec<Block<'_>> {
        vec![Block::Table(self.0.clone())]
    }
}

#[test]
fn large_numbers_sort_exactly() {
    let mut table = Table::new(vec![Column::number("OFFSET")], "");
    for offset in ["9007199254740993", "9007199254740992", "2.5", "-1"] {
        table.push([offset.into()]);
    }
    let report = One(table);
    let by = ["offset".to_owned()];
    let selection = Selection { columns: &[], sort_by: &by, wide: false };
    let [Block::Table(table)] = &selection.blocks(&report)[..] else { panic!("a table") };
    let cells: Vec<&str> = table.rows.iter().map(|row| &*row[0]).collect();
    assert_eq!(cells, ["-1", "2.5", "9007199254740992", "9007199254740993"]);
}

#[test]
fn times_and_sizes_sort_by_what_they_are() {
    let order = |cells: &[&str]| {
        let mut table = Table::new(vec![Column::number("AGE")], "");
        for cell in cells {
            table.push([(*cell).into()]);
        }
        let order = order_of(&[table], &["age".to_owned()]);
        order.into_iter().map(|at| cells[at].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        order(&["2h 5m", "", "3d 4h", "850ms", "10s", "5m 10s", "3.2s"]),
        ["850ms", "3.2s", "10s", "5m 10s", "2h 5m", "3d 4h", ""]
    );
    assert_eq!(
        order(&["2 h", "450 ms", "5 min", "12 s", "-"]),
        ["450 ms", "12 s", "5 min", "2 h", "-"]
    );
    assert_eq!(order(&["1.5 MiB", "900 KiB", "12 B"]), ["12 B", "900 KiB", "1.5 MiB"]);
}

#[test]
fn an_unknown_column_names_the_nearest_and_all() {
    let known = ["PRINCIPAL", "PERMISSION", "LAG", "HOST"];
    let error = check_columns(&["PRINCIPLE".to_owned()], &[], &known).unwrap_err();
    assert_eq!(error.kind(), Kind::Invalid);
    assert_eq!(error.message(), "unknown column `PRINCIPLE`");
    assert_eq!(
        error.hints(),
        ["did you mean `PRINCIPAL`?", "the columns are PRINCIPAL, PERMISSION, LAG, HOST"]
    );
    let error = check_columns(&[], &["lag".to_owned(), "-zzz".to_owned()], &known).unwrap_err();
    assert_eq!(error.message(), "unknown column `zzz`");
    assert_eq!(error.hints(), ["the columns are PRINCIPAL, PERMISSION, LAG, HOST"]);
    check_columns(&["principal".to_owned()], &["-Principal".to_owned()], &known).unwrap();
    let error = check_columns(&[], &["lag".to_owned()], &[]).unwrap_err();
    assert_eq!(error.hints(), ["this command prints no table"]);
}

/// A list of ACLs on terminals of every width: what a person searches for is never broken while there is
/// another way.
#[test]
fn words_stay_whole_as_long_as_they_can() {
    let columns = ["PRINCIPAL", "PERMISSION", "OPERATION", "TYPE", "NAME", "PATTERN", "HOST"];
    let columns: Vec<Column> = columns.into_iter().map(Column::text).collect();
    let mut table = Table::new(columns, "");
    let rows = [
        ["User:ana", "ALLOW", "READ", "TOPIC", "orders.checkout-events.v2", "LITERAL", "10.0.0.7"],
        [
            "User:CN=billing,OU=shop,O=acme",
            "DENY",
            "DESCRIBE_CONFIGS",
            "TOPIC",
            "orders",
            "PREFIXED",
            "*",
        ],
    ];
    for row in rows {
        table.push(row.map(Into::into));
    }
    let whole = ["READ", "ana", "ALLOW", "OPERATION", "PERMISSION", "10.0.0.7"];
    let more = ["User:ana", "DESCRIBE_CONFIGS", "PREFIXED", "checkout-"];
    for width in 30..120 {
        let layout = Layout { may_drop: false, ..on_terminal(width) };
        let (text, _) = written(table.clone(), layout);
        assert!(text.lines().all(|line| line.width() <= width), "{width}\n{text}");
        let in_blocks = text.contains("PRINCIPAL:");
        assert_eq!(in_blocks, width < 70, "{width}\n{text}");
        for word in whole {
            assert!(text.contains(word), "{word} at {width}\n{text}");
        }
        for word in more {
            let room = width >= 95 || in_blocks && width > 35;
            assert!(!room || text.contains(word), "{word} at {width}\n{text}");
        }
    }
}

/// What a script asks for does not depend on what it says this time.
#[test]
fn a_column_that_is_asked_for_is_shown_also_where_it_says_nothing() {
    struct Brokers(bool);
    impl Report for Brokers {
        fn kind(&self) -> &'static str {
            "Brokers"
        }
        fn json(&self) -> Box<dyn Json + '_> {
            Box::new(())
        }
        fn blocks(&self, _wide: bool) -> Vec<Block<'_>> {
            let columns = vec![Column::text("ID"), Column::text("RACK"), Column::text("GROUP")];
            let mut table = Table::new(columns, "no brokers");
            if self.0 {
                table.push(["2".into(), "".into(), "g".into()]);
                table.push(["1".into(), "".into(), "h".into()]);
            }
            vec![Block::Table(table.without_empty_column("RACK").hide_column("GROUP"))]
        }
    }
    let of = |rows: bool, columns: &[&str]| {
        let columns: Vec<String> = columns.iter().map(|c| (*c).to_owned()).collect();
        let sort_by = ["ID".to_owned()];
        let selection = Selection { columns: &columns, sort_by: &sort_by, wide: false };
        let report = Brokers(rows);
        let Some(Block::Table(table)) = selection.blocks(&report).pop() else {
            panic!("no table: {columns:?}");
        };
        if table.rows.is_empty() { table.empty.to_owned() } else { written(table, PIPED).0 }
    };
    assert_eq!(of(true, &["rack", "id", "group"]), "RACK  ID  GROUP\n      1   h\n      2   g\n");
    assert_eq!(of(true, &["rack"]), "RACK\n\n\n");
    assert_eq!(of(true, &["id"]), "ID\n1\n2\n");
    assert_eq!(of(false, &["group"]), "no brokers");
}
