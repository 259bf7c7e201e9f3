//! Three servers over one database: what one withdraws the others refuse, and what any acknowledged is there, once, whoever dies.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use coffer_postgres::testkit::Server as Database;
use serde_json::{Value, json};
use ureq::Agent;

use crate::postgres::Node;

const NODES: usize = 3;
const WRITERS: usize = 9;
/// Acknowledged writes after which a node is killed, the database is, and it is over.
const MOMENTS: [usize; 3] = [100, 250, 500];

/// A server process of a node; killed when the test ends.
pub(crate) struct Serving {
    child: Child,
    pub(crate) url: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Serving {
    pub(crate) fn start(node: &Node, listen: &str) -> Self {
        let mut command = node.command(&format!("server --listen {listen} --json"));
        let command = command.env("METRICS_ENABLED", "false").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let said: Value = serde_json::from_str(&said).unwrap();
        Self { child, url: said["url"].as_str().unwrap().to_owned() }
    }
}

/// A store with an owner's token, and three nodes that serve it.
pub(crate) fn cluster(url: &str) -> (Vec<Node>, Vec<Serving>, String) {
    let first = Node::over(url);
    first.says("init", "");
    first.says("member create deployer --grant owner:**", "");
    let token = first.says("token create --member deployer", "").0.trim().to_owned();
    let mut nodes = vec![first];
    for _ in 1..NODES {
        let node = Node::over(url);
        std::fs::create_dir_all(node.world.coffer_home()).unwrap();
        let keys = nodes[0].world.coffer_home().join("keys");
        let copied = Command::new("cp").arg("-a").arg(keys).arg(node.world.coffer_home()).status().unwrap();
        assert!(copied.success());
        nodes.push(node);
    }
    let serving = nodes.iter().map(|node| Serving::start(node, "127.0.0.1:0")).collect();
    (nodes, serving, token)
}

pub(crate) fn agent() -> Agent {
    let config =
        Agent::config_builder().timeout_global(Some(Duration::from_secs(20))).http_status_as_error(false);
    config.build().into()
}

/// Status, request id and body; `None`: no answer came.
pub(crate) fn ask(
    agent: &Agent,
    token: &str,
    method: &str,
    url: &str,
    body: &Value,
) -> Option<(u16, String, String)> {
    let request = ureq::http::Request::builder().method(method).uri(url);
    let request = request.header("authorization", format!("Bearer {token}")).header("if-none-match", "*");
    let mut reply = agent.run(request.body(body.to_string()).unwrap()).ok()?;
    let id = reply.headers().get("x-request-id")?.to_str().ok()?.to_owned();
    let body = reply.body_mut().read_to_string().ok()?;
    Some((reply.status().as_u16(), id, body))
}

#[test]
fn what_one_node_withdraws_the_others_refuse_at_once() {
    let url = crate::postgres::database();
    let (_nodes, serving, owner) = cluster(&url);
    let agent = agent();
    let ask = |token: &str, method: &str, node: usize, target: &str, body: Value| {
        ask(&agent, token, method, &format!("{}{target}", serving[node].url), &body).unwrap()
    };
    assert_eq!(ask(&owner, "PUT", 0, "/api/v1/secrets/dev/A", json!({ "value": "x" })).0, 201);
    for round in 0..12 {
        let (status, _, said) =
            ask(&owner, "POST", round % NODES, "/api/v1/tokens", json!({ "ttl_seconds": 600 }));
        assert!((200..300).contains(&status), "{said}");
        let said: Value = serde_json::from_str(&said).unwrap();
        let token = said["token"].as_str().unwrap();
        for node in 0..NODES {
            assert_eq!(
                ask(token, "GET", node, "/api/v1/secrets/dev/A", json!({})).0,
                200,
                "it is good everywhere"
            );
        }
        let revoked = ask(token, "DELETE", (round + 1) % NODES, "/api/v1/token", json!({}));
        assert!((200..300).contains(&revoked.0), "{revoked:?}");
        for node in 0..NODES {
            assert_eq!(
                ask(token, "GET", node, "/api/v1/secrets/dev/A", json!({})).0,
                401,
                "and nowhere from then on"
            );
        }
    }
}

/// Told to stop, a node says so to the balancer that asks it, and goes on answering until that has had the time to ask again; then it ends what
/// is under way.
#[test]
fn a_node_that_is_told_to_stop_is_first_not_ready_and_loses_nothing_under_way() {
    let url = crate::postgres::database();
    let node = Node::over(&url);
    node.says("init", "");
    node.says("member create deployer --grant owner:**", "");
    let owner = node.says("token create --member deployer", "").0.trim().to_owned();
    let mut serving = Serving::start(&node, "127.0.0.1:0");
    let (address, ready) =
        (serving.url.strip_prefix("http://").unwrap().to_owned(), format!("{}/health/ready", serving.url));
    let get = |url: &str| ask(&agent(), &owner, "GET", url, &json!({}));
    let named: Value = serde_json::from_str(&get(&format!("{}/health", serving.url)).unwrap().2).unwrap();
    assert_eq!(named["node"].as_str().map(str::len), Some(16), "{named}");
    assert_eq!(get(&ready).unwrap().0, 200);

    // A request of which the half is there.
    let body = r#"{"value":"under way"}"#;
    let mut slow = std::net::TcpStream::connect(&address).unwrap();
    let head = format!(
        "PUT /api/v1/secrets/dev/SLOW?overwrite=true HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {owner}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    slow.write_all(format!("{head}{}", &body[..8]).as_bytes()).unwrap();
    let pid = serving.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    until("it says that it is not ready", || {
        get(&ready).is_some_and(|(status, _, said)| status == 503 && said.contains("server.draining"))
    });
    let late = format!("{}/api/v1/secrets/dev/LATE?overwrite=true", serving.url);
    let late = agent().put(&late).header("authorization", format!("Bearer {owner}")).send(body).unwrap();
    assert_eq!(late.status().as_u16(), 201, "who has not asked yet is answered");
    slow.write_all(&body.as_bytes()[8..]).unwrap();
    let mut said = String::new();
    BufReader::new(slow).read_line(&mut said).unwrap();
    assert!(said.starts_with("HTTP/1.1 201"), "{said}");
    assert!(serving.child.wait().unwrap().success());
    assert_eq!(node.says("get --env=dev --app= SLOW", "").0, "under way");
}

#[test]
fn kill_9_of_a_node_and_of_the_database_loses_nothing_acknowledged() {
    let mut database = Database::start();
    let url = database.url(&database.database_named().1);
    let (nodes, mut serving, owner) = cluster(&url);
    let urls: Vec<String> = serving.iter().map(|one| one.url.clone()).collect();
    let (number, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let acknowledged = Mutex::new(BTreeMap::new());
    let so_many = || acknowledged.lock().unwrap().len();
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (urls, owner, number, is_over, acknowledged) =
                (&urls, &owner, &number, &is_over, &acknowledged);
            scope.spawn(move || {
                let agent = agent();
                while !is_over.load(Ordering::Acquire) {
                    let name = format!("dev/load/N{}", number.fetch_add(1, Ordering::Relaxed));
                    let url = format!("{}/api/v1/secrets/{name}", urls[writer % NODES]);
                    match ask(&agent, owner, "PUT", &url, &json!({ "value": name })) {
                        Some((201, request, _)) => drop(acknowledged.lock().unwrap().insert(name, request)),
                        Some((503, ..)) | None => thread::sleep(Duration::from_millis(20)),
                        Some(other) => panic!("{other:?}"),
                    }
                }
            });
        }
        let wait = |enough: usize| until(&format!("{enough} are acknowledged"), || so_many() >= enough);
        wait(MOMENTS[0]);
        serving[1].child.kill().unwrap();
        serving[1].child.wait().unwrap();
        let address = urls[1].strip_prefix("http://").unwrap();
        serving[1] = Serving::start(&nodes[1], address);
        wait(MOMENTS[1]);
        database.kill();
        let ready = format!("{}/health/ready", urls[0]);
        until("who asks is told that nothing can be written", || {
            ask(&agent(), &owner, "GET", &ready, &json!({})).is_some_and(|reply| reply.0 == 503)
        });
        database.run();
        until("it is ready again", || {
            ask(&agent(), &owner, "GET", &ready, &json!({})).is_some_and(|reply| reply.0 == 200)
        });
        wait(so_many() + MOMENTS[2] - MOMENTS[1]);
        is_over.store(true, Ordering::Release);
    });

    let acknowledged = acknowledged.into_inner().unwrap();
    let agent = agent();
    for name in acknowledged.keys() {
        let (status, _, body) =
            ask(&agent, &owner, "GET", &format!("{}/api/v1/secrets/{name}", urls[2]), &json!({})).unwrap();
        let said: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, &said["value"]), (200, &json!(name)));
    }
    drop(serving);
    assert!(nodes[0].says("audit verify --with-store", "").1.contains("verifies"));
    let said = nodes[0].says("audit query --action secret_set --outcome done --limit 100000 --json", "").0;
    let mut entries: BTreeMap<String, usize> = BTreeMap::new();
    for line in said.lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        *entries.entry(entry["request"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    for (name, request) in &acknowledged {
        assert_eq!(entries.get(request), Some(&1), "{name} has one entry");
    }
    assert!(entries.values().all(|count| *count == 1), "and so has what nobody was told of");
}

/// Waits for something: a minute, for four builds may run beside it.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let came = (0..1200).any(|_| {
        let is_so = is_so();
        if !is_so {
            thread::sleep(Duration::from_millis(50));
        }
        is_so
    });
    assert!(came, "it never came to: {what}");
}
