//! What is signed in a bundle: the notes of the keys, the checkpoints, and who has cosigned them.
//!
//! # Invariants
//!
//! * A bundle is strict where a reader of the open web is not: a signature line that nobody here can check is a fault.

use std::collections::BTreeSet;

use super::{Fault, Place, VerifyOptions};
use crate::bundle::folder::Folder;
use crate::bundle::layout::Name;
use crate::checkpoint::Origin;
use crate::history::{CheckedCheckpoint, KeyHistory};
use crate::note::{KeyName, SignatureType, SignedNote, VerifierKey};

/// The notes of a bundle, with every signature checked. No root has been compared with the tree.
#[derive(Debug)]
pub(in crate::bundle) struct Notes {
    pub(in crate::bundle) history: KeyHistory,
    pub(in crate::bundle) newest: CheckedCheckpoint,
    /// Older checkpoints, by size.
    pub(in crate::bundle) kept: Vec<CheckedCheckpoint>,
    /// Who has cosigned the newest checkpoint.
    pub(in crate::bundle) witnesses: Vec<KeyName>,
}

impl Notes {
    /// Reads all notes in `folder`. The newest checkpoint is the one given, or else the one in the folder.
    pub(in crate::bundle) fn read(
        folder: &Folder,
        newest: Option<&SignedNote>,
        options: &VerifyOptions,
    ) -> Result<Self, Fault> {
        let history = read_keys(folder, options.key.as_ref())?;
        let witnesses = read_witnesses(folder, history.origin())?;
        let mut checker = Checker { history: &history, witnesses: &witnesses, used: BTreeSet::new() };
        let note = newest.map_or_else(|| folder.note(Name::Newest), |note| Ok(note.clone()))?;
        let newest = checker.check(Name::Newest, &note)?;
        let size = newest.checkpoint().size;
        let kept = checker.check_kept(folder, size)?;
        if let Some(idle) = witnesses.iter().find(|witness| !checker.used.contains(&witness.to_string())) {
            let what = format_args!("{} has cosigned nothing here", idle.name());
            return Err(Fault::new(Place::file(Name::Witnesses), what));
        }
        for witness in &options.witnesses {
            note.verify(witness).map_err(|error| Fault::new(Place::file(Name::Newest), error))?;
        }
        if let Some(late) = history.epochs().find(|epoch| epoch.start() >= size) {
            let place = Place::file(Name::Key(late.number()));
            return Err(Fault::new(place, "it starts behind the newest checkpoint"));
        }
        let cosigned = |witness: &&VerifierKey| note.verify(witness).is_ok();
        let witnesses = witnesses.iter().filter(cosigned).map(|witness| witness.name().clone()).collect();
        Ok(Self { history, newest, kept, witnesses })
    }

    /// Nothing is in `folder` that does not belong to a bundle with these notes.
    pub(in crate::bundle) fn check_names(&self, folder: &Folder) -> Result<(), Fault> {
        folder.check_names(|name| match name {
            // A kept checkpoint that is there is one that was read.
            Name::Newest | Name::Kept(_) | Name::Entries | Name::Witnesses => true,
            Name::Key(epoch) => epoch <= self.history.last().number(),
            Name::Tile(id, _) => name == Name::tile_of(id, self.size()),
            Name::Unfinished | Name::Staged => false,
        })
    }

    pub(in crate::bundle) fn origin(&self) -> &Origin {
        self.history.origin()
    }

    pub(in crate::bundle) fn size(&self) -> u64 {
        self.newest.checkpoint().size
    }
}

/// The notes of the keys, from 0 on.
pub(in crate::bundle) fn read_keys(
    folder: &Folder,
    genesis: Option<&VerifierKey>,
) -> Result<KeyHistory, Fault> {
    let fault = |epoch, what: &dyn std::fmt::Display| Fault::new(Place::file(Name::Key(epoch)), what);
    let first = folder.note(Name::Key(0))?;
    let mut history = KeyHistory::from_notes(&[first]).map_err(|error| fault(0, &error))?;
    if !is_plain(history.origin().as_str()) {
        return Err(fault(0, &"the name of the log has characters that no bundle's log has"));
    }
    if genesis.is_some_and(|genesis| genesis != history.genesis()) {
        return Err(fault(0, &"not the key that was given: another log, or not from its beginning"));
    }
    let mut epoch = 1;
    while folder.has(Name::Key(epoch)) {
        history.extend(&folder.note(Name::Key(epoch))?).map_err(|error| fault(epoch, &error))?;
        epoch = epoch.saturating_add(1);
    }
    let is_later = |name| matches!(name, Name::Key(later) if later > epoch);
    if folder.names().any(is_later) { Err(fault(epoch, &"missing")) } else { Ok(history) }
}

/// The keys in `witnesses`; none if there is no such file.
pub(in crate::bundle) fn read_witnesses(folder: &Folder, origin: &Origin) -> Result<Vec<VerifierKey>, Fault> {
    let fault = |what: &dyn std::fmt::Display| Fault::new(Place::file(Name::Witnesses), what);
    let mut witnesses = Vec::<VerifierKey>::new();
    if !folder.has(Name::Witnesses) {
        return Ok(witnesses);
    }
    let text = folder.text(Name::Witnesses)?;
    let lines = text.strip_suffix('\n').ok_or_else(|| fault(&"its last line is cut"))?;
    for line in lines.split('\n') {
        let witness = VerifierKey::parse(line).map_err(|error| fault(&error))?;
        if witness.kind() != SignatureType::CosignatureV1 || !is_plain(witness.name().as_str()) {
            return Err(fault(&format_args!("not the key of a witness: {:?}", witness.name().as_str())));
        }
        let same = |other: &VerifierKey| (other.name(), other.id()) == (witness.name(), witness.id());
        if witness.name() == origin.name() || witnesses.iter().any(same) {
            return Err(fault(&format_args!("{} is there twice, or is the log itself", witness.name())));
        }
        witnesses.push(witness);
    }
    Ok(witnesses)
}

/// What it takes to check a checkpoint, and which witnesses have cosigned one so far.
struct Checker<'a> {
    history: &'a KeyHistory,
    witnesses: &'a [VerifierKey],
    used: BTreeSet<String>,
}

impl Checker<'_> {
    /// Checks each signature of the checkpoint `note`, which is called `name`.
    fn check(&mut self, name: Name, note: &SignedNote) -> Result<CheckedCheckpoint, Fault> {
        let fault = |what: &dyn std::fmt::Display| Fault::new(Place::file(name), what);
        let checked = self.history.check(note).map_err(|error| fault(&error))?;
        if checked.checkpoint().size == 0 {
            return Err(fault(&"an empty log has no bundle"));
        }
        let epoch = self.history.key_at(checked.checkpoint().size);
        let [plain, timed, others @ ..] = note.signatures() else {
            return Err(fault(&"a signature of the log is missing"));
        };
        if !epoch.key().is_named_by(plain) || !epoch.cosigner().is_named_by(timed) {
            return Err(fault(&"the first two signatures are not those of the log, plain and with the time"));
        }
        for line in others {
            let witness = self.witnesses.iter().find(|witness| witness.is_named_by(line));
            let witness = witness.ok_or_else(|| fault(&"a signature of nobody who is in `witnesses`"))?;
            note.verify(witness).map_err(|error| fault(&error))?;
            self.used.insert(witness.to_string());
        }
        Ok(checked)
    }

    /// The older checkpoints, by size.
    fn check_kept(&mut self, folder: &Folder, newest: u64) -> Result<Vec<CheckedCheckpoint>, Fault> {
        let mut kept = Vec::new();
        for size in kept_sizes(folder) {
            let name = Name::Kept(size);
            let checked = self.check(name, &folder.note(name)?)?;
            if checked.checkpoint().size != size || size >= newest {
                let what = "it is of another size than its name says, or not older than the newest";
                return Err(Fault::new(Place::file(name), what));
            }
            kept.push(checked);
        }
        Ok(kept)
    }
}

/// The sizes of the older checkpoints in `folder`.
pub(in crate::bundle) fn kept_sizes(folder: &Folder) -> BTreeSet<u64> {
    folder.names().filter_map(|name| if let Name::Kept(size) = name { Some(size) } else { None }).collect()
}

/// Whether a name is printable ASCII that JSON writes as it is.
pub(in crate::bundle) fn is_plain(name: &str) -> bool {
    name.len() <= NAME_MAX_BYTES
        && name.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'))
}

/// The longest name of a log or witness, in bytes.
const NAME_MAX_BYTES: usize = 255;
