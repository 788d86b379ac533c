//! What the splitter knows of the containers that are open: which lists may follow, and which keys were there.

use std::collections::BTreeSet;

use crate::redact::Kind;

/// Steps from the root to the records of a list, such as `/Results/*/Vulnerabilities/*`. No step at all: every
/// object that stands on its own.
#[derive(Debug)]
pub(super) struct Pattern(pub(super) Vec<Step>);

/// One step of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The member of an object under this key.
    Key(&'static str),
    /// Every element of an array.
    Elements,
    /// Every member of an object.
    Members,
}

impl Pattern {
    pub(super) fn new(list: &'static str) -> Self {
        let step = |step| match step {
            "*" => Step::Elements,
            "{}" => Step::Members,
            key => Step::Key(key),
        };
        Self(list.split('/').skip(1).map(step).collect())
    }

    /// Whether a value at this depth, in a container of this kind and under this key, is on the way.
    pub(super) fn fits(&self, depth: usize, in_object: bool, key: &[u8]) -> bool {
        match self.0.get(depth) {
            Some(Step::Elements) => !in_object,
            Some(Step::Members) => in_object,
            Some(Step::Key(step)) => in_object && step.as_bytes() == key,
            None => false,
        }
    }
}

/// What a container that is open needs to know.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) object: bool,
    /// Bit `p` is set while pattern `p` may still match below.
    pub(super) alive: u32,
    /// Position of the current element.
    pub(super) index: u32,
    /// Whether the name of the current member belongs to where a record stands, and that name.
    pub(super) named: bool,
    pub(super) name: String,
    /// In an object: a key comes next.
    pub(super) at_key: bool,
    /// What the texts of the current key, or of all keys, are.
    pub(super) sensitive: Option<Kind>,
    /// The same of what nests under the current key, and of all that is in this container.
    pub(super) nested: Option<Kind>,
    pub(super) below: Option<Kind>,
    /// The key that this container stands under, and the current one, where it matters to what is sensitive.
    pub(super) under: Option<&'static str>,
    pub(super) opens: Option<&'static str>,
    pub(super) keys: Keys,
}

/// Hashes of the keys of one object.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// Bit `h` is set when there is a hash of which the last six bits are `h`.
    bits: u64,
    few: Vec<u64>,
    many: BTreeSet<u64>,
}

impl Keys {
    pub(super) fn hash(name: &[u8]) -> u64 {
        let (words, rest) = name.as_chunks::<8>();
        let last = rest
            .iter()
            .fold(0, |last, byte| last << 8 | u64::from(*byte));
        let words = words.iter().map(|word| u64::from_le_bytes(*word));
        words
            .chain([last])
            .fold(name.len() as u64, |hash: u64, word| {
                // An odd number without a pattern; the upper half of a product depends on all of the word.
                let mixed = (hash.rotate_left(29) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                mixed ^ mixed >> 32
            })
    }

    pub(super) fn clear(&mut self) {
        self.bits = 0;
        self.few.clear();
        self.many.clear();
    }

    /// Adds a key; `false` if it was there. A collision of hashes is an error too many, never one too few.
    pub(super) fn insert(&mut self, hash: u64) -> bool {
        const FEW: usize = 48;
        let bit = 1 << (hash & 63);
        // Most keys are known to be new without a look at the others.
        if self.bits & bit != 0 && (self.few.contains(&hash) || self.many.contains(&hash)) {
            return false;
        }
        self.bits |= bit;
        if self.few.len() < FEW {
            self.few.push(hash);
            true
        } else {
            self.many.insert(hash)
        }
    }
}
