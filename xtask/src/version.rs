//! Versions of tools: read from what `--version` prints, and compared by number.

use std::fmt;

/// `major.minor.patch`. Compared part by part, so 0.9.143 is newer than 0.9.97.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub(crate) u64, pub(crate) u64, pub(crate) u64);

impl Version {
    /// The first word of `text` that is a version: `cargo-nextest 0.9.143 (60fa45f63 2026-08-04)` has one.
    ///
    /// A pre-release (`1.0.0-rc.1`) is none: it is older than its number says, and nothing here asks for one.
    pub(crate) fn find(text: &str) -> Option<Self> {
        text.split_whitespace().find_map(Self::parse)
    }

    fn parse(word: &str) -> Option<Self> {
        let mut parts = word.split('.').map(|part| part.parse().ok());
        let version = Self(parts.next()??, parts.next()??, parts.next()??);
        parts.next().is_none().then_some(version)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn reads_what_the_tools_print() {
        assert_eq!(
            Version::find("cargo-nextest 0.9.143 (60fa45f63 2026-08-04)\nrelease: 1.2.3"),
            Some(Version(0, 9, 143))
        );
        assert_eq!(Version::find("cargo-deny 0.20.2\n"), Some(Version(0, 20, 2)));
    }

    #[test]
    fn what_is_no_version_is_none() {
        for text in [
            "",
            "error: no such command",
            "1.2",
            "1.2.3.4",
            "1.0.0-rc.1",
            "v1.2.3",
            "1..3",
            "99999999999999999999.0.0",
        ] {
            assert_eq!(Version::find(text), None, "{text}");
        }
    }

    #[test]
    fn compares_numbers_and_not_letters() {
        assert!(Version(0, 9, 143) > Version(0, 9, 97));
        assert!(Version(0, 10, 0) > Version(0, 9, 143));
        assert!(Version(1, 0, 0) > Version(0, 99, 99));
        assert!(Version(0, 20, 2) >= Version(0, 20, 2));
    }

    #[test]
    fn is_written_as_it_is_read() {
        assert_eq!(Version::find(&Version(0, 20, 2).to_string()), Some(Version(0, 20, 2)));
    }
}
