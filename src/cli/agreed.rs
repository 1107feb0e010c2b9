//! Region and account: the spec and the command line must agree.

use super::{Global, Stop};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::spec::Spec;

/// Checks that the spec and the command line agree.
pub(super) fn agreed<'a>(
    what: &str,
    in_spec: Option<&'a str>,
    given: Option<&'a str>,
) -> Result<Option<&'a str>, Stop> {
    match (in_spec, given) {
        (Some(in_spec), Some(given)) if in_spec != given => {
            let code = if what == "region" { codes::GUARD_WRONG_REGION } else { codes::GUARD_WRONG_ACCOUNT };
            let message = format!("the spec says {what} `{in_spec}`, but the command line says `{given}`");
            Err(Stop::Failure(Failure::refused(code, message, format!("remove `--{what} {given}`"))))
        }
        (Some(value), _) | (None, Some(value)) => Ok(Some(value)),
        (None, None) => Ok(None),
    }
}

/// The region whose prices and quotas apply.
pub(super) fn region(spec: &Spec, global: &Global) -> Result<String, Stop> {
    if global.local {
        return Ok("us-east-1".to_owned());
    }
    let region = agreed("region", spec.deploy.region.as_deref(), global.region.as_deref())?;
    region.map(str::to_owned).ok_or_else(|| {
        let message = "the region is not known, but prices and quotas differ by region";
        let help = "add `deploy.region` to the spec, or give `--region`";
        let diagnostic = Diagnostic::error(codes::ESTIMATE_NO_REGION, message).help(help);
        Stop::Failure(Failure::new(Exit::Usage, diagnostic))
    })
}
