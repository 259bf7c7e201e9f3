//! What is in a file: read line by line, in bounded memory.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};

use super::TailFileError;
use super::line::{HEAD, LINE_MAX_BYTES, Line, LineError};

/// The index that comes next for each log of which a line was seen. One number for each log, however long the file.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen(BTreeMap<Box<str>, u64>);

impl Seen {
    pub(super) fn next_index(&self, origin: &str) -> Option<u64> {
        self.0.get(origin).copied()
    }

    /// Whether each of `lines` comes behind those of its log that were seen, and behind those before it.
    pub(super) fn check(&self, lines: &[Line<'_>]) -> Result<(), TailFileError> {
        let mut next = BTreeMap::new();
        for (line, number) in lines.iter().zip(1_usize..) {
            let next = next.entry(line.origin).or_insert_with(|| self.next_index(line.origin).unwrap_or(0));
            if line.index < *next {
                return Err(TailFileError::Line { number, cause: LineError::Repeated });
            }
            *next = line.index.saturating_add(1);
        }
        Ok(())
    }

    pub(super) fn count(&mut self, line: &Line<'_>) {
        let behind = line.index.saturating_add(1);
        match self.0.get_mut(line.origin) {
            Some(next) => *next = behind.max(*next),
            None => drop(self.0.insert(line.origin.into(), behind)),
        }
    }
}

/// Where the lines end, counted from where the reading began, and what is there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lines {
    pub(super) length: u64,
    pub(super) end: End,
}

/// What stands behind the last line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Nothing.
    Clean,
    /// The beginning of a line.
    Torn,
    /// Something else.
    Foreign,
}

/// Counts the lines of `file` from where it stands to the first that is not one.
pub(super) fn count(file: impl Read, seen: &mut Seen) -> io::Result<Lines> {
    let most = u64::try_from(LINE_MAX_BYTES).unwrap_or(u64::MAX);
    let mut reader = BufReader::new(file);
    let (mut length, mut bytes) = (0_u64, Vec::new());
    loop {
        bytes.clear();
        let read = reader.by_ref().take(most).read_until(b'\n', &mut bytes)?;
        let end = match Line::read(&bytes) {
            Ok(line) => {
                seen.count(&line);
                length = length.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
                continue;
            }
            Err(_) if bytes.is_empty() => End::Clean,
            Err(LineError::Unfinished) if read < LINE_MAX_BYTES && begins(&bytes) => End::Torn,
            Err(_) => End::Foreign,
        };
        return Ok(Lines { length, end });
    }
}

/// Whether `bytes`, which end too early, begin as a line does.
fn begins(bytes: &[u8]) -> bool {
    let head = HEAD.as_bytes();
    bytes.iter().zip(head).all(|(byte, wanted)| byte == wanted)
}
