use super::*;

fn refused(url: &str) -> String {
    Settings::parse(url).err().unwrap().problem
}

#[test]
fn what_leaves_the_machine_is_verified() {
    let tls = |url: &str| Settings::parse(url).unwrap().tls;
    let verified = Tls::Verified { roots: None };
    assert_eq!(tls("postgres://coffer@db.example.com/coffer"), verified);
    assert_eq!(tls("postgresql://coffer@10.0.0.7:5433/coffer"), verified);
    assert_eq!(tls("postgres://coffer@db.example.com/coffer?sslmode=verify-full"), verified);
    assert_eq!(
        tls("postgres://coffer@db.example.com/coffer?sslrootcert=%2Fetc/ca.pem&application_name=node-1"),
        Tls::Verified { roots: Some("/etc/ca.pem".into()) }
    );
    // One host that is elsewhere is enough.
    assert_eq!(tls("postgres://coffer@127.0.0.1,db.example.com/coffer"), verified);
    assert_eq!(tls("postgres://coffer@127.0.0.1/coffer?sslmode=verify-full"), verified);
    assert_eq!(
        tls("postgres://coffer@127.0.0.1/coffer?sslrootcert=/etc/ca.pem"),
        Tls::Verified { roots: Some("/etc/ca.pem".into()) },
        "who names an authority wants somebody verified"
    );
    for mode in ["disable", "allow", "prefer", "require", "verify-ca", ""] {
        assert!(
            refused(&format!("postgres://coffer@db.example.com/coffer?sslmode={mode}")).contains("sslmode")
        );
    }
}

#[test]
fn on_this_machine_it_may_go_without() {
    for url in [
        "postgres://coffer@localhost/coffer",
        "postgres://coffer@127.0.0.1:5433/coffer?sslmode=disable",
        "postgres://coffer@[::1]/coffer",
        "postgres:///coffer?host=/run/postgresql&user=coffer",
        "postgres://coffer@%2Frun%2Fpostgresql/coffer",
    ] {
        assert_eq!(Settings::parse(url).unwrap().tls, Tls::None, "{url}");
    }
    assert_eq!(
        refused("postgres:///coffer?host=/run&user=coffer&sslmode=verify-full"),
        "a Unix socket has no TLS"
    );
}

#[test]
fn no_password_is_in_a_url_or_told_of() {
    for url in [
        "postgres://coffer:hunter2@db.example.com/coffer",
        "postgres://coffer@db.example.com/coffer?password=hunter2",
        "postgres://coffer@db.example.com/coffer?passwd=hunter2",
        "postgres://coffer:hunter2@db.example.com:port/coffer",
    ] {
        assert!(!refused(url).contains("hunter2"), "{url}");
    }
    let mut settings = Settings::parse("postgres://coffer@db.example.com/coffer").unwrap();
    settings.password = Password::Given(coffer_encryption::SecretBytes::copy_from(b"hunter2").into());
    assert_eq!(format!("{settings:?}"), "Settings(postgres://coffer@db.example.com/coffer)");
    assert!(!format!("{:?}", settings.password).contains("hunter2"));
}

#[test]
fn what_is_missing_or_unknown_is_said() {
    for (url, part) in [
        ("mysql://coffer@db/coffer", "no URL"),
        ("postgres://db.example.com/coffer", "no user"),
        ("postgres:///coffer?user=coffer", "no host"),
        ("postgres://coffer@db.example.com/coffer?options=-cfsync=off", "does not know"),
        ("postgres://coffer@db.example.com/coffer?sslrootcert=%zz", "no character"),
    ] {
        assert!(refused(url).contains(part), "{url}: {}", refused(url));
    }
}
