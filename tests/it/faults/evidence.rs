//! Evidence in S3. What is left is the number of records that are published there.

use super::{Row, Scene};
use crate::aws::{Give, REGION};

const LOST: &str = "error[gate::evidence-not-durable]";

fn bucket(scene: &Scene) -> String {
    format!("faults-{}", scene.aws.account())
}

pub(super) fn uri(scene: &Scene) -> String {
    format!("s3://{}/shop", bucket(scene))
}

/// What is there before anything goes wrong.
pub(super) fn prepare(scene: &Scene) {
    let client = scene.aws.client();
    let place = format!(
        "<CreateBucketConfiguration><LocationConstraint>{REGION}</LocationConstraint></CreateBucketConfiguration>"
    );
    let request = client.request("s3", "PUT", &format!("/{}", bucket(scene)));
    assert_eq!(client.ask(&request.body(place)).status, 200);
}

pub(super) fn left(scene: &Scene) -> usize {
    let client = scene.aws.client();
    let target = format!("/{}?list-type=2&prefix=shop/records/", bucket(scene));
    let listed = client.ask(&client.request("s3", "GET", &target));
    String::from_utf8(listed.body)
        .unwrap()
        .matches("<Key>")
        .count()
}

/// Writes to the bucket, below a prefix.
fn puts(scene: &Scene, below: &str, calls: std::ops::RangeInclusive<usize>, give: Give) {
    scene.aws.fault(
        "s3",
        &format!("PUT /{}/shop/{below}*", bucket(scene)),
        calls,
        give,
    );
}

const ALL: std::ops::RangeInclusive<usize> = crate::aws::ALWAYS;

/// More calls than are ever needed, with all attempts: nothing goes on for ever.
const MANY: usize = 200;

pub(super) const EVIDENCE_KEPT: &[Row] = &[
    Row {
        name: "nothing",
        wrong: |_| {},
        exit: 0,
        says: &[],
        calls: MANY,
        left: 1,
    },
    Row {
        name: "throttled for a while",
        wrong: |scene| puts(scene, "", 1..=2, Give::Throttled),
        exit: 0,
        says: &[],
        calls: MANY,
        left: 1,
    },
    Row {
        name: "throttled for ever",
        wrong: |scene| puts(scene, "", ALL, Give::Throttled),
        exit: 4,
        says: &[LOST, "s3://faults-"],
        calls: MANY,
        left: 0,
    },
    Row {
        name: "status 500 at the last step for ever",
        wrong: |scene| puts(scene, "records/", ALL, Give::Broken),
        exit: 4,
        says: &[LOST, "s3://faults-"],
        calls: MANY,
        left: 0,
    },
    Row {
        name: "the record is written, and the answer is lost",
        wrong: |scene| puts(scene, "records/", 1..=1, Give::CutAfter),
        exit: 0,
        says: &[],
        calls: MANY,
        left: 1,
    },
    Row {
        name: "cut off before anything was written, once",
        wrong: |scene| puts(scene, "blobs/", 1..=1, Give::CutBefore),
        exit: 0,
        says: &[],
        calls: MANY,
        left: 1,
    },
    Row {
        name: "the role may write blobs, and no records",
        wrong: |scene| puts(scene, "records/", ALL, Give::Denied),
        exit: 4,
        says: &[LOST, "s3://faults-", "s3:PutObject"],
        calls: MANY,
        left: 0,
    },
    Row {
        name: "the credentials expire after two calls",
        wrong: |scene| scene.aws.fault("*", "*", 3..=usize::MAX, Give::Expired),
        exit: 4,
        says: &[LOST, "the credentials have expired"],
        calls: MANY,
        left: 0,
    },
    Row {
        name: "the clocks differ",
        wrong: |scene| puts(scene, "", ALL, Give::ClockSkew),
        exit: 4,
        says: &[LOST, "the clock of this machine is wrong"],
        calls: MANY,
        left: 0,
    },
];
