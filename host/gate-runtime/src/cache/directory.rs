//! A directory that belongs to one user alone, and files in it that appear whole or not at all.
//!
//! The directory is opened once and everything else is opened below it, so that nobody can put another in its place
//! between the check and the use.

use std::fs::{DirBuilder, File};
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use gate_core::digest::to_hex;
use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat, Timespec, Timestamps, UTIME_NOW, fstat,
    futimens, linkat, openat, renameat, statat, unlinkat,
};
use rustix::process::geteuid;

pub(super) struct Directory(OwnedFd);

impl Directory {
    /// Opens a directory, which is made where it is missing.
    ///
    /// # Errors
    /// When it can't be opened, is a symbolic link, is somebody else's, or others may look into it.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let directory = openat(CWD, path, flags, Mode::empty())?;
        private(&fstat(&directory)?)?;
        Ok(Self(directory))
    }

    /// A file's bytes, which marks it as used.
    ///
    /// # Errors
    /// When it can't be read, is no file of the user alone, has another name besides, or is longer than that.
    pub(super) fn read(&self, name: &str, most: u64) -> io::Result<Vec<u8>> {
        // Not to wait, should it be a pipe.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = openat(&self.0, name, flags, Mode::empty())?;
        let stat = fstat(&file)?;
        private(&stat)?;
        let length = u64::try_from(stat.st_size).unwrap_or(u64::MAX);
        let is_file = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
        if !is_file || stat.st_nlink != 1 || length > most {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_NOW,
        };
        // On a file system that can't be written to, what was used last is not known.
        let _ = futimens(
            &file,
            &Timestamps {
                last_access: now,
                last_modification: now,
            },
        );
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
        File::from(file).take(length).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Writes a file, in place of one that has the name.
    ///
    /// # Errors
    /// When it can't be written.
    pub(super) fn replace(&self, name: &str, parts: &[&[u8]]) -> io::Result<()> {
        let aside = self.aside(parts)?;
        let renamed = renameat(&self.0, &aside.name, &self.0, name);
        Ok(renamed?)
    }

    /// Writes a file that does not exist yet.
    ///
    /// # Errors
    /// When it exists, or can't be written.
    pub(super) fn create(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let aside = self.aside(&[bytes])?;
        Ok(linkat(
            &self.0,
            &aside.name,
            &self.0,
            name,
            AtFlags::empty(),
        )?)
    }

    /// Removes files, those first that were not used for longest, until the others together have this length. What is
    /// left of processes that died while they wrote goes in the same way.
    ///
    /// # Errors
    /// When the directory can't be read.
    pub(super) fn evict(&self, most: u64, spare: &str) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in Dir::read_from(&self.0)? {
            let entry = entry?;
            let name = entry.file_name();
            let Ok(stat) = statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW) else {
                // Another process removed it.
                continue;
            };
            let is_file = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
            if is_file && name.to_bytes() != spare.as_bytes() {
                let length = u64::try_from(stat.st_size).unwrap_or_default();
                files.push(((stat.st_mtime, stat.st_mtime_nsec), name.to_owned(), length));
            }
        }
        files.sort();
        let mut sum: u64 = files.iter().map(|(.., length)| length).sum();
        for (_, name, length) in files {
            if sum <= most {
                break;
            }
            // As above.
            let _ = unlinkat(&self.0, name, AtFlags::empty());
            sum = sum.saturating_sub(length);
        }
        Ok(())
    }

    /// Writes a file under a name that nobody knows.
    fn aside(&self, parts: &[&[u8]]) -> io::Result<Aside<'_>> {
        let name = format!("{}.new", to_hex(&random::<16>()?));
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let file = openat(&self.0, &name, flags, Mode::RUSR | Mode::WUSR)?;
        let aside = Aside {
            directory: self,
            name,
        };
        let mut file = File::from(file);
        for part in parts {
            file.write_all(part)?;
        }
        Ok(aside)
    }
}

/// A file that is not under its own name yet; gone when this is.
struct Aside<'a> {
    directory: &'a Directory,
    name: String,
}

impl Drop for Aside<'_> {
    fn drop(&mut self) {
        // After a rename it is gone already.
        let _ = unlinkat(&self.directory.0, &self.name, AtFlags::empty());
    }
}

/// Refuses what belongs to somebody else, or what others may read or write.
fn private(stat: &Stat) -> io::Result<()> {
    let others = Mode::RWXG | Mode::RWXO;
    let mode = Mode::from_raw_mode(stat.st_mode);
    if stat.st_uid != geteuid().as_raw() || mode.intersects(others) {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    Ok(())
}

/// Bytes that nobody can guess.
pub(super) fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}
