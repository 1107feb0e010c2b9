use std::io::{Cursor, Read as _, Write as _};

use processor::packed::MAPPING_FILE;
use zip::result::ZipResult;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// Every apply packs the binary to learn its hash, so time counts: the usual level takes twice as long to save a
/// twentieth, and the level below this one saves a third of the time and adds a fifth.
const LEVEL: i64 = 2;

/// `bootstrap`, executable, and the mapping where it has a file, with the earliest time a zip knows: the same content gives
/// the same bytes.
pub(super) fn zip(bootstrap: &[u8], mapping: Option<&str>) -> ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o755);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("bootstrap", options)?;
    writer.write_all(bootstrap)?;
    if let Some(mapping) = mapping {
        writer.start_file(MAPPING_FILE, options.unix_permissions(0o644))?;
        writer.write_all(mapping.as_bytes())?;
    }
    Ok(writer.finish()?.into_inner())
}

/// The `bootstrap` in a zip.
pub(super) fn bootstrap(zipped: &[u8], most: u64) -> ZipResult<Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(zipped))?;
    let mut program = Vec::new();
    archive.by_name("bootstrap")?.take(most).read_to_end(&mut program)?;
    Ok(program)
}

/// Whether a file that begins so is such a zip.
pub(super) fn begins(head: &[u8]) -> bool {
    /// Bytes before the name of a zip's first file.
    const BEFORE_NAME: usize = 30;
    head.starts_with(b"PK\x03\x04")
        && head.get(BEFORE_NAME..).is_some_and(|name| name.starts_with(b"bootstrap"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zip_holds_an_executable_bootstrap_and_is_the_same_each_time() {
        let bytes = b"\x7fELF and so on".repeat(1000);
        let zipped = zip(&bytes, None).expect("a zip");
        assert_eq!(zipped, zip(&bytes, None).expect("a zip"));
        assert!(begins(&zipped) && !begins(b"PK\x03\x04") && !begins(&bytes));
        let mut archive = zip::ZipArchive::new(Cursor::new(zipped)).expect("an archive");
        let mut file = archive.by_name("bootstrap").expect("a bootstrap");
        assert_eq!(file.unix_mode().map(|mode| mode & 0o777), Some(0o755));
        let mut back = Vec::new();
        file.read_to_end(&mut back).expect("content");
        assert_eq!(back, bytes);
        drop(file);
        assert_eq!(bootstrap(&archive.into_inner().into_inner(), u64::MAX).expect("a program"), bytes);
    }

    #[test]
    fn a_mapping_is_beside_the_program_and_everyone_may_read_it() {
        let zipped = zip(b"\x7fELF", Some("{}")).expect("a zip");
        assert_eq!(zipped, zip(b"\x7fELF", Some("{}")).expect("a zip"));
        assert!(begins(&zipped));
        let mut archive = zip::ZipArchive::new(Cursor::new(zipped)).expect("an archive");
        let mut file = archive.by_name(MAPPING_FILE).expect("a mapping");
        assert_eq!(file.unix_mode().map(|mode| mode & 0o777), Some(0o644));
        let mut back = String::new();
        file.read_to_string(&mut back).expect("content");
        assert_eq!(back, "{}");
    }
}
