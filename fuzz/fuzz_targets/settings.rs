//! `coffer.toml`: what it says can be written again and says the same.
#![no_main]

use coffer_cli::fuzzing::settings;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let lines = text.matches('\n').count().saturating_add(1);
    let said = match settings(text) {
        Ok(said) => said,
        Err(error) => {
            let shown = error.to_string();
            assert!(shown.contains("coffer.toml:"), "an error names its line: {shown}");
            return;
        }
    };
    assert!(said.iter().all(|(_, _, line)| (1..=lines).contains(line)));
    let written: String =
        said.iter().map(|(key, value, _)| format!("{} = \"{}\"\n", key.in_file(), escaped(value))).collect();
    let again = settings(&written).unwrap();
    let expected = said.into_iter().zip(1_usize..).map(|((key, value, _), line)| (key, value, line));
    assert!(again.into_iter().eq(expected), "{written}");
});

/// A basic string of TOML: every letter that could mean something by its number.
fn escaped(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || " -_./:".contains(c);
    value.chars().map(|c| if plain(c) { c.to_string() } else { format!("\\U{:08X}", u32::from(c)) }).collect()
}
