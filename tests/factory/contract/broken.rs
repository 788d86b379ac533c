//! Contracts with one fault each.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::problems;

/// Makes a contract wrong.
type Fault = fn(&mut Value);

fn small() -> Value {
    json!({
        "stacks": ["first", "second"],
        "environments": {"dev": "dev"},
        "kept": ["module.x"],
        "settings": {"PROJECT": {"says": "a name", "pattern": "^[a-z]+$"}},
        "values": [
            {"name": "project", "from": {"setting": "PROJECT"}, "variable": "project", "parameters": {"Project": ["first", "second"]}, "environment": "APPLICATION"},
            {"name": "network", "from": {"output": "network"}, "parameters": {"Network": ["second"]}},
            {"name": "key", "from": {"stack": "first", "output": "Key"}, "parameters": {"Key": ["second"]}, "ssm": "/gate/{project}"},
            {"name": "digest", "from": {"file": "gate"}, "parameters": {"Digest": ["second"]}},
            {"name": "address", "from": {"output": "address"}},
        ],
    })
}

#[test]
fn each_fault_is_found() {
    let scripts = BTreeSet::from(["address".to_owned()]);
    assert_eq!(problems(&small(), &scripts), [""; 0]);
    let faults: Vec<(Fault, &str)> = vec![
        (
            |it| drop(it.as_object_mut().unwrap().remove("stacks")),
            "`stacks` is missing",
        ),
        (
            |it| drop(it.as_object_mut().unwrap().remove("values")),
            "`values` is missing",
        ),
        (|it| it["more"] = json!(1), "`more` is no part"),
        (
            |it| it["stacks"] = json!(["first", "second", "second"]),
            "the stack second stands there 2 times",
        ),
        (
            |it| it["stacks"] = json!(["second", "first"]),
            "stack `second` takes it before it is given",
        ),
        (
            |it| it["settings"]["PROJECT"]["pattern"] = json!("[a-z]+"),
            "not about the whole text",
        ),
        (
            |it| it["settings"]["PROJECT"]["not"] = json!(""),
            "no pattern from its beginning",
        ),
        (
            |it| it["settings"]["PROJECT"]["not"] = json!(["^aws"]),
            "no pattern from its beginning",
        ),
        (
            |it| it["settings"]["PROJECT"]["says"] = json!(""),
            "has no `says`",
        ),
        (
            |it| it["settings"]["PROJECT"]["pattern"] = json!("^a\tb$"),
            "has no `pattern` of one line",
        ),
        (
            |it| drop(it["values"][0].as_object_mut().unwrap().remove("name")),
            "a value without a name",
        ),
        (
            |it| drop(it["values"][1].as_object_mut().unwrap().remove("from")),
            "`network`: it comes from nowhere",
        ),
        (
            |it| it["values"][1]["from"] = json!({"output": "network", "setting": "PROJECT"}),
            "it comes from nowhere",
        ),
        (
            |it| it["values"][1]["from"] = json!({"output": 5}),
            "it comes from nowhere",
        ),
        (
            |it| it["values"][3]["from"] = json!({"file": "another"}),
            "`digest`: it comes from nowhere",
        ),
        (
            |it| it["values"][0]["from"] = json!({"setting": "OTHER"}),
            "there is no setting `OTHER`",
        ),
        (
            |it| it["values"][2]["from"]["stack"] = json!("third"),
            "`key`: there is no stack `third`",
        ),
        (
            |it| it["values"][2]["parameters"] = json!({"Key": ["first"]}),
            "takes it before it is given",
        ),
        (
            |it| it["values"][1]["parameters"] = json!({"Network": ["third"]}),
            "`network`: there is no stack `third`",
        ),
        (
            |it| it["values"][1]["parameters"] = json!({"Network": []}),
            "no stack takes `Network`",
        ),
        (
            |it| it["values"][1]["parameters"] = json!({}),
            "nobody takes `network`",
        ),
        (
            |it| it["values"][1]["parameters"] = json!({"Project": ["second"]}),
            "the parameter Project of stack second stands there 2 times",
        ),
        (
            |it| it["values"][1]["name"] = json!("project"),
            "the value project stands there 2 times",
        ),
        (
            |it| it["values"][4]["from"] = json!({"output": "network"}),
            "the source {\"output\":\"network\"} stands there 2 times",
        ),
        (
            |it| it["values"][1]["environment"] = json!("APPLICATION"),
            "the variable of builds APPLICATION stands there 2 times",
        ),
        (
            |it| it["values"][1]["variable"] = json!("network"),
            "has to be a setting",
        ),
        (
            |it| it["values"][2]["ssm"] = json!("/gate/{projekt}"),
            "the path names `projekt`",
        ),
        (
            |it| it["values"][2]["parameter"] = json!({}),
            "there is no key `parameter`",
        ),
        (
            |it| drop(it["values"].as_array_mut().unwrap().remove(4)),
            "the scripts read `address`",
        ),
    ];
    for (fault, says) in faults {
        let mut contract = small();
        fault(&mut contract);
        let found = problems(&contract, &scripts);
        assert!(
            found.iter().any(|problem| problem.contains(says)),
            "{says}: {found:?}"
        );
    }
}
