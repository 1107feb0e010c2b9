use processor::path::{DETAIL, Path, Step};

/// The value that is stored as the data, and why: the object of the key if nothing of the detail is lost by that,
/// otherwise the whole detail.
///
/// If an attribute reads one value of a field of the detail, `event_extra` does not contain the field's other values.
pub(super) fn data(key: &Path, others: &[&Path]) -> (Path, &'static str) {
    let wrapper = match key.steps() {
        [Step::Name(_), Step::Name(field), Step::Name(_), ..] if key.is_of_detail() => Path::of_detail(field),
        _ => return (whole(), "the whole detail: nothing is lost"),
    };
    let has_same_data =
        |path: &&&Path| path.field().is_none() || path.plain_field().is_some() || wrapper.holds(path);
    if others.iter().filter(has_same_data).count() == others.len() {
        return (wrapper, "the object that contains the key; its other fields are stored in `event_extra`");
    }
    (whole(), "the whole detail: the keys and the type come from several of its objects")
}

fn whole() -> Path {
    // It is a valid path.
    format!("$.{DETAIL}").parse().unwrap_or_else(|_| Path::of_detail(DETAIL))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_detail_is_lost() {
        let path = |text: &str| text.parse::<Path>().expect("a path");
        let stored = |key: &str, other: &str| data(&path(key), &[&path(other)]).0.to_string();
        assert_eq!(stored("$.detail.order.id", "$.time"), "$.detail.order");
        assert_eq!(stored("$.detail.order.id", "$.detail.at"), "$.detail.order");
        assert_eq!(stored("$.detail.order.lines[0].id", "$.detail.order.at"), "$.detail.order");
        assert_eq!(stored("$.detail.order.id", "$.detail.meta.at"), "$.detail");
        assert_eq!(stored("$.detail.id", "$.time"), "$.detail");
        assert_eq!(stored("$.detail.orders[0].id", "$.time"), "$.detail");
        assert_eq!(stored("$.resources[0]", "$.time"), "$.detail");
    }
}
