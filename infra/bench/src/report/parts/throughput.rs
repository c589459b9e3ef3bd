use std::fmt::Write as _;

use super::super::Target;
use super::super::picture::Bars;
use super::{least, most};
use crate::server::{Case, Figures};

/// What the figures say of the targets.
pub fn server_targets(figures: &Figures) -> Vec<Target> {
    let bound = || figures.cases.iter().filter(|case| case.bound);
    let ratio = least(bound().filter_map(|case| case.ratio));
    let cpu = most(bound().map(|case| case.server_cpu / case.postgres_cpu));
    let asking = || figures.cases.iter().filter(|case| case.statements > 0);
    let below = asking().filter(|case| case.server_cpu < case.postgres_cpu).count();
    let mut targets = Vec::new();
    targets.extend(ratio.map(|ratio| {
        let what = "title page and catalogue: at least 0.5 of pgbench's throughput";
        Target::new(what, format!("{ratio:.2} at least"), ratio >= 0.5)
    }));
    targets.extend(cpu.map(|cpu| {
        let what = "title page and catalogue: less CPU than Postgres's own";
        Target::new(what, format!("{cpu:.2} of it at most"), cpu < 1.0)
    }));
    targets.push(Target::new(
        "every endpoint that asks Postgres: less CPU than Postgres's own",
        format!("{below} of {}", asking().count()),
        below == asking().count(),
    ));
    targets.push(Target::new(
        "logins at least 0.9 of the bare hash's rate",
        format!("{:.2}", figures.login.ratio),
        figures.login.ratio >= 0.9,
    ));
    targets
}

fn or_none(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"))
}

/// The table.
pub fn server(figures: &Figures) -> String {
    let Figures { seconds, connections, login, .. } = figures;
    let mut text = format!(
        "\n## The one-process server, beside pgbench\n\n{connections} connections, loads of {seconds} seconds, 10,000 \
         titles: wrk on the API, and in turn pgbench with the very statements of the same request, as Postgres logs them \
         (`-M extended`, unnamed statements as the server's own). Where a bound is on a line it is the median of several \
         rounds. CPU is of one request, in microseconds: the server's, and that of Postgres for it. `/health` \
         asks twice a second at most, however often it is asked.\n\n\
         ![Throughput](server.svg)\n\n\
         | endpoint | statements | a second | pgbench | ratio | p50, ms | p99, ms | CPU server | CPU Postgres | bytes |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
    );
    for case in &figures.cases {
        let Case { name, statements, per_second, p50_ms, p99_ms, server_cpu, bytes, .. } = case;
        let failed = if case.failed > 0.0 { format!(" ({} failed)", case.failed) } else { String::new() };
        let _ = writeln!(
            text,
            "| `{name}`{failed} | {statements} | {per_second:.0} | {} | {} | {p50_ms:.1} | {p99_ms:.1} | \
             {server_cpu:.0} | {} | {bytes:.0} |",
            or_none(case.pgbench_per_second, 0),
            or_none(case.ratio, 2),
            or_none((*statements > 0).then_some(case.postgres_cpu), 0),
        );
    }
    let _ = writeln!(
        text,
        "\nLogins of many people, in loads three times as long: {:.1} a second; the same hash with nothing else to do, on all cores: {:.1} a second, in turn; the ratio's \
         median {:.2}; {:.0} failed. The load, Postgres and Valkey have the same cores as the server: of a login's CPU {:.1} ms \
         are the server's own and {:.1} Postgres's, where the bare hash takes {:.1}.",
        login.per_second,
        login.hashes_per_second,
        login.ratio,
        login.failed,
        login.server_cpu_ms,
        login.postgres_cpu_ms,
        login.hash_cpu_ms
    );
    text
}

/// The ratios.
pub fn server_picture(figures: &Figures) -> String {
    let group = |case: &Case| Some((case.name.clone(), vec![case.ratio?]));
    let groups: Vec<_> = figures.cases.iter().filter_map(group).collect();
    let title = "Requests a second, as a share of pgbench's transactions";
    Bars { title, series: &["share"], groups: &groups, bound: Some(0.5) }.svg()
}
