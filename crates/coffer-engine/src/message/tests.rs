use super::Message;
use crate::limits::REMARK_MAX_BYTES;

#[test]
fn a_message_is_one_line_and_its_debug_says_nothing() {
    let longest = "x".repeat(REMARK_MAX_BYTES);
    for text in ["leaked, see case 12", "gr\u{f6}\u{df}er als 100 % \"quoted\"", &longest] {
        assert_eq!(Message::parse(text).unwrap().as_str(), text);
    }
    let too_long = "x".repeat(REMARK_MAX_BYTES + 1);
    for (text, code) in [
        ("", "remark.empty"),
        (too_long.as_str(), "remark.too_long"),
        ("one\ntwo", "remark.character"),
        ("a\u{202e}b", "remark.character"),
    ] {
        assert_eq!(Message::parse(text).unwrap_err().code(), code, "{text:?}");
    }
    assert_eq!(format!("{:?}", Message::parse("leaked").unwrap()), "Message(6 bytes)");
}
