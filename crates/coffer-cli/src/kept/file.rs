//! The files: found, read and written with care.

use std::fs::{self, DirBuilder, File, Metadata};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{Kept, Whose};
use crate::draft::Draft;
use crate::error::{CliError, Exit};
use crate::settings::Environment;
use crate::wiped::WipedBuffer;

/// Largest file that is read, in bytes: addresses are long at times.
const KEPT_MAX_BYTES: usize = 16 * 1024;

/// Where the files are: `coffer/sign-ins` in the user's folder of configuration.
pub(crate) struct Folder(PathBuf);

/// Room for one file, made before there is something to keep in it.
pub(crate) struct Room(Draft, PathBuf);

impl Folder {
    /// As the environment says (XDG). `None`: it does not.
    pub(crate) fn of(environment: &Environment) -> Option<Self> {
        // A relative path there is invalid and is ignored, as for data.
        let absolute =
            |name| environment.get(name).map(PathBuf::from).filter(|path: &PathBuf| path.is_absolute());
        let config =
            absolute("XDG_CONFIG_HOME").or_else(|| absolute("HOME").map(|home| home.join(".config")));
        config.map(|config| Self(config.join("coffer/sign-ins")))
    }

    /// The same where something is to be kept.
    pub(crate) fn needed(environment: &Environment) -> Result<Self, CliError> {
        Self::of(environment).ok_or_else(|| {
            CliError::new(
                Exit::Usage,
                "settings.no_home",
                "neither HOME nor XDG_CONFIG_HOME says where a token could be kept",
                "set one of them, or show a token of your own with COFFER_TOKEN_FILE",
            )
        })
    }

    /// Who is signed in there, if somebody is.
    ///
    /// # Errors
    /// `sign_in.open` when others may read or write it, `sign_in.damaged`, or what the operating system says.
    pub(crate) fn find(&self, whose: &Whose) -> Result<Option<Kept>, CliError> {
        let path = self.path(whose);
        let failed = |error: &io::Error| CliError::io(&path.display().to_string(), error);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(&error)),
        };
        check_folder(&self.0)?;
        // The open file is asked, not its name: what is checked is what is read.
        check(&path, &file.metadata().map_err(|error| failed(&error))?, 0o600)?;
        self.read(whose, &mut file).map(Some)
    }

    /// The same for who wants to end it: a token that others may have read is to be ended all the more.
    pub(crate) fn find_to_end(&self, whose: &Whose) -> Result<Option<Kept>, CliError> {
        let path = self.path(whose);
        match File::open(&path) {
            Ok(mut file) => self.read(whose, &mut file).map(Some),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(CliError::io(&path.display().to_string(), &error)),
        }
    }

    /// Room for one more.
    pub(crate) fn room(&self) -> Result<Room, CliError> {
        let failed = |path: &Path, error: &io::Error| CliError::io(&path.display().to_string(), error);
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.0);
        made.map_err(|error| failed(&self.0, &error))?;
        check_folder(&self.0)?;
        Ok(Room(Draft::in_folder(&self.0)?, self.0.clone()))
    }

    /// Forgets it; whether there was something to forget.
    pub(crate) fn remove(&self, whose: &Whose) -> Result<bool, CliError> {
        let path = self.path(whose);
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(CliError::io(&path.display().to_string(), &error)),
        }
    }

    fn path(&self, whose: &Whose) -> PathBuf {
        self.0.join(whose.file_name())
    }

    fn read(&self, whose: &Whose, file: &mut File) -> Result<Kept, CliError> {
        let path = self.path(whose);
        // Room for all that is read: a vector that grows leaves copies behind.
        let mut text = Zeroizing::new(Vec::with_capacity(KEPT_MAX_BYTES.saturating_add(64)));
        let most = u64::try_from(KEPT_MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
        let read = file.take(most).read_to_end(&mut text);
        read.map_err(|error| CliError::io(&path.display().to_string(), &error))?;
        let kept = Some(&text).filter(|text| text.len() <= KEPT_MAX_BYTES);
        let kept = kept.and_then(|text| serde_json::from_slice::<Kept>(text).ok());
        kept.filter(|kept| kept.is_of(whose)).ok_or_else(|| {
            CliError::new(
                Exit::Failure,
                "sign_in.damaged",
                format!("{} is not what `coffer login` keeps there", path.display()),
                "`coffer login` writes it anew; `coffer logout` takes it away",
            )
        })
    }
}

impl Room {
    /// Keeps this, in the place of what was kept there before.
    pub(crate) fn keep(self, whose: &Whose, kept: &Kept) -> Result<(), CliError> {
        let Self(mut draft, folder) = self;
        let mut text = WipedBuffer::with_capacity(1024);
        let written = serde_json::to_writer(&mut text, kept).map_err(io::Error::from).and_then(|()| {
            draft.write_all(text.expose())?;
            draft.keep_as(whose.file_name().as_ref())
        });
        let path = folder.join(whose.file_name());
        written.map_err(|error| CliError::io(&path.display().to_string(), &error))
    }
}

fn check_folder(folder: &Path) -> Result<(), CliError> {
    let about = fs::metadata(folder).map_err(|error| CliError::io(&folder.display().to_string(), &error))?;
    check(folder, &about, 0o700)
}

fn check(path: &Path, about: &Metadata, wanted: u32) -> Result<(), CliError> {
    let shown = path.display();
    let refused = |cause: String, fix: String| CliError::new(Exit::Refused, "sign_in.open", cause, fix);
    if about.uid() != rustix::process::geteuid().as_raw() {
        let fix = "be who has signed in, or name another folder with XDG_CONFIG_HOME";
        return Err(refused(format!("{shown} is somebody else's, and may hold a token"), fix.to_owned()));
    }
    if about.mode() & 0o077 != 0 {
        let mode = about.mode() & 0o7777;
        return Err(refused(
            format!("{shown} is open to others: mode {mode:04o}, wanted {wanted:04o}"),
            format!("`coffer logout`, if somebody may have read the token; else chmod {wanted:o} {shown}"),
        ));
    }
    Ok(())
}
