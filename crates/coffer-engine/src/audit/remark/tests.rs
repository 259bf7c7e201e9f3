use super::Remark;
use crate::limits::REMARK_MAX_BYTES;

#[test]
fn what_is_one_line_is_taken_as_it_is() {
    let longest = "x".repeat(REMARK_MAX_BYTES);
    for text in ["case 12", "100 % of #7 = \"all\" | {\"a\":1} ]", "größe 🔑", &longest] {
        assert_eq!(Remark::parse("reason", text).unwrap().as_str(), text);
    }
}

#[test]
fn what_hides_something_is_refused_and_not_repeated() {
    let too_long = "x".repeat(REMARK_MAX_BYTES + 1);
    for (text, code) in [
        ("", "remark.empty"),
        (" ", "remark.empty"),
        (too_long.as_str(), "remark.too_long"),
        ("one\ntwo", "remark.character"),
        ("one\rtwo", "remark.character"),
        ("\u{1b}[2J", "remark.character"),
        ("\u{9b}2J", "remark.character"),
        ("\u{7f}", "remark.character"),
        ("a\u{202e}b", "remark.character"),
        ("a\u{2028}b", "remark.character"),
        ("a\u{200b}b", "remark.character"),
        ("a\0b", "remark.character"),
    ] {
        let refused = Remark::parse("reason", text).unwrap_err();
        assert_eq!(refused.code(), code, "{text:?}");
        assert!(text.trim().is_empty() || !refused.to_string().contains(text), "{refused}");
    }
}
