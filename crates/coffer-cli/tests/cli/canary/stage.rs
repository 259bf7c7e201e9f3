//! A home, a project and a store with marked values in it, and every call that is made there, with what came of it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::call::{Call, Called};
use super::marks::{Finder, Mark};
use crate::world::World;

/// The world of one play.
pub(crate) struct Stage {
    pub(crate) world: World,
    /// Whether every call is made with `--json`.
    pub(super) json: bool,
    /// What must not be told.
    pub(super) marks: Vec<Mark>,
    /// Files that may hold the marks of these labels: the test wrote them, or asked for them.
    pub(super) own_files: BTreeMap<PathBuf, Vec<String>>,
    /// How many of the oldest entries of the tenant's log were pruned.
    pub(super) pruned: usize,
    /// Every call so far.
    pub(super) calls: Vec<Called>,
}

impl Stage {
    /// An empty home and project.
    pub(crate) fn empty(json: bool) -> Self {
        Self::of(World::new(), json)
    }

    fn of(world: World, json: bool) -> Self {
        fs::create_dir(world.home().join("tmp")).unwrap();
        Self { world, json, marks: Vec::new(), own_files: BTreeMap::new(), pruned: 0, calls: Vec::new() }
    }

    /// A store of the project `dev/project`: `ONE` and `TWO` from a `.env` that is still there, two versions of `A`, the
    /// first from there too, and two fields of `DB`.
    pub(crate) fn prepared(json: bool) -> Self {
        Self::with_secrets(Self::empty(json))
    }

    /// The same below this folder, on whatever file system that is.
    pub(crate) fn prepared_in(json: bool, folder: &Path) -> Self {
        Self::with_secrets(Self::of(World::below(folder), json))
    }

    fn with_secrets(mut stage: Self) -> Self {
        let labels = ["ONE in .env", "A, version 1", "A, version 2"];
        let [one, first, second] = labels.map(|label| stage.mark(Mark::text(label)));
        let two = stage.mark(Mark::lines("TWO in .env"));
        let content = format!("ONE={}\nTWO=\"{}\"\nA={}\n", one.str(), two.str(), first.str());
        stage.own_file(".env", content, &[&one, &two, &first]);
        let made = "instance/store_create done, instance/tenant_create done, instance/system: audit_heads done, secret_list done";
        let stored = "secret_set done, secret_set done, secret_set done, file_seal done";
        stage.call("import --keep").leaves(made).leaves(stored).done();
        stage.call("set A --stdin").stdin(&second.bytes).leaves("secret_set done").done();
        for (field, before) in [("user", "secret_merge absent"), ("password", "secret_merge done")] {
            let value = stage.mark(Mark::quoted(&format!("DB, field {field}")));
            let call = stage.call("set DB --stdin --field").word(field).stdin(&value.bytes);
            call.leaves(before).leaves("secret_set done").done();
        }
        let passphrase = stage.mark(Mark::text("the passphrase"));
        stage.own_file("../home/passphrase", passphrase.str(), &[&passphrase]);
        stage.take_key();
        stage
    }

    /// Makes the passphrase in `../home/passphrase` an unlocker.
    pub(crate) fn add_passphrase(&mut self) {
        self.with_passphrase("keys add passphrase").leaves("instance/unlocker_add done").done();
    }

    /// Takes note of a value that must not be told.
    pub(crate) fn mark(&mut self, mark: Mark) -> Mark {
        self.marks.push(mark.clone());
        mark
    }

    /// The mark of this label.
    pub(crate) fn marked(&self, label: &str) -> Mark {
        self.marks.iter().find(|mark| mark.label == label).unwrap().clone()
    }

    /// Writes a file, by its path from the project, that nobody else may read and that may hold these marks.
    pub(crate) fn own_file(&mut self, name: &str, content: impl AsRef<[u8]>, holds: &[&Mark]) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        self.may_hold(name, holds);
        path
    }

    /// Says that a file, by its path from the project, may hold these marks and no others.
    pub(crate) fn may_hold(&mut self, name: &str, marks: &[&Mark]) {
        let labels = marks.iter().map(|mark| mark.label.clone()).collect();
        self.own_files.insert(self.path(name), labels);
    }

    /// A file, by its path from the project.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        match name.strip_prefix("../") {
            Some(name) => self.world.project().parent().unwrap().join(name),
            None => self.world.project().join(name),
        }
    }

    /// The key file of the store.
    pub(crate) fn key_file(&self) -> PathBuf {
        self.world.coffer_home().join("keys/master.key")
    }

    /// A call of the binary with these words.
    pub(crate) fn call(&mut self, words: &str) -> Call<'_> {
        Call::new(self, words)
    }

    /// The same, where the passphrase is given.
    pub(crate) fn with_passphrase(&mut self, words: &str) -> Call<'_> {
        let file = self.path("../home/passphrase");
        self.call(words).variable("MASTER_SECRET_KEY_FILE", file.to_str().unwrap())
    }

    /// The ids of the unlockers of this kind.
    pub(crate) fn unlockers(&mut self, kind: &str) -> Vec<String> {
        let said = self.call("keys status --json").leaves("instance/unlocker_list done").done();
        let said: serde_json::Value = serde_json::from_str(&said).unwrap();
        let of_kind = said["unlockers"].as_array().unwrap().iter().filter(|one| one["kind"] == kind);
        of_kind.map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Who acts here, as the log knows them.
    pub(crate) fn me(&mut self) -> String {
        let said = self.call("audit show 2 --json").leaves("audit_query done").done();
        let said: serde_json::Value = serde_json::from_str(&said).unwrap();
        said["person"]["name"].as_str().unwrap().to_owned()
    }

    /// Reads a value that Coffer has made, which is not to be told from then on, nor to have been told.
    pub(crate) fn generated(&mut self, name: &str) -> Mark {
        let value = self.call("get").word(name).leaves("secret_get done").unsearched().done();
        let value = value.split('"').nth_back(1).unwrap_or(&value).to_owned();
        self.mark(Mark::found(&format!("the generated {name}"), value.as_bytes()))
    }

    /// The database as it is now, complete in one file: destroying writes the whole store anew, and leaves nothing waiting.
    pub(crate) fn old_database(&mut self) -> Vec<u8> {
        self.call("set GONE --generate").leaves("secret_set done").done();
        self.call("destroy GONE --yes").leaves("secret_destroy done, secret_destroy done").done();
        fs::read(self.store_file("coffer.db")).unwrap()
    }

    /// Puts another database in the place of the store's. What waits to be written to it is gone.
    pub(crate) fn put_database(&self, bytes: &[u8]) {
        for waiting in ["coffer.db-wal", "coffer.db-shm"] {
            let _ = fs::remove_file(self.store_file(waiting));
        }
        fs::write(self.store_file("coffer.db"), bytes).unwrap();
    }

    /// Makes some calls with another database, and puts back the right one: the entries of these calls are gone then.
    pub(crate) fn with_database(&mut self, bytes: &[u8], calls: impl FnOnce(&mut Self)) {
        let wal = self.store_file("coffer.db-wal");
        let right = (fs::read(self.store_file("coffer.db")).unwrap(), fs::read(&wal).unwrap());
        self.put_database(bytes);
        calls(self);
        self.put_database(&right.0);
        fs::write(&wal, right.1).unwrap();
        fs::set_permissions(&wal, fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// The file of this name in the folder of the store.
    pub(crate) fn store_file(&self, name: &str) -> PathBuf {
        self.world.coffer_home().join("store").join(name)
    }

    pub(super) fn finder(&self) -> Finder {
        Finder::new(&self.marks)
    }

    /// The key in the key file is not to be told either.
    fn take_key(&mut self) {
        let text = fs::read_to_string(self.key_file()).unwrap();
        let words: Vec<&str> = text.lines().last().unwrap().split(' ').collect();
        let byte = |at: usize| u8::from_str_radix(&words[2][2 * at..2 * at + 2], 16).unwrap();
        let key = self.mark(Mark::found("the key of the key file", &(0..32).map(byte).collect::<Vec<_>>()));
        self.own_files.insert(self.key_file(), vec![key.label]);
    }
}
