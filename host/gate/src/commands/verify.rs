//! `gate verify`: proves by signed verdicts that what is to be deployed has passed its gates.

mod shown;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use gate_core::code::Code;
use gate_core::exit_code::ExitCode;
use gate_core::gate::GateName;
use gate_core::ports::StateStore;
use gate_core::request::Subject;
use gate_core::time::Moment;
use gate_evidence::signing::dsse::MAX_BYTES;
use gate_evidence::signing::refusal::Refusal;
use gate_evidence::signing::verify::{Attestation, Demand, Pair, Verification, verify};

use crate::aws::Aws;
use crate::cli::Verify;
use crate::commands::evaluate::{moment, parse_subject};
use crate::config::{self, AgeLimit, Profile};
use crate::evidence;
use crate::failure::{Failure, Result};
use crate::signing;

use shown::Shown;

/// How old a verdict may be where nobody says.
const MAX_AGE: &str = "24h";

pub(crate) fn run(profile: Option<&Path>, args: &Verify) -> Result<ExitCode> {
    let profile = Profile::load(profile)?;
    let subject = parse_subject(&args.subject)?;
    let asked = Asked::new(args, &profile, &subject)?;
    let mut given = 0;
    let (verification, proven) = match asked.demand(&subject, args) {
        Ok(demand) => {
            let attestations = attestations(args, &profile, &demand)?;
            given = attestations.len();
            let verification = verify(&demand, &attestations);
            let proven = verification.is_proven(&demand);
            (verification, proven)
        }
        Err(refused) => (refused, false),
    };
    let shown = Shown::new(args, &asked, &subject, given, proven, &verification);
    args.output.write(&shown, || &shown)?;
    Ok(if proven {
        ExitCode::Open
    } else {
        ExitCode::Closed
    })
}

/// What is asked, by flags and profile.
struct Asked {
    gates: Vec<GateName>,
    resource: String,
    trusted: Vec<Pair>,
    max_age: AgeLimit,
    rules: std::collections::BTreeSet<gate_core::digest::Digest>,
    at: Moment,
}

impl Asked {
    fn new(args: &Verify, profile: &Profile, subject: &Subject) -> Result<Self> {
        let rules = &profile.verify;
        let environment = args.environment.as_deref();
        if environment.is_some() {
            profile.check_environment(environment)?;
        }
        let own = rules
            .resource
            .as_ref()
            .or(profile.signing.resource.as_ref());
        let template = signing::resource(args.resource_uri.as_deref(), own)?.ok_or_else(|| {
            missing("for what the verdicts have to be made")
                .help("say `--resource-uri`, or add `resource` under `[verify]` in the profile")
        })?;
        let resource = template.filled(&subject.name, environment);
        let resource =
            resource.map_err(|error| config(error.to_string()).help("say `--environment`"))?;
        let max_age = args.max_age.or(rules.max_age);
        let standard = || MAX_AGE.parse().unwrap_or(AgeLimit(None));
        Ok(Self {
            gates: gates(args, profile)?,
            resource,
            trusted: trusted(args, profile)?,
            max_age: max_age.unwrap_or_else(standard),
            rules: match args.policies.as_slice() {
                [] => rules.policies.clone(),
                policies => policies.iter().copied().collect(),
            },
            at: moment(args.at.as_deref())?,
        })
    }

    /// What has to be proven, or that nothing can be.
    fn demand(
        &self,
        subject: &Subject,
        args: &Verify,
    ) -> std::result::Result<Demand, Verification> {
        let digest = subject.digest.ok_or_else(|| {
            let what = format!("`{}` has no digest", subject.name);
            Verification::refusing(Refusal::SubjectWithoutDigest, what)
        })?;
        let mut platforms = args.platforms.clone();
        platforms.sort_unstable();
        platforms.dedup();
        platforms.retain(|platform| *platform != digest);
        Ok(Demand {
            subject: digest,
            platforms,
            gates: self.gates.clone(),
            resource: self.resource.clone(),
            trusted: self.trusted.clone(),
            max_age: self.max_age.0,
            rules: self.rules.clone(),
            at: self.at,
        })
    }
}

fn gates(args: &Verify, profile: &Profile) -> Result<Vec<GateName>> {
    let mut gates = Vec::new();
    for name in &args.require {
        let gate = GateName::new(name);
        gates.push(gate.map_err(|error| config(format!("`--require {name}`: {error}")))?);
    }
    if gates.is_empty() {
        gates.extend(profile.verify.require.iter().cloned());
    }
    gates.sort_unstable();
    gates.dedup();
    if gates.is_empty() {
        return Err(missing("which gates have to be passed")
            .help("say `--require`, or add `require` under `[verify]` in the profile"));
    }
    Ok(gates)
}

/// Who is believed: each verifier with the key that it signs with.
fn trusted(args: &Verify, profile: &Profile) -> Result<Vec<Pair>> {
    let mut trusted = Vec::new();
    if let Some(id) = &args.verifier_id {
        let verifier = config::verifier(id);
        let verifier =
            verifier.map_err(|error| config(format!("`--verifier-id {id}`: {error}")))?;
        for path in &args.keys {
            trusted.push(Pair {
                verifier: verifier.clone(),
                key: signing::public_key(path)?,
            });
        }
        return Ok(trusted);
    }
    for (verifier, path) in &profile.verify.trusted {
        trusted.push(Pair {
            verifier: verifier.clone(),
            key: signing::public_key(path)?,
        });
    }
    if trusted.is_empty() {
        return Err(missing("who is believed")
            .help("say `--key` and `--verifier-id`, or add `[[verify.trusted]]` to the profile"));
    }
    Ok(trusted)
}

/// What is given as proof: what the flags name, and what an evidence store has about the images.
fn attestations(args: &Verify, profile: &Profile, demand: &Demand) -> Result<Vec<Attestation>> {
    let mut given = Vec::new();
    for path in &args.attestations {
        let unreadable = |error: std::io::Error| {
            config(format!("reading `{}`: {error}", path.display()))
                .help("name a signed verdict, or a directory of them")
        };
        for file in signing::files(path).map_err(unreadable)? {
            given.push(Attestation {
                name: file.display().to_string(),
                bytes: read(&file).map_err(unreadable)?,
            });
        }
    }
    if args.evidence.is_some() || args.attestations.is_empty() {
        let aws = Aws::of(profile);
        let store = evidence::store(args.evidence.as_deref(), profile, &aws)?;
        stored(&*store, demand, &mut given)?;
    }
    Ok(given)
}

/// What an evidence store has. Each verdict is there in two forms, of which one is enough.
fn stored(store: &dyn StateStore, demand: &Demand, given: &mut Vec<Attestation>) -> Result<()> {
    for digest in [demand.subject].iter().chain(&demand.platforms) {
        for name in store.list_state(&signing::folder_of(digest))? {
            if !name.ends_with(".dsse.json") {
                continue;
            }
            if let Some(state) = store.state(&name)? {
                given.push(Attestation {
                    name,
                    bytes: state.bytes,
                });
            }
        }
    }
    Ok(())
}

/// Reads a file as far as anything of this kind can be long, and one byte more.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
    File::open(path)?
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn config(what: String) -> Failure {
    Failure::new(Code::ConfigInvalid, what)
}

fn missing(what: &str) -> Failure {
    config(format!("nobody says {what}"))
}
