//! As much of HCL as a formatted file needs: its outermost blocks.

/// `variable "nat" { … }`.
pub(crate) struct Block<'a> {
    /// `variable`
    pub(crate) kind: &'a str,
    /// `nat`
    pub(crate) labels: Vec<&'a str>,
    /// The lines inside, as they stand.
    pub(crate) body: &'a str,
}

/// The outermost blocks: in what `terraform fmt` has written, they begin and end at the beginning of a line.
pub(crate) fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((line, after)) = rest.split_once('\n') {
        rest = after;
        let Some(head) = line.strip_suffix(" {") else {
            continue;
        };
        if head.starts_with([' ', '#', '}']) {
            continue;
        }
        let end = after
            .find("\n}")
            .unwrap_or_else(|| panic!("`{line}` does not end"));
        let mut words = head.split(' ');
        blocks.push(Block {
            kind: words.next().unwrap(),
            labels: words.map(|label| label.trim_matches('"')).collect(),
            body: &after[..=end],
        });
        rest = &after[end + 2..];
    }
    blocks
}

impl<'a> Block<'a> {
    /// What stands behind the `=` of an argument of the block itself, if that is one line.
    pub(crate) fn argument(&self, name: &str) -> Option<&'a str> {
        self.body.lines().find_map(|line| {
            let line = line
                .strip_prefix("  ")
                .filter(|line| !line.starts_with(' '))?;
            let (key, value) = line.split_once('=')?;
            (key.trim() == name).then(|| value.trim())
        })
    }

    /// A text, without its quotes.
    pub(crate) fn quoted(&self, name: &str) -> Option<&'a str> {
        self.argument(name)?.strip_prefix('"')?.strip_suffix('"')
    }
}

#[test]
fn outermost_blocks() {
    let text = "# a {\nvariable \"x\" {\n  type    = string\n  default = {\n    type = 1\n  }\n}\n\nlocals {\n  a = \"b\"\n}\n";
    let found = blocks(text);
    let names: Vec<_> = found
        .iter()
        .map(|block| (block.kind, block.labels.clone()))
        .collect();
    assert_eq!(names, [("variable", vec!["x"]), ("locals", vec![])]);
    assert_eq!(found[0].argument("type"), Some("string"));
    assert_eq!(found[0].quoted("type"), None);
    assert_eq!(found[1].quoted("a"), Some("b"));
}
