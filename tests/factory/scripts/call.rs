//! A call that a stand-in wrote down.

/// Operations that change nothing, by how they begin.
const READING: [&str; 6] = [
    "get-",
    "list-",
    "describe-",
    "head-",
    "batch-get-",
    "validate-",
];

/// One call that a stand-in wrote down, its words apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call(pub Vec<String>);

impl Call {
    /// As bash's `%q` wrote it: words with a backslash before what is special. None of ours has `$'…'`.
    pub(super) fn of(line: &str) -> Self {
        let mut words = Vec::new();
        let mut word = String::new();
        let mut letters = line.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => word.extend(letters.next()),
                ' ' => words.push(std::mem::take(&mut word)),
                other => word.push(other),
            }
        }
        Self(words)
    }

    /// Tool and operation, and the stack or file that it is about: what an order of calls is told by.
    pub(super) fn short(&self) -> String {
        let words: Vec<&str> = self
            .0
            .iter()
            .map(String::as_str)
            .filter(|word| !word.starts_with("-chdir="))
            .collect();
        let of_interest = ["--stack-name", "--key", "--name"];
        let about = words
            .windows(2)
            .find(|pair| of_interest.contains(&pair[0]))
            .map_or("", |pair| pair[1]);
        format!("{} {about}", self.operation())
            .trim_end()
            .to_owned()
    }

    /// Tool and operation alone.
    pub(super) fn operation(&self) -> String {
        let words: Vec<&str> = self
            .0
            .iter()
            .map(String::as_str)
            .filter(|word| !word.starts_with("-chdir="))
            .collect();
        let operation = match words[0] {
            "terraform" => words[1].to_owned(),
            _ => words[1..words.len().min(3)].join(" "),
        };
        format!("{} {operation}", words[0])
    }

    /// Whether it can change anything outside of this machine.
    pub(super) fn changes(&self) -> bool {
        let words: Vec<&str> = self
            .0
            .iter()
            .map(String::as_str)
            .filter(|word| !word.starts_with("-chdir="))
            .collect();
        match words[0] {
            "aws" => {
                words[1] != "--version"
                    && words[2] != "wait"
                    && !READING.iter().any(|begin| words[2].starts_with(begin))
            }
            "terraform" => {
                let reads = ["version", "init", "validate", "output"].contains(&words[1])
                    || words[1..].starts_with(&["state", "list"]);
                // A plan takes the lock of the state but where it is told not to.
                let unlocked = words[1] == "plan" && words.contains(&"-lock=false");
                !(reads || unlocked)
            }
            "gate" => false,
            other => panic!("{other}"),
        }
    }

    /// The lock is given back, whatever happened.
    pub(super) fn gives_back(&self) -> bool {
        self.short() == "aws s3api delete-object gate/shop/dev/deploy.lock.json"
    }
}
