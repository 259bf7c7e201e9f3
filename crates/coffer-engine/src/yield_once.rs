//! Gives way to others on the same thread, once, whatever executor there is.

use std::future::poll_fn;
use std::task::Poll;

/// Lets every other task that can run do so once.
pub(crate) async fn yield_once() {
    let mut yielded = false;
    poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
