//! The page's files.

/// A file of the page.
pub(super) struct Asset {
    pub(super) content_type: &'static str,
    pub(super) text: &'static str,
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// By path.
const ASSETS: [(&str, Asset); 8] = [
    ("/", Asset { content_type: HTML, text: include_str!("page/index.html") }),
    ("/style.css", Asset { content_type: CSS, text: include_str!("page/style.css") }),
    ("/app.js", Asset { content_type: SCRIPT, text: include_str!("page/app.js") }),
    ("/ask.js", Asset { content_type: SCRIPT, text: include_str!("page/ask.js") }),
    ("/dom.js", Asset { content_type: SCRIPT, text: include_str!("page/dom.js") }),
    ("/letters.js", Asset { content_type: SCRIPT, text: include_str!("page/letters.js") }),
    ("/picture.js", Asset { content_type: SCRIPT, text: include_str!("page/picture.js") }),
    ("/sample.js", Asset { content_type: SCRIPT, text: include_str!("page/sample.js") }),
];

pub(super) fn asset(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|(known, _)| *known == path).map(|(_, asset)| asset)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An event's text must never become markup or a script, and the page sends no request elsewhere.
    #[test]
    fn the_page_makes_no_markup_of_text_and_takes_nothing_from_elsewhere() {
        for (path, asset) in &ASSETS {
            for word in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "DOMParser",
                "createContextualFragment",
                "eval(",
                "new Function",
                "localStorage",
                "document.cookie",
                "https:",
                "@import",
                " style=",
                " onclick",
                "javascript:",
            ] {
                assert!(!asset.text.contains(word), "{path} has `{word}`");
            }
            // The SVG namespace is not an address that is fetched.
            let elsewhere = asset.text.replace("http://www.w3.org/2000/svg", "");
            assert!(!elsewhere.contains("http:") && !elsewhere.contains("\"//"), "{path}");
        }
        let html = asset("/").expect("the page").text;
        for used in html.split(['"', '\'']).filter(|text| text.ends_with(".js") || text.ends_with(".css")) {
            assert!(asset(used).is_some(), "{used} is not served");
        }
    }
}
