//! Work that takes long, on a thread of its own: no executor stands still for it.

use std::thread;

/// Does the work on a thread called `name`. `None`: the system gives no thread, or the work did not come to its end.
pub(crate) async fn on_its_own_thread<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (answer, answered) = tokio::sync::oneshot::channel();
    // Nobody waits any more: then nobody needs it.
    let work = move || drop(answer.send(work()));
    thread::Builder::new().name(name.to_owned()).spawn(work).ok()?;
    answered.await.ok()
}
