//! `coffer audit publish --witness` against a witness of another hand (C2SP tlog-witness): it knows the log's key, remembers what it
//! cosigned last, and checks signatures and proofs with Cloudflare's port of the Go libraries (`signed_note`, `tlog_tiles`).

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Output;
use std::thread;

use coffer_encryption::SigningKey;
use coffer_log::{KeyName, SignatureType, VerifierKey, cosign};
use signed_note::{Note, StandardVerifier, VerifierList};
use tlog_tiles::{Checkpoint, Hash, check_tree};

use crate::http::answer_post;
use crate::world::World;

#[test]
fn a_witness_cosigns_a_log_that_only_grows() {
    let (world, mut witness) = watched();
    let first = witness.asked(1, |witness| published(&world, witness));
    assert_eq!(said(&first), 0, "{first:?}");
    world.says(&["get", "A"]);
    world.says(&["get", "A"]);
    // What it holds it says itself, and gets the proof from there on.
    let grown = witness.asked(2, |witness| published(&world, witness));
    assert_eq!(said(&grown), 0, "{grown:?}");
    assert_eq!(witness.statuses, [200, 409, 200]);
    world.says(&["audit", "verify"]);
    world.says(&["audit", "export", "bundle"]);
    world.says(&["audit", "verify", "bundle"]);
    assert!(world.read("bundle/witnesses").starts_with("witness.example+"));
    let kept = copy(&world.project().join("bundle/checkpoints"));
    let cosigned = kept.iter().filter(|(_, note)| String::from_utf8_lossy(note).contains("witness.example "));
    assert_eq!(cosigned.count(), 2, "both cosignatures are kept, and go with the bundle");
}

#[test]
fn a_witness_refuses_an_old_store_and_a_fork() {
    let (world, mut witness) = watched();
    let folder = world.coffer_home().join("store");
    let old = copy(&folder);
    world.says(&["get", "A"]);
    assert_eq!(said(&witness.asked(1, |witness| published(&world, witness))), 0);
    let held = witness.held.unwrap().0;

    put_back(&folder, &old);
    let behind = witness.asked(1, |witness| published(&world, witness));
    let told = String::from_utf8_lossy(&behind.stderr).into_owned();
    assert!(
        said(&behind) == 1 && told.contains("publish.failed") && told.contains(&held.to_string()),
        "{told}"
    );

    // As long as that one by now, and longer: and not the same.
    for _ in 0..4 {
        world.says(&["get", "A"]);
    }
    let forked = witness.asked(2, |witness| published(&world, witness));
    let told = String::from_utf8_lossy(&forked.stderr).into_owned();
    assert!(said(&forked) == 1 && told.contains("publish.failed"), "{told}");
    assert_eq!(witness.statuses, [200, 409, 409, 422]);
    assert_eq!(witness.held.unwrap().0, held, "what it holds is what it held");
}

#[test]
fn a_witness_knows_no_other_log() {
    let (_, mut witness) = watched();
    let other = World::new();
    other.set("A", "another's");
    let unknown = witness.asked(1, |witness| published(&other, witness));
    let told = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(said(&unknown) == 1 && told.contains("publish.failed"), "{told}");
    assert_eq!(witness.statuses, [404]);
}

/// A store, and a witness that knows its log.
fn watched() -> (World, Witness) {
    let world = World::new();
    world.set("A", "a value");
    let log = world.says(&["audit", "key"]).trim().to_owned();
    (world, Witness::of(log))
}

fn published(world: &World, (address, key): (&str, &str)) -> Output {
    world.coffer(&["audit", "publish", "--witness", address, "--witness-key", key])
}

fn said(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn copy(folder: &Path) -> Vec<(std::ffi::OsString, Vec<u8>)> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    files.map(|file| (file.file_name(), fs::read(file.path()).unwrap())).collect()
}

fn put_back(folder: &Path, files: &[(std::ffi::OsString, Vec<u8>)]) {
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes).unwrap();
    }
    let kept = |name: &std::ffi::OsStr| files.iter().any(|(file, _)| file == name);
    let others =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()).filter(|file| !kept(&file.file_name()));
    others.for_each(|file| fs::remove_file(file.path()).unwrap());
}

/// What a witness is, and what it has answered.
struct Witness {
    /// The verifier key of the one log that it knows.
    log: String,
    name: KeyName,
    key: SigningKey,
    /// Size and root of the last checkpoint that it cosigned.
    held: Option<(u64, Hash)>,
    statuses: Vec<u16>,
}

impl Witness {
    fn of(log: String) -> Self {
        let (name, key) = (KeyName::parse("witness.example").unwrap(), SigningKey::generate().unwrap());
        Self { log, name, key, held: None, statuses: Vec::new() }
    }

    /// Answers so many requests, which `asks` makes with its address and key.
    fn asked(&mut self, requests: usize, asks: impl FnOnce((&str, &str)) -> Output) -> Output {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let key =
            VerifierKey::new(self.name.clone(), SignatureType::CosignatureV1, self.key.public().unwrap());
        let key = key.unwrap().to_string();
        thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..requests {
                    let (stream, _) = listener.accept().unwrap();
                    answer_post(stream, |body| self.answer(body));
                }
                // Whoever asks once more is refused the connection.
                drop(listener);
            });
            asks((&address, &key))
        })
    }

    fn answer(&mut self, body: &str) -> String {
        let (status, text) = self.judge(body);
        self.statuses.push(status);
        format!("{status} So\r\nContent-Type: text/x.tlog.size\r\n\r\n{text}")
    }

    /// `add-checkpoint`, in the order of the specification.
    fn judge(&mut self, body: &str) -> (u16, String) {
        let (head, note) = body.split_once("\n\n").unwrap();
        let mut lines = head.lines();
        let old: u64 = lines.next().unwrap().strip_prefix("old ").unwrap().parse().unwrap();
        let proof: Vec<Hash> = lines.map(|line| Hash::parse_hash(line).unwrap()).collect();
        let note = Note::from_bytes(note.as_bytes()).unwrap();
        let checkpoint = Checkpoint::from_bytes(note.text()).unwrap();
        let verifier = StandardVerifier::new(&self.log).unwrap();
        if !self.log.starts_with(&format!("{}+", checkpoint.origin())) {
            return (404, String::new());
        }
        if note.verify(&VerifierList::new(vec![Box::new(verifier)])).is_err() {
            return (403, String::new());
        }
        let (size, root) = (checkpoint.size(), *checkpoint.hash());
        let held = self.held.unwrap_or((0, tlog_tiles::EMPTY_HASH));
        if old != held.0 || (old == size && root != held.1) {
            return (409, format!("{}\n", held.0));
        }
        let grows = old == 0 || old == size || check_tree(&proof, size, root, old, held.1).is_ok();
        if !grows || (old == 0 && !proof.is_empty()) {
            return (422, String::new());
        }
        self.held = Some((size, root));
        let text = std::str::from_utf8(note.text()).unwrap();
        let ours = coffer_log::Checkpoint::parse(text).unwrap();
        (200, cosign(&ours, &self.name, &self.key, 1_800_000_000).unwrap().to_string())
    }
}
