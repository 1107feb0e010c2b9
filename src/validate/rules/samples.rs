use jiff::Timestamp;
use serde_json::Value;

use crate::diagnostic::{Code, Diagnostic, codes};
use crate::pattern::Pattern;
use crate::source::{Event, Sample, SpecTree};
use crate::spec::Spec;
use crate::validate::{forecast, processor_config};

/// the pattern matches what it should and nothing else, and what it lets through becomes a row.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    // What is wrong with the pattern itself is reported by another rule; whether the processor takes a sample is not its matter.
    let pattern = Pattern::parse(&spec.bus.pattern).ok();
    let told = |sample: &Sample| match &sample.event {
        Err(reason) => Some((
            codes::BUS_UNREADABLE_SAMPLE,
            format!("the sample `{}` cannot be used: {reason}", sample.name),
            "name a JSON file in the spec's folder or below, with `source`, `detail-type` and `detail`"
                .to_owned(),
        )),
        Ok(event) => judge(spec, pattern.as_ref(), sample, event),
    };
    tree.samples()
        .iter()
        .filter_map(|sample| {
            let (code, message, help) = told(sample)?;
            let place = tree.value_place(&sample.pointer);
            Some(Diagnostic::error(code, message).at(&sample.pointer, place).help(help))
        })
        .collect()
}

fn judge(
    spec: &Spec,
    pattern: Option<&Pattern>,
    sample: &Sample,
    event: &Event,
) -> Option<(Code, String, String)> {
    let name = &sample.name;
    let verdict = pattern.map(|pattern| pattern.matches(&Value::Object(event.fields.clone())));
    match (verdict, sample.expected) {
        (Some(Err(mismatch)), true) => Some((
            codes::BUS_SAMPLE_NOT_MATCHED,
            format!("the pattern does not match `{name}`: `{}`: {}", mismatch.field, mismatch.reason),
            "fix the pattern or the sample; `pipectl test` shows all samples".to_owned(),
        )),
        (Some(Ok(())), false) => Some((
            codes::BUS_SAMPLE_NOT_IGNORED,
            format!("the pattern matches `{name}`, which is to be ignored"),
            "narrow the pattern, or move the sample to `match`".to_owned(),
        )),
        (Some(Ok(())) | None, true) => {
            // Whether an event can be a row does not depend on the moment.
            let rejection = forecast(&processor_config(spec), event, Timestamp::UNIX_EPOCH).err()?;
            Some((
                codes::BUS_SAMPLE_REFUSED,
                format!("the processor would refuse `{name}` ({}): {}", rejection.reason, rejection.message),
                "fix the sample, or the fields named under `event`".to_owned(),
            ))
        }
        (Some(Err(_)) | None, false) => None,
    }
}
