//! Over a wire: TLS that is verified, and passwords bound to it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use coffer_encryption::SecretBytes;
use coffer_engine::storage::{Batch, StorageError, Verdict};
use coffer_postgres::testkit::Server;
use coffer_postgres::{Password, Postgres, Settings};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use crate::support::{commit, open};

/// An authority, and what it signed: certificate and key for this name. All in this folder.
fn certificates(dir: &Path, name: &str) -> (PathBuf, PathBuf, PathBuf) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let signed = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let paths = ["ca.pem", "cert.pem", "key.pem"].map(|name| dir.join(name));
    for (path, text) in paths.iter().zip([issuer.pem(), signed.pem(), key.serialize_pem()]) {
        fs::write(path, text).unwrap();
    }
    let [ca, certificate, key] = paths;
    (ca, certificate, key)
}

struct Guarded {
    server: Server,
    dir: tempfile::TempDir,
    ca: PathBuf,
    port: u16,
}

/// A server that wants TLS and a password of whoever comes over the wire.
fn guarded() -> Guarded {
    let dir = tempfile::tempdir().unwrap();
    let (ca, certificate, key) = certificates(dir.path(), "localhost");
    let rules = dir.path().join("hba");
    fs::write(&rules, "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n").unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let files = [("ssl_cert_file", certificate), ("ssl_key_file", key), ("hba_file", rules)];
    let server = Server::start_on_port(port, &files, &["ssl=on"]);
    server.sql("postgres", "CREATE ROLE app LOGIN PASSWORD 'hunter2'");
    server.sql("postgres", "CREATE DATABASE app OWNER app");
    Guarded { server, dir, ca, port }
}

impl Guarded {
    fn settings(&self, ca: &Path, password: &[u8]) -> Settings {
        let url = format!(
            "postgres://app@localhost:{}/app?sslmode=verify-full&channel_binding=require&sslrootcert={}",
            self.port,
            ca.display()
        );
        let mut settings = Settings::parse(&url).unwrap();
        settings.password = Password::Given(Arc::new(SecretBytes::copy_from(password)));
        settings.create = true;
        settings
    }
}

#[test]
fn over_a_wire_the_server_is_verified_and_the_password_is_bound() {
    let guarded = guarded();
    let settings = guarded.settings(&guarded.ca, b"hunter2");
    assert_eq!(commit(&open(&settings), Batch::default(), [1; 16]), Ok(Verdict::Committed));
    let over_tls = "SELECT count(*) > 0 FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE a.usename = 'app' AND s.ssl";
    let storage = open(&settings);
    assert_eq!(guarded.server.ask("postgres", over_tls), "t");
    drop(storage);

    let refused = |settings: Settings| match Postgres::open(settings).err() {
        Some(StorageError::Io(text)) => text,
        other => panic!("{other:?}"),
    };
    let text = refused(guarded.settings(&guarded.ca, b"hunter3"));
    assert!(text.contains("password authentication failed") && !text.contains("hunter"), "{text}");

    // Another authority; another name; none at all.
    let elsewhere = guarded.dir.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let (other, ..) = certificates(&elsewhere, "localhost");
    assert!(refused(guarded.settings(&other, b"hunter2")).contains("TLS"));
    let by_number = guarded.settings(&guarded.ca, b"hunter2");
    let url = format!(
        "postgres://app@127.0.0.1:{}/app?sslmode=verify-full&sslrootcert={}",
        guarded.port,
        guarded.ca.display()
    );
    let mut named = Settings::parse(&url).unwrap();
    named.password = by_number.password;
    assert!(refused(named).contains("TLS"));
    let none = guarded.settings(Path::new("/nowhere/ca.pem"), b"hunter2");
    assert!(refused(none).contains("/nowhere/ca.pem"));

    // In clear the server does not want anybody here.
    let clear = Settings::parse(&format!("postgres://app@localhost:{}/app", guarded.port)).unwrap();
    assert!(refused(clear).contains("no pg_hba.conf entry"));
}
