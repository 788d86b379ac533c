//! A ZIP archive of a few files: stored, in the order given, with one date for all. Nothing of it depends on the machine.
//!
//! <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>

use crate::run::Result;

/// A file of an archive.
pub struct Entry {
    pub name: String,
    pub bytes: Vec<u8>,
    pub executable: bool,
}

/// 1980-01-01, the first day there is.
const DATE: u16 = 1 << 5 | 1;
/// Version 2.0 of the format, made on Unix.
const VERSION: u16 = 20;
const UNIX: u16 = 3 << 8 | VERSION;
/// Names are UTF-8.
const FLAGS: u16 = 1 << 11;

/// The bytes of an archive.
///
/// # Errors
/// When it has more or larger files than the format's small numbers can say.
pub fn write(entries: &[Entry]) -> Result<Vec<u8>> {
    let mut archive = Vec::new();
    let mut directory = Vec::new();
    for entry in entries {
        let offset = u32::try_from(archive.len())?;
        let size = u32::try_from(entry.bytes.len())?;
        let name = u16::try_from(entry.name.len())?;
        // What both headers say of a file.
        let mut common = Vec::new();
        for number in [VERSION, FLAGS, 0, 0, DATE] {
            common.extend(number.to_le_bytes());
        }
        for number in [crc32(&entry.bytes), size, size] {
            common.extend(number.to_le_bytes());
        }
        for number in [name, 0] {
            common.extend(number.to_le_bytes());
        }
        archive.extend(*b"PK\x03\x04");
        archive.extend(&common);
        archive.extend(entry.name.as_bytes());
        archive.extend(&entry.bytes);

        directory.extend(*b"PK\x01\x02");
        directory.extend(UNIX.to_le_bytes());
        directory.extend(&common);
        for number in [0_u16, 0, 0] {
            directory.extend(number.to_le_bytes());
        }
        let mode: u32 = if entry.executable {
            0o100_755
        } else {
            0o100_644
        };
        for number in [mode << 16, offset] {
            directory.extend(number.to_le_bytes());
        }
        directory.extend(entry.name.as_bytes());
    }
    let count = u16::try_from(entries.len())?;
    let (offset, size) = (
        u32::try_from(archive.len())?,
        u32::try_from(directory.len())?,
    );
    archive.extend(&directory);
    archive.extend(*b"PK\x05\x06");
    for number in [0, 0, count, count] {
        archive.extend(number.to_le_bytes());
    }
    for number in [size, offset] {
        archive.extend(number.to_le_bytes());
    }
    archive.extend([0, 0]);
    Ok(archive)
}

fn crc32(bytes: &[u8]) -> u32 {
    let next = |crc: u32, byte: &u8| {
        let bit = |crc: u32, _| crc >> 1 ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        (0..8).fold(crc ^ u32::from(*byte), bit)
    };
    !bytes.iter().fold(u32::MAX, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_crc_32() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn the_same_files_are_the_same_bytes() {
        let files = || {
            let entry = |name: &str, executable| Entry {
                name: name.to_owned(),
                bytes: name.repeat(3).into_bytes(),
                executable,
            };
            vec![entry("bootstrap", true), entry("keys/gate.pub", false)]
        };
        let archive = write(&files()).unwrap();
        assert_eq!(archive, write(&files()).unwrap());
        // Two headers, two names, two files; two entries, two names again; the end.
        assert_eq!(archive.len(), 2 * 30 + 22 + 66 + 2 * 46 + 22 + 22);
    }
}
