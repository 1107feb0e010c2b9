//! A service's own words on one line, shortened and without passwords.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::endpoint::shown;

/// Characters of a service's message: the longest of AWS's, a denial with its encoded message, has some 1,500.
const LONGEST: usize = 2000;
/// Characters of an answer that is not AWS's.
const FIRST: usize = 120;

/// A service's message on one line, shortened and safe to print.
pub(super) fn shortened(text: &str) -> String {
    cut(text, LONGEST)
}

/// The text without user names and passwords before the `@` of an address. The SDK's own errors show addresses as they
/// were configured.
pub(super) fn without_passwords(text: &str) -> String {
    let ends =
        |character: char| character.is_whitespace() || matches!(character, '`' | '"' | '\'' | '(' | ')');
    let mut remainder = text;
    let mut shown = String::new();
    while let Some(at) = remainder.find("://") {
        let (before, address) = remainder.split_at(at + 3);
        let (address, after) = address.split_at(address.find(ends).unwrap_or(address.len()));
        shown.push_str(before);
        shown.push_str(address.rsplit_once('@').map_or(address, |(_, host)| host));
        remainder = after;
    }
    shown + remainder
}

/// The beginning of an answer that is not AWS's: the title of a web page, else its text.
pub(super) fn first_words(raw: &HttpResponse) -> String {
    let body = raw.body().bytes().unwrap_or_default();
    // Enough for a title after scripts and styles.
    let text = String::from_utf8_lossy(&body[..body.len().min(64 << 10)]);
    let words = match title(&text) {
        Some(title) => title,
        None if is_page(raw) => without_tags(&text),
        None => text.into_owned(),
    };
    cut(&words, FIRST)
}

/// The message for an answer in AWS's place. `to`: where it redirects to.
pub(super) fn foreign(words: &str, is_page: bool, to: Option<&str>) -> String {
    let mut text = if is_page {
        "the response is a web page, not from AWS: a proxy or a firewall sent it".to_owned()
    } else {
        "the response is not from AWS: a proxy or another server sent it".to_owned()
    };
    if let Some(to) = to.map(shown).filter(|to| !to.is_empty()) {
        text.push_str(&format!(", and redirects to `{to}`"));
    }
    text.push_str(&begins(words));
    text
}

pub(super) fn begins(words: &str) -> String {
    if words.is_empty() { "; it is empty".to_owned() } else { format!("; it begins with `{words}`") }
}

/// Whether the answer is a web page, whatever its content type.
pub(super) fn is_page(raw: &HttpResponse) -> bool {
    let kind = raw.headers().get("content-type").unwrap_or_default().to_lowercase();
    let body = raw.body().bytes().unwrap_or_default();
    let begin = String::from_utf8_lossy(&body[..body.len().min(256)]).trim_start().to_lowercase();
    // Test clouds send JSON, or an empty body, as `text/html`.
    let is_markup = kind.starts_with("text/html") && !begin.is_empty() && !begin.starts_with(['{', '[']);
    is_markup || begin.starts_with("<!doctype html") || begin.starts_with("<html")
}

fn title(text: &str) -> Option<String> {
    // The same length, so that positions match.
    let lower = text.to_ascii_lowercase();
    let begin = lower.find("<title")?;
    let begin = begin + lower[begin..].find('>')? + 1;
    let end = begin + lower[begin..].find("</title")?;
    Some(text[begin..end].to_owned())
}

fn without_tags(text: &str) -> String {
    let mut in_tag = false;
    let keep = |character: &char| match character {
        '<' => {
            in_tag = true;
            false
        }
        '>' => !std::mem::take(&mut in_tag),
        _ => !in_tag,
    };
    text.chars().filter(keep).collect()
}

/// The text on one line without control characters, at most `longest` characters.
fn cut(text: &str, longest: usize) -> String {
    let visible = |character: char| if character.is_control() { ' ' } else { character };
    let text: String = text.chars().take(8 * longest).map(visible).collect();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= longest {
        return words;
    }
    words.chars().take(longest - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn first(kind: &'static str, body: &str) -> String {
        let mut raw = HttpResponse::new(StatusCode::try_from(200).unwrap(), SdkBody::from(body));
        raw.headers_mut().insert("content-type", kind);
        first_words(&raw)
    }

    #[test]
    fn of_a_page_the_title_counts_and_of_others_the_text() {
        let page = "<!DOCTYPE html><HTML><script>let a = 1;</script><TITLE lang=en>Sign\n in</TITLE><p>Text";
        assert_eq!(first("text/plain", page), "Sign in");
        assert_eq!(first("text/html", "<p>Please<br>sign in</p>"), "Pleasesign in");
        assert_eq!(first("text/plain", "no \x1b[2J\u{9b}1m such\0 thing"), "no [2J 1m such thing");
        assert_eq!(first("text/plain", "<title unended"), "<title unended");
        assert_eq!(first("", ""), "");
        assert_eq!(first("", &"x".repeat(1000)).chars().count(), FIRST);
    }

    #[test]
    fn what_is_before_the_host_of_an_address_is_left_out() {
        assert_eq!(
            without_passwords("x (no): http://a:b@c/d, `ftp://e:f/g@h`."),
            "x (no): http://c/d, `ftp://h`."
        );
        assert_eq!(without_passwords("mail ada@example.com at https://"), "mail ada@example.com at https://");
    }

    #[test]
    fn words_without_measure_are_cut() {
        assert_eq!(shortened("a\r\n  b"), "a b");
        assert_eq!(shortened(&"é".repeat(1 << 20)).chars().count(), LONGEST);
    }
}
