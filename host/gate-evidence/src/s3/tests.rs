//! The store over objects in memory, and what it says of each way in which S3 refuses.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    PutMultipartOptions, PutResult, Result,
};

use super::*;

/// Objects in memory that can refuse to take any more.
#[derive(Debug, Default)]
struct Objects {
    memory: InMemory,
    full: AtomicBool,
}

impl std::fmt::Display for Objects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.memory.fmt(f)
    }
}

#[async_trait]
impl ObjectStore for Objects {
    async fn put_opts(&self, at: &Path, bytes: PutPayload, how: PutOptions) -> Result<PutResult> {
        assert!(
            !matches!(how.mode, PutMode::Overwrite),
            "{at} would be overwritten"
        );
        if self.full.load(Ordering::Relaxed) {
            let source = "full".into();
            return Err(Error::Generic {
                store: "S3",
                source,
            });
        }
        self.memory.put_opts(at, bytes, how).await
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        how: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.memory.put_multipart_opts(at, how).await
    }

    async fn get_opts(&self, at: &Path, how: GetOptions) -> Result<GetResult> {
        self.memory.get_opts(at, how).await
    }

    fn delete_stream(
        &self,
        at: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.memory.delete_stream(at)
    }

    fn list(&self, below: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.memory.list(below)
    }

    async fn list_with_delimiter(&self, below: Option<&Path>) -> Result<ListResult> {
        self.memory.list_with_delimiter(below).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, how: CopyOptions) -> Result<()> {
        self.memory.copy_opts(from, to, how).await
    }
}

fn store_over(objects: &Arc<Objects>) -> S3Store {
    let objects = Arc::clone(objects) as Arc<dyn ObjectStore>;
    let bucket = Bucket {
        whole: Arc::clone(&objects),
        objects,
        place: "s3://evidence/shop".parse().unwrap(),
        partition: "aws",
    };
    S3Store::over(bucket, None).unwrap()
}

fn store() -> (Arc<Objects>, S3Store) {
    let objects = Arc::new(Objects::default());
    let store = store_over(&objects);
    (objects, store)
}

/// What lies in the bucket: keys in order, with their bytes.
fn lying(objects: &Arc<Objects>) -> Vec<(String, Vec<u8>)> {
    let driver = Driver::begin().unwrap();
    let objects = Arc::clone(objects);
    driver.wait(async move {
        let mut all = Vec::new();
        let mut listed = objects.memory.list(None);
        while let Some(object) = listed.next().await {
            let key = object.unwrap().location;
            let bytes = objects.memory.get(&key).await.unwrap();
            all.push((key.to_string(), bytes.bytes().await.unwrap().to_vec()));
        }
        all.sort();
        all
    })
}

/// Puts an object behind the store's back.
fn tamper(objects: &Arc<Objects>, key: &str, bytes: &'static [u8]) {
    let driver = Driver::begin().unwrap();
    let key = Path::from(key);
    let put = objects.memory.put(&key, PutPayload::from_static(bytes));
    driver.wait(put).unwrap();
}

fn is_changed(error: &StoreError) -> bool {
    matches!(error, StoreError::Changed(_))
}

#[test]
fn the_layout_is_that_of_the_directory() {
    let (objects, store) = store();
    let digest = store.put(b"record").unwrap();
    store.publish_record(&digest).unwrap();
    store.replace_state("outbox/a", None, b"1").unwrap();
    let hex = digest.hex();
    let expected = [
        (format!("shop/blobs/sha256/{hex}"), b"record".to_vec()),
        (
            format!("shop/records/{hex}"),
            format!("sha256:{hex}\n").into_bytes(),
        ),
        ("shop/state/outbox/a".to_owned(), b"1".to_vec()),
    ];
    assert_eq!(lying(&objects), expected);
}

#[test]
fn a_streamed_blob_is_the_same_blob_however_long_it_is() {
    let (_, store) = store();
    let long = usize::try_from(upload::WHOLE).unwrap() + 5;
    for length in [0, 3, long] {
        let bytes: Vec<u8> = (0..=250).cycle().take(length).collect();
        let mut writer = store.copier().unwrap();
        writer.write_all(&bytes).unwrap();
        let digest = writer.finish().unwrap();
        assert_eq!(digest, Digest::of(&bytes));
        assert!(store.get(&digest).unwrap() == bytes, "{length}");
    }
    // Another process puts the long one again, and finds that it is there.
    let again = S3Store::over(store.0.bucket.clone(), None).unwrap();
    let bytes: Vec<u8> = (0..=250).cycle().take(long).collect();
    let mut writer = again.writer().unwrap();
    writer.write_all(&bytes).unwrap();
    let digest = writer.finish().unwrap();
    again.publish_record(&digest).unwrap();
}

#[test]
fn a_blob_under_a_digest_that_is_not_its_own_is_refused() {
    let (objects, store) = store();
    let other = Digest::of(b"abd");
    let mut writer = store.copier().unwrap();
    writer.write_all(b"abc").unwrap();
    for refused in [writer.finish_as(other), store.put_as(&other, b"abc")] {
        assert!(
            matches!(refused, Err(StoreError::Damaged { .. })),
            "{refused:?}"
        );
    }
    assert_eq!(lying(&objects), []);
}

#[test]
fn what_is_there_is_found_equal_or_damaged_and_never_replaced() {
    let (objects, store) = store();
    let digest = store.put(b"abc").unwrap();
    store.publish_record(&digest).unwrap();
    let before = lying(&objects);
    // The same input again, in another process.
    let again = store_over(&objects);
    again.put(b"abc").unwrap();
    again.publish_record(&digest).unwrap();
    assert_eq!(lying(&objects), before);

    tamper(
        &objects,
        &format!("shop/blobs/sha256/{}", digest.hex()),
        b"abd",
    );
    let later = store_over(&objects);
    later.put(b"abc").unwrap();
    for error in [
        later.publish_record(&digest).unwrap_err(),
        later.get(&digest).unwrap_err(),
    ] {
        let text = error.to_string();
        assert!(matches!(error, StoreError::Damaged { .. }), "{text}");
        let path = format!("s3://evidence/shop/blobs/sha256/{}", digest.hex());
        assert!(text.contains(&path), "{text}");
    }
}

#[test]
fn nothing_is_published_when_a_blob_did_not_arrive() {
    let (objects, store) = store();
    objects.full.store(true, Ordering::Relaxed);
    let digest = store.put(b"record").unwrap();
    assert!(store.get(&digest).is_err());
    objects.full.store(false, Ordering::Relaxed);
    assert!(store.publish_record(&digest).is_err());
    assert_eq!(lying(&objects), []);
    // What failed can be put again.
    store.put(b"record").unwrap();
    store.publish_record(&digest).unwrap();
    assert_eq!(store.list_records().unwrap(), [digest]);
}

#[test]
fn a_record_is_found_by_the_beginning_of_its_name() {
    let (objects, store) = store();
    let mut digests: Vec<_> = [&b"1"[..], b"2", b"3"]
        .iter()
        .map(|bytes| store.put(bytes).unwrap())
        .collect();
    let first = digests[0];
    assert!(matches!(
        store.find_record(&first.hex()),
        Err(StoreError::NoRecord(_))
    ));
    for digest in &digests {
        store.publish_record(digest).unwrap();
    }
    digests.sort_unstable();
    assert_eq!(store.list_records().unwrap(), digests);
    for digest in &digests {
        for length in [4, 20, 64] {
            assert_eq!(
                store
                    .find_record(digest.hex().get(..length).unwrap())
                    .unwrap(),
                *digest
            );
        }
    }
    let twin = format!(
        "shop/records/{}{}",
        first.hex().get(..6).unwrap(),
        "0".repeat(58)
    );
    tamper(&objects, &twin, b"x");
    let several = store.find_record(first.hex().get(..6).unwrap());
    assert!(
        matches!(several, Err(StoreError::AmbiguousRecord { count: 2, .. })),
        "{several:?}"
    );
    for name in ["", "abc", "../..", "ABCD", "zzzz"] {
        let found = store.find_record(name);
        assert!(
            matches!(found, Err(StoreError::NotARecordName(_))),
            "{name}"
        );
    }
    tamper(
        &objects,
        &format!("shop/records/{}", first.hex()),
        b"sha256:00\n",
    );
    let found = store.find_record(&first.hex());
    assert!(
        matches!(found, Err(StoreError::Damaged { .. })),
        "{found:?}"
    );
}

#[test]
fn a_state_is_replaced_only_by_who_knows_it() {
    let (_, store) = store();
    assert_eq!(store.state("outbox/a").unwrap(), None);
    let first = store.replace_state("outbox/a", None, b"1").unwrap();
    assert!(is_changed(
        &store.replace_state("outbox/a", None, b"2").unwrap_err()
    ));
    let second = store.replace_state("outbox/a", Some(&first), b"2").unwrap();
    let late = store.replace_state("outbox/a", Some(&first), b"3");
    assert!(is_changed(&late.unwrap_err()));
    let state = store.state("outbox/a").unwrap().unwrap();
    assert_eq!(
        (state.bytes.as_slice(), state.revision),
        (&b"2"[..], second)
    );
    for name in ["outbox/c", "outbox/b", "published/d"] {
        store.replace_state(name, None, b"1").unwrap();
    }
    store.remove_state("outbox/a").unwrap();
    store.remove_state("outbox/a").unwrap();
    assert_eq!(
        store.list_state("outbox").unwrap(),
        ["outbox/b", "outbox/c"]
    );
    for name in ["", "..", "a/../b", "/a", "A", ".lock"] {
        assert!(store.state(name).is_err(), "{name:?}");
        assert!(store.replace_state(name, None, b"1").is_err(), "{name:?}");
        assert!(store.remove_state(name).is_err(), "{name:?}");
    }
}

mod answers;
