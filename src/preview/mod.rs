//! Template → a preview of its dashboard: one HTML page for a reviewer without an account.
//!
//! The page is self-contained: no scripts, and nothing loaded from elsewhere. All text of the body is data and escaped.
//! There are no measurements yet, so the page shows a generated day and says so.

mod body;
mod day;
mod markdown;
mod page;
mod plot;
mod scale;

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::render::Template;

/// Draws the template's dashboard.
///
/// # Errors
/// The template has no dashboard, or the page has a fault of ours.
pub fn preview(template: &Template) -> Result<String, Failure> {
    let resources = template.parsed["Resources"].as_object().into_iter().flat_map(|map| map.values());
    let dashboard = resources.into_iter().find(|one| one["Type"] == "AWS::CloudWatch::Dashboard");
    let Some(properties) = dashboard.map(|one| &one["Properties"]) else {
        return Err(Failure::failed(
            codes::PREVIEW_NO_DASHBOARD,
            "the spec has no dashboard",
            "write `dashboard: true` or leave the field out",
        ));
    };
    let text = properties["DashboardBody"]["Fn::Sub"].as_str().unwrap_or_default();
    let body = serde_json::from_str(text).map_err(|error| broken(&error.to_string()))?;
    draw(properties["DashboardName"].as_str().unwrap_or_default(), &body)
}

/// Whether a file with this beginning is such a page.
#[must_use]
pub fn is_preview(head: &[u8]) -> bool {
    const MARK: &[u8] = b"<meta name=\"generator\" content=\"pipectl\">";
    head.starts_with(b"<!doctype html>") && head.windows(MARK.len()).any(|part| part == MARK)
}

/// Draws a dashboard's body as CloudWatch would. Unsupported parts are named in their place.
///
/// # Errors
/// Only for a fault of ours in the page, and the failure says so.
pub fn draw(name: &str, body: &Value) -> Result<String, Failure> {
    page::page(name, &body::widgets(body)).map_err(|reason| broken(&reason))
}

fn broken(reason: &str) -> Failure {
    let message = format!("the dashboard cannot be drawn: {reason}");
    let diagnostic = Diagnostic::error(codes::PREVIEW_BROKEN, message)
        .help("please report this with your spec: it is a bug in pipectl");
    Failure::new(Exit::Failed, diagnostic)
}
