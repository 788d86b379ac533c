//! Blobs on their way: a few at once, behind the back of whoever put them.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read as _};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt as _;
use object_store::path::Path;
use object_store::{
    Error, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, PutPayload, WriteMultipart,
};
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, spawn_blocking};

use gate_core::digest::Digest;
use gate_core::ports::StoreError;

use crate::s3::Bucket;

/// What is longer goes in parts.
pub(super) const WHOLE: u64 = 64 << 20;
/// How long a part is. S3 takes 10 000 of them.
const PART: usize = 16 << 20;
/// How many parts are under way besides the one that is read.
const PARTS: usize = 2;
/// Memory for uploads is handed out in pieces of this length.
const PIECE: u64 = 8 << 20;
/// How many pieces there are: so much is held at most, and so many uploads are under way.
const PIECES: usize = 12;

/// What is under way, and what became of it.
#[derive(Debug, Default)]
pub(super) struct Uploads {
    under_way: Vec<JoinHandle<Result<(), StoreError>>>,
    /// What was put before is there, or on its way.
    known: BTreeSet<Digest>,
    failed: Option<StoreError>,
}

impl Uploads {
    /// Whether a blob was not put before.
    pub(super) fn is_new(&mut self, digest: Digest) -> bool {
        self.known.insert(digest)
    }

    pub(super) fn add(&mut self, upload: JoinHandle<Result<(), StoreError>>) {
        self.under_way.push(upload);
    }

    pub(super) fn take(&mut self) -> Vec<JoinHandle<Result<(), StoreError>>> {
        std::mem::take(&mut self.under_way)
    }

    /// Keeps the first failure.
    pub(super) fn done(&mut self, result: Result<(), StoreError>) {
        if let (Err(error), None) = (result, &self.failed) {
            self.failed = Some(error);
        }
    }

    /// The first failure, once.
    pub(super) fn failure(&mut self) -> Result<(), StoreError> {
        // What failed can be put again.
        self.failed.take().map_or(Ok(()), |error| {
            self.known.clear();
            Err(error)
        })
    }
}

/// Bytes to be uploaded.
#[derive(Debug)]
pub(super) enum Source {
    Bytes(Bytes),
    /// From its beginning.
    File(File),
}

/// Room in memory for uploads.
pub(super) fn room() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(PIECES))
}

/// Uploads a blob, unless it is there.
pub(super) async fn upload(
    bucket: Bucket,
    room: Arc<Semaphore>,
    digest: Digest,
    source: Source,
    length: u64,
) -> Result<(), StoreError> {
    let pieces = length.min(WHOLE).div_ceil(PIECE).max(1);
    // It is never closed, so that there is room sooner or later.
    let _room = room
        .acquire_many(u32::try_from(pieces).unwrap_or(u32::MAX))
        .await;
    let key = bucket.blob(&digest);
    let unreadable = |error: io::Error| StoreError::Io {
        action: "reading",
        path: "what was put aside".to_owned(),
        cause: error,
    };
    let bytes = match source {
        Source::Bytes(bytes) => bytes,
        Source::File(file) if length > WHOLE => {
            return in_parts(&bucket, &digest, &key, file, unreadable).await;
        }
        Source::File(mut file) => {
            let read = spawn_blocking(move || {
                let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
                file.read_to_end(&mut bytes).map(|_| Bytes::from(bytes))
            });
            let read = read.await.map_err(io::Error::other);
            read.and_then(|read| read).map_err(unreadable)?
        }
    };
    if create(&bucket, &key, bytes).await? {
        return Ok(());
    }
    check(&bucket, &digest, &key).await
}

/// Creates an object. Says whether it was not there before.
pub(super) async fn create(bucket: &Bucket, key: &Path, bytes: Bytes) -> Result<bool, StoreError> {
    let options = PutOptions::from(PutMode::Create);
    let put = bucket.whole.put_opts(key, PutPayload::from(bytes), options);
    match put.await {
        Ok(_) => Ok(true),
        Err(Error::AlreadyExists { .. }) => Ok(false),
        Err(error) => Err(bucket.writing(key).failed(&error)),
    }
}

/// Holds an object that was there before against the digest in its name. It is never replaced.
async fn check(bucket: &Bucket, digest: &Digest, key: &Path) -> Result<(), StoreError> {
    let failed = |error: Error| bucket.reading(key).failed(&error);
    let mut stream = bucket.objects.get(key).await.map_err(failed)?.into_stream();
    let mut hash = Sha256::new();
    while let Some(piece) = stream.next().await {
        hash.update(piece.map_err(failed)?);
    }
    let actual = Digest::from_bytes(hash.finalize().into());
    if actual == *digest {
        return Ok(());
    }
    Err(StoreError::Damaged {
        path: bucket.uri(key),
        expected: *digest,
        actual,
    })
}

/// Uploads what is too long for one request. S3 can't be asked to create it only if it is not there, so it is asked
/// before; if somebody else uploads it meanwhile, both upload the same bytes.
async fn in_parts(
    bucket: &Bucket,
    digest: &Digest,
    key: &Path,
    mut file: File,
    unreadable: impl Fn(io::Error) -> StoreError,
) -> Result<(), StoreError> {
    match bucket.objects.head(key).await {
        Ok(_) => return check(bucket, digest, key).await,
        Err(Error::NotFound { .. }) => {}
        Err(error) => return Err(bucket.reading(key).failed(&error)),
    }
    let failed = |error: Error| bucket.writing(key).failed(&error);
    let begun = bucket.objects.put_multipart(key).await.map_err(failed)?;
    let mut parts = WriteMultipart::new_with_chunk_size(begun, PART);
    loop {
        let read = spawn_blocking(move || {
            let mut part = Vec::with_capacity(PART);
            let limit = u64::try_from(PART).unwrap_or(u64::MAX);
            let read = (&mut file).take(limit).read_to_end(&mut part);
            read.map(|_| (file, part))
        });
        let read = read.await.map_err(io::Error::other).and_then(|read| read);
        let ready = parts.wait_for_capacity(PARTS).await.map_err(failed);
        let part = match ready.and_then(|()| read.map_err(&unreadable)) {
            Ok((rest, part)) => {
                file = rest;
                part
            }
            Err(error) => {
                // What is left of it in the bucket ends with the bucket's own rule for parts.
                let _ = parts.abort().await;
                return Err(error);
            }
        };
        if part.is_empty() {
            return parts.finish().await.map(|_| ()).map_err(failed);
        }
        parts.put(Bytes::from(part));
    }
}

/// The bytes of an object, and the tag that tells them from what was there before.
pub(super) type Tagged = (Vec<u8>, Option<String>);

/// The bytes of an object; nothing if there is none.
pub(super) async fn read(objects: &dyn ObjectStore, key: &Path) -> Result<Option<Tagged>, Error> {
    let found = match objects.get(key).await {
        Ok(found) => found,
        Err(Error::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let tag = found.meta.e_tag.clone();
    let length = usize::try_from(found.meta.size).unwrap_or_default();
    let mut bytes = Vec::with_capacity(length);
    let mut stream = found.into_stream();
    while let Some(piece) = stream.next().await {
        bytes.extend_from_slice(&piece?);
    }
    Ok(Some((bytes, tag)))
}
