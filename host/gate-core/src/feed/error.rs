//! Why a feed can't be read or written. No message quotes the feed: the line says where to look.

use super::{FeedKind, MAX_FEED};

/// Why a feed can't be read. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It is longer than a feed may be.
    #[error("it is longer than {MAX_FEED} bytes")]
    TooLong,
    /// It is no text.
    #[error("it is not valid UTF-8, line {line}")]
    NotText {
        /// Where.
        line: usize,
    },
    /// It is no feed.
    #[error("it does not begin with the header of a feed, line 1")]
    NotAFeed,
    /// It is of a version that this program does not read.
    #[error("its format is not `gate-feed/1`, which this program reads, line 1")]
    Version,
    /// It is of a kind that this program does not know.
    #[error("its kind is neither `epss` nor `kev`, line 1")]
    Kind,
    /// A feed has one header, to the byte, and this is another.
    #[error("its header is not as `gate feed import` writes it: {0}, line 1")]
    Header(&'static str),
    /// It ends in the middle of a line.
    #[error("it ends in the middle, line {line}")]
    Truncated {
        /// Where.
        line: usize,
    },
    /// A row can't be understood.
    #[error("{what}, line {line}")]
    Row {
        /// Where.
        line: usize,
        /// Why not.
        what: RowError,
    },
    /// There is no row.
    #[error("it lists no vulnerability")]
    NothingListed,
    /// There are more rows, or fewer.
    #[error("its header counts {said} vulnerabilities, and it lists {found}")]
    Count {
        /// What the header says.
        said: u32,
        /// How many there are.
        found: u32,
    },
}

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// It is about no CVE.
    #[error("expected an identifier such as `CVE-2024-0001`")]
    NotACve,
    /// It is no row of EPSS.
    #[error("expected a row such as `CVE-2024-0001 0.00043 0.12345`")]
    NoEpss,
    /// It is no row of KEV.
    #[error(
        "expected a row such as `CVE-2024-0001 added=2024-01-02 due=2024-01-23 ransomware=unknown`"
    )]
    NoKev,
    /// A number is none, or in another spelling than its own.
    #[error("expected as `{0}` a number from 0 to 1, such as `0.00043`")]
    NotAProbability(&'static str),
    /// A day is none.
    #[error("expected as `{0}` a day such as `2024-01-31`")]
    NotADay(&'static str),
    /// It stands before the row that it belongs behind.
    #[error("the identifier is not in order")]
    Unsorted,
    /// The vulnerability was there before.
    #[error("the identifier stands twice")]
    Twice,
    /// It belongs into another kind of feed.
    #[error("a row of {0} is not of this feed")]
    WrongKind(FeedKind),
}
