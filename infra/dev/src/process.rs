//! Children: started in groups of their own, so that a terminal's Ctrl-C reaches only `cargo dev`, which then
//! ends them one by one, by id, the last started first.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use tokio::process::Command;
use tokio::sync::watch;

/// How long a child may take to end before it is killed.
const PATIENCE: Duration = Duration::from_secs(15);

/// How a child is asked to end.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    /// Postgres: SIGINT is its fast shutdown, and only its first process may get it.
    Postgres,
    /// A server of one process.
    Service,
    /// A program that may have started others: the whole group is asked.
    Program,
}

impl Kind {
    /// Asks the process, or its group, to end.
    pub fn ask(self, pid: Pid) {
        // An error means that it is gone already, which is what is wanted.
        let _ = match self {
            Self::Postgres => kill(pid, Signal::SIGINT),
            Self::Service => kill(pid, Signal::SIGTERM),
            Self::Program => killpg(pid, Signal::SIGTERM),
        };
    }

    /// Ends it without asking.
    pub fn force(self, pid: Pid) {
        // Postgres's own processes end by themselves when SIGQUIT tells them of the immediate shutdown.
        let _ = match self {
            Self::Postgres => kill(pid, Signal::SIGQUIT),
            Self::Service | Self::Program => killpg(pid, Signal::SIGKILL),
        };
    }
}

/// A started child.
#[derive(Clone)]
pub struct Running {
    name: &'static str,
    kind: Kind,
    pid: Pid,
    exit: watch::Receiver<Option<ExitStatus>>,
    record: Option<PathBuf>,
}

impl Running {
    /// The process's id.
    pub fn id(&self) -> Pid {
        self.pid
    }

    /// How it ended, if it did.
    pub fn ended(&self) -> Option<ExitStatus> {
        *self.exit.borrow()
    }

    /// Waits for its end.
    pub async fn wait(&mut self) -> Result<ExitStatus> {
        let status = self.exit.wait_for(Option::is_some).await.ok().and_then(|status| *status);
        status.with_context(|| format!("{} was lost sight of", self.name))
    }

    async fn stop(&mut self) {
        self.kind.ask(self.pid);
        if tokio::time::timeout(PATIENCE, self.wait()).await.is_err() {
            self.kind.force(self.pid);
            let _ = tokio::time::timeout(PATIENCE, self.wait()).await;
        }
    }
}

/// Every child of this process.
#[derive(Default)]
pub struct Children {
    list: Mutex<Vec<Running>>,
    passing: Mutex<Vec<PathBuf>>,
}

impl Children {
    /// Starts a child. With `run`, its id is left there, so that a later `cargo dev` can end it if this one
    /// is killed.
    pub fn start(
        &self,
        name: &'static str,
        kind: Kind,
        run: Option<&Path>,
        command: &mut Command,
    ) -> Result<Running> {
        let program = PathBuf::from(command.as_std().get_program());
        command.process_group(0).stdin(Stdio::null());
        let mut child =
            command.spawn().with_context(|| format!("{} cannot be started", program.display()))?;
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).map(Pid::from_raw);
        let pid = pid.with_context(|| format!("{name} ended at once"))?;
        let record = run.map(|folder| folder.join(format!("{name}.pid")));
        if let Some(path) = &record {
            fs::write(path, format!("{pid}\n"))?;
        }
        let (ended, exit) = watch::channel(None);
        tokio::spawn(async move { ended.send(child.wait().await.ok()) });
        let running = Running { name, kind, pid, exit, record };
        self.lock().push(running.clone());
        Ok(running)
    }

    /// Runs a program to its end.
    pub async fn run(&self, name: &'static str, command: &mut Command) -> Result<ExitStatus> {
        let mut running = self.start(name, Kind::Program, None, command)?;
        let status = running.wait().await;
        self.lock().retain(|other| other.pid != running.pid);
        status
    }

    /// Runs a program to its end and gives what it printed to stdout; it must succeed.
    pub async fn output(&self, name: &'static str, scratch: &Path, command: &mut Command) -> Result<String> {
        let path = scratch.join(format!("{name}.out"));
        command.stdout(private_file(&path)?);
        let status = self.run(name, command).await?;
        let text = fs::read_to_string(&path);
        fs::remove_file(&path)?;
        if !status.success() {
            bail!("{name} failed ({status}).");
        }
        text.with_context(|| format!("{name} printed what is not text"))
    }

    /// Waits until one of the services ends, which none should, and gives its name.
    pub async fn lost(&self) -> &'static str {
        loop {
            let lost = self.lock().iter().find(|child| child.ended().is_some()).map(|child| child.name);
            if let Some(name) = lost {
                return name;
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    /// Ends all of them, the last started first.
    pub async fn stop(&self) {
        let list = self.lock().clone();
        for mut child in list.into_iter().rev() {
            if child.ended().is_none() {
                child.stop().await;
            }
        }
    }

    /// Ends all of them at once.
    pub fn kill(&self) {
        for child in self.lock().iter().filter(|child| child.ended().is_none()) {
            child.kind.force(child.pid);
        }
    }

    /// Has a folder removed once all of them ended.
    pub fn remove_at_end(&self, folder: &Path) {
        self.passing.lock().unwrap_or_else(PoisonError::into_inner).push(folder.to_owned());
    }

    /// Takes away the notes of those that ended, and the folders that were only for them.
    pub fn forget(&self) {
        for folder in self.passing.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let _ = fs::remove_dir_all(folder);
        }
        for path in self.lock().iter().filter_map(|child| child.record.as_ref()) {
            let _ = fs::remove_file(path);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Running>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An empty file that only its owner can read.
pub fn private_file(path: &Path) -> Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let file = File::options().create(true).truncate(true).write(true).mode(0o600).open(path);
    file.with_context(|| format!("{} cannot be written", path.display()))
}

/// Sends both outputs of a command into a log.
pub fn log_to(command: &mut Command, path: &Path) -> Result<()> {
    let file = private_file(path)?;
    command.stdout(file.try_clone()?).stderr(file);
    Ok(())
}

/// The last lines of a log that say something.
pub fn last_lines(path: &Path, count: usize) -> String {
    let text = fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn stopping_ends_children_and_what_they_started() -> Result<()> {
        let children = Children::default();
        let running = children.start("shell", Kind::Program, None, &mut shell("sleep 600 & sleep 600"))?;
        assert!(running.ended().is_none());
        children.stop().await;
        assert!(running.ended().is_some());
        // Nobody of the group is left but those that their parent has still to take notice of.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let lines = fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|process| {
            let stat = fs::read_to_string(process.path().join("stat")).ok()?;
            let fields: Vec<_> = stat.rsplit(')').next()?.split_whitespace().map(str::to_owned).collect();
            (fields[2] == running.pid.to_string() && fields[0] != "Z").then_some(stat)
        });
        assert_eq!(lines.collect::<Vec<_>>(), Vec::<String>::new());
        Ok(())
    }

    #[tokio::test]
    async fn what_a_program_prints_is_given_and_its_failure_is_told() -> Result<()> {
        let (children, scratch) = (Children::default(), std::env::temp_dir());
        let said = children.output("said", &scratch, &mut shell("echo done")).await?;
        assert_eq!(said, "done\n");
        let failed = children.output("fails", &scratch, &mut shell("exit 3")).await;
        assert!(failed.is_err_and(|error| error.to_string().contains("fails failed")));
        Ok(())
    }

    #[tokio::test]
    async fn a_program_that_is_missing_is_named() {
        let started = Children::default().start("none", Kind::Service, None, &mut Command::new("/no/such"));
        assert!(started.is_err_and(|error| error.to_string().contains("/no/such")));
    }
}
