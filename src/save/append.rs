use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};

use camino::Utf8Path;
use fs_err::{File, OpenOptions};

#[cfg(unix)]
use super::kind::without_waiting;
use super::kind::{folder_of, follow, require_regular, sync_folder};

/// Adds whole lines to a file. They are on the disk when it returns, so that their source may be deleted. Creates the
/// file, readable by its owner only, and its folder; existing content is retained. `begins`: how a file of the same kind
/// can begin; any other one belongs to someone else.
///
/// # Errors
/// The error of the file system, or the file is not a regular one, belongs to someone else, or is being appended to by
/// another process. The file is then unchanged: it has none of these lines.
pub fn append(path: &Utf8Path, lines: &[String], begins: &[&str]) -> io::Result<()> {
    let path = follow(path)?;
    fs_err::create_dir_all(folder_of(&path))?;
    let (mut file, is_new) = open(&path)?;
    let former = check(&mut file, begins)?;
    let added = write(&mut file, former, lines).and_then(|()| sync_folder(folder_of(&path)));
    if added.is_err() {
        if is_new {
            let _best_effort = fs_err::remove_file(&path);
        } else {
            let _best_effort = file.set_len(former);
        }
    }
    added
}

/// The file, and whether it was created. It does not block: a pipe may have no other end.
fn open(path: &Utf8Path) -> io::Result<(File, bool)> {
    match path.metadata() {
        Ok(metadata) => {
            require_regular(&metadata)?;
            Ok((options().open(path)?, false))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Ok((options().create_new(true).open(path)?, true))
        }
        Err(error) => Err(error),
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    #[cfg(unix)]
    {
        use fs_err::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600).custom_flags(without_waiting());
    }
    options
}

/// The length of the file, if lines may be added to it.
fn check(file: &mut File, begins: &[&str]) -> io::Result<u64> {
    // It may have been replaced between the check and the opening.
    let metadata = file.metadata()?;
    require_regular(&metadata)?;
    // The lock ends with the file.
    file.file().try_lock().map_err(|_| io::Error::other("another process is writing to it"))?;
    let former = file.metadata()?.len();
    let longest = begins.iter().map(|begin| begin.len()).max().unwrap_or_default();
    let mut head = Vec::new();
    file.take(longest as u64).read_to_end(&mut head)?;
    if former > 0 && !begins.iter().any(|begin| head.starts_with(begin.as_bytes())) {
        return Err(io::Error::other("it contains something else"));
    }
    Ok(former)
}

fn write(file: &mut File, former: u64, lines: &[String]) -> io::Result<()> {
    let mut text = String::new();
    if former > 0 {
        let mut last = [0];
        file.seek(SeekFrom::Start(former - 1))?;
        file.read_exact(&mut last)?;
        // A truncated line must not be joined with the next one.
        if last != *b"\n" {
            text.push('\n');
        }
    }
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use camino::Utf8PathBuf;

    use super::*;

    const BEGINS: &[&str] = &["{\""];

    fn lines(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn lines_are_added_and_nothing_is_lost() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = Utf8PathBuf::from_path_buf(folder.path().join("deep/letters.jsonl")).expect("UTF-8");
        append(&file, &lines(&["{\"a\":1}"]), BEGINS).expect("a file");
        assert_eq!(file.metadata().expect("a file").permissions().mode() & 0o777, 0o600);
        append(&file, &lines(&["{\"a\":2}", "{\"a\":3}"]), BEGINS).expect("a file");
        fs_err::write(&file, fs_err::read_to_string(&file).expect("text") + "{\"cut").expect("a file");
        append(&file, &lines(&["{\"a\":4}"]), BEGINS).expect("a file");
        let text = fs_err::read_to_string(&file).expect("text");
        assert_eq!(text, "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n{\"cut\n{\"a\":4}\n");
    }

    #[test]
    fn files_of_others_and_what_is_no_file_are_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let other = Utf8PathBuf::from_path_buf(folder.path().join("spec.yaml")).expect("UTF-8");
        fs_err::write(&other, "version: 1\n").expect("a file");
        let error = append(&other, &lines(&["{\"a\":1}"]), BEGINS).expect_err("another's");
        assert_eq!(error.to_string(), "it contains something else");
        assert_eq!(fs_err::read_to_string(&other).expect("text"), "version: 1\n");
        for path in ["/dev/full", "/dev/null", "/"] {
            let error = append(Utf8Path::new(path), &lines(&["{\"a\":1}"]), BEGINS).expect_err("no file");
            assert!(error.to_string().contains("not a regular file"), "{path}: {error}");
        }
    }

    #[test]
    fn two_at_once_do_not_mix_their_lines() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = Utf8PathBuf::from_path_buf(folder.path().join("letters.jsonl")).expect("UTF-8");
        let first = fs_err::File::create(&file).expect("a file");
        first.file().lock().expect("a lock");
        let error = append(&file, &lines(&["{}"]), BEGINS).expect_err("a lock of another");
        assert_eq!(error.to_string(), "another process is writing to it");
    }
}
