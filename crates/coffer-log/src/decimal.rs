//! Numbers in texts: ASCII decimal, one spelling for each.

/// The number that `text` spells; nothing when it has a sign, a leading zero, anything but digits, or is past
/// [`MAX`].
pub(crate) fn parse(text: &str) -> Option<u64> {
    let digits = text.as_bytes();
    let spelled_once = digits.first() != Some(&b'0') || digits.len() == 1;
    if !spelled_once || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    text.parse().ok().filter(|number| *number <= MAX)
}

/// 2^63 - 1: the largest time of a cosignature, and the largest number that every implementation of these formats
/// holds.
pub(crate) const MAX: u64 = i64::MAX.unsigned_abs();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_spelling() {
        assert_eq!(parse("0"), Some(0));
        assert_eq!(parse("10"), Some(10));
        assert_eq!(parse("9223372036854775807"), Some(MAX));
        for bad in ["", "00", "01", "+1", "-1", " 1", "1 ", "1_0", "0x1", "１", "9223372036854775808", "1\n"]
        {
            assert_eq!(parse(bad), None, "{bad:?}");
        }
    }
}
