//! Each function as Lambda runs it: its start, its first answer, and its answers when it is warm, beside those of a
//! function that is `lambda_http` and nothing else.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::Context as _;
use axum::body::Bytes;
use serde::{Deserialize, Serialize};

use crate::events::{self, Events};
use crate::process::{Started, cpu_of_threads, peak_memory};
use crate::runtime::{Invoked, Runtime};
use crate::stats::{median, quantile};
use crate::{draw, load, say, size};

/// What to measure.
#[derive(clap::Args)]
pub struct Options {
    /// Where `cargo lambda build` leaves programs
    #[arg(long)]
    programs: PathBuf,
    /// The sample events
    #[arg(long)]
    events: PathBuf,
    /// Where the API is served, to sign in for the events' token
    #[arg(long)]
    api: String,
    /// Postgres without the pooler that the environment's DATABASE_URL goes through
    #[arg(long)]
    direct_database_url: String,
    /// These functions alone
    #[arg(long, default_values = FUNCTIONS)]
    function: Vec<String>,
    /// How often each function is started
    #[arg(long, default_value_t = 15)]
    starts: usize,
    /// How often each is invoked warm
    #[arg(long, default_value_t = 1_000)]
    invocations: usize,
}

const BARE: &str = "bare";
const FUNCTIONS: [&str; 8] = ["auth", "user", "titles", "walks", "reviews", "web", "alerts", "setup"];

/// Everything that was measured.
#[derive(Serialize, Deserialize)]
pub struct Figures {
    pub starts: usize,
    pub invocations: usize,
    pub bare: Cold,
    pub functions: Vec<Function>,
    /// Milliseconds of the first random draw in fresh processes.
    pub draw_ms: f64,
}

/// What a start costs.
#[derive(Serialize, Deserialize)]
pub struct Cold {
    pub zip_bytes: usize,
    pub tls_stacks: Vec<String>,
    /// Medians, in milliseconds, from the start of the process.
    pub first_poll_ms: f64,
    /// The same straight to Postgres, without the pooler.
    pub direct_first_poll_ms: f64,
    /// Of the bare function, whose starts were made in turn with these.
    pub bare_first_poll_ms: f64,
}

/// A function, cold and warm.
#[derive(Serialize, Deserialize)]
pub struct Function {
    pub name: String,
    pub cold: Cold,
    /// None where it has no sample event.
    pub warm: Option<Warm>,
}

/// What invocations cost, in microseconds.
#[derive(Serialize, Deserialize)]
pub struct Warm {
    /// What the sample event was answered; none where it is no request.
    pub status: Option<u64>,
    pub first_ms: f64,
    pub p50: f64,
    pub p99: f64,
    pub cpu: f64,
    pub quiet_p50: f64,
    pub quiet_p99: f64,
    pub quiet_cpu: f64,
    /// Of the bare function, whose invocations were made in turn with these.
    pub bare_p50: f64,
    pub bare_p99: f64,
    pub bare_cpu: f64,
    /// The most that was resident, in KiB.
    pub memory_kib: u64,
}

/// A function that runs and has asked for its first event.
struct Instance {
    runtime: Runtime,
    process: Started,
    first_poll_ms: f64,
}

impl Instance {
    async fn start(programs: &Path, name: &str) -> anyhow::Result<Self> {
        Self::run(Command::new(programs.join(name).join("bootstrap")), name).await
    }

    async fn start_without_pooler(options: &Options, name: &str) -> anyhow::Result<Self> {
        let mut command = Command::new(options.programs.join(name).join("bootstrap"));
        command.env("DATABASE_URL", &options.direct_database_url);
        Self::run(command, name).await
    }

    async fn run(mut command: Command, name: &str) -> anyhow::Result<Self> {
        let mut runtime = Runtime::start().await?;
        command.env("AWS_LAMBDA_RUNTIME_API", &runtime.address);
        command.env("AWS_LAMBDA_FUNCTION_NAME", name).env("AWS_LAMBDA_FUNCTION_VERSION", "1");
        command.env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256").env("AWS_LAMBDA_LOG_GROUP_NAME", "bench");
        command.env("AWS_LAMBDA_LOG_STREAM_NAME", "bench");
        let started = Instant::now();
        let process = Started::new(&mut command)?;
        let polled = runtime.polled().await.with_context(|| format!("{name} did not start"))?;
        let first_poll_ms = polled.duration_since(started).as_secs_f64() * 1000.0;
        Ok(Self { runtime, process, first_poll_ms })
    }

    async fn invoke(&mut self, event: &Bytes) -> anyhow::Result<Invoked> {
        self.runtime.invoke(event).await
    }

    fn cpu(&self) -> anyhow::Result<u64> {
        cpu_of_threads(self.process.id())
    }
}

/// Measures all of them.
pub async fn measure(options: &Options) -> anyhow::Result<Figures> {
    let token = load::sign_in(&options.api)?;
    let mut functions = Vec::new();
    for name in &options.function {
        say(&format!("{name}: {} starts, {} invocations", options.starts, options.invocations));
        let cold = cold(options, name).await?;
        let warm = match events::of(&options.events, name, &token)? {
            Some(events) => Some(warm(options, name, &events).await?),
            None => None,
        };
        functions.push(Function { name: name.to_owned(), cold, warm });
    }
    let bare = cold(options, BARE).await?;
    let draw_ms = median(&draw::in_fresh_processes(9)?);
    Ok(Figures { starts: options.starts, invocations: options.invocations, bare, functions, draw_ms })
}

async fn cold(options: &Options, name: &str) -> anyhow::Result<Cold> {
    let program = std::fs::read(options.programs.join(name).join("bootstrap"));
    let program = program.with_context(|| format!("{name} is not built"))?;
    let (mut own, mut direct, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    // The first start of each reads the program from the disk, which Lambda's own figures hold beside.
    for start in 0..=options.starts {
        let ours = Instance::start(&options.programs, name).await?.first_poll_ms;
        let without_pooler = Instance::start_without_pooler(options, name).await?.first_poll_ms;
        let theirs = Instance::start(&options.programs, BARE).await?.first_poll_ms;
        if start > 0 {
            own.push(ours);
            direct.push(without_pooler);
            bare.push(theirs);
        }
    }
    Ok(Cold {
        zip_bytes: size::zipped(&program)?,
        tls_stacks: size::tls_stacks(&program).into_iter().collect(),
        first_poll_ms: median(&own),
        direct_first_poll_ms: median(&direct),
        bare_first_poll_ms: median(&bare),
    })
}

async fn warm(options: &Options, name: &str, events: &Events) -> anyhow::Result<Warm> {
    let mut bare = Instance::start(&options.programs, BARE).await?;
    let mut ours = Instance::start(&options.programs, name).await?;
    let first = ours.invoke(&events.sample).await?;
    // The bare function can't read what is no request.
    let (quiet, (theirs, their_cpu)) = if first.status.is_some() {
        in_turn(&mut ours, &mut bare, &events.quiet, options.invocations).await?
    } else {
        let web = events::of(&options.events, "web", "")?.context("the web function has a sample event")?;
        let theirs = many(&mut bare, &web.quiet, options.invocations).await?;
        (many(&mut ours, &events.quiet, options.invocations).await?, theirs)
    };
    let (sample, cpu) = many(&mut ours, &events.sample, options.invocations / 4).await?;
    Ok(Warm {
        status: first.status,
        first_ms: first.took.as_secs_f64() * 1000.0,
        p50: median(&sample),
        p99: quantile(&sample, 0.99),
        cpu,
        quiet_p50: median(&quiet.0),
        quiet_p99: quantile(&quiet.0, 0.99),
        quiet_cpu: quiet.1,
        bare_p50: median(&theirs),
        bare_p99: quantile(&theirs, 0.99),
        bare_cpu: their_cpu,
        memory_kib: peak_memory(ours.process.id())?,
    })
}

/// Microseconds of each invocation, and the CPU of one.
type Invocations = (Vec<f64>, f64);

async fn many(instance: &mut Instance, event: &Bytes, count: usize) -> anyhow::Result<Invocations> {
    let before = instance.cpu()?;
    let mut took = Vec::new();
    for _ in 0..count {
        took.push(instance.invoke(event).await?.took.as_secs_f64() * 1e6);
    }
    let cpu = per(instance.cpu()? - before, count);
    Ok((took, cpu))
}

/// Invokes both with the same event, one after the other, so that both meet the same noise.
async fn in_turn(
    ours: &mut Instance,
    bare: &mut Instance,
    event: &Bytes,
    count: usize,
) -> anyhow::Result<(Invocations, Invocations)> {
    let before = (ours.cpu()?, bare.cpu()?);
    let (mut own, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..count {
        own.push(ours.invoke(event).await?.took.as_secs_f64() * 1e6);
        theirs.push(bare.invoke(event).await?.took.as_secs_f64() * 1e6);
    }
    let cpu = (per(ours.cpu()? - before.0, count), per(bare.cpu()? - before.1, count));
    Ok(((own, cpu.0), (theirs, cpu.1)))
}

fn per(nanoseconds: u64, count: usize) -> f64 {
    nanoseconds as f64 / 1000.0 / count.max(1) as f64
}
