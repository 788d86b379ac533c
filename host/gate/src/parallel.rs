//! Work on several things at once, with results in the order of the things.

use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};
use std::{mem, thread};

/// Does the same to every item, on as many threads as there are processors, and gives the results in the order of
/// the items.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = match items.len() {
        // To ask for the processors takes longer than some items do.
        0 | 1 => 1,
        many => thread::available_parallelism().map_or(1, |processors| processors.get().min(many)),
    };
    if threads < 2 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            match items.get(at) {
                Some(item) => done.push((at, work(item))),
                None => return done,
            }
        }
    };
    let mut all: Vec<(usize, R)> = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(take)).collect();
        let mut all = take();
        all.extend(others.into_iter().flat_map(joined));
        all
    });
    all.sort_unstable_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, result)| result).collect()
}

/// Does two things at once.
pub(crate) fn both<A, B: Send>(
    one: impl FnOnce() -> A,
    other: impl FnOnce() -> B + Send,
) -> (A, B) {
    thread::scope(|scope| {
        let other = scope.spawn(other);
        let one = one();
        (one, joined(other))
    })
}

/// What a thread came to. A defect is not swallowed because it happened on another thread.
fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    let result = thread.join();
    result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// How much is handed from the thread that makes bytes to the one that writes them, at a time.
const PIECE: usize = 128 << 10;
/// How many pieces may wait to be written.
const WAITING: usize = 4;

/// Does some work that writes, while another thread hands what it writes to the sink. Gives what came of the work and
/// of the writing. For less than a piece no thread is begun.
pub(crate) fn writing_aside<R>(
    sink: &mut (dyn Write + Send + '_),
    work: impl FnOnce(&mut (dyn Write + Send)) -> R,
) -> (R, io::Result<()>) {
    thread::scope(|scope| {
        let mut front = Front {
            scope,
            sink: Some(sink),
            aside: None,
            piece: Vec::new(),
        };
        let result = work(&mut front);
        (result, front.finish())
    })
}

/// What the work writes to.
struct Front<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    /// Until there is a thread that has it.
    sink: Option<&'env mut (dyn Write + Send + 'env)>,
    aside: Option<Aside<'scope>>,
    piece: Vec<u8>,
}

/// A thread that hands pieces to the sink.
struct Aside<'scope> {
    full: SyncSender<Vec<u8>>,
    /// Pieces that were written, to be filled again.
    written: Receiver<Vec<u8>>,
    writer: ScopedJoinHandle<'scope, io::Result<()>>,
}

impl<'scope> Aside<'scope> {
    fn begin<'env>(
        scope: &'scope Scope<'scope, 'env>,
        sink: &'env mut (dyn Write + Send + 'env),
    ) -> Self {
        let (full, pieces) = sync_channel::<Vec<u8>>(WAITING);
        let (empty, written) = channel();
        let writer = scope.spawn(move || {
            pieces.iter().try_for_each(|mut piece| {
                sink.write_all(&piece)?;
                piece.clear();
                // At the end nobody needs it any more.
                let _ = empty.send(piece);
                Ok(())
            })
        });
        Self {
            full,
            written,
            writer,
        }
    }
}

impl Front<'_, '_> {
    fn hand_over(&mut self) -> io::Result<()> {
        if let Some(sink) = self.sink.take() {
            self.aside = Some(Aside::begin(self.scope, sink));
        }
        let Some(Aside { full, written, .. }) = &self.aside else {
            return Ok(());
        };
        let next = written.try_recv();
        let next = next.unwrap_or_else(|_| Vec::with_capacity(PIECE));
        let piece = mem::replace(&mut self.piece, next);
        let gone = |_| io::ErrorKind::BrokenPipe.into();
        full.send(piece).map_err(gone)
    }

    /// Writes what is left.
    fn finish(mut self) -> io::Result<()> {
        if let Some(sink) = self.sink {
            return sink.write_all(&self.piece);
        }
        // If it can't be handed over, the writer says why.
        let _ = self.hand_over();
        match self.aside {
            None => Ok(()),
            Some(Aside { full, writer, .. }) => {
                drop(full);
                joined(writer)
            }
        }
    }
}

impl Write for Front<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.piece.len() + bytes.len() > PIECE {
            self.hand_over()?;
        }
        self.piece.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_the_items() {
        for count in [0, 1, 2, 100] {
            let items: Vec<u32> = (0..count).collect();
            let doubled: Vec<u32> = items.iter().map(|n| n * 2).collect();
            assert_eq!(map(&items, |n| n * 2), doubled);
        }
    }

    #[test]
    fn what_is_written_aside_arrives_whole_and_in_order() {
        for length in [0, 1, 1000, PIECE, 3 * PIECE] {
            let bytes: Vec<u8> = (0..=255).cycle().take(length * WAITING).collect();
            let mut sink = Vec::new();
            let (result, written) = writing_aside(&mut sink, |front| {
                bytes
                    .chunks(length.max(1))
                    .try_for_each(|piece| front.write_all(piece))
            });
            assert!(result.is_ok() && written.is_ok());
            assert!(sink == bytes, "{length}");
        }
    }

    #[test]
    fn a_sink_that_fails_ends_the_work_and_says_why() {
        let mut full: &mut [u8] = &mut [0; 10];
        let (worked, written) = writing_aside(&mut full, |front| {
            (0..100).try_for_each(|_| front.write_all(&[0; PIECE]))
        });
        assert!(worked.is_err());
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::WriteZero);
    }
}
