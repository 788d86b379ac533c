//! The NAT instances' first start, run against stand-ins that write down what they are asked.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use crate::files::{iac, program, text};
use crate::tool::{Ran, run, tool};

/// What each program does beside writing down its arguments.
const STAND_INS: &[(&str, &str)] = &[
    ("dnf", "exit ${DNF_EXIT:-0}"),
    ("systemctl", ""),
    ("sysctl", ""),
    ("iptables", "exit ${IPTABLES_EXIT:-0}"),
    ("iptables-save", "echo '# rules'"),
    ("tee", "cat > /dev/null"),
    ("sleep", ""),
    (
        "ip",
        "[ -z \"$NO_ROUTE\" ] && echo 'default via 10.0.1.1 dev ens5 proto dhcp src 10.0.1.7 metric 512' || true",
    ),
];

/// Runs it; what was called, in order.
fn start(variables: &[(&str, &str)]) -> (Ran, Vec<String>) {
    let room = TempDir::new().unwrap();
    let log = room.path().join("log");
    fs::write(&log, "").unwrap();
    for (name, does) in STAND_INS {
        let path = room.path().join(name);
        let script = format!(
            "#!/bin/bash\necho \"{name} $*\" >> {}\n{does}\n",
            log.display()
        );
        program(&path, &script);
    }
    // As Terraform puts them in.
    let script = text(&iac("terraform/modules/network/nat.sh"));
    let script = script.replace("PRIVATE_SUBNETS", "10.0.3.0/24 10.0.4.0/24");
    let mut command = Command::new("/bin/bash");
    command
        .args(["-c", &script])
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", room.path().display()))
        .envs(variables.iter().copied());
    let ran = run(&mut command);
    let calls = text(&log).lines().map(str::to_owned).collect();
    (ran, calls)
}

#[test]
fn private_subnets_are_let_out_and_nobody_else() {
    let (ran, calls) = start(&[]);
    ran.success();
    let rules: Vec<&str> = calls
        .iter()
        .filter_map(|call| call.strip_prefix("iptables "))
        .collect();
    assert_eq!(
        rules,
        [
            "--policy FORWARD DROP",
            "--flush FORWARD",
            "--table nat --flush POSTROUTING",
            "--append FORWARD --match conntrack --ctstate ESTABLISHED,RELATED --jump ACCEPT",
            "--append FORWARD --in-interface ens5 --source 10.0.3.0/24 --jump ACCEPT",
            "--table nat --append POSTROUTING --out-interface ens5 --source 10.0.3.0/24 --jump MASQUERADE",
            "--append FORWARD --in-interface ens5 --source 10.0.4.0/24 --jump ACCEPT",
            "--table nat --append POSTROUTING --out-interface ens5 --source 10.0.4.0/24 --jump MASQUERADE",
        ]
    );
    let place = |wanted: &str| {
        let at = calls.iter().position(|call| call.trim() == wanted);
        at.unwrap_or_else(|| panic!("{wanted}: {calls:?}"))
    };
    // The service flushes what it finds when it starts; what is saved is what it starts with next time.
    assert!(place("systemctl enable --now iptables") < place("iptables --policy FORWARD DROP"));
    assert!(place("iptables-save") > place("iptables --flush FORWARD"));
    place("tee /etc/sysconfig/iptables");
    // Nothing is passed on before there are rules.
    assert!(place("sysctl --load=/etc/sysctl.d/90-nat.conf") > place("iptables-save"));
}

#[test]
fn what_fails_is_not_passed_over() {
    let forwards = |calls: &[String]| calls.iter().any(|call| call.starts_with("sysctl"));
    // Without packages for five minutes.
    let (ran, calls) = start(&[("DNF_EXIT", "1")]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr.contains("iptables could not be installed"),
        "{}",
        ran.stderr
    );
    assert_eq!(
        calls.iter().filter(|call| call.starts_with("dnf")).count(),
        30
    );
    assert!(
        !calls.iter().any(|call| call.starts_with("iptables")),
        "{calls:?}"
    );

    let (ran, calls) = start(&[("NO_ROUTE", "1")]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("no default route"), "{}", ran.stderr);
    assert!(!forwards(&calls), "{calls:?}");

    let (ran, calls) = start(&[("IPTABLES_EXIT", "4")]);
    assert_eq!(ran.code, Some(4));
    assert!(!forwards(&calls), "{calls:?}");
}

#[test]
fn shellcheck_finds_nothing() {
    let Some(shellcheck) = tool("shellcheck") else {
        return;
    };
    let script = iac("terraform/modules/network/nat.sh");
    run(Command::new(shellcheck).arg("--severity=style").arg(script)).success();
}
