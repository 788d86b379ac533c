//! Codes: every situation that the gate itself reports, with a name that never changes.
//!
//! Policies have codes of their own; `gate explain POLICY` shows them.

use crate::catalogue;

catalogue! {
    /// A situation that the gate reports.
    Code:

    ReportMissing "report-missing"
        "The gate demands a report that was not given. An absent report proves nothing, so the gate can't decide."
        "Pass the scanner's report with `--report [TOOL=]PATH`; `gate explain profile` lists what each gate demands.";
    ReportUnreadable "report-unreadable"
        "The report's file could not be opened or read to its end."
        "Check that the scanner step ran, that it wrote to this path, and that the path is a readable file.";
    ReportEmpty "report-empty"
        "The report's file has no content. Scanners that crash or are killed leave such files."
        "Look at the scanner's own log and exit code; an empty file is never a clean result.";
    ReportMalformed "report-malformed"
        "The report is not well-formed: not JSON, cut off, with a byte-order mark, invalid UTF-8, a key twice in one object, or text after its end."
        "Have the scanner write its machine-readable format straight to a file, with its log going elsewhere, and run it again.";
    ReportTooLarge "report-too-large"
        "The report goes beyond a limit of the reader: total size, length of one text, or nesting."
        "Split the scan into several reports; docs/limits.md has the limits.";
    ReportUnrecognized "report-unrecognized"
        "No adapter recognises the report by its content."
        "Name the tool with `--report TOOL=PATH`; `gate normalize --help` lists the formats. A scanner that is not listed can report SARIF.";
    ReportAmbiguous "report-ambiguous"
        "Several adapters recognise the report."
        "Name the one you mean with `--report TOOL=PATH`.";
    ReportWrongTool "report-wrong-tool"
        "The report lacks what every report of the named tool has."
        "Check that the path and the tool's name belong together.";
    ReportUnsupported "report-unsupported"
        "The report is of a version of its format that the adapter does not read."
        "Use a version of the scanner that docs/adapters.md names.";
    AdapterInvalid "adapter-invalid"
        "The file that the profile names for a tool is not an adapter: not a WebAssembly component that exports the `gate:adapter` interface, one that imports anything, or one whose description of itself can't be true."
        "Build it with `gate-guest` for wasm32-unknown-unknown; `gate adapter inspect FILE` shows what it is.";
    AdapterDigest "adapter-digest"
        "The file that the profile names for a tool has another digest than the profile says. It is not the adapter that somebody decided to use."
        "Find out why it changed; if the new one is meant, put its digest into gate.toml. `gate adapter inspect FILE` prints it.";
    AdapterFailed "adapter-failed"
        "The tool's adapter, a WebAssembly component, did not read the report: it trapped, went beyond a limit, or its answer contradicts itself or what it was given."
        "Run the adapter natively in a test with the same report; docs/limits.md has the limits.";
    ReportIncomplete "report-incomplete"
        "The tool's own report says that it left something out, failed, or looked at nothing. Findings that were not looked for can't be absent."
        "Read the problems listed with the report, mend the scan and run it again.";
    ReportProvesNothing "report-proves-nothing"
        "The report is of a kind that the gate does not accept as its proof: a list of components, of statements or of measurements searches nothing for problems, so that no finding in it is no news."
        "Give a report of what the gate accepts as well; `gate explain profile` shows what that is. A scanner can read an inventory and search its components for vulnerabilities.";
    ReportTooOld "report-too-old"
        "The report ended longer ago than the gate allows. What became known since then was not looked for."
        "Run the scanner again, or mend the step that hands on an old report; `max-report-age` in gate.toml sets the age.";
    ReportUndated "report-undated"
        "The gate limits the age of its reports, and the report does not say when its run ended."
        "Have the scanner write its time, if it can; else set `max-report-age = \"unlimited\"` for this gate.";
    ReportFromTheFuture "report-from-the-future"
        "The report says that its run ended after the moment of judgement."
        "Compare the clocks of the machines that scan and that judge; a report that was written by hand proves nothing.";
    ReportOfAnotherSubject "report-of-another-subject"
        "The report names the digest of what was scanned, and it is not the subject's."
        "Scan what you release, by its digest, and give the same digest with `--subject`. Of an image for several platforms, that can be the digest of the index or of the platform's manifest, but the same for both.";
    ReportNamesNoSubject "report-names-no-subject"
        "The report does not name the digest of what was scanned, so that nothing proves that it is of the subject."
        "Scan by digest, as in `registry.example/shop@sha256:…`; or leave `require-subject-match` out for a gate whose tools name no digest.";
    SubjectWithoutDigest "subject-without-digest"
        "The gate demands that each report names the subject's digest, and none was given."
        "Give it with `--subject NAME@sha256:…`.";
    ScannerFailed "scanner-failed"
        "The tool says that its run failed."
        "Look at the scanner's log; a failed run is never a clean result.";
    ScannerProblem "scanner-problem"
        "The tool says that it could not look at something."
        "Mend what the tool names, or leave it out of the scan deliberately.";
    NothingScanned "nothing-scanned"
        "The tool looked at nothing: no file, no package, no target."
        "Check the path or image that the scanner was given.";
    RecordQuarantined "record-quarantined"
        "A record of the report could not be understood. The others were read; this one is named by its place."
        "Look at the record at the named place; if the tool's format changed, the adapter needs an update.";
    RecordsUnaccounted "records-unaccounted"
        "The counts of the reports do not add up: a record or a finding vanished on the way, or came from nowhere."
        "This is a defect of gate, or the record was altered: please report it with the report.";
    ThresholdsUnreadable "thresholds-unreadable"
        "The thresholds could not be read. A default is never used in their place."
        "Check the path and the form of the thresholds file.";
    ThresholdsOffline "thresholds-offline"
        "The source of the thresholds could not be reached, and its offline export stood in for it. It is signed and not older than the profile allows; what was changed since then is not in it."
        "Mend the way to the source; export it again with `gate thresholds export`, so that what stands in is new.";
    ThresholdUnread "threshold-unread"
        "A threshold, a setting or a bound was given that no policy of this gate reads. It is likely misspelt, and a limit that you meant would not be in force."
        "Correct its name; `gate policy inspect` lists what a policy reads.";
    ThresholdInvalid "threshold-invalid"
        "A threshold or a setting has a value of another kind than its policy reads. Its default is never used in its place."
        "Give it a value of the kind named in the message.";
    ThresholdBeyondBound "threshold-beyond-bound"
        "A source gave a threshold a value that is laxer than the profile allows. The profile's bound holds in its place."
        "Give a stricter value, or have the profile's bound changed by who owns it.";
    WaiversInvalid "waivers-invalid"
        "The waivers can't be read, or one of them is not as a waiver has to be: an owner, somebody else who approved, a reason, a ticket, a bounded scope, a creation that is not in the future and an end."
        "Mend the waiver at the place named; `gate waiver check` looks at all of them.";
    WaiversOverBudget "waivers-over-budget"
        "More findings of this gate are waived than the profile allows."
        "Mend some of the findings, or have the budget changed by who owns the profile.";
    VexInvalid "vex-invalid"
        "A document of statements (VEX) can't be read, or holds something else than statements."
        "Check the path; OpenVEX, CycloneDX and CSAF are read. A scanner's report is given with `--report`.";
    BaselineInvalid "baseline-invalid"
        "The baseline can't be read, or is of another gate or application, or was taken after the moment of judgement."
        "Take one with `gate baseline set` from a record of this gate.";
    BaselineOverBudget "baseline-over-budget"
        "There are more findings of a level than when the baseline was taken, and their number may only fall."
        "Mend what is new; `gate baseline show` lists what was there.";
    NothingMatched "nothing-matched"
        "There are findings, and no policy's question concerns any of them. A gate that looks at nothing would pass everything."
        "Give the gate a policy for what its scanners find, such as `severity-over-budget`.";
    FeedMissing "feed-missing"
        "The gate demands a feed, such as the list of vulnerabilities that are known to be exploited, and none was given. What the feed would have said of the findings is not known."
        "Import it with `gate feed import` and name its file under `[feeds]` in gate.toml; docs/feeds.md says how.";
    FeedTooOld "feed-too-old"
        "The feed is dated longer ago than the gate allows. What became known since then is not in it; what is in it still counts."
        "Fetch it again and import it with `gate feed import`; docs/feeds.md says how.";
    FeedFromTheFuture "feed-from-the-future"
        "The feed is dated after the moment of judgement."
        "Compare the clocks of the machines that fetch and that judge; a feed that was written by hand proves nothing.";
    FeedInvalid "feed-invalid"
        "The feed can't be read: its file is missing, cut off, out of order, of another version or kind, or holds what is no row of it. What was meant is never guessed."
        "Fetch it again from its source and import it with `gate feed import`; docs/feeds.md says how.";
    FeedUnknownField "feed-unknown-field"
        "What was imported has a field that this program does not know. It was left out; all else was read."
        "Look at what the field says; if it matters, a newer version of gate may read it.";
    NoPolicy "no-policy"
        "The gate has no policy, so nothing would be asked."
        "Give the gate at least one policy in gate.toml.";
    PolicyMissing "policy-missing"
        "A policy's component is not at hand."
        "Check the policy's path in gate.toml; on replay, check the evidence store.";
    PolicyInvalid "policy-invalid"
        "The bytes are not a WebAssembly component that exports the `gate:policy` interface, or they use a WebAssembly feature that the sandbox does not allow."
        "Build it with `gate-guest` for this version of the interface; `gate policy inspect` shows what it exports.";
    PolicyTooLarge "policy-too-large"
        "The policy's component has more of something than is compiled: bytes, functions, locals or blocks in one function, and the like. Compiling it could take hours or all of the machine's memory."
        "Split long functions, or build with less inlining; docs/limits.md has the limits.";
    PolicyCompile "policy-compile"
        "The compilation of the policy's component ended without code: it broke, or took more memory or processor time than it may."
        "Make the policy smaller; docs/limits.md has the limits. If it is small, this is a defect of the engine: please report it with the policy.";
    PolicyImport "policy-import"
        "The component imports something. A policy can touch nothing, so it may import nothing."
        "Remove the use of clocks, randomness, files or the network from the policy; build for wasm32-unknown-unknown.";
    PolicyDescription "policy-description"
        "What the policy says of itself can't be true."
        "Mend the policy's description.";
    PolicyInstantiate "policy-instantiate"
        "The policy could not be instantiated: its initialisation trapped, or it declares more memories, tables or instances than allowed."
        "Remove work from the policy's initialisation; docs/limits.md has the limits.";
    PolicyOutOfFuel "policy-out-of-fuel"
        "The policy used up its fuel. Fuel counts instructions, so this happens on every machine alike."
        "Look for an endless loop or for work that grows faster than the number of findings.";
    PolicyOutOfMemory "policy-out-of-memory"
        "The policy asked for more memory or table space than it may have."
        "Keep counts instead of findings; docs/limits.md has the limits.";
    PolicyStackOverflow "policy-stack-overflow"
        "The policy's calls nested too deep."
        "Look for recursion without an end.";
    PolicyTrap "policy-trap"
        "The policy trapped: a panic, a division by zero or an access outside its memory."
        "Run the policy's function natively in a test with the same findings.";
    PolicyAnswerTooLarge "policy-answer-too-large"
        "The policy's answer has more reasons, longer texts or more bytes than allowed."
        "Group reasons; docs/limits.md has the limits.";
    PolicyRefused "policy-refused"
        "The policy itself said that it can't decide."
        "Its message says why.";
    PolicyBadDecision "policy-bad-decision"
        "The policy's answer contradicts itself or the facts, such as counters that do not match what it was given."
        "Use the counters of `gate-guest`, which keeps them for you.";
    PolicyAsksNothing "policy-asks-nothing"
        "The policy evaluated no rule: everything that it could limit is unlimited or left out. It could not fail, so that its pass would prove nothing."
        "Limit something that it asks, or take the policy out of the gate; `gate policy inspect` lists its thresholds.";
    PolicyWallClock "policy-wall-clock"
        "The outer time limit ran out. It is a net below the fuel limit and depends on the machine."
        "Run again on a machine that is not overloaded; look at the size of the policy.";
    PolicyEngine "policy-engine"
        "The WebAssembly engine itself failed."
        "This is a defect of gate or of its engine: please report it with the policy.";
    ConfigInvalid "config-invalid"
        "The configuration can't be read or contradicts itself."
        "Mend gate.toml at the named place.";
    GateUnknown "gate-unknown"
        "The profile has no gate of this name."
        "Use one of the gates listed; `gate explain profile` shows them.";
    ClockInThePast "clock-in-the-past"
        "The moment of judgement lies in the past. A back-dated evaluation could revive what has expired."
        "Leave `--at` out, or use `gate replay` to repeat an earlier verdict.";
    EvidenceNotDurable "evidence-not-durable"
        "The verdict's evidence could not be written durably. No verdict is announced without its evidence."
        "Check the evidence store's free space and permissions, then evaluate again.";
    AnswerNotWritten "answer-not-written"
        "The answer could not be written to where it should go. A verdict's record is in the evidence store all the same."
        "Check the path of `--output`, its folder's permissions and its free space.";
    RecordUnknown "record-unknown"
        "No record, or more than one, has this name in the evidence store."
        "List `records/` in the evidence store; give more digits or `--evidence`.";
    RecordUnreadable "record-unreadable"
        "The record is of a format version that this program does not read, or is not a record."
        "Use the version of gate that the message names.";
    BlobMissing "blob-missing"
        "Something that the record names is not in the evidence store."
        "Restore the evidence store; its blobs are named by their SHA-256 digest.";
    BlobDamaged "blob-damaged"
        "A blob's bytes do not have the digest that names it: it was altered or damaged."
        "Restore the blob from a copy; treat the store as tampered with until you know why.";
    Diverged "diverged"
        "Replaying the record gave another verdict than the one recorded."
        "The first field that differs is named. The record is altered, or this version of gate decides differently.";
    AwsRefused "aws-refused"
        "A service of AWS did not do what was asked: no credentials, no permission, no answer, or it has a reason of its own."
        "The message has the action, the resource and, where permission is missing, the statement to add; docs/aws.md has the rest.";
    ThresholdsConflict "thresholds-conflict"
        "Somebody else changed a parameter between its reading and its replacing. What was to be written was not, or is named in the message."
        "Look at the difference again with `gate thresholds diff`, then apply it again.";
    PublishIncomplete "publish-incomplete"
        "The verdict stands and its evidence is kept, but not everything that was to be published could be. What remains is kept in the outbox."
        "Mend what the message names, then run `gate publish --pending`.";
    SigningFailed "signing-failed"
        "The verdict stands and its evidence is kept, but it could not be signed: there is no digest of a subject, or the key did not sign."
        "Give the subject with its digest, and check the key and who may use it; then evaluate again. A replay can't sign.";
    KeyInvalid "key-invalid"
        "The file is not a key that gate uses: ECDSA over the curve P-256, in PEM, as PKCS #8 or as a public key."
        "`gate key new` makes one; docs/signing.md has the commands of openssl that do.";
    NotVerified "not-verified"
        "No signed verdict was found that proves what was asked of the subject. Nothing else is believed."
        "The reason names what is missing or wrong; docs/verify.md explains each.";
    Defect "defect"
        "The program itself failed, or the machine gave it no thread. No answer that it gave before counts."
        "Run it again; if it fails again, this is a defect of gate: please report it with the place that it names.";
}

impl Code {
    /// The code with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_names_and_none_is_used_twice() {
        let mut names: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert!(names.iter().all(|name| crate::gate::is_name(name)));
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
