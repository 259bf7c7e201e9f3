//! A log whose every byte is the same each time: keys, leaves and times are fixed. They are worthless.

use std::collections::BTreeMap;

use coffer_encryption::{AuditKey, OwnerKey, SigningKey, SigningWrap, seal, unwrap};
use coffer_log::tile::tiles_of;
use coffer_log::tree::leaf_hash;
use coffer_log::{
    Checkpoint, Frontier, Hash, KeyHistory, KeyName, Origin, SignatureType, SignedNote, TileId, VerifierKey,
    cosign, make_genesis,
};

/// What a vault has of one log.
pub(crate) struct Log {
    pub(crate) origin: Origin,
    pub(crate) leaves: Vec<Vec<u8>>,
    pub(crate) tree: Frontier,
    pub(crate) notes: Vec<SignedNote>,
    /// Seed of the key of each epoch.
    seeds: Vec<u8>,
}

impl Log {
    /// A log with the entry of its first key.
    pub(crate) fn begin(origin: &str, seed: u8) -> Self {
        let origin = Origin::parse(origin).unwrap();
        let notes = vec![make_genesis(&origin, &signing_key(seed)).unwrap()];
        let mut log = Self { origin, leaves: Vec::new(), tree: Frontier::new(), notes, seeds: vec![seed] };
        log.push(log.takeover_leaf());
        log
    }

    pub(crate) fn push(&mut self, leaf: Vec<u8>) {
        self.tree.push(leaf_hash(&leaf)).unwrap();
        self.leaves.push(leaf);
    }

    /// Adds entries of an ordinary day up to `size`.
    pub(crate) fn grow_to(&mut self, size: u64) {
        while self.size() < size {
            let (index, id) = (self.size(), hex(&leaf_hash(&self.size().to_be_bytes()).bytes()[..16]));
            let action = ["secret_get", "secret_set", "secret_list"][usize::try_from(index % 3).unwrap()];
            let path = format!("prod/app/key-{index}");
            self.push(
                format!(r#"{{"action":"{action}","id":"{id}","outcome":"done","path":"{path}","v":1}}"#)
                    .into_bytes(),
            );
        }
    }

    /// A new key takes over: its note, then its entry.
    pub(crate) fn take_over(&mut self, seed: u8) {
        let note =
            self.history().make_takeover(self.size(), self.tree.root(), &self.signer(), &signing_key(seed));
        self.notes.push(note.unwrap());
        self.seeds.push(seed);
        self.push(self.takeover_leaf());
    }

    /// The entry that says that everything below was deleted.
    pub(crate) fn prune(&mut self, below: u64, outcome: &str) {
        let leaf =
            format!(r#"{{"action":"audit_prune","detail":{{"below":{below}}},"outcome":"{outcome}","v":1}}"#);
        self.push(leaf.into_bytes());
    }

    /// The entry with which a system log commits to the newest tree of others.
    pub(crate) fn commit_to(&mut self, heads: &[Checkpoint]) {
        let head = |head: &Checkpoint| {
            let Checkpoint { origin, size, root } = head;
            format!(r#"{{"origin":"{origin}","root":"{}","size":{size}}}"#, root.to_base64())
        };
        let heads = heads.iter().map(head).collect::<Vec<_>>().join(",");
        let leaf =
            format!(r#"{{"action":"audit_heads","detail":{{"heads":[{heads}]}},"outcome":"done","v":1}}"#);
        self.push(leaf.into_bytes());
    }

    pub(crate) fn size(&self) -> u64 {
        self.tree.size()
    }

    pub(crate) fn history(&self) -> KeyHistory {
        KeyHistory::from_notes(&self.notes).unwrap()
    }

    /// The key in use.
    pub(crate) fn signer(&self) -> SigningKey {
        signing_key(*self.seeds.last().unwrap())
    }

    pub(crate) fn genesis(&self) -> VerifierKey {
        self.history().genesis().clone()
    }

    /// The newest tree.
    pub(crate) fn head(&self) -> Checkpoint {
        Checkpoint { origin: self.origin.clone(), size: self.size(), root: self.tree.root() }
    }

    /// The newest tree, signed by the key in use at a time that follows from the size.
    pub(crate) fn checkpoint(&self) -> SignedNote {
        self.head().sign(&self.signer(), time_of(self.size())).unwrap()
    }

    /// The checkpoint, cosigned.
    pub(crate) fn witnessed(&self, witness: &Witness) -> SignedNote {
        witness.cosign(&self.head(), &self.checkpoint())
    }

    /// All hashes of the tree, by tile.
    pub(crate) fn tiles(&self) -> BTreeMap<(TileId, u16), Vec<Hash>> {
        let mut all: BTreeMap<(TileId, u16), Vec<Hash>> = BTreeMap::new();
        for (id, width) in tiles_of(self.size()) {
            let hash = |row: u64| match id.level {
                0 => leaf_hash(&self.leaves[usize::try_from(id.index * 256 + row).unwrap()]),
                // The root of the full tile below.
                level => {
                    let below = TileId { level: level - 1, index: id.index * 256 + row };
                    let mut tree = Frontier::new();
                    all[&(below, 256)].iter().for_each(|hash| tree.push(*hash).unwrap());
                    tree.root()
                }
            };
            let hashes: Vec<Hash> = (0..u64::from(width)).map(hash).collect();
            all.insert((id, width), hashes);
        }
        all
    }

    /// The same log up to `size`; the notes of later keys are left out.
    pub(crate) fn up_to(&self, size: u64) -> Self {
        let epochs = self.history().epochs().filter(|epoch| epoch.start() < size).count();
        let (notes, seeds) = (self.notes[..epochs].to_vec(), self.seeds[..epochs].to_vec());
        let mut log =
            Self { origin: self.origin.clone(), leaves: Vec::new(), tree: Frontier::new(), notes, seeds };
        self.leaves[..usize::try_from(size).unwrap()].iter().for_each(|leaf| log.push(leaf.clone()));
        log
    }

    /// The same log with other leaves and nothing signed anew.
    pub(crate) fn with_leaf(&self, index: usize, leaf: &[u8]) -> Self {
        let (notes, seeds) = (self.notes.clone(), self.seeds.clone());
        let mut log =
            Self { origin: self.origin.clone(), leaves: Vec::new(), tree: Frontier::new(), notes, seeds };
        for (at, old) in self.leaves.iter().enumerate() {
            log.push(if at == index { leaf.to_vec() } else { old.clone() });
        }
        log
    }

    fn takeover_leaf(&self) -> Vec<u8> {
        let epoch = self.seeds.len() - 1;
        let key = VerifierKey::new(
            self.origin.name().clone(),
            SignatureType::Ed25519,
            self.signer().public().unwrap(),
        );
        let key = key.unwrap();
        format!(
            r#"{{"action":"audit_key","detail":{{"epoch":{epoch},"key":"{key}"}},"outcome":"done","v":1}}"#
        )
        .into_bytes()
    }
}

/// Somebody who cosigns.
pub(crate) struct Witness {
    name: KeyName,
    seed: u8,
}

impl Witness {
    pub(crate) fn new(name: &str, seed: u8) -> Self {
        Self { name: KeyName::parse(name).unwrap(), seed }
    }

    pub(crate) fn key(&self) -> VerifierKey {
        let public = signing_key(self.seed).public().unwrap();
        VerifierKey::new(self.name.clone(), SignatureType::CosignatureV1, public).unwrap()
    }

    pub(crate) fn cosign(&self, head: &Checkpoint, note: &SignedNote) -> SignedNote {
        let signature = cosign(head, &self.name, &signing_key(self.seed), time_of(head.size) + 2).unwrap();
        note.with_signature(signature).unwrap()
    }
}

/// A minute for each entry.
fn time_of(size: u64) -> u64 {
    1_800_000_000 + 60 * size
}

/// The key with this seed, made as a vault makes it: out of its wrap.
pub(crate) fn signing_key(seed: u8) -> SigningKey {
    let owner = OwnerKey::generate().unwrap();
    let key: AuditKey = owner.derive(&[1; 16], 1).unwrap();
    let place = SigningWrap { instance: [0; 16], owner: [1; 16], generation: 1, epoch: 0 };
    unwrap(&key, &place, &seal(&key, &place, &[seed; 32]).unwrap()).unwrap()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
