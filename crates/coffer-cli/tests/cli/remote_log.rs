//! What keeps a store in order, against a server: its log, its unlockers, its records, and the sealed copy of what is imported.

use std::fs;
use std::thread;

use crate::http::answer_post;
use crate::remote::{Server, asks, listener};

#[test]
fn the_log_of_a_server_is_read_proved_and_exported() {
    let server = Server::start();
    let owner = server.owner();
    assert_eq!(owner.run("set A --stdin", "hunter2").status.code(), Some(0));
    assert_eq!(owner.says("get A"), "hunter2");
    let told = owner.says("audit query --action secret_get");
    assert!(told.contains("secret_get") && told.contains("127.0.0.1"), "{told}");
    let entry: serde_json::Value =
        serde_json::from_str(&owner.says("audit query --action secret_get --json")).unwrap();
    let shown: serde_json::Value =
        serde_json::from_str(&owner.says(&format!("audit show {}", entry["id"].as_str().unwrap()))).unwrap();
    assert_eq!(shown["entry"], entry);
    assert_eq!(owner.says("audit tail -n 1").lines().count(), 2);
    // Anybody checks this without a vault: nobody is asked.
    let key = owner.says("audit key");
    let offline = |words: &str| owner.says(&format!("{words} --key {} --addr=", key.trim()));
    owner.says("audit proof 1 --out proved");
    offline("audit verify-proof proved");
    for added in ["set B --generate", "set C --generate"] {
        owner.says(added);
        let said: serde_json::Value =
            serde_json::from_str(&owner.says("audit export bundle --json")).unwrap();
        assert!(said["added"].as_u64() >= Some(2), "{said}");
        offline("audit verify bundle");
    }
    owner.world.write("note", &owner.says("audit checkpoint"));
    owner.says("audit verify --known note");
    owner.says("audit publish --file published");
    owner.world.read("published");
    // The same bundle goes on where the store is.
    let here = server.world.project().join("bundle").display().to_string();
    server.world.says(&["audit", "export", &here]);
    fs::write(
        owner.world.project().join("bundle/checkpoint"),
        fs::read(format!("{here}/checkpoint")).unwrap(),
    )
    .unwrap();
    assert_eq!(owner.fails("audit export bundle", "bundle.unsound").0, 2, "a checkpoint without its entries");
    assert_eq!(owner.fails("audit export missing/folder", "bundle.failed").0, 1);
    assert_eq!(owner.fails("audit export system --instance", "token.invalid").0, 4);
    let reader = server.client(&server.token("reader", &["reader:**"]));
    assert_eq!(reader.fails("audit export mine", "access.denied").0, 4);
    assert!(!reader.world.project().join("mine").exists());
}

#[test]
fn the_log_of_a_server_is_kept() {
    let server = Server::start();
    let owner = server.owner();
    owner.says("audit hold --reason case");
    assert_eq!(owner.fails("audit prune --before 0d --yes", "audit.held").0, 6);
    owner.says("audit hold --release --reason over");
    assert_eq!(owner.fails("audit prune --yes", "prune.before").0, 2);
    owner.says("audit prune --before 365d --yes");
    assert_eq!(owner.fails("audit forget nobody --reason asked --yes", "subject.not_found").0, 3);
    owner.fails("audit upkeep", "addr.here_only");
}

#[test]
fn what_opens_a_server_s_store_is_set_up_from_elsewhere() {
    let server = Server::start();
    server.world.says(&["member", "create", "root", "--grant", "owner:**", "--instance"]);
    let token = server.world.says(&["token", "create", "--member", "root", "--instance"]);
    let root = server.client(token.trim());
    assert_eq!(root.says("keys status").lines().count(), 2);
    let added = root.says("keys add key-file --json");
    let added: serde_json::Value = serde_json::from_str(&added).unwrap();
    assert_eq!(added["kind"], "key-file");
    let words = root.world.home().join("words");
    fs::write(&words, "a passphrase of this test\n").unwrap();
    fs::set_permissions(&words, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let root = root.with("MASTER_SECRET_KEY_FILE", &words.display().to_string());
    root.says("keys add passphrase");
    fs::write(&words, b"no text \xff\xfe at all").unwrap();
    assert_eq!(root.fails("keys add passphrase", "passphrase.not_text").0, 2);
    assert_eq!(root.says("keys status").lines().count(), 4);
    root.says(&format!("keys remove {} --yes", added["id"].as_str().unwrap()));
    assert_eq!(root.says("keys status").lines().count(), 3);
    let doctor = root.says("doctor");
    assert!(doctor.contains("2 of them") && doctor.contains("records: not looked at"), "{doctor}");
    let owner = server.owner();
    let doctor = owner.says("doctor");
    assert!(doctor.contains("unlockers: not looked at") && doctor.contains("all open"), "{doctor}");
}

#[test]
fn a_file_is_imported_into_a_server_and_its_copy_opened_there() {
    let server = Server::start();
    let owner = server.owner();
    owner.world.write(".env", "ONE=1\nTWO=2\n");
    owner.says("import .env --delete");
    assert!(!owner.world.project().join(".env").exists());
    assert_eq!(owner.says("open .env.bak"), "ONE=1\nTWO=2\n");
    assert_eq!(owner.says("get ONE"), "1");
    let other = Server::start().owner();
    fs::copy(owner.world.project().join(".env.bak"), other.world.project().join(".env.bak")).unwrap();
    assert!(!other.run("open .env.bak", "").status.success());
}

/// What a server sends as an export is believed in nothing.
#[test]
fn an_archive_that_is_none_leaves_no_bundle() {
    let (listener, address) = listener();
    let client = asks(address);
    let tar = |name: &str, text: &str| {
        let mut head = tar::Header::new_ustar();
        // As it is: the library would refuse some of these.
        head.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        head.set_size(u64::try_from(text.len()).unwrap());
        head.set_mode(0o644);
        head.set_cksum();
        let mut bytes = head.as_bytes().to_vec();
        bytes.extend_from_slice(text.as_bytes());
        bytes.resize(bytes.len().next_multiple_of(512), 0);
        String::from_utf8(bytes).unwrap()
    };
    let end = "\0".repeat(1024);
    for (body, code) in [
        (String::new(), "bundle.unfit"),
        (end.clone(), "bundle.unfit"),
        (tar("keys/0", "x") + &end, "bundle.unfit"),
        (tar("../../elsewhere", "x") + &end, "bundle.unfit"),
        (tar("/checkpoint", "x") + &end, "bundle.unfit"),
        (tar("checkpoint", "x") + &end, "note.invalid"),
        ("x".repeat(512), "bundle.torn"),
        (tar("checkpoint", "x")[..512].to_owned(), "note.invalid"),
    ] {
        let listening = listener.try_clone().unwrap();
        let asked = thread::spawn(move || {
            let length = body.len();
            let head =
                format!("200 OK\r\nContent-Type: application/x-tar\r\nContent-Length: {length}\r\n\r\n");
            answer_post(listening.accept().unwrap().0, |_| head + &body)
        });
        client.fails("audit export bundle", code);
        asked.join().unwrap();
        assert!(!client.world.project().join("bundle").exists());
    }
}
