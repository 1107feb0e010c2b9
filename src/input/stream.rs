//! Pipes: read with a limit of time.

use std::fs::Metadata;
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::Duration;

use super::Refusal;
use super::open::{is_same, kind};

/// The longest time that a pipe may be silent.
pub(super) const SILENCE: Duration = Duration::from_secs(5);
/// Bytes per read; a pipe holds as many.
const CHUNK: usize = 64 * 1024;

/// Whether it is `-`, or a system's name for standard input.
pub(super) fn is_standard_input(path: &Path) -> bool {
    ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"].iter().any(|name| path == Path::new(name))
}

/// Whether a path names a file descriptor of the caller, such as a shell's `<(command)`.
pub(super) fn is_descriptor(path: &Path) -> bool {
    let number = ["/dev/fd", "/proc/self/fd"].iter().find_map(|folder| path.strip_prefix(folder).ok());
    number.and_then(Path::to_str).is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Reads from standard input.
pub(super) fn standard_input() -> Result<Stream, Refusal> {
    use std::io::IsTerminal as _;
    let device = fs_err::metadata("/dev/stdin").is_ok_and(|metadata| kind(&metadata) == Some("device"));
    if device && !io::stdin().is_terminal() {
        return Err(Refusal::NotAFile("device"));
    }
    Stream::begin(|| Ok(io::stdin()))
}

/// Reads from the pipe that was checked.
pub(super) fn pipe(path: &Path, judged: &Metadata) -> Result<Stream, Refusal> {
    let (path, judged) = (path.to_owned(), judged.clone());
    Stream::begin(move || {
        let file = fs_err::File::open(&path)?;
        if is_same(&file.metadata()?, &judged) { Ok(file) } else { Err(Refusal::Replaced.into()) }
    })
}

/// The content of a pipe, in pieces.
pub(super) struct Stream(Receiver<io::Result<Vec<u8>>>);

impl Stream {
    /// Reads in another thread, because neither opening nor reading can be cancelled. A reader that waits forever ends
    /// with the process.
    fn begin<R: Read>(open: impl FnOnce() -> io::Result<R> + Send + 'static) -> Result<Self, Refusal> {
        let (sender, receiver) = mpsc::sync_channel(1);
        let reader = thread::Builder::new().spawn(move || {
            let ended = open().and_then(|stream| pump(stream, &sender));
            // The last message: the end of the input, or an error.
            let _nobody_waits = sender.send(ended.map(|()| Vec::new()));
        });
        reader.map_err(|error| Refusal::of(&error))?;
        Ok(Self(receiver))
    }

    /// The next piece; an empty one is the end.
    pub(super) fn piece(&self) -> Result<Vec<u8>, Refusal> {
        match self.0.recv_timeout(SILENCE) {
            Ok(piece) => piece.map_err(|error| cause(&error)),
            Err(RecvTimeoutError::Timeout) => Err(Refusal::Silent),
            Err(RecvTimeoutError::Disconnected) => Err(Refusal::System(io::ErrorKind::Other)),
        }
    }

    /// All pieces.
    pub(super) fn all(&self, limit: u64) -> Result<Vec<u8>, Refusal> {
        let mut bytes = Vec::new();
        loop {
            let piece = self.piece()?;
            if piece.is_empty() {
                return Ok(bytes);
            }
            bytes.extend(piece);
            if bytes.len() as u64 > limit {
                return Err(Refusal::TooLarge(limit));
            }
        }
    }
}

fn pump(mut stream: impl Read, sender: &SyncSender<io::Result<Vec<u8>>>) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = match stream.read(&mut chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        if read == 0 || sender.send(Ok(chunk[..read].to_vec())).is_err() {
            return Ok(());
        }
    }
}

fn cause(error: &io::Error) -> Refusal {
    let own = error.get_ref().and_then(|inner| inner.downcast_ref::<Refusal>());
    own.cloned().unwrap_or_else(|| Refusal::of(error))
}
