//! Why a command could not do what was asked, and how the program ends then.

use std::fmt;

use gate_aws::AwsError;
use gate_core::code::Code;
use gate_core::exit_code::ExitCode;
use gate_core::ports::StoreError;
use gate_report::text::safe;

/// A failure of a command: what the outside world did, in one sentence, with what to do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: ExitCode,
    code: Code,
    message: String,
    help: Option<String>,
}

pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// A failure with the code's own advice.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            exit: exit_code(code),
            code,
            message: message.into(),
            help: None,
        }
    }

    /// Says what to do, in place of the code's own advice.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says what the store's service says to do, if that is what refused.
    fn help_of(self, error: &StoreError) -> Self {
        match error {
            StoreError::Service { help, .. } => self.help(help),
            _ => self,
        }
    }

    /// How the program ends.
    pub(crate) const fn exit(&self) -> ExitCode {
        self.exit
    }

    /// The code.
    pub(crate) const fn code(&self) -> Code {
        self.code
    }

    /// What happened, without code and advice.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// What to do: its own advice, else the code's.
    pub(crate) fn advice(&self) -> &str {
        self.help.as_deref().unwrap_or_else(|| self.code.advice())
    }

    /// Evidence that could not be kept.
    pub(crate) fn not_durable(error: &StoreError) -> Self {
        let message = format!("keeping the evidence: {error}");
        Self::new(Code::EvidenceNotDurable, message).help_of(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error[gate::{}]: {}", self.code, safe(&self.message))?;
        write!(f, "  help: {}", safe(self.advice()))
    }
}

impl From<AwsError> for Failure {
    fn from(error: AwsError) -> Self {
        Self::new(Code::AwsRefused, error.to_string()).help(error.help())
    }
}

impl From<StoreError> for Failure {
    /// For commands that read the store.
    fn from(error: StoreError) -> Self {
        let code = match &error {
            StoreError::Io { .. }
            | StoreError::Missing(_)
            | StoreError::Service { .. }
            | StoreError::Changed(_) => Code::BlobMissing,
            StoreError::Damaged { .. } => Code::BlobDamaged,
            StoreError::NotARecordName(_)
            | StoreError::NoRecord(_)
            | StoreError::AmbiguousRecord { .. } => Code::RecordUnknown,
        };
        Self::new(code, error.to_string()).help_of(&error)
    }
}

/// One exit code for each code: the compiler asks for it when a code is added.
const fn exit_code(code: Code) -> ExitCode {
    match code {
        Code::ConfigInvalid
        | Code::GateUnknown
        | Code::ClockInThePast
        | Code::RecordUnknown
        | Code::AdapterInvalid
        | Code::AdapterDigest
        | Code::WaiversInvalid
        | Code::VexInvalid
        | Code::BaselineInvalid
        | Code::FeedInvalid
        | Code::KeyInvalid => ExitCode::Usage,
        Code::EvidenceNotDurable
        | Code::AnswerNotWritten
        | Code::PublishIncomplete
        | Code::SigningFailed => ExitCode::NotDurable,
        Code::Diverged | Code::NotVerified => ExitCode::Closed,
        Code::ReportMissing
        | Code::ReportUnreadable
        | Code::ReportEmpty
        | Code::ReportMalformed
        | Code::ReportTooLarge
        | Code::ReportUnrecognized
        | Code::ReportAmbiguous
        | Code::ReportWrongTool
        | Code::ReportUnsupported
        | Code::AdapterFailed
        | Code::ReportIncomplete
        | Code::ReportProvesNothing
        | Code::ReportTooOld
        | Code::ReportUndated
        | Code::ReportFromTheFuture
        | Code::ReportOfAnotherSubject
        | Code::ReportNamesNoSubject
        | Code::SubjectWithoutDigest
        | Code::ScannerFailed
        | Code::ScannerProblem
        | Code::NothingScanned
        | Code::RecordQuarantined
        | Code::RecordsUnaccounted
        | Code::ThresholdsUnreadable
        | Code::ThresholdsOffline
        | Code::ThresholdUnread
        | Code::ThresholdInvalid
        | Code::ThresholdBeyondBound
        | Code::WaiversOverBudget
        | Code::BaselineOverBudget
        | Code::NothingMatched
        | Code::FeedMissing
        | Code::FeedTooOld
        | Code::FeedFromTheFuture
        | Code::FeedUnknownField
        | Code::NoPolicy
        | Code::PolicyMissing
        | Code::PolicyInvalid
        | Code::PolicyTooLarge
        | Code::PolicyCompile
        | Code::PolicyImport
        | Code::PolicyDescription
        | Code::PolicyInstantiate
        | Code::PolicyOutOfFuel
        | Code::PolicyOutOfMemory
        | Code::PolicyStackOverflow
        | Code::PolicyTrap
        | Code::PolicyAnswerTooLarge
        | Code::PolicyRefused
        | Code::PolicyBadDecision
        | Code::PolicyAsksNothing
        | Code::PolicyWallClock
        | Code::PolicyEngine
        | Code::AwsRefused
        | Code::ThresholdsConflict
        | Code::RecordUnreadable
        | Code::BlobMissing
        | Code::BlobDamaged
        | Code::Defect => ExitCode::Undecided,
    }
}
