//! `coffer init`: a store for a server, with two unlockers that need not each other, and the first owner.
//!
//! # Invariants
//! - The kit is written, and the key file made, before the store: no store is left whose passphrase nobody has seen, if the kit
//!   goes to a file.
//! - No token is made. The code is the owner's, good once, and the store knows its hash.

use coffer_encryption::{PassphraseIterations, SecretBytes};
use coffer_engine::Error;
use coffer_engine::access::{Grant, IdentityKind, PathPattern, Role};
use coffer_engine::code::Code;
use coffer_engine::identity::MemberName;
use coffer_engine::limits::CODE_LIFE_SECONDS;
use coffer_engine::time::Timestamp;
use coffer_engine::unlock::{KeyFile, Passphrase, Recovery};
use coffer_engine::vault::{NewCode, NewMember};
use serde::Serialize;
use zeroize::Zeroizing;

use super::kit::Kit;
use super::show;
use crate::app::App;
use crate::args::Init;
use crate::edge;
use crate::error::{CliError, Exit};
use crate::place::Place;
use crate::session::here_only;
use crate::settings::passphrase;
use crate::store::{KEY_FILE, Store};

pub(super) fn init(app: &mut App, args: &Init) -> Result<(), CliError> {
    let settings = app.settings()?;
    here_only(&settings, "init")?;
    if passphrase(&mut app.environment)?.is_some() {
        return Err(CliError::new(
            Exit::Usage,
            "init.passphrase",
            "a passphrase is given, and `coffer init` makes a recovery passphrase of its own",
            "unset MASTER_SECRET_KEY and MASTER_SECRET_KEY_FILE; `coffer keys add passphrase` sets up another one",
        ));
    }
    let owner = args.owner.clone().unwrap_or_else(edge::account_name);
    let owner = MemberName::parse(&owner).map_err(Error::from)?;
    let place = Place::of(&settings, &app.environment)?;
    check_no_store(&place)?;
    let recovery = Recovery::generate().map_err(Error::from)?;
    let kit = Kit::new(&settings, &place, &recovery);
    if let Some(file) = &args.kit {
        kit.write(&app.cwd.join(file))?;
    }
    let key = KeyFile::create(&settings.keys_dir.value.join(KEY_FILE)).map_err(Error::from)?;
    let words = SecretBytes::copy_from(recovery.words().expose());
    let words = Passphrase::new(words, PassphraseIterations::DEFAULT);
    let store = Store::make(app, settings, &[&key, &words])?;
    let code = Code::generate().map_err(Error::from)?;
    let expires = first_owner(&store, &owner, &code)?;
    let kit = args.kit.is_none().then_some(&kit);
    announce(app, &Made { kit, owner: owner.as_str(), code: code.expose(), expires })
}

/// For programs. Not through `json!`, which would leave copies of passphrase and code in memory.
#[derive(Serialize)]
struct Made<'m> {
    #[serde(skip_serializing_if = "Option::is_none")]
    kit: Option<&'m Kit<'m>>,
    owner: &'m str,
    code: &'m str,
    #[serde(serialize_with = "moment")]
    expires: Timestamp,
}

fn moment<S: serde::Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&show::timestamp(*at))
}

fn check_no_store(place: &Place) -> Result<(), CliError> {
    match place.find() {
        Ok(None) => Ok(()),
        Ok(Some(_)) => Err(CliError::new(
            Exit::Conflict,
            "store.exists",
            format!("there is a store in {place}"),
            "use it as it is, or name another folder with --home, or another database",
        )),
        Err(error) => Err(Error::from(error).into()),
    }
}

/// The first owner, in the instance and in the tenant `default`, and one code for both.
fn first_owner(store: &Store, owner: &MemberName, code: &Code) -> Result<Timestamp, CliError> {
    let everything = [Grant::always(Role::Owner, PathPattern::everything())];
    let new = |for_instance_too| NewCode {
        member: owner.clone(),
        ttl_seconds: CODE_LIFE_SECONDS,
        for_instance_too,
    };
    store.ask(async |vault, op| {
        for instance in [true, false] {
            vault
                .member_create(
                    op,
                    owner,
                    &NewMember::with(IdentityKind::Human, everything.to_vec()),
                    instance,
                )
                .await?;
        }
        vault.member_code(op, code, &new(false), true).await?;
        vault.member_code(op, code, &new(true), false).await
    })
}

fn announce(app: &mut App, made: &Made<'_>) -> Result<(), CliError> {
    if app.output.is_json() {
        return app.output.value(show::wiped_json(made)?.expose());
    }
    if let Some(kit) = made.kit {
        app.output.value(kit.text().as_bytes())?;
    }
    app.output.say(&format!(
        "made a store and its first owner, {}; this code signs them in, once, until {}:",
        made.owner,
        show::timestamp(made.expires)
    ));
    app.output.value(Zeroizing::new(format!("{}\n", made.code)).as_bytes())?;
    app.output.say("next: `coffer server`; then the owner signs in with the code: `coffer login --addr URL`");
    Ok(())
}
