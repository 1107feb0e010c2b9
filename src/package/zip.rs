use std::io::{Cursor, Read as _, Write as _};

use processor::packed::MAPPING_FILE;
use zip::result::ZipResult;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// Every apply packs the binary to compute its hash, so time counts: the default level takes twice as long to save a
/// twentieth, and the level below this one saves a third of the time and adds a fifth.
const LEVEL: i64 = 2;

/// `bootstrap`, executable, and the mapping if it has a file, with the earliest time that a zip can store: the same
/// content gives the same bytes.
pub(super) fn zip(bootstrap: &[u8], mapping: Option<&str>) -> ZipResult<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("bootstrap", options(0o755))?;
    writer.write_all(bootstrap)?;
    finished(writer, mapping)
}

/// The files of a zip unchanged, and the mapping if it has a file.
pub(super) fn with_mapping(zipped: &[u8], mapping: Option<&str>) -> ZipResult<Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(zipped))?;
    let mut writer = ZipWriter::new(Cursor::new(Vec::with_capacity(zipped.len())));
    for at in 0..archive.len() {
        writer.raw_copy_file(archive.by_index_raw(at)?)?;
    }
    finished(writer, mapping)
}

/// The content of a zip's first file.
pub(super) fn first(zipped: &[u8]) -> ZipResult<Vec<u8>> {
    let mut content = Vec::new();
    ZipArchive::new(Cursor::new(zipped))?.by_index(0)?.read_to_end(&mut content)?;
    Ok(content)
}

fn finished(mut writer: ZipWriter<Cursor<Vec<u8>>>, mapping: Option<&str>) -> ZipResult<Vec<u8>> {
    if let Some(mapping) = mapping {
        writer.start_file(MAPPING_FILE, options(0o644))?;
        writer.write_all(mapping.as_bytes())?;
    }
    Ok(writer.finish()?.into_inner())
}

fn options(permissions: u32) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL))
        .last_modified_time(DateTime::default())
        .unix_permissions(permissions)
}

/// The `bootstrap` in a zip.
pub(super) fn bootstrap(zipped: &[u8], most: u64) -> ZipResult<Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(zipped))?;
    let mut program = Vec::new();
    archive.by_name("bootstrap")?.take(most).read_to_end(&mut program)?;
    Ok(program)
}

/// Whether a file with this beginning is such a zip.
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

    #[test]
    fn an_embedded_zip_takes_the_mapping_and_else_stays_as_it_is() {
        let bytes = b"\x7fELF and so on".repeat(1000);
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, permissions) in [("bootstrap", 0o755), ("NOTICES.txt", 0o644)] {
            writer.start_file(name, options(permissions)).expect("a file");
            writer.write_all(&bytes).expect("content");
        }
        let embedded = writer.finish().expect("a zip").into_inner();
        assert_eq!(first(&embedded).expect("a program"), bytes);
        let zipped = with_mapping(&embedded, Some("{}")).expect("a zip");
        assert_eq!(zipped, with_mapping(&embedded, Some("{}")).expect("a zip"));
        assert!(begins(&zipped) && begins(&with_mapping(&embedded, None).expect("a zip")));
        let mut archive = ZipArchive::new(Cursor::new(zipped)).expect("an archive");
        let modes = ["bootstrap", "NOTICES.txt", MAPPING_FILE]
            .map(|name| archive.by_name(name).expect("a file").unix_mode().map(|mode| mode & 0o777));
        assert_eq!(modes, [Some(0o755), Some(0o644), Some(0o644)]);
        let (of_one, of_other) = (first(&embedded).expect("one"), archive.by_index(0).expect("one").size());
        assert_eq!(of_one.len() as u64, of_other);
    }
}
