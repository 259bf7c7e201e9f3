//! A tenant's own lock over the API: who may, who may not, and what strangers see of it.

use axum::http::{Request, StatusCode};
use coffer_engine::access::Role;
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::testkit::clock_at;
use coffer_server::ServiceOptions;
use coffer_server::limits::Rate;
use serde_json::json;

use super::routes::LOCK_CODE;
use super::world::{NOW, Reply, UNBOUNDED, World, op};

/// Shows a code from this address, to unlock this tenant.
async fn unlock(world: &World, source: &str, tenant: &str, code: &str) -> Reply {
    let request = Request::post("/api/v1/tenant/unlock").header("x-coffer-tenant", tenant);
    let body = json!({ "code": code }).to_string();
    world.answer(source, request.body(body.into()).unwrap()).await
}

fn lock() -> String {
    json!({ "code": LOCK_CODE }).to_string()
}

#[tokio::test]
async fn who_manages_the_tenant_locks_it_and_whoever_has_the_code_unlocks_it() {
    let world = World::new().await;
    let operator = world.token(&op(), "operator", &[(Role::Owner, "**")], true).await;
    let mistyped = json!({ "code": LOCK_CODE.replace('7', "8") }).to_string();
    let reply = world.ask("POST", "/api/v1/tenant/lock", mistyped).await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::BAD_REQUEST, "lock.code_mistyped"));
    // Nobody else's to lock: not by who runs the instance.
    let bearer = format!("Bearer {operator}");
    let reply = world.ask_with("POST", "/api/v1/tenant/lock", &[("authorization", &bearer)], lock()).await;
    assert_eq!(reply.code(), "token.invalid");
    let reply = world.ask("POST", "/api/v1/tenant/lock", lock()).await;
    assert_eq!((reply.status, &reply.json()["erased"]), (StatusCode::OK, &json!(true)));
    for target in ["/api/v1/secrets/prod/db/PASSWORD", "/api/v1/members", "/api/v1/audit/entries"] {
        let reply = world.ask("GET", target, "").await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (StatusCode::FORBIDDEN, "tenant.locked"),
            "{target}"
        );
    }
    let listed = world.ask_as(&operator, "GET", "/api/v1/tenants").await.json();
    assert_eq!(listed["locked"], json!(["default"]));
    assert_eq!(world.ask("GET", "/health/secrets", "").await.json()["locked_tenants"], 1);
    for target in ["/api/v1/suspend/default", "/api/v1/resume/default"] {
        assert_eq!(world.ask_as(&operator, "POST", target).await.code(), "tenant.locked");
    }
    assert_eq!(world.ask_as(&operator, "GET", "/api/v1/tenants/default").await.code(), "tenant.locked");
    let reply = unlock(&world, "192.0.2.1", "default", &LOCK_CODE.to_lowercase()).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
    assert_eq!(world.ask("GET", "/api/v1/secrets/prod/db/PASSWORD", "").await.status, StatusCode::OK);
    assert_eq!(world.ask("GET", "/health/secrets", "").await.json()["locked_tenants"], 0);
}

/// A stranger sees the same, whether there is such a tenant, and whether it is locked; and not for long.
#[tokio::test]
async fn t_n1_a_wrong_code_is_answered_alike_and_counts() {
    let world = World::new().await;
    let acme = world.tenant("acme").await;
    let before = world.entries(&op(), true).await;
    let other = coffer_engine::lock_code::LockCode::generate().unwrap();
    world.vault.tenant_lock(&acme, &other).await.unwrap();
    let mut seen = Vec::new();
    for (tenant, code) in [
        ("acme", LOCK_CODE),
        ("acme", "LOCK-0"),
        ("acme", "none"),
        ("default", LOCK_CODE),
        ("default", other.expose()),
        ("nobody", LOCK_CODE),
        ("no/such tenant", LOCK_CODE),
    ] {
        let reply = unlock(&world, "192.0.2.7", tenant, code).await;
        assert_eq!((reply.status, reply.code().as_str()), (StatusCode::UNAUTHORIZED, "lock.code_wrong"));
        assert_eq!(reply.header("x-coffer-audit-id"), "");
        seen.push(reply.without_ids());
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:#?}");
    // Who signs in there with what is not known is told what he is always told.
    for shown in [json!({ "code": "ONCE-0" }), json!({ "user": "owner", "password": "a password of nobody" })]
    {
        let of = async |tenant: &str| {
            let request = Request::post("/api/v1/sign-in").header("x-coffer-tenant", tenant);
            let reply = world.answer("192.0.2.8", request.body(shown.to_string().into()).unwrap()).await;
            (reply.status, reply.without_ids())
        };
        let there = of("acme").await;
        assert_eq!(there.0, StatusCode::UNAUTHORIZED);
        assert_eq!(there, of("nobody").await);
    }
    let new = world.entries(&op(), true).await.split_off(before.len());
    assert_eq!(new.len(), 1, "of the lock, and none of what was wrong: {new:?}");
    let reply = unlock(&world, "192.0.2.7", "acme", other.expose()).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn who_guesses_lock_codes_is_slowed_down() {
    let options = ServiceOptions { failure_rate: Rate { per_second: 0, burst: 3 }, ..UNBOUNDED };
    let world = World::over(MemoryStorage::new(clock_at(NOW)), options).await;
    world.ask("POST", "/api/v1/tenant/lock", lock()).await;
    for _ in 0..3 {
        assert_eq!(unlock(&world, "192.0.2.7", "default", "LOCK-0").await.code(), "lock.code_wrong");
    }
    let reply = unlock(&world, "192.0.2.7", "default", LOCK_CODE).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (StatusCode::TOO_MANY_REQUESTS, "token.too_many_failures")
    );
    let reply = unlock(&world, "198.51.100.1", "default", LOCK_CODE).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT, "from elsewhere it is good");
}
