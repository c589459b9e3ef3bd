use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::Context as _;
use tokio::sync::oneshot;

/// Threads that do nothing but hash: the next begins where one ends, and no core waits until somebody is woken for it.
pub(crate) struct Threads<Inner>(Sender<Job<Inner>>);

type Job<Inner> = Box<dyn FnOnce(&Inner) + Send>;

impl<Inner: Send + Sync + 'static> Threads<Inner> {
    /// So many, which end when this is dropped. What they work on is `inner`.
    ///
    /// # Errors
    /// One can't be started.
    pub(crate) fn start(count: usize, inner: &Arc<Inner>) -> anyhow::Result<Self> {
        let (jobs, queue) = channel::<Job<Inner>>();
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..count {
            let (queue, inner) = (queue.clone(), inner.clone());
            let next = move || queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let hash = move || {
                while let Ok(job) = next() {
                    // That it panicked is logged where panics are, and told by an answer that does not come.
                    let _ = catch_unwind(AssertUnwindSafe(|| job(&inner)));
                }
            };
            thread::Builder::new().name("hashes".to_owned()).spawn(hash).context("a hashing thread")?;
        }
        Ok(Self(jobs))
    }

    /// Does the work when a thread is free.
    ///
    /// # Errors
    /// It panicked.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> T + Send + 'static,
    ) -> anyhow::Result<T> {
        let (answer, answered) = oneshot::channel();
        // With the request's span, so that a panic on the thread is logged with its id (AL-2).
        let span = tracing::Span::current();
        let job = move |inner: &Inner| {
            // Who gave up meanwhile costs no hash.
            if !answer.is_closed() {
                // Who gives up during it does not hear of it.
                let _ = answer.send(span.in_scope(|| work(inner)));
            }
        };
        self.0.send(Box::new(job)).ok().context("the hashing threads are gone")?;
        answered.await.context("a hashing thread")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_thread_outlives_a_panic_and_hashes_nothing_for_who_gave_up() {
        let threads = Threads::start(1, &Arc::new(())).unwrap();
        let (go, wait) = channel::<()>();
        let busy = threads.run(move |_| wait.recv().is_ok());
        let (ran, seen) = channel::<()>();
        let given_up = Box::pin(threads.run(move |_| ran.send(()).is_ok()));
        let panicking = threads.run(|_| panic!("of the test"));
        // Each is sent when it is first polled.
        let (busy, panicked): (_, anyhow::Result<()>) = tokio::join!(
            biased;
            busy,
            async {
                drop(polled_once(given_up).await);
                go.send(()).unwrap();
                panicking.await
            }
        );
        assert!(busy.unwrap());
        assert!(panicked.is_err());
        assert!(threads.run(|_| ()).await.is_ok());
        assert!(seen.try_recv().is_err(), "it was hashed for nobody");
    }

    /// Polls once, and gives back what is not done.
    async fn polled_once<F: Future + Unpin>(mut future: F) -> F {
        std::future::poll_fn(|context| {
            assert!(std::pin::Pin::new(&mut future).poll(context).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
        future
    }
}
