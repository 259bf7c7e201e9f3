//! The verbs, one file each: resolve names, ask the vault, print.

mod access;
mod audit;
mod authority;
mod backup;
mod client_secret;
mod compare;
mod completions;
mod content;
mod destroy;
mod dev;
mod diff;
mod doctor;
mod export;
mod factor;
mod files;
mod find;
mod get;
mod grants;
mod group;
mod history;
mod import;
mod init;
mod issuer;
mod keys;
mod kit;
mod label;
mod list;
mod login;
mod logout;
mod member;
mod open;
mod override_own;
mod password;
mod policy;
mod promote;
mod references;
mod remove;
mod report;
mod role;
mod rotate;
mod run;
mod seal;
mod serve;
mod server;
mod set;
mod show;
mod status;
mod storage;
mod tenant;
mod token;
mod undo;
mod unseal;
mod value;
mod watch;
mod watching;

use crate::app::App;
use crate::args::Command;
use crate::error::CliError;

/// Does what was asked for; the exit code.
pub(crate) fn dispatch(app: &mut App, command: Command) -> Result<u8, CliError> {
    let done = match command {
        Command::Run(args) => return run::run(app, &args).map_err(CliError::in_run),
        Command::Diff(args) => return diff::diff(app, &args).map_err(CliError::in_diff),
        Command::Doctor => return doctor::doctor(app),
        Command::Set(args) => set::set(app, &args),
        Command::Get(args) => get::get(app, &args),
        Command::Ls(args) => list::list(app, &args),
        Command::Find(args) => find::find(app, &args),
        Command::Report(args) => report::report(app, &args),
        Command::History(args) => history::history(app, &args),
        Command::References(args) => references::references(app, &args),
        Command::Compare(args) => compare::compare(app, &args),
        Command::Promote(args) => promote::promote(app, &args),
        Command::Rotate(args) => rotate::rotate(app, &args),
        Command::Label(args) => label::label(app, &args),
        Command::Pin(args) => label::pin(app, &args),
        Command::Override(args) => override_own::override_own(app, &args),
        Command::Rm(args) => remove::remove(app, &args),
        Command::Undo(args) => undo::undo(app, &args),
        Command::Destroy(args) => destroy::destroy(app, &args),
        Command::Import(args) => import::import(app, &args),
        Command::Open(args) => open::open(app, &args),
        Command::Export(args) => export::export(app, &args),
        Command::Watch(args) => watch::watch(app, &args),
        Command::Status => status::status(app),
        Command::Audit(args) => audit::audit(app, args),
        Command::Backup(args) => backup::backup(app, args),
        Command::Keys(args) => keys::keys(app, args),
        Command::Tenant(args) => tenant::tenant(app, args),
        Command::Member(args) => member::member(app, args),
        Command::Role(args) => role::role(app, args),
        Command::Policy(args) => policy::policy(app, args),
        Command::Group(args) => group::group(app, args),
        Command::Access(args) => access::access(app, args),
        Command::Issuer(args) => issuer::issuer(app, args),
        Command::Authority(args) => authority::authority(app, args),
        Command::Token(args) => token::token(app, args),
        Command::ClientSecret(args) => client_secret::client_secret(app, args),
        Command::Storage(args) => storage::storage(app, &args),
        Command::Init(args) => init::init(app, &args),
        Command::Dev(args) => dev::dev(app, &args),
        Command::Server(args) => server::server(app, &args),
        Command::Login(args) => login::login(app, &args),
        Command::Password(args) => password::password(app, &args),
        Command::Factor(args) => factor::factor(app, args),
        Command::Logout(args) => logout::logout(app, &args),
        Command::Seal(args) => seal::seal(app, &args),
        Command::Unseal(args) => unseal::unseal(app, &args),
        Command::Completions(args) => completions::completions(app, &args),
    };
    done.map(|()| 0)
}
