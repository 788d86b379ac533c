//! What is put into a cache comes out of it, and nothing else does.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use super::*;

/// A cache in a directory of its own that holds one entry.
fn with_entry() -> (tempfile::TempDir, Key) {
    let folder = tempfile::tempdir().unwrap();
    let key = Key(Digest::of(b"a key"));
    at(&folder).put(key, b"code");
    assert_eq!(code(&folder, key).as_deref(), Some(&b"code"[..]));
    (folder, key)
}

/// As another process would open it.
fn at(folder: &tempfile::TempDir) -> Cache {
    Cache::new(folder.path().join("cache"))
}

fn code(folder: &tempfile::TempDir, key: Key) -> Option<Vec<u8>> {
    at(folder).get(key).map(|code| code.bytes().to_vec())
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn an_entry_that_was_altered_anywhere_is_none() {
    let (folder, key) = with_entry();
    let path = folder.path().join("cache").join(key.file());
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        fs::write(&path, altered).unwrap();
        assert!(code(&folder, key).is_none(), "byte {at}");
        fs::write(&path, &whole[..at]).unwrap();
        assert!(code(&folder, key).is_none(), "cut off at {at}");
    }
    fs::write(&path, &whole).unwrap();
    assert!(code(&folder, key).is_some());
}

#[test]
fn an_entry_under_another_name_or_of_another_cache_is_none() {
    let (folder, key) = with_entry();
    let (others, _) = with_entry();
    let other = Key(Digest::of(b"another key"));
    let file = |folder: &tempfile::TempDir, key: Key| folder.path().join("cache").join(key.file());
    fs::copy(file(&folder, key), file(&folder, other)).unwrap();
    assert!(code(&folder, other).is_none());
    fs::copy(file(&others, key), file(&folder, key)).unwrap();
    assert!(code(&folder, key).is_none());
    // It is made again, and then it is there.
    at(&folder).put(key, b"code");
    assert!(code(&folder, key).is_some());
}

#[test]
fn only_a_file_of_the_user_alone_is_an_entry() {
    let (folder, key) = with_entry();
    let path = folder.path().join("cache").join(key.file());
    for mode in [0o604, 0o640, 0o622] {
        chmod(&path, mode);
        assert!(code(&folder, key).is_none(), "{mode:o}");
    }
    chmod(&path, 0o600);
    assert!(code(&folder, key).is_some());

    let beside = folder.path().join("beside");
    fs::hard_link(&path, &beside).unwrap();
    assert!(code(&folder, key).is_none(), "two names");
    fs::remove_file(&path).unwrap();
    assert!(code(&folder, key).is_none(), "missing");
    symlink(&beside, &path).unwrap();
    assert!(code(&folder, key).is_none(), "a link");
    at(&folder).put(key, b"code");
    assert!(code(&folder, key).is_some());
    assert!(beside.is_file());
}

#[test]
fn a_directory_that_is_not_the_user_s_alone_is_not_used() {
    let (folder, key) = with_entry();
    let path = folder.path().join("cache");
    for mode in [0o701, 0o710, 0o777] {
        chmod(&path, mode);
        assert!(code(&folder, key).is_none(), "{mode:o}");
    }
    chmod(&path, 0o700);
    assert!(code(&folder, key).is_some());

    let moved = folder.path().join("moved");
    fs::rename(&path, &moved).unwrap();
    symlink(&moved, &path).unwrap();
    assert!(code(&folder, key).is_none(), "a link");
    fs::remove_file(&path).unwrap();
    fs::write(&path, "no directory").unwrap();
    at(&folder).put(key, b"code");
    assert!(code(&folder, key).is_none(), "a file");
    assert_eq!(fs::read(&path).unwrap(), b"no directory");
}

#[test]
fn a_secret_that_is_not_one_is_made_again() {
    let (folder, key) = with_entry();
    let path = folder.path().join("cache").join(SECRET);
    let secret = fs::read(&path).unwrap();
    assert_eq!(secret.len(), SECRET_BYTES);
    for other in [&[][..], &secret[1..], &[&secret[..], b"more"].concat()] {
        fs::write(&path, other).unwrap();
        assert!(code(&folder, key).is_none());
        at(&folder).put(key, b"code");
        assert!(code(&folder, key).is_some());
    }
    assert_ne!(fs::read(&path).unwrap(), secret);
}

#[test]
fn what_was_not_used_for_longest_goes_first() {
    let folder = tempfile::tempdir().unwrap();
    let keys = [b"a", b"b", b"c", b"d"].map(|name| Key(Digest::of(name)));
    let mut cache = at(&folder);
    // Three entries fit.
    cache.most = 3 * (MAC_BYTES as u64 + 100);
    let mut old = std::time::SystemTime::UNIX_EPOCH;
    for key in &keys[..3] {
        cache.put(*key, &[0; 100]);
        // Not by the clock: it may stand still between two of them.
        old += std::time::Duration::from_secs(1);
        let file = folder.path().join("cache").join(key.file());
        fs::File::open(file).unwrap().set_modified(old).unwrap();
    }
    assert!(code(&folder, keys[0]).is_some(), "used just now");
    cache.put(keys[3], &[0; 100]);
    let there = keys.map(|key| code(&folder, key).is_some());
    assert_eq!(there, [true, false, true, true]);
}

#[test]
fn whoever_writes_at_the_same_time_there_is_one_secret_and_every_entry_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let key = Key(Digest::of(b"a key"));
    let code_of = |n: u8| vec![n; 100_000];
    std::thread::scope(|scope| {
        for n in 0..8 {
            let folder = &folder;
            scope.spawn(move || {
                let cache = at(folder);
                let own = Key(Digest::of(&[n]));
                cache.put(own, &code_of(n));
                cache.put(key, &code_of(n));
                let read = cache.get(key).unwrap();
                assert!((0..8).any(|n| read.bytes() == code_of(n)));
                assert_eq!(cache.get(own).unwrap().bytes(), code_of(n));
            });
        }
    });
    // One for each, the common one and the secret; nothing is left over.
    let left = fs::read_dir(folder.path().join("cache")).unwrap().count();
    assert_eq!(left, 8 + 1 + 1);
}
