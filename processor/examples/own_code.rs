//! A processor with custom code: it adds the carrier's name, and rejects events of an unknown carrier.
//!
//! `docs/own-code.md` has the `Cargo.toml` of such a package.

use std::process::ExitCode;

use pipectl_processor::{Event, Json, Rejected, run_with};

fn transform(mut event: Event) -> Result<Event, Rejected> {
    let Some(code) = event.text("carrier_code") else {
        tracing::info!("an event has no carrier code");
        return Ok(event);
    };
    let name = match code {
        "DHL" => "Deutsche Post DHL",
        "UPS" => "United Parcel Service",
        _ => return Err(Rejected::because("the carrier is unknown")),
    };
    event.detail_mut().insert("carrier".to_owned(), Json::from(name));
    Ok(event)
}

fn main() -> ExitCode {
    run_with(transform)
}
