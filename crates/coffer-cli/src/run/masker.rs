//! Replaces every pattern in a stream by [`MASK`], whatever pieces the stream comes in.
//!
//! Every byte that belongs to any match is masked, and each unbroken run of such bytes becomes one mask. So of two
//! values that overlap nothing is left over, and the result does not depend on how the stream was cut.
//!
//! What can still become a match is held back: the longest end of the stream so far that begins a pattern. A prompt
//! without a newline passes at once, unless its end looks like the beginning of a secret; when the stream rests, a
//! short such end is let go ([`Masker::rest`]). If the secret does follow, its remainder is masked all the same.
//!
//! # Invariants
//!
//! * No pattern comes out whole, however the stream is cut and wherever it rests.
//! * Memory is bounded by the longest pattern.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::nfa::noncontiguous::NFA;
use aho_corasick::{Anchored, MatchKind};
use zeroize::{Zeroize, Zeroizing};

use super::patterns::Patterns;
use crate::error::{CliError, Exit};

/// What stands in the place of a secret.
pub const MASK: &[u8] = b"***";
/// Longest beginning of a pattern that may be let go when a stream rests, in bytes: less than half of the shortest.
const LET_GO_MAX_BYTES: usize = 3;

/// Masks one stream.
#[derive(Clone)]
pub struct Masker {
    machine: Arc<Machine>,
    state: StateID,
    /// Bytes taken but not yet given out; the first one is byte number `given` of the stream.
    held: Zeroizing<Vec<u8>>,
    given: usize,
    /// What is to be masked of the held bytes, by numbers of the stream; in order, none touching the next.
    masked: VecDeque<Range<usize>>,
    /// Where the mask that was given out last ends.
    mask_end: Option<usize>,
}

/// The automaton, and for each of its states how many bytes of a pattern it stands for.
struct Machine {
    nfa: NFA,
    start: StateID,
    depths: HashMap<StateID, usize>,
}

impl Masker {
    /// Masks `patterns`.
    ///
    /// # Errors
    /// `run.mask` when the patterns are too many or too long for an automaton.
    pub fn new(patterns: &Patterns) -> Result<Self, CliError> {
        Self::from_byte_strings(patterns.as_slice())
    }

    pub(super) fn from_byte_strings(patterns: &[Vec<u8>]) -> Result<Self, CliError> {
        let machine = Machine::new(patterns).ok_or_else(|| {
            CliError::new(
                Exit::RunFailed,
                "run.mask",
                "the secrets are too many or too long to be masked",
                "run with fewer secrets, or with --no-mask",
            )
        })?;
        Ok(Self {
            state: machine.start,
            machine: Arc::new(machine),
            held: Zeroizing::default(),
            given: 0,
            masked: VecDeque::new(),
            mask_end: None,
        })
    }

    /// Takes the next piece of the stream, and adds to `out` what is certain.
    pub fn feed(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        for byte in piece {
            self.state = self.machine.nfa.next_state(Anchored::No, self.state, *byte);
            self.held.push(*byte);
            if let Some(len) = self.machine.longest_match(self.state) {
                self.mask(len);
            }
        }
        let certain = self.held.len().saturating_sub(self.machine.depth(self.state));
        self.give(certain, out);
    }

    /// Whether something is held back.
    #[must_use]
    pub fn holds_back(&self) -> bool {
        !self.held.is_empty()
    }

    /// The stream rests: lets go of what is masked anyway, and of a short beginning of a pattern. A longer one stays,
    /// for a secret may well come in two pieces with a pause between them.
    pub fn rest(&mut self, out: &mut Vec<u8>) {
        if let Some(run) = self.masked.front().filter(|run| run.start == self.given) {
            self.give(run.end.saturating_sub(run.start), out);
        }
        // Not what is held counts, but how much of a pattern it belongs to: a secret that comes byte by byte, with a
        // rest after each, must not be let go byte by byte.
        if self.machine.depth(self.state) <= LET_GO_MAX_BYTES {
            self.give(self.held.len(), out);
        }
    }

    /// The stream is over: what is held back is no secret.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.give(self.held.len(), out);
    }

    /// Marks the last `len` bytes, as far as they are still held.
    fn mask(&mut self, len: usize) {
        let end = self.given.saturating_add(self.held.len());
        let mut start = end.saturating_sub(len).max(self.given);
        while let Some(last) = self.masked.pop_back_if(|last| last.end >= start) {
            start = start.min(last.start);
        }
        self.masked.push_back(start..end);
    }

    /// Gives out the first `count` held bytes, masked.
    fn give(&mut self, count: usize, out: &mut Vec<u8>) {
        let end = self.given.saturating_add(count);
        let mut at = self.given;
        while let Some(run) = self.masked.pop_front_if(|run| run.start < end) {
            self.plain(at..run.start, out);
            if self.mask_end != Some(run.start) {
                out.extend_from_slice(MASK);
            }
            at = run.end.min(end);
            self.mask_end = Some(at);
            if run.end > end {
                self.masked.push_front(end..run.end);
            }
        }
        self.plain(at..end, out);
        let rest = self.held.len().saturating_sub(count);
        let len = self.held.len();
        self.held.rotate_left(count.min(len));
        if let Some(done) = self.held.get_mut(rest..) {
            done.zeroize();
        }
        self.held.truncate(rest);
        self.given = end;
    }

    fn plain(&self, range: Range<usize>, out: &mut Vec<u8>) {
        let (from, to) = (range.start.saturating_sub(self.given), range.end.saturating_sub(self.given));
        out.extend_from_slice(self.held.get(from..to).unwrap_or(&[]));
    }
}

impl Machine {
    fn new(patterns: &[Vec<u8>]) -> Option<Self> {
        // Standard matching reports every match as soon as it ends, and keeps every prefix of every pattern as a state.
        let nfa = NFA::builder().match_kind(MatchKind::Standard).prefilter(false).build(patterns).ok()?;
        let start = nfa.start_state(Anchored::No).ok()?;
        let mut depths = HashMap::new();
        for pattern in patterns {
            let mut state = start;
            for (byte, depth) in pattern.iter().zip(1_usize..) {
                state = nfa.next_state(Anchored::No, state, *byte);
                depths.insert(state, depth);
            }
        }
        Some(Self { nfa, start, depths })
    }

    fn depth(&self, state: StateID) -> usize {
        self.depths.get(&state).copied().unwrap_or(0)
    }

    fn longest_match(&self, state: StateID) -> Option<usize> {
        if !self.nfa.is_match(state) {
            return None;
        }
        let matches = 0..self.nfa.match_len(state);
        matches.map(|index| self.nfa.pattern_len(self.nfa.match_pattern(state, index))).max()
    }
}
