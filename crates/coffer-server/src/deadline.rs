//! When an answer is due, which may move while it is made.

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

    /// The future's answer; `None` when it does not come in time. Whenever it did not, `more` says whether it has time for what is left, and
    /// how much.
    pub(crate) async fn keep<T>(
        &self,
        future: impl Future<Output = T>,
        mut more: impl FnMut() -> Option<Duration>,
    ) -> Option<T> {
        let Some(moment) = &self.0 else { return Some(future.await) };
        let now = || *moment.lock().unwrap_or_else(PoisonError::into_inner);
        let mut future = pin!(future);
        loop {
            let due = now();
            match timeout_at(due, future.as_mut()).await {
                Ok(answer) => return Some(answer),
                Err(_) if now() > due => {}
                Err(_) => self.set(more()?),
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
    async fn what_is_left_has_as_much_time_as_it_is_given() {
        let kept = async |seconds| {
            let future = sleep(Duration::from_secs(seconds));
            let mut times = [10, 10].into_iter();
            Deadline::new(TIME).keep(future, || times.next().map(Duration::from_secs)).await
        };
        assert_eq!(kept(21).await, Some(()));
        assert_eq!(kept(23).await, None);
    }
}
