//! A table for a terminal: columns as wide as they need to be, the last ones cut when the line is full.

use unicode_width::UnicodeWidthStr as _;

use crate::text::fit;

/// Rows of cells, each row as long as the longest.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Adds a row. The cells are safe already.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The lines, each at most `width` columns wide.
    #[must_use]
    pub fn lines(&self, width: usize) -> Vec<String> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                // The last column takes what is left of the line; no other may take all of it.
                let most = if column + 1 == columns {
                    usize::MAX
                } else {
                    48
                };
                cells.map(|cell| cell.width()).max().unwrap_or(0).min(most)
            })
            .collect();
        let line = |row: &Vec<String>| {
            let mut line = String::new();
            for (cell, column) in row.iter().zip(&widths) {
                if !line.is_empty() {
                    line.push_str("  ");
                }
                let cell = fit(cell, *column);
                line.push_str(&cell);
                line.push_str(&" ".repeat(column.saturating_sub(cell.width())));
            }
            fit(line.trim_end(), width).into_owned()
        };
        self.rows.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_lines_fit() {
        let mut table = Table::default();
        table.row(vec!["a".into(), "bbb".into(), "c".into()]);
        table.row(vec!["aaa".into(), "b".into(), "a long cell".into()]);
        assert_eq!(table.lines(80), ["a    bbb  c", "aaa  b    a long cell"]);
        assert_eq!(table.lines(14), ["a    bbb  c", "aaa  b    a l…"]);
    }
}
