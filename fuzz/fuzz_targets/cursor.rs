//! What an answer gives and a request brings back: cursors of pages, and versions as ETags. Input: two lines and names.
#![no_main]

use std::collections::BTreeSet;

use coffer_engine::vault::Expect;
use coffer_fuzz::parts;
use coffer_server::fuzzing::{page_of, precondition, read_cursor, write_cursor};
use coffer_server::limits::PAGE_MAX;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let Some([query, tag, names]) = parts(input) else { return };
    pages(query, names);
    if let Ok(name) = read_cursor(tag) {
        assert_eq!(write_cursor(&name), tag, "a cursor has one spelling");
    }
    assert_eq!(read_cursor(&write_cursor(names.as_bytes())).as_deref(), Ok(names.as_bytes()));
    etags(tag.as_bytes());
});

/// Page after page, each name behind the first cursor comes once, in order.
fn pages(query: &str, names: &str) {
    let names: Vec<String> = names.lines().map(str::to_owned).collect::<BTreeSet<_>>().into_iter().collect();
    let Ok((first, mut next)) = page_of(&names, query) else { return };
    let mut shown = first;
    let limit = shown.len();
    assert!(limit <= PAGE_MAX);
    while let Some(cursor) = next {
        assert_eq!(read_cursor(&cursor).as_deref(), Ok(shown.last().unwrap().as_bytes()));
        let (page, behind) = page_of(&names, &format!("limit={limit}&cursor={cursor}")).unwrap();
        assert!((1..=limit).contains(&page.len()));
        shown.extend(page);
        next = behind;
    }
    let skipped = names.len().checked_sub(shown.len()).unwrap();
    assert_eq!(shown, names[skipped..]);
}

fn etags(tag: &[u8]) {
    match precondition(Some(tag), None) {
        Some(Ok(Some(Expect::Version(version)))) => {
            // Of a version as it was written, or of one that is filled in: then 16 digits say with what.
            let filled_in = tag.strip_suffix(b"\"").and_then(|tag| tag.split_last_chunk::<17>());
            let written = match filled_in {
                Some((version, [b'-', with @ ..]))
                    if with.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) =>
                {
                    [version, b"\""].concat()
                }
                _ => tag.to_vec(),
            };
            assert_eq!(
                written,
                format!("\"{}\"", version.get()).as_bytes(),
                "an ETag comes back as it was given"
            );
        }
        Some(Ok(expected)) => assert!(tag == b"*" && expected == Some(Expect::Something)),
        Some(Err(_)) | None => {}
    }
    match precondition(None, Some(tag)) {
        Some(Ok(expected)) => assert!(tag == b"*" && expected == Some(Expect::Nothing)),
        Some(Err(_)) | None => {}
    }
    assert!(precondition(Some(tag), Some(b"*")).is_none_or(|both| both.is_err()), "both are a contradiction");
}
