//! The head of a log: how large it is, what its root is, who signed that, and who may write.

use coffer_log::{Frontier, Hash};
use minicbor::bytes::ByteArray;
use minicbor::{CborLen, Decode, Encode};

use crate::fault::Corrupt;
use crate::time::Timestamp;

/// How long a writer of the log has it for itself. It renews with every slice, so this only matters when it dies.
pub(crate) const LEASE_MS: u64 = 5_000;
/// How much of a lease there can be left, by clocks that differ by no more than a lease.
pub(crate) const LEASE_BELIEVED_MS: u64 = 2 * LEASE_MS;
/// How old a signature may get where nothing happens: then the same tree is signed anew, so that silence is attested too.
pub(crate) const HEARTBEAT_MS: u64 = 10 * 60 * 1000;

/// The record.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(crate) struct LogHead {
    /// Leaves in the tree.
    #[n(0)]
    size: u64,
    /// The roots of the tree's perfect subtrees, the largest first.
    #[n(1)]
    nodes: Vec<ByteArray<32>>,
    /// Leaves below this one are pruned; a multiple of the width of a pack.
    #[n(2)]
    pub(crate) first: u64,
    /// The epoch of the key that signs.
    #[n(3)]
    pub(crate) epoch: u32,
    /// Since when it does.
    #[n(4)]
    pub(crate) epoch_since_ms: u64,
    /// The newest signed checkpoint.
    #[n(5)]
    pub(crate) signed: Option<Signed>,
    /// When a checkpoint was last kept.
    #[n(6)]
    pub(crate) kept_ms: u64,
    /// Who writes.
    #[n(7)]
    pub(crate) lease: Lease,
}

/// A signed checkpoint, as text.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(crate) struct Signed {
    #[n(0)]
    pub(crate) size: u64,
    /// When it was signed.
    #[n(1)]
    pub(crate) at_ms: u64,
    /// The signed note.
    #[n(2)]
    pub(crate) note: String,
}

/// The right to write the log for a while. Nothing rests on its clock: who was displaced finds another head, and can't commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
pub(crate) struct Lease {
    /// The process that has it; it drew this number when it opened the store.
    #[n(0)]
    holder: ByteArray<16>,
    /// Grows whenever the lease goes to another.
    #[n(1)]
    pub(crate) fence: u64,
    #[n(2)]
    until_ms: u64,
}

impl LogHead {
    /// Of a log in which nothing is yet.
    pub(crate) fn new(now: Timestamp) -> Self {
        Self {
            size: 0,
            nodes: Vec::new(),
            first: 0,
            epoch: 0,
            epoch_since_ms: now.millis(),
            signed: None,
            kept_ms: now.millis(),
            lease: Lease { holder: [0; 16].into(), fence: 0, until_ms: 0 },
        }
    }

    /// Leaves in the tree.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The tree in its compact form.
    pub(crate) fn frontier(&self) -> Result<Frontier, Corrupt> {
        let nodes = self.nodes.iter().map(|node| Hash::from_bytes(**node)).collect();
        Frontier::from_parts(self.size, nodes).ok_or(Corrupt::new("the head of the audit log"))
    }

    /// Takes in how the tree has grown.
    pub(crate) fn grow(&mut self, frontier: &Frontier) {
        self.size = frontier.size();
        // With every leaf: in the room that is there.
        self.nodes.clear();
        self.nodes.extend(frontier.nodes().iter().map(|node| ByteArray::from(*node.bytes())));
    }

    /// Whether the whole tree is signed, and not too long ago.
    pub(crate) fn is_signed(&self, now: Timestamp) -> bool {
        self.signed.as_ref().is_some_and(|signed| {
            signed.size == self.size && now.millis().saturating_sub(signed.at_ms) < HEARTBEAT_MS
        })
    }
}

impl Lease {
    /// Whether somebody else has it now. One that ends far later than any that begins now was taken by a clock that is ahead, or is looked at
    /// by one that is behind: when its holder died nobody would write until then, so it is not believed.
    pub(crate) fn is_with_another(&self, me: [u8; 16], now: Timestamp) -> bool {
        let left = self.until_ms.saturating_sub(now.millis());
        *self.holder != me && (1..=LEASE_BELIEVED_MS).contains(&left)
    }

    /// Taken, or kept, by this holder.
    pub(crate) fn take(&mut self, me: [u8; 16], now: Timestamp) {
        if *self.holder != me {
            self.fence = self.fence.saturating_add(1);
            self.holder = me.into();
        }
        self.until_ms = now.millis().saturating_add(LEASE_MS);
    }

    /// Free for all again.
    pub(crate) fn release(&mut self) {
        self.until_ms = 0;
    }
}
