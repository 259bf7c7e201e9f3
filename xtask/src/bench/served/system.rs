//! One of the two: how it is started, asked, and looked at. [`super::coffer`] and [`super::openbao`] make one each.

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::process::Process;
use crate::steps::{Outcome, output_of, run};

/// What each secret holds; `client.lua` looks for it.
pub(crate) const VALUE: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// What both are given.
pub(crate) struct Place {
    /// Of this run alone.
    pub(crate) folder: PathBuf,
    pub(crate) python: PathBuf,
    client: PathBuf,
}

impl Place {
    /// A fresh folder with a certificate in it.
    pub(crate) fn make(root: &Path, python: PathBuf) -> Outcome<Self> {
        let folder = root.join("target/bench").join(format!("run-{}", std::process::id()));
        fs::create_dir_all(&folder)
            .map_err(|error| format!("{} can't be made: {error}", folder.display()))?;
        let place = Self { folder, python, client: root.join("xtask/src/bench/served/client.py") };
        run(Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-sha256"])
            .args(["-days", "2", "-nodes", "-subj", "/CN=localhost"])
            .args(["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"])
            .arg("-keyout")
            .arg(place.key())
            .arg("-out")
            .arg(place.certificate())
            .stderr(Stdio::null()))?;
        Ok(place)
    }

    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.join("certificate.pem")
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.folder.join("key.pem")
    }

    /// Sends one request; the status and the body of the answer.
    pub(crate) fn ask(&self, address: &str, request: &str) -> Outcome<(u16, String)> {
        let said = self.client(address, request, &[])?;
        let (status, body) = said.split_once('\n').ok_or("an answer without a status")?;
        Ok((status.parse()?, body.to_owned()))
    }

    /// Milliseconds from the start of a server to its first good answer. It is ended afterwards.
    pub(crate) fn first_answer(&self, system: &System) -> Outcome<f64> {
        let program: [&OsStr; 1] = [system.launch.program.as_ref()];
        let arguments = system.launch.arguments.iter().map(OsStr::new);
        let command: Vec<&OsStr> = program.into_iter().chain(arguments).collect();
        Ok(self.client(&system.address, &system.read_hot, &command)?.trim().parse()?)
    }

    fn client(&self, address: &str, request: &str, command: &[&OsStr]) -> Outcome<String> {
        let mut child = Command::new(&self.python)
            .arg(&self.client)
            .arg(self.certificate())
            .arg(address)
            .args(command)
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        child.stdin.take().ok_or("a process without stdin")?.write_all(request.as_bytes())?;
        let output = child.wait_with_output()?;
        if output.status.success() {
            return Ok(String::from_utf8(output.stdout)?);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("{address} was asked, and: {}", said.lines().last().unwrap_or_default()).into())
    }
}

/// How a server is started.
pub(crate) struct Launch {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
}

/// One of the two.
pub(crate) struct System {
    /// In `client.lua`, and in the table of raw numbers.
    pub(crate) name: &'static str,
    /// For people.
    pub(crate) title: &'static str,
    pub(crate) version: String,
    pub(crate) address: String,
    /// Of somebody who may read, write and list below `bench`, and nothing else.
    pub(crate) token: String,
    /// What a program shows to get such a token: the body of a request, in JSON.
    pub(crate) sign_in: String,
    pub(crate) launch: Launch,
    /// A request for the hot secret.
    pub(crate) read_hot: String,
    /// A request for the list of all there is to read at random.
    pub(crate) list: String,
    /// A request after whose answer nothing is left to do of what was asked before.
    pub(crate) finish: Option<String>,
    /// What lies on the disk: what it is, and where.
    pub(crate) files: Vec<(&'static str, PathBuf)>,
    pub(crate) process: Option<Process>,
}

impl System {
    /// Starts it, and waits for its first good answer.
    pub(crate) fn start(&mut self, place: &Place) -> Outcome {
        let log = place.folder.join(format!("{}.log", self.name));
        let mut command = Command::new(&self.launch.program);
        self.process =
            Some(Process::start(command.args(&self.launch.arguments).current_dir(&place.folder), &log)?);
        Ok(())
    }

    /// Ends it.
    pub(crate) fn stop(&mut self) {
        self.process = None;
    }

    pub(crate) fn running(&self) -> Outcome<&Process> {
        self.process.as_ref().ok_or_else(|| format!("{} is not running", self.title).into())
    }

    /// Waits until it answers.
    pub(crate) fn answers(&self, place: &Place, request: &str) -> Outcome<String> {
        let mut last = String::new();
        for _ in 0..300 {
            match place.ask(&self.address, request) {
                Ok((200, body)) => return Ok(body),
                Ok((status, body)) => last = format!("{status} {body}"),
                Err(failure) => last = failure.to_string(),
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        Err(format!("{} does not come to answer: {last}", self.title).into())
    }

    /// Waits until what was asked of it is done, wholly.
    pub(crate) fn finish(&self, place: &Place) -> Outcome {
        if let Some(request) = &self.finish {
            let (status, body) = place.ask(&self.address, request)?;
            if status != 200 {
                return Err(format!("{} can't finish: {status} {body}", self.title).into());
            }
        }
        self.running()?.quiet()?;
        Ok(())
    }

    /// Bytes that lie on the disk, by what they are.
    pub(crate) fn sizes(&self) -> Vec<(&'static str, f64)> {
        self.files.iter().map(|(what, path)| (*what, size(path))).collect()
    }

    /// Bytes of one of its files.
    pub(crate) fn size_of(&self, what: &str) -> f64 {
        self.files.iter().find(|(known, _)| *known == what).map_or(0.0, |(_, path)| size(path))
    }
}

/// Of a file; of nothing when there is none.
fn size(path: &Path) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "sizes of files are shown with four digits")]
    let bytes = |about: fs::Metadata| about.len() as f64;
    fs::metadata(path).map_or(0.0, bytes)
}

/// A port of this machine that nobody has now.
pub(crate) fn free_address() -> Outcome<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

/// What a program prints, without the end of its line; it has to succeed.
pub(crate) fn says(command: &mut Command) -> Outcome<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let said = output_of(command).ok_or_else(|| format!("`{program}` fails"))?;
    Ok(said.trim_end().to_owned())
}

/// The text of a field, in JSON that a server has made; it holds nothing that would be escaped.
pub(crate) fn field<'j>(json: &'j str, name: &str) -> Outcome<&'j str> {
    let found = json.split_once(&format!("\"{name}\":\"")).and_then(|(_, rest)| rest.split_once('"'));
    found.map(|(text, _)| text).ok_or_else(|| format!("an answer without `{name}`").into())
}

#[cfg(test)]
mod tests {
    use super::{VALUE, field, free_address};

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let json = r#"{"not_token":"a","token":"b","auth":{"client_token":"c"}}"#;
        assert_eq!(field(json, "token").unwrap(), "b");
        assert_eq!(field(json, "client_token").unwrap(), "c");
        assert!(field(json, "root_token").is_err());
    }

    #[test]
    fn the_client_looks_for_the_value_that_is_written() {
        assert_eq!(VALUE, "0123456789abcdef".repeat(4));
        assert!(include_str!("client.lua").contains(r#"string.rep("0123456789abcdef", 4)"#));
    }

    #[test]
    fn an_address_is_of_this_machine() {
        assert!(free_address().unwrap().starts_with("127.0.0.1:"));
    }
}
