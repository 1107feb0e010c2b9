use std::io::Read as _;
use std::path::Path;

use super::stream::{self, Stream};
use super::{Origin, Refusal, link, open};

/// Bytes per read.
const CHUNK: usize = 64 * 1024;

enum Source {
    File(fs_err::File),
    Stream(Stream),
}

/// The lines of a file or a pipe, read one by one: it may be larger than memory.
pub struct Lines {
    source: Source,
    /// Read, but not returned yet.
    bytes: Vec<u8>,
    longest: usize,
    is_at_end: bool,
}

/// Opens a path of the command line, also a pipe or `-`, to be read line by line. No line may have more than `longest`
/// bytes.
///
/// # Errors
/// As for [`super::read`].
pub fn lines(path: impl AsRef<Path>, longest: usize) -> Result<Lines, Refusal> {
    let path = path.as_ref();
    let source = if stream::is_standard_input(path) {
        Source::Stream(stream::standard_input()?)
    } else {
        link::check_name(path, Origin::Named)?;
        let judged = open::judge(path, Origin::Named)?;
        link::check(path, Origin::Named, link::Kind::File)?;
        if judged.is_file() {
            Source::File(open::regular(path, &judged)?)
        } else {
            Source::Stream(stream::pipe(path, &judged)?)
        }
    };
    Ok(Lines { source, bytes: Vec::new(), longest, is_at_end: false })
}

impl Lines {
    /// Reads more bytes; none means the end.
    fn fill(&mut self) -> Result<(), Refusal> {
        let piece = match &mut self.source {
            Source::Stream(stream) => stream.piece()?,
            Source::File(file) => {
                let mut piece = Vec::with_capacity(CHUNK);
                file.take(CHUNK as u64).read_to_end(&mut piece).map_err(|error| Refusal::of(&error))?;
                piece
            }
        };
        self.is_at_end = piece.is_empty();
        self.bytes.extend(piece);
        Ok(())
    }

    fn next_line(&mut self) -> Result<Option<String>, Refusal> {
        let mut seen = 0;
        loop {
            if let Some(at) = self.bytes[seen..].iter().position(|byte| *byte == b'\n') {
                let remainder = self.bytes.split_off(seen + at + 1);
                return self.text(remainder).map(Some);
            }
            if self.is_at_end {
                return if self.bytes.is_empty() { Ok(None) } else { self.text(Vec::new()).map(Some) };
            }
            if self.bytes.len() > self.longest {
                return Err(Refusal::TooLarge(self.longest as u64));
            }
            seen = self.bytes.len();
            self.fill()?;
        }
    }

    /// The read bytes as a line without its line break; `remainder` remains for the next line.
    fn text(&mut self, remainder: Vec<u8>) -> Result<String, Refusal> {
        let mut line = std::mem::replace(&mut self.bytes, remainder);
        while line.ends_with(b"\n") || line.ends_with(b"\r") {
            line.pop();
        }
        String::from_utf8(line).map_err(|_| Refusal::NotUtf8)
    }
}

impl Iterator for Lines {
    type Item = Result<String, Refusal>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.next_line().transpose();
        if matches!(line, Some(Err(_))) {
            // After an error, reading does not continue.
            (self.is_at_end, self.bytes) = (true, Vec::new());
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_one_after_the_other_whatever_their_ends() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("letters.jsonl");
        let long = "x".repeat(CHUNK * 2 + 1);
        fs_err::write(&path, format!("a\r\n\n{long}\nlast")).expect("a file");
        let read: Result<Vec<String>, Refusal> = lines(&path, CHUNK * 3).expect("a file").collect();
        assert_eq!(read, Ok(vec!["a".to_owned(), String::new(), long, "last".to_owned()]));
        let mut short = lines(&path, CHUNK).expect("a file");
        assert_eq!((short.next(), short.next()), (Some(Ok("a".to_owned())), Some(Ok(String::new()))));
        assert_eq!((short.next(), short.next()), (Some(Err(Refusal::TooLarge(CHUNK as u64))), None));
        fs_err::write(&path, b"\xff\nb").expect("a file");
        let all: Vec<_> = lines(&path, CHUNK).expect("a file").collect();
        assert_eq!(all, [Err(Refusal::NotUtf8)]);
    }
}
