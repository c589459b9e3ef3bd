use std::sync::Arc;

use api::{Error, Json, NoQuery, Problem, Result};
use axum::extract::State;
use futures::future::join_all;
use futures::lock::Mutex;
use jiff::{SignedDuration, Timestamp};
use ports::{Backend, Probe};
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;

/// How long a backend's answer is given again. Anybody may ask for the health, as often as they like: it must cost the
/// backends no more for that.
const FRESH: SignedDuration = SignedDuration::from_millis(500);

/// What the functions stand on, and what each said last.
pub struct Backends(Vec<Watched>);

struct Watched {
    probe: Arc<dyn Probe>,
    last: Mutex<Option<Answer>>,
}

#[derive(Clone, Copy)]
struct Answer {
    at: Timestamp,
    well: bool,
}

impl Backends {
    /// None has been asked yet.
    pub fn new(probes: impl IntoIterator<Item = Arc<dyn Probe>>) -> Self {
        Self(probes.into_iter().map(|probe| Watched { probe, last: Mutex::default() }).collect())
    }

    /// Those that do not answer, all asked at once, and each once however many want to know.
    async fn failing(&self, now: Timestamp) -> Vec<Backend> {
        let answers = join_all(self.0.iter().map(|watched| watched.is_well(now))).await;
        self.0
            .iter()
            .zip(answers)
            .filter(|(_, well)| !well)
            .map(|(watched, _)| watched.probe.backend())
            .collect()
    }
}

impl Watched {
    async fn is_well(&self, now: Timestamp) -> bool {
        let mut last = self.last.lock().await;
        match *last {
            Some(Answer { at, well }) if now.duration_since(at) < FRESH => well,
            _ => {
                let well = self.probe.probe().await.is_ok();
                *last = Some(Answer { at: now, well });
                well
            }
        }
    }
}

/// All is well.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    #[schema(pattern = "^ok$")]
    status: &'static str,
}

/// Whether the backends answer
///
/// What they said half a second ago still holds.
#[utoipa::path(
    get, path = "/api/v1/health", operation_id = "health", tag = "health",
    responses(
        (status = 200, description = "They do.", body = Health),
        (status = 503, description = "unavailable; `failing` names those that do not.", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn health(State(app): State<App>, _: NoQuery) -> Result<Json<Health>> {
    let failing = app.backends.failing(app.clock.now()).await;
    if failing.is_empty() { Ok(Json(Health { status: "ok" })) } else { Err(Error::Unhealthy(failing)) }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use async_trait::async_trait;
    use ports::Unavailable;

    use super::*;

    /// Answers as it is told to, and counts how often it is asked.
    struct Told {
        asked: AtomicU32,
        well: bool,
    }

    #[async_trait]
    impl Probe for Told {
        fn backend(&self) -> Backend {
            if self.well { Backend::Database } else { Backend::Mail }
        }

        async fn probe(&self) -> ports::Result<()> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            if self.well { Ok(()) } else { Err(Unavailable::new(Backend::Mail, "of the test").into()) }
        }
    }

    #[tokio::test]
    async fn a_backend_is_asked_once_for_many_and_again_when_its_answer_is_old() {
        let told = [true, false].map(|well| Arc::new(Told { asked: AtomicU32::new(0), well }));
        let backends = Backends::new(told.clone().map(|told| told as Arc<dyn Probe>));
        let asked = || told.clone().map(|told| told.asked.load(Ordering::Relaxed));
        let now = Timestamp::UNIX_EPOCH;
        let at_once = join_all((0..20).map(|_| backends.failing(now))).await;
        assert!(at_once.iter().all(|failing| *failing == [Backend::Mail]));
        assert_eq!(asked(), [1, 1]);
        let later = now + FRESH - SignedDuration::from_millis(1);
        assert_eq!(backends.failing(later).await, [Backend::Mail]);
        assert_eq!(asked(), [1, 1]);
        assert_eq!(backends.failing(now + FRESH).await, [Backend::Mail]);
        assert_eq!(asked(), [2, 2]);
    }
}
