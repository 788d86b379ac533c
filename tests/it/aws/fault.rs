//! What can go wrong on the way to AWS, in the words of each service.

use std::ops::RangeInclusive;
use std::sync::Arc;

use serde_json::json;

use super::front::Call;
use super::http::Answer;

/// Every call, from the first on.
pub(crate) const ALWAYS: RangeInclusive<usize> = 1..=usize::MAX;

/// What a call gets in place of its answer, or before it.
#[derive(Clone)]
pub(crate) enum Give {
    /// This answer; the service never sees the call.
    Answer(Answer),
    /// The service asks for fewer calls.
    Throttled,
    /// The service fails: status 500.
    Broken,
    /// The credentials have expired.
    Expired,
    /// The role may not.
    Denied,
    /// The signature is of another time.
    ClockSkew,
    /// Status 200 and bytes that are no answer.
    Garbage,
    /// The connection ends; the service never saw the call.
    CutBefore,
    /// The service does what it was asked, and half of its answer arrives.
    CutWithin,
    /// The service does what it was asked, and nothing of its answer arrives.
    CutAfter,
    /// A page of Parameter Store without items, with a token; the call with the token gets what this one would have.
    EmptyPage,
    /// Something happens before the service sees the call, which then is served.
    Meanwhile(Arc<dyn Fn() + Send + Sync>),
    /// Something happens, and the connection ends; the service never saw the call.
    KillBefore(Arc<dyn Fn() + Send + Sync>),
    /// The service does what it was asked; then something happens, and the connection ends.
    KillAfter(Arc<dyn Fn() + Send + Sync>),
}

/// Which calls get it: the n-th to the m-th that fit, from 1.
pub(super) struct Fault {
    pub(super) service: String,
    pub(super) operation: String,
    pub(super) calls: RangeInclusive<usize>,
    pub(super) give: Give,
    pub(super) seen: usize,
}

impl Fault {
    /// Whether a call gets it. Counts the calls that fit.
    pub(super) fn meets(&mut self, call: &Call) -> bool {
        let service = self.service == "*" || self.service == call.service;
        let operation = match self.operation.strip_suffix('*') {
            Some(beginning) => call.operation.starts_with(beginning),
            None => self.operation == call.operation,
        };
        if service && operation {
            self.seen += 1;
        }
        service && operation && self.calls.contains(&self.seen)
    }
}

/// The token of a page that [`Give::EmptyPage`] made up.
pub(super) const EMPTY_PAGE: &str = "the-page-after-the-empty-one";

/// How a service refuses: JSON with the kind in `__type`, JSON with it in a header, XML of two makes.
fn speech(service: &str) -> Speech {
    match service {
        "ssm" | "kms" => Speech::Json,
        "s3" => Speech::S3,
        "sts" | "sns" => Speech::Query,
        _ => Speech::RestJson,
    }
}

#[derive(Clone, Copy)]
enum Speech {
    Json,
    RestJson,
    Query,
    S3,
}

/// Kinds of refusal for [`Speech`]'s variants, in their order.
type Kinds = [(u16, &'static str); 4];

const THROTTLED: Kinds = [
    (400, "ThrottlingException"),
    (429, "TooManyRequestsException"),
    (400, "Throttling"),
    (503, "SlowDown"),
];
const BROKEN: Kinds = [
    (500, "InternalServerError"),
    (500, "InternalException"),
    (500, "InternalFailure"),
    (500, "InternalError"),
];
const EXPIRED: Kinds = [
    (400, "ExpiredTokenException"),
    (403, "ExpiredTokenException"),
    (403, "ExpiredToken"),
    (400, "ExpiredToken"),
];
const DENIED: Kinds = [
    (400, "AccessDeniedException"),
    (403, "AccessDeniedException"),
    (403, "AccessDenied"),
    (403, "AccessDenied"),
];
const SKEWED: Kinds = [
    (400, "InvalidSignatureException"),
    (403, "InvalidSignatureException"),
    (403, "SignatureDoesNotMatch"),
    (403, "RequestTimeTooSkewed"),
];

/// A refusal in a service's words.
pub(super) fn refusal(give: &Give, call: &Call) -> Option<Answer> {
    let Call {
        service, operation, ..
    } = call;
    let denied = format!(
        "User: arn:aws:sts::{}:assumed-role/pipeline/build is not authorized to perform: {service}:{operation} because no \
         identity-based policy allows the {service}:{operation} action",
        call.account
    );
    let (kinds, message) = match give {
        Give::Answer(answer) => return Some(answer.clone()),
        Give::Garbage => {
            return Some(Answer::text(
                200,
                "application/json",
                "<!doctype html>\u{1b}[31m{\"",
            ));
        }
        Give::EmptyPage => {
            let page = json!({"Parameters": [], "NextToken": EMPTY_PAGE});
            return Some(Answer::json(200, &page));
        }
        Give::Throttled => (THROTTLED, "Rate exceeded"),
        Give::Broken => (
            BROKEN,
            "We encountered an internal error. Please try again.",
        ),
        Give::Expired => (
            EXPIRED,
            "The security token included in the request is expired",
        ),
        Give::Denied => (DENIED, &*denied),
        Give::ClockSkew => (
            SKEWED,
            "Signature expired: 20260101T000000Z is now earlier than 20260101T010000Z (20260101T010500Z - 5 min.)",
        ),
        _ => return None,
    };
    let speech = speech(service);
    let (status, kind) = kinds[speech as usize];
    Some(refuse(speech, status, kind, message))
}

fn refuse(speech: Speech, status: u16, kind: &str, message: &str) -> Answer {
    match speech {
        Speech::Json => Answer::json(status, &json!({"__type": kind, "message": message})),
        Speech::RestJson => rest_json(status, kind, message),
        Speech::Query => {
            let body = format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{kind}</Code><Message>{message}</Message></Error>\
                 <RequestId>1</RequestId></ErrorResponse>"
            );
            Answer::text(status, "text/xml", &body)
        }
        Speech::S3 => {
            let body = format!(
                "<?xml version=\"1.0\"?><Error><Code>{kind}</Code><Message>{message}</Message><RequestId>1</RequestId></Error>"
            );
            Answer::text(status, "application/xml", &body)
        }
    }
}

/// An error as Security Hub writes it: the kind in a header and in the body.
pub(super) fn rest_json(status: u16, kind: &str, message: &str) -> Answer {
    Answer::json(status, &json!({"Code": kind, "Message": message})).with("x-amzn-errortype", kind)
}
