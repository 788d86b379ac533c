//! `cargo dev generate`: files that are written by the program's own tables, never by hand.

mod policies;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use gate_adapters::adapter::Exits;
use gate_adapters::redact::Kind;
use gate_adapters::registry::ADAPTERS;
use gate_core::code::Code;
use gate_core::exit_code::ExitCode;
use gate_report::corroboration::CorroborationDocument;
use gate_report::distance::DistanceDocument;
use gate_report::json::{NormalizedDocument, VerdictDocument};
use gate_report::notification::Notification;
use gate_report::waivers::WaiversDocument;

use crate::build::build;
use crate::run::{Result, command, output, root};

const NOTE: &str = "<!-- Written by `cargo dev generate`. Do not edit. -->\n\n";

/// Writes the generated files, or only checks them.
pub fn generate(check: bool) -> Result {
    generate_with(&build()?, check)
}

/// As [`generate`], with a program that was built before.
pub fn generate_with(gate: &Path, check: bool) -> Result {
    let files = [
        ("docs/codes.md", codes()?),
        ("docs/adapters.md", adapters()?),
        ("docs/cli.md", command_line(gate)?),
        ("docs/policies.md", policies::page(NOTE)?),
        (
            "docs/schema/verdict.schema.json",
            schema::<VerdictDocument<'static>>()?,
        ),
        (
            "docs/schema/normalized.schema.json",
            schema::<NormalizedDocument<'static>>()?,
        ),
        (
            "docs/schema/waivers.schema.json",
            schema::<WaiversDocument<'static>>()?,
        ),
        (
            "docs/schema/distance.schema.json",
            schema::<DistanceDocument<'static>>()?,
        ),
        (
            "docs/schema/corroboration.schema.json",
            schema::<CorroborationDocument<'static>>()?,
        ),
        (
            "docs/schema/notification.schema.json",
            schema::<Notification<'static>>()?,
        ),
    ];
    let mut stale = Vec::new();
    for (name, text) in files {
        let path = root().join(name);
        if fs::read_to_string(&path).ok().as_deref() == Some(&text) {
            continue;
        }
        if check {
            stale.push(name);
        } else {
            fs::create_dir_all(path.parent().unwrap_or(&path))?;
            fs::write(&path, text)?;
            println!("wrote {name}");
        }
    }
    if stale.is_empty() {
        return Ok(());
    }
    Err(format!(
        "out of date: {}; run `cargo dev generate`",
        stale.join(", ")
    )
    .into())
}

fn schema<T: schemars::JsonSchema>() -> Result<String> {
    Ok(serde_json::to_string_pretty(&schemars::schema_for!(T))? + "\n")
}

fn codes() -> Result<String> {
    let mut page = format!("# Codes\n\n{NOTE}");
    page.push_str("What the gate itself reports, as in `error[gate::image::report-empty]`. ");
    page.push_str("`gate explain CODE` shows the same. Policies have codes of their own: `gate explain POLICY`.\n\n");
    page.push_str("## Exit codes\n\n| code | meaning |\n| --- | --- |\n");
    for code in ExitCode::ALL {
        writeln!(page, "| {} | {} |", code as u8, code.meaning())?;
    }
    page.push_str("\nA program that the operating system ends, for want of memory or by a signal, has none of these. ");
    page.push_str("A shell then shows 128 and more: the gate is closed, and no answer counts.\n");
    for code in Code::ALL {
        write!(
            page,
            "\n## {code}\n\n{}\n\nWhat to do: {}\n",
            code.meaning(),
            code.advice()
        )?;
    }
    Ok(page)
}

fn adapters() -> Result<String> {
    let mut page = format!("# Adapters\n\n{NOTE}");
    page.push_str("One row for each format. A report is read by exactly one adapter: the one that is named with ");
    page.push_str("`--report TOOL=PATH`, or the only one that recognises its content.\n");
    for adapter in ADAPTERS {
        write!(page, "\n## {}\n\n", adapter.tool)?;
        let list = |items: Vec<String>| {
            if items.is_empty() {
                "nothing".to_owned()
            } else {
                items.join(", ")
            }
        };
        let records = adapter
            .lists
            .iter()
            .map(|list| format!("`{list}`"))
            .collect();
        let redacted = adapter
            .sensitive
            .iter()
            .map(|sensitive| match sensitive.kind {
                Kind::After(beginnings) => {
                    let beginnings = beginnings.join("` or `");
                    format!("`{}` after `{beginnings}`", sensitive.key)
                }
                Kind::Digests => format!("digests in `{}`", sensitive.key),
                Kind::Quotes { colon: false } => format!("what `{}` quotes", sensitive.key),
                Kind::Quotes { colon: true } => {
                    format!("what `{}` quotes, or says after a colon", sensitive.key)
                }
                Kind::Address => format!(
                    "user, query and fragment of the address `{}`",
                    sensitive.key
                ),
                Kind::Secret | Kind::Source => format!("`{}`", sensitive.key),
                Kind::Spared => {
                    let under = sensitive.under.unwrap_or_default();
                    format!("not `{}` in `{under}`", sensitive.key)
                }
            });
        for (what, text) in [
            ("adapter", format!("`{}`", adapter.id)),
            ("reads", adapter.reads.to_owned()),
            ("severity", adapter.severity.to_owned()),
            ("completeness", adapter.completeness.to_owned()),
            ("records", list(records)),
            ("redacted before reading", list(redacted.collect())),
            ("exit codes", exits(adapter.exits)),
        ] {
            writeln!(page, "- **{what}**: {text}")?;
        }
    }
    Ok(page)
}

fn exits(exits: Exits) -> String {
    let codes = |codes: &[i32]| {
        codes
            .iter()
            .map(i32::to_string)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let mut text = format!("{} end well", codes(exits.ended));
    if !exits.found.is_empty() {
        text.push_str(&format!(
            "; {} after something was found",
            codes(exits.found)
        ));
    }
    text
}

/// The help of every subcommand, as it is printed.
fn command_line(gate: &Path) -> Result<String> {
    let mut page = format!("# Command line\n\n{NOTE}");
    let mut pending = vec![Vec::<String>::new()];
    while let Some(path) = pending.pop() {
        let arguments = path.iter().map(String::as_str).chain(["--help"]);
        let program = gate.display().to_string();
        let (code, help) = output(command(&program, arguments).env("NO_COLOR", "1"))?;
        if code != 0 {
            return Err(format!("`gate {} --help` ended with {code}", path.join(" ")).into());
        }
        let name = std::iter::once("gate").chain(path.iter().map(String::as_str));
        write!(
            page,
            "## {}\n\n```text\n{}\n```\n\n",
            name.collect::<Vec<_>>().join(" "),
            help.trim_end()
        )?;
        let subcommands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
        let mut names: Vec<Vec<String>> = subcommands
            .take_while(|line| !line.is_empty())
            .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
            .filter(|name| !name.is_empty() && *name != "help")
            .map(|name| path.iter().cloned().chain([name.to_owned()]).collect())
            .collect();
        names.reverse();
        pending.extend(names);
    }
    Ok(page.trim_end().to_owned() + "\n")
}
