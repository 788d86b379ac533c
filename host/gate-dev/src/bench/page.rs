//! docs/performance.md: sections that are written one by one, and the tables in them.

use std::fmt::{self, Display};
use std::fs;
use std::path::PathBuf;

use crate::run::{Result, root};

/// The page. Each section stands between marks of its own, so that one that was not measured stays as it is.
pub struct Page {
    path: PathBuf,
    text: String,
}

impl Page {
    /// The page as it is.
    pub fn read() -> Result<Self> {
        let path = root().join("docs/performance.md");
        let text = fs::read_to_string(&path)?;
        Ok(Self { path, text })
    }

    /// Writes a section in place of what stands there.
    pub fn put(&mut self, section: &str, body: &str) -> Result {
        let begin = format!("<!-- begin {section}: written by `cargo dev bench` -->");
        let end = format!("<!-- end {section} -->");
        let parts = self.text.split_once(&begin);
        let parts = parts
            .and_then(|(head, rest)| Some((head, rest.split_once(&end).map(|(_, tail)| tail)?)));
        let (head, tail) = parts.ok_or_else(|| {
            let path = self.path.display();
            format!("`{path}` has no place for the section: put `{begin}` and `{end}` there")
        })?;
        self.text = format!("{head}{begin}\n\n{}\n\n{end}{tail}", body.trim());
        Ok(fs::write(&self.path, &self.text)?)
    }
}

/// A table, written row by row.
pub struct Table(String);

impl Table {
    /// A table with these heads.
    pub fn new<T: Display>(heads: impl IntoIterator<Item = T>) -> Self {
        let mut table = Self(String::new());
        let columns = table.row(heads);
        table.row(vec!["---"; columns]);
        table
    }

    /// Adds a row and gives the number of its cells.
    pub fn row<T: Display>(&mut self, cells: impl IntoIterator<Item = T>) -> usize {
        let cells: Vec<String> = cells.into_iter().map(|cell| cell.to_string()).collect();
        self.0 += &format!("| {} |\n", cells.join(" | "));
        cells.len()
    }
}

impl Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text and the cells behind it, as a row.
pub fn headed(head: impl Display, cells: impl IntoIterator<Item = String>) -> Vec<String> {
    std::iter::once(head.to_string()).chain(cells).collect()
}
