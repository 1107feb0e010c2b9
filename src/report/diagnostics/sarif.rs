use camino::Utf8Path;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::diagnostic::{Code, Diagnostic, Fix, Location, SourceText, printable, printable_lines};

/// Characters that are not escaped in a URI's path (RFC 3986, unreserved and `/`).
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// SARIF 2.1.0, as code scanning services read it. Columns count characters.
#[must_use]
pub fn diagnostics_sarif(diagnostics: &[Diagnostic], sources: &[SourceText]) -> String {
    let mut codes: Vec<Code> = Vec::new();
    for diagnostic in diagnostics {
        if !codes.contains(&diagnostic.code) {
            codes.push(diagnostic.code);
        }
    }
    let results: Vec<Value> =
        diagnostics.iter().map(|diagnostic| result(diagnostic, &codes, sources)).collect();
    let rules: Vec<Value> = codes.iter().map(|code| rule(*code)).collect();
    let document = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "pipectl",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    document.to_string()
}

fn rule(code: Code) -> Value {
    json!({
        "id": code.name,
        "shortDescription": {"text": code.explanation.split_once(". ").map_or(code.explanation, |(first, _)| first)},
        "fullDescription": {"text": code.explanation},
        "help": {"text": format!("{} (`pipectl explain {code}`)", code.explanation)},
    })
}

fn result(diagnostic: &Diagnostic, codes: &[Code], sources: &[SourceText]) -> Value {
    let help = diagnostic.help.as_ref();
    let help = help.map(|help| format!("\nhelp: {}", printable_lines(help))).unwrap_or_default();
    let related: Vec<Value> = diagnostic
        .related
        .iter()
        .enumerate()
        .map(|(index, related)| {
            let mut location = location_json(related.location, sources);
            location["id"] = (index + 1).into();
            location["message"] = json!({"text": printable(&related.message)});
            location
        })
        .collect();
    let mut result = json!({
        "ruleId": diagnostic.code.name,
        "ruleIndex": codes.iter().position(|code| *code == diagnostic.code),
        "level": if diagnostic.is_error() { "error" } else { "warning" },
        "message": {"text": format!("{}{help}", printable(&diagnostic.message))},
    });
    if let Some(at) = diagnostic.location {
        let mut location = location_json(at, sources);
        if !diagnostic.path.is_empty() {
            location["logicalLocations"] = json!([{"fullyQualifiedName": diagnostic.path, "kind": "member"}]);
        }
        result["locations"] = json!([location]);
    }
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    if let Some(fix) = &diagnostic.fix {
        result["fixes"] = json!([changes(fix, sources)]);
    }
    result
}

fn location_json(location: Location, sources: &[SourceText]) -> Value {
    json!({"physicalLocation": {"artifactLocation": artifact(location, sources), "region": region(location)}})
}

fn artifact(location: Location, sources: &[SourceText]) -> Value {
    let path = sources.get(location.file.0).map_or(Utf8Path::new(""), |source| &source.path);
    let encoded = utf8_percent_encode(&path.as_str().replace('\\', "/"), PATH).to_string();
    json!({"uri": if path.is_absolute() { format!("file://{encoded}") } else { encoded }})
}

fn region(location: Location) -> Value {
    let (start, end) = (location.span.start, location.span.end);
    json!({
        "startLine": start.line, "startColumn": start.column,
        "endLine": end.line, "endColumn": end.column,
    })
}

fn changes(fix: &Fix, sources: &[SourceText]) -> Value {
    let changes: Vec<Value> = fix
        .edits
        .iter()
        .map(|edit| {
            json!({
                "artifactLocation": artifact(edit.location, sources),
                "replacements": [{"deletedRegion": region(edit.location), "insertedContent": {"text": edit.text}}],
            })
        })
        .collect();
    json!({"description": {"text": printable(&fix.title)}, "artifactChanges": changes})
}
