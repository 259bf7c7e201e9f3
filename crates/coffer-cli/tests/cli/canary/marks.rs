//! Values that stand nowhere by accident, and the search for them in every dress.

use std::fmt::Write as _;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// Bytes of a value that are looked for: less is found in noise, more would miss what was cut.
const WINDOW: usize = 12;
/// Letters of a piece.
const PIECE: usize = 28;
const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A value that must not be told.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    /// What it is called in a report.
    pub(crate) label: String,
    /// The value.
    pub(crate) bytes: Vec<u8>,
    /// The parts of it that are like nothing else; what stands between them is told by nobody's name.
    pieces: Vec<Vec<u8>>,
}

impl Mark {
    /// Letters and digits.
    pub(crate) fn text(label: &str) -> Self {
        Self::joined(label, [&b""[..]])
    }

    /// Two lines, as in a certificate.
    pub(crate) fn lines(label: &str) -> Self {
        Self::joined(label, [&b"\n"[..], b"\n"])
    }

    /// With everything in it that shells, JSON and `.env` files escape.
    pub(crate) fn quoted(label: &str) -> Self {
        Self::joined(label, [&b"\"'\\$`=# {}&?%\t"[..], b"'"])
    }

    /// With letters of several bytes.
    pub(crate) fn accented(label: &str) -> Self {
        Self::joined(label, ["größe ✓ 🔑".as_bytes(), "é".as_bytes()])
    }

    /// No text.
    pub(crate) fn binary(label: &str) -> Self {
        Self::joined(label, [&[0xff, 0x80, 0xc3][..], &[0xfe]])
    }

    /// With a NUL byte.
    pub(crate) fn with_nul(label: &str) -> Self {
        Self::joined(label, [&[0][..], &[]])
    }

    /// Longer than a page, a buffer or a limit: `filler` bytes between its ends.
    pub(crate) fn long(label: &str, filler: usize) -> Self {
        Self::joined(label, [vec![b'-'; filler].as_slice(), b""])
    }

    /// A value that somebody else made.
    pub(crate) fn found(label: &str, bytes: &[u8]) -> Self {
        Self { label: label.to_owned(), bytes: bytes.to_vec(), pieces: vec![bytes.to_vec()] }
    }

    /// The value as text.
    pub(crate) fn str(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap()
    }

    /// Its first piece, as text.
    pub(crate) fn head(&self) -> &str {
        std::str::from_utf8(&self.pieces[0]).unwrap()
    }

    /// A piece before each of `between`.
    fn joined<const N: usize>(label: &str, between: [&[u8]; N]) -> Self {
        let pieces: Vec<Vec<u8>> = (0..N).map(|number| piece(label, number)).collect();
        let bytes = pieces.iter().zip(between).flat_map(|(piece, end)| [piece, end].concat()).collect();
        Self { label: label.to_owned(), bytes, pieces }
    }
}

/// The same letters for the same label, and others for every other: xorshift from a hash of both.
fn piece(label: &str, number: usize) -> Vec<u8> {
    let seeded = label.bytes().chain([number.to_le_bytes()[0]]);
    let mut state =
        seeded.fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
    let mut letter = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        LETTERS[usize::try_from(state % 62).unwrap()]
    };
    (0..PIECE).map(|_| letter()).collect()
}

/// Finds marks in anything.
pub(super) struct Finder {
    patterns: AhoCorasick,
    labels: Vec<String>,
}

impl Finder {
    pub(super) fn new(marks: &[Mark]) -> Self {
        let windows = |mark: &Mark| -> Vec<(String, Vec<u8>)> {
            let windows = mark.pieces.iter().flat_map(|piece| piece.windows(WINDOW));
            windows.flat_map(dresses).map(|dress| (mark.label.clone(), dress)).collect()
        };
        let (labels, patterns): (Vec<_>, Vec<_>) = marks.iter().flat_map(windows).unzip();
        Self { patterns: AhoCorasick::new(patterns).unwrap(), labels }
    }

    /// The labels of all marks of which a part is in `text`.
    pub(super) fn find(&self, text: &[u8]) -> Vec<&str> {
        let found = self.patterns.find_iter(text);
        let mut labels: Vec<&str> =
            found.map(|found| self.labels[found.pattern().as_usize()].as_str()).collect();
        labels.sort_unstable();
        labels.dedup();
        labels
    }
}

/// A window of a value in every form in which it could be written. Twelve bytes are whole groups of base64: whatever
/// the window's place in a longer text is, one of its neighbours begins where a group does.
fn dresses(window: &[u8]) -> Vec<Vec<u8>> {
    let each = |write: &dyn Fn(u8) -> String| window.iter().map(|byte| write(*byte)).collect::<Vec<_>>();
    let mut octal = String::new();
    window.iter().for_each(|byte| write!(octal, "\\{byte:03o}").unwrap());
    let mut dresses = vec![
        STANDARD.encode(window),
        URL_SAFE.encode(window),
        each(&|byte| format!("{byte:02x}")).concat(),
        each(&|byte| format!("{byte:02X}")).concat(),
        each(&|byte| format!("{byte:02x}")).join(" "),
        each(&|byte| format!("%{byte:02x}")).concat(),
        each(&|byte| format!("%{byte:02X}")).concat(),
        each(&|byte| format!("\\x{byte:02x}")).concat(),
        each(&|byte| format!("\\u{byte:04x}")).concat(),
        each(&|byte| byte.to_string()).join(", "),
        each(&|byte| byte.to_string()).join(","),
        octal,
    ];
    dresses.dedup();
    let turned = window.iter().rev().copied().collect();
    dresses.into_iter().map(String::into_bytes).chain([window.to_vec(), turned]).collect()
}

#[test]
fn a_mark_is_found_in_every_dress_and_in_pieces() {
    let marks = [Mark::text("one"), Mark::lines("two"), Mark::binary("three")];
    let finder = Finder::new(&marks);
    assert!(finder.find(b"nothing of it; neither ABCDEFGHIJKLMNOPQRSTUVWXYZ nor 0123456789").is_empty());
    for mark in &marks {
        let text = String::from_utf8_lossy(&mark.bytes);
        let hex: String = mark.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let shifted: Vec<String> =
            (0..3).map(|shift| STANDARD.encode([&b"???"[..shift], &mark.bytes, b"!"].concat())).collect();
        let mut forms = vec![
            text.to_string(),
            serde_json::to_string(&text).unwrap(),
            format!("{text:?}"),
            format!("{:?}", mark.bytes),
            hex.to_uppercase(),
            hex,
            mark.head()[3..17].to_owned(),
        ];
        forms.extend(shifted);
        for form in forms {
            assert_eq!(finder.find(format!("before {form} after").as_bytes()), [&mark.label], "{form}");
        }
    }
}
