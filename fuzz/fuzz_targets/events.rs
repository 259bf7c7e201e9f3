//! Server-sent events: what comes out does not depend on how the bytes were cut, and what was said comes back as it was said.
#![no_main]

use coffer_wire::client::events::{Block, EVENT_MAX_BYTES, EventParser};
use libfuzzer_sys::fuzz_target;

fn read<'p>(pieces: impl Iterator<Item = &'p [u8]>) -> Option<(Vec<Block>, Option<u64>)> {
    let mut parser = EventParser::default();
    let mut blocks = Vec::new();
    for piece in pieces {
        parser.feed(piece).ok()?;
        blocks.extend(std::iter::from_fn(|| parser.next_block()));
    }
    Some((blocks, parser.retry_ms()))
}

/// A block as a server would send it.
fn said(block: &Block) -> String {
    let mut text = format!("id: {}\n", block.id);
    if !block.event.is_empty() {
        text.push_str(&format!("event: {}\n", block.event));
    }
    for line in block.data.iter().flat_map(|data| data.split('\n')) {
        text.push_str(&format!("data: {line}\n"));
    }
    text.push('\n');
    text
}

fuzz_target!(|bytes: &[u8]| {
    let (cut, text) = bytes.split_first().unwrap_or((&1, &[]));
    let whole = read(std::iter::once(text));
    assert_eq!(read(text.chunks(usize::from(*cut).max(1))), whole);
    assert_eq!(read(text.chunks(1)), whole);
    let Some((blocks, _)) = whole else { return };
    for block in &blocks {
        assert!(!block.id.contains(['\r', '\n', '\0']) && !block.event.contains(['\r', '\n']));
        assert!(block.data.iter().all(|data| !data.contains('\r') && data.len() <= EVENT_MAX_BYTES));
    }
    let again: String = blocks.iter().map(said).collect();
    if let Some((read_again, _)) = read(std::iter::once(again.as_bytes())) {
        assert_eq!(read_again, blocks);
    }
});
