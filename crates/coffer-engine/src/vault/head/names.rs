//! What versions are called, and by whom they are used.

use std::collections::BTreeMap;

use super::Head;
use crate::fault::Invalid;
use crate::limits::{LABELS_MAX, PINS_MAX};
use crate::version::VersionNumber;
use crate::version_name::VersionName;

impl Head {
    /// What this version is called, and by whom it is used.
    pub(in crate::vault) fn names_of(&self, number: VersionNumber) -> (Vec<String>, Vec<String>) {
        let of = |names: &BTreeMap<String, VersionNumber>| {
            names.iter().filter(|(_, at)| **at == number).map(|(name, _)| name.clone()).collect()
        };
        (of(&self.state.labels), of(&self.state.pins))
    }

    /// Gives a version a name, or (`None`) takes the name away; where it was before.
    ///
    /// # Errors
    /// [`Invalid`] when the secret has too many.
    pub(in crate::vault) fn name(
        &mut self,
        name: &VersionName,
        version: Option<VersionNumber>,
    ) -> Result<Option<VersionNumber>, Invalid> {
        self.remember();
        let (names, most) = match name {
            VersionName::Label(_) => (&mut self.state.labels, LABELS_MAX),
            VersionName::Consumer(_) => (&mut self.state.pins, PINS_MAX),
        };
        let before = match version {
            Some(version) => names.insert(name.as_str().to_owned(), version),
            None => names.remove(name.as_str()),
        };
        if names.len() > most {
            return Err(Invalid::new(
                "version.too_many_names",
                format!("the secret has more than {most} of these names"),
                "take one away first: `coffer history NAME` shows them",
            ));
        }
        Ok(before)
    }
}
