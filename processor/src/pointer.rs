//! JSON pointers (RFC 6901): in a name, `~` and `/` are escaped.

/// A name as one segment of a pointer.
#[must_use]
pub fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The name in a segment, unescaped.
#[must_use]
pub fn unescaped(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}

/// The pointer of `name` below `pointer`.
#[must_use]
pub fn below(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", escaped(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_comes_back_as_it_was() {
        for name in ["", "a", "/", "~", "~1", "~0", "a/b~c", "~01"] {
            assert_eq!(unescaped(&escaped(name)), name);
            assert!(!escaped(name).contains('/'));
        }
        assert_eq!(below("/a", "b/c"), "/a/b~1c");
    }
}
