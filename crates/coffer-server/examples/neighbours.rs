//! What one tenant feels of its neighbours: how long its reads take alone, beside one that asks as much as it can, with and without a quota of
//! requests, and beside a flood of wrong passwords. See docs/benchmarks/neighbours.md.
//!
//! `cargo run --release --example neighbours -p coffer-server -- [SECONDS]`: ten for each part where nothing is said.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a measurement on the command line: it stops where something is wrong, and it reads the clock"
)]

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use coffer_encryption::{PassphraseIterations, SecretBytes};
use coffer_engine::Op;
use coffer_engine::access::{Grant, IdentityKind, PathPattern, Role};
use coffer_engine::identity::MemberName;
use coffer_engine::path::SecretPath;
use coffer_engine::secret::Value;
use coffer_engine::storage::Clock;
use coffer_engine::storage::sqlite::{SqliteOptions, SqliteStorage};
use coffer_engine::tenant::TenantName;
use coffer_engine::testkit::op_at;
use coffer_engine::time::Timestamp;
use coffer_engine::unlock::{Passphrase, Unlocker};
use coffer_engine::vault::{NewMember, NewToken, OpenOptions, Settings, Vault};
use coffer_server::{Service, ServiceOptions};
use http_body_util::BodyExt as _;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// Who asks for the quiet tenant, each so often.
const QUIET_TASKS: u64 = 4;
const QUIET_EVERY: Duration = Duration::from_millis(5);
/// Who asks for the noisy one, as soon as they have been answered.
const NOISY_TASKS: u64 = 64;
const MANY_TASKS: u64 = 1000;
/// What its quota is.
const QUOTA: u64 = 500;
/// Sources of wrong passwords, each with one attempt at a time.
const GUESSERS: u64 = 200;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let seconds = std::env::args().nth(1).map_or(10, |text| text.parse().unwrap());
    let folder = tempfile::tempdir_in(".").unwrap();
    let world = World::make(&folder.path().join("store")).await;
    let time = Duration::from_secs(seconds);
    world.part("alone", time, None).await;
    world
        .part("beside 64 readers of another tenant, without a quota", time, Some(Flood::Reads(NOISY_TASKS)))
        .await;
    world.part("beside 1,000 of them", time, Some(Flood::Reads(MANY_TASKS))).await;
    world.limit().await;
    world
        .part("beside 64, at a quota of 500 requests in a second", time, Some(Flood::Reads(NOISY_TASKS)))
        .await;
    world.part("beside 1,000, at that quota", time, Some(Flood::Reads(MANY_TASKS))).await;
    world.part("beside wrong passwords from 200 addresses", time, Some(Flood::Passwords)).await;
    world.part("alone again", time, None).await;
}

#[derive(Clone, Copy)]
enum Flood {
    Reads(u64),
    Passwords,
}

#[derive(Clone)]
struct World {
    service: Service,
    quiet: Arc<str>,
    noisy: Arc<str>,
    operator: Arc<str>,
}

impl World {
    async fn make(store: &Path) -> Self {
        let clock: Clock = Arc::new(now);
        let mut options = SqliteOptions::new(store.to_path_buf(), Arc::clone(&clock));
        options.create = true;
        let storage = SqliteStorage::open(options).unwrap();
        let words = SecretBytes::copy_from(b"correct horse battery staple");
        let unlocker = Passphrase::new(words, PassphraseIterations::cheap_for_tests());
        let unlockers: [&dyn Unlocker; 1] = [&unlocker];
        let options = OpenOptions { unlockers: &unlockers, settings: Settings::default() };
        let vault = Vault::open_or_create(storage, options, &op("default")).await.unwrap();
        let operator = member(&vault, &op("default"), Role::Admin, true).await;
        let mut readers = Vec::new();
        for name in ["quiet", "noisy"] {
            let of = op(name);
            vault.tenant_create(&op("default"), &of.tenant).await.unwrap();
            let secrets = vec![(SecretPath::parse("prod/KEY").unwrap(), Value::text("a value"))];
            vault.set_all(&of, secrets).await.unwrap();
            readers.push(member(&vault, &of, Role::Reader, false).await);
        }
        let service = Service::new(vault, clock, ServiceOptions::default());
        Self { service, quiet: readers[0].clone(), noisy: readers[1].clone(), operator }
    }

    /// Says how long the quiet tenant's reads took meanwhile.
    async fn part(&self, about: &str, time: Duration, flood: Option<Flood>) {
        let until = Instant::now() + time;
        let answered = Arc::new(AtomicU64::new(0));
        let mut others = JoinSet::new();
        let asking = match flood {
            None => 0,
            Some(Flood::Reads(tasks)) => tasks,
            Some(Flood::Passwords) => GUESSERS,
        };
        for number in 0..asking {
            let (world, answered, flood) = (self.clone(), Arc::clone(&answered), flood.unwrap());
            others.spawn(async move {
                while Instant::now() < until {
                    let status = match flood {
                        Flood::Reads(_) => world.read("noisy", &world.noisy).await,
                        Flood::Passwords => world.guess(number).await,
                    };
                    answered.fetch_add(u64::from(status == StatusCode::OK), Ordering::Relaxed);
                    // As somebody on the other side of a socket would: others get to run in between.
                    tokio::task::yield_now().await;
                }
            });
        }
        let mut quiet = JoinSet::new();
        for _ in 0..QUIET_TASKS {
            let world = self.clone();
            quiet.spawn(async move {
                let (mut times, mut pace) = (Vec::new(), interval(QUIET_EVERY));
                pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
                while Instant::now() < until {
                    pace.tick().await;
                    let began = Instant::now();
                    assert_eq!(world.read("quiet", &world.quiet).await, StatusCode::OK);
                    times.push(began.elapsed());
                }
                times
            });
        }
        let mut times: Vec<Duration> = quiet.join_all().await.into_iter().flatten().collect();
        others.join_all().await;
        times.sort();
        let at = |part: usize| times[(times.len() * part / 1000).min(times.len() - 1)].as_secs_f64() * 1e3;
        let others = answered.load(Ordering::Relaxed) / time.as_secs().max(1);
        println!(
            "{about}: p50 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms ({} reads); others: {others} good answers a second",
            at(500),
            at(990),
            at(999),
            times.len()
        );
    }

    async fn read(&self, tenant: &'static str, token: &str) -> StatusCode {
        let request = Request::get("/api/v1/secrets/prod/KEY")
            .header("x-coffer-tenant", tenant)
            .header("authorization", format!("Bearer {token}"));
        self.answer([192, 0, 2, 1], request.body(Body::empty()).unwrap()).await
    }

    async fn guess(&self, number: u64) -> StatusCode {
        let body = json!({ "user": "reader", "password": "correct horse battery stable" }).to_string();
        let request = Request::post("/api/v1/sign-in").header("x-coffer-tenant", "noisy");
        let source = [198, 51, 100, u8::try_from(number % 256).unwrap()];
        self.answer(source, request.body(Body::from(body)).unwrap()).await
    }

    async fn limit(&self) {
        let body = json!({ "quota": { "requests": QUOTA } }).to_string();
        let request = Request::patch("/api/v1/tenants/noisy")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", self.operator));
        let status = self.answer([192, 0, 2, 1], request.body(Body::from(body)).unwrap()).await;
        assert_eq!(status, StatusCode::OK);
    }

    async fn answer(&self, source: [u8; 4], request: Request<Body>) -> StatusCode {
        let response = self.service.answer(IpAddr::V4(Ipv4Addr::from(source)), request).await;
        let status = response.status();
        response.into_body().collect().await.unwrap();
        status
    }
}

/// A token of a member with this role everywhere.
async fn member(vault: &Vault, op: &Op, role: Role, instance: bool) -> Arc<str> {
    let name = MemberName::parse("reader").unwrap();
    let grant = Grant::always(role, PathPattern::everything());
    vault
        .member_create(op, &name, &NewMember::with(IdentityKind::Service, vec![grant]), instance)
        .await
        .unwrap();
    let new = NewToken {
        member: Some(name),
        ttl_seconds: 86_400,
        max_seconds: 86_400,
        uses: None,
        networks: Vec::new(),
        label: String::new(),
    };
    vault.token_create(op, &new, instance).await.unwrap().0.expose().into()
}

fn op(tenant: &str) -> Op {
    Op { tenant: TenantName::parse(tenant).unwrap(), ..op_at(now()).unwrap() }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap())
}
