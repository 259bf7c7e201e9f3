//! What is counted: as `docs/metrics.md` says, in a form that Prometheus' own tool accepts, and rightly.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use axum::http::StatusCode;
use coffer_engine::access::Role;
use coffer_engine::quota::QuotaChange;
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::storage::sqlite::{SqliteOptions, SqliteStorage};
use coffer_engine::testkit::{Hooked, clock_at};
use coffer_server::limits::Rate;
use coffer_server::{Form, ServiceOptions};

use super::world::{NOW, UNBOUNDED, World, op, over};

/// A world on a disk in which something of everything has happened.
async fn eventful(folder: &Path) -> World {
    let mut options = SqliteOptions::new(folder.join("store"), clock_at(NOW));
    options.create = true;
    let options_of_service = ServiceOptions { source_rate: Rate { per_second: 0, burst: 8 }, ..UNBOUNDED };
    let world = World::over(SqliteStorage::open(options).unwrap(), options_of_service).await;
    let limit = QuotaChange { secrets: Some(Some(100)), ..QuotaChange::default() };
    world.vault.tenant_quota(&op(), &op().tenant, limit).await.unwrap();
    let reader = world.token(&op(), "reader", &[(Role::Reader, "dev/**")], false).await;
    let secret = "/api/v1/secrets/prod/db/USER";
    assert_eq!(world.ask("GET", secret, "").await.status, StatusCode::OK);
    assert_eq!(world.ask_as(&reader, "GET", secret).await.status, StatusCode::FORBIDDEN);
    let rotate = "/api/v1/rotate/prod/db/USER";
    let rotated = world.ask("POST", rotate, "").await;
    assert_eq!(rotated.status, StatusCode::OK, "{rotated:?}");
    assert_eq!(world.ask_with("GET", secret, &[], "").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        world.ask("PUT", &over("/api/v1/secrets/dev/NEW"), r#"{"value":"x"}"#).await.status,
        StatusCode::CREATED
    );
    for _ in 0..6 {
        world.ask("GET", "/health", "").await;
    }
    world
}

/// Family by family, its kind.
fn kinds(text: &str) -> BTreeMap<String, String> {
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    types.map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect()
}

/// The lines of the tables: name, kind, labels.
fn documented() -> BTreeMap<String, (String, Vec<String>)> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/metrics.md");
    let page = std::fs::read_to_string(page).unwrap();
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().replace('`', "")).collect::<Vec<_>>();
    let rows = page.lines().filter(|line| line.starts_with("| `")).map(cells);
    rows.map(|row| {
        let labels = row[3].split(", ").filter(|label| !label.is_empty()).map(str::to_owned).collect();
        (row[1].clone(), (row[2].clone(), labels))
    })
    .collect()
}

/// The names of the labels of a family's samples, but for `le`, which is every histogram's.
fn labels(text: &str, family: &str) -> Vec<String> {
    let sample = text.lines().find(|line| {
        let behind = line.strip_prefix(family).unwrap_or_default();
        behind.starts_with('{') || behind.starts_with(' ') || behind.starts_with("_bucket{")
    });
    let sample = sample.unwrap_or_else(|| panic!("{family} has no sample"));
    let Some((_, rest)) = sample.split_once('{') else { return Vec::new() };
    let (labels, _) = rest.rsplit_once('}').unwrap();
    let names =
        labels.split("\",").map(|label| label.split_once('=').unwrap().0.trim_start_matches(',').to_owned());
    names.filter(|name| name != "le").collect()
}

#[tokio::test]
async fn every_metric_has_its_line_and_every_line_its_metric() {
    let folder = tempfile::tempdir().unwrap();
    let world = eventful(folder.path()).await;
    let text = world.service.metrics(Form::Plain).await;
    let (told, documented) = (kinds(&text), documented());
    for (name, kind) in &told {
        let (documented_kind, documented_labels) =
            documented.get(name).unwrap_or_else(|| panic!("{name} has no line in docs/metrics.md"));
        assert_eq!(documented_kind, kind, "{name}");
        assert_eq!(*documented_labels, labels(&text, name), "{name}");
    }
    for name in documented.keys() {
        assert!(told.contains_key(name), "{name} is in docs/metrics.md and not told:\n{text}");
    }
}

#[tokio::test]
async fn promtool_accepts_them() {
    let folder = tempfile::tempdir().unwrap();
    let world = eventful(folder.path()).await;
    let text = world.service.metrics(Form::Plain).await;
    let mut tool = Command::new("promtool");
    tool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // `cargo xtask test` installs it, and does not begin without it; who runs this test alone may not have it.
    let Ok(mut child) = tool.spawn() else { return };
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success() && said.is_empty(), "{}\n{text}", String::from_utf8_lossy(&said));
}

#[tokio::test]
async fn what_happens_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let world = eventful(folder.path()).await;
    let text = world.service.metrics(Form::Plain).await;
    for line in [
        r#"coffer_tenant_accesses_total{tenant="default",operation="secret_get",outcome="done"} 1"#,
        r#"coffer_tenant_accesses_total{tenant="default",operation="secret_get",outcome="refused"} 1"#,
        r#"coffer_tenant_violations_total{tenant="default",reason="access.denied"} 1"#,
        r#"coffer_rotations_total{outcome="done"} 1"#,
        r#"coffer_rotations_total{outcome="failed"} 0"#,
        r#"coffer_unauthenticated_total{reason="token.missing"} 1"#,
        // The read of a value, and nothing else, opens one; the rotation and the write seal one each.
        r#"coffer_encryption_duration_seconds_count{operation="open",what="value"} 1"#,
        r#"coffer_encryption_duration_seconds_count{operation="seal",what="value"} 2"#,
        r#"coffer_encryption_failures_total{what="value"} 0"#,
        "coffer_commit_failures_total 0",
        // The oldest entry is from the same moment: this clock stands still.
        "coffer_log_lag_seconds 0",
        "coffer_sealed 0",
    ] {
        assert!(
            text.lines().any(|told| told == line || told.strip_suffix(".0") == Some(line)),
            "{line}\n{text}"
        );
    }
    let number = |name: &str| -> f64 {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{name}"));
        line.trim().parse().unwrap()
    };
    // Three requests with a token, each in a commit of its own with its entry; the members and tokens before them.
    assert!(number("coffer_commit_entries_count ") >= 3.0 && number("coffer_commit_entries_sum ") >= 3.0);
    assert_eq!(number("coffer_commit_batches_count "), number("coffer_commit_entries_count "));
    let synced = number("coffer_commit_duration_seconds_count{durability=\"synced\"} ");
    assert!(synced >= 1.0, "the rotation: {synced}");
    for present in [
        "coffer_log_pending_commits ",
        "coffer_cache_records ",
        "coffer_cache_bytes ",
        "coffer_tenants_open ",
        "coffer_store_bytes ",
        "coffer_store_wal_bytes ",
        "process_resident_memory_bytes ",
        "process_virtual_memory_bytes ",
        "process_open_fds ",
        "process_max_fds ",
        "process_threads ",
        "process_cpu_seconds_total ",
        "process_start_time_seconds ",
    ] {
        assert!(number(present) > 0.0, "{present}");
    }
    assert!(number("process_start_time_seconds ") > 1_577_836_800.0, "after 2020");
    assert!(number("process_open_fds ") < number("process_max_fds "));
}

#[tokio::test]
async fn what_does_not_open_and_what_can_not_be_written_is_counted() {
    let memory = MemoryStorage::new(clock_at(NOW));
    let full = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let asked = Arc::clone(&full);
    let storage = Hooked::new(memory, move |_, _| {
        let full = asked.load(std::sync::atomic::Ordering::SeqCst);
        full.then_some(Err(coffer_engine::storage::StorageError::Full))
    });
    let world = World::over(storage, UNBOUNDED).await;
    full.store(true, std::sync::atomic::Ordering::SeqCst);
    let refused = world.ask("GET", "/api/v1/secrets/prod/db/USER", "").await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    let text = world.service.metrics(Form::Plain).await;
    let failures = text.lines().find_map(|line| line.strip_prefix("coffer_commit_failures_total ")).unwrap();
    assert!(failures.parse::<f64>().unwrap() >= 1.0, "{text}");
    assert!(!text.contains("coffer_store_bytes"), "a memory has no file");
    full.store(false, std::sync::atomic::Ordering::SeqCst);
    world.seal().await;
    let text = world.service.metrics(Form::OpenMetrics).await;
    assert!(
        text.contains("coffer_sealed 1\n") && !text.contains("coffer_log_") && text.ends_with("# EOF\n"),
        "{text}"
    );
}

#[test]
fn who_asks_for_openmetrics_gets_it() {
    let prometheus =
        "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";
    assert_eq!(Form::wanted(prometheus), Form::OpenMetrics);
    for other in ["", "*/*", "text/plain", "text/plain;version=0.0.4"] {
        assert_eq!(Form::wanted(other), Form::Plain, "{other}");
    }
}
