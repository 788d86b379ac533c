//! What the fuzz targets share: the invariants, which the ordinary tests know as well, and how inputs are changed.

pub use libfuzzer_sys;

#[path = "../../host/gate-adapters/tests/invariants/mod.rs"]
pub mod invariants;

use invariants::family::{FAMILIES, Family, Header};
use invariants::mutate::{Chance, mutate};

/// The family of a target.
pub fn family(name: &str) -> &'static Family {
    let family = FAMILIES.iter().find(|family| family.name == name);
    family.expect("a target is named like a family")
}

/// Changes an input in place; gives its new length. Every other time a JSON report stays one, because most of what
/// is changed byte by byte is refused at the first change.
pub fn change(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut chance = Chance::new(seed.into());
    if let Some([_, switches, rest, ..]) = data.get_mut(..size) {
        // What these choose is soon seen in full, so they change with everything else.
        *rest = u8::try_from(chance.below(256)).unwrap_or(0);
        if chance.below(8) == 0 {
            *switches = u8::try_from(chance.below(64)).unwrap_or(0);
        }
    }
    if chance.below(2) == 0
        && let Some((header, report)) = data.get(..size).and_then(Header::split)
        && let Some(changed) = mutate(report, &mut chance)
    {
        let input = header.before(&changed);
        if input.len() <= max_size {
            data[..input.len()].copy_from_slice(&input);
            return input.len();
        }
    }
    libfuzzer_sys::fuzzer_mutate(data, size, max_size)
}

/// The target of a family.
#[macro_export]
macro_rules! target {
    ($name:literal) => {
        static FAMILY: std::sync::LazyLock<&$crate::invariants::family::Family> =
            std::sync::LazyLock::new(|| $crate::family($name));

        $crate::libfuzzer_sys::fuzz_target!(|input: &[u8]| {
            $crate::invariants::check(&FAMILY, input);
        });

        $crate::libfuzzer_sys::fuzz_mutator!(|data: &mut [u8],
                                              size: usize,
                                              max: usize,
                                              seed: u32| {
            $crate::change(data, size, max, seed)
        });
    };
}
