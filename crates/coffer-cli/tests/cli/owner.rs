//! Who owns the database, and has plain SQL: what they do to it under a running server, and what that leads to. `docs/threats.md` says it.
//!
//! In each case the attack is one that works as SQL, the answers are those of a server that was running meanwhile and of one that was
//! started after it, and `coffer audit verify --with-store` is asked what it finds.

use coffer_postgres::testkit::Server as Database;
use serde_json::{Value, json};

use crate::nodes::{Serving, agent};
use crate::postgres::Node;

/// A store with two tenants, served.
struct Victim {
    node: Node,
    serving: Serving,
    database: String,
    /// Of an owner of each tenant.
    tokens: [String; 2],
}

const TENANTS: [&str; 2] = ["default", "other"];
/// What is asked for in place of a secret's value when there is none.
const NOT_FOUND: &str = "404 secret.not_found";

impl Victim {
    fn new() -> Self {
        let (_, database) = Database::shared().database_named();
        let node = Node::over(&Database::shared().url(&database));
        node.says("init", "");
        node.says("tenant create other", "");
        let tokens = TENANTS.map(|tenant| {
            node.says(&format!("member create deployer --grant owner:** --tenant {tenant}"), "");
            node.says(&format!("token create --member deployer --tenant {tenant}"), "").0.trim().to_owned()
        });
        let serving = Serving::start(&node, "127.0.0.1:0");
        let victim = Self { node, serving, database, tokens };
        for (tenant, named) in TENANTS.iter().enumerate() {
            for name in ["A", "B"] {
                victim.set(tenant, name, &format!("{name} of {named}"));
            }
        }
        victim
    }

    /// The attacker's hand.
    fn sql(&self, sql: &str) -> String {
        Database::shared().ask(&self.database, sql)
    }

    fn ask(&self, tenant: usize, token: &str, method: &str, target: &str, body: &Value) -> (u16, Value) {
        let url = format!("{}{target}", self.serving.url);
        let request = ureq::http::Request::builder().method(method).uri(url);
        let request = request.header("authorization", format!("Bearer {token}"));
        let request = request.header("x-coffer-tenant", TENANTS[tenant]).body(body.to_string()).unwrap();
        let mut reply = agent().run(request).unwrap();
        let body = reply.body_mut().read_to_string().unwrap();
        (reply.status().as_u16(), serde_json::from_str(&body).unwrap_or_default())
    }

    fn set(&self, tenant: usize, name: &str, value: &str) {
        let target = format!("/api/v1/secrets/dev/{name}?overwrite=true");
        let (status, said) =
            self.ask(tenant, &self.tokens[tenant], "PUT", &target, &json!({ "value": value }));
        assert!(matches!(status, 200 | 201), "{said}");
    }

    /// The value of a secret, or how it is refused.
    fn get(&self, tenant: usize, name: &str) -> String {
        self.get_as(tenant, &self.tokens[tenant], name)
    }

    fn get_as(&self, tenant: usize, token: &str, name: &str) -> String {
        let (status, said) =
            self.ask(tenant, token, "GET", &format!("/api/v1/secrets/dev/{name}"), &Value::Null);
        let code = said["code"].as_str().unwrap_or_default();
        said["value"].as_str().map_or_else(|| format!("{status} {code}"), str::to_owned)
    }

    /// Another server process in place of the one that ran meanwhile: it has nothing in memory.
    fn restart(&mut self) {
        self.serving = Serving::start(&self.node, "127.0.0.1:0");
    }

    /// The records of a table, as their keys say it in clear.
    fn rows(&self, table: u8) -> String {
        format!("get_byte(key, 16) = {table}")
    }

    /// What verification has to say of a tenant's log and records; empty: nothing.
    fn found(&self, tenant: usize) -> String {
        let output = self.node.run(&format!("audit verify --with-store --tenant {}", TENANTS[tenant]), "");
        let [said, told] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        if output.status.success() { String::new() } else { format!("{said}{told}") }
    }
}

const HEADS: u8 = 0x20;
const VERSIONS: u8 = 0x21;
const TOKENS: u8 = 0x16;
const IDENTITIES: u8 = 0x12;

#[test]
fn rows_that_are_swapped_open_nowhere() {
    for table in [HEADS, VERSIONS] {
        let mut victim = Victim::new();
        // Each row of the table gets what is in the next one, revision and value, across secrets and tenants.
        victim.sql(&format!(
            "WITH rows AS (SELECT key, coalesce(lead(key) OVER (ORDER BY key), first_value(key) OVER (ORDER BY key)) AS next \
             FROM coffer.record WHERE {}) \
             UPDATE coffer.record r SET revision = n.revision, value = n.value FROM rows, coffer.record n \
             WHERE r.key = rows.key AND n.key = rows.next",
            victim.rows(table)
        ));
        for _ in 0..2 {
            for tenant in 0..2 {
                for name in ["A", "B"] {
                    let said = victim.get(tenant, name);
                    assert!(said.starts_with("500 ") && said.contains("corrupt"), "{table}: {name}: {said}");
                }
            }
            victim.restart();
        }
        for tenant in 0..2 {
            let found = victim.found(tenant);
            assert!(found.contains("is not the one that was last written"), "{found}");
        }
    }
}

#[test]
fn rows_that_are_copied_to_another_tenant_or_another_place_open_nowhere() {
    let mut victim = Victim::new();
    victim.sql(&format!(
        "CREATE TABLE stolen AS SELECT * FROM coffer.record WHERE {} OR {}; ",
        victim.rows(HEADS),
        victim.rows(VERSIONS)
    ));
    // All that belongs to one tenant is written under the other one's number too.
    victim.sql(
        "INSERT INTO coffer.record (key, revision, value) \
         SELECT t.tenant || substr(s.key, 17), s.revision, s.value \
         FROM stolen s, (SELECT DISTINCT substr(key, 1, 16) AS tenant FROM stolen) t WHERE substr(s.key, 1, 16) <> t.tenant",
    );
    // Identities too: who owns one tenant would own the other.
    victim.sql(&format!(
        "INSERT INTO coffer.record (key, revision, value) \
         SELECT t.tenant || substr(r.key, 17), r.revision, r.value FROM coffer.record r, (SELECT DISTINCT substr(key, 1, 16) AS tenant FROM stolen) t \
         WHERE ({} OR {}) AND substr(r.key, 1, 16) <> t.tenant AND substr(r.key, 1, 16) IN (SELECT substr(key, 1, 16) FROM stolen) \
         ON CONFLICT DO NOTHING",
        victim.rows(IDENTITIES),
        victim.rows(TOKENS)
    ));
    for _ in 0..2 {
        for (tenant, named) in TENANTS.iter().enumerate() {
            // Keys are keyed hashes of the tenant's own: what was copied is not even looked for.
            assert_eq!(victim.get(tenant, "A"), format!("A of {named}"));
            let said = victim.get_as(tenant, &victim.tokens[1 - tenant], "A");
            assert!(said.starts_with("401 ") || said.starts_with("500 "), "{said}");
        }
        victim.restart();
    }
    for tenant in 0..2 {
        let found = victim.found(tenant);
        assert!(found.contains("is in the store, and no entry says that it was written"), "{found}");
    }
}

#[test]
fn rows_that_are_deleted_are_missed() {
    let victim = Victim::new();
    victim.sql(&format!("DELETE FROM coffer.record WHERE {}", victim.rows(HEADS)));
    assert_eq!(victim.get(0, "A"), NOT_FOUND, "what is missing answers like what never was");
    let found = victim.found(0);
    assert!(found.contains("was written in entry") && found.contains("is not in the store"), "{found}");

    let victim = Victim::new();
    victim.sql(&format!("DELETE FROM coffer.record WHERE {}", victim.rows(VERSIONS)));
    let said = victim.get(0, "A");
    assert!(said.starts_with("500 ") && said.contains("corrupt"), "{said}");
    assert!(victim.found(0).contains("is not in the store"));
}

#[test]
fn rows_that_are_put_back_are_answered_and_found() {
    let mut victim = Victim::new();
    let token = victim.node.says("token create --member deployer", "").0.trim().to_owned();
    victim.sql("CREATE TABLE before AS SELECT * FROM coffer.record");
    victim.set(0, "A", "new");
    let (status, _) = victim.ask(0, &token, "DELETE", "/api/v1/token", &Value::Null);
    assert!((200..300).contains(&status));
    assert!(victim.get_as(0, &token, "A").starts_with("401 "), "it is revoked");
    assert_eq!(victim.found(0), "", "the control");
    // The secret as it was, and the token before it was revoked, each in its own place: they were sealed there.
    for (table, what) in [(HEADS, "the secret"), (TOKENS, "the token")] {
        victim.sql(&format!(
            "INSERT INTO coffer.record (key, revision, value) SELECT key, revision, value FROM before WHERE {} \
             ON CONFLICT (key) DO UPDATE SET revision = excluded.revision, value = excluded.value",
            victim.rows(table)
        ));
        let found = victim.found(0);
        assert!(found.contains("last written") || found.contains("was deleted in entry"), "{what}: {found}");
    }
    victim.restart();
    assert_eq!(victim.get(0, "A"), "A of default", "a rollback is not prevented");
    assert_eq!(victim.get_as(0, &token, "A"), "A of default", "neither is that of a token");
}

#[test]
fn a_log_that_is_cut_or_rolled_back_under_its_store_is_found() {
    // The log from before under the records of now.
    let victim = Victim::new();
    victim.node.says("audit query --limit 1", "");
    let log = "get_byte(key, 16) BETWEEN 48 AND 63";
    victim.sql(&format!("CREATE TABLE before AS SELECT * FROM coffer.record WHERE {log}"));
    victim.set(0, "A", "new");
    victim.node.says("audit query --limit 1", "");
    victim.sql(&format!("DELETE FROM coffer.record WHERE {log}; INSERT INTO coffer.record (key, revision, value) SELECT key, revision, value FROM before"));
    let found = victim.found(0);
    assert!(found.contains("last written") || found.contains("no entry says"), "{found}");

    // Entries that wait to go into the log are taken away: what they said of records is missed.
    let victim = Victim::new();
    victim.node.says("audit query --limit 1", "");
    victim.set(0, "A", "new");
    victim.sql("DELETE FROM coffer.pending");
    let found = victim.found(0);
    assert!(found.contains("is not the one that was last written"), "{found}");

    // Its head is taken away: no new log is begun over it.
    let victim = Victim::new();
    victim.node.says("audit query --limit 1", "");
    victim.sql("DELETE FROM coffer.record WHERE get_byte(key, 16) = 48");
    assert!(victim.found(0).contains("the head of the audit log is gone"));
}

/// The whole database as it was: `pg_dump` and back, with plain SQL.
#[test]
fn an_old_dump_agrees_with_itself_and_not_with_a_checkpoint_that_was_kept() {
    let mut victim = Victim::new();
    victim.node.says("audit query --limit 1", "");
    victim.sql(
        "CREATE TABLE record_before AS SELECT * FROM coffer.record; CREATE TABLE pending_before AS SELECT * FROM coffer.pending",
    );
    victim.set(0, "A", "new");
    let checkpoint = victim.node.says("audit checkpoint", "").0;
    victim.node.world.write("known", &checkpoint);
    let verify = "audit verify --with-store --known known";
    victim.node.says(verify, "");
    victim.sql(
        "DELETE FROM coffer.record; DELETE FROM coffer.pending; \
         INSERT INTO coffer.record (key, revision, value) SELECT key, revision, value FROM record_before; \
         INSERT INTO coffer.pending (position, id, tenant, sealed) SELECT position, id, tenant, sealed FROM pending_before",
    );
    assert_eq!(victim.get(0, "A"), "A of default", "it opens, and answers");
    victim.restart();
    assert_eq!(victim.get(0, "A"), "A of default");
    assert_eq!(victim.found(0), "", "it agrees with itself");
    let output = victim.node.run(verify, "");
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    // It has fewer entries than were signed, or others by now.
    let is_found =
        said.contains("an older store was put back") || said.contains("the log was forked or changed");
    assert!(!output.status.success() && is_found, "{said}");
}
