//! The secret in the page's address.

use subtle::ConstantTimeEq as _;

/// Bytes of a token: 128 bits cannot be guessed, and the address fits into a line of 80 columns.
const BYTES: usize = 16;

/// The secret of one run of the server. It has no `Debug` and no `Display`, so that it cannot get into a log by mistake.
pub struct Token {
    text: String,
}

impl Token {
    /// A token from the system's random source.
    ///
    /// # Errors
    /// The system has none.
    pub fn random() -> Result<Self, String> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).map_err(|error| error.to_string())?;
        Ok(Self { text: bytes.iter().map(|byte| format!("{byte:02x}")).collect() })
    }

    /// As the page finds it in its address: after `#`, which browsers do not send.
    #[must_use]
    pub fn fragment(&self) -> String {
        format!("#token={}", self.text)
    }

    /// Whether these bytes are the token. The time does not depend on how much of them is right.
    pub(super) fn is(&self, given: &[u8]) -> bool {
        self.text.as_bytes().ct_eq(given).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_token_is_its_own_and_nothing_else_is_taken_for_it() {
        let token = Token::random().expect("random bytes");
        let other = Token::random().expect("random bytes");
        assert_eq!(token.text.len(), 32);
        assert!(token.is(token.text.as_bytes()));
        for wrong in ["", "0", &token.text[1..], &format!("{}0", token.text), &other.text] {
            assert!(!token.is(wrong.as_bytes()), "{wrong}");
        }
    }
}
