//! `.env` files: what is read can be written and is read again; what stays of a file is Coffer's own; line ends mean nothing.
#![no_main]

use std::collections::BTreeMap;

use coffer_cli::dotenv::{
    ASSIGNMENTS_MAX, Format, Left, VALUE_MAX_BYTES, example, is_own_setting, read, without_imported, write,
};
use coffer_cli::names::is_variable;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let file = match read(bytes) {
        Ok(file) => file,
        Err(refused) => {
            let lines = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).count();
            assert!(!refused.0.is_empty() && refused.0.is_sorted_by_key(|problem| problem.line));
            assert!(refused.0.iter().all(|problem| (1..=lines).contains(&problem.line)));
            return;
        }
    };
    assert!(file.entries.len().saturating_add(file.own.len()) <= ASSIGNMENTS_MAX);
    for entry in &file.entries {
        assert!(is_variable(&entry.name) && !is_own_setting(&entry.name));
        assert!(entry.value.len() <= VALUE_MAX_BYTES && !entry.value.expose().contains(&0));
    }

    // Written as a `.env`, it is read as it was, and nothing is to be said about it.
    let variables: Vec<(&str, &[u8])> =
        file.entries.iter().map(|entry| (entry.name.as_str(), entry.value.expose())).collect();
    let text = write(Format::Dotenv, &variables).unwrap();
    let again = read(text.expose()).unwrap();
    let read_again: Vec<(&str, &[u8])> =
        again.entries.iter().map(|entry| (entry.name.as_str(), entry.value.expose())).collect();
    assert_eq!(read_again, variables);
    assert!(again.warnings.is_empty() && again.own.is_empty());

    // Another reader finds the same in the JSON.
    let json = write(Format::Json, &variables).unwrap();
    let json: BTreeMap<String, String> = serde_json::from_slice(json.expose()).unwrap();
    assert!(variables.iter().all(|(name, value)| json[*name].as_bytes() == *value));
    assert_eq!(json.len(), variables.len(), "a name stands once");

    // A file of another system says the same.
    let unix = String::from_utf8(bytes.to_vec()).unwrap().replace("\r\n", "\n").replace('\r', "\n");
    for line_end in ["\n", "\r\n", "\r"] {
        let other = read(unix.replace('\n', line_end).as_bytes()).unwrap();
        assert!(
            other.entries.iter().map(|e| (e.name.as_str(), e.value.expose())).eq(variables.iter().copied())
        );
        assert!(other.own.iter().eq(&file.own));
    }

    // What stays has no value that was imported, and all that was not.
    match without_imported(bytes, &file) {
        Left::Nothing => assert!(file.own.is_empty()),
        Left::Settings(left) => {
            let left = read(left.expose()).unwrap();
            assert!(left.entries.is_empty() && !left.own.is_empty());
            assert!(left.own.iter().map(|own| &own.name).eq(file.own.iter().map(|own| &own.name)));
        }
        Left::Entangled => assert!(!file.own.is_empty() && bytes.contains(&b'$'), "a reference ties them"),
    }
    let example = read(example(&file).as_bytes()).unwrap();
    assert!(example.entries.iter().all(|entry| entry.value.is_empty()));
    assert_eq!(example.entries.len(), file.entries.len());
});
