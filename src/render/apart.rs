//! Custom templates and resources are expanded by a separate process: they may need more stack, memory or time than
//! available, and the process then dies.

use std::collections::BTreeMap;

use processor::schema::Schema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::escape::escape;
use super::made::{Made, Maker};
use super::progress::RenderProgress;
use super::sent_diagnostic::SentDiagnostic;
use super::trace::TemplateLine;
use crate::diagnostic::{Diagnostic, Exit, Failure, FileId, Location, SourceText, Span, codes};
use crate::source::{self, ExtraFile, StackFiles, TemplateFile};
use crate::spec::Spec;

/// Starts this program again with limits, to answer one request.
pub trait Sandbox {
    /// The request is one JSON document; the output is whole lines, except for the last one of a process that ended
    /// early.
    fn run(&self, request: &str) -> SandboxRun;
}

/// The output of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxRun {
    pub written: String,
    pub end: End,
}

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    Done,
    /// It could not be started; the text is why.
    NotStarted(String),
    /// By a signal that was meant for all of pipectl.
    Interrupted,
    /// It needed more than this: `512 MiB of memory`.
    Over(String),
    /// In another way, which is an error.
    Died(String),
}

/// What is to be expanded. Files are identified by their index in the checked spec.
#[derive(Serialize, Deserialize)]
struct Request {
    /// pipectl's version: the executable may have been replaced since pipectl was started.
    version: String,
    /// The spec as YAML on one line, which preserves numbers exactly.
    spec: String,
    /// The schema of the detail, which is in a file of its own.
    schema: Option<String>,
    templates: Vec<File>,
    extra: Vec<File>,
}

#[derive(Serialize, Deserialize)]
struct File {
    number: usize,
    path: String,
    text: String,
}

/// A line that the process writes.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// The expansion reached the end of this line of this template.
    At(usize, usize),
    /// The expanded text.
    Made(String),
    Refused(Vec<SentDiagnostic>),
    OtherVersion(String),
}

/// The stack of a spec and its files, expanded by the separate process.
pub(super) fn make(
    spec: &Spec,
    files: &StackFiles,
    sources: &[SourceText],
    sandbox: &dyn Sandbox,
) -> Result<Made, Failure> {
    let maker = Maker::new(spec, files, sources);
    let request = Request::new(spec, files, sources);
    let SandboxRun { written, end } = sandbox.run(&serde_json::to_string(&request).unwrap_or_default());
    let mut reached = None;
    let mut answer = None;
    for line in written.lines().filter_map(|line| serde_json::from_str(line).ok()) {
        match line {
            Line::At(template, line) => reached = Some(TemplateLine { template, line }),
            other => answer = Some(other),
        }
    }
    match (end, answer) {
        (End::Done, Some(Line::Made(text))) => maker.reread(text),
        (End::Done, Some(Line::Refused(diagnostics))) if !diagnostics.is_empty() => {
            Err(maker.failure(diagnostics.into_iter().filter_map(SentDiagnostic::diagnostic).collect()))
        }
        (End::Done, Some(Line::OtherVersion(version))) => Err(Failure::failed(
            codes::RENDER_NOT_STARTED,
            format!("the pipectl executable was replaced while it ran, by version `{version}`"),
            "run the same command again",
        )),
        (End::Done, _) => Err(died(&maker, reached, files, "its output is not complete")),
        (End::NotStarted(reason), _) => Err(Failure::failed(
            codes::RENDER_NOT_STARTED,
            format!("the process that expands your templates and resources could not be started: {reason}"),
            "check the limits on processes and memory (`ulimit -a`), and that the pipectl executable still exists",
        )),
        (End::Interrupted, _) => {
            let message = "interrupted while your templates and resources were expanded";
            let diagnostic = Diagnostic::error(codes::RENDER_NOT_STARTED, message)
                .help("nothing was changed; run the same command again");
            Err(Failure::new(Exit::Interrupted, diagnostic))
        }
        (End::Over(limit), _) => {
            let message = format!("expanding it takes more than {limit}");
            let help = "from this line on, look for a loop, macro or include that repeats without end, a value that contains itself, or a growing string; pipectl's own templates use less than a tenth of this";
            Err(at_its_end(&maker, reached, files, message, help))
        }
        (End::Died(reason), _) => Err(died(&maker, reached, files, &reason)),
    }
}

fn died(maker: &Maker<'_>, reached: Option<TemplateLine>, files: &StackFiles, reason: &str) -> Failure {
    let message = format!("the process that expanded it crashed: {reason}");
    let help = "remove what follows this line, and please report this with your templates: pipectl should refuse such a template with a reason";
    at_its_end(maker, reached, files, message, help)
}

/// At the line after the last one that was reached, which is as far as is known.
fn at_its_end(
    maker: &Maker<'_>,
    reached: Option<TemplateLine>,
    files: &StackFiles,
    message: String,
    help: &str,
) -> Failure {
    let next = |origin: TemplateLine| maker.line(TemplateLine { line: origin.line + 1, ..origin });
    let location = reached.and_then(|origin| next(origin).or_else(|| maker.line(origin)));
    let first = || {
        let template = files.templates.first().map(|template| template.file);
        let file = template.or_else(|| files.extra.first().map(|extra| extra.file)).unwrap_or_default();
        Location { file, span: Span::START }
    };
    let location = location.unwrap_or_else(first);
    maker.failure(vec![Diagnostic::error(codes::RENDER_OVER_LIMIT, message).at("", location).help(help)])
}

/// The output of the separate process for a request: `report` gets the lines as they come, the answer is the last one.
pub fn answer(request: &str, mut report: Box<dyn FnMut(&str) + Send>) -> String {
    let answer = match serde_json::from_str::<Request>(request) {
        Ok(request) if request.version == env!("CARGO_PKG_VERSION") => {
            let progress = move |origin: TemplateLine| report(&line(&Line::At(origin.template, origin.line)));
            request.expand(RenderProgress::new(Box::new(progress)))
        }
        _ => Line::OtherVersion(env!("CARGO_PKG_VERSION").to_owned()),
    };
    line(&answer)
}

fn line(line: &Line) -> String {
    serde_json::to_string(line).unwrap_or_default()
}

impl Request {
    fn new(spec: &Spec, files: &StackFiles, sources: &[SourceText]) -> Self {
        let file = |number: FileId| {
            let source = sources.get(number.0);
            let text = source.map(|source| source.text.clone()).unwrap_or_default();
            File {
                number: number.0,
                path: source.map(|source| source.path.to_string()).unwrap_or_default(),
                text,
            }
        };
        let named = |template: &TemplateFile| File { path: template.name.clone(), ..file(template.file) };
        let schema = spec.event.schema.as_ref().and_then(|schema| schema.content.as_ref());
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            spec: escape(&serde_json::to_value(spec).unwrap_or_default()),
            schema: schema.map(|content| content.text().to_owned()),
            templates: files.templates.iter().map(named).collect(),
            extra: files.extra.iter().map(|extra| file(extra.file)).collect(),
        }
    }

    fn expand(self, progress: RenderProgress) -> Line {
        let mut spec = match serde_yaml::from_str::<Value>(&self.spec).map(serde_json::from_value::<Spec>) {
            Ok(Ok(spec)) => spec,
            Ok(Err(error)) => return unreadable(&error.to_string()),
            Err(error) => return unreadable(&error.to_string()),
        };
        if let Some(schema) = &mut spec.event.schema {
            // It was parsed before, so it is valid.
            schema.content = self.schema.and_then(|text| Schema::read(&text).ok());
        }
        let mut texts: BTreeMap<usize, SourceText> = BTreeMap::new();
        let mut files = StackFiles::default();
        for File { number, path, text } in self.templates {
            files.templates.push(TemplateFile { name: path.clone(), file: FileId(number) });
            texts.insert(number, SourceText { path: path.into(), text });
        }
        for File { number, path, text } in self.extra {
            // It was parsed before, so it is valid.
            if let Ok(root) = source::cloudformation(&text, FileId(number)) {
                files.extra.push(ExtraFile { file: FileId(number), root });
            }
            texts.insert(number, SourceText { path: path.into(), text });
        }
        let last = texts.last_key_value().map_or(0, |(number, _)| *number);
        let none = || SourceText { path: "".into(), text: String::new() };
        let sources: Vec<SourceText> =
            (0..=last).map(|number| texts.remove(&number).unwrap_or_else(none)).collect();
        match Maker::new(&spec, &files, &sources).tracked(progress).made() {
            Ok(made) => Line::Made(made.text),
            Err(failure) => Line::Refused(failure.diagnostics.iter().map(SentDiagnostic::new).collect()),
        }
    }
}

fn unreadable(reason: &str) -> Line {
    let message = format!("the spec cannot be read back: {reason}");
    let help = "please report this with your spec: it is a bug in pipectl";
    Line::Refused(vec![SentDiagnostic::new(&Diagnostic::error(codes::RENDER_BROKEN, message).help(help))])
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::render::templates::TEMPLATES;

    const SPEC: &str =
        "version: 1\nname: a\nenvironment: b\nbus: {pattern: {x: [{numeric: [\">\", 0.1]}, 1e-7]}}\n";

    /// Answers within the test, or with the output that a process could have left.
    struct Left {
        run: Option<SandboxRun>,
        asked: RefCell<usize>,
        reached: RefCell<String>,
    }

    impl Sandbox for Left {
        fn run(&self, request: &str) -> SandboxRun {
            *self.asked.borrow_mut() += 1;
            let run = self.run.clone();
            run.unwrap_or_else(|| {
                let lines = Arc::new(Mutex::new(String::new()));
                let report = Arc::clone(&lines);
                let written = answer(
                    request,
                    Box::new(move |line| report.lock().expect("a lock").push_str(&format!("{line}\n"))),
                );
                *self.reached.borrow_mut() = lines.lock().expect("a lock").clone();
                SandboxRun { written, end: End::Done }
            })
        }
    }

    fn left(run: Option<SandboxRun>) -> Left {
        Left { run, asked: RefCell::default(), reached: RefCell::default() }
    }

    /// Every template of pipectl's own as a custom one, and a file of resources.
    fn files() -> (StackFiles, Vec<SourceText>) {
        let mut files = StackFiles::default();
        let mut sources = vec![SourceText { path: "spec.yaml".into(), text: SPEC.to_owned() }];
        for (name, text) in TEMPLATES {
            let file = FileId(sources.len());
            files.templates.push(TemplateFile { name: (*name).to_owned(), file });
            sources.push(SourceText { path: (*name).into(), text: (*text).to_owned() });
        }
        let text = "Resources:\n  More:\n    Type: AWS::SNS::Topic\n";
        let file = FileId(sources.len());
        files.extra.push(ExtraFile { file, root: source::cloudformation(text, file).expect("YAML") });
        sources.push(SourceText { path: "more.yaml".into(), text: text.to_owned() });
        (files, sources)
    }

    fn spec() -> Spec {
        serde_yaml::from_str(SPEC).expect("a spec")
    }

    fn refused(run: SandboxRun) -> Failure {
        let (files, sources) = files();
        make(&spec(), &files, &sources, &left(Some(run))).err().expect("a failure")
    }

    #[test]
    fn one_process_makes_the_whole_stack_as_it_would_be_made_here() {
        let (files, sources) = files();
        let (spec, sandbox) = (spec(), left(None));
        let made = make(&spec, &files, &sources, &sandbox).expect("a stack");
        assert_eq!(*sandbox.asked.borrow(), 1);
        let here = Maker::new(&spec, &files, &sources).made().expect("a stack");
        assert_eq!((made.text, made.parsed), (here.text, here.parsed));
        // Each template was reached, and its lines after it.
        for template in 0..files.templates.len() {
            assert!(sandbox.reached.borrow().contains(&format!("{{\"at\":[{template},0]}}")), "{template}");
        }
    }

    #[test]
    fn a_refusal_is_returned_with_its_locations() {
        let (files, mut sources) = files();
        let last = sources.len() - 1;
        sources[last].text = "Resources:\n  Queue:\n    Type: AWS::SNS::Topic\n".to_owned();
        let made = make(&spec(), &files, &sources, &left(None));
        let failure = made.err().expect("a failure");
        let root = source::cloudformation(&sources[last].text, FileId(last)).expect("YAML");
        let files = StackFiles { extra: vec![ExtraFile { file: FileId(last), root }], ..files };
        let here = Maker::new(&spec(), &files, &sources).made().err().expect("a failure");
        assert_eq!((failure.exit, &failure.diagnostics), (here.exit, &here.diagnostics));
        assert_eq!(failure.diagnostics[0].code, codes::RENDER_TAKEN_TWICE);
    }

    #[test]
    fn whatever_a_process_leaves_is_a_diagnostic() {
        let run = |written: &str, end: End| refused(SandboxRun { written: written.to_owned(), end });
        for written in
            ["", "nonsense", "{\"made\": \"Reso", "{\"made\": 1}", "{\"at\":[0,1]}\n", "[[[[", "\u{0}"]
        {
            let failure = run(written, End::Done);
            assert_eq!(
                (failure.exit, failure.diagnostics[0].code),
                (Exit::InvalidSpec, codes::RENDER_OVER_LIMIT)
            );
            assert!(failure.diagnostics[0].location.is_some(), "{written}");
        }
        // An answer that the parent cannot read either.
        assert_eq!(run("{\"made\": \"[\"}", End::Done).diagnostics[0].code, codes::RENDER_NOT_YAML);
        assert_eq!(run("{\"refused\": []}", End::Done).diagnostics[0].code, codes::RENDER_OVER_LIMIT);
        for (end, exit) in [
            (End::NotStarted("no memory".to_owned()), Exit::Failed),
            (End::Interrupted, Exit::Interrupted),
            (End::Over("512 MiB of memory".to_owned()), Exit::InvalidSpec),
            (End::Died("signal: 31".to_owned()), Exit::InvalidSpec),
        ] {
            let failure = run("{\"at\":[1,2]}\n{\"at\":[3,4]}\n{\"at\":[9,99", end.clone());
            assert_eq!(failure.exit, exit, "{end:?}");
            let location = failure.diagnostics[0].location;
            if exit == Exit::InvalidSpec {
                assert_eq!(
                    location.map(|location| (location.file.0, location.span.start.line)),
                    Some((4, 5)),
                    "{end:?}"
                );
            }
        }
        // Lines that no template has.
        let failure = run("{\"at\":[77,1]}\n", End::Over("two minutes".to_owned()));
        assert_eq!(failure.diagnostics[0].location.map(|location| location.file), Some(FileId(1)));
    }
}
