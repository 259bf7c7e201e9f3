//! Server-sent events, read as WHATWG HTML has them (section 9.2.6), from bytes in whatever pieces they come.
//!
//! A parser of its own: the ones that there are want an executor, or a whole HTTP client, and this is what the standard says on a page.
//!
//! # Invariants
//! - Whom the bytes are from is not trusted: a line and an event have a limit, and nothing of them is repeated in an error.
//! - What comes out does not depend on how the bytes were cut.

use std::collections::VecDeque;

/// Longest line, and longest event, in bytes. One of ours has some 1,500.
pub const EVENT_MAX_BYTES: usize = 64 * 1024;

/// A block of the stream, ended by an empty line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Block {
    /// The id that was said last, in this block or before.
    pub id: String,
    /// What kind of event it is; empty: none was said.
    pub event: String,
    /// What it says; `None`: the block is no event, and is there for its id.
    pub data: Option<String>,
}

/// A line or an event is longer than any may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

/// A stream as far as it has come.
#[derive(Debug, Default)]
pub struct EventParser {
    line: Vec<u8>,
    /// The last byte was a CR: a LF now belongs to it.
    after_cr: bool,
    /// The first line is through: a byte order mark would have been before it.
    begun: bool,
    block: Block,
    retry_ms: Option<u64>,
    blocks: VecDeque<Block>,
}

impl EventParser {
    /// Takes the next piece of the stream.
    ///
    /// # Errors
    /// [`TooLong`]: nothing behind this can be read.
    pub fn feed(&mut self, piece: &[u8]) -> Result<(), TooLong> {
        for byte in piece {
            let after_cr = std::mem::replace(&mut self.after_cr, *byte == b'\r');
            match byte {
                b'\n' if after_cr => {}
                b'\r' | b'\n' => self.end_line()?,
                byte if self.line.len() < EVENT_MAX_BYTES => self.line.push(*byte),
                _ => return Err(TooLong),
            }
        }
        Ok(())
    }

    /// The next block that is whole.
    pub fn next_block(&mut self) -> Option<Block> {
        self.blocks.pop_front()
    }

    /// How long to wait before coming back, in milliseconds, where it was said.
    #[must_use]
    pub fn retry_ms(&self) -> Option<u64> {
        self.retry_ms
    }

    fn end_line(&mut self) -> Result<(), TooLong> {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        let is_first = !std::mem::replace(&mut self.begun, true);
        let line = if is_first { line.strip_prefix('\u{feff}').unwrap_or(&line) } else { &line };
        if line.is_empty() {
            let next = Block { id: self.block.id.clone(), ..Block::default() };
            self.blocks.push_back(std::mem::replace(&mut self.block, next));
            return Ok(());
        }
        // What begins with a colon is a comment.
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.block.event),
            "data" => self.add_data(value)?,
            "id" if !value.contains('\0') => value.clone_into(&mut self.block.id),
            "retry" if !value.is_empty() && value.bytes().all(|digit| digit.is_ascii_digit()) => {
                self.retry_ms = value.parse().ok().or(self.retry_ms);
            }
            _ => {}
        }
        Ok(())
    }

    fn add_data(&mut self, value: &str) -> Result<(), TooLong> {
        let data = match &mut self.block.data {
            Some(data) => {
                data.push('\n');
                data
            }
            none => none.insert(String::new()),
        };
        if data.len().saturating_add(value.len()) > EVENT_MAX_BYTES {
            return Err(TooLong);
        }
        data.push_str(value);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&[u8]]) -> Vec<(String, String, Option<String>)> {
        let mut parser = EventParser::default();
        pieces.iter().for_each(|piece| parser.feed(piece).unwrap());
        let blocks = std::iter::from_fn(|| parser.next_block());
        blocks.map(|block| (block.id, block.event, block.data)).collect()
    }

    fn block(id: &str, event: &str, data: Option<&str>) -> (String, String, Option<String>) {
        (id.to_owned(), event.to_owned(), data.map(str::to_owned))
    }

    /// The examples of the standard.
    #[test]
    fn the_standards_examples_read_as_it_says() {
        let text =
            b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n";
        let said = [
            block("", "", None),
            block("1", "", Some("first event")),
            block("", "", Some("second event")),
            block("", "", Some(" third event")),
        ];
        assert_eq!(read(&[text]), said);
        assert_eq!(read(&[b"data: YHOO\ndata: +2\ndata: 10\n\n"]), [block("", "", Some("YHOO\n+2\n10"))]);
        assert_eq!(
            read(&[b"data\n\ndata\ndata\n\ndata:"]),
            [block("", "", Some("")), block("", "", Some("\n"))],
            "what has no end is no event"
        );
        assert_eq!(
            read(&[b"data:test\n\ndata: test\n\n"]),
            [block("", "", Some("test")), block("", "", Some("test"))]
        );
    }

    #[test]
    fn it_does_not_matter_how_lines_end_and_where_bytes_are_cut() {
        let text = "\u{feff}id: 7\r\nevent: secret_set\rdata: {\u{e9}}\n\r\n: quiet\r\r";
        let whole = read(&[text.as_bytes()]);
        assert_eq!(whole, [block("7", "secret_set", Some("{\u{e9}}")), block("7", "", None)]);
        let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
        assert_eq!(read(&bytes), whole);
        for cut in 0..text.len() {
            let (left, right) = text.as_bytes().split_at(cut);
            assert_eq!(read(&[left, right]), whole, "{cut}");
        }
    }

    #[test]
    fn an_id_with_a_nul_and_a_retry_that_is_no_number_are_passed_over() {
        assert_eq!(read(&[b"id: 7\nid: 8\0\nwhat: ever\ndata: x\n\n"]), [block("7", "", Some("x"))]);
        let mut parser = EventParser::default();
        parser.feed(b"retry: 1500\nretry: soon\nretry: -1\nretry:\n").unwrap();
        assert_eq!(parser.retry_ms(), Some(1500));
        parser.feed(b"retry: 99999999999999999999999999\n").unwrap();
        assert_eq!(parser.retry_ms(), Some(1500));
    }

    #[test]
    fn a_line_and_an_event_have_a_limit() {
        let long = vec![b'x'; EVENT_MAX_BYTES + 1];
        assert_eq!(EventParser::default().feed(&long), Err(TooLong));
        let line = [b"data:".as_slice(), &long[..1000], b"\n"].concat();
        let mut parser = EventParser::default();
        let fed = std::iter::repeat_with(|| parser.feed(&line)).take(100).find(Result::is_err);
        assert_eq!(fed, Some(Err(TooLong)), "of many lines");
    }
}
