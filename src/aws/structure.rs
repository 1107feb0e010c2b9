//! Limits on the structure of an answer while it arrives.

/// The SDK's limit is 128 in JSON; DynamoDB's is 32 in an item.
const DEEPEST: usize = 512;

/// Counts the elements of an answer while it arrives. Three bytes, `{},`, can become a thousand in memory, and a
/// recursive parser has a limited stack. The first byte shows whether an answer is JSON, XML, CBOR or another format.
#[derive(Debug)]
pub(super) struct Structure {
    /// The most objects, lists, elements and values.
    most: usize,
    form: Option<Form>,
    parts: usize,
    depth: usize,
}

#[derive(Debug)]
enum Form {
    Json { in_string: bool, escaped: bool },
    Xml { last: u8 },
    Cbor(Cbor),
    Other,
}

/// What the next byte belongs to.
#[derive(Debug)]
enum Cbor {
    Head,
    /// Bytes of the size, the value so far, and whether a text of that size follows.
    Size {
        left: u8,
        size: u64,
        is_text: bool,
    },
    /// Remaining bytes.
    Text(u64),
}

impl Structure {
    pub(super) fn new(most: usize) -> Self {
        Self { most, form: None, parts: 0, depth: 0 }
    }

    /// Whether the answer is still within the limits after these bytes.
    pub(super) fn takes(&mut self, bytes: &[u8]) -> bool {
        for &byte in bytes {
            let form = match &mut self.form {
                Some(form) => form,
                None if byte.is_ascii_whitespace() => continue,
                none => none.insert(Form::of(byte)),
            };
            let (parts, deeper) = match form {
                Form::Json { in_string, escaped } => json(byte, in_string, escaped),
                Form::Xml { last } => xml(byte, last),
                Form::Cbor(state) => state.next(byte),
                Form::Other => (0, 0),
            };
            self.parts += parts;
            self.depth = self.depth.saturating_add_signed(deeper);
            if self.parts > self.most || self.depth > DEEPEST {
                return false;
            }
        }
        true
    }
}

impl Structure {
    /// Whether all XML elements are closed. The SDK's parsers accept truncated XML, and the missing part would be
    /// missing in decisions.
    pub(super) fn is_whole(&self) -> bool {
        self.depth == 0 || !matches!(self.form, Some(Form::Xml { .. }))
    }
}

impl Form {
    fn of(first: u8) -> Self {
        match first {
            b'{' | b'[' => Self::Json { in_string: false, escaped: false },
            // Or the byte order mark of UTF-8 before it.
            b'<' | 0xef => Self::Xml { last: 0 },
            0xa0..=0xbf => Self::Cbor(Cbor::Head),
            _ => Self::Other,
        }
    }
}

/// The elements that begin with this byte, and the change of depth.
fn json(byte: u8, in_string: &mut bool, escaped: &mut bool) -> (usize, isize) {
    match byte {
        _ if *escaped => *escaped = false,
        b'\\' if *in_string => *escaped = true,
        b'"' => *in_string = !*in_string,
        _ if *in_string => {}
        b'{' | b'[' => return (1, 1),
        b'}' | b']' => return (0, -1),
        // Strings and numbers count, too.
        b',' => return (1, 0),
        _ => {}
    }
    (0, 0)
}

/// In XML, text contains no `<`. `<?` and `<!` do not begin an element, and an element that ends with `/>` has no
/// closing tag.
fn xml(byte: u8, last: &mut u8) -> (usize, isize) {
    match (std::mem::replace(last, byte), byte) {
        (b'<', b'?' | b'!') => (0, 0),
        (b'<', b'/') | (b'/', b'>') => (0, -1),
        (b'<', _) => (1, 1),
        _ => (0, 0),
    }
}

impl Cbor {
    /// Each head counts as one element. Its depth is not tracked, which would need a stack; the parser has one on the
    /// heap.
    fn next(&mut self, byte: u8) -> (usize, isize) {
        match self {
            Self::Head => {
                let is_text = matches!(byte >> 5, 2 | 3);
                *self = match byte & 0x1f {
                    small @ 0..24 if is_text => Self::text(u64::from(small)),
                    wide @ 24..28 => Self::Size { left: 1 << (wide - 24), size: 0, is_text },
                    _ => Self::Head,
                };
                return (1, 0);
            }
            Self::Size { left, size, is_text } => {
                *size = *size << 8 | u64::from(byte);
                *left -= 1;
                if *left == 0 {
                    *self = if *is_text { Self::text(*size) } else { Self::Head };
                }
            }
            Self::Text(left) => *self = Self::text(*left - 1),
        }
        (0, 0)
    }

    fn text(left: u64) -> Self {
        if left == 0 { Self::Head } else { Self::Text(left) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 10_000;

    fn takes(text: impl AsRef<[u8]>) -> bool {
        let whole = Structure::new(MOST).takes(text.as_ref());
        // However the bytes are split.
        let mut structure = Structure::new(MOST);
        assert_eq!(text.as_ref().chunks(7).all(|part| structure.takes(part)), whole);
        whole
    }

    #[test]
    fn depth_and_number_have_an_end_in_each_form() {
        assert!(takes("[".repeat(DEEPEST)) && !takes("[".repeat(DEEPEST + 1)));
        assert!(takes("{\"a\":".repeat(DEEPEST)) && !takes("{\"a\":".repeat(DEEPEST + 1)));
        assert!(takes("<a>".repeat(DEEPEST)) && !takes("<a>".repeat(DEEPEST + 1)));
        assert!(!takes(format!("[{}", "{},".repeat(MOST))));
        assert!(!takes(format!("<r>{}", "<m/>".repeat(MOST))));
        assert!(!takes(format!("<r>{}", "<m></m>".repeat(MOST))));
        // A list without a declared end, of empty maps.
        assert!(!takes([&[0xbf, 0x61, b'a', 0x9f][..], &[0xa0; MOST]].concat()));
        // Numbers of eight bytes.
        assert!(!takes(
            [&[0xbf, 0x61, b'a', 0x9f][..], &[0x1b, 0, 0, 0, 0, 0, 0, 0, 1].repeat(MOST)].concat()
        ));
    }

    #[test]
    fn text_is_not_structure() {
        let text = "{[<,".repeat(MOST);
        assert!(takes(format!("{{\"Body\":\"{text}\\\"{text}\"}}")));
        assert!(takes(format!("<?xml version=\"1.0\"?>\n<a>{}</a>", "{[,&lt;\"".repeat(MOST))));
        assert!(takes(format!("\n  PK\x03\x04{text}")));
        assert!(takes("<a b=\"c\"/>".repeat(1000)) && takes("<a></a>".repeat(1000)));
        // A text of 65,536 bytes.
        assert!(takes([&[0xa1, 0x61, b'a', 0x7a, 0, 1, 0, 0][..], &[0xa0; 65_536], &[0x01]].concat()));
    }
}
