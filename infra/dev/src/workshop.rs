//! What every step of a subcommand needs at hand.

use anyhow::Result;
use tokio::process::Command;

use crate::home::{Home, Place};
use crate::leftovers;
use crate::process::{Children, Kind, Running, log_to};

/// The checkout, the folder of this run and the children started in it.
pub struct Workshop<'a> {
    /// The checkout.
    pub home: &'a Home,
    /// Where this run keeps its data.
    pub place: Place,
    /// What this run started.
    pub children: &'a Children,
}

impl<'a> Workshop<'a> {
    /// Opens the place of `up` and `watch`, which keeps its data.
    pub async fn lasting(home: &'a Home, children: &'a Children) -> Result<Self> {
        let place = Place::take(home, home.local.clone())?;
        leftovers::end(home, &place.run).await?;
        Ok(Self { home, place, children })
    }

    /// Opens a place for this run alone, which goes with it.
    pub async fn passing(home: &'a Home, children: &'a Children) -> Result<Self> {
        leftovers::end_passing(home).await?;
        let folder = home.local.join(format!("{}{}", leftovers::PASSING, std::process::id()));
        let place = Place::take(home, folder)?;
        children.remove_at_end(&place.folder);
        Ok(Self { home, place, children })
    }

    /// Starts a service whose output goes to a log of its name.
    pub fn service(&self, name: &'static str, kind: Kind, command: &mut Command) -> Result<Running> {
        log_to(command, &self.log(name))?;
        command.current_dir(&self.place.folder);
        self.children.start(name, kind, Some(&self.place.run), command)
    }

    /// Where the output of a service goes.
    pub fn log(&self, name: &str) -> std::path::PathBuf {
        self.place.logs.join(format!("{name}.log"))
    }
}
