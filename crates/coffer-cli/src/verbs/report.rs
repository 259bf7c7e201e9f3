//! `coffer report`: how things are with the secrets, in numbers, and how to find which ones.

use serde_json::json;

use crate::app::App;
use crate::args::Report;
use crate::error::CliError;
use crate::session::Session;
use crate::store::Missing;

pub(super) fn report(app: &mut App, args: &Report) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let folder = args.folder.as_deref().map(|folder| session.folder(Some(folder))).transpose()?;
    let place = folder.as_ref().map_or("", |folder| folder.as_str());
    let found = session.client().secret_report(place)?;
    if app.output.is_json() {
        return app.output.json(&json!({ "folder": place, "report": found }));
    }
    let wide = if place.is_empty() { String::new() } else { format!(" --in /{place}") };
    let lines = [
        ("secrets", Some(found.secrets), ""),
        ("expired", Some(found.expired), "--expired"),
        ("expire within a day", Some(found.expire_in_a_day), "--expires-within 1d"),
        ("within 7 days", Some(found.expire_in_7_days), "--expires-within 7d"),
        ("within 30 days", Some(found.expire_in_30_days), "--expires-within 30d"),
        ("older than their interval", Some(found.overdue), "--overdue"),
        ("not read for 90 days", found.unread_in_90_days, "--unread-for 90d"),
        ("without an owner", Some(found.ownerless), "--no-owner"),
        ("share a value", Some(found.reused), "--reused"),
        ("in the trash", Some(found.trashed), "--trashed"),
    ];
    let row = |(what, count, flag): (&str, Option<u64>, &str)| {
        let which = if count == Some(0) || flag.is_empty() {
            String::new()
        } else {
            format!("coffer find {flag}{wide}")
        };
        [what.to_owned(), count.map_or_else(|| "?".to_owned(), |count| count.to_string()), which]
    };
    app.output.table(["WHAT", "COUNT", "WHICH"], &lines.map(row))
}
