use super::{Address, AddressError};

#[test]
fn https_goes_anywhere_and_http_to_this_machine() {
    for good in [
        "https://example.com",
        "https://example.com:8443/a/b?c=d",
        "https://[2001:db8::1]/a",
        "http://127.0.0.1/",
        "http://127.9.9.9:8080/a",
        "http://[::1]:8080/a",
    ] {
        assert!(Address::parse(good).is_ok(), "{good}");
    }
    for clear in [
        "http://example.com/",
        "http://localhost:8080/",
        "http://127.0.0.1.example.com/",
        "http://127.1/",
        "http://2130706433/",
        "http://0.0.0.0/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://10.0.0.1/",
    ] {
        assert_eq!(Address::parse(clear), Err(AddressError::InTheClear), "{clear}");
    }
}

#[test]
fn what_is_no_url_is_refused() {
    for bad in [
        "",
        "example.com",
        "/a",
        "//example.com/a",
        "ftp://example.com/",
        "https://",
        "https:///a",
        "http:a",
        "https://a b/",
        "https://example.com/caf\u{e9}",
        "https://example.com/a\u{85}b",
    ] {
        assert_eq!(Address::parse(bad), Err(AddressError::Form), "{bad}");
    }
    assert_eq!(Address::parse("https://me:secret@example.com/"), Err(AddressError::User));
    assert_eq!(Address::parse("http://127.0.0.1@example.com/"), Err(AddressError::User));
    assert_eq!(Address::parse("https://example.com/a#b"), Err(AddressError::Fragment));
}

#[test]
fn the_path_is_never_shown() {
    let address = Address::parse("https://hooks.example.com:8443/T0/B1/s3cr3t?key=s3cr3t").unwrap();
    assert_eq!(address.to_string(), "https://hooks.example.com:8443");
    assert!(!format!("{address:?}").contains("s3cr3t"));
}

#[test]
fn a_name_is_added_to_a_folder() {
    let join =
        |text: &str| Address::parse(text).unwrap().join("add-checkpoint").map(|joined| joined.0.to_string());
    for folder in ["https://example.com", "https://example.com/"] {
        assert_eq!(join(folder).unwrap(), "https://example.com/add-checkpoint");
    }
    assert_eq!(join("https://example.com/w/1//").unwrap(), "https://example.com/w/1/add-checkpoint");
    assert_eq!(join("https://example.com/?a=b"), None);
}
