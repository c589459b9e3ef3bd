use api::{Error, Json, NoQuery, Problem, Result};
use axum::extract::State;
use futures::future::join_all;
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;

/// All is well.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    #[schema(pattern = "^ok$")]
    status: &'static str,
}

/// Whether the backends answer
#[utoipa::path(
    get, path = "/api/v1/health", operation_id = "health", tag = "health",
    responses(
        (status = 200, description = "They do.", body = Health),
        (status = 503, description = "unavailable; `failing` names those that do not.", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn health(State(app): State<App>, _: NoQuery) -> Result<Json<Health>> {
    let answers = join_all(app.probes.iter().map(async |probe| (probe.backend(), probe.probe().await))).await;
    let failing: Vec<_> =
        answers.iter().filter(|(_, answer)| answer.is_err()).map(|(backend, _)| *backend).collect();
    if failing.is_empty() { Ok(Json(Health { status: "ok" })) } else { Err(Error::Unhealthy(failing)) }
}
