//! A buffer that leaves no copies behind when it grows.
//!
//! # Invariants
//!
//! * No `Clone`, `Display` or telling `Debug`.
//! * Growing wipes the smaller allocation; a plain `Vec` would leave it in the heap.

use std::fmt;
use std::io;

use zeroize::Zeroizing;

/// Bytes that are gathered piece by piece and wiped when dropped.
#[derive(Default)]
pub struct WipedBuffer(Zeroizing<Vec<u8>>);

impl WipedBuffer {
    /// Room for `capacity` bytes before it has to grow.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Zeroizing::new(Vec::with_capacity(capacity)))
    }

    /// Adds `more` at the end.
    pub fn push(&mut self, more: &[u8]) {
        let wanted = self.0.len().saturating_add(more.len());
        if wanted > self.0.capacity() {
            let room = wanted.max(self.0.capacity().saturating_mul(2));
            let mut grown = Zeroizing::new(Vec::with_capacity(room));
            grown.extend_from_slice(&self.0);
            self.0 = grown;
        }
        self.0.extend_from_slice(more);
    }

    /// Adds `text` at the end.
    pub fn push_str(&mut self, text: &str) {
        self.push(text.as_bytes());
    }

    /// Adds `letter` at the end.
    pub fn push_char(&mut self, letter: char) {
        self.push(letter.encode_utf8(&mut [0; 4]).as_bytes());
    }

    /// Forgets what is beyond the first `len` bytes.
    pub fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }

    /// What was gathered so far.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was gathered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was gathered.
    #[must_use]
    pub fn into_bytes(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

impl fmt::Debug for WipedBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WipedBuffer(..)")
    }
}

impl io::Write for WipedBuffer {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        self.push(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
