//! The whole client, against a service of our own that answers from a table.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use super::*;

#[derive(Debug)]
struct Fixed;

impl KeySource for Fixed {
    fn keys(&self) -> Result<Keys, NoKeys> {
        Ok(Keys {
            id: "AKIDEXAMPLE".to_owned(),
            secret: "secret".to_owned(),
            token: Some("token".to_owned()),
        })
    }
}

#[derive(Debug)]
struct Nobody;

impl KeySource for Nobody {
    fn keys(&self) -> Result<Keys, NoKeys> {
        let (why, help) = (
            "there are no credentials".to_owned(),
            "give it a role".to_owned(),
        );
        Err(NoKeys { why, help })
    }
}

/// An answer: the status, headers, the body. No status: the connection ends in the middle of one.
type Answer = (u16, &'static str, String);

/// A service that gives these answers, one after the other, then the last for ever. Gives its address, and what it was
/// asked.
fn serve(answers: Vec<Answer>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&asked);
    thread::spawn(move || {
        let mut answers = VecDeque::from(answers);
        for stream in listener.incoming() {
            let answer = answers.front().cloned().unwrap();
            if answers.len() > 1 {
                answers.pop_front();
            }
            // Who asks may be gone.
            let _ = reply(&stream.unwrap(), &answer, &seen);
        }
    });
    (address, asked)
}

fn reply(
    stream: &TcpStream,
    (status, headers, body): &Answer,
    seen: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Ok(());
        }
    }
    let lower = head.to_ascii_lowercase();
    let length = lower.split_once("content-length: ").map_or(0, |(_, rest)| {
        let (digits, _) = rest.split_once("\r\n").unwrap();
        digits.parse().unwrap()
    });
    reader.by_ref().take(length).read_to_end(&mut Vec::new())?;
    seen.lock().unwrap().push(head);
    let mut stream = stream;
    let length = body.len() + usize::from(*status == 0) * 100;
    let status = if *status == 0 { 200 } else { *status };
    write!(
        stream,
        "HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

fn client(address: &str, source: impl KeySource + 'static) -> S3Store {
    let settings = Settings {
        region: "eu-central-1".to_owned(),
        endpoint: Some(address.to_owned()),
        ..Settings::default()
    };
    let place = "s3://evidence/shop".parse().unwrap();
    S3Store::open(place, &settings, Arc::new(source)).unwrap()
}

fn error(code: &str, more: &str) -> String {
    format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code>{more}</Error>")
}

/// Message and advice.
fn said(error: StoreError) -> (String, String) {
    match error {
        StoreError::Service { ref help, .. } => (error.to_string(), help.clone()),
        other => panic!("{other:?}"),
    }
}

/// A row: status, headers, code, more elements, what the message and the advice say.
type Row = (
    u16,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const OBJECTS: &str =
    r#"{"Action":"s3:PutObject","Effect":"Allow","Resource":"arn:aws:s3:::evidence/shop/*"}"#;

#[rustfmt::skip]
const ROWS: &[Row] = &[
    (400, "", "ExpiredToken", "<Message>The provided token has expired.</Message>", "the credentials have expired: The provided token has expired.", "renewed"),
    (403, "", "InvalidAccessKeyId", "<Message>The AWS Access Key Id you provided does not exist in our records.</Message>", "the credentials are not accepted: The AWS", "belong together"),
    (403, "", "SignatureDoesNotMatch", "", "the credentials are not accepted: it does not say why", "belong together"),
    (403, "", "RequestTimeTooSkewed", "<Message>The difference is too large.</Message>", "the clock of this machine is wrong", "set the clock"),
    (404, "", "NoSuchBucket", "<Message>The specified bucket does not exist</Message>", "there is no such bucket", "check the bucket's name"),
    (301, "x-amz-bucket-region: us-west-2\r\n", "PermanentRedirect", "", "the bucket is in another region", "AWS_REGION=us-west-2"),
    (301, "x-amz-bucket-region: us-west-2\r\n", "", "", "the bucket is in another region", "AWS_REGION=us-west-2"),
    (400, "", "AuthorizationHeaderMalformed", "<Message>the region 'eu-central-1' is wrong; expecting 'ap-south-1'</Message><Region>ap-south-1</Region>", "the bucket is in another region: the region 'eu-central-1' is wrong", "AWS_REGION=ap-south-1"),
    (301, "x-amz-bucket-region: a`b;rm\r\n", "PermanentRedirect", "", "another region", "to the bucket's"),
    (403, "", "AccessDenied", "<Message>User: arn:aws:iam::111122223333:user/b is not authorized to perform: s3:PutObject on resource: &quot;arn:aws:s3:::evidence/shop/x&quot; because no identity-based policy allows the s3:PutObject action</Message>", "access is denied: User: arn:aws:iam::111122223333:user/b", OBJECTS),
    (403, "", "AccessDenied", "<Message>Access Denied</Message>", "access is denied: Access Denied", OBJECTS),
    (403, "", "", "", "access is denied: it does not say why", OBJECTS),
    (403, "", "AccessDenied", "<Message>User: arn:aws:sts::111122223333:assumed-role/b/s is not authorized to perform: kms:GenerateDataKey on resource: arn:aws:kms:eu-central-1:111122223333:key/1234 because no resource-based policy allows the kms:GenerateDataKey action</Message>", "access is denied", r#"{"Action":"kms:GenerateDataKey","Effect":"Allow","Resource":"arn:aws:kms:eu-central-1:111122223333:key/1234"}"#),
    (403, "", "AccessDenied", "<Message>User: a is not authorized to perform: s3:PutObject on resource: b with an explicit deny in a resource-based policy</Message>", "access is denied", "a policy denies it"),
    (400, "", "KMS.DisabledException", "<Message>key is disabled</Message>", "the key of the bucket's encryption can't be used", "look at the key in KMS"),
    (400, "", "InvalidRequest", "<Message>Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters</Message>", "InvalidRequest: Content-MD5 OR", "has Object Lock"),
    (400, "", "InvalidArgument", "<Message>Server Side Encryption with AWS KMS managed key requires HTTP header x</Message>", "InvalidArgument: Server", "the bucket's default encryption"),
    (501, "", "NotImplemented", "<Message>A header you provided implies functionality that is not implemented</Message>", "the endpoint can't do this", "conditional writes"),
    (418, "", "Teapot", "<Message>\x1b[2Jshort</Message>", "status 418 Teapot: \x1b[2Jshort", "docs/aws.md"),
    (404, "", "", "", "status 404 : it does not say why", "is one of S3"),
];

#[test]
fn each_way_to_refuse_has_its_words_and_its_advice() {
    for (status, headers, code, more, says, helps) in ROWS {
        let body = if code.is_empty() {
            String::new()
        } else {
            error(code, more)
        };
        let (address, asked) = serve(vec![(*status, headers, body)]);
        let store = client(&address, Fixed);
        let digest = store.put(b"record").unwrap();
        let (message, help) = said(store.publish_record(&digest).unwrap_err());
        let path = format!(
            "writing `s3://evidence/shop/blobs/sha256/{}`: ",
            digest.hex()
        );
        assert!(message.starts_with(&path), "{code}: {message}");
        assert!(message.contains(says), "{code}: {message}");
        assert!(help.contains(helps), "{code}: {help}");
        assert_eq!(asked.lock().unwrap().len(), 1, "{code} is not asked again");
    }
}

#[test]
fn what_passes_is_tried_again_and_what_breaks_off_too() {
    let passing: [Answer; 6] = [
        (503, "", error("SlowDown", "")),
        (500, "", error("InternalError", "")),
        (409, "", error("ConditionalRequestConflict", "")),
        (400, "", error("RequestTimeout", "")),
        (429, "", String::new()),
        (502, "", "<html>".to_owned()),
    ];
    for answer in passing {
        let created = (200, "etag: \"1\"\r\n", String::new());
        let (address, asked) = serve(vec![answer.clone(), created]);
        let store = client(&address, Fixed);
        let digest = store.put(b"record").unwrap();
        store.publish_record(&digest).unwrap();
        assert_eq!(asked.lock().unwrap().len(), 3, "{answer:?}");
    }
    // In the middle of a body.
    let whole = (200, "etag: \"1\"\r\n", "record".to_owned());
    let cut = (0, "etag: \"1\"\r\n", "rec".to_owned());
    let (address, _) = serve(vec![cut, whole]);
    let bytes = client(&address, Fixed).get(&Digest::of(b"record"));
    // What is left is asked for; this service knows no ranges, which is an error and never half of the bytes.
    assert!(bytes.is_err() || bytes.unwrap() == b"record");
}

#[test]
fn a_request_is_signed_conditional_and_carries_its_checksum() {
    let (address, asked) = serve(vec![(200, "etag: \"1\"\r\n", String::new())]);
    let store = client(&address, Fixed);
    let digest = store.put(b"record").unwrap();
    store.publish_record(&digest).unwrap();
    let asked = asked.lock().unwrap();
    let first = asked.first().unwrap();
    let line = format!("PUT /evidence/shop/blobs/sha256/{} HTTP/1.1", digest.hex());
    assert!(first.starts_with(&line), "{first}");
    for header in [
        "if-none-match: *",
        "x-amz-checksum-sha256: cM6HH4o9P7RJvDw6zmVHzvAt/HT/5I2RJTKnJL/b5bk=",
        "x-amz-security-token: token",
        "authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/",
    ] {
        assert!(first.contains(header), "{header}: {first}");
    }
}

#[test]
fn nobody_there_and_nobody_who_asks() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (message, help) = said(client(&address, Nobody).list_records().unwrap_err());
    assert!(
        message.starts_with("listing `s3://evidence/shop/records`: there are no credentials"),
        "{message}"
    );
    assert_eq!(help, "give it a role");
    for address in ["evidence.example", "ftp://evidence.example", "http://"] {
        let settings = Settings {
            endpoint: Some(address.to_owned()),
            ..Settings::default()
        };
        let place = "s3://evidence".parse().unwrap();
        let opened = S3Store::open(place, &settings, Arc::new(Fixed));
        assert!(
            opened.unwrap_err().to_string().contains("is no address"),
            "{address}"
        );
    }
    let settings = Settings {
        certificates: Some(b"none".to_vec()),
        region: "eu-central-1".to_owned(),
        ..Settings::default()
    };
    let opened = S3Store::open("s3://evidence".parse().unwrap(), &settings, Arc::new(Fixed));
    assert!(
        opened.unwrap_err().to_string().contains("certificates"),
        "opened"
    );
}
