//! The whole folder of hostile policies in one process, one after the other: nothing of one is left for the next, on an
//! idle machine and on a busy one.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use gate_core::evaluate::evaluate;
use gate_core::record::{FindingsRef, FormatVersion, Producer, Record};
use gate_core::request::{Limits, PolicyUse};
use gate_runtime::{MAX_COMPONENT, Runtime, engine_id};
use serde_json::{Value, json};

use crate::bombs::bombs;
use crate::gate::{Folder, Ran, files_below, report};
use crate::guests::{GUESTS, HONEST, component, request, used};

/// The folder of the components, for the process that asks them.
const FOLDER: &str = "GATE_TESTS_HOSTILE_FOLDER";

/// The most memory that a process may take which loads and asks all of them; `docs/limits.md` has what it takes.
#[cfg(target_os = "linux")]
const MOST_MEMORY_KIB: u64 = 128 << 10;

/// Every hostile policy and every bomb for the compiler: its name, what it comes to, and its bytes.
fn all() -> impl Iterator<Item = (String, &'static str, Vec<u8>)> {
    let guests = GUESTS.iter().chain(HONEST);
    let guests = guests.map(|(name, code)| ((*name).to_owned(), *code, component(name)));
    let bombs = bombs().into_iter().enumerate();
    let bombs = bombs.map(|(at, (_, bytes))| (format!("bomb-{at}"), "policy-too-large", bytes));
    // Of one that is too long, the file alone would be the peak of the memory.
    guests.chain(bombs.filter(|(.., bytes)| bytes.len() as u64 <= MAX_COMPONENT))
}

#[test]
fn one_process_asks_them_one_after_the_other() {
    if let Some(folder) = env::var_os(FOLDER) {
        return ask_each(Path::new(&folder));
    }
    let folder = Folder::new();
    for (name, code, bytes) in all() {
        folder.file(&format!("{name}.wasm"), bytes);
        folder.file(&format!("{name}.code"), code);
    }
    let in_a_process = || {
        let mut again = Command::new(env::current_exe().unwrap());
        again.args([
            "--exact",
            "hostile::one_process_asks_them_one_after_the_other",
        ]);
        let ran = Ran::of(again.env(FOLDER, folder.path()));
        assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
        fs::read_to_string(folder.path().join("answers")).unwrap()
    };
    let idle = in_a_process();
    let busy = {
        let _load = Load::on_all_processors();
        in_a_process()
    };
    assert_eq!(idle.lines().count(), all().count());
    for (idle, busy) in idle.lines().zip(busy.lines()) {
        assert_eq!(busy, idle);
    }
}

/// In a process of its own: asks every policy of a folder in one runtime, and the honest one after each.
fn ask_each(folder: &Path) {
    let honest = fs::read(folder.join("honest.wasm")).unwrap();
    let fresh = || {
        let mut runtime = Runtime::new(&Limits::STANDARD).unwrap();
        let policy = used(&mut runtime, "honest", &honest);
        (runtime, policy)
    };
    let (mut runtime, loaded) = fresh();
    let expected = answer(&fresh().0, &loaded);
    assert_eq!(expected["outcome"], "pass");

    let mut answers = String::new();
    let paths = files_below(folder).into_iter();
    for path in paths.filter(|path| path.extension().is_some_and(|e| e == "wasm")) {
        let code = fs::read_to_string(path.with_extension("code")).unwrap();
        let policy = used(&mut runtime, "guest", &fs::read(&path).unwrap());
        let given = answer(&runtime, &policy);
        assert!(
            [&given["outcome"], &given["code"]].contains(&&json!(code)),
            "{path:?} came to {given}, not to {code}"
        );
        answers += &format!("{} {given}\n", path.display());
        assert_eq!(answer(&runtime, &loaded), expected, "after {path:?}");
    }
    // Compiled again in the same process.
    let again = used(&mut runtime, "honest", &honest);
    assert_eq!(answer(&runtime, &again), expected);
    fs::write(folder.join("answers"), answers).unwrap();
    #[cfg(target_os = "linux")]
    {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|kib| kib.trim().strip_suffix(" kB"));
        let peak: u64 = peak.unwrap().parse().unwrap();
        assert!(peak < MOST_MEMORY_KIB, "{peak} KiB of {MOST_MEMORY_KIB}");
    }
}

/// What a policy comes to: the bytes of the record that would be kept, what it took, and the parts to look at.
fn answer(runtime: &Runtime, policy: &PolicyUse) -> Value {
    let request = request(std::slice::from_ref(policy));
    let evaluation = evaluate(&request, runtime);
    let reason = evaluation.verdict.reasons.first();
    let taken = &evaluation.diagnostics[0];
    let mut answer = json!({
        "outcome": evaluation.verdict.outcome,
        "code": reason.map(|reason| reason.code.clone()),
        "fuel": taken.fuel_used,
        "memory": taken.memory_peak,
    });
    let record = Record {
        format: FormatVersion::CURRENT,
        producer: Producer {
            gate: "test".to_owned(),
            engine: engine_id(),
        },
        question: request.question,
        reports: request.reports,
        findings: FindingsRef {
            count: 3,
            digest: policy.digest,
        },
        verdict: evaluation.verdict,
    };
    answer["record"] = json!(String::from_utf8(record.to_bytes().unwrap()).unwrap());
    answer
}

/// All of them in one gate, each compiled in a process of its own and asked beside the others.
#[test]
fn one_gate_asks_them_all_at_once() {
    let folder = Folder::new();
    let mut expected = BTreeMap::new();
    let mut policies = String::new();
    for (name, code, bytes) in all() {
        folder.file(&format!("{name}.wasm"), bytes);
        policies += &format!("[policies.{name}]\npath = \"{name}.wasm\"\n");
        expected.insert(name, code);
    }
    let names: Vec<_> = expected.keys().collect();
    let profile = format!("format = 1\n[gates.sast]\npolicies = {names:?}\n{policies}");
    folder.file("gate.toml", profile);
    // The guests know of three findings.
    let path = report("gitleaks/findings.json");
    let given = format!("gitleaks={}", path.display());
    let evaluate = || {
        let mut command = folder.command(&["evaluate", "sast", "--report", &given]);
        command.args(["--at", "9000-01-01T00:00:00Z", "--format", "json"]);
        Ran::of(command.args(["--evidence", "evidence"]))
    };
    let idle = evaluate();
    let busy = {
        let _load = Load::on_all_processors();
        evaluate()
    };
    assert_eq!((idle.code, busy.code), (3, 3), "{}", idle.stderr);
    let idle = idle.json();
    // The name of a record is the digest of all that was recorded.
    assert_eq!(busy.json()["record"], idle["record"]);
    let fuel = |answer: &Value| {
        let policies = answer["policies"].as_array().unwrap().iter();
        policies.map(|p| p["fuel_used"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(fuel(&busy.json()), fuel(&idle));
    let reasons = idle["reasons"].as_array().unwrap();
    for policy in idle["policies"].as_array().unwrap() {
        let verdict = &policy["verdict"];
        let name = verdict["name"].as_str().unwrap();
        let reason = reasons.iter().find(|r| r["policy"] == verdict["name"]);
        let code = reason.and_then(|reason| reason["code"].as_str());
        let said = [verdict["outcome"].as_str(), code];
        assert!(said.contains(&Some(expected[name])), "{name}: {said:?}");
    }
    let record = idle["record"].as_str().unwrap();
    let replayed = folder.gate(&["replay", record, "--evidence", "evidence"]);
    assert!(replayed.stdout.starts_with("reproduced: "), "{replayed:?}");
}

/// Threads that keep all processors busy until they are dropped: two for each.
struct Load {
    over: Arc<AtomicBool>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Load {
    fn on_all_processors() -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let spin = |_| {
            let over = Arc::clone(&over);
            thread::spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            })
        };
        let threads = (0..2 * processors).map(spin).collect();
        Self { over, threads }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            thread.join().unwrap();
        }
    }
}
