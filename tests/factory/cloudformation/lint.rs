//! What other people's checkers of templates say.

use std::process::Command;

use super::stack::factory;
use crate::files::iac;
use crate::tool::{run, tool};

#[test]
fn cfn_lint_has_nothing_to_say() {
    let Some(linter) = tool("cfn-lint") else {
        return;
    };
    let mut command = Command::new(linter);
    command.args(["--format", "parseable", "--"]);
    command.args(
        factory()
            .iter()
            .map(|stack| iac(&format!("cloudformation/{}.yaml", stack.name))),
    );
    let ran = run(&mut command);
    assert_eq!((ran.code, &*ran.stdout, &*ran.stderr), (Some(0), "", ""));
}
