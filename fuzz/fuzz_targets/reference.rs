//! Templates: their pieces are all there is of them, a reference has one meaning, and what is escaped comes back. Input: a folder, and a
//! template.
#![no_main]

use coffer_engine::path::FolderPath;
use coffer_engine::reference::{Piece, Reference, escape, looks_like_template, pieces};
use coffer_fuzz::named;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((folder, template)) = named(input) else { return };
    let Ok(folder) = FolderPath::parse(folder) else { return };
    covers(template, &folder);
    let escaped = escape(template);
    let mut back = Vec::new();
    for piece in pieces(escaped.expose(), &folder) {
        let Ok(Piece::Text(text)) = piece else { panic!("something else than text") };
        back.extend_from_slice(text);
    }
    assert_eq!(back, template);
    assert!(!looks_like_template(template) || template.windows(2).any(|pair| pair == b"${"));
});

/// Each piece is where the one before it ends; nothing comes behind one that is none.
fn covers(template: &[u8], folder: &FolderPath) {
    let mut at = 0_usize;
    let mut all = pieces(template, folder);
    while let Some(piece) = all.next() {
        let rest = &template[at..];
        let length = match piece {
            Ok(Piece::Text(b"${")) => {
                assert!(rest.starts_with(b"$${"));
                3
            }
            Ok(Piece::Text(text)) => {
                assert!(!text.is_empty() && rest.starts_with(text));
                text.len()
            }
            Ok(Piece::Reference(reference)) => {
                let end = rest.iter().position(|byte| *byte == b'}').unwrap();
                means_one_thing(&reference, &rest[2..end], folder);
                end.saturating_add(1)
            }
            Err(misplaced) => {
                assert!(misplaced.at == at && rest.starts_with(b"${") && all.next().is_none());
                return;
            }
        };
        at = at.saturating_add(length);
    }
    assert_eq!(at, template.len());
}

/// Written from the root it is the same, wherever it stands; and it ends as it was written. A folder with a `}` in its name can't be
/// written in a reference: what lies in it is referred to from there alone.
fn means_one_thing(reference: &Reference, written: &[u8], folder: &FolderPath) {
    let field = reference.field.as_ref().map(|field| format!("#{field}")).unwrap_or_default();
    let absolute = format!("${{/{}{field}}}", reference.path);
    let is_written = !reference.path.as_str().contains('}');
    for folder in [folder, &FolderPath::root()].into_iter().filter(|_| is_written) {
        let again: Vec<_> = pieces(absolute.as_bytes(), folder).collect();
        assert_eq!(again, [Ok(Piece::Reference(reference.clone()))]);
    }
    let written = std::str::from_utf8(written).unwrap();
    let name = written.rsplit('/').next().unwrap();
    assert!(absolute.ends_with(&format!("{name}}}")));
}
