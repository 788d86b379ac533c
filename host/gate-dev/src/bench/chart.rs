//! The figures of whole processes as a picture: three small charts beside each other, both axes logarithmic.
//!
//! It is SVG with colours for a light and for a dark page, and a ground of its own, so that it can be read on either.

use std::fmt::Write as _;
use std::fs;

use super::Setting;
use super::process::Number;
use super::whole::Whole;
use crate::run::{Result, root};

/// Writes docs/performance.svg; in a quick run beside the reports instead.
pub fn write(setting: &Setting, whole: &Whole, peer: &str, quick: bool) -> Result {
    let folder = if quick {
        setting.folder.clone()
    } else {
        root().join("docs")
    };
    let path = folder.join("performance.svg");
    fs::write(&path, draw(whole, peer)?)?;
    println!("wrote {}\n", path.display());
    Ok(())
}

/// What is drawn: a name, and the number that a process took.
const PANELS: [(&str, Number); 3] = [
    ("Wall clock, ms", |taken| taken.wall_ms),
    ("Processor time, ms", |taken| taken.cpu_ms),
    ("Peak memory, MiB", |taken| taken.peak_mib),
];

const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 318.0;
/// Where the drawing of a panel begins below the top, and how large it is.
const TOP: f64 = 84.0;
const PANEL: (f64, f64) = (190.0, 190.0);
/// From the beginning of a panel to that of the next one.
const STEP: f64 = 288.0;
const LEFT: f64 = 62.0;

const STYLE: &str = "
  .ground { fill: #ffffff; stroke: #d0d7de } .grid { stroke: #d8dee4 }
  text { fill: #1f2328; font: 12px system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif }
  .title { font-size: 15px; font-weight: 600 } .panel { font-weight: 600 } .quiet { fill: #59636e }
  .line { fill: none; stroke-width: 2 }
  .gate { stroke: #0969da } .gate.mark { fill: #0969da }
  .peer { stroke: #bc4c00; stroke-dasharray: 6 3 } .peer.mark { fill: #bc4c00; stroke-dasharray: none }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117; stroke: #3d444d } .grid { stroke: #2f363d }
    text { fill: #f0f6fc } .quiet { fill: #9198a1 }
    .gate { stroke: #58a6ff } .gate.mark { fill: #58a6ff }
    .peer { stroke: #f0883e } .peer.mark { fill: #f0883e }
  }";

/// A line: the gate's or the other engine's.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Gate,
    Peer,
}

impl Line {
    fn class(self) -> &'static str {
        match self {
            Self::Gate => "gate",
            Self::Peer => "peer",
        }
    }

    /// A round mark for the gate, a square for the other: the colour alone does not say which it is.
    fn mark(self, x: f64, y: f64) -> String {
        let class = self.class();
        match self {
            Self::Gate => {
                format!(r#"<circle class="{class} mark" cx="{x:.1}" cy="{y:.1}" r="3.5"/>"#)
            }
            Self::Peer => {
                let (x, y) = (x - 3.5, y - 3.5);
                format!(
                    r#"<rect class="{class} mark" x="{x:.1}" y="{y:.1}" width="7" height="7"/>"#
                )
            }
        }
    }
}

/// The picture.
fn draw(whole: &Whole, peer: &str) -> Result<String> {
    let peer = escaped(peer);
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="title about">
<title id="title">gate beside {peer}, by the number of findings</title>
<desc id="about">{}</desc>
<style>{STYLE}
</style>
<rect class="ground" x="0.5" y="0.5" width="{}" height="{}" rx="6"/>
<text class="title" x="{LEFT}" y="28">One report, by its number of findings</text>
"#,
        described(whole, &peer),
        WIDTH - 1.0,
        HEIGHT - 1.0,
    );
    for (line, name, x) in [(Line::Gate, "gate", 470.0), (Line::Peer, &*peer, 560.0)] {
        let class = line.class();
        writeln!(
            svg,
            r#"<path class="{class} line" d="M{x} 24h32"/>{}<text x="{}" y="28">{name}</text>"#,
            line.mark(x + 16.0, 24.0),
            x + 40.0
        )?;
    }
    for (at, (name, number)) in (0..).zip(PANELS) {
        let left = LEFT + STEP * f64::from(at);
        svg += &panel(whole, left, name, number)?;
    }
    svg += "</svg>\n";
    Ok(svg)
}

/// The same in words, for who can't see it.
fn described(whole: &Whole, peer: &str) -> String {
    let mut text = String::from("Three charts with logarithmic axes.");
    for (name, number) in PANELS {
        let said = whole.rows.iter().filter_map(|row| {
            let (gate, peer) = (number(&row.gate), number(row.peer.as_ref()?));
            Some(format!(
                "{} and {} at {}",
                exact(gate),
                exact(peer),
                row.findings
            ))
        });
        let said: Vec<String> = said.collect();
        text += &format!(" {name}, gate and {peer}: {}.", said.join(", "));
    }
    text
}

fn panel(whole: &Whole, left: f64, name: &str, number: Number) -> Result<String> {
    let gate: Vec<f64> = whole.rows.iter().map(|row| number(&row.gate)).collect();
    let peer = whole.rows.iter().filter_map(|row| row.peer.as_ref());
    let peer: Vec<f64> = peer.map(number).collect();
    let (low, high) = gate
        .iter()
        .chain(&peer)
        .fold((f64::MAX, f64::MIN), |(low, high), n| {
            (low.min(*n), high.max(*n))
        });
    let (low, high) = (low.log10().floor(), high.log10().ceil());
    let last = whole.rows.last().map_or(1, |row| row.findings) as f64;
    let x = |n: f64| left + PANEL.0 * n.log10() / last.log10().max(1.0);
    let y = |n: f64| TOP + PANEL.1 * (high - n.log10()) / (high - low).max(1.0);

    let (right, bottom) = (left + PANEL.0, TOP + PANEL.1);
    let mut svg = format!(
        "<text class=\"panel\" x=\"{left}\" y=\"{}\">{name}</text>\n",
        TOP - 18.0
    );
    for decade in (low as i32)..=(high as i32) {
        let (value, at) = (10f64.powi(decade), y(10f64.powi(decade)));
        writeln!(
            svg,
            r#"<path class="grid" d="M{left} {at:.1}H{right}"/><text class="quiet" text-anchor="end" x="{}" y="{:.1}">{}</text>"#,
            left - 8.0,
            at + 4.0,
            short(value)
        )?;
    }
    for row in &whole.rows {
        writeln!(
            svg,
            r#"<text class="quiet" text-anchor="middle" x="{:.1}" y="{}">{}</text>"#,
            x(row.findings as f64),
            bottom + 20.0,
            short(row.findings as f64)
        )?;
    }
    for (line, numbers) in [(Line::Peer, &peer), (Line::Gate, &gate)] {
        let points = whole.rows.iter().map(|row| x(row.findings as f64));
        let points: Vec<(f64, f64)> = points.zip(numbers.iter().map(|n| y(*n))).collect();
        let path: Vec<String> = points
            .iter()
            .map(|(x, y)| format!("{x:.1} {y:.1}"))
            .collect();
        let class = line.class();
        writeln!(
            svg,
            r#"<path class="{class} line" d="M{}"/>"#,
            path.join("L")
        )?;
        svg.extend(points.iter().map(|(x, y)| line.mark(*x, *y)));
    }
    let last = gate.last().copied().zip(peer.last().copied());
    let (gate, peer) = last.ok_or("nothing was measured beside the gate")?;
    for (n, y) in apart([(gate, y(gate)), (peer, y(peer))]) {
        let (x, y) = (right + 8.0, y + 4.0);
        writeln!(svg, "\n<text x=\"{x}\" y=\"{y:.1}\">{}</text>", exact(n))?;
    }
    Ok(svg)
}

/// Two labels and their heights, far enough from each other to be read.
fn apart([one, other]: [(f64, f64); 2]) -> [(f64, f64); 2] {
    const LINE: f64 = 15.0;
    let (upper, lower) = if one.1 < other.1 {
        (one, other)
    } else {
        (other, one)
    };
    let missing = (LINE - (lower.1 - upper.1)).max(0.0) / 2.0;
    [(upper.0, upper.1 - missing), (lower.0, lower.1 + missing)]
}

/// A number as it stands beside a line.
fn exact(n: f64) -> String {
    match n {
        n if n >= 9.95 => format!("{n:.0}"),
        n => format!("{n:.1}"),
    }
}

/// A round number in a few characters: `0.1`, `10`, `100k`.
fn short(n: f64) -> String {
    match n {
        n if n >= 1e3 => format!("{}k", n / 1e3),
        n => n.to_string(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
