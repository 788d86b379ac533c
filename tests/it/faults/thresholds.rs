//! Thresholds from Parameter Store. What is left is the highest version of a parameter that the record names.

use serde_json::json;

use super::{ATTEMPTS, Row, Scene};
use crate::aws::{ALWAYS, Aws, Client, Give, meanwhile};

pub(super) const PATH: &str = "/gate/shop";
const LIST: (&str, &str) = ("ssm", "GetParametersByPath");
const UNREADABLE: &str = "error[gate::image::thresholds-unreadable]";

/// The profile's own values. For the gate and for every gate they are two pages.
const THRESHOLDS: [(&str, &str); 7] = [
    ("fixable-level", "high"),
    ("max-critical", "0"),
    ("max-high", "0"),
    ("max-known-exploited", "0"),
    ("max-low", "unlimited"),
    ("max-medium", "unlimited"),
    ("max-unknown", "0"),
];

fn put(client: &Client, name: &str, value: &str) {
    let name = format!("{PATH}/{name}");
    let body = json!({"Name": name, "Value": value, "Type": "String", "Overwrite": true});
    client.json("ssm", "AmazonSSM.PutParameter", &body);
}

fn always(aws: &Aws, give: Give) {
    aws.fault(LIST.0, LIST.1, ALWAYS, give);
}

/// What is there before anything goes wrong.
pub(super) fn prepare(scene: &Scene) {
    for (name, value) in THRESHOLDS {
        put(&scene.aws.client(), name, value);
        put(&scene.aws.client(), &format!("image/{name}"), value);
    }
}

pub(super) const THRESHOLDS_READ: &[Row] = &[
    Row {
        name: "nothing",
        wrong: |_| {},
        exit: 0,
        says: &[],
        // Two readings of two pages.
        calls: 4,
        left: 1,
    },
    Row {
        name: "throttled for a while",
        wrong: |scene| scene.aws.fault(LIST.0, LIST.1, 2..=3, Give::Throttled),
        exit: 0,
        says: &[],
        calls: 6,
        left: 1,
    },
    Row {
        name: "throttled for ever",
        wrong: |scene| always(&scene.aws, Give::Throttled),
        exit: 3,
        says: &[
            UNREADABLE,
            "ssm:GetParametersByPath",
            "the service asks for fewer calls",
        ],
        calls: ATTEMPTS,
        left: 0,
    },
    Row {
        name: "status 500 for ever",
        wrong: |scene| always(&scene.aws, Give::Broken),
        exit: 3,
        says: &[UNREADABLE, "status 500"],
        calls: ATTEMPTS,
        left: 0,
    },
    Row {
        name: "cut off once, before anything was done",
        wrong: |scene| scene.aws.fault(LIST.0, LIST.1, 3..=3, Give::CutBefore),
        exit: 0,
        says: &[],
        calls: 5,
        left: 1,
    },
    Row {
        name: "cut off in the middle of every answer",
        wrong: |scene| always(&scene.aws, Give::CutWithin),
        exit: 3,
        says: &[UNREADABLE, "no whole answer"],
        calls: ATTEMPTS,
        left: 0,
    },
    Row {
        name: "the clocks differ",
        wrong: |scene| always(&scene.aws, Give::ClockSkew),
        exit: 3,
        says: &[UNREADABLE, "the clock of this machine is wrong"],
        calls: ATTEMPTS,
        left: 0,
    },
    Row {
        name: "the credentials expire between two pages",
        wrong: |scene| scene.aws.fault("*", "*", 2..=usize::MAX, Give::Expired),
        exit: 3,
        says: &[UNREADABLE, "the credentials have expired"],
        calls: 1 + ATTEMPTS,
        left: 0,
    },
    Row {
        name: "the role may not",
        wrong: |scene| always(&scene.aws, Give::Denied),
        exit: 3,
        says: &[
            UNREADABLE,
            "access is denied",
            "\"Action\":\"ssm:GetParametersByPath\"",
            "parameter/gate/shop",
        ],
        calls: 1,
        left: 0,
    },
    Row {
        name: "an answer that is none",
        wrong: |scene| always(&scene.aws, Give::Garbage),
        exit: 3,
        says: &[UNREADABLE, "ssm:GetParametersByPath"],
        calls: ATTEMPTS,
        left: 0,
    },
    Row {
        name: "a page without items, with a token",
        wrong: |scene| scene.aws.fault(LIST.0, LIST.1, 1..=1, Give::EmptyPage),
        exit: 0,
        says: &[],
        calls: 5,
        left: 1,
    },
    Row {
        name: "pages without items for ever",
        wrong: |scene| always(&scene.aws, Give::EmptyPage),
        exit: 3,
        says: &[UNREADABLE, "more than 1000 pages"],
        calls: 1000,
        left: 0,
    },
    Row {
        name: "a value that refers to another",
        wrong: |scene| put(&scene.aws.client(), "image/max-high", "{{ssm:/other}}"),
        exit: 3,
        says: &[UNREADABLE, "`{{`"],
        calls: 4,
        left: 0,
    },
    Row {
        name: "parameters change between two pages",
        wrong: |scene| {
            // One on the first page, which was read before, and one on the second.
            let client = scene.aws.client();
            let change = move || {
                put(&client, "image/max-low", "1");
                put(&client, "max-unknown", "1");
            };
            scene.aws.fault(LIST.0, LIST.1, 2..=2, meanwhile(change));
        },
        exit: 0,
        says: &[],
        calls: 6,
        left: 2,
    },
    Row {
        name: "parameters change before every page",
        wrong: |scene| {
            let client = scene.aws.client();
            always(
                &scene.aws,
                meanwhile(move || put(&client, "max-unknown", "0")),
            );
        },
        exit: 3,
        says: &[UNREADABLE, "changed between readings"],
        calls: 8,
        left: 0,
    },
];
