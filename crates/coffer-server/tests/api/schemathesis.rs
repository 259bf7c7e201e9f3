//! schemathesis, which knows nothing of Coffer but its description, asks a running server by it: what fits the description has to be
//! taken and what does not has to be refused, every answer has to be one that is described, and none may be a server's error.
//!
//! What it can't know stands in `schemathesis/hooks.py`; what is switched off, and why, in `schemathesis/config.toml`. It draws the same
//! requests each time. A control shows that it finds a description that is wrong.

use std::path::{Path, PathBuf};
use std::process::Command;

use coffer_engine::access::Role;
use coffer_engine::unlock::KeyFile;
use coffer_server::listen::Listener;
use coffer_server::routes::ROUTES;
use coffer_server::{Form, Service};
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use super::openapi::document;
use super::routes::is_of_the_instance;
use super::world::{World, op, over};

/// Everything but what ends the run's own access: a server that is sealed answers nobody, and is asked by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_is_as_its_description_says() {
    let run = Run::new().await;
    let said = run.ask(&document(), &[ASKED_APART, "--max-examples=15"]).await;
    assert!(said.is_well, "{}", said.report);
    // A run that is refused everywhere would show little.
    let text = run.service.metrics(Form::Plain).await;
    let is_done = |operation: &str| text.contains(&format!("{{operation=\"{operation}\",status=\"2"));
    let names = ROUTES.iter().map(|route| route.operation);
    let never: Vec<&str> = names.filter(|operation| !is_done(operation)).collect();
    assert_eq!(never, NEVER_DONE);
}

/// What is asked elsewhere, about somebody of whom the log knows nothing, for who has signed in with a code (`passwords.rs`), or with a code
/// of an authenticator (`factors.rs`).
const NEVER_DONE: [&str; 10] = [
    "store_seal",
    "store_unseal",
    "secret_watch",
    "tenant_lock",
    "tenant_unlock",
    "password_set",
    "factor_enrol",
    "factor_confirm",
    "factor_remove_own",
    "audit_forget",
];
/// A server that is sealed answers nobody, nor does a tenant that is locked, and a stream of changes has no end.
const ASKED_APART: &str = "--exclude-operation-id-regex=^(store_(un)?seal|tenant_lock|secret_watch)$";

/// Texts of any letters: limits and forms are other ones for them than the document can say, so a good request may be refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_text_breaks_the_server() {
    let run = Run::new().await;
    let more = [
        ASKED_APART,
        "--exclude-checks=positive_data_acceptance",
        "--phases=fuzzing",
        "--generation-codec=utf-8",
        "--max-examples=10",
    ];
    let said = run.ask(&document(), &more).await;
    assert!(said.is_well, "{}", said.report);
}

/// It is sealed by the first request, and unsealed by whichever shows the passphrase.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_sealed_and_unsealed_as_the_description_says() {
    let run = Run::new().await;
    let said =
        run.ask(&document(), &["--include-operation-id-regex=^store_(un)?seal$", "--max-examples=10"]).await;
    assert!(said.is_well, "{}", said.report);
}

/// A server that is about to stop ends every stream once it has begun.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_changes_begins_as_the_description_says() {
    let run = Run::new().await;
    run.service.drain();
    let said = run.ask(&document(), &["--include-operation-id=secret_watch", "--max-examples=30"]).await;
    assert!(said.is_well, "{}", said.report);
    let text = run.service.metrics(Form::Plain).await;
    assert!(text.contains("{operation=\"secret_watch\",status=\"200\""));
}

/// Makes a description wrong.
type Spoil = fn(&mut Json);

/// The control: each of these descriptions is wrong in one place, and that is found.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_description_that_is_wrong_is_found() {
    let run = Run::new().await;
    let wrong: [(&str, &str, Spoil); 3] = [
        ("tenant_list", "Undocumented status code", |document| {
            document["paths"]["/api/v1/tenants"]["get"]["responses"].as_object_mut().unwrap().remove("400");
        }),
        ("health", "Response violates schema", |document| {
            document["components"]["schemas"]["Alive"]["properties"]["status"]["type"] = json!("integer");
        }),
        ("token_renew", "Missing required response headers", |document| {
            let headers = &mut document["components"]["headers"];
            headers["X-Nothing"] = headers["X-Request-Id"].clone();
            let problem = &mut document["components"]["responses"]["Unauthenticated"]["headers"];
            problem["X-Nothing"] = json!({ "$ref": "#/components/headers/X-Nothing" });
        }),
    ];
    for (operation, finding, spoil) in wrong {
        let (mut doctored, only) = (document(), format!("--include-operation-id={operation}"));
        assert!(run.ask(&doctored, &[&only, "--phases=coverage"]).await.is_well, "{operation}, as it is");
        spoil(&mut doctored);
        let said = run.ask(&doctored, &[&only, "--phases=coverage"]).await;
        assert!(!said.is_well && said.report.contains(finding), "{operation}: {}", said.report);
    }
}

/// A server, and what there is to know of it.
struct Run {
    url: String,
    service: Service,
    tokens: [String; 2],
    /// Where it runs: it leaves files behind.
    folder: TempDir,
    _stop: watch::Sender<bool>,
}

/// What schemathesis said.
struct Said {
    is_well: bool,
    report: String,
}

impl Run {
    async fn new() -> Self {
        let world = World::new().await;
        let operator = world.token(&op(), "operator", &[(Role::Owner, "**")], true).await;
        for member in ["maya@acme", "ana@acme"] {
            world.token(&op(), member, &[(Role::Reader, "prod/**")], false).await;
        }
        world.tenant("acme").await;
        for (name, value) in [
            ("db/TLS", r#"{"fields":{"host":"db.example"}}"#),
            ("old/PASSWORD", r#"{"value":"hunter1"}"#),
            ("old/USER", r#"{"value":"shop"}"#),
            ("old/KEY", r#"{"value":"opens"}"#),
        ] {
            assert_eq!(
                world.ask("PUT", &over(&format!("/api/v1/secrets/prod/{name}")), value).await.status,
                201
            );
        }
        let file = world.ask("PUT", &over("/api/v1/content/prod/db/KEYSTORE"), "a file").await;
        assert_eq!(file.status, 201);
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), None).await.unwrap();
        let url = format!("http://{}", listener.address().unwrap());
        let (stop, stopping) = watch::channel(false);
        tokio::spawn(listener.serve(world.service.clone(), stopping));
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("config.toml", include_str!("schemathesis/config.toml")),
            ("hooks.py", include_str!("schemathesis/hooks.py")),
        ] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        Self { url, service: world.service, tokens: [world.owner, operator], folder, _stop: stop }
    }

    /// Asks all that this description says, but for `more`.
    async fn ask(&self, description: &Json, more: &[&str]) -> Said {
        let folder = self.folder.path();
        std::fs::write(folder.join("openapi.json"), description.to_string()).unwrap();
        let key_file = folder.join("key");
        let _ = KeyFile::create(&key_file);
        let of_instance: Vec<&str> =
            ROUTES.iter().filter(|route| is_of_the_instance(route)).map(|route| route.operation).collect();
        let mut command = schemathesis(folder);
        command
            .args(["--config-file=config.toml", "run", "openapi.json", "--no-color"])
            .args(["--generation-deterministic", "--output-sanitize=false", &format!("--url={}", self.url)])
            .args(more)
            .env("COFFER_URL", &self.url)
            .env("COFFER_TOKEN", &self.tokens[0])
            .env("COFFER_INSTANCE_TOKEN", &self.tokens[1])
            .env("COFFER_KEY_SET", super::openapi::KEY_SET)
            .env("COFFER_AUTHORITY", super::openapi::AUTHORITY)
            .env("COFFER_KEY_FILE", std::fs::read_to_string(key_file).unwrap())
            .env("COFFER_OF_INSTANCE", of_instance.join(","));
        let output = spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let report = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        println!("{}", report.split("== SUMMARY ==").last().unwrap_or_default());
        Said { is_well: output.status.success(), report }
    }
}

/// It, of the Python that is named in `COFFER_TEST_PYTHON`, or the workspace's own.
fn schemathesis(folder: &Path) -> Command {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/python");
    let python = std::env::var_os("COFFER_TEST_PYTHON").map_or_else(own, PathBuf::from);
    assert!(
        python.exists(),
        "{} does not exist: `cargo xtask test` sets it up, or name a Python with schemathesis in COFFER_TEST_PYTHON",
        python.display()
    );
    let mut command = Command::new(python);
    command.args(["-m", "schemathesis.cli"]).current_dir(folder).env_remove("PYTHONPATH");
    command
}
