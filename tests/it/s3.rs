//! Evidence in S3: kept as in a directory, replayed from there, never replaced, and a plain word for each way to fail.

use std::collections::BTreeMap;
use std::fs;

use crate::aws::{ALWAYS, Answer, Aws, Give, Moment, REGION, SECRET};
use crate::gate::{Folder, Ran, each, files_below, report};

/// Late enough to be no past, so that two runs judge the same.
const AT: &str = "2990-01-01T00:00:00Z";

/// A bucket of its own, with evidence below a prefix.
pub(crate) struct Bucket {
    pub(crate) aws: Aws,
    name: String,
}

impl Bucket {
    /// `None` without moto.
    pub(crate) fn new() -> Option<Self> {
        let aws = Aws::with_moto()?;
        let name = format!("evidence-{}", aws.account());
        let bucket = Self { aws, name };
        bucket.make(&[]);
        Some(bucket)
    }

    /// One that keeps every version of every object for a day, whoever asks.
    fn locked() -> Option<Self> {
        let aws = Aws::with_moto()?;
        let name = format!("locked-{}", aws.account());
        let bucket = Self { aws, name };
        bucket.make(&[("x-amz-bucket-object-lock-enabled", "true")]);
        let rule = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>\
            <Mode>COMPLIANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>";
        bucket.ask("PUT", "?object-lock", &[], rule.as_bytes());
        Some(bucket)
    }

    fn make(&self, headers: &[(&str, &str)]) {
        let place = format!(
            "<CreateBucketConfiguration><LocationConstraint>{REGION}</LocationConstraint></CreateBucketConfiguration>"
        );
        self.ask("PUT", "", headers, place.as_bytes());
    }

    /// Asks the emulator itself, past all faults.
    fn ask(&self, method: &str, rest: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let client = self.aws.client();
        let target = format!("/{}{rest}", self.name);
        let mut request = client.request("s3", method, &target).body(body);
        for (name, value) in headers {
            request = request.with(name, value);
        }
        let answer = client.ask(&request);
        let text = String::from_utf8_lossy(&answer.body);
        assert!(
            answer.status < 300,
            "{method} {target}: {} {text}",
            answer.status
        );
        answer
    }

    /// The texts of all elements of a name, in a listing.
    fn listed(&self, query: &str, element: &str) -> Vec<String> {
        let answer = self.ask("GET", query, &[], b"");
        let text = String::from_utf8(answer.body).unwrap();
        let (open, close) = (format!("<{element}>"), format!("</{element}>"));
        let found = text.split(&open).skip(1);
        found
            .map(|rest| rest.split(&close).next().unwrap().to_owned())
            .collect()
    }

    /// Keys below the store's prefix, with what they hold.
    pub(crate) fn objects(&self) -> BTreeMap<String, Vec<u8>> {
        let keys = self.listed("?list-type=2&max-keys=1000", "Key");
        let below = keys.iter().map(|key| {
            let bytes = self.ask("GET", &format!("/{key}"), &[], b"").body;
            (key.strip_prefix("shop/").unwrap().to_owned(), bytes)
        });
        below.collect()
    }

    pub(crate) fn uri(&self) -> String {
        format!("s3://{}/shop", self.name)
    }

    fn operation(&self, method: &str, below: &str) -> String {
        format!("{method} /{}/shop/{below}", self.name)
    }

    /// Judges a report at the gate `sast`, with the evidence in this bucket.
    fn judge(&self, folder: &Folder) -> Ran {
        let bandit = report("bandit/findings.json").display().to_string();
        self.aws.gate(folder, &arguments(&bandit, &self.uri()))
    }

    /// Replays a record in a folder where there is nothing.
    fn replay(&self, record: &str) -> Ran {
        let elsewhere = Folder::new();
        let uri = self.uri();
        let arguments = ["replay", record, "--evidence", &uri, "--format", "json"];
        self.aws.gate(&elsewhere, &arguments)
    }
}

fn arguments<'a>(report: &'a str, evidence: &'a str) -> [&'a str; 10] {
    [
        "evaluate",
        "sast",
        "--report",
        report,
        "--evidence",
        evidence,
        "--at",
        AT,
        "--format",
        "json",
    ]
}

fn record_of(ran: &Ran) -> String {
    let record = ran.json()["record"]
        .as_str()
        .unwrap_or_else(|| panic!("{ran:?}"))
        .to_owned();
    record.strip_prefix("sha256:").unwrap_or(&record).to_owned()
}

#[test]
fn evidence_is_kept_as_in_a_directory_and_replayed_from_there() {
    let Some(bucket) = Bucket::new() else { return };
    let folder = Folder::new();
    let ran = bucket.judge(&folder);
    assert_eq!((ran.code, &*ran.stderr), (1, ""), "{ran:?}");
    assert_eq!(files_below(folder.path()), Vec::<std::path::PathBuf>::new());

    let bandit = report("bandit/findings.json").display().to_string();
    let beside = folder.gate(&arguments(&bandit, "beside"));
    assert_eq!(beside.stdout, ran.stdout);
    let root = folder.path().join("beside");
    let files = files_below(&root).into_iter().map(|path| {
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        (name, fs::read(path).unwrap())
    });
    let (directory, objects): (BTreeMap<_, _>, _) = (files.collect(), bucket.objects());
    assert!(
        directory.keys().eq(objects.keys()),
        "{:?} {:?}",
        directory.keys(),
        objects.keys()
    );
    assert!(directory == objects);

    let record = record_of(&ran);
    let by_path = format!("{}/records/{record}", bucket.uri());
    for name in [&*record, &record[..8], &by_path] {
        let replayed = bucket.replay(name);
        assert_eq!((replayed.code, &*replayed.stderr), (0, ""), "{replayed:?}");
        assert_eq!(replayed.json()["result"], "reproduced");
    }
    let uri = bucket.uri();
    let explained = bucket
        .aws
        .gate(&folder, &["explain", &record[..8], "--evidence", &uri]);
    assert_eq!(explained.code, 0, "{explained:?}");
    folder.file(
        "gate.toml",
        format!("format = 1\n[evidence]\nstore = \"{uri}\"\n"),
    );
    let replayed = bucket.aws.gate(&folder, &["replay", &record]);
    assert_eq!(replayed.code, 0, "{replayed:?}");
    let unknown = bucket.replay("00000000");
    assert_eq!(unknown.code, 2, "{unknown:?}");
}

#[test]
fn a_locked_bucket_gets_each_object_once_however_often_it_is_judged() {
    let Some(bucket) = Bucket::locked() else {
        return;
    };
    let folder = Folder::new();
    let first = bucket.judge(&folder);
    assert_eq!((first.code, &*first.stderr), (1, ""), "{first:?}");
    let again = bucket.judge(&folder);
    assert_eq!((again.code, &again.stdout), (1, &first.stdout), "{again:?}");
    let keys = bucket.listed("?versions", "Key");
    assert_eq!(keys.len(), bucket.objects().len(), "{keys:?}");
    assert_eq!(bucket.replay(&record_of(&first)).code, 0);
    assert_eq!(
        bucket.listed("?versions", "DeleteMarker"),
        Vec::<String>::new()
    );
}

#[test]
fn what_was_altered_is_found_and_not_mended() {
    let Some(bucket) = Bucket::new() else { return };
    let folder = Folder::new();
    let record = record_of(&bucket.judge(&folder));
    let blob = format!("/shop/blobs/sha256/{record}");
    bucket.ask("PUT", &blob, &[], b"{}");
    let replayed = bucket.replay(&record);
    assert_eq!(replayed.code, 3, "{replayed:?}");
    let missing = replayed.json()["missing"].as_str().unwrap().to_owned();
    let path = format!("s3://{}{blob}", bucket.name);
    assert!(
        missing.contains("damaged") && missing.contains(&path),
        "{missing}"
    );
    let again = bucket.judge(&folder);
    assert_eq!((again.code, &*again.stdout), (4, ""), "{again:?}");
    assert!(again.stderr.contains(&path), "{again:?}");
    bucket.ask("DELETE", &blob, &[], b"");
    let replayed = bucket.replay(&record);
    assert_eq!(replayed.code, 3, "{replayed:?}");
    assert!(
        replayed.stdout.contains("is not in the evidence store"),
        "{replayed:?}"
    );
}

#[test]
fn two_at_once_make_one_record() {
    let Some(bucket) = Bucket::new() else { return };
    let folder = Folder::new();
    let answers = std::thread::scope(|scope| {
        let runs = [(); 2].map(|()| scope.spawn(|| bucket.judge(&folder)));
        runs.map(|run| run.join().unwrap())
    });
    for ran in &answers {
        assert_eq!((ran.code, &*ran.stderr), (1, ""), "{ran:?}");
    }
    assert_eq!(answers[0].stdout, answers[1].stdout);
    let objects = bucket.objects();
    let records = objects.keys().filter(|key| key.starts_with("records/"));
    assert_eq!(records.count(), 1);
    assert_eq!(bucket.replay(&record_of(&answers[0])).code, 0);
}

#[test]
fn killed_anywhere_no_entry_leads_to_what_is_not_there() {
    let Some(bucket) = Bucket::new() else { return };
    let folder = Folder::new();
    let bandit = report("bandit/findings.json").display().to_string();
    let uri = bucket.uri();
    let arguments = arguments(&bandit, &uri);
    let put = bucket.operation("PUT", "*");
    for (n, moment) in [
        (1, Moment::Before),
        (2, Moment::After),
        (3, Moment::Before),
        (4, Moment::After),
    ] {
        let mut command = folder.command(&arguments);
        let killed = bucket.aws.killed_at(("s3", &put), n, moment, &mut command);
        bucket.aws.heal();
        let objects = bucket.objects();
        assert!(killed, "{n} {moment:?}");
        let entries = objects.keys().filter(|key| key.starts_with("records/"));
        assert_eq!(entries.count(), 0, "{n} {moment:?}");
    }
    // The entry is put last, and when it is there so is all else, even if nobody was told.
    let entry = bucket.operation("PUT", "records/*");
    let mut command = folder.command(&arguments);
    assert!(
        bucket
            .aws
            .killed_at(("s3", &entry), 1, Moment::After, &mut command)
    );
    bucket.aws.heal();
    let objects = bucket.objects();
    let entries: Vec<_> = objects
        .keys()
        .filter_map(|key| key.strip_prefix("records/"))
        .collect();
    assert_eq!(bucket.replay(entries[0]).code, 0);
    assert_eq!(bucket.judge(&folder).code, 1);
    assert_eq!(bucket.objects(), objects);
}

#[test]
fn a_fault_that_passes_is_not_seen_and_one_that_stays_has_its_words() {
    let Some(bucket) = Bucket::new() else { return };
    let (put, get) = (bucket.operation("PUT", "*"), bucket.operation("GET", "*"));
    let folder = Folder::new();
    for give in [
        Give::Throttled,
        Give::Broken,
        Give::CutBefore,
        Give::CutWithin,
        Give::CutAfter,
    ] {
        bucket.aws.fault("s3", &put, 1..=2, give.clone());
        bucket.aws.fault("s3", &get, 1..=1, give);
        let ran = bucket.judge(&folder);
        assert_eq!((ran.code, &*ran.stderr), (1, ""), "{ran:?}");
        bucket.aws.heal();
    }
    let statement = format!(
        "{{\"Action\":\"s3:PutObject\",\"Effect\":\"Allow\",\"Resource\":\"arn:aws:s3:::{}/shop/*\"}}",
        bucket.name
    );
    let rows = [
        (
            Give::Denied,
            "access is denied: User: arn:aws:sts::",
            &*statement,
        ),
        (
            Give::Expired,
            "the credentials have expired",
            "have the role's credentials renewed",
        ),
        (
            Give::ClockSkew,
            "the clock of this machine is wrong",
            "set the clock",
        ),
    ];
    each(rows, |(give, says, helps)| {
        bucket.aws.fault("s3", &put, ALWAYS, give);
        let ran = bucket.judge(&folder);
        bucket.aws.heal();
        assert_eq!((ran.code, &*ran.stdout), (4, ""), "{ran:?}");
        let path = format!("keeping the evidence: writing `s3://{}/shop/", bucket.name);
        for part in [
            "error[gate::evidence-not-durable]: ",
            &path,
            says,
            "\n  help: ",
            helps,
        ] {
            assert!(ran.stderr.contains(part), "{part}: {ran:?}");
        }
    });
    let uri = "s3://nobody-has-this-bucket/shop";
    let bandit = report("bandit/findings.json").display().to_string();
    let ran = bucket.aws.gate(&folder, &arguments(&bandit, uri));
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.stderr.contains("there is no such bucket"), "{ran:?}");
}

#[test]
fn no_secret_gets_into_an_object_or_a_request() {
    let Some(bucket) = Bucket::new() else { return };
    let folder = Folder::new();
    let text = fs::read_to_string(report("bandit/findings.json")).unwrap();
    let canary = "Canary7of9nobody";
    let altered = text.replace("not-a-real-password", canary);
    assert!(altered.contains(canary));
    let path = folder.file("bandit.json", altered).display().to_string();
    let ran = bucket.aws.gate(&folder, &arguments(&path, &bucket.uri()));
    assert_eq!(ran.code, 1, "{ran:?}");
    for (key, bytes) in bucket.objects() {
        assert!(!String::from_utf8_lossy(&bytes).contains(canary), "{key}");
    }
    for call in bucket.aws.calls() {
        let text = call.text();
        assert!(!text.contains(canary) && !text.contains(SECRET), "{text}");
    }
}

/// No network is needed to find nobody.
#[test]
fn each_way_to_have_no_credentials_is_named() {
    let folder = Folder::new();
    let empty = folder.file("empty", "").display().to_string();
    let profiles = folder.file(
        "profiles",
        "[profile build]\nrole_arn = arn:aws:iam::111122223333:role/a\nsource_profile = gone\n",
    );
    let profiles = profiles.display().to_string();
    let bandit = report("bandit/findings.json").display().to_string();
    type Row<'a> = (&'a [(&'a str, &'a str)], &'a str);
    let rows: [Row<'_>; 8] = [
        (
            &[],
            "there are no credentials: none in the environment, the AWS profile, a web identity, the container, the instance; the instance was not asked",
        ),
        (
            &[("AWS_ACCESS_KEY_ID", "AKIA")],
            "`AWS_ACCESS_KEY_ID` is set, `AWS_SECRET_ACCESS_KEY` is not",
        ),
        (
            &[("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere")],
            "`AWS_WEB_IDENTITY_TOKEN_FILE` is set, `AWS_ROLE_ARN` is not",
        ),
        (
            &[
                ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere"),
                ("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/a"),
            ],
            "No such file",
        ),
        (&[("AWS_PROFILE", "nobody")], "nobody"),
        (
            &[("AWS_PROFILE", "build"), ("AWS_CONFIG_FILE", &profiles)],
            "the AWS profile is `build`",
        ),
        (
            &[(
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                "http://127.0.0.1:1/keys",
            )],
            "there are no credentials",
        ),
        (
            &[(
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                "http://evidence.example/keys",
            )],
            "there are no credentials",
        ),
    ];
    each(rows, |(environment, says)| {
        let mut command = folder.command(&arguments(&bandit, "s3://evidence-bucket/shop"));
        command
            .env("AWS_CONFIG_FILE", &empty)
            .env("AWS_SHARED_CREDENTIALS_FILE", &empty)
            .env("AWS_REGION", REGION)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
        command.envs(environment.iter().copied());
        let ran = Ran::of(&mut command);
        assert_eq!((ran.code, &*ran.stdout), (4, ""), "{ran:?}");
        for part in [
            "keeping the evidence: writing `s3://evidence-bucket/shop/",
            says,
            "docs/aws.md",
        ] {
            assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
        }
        assert!(!ran.stderr.contains("Error {"), "{}", ran.stderr);
    });
    let mut command = folder.command(&arguments(&bandit, "s3://evidence-bucket/shop"));
    command
        .env("AWS_CONFIG_FILE", &empty)
        .env("AWS_EC2_METADATA_DISABLED", "true");
    let ran = Ran::of(&mut command);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(
        ran.stderr.contains("no region is set") && ran.stderr.contains("AWS_REGION"),
        "{ran:?}"
    );
}

#[test]
fn what_is_no_store_is_refused_before_anything_is_judged() {
    let folder = Folder::new();
    let bandit = report("bandit/findings.json").display().to_string();
    for store in [
        "s3://Bucket",
        "s3:bucket",
        "s3://bucket/../a",
        "gs://bucket",
        "https://bucket",
        "file://host/a",
    ] {
        let ran = folder.gate(&arguments(&bandit, store));
        assert_eq!((ran.code, &*ran.stdout), (2, ""), "{ran:?}");
        assert!(
            ran.stderr.contains(&format!("`--evidence {store}`: ")),
            "{ran:?}"
        );
    }
    assert_eq!(files_below(folder.path()), Vec::<std::path::PathBuf>::new());
    let named = format!("file:{}", folder.path().join("evidence").display());
    let ran = folder.gate(&arguments(&bandit, &named));
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(folder.path().join("evidence/records").is_dir());
}
