//! `coffer export`: the secrets of a folder, for another program.

use super::files::variables;
use crate::app::App;
use crate::args::Export;
use crate::dotenv::{Format, write};
use crate::error::CliError;
use crate::session::Session;
use crate::store::Missing;

pub(super) fn export(app: &mut App, args: &Export) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let folder = session.folder(args.prefix.as_deref())?;
    let secrets = variables(app, &session, &folder, args.consumer.as_deref())?;
    let pairs: Vec<(&str, &[u8])> =
        secrets.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
    let format = if app.output.is_json() { Format::Json } else { args.format };
    let text = write(format, &pairs)?;
    app.output.value(text.expose())
}
