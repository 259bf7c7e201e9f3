//! `coffer audit verify-certificate`: a tenant was erased, and the instance's log key says so.

use std::path::Path;

use coffer_log::{Erasure, KeyHistory, SignedNote, VerifierKey};
use coffer_wire::Moment;
use coffer_wire::tenant::ErasureCertificate;
use serde_json::json;

use super::{up_to, verifier_key};
use crate::app::App;
use crate::args::AuditVerifyCertificate;
use crate::error::{CliError, Exit};
use crate::verbs::show::moment;

/// Longest certificate that is read, in bytes: with the keys of a hundred years.
const CERTIFICATE_MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Neither store nor key file is touched.
pub(super) fn verify(app: &mut App, args: &AuditVerifyCertificate) -> Result<(), CliError> {
    let key = verifier_key(&args.key)?;
    let sent = up_to(&args.file, CERTIFICATE_MAX_BYTES)?;
    let erasure = checked(&sent, &key).map_err(|what| wrong(&args.file, &what))?;
    let times = [Some(erasure.at), Some(erasure.erased), erasure.removed, Some(erasure.backups_until)];
    let [at, erased, removed, until] = times.map(|ms| ms.map(Moment::from_millis));
    let state = erasure.state().name();
    if app.output.is_json() {
        return app.output.json(&json!({
            "state": state,
            "tenant": erasure.name,
            "id": erasure.tenant,
            "erased": erased,
            "removed": removed,
            "backups_until": until,
            "keys": erasure.keys,
            "rows": erasure.rows,
            "log_size": erasure.log_size,
            "log_root": erasure.log_root.to_base64(),
            "signed": at,
            "origin": erasure.origin.as_str(),
        }));
    }
    let shown = |time: Option<Moment>| time.map_or_else(|| "not yet".to_owned(), moment);
    app.output.say(&format!("{}: rightly signed by {}", args.file.display(), erasure.origin));
    app.output.say(&format!("  state      {state}, at {}", shown(at)));
    app.output.say(&format!("  tenant     {}, {}", erasure.name, erasure.tenant));
    app.output.say(&format!("  keys       {} destroyed {}", erasure.keys, shown(erased)));
    app.output.say(&format!("  records    {} removed {}", erasure.rows, shown(removed)));
    app.output.say(&format!("  backups    of its keys until {}", shown(until)));
    app.output.say(&format!(
        "  its log    ended with {} entries, root {}",
        erasure.log_size,
        erasure.log_root.to_base64()
    ));
    Ok(())
}

/// What the certificate says, if a log whose first key is this one signed it.
fn checked(sent: &[u8], key: &VerifierKey) -> Result<Erasure, String> {
    let sent: ErasureCertificate =
        serde_json::from_slice(sent).map_err(|_| "it is no certificate in JSON".to_owned())?;
    let parsed = |note: &String| SignedNote::parse(note).map_err(|error| error.to_string());
    let keys: Vec<SignedNote> = sent.keys.iter().map(parsed).collect::<Result<_, _>>()?;
    let history = KeyHistory::from_notes(&keys).map_err(|error| error.to_string())?;
    if history.genesis() != key {
        return Err("its first key is not the one that was given".to_owned());
    }
    let checked = history.check_erasure(&parsed(&sent.certificate)?).map_err(|error| error.to_string())?;
    Ok(checked.erasure().clone())
}

fn wrong(path: &Path, what: &str) -> CliError {
    CliError::new(
        Exit::Failure,
        "certificate.invalid",
        format!("{}: {what}", path.display()),
        "the certificate or the key is not the right one: ask for another one with `coffer tenant certificate`",
    )
}
