/// Takes from a text of foreign origin what could steer a terminal: control characters, bidirectional overrides
/// and invisible ones (CWE-150). Newlines and tabs become spaces.
#[must_use]
pub fn harmless(text: &str) -> String {
    text.chars()
        .filter_map(|character| match character {
            '\n' | '\r' | '\t' => Some(' '),
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => None,
            character if character.is_control() => None,
            character => Some(character),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_is_left() {
        assert_eq!(harmless("a\x1b[2Jb\x1b]0;title\x07c"), "a[2Jb]0;titlec");
        assert_eq!(harmless("safe\u{202e}txt.exe\u{9b}31m"), "safetxt.exe31m");
        assert_eq!(harmless("two\nlines"), "two lines");
        assert_eq!(harmless("Gdańsk"), "Gdańsk");
    }
}
