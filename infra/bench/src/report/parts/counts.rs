use std::fmt::Write as _;

use serde::Deserialize;

use super::super::Target;
use super::super::picture::Bars;
use super::most;

/// What endpoints ask of Postgres at two sizes.
#[derive(Deserialize)]
pub struct Growth {
    titles: [u32; 2],
    lines: Vec<Grown>,
    pages: Vec<Page>,
    found: Vec<Found>,
}

#[derive(Deserialize)]
struct Grown {
    endpoint: String,
    how: String,
    statements: u32,
    small: u32,
    large: u32,
}

#[derive(Deserialize)]
struct Page {
    sort: String,
    first: u32,
    late: u32,
}

#[derive(Deserialize)]
struct Found {
    matches: u32,
    blocks: u32,
}

/// What endpoints consume of DynamoDB at two sizes.
#[derive(Deserialize)]
pub struct Capacity {
    titles: [u32; 2],
    lines: Vec<Consumed>,
}

#[derive(Deserialize)]
struct Consumed {
    endpoint: String,
    how: String,
    small: Units,
    large: Units,
}

#[derive(Deserialize, PartialEq)]
struct Units {
    calls: u32,
    read: f64,
    write: f64,
}

impl Grown {
    fn is_search(&self) -> bool {
        self.how.starts_with("a search")
    }

    fn times(&self) -> f64 {
        f64::from(self.large) / f64::from(self.small.max(1))
    }
}

/// What the counts of blocks say of the targets.
pub fn growth_targets(growth: &Growth) -> Vec<Target> {
    let times = most(growth.lines.iter().filter(|line| !line.is_search()).map(Grown::times));
    let late = most(growth.pages.iter().map(|page| f64::from(page.late) / f64::from(page.first)));
    let target = |what: &str, times: Option<f64>, bound: f64| {
        times.map(|times| Target::new(what, format!("{times:.2} times at most"), times <= bound))
    };
    let all =
        "every endpoint but search touches at most 1.5 times the blocks with a hundredfold of everything";
    [target(all, times, 1.5), target("page 1,000 at most 1.2 times page 1", late, 1.2)]
        .into_iter()
        .flatten()
        .collect()
}

/// What the count of units says of its target.
pub fn capacity_target(capacity: &Capacity) -> Target {
    let other = capacity.lines.iter().filter(|line| line.small != line.large).count();
    let [few, many] = capacity.titles;
    Target::new(
        "DynamoDB consumes the same units with a hundredfold of titles",
        format!("{other} of {} calls differ, with {few} and {many} titles", capacity.lines.len()),
        other == 0,
    )
}

/// The tables of blocks.
pub fn growth(growth: &Growth) -> String {
    let [few, many] = growth.titles;
    let mut text = format!(
        "\n## What Postgres touches, with {few} and {many} titles\n\nBlocks of 8 KB that a request's statements touch, \
         in memory or not, those of writes and of the checks of foreign keys among them (`pg_stat_statements`), at two \
         sizes of everything: half as many people as titles, a walk and a review of each title, and one title that \
         everybody walked and reviewed, which is the one that is asked for. A statement is a round trip; every request \
         with a token has one for its session, which is otherwise remembered for five seconds.\n\n![Blocks](growth.svg)\n\n\
         | endpoint | measured with | statements | blocks, {few} | blocks, {many} | times |\n\
         | --- | --- | --- | --- | --- | --- |\n"
    );
    for line in &growth.lines {
        let Grown { endpoint, how, statements, small, large } = line;
        let _ = writeln!(
            text,
            "| `{endpoint}` | {how} | {statements} | {small} | {large} | {:.2} |",
            line.times()
        );
    }
    text.push_str("\n| list of titles | page 1 | page 1,000 |\n| --- | --- | --- |\n");
    for Page { sort, first, late } in &growth.pages {
        let _ = writeln!(text, "| by `{sort}` | {first} | {late} |");
    }
    let _ = write!(
        text,
        "\nA search costs by what it finds, with {many} titles:\n\n| titles found | blocks |\n| --- | --- |\n"
    );
    for Found { matches, blocks } in &growth.found {
        let _ = writeln!(text, "| {matches} | {blocks} |");
    }
    text
}

/// The blocks of the reads.
pub fn growth_picture(growth: &Growth) -> String {
    let read = |line: &&Grown| line.endpoint.starts_with("GET") && line.large > 0;
    let group = |line: &Grown| {
        let how = if line.endpoint == "GET /titles" { format!(", {}", line.how) } else { String::new() };
        (format!("{}{how}", line.endpoint), vec![f64::from(line.small), f64::from(line.large)])
    };
    let groups: Vec<_> = growth.lines.iter().filter(read).map(group).collect();
    let [few, many] = growth.titles.map(|titles| format!("{titles} titles"));
    Bars { title: "Blocks that a read touches", series: &[&few, &many], groups: &groups, bound: None }.svg()
}

/// The table of units.
pub fn capacity(capacity: &Capacity) -> String {
    let [few, many] = capacity.titles;
    let mut text = format!(
        "\n## What DynamoDB consumes, with {few} and {many} titles\n\nCalls, read units and write units of a request \
         (`ReturnConsumedCapacity`); [dynamodb.md](../dynamodb.md) says what they are.\n\n\
         | endpoint | measured with | {few} titles | {many} titles |\n| --- | --- | --- | --- |\n"
    );
    for Consumed { endpoint, how, small, large } in &capacity.lines {
        let _ = writeln!(text, "| `{endpoint}` | {how} | {} | {} |", small.text(), large.text());
    }
    text
}

impl Units {
    fn text(&self) -> String {
        format!("{} / {} / {}", self.calls, self.read, self.write)
    }
}
