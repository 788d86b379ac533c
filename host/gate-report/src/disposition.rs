//! What became of a finding, in the words of the formats. A new disposition is one line in each table.

use gate_core::verdict::Disposition;

/// The word for it, as in the JSON answer.
pub(crate) const fn word(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Tolerated => "tolerated",
        Disposition::Suppressed => "suppressed",
        Disposition::Baseline => "baseline",
        Disposition::Waived => "waived",
        Disposition::NotAffected => "not-affected",
        Disposition::Counted => "counted",
    }
}

/// Why a finding was kept from counting; `None` where the policies had their say.
pub(crate) const fn exempt(disposition: Disposition) -> Option<&'static str> {
    match disposition {
        Disposition::Tolerated | Disposition::Counted => None,
        Disposition::Suppressed => Some("its tool asked not to count it"),
        Disposition::Baseline => Some("it was there before"),
        Disposition::Waived => Some("somebody accepted the risk"),
        Disposition::NotAffected => Some("a trusted statement says that it does no harm"),
    }
}
