use serde_json::{Value, json};

use super::blocks::Touched;
use crate::capacity::scene::Line;

/// What a search touched that finds so many.
pub(super) struct Found {
    pub(super) matches: i64,
    pub(super) touched: Touched,
}

/// Everything that was counted.
pub(super) struct Figures<'a> {
    pub(super) sizes: [u32; 2],
    pub(super) small: &'a [Line<Touched>],
    pub(super) large: &'a [Line<Touched>],
    pub(super) pages: &'a [(Touched, Touched)],
    pub(super) found: &'a [Found],
}

/// How many titles there are in either run: those of the tests, unless the variable says others.
pub(crate) fn sizes(variable_name: &str, of_the_tests: [u32; 2]) -> [u32; 2] {
    let Some(named) = variable(variable_name) else { return of_the_tests };
    let sizes: Vec<u32> = named.split(',').map(|size| size.parse().expect("a number of titles")).collect();
    sizes.try_into().expect("two numbers of titles with a comma between")
}

#[expect(clippy::disallowed_methods, reason = "`cargo dev bench` says in the environment what it wants")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Leaves figures for `cargo dev bench`, where it runs the test.
pub(crate) fn keep(name: &str, figures: &Value) {
    let Some(folder) = variable("PROHOD_FIGURES") else { return };
    std::fs::write(format!("{folder}/{name}.json"), figures.to_string()).expect("figures are kept");
}

impl Figures<'_> {
    pub(super) fn keep(&self) {
        let lines = self.small.iter().zip(self.large).map(|((endpoint, how, small), (.., large))| {
            json!({
                "endpoint": endpoint, "how": how, "statements": large.statements,
                "small": small.blocks, "large": large.blocks,
            })
        });
        let sorts = ["id", "release_year", "rating"];
        let pages =
            self.pages.iter().zip(sorts).map(
                |((first, late), sort)| json!({"sort": sort, "first": first.blocks, "late": late.blocks}),
            );
        let found = self
            .found
            .iter()
            .map(|Found { matches, touched }| json!({"matches": matches, "blocks": touched.blocks}));
        let figures = json!({
            "titles": self.sizes,
            "lines": lines.collect::<Vec<_>>(),
            "pages": pages.collect::<Vec<_>>(),
            "found": found.collect::<Vec<_>>(),
        });
        keep("growth", &figures);
    }
}
