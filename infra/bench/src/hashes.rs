//! How many passwords this machine can check, with nothing else to do.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use auth::{Hasher, HashingPlace, Pepper, Verified};
use models::Password;
use platform::SystemClock;
use ports::Clock;
use tokio::runtime::Builder;

use crate::load::PASSWORD;

/// Checks a second, on as many threads as there are cores.
pub fn per_second(seconds: u64) -> anyhow::Result<f64> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let (started, until) = (Instant::now(), Duration::from_secs(seconds));
    let threads: Vec<_> = (0..cores).map(|_| thread::spawn(move || check(started, until))).collect();
    let mut checked = 0;
    for thread in threads {
        checked += thread.join().ok().context("a thread panicked")??;
    }
    Ok(f64::from(checked) / started.elapsed().as_secs_f64())
}

fn check(started: Instant, until: Duration) -> anyhow::Result<u32> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let pepper = Pepper::from_base64(&auth::generate()?.pepper)?;
    let hasher = Hasher::new(&pepper, HashingPlace::InPlace, &*clock)?;
    let password = Password::try_from(PASSWORD.to_owned())?;
    Builder::new_current_thread().build()?.block_on(async {
        let hash = hasher.hash(&password, &clock).await.ok().context("a hash")?;
        let mut checked = 0;
        while started.elapsed() < until {
            let verified = hasher
                .verify(hasher.place().ok().context("a place")?, &password, Some(&hash))
                .await
                .ok()
                .context("a check")?;
            anyhow::ensure!(verified == Verified::Right, "the right password is wrong");
            checked += 1;
        }
        Ok(checked)
    })
}
