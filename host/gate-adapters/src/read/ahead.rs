//! Splits a report on a thread of its own, some records ahead of the reader.

use std::io::{self, Write};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use crate::error::ReadError;
use crate::splitter::{At, Sink};

/// How many bytes of records are handed over at once, at least.
const BATCH: usize = 128 << 10;
/// How many batches may wait to be read.
const WAITING: usize = 2;

/// Splits a short report, and takes each record when it is split out.
pub(super) fn split_at_once<R>(
    twin: &mut (dyn Write + Send),
    split: impl FnOnce(&mut dyn Sink) -> R,
    take: impl FnMut(&At<'_>, &[u8]) -> Result<(), ReadError>,
) -> R {
    split(&mut AtOnce { twin, take })
}

struct AtOnce<'a, T> {
    twin: &'a mut (dyn Write + Send),
    take: T,
}

impl<T: FnMut(&At<'_>, &[u8]) -> Result<(), ReadError>> Sink for AtOnce<'_, T> {
    fn record(&mut self, at: &At<'_>, json: &[u8]) -> Result<(), ReadError> {
        (self.take)(at, json)
    }

    fn twin(&mut self, bytes: &[u8]) -> Result<(), ReadError> {
        Ok(self.twin.write_all(bytes)?)
    }
}

/// Splits a report on another thread, and takes its records on this one, in their order. What is wrong with a record is
/// said before what is wrong with the report after it, as if each were taken when it is split out.
pub(super) fn split_ahead<R: Send>(
    twin: &mut (dyn Write + Send),
    split: impl FnOnce(&mut dyn Sink) -> R + Send,
    mut take: impl FnMut(&At<'_>, &[u8]) -> Result<(), ReadError>,
) -> Result<R, ReadError> {
    let (full, batches) = sync_channel(WAITING);
    thread::scope(|scope| {
        let splitting = scope.spawn(move || {
            let mut ahead = Ahead {
                twin,
                batch: Batch::default(),
                full,
            };
            let result = split(&mut ahead);
            // If nobody takes it any more, there was something wrong with a record.
            let _ = ahead.hand_over();
            result
        });
        let taken = batches
            .iter()
            .try_for_each(|batch: Batch| batch.each(&mut take));
        // Whoever still splits is told that nobody takes it.
        drop(batches);
        match splitting.join() {
            Ok(result) => taken.map(|()| result),
            Err(panic) => std::panic::resume_unwind(panic),
        }
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

/// Hands records to the other thread, batch by batch.
struct Ahead<'a> {
    twin: &'a mut (dyn Write + Send),
    batch: Batch,
    full: SyncSender<Batch>,
}

impl Ahead<'_> {
    fn hand_over(&mut self) -> Result<(), ReadError> {
        let batch = std::mem::take(&mut self.batch);
        let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe).into();
        self.full.send(batch).map_err(gone)
    }
}

impl Sink for Ahead<'_> {
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
