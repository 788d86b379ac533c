//! How much of what a component may have.
//!
//! The numbers are above what the largest guests have that we know: Python and JavaScript engines and a parser of rules,
//! compiled to WebAssembly (functions of 427 KB, 758 locals, 140 million bytes times locals, 4 216 blocks, nested 781
//! deep). A function at any of them took the compiler at most six seconds and 600 MiB.

/// A number beyond which a component is not compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cap {
    /// What is counted, in the plural.
    pub what: &'static str,
    /// The largest number that is compiled.
    pub most: u64,
}

/// Beyond a cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {} {}", .0.most, .0.what)]
pub struct Beyond(pub Cap);

impl Cap {
    const fn new(most: u64, what: &'static str) -> Self {
        Self { what, most }
    }

    /// Refuses a number beyond the cap.
    pub(super) const fn check(self, number: u64) -> Result<(), Beyond> {
        if number > self.most {
            return Err(Beyond(self));
        }
        Ok(())
    }

    /// Adds to a sum that has this cap.
    pub(super) const fn add(self, sum: &mut u64, number: u64) -> Result<(), Beyond> {
        *sum = sum.saturating_add(number);
        self.check(*sum)
    }
}

macro_rules! caps {
    ($($(#[doc = $reason:literal])+ $name:ident $most:literal $what:literal;)+) => {
        $($(#[doc = $reason])+ pub(super) const $name: Cap = Cap::new($most, $what);)+

        /// All of them, in the order of the documentation.
        pub const CAPS: &[Cap] = &[$($name),+];
    };
}

caps! {
    /// The compiler and the cache hold a component and its code, about four times as long, in memory.
    BYTES 33_554_432 "bytes";
    /// The compiler calls itself for each level. Compositions of compositions have about five.
    NESTING 16 "levels of components and types in one another";
    /// Each is compiled, used or not, and has an image of its memory. No more than 50 can be instantiated.
    MODULES 100 "modules";
    /// As for modules.
    COMPONENTS 100 "components";
    /// A component that is instantiated twice, by one that is instantiated twice, and so on: the compiler unfolds
    /// all of them. The product of the numbers, one for each component, is never less than what it unfolds.
    INSTANTIATIONS 1_000 "instantiations of components in one another";
    /// Types, aliases, instances, imports and exports of components, which the compiler keeps in memory as graphs.
    ITEMS 20_000 "types, aliases, instances, imports and exports of components";
    /// Core types have tables and, if a function of theirs can be called from outside, code.
    TYPES 20_000 "core types";
    /// The compiler holds the code of all functions until the last is done. Python has about 20 000.
    FUNCTIONS 100_000 "functions";
    /// A type, and a function that can be called from outside, have code for each parameter and result besides their
    /// own, at a price of one byte. A million takes ten seconds.
    PARAMETERS 500_000 "parameters and results of functions and types";
    /// Two bytes call a function or open a block, and the compiler makes as many values.
    RESULTS 16 "results of one function, or parameters and results of one block";
    /// Imports and exports of modules: names, which the compiler keeps in maps.
    NAMES 50_000 "imports and exports of modules";
    /// Each is a row in several tables.
    GLOBALS 50_000 "globals";
    /// Tables and memories have images. No more than 50 of each can be instantiated.
    TABLES 100 "tables";
    /// As for tables.
    MEMORIES 100 "memories";
    /// Functions in tables; each has code for calls from outside. A table that can be instantiated has at most
    /// 20 000 elements.
    ELEMENTS 200_000 "elements of tables";
    /// What is written between two places in a memory is laid out when the component is compiled, gaps and all.
    /// More than this fits into no memory that a guest gets.
    IMAGE 67_108_864 "bytes between the first and the last data of memories";
    /// Snapshots of interpreters have thousands.
    DATA 50_000 "pieces of data";
    /// Several passes of the compiler take more time for each instruction, the more there are.
    BODY 524_288 "bytes in one function";
    /// Places of values are sought for all of them at every loop: 40 000 took more than 200 s and never ended.
    LOCALS 3_000 "parameters and locals in one function";
    /// As above, for functions that are long and have many.
    LOCALS_BY_BYTES 268_435_456 "bytes, times locals, in one function";
    /// What the code branches to and where it goes on, and what the compiler makes blocks or calls of: `scan/body.rs`
    /// has the weights. 500 000 took a minute and 2.8 GiB, 20 000 take two seconds.
    BRANCHES 20_000 "blocks and branches in one function";
    /// 4 000 take two seconds.
    DEPTH 4_000 "blocks in one another";
    /// The time grows with the third power: 2 000 took a quarter of a minute, 300 take a tenth of a second.
    LOOPS 300 "loops in one another";
}
