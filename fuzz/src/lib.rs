//! What the fuzz targets share. Each target is one file in `fuzz_targets/`, and asserts what holds of a parser: that what it
//! accepts it writes again, that its limits are kept, that a second opinion agrees.
//!
//! An input is text where the parser takes text, so that the files in `corpus/` can be read. Where it is several things, they
//! stand behind one another, divided by [`parts`].

/// The first parts of an input, each up to a line end; the last one has the rest.
#[must_use]
pub fn parts<const N: usize>(input: &str) -> Option<[&str; N]> {
    input.splitn(N, '\n').collect::<Vec<_>>().try_into().ok()
}

/// The first line of an input, which names what the rest is.
#[must_use]
pub fn named(input: &[u8]) -> Option<(&str, &[u8])> {
    let end = input.iter().position(|byte| *byte == b'\n')?;
    let (name, rest) = input.split_at(end);
    Some((std::str::from_utf8(name).ok()?, rest.get(1..)?))
}

/// A change of some bytes: what the fuzzer chooses to do to what was sealed or signed.
///
/// Three bytes an edit: what is done, and where.
#[must_use]
pub fn edited(good: &[u8], edits: &[u8]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for edit in edits.as_chunks::<3>().0.iter().take(8) {
        let [what, high, low] = *edit;
        let at = usize::from(u16::from_be_bytes([high, low]));
        let at = at.checked_rem(bytes.len().max(1)).unwrap_or(0);
        match what % 6 {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, what),
            2 if !bytes.is_empty() => drop(bytes.remove(at)),
            3 => bytes.extend_from_slice(good),
            4 => bytes.rotate_left(at),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << (what % 8);
                }
            }
        }
    }
    bytes
}
