//! The person or the pipeline at the other end.

use std::borrow::Cow;
use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, IsTerminal as _, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use dialoguer::console::Term;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::ask::{self, Console, Echo};
use super::flow::Breaks;
use super::live::Frame;
use super::options::{Format, Options, Pager};
use super::pager::Paged;
use super::paint::Painter;
use super::progress::{DrawTarget, MOMENT, Progress};
use super::screen::Screen;
use super::table::{Layout, Selection};
use super::trace::{self, Trace};
use super::{blocks, document, failure, github, live, manual, markdown, order};
use crate::error::{Error, Result};
use crate::model::{is_hidden, visible};
use crate::report::findings::sarif_of_error;
use crate::report::{Annotation, Answer, Block, Gauge, Interaction, Json, Line, Report, Severity};
use crate::report::{Style, Typed, TypedSecret, View};

fn sarif(out: &mut dyn Write, document: &dyn Json) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, document)?;
    out.write_all(b"\n")
}

/// Prints reports and errors, asks, warns, and shows progress.
pub struct Ui {
    options: Options,
    out: Mutex<Box<dyn Write + Send>>,
    out_painter: Painter,
    out_width: Option<usize>,
    out_height: Option<usize>,
    /// Somebody stopped reading what is printed.
    closed: AtomicBool,
    screen: Arc<Screen>,
    console: Option<Mutex<Box<dyn Console>>>,
    /// The view that has the terminal.
    live: Mutex<Option<Frame>>,
}

/// Where everything goes, and what it is.
pub struct Streams {
    /// Results.
    pub out: Box<dyn Write + Send>,
    /// Everything else.
    pub err: Box<dyn Write + Send>,
    /// The width of the terminal that `out` is, in cells.
    pub out_width: Option<usize>,
    /// The height of the terminal that `out` is, in rows, where it is known.
    pub out_height: Option<usize>,
    /// The width of the terminal that `err` is, in cells.
    pub err_width: Option<usize>,
    /// The terminal to ask on.
    pub console: Option<Box<dyn Console>>,
    /// Where progress is drawn.
    pub progress: Option<DrawTarget>,
}

impl Streams {
    /// The streams of the process.
    fn of_process(options: &Options) -> Self {
        let fixed = options.width;
        let width = move |term: &Term| {
            let asked = || term.size_checked().map_or(80, |(_, columns)| columns);
            usize::from(fixed.unwrap_or_else(asked))
        };
        let out_terminal = io::stdout().is_terminal();
        let err_terminal = io::stderr().is_terminal();
        let progress = err_terminal && options.draws_progress();
        Self {
            out: Box::new(io::stdout()),
            err: Box::new(io::stderr()),
            out_width: out_terminal.then(|| width(&Term::stdout())),
            out_height: Term::stdout()
                .size_checked()
                .filter(|_| out_terminal)
                .map(|(rows, _)| usize::from(rows)),
            err_width: err_terminal.then(|| width(&Term::stderr())),
            console: ask::console(io::stdin().is_terminal(), err_terminal, options.stdin_is_input),
            progress: progress
                .then(|| DrawTarget::terminal(io::stderr(), move || width(&Term::stderr()))),
        }
    }
}

impl Ui {
    /// On the streams of the process; finds out itself which of them are terminals.
    pub fn new(options: Options) -> Self {
        let streams = Streams::of_process(&options);
        Self::with_streams(options, streams)
    }

    /// On other streams, for tests.
    pub fn with_streams(options: Options, streams: Streams) -> Self {
        let painter = |width: Option<usize>| Painter { color: options.colored(width.is_some()) };
        let progress = streams.progress.map(|target| Progress::new(target, MOMENT));
        let err_painter = painter(streams.err_width);
        Self {
            out: Mutex::new(streams.out),
            out_painter: painter(streams.out_width),
            out_width: streams.out_width,
            out_height: streams.out_height,
            closed: AtomicBool::new(false),
            screen: Arc::new(Screen::new(streams.err, progress, err_painter, streams.err_width)),
            console: streams.console.map(Mutex::new),
            live: Mutex::default(),
            options,
        }
    }

    /// What was asked of the output.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Whether `--columns` and `--sort-by` name columns of these, whatever the format. Asked before
    /// anything is done: after a write the mistake would cost its results.
    pub fn check_columns(&self, known: &[&'static str]) -> Result<()> {
        super::table::check_columns(&self.options.columns, &self.options.sort_by, known)
    }

    /// Prints what a command answers, in the format that is asked for. Fails with
    /// [`crate::error::Kind::Failed`] when it cannot be written whole; a closed pipe is no failure.
    pub fn print(&self, report: &dyn Report) -> Result<()> {
        self.leave();
        if let (Some(text), Format::Table | Format::Wide) = (report.verbatim(), self.options.format)
        {
            return self.print_text(text);
        }
        match self.options.format {
            Format::Json => {
                let fields = order::fields(report, &self.options.sort_by)?;
                self.present(|out| document::json(out, report.kind(), &*fields)).map(drop)
            }
            Format::Yaml => {
                let fields = order::fields(report, &self.options.sort_by)?;
                self.present(|out| document::yaml(out, report.kind(), &*fields)).map(drop)
            }
            Format::Name => {
                let names = self.names(report);
                if !report.has_names() {
                    self.note("`-o name` prints nothing here: what is told has no names");
                }
                // Programs get what belongs to words and emoji as it is: the name is to be found again.
                let raw = self.out_width.is_none();
                let joins = |c| matches!(c, '\u{200c}' | '\u{200d}');
                let line = |out: &mut dyn Write, name: &str| {
                    let whole = raw && !name.contains(|c| is_hidden(c) && !joins(c));
                    writeln!(out, "{}", if whole { Cow::Borrowed(name) } else { visible(name) })
                };
                self.present(|out| names.iter().try_for_each(|name| line(out, name)))?;
                report.beside_names().inspect(|words| self.note(words));
                Ok(())
            }
            Format::Markdown => self.print_markdown(report),
            Format::Github => match &*report.annotations() {
                [] => self.print_blocks(report, false),
                remarks => self
                    .present(|out| {
                        github::annotations(out, remarks, self.options.workspace.as_ref())
                    })
                    .map(drop),
            },
            Format::Sarif => {
                let document = report
                    .sarif()
                    .ok_or_else(|| Error::invalid("`-o sarif` is for `acl lint` alone"))?;
                self.present(|out| sarif(out, &*document)).map(drop)
            }
            Format::Table => self.print_blocks(report, false),
            Format::Wide => self.print_blocks(report, true),
        }
    }

    /// The bare names, in the order that is asked for.
    fn names<'r>(&self, report: &'r dyn Report) -> Vec<Cow<'r, str>> {
        let sort_by = &self.options.sort_by;
        if sort_by.is_empty() {
            return report.names();
        }
        order::names(report, sort_by).unwrap_or_else(|| {
            self.note("`--sort-by` orders rows, and what `-o name` prints here are none");
            report.names()
        })
    }

    /// Prints one event of a stream: an object on a line of its own, at once. Answers whether
    /// anyone still reads.
    pub fn event(&self, kind: &str, event: &dyn Json) -> Result<bool> {
        Ok(self.put(|out| document::json_line(out, kind, event))?.is_some())
    }

    /// Prints a text of our own as it is: an exported file, a completion script, a page. Names
    /// in it have been made safe by whoever put them there.
    pub fn print_text(&self, text: &str) -> Result<()> {
        self.present(|out| out.write_all(text.as_bytes())).map(drop)
    }

    /// Prints a text of our own, of which paragraphs flow where a terminal is: `lines` has it without their breaks,
    /// each with how far in its further lines begin, and what stands as it is (`None`).
    pub fn print_flowing(&self, text: &str, lines: &[(Option<usize>, String)]) -> Result<()> {
        /// As wide as the help of commands.
        const WIDEST: usize = 100;
        let Some(width) = self.out_width else { return self.print_text(text) };
        self.present(|out| {
            lines.iter().try_for_each(|(indent, text)| match *indent {
                Some(indent) => {
                    let breaks = Breaks { indent, ..Breaks::of(text, width.min(WIDEST)) };
                    writeln!(out, "{}", breaks.piece(text, 0))
                }
                None => writeln!(out, "{text}"),
            })
        })
        .map(drop)
    }

    /// Shows a page of the manual: typeset where a person looks at it, in its source elsewhere. Answers whether it
    /// did: there may be nothing that can typeset it.
    pub fn manual(&self, page: &str) -> Result<bool> {
        if self.out_width.is_none() {
            return self.print_text(page).map(|()| true);
        }
        self.screen.wipe();
        Ok(manual::show(page, self.pager().is_some()))
    }

    /// Says what failed, why, and what to do.
    pub fn error(&self, error: &Error) {
        self.leave();
        self.screen.wipe();
        let screen = &*self.screen;
        screen.write(|out| match self.options.format {
            Format::Json => failure::json(out, error),
            Format::Github => github::error(out, error, self.options.workspace.as_ref()),
            _ => failure::text(out, error, screen.painter, screen.width),
        });
    }

    /// The end of a command that has no result: where programs read findings they get the failure as one.
    pub fn fail(&self, error: &Error) {
        if self.options.format == Format::Sarif {
            let _ = self.present(|out| sarif(out, &sarif_of_error(error)));
        }
        self.error(error);
    }

    /// Says what is wrong with a command line, and how it is used.
    pub fn usage(&self, lines: &[Line<'_>]) {
        let screen = &*self.screen;
        let line = |out: &mut dyn Write, line| screen.painter.line(out, line, screen.width);
        screen.write(|out| lines.iter().try_for_each(|each| line(out, each)));
    }

    /// Where the request log goes: standard error with `-v`, and a file with its first line.
    pub fn trace(&self, log_file: Option<(&Path, &str)>) -> Result<Trace> {
        let file = log_file.map(|(path, first)| trace::open(path, first)).transpose()?;
        Ok(Trace::new((self.options.verbose > 0).then(|| Arc::clone(&self.screen)), file))
    }

    fn selection(&self, wide: bool) -> Selection<'_> {
        Selection { columns: &self.options.columns, sort_by: &self.options.sort_by, wide }
    }

    fn layout(&self, painter: Painter, width: Option<usize>) -> Layout {
        let may_drop = self.options.columns.is_empty() && self.options.format != Format::Wide;
        let headers = !self.options.no_headers;
        Layout { painter, width, line_width: width, headers, may_drop }
    }

    fn print_markdown(&self, report: &dyn Report) -> Result<()> {
        if let Some(text) = report.markdown() {
            return self.present(|out| markdown::text(out, &text)).map(drop);
        }
        let blocks = self.selection(true).blocks(report);
        self.present(|out| markdown::blocks(out, &blocks)).map(drop)
    }

    fn print_blocks(&self, report: &dyn Report, wide: bool) -> Result<()> {
        let blocks = self.selection(wide).blocks(report);
        let layout = self.layout(self.out_painter, self.out_width);
        if let Some(remarks) = self.present(|out| blocks::write(out, blocks, layout))? {
            self.remark(&remarks);
        }
        Ok(())
    }

    /// Width and height of the terminal as it is now.
    fn size(&self) -> (usize, usize) {
        const HEIGHT: u16 = 24;
        let asked = || crossterm::terminal::size().ok().filter(|(w, h)| *w > 0 && *h > 0);
        let (width, height) = match self.options.width {
            Some(width) => (width, HEIGHT),
            None => asked().unwrap_or((80, HEIGHT)),
        };
        (usize::from(width), usize::from(height))
    }

    /// Gives the terminal back: what was drawn last stays, with what was said meanwhile below it.
    fn leave(&self) {
        let frame = self.live.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(frame) = frame {
            // Where the terminal is gone nobody misses it.
            let _ = self.put(|mut out| frame.leave(&mut out));
            self.screen.release();
        }
    }

    /// Dim lines on standard error.
    fn remark(&self, remarks: &[String]) {
        if self.options.quiet {
            return;
        }
        for remark in remarks {
            let line = Line::styled(Style::Dim, remark.as_str());
            self.screen.write(|out| self.screen.painter.line(out, &line, self.screen.width));
        }
    }

    /// Writes to standard output, all of it; `None` when the pipe is closed.
    fn put<T>(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<T>) -> Result<Option<T>> {
        if self.out_width.is_some() {
            self.screen.wipe();
        }
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        self.answered(buffered(&mut **out, write))
    }

    /// The same for a result, through a pager where a person looks at it and it is long.
    fn present<T>(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<T>) -> Result<Option<T>> {
        let Some((pager, size)) = self.pager() else { return self.put(write) };
        self.screen.wipe();
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let mut screen = Paged::new(pager, size, &mut **out);
        let written = buffered(&mut screen, write);
        let failure = screen.end()?;
        drop(out);
        if let Some(failure) = failure {
            self.warn(&failure);
        }
        self.answered(written)
    }

    /// `None` when nobody reads any more.
    fn answered<T>(&self, written: io::Result<T>) -> Result<Option<T>> {
        match written {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed.store(true, Ordering::Relaxed);
                Ok(None)
            }
            Err(error) => Err(unwritten(error)),
        }
    }

    /// Whether somebody stopped reading before the end, which is no failure.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// The pager, with the width and the height of the terminal, where results may be paged.
    pub fn pager(&self) -> Option<(&Pager, (usize, usize))> {
        let pager = self.options.pager.as_ref().filter(|_| self.options.moves_cursor())?;
        Some((pager, (self.out_width?, self.out_height?)))
    }

    /// The console's painter: questions are coloured as on a terminal.
    fn ask(&self, question: &str, choices: &str, echo: Echo) -> Typed {
        self.screen.wipe();
        let Some(console) = &self.console else { return Typed::CannotAsk };
        let painter = Painter { color: self.options.colored(true) };
        let mut console = console.lock().unwrap_or_else(PoisonError::into_inner);
        let line = Line::styled(Style::Bold, question).then(Style::Plain, choices);
        let mut text = Vec::new();
        let _ = painter.line(&mut text, &line, Some(console.width()));
        let text = String::from_utf8_lossy(&text);
        ask::ask(&mut **console, &format!("{} ", text.trim_end_matches('\n')), echo)
    }

    fn annotate(&self, place: Option<(&str, usize, usize)>, message: &str) {
        let annotation = Annotation {
            severity: Severity::Warning,
            place: place.map(|(file, line, _)| (file.to_owned(), line)),
            column: place.map(|(.., column)| column),
            title: None,
            message: visible(message).into_owned(),
        };
        let workspace = self.options.workspace.as_ref();
        self.screen.write(|out| github::annotations(out, &[annotation], workspace));
    }
}

impl Interaction for Ui {
    fn view(&self) -> Option<View> {
        let wide = match self.options.format {
            // What is asked for by name is cut out of all that there is.
            Format::Table => !self.options.columns.is_empty(),
            Format::Wide => true,
            _ => return None,
        };
        (self.out_width.is_some() && self.options.moves_cursor()).then_some(View { wide })
    }

    fn draw(&self, mut shown: Vec<Block<'_>>) -> Result<()> {
        let (width, height) = self.size();
        self.selection(false).cut(&mut shown);
        let mut text = Vec::new();
        let layout = self.layout(self.out_painter, Some(width));
        let said = blocks::write(&mut text, shown, layout).unwrap_or_default();
        let mut notes = Vec::new();
        for words in &said {
            let line = Line::styled(Style::Dim, words.as_str());
            let _ = self.out_painter.line(&mut notes, &line, Some(width));
        }
        let remarks = self.screen.hold(live::REMARKS);
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        let first = live.is_none();
        let frame = live.insert(Frame::new(&text, &notes));
        self.put(|mut out| frame.paint(&mut out, &remarks, (width, height), first)).map(drop)
    }

    fn event(&self, kind: &str, event: &dyn Json) -> Result<bool> {
        Ui::event(self, kind, event)
    }

    fn is_printed(&self) -> bool {
        !goes_nowhere()
    }

    fn show(&self, shown: &[Block<'_>]) {
        self.screen.wipe();
        match &self.console {
            // The question goes to the controlling terminal, and so does what it is about.
            Some(console) if self.screen.width.is_none() => {
                let painter = Painter { color: self.options.colored(true) };
                let mut console = console.lock().unwrap_or_else(PoisonError::into_inner);
                let layout = self.layout(painter, Some(console.width()));
                let mut text = Vec::new();
                let _ = blocks::write(&mut text, shown.to_vec(), layout);
                let _ = console.show(&String::from_utf8_lossy(&text));
            }
            _ => {
                let layout = self.layout(self.screen.painter, self.screen.width);
                let remarks = self.screen.write(|out| blocks::write(out, shown.to_vec(), layout));
                self.remark(&remarks);
            }
        }
    }

    fn is_read(&self) -> bool {
        let out = io::stdout();
        let mut out = [PollFd::new(&out, PollFlags::empty())];
        let known = poll(&mut out, Some(&Timespec::default())).is_ok();
        !(known && out[0].revents().intersects(PollFlags::ERR | PollFlags::HUP))
    }

    fn asks(&self) -> bool {
        !self.options.yes
    }

    fn can_ask(&self) -> bool {
        self.console.is_some()
    }

    fn confirm(&self, question: &str) -> Answer {
        if !self.asks() {
            return Answer::Yes;
        }
        loop {
            return match self.ask(question, " [y/N]", Echo::Shown) {
                Typed::Word(word) => match word.trim().to_lowercase().as_str() {
                    "y" | "yes" => Answer::Yes,
                    "" | "n" | "no" => Answer::No,
                    _ => {
                        self.note("answer `y` or `n`; nothing at all means no");
                        continue;
                    }
                },
                Typed::CannotAsk => Answer::CannotAsk,
                Typed::Interrupted => Answer::Interrupted,
            };
        }
    }

    fn ask_word(&self, question: &str) -> Typed {
        self.ask(question, "", Echo::Shown)
    }

    fn ask_secret(&self, question: &str) -> TypedSecret {
        match self.ask(question, "", Echo::Hidden) {
            Typed::Word(word) => TypedSecret::Secret(word.into()),
            Typed::CannotAsk => TypedSecret::CannotAsk,
            Typed::Interrupted => TypedSecret::Interrupted,
        }
    }

    fn warn(&self, message: &str) {
        let terminal = (self.screen.painter, self.screen.width);
        if self.options.format == Format::Github {
            return self.annotate(None, message);
        }
        let label = (Style::Warning, "warning");
        self.screen.write(|out| failure::labelled(out, terminal, label, message));
    }

    fn warn_at(&self, (file, line, column): (&str, usize, usize), message: &str) {
        match self.options.format {
            Format::Github => self.annotate(Some((file, line, column)), message),
            _ => self.warn(&format!("{}:{line}:{column}: {message}", visible(file))),
        }
    }

    fn note(&self, message: &str) {
        if !self.options.quiet {
            let terminal = (self.screen.painter, self.screen.width);
            self.screen
                .write(|out| failure::labelled(out, terminal, (Style::Bold, "note"), message));
        }
    }

    fn progress(&self, what: &str, done: usize, total: usize) {
        self.screen.progress(what, done, total);
    }

    fn gauge(&self, gauge: &Gauge) {
        let line = self.screen.gauge(gauge, self.options.draws_progress());
        if let Some(line) = line {
            self.note(&line);
        }
    }
}

impl Drop for Ui {
    fn drop(&mut self) {
        self.leave();
        self.screen.wipe();
    }
}

impl fmt::Debug for Ui {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ui").field("options", &self.options).finish_non_exhaustive()
    }
}

impl fmt::Debug for Streams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streams").finish_non_exhaustive()
    }
}

/// Writes in large pieces.
fn buffered<T>(
    out: &mut dyn Write,
    write: impl FnOnce(&mut dyn Write) -> io::Result<T>,
) -> io::Result<T> {
    let mut buffered = io::BufWriter::with_capacity(1 << 16, out);
    let written = write(&mut buffered).and_then(|answer| {
        buffered.flush()?;
        Ok(answer)
    });
    // What is left must not be tried again when the buffer goes.
    drop(buffered.into_parts());
    written
}

/// Whether standard output is `/dev/null`; one that is closed is opened so at the start.
fn goes_nowhere() -> bool {
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::MetadataExt as _;
    let own = io::stdout().as_fd().try_clone_to_owned().map(File::from);
    let device = |found: io::Result<Metadata>| found.map(|found| found.rdev()).ok();
    let nowhere = device(std::fs::metadata("/dev/null"));
    nowhere.is_some() && device(own.and_then(|out| out.metadata())) == nowhere
}

/// A result that did not get out whole.
pub(super) fn unwritten(error: io::Error) -> Error {
    Error::failed("cannot write the result to standard output")
        .caused_by(error)
        .hint("what is there may be incomplete; make room, or write elsewhere, and run it again")
}

#[cfg(test)]
mod tests;
