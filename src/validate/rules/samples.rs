use jiff::Timestamp;
use processor::config::Config;
use serde_json::Value;

use crate::diagnostic::{Code, Diagnostic, codes};
use crate::source::{Sample, SampleEvent, SpecTree};
use crate::spec::Spec;
use crate::validate::{Patterns, forecast, processor_config};

/// the pattern matches what it should and nothing else, and events that match become rows.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    // Errors of the patterns themselves are reported by another rule; they do not affect whether the processor accepts a
    // sample.
    let patterns = Patterns::of(spec).ok();
    let config = processor_config(spec);
    let has_code = tree.has("/processor/code");
    let problem = |sample: &Sample| match &sample.event {
        Err(reason) => Some((
            codes::BUS_UNREADABLE_SAMPLE,
            format!("the sample `{}` cannot be used: {reason}", sample.name),
            "name a JSON file in the spec's folder or below, with `source`, `detail-type` and `detail`"
                .to_owned(),
        )),
        Ok(event) => judge((&config, has_code), patterns.as_ref(), sample, event),
    };
    tree.samples()
        .iter()
        .filter_map(|sample| {
            let (code, message, help) = problem(sample)?;
            let location = tree.value_location(&sample.pointer);
            Some(Diagnostic::error(code, message).at(&sample.pointer, location).help(help))
        })
        .collect()
}

fn judge(
    (config, has_code): (&Config, bool),
    patterns: Option<&Patterns>,
    sample: &Sample,
    event: &SampleEvent,
) -> Option<(Code, String, String)> {
    let name = &sample.name;
    let fields = Value::Object(event.fields.clone());
    let found = patterns.map(|patterns| patterns.matching(&fields, sample.rule));
    // With several patterns the message names the one.
    let several = patterns.is_some_and(Patterns::are_several);
    let owner = match sample.rule {
        Some(index) => format!("the pattern of `bus.rules.{index}`"),
        None => "the pattern".to_owned(),
    };
    match (found, sample.expected) {
        (Some(Err(reason)), true) => Some((
            codes::BUS_SAMPLE_NOT_MATCHED,
            match sample.rule {
                None if several => format!("no pattern matches `{name}`: {reason}"),
                _ => format!("{owner} does not match `{name}`: {reason}"),
            },
            "fix the pattern or the sample; `pipectl test` shows all samples".to_owned(),
        )),
        (Some(Ok(rules)), false) => Some((
            codes::BUS_SAMPLE_NOT_IGNORED,
            match sample.rule {
                None if several => {
                    let matching = match rules.as_slice() {
                        [one] => format!("the rule `{one}` matches"),
                        all => format!("the rules `{}` match", all.join("`, `")),
                    };
                    format!("{matching} `{name}`, which should be ignored")
                }
                _ => format!("{owner} matches `{name}`, which should be ignored"),
            },
            "narrow the pattern, or move the sample to `match`".to_owned(),
        )),
        // The result of custom code is checked by `pipectl test`: validating a spec runs nothing.
        (Some(Ok(_)) | None, true) if has_code => None,
        (Some(Ok(_)) | None, true) => {
            // Whether an event can be a row does not depend on the time.
            let rejection = forecast(config, event, Timestamp::UNIX_EPOCH).err()?;
            Some((
                codes::BUS_SAMPLE_REFUSED,
                format!("the processor would reject `{name}` ({}): {}", rejection.reason, rejection.message),
                "fix the sample, or the fields under `event`".to_owned(),
            ))
        }
        (Some(Err(_)) | None, false) => None,
    }
}
