//! An evidence store in a directory.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use gate_core::digest::{Digest, from_hex};
use gate_core::ports::{BlobWriter, EvidenceStore, StoreError};

use crate::records;
use crate::syncing::Syncing;

/// How much is written at once, at least.
const BUFFER: usize = 64 << 10;

/// A store in a directory, by default `.gate/` beside `gate.toml`. Several processes may write to it at once.
#[derive(Debug, Clone)]
pub struct DirectoryStore {
    root: PathBuf,
    begun: Arc<Mutex<bool>>,
    syncing: Arc<Syncing>,
}

impl DirectoryStore {
    /// A store in this directory, which is made with the first blob.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            begun: Arc::default(),
            syncing: Arc::default(),
        }
    }

    /// The directory.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn blobs(&self) -> PathBuf {
        self.root.join("blobs").join("sha256")
    }

    fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.blobs().join(digest.hex())
    }

    fn records(&self) -> PathBuf {
        self.root.join("records")
    }

    fn temporary(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// Makes the folders before the first file.
    fn begin(&self) -> Result<(), StoreError> {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if *begun {
            return Ok(());
        }
        for folder in [self.blobs(), self.records(), self.temporary()] {
            fs::create_dir_all(&folder).map_err(|cause| io("making", &folder, cause))?;
        }
        for folder in [self.root.clone(), self.root.join("blobs")] {
            let file = File::open(&folder).map_err(|cause| io("reading", &folder, cause))?;
            self.syncing.begin(file, folder)?;
        }
        *begun = true;
        Ok(())
    }

    /// Moves a blob to its place. It has its name before its bytes are durable: one that a crash cut off is damaged, and
    /// no entry leads to it.
    fn place_blob(&self, file: NamedTempFile, path: PathBuf) -> Result<(), StoreError> {
        let file = place(file, &path)?;
        self.syncing.begin(file, path)
    }

    pub(crate) fn aside(&self) -> Result<NamedTempFile, StoreError> {
        self.begin()?;
        let folder = self.temporary();
        let mut file = tempfile::Builder::new();
        // Readable as far as the user's umask allows: an auditor may have another account.
        #[cfg(unix)]
        file.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
        file.tempfile_in(&folder)
            .map_err(|cause| io("writing to", &folder, cause))
    }

    /// Whether a blob is there and whole.
    fn holds(&self, digest: &Digest) -> bool {
        self.get(digest).is_ok()
    }
}

impl EvidenceStore for DirectoryStore {
    fn put_as(&self, digest: &Digest, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.blob_path(digest);
        if self.holds(digest) {
            // Who put it may not have synced it yet.
            let file = File::open(&path).map_err(|cause| io("reading", &path, cause))?;
            return self.syncing.begin(file, path);
        }
        let mut file = self.aside()?;
        file.write_all(bytes)
            .map_err(|cause| io("writing", file.path(), cause))?;
        self.place_blob(file, path)
    }

    fn writer(&self) -> Result<Box<dyn BlobWriter>, StoreError> {
        Ok(Box::new(Writer {
            hash: Some(Sha256::new()),
            ..Writer::new(self)?
        }))
    }

    fn copier(&self) -> Result<Box<dyn BlobWriter>, StoreError> {
        Ok(Box::new(Writer::new(self)?))
    }

    fn get(&self, digest: &Digest) -> Result<Vec<u8>, StoreError> {
        let path = self.blob_path(digest);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::Missing(*digest));
            }
            Err(cause) => return Err(io("reading", &path, cause)),
        };
        let actual = Digest::of(&bytes);
        if actual != *digest {
            let path = path.display().to_string();
            return Err(StoreError::Damaged {
                path,
                expected: *digest,
                actual,
            });
        }
        Ok(bytes)
    }

    fn publish_record(&self, digest: &Digest) -> Result<(), StoreError> {
        let mut file = self.aside()?;
        let line = records::line(digest);
        let entry = file.write_all(line.as_bytes());
        let entry = entry.and_then(|()| file.reopen());
        let entry = entry.map_err(|cause| io("writing", file.path(), cause))?;
        self.syncing.begin(entry, file.path().to_owned())?;
        sync_folder(&self.blobs())?;
        self.syncing.end()?;
        // All is durable. Now the entry may have its name.
        place(file, &self.records().join(digest.hex()))?;
        sync_folder(&self.records())
    }

    fn list_records(&self) -> Result<Vec<Digest>, StoreError> {
        let names = names(&self.records())?;
        let mut found: Vec<_> = names
            .iter()
            .filter_map(|name| from_hex(name))
            .map(Digest::from_bytes)
            .collect();
        found.sort_unstable();
        Ok(found)
    }

    fn find_record(&self, prefix: &str) -> Result<Digest, StoreError> {
        records::check(prefix)?;
        let folder = self.records();
        let name = records::only(prefix, self.list_records()?)?;
        let path = folder.join(name.hex());
        let mut line = String::new();
        let read = File::open(&path).and_then(|file| file.take(100).read_to_string(&mut line));
        read.map_err(|cause| io("reading", &path, cause))?;
        records::entry(name, line.as_bytes(), || path.display().to_string())
    }
}

/// A blob that is written. It comes in small pieces, and goes in large ones.
struct Writer {
    store: DirectoryStore,
    file: BufWriter<NamedTempFile>,
    /// Of what was written; without it the file is read again for its digest, if need be.
    hash: Option<Sha256>,
}

impl Writer {
    fn new(store: &DirectoryStore) -> Result<Self, StoreError> {
        Ok(Self {
            store: store.clone(),
            file: BufWriter::with_capacity(BUFFER, store.aside()?),
            hash: None,
        })
    }

    /// Writes what is left, and gives the digest of all that was written.
    fn digest(&mut self) -> io::Result<Digest> {
        let hash = match self.hash.take() {
            Some(hash) => hash,
            None => {
                self.file.flush()?;
                let mut file = self.file.get_ref().reopen()?;
                let mut hash = Sha256::new();
                let mut piece = vec![0; BUFFER];
                loop {
                    match file.read(&mut piece) {
                        Ok(0) => break hash,
                        Ok(n) => hash.update(piece.get(..n).unwrap_or_default()),
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        Err(error) => return Err(error),
                    }
                }
            }
        };
        Ok(Digest::from_bytes(hash.finalize().into()))
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        if let Some(hash) = &mut self.hash {
            hash.update(bytes.get(..written).unwrap_or_default());
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl BlobWriter for Writer {
    fn finish(mut self: Box<Self>) -> Result<Digest, StoreError> {
        let digest = self.digest();
        let digest = digest.map_err(|cause| io("writing", self.file.get_ref().path(), cause))?;
        self.finish_as(digest)?;
        Ok(digest)
    }

    fn finish_as(self: Box<Self>, digest: Digest) -> Result<(), StoreError> {
        let Self { store, file, .. } = *self;
        let path = store.blob_path(&digest);
        let file = file
            .into_inner()
            .map_err(|error| io("writing", &path, error.into_error()))?;
        store.place_blob(file, path)
    }
}

/// Moves a file that was written aside to its place.
pub(crate) fn place(file: NamedTempFile, path: &Path) -> Result<File, StoreError> {
    // An equal name means equal bytes; whoever comes second replaces them by themselves, and mends a damaged blob.
    file.persist(path)
        .map_err(|error| io("writing", path, error.error))
}

pub(crate) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|cause| io("writing", folder, cause))
}

/// The names in a folder; none where it is not there.
pub(crate) fn names(folder: &Path) -> Result<Vec<String>, StoreError> {
    let listing = |cause| io("listing", folder, cause);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(cause) => return Err(listing(cause)),
    };
    let mut names = Vec::new();
    for entry in entries {
        // Nothing of ours has a name that is no text.
        names.extend(entry.map_err(listing)?.file_name().into_string());
    }
    Ok(names)
}

pub(crate) fn io(action: &'static str, path: &Path, cause: io::Error) -> StoreError {
    StoreError::Io {
        action,
        path: path.display().to_string(),
        cause,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, DirectoryStore) {
        let folder = tempfile::tempdir().unwrap();
        let store = DirectoryStore::new(folder.path().join("a/.gate"));
        (folder, store)
    }

    #[test]
    fn kept_under_the_name_that_sha256sum_prints() {
        let (_folder, store) = store();
        let digest = store.put(b"abc").unwrap();
        let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let path = store.root().join("blobs/sha256").join(hex);
        assert_eq!(fs::read(path).unwrap(), b"abc");
        assert_eq!(store.get(&digest).unwrap(), b"abc");
        assert_eq!(store.put(b"abc").unwrap(), digest);
    }

    #[test]
    fn a_streamed_blob_is_the_same_blob() {
        let (_folder, store) = store();
        let bytes = b"abc".repeat(BUFFER);
        for begin in [DirectoryStore::writer, DirectoryStore::copier] {
            let mut writer = begin(&store).unwrap();
            writer.write_all(b"ab").unwrap();
            writer.write_all(bytes.get(2..).unwrap()).unwrap();
            assert_eq!(writer.finish().unwrap(), Digest::of(&bytes));
            assert_eq!(store.get(&Digest::of(&bytes)).unwrap(), bytes);
            fs::remove_file(store.blob_path(&Digest::of(&bytes))).unwrap();
        }
    }

    #[test]
    fn a_blob_under_a_digest_that_is_not_its_own_is_damaged() {
        let (_folder, store) = store();
        for (digest, whole) in [(Digest::of(b"abc"), true), (Digest::of(b"abd"), false)] {
            let mut writer = store.copier().unwrap();
            writer.write_all(b"abc").unwrap();
            writer.finish_as(digest).unwrap();
            assert_eq!(store.get(&digest).is_ok(), whole);
        }
    }

    #[test]
    fn an_unfinished_blob_leaves_nothing() {
        let (_folder, store) = store();
        let mut writer = store.writer().unwrap();
        writer.write_all(b"half").unwrap();
        drop(writer);
        assert_eq!(fs::read_dir(store.temporary()).unwrap().count(), 0);
        assert_eq!(fs::read_dir(store.blobs()).unwrap().count(), 0);
    }

    #[test]
    fn damage_is_named_and_mended_by_putting_again() {
        let (_folder, store) = store();
        let digest = store.put(b"abc").unwrap();
        let path = store.blob_path(&digest);
        fs::write(&path, b"abd").unwrap();
        let error = store.get(&digest).unwrap_err().to_string();
        assert!(
            error.contains(&digest.hex()) && error.contains("damaged"),
            "{error}"
        );
        store.put(b"abc").unwrap();
        assert_eq!(store.get(&digest).unwrap(), b"abc");
        fs::remove_file(&path).unwrap();
        assert!(matches!(store.get(&digest), Err(StoreError::Missing(_))));
    }

    #[test]
    fn a_record_is_found_by_the_beginning_of_its_name() {
        let (_folder, store) = store();
        let digest = store.put(b"record").unwrap();
        assert!(matches!(
            store.find_record(&digest.hex()),
            Err(StoreError::NoRecord(_))
        ));
        store.publish_record(&digest).unwrap();
        assert_eq!(
            store.find_record(digest.hex().get(..6).unwrap()).unwrap(),
            digest
        );
        for name in ["", "abc", "../..", "ABCD", "zzzz"] {
            assert!(
                matches!(store.find_record(name), Err(StoreError::NotARecordName(_))),
                "{name}"
            );
        }
        fs::write(
            store.records().join(digest.hex()),
            Digest::of(b"other").to_string(),
        )
        .unwrap();
        assert!(matches!(
            store.find_record(&digest.hex()),
            Err(StoreError::Damaged { .. })
        ));
    }

    #[test]
    fn where_nothing_can_be_written_the_store_says_where() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, b"").unwrap();
        let error = DirectoryStore::new(file.join(".gate"))
            .put(b"x")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("making") && error.contains("file"),
            "{error}"
        );
    }
}
