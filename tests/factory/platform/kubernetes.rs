//! Manifests: hardened as they have to be, whole by the schema of Kubernetes, and refused by the gate for each step back.

mod deploy;
mod gate;
mod nothing;

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::{Value, json};

use super::{list, said};
use crate::files::{iac, text};
use crate::tool::{run, tool};
use crate::yaml::documents;

/// All shipped manifests, by kind and name.
fn manifests() -> BTreeMap<String, Value> {
    let folder = iac("k8s/base");
    let kustomization = documents(&text(&folder.join("kustomization.yaml")));
    let resources = list(&kustomization[0], "/resources").iter();
    let mut files: Vec<_> = resources
        .map(|file| folder.join(file.as_str().unwrap()))
        .collect();
    files.push(iac("k8s/namespace.yaml"));
    let mut all = BTreeMap::new();
    for file in files {
        for manifest in documents(&text(&file)) {
            let name = format!(
                "{} {}",
                said(&manifest, "/kind"),
                said(&manifest, "/metadata/name")
            );
            let twice = all.insert(name.clone(), manifest);
            assert!(twice.is_none(), "{name} twice");
        }
    }
    all
}

#[test]
fn every_file_of_the_folder_is_a_resource() {
    let folder = iac("k8s/base");
    let kustomization = documents(&text(&folder.join("kustomization.yaml")));
    let listed = list(&kustomization[0], "/resources").len();
    assert_eq!(crate::files::below(&folder).len(), listed + 1);
    let kinds: Vec<String> = manifests().into_keys().collect();
    let expected = [
        "Deployment application",
        "Ingress application",
        "Namespace application",
        "NetworkPolicy application",
        "NetworkPolicy default-deny",
        "PodDisruptionBudget application",
        "Service application",
        "Service application-metrics",
        "ServiceAccount application",
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn every_manifest_is_whole_by_the_strict_schema_of_kubernetes() {
    let Some(validate) = tool("kubernetes-validate") else {
        return;
    };
    let mut files = crate::files::below(&iac("k8s/base"));
    files.push(iac("k8s/namespace.yaml"));
    let files = files
        .iter()
        .filter(|file| !file.ends_with("kustomization.yaml"));
    let ran = run(Command::new(validate).arg("--strict").args(files));
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert_eq!(said.matches(" passed for resource ").count(), 9, "{said}");
}

#[test]
fn the_workload_is_hardened() {
    let manifests = manifests();
    let pod = "/spec/template/spec";
    let container = "/spec/template/spec/containers/0";
    let rows: &[(&str, String, Value)] = &[
        ("Deployment", "/spec/replicas".into(), json!(3)),
        (
            "Deployment",
            "/spec/strategy/rollingUpdate/maxSurge".into(),
            json!(1),
        ),
        (
            "Deployment",
            "/spec/strategy/rollingUpdate/maxUnavailable".into(),
            json!(0),
        ),
        (
            "Deployment",
            format!("{pod}/serviceAccountName"),
            json!("application"),
        ),
        (
            "Deployment",
            format!("{pod}/automountServiceAccountToken"),
            json!(false),
        ),
        (
            "Deployment",
            format!("{pod}/enableServiceLinks"),
            json!(false),
        ),
        ("Deployment", format!("{pod}/hostNetwork"), json!(false)),
        ("Deployment", format!("{pod}/hostPID"), json!(false)),
        ("Deployment", format!("{pod}/hostIPC"), json!(false)),
        (
            "Deployment",
            format!("{pod}/securityContext/runAsNonRoot"),
            json!(true),
        ),
        (
            "Deployment",
            format!("{pod}/securityContext/runAsUser"),
            json!(10000),
        ),
        (
            "Deployment",
            format!("{pod}/securityContext/seccompProfile/type"),
            json!("RuntimeDefault"),
        ),
        (
            "Deployment",
            format!("{container}/securityContext/runAsNonRoot"),
            json!(true),
        ),
        (
            "Deployment",
            format!("{container}/securityContext/runAsUser"),
            json!(10000),
        ),
        (
            "Deployment",
            format!("{container}/securityContext/privileged"),
            json!(false),
        ),
        (
            "Deployment",
            format!("{container}/securityContext/allowPrivilegeEscalation"),
            json!(false),
        ),
        (
            "Deployment",
            format!("{container}/securityContext/readOnlyRootFilesystem"),
            json!(true),
        ),
        (
            "Deployment",
            format!("{container}/securityContext/capabilities"),
            json!({"drop": ["ALL"]}),
        ),
        (
            "Deployment",
            format!("{container}/imagePullPolicy"),
            json!("Always"),
        ),
        (
            "ServiceAccount",
            "/automountServiceAccountToken".into(),
            json!(false),
        ),
        (
            "Namespace",
            "/metadata/labels/pod-security.kubernetes.io~1enforce".into(),
            json!("restricted"),
        ),
        ("Service", "/spec/type".into(), json!("ClusterIP")),
        (
            "Ingress",
            "/spec/tls/0/hosts/0".into(),
            json!("application.example.com"),
        ),
        (
            "Ingress",
            "/spec/rules/0/host".into(),
            json!("application.example.com"),
        ),
        (
            "Ingress",
            "/metadata/annotations/alb.ingress.kubernetes.io~1ssl-redirect".into(),
            json!("443"),
        ),
    ];
    for (kind, pointer, expected) in rows {
        let manifest = &manifests[&format!("{kind} application")];
        assert_eq!(
            manifest.pointer(pointer),
            Some(expected),
            "{kind} {pointer}"
        );
    }
    let deployment = &manifests["Deployment application"];
    assert_eq!(list(deployment, &format!("{pod}/containers")).len(), 1);
    for kind in ["requests", "limits"] {
        for resource in ["cpu", "memory", "ephemeral-storage"] {
            said(
                deployment,
                &format!("{container}/resources/{kind}/{resource}"),
            );
        }
    }
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
        assert_eq!(
            said(deployment, &format!("{container}/{probe}/httpGet/path")),
            "/health"
        );
    }
    let spread = list(deployment, &format!("{pod}/topologySpreadConstraints"));
    let over: Vec<&str> = spread.iter().map(|one| said(one, "/topologyKey")).collect();
    assert_eq!(
        over,
        ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]
    );
    // Only volumes that hold nothing: no path of the host, no secret, no token.
    for volume in list(deployment, &format!("{pod}/volumes")) {
        let of: Vec<&String> = volume.as_object().unwrap().keys().collect();
        assert_eq!(of, ["emptyDir", "name"], "{volume}");
        said(volume, "/emptyDir/sizeLimit");
    }
    // The digest of the shipped file is one that nothing has.
    let image = said(deployment, &format!("{container}/image"));
    let (name, digest) = image.split_once("@sha256:").unwrap();
    assert!(
        !name[name.rfind('/').unwrap()..].contains(':'),
        "a tag: {image}"
    );
    assert_eq!(digest, "0".repeat(64));
}

/// A budget that leaves a node to be drained, and a policy, a service and probes that all mean the same pods.
#[test]
fn everything_means_the_same_pods() {
    let manifests = manifests();
    let deployment = &manifests["Deployment application"];
    let labels = &deployment["spec"]["template"]["metadata"]["labels"];
    for (what, pointer) in [
        ("Deployment application", "/spec/selector/matchLabels"),
        (
            "PodDisruptionBudget application",
            "/spec/selector/matchLabels",
        ),
        ("NetworkPolicy application", "/spec/podSelector/matchLabels"),
        ("Service application", "/spec/selector"),
        ("Service application-metrics", "/spec/selector"),
        (
            "Deployment application",
            "/spec/template/spec/topologySpreadConstraints/0/labelSelector/matchLabels",
        ),
        (
            "Deployment application",
            "/spec/template/spec/topologySpreadConstraints/1/labelSelector/matchLabels",
        ),
    ] {
        assert_eq!(
            manifests[what].pointer(pointer),
            Some(labels),
            "{what} {pointer}"
        );
    }
    let kept = &manifests["PodDisruptionBudget application"]["spec"]["minAvailable"];
    assert!(kept.as_i64().unwrap() < deployment["spec"]["replicas"].as_i64().unwrap());
    for (what, manifest) in &manifests {
        let namespace = manifest.pointer("/metadata/namespace");
        let expected = (!what.starts_with("Namespace")).then(|| json!("application"));
        assert_eq!(namespace, expected.as_ref(), "{what}");
    }
    let account = &manifests["ServiceAccount application"]["metadata"]["name"];
    assert_eq!(
        &deployment["spec"]["template"]["spec"]["serviceAccountName"],
        account
    );
}

/// From the load balancer to the process: a port that differs on the way is an application that nobody reaches.
#[test]
fn ports_agree_on_the_whole_way() {
    let manifests = manifests();
    let container =
        &manifests["Deployment application"]["spec"]["template"]["spec"]["containers"][0];
    let port = &container["ports"][0];
    assert_eq!(list(container, "/ports").len(), 1);
    let service = &manifests["Service application"];
    assert_eq!(service["spec"]["ports"][0]["targetPort"], port["name"]);
    let of_metrics = &manifests["Service application-metrics"]["spec"];
    assert_eq!(of_metrics["clusterIP"], "None");
    assert_eq!(of_metrics["ports"][0]["targetPort"], port["name"]);
    assert_eq!(of_metrics["ports"][0]["port"], port["containerPort"]);
    let backend = &manifests["Ingress application"]["spec"]["rules"][0]["http"]["paths"][0]["backend"]
        ["service"];
    assert_eq!(backend["name"], service["metadata"]["name"]);
    assert_eq!(backend["port"]["name"], service["spec"]["ports"][0]["name"]);
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
        assert_eq!(container[probe]["httpGet"]["port"], port["name"], "{probe}");
    }
    let policy = &manifests["NetworkPolicy application"];
    let ingress = list(policy, "/spec/ingress");
    assert_eq!(ingress.len(), 2, "the load balancer and Prometheus");
    for rule in ingress {
        let expected = json!([{"protocol": "TCP", "port": port["containerPort"]}]);
        assert_eq!(rule["ports"], expected, "{rule}");
    }
}

#[test]
fn nothing_goes_in_or_out_but_what_is_said() {
    let manifests = manifests();
    let deny = &manifests["NetworkPolicy default-deny"]["spec"];
    assert_eq!(
        *deny,
        json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})
    );
    let policy = &manifests["NetworkPolicy application"];
    let rules = || {
        list(policy, "/spec/ingress")
            .iter()
            .chain(list(policy, "/spec/egress"))
    };
    for rule in rules() {
        // A rule without peers or without ports is one for all of them.
        let peers = list(rule, "/from").iter().chain(list(rule, "/to"));
        assert!(
            peers.clone().count() > 0 && !list(rule, "/ports").is_empty(),
            "{rule}"
        );
        for peer in peers {
            assert_ne!(peer.pointer("/ipBlock/cidr"), Some(&json!("0.0.0.0/0")));
            let everybody = [json!({"podSelector": {}}), json!({"namespaceSelector": {}})];
            assert!(!everybody.contains(peer), "{peer}");
        }
    }
    let out: Vec<(&str, i64)> = list(policy, "/spec/egress")
        .iter()
        .flat_map(|rule| list(rule, "/ports"))
        .map(|port| (said(port, "/protocol"), port["port"].as_i64().unwrap()))
        .collect();
    assert_eq!(out, [("UDP", 53), ("TCP", 53), ("TCP", 5432)]);
}

#[test]
fn the_load_balancer_speaks_tls_and_sends_the_rest_there() {
    let manifests = manifests();
    let annotations = &manifests["Ingress application"]["metadata"]["annotations"];
    let of = |name: &str| said(annotations, &format!("/alb.ingress.kubernetes.io~1{name}"));
    let listeners: Value = serde_json::from_str(of("listen-ports")).unwrap();
    assert_eq!(listeners, json!([{"HTTP": 80}, {"HTTPS": 443}]));
    assert!(of("ssl-policy").starts_with("ELBSecurityPolicy-TLS13-"));
    assert!(of("load-balancer-attributes").contains("drop_invalid_header_fields.enabled=true"));
    let container =
        &manifests["Deployment application"]["spec"]["template"]["spec"]["containers"][0];
    let health = &container["readinessProbe"]["httpGet"]["path"];
    assert_eq!(of("healthcheck-path"), health.as_str().unwrap());
}
