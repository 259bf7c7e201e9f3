//! The suite that every storage goes through.

use std::sync::Arc;

use coffer_engine::storage::Storage;
use coffer_engine::testkit::exercise_storage::{NOW, exercise_storage};
use coffer_postgres::Postgres;
use coffer_postgres::testkit::Server;

#[test]
fn postgres_keeps_the_contract() {
    exercise_storage(|| {
        let mut settings = Server::shared().database();
        settings.clock = Some(Arc::new(|| NOW));
        Postgres::open(settings).unwrap() as Arc<dyn Storage>
    });
}
