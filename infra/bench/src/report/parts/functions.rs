use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::super::Target;
use super::super::picture::Bars;
use super::most;
use crate::lambda::{Figures, Function, Warm};

const MB: f64 = 1e6;
/// Those that read and write pictures.
const WITH_PICTURES: [&str; 2] = ["user", "titles"];

fn warm(figures: &Figures) -> impl Iterator<Item = (&Function, &Warm)> {
    figures.functions.iter().filter_map(|function| Some((function, function.warm.as_ref()?)))
}

fn zip(function: &Function) -> f64 {
    function.cold.zip_bytes as f64 / MB
}

/// What the figures say of the targets.
pub fn lambda_targets(figures: &Figures) -> Vec<Target> {
    let starts = || figures.functions.iter().map(|function| &function.cold);
    let at_most = |what: &str, measured: Option<f64>, bound: f64, unit: &str| {
        measured.map(|value| Target::new(what, format!("{value:.2} {unit} at most"), value <= bound))
    };
    let pictures = |function: &&Function| WITH_PICTURES.contains(&function.name.as_str());
    let stacks = most(starts().map(|cold| cold.tls_stacks.len() as f64));
    let targets = [
        at_most(
            "first poll at most 15 ms after a bare function's",
            most(starts().map(|cold| cold.first_poll_ms - cold.bare_first_poll_ms)),
            15.0,
            "ms",
        ),
        at_most(
            "first poll at most 3 times a bare function's, behind a proxy of the database as deployed",
            most(starts().map(|cold| cold.first_poll_ms / cold.bare_first_poll_ms)),
            3.0,
            "times",
        ),
        at_most(
            "a warm answer without I/O at most 0.2 ms over a bare function's, in the median",
            most(warm(figures).map(|(_, warm)| (warm.quiet_p50 - warm.bare_p50) / 1000.0)),
            0.2,
            "ms",
        ),
        at_most(
            "at most 40 MB resident",
            most(warm(figures).map(|(_, warm)| warm.memory_kib as f64 * 1024.0 / MB)),
            40.0,
            "MB",
        ),
        at_most(
            "each zip at most 6 MB",
            most(figures.functions.iter().filter(|function| !pictures(function)).map(zip)),
            6.0,
            "MB",
        ),
        at_most(
            "each zip with pictures at most 8 MB",
            most(figures.functions.iter().filter(pictures).map(zip)),
            8.0,
            "MB",
        ),
        stacks
            .map(|most| Target::new("one TLS stack in each program", format!("{most} at most"), most == 1.0)),
        at_most("the first random draw under 2 ms", Some(figures.draw_ms), 2.0, "ms"),
    ];
    targets.into_iter().flatten().collect()
}

/// The tables.
pub fn lambda(figures: &Figures) -> String {
    let Figures { starts, invocations, .. } = figures;
    let straight = figures.functions.iter().map(|f| f.cold.direct_first_poll_ms / f.cold.bare_first_poll_ms);
    let straight = most(straight).unwrap_or_default();
    let mut text = format!(
        "\n## The functions, as Lambda runs them\n\nEach release program behind a double of Lambda's Runtime API, with \
         Postgres, Valkey and an emulator of AWS on the same machine: {starts} starts, in turn with those of a function \
         that is `lambda_http` and nothing else. Each opens its connections before it asks for the first event. That to \
         Postgres goes through PgBouncer, which stands for RDS Proxy: connections to the database are open already, \
         and a password is not stretched in thousands of rounds, as IAM's token is not. Straight to Postgres, as no deployed \
         function goes, a process of the server's starts and those rounds (SCRAM) are done: a first poll is {straight:.2} \
         times a bare one's there at most.\n\n![First poll](cold.svg)\n\n\
         | function | zip, MB | TLS stack | start to first poll, ms | of the bare one | times | straight to Postgres, ms |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n"
    );
    let bare = ("bare", &figures.bare);
    for (name, cold) in figures.functions.iter().map(|f| (f.name.as_str(), &f.cold)).chain([bare]) {
        let _ = writeln!(
            text,
            "| {name} | {:.2} | {} | {:.1} | {:.1} | {:.1} | {:.1} |",
            cold.zip_bytes as f64 / MB,
            if cold.tls_stacks.is_empty() { "none".to_owned() } else { cold.tls_stacks.join(", ") },
            cold.first_poll_ms,
            cold.bare_first_poll_ms,
            cold.first_poll_ms / cold.bare_first_poll_ms,
            cold.direct_first_poll_ms,
        );
    }
    let _ = write!(
        text,
        "\nThen {invocations} events that are answered without asking any service (a refusal at the gate, public keys), \
         in turn with the bare function's, and a quarter as many of the sample event in `infra/events`, which asks \
         Postgres and Valkey, or SES and DynamoDB.\n\n![Warm](warm.svg)\n\n\
         | function | quiet p50, µs | p99 | CPU | bare p50 | p99 | CPU | sample | first, ms | p50, µs | p99 | CPU | \
         peak memory, MB |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
    );
    for (function, warm) in warm(figures) {
        let _ = writeln!(
            text,
            "| {} | {:.0} | {:.0} | {:.0} | {:.0} | {:.0} | {:.0} | {} | {:.1} | {:.0} | {:.0} | {:.0} | {:.1} |",
            function.name,
            warm.quiet_p50,
            warm.quiet_p99,
            warm.quiet_cpu,
            warm.bare_p50,
            warm.bare_p99,
            warm.bare_cpu,
            warm.status.map_or_else(|| "done".to_owned(), |status| status.to_string()),
            warm.first_ms,
            warm.p50,
            warm.p99,
            warm.cpu,
            warm.memory_kib as f64 * 1024.0 / MB,
        );
    }
    let stacks: BTreeSet<_> = figures.functions.iter().flat_map(|f| &f.cold.tls_stacks).cloned().collect();
    let stacks = stacks.into_iter().collect::<Vec<_>>().join(", ");
    let _ = writeln!(
        text,
        "\nCPU is of one invocation, in microseconds, of all threads. The setup function has no sample event: it runs at a \
         deployment alone. TLS stacks are known by their source files' names in the program: {stacks}. The first draw of \
         random bytes in a fresh process took {:.3} ms (median of nine).",
        figures.draw_ms
    );
    text
}

/// The time to the first poll.
pub fn cold_picture(figures: &Figures) -> String {
    let cold = |function: &Function| {
        (function.name.clone(), vec![function.cold.first_poll_ms, function.cold.bare_first_poll_ms])
    };
    let groups: Vec<_> = figures.functions.iter().map(cold).collect();
    Bars { title: "Start to first poll, ms", series: &["function", "bare"], groups: &groups, bound: None }
        .svg()
}

/// The time of a warm invocation.
pub fn warm_picture(figures: &Figures) -> String {
    let groups: Vec<_> = warm(figures)
        .map(|(function, warm)| (function.name.clone(), vec![warm.p50, warm.quiet_p50, warm.bare_p50]))
        .collect();
    let series = ["sample event", "without I/O", "bare"];
    Bars { title: "Warm invocation, median, µs", series: &series, groups: &groups, bound: None }.svg()
}
