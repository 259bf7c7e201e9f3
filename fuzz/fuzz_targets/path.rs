//! Paths and names (T-P1): what is accepted is, byte for byte, what is used, also when it came in a URL.
#![no_main]

use std::path::{Component, Path};

use coffer_engine::identity::MemberName;
use coffer_engine::limits::{PATH_MAX_BYTES, PATH_MAX_SEGMENTS, SEGMENT_MAX_BYTES, TENANT_NAME_MAX_SEGMENTS};
use coffer_engine::path::{FolderPath, SecretPath};
use coffer_engine::tenant::TenantName;
use coffer_server::fuzzing::decode_target;
use libfuzzer_sys::fuzz_target;
use unicode_normalization::UnicodeNormalization;

fuzz_target!(|raw: &str| {
    let secret = SecretPath::parse(raw);
    if let Ok(path) = &secret {
        assert_eq!(path.as_str(), raw);
        assert_eq!(path.to_string(), raw);
        has_one_reading(raw);
        assert_eq!(path.folder().secret(path.name()).as_ref(), Ok(path));
        assert_eq!(FolderPath::parse(raw).unwrap().as_str(), raw, "every secret's path could be a folder's");
        assert_eq!(decode_target(&encoded(raw)).as_deref(), Ok(raw), "it can be asked for");
    }
    if let Ok(folder) = FolderPath::parse(raw) {
        assert_eq!(folder.as_str(), raw);
        assert_eq!(secret.is_ok(), raw.contains('/'), "a folder's path of two segments could be a secret's");
        if let Some(parent) = folder.parent() {
            has_one_reading(raw);
            assert_eq!(parent.child(folder.name()).as_ref(), Ok(&folder));
        } else {
            assert!(folder.is_root() && raw.is_empty());
        }
    }
    if let Ok(decoded) = decode_target(raw) {
        assert_eq!(decoded.as_bytes(), naively_decoded(raw), "a reader that refuses nothing reads the same");
        if SecretPath::parse(&decoded).is_ok() {
            assert_eq!(decode_target(&decoded).as_deref(), Ok(&*decoded), "decoded again it is the same");
        }
    }
    if let Ok(tenant) = TenantName::parse(raw) {
        assert_eq!(tenant.as_str(), raw);
        assert!(raw.is_ascii() && raw == raw.to_lowercase());
        assert!(raw.split('/').count() <= TENANT_NAME_MAX_SEGMENTS);
        has_one_reading(raw);
    }
    if let Ok(member) = MemberName::parse(raw) {
        assert_eq!(member.as_str(), raw);
        assert!(raw.nfc().eq(raw.chars()) && raw != "local" && raw.trim() == raw);
    }
});

/// Neither Unicode, nor a file system, nor a terminal takes it for something else.
fn has_one_reading(raw: &str) {
    assert!(raw.nfc().eq(raw.chars()), "not in NFC");
    assert!(!raw.chars().any(|c| c.is_control() || "\\%*+?#".contains(c)));
    let components: Vec<Component<'_>> = Path::new(raw).components().collect();
    assert!(components.iter().all(|component| matches!(component, Component::Normal(_))));
    let joined: Vec<&str> =
        components.iter().filter_map(|component| component.as_os_str().to_str()).collect();
    assert_eq!(joined.join("/"), raw);
    assert!(raw.len() <= PATH_MAX_BYTES && joined.len() <= PATH_MAX_SEGMENTS);
    assert!(joined.iter().all(|segment| segment.len() <= SEGMENT_MAX_BYTES && segment.trim() == *segment));
}

/// As RFC 3986 has it: all but what it calls unreserved, and `/`.
fn encoded(path: &str) -> String {
    path.bytes()
        .map(|byte| match byte {
            byte if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

fn naively_decoded(raw: &str) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut rest = raw.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digits = behind.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                decoded.push(byte);
                rest = &behind[2..];
            }
            None => {
                decoded.push(*first);
                rest = behind;
            }
        }
    }
    decoded
}
