use proptest::prelude::*;

use super::*;

fn folder(raw: &str) -> FolderPath {
    FolderPath::parse(raw).unwrap()
}

/// The template with each reference in brackets, by its full path.
fn shown(template: &str, at: &str) -> Result<String, (usize, Wrong)> {
    let mut shown = String::new();
    for piece in pieces(template.as_bytes(), &folder(at)) {
        match piece.map_err(|misplaced| (misplaced.at, misplaced.wrong))? {
            Piece::Text(text) => shown.push_str(std::str::from_utf8(text).unwrap()),
            Piece::Reference(Reference { path, field: None }) => shown.push_str(&format!("<{path}>")),
            Piece::Reference(Reference { path, field: Some(field) }) => {
                shown.push_str(&format!("<{path} {field}>"));
            }
        }
    }
    Ok(shown)
}

#[test]
fn a_reference_begins_at_the_folder_of_its_secret_or_at_the_root() {
    for (template, said) in [
        ("", ""),
        ("no reference", "no reference"),
        ("${NAME}", "<dev/app/NAME>"),
        ("a${db/PASSWORD}b", "a<dev/app/db/PASSWORD>b"),
        ("${../shared/TOKEN}${X}", "<dev/shared/TOKEN><dev/app/X>"),
        ("${../../prod/X}", "<prod/X>"),
        ("${/prod/db/URL}", "<prod/db/URL>"),
        ("${DB#pass word}", "<dev/app/DB pass word>"),
        ("${ümlaut}", "<dev/app/ümlaut>"),
        ("$", "$"),
        ("$$", "$$"),
        ("{}", "{}"),
        ("$ {X}", "$ {X}"),
        ("$${X}", "${X}"),
        ("$$${X}", "$${X}"),
        ("}${X}}", "}<dev/app/X>}"),
    ] {
        assert_eq!(shown(template, "dev/app").as_deref(), Ok(said), "{template}");
    }
}

#[test]
fn what_is_no_reference_is_told_by_its_place() {
    use Wrong::{Above, NoPath, Open};
    for (template, at, wrong) in [
        ("ab${", 2, Open),
        ("${X", 0, Open),
        ("${A}${X", 4, Open),
        ("${}", 0, NoPath),
        ("${/}", 0, NoPath),
        ("${/X}", 0, NoPath),
        ("${//dev/X}", 0, NoPath),
        ("${a/../b}", 0, NoPath),
        ("${./X}", 0, NoPath),
        ("${..}", 0, NoPath),
        ("${../X}", 0, NoPath),
        ("${../../x/X}", 0, Above),
        ("${/../x/X}", 0, NoPath),
        ("${ X}", 0, NoPath),
        ("${X#}", 0, NoPath),
        ("${X#a#b}", 0, NoPath),
        ("${X:-default}${*}", 13, NoPath),
        ("${#}", 0, NoPath),
    ] {
        assert_eq!(shown(template, "dev"), Err((at, wrong)), "{template}");
    }
    assert!(pieces(b"${\xff}", &folder("dev")).next().unwrap().is_err());
    let long = format!("${{{}}}", "x".repeat(REFERENCE_MAX_BYTES));
    assert_eq!(shown(&long, "dev"), Err((0, Open)));
    let told = Template::of(&Value::text("pass${wo\trd}"), &folder("dev")).unwrap_err();
    assert_eq!((told.code(), told.to_string().contains("wo")), ("reference.invalid", false));
    assert!(told.to_string().contains("byte 4"));
}

#[test]
fn a_template_has_a_limited_number_of_references() {
    let many = |count: usize| Value::text(&"${A}".repeat(count));
    let template = Template::of(&many(REFERENCES_MAX), &folder("dev")).unwrap();
    assert_eq!((template.references().count(), template.paths().len()), (1, 1));
    let refused = |value: &Value| Template::of(value, &folder("dev")).map_err(|invalid| invalid.code()).err();
    assert_eq!(refused(&many(REFERENCES_MAX + 1)), Some("reference.too_many"));
    let long = |count: usize| {
        let one = |number: usize| format!("${{{number}{}}}", "x".repeat(250));
        Value::text(&(0..count).map(one).collect::<String>())
    };
    assert_eq!((refused(&long(31)), refused(&long(40))), (None, Some("reference.too_many")));
}

#[test]
fn a_plain_value_is_asked_about_when_a_path_stands_in_it() {
    for (value, looks) in [
        ("${db/PASSWORD}", true),
        ("postgres://x:${../shared/P}@db", true),
        ("${/prod/X#user}", true),
        ("$${a/b}", true),
        ("${HOME}", false),
        ("${HOME:-/root}", false),
        ("${HOME", false),
        ("${a/b", false),
        ("${a//b}", false),
        ("${/}", false),
        ("a/b", false),
        ("${HOME}/${a/b}", true),
    ] {
        assert_eq!(looks_like_template(value.as_bytes()), looks, "{value}");
    }
}

fn likely() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        4 => proptest::sample::select(b"${}$${/.#aX".to_vec()),
        1 => any::<u8>(),
    ];
    proptest::collection::vec(byte, 0..40)
}

proptest! {
    /// What is escaped comes back, whatever it is.
    #[test]
    fn what_is_escaped_is_text_alone(value in likely()) {
        let escaped = escape(&value);
        let folder = folder("dev");
        let mut back = Vec::new();
        for piece in pieces(escaped.expose(), &folder) {
            match piece.unwrap() {
                Piece::Text(text) => back.extend_from_slice(text),
                Piece::Reference(reference) => panic!("{reference:?}"),
            }
        }
        prop_assert_eq!(back, value);
    }

    /// The pieces are the template, and end at the first that is none.
    #[test]
    fn pieces_cover_the_template(value in likely()) {
        let folder = folder("dev/app");
        let mut length = 0_usize;
        for piece in pieces(&value, &folder) {
            let long = match piece {
                Ok(Piece::Text(b"${")) => ESCAPED.len(),
                Ok(Piece::Text(text)) => {
                    prop_assert!(!text.is_empty());
                    text.len()
                }
                Ok(Piece::Reference(_)) => {
                    let rest = &value[length..];
                    prop_assert!(rest.starts_with(OPEN));
                    rest.iter().take_while(|byte| **byte != CLOSE).chain(&[CLOSE]).count()
                }
                Err(misplaced) => {
                    prop_assert_eq!(misplaced.at, length);
                    return Ok(());
                }
            };
            length = length.saturating_add(long);
        }
        prop_assert_eq!(length, value.len());
    }
}
