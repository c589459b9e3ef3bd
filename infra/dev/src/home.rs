//! Where things are: the repository, `.local` inside it, and the directory of built programs.

use std::fs::{self, File, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The checkout that `cargo dev` was called in.
pub struct Home {
    /// The repository's root.
    pub root: PathBuf,
    /// Everything that `cargo dev` keeps.
    pub local: PathBuf,
    /// Where cargo puts what it built for development.
    pub binaries: PathBuf,
}

impl Home {
    /// Looks for the repository from the current directory upwards.
    pub fn find() -> Result<Self> {
        let current = std::env::current_dir().context("The current directory cannot be read")?;
        let Some(root) = current.ancestors().find(|path| path.join("infra/dev/requirements.txt").is_file())
        else {
            bail!("This is not a checkout of Prohod: call `cargo dev` inside the repository.");
        };
        // The running program lies where cargo puts the others, also with a target directory of one's own.
        let own = std::env::current_exe().ok().and_then(|path| path.parent().map(Path::to_owned));
        let binaries =
            own.filter(|path| path.ends_with("debug")).unwrap_or_else(|| root.join("target/debug"));
        let home = Self { root: root.to_owned(), local: root.join(".local"), binaries };
        home.folder(&home.local)?;
        Ok(home)
    }

    /// Makes a directory where there is none.
    pub fn folder(&self, path: &Path) -> Result<()> {
        fs::create_dir_all(path).with_context(|| format!("{} cannot be made", self.short(path)))
    }

    /// A path as a person in the repository would write it.
    pub fn short<'a>(&self, path: &'a Path) -> std::path::Display<'a> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }

    /// The workspace's own Cargo.toml.
    pub fn manifest(&self) -> PathBuf {
        self.root.join("Cargo.toml")
    }

    /// The environment that `up` and `watch` leave for other tools.
    pub fn env_file(&self) -> PathBuf {
        self.local.join("env")
    }
}

/// The folder of one set of running services, held by one process at a time.
pub struct Place {
    /// Data, logs and process ids lie in here.
    pub folder: PathBuf,
    /// The services' own output.
    pub logs: PathBuf,
    /// The ids of running processes, for whoever finds them later.
    pub run: PathBuf,
    // The lock ends with the process, however that ends.
    _lock: File,
}

impl Place {
    /// Takes the folder for this process, or says who has it.
    pub fn take(home: &Home, folder: PathBuf) -> Result<Self> {
        let (logs, run) = (folder.join("logs"), folder.join("run"));
        for path in [&folder, &logs, &run] {
            home.folder(path)?;
        }
        let Some(mut lock) = try_lock(&folder)? else {
            let mut owner = String::new();
            File::open(folder.join("lock"))?.read_to_string(&mut owner)?;
            bail!("`cargo dev` already runs here (process {}): end that one first.", owner.trim());
        };
        lock.set_len(0)?;
        writeln!(lock, "{}", std::process::id())?;
        Ok(Self { folder, logs, run, _lock: lock })
    }
}

/// The lock of a place, or none when a living process holds it.
pub fn try_lock(folder: &Path) -> Result<Option<File>> {
    let path = folder.join("lock");
    let file = File::options().create(true).truncate(false).read(true).write(true).open(&path);
    let file = file.with_context(|| format!("{} cannot be written", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error).context("A lock cannot be taken"),
    }
}
