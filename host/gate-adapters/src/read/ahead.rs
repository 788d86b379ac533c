//! Splits a report some records ahead of who reads them, on a thread of its own.

use std::io::{self, Write};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, Scope, ScopedJoinHandle};

use crate::error::ReadError;
use crate::splitter::{At, Sink};

/// How many bytes of records are handed over at once, at least.
const BATCH: usize = 128 << 10;
/// How many batches may wait to be read.
const WAITING: usize = 2;

/// Splits a report, and takes its records in their order: on another thread, once there are more than a batch of them.
/// What is wrong with a record is said before what is wrong with the report after it, as if each were taken when it is
/// split out.
pub(super) fn split_ahead<R>(
    twin: &mut (dyn Write + Send),
    split: impl FnOnce(&mut dyn Sink) -> R,
    take: impl FnMut(&At<'_>, &[u8]) -> Result<(), ReadError> + Send,
) -> Result<R, ReadError> {
    thread::scope(|scope| {
        let mut ahead = Ahead {
            scope,
            twin,
            batch: Batch::default(),
            take: Some(take),
            aside: None,
        };
        let result = split(&mut ahead);
        ahead.finish().map(|()| result)
    })
}

/// Records, one after the other.
#[derive(Default)]
struct Batch {
    records: Vec<Place>,
    json: Vec<u8>,
    indexes: Vec<u32>,
    names: Vec<String>,
}

/// Where a record stands in the report, and how much of the batch is its own.
struct Place {
    list: usize,
    line: u64,
    json: usize,
    indexes: usize,
    names: usize,
}

impl Batch {
    fn each(
        &self,
        take: &mut impl FnMut(&At<'_>, &[u8]) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        let (mut json, mut indexes, mut names) = (&*self.json, &*self.indexes, &*self.names);
        for place in &self.records {
            let at = At {
                list: place.list,
                indexes: next(&mut indexes, place.indexes),
                names: next(&mut names, place.names),
                line: place.line,
            };
            take(&at, next(&mut json, place.json))?;
        }
        Ok(())
    }
}

/// Takes as many as these from the front.
fn next<'a, T>(rest: &mut &'a [T], count: usize) -> &'a [T] {
    let (first, after) = rest.split_at_checked(count).unwrap_or((rest, &[]));
    *rest = after;
    first
}

/// Hands records over, batch by batch.
struct Ahead<'scope, 'env, T> {
    scope: &'scope Scope<'scope, 'env>,
    twin: &'env mut (dyn Write + Send),
    batch: Batch,
    /// Until there is a thread that has it.
    take: Option<T>,
    aside: Option<Aside<'scope>>,
}

/// A thread that takes records.
struct Aside<'scope> {
    full: SyncSender<Batch>,
    taker: ScopedJoinHandle<'scope, Result<(), ReadError>>,
}

impl<'scope, T> Ahead<'scope, '_, T>
where
    T: FnMut(&At<'_>, &[u8]) -> Result<(), ReadError> + Send + 'scope,
{
    fn hand_over(&mut self) -> Result<(), ReadError> {
        if let Some(mut take) = self.take.take() {
            let (full, batches) = sync_channel::<Batch>(WAITING);
            let taker = self
                .scope
                .spawn(move || batches.iter().try_for_each(|batch| batch.each(&mut take)));
            self.aside = Some(Aside { full, taker });
        }
        let Some(Aside { full, .. }) = &self.aside else {
            return Ok(());
        };
        let batch = std::mem::take(&mut self.batch);
        let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe).into();
        full.send(batch).map_err(gone)
    }

    /// Takes what is left; says what was wrong with a record.
    fn finish(mut self) -> Result<(), ReadError> {
        if let Some(mut take) = self.take {
            return self.batch.each(&mut take);
        }
        // If nobody takes it any more, there was something wrong with a record.
        let _ = self.hand_over();
        match self.aside {
            None => Ok(()),
            Some(Aside { full, taker }) => {
                drop(full);
                taker
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            }
        }
    }
}

impl<'scope, T> Sink for Ahead<'scope, '_, T>
where
    T: FnMut(&At<'_>, &[u8]) -> Result<(), ReadError> + Send + 'scope,
{
    fn record(&mut self, at: &At<'_>, json: &[u8]) -> Result<(), ReadError> {
        let batch = &mut self.batch;
        if batch.json.is_empty() {
            batch.json.reserve(BATCH + json.len());
        }
        batch.json.extend_from_slice(json);
        batch.indexes.extend_from_slice(at.indexes);
        batch.names.extend_from_slice(at.names);
        batch.records.push(Place {
            list: at.list,
            line: at.line,
            json: json.len(),
            indexes: at.indexes.len(),
            names: at.names.len(),
        });
        if batch.json.len() < BATCH {
            return Ok(());
        }
        self.hand_over()
    }

    fn twin(&mut self, bytes: &[u8]) -> Result<(), ReadError> {
        Ok(self.twin.write_all(bytes)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many records, of which each says where it stands.
    fn records(sink: &mut dyn Sink, count: u32) -> Result<(), ReadError> {
        for number in 0..count {
            let indexes: Vec<u32> = (0..number % 3).map(|step| number + step).collect();
            let names: Vec<String> = (0..number % 2).map(|_| number.to_string()).collect();
            let at = At {
                list: number as usize,
                indexes: &indexes,
                names: &names,
                line: number.into(),
            };
            sink.record(&at, format!("{indexes:?}{names:?}").as_bytes())?;
            sink.twin(&[0])?;
        }
        Ok(())
    }

    #[test]
    fn records_arrive_as_they_were_split_out() {
        let mut twin = Vec::new();
        let mut taken = 0;
        let split = split_ahead(
            &mut twin,
            |sink| records(sink, 50_000),
            |at, json| {
                let says = format!("{:?}{:?}", at.indexes, at.names);
                assert_eq!(String::from_utf8_lossy(json), says);
                assert_eq!((at.list, at.line), (taken, taken as u64));
                taken += 1;
                Ok(())
            },
        );
        assert!(matches!(split, Ok(Ok(()))));
        assert_eq!((taken, twin.len()), (50_000, 50_000));
    }

    #[test]
    fn what_is_wrong_with_a_record_is_said_first() {
        let fail = |at: &At<'_>, _: &[u8]| match at.list {
            10 => Err(ReadError::Empty),
            _ => Ok(()),
        };
        for count in [11, 1_000_000] {
            let split = |sink: &mut dyn Sink| {
                records(sink, count).and(Err::<(), _>(ReadError::Unrecognized))
            };
            let said = split_ahead(&mut Vec::new(), split, fail);
            assert!(matches!(said, Err(ReadError::Empty)));
        }
    }
}
