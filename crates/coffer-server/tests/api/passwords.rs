//! Passwords over the API: set by their members, and answered alike, at the same moment, when they are not good.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use coffer_engine::access::Role;
use coffer_engine::identity::MemberName;
use coffer_engine::limits::{ACCESS_ATTEMPTS_MAX, PASSWORDS_WAITING_MAX};
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::testkit::clock_at;
use coffer_engine::vault::MemberChange;
use coffer_server::limits::TOO_OFTEN_TIME;
use coffer_server::{Form, ServiceOptions};
use serde_json::json;

use super::world::{NOW, Reply, UNBOUNDED, World, op};

const SECRET: &str = "/api/v1/secrets/prod/db/PASSWORD";
const RIGHT: &str = "correct horse battery staple";
const WRONG: &str = "correct horse battery stable";

/// A token of signing in with a code.
async fn by_code(world: &World, member: &str) -> String {
    let code = world.ask("POST", "/api/v1/codes", json!({ "member": member }).to_string()).await.json();
    let body = json!({ "code": code["code"] }).to_string();
    let signed = world.ask_with("POST", "/api/v1/sign-in", &[], body).await.json();
    signed["token"].as_str().unwrap().to_owned()
}

async fn set(world: &World, token: &str, body: serde_json::Value) -> Reply {
    let bearer = format!("Bearer {token}");
    world.ask_with("PUT", "/api/v1/password", &[("authorization", &bearer)], body.to_string()).await
}

async fn world(options: ServiceOptions) -> World {
    let world = World::over(MemoryStorage::new(clock_at(NOW)), options).await;
    for name in ["maya", "leaver", "without"] {
        world.token(&op(), name, &[(Role::Reader, "prod/**")], false).await;
    }
    for name in ["maya", "leaver"] {
        let token = by_code(&world, name).await;
        assert_eq!(set(&world, &token, json!({ "new": RIGHT })).await.status, StatusCode::NO_CONTENT);
    }
    let change = MemberChange { disabled: Some(true), ..MemberChange::default() };
    world.vault.member_change(&op(), &MemberName::parse("leaver").unwrap(), &change, false).await.unwrap();
    world
}

async fn sign_in(world: &World, source: &str, (user, password): (&str, &str), tenant: &str) -> Reply {
    let body = json!({ "user": user, "password": password }).to_string();
    let request = Request::post("/api/v1/sign-in").header("x-coffer-tenant", tenant);
    world.answer(source, request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn a_password_is_set_and_signs_in() {
    let world = world(UNBOUNDED).await;
    let reply = sign_in(&world, "192.0.2.1", ("maya", RIGHT), "default").await;
    assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
    let token = reply.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(world.ask_as(&token, "GET", SECRET).await.status, StatusCode::OK);
    for (body, code) in [
        (json!({ "new": "another horse battery staple" }), "password.unproved"),
        (json!({ "old": WRONG, "new": "another horse battery staple" }), "password.wrong"),
        (json!({ "old": RIGHT, "new": "short" }), "password.short"),
        (json!({ "old": RIGHT, "new": "x".repeat(1025) }), "password.long"),
    ] {
        assert_eq!(set(&world, &token, body).await.code(), code);
    }
    let next = json!({ "old": RIGHT, "new": "another horse battery staple" });
    assert_eq!(set(&world, &token, next).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.ask_as(&token, "GET", SECRET).await.code(), "token.invalid");
}

/// Unknown, wrong, locked, disabled, without a password, in another tenant, in none: the same, to the byte, after the same work.
#[tokio::test]
async fn t_a2_names_and_passwords_that_are_not_good_are_answered_alike() {
    let world = world(UNBOUNDED).await;
    world.tenant("acme").await;
    for _ in 0..ACCESS_ATTEMPTS_MAX {
        sign_in(&world, "192.0.2.9", ("maya", WRONG), "default").await;
    }
    let mut seen = Vec::new();
    for (source, shown, tenant) in [
        ("192.0.2.1", ("maya", WRONG), "default"),
        ("192.0.2.1", ("nobody", RIGHT), "default"),
        ("192.0.2.1", ("", ""), "default"),
        ("192.0.2.1", ("Maya", RIGHT), "default"),
        ("192.0.2.1", ("leaver", RIGHT), "default"),
        ("192.0.2.1", ("leaver", WRONG), "default"),
        ("192.0.2.1", ("without", RIGHT), "default"),
        ("192.0.2.9", ("maya", RIGHT), "default"),
        ("192.0.2.9", ("maya", WRONG), "default"),
        ("192.0.2.1", ("maya", RIGHT), "acme"),
        ("192.0.2.1", ("maya", RIGHT), "no-such-tenant"),
    ] {
        let hashed = world.vault.passwords_hashed();
        let reply = sign_in(&world, source, shown, tenant).await;
        let said = (reply.status, reply.code());
        assert_eq!(said, (StatusCode::UNAUTHORIZED, "password.invalid".to_owned()), "{shown:?} {tenant}");
        assert_eq!(world.vault.passwords_hashed(), hashed + 1, "{shown:?} {tenant}");
        seen.push(reply.without_ids());
    }
    seen.push(sign_in(&world, "192.0.2.1", ("maya", RIGHT), "no/such tenant").await.without_ids());
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:#?}");
    let unlock = world.ask("POST", "/api/v1/member/unlock/maya", "").await;
    assert_eq!(unlock.json(), json!({ "sources": 2 }));
    assert_eq!(sign_in(&world, "192.0.2.9", ("maya", RIGHT), "default").await.status, StatusCode::OK);
    let metrics = world.service.metrics(Form::Plain).await;
    let count = |name: &str| {
        let line = metrics.lines().find(|line| line.starts_with(&format!("coffer_{name}_total "))).unwrap();
        line.rsplit(' ').next().unwrap().parse::<u32>().unwrap()
    };
    assert_eq!((count("lockouts"), count("passwords_wrong")), (1, ACCESS_ATTEMPTS_MAX + 11));
}

/// Two samples of how long answers take are of one distribution, as far as a Kolmogorov-Smirnov test can tell: a name that is nobody's,
/// about which nothing is written, and a wrong password, which is committed. The control shows what it tells without the fixed moment.
///
/// It compares two distributions of the same run and no clock with a limit. With a chance of one in a million it fails for nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t_a2_the_time_of_an_answer_does_not_say_who_is_there() {
    const SAMPLES: u32 = 2000;
    let differ = async |refusal_time: Duration, samples: u32, at_once: u32| {
        let world = Arc::new(world(ServiceOptions { refusal_time, ..UNBOUNDED }).await);
        let (mut nobody, mut wrong) = (Vec::new(), Vec::new());
        // In turns at the head of the line. Each from elsewhere: none is locked, all wrong ones are written down.
        for round in 0..2 * samples / at_once {
            let mut asked = tokio::task::JoinSet::new();
            for number in 0..at_once {
                let (world, is_nobody) = (Arc::clone(&world), (round + number) % 2 == 0);
                asked.spawn(async move {
                    let source = format!("10.{}.{}.{number}", round / 250, round % 250);
                    let user = if is_nobody { "nobody" } else { "maya" };
                    let began = Instant::now();
                    let reply = sign_in(&world, &source, (user, WRONG), "default").await;
                    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
                    (is_nobody, began.elapsed())
                });
            }
            for (is_nobody, time) in asked.join_all().await {
                if is_nobody { nobody.push(time) } else { wrong.push(time) }
            }
        }
        let many = f64::from(samples);
        // The critical value of a chance of one in a million.
        let critical = (-(0.5e-6_f64).ln() / 2.0).sqrt() * (2.0 / many).sqrt();
        (distance(&mut nobody, &mut wrong), critical)
    };
    let (found, critical) = differ(Duration::from_millis(40), SAMPLES, 8).await;
    assert!(found < critical, "{found} of {critical}");
    let (found, critical) = differ(Duration::ZERO, SAMPLES / 4, 1).await;
    assert!(found > critical, "the control: {found} of {critical}");
}

/// The largest distance between the two distributions.
fn distance(one: &mut [Duration], other: &mut [Duration]) -> f64 {
    one.sort();
    other.sort();
    let below = |times: &[Duration], at: &Duration| {
        f64::from(u32::try_from(times.partition_point(|time| time <= at)).unwrap())
            / f64::from(u32::try_from(times.len()).unwrap())
    };
    one.iter().chain(other.iter()).map(|at| (below(one, at) - below(other, at)).abs()).fold(0.0, f64::max)
}

/// T-D6: so many wait and no more, those beyond are told so a second later or two, and whoever is signed in is answered meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t_d6_a_flood_of_passwords_is_turned_away() {
    let world = Arc::new(world(UNBOUNDED).await);
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..200 {
        let world = Arc::clone(&world);
        tasks.spawn(async move {
            let source = format!("10.0.{number}.1");
            let began = tokio::time::Instant::now();
            let reply = sign_in(&world, &source, ("nobody", WRONG), "default").await;
            let is_crowd = reply.status == StatusCode::SERVICE_UNAVAILABLE;
            assert!(
                !is_crowd || began.elapsed() >= TOO_OFTEN_TIME,
                "who asks again at once asks no more than once a second"
            );
            (reply.status.as_u16(), reply.code(), reply.header("retry-after").to_owned())
        });
    }
    assert_eq!(world.ask("GET", SECRET, "").await.status, StatusCode::OK);
    let answers = tasks.join_all().await;
    let turned_away = (503, "password.busy".to_owned(), "1".to_owned());
    let looked_at = (401, "password.invalid".to_owned(), String::new());
    assert!(answers.iter().all(|answer| *answer == turned_away || *answer == looked_at), "{answers:?}");
    assert!(answers.iter().filter(|answer| **answer == looked_at).count() > PASSWORDS_WAITING_MAX);
}
