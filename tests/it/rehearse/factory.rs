//! The factory that the pipeline runs in, emulated: buckets, key, thresholds, clusters, a registry, two addresses.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::thread;

use serde_json::{Value, json};

use super::programs::Programs;
use super::registry::Registry;
use crate::aws::{Aws, REGION, SECRET};
use crate::foreign::kms_key;
use crate::gate::{Folder, Ran, files_below, target, workspace};

/// What is built, and where it goes.
pub(super) const APPLICATION: &str = "shop";
pub(super) const ENVIRONMENT: &str = "production";

const ECS: &str = "AmazonEC2ContainerServiceV20141113";

pub(super) struct Factory {
    pub(super) aws: Aws,
    pub(super) programs: Programs,
    pub(super) folder: Folder,
    registry: Registry,
    /// As `gate.toml` and what belongs to it are in the tools' bucket.
    profile: Folder,
    fingerprint: String,
    environment: Vec<(String, String)>,
}

/// A command that somebody could have typed, and what it answered.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) shown: String,
    pub(super) ran: Ran,
}

impl Factory {
    /// `None`, said on stderr, without an emulator or the command line of AWS.
    pub(super) fn new() -> Option<Self> {
        let aws = Aws::with_moto()?;
        let folder = Folder::new();
        let mut programs = Programs::new(folder.path())?;
        let registry = Registry::start(folder.path());
        programs.skopeo(registry.skopeo());
        let factory = Self {
            aws,
            programs,
            folder,
            registry,
            profile: Folder::new(),
            fingerprint: String::new(),
            environment: Vec::new(),
        };
        Some(factory.furnish())
    }

    fn furnish(mut self) -> Self {
        kms_key(&self.aws, APPLICATION, "ECC_NIST_P256");
        for bucket in [self.evidence_bucket(), self.tools_bucket()] {
            let place = format!(
                "<CreateBucketConfiguration><LocationConstraint>{REGION}</LocationConstraint></CreateBucketConfiguration>"
            );
            self.put(&bucket, "", place.into_bytes());
        }
        self.thresholds();
        for stage in ["staging", "production"] {
            self.service(stage);
        }
        self.autoscaling_group();
        let gate = self.store(
            "gate",
            "gate",
            fs::read(target().join("release/gate")).unwrap(),
        );
        let profile = self.profile();
        let profile = self.store("profile", "profile.tar", profile);
        self.environment = self.variables(&gate, &profile);
        self
    }

    fn evidence_bucket(&self) -> String {
        format!("evidence-{}", self.aws.account())
    }

    fn tools_bucket(&self) -> String {
        format!("tools-{}", self.aws.account())
    }

    fn put(&self, bucket: &str, key: &str, bytes: Vec<u8>) {
        let client = self.aws.client();
        let target = format!("/{bucket}/{key}");
        let request = client
            .request("s3", "PUT", target.trim_end_matches('/'))
            .body(bytes);
        let answer = client.ask(&request);
        assert!(answer.status < 300, "{target}: {answer:?}");
    }

    /// Puts a file where its digest says, and gives the digest.
    fn store(&self, kind: &str, name: &str, bytes: Vec<u8>) -> String {
        let file = self.folder.file(name, &bytes);
        let mut command = Command::new("sha256sum");
        let said = Ran::of(command.arg(file)).stdout;
        let digest = said.split(' ').next().unwrap().to_owned();
        self.put(
            &self.tools_bucket(),
            &format!("{kind}/{digest}/{name}"),
            bytes,
        );
        digest
    }

    /// What the foundation gives to begin with: no critical and no high finding, at any gate.
    fn thresholds(&self) {
        for (name, value) in [("max-critical", "0"), ("max-high", "0")] {
            let path = format!("{}/{name}", self.threshold_path());
            let body = json!({"Name": path, "Value": value, "Type": "String"});
            self.aws
                .client()
                .json("ssm", "AmazonSSM.PutParameter", &body);
        }
    }

    fn threshold_path(&self) -> String {
        format!("/gate/{APPLICATION}/{ENVIRONMENT}")
    }

    fn ecs(&self, operation: &str, body: &Value) -> Value {
        self.aws
            .client()
            .json("ecs", &format!("{ECS}.{operation}"), body)
    }

    /// A service as Terraform leaves it: something harmless runs, and nothing of ours.
    fn service(&self, stage: &str) {
        self.ecs("CreateCluster", &json!({"clusterName": stage}));
        let app = json!({"name": "app", "image": "placeholder", "memory": 256, "portMappings": [{"containerPort": 8080}]});
        let falco = json!({"name": "falco", "image": "falco", "memory": 128});
        let definition = json!({"family": stage, "containerDefinitions": [app, falco]});
        self.ecs("RegisterTaskDefinition", &definition);
        let target_group = format!(
            "arn:aws:elasticloadbalancing:{REGION}:{}:targetgroup/{stage}/0",
            self.aws.account()
        );
        let service = json!({
            "cluster": stage, "serviceName": stage, "taskDefinition": stage,
            "desiredCount": if stage == "staging" { 0 } else { 2 },
            "loadBalancers": [{"targetGroupArn": target_group, "containerName": "app", "containerPort": 8080}],
        });
        self.ecs("CreateService", &service);
    }

    fn autoscaling_group(&self) {
        let client = self.aws.client();
        for form in [
            "Action=CreateLaunchConfiguration&Version=2011-01-01&LaunchConfigurationName=staging&ImageId=ami-12c6146b\
             &InstanceType=t3.micro",
            &format!(
                "Action=CreateAutoScalingGroup&Version=2011-01-01&AutoScalingGroupName=staging\
                 &LaunchConfigurationName=staging&MinSize=0&MaxSize=2&DesiredCapacity=0\
                 &AvailabilityZones.member.1={REGION}a"
            ),
        ] {
            let request = client.request("autoscaling", "POST", "/");
            let request = request.with("content-type", "application/x-www-form-urlencoded");
            let answer = client.ask(&request.body(form.to_owned()));
            assert_eq!(answer.status, 200, "{answer:?}");
        }
    }

    fn described(&self, stage: &str) -> Value {
        let asked = json!({"cluster": stage, "services": [stage]});
        self.ecs("DescribeServices", &asked)["services"][0].clone()
    }

    /// How many tasks of a stage are wanted.
    pub(super) fn desired(&self, stage: &str) -> u64 {
        self.described(stage)["desiredCount"].as_u64().unwrap()
    }

    /// The image that a stage was last told to run.
    pub(super) fn deployed(&self, stage: &str) -> String {
        let asked = json!({"taskDefinition": self.described(stage)["taskDefinition"]});
        let definition = self.ecs("DescribeTaskDefinition", &asked);
        let containers = definition["taskDefinition"]["containerDefinitions"]
            .as_array()
            .unwrap();
        let app = containers
            .iter()
            .find(|container| container["name"] == "app");
        app.unwrap()["image"].as_str().unwrap().to_owned()
    }

    /// What was pushed: tags and digests.
    pub(super) fn pushed(&self) -> BTreeMap<String, String> {
        self.registry.pushed(APPLICATION)
    }

    pub(super) fn image_repository(&self) -> String {
        format!("{}/{APPLICATION}", self.registry.host())
    }

    /// The profile as an archive, with the public half of the key.
    fn profile(&mut self) -> Vec<u8> {
        let from = workspace().join("iac/profile");
        for path in files_below(&from) {
            let name = path.strip_prefix(&from).unwrap().to_str().unwrap();
            self.profile.file(name, fs::read(&path).unwrap());
        }
        let shown = self.gate(&["key", "show", &signing_key(), "--format", "json"]);
        assert_eq!(shown.code, 0, "{shown:?}");
        self.fingerprint = shown.json()["fingerprint"].as_str().unwrap().to_owned();
        let key = shown.json()["public_key"].as_str().unwrap().to_owned();
        self.profile.file("keys/gate.pub", key);
        let archive = self.folder.path().join("profile.tar");
        let mut tar = Command::new("tar");
        let tar = tar
            .arg("--create")
            .arg("--file")
            .arg(&archive)
            .arg("--directory");
        assert!(
            tar.arg(self.profile.path())
                .arg(".")
                .status()
                .unwrap()
                .success()
        );
        fs::read(archive).unwrap()
    }

    /// What a project of CodeBuild has in its environment, and the way to the emulators.
    pub(super) fn environment(&self) -> Vec<(String, String)> {
        self.environment.clone()
    }

    fn variables(&self, gate: &str, profile: &str) -> Vec<(String, String)> {
        let address = answering();
        let contract = fs::read(workspace().join("iac/contract.json")).unwrap();
        let contract: Value = serde_json::from_slice(&contract).unwrap();
        let values = contract["values"].as_array().unwrap();
        let named = values
            .iter()
            .filter_map(|value| Some((value["name"].as_str()?, value["environment"].as_str()?)));
        let named = named.map(|(name, variable)| {
            let value = match name {
                "project" | "repository_name" => APPLICATION.to_owned(),
                "environment" => ENVIRONMENT.to_owned(),
                "repository_url" => self.image_repository(),
                "tools_bucket_name" => self.tools_bucket(),
                "thresholds" => self.threshold_path(),
                "gate_digest" => gate.to_owned(),
                "profile_digest" => profile.to_owned(),
                "staging_url" | "production_url" => format!("http://{address}/"),
                // Handed on to ECS, which moto is not: no one looks behind them.
                name if name.ends_with("_arn") => {
                    format!("arn:aws:iam::{}:{name}", self.aws.account())
                }
                name if name.starts_with("staging") => "staging".to_owned(),
                name if name.starts_with("production") => "production".to_owned(),
                name => panic!("{name} is new in the contract: what is it here?"),
            };
            (variable.to_owned(), value)
        });
        let mut all: Vec<_> = named.collect();
        let more = [
            ("PATH", self.programs.path()),
            ("GATE_EVIDENCE", self.evidence_uri()),
            ("GATE_SIGN", signing_key()),
            ("AWS_ENDPOINT_URL", self.aws.endpoint()),
            ("AWS_ACCESS_KEY_ID", self.aws.access_key()),
            ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_DEFAULT_REGION", REGION.to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ];
        all.extend(more.map(|(name, value)| (name.to_owned(), value)));
        all
    }

    fn evidence_uri(&self) -> String {
        format!("s3://{}/{APPLICATION}", self.evidence_bucket())
    }

    /// The program at the profile, with the way here.
    fn gate(&self, arguments: &[&str]) -> Ran {
        self.aws.gate(&self.profile, arguments)
    }

    /// What stands before a deployment, asked about a digest.
    pub(super) fn verify(&self, digest: &str, require: &str) -> Answered {
        self.verify_from(digest, require, &["--evidence", &self.evidence_uri()])
    }

    fn verify_from(&self, digest: &str, require: &str, from: &[&str]) -> Answered {
        let subject = format!("{}@{digest}", self.image_repository());
        let mut arguments = vec![
            "verify",
            "--subject",
            &subject,
            "--environment",
            ENVIRONMENT,
        ];
        arguments.extend(["--require", require]);
        arguments.extend(from);
        let shown = format!("gate {}", arguments.join(" "));
        let ran = self.gate(&arguments);
        Answered { shown, ran }
    }

    /// The same about another digest, with the verdicts of a digest rewritten to speak of it.
    pub(super) fn verify_forged(&self, digest: &str, other: &str, require: &str) -> Answered {
        let digest = digest.trim_start_matches("sha256:");
        let other_digits = other.trim_start_matches("sha256:");
        let forged = super::transcript::forged(&self.evidence(), digest, other_digits);
        assert!(!forged.is_empty(), "no verdict to forge");
        for (gate, envelope) in &forged {
            self.profile.file(&format!("forged/{gate}.json"), envelope);
        }
        self.verify_from(other, require, &["--attestation", "forged"])
    }

    /// Without what this rehearsal alone is called: the registry, the account, the key.
    pub(super) fn neutral(&self, text: &str) -> String {
        text.replace(&self.registry.host(), "registry.example")
            .replace(&format!("-{}", self.aws.account()), "")
            .replace(&self.fingerprint, "the key of the factory")
    }

    /// What is kept below the application's name.
    pub(super) fn evidence(&self) -> BTreeMap<String, Vec<u8>> {
        let bucket = self.evidence_bucket();
        let client = self.aws.client();
        let get = |target: &str| client.ask(&client.request("s3", "GET", target)).body;
        let mut objects = BTreeMap::new();
        let mut from = String::new();
        loop {
            let listed = get(&format!("/{bucket}?list-type=2&max-keys=1000{from}"));
            let listed = String::from_utf8(listed).unwrap();
            let keys = listed
                .split("<Key>")
                .skip(1)
                .map(|rest| rest.split('<').next().unwrap());
            let keys: Vec<_> = keys.map(str::to_owned).collect();
            for key in &keys {
                let below = key
                    .strip_prefix(APPLICATION)
                    .unwrap()
                    .trim_start_matches('/');
                objects.insert(below.to_owned(), get(&format!("/{bucket}/{key}")));
            }
            match keys.last() {
                Some(last) if listed.contains("<IsTruncated>true") => {
                    from = format!("&start-after={last}");
                }
                _ => return objects,
            }
        }
    }

    /// Copies the bucket, as an auditor would.
    pub(super) fn copy_evidence(&self, to: &Folder) {
        for (name, bytes) in self.evidence() {
            to.file(&format!("evidence/{name}"), bytes);
        }
    }

    /// How many verdicts Security Hub holds that closed a gate.
    pub(super) fn hub_failed(&self) -> usize {
        let held = self.aws.hub().held();
        let verdicts = held.iter().filter(|(id, _)| id.ends_with("/verdict"));
        verdicts
            .filter(|(_, held)| held.finding["Compliance"]["Status"] == "FAILED")
            .count()
    }

    /// The text of a buildspec.
    pub(super) fn buildspec(name: &str) -> Value {
        let path = workspace()
            .join("iac/buildspecs")
            .join(format!("{name}.yml"));
        super::yaml::yaml(
            &fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())),
        )
    }

    /// Puts into a home what skopeo looks for there. The registry of this machine speaks no TLS.
    pub(super) fn home(&self, home: &Path) {
        let containers = home.join(".config/containers");
        fs::create_dir_all(&containers).unwrap();
        let accept = r#"{"default": [{"type": "insecureAcceptAnything"}]}"#;
        fs::write(containers.join("policy.json"), accept).unwrap();
        let host = self.registry.host();
        let registry = format!("[[registry]]\nlocation = \"{host}\"\ninsecure = true\n");
        fs::write(containers.join("registries.conf"), registry).unwrap();
    }
}

fn signing_key() -> String {
    format!("awskms:///alias/{APPLICATION}")
}

/// An address that answers every request with a page, as a healthy application does.
fn answering() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _request = stream.read(&mut [0; 4096]);
            let _answer = stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
        }
    });
    address
}
