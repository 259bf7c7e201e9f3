//! What takes longer than a request has, because a tenant holds much: it is answered as long as it goes on, and no longer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use coffer_engine::path::SecretPath;
use coffer_engine::secret::Value;
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::testkit::clock_at;
use coffer_server::limits::SHORT_TIME;
use tokio::time::{Instant, sleep};

use super::gate::Gated;
use super::world::{NOW, UNBOUNDED, World, op};

/// As many as take five looks into the storage.
const SECRETS: usize = 5000;
const STORAGE_ANSWERS_AFTER: Duration = Duration::from_millis(600);

/// What the storage does with who goes through a table.
const AT_ONCE: usize = 0;
const SLOWLY: usize = 1;
const NOT_AT_ALL: usize = 2;

#[tokio::test]
async fn a_search_in_a_large_tenant_is_answered_while_it_goes_on() {
    let answers = Arc::new(AtomicUsize::new(AT_ONCE));
    let how = Arc::clone(&answers);
    let storage = Gated::new(MemoryStorage::new(clock_at(NOW)), move || {
        let how = how.load(Ordering::Acquire);
        Box::pin(async move {
            match how {
                AT_ONCE => {}
                SLOWLY => sleep(STORAGE_ANSWERS_AFTER).await,
                _ => std::future::pending().await,
            }
        })
    });
    let world = World::over(storage, UNBOUNDED).await;
    for folder in 0..2 {
        let path = |number| SecretPath::parse(&format!("many/{folder}/{number:05}")).unwrap();
        let writes = (0..SECRETS / 2).map(|number| (path(number), Value::text("x"))).collect::<Vec<_>>();
        world.vault.set_all(&op(), writes).await.unwrap();
    }
    let find = async || world.ask("POST", "/api/v1/find", "{}").await;

    // That a token was used is written down the first time: whoever is under way then begins once more.
    assert_eq!(world.ask("GET", "/api/v1/folders/none", "").await.status, StatusCode::OK);
    answers.store(NOT_AT_ALL, Ordering::Release);
    assert_eq!(find().await.code(), "server.timeout", "nothing goes on");

    answers.store(SLOWLY, Ordering::Release);
    let began = Instant::now();
    // Who makes the index, and who waits for it.
    let (made, waited) = tokio::join!(find(), find());
    for reply in [made, waited] {
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.json());
    }
    assert!(began.elapsed() > SHORT_TIME, "or it would have been answered anyway");
    assert_eq!(find().await.status, StatusCode::OK, "and from now on it is known");
}
