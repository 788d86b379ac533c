//! Events of images: the findings are asked for, all of them, of our repository only.

use std::fs;

use serde_json::{Value, json};

use crate::package::{ACCOUNT, Package, batch, digest, event, scan};

const OPERATION: &str = "DescribeImageScanFindings";

fn page(findings: &[&str], next: Option<&str>) -> Value {
    let listed: Vec<_> = findings.iter().map(|name| json!({"name": name})).collect();
    json!({"registryId": ACCOUNT, "repositoryName": "shop", "imageId": {"imageDigest": digest(1)},
        "imageScanStatus": {"status": "COMPLETE"}, "nextToken": next,
        "imageScanFindings": {"enhancedFindings": listed, "findingSeverityCounts": {"HIGH": 3},
            "imageScanCompletedAt": 1_795_000_000.5}})
}

#[test]
fn the_pages_of_a_scan_become_one_report() {
    let package = Package::new();
    let pages = [
        (200, page(&["a", "b"], Some("t1"))),
        (200, page(&[], Some("t2"))),
        (200, page(&["c"], None)),
    ];
    package.aws.answers(OPERATION, &pages);
    assert!(
        package
            .events()
            .invoke(&batch(&[scan(1).to_string()]))
            .failed()
            .is_empty()
    );
    let report = fs::read_to_string(package.path("report")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report, page(&["a", "b", "c"], None));
    let asked = package.aws.asked();
    let first = json!({"registryId": ACCOUNT, "repositoryName": "shop", "maxResults": 1000,
        "imageId": {"imageDigest": digest(1)}});
    assert_eq!(asked[0], (OPERATION.to_owned(), first));
    let tokens: Vec<_> = asked
        .iter()
        .map(|(_, question)| &question["nextToken"])
        .collect();
    assert_eq!(tokens, [&Value::Null, &json!("t1"), &json!("t2")]);
}

#[test]
fn many_findings_of_one_image_in_a_batch_are_one_question() {
    let package = Package::new();
    package.aws.answers(OPERATION, &[(200, page(&["a"], None))]);
    let finding = |arn: &str| {
        let image = json!({"registry": ACCOUNT, "repositoryName": "shop", "imageHash": digest(1)});
        let resource =
            json!({"type": "AWS_ECR_CONTAINER_IMAGE", "details": {"awsEcrContainerImage": image}});
        let detail = json!({"findingArn": arn, "resources": [resource]});
        event("aws.inspector2", "Inspector2 Finding", &detail).to_string()
    };
    let bodies = [finding("a"), finding("b"), scan(1).to_string()];
    let function = package.events();
    assert!(function.invoke(&batch(&bodies)).failed().is_empty());
    assert_eq!((package.calls().len(), package.aws.asked().len()), (1, 1));
    // All of them share what came of it.
    package.mode("error 3");
    let bodies = [finding("c"), finding("d")];
    assert_eq!(function.invoke(&batch(&bodies)).failed(), ["m0", "m1"]);
    assert_eq!(package.calls().len(), 2);
}

#[test]
fn an_answer_that_is_none_is_a_failure_and_one_that_passes_is_waited_for() {
    let mut other_image = page(&[], None);
    other_image["imageId"]["imageDigest"] = json!(digest(9));
    let mut other_repository = page(&[], None);
    other_repository["repositoryName"] = json!("other");
    let right = (200, page(&[], None));
    let throttled = (
        400,
        json!({"__type": "ThrottlingException", "message": "Rate exceeded"}),
    );
    let nobody = (0, Value::Null);
    for (answers, done) in [
        (vec![throttled.clone(), right.clone()], true),
        (vec![(503, json!({})), nobody.clone(), right], true),
        (vec![throttled], false),
        (vec![nobody], false),
        (vec![(500, json!({}))], false),
        (
            vec![(400, json!({"__type": "ScanNotFoundException"}))],
            false,
        ),
        (
            vec![(400, json!({"__type": "AccessDeniedException"}))],
            false,
        ),
        (vec![(200, json!({}))], false),
        (vec![(200, json!("{"))], false),
        (vec![(200, other_image)], false),
        (vec![(200, other_repository)], false),
        (vec![(200, page(&["a"], Some("forever")))], false),
    ] {
        let package = Package::new();
        package.aws.answers(OPERATION, &answers);
        let failed = package
            .events()
            .invoke(&batch(&[scan(1).to_string()]))
            .failed();
        assert_eq!(failed.is_empty(), done, "{answers:?}");
        assert_eq!(package.calls().len(), usize::from(done), "{answers:?}");
    }
}
