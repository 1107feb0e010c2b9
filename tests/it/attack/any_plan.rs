//! Properties of any bytes as a saved plan: rejected, or read completely. The fuzz target compiles this file too.

use std::fs;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use camino::Utf8Path;
use pipectl::deploy::{Saved, read_saved};
use pipectl::diagnostic::Exit;
use pipectl::{package, render};
use serde_json::Value;
use tempfile::TempDir;

static FOLDER: OnceLock<TempDir> = OnceLock::new();

/// Reads them unchanged, and as a plan whose zip name, field order and digest match. Returns whether they are a plan.
pub(crate) fn read(bytes: &[u8]) -> bool {
    if read_file(bytes) {
        return true;
    }
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else { return false };
    // Unchanged, a plan with its fields in another order is rejected only after its digest.
    let as_it_is = read_file(&file(&value, bytes));
    let mut named = value;
    let zip = named["artifact"]["zip"].as_str().and_then(|zip| BASE64.decode(zip).ok());
    let artifact = named.pointer_mut("/artifact").and_then(Value::as_object_mut);
    if let (Some(zip), Some(artifact)) = (zip, artifact) {
        artifact.insert("key".to_owned(), package::key(&zip).into());
    }
    let Ok(saved) = serde_json::from_value::<Saved>(named) else { return as_it_is };
    let Ok(text) = serde_json::to_string(&saved) else { return as_it_is };
    let Ok(value) = serde_json::from_str(&text) else { return as_it_is };
    read_file(&file(&value, text.as_bytes())) || as_it_is
}

/// The file of a plan with this value and this text.
fn file(value: &Value, text: &[u8]) -> Vec<u8> {
    let begin = format!("{{\"pipectl_plan\":1,\"sha256\":\"{}\",\"plan\":", render::digest(value));
    [begin.as_bytes(), text, b"}"].concat()
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
