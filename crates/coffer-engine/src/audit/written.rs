//! Which records of one table a leaf says were written: what is remembered of them is stale from there on.

use super::log::index::{Summary, Term, table_digits};
use super::said::Said;
use crate::action::Action;
use crate::storage::Key;
use crate::storage::keyspace::Table;

/// What a leaf says of the records of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Written {
    /// These were written or deleted. Mostly none.
    Records(Vec<Key>),
    /// Any may have been: an entry is damaged, or says that others were.
    Unknown,
}

impl Written {
    /// What this leaf says of this table.
    pub(crate) fn in_table(table: Table, leaf: &[u8]) -> Self {
        let Some(entry) = Said::by(leaf) else { return Self::Unknown };
        if entry.action == Action::AuditDamage.name() {
            return Self::Unknown;
        }
        let digits = digits(table);
        let of_table = entry.changes.iter().filter(|change| table_digits(&change.key) == Some(&*digits));
        let keys = of_table.map(|change| {
            let bytes = base16ct::lower::decode_vec(change.key.as_bytes()).ok()?;
            Key::from_bytes(&bytes)
        });
        keys.collect::<Option<Vec<Key>>>().map_or(Self::Unknown, Self::Records)
    }
}

/// Whether a pack whose summary this is may hold a leaf that says anything of this table.
pub(crate) fn may_write(summary: &Summary, table: Table) -> bool {
    summary.may_hold(&[Term::Table(&digits(table))])
        || summary.may_hold(&[Term::Action(Action::AuditDamage.name())])
}

fn digits(table: Table) -> String {
    base16ct::lower::encode_string(&[table as u8])
}
