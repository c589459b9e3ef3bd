use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes, HttpBody as _};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use futures::{Stream, StreamExt as _};
use tokio::sync::oneshot::{Sender, channel};

/// As much of a body that nobody wants is read all the same: four times the largest picture.
const MAX_BYTES: usize = 16 * 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(5);

/// Reads what a refused request still sends before it is answered. A connection that is closed while its client writes
/// is reset, and the client never sees the 401 or 413; on Lambda the gateway has taken the body whole by then.
pub(crate) async fn linger(request: Request, next: Next) -> Response {
    let (given_back, mut unread) = channel();
    let lend = |body: Body| {
        let (body, given_back) = (Some(body.into_data_stream()), Some(given_back));
        Body::from_stream(Lent { body, given_back })
    };
    let response = next.run(request.map(lend)).await;
    if let Ok(body) = unread.try_recv()
        && tokio::time::timeout(PATIENCE, discard(body)).await.is_err()
    {
        tracing::debug!("a body that nobody wants came too slowly to be read to its end");
    }
    response
}

async fn discard(mut body: BodyDataStream) {
    let mut read = 0;
    while let Some(Ok(bytes)) = body.next().await {
        read += bytes.len();
        if read > MAX_BYTES {
            return;
        }
    }
}

/// A body that is given back when whoever had it lets go of it unread.
struct Lent {
    body: Option<BodyDataStream>,
    given_back: Option<Sender<BodyDataStream>>,
}

impl Stream for Lent {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.body.as_mut().map_or(Poll::Ready(None), |body| body.poll_next_unpin(context))
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let unread = self.body.take().filter(|body| !body.is_end_stream());
        if let (Some(body), Some(given_back)) = (unread, self.given_back.take()) {
            // Where nobody waits for it any more, the request itself was given up.
            let _ = given_back.send(body);
        }
    }
}
