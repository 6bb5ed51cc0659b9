//! A plan as the comment of a review: a heading, its sum, and a `diff` block that colours what comes and goes.

use super::Line;
use crate::model::visible;

/// The comment. `command` is what shows all of it.
pub fn comment(title: &str, sum: &str, lines: &[Line<'_>], command: &str) -> String {
    let mut text = format!("### {title}\n\n{sum}\n");
    let body = fit_comment(lines.iter().map(|line| diff_line(&line.text())).collect(), command);
    if !body.is_empty() {
        let fence = fence(&body);
        text.push_str(&format!("\n{fence}diff\n{}\n{fence}\n", body.join("\n")));
    }
    text
}

/// What a comment has room for: GitHub refuses one of more than 65,536 characters. The end stays, because
/// tests and guards stand there.
fn fit_comment(mut lines: Vec<String>, command: &str) -> Vec<String> {
    const HALF: usize = 30_000;
    let size = |line: &String| line.len() + 1;
    if lines.iter().map(size).sum::<usize>() <= 2 * HALF {
        return lines;
    }
    let fitting = |lines: &mut dyn Iterator<Item = &String>| {
        let mut room = HALF;
        lines
            .take_while(|line| {
                let fits = size(line) <= room;
                room = room.saturating_sub(size(line));
                fits
            })
            .count()
    };
    let head = fitting(&mut lines.iter());
    let tail = lines.len() - fitting(&mut lines.iter().rev()).min(lines.len() - head);
    let out = format!(
        "… {} left out: `{command} -o wide` shows all",
        super::units::count(tail - head, "line")
    );
    lines.splice(head..tail, [out]);
    lines
}

/// The sign of a line to its very beginning, where a `diff` block colours it.
fn diff_line(line: &str) -> String {
    let visible = visible(line);
    match visible.strip_prefix("  ").and_then(|rest| rest.split_at_checked(2)) {
        Some((sign @ ("+ " | "- " | "! "), rest)) => format!("{sign}  {rest}"),
        _ => visible.into_owned(),
    }
}

/// A fence longer than any run of backticks inside.
fn fence(body: &[String]) -> String {
    let longest =
        body.iter().flat_map(|line| line.split(|c| c != '`')).map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_holds_the_beginning_and_the_end_of_a_long_plan() {
        let few = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(fit_comment(few.clone(), "kward acl plan"), few);
        let many: Vec<String> =
            (0..20_000).map(|at| format!("+ allow READ on topic:{at}")).collect();
        let fitted = fit_comment(many.clone(), "kward acl plan");
        let text = fitted.join("\n");
        assert!((55_000..61_000).contains(&text.len()), "{}", text.len());
        let left_out = many.len() - (fitted.len() - 1);
        let at = fitted.iter().position(|line| line.starts_with('…')).unwrap();
        assert_eq!(
            fitted[at],
            format!("… {left_out} lines left out: `kward acl plan -o wide` shows all")
        );
        assert_eq!(fitted[..at], many[..at]);
        assert_eq!(fitted[at + 1..], many[at + left_out..]);
        // One line longer than all of it.
        let long =
            fit_comment(vec!["a".to_owned(), "x".repeat(70_000), "z".to_owned()], "kward acl plan");
        assert_eq!(long, ["a", "… 1 line left out: `kward acl plan -o wide` shows all", "z"]);
    }
}
