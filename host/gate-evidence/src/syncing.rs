//! Makes files durable while the work goes on.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use gate_core::ports::StoreError;

use crate::directory::io;

/// Files that are being made durable, by a thread that begins with the first of them. A disk takes its time, and nobody
/// has to wait for it before the record is published.
#[derive(Debug, Default)]
pub(crate) struct Syncing {
    under_way: Mutex<Option<UnderWay>>,
}

#[derive(Debug)]
struct UnderWay {
    files: Sender<(File, PathBuf)>,
    thread: JoinHandle<Result<(), StoreError>>,
}

impl Syncing {
    /// Begins to make a file durable.
    pub(crate) fn begin(&self, file: File, path: PathBuf) -> Result<(), StoreError> {
        let mut under_way = self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let UnderWay { files, .. } = match &mut *under_way {
            Some(under_way) => under_way,
            none => none.insert(UnderWay::new(&path)?),
        };
        // It is gone when it could not sync a file, which `end` says.
        let _ = files.send((file, path));
        Ok(())
    }

    /// Waits until all of them are durable.
    pub(crate) fn end(&self) -> Result<(), StoreError> {
        let mut under_way = self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let Some(UnderWay { files, thread }) = under_way.take() else {
            return Ok(());
        };
        drop(files);
        thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl UnderWay {
    fn new(path: &Path) -> Result<Self, StoreError> {
        let (files, waiting) = channel::<(File, PathBuf)>();
        let sync = move || {
            waiting.iter().try_for_each(|(file, path)| {
                file.sync_all().map_err(|cause| io("writing", &path, cause))
            })
        };
        let thread = thread::Builder::new().spawn(sync);
        let thread = thread.map_err(|cause| io("writing", path, cause))?;
        Ok(Self { files, thread })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn what_the_disk_refuses_is_said_at_the_end_and_not_again() {
        let syncing = Syncing::default();
        let begin = |name: &str| {
            let file = File::open(name).unwrap();
            syncing.begin(file, name.into()).unwrap();
        };
        // It keeps nothing, so that nothing of it can be made durable.
        begin("/dev/null");
        begin(".");
        let refused = syncing.end().unwrap_err();
        assert!(
            matches!(&refused, StoreError::Io { path, cause, .. }
                if path == "/dev/null" && cause.kind() == io::ErrorKind::InvalidInput),
            "{refused}"
        );
        begin(".");
        assert!(syncing.end().is_ok());
        assert!(syncing.end().is_ok());
    }
}
