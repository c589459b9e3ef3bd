use api::{Body, Error, Faults, Json, Problem, Result, pictures};
use auth::{Confirmer, Writer};
use axum::extract::State;
use deserr::Deserr;
use http::StatusCode;
use models::Password;
use ports::AccountGone;
use utoipa::ToSchema;

use crate::App;

/// One's password, once more.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"password": "лиловый трактор едет в Омск"}))]
pub(crate) struct AccountRemoval {
    password: Password,
}

impl Body for AccountRemoval {}

/// Removes one's account
///
/// The account, its walks, reviews, sessions and pictures are gone, and the titles' ratings follow. Counts as a
/// login try.
#[utoipa::path(
    delete, path = "/api/v1/user/@me", operation_id = "removeMe", tag = "user", security(("token" = [])),
    request_body = AccountRemoval,
    responses(
        (status = 204, description = "Gone."),
        (status = 422, description = "validation, wrong_password", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn remove(
    State(app): State<App>,
    Writer(caller): Writer,
    Confirmer(client): Confirmer,
    Json(body): Json<AccountRemoval>,
) -> Result<StatusCode> {
    let credentials = app.confirm.password(caller.user_id, &client, &body.password).await?;
    let gone = app.users.delete(caller.user_id, &credentials.password_hash).await?;
    let AccountGone { avatar } = gone.ok_or(Error::WrongPassword)?;
    if let Some(avatar) = avatar {
        pictures::let_go(&*app.images, &avatar).await;
    }
    tracing::info!(event = "account_deleted", "a person left");
    Ok(StatusCode::NO_CONTENT)
}
