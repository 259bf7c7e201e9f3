//! When an answer is due, which may move while it is made.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

/// When an answer is due, if ever. A body that comes slowly is not the vault's delay: the time begins anew when it is there.
pub(crate) struct Deadline(Option<Mutex<Instant>>);

impl Deadline {
    pub(crate) fn new(after: Duration) -> Self {
        Self(Some(Mutex::new(later(after))))
    }

    /// Whoever asks waits.
    pub(crate) fn never() -> Self {
        Self(None)
    }

    /// So long from now, where it is due at all.
    pub(crate) fn set(&self, after: Duration) {
        if let Some(due) = &self.0 {
            *due.lock().unwrap_or_else(PoisonError::into_inner) = later(after);
        }
    }

    /// The future's answer; `None` when it does not come in time. Whenever it has come further, `anew` says whether its time begins anew, and how
    /// much that is.
    pub(crate) async fn keep<T>(
        &self,
        future: impl Future<Output = T>,
        mut anew: impl FnMut() -> Option<Duration>,
    ) -> Option<T> {
        let Some(moment) = &self.0 else { return Some(future.await) };
        let now = || *moment.lock().unwrap_or_else(PoisonError::into_inner);
        let mut future = pin!(future);
        let mut watched = pin!(poll_fn(|context| {
            let polled = future.as_mut().poll(context);
            if polled.is_pending()
                && let Some(after) = anew()
            {
                self.set(after);
            }
            polled
        }));
        loop {
            let due = now();
            match timeout_at(due, watched.as_mut()).await {
                Ok(answer) => return Some(answer),
                Err(_) if now() > due => {}
                Err(_) => return None,
            }
        }
    }
}

fn later(after: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(after).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use tokio::time::sleep;

    use super::*;
    use crate::limits::BODY_TIME;

    const TIME: Duration = Duration::from_secs(2);

    #[tokio::test(start_paused = true)]
    async fn a_body_may_take_longer_than_the_vault() {
        let deadline = Deadline::new(TIME);
        let with_a_body = async {
            deadline.set(BODY_TIME + TIME);
            sleep(Duration::from_secs(15)).await;
            deadline.set(TIME);
            sleep(Duration::from_secs(1)).await;
        };
        assert_eq!(deadline.keep(with_a_body, || None).await, Some(()));
    }

    #[tokio::test(start_paused = true)]
    async fn an_owner_waits_as_long_as_the_storage() {
        let deadline = Deadline::never();
        deadline.set(TIME);
        assert_eq!(deadline.keep(sleep(Duration::from_secs(60)), || None).await, Some(()));
    }

    #[tokio::test(start_paused = true)]
    async fn the_vault_has_its_time_and_no_more() {
        assert_eq!(Deadline::new(TIME).keep(sleep(Duration::from_secs(3)), || None).await, None);
        let deadline = Deadline::new(TIME);
        let after_a_body = async {
            deadline.set(BODY_TIME + TIME);
            deadline.set(TIME);
            sleep(Duration::from_secs(3)).await;
        };
        assert_eq!(deadline.keep(after_a_body, || None).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_goes_on_has_its_time_from_its_last_step() {
        let kept = async |steps, rest| {
            let taken = Cell::new(0);
            let future = async {
                for _ in 0..steps {
                    sleep(Duration::from_millis(1_500)).await;
                    taken.set(taken.get() + 1);
                }
                sleep(rest).await;
            };
            let mut seen = 0;
            let anew = || (std::mem::replace(&mut seen, taken.get()) != taken.get()).then_some(TIME);
            Deadline::new(TIME).keep(future, anew).await
        };
        let (less, more) = (Duration::from_millis(1_900), Duration::from_millis(2_100));
        for steps in [0, 1, 2, 9] {
            assert_eq!(kept(steps, less).await, Some(()), "{steps} steps");
            assert_eq!(kept(steps, more).await, None, "{steps} steps");
        }
    }
}
