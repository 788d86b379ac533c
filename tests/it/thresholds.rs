//! Thresholds in Parameter Store: read for an evaluation, kept with its evidence, and written by `gate thresholds`.

use serde_json::{Value, json};

use crate::aws::{ALWAYS, Aws, Give, meanwhile};
use crate::gate::{Folder, Ran, each, files_below, report};

const PATH: &str = "/gate/shop/production";

/// Puts a parameter below the path.
fn put(aws: &Aws, name: &str, value: &str) {
    put_as(aws, name, value, "String");
}

fn put_as(aws: &Aws, name: &str, value: &str, kind: &str) {
    let name = format!("{PATH}/{name}");
    let body = json!({"Name": name, "Value": value, "Type": kind, "Overwrite": true});
    aws.client().json("ssm", "AmazonSSM.PutParameter", &body);
}

/// What stands in a parameter now: its version and its text.
fn there(aws: &Aws, name: &str) -> (u64, String) {
    let body = json!({"Name": format!("{PATH}/{name}"), "WithDecryption": true});
    let answer = aws.client().json("ssm", "AmazonSSM.GetParameter", &body);
    let parameter = &answer["Parameter"];
    let text = parameter["Value"].as_str().unwrap().to_owned();
    (parameter["Version"].as_u64().unwrap(), text)
}

fn label(aws: &Aws, name: &str, version: u32, label: &str) {
    let body = json!({
        "Name": format!("{PATH}/{name}"), "ParameterVersion": version, "Labels": [label],
    });
    aws.client()
        .json("ssm", "AmazonSSM.LabelParameterVersion", &body);
}

/// A folder whose profile asks one policy at the gates that the tests speak of.
fn folder(more: &str) -> Folder {
    let folder = Folder::new();
    let gate = |name: &str| format!("[gates.{name}]\npolicies = [\"severity-over-budget\"]\n");
    let profile = format!("format = 1\n{more}{}{}", gate("image"), gate("sast"));
    folder.file("gate.toml", profile);
    folder
}

/// Judges a report at the gate `image`.
fn evaluated(aws: &Aws, folder: &Folder, report_name: &str, more: &[&str]) -> Ran {
    let report = format!("trivy={}", report(report_name).display());
    let form = ["evaluate", "image", "--report", &report, "--format", "json"];
    aws.gate(folder, &[&form[..], more].concat())
}

fn threshold<'a>(answer: &'a Value, name: &str) -> &'a Value {
    &answer["policies"][0]["thresholds"][name]
}

#[test]
fn values_are_read_through_every_page_and_a_replay_needs_no_aws() {
    let Some(aws) = Aws::with_moto() else { return };
    for at in 10..34 {
        // Of another gate: listed, and read by nobody.
        put(&aws, &format!("sast/t{at}"), "not {a value");
    }
    let object = r#"{"max-high": 3, "max-low": "unlimited"}"#;
    put_as(&aws, "image", object, "SecureString");
    put(&aws, "max-medium", "7");
    put(&aws, "max-low", "1");
    aws.fault("ssm", "GetParametersByPath", 1..=1, Give::EmptyPage);
    let folder = folder("");
    let source = format!("ssm:{PATH}");
    let ran = evaluated(
        &aws,
        &folder,
        "trivy/clean.json",
        &["--thresholds", &source],
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    let answer = ran.json();
    for (name, value, from) in [
        ("max-high", json!({"count": 3}), format!("{source}/image:1")),
        ("max-low", json!("unlimited"), format!("{source}/image:1")),
        (
            "max-medium",
            json!({"count": 7}),
            format!("{source}/max-medium:1"),
        ),
        (
            "max-critical",
            json!({"count": 0}),
            "profile defaults".to_owned(),
        ),
    ] {
        let given = threshold(&answer, name);
        assert_eq!(
            (&given["value"], given["source"].as_str()),
            (&value, Some(&*from)),
            "{name}"
        );
    }
    assert_eq!(
        answer["overrides"],
        json!([format!("--thresholds {source}")])
    );
    assert!(aws.called("ssm", "GetParametersByPath") >= 7);

    // The record has what was read, and the evidence its text; nothing of it is asked for again.
    let digest = answer["record"]
        .as_str()
        .unwrap()
        .strip_prefix("sha256:")
        .unwrap();
    let files = files_below(&folder.path().join(".gate/blobs"));
    let blob = |name: &str| {
        let file = files.iter().find(|path| path.ends_with(name)).unwrap();
        std::fs::read(file).unwrap()
    };
    let record: Value = serde_json::from_slice(&blob(digest)).unwrap();
    let sources = &record["question"]["threshold_sources"];
    let parameters = sources[0]["parameters"].as_array().unwrap();
    assert_eq!(
        (sources[0]["source"].as_str(), parameters.len()),
        (Some(&*source), 3)
    );
    let image = &parameters[0];
    assert_eq!(
        (&image["name"], &image["version"]),
        (&json!(format!("{PATH}/image")), &json!(1))
    );
    let kept = image["digest"]
        .as_str()
        .unwrap()
        .strip_prefix("sha256:")
        .unwrap();
    assert_eq!(blob(kept), object.as_bytes());
    let calls = aws.calls().len();
    let replayed = folder.gate(&["replay", digest]);
    assert_eq!(replayed.code, 0, "{replayed:?}");
    assert_eq!(aws.calls().len(), calls);

    // An altered text is not passed over, though no value is taken from it.
    let file = files.iter().find(|path| path.ends_with(kept)).unwrap();
    std::fs::remove_file(file).unwrap();
    assert_eq!(folder.gate(&["replay", digest]).code, 3);
}

#[test]
fn a_pin_chooses_a_version_or_a_label() {
    let Some(aws) = Aws::with_moto() else { return };
    for count in 1..=3 {
        put(&aws, "image", &format!(r#"{{"max-high":{count}}}"#));
        put(&aws, "max-low", &format!("{count}0"));
    }
    label(&aws, "image", 2, "stable");
    label(&aws, "max-low", 1, "stable");
    let folder = folder("");
    for (pin, high, low) in [
        ("", (3, "image:3"), Some("max-low:3")),
        (":stable", (2, "image:2"), Some("max-low:1")),
        ("/image", (3, "image:3"), None),
        ("/image:1", (1, "image:1"), None),
        ("/image:stable", (2, "image:2"), None),
    ] {
        let source = format!("ssm:{PATH}{pin}");
        let ran = evaluated(
            &aws,
            &folder,
            "trivy/clean.json",
            &["--thresholds", &source],
        );
        let answer = ran.json();
        let given = threshold(&answer, "max-high");
        let from = format!("ssm:{PATH}/{}", high.1);
        assert_eq!(given["value"]["count"], high.0, "{source}: {ran:?}");
        assert_eq!(given["source"], from, "{source}");
        let from = low.map_or("profile defaults".to_owned(), |low| {
            format!("ssm:{PATH}/{low}")
        });
        assert_eq!(threshold(&answer, "max-low")["source"], from, "{source}");
    }
}

/// A row: what stands there, what happens, where it is read, and what is said.
struct Unreadable {
    there: &'static [(&'static str, &'static str)],
    happens: fn(&Aws),
    pin: &'static str,
    said: &'static str,
}

const ROWS: [Unreadable; 13] = {
    const fn row(
        there: &'static [(&'static str, &'static str)],
        happens: fn(&Aws),
        pin: &'static str,
        said: &'static str,
    ) -> Unreadable {
        Unreadable {
            there,
            happens,
            pin,
            said,
        }
    }
    const GOOD: &[(&str, &str)] = &[("image", r#"{"max-high":1}"#), ("max-low", "1")];
    const fn nothing(_: &Aws) {}
    [
        row(
            &[],
            nothing,
            "",
            "there is no parameter for the gate `image`",
        ),
        row(
            &[("sast", "{}")],
            nothing,
            "",
            "there is no parameter for the gate `image`",
        ),
        row(
            &[("image", r#"{"max-high":1"#)],
            nothing,
            "",
            "image:1`: expected a JSON object",
        ),
        row(
            &[("image", r#"{"a":1,"a":2}"#)],
            nothing,
            "",
            "`a` stands twice",
        ),
        row(
            &[("image", r#"{"a":"{{ssm:x}}"}"#)],
            nothing,
            "",
            "image:1`: it has `{{`",
        ),
        row(
            &[("image", r#"{"max-high":1}"#), ("image/max-high", "1")],
            nothing,
            "",
            "gives the threshold `max-high`, and so does",
        ),
        row(
            &[("image/max/high", "1")],
            nothing,
            "",
            "no gate and no threshold",
        ),
        row(GOOD, nothing, "/image:9", "there is no version 9"),
        // One of two is labelled away.
        row(
            GOOD,
            |aws| label(aws, "image", 1, "stable"),
            ":stable",
            "max-low`: no version of it has the label",
        ),
        row(GOOD, changing, "", "changed between readings"),
        row(
            GOOD,
            |aws| aws.fault("ssm", "GetParametersByPath", ALWAYS, Give::Denied),
            "",
            "access is denied",
        ),
        row(
            GOOD,
            |aws| aws.fault("ssm", "GetParametersByPath", ALWAYS, Give::Expired),
            "",
            "have expired",
        ),
        // What was read once is not believed when it can not be read again.
        row(
            GOOD,
            |aws| aws.fault("ssm", "GetParametersByPath", 2..=usize::MAX, Give::Denied),
            "",
            "access is denied",
        ),
    ]
};

/// Somebody writes whenever it is read.
fn changing(aws: &Aws) {
    let client = aws.client();
    let write = move || {
        let body = json!({
            "Name": format!("{PATH}/image"), "Value": "{\"max-high\":2}", "Type": "String", "Overwrite": true,
        });
        client.json("ssm", "AmazonSSM.PutParameter", &body);
    };
    aws.fault("ssm", "GetParametersByPath", ALWAYS, meanwhile(write));
}

#[test]
fn what_can_not_be_read_is_an_error_and_no_default_takes_its_place() {
    if Aws::with_moto().is_none() {
        return;
    }
    each(
        &ROWS,
        |Unreadable {
             there,
             happens,
             pin,
             said,
         }| {
            let aws = Aws::with_moto().unwrap();
            for (name, value) in *there {
                put(&aws, name, value);
            }
            happens(&aws);
            let source = format!("ssm:{PATH}{pin}");
            let ran = evaluated(
                &aws,
                &folder(""),
                "trivy/clean.json",
                &["--thresholds", &source],
            );
            let answer = ran.json();
            assert_eq!(
                (ran.code, &answer["outcome"]),
                (3, &json!("error")),
                "{said}: {ran:?}"
            );
            let reason = &answer["reasons"][0];
            assert_eq!(reason["code"], "thresholds-unreadable", "{said}");
            let message = reason["message"].as_str().unwrap();
            assert!(message.contains(said), "{said}: {message}");
            assert!(reason["help"].is_string(), "{said}");
        },
    );
}

#[test]
fn one_change_between_two_readings_is_read_again() {
    let Some(aws) = Aws::with_moto() else { return };
    put(&aws, "image", r#"{"max-high":1}"#);
    put(&aws, "max-low", "1");
    let client = aws.client();
    let write = move || {
        for (name, value) in [("image", "{\"max-high\":2}"), ("max-low", "2")] {
            let body = json!({
                "Name": format!("{PATH}/{name}"), "Value": value, "Type": "String", "Overwrite": true,
            });
            client.json("ssm", "AmazonSSM.PutParameter", &body);
        }
    };
    aws.fault("ssm", "GetParametersByPath", 2..=2, meanwhile(write));
    let source = format!("ssm:{PATH}");
    let ran = evaluated(
        &aws,
        &folder(""),
        "trivy/clean.json",
        &["--thresholds", &source],
    );
    let answer = ran.json();
    let of = |name| threshold(&answer, name)["value"]["count"].clone();
    assert_eq!(
        (of("max-high"), of("max-low")),
        (json!(2), json!(2)),
        "{ran:?}"
    );
    assert_eq!(aws.called("ssm", "GetParametersByPath"), 3);
}

#[test]
fn a_threshold_raised_in_the_store_does_not_loosen_the_gate() {
    let Some(aws) = Aws::with_moto() else { return };
    put(
        &aws,
        "image",
        r#"{"max-critical": 100, "max-high": 500, "max-unknown": 100}"#,
    );
    let profile = "scope = \"shop\"\n[thresholds]\nsource = \"ssm:/gate/{scope}/{environment}\"\n\
        [environments.production]\n[defaults.bounds]\nmax-high = { at-most = 1 }\n";
    let folder = folder(profile);
    let ran = evaluated(
        &aws,
        &folder,
        "trivy/image.json",
        &["--environment", "production"],
    );
    assert_eq!(ran.code, 1, "{ran:?}");
    let answer = ran.json();
    assert_eq!(answer["overrides"], json!([]));
    let given = threshold(&answer, "max-high");
    assert_eq!(
        (&given["value"]["count"], &given["source"]),
        (&json!(1), &json!("profile defaults"))
    );
    assert_eq!(given["refused"]["source"], format!("ssm:{PATH}/image:1"));
    let reasons = answer["reasons"].as_array().unwrap();
    let warned = reasons
        .iter()
        .find(|of| of["code"] == "threshold-beyond-bound")
        .unwrap();
    let message = warned["message"].as_str().unwrap();
    assert!(
        message
            .ends_with("image:1 gives 500, which is beyond the bound of profile defaults; 1 holds"),
        "{message}"
    );
    let shown = aws.gate(
        &folder,
        &["thresholds", "show", "image", "--environment", "production"],
    );
    let line = format!(
        "max-high = 1 from profile defaults; bound to at most 1 by profile defaults; refused: 500 from ssm:{PATH}/image:1"
    );
    assert!(shown.code == 0 && shown.stdout.contains(&line), "{shown:?}");
    // Without the environment nobody knows which thresholds are meant, and nothing is asked.
    let calls = aws.calls().len();
    assert_eq!(evaluated(&aws, &folder, "trivy/image.json", &[]).code, 2);
    assert_eq!(aws.calls().len(), calls);
}

#[test]
fn a_file_is_planned_applied_and_then_nothing_is_left_to_do() {
    let Some(aws) = Aws::with_moto() else { return };
    put(&aws, "image", r#"{"max-high":1,"max-low":2}"#);
    put(&aws, "max-info", "9");
    let folder = folder("");
    let to = format!("ssm:{PATH}");
    folder.file("t.json", r#"{"max-medium": 5, "image": {"max-high": 3}}"#);
    let apply = ["thresholds", "apply", "t.json", "--to", &to];
    let ran = aws.gate(&folder, &apply);
    assert_eq!(ran.code, 2, "{ran:?}");
    let plan = format!(
        "  ~ {PATH}/image:1 becomes {{\"max-high\":3,\"max-low\":2}}, was {{\"max-high\":1,\"max-low\":2}}\n  \
         = {PATH}/max-info:1 stays\n  + {PATH}/max-medium is 5\n"
    );
    assert_eq!(ran.stdout, plan);
    assert_eq!(aws.called("ssm", "PutParameter"), 0);
    let yes = [&apply[..], &["--yes"]].concat();
    assert_eq!(aws.gate(&folder, &yes).code, 0);
    assert_eq!(
        there(&aws, "image"),
        (2, r#"{"max-high":3,"max-low":2}"#.to_owned())
    );
    assert_eq!(there(&aws, "max-medium"), (1, "5".to_owned()));
    let again = aws.gate(&folder, &yes);
    assert_eq!(
        (again.code, aws.called("ssm", "PutParameter")),
        (0, 2),
        "{again:?}"
    );

    let differ = [
        "thresholds",
        "diff",
        "t.json",
        &to,
        "--exit-code",
        "--format",
        "json",
    ];
    let diff = aws.gate(&folder, &differ);
    assert_eq!(diff.code, 1, "{diff:?}");
    let names: Vec<_> = diff.json()["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| (of["gate"].clone(), of["name"].clone()))
        .collect();
    assert_eq!(
        names,
        [
            (json!(null), json!("max-info")),
            (json!("image"), json!("max-low"))
        ]
    );
    assert_eq!(
        aws.gate(&folder, &[&yes[..], &["--delete"]].concat()).code,
        0
    );
    assert_eq!(aws.called("ssm", "DeleteParameter"), 1);
    let same = aws.gate(&folder, &differ);
    assert_eq!((same.code, &same.json()["differences"]), (0, &json!([])));

    let set = [
        "thresholds",
        "set",
        "max-low",
        "unlimited",
        "--gate",
        "image",
        "--to",
        &to,
        "--yes",
    ];
    assert_eq!(aws.gate(&folder, &set).code, 0);
    let get = [
        "thresholds",
        "get",
        "max-low",
        "--gate",
        "image",
        "--from",
        &to,
    ];
    assert_eq!(aws.gate(&folder, &get).stdout, "unlimited\n");
    let name = format!("{to}/image");
    let history = aws.gate(
        &folder,
        &["thresholds", "history", &name, "--format", "json"],
    );
    let versions = history.json()["versions"].clone();
    let seen: Vec<_> = versions
        .as_array()
        .unwrap()
        .iter()
        .map(|of| of["version"].clone())
        .collect();
    assert_eq!(seen, [4, 3, 2, 1], "{history:?}");
}

#[test]
fn what_somebody_else_wrote_meanwhile_is_not_written_over() {
    let Some(aws) = Aws::with_moto() else { return };
    put(&aws, "image", r#"{"max-high":1}"#);
    let folder = folder("");
    let to = format!("ssm:{PATH}");
    let client = aws.client();
    let write = move || {
        let body = json!({
            "Name": format!("{PATH}/image"), "Value": "{\"max-high\":7}", "Type": "String", "Overwrite": true,
        });
        client.json("ssm", "AmazonSSM.PutParameter", &body);
    };
    // After the plan, before the parameter is looked at again.
    aws.fault("ssm", "GetParameters", 1..=1, meanwhile(write.clone()));
    let set = [
        "thresholds",
        "set",
        "max-high",
        "3",
        "--gate",
        "image",
        "--to",
        &to,
        "--yes",
    ];
    let ran = aws.gate(&folder, &set);
    assert!(
        ran.code == 3 && ran.stderr.starts_with("error[gate::thresholds-conflict]"),
        "{ran:?}"
    );
    assert!(
        ran.stderr
            .contains("the plan is for version 1, and there is version 2; it was left as it is"),
        "{ran:?}"
    );
    assert_eq!(there(&aws, "image"), (2, r#"{"max-high":7}"#.to_owned()));
    // Later still: the service has no condition, but who wrote over it is told.
    aws.heal();
    aws.fault("ssm", "PutParameter", 1..=1, meanwhile(write));
    let ran = aws.gate(&folder, &set);
    assert!(
        ran.code == 3 && ran.stderr.contains("over what somebody else wrote"),
        "{ran:?}"
    );
    assert_eq!(there(&aws, "image"), (4, r#"{"max-high":3}"#.to_owned()));
    // What is new to the plan is not written over what came meanwhile.
    aws.heal();
    let client = aws.client();
    let create = move || {
        let body = json!({"Name": format!("{PATH}/max-low"), "Value": "8", "Type": "String"});
        client.json("ssm", "AmazonSSM.PutParameter", &body);
    };
    aws.fault("ssm", "PutParameter", 1..=1, meanwhile(create));
    let ran = aws.gate(
        &folder,
        &["thresholds", "set", "max-low", "3", "--to", &to, "--yes"],
    );
    assert!(
        ran.code == 3 && ran.stderr.contains("the plan is for no parameter"),
        "{ran:?}"
    );
    assert_eq!(there(&aws, "max-low"), (1, "8".to_owned()));
}

/// For tests alone.
const PRIVATE: &str = "\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgCOaBv/1phl/zKmgI
fcKLUuhKjH9JQ09gWXnN2hCLMQ+hRANCAARUCIouhDgbOPSHDpVLS3p7BFwCwD6L
Ywb0jRZA6JJ9zqTc2/B8lRJHjxeS/ZBC/8Rdjfh+x3nVbpVy2SFMy8kQ
-----END PRIVATE KEY-----
";
const PUBLIC: &str = "\
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEVAiKLoQ4Gzj0hw6VS0t6ewRcAsA+
i2MG9I0WQOiSfc6k3NvwfJUSR48Xkv2QQv/EXY34fsd51W6VctkhTMvJEA==
-----END PUBLIC KEY-----
";

#[test]
fn a_signed_export_stands_in_while_the_store_can_not_be_reached_and_the_verdict_says_so() {
    let Some(aws) = Aws::with_moto() else { return };
    put(&aws, "image", r#"{"max-high":4}"#);
    put(&aws, "sast", r#"{"max-high":5}"#);
    let folder = folder(&format!(
        "[thresholds]\nsource = \"ssm:{PATH}\"\nsnapshot = \"t.export\"\nsnapshot-key = \"gate.pub\"\n"
    ));
    folder.file("gate.key", PRIVATE);
    folder.file("gate.pub", PUBLIC);
    let export = [
        "thresholds",
        "export",
        "--output",
        "t.export",
        "--sign-key",
        "gate.key",
    ];
    let ran = aws.gate(&folder, &export);
    assert!(
        ran.code == 0 && ran.stdout.contains("signed by SHA256:"),
        "{ran:?}"
    );

    // While the store answers, what it says counts, and so does a refusal.
    put(&aws, "image", r#"{"max-high":6}"#);
    let ran = evaluated(&aws, &folder, "trivy/clean.json", &[]);
    assert_eq!(
        threshold(&ran.json(), "max-high")["value"]["count"],
        6,
        "{ran:?}"
    );
    aws.fault("ssm", "*", ALWAYS, Give::Denied);
    assert_eq!(evaluated(&aws, &folder, "trivy/clean.json", &[]).code, 3);
    aws.heal();

    aws.fault("ssm", "*", ALWAYS, Give::CutBefore);
    let ran = evaluated(&aws, &folder, "trivy/clean.json", &[]);
    let answer = ran.json();
    assert_eq!(
        (ran.code, &answer["outcome"]),
        (0, &json!("warn")),
        "{ran:?}"
    );
    assert_eq!(threshold(&answer, "max-high")["value"]["count"], 4);
    assert_eq!(answer["reasons"][0]["code"], "thresholds-offline");
    assert!(
        ran.stderr.contains("its export `t.export` stands in"),
        "{ran:?}"
    );
    let record = answer["record"].as_str().unwrap();
    assert_eq!(folder.gate(&["replay", record]).code, 0);

    // Too old the next day.
    let ran = evaluated(
        &aws,
        &folder,
        "trivy/clean.json",
        &["--at", "9000-01-01T00:00:00Z"],
    );
    let message = ran.json()["reasons"][0]["message"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        ran.code == 3 && message.contains("it may be 1d old"),
        "{ran:?}"
    );
}
