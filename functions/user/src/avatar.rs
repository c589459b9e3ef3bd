use api::views::OwnUserView;
use api::{Error, Json, NoQuery, Problem, Result, Upload, pictures};
use auth::{Uploader, Writer};
use axum::extract::State;
use http::StatusCode;
use models::PictureKind;

use crate::App;

/// Sets one's picture
///
/// The body is the picture itself, up to 4 MiB and 4096 pixels a side; it is cropped to a square.
#[utoipa::path(
    put, path = "/api/v1/user/@me/avatar", operation_id = "setAvatar", tag = "user", security(("token" = [])),
    request_body(content(("image/png"), ("image/jpeg"), ("image/webp"), ("image/gif"))),
    responses(
        (status = 200, description = "Set.", body = OwnUserView),
        (status = 422, description = "unreadable_image", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn set(
    State(app): State<App>,
    Uploader(caller): Uploader,
    Upload(bytes): Upload,
) -> Result<Json<OwnUserView>> {
    let avatar = pictures::put(&*app.images, PictureKind::Avatar, bytes, &*app.clock).await?;
    // Where this fails it may have been done all the same: the objects stay, lest the row point to nothing.
    let Some(set) = app.users.set_avatar(caller.user_id, Some(avatar.clone())).await? else {
        pictures::let_go(&*app.images, &avatar).await;
        return Err(Error::TokenInvalid);
    };
    if let Some(replaced) = &set.replaced {
        pictures::let_go(&*app.images, replaced).await;
    }
    Ok(Json(OwnUserView::of(&set.user, &app.media)))
}

/// Removes one's picture
#[utoipa::path(
    delete, path = "/api/v1/user/@me/avatar", operation_id = "removeAvatar", tag = "user", security(("token" = [])),
    responses((status = 204, description = "There is none now."))
)]
pub(crate) async fn remove(State(app): State<App>, Writer(caller): Writer, _: NoQuery) -> Result<StatusCode> {
    let set = app.users.set_avatar(caller.user_id, None).await?.ok_or(Error::TokenInvalid)?;
    if let Some(replaced) = &set.replaced {
        pictures::let_go(&*app.images, replaced).await;
    }
    Ok(StatusCode::NO_CONTENT)
}
