//! The label `deployed`, and which versions of thresholds get it.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use super::room::{Room, stack};
use crate::files::iac;

/// A label says which version is the template's; it never goes to what somebody changed afterwards.
#[test]
fn what_the_template_wrote_is_labelled_and_nothing_else() {
    let room = Room::new();
    let template = fs::read(iac("cloudformation/foundation.yaml")).unwrap();
    fs::write(
        room.path("project/iac/cloudformation/foundation.yaml"),
        template,
    )
    .unwrap();
    let mut wanted: Vec<String> = Vec::new();
    let mut parameters: Vec<Value> = Vec::new();
    for (_, parameter) in stack("foundation").all("AWS::SSM::Parameter") {
        wanted.push(parameter["Name"].as_str().unwrap().to_owned());
        parameters
            .push(json!({"Name": parameter["Name"], "Value": parameter["Value"], "Version": 1}));
    }
    assert!(wanted.len() > 5);
    // One that was changed, and one that the template does not know.
    parameters[0]["Value"] = json!("{\"max-critical\": 5}");
    parameters[0]["Version"] = json!(2);
    let changed = wanted.remove(0);
    parameters.push(json!({"Name": "/gate/shop/dev/max-critical", "Value": "1", "Version": 1}));
    room.answer(
        "ssm.get-parameters-by-path",
        &json!({ "Parameters": parameters }),
    );
    let ran = room.deploy(&[]);
    assert!(
        ran.stderr
            .contains(&format!("threshold {changed}: version 2 is somebody's own")),
        "{ran:?}"
    );
    ran.success();
    let calls = room.calls();
    let labelled: BTreeSet<String> = calls
        .iter()
        .filter(|call| call.operation() == "aws ssm label-parameter-version")
        .map(|call| call.0[3..].join(" "))
        .collect();
    let wanted = wanted
        .iter()
        .map(|name| format!("--name {name} --parameter-version 1 --labels deployed"));
    assert_eq!(labelled, wanted.collect());

    // Set back to what the template says, it is the template's again, under another number.
    parameters[0]["Value"] = parameters[1]["Value"].clone();
    parameters[0]["Version"] = json!(3);
    room.answer(
        "ssm.get-parameters-by-path",
        &json!({ "Parameters": parameters }),
    );
    room.deploy(&[]).success();
    let calls = room.calls();
    let labelled: Vec<String> = calls
        .iter()
        .filter(|call| call.operation() == "aws ssm label-parameter-version")
        .map(super::call::Call::short)
        .collect();
    assert_eq!(
        labelled,
        [format!("aws ssm label-parameter-version {changed}")]
    );
}
