//! Copies a command's output, masked, as it comes.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use zeroize::Zeroizing;

use super::masker::Masker;

/// How much is read at once, in bytes.
const PIECE_BYTES: usize = 16 * 1024;
/// After how long without output a stream rests, in nanoseconds: 50 ms, which nobody waiting at a prompt notices.
const REST_NANOS: i64 = 50_000_000;

/// Copies `from` to `to` until its end, or until nobody reads `to` any more: then `from` is closed, and the command
/// learns it as it would without Coffer in between.
pub(super) fn copy(mut from: impl Read + AsFd, mut masker: Masker, mut to: impl Write) {
    let mut piece = Zeroizing::new(vec![0; PIECE_BYTES]);
    let mut out = Zeroizing::new(Vec::with_capacity(PIECE_BYTES));
    loop {
        if masker.holds_back() && rests(&from) {
            masker.rest(&mut out);
            if write(&mut to, &mut out).is_err() {
                return;
            }
        }
        let read = match from.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        masker.feed(piece.get(..read).unwrap_or(&[]), &mut out);
        if write(&mut to, &mut out).is_err() {
            return;
        }
    }
    masker.finish(&mut out);
    // The end is the end: there is nobody left to tell.
    let _ = write(&mut to, &mut out);
}

fn rests(from: &impl AsFd) -> bool {
    let wait = Timespec { tv_sec: 0, tv_nsec: REST_NANOS };
    matches!(poll(&mut [PollFd::new(from, PollFlags::IN)], Some(&wait)), Ok(0))
}

fn write(to: &mut impl Write, out: &mut Vec<u8>) -> io::Result<()> {
    if out.is_empty() {
        return Ok(());
    }
    let written = to.write_all(out).and_then(|()| to.flush());
    out.clear();
    written
}
