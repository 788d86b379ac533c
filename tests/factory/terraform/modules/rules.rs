//! What all modules keep to.

use super::hcl::{Block, blocks};
use super::{configuration, is_leaf, modules};

/// Each outermost block of all modules, with the name of its module.
fn each_block(mut look: impl FnMut(&str, &Block<'_>)) {
    for module in modules() {
        for (_, text) in configuration(&module) {
            for block in blocks(&text) {
                look(&module, &block);
            }
        }
    }
}

#[test]
fn one_provider_and_nothing_that_runs_programs() {
    for module in modules() {
        let all = configuration(&module)
            .into_iter()
            .map(|(_, text)| text)
            .collect::<String>();
        let mut versions = Vec::new();
        for block in blocks(&all) {
            let label = block.labels.first().copied().unwrap_or_default();
            match block.kind {
                "terraform" => versions.push(block.body.to_owned()),
                "resource" | "data" => {
                    assert!(label.starts_with("aws_"), "{module}: {label}");
                }
                "provider" => {
                    let root = !module.starts_with("modules/");
                    assert!(root && label == "aws", "{module}: a provider in a module");
                }
                _ => {}
            }
        }
        for program in [
            "local-exec",
            "remote-exec",
            "provisioner",
            "null_resource",
            "terraform_data",
        ] {
            assert!(!all.contains(program), "{module}: {program}");
        }
        let versions = versions.concat();
        // What is applied names one version; what is called takes what that names.
        let version = if module.starts_with("modules/") {
            "version = \"~> 5.100\""
        } else {
            "version = \"= 5.100.0\""
        };
        for line in ["required_version = \">= 1.11\"", version] {
            assert!(versions.contains(line), "{module}: {line}");
        }
        let sources = versions.lines().map(str::trim);
        let sources = sources.filter(|line| line.starts_with("source "));
        let sources: Vec<_> = sources.filter_map(|line| line.split('"').nth(1)).collect();
        assert_eq!(sources, ["hashicorp/aws"], "{module}: other providers");
    }
}

#[test]
fn variables_and_outputs_say_what_they_are() {
    each_block(|module, block| {
        if !["variable", "output"].contains(&block.kind) {
            return;
        }
        let name = block.labels[0];
        let said = block.quoted("description").unwrap_or_default();
        assert!(
            said.len() > 8 && said.ends_with(['.', ')']),
            "{module}: {name}: `{said}`"
        );
        if block.kind == "variable" {
            assert!(
                block.argument("type").is_some(),
                "{module}: {name} has no type"
            );
        }
        let secret = ["password", "secret", "token", "private_key", "access_key"];
        let harmless = ["_arn", "_arns", "_id", "_name", "_key_arns"];
        let hidden = secret.iter().any(|word| name.contains(word))
            && !harmless.iter().any(|end| name.ends_with(end));
        assert!(!hidden, "{module}: {name} sounds like a secret");
    });
}

#[test]
fn closed_sets_of_values_are_closed() {
    let mut seen = 0;
    each_block(|module, block| {
        if block.kind != "variable" || !is_leaf(module) {
            return;
        }
        let said = block.quoted("description").unwrap_or_default();
        // "`instance` (…) or `gateway` (…)"
        let alternatives = said.contains(" or `");
        if alternatives {
            seen += 1;
            assert!(
                block.body.contains("validation {"),
                "{module}: {:?}",
                block.labels
            );
        }
    });
    assert!(seen > 5, "{seen}");
}

#[test]
fn nothing_knows_partition_region_or_account_by_heart() {
    for module in modules() {
        for (path, text) in configuration(&module) {
            if path.ends_with("/variables.tf") {
                // Examples and patterns of what is given.
                continue;
            }
            for (number, line) in text.lines().enumerate() {
                let code = line.split_once('#').map_or(line, |(code, _)| code);
                let place = format!("{path}:{}: {line}", number + 1);
                assert!(!code.contains("arn:aws:"), "{place}");
                let digits = code
                    .split(|c: char| !c.is_ascii_digit())
                    .any(|run| run.len() == 12);
                assert!(!digits, "{place}");
                let regions = [
                    "us-east-",
                    "us-west-",
                    "eu-west-",
                    "eu-central-",
                    "ap-",
                    "\"us-",
                    "\"eu-",
                ];
                assert!(
                    !regions.iter().any(|region| code.contains(region)),
                    "{place}"
                );
            }
        }
    }
}

/// Roles are taken for an hour. Users, their keys and their passwords stay until somebody remembers them.
#[test]
fn nobody_has_a_key_that_lasts() {
    let mut roles = 0;
    each_block(|module, block| {
        if block.kind != "resource" {
            return;
        }
        let kind = block.labels[0];
        for lasts in [
            "aws_iam_access_key",
            "aws_iam_service_specific_credential",
            "aws_iam_signing_certificate",
            "aws_iam_user",
        ] {
            assert!(!kind.starts_with(lasts), "{module}: {kind}");
        }
        roles += usize::from(kind == "aws_iam_role");
    });
    assert!(roles > 5, "{roles}");
}

/// Addresses may come in by three doors: the public load balancer, and NAT and endpoints from private subnets. All else is let in
/// by group, so nobody can be let in on 22 by address.
#[test]
fn addresses_come_in_by_three_doors() {
    let mut doors = Vec::new();
    each_block(|module, block| {
        if block.kind != "resource" {
            return;
        }
        let (kind, name) = (block.labels[0], block.labels[1]);
        assert_ne!(
            kind, "aws_security_group_rule",
            "{module}: {name}: rules stand alone"
        );
        let inline = kind == "aws_security_group"
            && ["  ingress {", "  egress {", "  dynamic \"ingress\" {"]
                .iter()
                .any(|part| block.body.contains(part));
        assert!(!inline, "{module}: {name}: rules stand alone");
        if kind == "aws_vpc_security_group_ingress_rule" {
            assert!(!block.body.contains("22"), "{module}: {name}");
            if ["cidr_ipv4", "cidr_ipv6", "prefix_list_id"]
                .iter()
                .any(|way| block.body.contains(way))
            {
                doors.push(format!("{module}: {name}"));
            }
        }
    });
    doors.sort();
    assert_eq!(
        doors,
        [
            "modules/network: endpoint",
            "modules/network: nat",
            "modules/network: production_alb"
        ]
    );
}

/// What is made before its predecessor goes can't have the name of it.
#[test]
fn successors_have_names_of_their_own() {
    let mut seen = 0;
    each_block(|module, block| {
        if !block.body.contains("create_before_destroy = true") {
            return;
        }
        seen += 1;
        assert!(
            block.argument("name").is_none() && block.argument("name_prefix").is_some(),
            "{module}: {:?}: another of this name can't be made beside it",
            block.labels
        );
    });
    assert!(seen > 5, "{seen}");
}
