//! Refusals: each way in which a signed verdict fails to prove what is asked, with a name that never changes.

use gate_core::catalogue;
use serde::{Serialize, Serializer};

catalogue! {
    /// Why something is not proven, in the order in which it is looked at.
    Refusal:

    SubjectWithoutDigest "subject-without-digest"
        "A name or a tag was given, and what stands behind it changes. Only a digest is proven."
        "Resolve the tag once, then verify and deploy by the same digest: `NAME@sha256:…`.";
    Malformed "malformed"
        "It is no envelope (DSSE), no bundle (Sigstore, version 0.3, one signature), or what was signed is no statement."
        "Give the files that `gate evaluate --attestation-output` writes, unchanged.";
    KeyUnknown "key-unknown"
        "It says that it was signed by a key that is not trusted here."
        "Check who signed it; if that key is meant, trust it together with its verifier.";
    SignatureInvalid "signature-invalid"
        "No signature of a trusted key holds over it: it was altered, or signed by somebody else."
        "Do not deploy. Find out who altered it, or evaluate again.";
    PayloadType "payload-type"
        "The signature holds, over something that is no statement of in-toto."
        "Give the attestation of a verdict, not another document that the same key signed.";
    SubjectDiffers "subject-differs"
        "It is about something of another digest."
        "Give the attestation of what is to be deployed, or evaluate that.";
    PredicateType "predicate-type"
        "It is a statement about the subject, but no verification summary (SLSA, version 1)."
        "Give the attestation of a verdict; provenance and bills of materials prove something else.";
    VerifierUnknown "verifier-unknown"
        "The key is trusted, but not for the verifier that the statement names."
        "Only pairs of verifier and key are trusted: check both under `[[verify.trusted]]`.";
    ResourceDiffers "resource-differs"
        "It was made for another resource, such as another environment: a pass for staging is none for production."
        "Evaluate for the environment that is deployed to.";
    Failed "failed"
        "The newest verdict of the gate about the subject is not a pass, or was only monitored."
        "Mend what the verdict names, and evaluate again; an older pass does not count.";
    LevelMissing "level-missing"
        "It passed something else: the level of the gate that is asked for is not among those that it verified."
        "Give the attestation of each gate that is required.";
    Undated "undated"
        "It does not say when it was made, so its age is not known."
        "Have the moment written, or allow any age with `--max-age unlimited`.";
    TooOld "too-old"
        "It was made longer ago than is allowed. What is known of vulnerabilities has changed since."
        "Evaluate again, or allow more with `--max-age`.";
    FromTheFuture "from-the-future"
        "It was made after now, by more than clocks may differ."
        "Check the clocks of both machines.";
    PolicyUnknown "policy-unknown"
        "It passed by rules that are not among those that are allowed."
        "Compare the digest with the one of the rules that you mean; `gate verify --format json` shows it.";
    PlatformMissing "platform-missing"
        "There is no attestation about this platform's image. A pass of an index proves nothing of the images in it."
        "Evaluate the image of each platform, and give all attestations.";
    NoAttestation "no-attestation"
        "There is no attestation of this gate about the subject that could prove anything."
        "Run the gate with a key that signs, and hand its attestation to this step.";
}

impl Serialize for Refusal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = include_str!("../../../../docs/verify.md");

    #[test]
    fn each_has_a_name_of_its_own_and_its_row_in_the_documentation() {
        let mut names = Vec::new();
        for refusal in Refusal::ALL {
            let row = format!(
                "| `{refusal}` | {} | {} |",
                refusal.meaning(),
                refusal.advice()
            );
            assert!(PAGE.contains(&row), "{row}");
            names.push(refusal.as_str());
        }
        assert!(names.iter().all(|name| gate_core::gate::is_name(name)));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Refusal::ALL.len());
    }
}
