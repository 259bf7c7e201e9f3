//! A panic in one request harms nobody else: it ends that request, and is told like any failure.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

/// The future's answer; `None` when it panicked.
///
/// Whatever it left half done it left in its own state, which is dropped: what the engine shares is behind locks that don't
/// mind, and commits happen whole or not at all.
pub(crate) async fn caught<T>(mut future: Pin<Box<dyn Future<Output = T> + Send + '_>>) -> Option<T> {
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(poll) => poll.map(Some),
        Err(_) => Poll::Ready(None),
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::caught;

    #[tokio::test]
    async fn t_d4_a_panic_is_an_answer() {
        assert_eq!(caught(Box::pin(async { 7 })).await, Some(7));
        assert_eq!(caught::<u8>(Box::pin(async { panic!("as it should") })).await, None);
    }
}
