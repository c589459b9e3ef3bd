//! Bars as SVG: groups below each other, one bar for each series, on a scale from zero.

use std::fmt::Write as _;

/// What a bar is of, and a value for each series.
pub type Group = (String, Vec<f64>);

/// A picture of bars.
pub struct Bars<'a> {
    /// Above it, with the unit.
    pub title: &'a str,
    /// The series, in the order of their bars.
    pub series: &'a [&'a str],
    /// What is compared.
    pub groups: &'a [Group],
    /// A line to be reached or not to be crossed.
    pub bound: Option<f64>,
}

const COLOURS: [&str; 3] = ["#2f6f8f", "#c9a227", "#8c8c8c"];
const LEFT: f64 = 230.0;
const WIDTH: f64 = 470.0;
const BAR: f64 = 11.0;
const TOP: f64 = 54.0;

impl Bars<'_> {
    /// The picture.
    pub fn svg(&self) -> String {
        let most =
            self.groups.iter().flat_map(|(_, values)| values).copied().chain(self.bound).fold(0.0, f64::max);
        let scale = WIDTH / most.max(f64::MIN_POSITIVE);
        let group = BAR * self.series.len() as f64 + 8.0;
        let bottom = TOP + group * self.groups.len() as f64;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 780 {0:.0}\" font-family=\"sans-serif\" \
             font-size=\"11\"><rect width=\"780\" height=\"{0:.0}\" fill=\"#fff\"/>\
             <text x=\"12\" y=\"20\" font-size=\"14\">{1}</text>",
            bottom + 12.0,
            escaped(self.title),
        );
        self.legend(&mut svg);
        for (number, (label, values)) in self.groups.iter().enumerate() {
            let y = TOP + group * number as f64;
            let middle = y + BAR * values.len() as f64 / 2.0 + 4.0;
            let _ = write!(
                svg,
                "<text x=\"{:.0}\" y=\"{middle:.0}\" text-anchor=\"end\">{}</text>",
                LEFT - 8.0,
                escaped(label)
            );
            for (index, (value, colour)) in values.iter().zip(COLOURS).enumerate() {
                bar(&mut svg, y + BAR * index as f64, (*value, value * scale), colour);
            }
        }
        if let Some(bound) = self.bound {
            let x = LEFT + bound * scale;
            let _ = write!(
                svg,
                "<path d=\"M{x:.1} {TOP:.0}V{bottom:.0}\" stroke=\"#b03030\" stroke-dasharray=\"4 3\"/>"
            );
        }
        svg.push_str("</svg>\n");
        svg
    }

    fn legend(&self, svg: &mut String) {
        let mut x = LEFT;
        let bound = self.bound.map(|_| ("bound", "#b03030"));
        for (name, colour) in self.series.iter().copied().zip(COLOURS).chain(bound) {
            let _ = write!(
                svg,
                "<rect x=\"{x:.0}\" y=\"32\" width=\"10\" height=\"10\" fill=\"{colour}\"/>\
                 <text x=\"{:.0}\" y=\"41\">{}</text>",
                x + 14.0,
                escaped(name)
            );
            x += 34.0 + 6.5 * name.len() as f64;
        }
    }
}

fn bar(svg: &mut String, y: f64, (value, length): (f64, f64), colour: &str) {
    let digits = if value < 10.0 { 2 } else { 0 };
    let _ = write!(
        svg,
        "<rect x=\"{LEFT:.0}\" y=\"{y:.1}\" width=\"{length:.1}\" height=\"{:.0}\" fill=\"{colour}\"/>\
         <text x=\"{:.1}\" y=\"{:.1}\" font-size=\"9\">{value:.digits$}</text>",
        BAR - 1.0,
        LEFT + length + 4.0,
        y + BAR - 3.0,
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_bar_is_as_wide_as_the_picture_allows() {
        let groups = [("a < b".to_owned(), vec![1.0, 4.0])];
        let svg = Bars { title: "Two", series: &["x", "y"], groups: &groups, bound: Some(2.0) }.svg();
        assert!(svg.contains("width=\"470.0\"") && svg.contains("width=\"117.5\""), "{svg}");
        assert!(svg.contains("a &lt; b") && svg.contains("M465.0 "), "{svg}");
    }
}
