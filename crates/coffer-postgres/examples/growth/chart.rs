//! The growth as a chart: both axes by powers of ten, so that what grows in proportion rises by one square for each.

use std::fmt::Write as _;

use crate::row::Row;

const LEFT: f64 = 64.0;
const TOP: f64 = 74.0;
/// Of one power of ten, upwards and sideways.
const SQUARE: f64 = 64.0;
const WIDE: f64 = 128.0;
/// From 1,000 secrets to 1,000,000.
const ACROSS: f64 = 3.0;
/// From 10 us to 10 s.
const UP: f64 = 6.0;
const LOWEST_US: f64 = 10.0;

const LINES: [(&str, &str); 6] = [
    ("read one at random, p99", "#0d8a7b"),
    ("list a folder of 100, p99", "#4c7fd1"),
    ("open the store and read one", "#9a6dd7"),
    ("the first search of a tenant", "#c2571a"),
    ("find, p99", "#b8860b"),
    ("report, p99", "#cf3f76"),
];

/// The file. A full line is one tenant, a broken one many.
pub(crate) fn svg(rows: &[Row]) -> String {
    let (width, height) = (LEFT + WIDE * ACROSS + 330.0, TOP + SQUARE * UP + 48.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\">\n\
        <title>What a store costs as it grows</title>\n<style>text{{font:12.5px system-ui,'Segoe UI',Roboto,Arial,sans-serif;fill:#24292f}}\
        .title{{font-size:17px;font-weight:600}}.grid{{stroke:#d0d7de;stroke-width:1}}path{{fill:none;stroke-width:2.2}}\
        @media(prefers-color-scheme:dark){{text{{fill:#e6edf3}}.grid{{stroke:#3d444d}}}}</style>\n\
        <text class=\"title\" x=\"16\" y=\"30\">What a store costs as it grows</text>\n\
        <text x=\"16\" y=\"51\">Full lines: one tenant. Broken: many tenants. Both axes by powers of ten.</text>\n"
    );
    grid(&mut svg);
    for (place, (name, colour)) in LINES.iter().enumerate() {
        let of = |many: bool| rows.iter().filter(move |row| (row.tenants > 1) == many);
        for (many, dash) in [(false, ""), (true, " stroke-dasharray=\"5 4\"")] {
            let points: Vec<String> = of(many).map(|row| at(row, row.micros(name))).collect();
            if points.is_empty() {
                continue;
            }
            let _ = writeln!(svg, "<path stroke=\"{colour}\"{dash} d=\"M{}\"/>", points.join("L"));
        }
        let (x, y) = (LEFT + WIDE * ACROSS + 40.0, TOP + 24.0 * place as f64 + 8.0);
        let _ = writeln!(
            svg,
            "<path stroke=\"{colour}\" d=\"M{x} {y}h26\"/><text x=\"{}\" y=\"{}\">{name}</text>",
            x + 34.0,
            y + 4.0
        );
    }
    svg + "</svg>\n"
}

fn grid(svg: &mut String) {
    let (right, bottom) = (LEFT + WIDE * ACROSS, TOP + SQUARE * UP);
    for (place, label) in ["1,000", "10,000", "100,000", "1,000,000"].iter().enumerate() {
        let x = LEFT + WIDE * place as f64;
        let _ = writeln!(
            svg,
            "<line class=\"grid\" x1=\"{x}\" y1=\"{TOP}\" x2=\"{x}\" y2=\"{bottom}\"/>\
            <text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{label}</text>",
            bottom + 18.0
        );
    }
    let _ = writeln!(svg, "<text x=\"{LEFT}\" y=\"{}\">secrets</text>", bottom + 36.0);
    for (place, label) in ["10 us", "100 us", "1 ms", "10 ms", "100 ms", "1 s", "10 s"].iter().enumerate() {
        let y = bottom - SQUARE * place as f64;
        let _ = writeln!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" y1=\"{y}\" x2=\"{right}\" y2=\"{y}\"/>\
            <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{label}</text>",
            LEFT - 8.0,
            y + 4.0
        );
    }
}

/// Where a time of a row lies.
fn at(row: &Row, micros: f64) -> String {
    let x = LEFT + WIDE * ((row.all() as f64).log10() - 3.0);
    let y = TOP + SQUARE * UP - SQUARE * (micros / LOWEST_US).log10();
    format!("{x:.1} {y:.1}")
}
