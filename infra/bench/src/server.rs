//! The one-process server under load, beside pgbench with the very same statements.

use std::path::PathBuf;

use anyhow::Context as _;
use platform::SystemClock;
use ports::Clock as _;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::load::{Client, EMAIL, PASSWORD, Requests, Wrk, sign_in};
use crate::process::{cpu_of_children, cpu_of_threads};
use crate::statements::{Postgres, Statement, script};
use crate::stats::median;
use crate::{hashes, say};

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
    #[arg(long, default_value_t = 2)]
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
}

/// So many walks and reviews of one person are changed in turn, or all would wait for one row.
const OWN: usize = 32;

struct Plan {
    name: &'static str,
    bound: bool,
    requests: Requests,
    /// What pgbench draws anew in its statement: which value, and from where to where.
    drawn: Option<(usize, [u16; 2])>,
    /// Whether pgbench runs the same beside it.
    compared: bool,
    /// The titles that writes go to, the first request's first.
    titles: Vec<String>,
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
    let plans = bench.plans()?;
    let cases = plans.iter().map(|plan| bench.case(plan)).collect::<anyhow::Result<_>>()?;
    let login = bench.login()?;
    Ok(Figures { seconds: options.seconds, connections: options.connections, cases, login })
}

impl Bench<'_> {
    fn plans(&self) -> anyhow::Result<Vec<Plan>> {
        let titles = self.client.get("/titles?type=game&sort=id&limit=50")?;
        let ids: Vec<String> = titles["items"]
            .as_array()
            .context("titles")?
            .iter()
            .filter_map(|title| title["id"].as_str().map(str::to_owned))
            .collect();
        let first = ids.first().context("there are no titles")?;
        let (walks, reviews) = self.own(&ids)?;
        let (walk, review) = (&walks[0], &reviews[0]);
        let me = self.client.get("/user/@me")?["id"].as_str().context("a person")?.to_owned();
        let read = |name, path: String| Plan {
            name,
            bound: false,
            requests: Requests { method: "GET", lines: vec![(path, String::new())], encoding: None },
            drawn: None,
            compared: true,
            titles: Vec::new(),
        };
        let bound = |plan: Plan| Plan { bound: true, ..plan };
        let compressed = |plan: Plan| Plan {
            compared: false,
            requests: Requests { encoding: Some("gzip"), ..plan.requests },
            ..plan
        };
        let mut plans = vec![
            bound(read("GET /titles/{id}", format!("/titles/{first}"))),
            bound(read("GET /titles by id", "/titles?type=game&sort=id".into())),
            bound(read("GET /titles by year", "/titles?type=game&sort=release_year".into())),
            bound(read("GET /titles by rating", "/titles?type=game&sort=rating".into())),
            compressed(read("GET /titles by id, gzip", "/titles?type=game&sort=id".into())),
            read("GET /titles, a search", "/titles?type=game&search=Beacon".into()),
            read("GET /titles/{id}/reviews", format!("/titles/{first}/reviews")),
            read("GET /titles/{id}/walks", format!("/titles/{first}/walks")),
            read("GET /titles/{id}/history", format!("/titles/{first}/history")),
            read("GET /walks/{id}", format!("/walks/{walk}")),
            read("GET /reviews/{id}", format!("/reviews/{review}")),
            read("GET /user/@me", "/user/@me".into()),
            read("GET /user/{user_id}", format!("/user/{me}")),
            read("GET /user/{user_id}/walks", format!("/user/{me}/walks")),
            read("GET /user/{user_id}/reviews", format!("/user/{me}/reviews")),
            read("GET /user/@me/export", "/user/@me/export".into()),
            read("GET /auth/sessions", "/auth/sessions".into()),
            read("GET /auth/.well-known/jwks.json", "/auth/.well-known/jwks.json".into()),
            read("GET /health", "/health".into()),
            read("GET /openapi.json", "/openapi.json".into()),
        ];
        plans.extend(writes(&ids));
        Ok(plans)
    }

    /// Gives the person walks and reviews of the first titles, and tells their ids.
    fn own(&self, titles: &[String]) -> anyhow::Result<(Vec<String>, Vec<String>)> {
        let (mut walks, mut reviews) = (Vec::new(), Vec::new());
        let id = |made: serde_json::Value| made["id"].as_str().map(str::to_owned).context("an id");
        for title in titles.iter().take(OWN) {
            walks.push(id(self.made("walk", title, &json!({"title_id": title, "state": "planned"}))?)?);
            let review = json!({"title_id": title, "rating": 50, "text": "Made up. ".repeat(10)});
            reviews.push(id(self.made("review", title, &review)?)?);
        }
        Ok((walks, reviews))
    }

    /// The person's walk or review of a title, made where it is not there.
    fn made(&self, what: &str, title: &str, body: &serde_json::Value) -> anyhow::Result<serde_json::Value> {
        let there = self.client.get(&format!("/titles/{title}"))?;
        match &there[format!("my_{what}")] {
            serde_json::Value::Null => self.client.send("POST", &format!("/{what}s"), body),
            there => Ok(there.clone()),
        }
    }

    fn case(&self, plan: &Plan) -> anyhow::Result<Case> {
        let statements = self.postgres.statements(|| self.call(&plan.requests))?;
        let scripts = if plan.compared { self.scripts(plan, &statements)? } else { Vec::new() };
        let rounds = if plan.bound { self.options.rounds } else { 1 };
        let (mut ratios, mut rates, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
        let (mut cpu, mut last) = ([0.0; 2], None);
        for _ in 0..rounds {
            let before = self.cpu()?;
            let loaded = self.wrk.load(&self.client, &plan.requests, self.options.seconds)?;
            let after = self.cpu()?;
            for (sum, (after, before)) in cpu.iter_mut().zip(after.iter().zip(before)) {
                *sum += after.saturating_sub(before) as f64 / 1000.0 / loaded.requests / rounds as f64;
            }
            rates.push(loaded.per_second);
            if !scripts.is_empty() {
                let rate = self.postgres.bench(&scripts, self.options.connections, self.options.seconds)?;
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

    fn login(&self) -> anyhow::Result<Login> {
        let body = json!({"email": EMAIL, "password": PASSWORD}).to_string();
        let requests = Requests { method: "POST", lines: vec![("/auth/token".into(), body)], encoding: None };
        let (mut ratios, mut rates, mut bare, mut failed) = (Vec::new(), Vec::new(), Vec::new(), 0.0);
        for _ in 0..self.options.rounds {
            let hashes = hashes::per_second(self.options.seconds)?;
            let loaded = self.wrk.load(&self.client, &requests, self.options.seconds)?;
            ratios.push(loaded.per_second / hashes);
            rates.push(loaded.per_second);
            bare.push(hashes);
            failed += loaded.failed;
        }
        let (per_second, hashes_per_second) = (median(&rates), median(&bare));
        say(&format!("logins: {per_second:.0} a second, bare hashes {hashes_per_second:.0}"));
        Ok(Login { per_second, hashes_per_second, ratio: median(&ratios), failed })
    }
}

/// The writes: what pgbench draws anew in its statement is what these change from request to request.
fn writes(titles: &[String]) -> Vec<Plan> {
    let plan = |name, method, lines, drawn: Option<(usize, [u16; 2])>| Plan {
        name,
        bound: false,
        requests: Requests { method, lines, encoding: None },
        drawn,
        compared: drawn.is_some(),
        titles: if drawn.is_some() { titles.iter().take(OWN).cloned().collect() } else { Vec::new() },
    };
    let own = titles.iter().take(OWN);
    let states = ["planned", "in_progress", "on_hold", "dropped", "completed"];
    let walks = states.iter().flat_map(|state| {
        own.clone()
            .map(move |title| ("/walks".to_owned(), json!({"title_id": title, "state": state}).to_string()))
    });
    let reviews = (0..7).flat_map(|round| {
        own.clone().map(move |title| {
            ("/reviews".to_owned(), json!({"title_id": title, "rating": round * 13}).to_string())
        })
    });
    let added = json!({"name": "Added {n}", "description": "Made up.", "type": "film", "release_year": 2020});
    vec![
        plan("PATCH /walks", "PATCH", walks.collect(), Some((3, [1, 6]))),
        plan("PATCH /reviews", "PATCH", reviews.collect(), Some((3, [0, 100]))),
        plan("POST /titles", "POST", vec![("/titles".to_owned(), added.to_string())], None),
    ]
}
