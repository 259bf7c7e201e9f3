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

/// The nice value of a thread that gives way, see setpriority(2).
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// Has the thread that calls it give way: for work of strangers, who must not slow whoever is known. Where a priority is not a thread's but
/// the whole process's, nothing is done.
pub(crate) fn give_way() {
    #[cfg(target_os = "linux")]
    // With all cores taken it still has a tenth of one. That it was not allowed to is no reason not to do the work.
    let _ = rustix::process::setpriority_process(None, NICE);
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
