//! An evidence store in S3, laid out as the one in a directory.
//!
//! Blobs and entries are created and never replaced or removed, so that a bucket may lock them (Object Lock). What is
//! there under a name already is read back and has to be the same.

mod driver;
mod http;
mod keys;
mod place;
mod refused;
mod upload;

use std::fs::File;
use std::io::{self, BufWriter, Seek as _, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::http::{HeaderMap, HeaderName, HeaderValue};
use bytes::Bytes;
use futures_util::StreamExt as _;
use object_store::aws::{AmazonS3Builder, Checksum};
use object_store::path::Path;
use object_store::{
    BackoffConfig, ClientOptions, Error, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions,
    PutPayload, RetryConfig, UpdateVersion,
};
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

use gate_core::digest::{Digest, from_hex};
use gate_core::ports::{BlobWriter, EvidenceStore, Revision, State, StateStore, StoreError};

use crate::records;
use crate::s3::driver::Driver;
use crate::s3::http::Connector;
use crate::s3::keys::Provider;
use crate::s3::refused::Asked;
use crate::s3::upload::{Source, Tagged, Uploads, room, upload};
use crate::state::is_name;

pub use keys::{KeySource, Keys, NoKeys};
pub use place::{NotAPlace, Place, Settings};

/// How often a request is tried again.
const RETRIES: usize = 8;
/// No attempt begins later than this after the first.
const DEADLINE: Duration = Duration::from_secs(60);
/// How much is written aside at once.
const BUFFER: usize = 64 << 10;
/// Where blobs are.
const BLOBS: &str = "blobs/sha256";

/// A store below a prefix of a bucket. Several processes may write to it at once.
#[derive(Debug, Clone)]
pub struct S3Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    bucket: Bucket,
    uploads: Mutex<Uploads>,
    room: Arc<Semaphore>,
    driver: Driver,
    /// Dropped last, by whoever drops the store: its own runtime must not end on a thread of another.
    _source: Option<Arc<dyn KeySource>>,
}

/// The bucket, for whatever is under way.
#[derive(Debug, Clone)]
struct Bucket {
    objects: Arc<dyn ObjectStore>,
    /// The same objects, for whole ones to be put.
    whole: Arc<dyn ObjectStore>,
    place: Place,
    partition: &'static str,
}

impl Bucket {
    fn blob(&self, digest: &Digest) -> Path {
        self.place.key(&format!("{BLOBS}/{}", digest.hex()))
    }

    fn record(&self, digest: &Digest) -> Path {
        self.place.key(&format!("records/{}", digest.hex()))
    }

    fn uri(&self, key: &Path) -> String {
        format!("s3://{}/{key}", self.place.bucket())
    }

    fn asked(&self, doing: &'static str, action: &'static str, key: &Path) -> Asked {
        Asked {
            doing,
            path: self.uri(key),
            action,
            resource: self.place.objects(self.partition),
        }
    }

    fn writing(&self, key: &Path) -> Asked {
        self.asked("writing", "s3:PutObject", key)
    }

    fn reading(&self, key: &Path) -> Asked {
        self.asked("reading", "s3:GetObject", key)
    }

    fn removing(&self, key: &Path) -> Asked {
        self.asked("removing", "s3:DeleteObject", key)
    }

    fn listing(&self, key: &Path) -> Asked {
        Asked {
            resource: self.place.bucket_arn(self.partition),
            ..self.asked("listing", "s3:ListBucket", key)
        }
    }
}

impl S3Store {
    /// A store in S3. Nothing is asked of it yet.
    ///
    /// # Errors
    /// When the settings can't be used: an address that is none, certificates that can't be read.
    pub fn open(
        place: Place,
        settings: &Settings,
        source: Arc<dyn KeySource>,
    ) -> Result<Self, StoreError> {
        let (address, in_host) = settings.address(place.bucket());
        let wrong = |why: String| StoreError::Service {
            action: "opening",
            path: place.to_string(),
            why,
            help: "docs/aws.md says how the connection is found".to_owned(),
        };
        let connector = Connector::new(settings, &address).map_err(|e| wrong(e.to_string()))?;
        let client = |headers: HeaderMap| {
            AmazonS3Builder::new()
                .with_bucket_name(place.bucket())
                .with_region(&settings.region)
                .with_endpoint(&address)
                .with_virtual_hosted_style_request(in_host)
                .with_credentials(Arc::new(Provider(Arc::clone(&source))))
                .with_http_connector(connector.clone())
                .with_client_options(ClientOptions::new().with_default_headers(headers))
                .with_checksum_algorithm(Checksum::SHA256)
                .with_disable_bulk_delete(true)
                .with_retry(RetryConfig {
                    backoff: BackoffConfig::default(),
                    max_retries: RETRIES,
                    retry_timeout: DEADLINE,
                })
                .build()
                .map_err(|error| wrong(error.to_string()))
        };
        let objects: Arc<dyn ObjectStore> = Arc::new(client(HeaderMap::new())?);
        // A locked bucket may ask for it beside the checksum itself (API reference, PutObject); without a checksum, as in
        // other requests, it is an error.
        let algorithm = HeaderName::from_static("x-amz-sdk-checksum-algorithm");
        let headers = HeaderMap::from_iter([(algorithm, HeaderValue::from_static("SHA256"))]);
        let whole: Arc<dyn ObjectStore> = Arc::new(client(headers)?);
        let partition = settings.partition();
        let bucket = Bucket {
            objects,
            whole,
            place,
            partition,
        };
        Self::over(bucket, Some(source))
    }

    fn over(bucket: Bucket, source: Option<Arc<dyn KeySource>>) -> Result<Self, StoreError> {
        let driver = Driver::begin().map_err(|cause| StoreError::Io {
            action: "opening",
            path: bucket.place.to_string(),
            cause,
        })?;
        Ok(Self(Arc::new(Inner {
            bucket,
            uploads: Mutex::default(),
            room: room(),
            driver,
            _source: source,
        })))
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.0.bucket.place
    }

    /// Begins to upload a blob.
    fn begin(&self, digest: &Digest, source: Source, length: u64) {
        let inner = &self.0;
        let mut uploads = inner.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        if uploads.is_new(*digest) {
            let work = upload(
                inner.bucket.clone(),
                Arc::clone(&inner.room),
                *digest,
                source,
                length,
            );
            uploads.add(inner.driver.spawn(work));
        }
    }

    /// Waits for all uploads; what became of them is kept for who publishes.
    fn settle(&self) {
        let lock = || {
            let uploads = self.0.uploads.lock();
            uploads.unwrap_or_else(PoisonError::into_inner)
        };
        let under_way = lock().take();
        for upload in under_way {
            let done = self.0.driver.wait(upload);
            let done = done.unwrap_or_else(|error| {
                Err(StoreError::Io {
                    action: "writing",
                    path: self.0.bucket.place.to_string(),
                    cause: io::Error::other(error),
                })
            });
            lock().done(done);
        }
    }

    fn state_key(&self, name: &str) -> Result<Path, StoreError> {
        let key = self.0.bucket.place.key(&format!("state/{name}"));
        if is_name(name) {
            return Ok(key);
        }
        let cause = io::Error::new(io::ErrorKind::InvalidInput, "no name of a state");
        Err(StoreError::Io {
            action: "naming",
            path: self.0.bucket.uri(&key),
            cause,
        })
    }

    /// The last parts of all keys directly below a folder.
    fn names(&self, folder: &Path) -> Result<Vec<String>, StoreError> {
        let Inner { bucket, driver, .. } = &*self.0;
        let listed = driver.wait(bucket.objects.list_with_delimiter(Some(folder)));
        let listed = listed.map_err(|error| bucket.listing(folder).failed(&error))?;
        let names = listed.objects.iter().filter_map(|o| o.location.filename());
        Ok(names.map(str::to_owned).collect())
    }

    /// The bytes of an object, and which ones they are.
    fn read(&self, key: &Path) -> Result<Option<Tagged>, StoreError> {
        let Inner { bucket, driver, .. } = &*self.0;
        let read = driver.wait(upload::read(&*bucket.objects, key));
        read.map_err(|error| bucket.reading(key).failed(&error))
    }

    fn read_entry(&self, name: &Digest) -> Result<Option<Digest>, StoreError> {
        let key = self.0.bucket.record(name);
        let entry = self.read(&key)?;
        let check =
            |(bytes, _): (Vec<u8>, _)| records::entry(*name, &bytes, || self.0.bucket.uri(&key));
        entry.map(check).transpose()
    }
}

impl EvidenceStore for S3Store {
    fn put_as(&self, digest: &Digest, bytes: &[u8]) -> Result<(), StoreError> {
        self.whole(digest, Digest::of(bytes))?;
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.begin(digest, Source::Bytes(Bytes::copy_from_slice(bytes)), length);
        Ok(())
    }

    fn writer(&self) -> Result<Box<dyn BlobWriter>, StoreError> {
        let file = tempfile::tempfile().map_err(aside)?;
        Ok(Box::new(Writer {
            store: self.clone(),
            file: BufWriter::with_capacity(BUFFER, file),
            hash: Sha256::new(),
            length: 0,
        }))
    }

    fn copier(&self) -> Result<Box<dyn BlobWriter>, StoreError> {
        self.writer()
    }

    fn get(&self, digest: &Digest) -> Result<Vec<u8>, StoreError> {
        // It may be on its way.
        self.settle();
        let key = self.0.bucket.blob(digest);
        let (bytes, _) = self.read(&key)?.ok_or(StoreError::Missing(*digest))?;
        self.whole(digest, Digest::of(&bytes))?;
        Ok(bytes)
    }

    fn publish_record(&self, digest: &Digest) -> Result<(), StoreError> {
        self.settle();
        let Inner {
            bucket,
            uploads,
            driver,
            ..
        } = &*self.0;
        uploads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .failure()?;
        // All is durable. Now there may be an entry.
        let key = bucket.record(digest);
        let line = Bytes::from(records::line(digest));
        if !driver.wait(upload::create(bucket, &key, line))? {
            self.read_entry(digest)?;
        }
        Ok(())
    }

    fn list_records(&self) -> Result<Vec<Digest>, StoreError> {
        let names = self.names(&self.0.bucket.place.key("records"))?;
        let names = names.iter().filter_map(|name| from_hex(name));
        let mut found: Vec<_> = names.map(Digest::from_bytes).collect();
        found.sort_unstable();
        Ok(found)
    }

    fn find_record(&self, prefix: &str) -> Result<Digest, StoreError> {
        records::check(prefix)?;
        if let Some(name) = from_hex(prefix).map(Digest::from_bytes) {
            let none = || StoreError::NoRecord(prefix.to_owned());
            return self.read_entry(&name)?.ok_or_else(none);
        }
        let Inner { bucket, driver, .. } = &*self.0;
        let folder = bucket.place.key("records");
        // Names that begin so come right after what they begin with.
        let before = bucket.place.key(&format!("records/{prefix}"));
        let found = driver.wait(async {
            let mut found = Vec::new();
            let mut listed = bucket.objects.list_with_offset(Some(&folder), &before);
            while let Some(object) = listed.next().await {
                let key = object?.location;
                let name = key.filename().unwrap_or_default();
                if !name.starts_with(prefix) {
                    break;
                }
                found.extend(from_hex(name).map(Digest::from_bytes));
            }
            Ok(found)
        });
        let found = found.map_err(|error: Error| bucket.listing(&folder).failed(&error))?;
        let name = records::only(prefix, found)?;
        let gone = || StoreError::NoRecord(prefix.to_owned());
        self.read_entry(&name)?.ok_or_else(gone)
    }
}

impl S3Store {
    fn whole(&self, expected: &Digest, actual: Digest) -> Result<(), StoreError> {
        if *expected == actual {
            return Ok(());
        }
        let path = self.0.bucket.uri(&self.0.bucket.blob(expected));
        Err(StoreError::Damaged {
            path,
            expected: *expected,
            actual,
        })
    }
}

impl StateStore for S3Store {
    fn state(&self, name: &str) -> Result<Option<State>, StoreError> {
        let key = self.state_key(name)?;
        let read = self.read(&key)?;
        let state = |(bytes, tag): Tagged| {
            let revision = Revision(tag.ok_or_else(|| self.untagged(&key))?);
            Ok(State { revision, bytes })
        };
        read.map(state).transpose()
    }

    fn replace_state(
        &self,
        name: &str,
        read: Option<&Revision>,
        bytes: &[u8],
    ) -> Result<Revision, StoreError> {
        let key = self.state_key(name)?;
        let Inner { bucket, driver, .. } = &*self.0;
        let mode = match read {
            None => PutMode::Create,
            Some(Revision(tag)) => PutMode::Update(UpdateVersion {
                e_tag: Some(tag.clone()),
                version: None,
            }),
        };
        let payload = PutPayload::from(Bytes::copy_from_slice(bytes));
        let put = bucket.whole.put_opts(&key, payload, PutOptions::from(mode));
        match driver.wait(put) {
            Ok(put) => {
                let tag = put.e_tag.ok_or_else(|| self.untagged(&key))?;
                Ok(Revision(tag))
            }
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => {
                Err(StoreError::Changed(name.to_owned()))
            }
            Err(error) => Err(bucket.writing(&key).failed(&error)),
        }
    }

    fn remove_state(&self, name: &str) -> Result<(), StoreError> {
        let key = self.state_key(name)?;
        let Inner { bucket, driver, .. } = &*self.0;
        match driver.wait(bucket.objects.delete(&key)) {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(bucket.removing(&key).failed(&error)),
        }
    }

    fn list_state(&self, below: &str) -> Result<Vec<String>, StoreError> {
        let names = self.names(&self.state_key(below)?)?;
        let names = names.into_iter().map(|name| format!("{below}/{name}"));
        let mut names: Vec<_> = names.filter(|name| is_name(name)).collect();
        names.sort_unstable();
        Ok(names)
    }
}

impl S3Store {
    /// Without a tag nothing could be replaced by who knows it.
    fn untagged(&self, key: &Path) -> StoreError {
        let why = "the endpoint gives no `ETag`".to_owned();
        let help = "use a store that knows conditional writes".to_owned();
        self.0.bucket.reading(key).because(why, help)
    }
}

fn aside(cause: io::Error) -> StoreError {
    let path = std::env::temp_dir().display().to_string();
    StoreError::Io {
        action: "writing to",
        path,
        cause,
    }
}

/// A blob that is written to a file without a name, to be uploaded when its digest is known.
struct Writer {
    store: S3Store,
    file: BufWriter<File>,
    hash: Sha256,
    length: u64,
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        self.length += u64::try_from(written).unwrap_or_default();
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Writer {
    fn digest(&self) -> Digest {
        Digest::from_bytes(self.hash.clone().finalize().into())
    }
}

impl BlobWriter for Writer {
    fn finish(self: Box<Self>) -> Result<Digest, StoreError> {
        let digest = self.digest();
        self.finish_as(digest)?;
        Ok(digest)
    }

    fn finish_as(self: Box<Self>, digest: Digest) -> Result<(), StoreError> {
        self.store.whole(&digest, self.digest())?;
        let Self {
            store,
            file,
            length,
            ..
        } = *self;
        let mut file = file
            .into_inner()
            .map_err(|error| aside(error.into_error()))?;
        file.rewind().map_err(aside)?;
        store.begin(&digest, Source::File(file), length);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
