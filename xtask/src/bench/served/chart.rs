//! Bar charts as SVG: two bars a group, with their numbers, readable on light and on dark.

use std::fmt::Write as _;

/// Two bars and what they are of.
pub(crate) struct Group {
    pub(crate) label: String,
    /// Coffer's, and OpenBao's: how long, and the number at its end. A bar that is not known has its text alone.
    pub(crate) bars: [(Option<f64>, String); 2],
}

/// A chart.
pub(crate) struct Chart<'c> {
    pub(crate) title: &'c str,
    /// Under it: what is measured, and which way is better.
    pub(crate) about: &'c str,
    pub(crate) groups: Vec<Group>,
}

const WIDTH: f64 = 760.0;
/// Where bars begin.
const LEFT: f64 = 196.0;
/// How long the longest is: its number has room behind it.
const LONGEST: f64 = 440.0;
const TOP: f64 = 86.0;
const BAR: f64 = 18.0;
const BETWEEN_BARS: f64 = 3.0;
const BETWEEN_GROUPS: f64 = 20.0;
const SERIES: [(&str, &str); 2] = [("coffer", "Coffer"), ("openbao", "OpenBao")];

const STYLE: &str = "\
text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,'DejaVu Sans',sans-serif;fill:#24292f}\
.title{font-size:17px;font-weight:600}.about{font-size:12.5px;fill:#57606a}.label{font-size:13px}\
.number{font-size:12.5px;font-variant-numeric:tabular-nums}.coffer{fill:#0d8a7b}.openbao{fill:#9aa5b1}.axis{stroke:#d0d7de}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.about{fill:#9198a1}.coffer{fill:#2bc4ae}.openbao{fill:#6e7a87}\
.axis{stroke:#3d444d}}";

impl Chart<'_> {
    /// The file.
    pub(crate) fn svg(&self) -> String {
        let longest = self.groups.iter().flat_map(|group| group.bars.iter().filter_map(|(value, _)| *value));
        let longest = longest.fold(0.0, f64::max);
        let mut body = String::new();
        let mut y = TOP;
        for group in &self.groups {
            y = place(&mut body, group, y, longest);
        }
        let bottom = y - BETWEEN_GROUPS;
        let height = bottom + 22.0;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
            height=\"{height}\" role=\"img\">\n<title>{}</title>\n<desc>{}</desc>\n<style>{STYLE}</style>\n",
            escaped(self.title),
            escaped(&self.words()),
        );
        let _ = writeln!(svg, "<text class=\"title\" x=\"16\" y=\"30\">{}</text>", escaped(self.title));
        let _ = writeln!(svg, "<text class=\"about\" x=\"16\" y=\"51\">{}</text>", escaped(self.about));
        let mut x = WIDTH - 184.0;
        for (class, name) in SERIES {
            let _ = writeln!(
                svg,
                "<rect class=\"{class}\" x=\"{x}\" y=\"19\" width=\"12\" height=\"12\" rx=\"2\"/>\
                <text class=\"label\" x=\"{}\" y=\"30\">{name}</text>",
                x + 18.0
            );
            x += 84.0;
        }
        let _ = writeln!(
            svg,
            "<line class=\"axis\" x1=\"{LEFT}\" y1=\"{}\" x2=\"{LEFT}\" y2=\"{}\"/>",
            TOP - 8.0,
            bottom + 8.0
        );
        svg + &body + "</svg>\n"
    }

    /// The same for who does not see it.
    fn words(&self) -> String {
        let groups = self.groups.iter().map(|group| {
            let [(_, coffer), (_, openbao)] = &group.bars;
            format!("{}: Coffer {coffer}, OpenBao {openbao}", group.label)
        });
        format!("{}. {}.", self.about, groups.collect::<Vec<_>>().join("; "))
    }
}

/// Draws a group from `y` on; the answer is where the next one begins.
fn place(body: &mut String, group: &Group, mut y: f64, longest: f64) -> f64 {
    let middle = y + BAR + BETWEEN_BARS / 2.0;
    let _ = writeln!(
        body,
        "<text class=\"label\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
        LEFT - 12.0,
        middle + 4.5,
        escaped(&group.label)
    );
    for ((value, number), (class, _)) in group.bars.iter().zip(SERIES) {
        // Something is always to be seen of a bar that is there.
        let length =
            value.filter(|_| longest > 0.0).map_or(0.0, |value| (value / longest * LONGEST).max(1.5));
        if length > 0.0 {
            let _ = writeln!(
                body,
                "<rect class=\"{class}\" x=\"{LEFT}\" y=\"{y:.1}\" width=\"{length:.1}\" height=\"{BAR}\" rx=\"2\"/>"
            );
        }
        let _ = writeln!(
            body,
            "<text class=\"number\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            LEFT + length + 8.0,
            y + BAR / 2.0 + 4.5,
            escaped(number)
        );
        y += BAR + BETWEEN_BARS;
    }
    y - BETWEEN_BARS + BETWEEN_GROUPS
}

/// As XML takes it, in text and in attributes.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            _ => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::{Chart, Group, LONGEST, escaped};

    fn chart(bars: [(Option<f64>, String); 2]) -> String {
        Chart { title: "a < b", about: "c & d", groups: vec![Group { label: "\"e\"".into(), bars }] }.svg()
    }

    #[test]
    fn nothing_that_xml_would_take_for_its_own_is_left() {
        assert_eq!(escaped(r#"<a & "b" 'c'>"#), "&lt;a &amp; &quot;b&quot; &apos;c&apos;&gt;");
        let svg = chart([(Some(1.0), "1 < 2".into()), (Some(2.0), "2".into())]);
        for raw in ["a < b", "c & d", "\"e\"", "1 < 2"] {
            assert!(!svg.contains(raw), "{raw}");
        }
    }

    #[test]
    fn the_longest_bar_is_as_long_as_there_is_room_and_the_shortest_is_seen() {
        let svg = chart([(Some(1.0), "1".into()), (Some(1e6), "many".into())]);
        assert!(svg.contains(&format!("width=\"{LONGEST:.1}\"")) && svg.contains("width=\"1.5\""), "{svg}");
    }

    #[test]
    fn what_is_not_known_has_no_bar_and_its_text() {
        let svg = chart([(None, "no result".into()), (Some(5.0), "5".into())]);
        assert_eq!(svg.matches("width=\"440.0\"").count(), 1);
        assert!(svg.contains(">no result</text>"));
        let none = chart([(None, "no result".into()), (None, "no result".into())]);
        assert!(!none.contains("NaN"), "{none}");
    }

    #[test]
    fn who_does_not_see_it_is_told_the_same() {
        let svg = chart([(Some(1.0), "one".into()), (Some(2.0), "two".into())]);
        assert!(svg.contains("<desc>c &amp; d. &quot;e&quot;: Coffer one, OpenBao two.</desc>"), "{svg}");
    }
}
