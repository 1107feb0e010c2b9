use object::elf;
use object::read::elf::{ElfFile64, FileHeader as _};
use object::{Architecture, Endianness, Object as _};

/// A machine Lambda runs functions on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    Arm64,
    X86_64,
}

impl Machine {
    /// The machine this program runs on, if Lambda supports it.
    #[must_use]
    pub fn host() -> Option<Self> {
        match std::env::consts::ARCH {
            "aarch64" => Some(Self::Arm64),
            "x86_64" => Some(Self::X86_64),
            _ => None,
        }
    }

    /// Lambda's name of it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86_64",
        }
    }

    /// Rust's target for it, for Amazon Linux.
    #[must_use]
    pub fn target(self) -> &'static str {
        match self {
            Self::Arm64 => "aarch64-unknown-linux-gnu",
            Self::X86_64 => "x86_64-unknown-linux-gnu",
        }
    }
}

/// The C library of Amazon Linux 2023, which `provided.al2023` is.
pub(super) const GLIBC: (u32, u32) = (2, 34);

/// Whether the binary is an ELF program for the machine.
pub(super) fn is_for(bytes: &[u8], machine: Machine) -> Result<(), String> {
    let file = ElfFile64::<Endianness>::parse(bytes).map_err(|_| "is not a 64-bit ELF program".to_owned())?;
    match machine_of(&file) {
        Some(built_for) if built_for == machine => Ok(()),
        _ => Err(format!("is built for {:?}, but this machine is {}", file.architecture(), machine.name())),
    }
}

fn machine_of(file: &ElfFile64<'_, Endianness>) -> Option<Machine> {
    match file.architecture() {
        Architecture::Aarch64 => Some(Machine::Arm64),
        Architecture::X86_64 => Some(Machine::X86_64),
        _ => None,
    }
}

/// Checks that the binary is an ELF program for the machine and needs no newer C library than that of Amazon Linux 2023.
pub(super) fn check(bytes: &[u8], machine: Machine) -> Result<(), String> {
    let file = ElfFile64::<Endianness>::parse(bytes).map_err(|_| "is not a 64-bit ELF program".to_owned())?;
    if machine_of(&file) != Some(machine) {
        return Err(format!(
            "is built for {:?}, but the function runs on {}",
            file.architecture(),
            machine.name()
        ));
    }
    match newest_glibc(&file, bytes) {
        Some(needed) if needed > GLIBC => Err(format!(
            "needs glibc {}.{}, but Amazon Linux 2023 has {}.{}",
            needed.0, needed.1, GLIBC.0, GLIBC.1
        )),
        _ => Ok(()),
    }
}

/// The newest `GLIBC_x.y` among the versions that the program requires of its libraries; `None` for a static program.
fn newest_glibc(file: &ElfFile64<'_, Endianness>, bytes: &[u8]) -> Option<(u32, u32)> {
    let header = elf::FileHeader64::<Endianness>::parse(bytes).ok()?;
    let endian = file.endian();
    let sections = header.sections(endian, bytes).ok()?;
    let (mut needs, strings) = sections.gnu_verneed(endian, bytes).ok()??;
    let strings = sections.strings(endian, bytes, strings).ok()?;
    let mut newest = None;
    while let Some((_, mut versions)) = needs.next().ok()? {
        while let Some(version) = versions.next().ok()? {
            let name = std::str::from_utf8(version.name(endian, strings).ok()?).ok()?;
            newest = newest.max(name.strip_prefix("GLIBC_").and_then(numbers));
        }
    }
    newest
}

fn numbers(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_no_program() {
        assert_eq!(check(b"#!/bin/sh\n", Machine::X86_64), Err("is not a 64-bit ELF program".to_owned()));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_test_is_a_program_for_this_machine_and_not_for_the_other() {
        let this = fs_err::read(std::env::current_exe().expect("a path")).expect("a program");
        let host = Machine::host().expect("a machine Lambda knows");
        let other = if host == Machine::Arm64 { Machine::X86_64 } else { Machine::Arm64 };
        assert!(check(&this, other).is_err_and(|reason| reason.contains("the function runs on")));
        let file = ElfFile64::<Endianness>::parse(this.as_slice()).expect("an ELF file");
        assert!(newest_glibc(&file, &this).is_some_and(|version| version >= (2, 17)));
    }
}
