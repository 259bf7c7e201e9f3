use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Format, Left, VALUE_MAX_BYTES, example, read, without_imported, write};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dotenv")
}

fn seen(bytes: &[u8]) -> Value {
    match read(bytes) {
        Err(refused) => json!({ "errors": refused.0.iter().map(ToString::to_string).collect::<Vec<_>>() }),
        Ok(file) => json!({
            "entries": file.entries.iter()
                .map(|e| json!([e.name, String::from_utf8(e.value.expose().to_vec()).unwrap()]))
                .collect::<Vec<_>>(),
            "own": file.own.iter().map(|own| &own.name).collect::<Vec<_>>(),
            "warnings": file.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }),
    }
}

/// Each `NAME.env` reads as `NAME.json` says.
#[test]
fn sample_files() {
    let mut count = 0;
    for file in fs::read_dir(folder()).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "env") {
            let expected: Value =
                serde_json::from_slice(&fs::read(path.with_extension("json")).unwrap()).unwrap();
            assert_eq!(seen(&fs::read(&path).unwrap()), expected, "{}", path.display());
            count += 1;
        }
    }
    assert!(count >= 19, "{count}");
}

#[test]
fn no_error_and_no_warning_holds_a_piece_of_a_value() {
    let text = "A=\"canary-1\nB=x\n";
    let refused = read(text.as_bytes()).unwrap_err().into_error(".env").to_string();
    assert!(!refused.contains("canary"), "{refused}");
    let text = "canary-1\n=canary-2\nCANARY3!=x\nD='x'canary-4\nE=${X:?canary-5}\n";
    let refused = read(text.as_bytes()).unwrap_err().into_error(".env").to_string();
    assert!(!refused.to_lowercase().contains("canary"), "{refused}");
    let file = read(b"A=pa$canary1#canary2$$canary3\nB=\"${canary4}\"\nA=canary5\n").unwrap();
    for warning in &file.warnings {
        assert!(!warning.to_string().contains("canary"), "{warning}");
    }
    assert!(!format!("{file:?}").contains("canary5"));
}

#[test]
fn references_can_not_grow_without_end() {
    let mut text = String::from("A0=xxxxxxxxxxxxxxxx\n");
    for i in 1..30 {
        text.push_str(&format!("A{i}=${{A{0}}}${{A{0}}}\n", i - 1));
    }
    let refused = read(text.as_bytes()).unwrap_err();
    assert!(refused.0[0].to_string().contains("longer than 1 MiB"));
    let deep = format!("A={}x{}\n", "${B:-".repeat(10_000), "}".repeat(10_000));
    assert!(read(deep.as_bytes()).unwrap_err().0[0].to_string().contains("nested too deep"));
    let long = format!("A={}\n", "x".repeat(VALUE_MAX_BYTES + 1));
    assert!(read(long.as_bytes()).is_err());
    let many = "A=1\n".repeat(5000);
    assert!(read(many.as_bytes()).unwrap_err().0[0].to_string().starts_with("line 4097: "));
    let long = format!("A='{}'\n", "x".repeat(VALUE_MAX_BYTES + 1));
    assert!(read(long.as_bytes()).is_err());
}

#[test]
fn the_example_has_names_only_and_keeps_their_order() {
    let file =
        read(b"# old=secret1\nB=secret2\nMASTER_SECRET_KEY=secret3\nA='secret4\n' # secret5\n").unwrap();
    assert_eq!(
        example(&file),
        "# The names of this project's secrets. `coffer run -- COMMAND` gives them their values.\nB=\nMASTER_SECRET_KEY=\nA=\n"
    );
}

#[test]
fn what_stays_is_coffers_own_settings_byte_for_byte() {
    let original = b"\xef\xbb\xbfMASTER_SECRET_KEY='a\r\nb' # mine\r\nA=1\r\nexport COFFER_ENV = dev\r\n# old=1\r\nMASTER_SECRET_KEY=c";
    let file = read(original).unwrap();
    let Left::Settings(left) = without_imported(original, &file) else { panic!("nothing ties them") };
    assert_eq!(
        left.expose(),
        b"MASTER_SECRET_KEY='a\r\nb' # mine\r\nexport COFFER_ENV = dev\r\nMASTER_SECRET_KEY=c"
    );
    let file = read(b"A=1\n").unwrap();
    assert!(matches!(without_imported(b"A=1\n", &file), Left::Nothing));
}

/// A setting that is made of what was imported would say something else without it, or could not be read at all.
#[test]
fn what_a_setting_of_coffers_own_is_made_of_is_not_taken_out() {
    for (text, is_tied) in [
        ("A=x\nCOFFER_ENV=${A}\n", true),
        ("A=x\nCOFFER_ENV=${A:-dev}\n", true),
        ("A=x\nCOFFER_ENV=${A:?}\n", true),
        ("A=\nCOFFER_ENV=${A:-dev}\n", false),
        ("A=x\nCOFFER_ENV='${A}'\n", false),
        ("A=x\nCOFFER_APP=shop\nCOFFER_ENV=${COFFER_APP}\n", false),
        ("A=x\nMASTER_SECRET_KEY='pa$$A'\n", false),
        ("A=x\nMASTER_SECRET_KEY='a\n\u{feff}b'\n", false),
    ] {
        let file = read(text.as_bytes()).unwrap();
        let left = without_imported(text.as_bytes(), &file);
        assert_eq!(matches!(left, Left::Entangled), is_tied, "{text}");
    }
}

#[test]
fn dotenv_is_written_as_others_read_it() {
    let written = |value: &str| {
        let text = write(Format::Dotenv, &[("A", value.as_bytes())]).unwrap();
        String::from_utf8(text.expose().to_vec()).unwrap()
    };
    assert_eq!(written("postgres://u:p@h/db"), "A=postgres://u:p@h/db\n");
    assert_eq!(written("two words $x #y"), "A='two words $x #y'\n");
    assert_eq!(written("it's\nC:\\new"), "A='it\\'s\nC:\\new'\n");
    assert_eq!(written("a\\\\b$\"'"), "A=\"a\\\\\\\\b\\$\\\"'\"\n");
    assert_eq!(written("ends\\"), "A=\"ends\\\\\"\n");
}

#[test]
fn shell_and_json() {
    let variables: [(&str, &[u8]); 2] = [("A", b"it's\n$x"), ("B", b"")];
    let shell = write(Format::Shell, &variables).unwrap();
    assert_eq!(shell.expose(), b"export A='it'\\''s\n$x'\nexport B=''\n");
    let json = write(Format::Json, &variables).unwrap();
    assert_eq!(json.expose(), b"{\n  \"A\": \"it's\\n$x\",\n  \"B\": \"\"\n}\n");
    assert_eq!(write(Format::Json, &[]).unwrap().expose(), b"{}\n");
}

#[test]
fn what_a_format_can_not_hold_is_named_without_its_value() {
    let variables: [(&str, &[u8]); 3] = [("a.b", b"x"), ("N", b"\0"), ("BIN", b"\xffcanary")];
    for (format, names) in [(Format::Shell, "a.b, N"), (Format::Dotenv, "N, BIN"), (Format::Json, "BIN")] {
        let text = write(format, &variables).unwrap_err().to_string();
        assert!(text.ends_with(names), "{text}");
    }
}

#[test]
fn a_shell_reads_back_what_is_written_for_it() {
    let value = b"a'b\"c$d`e\\f\n g!#%\t";
    let mut script = write(Format::Shell, &[("V", value)]).unwrap().expose().to_vec();
    script.extend_from_slice(b"printf %s \"$V\"");
    let output =
        std::process::Command::new("sh").arg("-c").arg(String::from_utf8(script).unwrap()).output().unwrap();
    assert_eq!(output.stdout, value);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes);
    }

    #[test]
    fn any_likely_text_is_read_or_refused(text in "([A-C$ \\\\{}:=#'\"`?+\\-\r\n\t]|export ){0,60}") {
        if let Ok(file) = read(text.as_bytes()) {
            let _ = (example(&file), without_imported(text.as_bytes(), &file));
        }
    }

    #[test]
    fn what_is_written_is_read_back(values in proptest::collection::vec("([^\0]|['\"`$#{} \\\\\r\n]){0,20}", 0..6)) {
        let names: Vec<String> = (0..values.len()).map(|i| format!("N{i}")).collect();
        let variables: Vec<(&str, &[u8])> =
            names.iter().zip(&values).map(|(n, v)| (n.as_str(), v.as_bytes())).collect();
        let text = write(Format::Dotenv, &variables).unwrap();
        let file = read(text.expose()).unwrap();
        let back: Vec<(&str, &[u8])> = file.entries.iter().map(|e| (e.name.as_str(), e.value.expose())).collect();
        prop_assert_eq!(back, variables);
        prop_assert!(file.warnings.is_empty());
    }
}
