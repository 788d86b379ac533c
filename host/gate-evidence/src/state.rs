//! What changes, in a directory: one file for each name, replaced whole under a lock.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use gate_core::digest::Digest;
use gate_core::ports::{Revision, State, StateStore, StoreError};

use crate::directory::{DirectoryStore, io, names, place, sync_folder};

/// Whether a text is the name of a state: it becomes a path, so that nothing else may stand in it.
pub(crate) fn is_name(name: &str) -> bool {
    let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && part.bytes().all(letter);
    name.split('/').all(part)
}

impl DirectoryStore {
    fn state_path(&self, name: &str) -> Result<PathBuf, StoreError> {
        let path = self.root().join("state").join(name);
        if is_name(name) {
            return Ok(path);
        }
        let cause = io::Error::new(io::ErrorKind::InvalidInput, "no name of a state");
        Err(io("naming", &path, cause))
    }

    /// Waits until nobody else replaces a state of this store. The file stays: who takes it away could let two in.
    fn lock(&self) -> Result<File, StoreError> {
        let path = self.root().join("state").join(".lock");
        let locked = make_folder(&path)
            .and_then(|()| {
                File::options()
                    .create(true)
                    .truncate(false)
                    .write(true)
                    .open(&path)
            })
            .and_then(|file| file.lock().map(|()| file));
        locked.map_err(|cause| io("locking", &path, cause))
    }
}

fn make_folder(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

fn read(path: &Path) -> Result<Option<State>, StoreError> {
    match fs::read(path) {
        Ok(bytes) => {
            let revision = Revision(Digest::of(&bytes).to_string());
            Ok(Some(State { revision, bytes }))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(io("reading", path, cause)),
    }
}

impl StateStore for DirectoryStore {
    fn state(&self, name: &str) -> Result<Option<State>, StoreError> {
        read(&self.state_path(name)?)
    }

    fn replace_state(
        &self,
        name: &str,
        read_before: Option<&Revision>,
        bytes: &[u8],
    ) -> Result<Revision, StoreError> {
        let path = self.state_path(name)?;
        let _locked = self.lock()?;
        let there = read(&path)?.map(|state| state.revision);
        if there.as_ref() != read_before {
            return Err(StoreError::Changed(name.to_owned()));
        }
        make_folder(&path).map_err(|cause| io("making", &path, cause))?;
        let mut file = self.aside()?;
        let written = file
            .write_all(bytes)
            .and_then(|()| file.as_file().sync_all());
        written.map_err(|cause| io("writing", &path, cause))?;
        place(file, &path)?;
        path.parent().map_or(Ok(()), sync_folder)?;
        Ok(Revision(Digest::of(bytes).to_string()))
    }

    fn remove_state(&self, name: &str) -> Result<(), StoreError> {
        let path = self.state_path(name)?;
        let _locked = self.lock()?;
        match fs::remove_file(&path) {
            Ok(()) => path.parent().map_or(Ok(()), sync_folder),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(cause) => Err(io("removing", &path, cause)),
        }
    }

    fn list_state(&self, below: &str) -> Result<Vec<String>, StoreError> {
        let folder = self.state_path(below)?;
        let names = names(&folder)?
            .into_iter()
            .map(|name| format!("{below}/{name}"));
        let mut names: Vec<_> = names.filter(|name| is_name(name)).collect();
        names.sort_unstable();
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, DirectoryStore) {
        let folder = tempfile::tempdir().unwrap();
        let store = DirectoryStore::new(folder.path().join(".gate"));
        (folder, store)
    }

    #[test]
    fn a_value_is_replaced_only_by_who_knows_it() {
        let (_folder, store) = store();
        assert_eq!(store.state("outbox/a").unwrap(), None);
        let first = store.replace_state("outbox/a", None, b"1").unwrap();
        let again = store.replace_state("outbox/a", None, b"2").unwrap_err();
        assert!(matches!(again, StoreError::Changed(_)), "{again}");
        let second = store.replace_state("outbox/a", Some(&first), b"2").unwrap();
        assert!(store.replace_state("outbox/a", Some(&first), b"3").is_err());
        let state = store.state("outbox/a").unwrap().unwrap();
        assert_eq!(
            (state.bytes.as_slice(), state.revision),
            (&b"2"[..], second)
        );
    }

    #[test]
    fn names_are_listed_in_order_and_what_is_removed_is_gone() {
        let (_folder, store) = store();
        assert!(store.list_state("outbox").unwrap().is_empty());
        for name in ["outbox/b", "outbox/a", "published/c"] {
            store.replace_state(name, None, b"1").unwrap();
        }
        assert_eq!(
            store.list_state("outbox").unwrap(),
            ["outbox/a", "outbox/b"]
        );
        store.remove_state("outbox/a").unwrap();
        store.remove_state("outbox/a").unwrap();
        assert_eq!(store.list_state("outbox").unwrap(), ["outbox/b"]);
    }

    #[test]
    fn a_name_is_no_way_out_of_the_store() {
        let (_folder, store) = store();
        for name in [
            "", "..", "a/../b", "/a", "a//b", "A", "a b", "a\0b", ".lock", "a/.b",
        ] {
            assert!(store.state(name).is_err(), "{name:?}");
            assert!(store.replace_state(name, None, b"1").is_err(), "{name:?}");
            assert!(store.remove_state(name).is_err(), "{name:?}");
        }
    }
}
