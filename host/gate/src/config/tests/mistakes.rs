//! What is refused of a profile, and how it is named.

use gate_core::digest::Digest;

use super::*;

fn error(text: &str) -> String {
    Profile::parse(Some(text), Path::new(""), "gate.toml")
        .unwrap_err()
        .to_string()
}

#[test]
fn every_mistake_is_named() {
    let adapter = |tool: &str, component: &str| {
        let digest = Digest::of(b"");
        format!("format = 1\n[adapters.{tool}]\ncomponent = \"{component}\"\ndigest = \"{digest}\"")
    };
    let variant = |tables: &str| {
        format!("format = 1\n[[select]]\nsubject = \"shop/*\"\nvariant = \"strict\"\n{tables}")
    };
    for (text, what) in [
        ("", "missing field `format`"),
        ("format = 2", "`format` is 2"),
        ("format = 1\nformat = 1", "duplicate key"),
        ("format = 1\nsurprise = 1", "unknown field `surprise`"),
        (
            "format = 1\n[gates.imgae]",
            "`gates.imgae` is not one of the standard gates",
        ),
        (
            "format = 1\n[gates.image]\npolicies = [\"severity\"]",
            "there is no policy `severity`",
        ),
        (
            "format = 1\n[gates.image]\nrequire = [{ at-least = -1 }]",
            "line 3",
        ),
        (
            "format = 1\n[gates.image]\nrequire = [{ tool = \"Trivy\", at-least = 1 }]",
            "names the tool `Trivy`",
        ),
        (
            "format = 1\n[policies.severity-over-budget]\npath = \"x\"",
            "needs a name of its own",
        ),
        ("format = 1\nscope = \" \"", "`scope` is empty"),
        (
            "format = 1\n[gates.image]\nrequire = []",
            "demands no report",
        ),
        (
            "format = 1\n[gates.image]\nrequire = [{ at-least = 0 }]",
            "demands no report",
        ),
        (
            "format = 1\n[gates.image]\naccepts = []",
            "accepts no kind of report",
        ),
        (
            "format = 1\n[gates.image]\naccepts = [\"sbom\"]",
            "unknown variant `sbom`",
        ),
        (
            "format = 1\n[gates.image]\nmax-report-age = \"1 day\"",
            "expected a whole number with a unit",
        ),
        (
            "format = 1\n[gates.image]\nallow-quarantined = -1",
            "line 3",
        ),
        (
            "format = 1\n[gates.image]\nrequire-subject-match = \"yes\"",
            "line 3",
        ),
        (
            "format = 1\n[defaults.thresholds]\nmax-high = 1.5",
            "line 3",
        ),
        (
            "format = 1\n[adapters.acme]\ncomponent = \"a.wasm\"",
            "missing field `digest`",
        ),
        (
            "format = 1\n[adapters.acme]\ncomponent = \"a.wasm\"\ndigest = \"sha256:00\"",
            "expected `sha256:` and 64 lower-case hexadecimal digits",
        ),
        (
            &adapter("Acme", "a.wasm"),
            "`adapters.Acme` needs the tool's name in lower case",
        ),
        (
            &adapter("trivy", "a.wasm"),
            "`adapters.trivy` names a tool whose reports the program reads itself",
        ),
        (&adapter("acme", ""), "`adapters.acme.component` is empty"),
        (
            "format = 1\n[gates.image]\npolicies = [\"secret-in-source\", { name = \"secret-in-source\" }]",
            "`gates.image` names the policy `secret-in-source` twice",
        ),
        (
            "format = 1\n[gates.image]\npolicies = [{ mode = \"monitor\" }]",
            "missing field `name`",
        ),
        (
            "format = 1\n[gates.image]\npolicies = [{ name = \"secret-in-source\", until = 1 }]",
            "unknown field `until`",
        ),
        (
            "format = 1\n[gates.image]\npolicies = [{ name = \"secret-in-source\", mode = \"off\" }]",
            "unknown variant `off`",
        ),
        (
            "format = 1\n[gates.image]\npolicies = [{ name = \"secret-in-source\", effective-on = 2027-01-01 }]",
            "expected a moment such as",
        ),
        (
            "format = 1\n[gates.image]\npolicies = [{ name = \"secret-in-source\", effective-on = \"soon\" }]",
            "look at line 3 column 57",
        ),
        (
            "format = 1\n[gates.image]\npolicies = [{ name = \"secret-in-source\", effective-on = 2027-01-01T00:00:00 }]",
            "expected a moment such as",
        ),
        (
            "format = 1\n[gates.image]\npolicies = [1]",
            "a policy's name, or a table",
        ),
        (
            "format = 1\n[gates.image.groups]\neither = { any = [\"severity\"] }",
            "`gates.image.groups`: the group `either` names `severity`, which is no policy or group",
        ),
        (
            "format = 1\n[gates.image.groups]\neither = { some = [] }",
            "unknown variant `some`, expected `any` or `all`",
        ),
        (
            "format = 1\n[gates.image.groups]\neither = { any = [] }",
            "the group `either` has no member",
        ),
        (
            "format = 1\n[gates.image.groups]\neither = { any = [\"secret-in-source\", \"secret-in-source\"] }",
            "the group `either` names `secret-in-source` twice",
        ),
        (
            "format = 1\n[gates.image.groups]\nsecret-in-source = { any = [\"severity-over-budget\"] }",
            "has the name of a policy",
        ),
        (
            "format = 1\n[gates.image.groups]\nOne = { all = [\"severity-over-budget\"] }",
            "the group `One` needs a name of",
        ),
        (
            "format = 1\n[defaults.groups]\neither = { any = [\"secret-in-source\"] }",
            "`defaults.groups` can stand at a gate alone",
        ),
        (
            "format = 1\n[defaults]\ncustom = true",
            "`defaults.custom` can stand at a gate alone",
        ),
        (
            "format = 1\n[defaults.baseline]\nonly-new = true",
            "`defaults.baseline` can stand at a gate alone",
        ),
        (
            "format = 1\n[defaults.waivers]\nbudget = 1",
            "`defaults.waivers` can stand at a gate alone",
        ),
        (
            "format = 1\n[defaults.bounds]\nmax-high = { at-most = \"unlimited\" }",
            "bounds nothing",
        ),
        (
            "format = 1\n[defaults.bounds]\nfixable-level = { at-most = \"unknown\" }",
            "a bound is",
        ),
        ("format = 1\n[defaults.bounds]\nmax-high = 5", "line 3"),
        (
            "format = 1\n[defaults.bounds]\nmax-high = { at-most = true }",
            "look at line 3",
        ),
        (
            "format = 1\n[defaults.bounds]\nmax-high = { at-most = 5 }\n[gates.image.bounds]\nmax-high = { at-least = 1 }",
            "`gates.image`: `max-high` is bounded by at most 5 (profile defaults) and by at least 1 (profile gates.image)",
        ),
        (
            "format = 1\n[environments.production.bounds]\nmax-high = { at-most = 5, at-least = 1 }",
            "line 3",
        ),
        (
            "format = 1\n[environments.Production]",
            "`environments.Production` needs a name of",
        ),
        (
            "format = 1\n[environments.production]\npolicies = []",
            "unknown field `policies`",
        ),
        (
            "format = 1\n[environments.production.gates.imgae.thresholds]\nmax-high = 0",
            "`environments.production.gates.imgae` is no gate of the profile",
        ),
        (
            "format = 1\n[[select]]\nsubject = \"shop/*\"\nvariant = \"strict\"",
            "names the variant `strict`, which there is not",
        ),
        (
            "format = 1\n[[select]]\nvariant = \"strict\"",
            "selects nothing",
        ),
        (
            "format = 1\n[[select]]\nsubject = \"../a\"\nvariant = \"strict\"",
            "look at line 3",
        ),
        (
            "format = 1\n[variants.strict.defaults.thresholds]\nmax-high = 0",
            "`variants.strict` is named by no `[[select]]`",
        ),
        (
            "format = 1\n[variants.Strict.defaults]",
            "`variants.Strict` needs a name of",
        ),
        (
            &variant("[variants.strict.gates.own]\ncustom = true"),
            "`variants.strict.gates.own` is no gate of the profile",
        ),
        (
            &variant("[variants.strict.gates.image]\ncustom = true"),
            "`variants.strict.gates.image.custom`",
        ),
        (
            &variant("[variants.strict.environments.production.thresholds]\nmax-high = 0"),
            "`variants.strict.environments.production` is no environment of the profile",
        ),
        (
            &variant("[variants.strict.gates.image]\nrequire = []"),
            "`variants.strict.gates.image` demands no report",
        ),
        (
            &variant("[variants.strict]\nscope = \"a\""),
            "unknown field `scope`",
        ),
        (
            "format = 1\n[waivers]\nfile = \"\"",
            "`waivers.file` is empty",
        ),
        (
            "format = 1\n[waivers]\nlongest = { critical = \"2 weeks\" }",
            "look at line 3",
        ),
        (
            "format = 1\n[waivers]\nlongest = { worst = \"7d\" }",
            "unknown variant `worst`",
        ),
        (
            "format = 1\n[waivers]\napprovals = { critical = 0 }",
            "`waivers.approvals.critical` is 0",
        ),
        (
            "format = 1\n[waivers]\nunwaivable = [\" \"]",
            "an id that is empty",
        ),
        ("format = 1\n[waivers]\nmax = 1", "unknown field `max`"),
        (
            "format = 1\n[gates.image.waivers]\nlongest = 1",
            "unknown field `longest`",
        ),
        (
            "format = 1\n[gates.image.baseline]\nfile = \"\"",
            "`gates.image.baseline.file` is empty",
        ),
        (
            "format = 1\n[gates.image.baseline]\nonly = true",
            "unknown field `only`",
        ),
        (
            "format = 1\n[vex]\ntrusted = [\"sha256:00\"]",
            "expected `sha256:` and 64",
        ),
        (
            "format = 1\n[vex]\ntrusted = [\"\"]",
            "an author that is empty",
        ),
        (
            "format = 1\n[feeds]\nrequired = [\"nvd\"]",
            "unknown variant `nvd`",
        ),
        ("format = 1\n[feeds]\nkev = \"\"", "`feeds.kev` is empty"),
        ("format = 1\n[feeds]\nmax-age = 7", "line 3"),
    ] {
        let error = error(text);
        assert!(error.contains(what), "{text}\n{error}");
    }
}
