//! Expands a stack, reads the result back and checks it.

use std::cell::OnceCell;

use serde_json::Value;

use super::boundary::unbounded;
use super::context::Context;
use super::contract::unmet;
use super::expand::{Expanded, NOT_YAML, expand};
use super::extra::Extra;
use super::filled::Filled;
use super::names_taken::taken;
use super::outline::refused;
use super::prefix::prefixed;
use super::progress::RenderProgress;
use super::templates::Templates;
use super::trace::TemplateLine;
use super::version::{PLACEHOLDER, settings};
use super::walk::{Finding, walk};
use crate::diagnostic::{
    self, Code, Diagnostic, Exit, Failure, FileId, Location, Position, Severity, SourceText, Span, codes,
};
use crate::source::{self, StackFiles};
use crate::spec::Spec;

/// Expands a stack, parses and checks it; errors are reported in the files they come from.
pub(super) struct Maker<'a> {
    spec: &'a Spec,
    stack_files: &'a StackFiles,
    sources: &'a [SourceText],
    templates: Templates<'a>,
    progress: RenderProgress,
    /// The start of each line of each custom template.
    starts: OnceCell<Vec<Vec<(usize, usize)>>>,
}

/// A stack's template without forbidden content.
pub(super) struct Made {
    pub(super) text: String,
    pub(super) parsed: Value,
}

impl<'a> Maker<'a> {
    /// For a spec with its files, and their texts.
    pub(super) fn new(spec: &'a Spec, stack_files: &'a StackFiles, sources: &'a [SourceText]) -> Self {
        let progress = RenderProgress::new(Box::new(|_| {}));
        let templates = Templates::new(stack_files, sources);
        Self { spec, stack_files, sources, templates, progress, starts: OnceCell::new() }
    }

    pub(super) fn tracked(self, progress: RenderProgress) -> Self {
        Self { progress, ..self }
    }

    /// The whole stack.
    pub(super) fn made(&self) -> Result<Made, Failure> {
        self.make(&self.extra()?)
    }

    /// A text that was expanded before, with its value.
    pub(super) fn reread(&self, text: String) -> Result<Made, Failure> {
        let expanded = Expanded { text, origins: Vec::new() };
        Ok(Made { parsed: self.read(&expanded)?, text: expanded.text })
    }

    /// What the user's files add to the template.
    fn extra(&self) -> Result<Extra<'a>, Failure> {
        if self.stack_files.extra.is_empty() {
            return Ok(Extra::default());
        }
        // The template before anything is added, not checked and not complete.
        let bare = self.read(&self.expand(&Extra::default())?)?;
        Extra::new(self.stack_files, self.sources, &bare).map_err(|problems| self.failure(problems))
    }

    fn expand(&self, extra: &Extra<'_>) -> Result<Expanded, Failure> {
        let mut context = Context::new(self.spec).map_err(|reason| {
            self.failure(vec![self.diagnostic(codes::RENDER_TEMPLATE_ERROR, &reason, "", None)])
        })?;
        expand(&mut context, &self.templates, &extra.variables(), &self.progress).map_err(|broken| {
            let location = broken.origin.and_then(|origin| self.line(origin));
            let message = format!("the template cannot be expanded: {}", broken.reason);
            self.failure(vec![self.diagnostic(broken.code, &message, broken.help, location)])
        })
    }

    fn make(&self, extra: &Extra<'_>) -> Result<Made, Failure> {
        let mut expanded = self.expand(extra)?;
        let mut parsed = self.read(&expanded)?;
        if let Some(settings) = settings(&parsed) {
            expanded.text = expanded.text.replace(PLACEHOLDER, &settings);
            parsed = self.read(&expanded)?;
        }
        let left_out = extra.left_out(&parsed);
        if !left_out.is_empty() {
            return Err(self.failure(left_out));
        }
        let mut findings = walk(&parsed, expanded.text.len());
        if !self.stack_files.is_empty() {
            let filled = Filled::of(&parsed);
            findings.extend(refused(&parsed));
            findings.extend(taken(&filled));
            findings.extend(unmet(&parsed, &filled, self.spec, &self.templates));
        }
        findings.extend(unbounded(&parsed, self.spec.deploy.permissions_boundary.as_deref()));
        if findings.is_empty() {
            let prefixed = self.spec.deploy.has_artifact_prefix().then(|| prefixed(&parsed));
            return Ok(match prefixed.flatten() {
                Some(parsed) => Made { text: format!("{parsed:#}"), parsed },
                None => Made { text: expanded.text, parsed },
            });
        }
        // Locations are only computed if there is something to report.
        let tree = source::cloudformation(&expanded.text, FileId::default()).ok();
        let diagnostics = findings.iter().map(|finding| {
            let location = extra.location(&finding.pointer).or_else(|| {
                let (key, _) = tree.as_ref()?.nearest(&finding.pointer)?;
                self.line(*expanded.origins.get(key.span.start.line - 1)?.as_ref()?)
            });
            self.found(finding, location)
        });
        Err(self.failure(diagnostics.collect()))
    }

    /// The expanded text's value. If there are custom templates, it is parsed by the parser that has locations, and
    /// supports the short forms of functions.
    fn read(&self, expanded: &Expanded) -> Result<Value, Failure> {
        if self.templates.users().is_empty() {
            return super::parse(&expanded.text).map_err(|reason| {
                self.failure(vec![self.diagnostic(codes::RENDER_NOT_YAML, &reason, "", None)])
            });
        }
        source::cloudformation(&expanded.text, FileId::default()).map(|node| node.value()).map_err(
            |problems| {
                let diagnostics = problems.into_iter().map(|problem| {
                    let line = problem.location.map_or(1, |location| location.span.start.line);
                    // The line of the parser's error may be one of pipectl's, after a mistake above.
                    let origin = expanded.origins.iter().take(line).rev().find_map(|origin| *origin);
                    let message =
                        format!("the template does not expand to CloudFormation YAML: {}", problem.message);
                    let location = origin.and_then(|origin| self.line(origin));
                    self.diagnostic(
                        codes::RENDER_NOT_YAML,
                        &message,
                        problem.help.as_deref().unwrap_or(NOT_YAML),
                        location,
                    )
                });
                self.failure(diagnostics.collect())
            },
        )
    }

    /// `location`: the location in the user's files. A missing part of one of pipectl's own templates is reported in the
    /// custom template that leaves it out.
    fn found(&self, finding: &Finding, location: Option<Location>) -> Diagnostic {
        let Finding { code, message, help, .. } = finding;
        let leaves_out = finding.missing.as_ref().filter(|_| location.is_none());
        match leaves_out.and_then(|id| self.templates.in_place_of(id)) {
            Some(user) => {
                let at_its_start = Location { file: user.file, span: Span::START };
                if *code != codes::RENDER_UNKNOWN_REFERENCE {
                    return Diagnostic::error(*code, message).at("", at_its_start).help(help);
                }
                let message = format!("{message}, but one of pipectl's templates needs it");
                Diagnostic::error(*code, message).at("", at_its_start).help(
                    "keep in your templates what others refer to: `pipectl eject` shows pipectl's templates",
                )
            }
            None => self.diagnostic(*code, message, help, location),
        }
    }

    /// An error without a location in the user's files is reported at the beginning of one: pipectl's own templates alone
    /// have no errors.
    fn diagnostic(&self, code: Code, message: &str, help: &str, location: Option<Location>) -> Diagnostic {
        let template = self.templates.users().first().map(|user| user.file);
        // They are also never too large, or incomplete: additions make them so.
        let of_the_whole = [codes::RENDER_CONTRACT, codes::RENDER_TAKEN_TWICE, codes::RENDER_TOO_LARGE];
        let is_alone = code == codes::RENDER_TOO_LARGE || template.is_none();
        let added = self.stack_files.extra.last().filter(|_| is_alone && of_the_whole.contains(&code));
        let file = added.map(|added| added.file).or(template);
        match location.or_else(|| Some(Location { file: file?, span: Span::START })) {
            Some(location) => Diagnostic::error(code, message).at("", location).help(help),
            None => Diagnostic::error(codes::RENDER_BROKEN, message)
                .help("please report this with your spec: it is a bug in pipectl"),
        }
    }

    pub(super) fn failure(&self, mut problems: Vec<Diagnostic>) -> Failure {
        diagnostic::sort(&mut problems);
        let ours = problems.iter().all(|problem| problem.code == codes::RENDER_BROKEN);
        debug_assert!(problems.iter().all(|problem| problem.severity == Severity::Error));
        Failure {
            exit: if ours { Exit::Failed } else { Exit::InvalidSpec },
            diagnostics: problems,
            sources: self.sources.to_vec(),
        }
    }

    /// A line of a custom template, without the blanks around its text.
    pub(super) fn line(&self, origin: TemplateLine) -> Option<Location> {
        let users = self.templates.users();
        let user = users.get(origin.template)?;
        // Computed once: thousands of lines may have errors.
        let starts = self.starts.get_or_init(|| users.iter().map(|user| starts(user.text)).collect());
        let (before, byte) = *starts.get(origin.template)?.get(origin.line.checked_sub(1)?)?;
        let line = user.text.get(byte..)?.split('\n').next()?;
        let blanks = line.chars().take_while(|character| character.is_whitespace()).count();
        let length = line.trim_end().chars().count().max(blanks);
        let at = |column: usize| Position { line: origin.line, column: column + 1, offset: before + column };
        Some(Location { file: user.file, span: Span { start: at(blanks), end: at(length) } })
    }
}

/// The start of each line of a text, in characters and in bytes.
fn starts(text: &str) -> Vec<(usize, usize)> {
    let mut starts = vec![(0, 0)];
    let (mut characters, mut bytes) = (0, 0);
    for line in text.split_inclusive('\n') {
        characters += line.chars().count();
        bytes += line.len();
        if line.ends_with('\n') {
            starts.push((characters, bytes));
        }
    }
    starts
}
