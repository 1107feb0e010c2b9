//! What holds for any bytes as a saved plan: refused, or read with all that it holds. The fuzz target compiles this file too.

use std::fs;
use std::sync::OnceLock;

use camino::Utf8Path;
use pipectl::deploy::read_saved;
use pipectl::diagnostic::Exit;
use pipectl::render;
use tempfile::TempDir;

static FOLDER: OnceLock<TempDir> = OnceLock::new();

/// Reads them as they are, and as a plan with the digest that belongs to them. Whether they are one.
pub(crate) fn read(bytes: &[u8]) -> bool {
    if read_file(bytes) {
        return true;
    }
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(bytes) else { return false };
    let digest = render::digest(&value);
    let begin = format!("{{\"pipectl_plan\":1,\"sha256\":\"{digest}\",\"plan\":");
    read_file(&[begin.as_bytes(), bytes, b"}"].concat())
}

fn read_file(bytes: &[u8]) -> bool {
    let folder = FOLDER.get_or_init(|| tempfile::tempdir().expect("a folder"));
    let path = folder.path().join("saved.plan");
    fs::write(&path, bytes).expect("a written file");
    match read_saved(Utf8Path::from_path(&path).expect("UTF-8")) {
        Ok(Some(saved)) => {
            let _ = saved.accepted().count();
            let _ = saved.unpack();
            true
        }
        Ok(None) => panic!("a file called `.plan` is meant to be one"),
        Err(failure) => {
            assert_eq!(failure.exit, Exit::Refused, "{failure:?}");
            false
        }
    }
}
