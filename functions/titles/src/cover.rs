use api::views::TitleView;
use api::{Error, Json, Path, Problem, Result, Upload, pictures};
use auth::Uploader;
use axum::extract::State;
use models::{PictureKind, TitleId};
use ports::CoverSet;

use crate::App;

/// Sets a title's cover
///
/// The body is the picture itself, up to 4 MiB and 4096 pixels a side.
#[utoipa::path(
    post, path = "/api/v1/titles/{id}/cover", operation_id = "setCover", tag = "titles", security(("token" = [])),
    params(("id" = TitleId, Path)),
    request_body(content(("image/png"), ("image/jpeg"), ("image/webp"), ("image/gif"))),
    responses(
        (status = 200, description = "Set.", body = TitleView),
        (status = 404, description = "not_found", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "unreadable_image", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn set(
    Path(id): Path<TitleId>,
    State(app): State<App>,
    Uploader(caller): Uploader,
    Upload(bytes): Upload,
) -> Result<Json<TitleView>> {
    // Before decoding, which is dear: there is nothing to store for a title that is not there.
    app.titles.find(id, caller.user_id).await?.ok_or(Error::NotFound)?;
    let cover = pictures::put(&*app.images, PictureKind::Cover, bytes, &*app.clock).await?;
    let (change_id, now) = (app.clock.id(), app.clock.now());
    match app.titles.set_cover(id, cover.clone(), caller.user_id, change_id, now).await {
        Ok(Some(CoverSet { title, replaced })) => {
            if let Some(replaced) = replaced {
                pictures::let_go(&*app.images, &replaced).await;
            }
            Ok(Json(TitleView::of(title, &app.media)))
        }
        Ok(None) => {
            pictures::let_go(&*app.images, &cover).await;
            Err(Error::NotFound)
        }
        // It may have been done all the same: the objects stay, lest the row point to nothing.
        Err(error) => Err(error.into()),
    }
}
