//! The one-process server under load, beside pgbench with the very same statements.

mod plans;

use std::path::PathBuf;

use anyhow::Context as _;
use platform::SystemClock;
use ports::Clock as _;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::load::{Client, PASSWORD, Requests, Wrk, sign_in};
use crate::process::{cpu_of_children, cpu_of_threads};
use crate::statements::{Postgres, Statement, script};
use crate::stats::median;
use crate::{hashes, say};
use plans::Plan;

/// What to measure.
#[derive(clap::Args)]
pub struct Options {
    /// Where the API is served
    #[arg(long)]
    api: String,
    /// The server's process
    #[arg(long)]
    server: u32,
    /// Postgres's first process
    #[arg(long)]
    postgres: u32,
    /// The functions' database
    #[arg(long)]
    database_url: String,
    /// The same server, for its superuser
    #[arg(long)]
    superuser_url: String,
    /// Postgres's own output
    #[arg(long)]
    postgres_log: PathBuf,
    /// The folder of psql and pgbench
    #[arg(long)]
    postgres_programs: PathBuf,
    /// The load generator
    #[arg(long)]
    wrk: PathBuf,
    /// For scripts
    #[arg(long)]
    scratch: PathBuf,
    /// Seconds of each load
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// How often each load is repeated where a bound is on it
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// How many connections there are at once
    #[arg(long, default_value_t = 16)]
    connections: usize,
}

/// Everything that was measured.
#[derive(Serialize, Deserialize)]
pub struct Figures {
    pub seconds: u64,
    pub connections: usize,
    pub cases: Vec<Case>,
    pub login: Login,
}

/// An endpoint.
#[derive(Serialize, Deserialize)]
pub struct Case {
    pub name: String,
    /// Whether a bound is on it.
    pub bound: bool,
    pub statements: usize,
    /// Requests a second, the median of the rounds.
    pub per_second: f64,
    /// pgbench's transactions a second; none where there is nothing to compare with.
    pub pgbench_per_second: Option<f64>,
    /// The median of the rounds' own ratios.
    pub ratio: Option<f64>,
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// Microseconds of CPU of a request: the server's and Postgres's.
    pub server_cpu: f64,
    pub postgres_cpu: f64,
    /// Bytes of an answer, with its head.
    pub bytes: f64,
    pub failed: f64,
}

/// Logins, beside the bare hash.
#[derive(Serialize, Deserialize)]
pub struct Login {
    pub per_second: f64,
    pub hashes_per_second: f64,
    pub ratio: f64,
    pub failed: f64,
    /// Of a bare hash.
    pub hash_cpu_ms: f64,
    /// Of a login, the server's own.
    pub server_cpu_ms: f64,
    /// Of a login, that of Postgres.
    pub postgres_cpu_ms: f64,
}

struct Bench<'a> {
    options: &'a Options,
    client: Client,
    wrk: Wrk,
    postgres: Postgres,
}

/// Measures all of it.
pub async fn measure(options: &Options) -> anyhow::Result<Figures> {
    let client = Client { api: options.api.clone(), token: sign_in(&options.api)? };
    let wrk = Wrk {
        program: options.wrk.clone(),
        scratch: options.scratch.clone(),
        connections: options.connections,
    };
    let postgres = Postgres {
        programs: options.postgres_programs.clone(),
        url: options.database_url.clone(),
        superuser_url: options.superuser_url.clone(),
        log: options.postgres_log.clone(),
    };
    let bench = Bench { options, client, wrk, postgres };
    let plans = plans::all(&bench.client)?;
    let cases = plans.iter().map(|plan| bench.case(plan)).collect::<anyhow::Result<_>>()?;
    let login = bench.login()?;
    Ok(Figures { seconds: options.seconds, connections: options.connections, cases, login })
}

impl Bench<'_> {
    fn case(&self, plan: &Plan) -> anyhow::Result<Case> {
        let statements = self.postgres.statements(|| self.call(&plan.requests))?;
        let scripts = if plan.compared { self.scripts(plan, &statements)? } else { Vec::new() };
        let rounds = if plan.bound { self.options.rounds } else { 1 };
        let (mut ratios, mut rates, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
        let (mut cpu, mut last) = ([0.0; 2], None);
        for _ in 0..rounds {
            let before = self.cpu()?;
            let loaded = self.wrk.load(&self.client, &plan.requests, self.options.seconds)?;
            for (sum, spent) in cpu.iter_mut().zip(self.cpu_since(before)?) {
                *sum += spent as f64 / 1000.0 / loaded.requests / rounds as f64;
            }
            rates.push(loaded.per_second);
            if !scripts.is_empty()
                && let Some(rate) =
                    self.postgres.bench(&scripts, self.options.connections, self.options.seconds)?
            {
                theirs.push(rate);
                ratios.push(loaded.per_second / rate);
            }
            last = Some(loaded);
        }
        let last = last.context("no round was made")?;
        let some = |values: &[f64]| (!values.is_empty()).then(|| median(values));
        say(&format!("{}: {:.0} a second, pgbench {:?}", plan.name, median(&rates), some(&theirs)));
        Ok(Case {
            name: plan.name.to_owned(),
            bound: plan.bound,
            statements: statements.len(),
            per_second: median(&rates),
            pgbench_per_second: some(&theirs),
            ratio: some(&ratios),
            p50_ms: last.p50_ms,
            p99_ms: last.p99_ms,
            server_cpu: cpu[0],
            postgres_cpu: cpu[1],
            bytes: last.bytes,
            failed: last.failed,
        })
    }

    /// The statements as a script of pgbench's; where they write to a title, one for each of the titles.
    fn scripts(&self, plan: &Plan, statements: &[Statement]) -> anyhow::Result<Vec<PathBuf>> {
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        let first = plan.titles.first();
        let write = |number: usize, title: Option<&String>| {
            let mut own = statements.to_vec();
            let values = own.iter_mut().flat_map(|statement| &mut statement.values);
            for value in values.filter(|value| first.is_some() && value.as_ref() == first) {
                *value = title.cloned();
            }
            let path = self.options.scratch.join(format!("{number}.sql"));
            script(&path, &own, plan.drawn).map(|()| path)
        };
        if plan.titles.is_empty() {
            return Ok(vec![write(0, None)?]);
        }
        plan.titles.iter().enumerate().map(|(number, title)| write(number, Some(title))).collect()
    }

    fn call(&self, requests: &Requests) -> anyhow::Result<()> {
        let (path, body) = requests.lines.first().context("a plan without requests")?;
        if body.is_empty() {
            return self.client.get(path).map(drop);
        }
        let body = serde_json::from_str(&body.replace("{n}", &SystemClock.id().to_string()))?;
        self.client.send(requests.method, path, &body).map(drop)
    }

    fn cpu(&self) -> anyhow::Result<[u64; 2]> {
        Ok([cpu_of_threads(self.options.server)?, cpu_of_children(self.options.postgres)?])
    }

    fn cpu_since(&self, before: [u64; 2]) -> anyhow::Result<[u64; 2]> {
        let [server, postgres] = self.cpu()?;
        Ok([server.saturating_sub(before[0]), postgres.saturating_sub(before[1])])
    }

    fn login(&self) -> anyhow::Result<Login> {
        // Of many people, as logins are: who tries in many places at once is taken for somebody who guesses.
        let people = self.postgres.column("select email from users where email like 'seed-%'")?;
        anyhow::ensure!(!people.is_empty(), "nobody was made up who could sign in");
        let lines = |people: &[String]| {
            let body = |email| json!({"email": email, "password": PASSWORD}).to_string();
            people.iter().map(|email| ("/auth/token".to_owned(), body(email))).collect()
        };
        let (mut ratios, mut rates, mut bare, mut failed) = (Vec::new(), Vec::new(), Vec::new(), 0.0);
        let (mut cpu, mut logins) = ([0; 2], 0.0);
        // More than of the others: a hash is all memory, and so what a neighbour disturbs most. And longer: the logins that
        // are under way when a load ends are not counted.
        let (rounds, seconds) = (3 * self.options.rounds, 3 * self.options.seconds);
        for people in people.chunks(people.len().div_ceil(rounds).max(1)) {
            let requests = Requests { method: "POST", lines: lines(people), encoding: None };
            let hashes = hashes::per_second(seconds)?;
            let before = self.cpu()?;
            let loaded = self.wrk.load(&self.client, &requests, seconds)?;
            for (sum, spent) in cpu.iter_mut().zip(self.cpu_since(before)?) {
                *sum += spent;
            }
            logins += loaded.requests;
            ratios.push(loaded.per_second / hashes);
            rates.push(loaded.per_second);
            bare.push(hashes);
            failed += loaded.failed;
        }
        let (per_second, hashes_per_second) = (median(&rates), median(&bare));
        say(&format!("logins: {per_second:.0} a second, bare hashes {hashes_per_second:.0}"));
        let [server_cpu_ms, postgres_cpu_ms] = cpu.map(|nanoseconds| nanoseconds as f64 / 1e6 / logins);
        let cores = std::thread::available_parallelism()?.get() as f64;
        Ok(Login {
            per_second,
            hashes_per_second,
            ratio: median(&ratios),
            failed,
            hash_cpu_ms: cores * 1000.0 / hashes_per_second,
            server_cpu_ms,
            postgres_cpu_ms,
        })
    }
}
