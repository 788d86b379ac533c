//! What the SDK says, and what we make of it.

use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityError;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;

use super::*;

type Sdk = SdkError<GetCallerIdentityError, Response>;

fn answer(status: u16) -> Response {
    Response::new(status.try_into().unwrap(), SdkBody::empty())
}

/// A refusal, as the SDK reads it from an answer.
fn refused(status: u16, code: &str, message: &str) -> Sdk {
    let mut meta = ErrorMetadata::builder();
    if !code.is_empty() {
        meta = meta.code(code);
    }
    if !message.is_empty() {
        meta = meta.message(message);
    }
    let error = GetCallerIdentityError::generic(meta.build());
    SdkError::service_error(error, answer(status))
}

fn action() -> Action {
    Action::on(
        "ssm:GetParameter",
        "arn:aws:ssm:eu-central-1:111122223333:parameter/gate/*",
    )
}

fn of(error: &Sdk) -> AwsError {
    AwsError::of(action(), error)
}

/// A row: status, code, message, what is said of it, what is advised, whether it passes.
type Row = (
    u16,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    bool,
);

const STATEMENT: &str = r#"{"Action":"ssm:GetParameter","Effect":"Allow","Resource":"arn:aws:ssm:eu-central-1:111122223333:parameter/gate/*"}"#;

#[rustfmt::skip]
const ROWS: &[Row] = &[
    (400, "ExpiredTokenException", "The security token included in the request is expired", "the credentials have expired: The security", "renewed", false),
    (403, "ExpiredToken", "gone", "the credentials have expired: gone", "renewed", false),
    (400, "UnrecognizedClientException", "The security token included in the request is invalid.", "the credentials are not accepted: ", "belong together", false),
    (403, "InvalidClientTokenId", "", "the credentials are not accepted: it does not say why", "belong together", false),
    (403, "SignatureDoesNotMatch", "Signature expired: 20260101T000000Z is now earlier than 20260101T010000Z (20260101T010500Z - 5 min.)", "the clock of this machine is wrong", "set the clock", false),
    (400, "InvalidSignatureException", "Signature not yet current: 20260101T020000Z", "the clock of this machine is wrong", "set the clock", false),
    (403, "RequestTimeTooSkewed", "far", "the clock of this machine is wrong", "set the clock", false),
    (400, "AccessDeniedException", "User: a is not authorized to perform: ssm:GetParameter", "access is denied: User: a", STATEMENT, false),
    (403, "AccessDenied", "no", "access is denied: no", STATEMENT, false),
    (403, "AuthorizationError", "no", "access is denied: no", STATEMENT, false),
    (400, "AccessDeniedException", "… with an explicit deny in a service control policy", "access is denied", "which no other policy can allow", false),
    (400, "ParameterNotFound", "", "not found: it does not say why", "check the name", false),
    (400, "ThrottlingException", "Rate exceeded", "asks for fewer calls", "try again later", true),
    (429, "TooMany", "slow", "asks for fewer calls", "try again later", true),
    (500, "InternalServerError", "oh", "no whole answer: status 500 InternalServerError: oh", "way to the service", true),
    (503, "", "", "no whole answer: status 503", "way to the service", true),
    (400, "ParameterVersionNotFound", "none", "ParameterVersionNotFound: none", "docs/aws.md", false),
];

#[test]
fn each_refusal_has_its_words_and_its_advice() {
    for (status, code, message, says, helps, passes) in ROWS {
        let error = of(&refused(*status, code, message));
        let text = error.to_string();
        let asked =
            "ssm:GetParameter on `arn:aws:ssm:eu-central-1:111122223333:parameter/gate/*`: ";
        assert!(
            text.starts_with(asked) && text.contains(says),
            "{code}: {text}"
        );
        assert!(error.help().contains(helps), "{code}: {}", error.help());
        assert_eq!(error.passes(), *passes, "{code}");
    }
}

#[test]
fn what_is_no_answer_is_told_from_what_is_one() {
    let io = || Box::new(std::io::Error::other("reset by peer"));
    for (error, says) in [
        (Sdk::timeout_error("5 s"), "no answer in time"),
        (
            Sdk::dispatch_failure(ConnectorError::timeout(io())),
            "no answer in time",
        ),
        (
            Sdk::dispatch_failure(ConnectorError::io(io())),
            "no whole answer",
        ),
        (Sdk::response_error(io(), answer(200)), "no whole answer"),
    ] {
        let error = of(&error);
        let text = error.to_string();
        assert!(text.contains(says) && error.passes(), "{text}");
        // No names of types.
        assert!(
            !text.contains("Error {") && !text.contains("Custom"),
            "{text}"
        );
    }
    let text = of(&Sdk::dispatch_failure(ConnectorError::io(io()))).to_string();
    assert!(text.contains("reset by peer"), "{text}");
    let odd = of(&Sdk::construction_failure("a name that is none"));
    assert!(
        odd.to_string().contains("a name that is none") && !odd.passes(),
        "{odd}"
    );
}

#[test]
fn nobody_with_credentials_is_told_from_somebody_who_gives_none() {
    for (error, says) in [
        (
            CredentialsError::not_loaded("x"),
            "there are no credentials: none in the environment, ",
        ),
        (
            CredentialsError::invalid_configuration("no such profile"),
            "no such profile",
        ),
        (
            CredentialsError::provider_error("connection refused"),
            "connection refused",
        ),
    ] {
        let failure = ConnectorError::other(Box::new(error), None);
        let text = of(&Sdk::dispatch_failure(failure)).to_string();
        assert!(
            text.contains("there are no credentials: ") && text.contains(says),
            "{text}"
        );
    }
}

#[test]
fn what_is_set_by_halves_is_said() {
    for (set, says) in [
        (&[][..], ""),
        (
            &["AWS_ACCESS_KEY_ID"],
            "`AWS_ACCESS_KEY_ID` is set, `AWS_SECRET_ACCESS_KEY` is not",
        ),
        (
            &["AWS_SECRET_ACCESS_KEY"],
            "`AWS_SECRET_ACCESS_KEY` is set, `AWS_ACCESS_KEY_ID` is not",
        ),
        (
            &["AWS_ROLE_ARN"],
            "`AWS_ROLE_ARN` is set, `AWS_WEB_IDENTITY_TOKEN_FILE` is not",
        ),
        (&["AWS_EC2_METADATA_DISABLED"], "the instance was not asked"),
    ] {
        let text = nobody(|name| set.contains(&name));
        assert!(text.contains(says), "{text}");
        assert_eq!(text.contains(';'), !set.is_empty(), "{text}");
    }
}
