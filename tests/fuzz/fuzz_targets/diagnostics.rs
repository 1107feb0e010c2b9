use pipectl::diagnostic::{Diagnostic, SourceText, apply_edits};

/// Locations are within the text, and edits can be applied.
pub fn check(diagnostic: &Diagnostic, sources: &[SourceText]) {
    let location = diagnostic.location.unwrap_or_else(|| panic!("a place: {diagnostic:?}"));
    let text = &sources[location.file.0].text;
    let length = text.chars().count();
    assert!(location.span.start.offset <= length && location.span.start <= location.span.end, "{diagnostic:?}");
    assert!(location.span.start.line <= text.lines().count() + 1, "{diagnostic:?}");
    assert!(diagnostic.help.is_some(), "{diagnostic:?}");
    if let Some(fix) = &diagnostic.fix {
        assert_ne!(&apply_edits(text, &fix.edits), text, "{diagnostic:?}");
    }
}
