use super::*;

#[test]
fn a_media_type_is_kept_as_it_is_written() {
    for right in ["application/x-pkcs12", "text/plain; charset=utf-8", "image/svg+xml", "a/b", "a/b ;c"] {
        assert_eq!(MediaType::parse(right).unwrap().as_str(), right);
    }
    assert_eq!(MediaType::parse(MediaType::bytes().as_str()), Ok(MediaType::bytes()));
}

#[test]
fn what_could_break_a_header_or_name_nothing_is_no_media_type() {
    let long = format!("a/{}", "b".repeat(MEDIA_TYPE_MAX_BYTES));
    for wrong in
        ["", "a", "/", "a/", "/b", "a/b/c", "a b/c", "a/b\r\nx: y", "a/b; \u{e4}", "a/b\0", " a/b", &long]
    {
        assert_eq!(MediaType::parse(wrong).unwrap_err().code(), "file.type", "{wrong:?}");
    }
}
