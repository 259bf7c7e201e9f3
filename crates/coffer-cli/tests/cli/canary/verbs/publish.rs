//! `coffer audit publish`: to a file, to a webhook whose address has a token in it, to a witness.

use std::fs;
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use coffer_encryption::SigningKey;
use coffer_log::{Checkpoint, KeyName, SignatureType, VerifierKey, cosign};

use super::super::{Mark, Stage};
use crate::http::answer_post;

/// Before it goes out, and after.
const PUBLISHED: &str = "audit_publish done, audit_publish done";
/// It did not go out.
const TRIED: &str = "audit_publish done";

pub(crate) fn publish(stage: &mut Stage) {
    to_files(stage);
    to_webhooks(stage);
    to_witnesses(stage);
    to_nobody(stage);
}

fn to_files(stage: &mut Stage) {
    stage.call("audit publish --file out").leaves(PUBLISHED).done();
    stage.call("audit publish --file out").leaves(PUBLISHED).done();
    let both = "instance/audit_publish done, instance/audit_publish done";
    stage.call("audit publish --instance --file system").leaves(both).done();
    let value = stage.mark(Mark::text("in a file that is there"));
    stage.own_file("other", value.str(), &[&value]);
    for file in ["other", "system", "no/such/folder", "."] {
        stage.call(&format!("audit publish --file {file}")).leaves(TRIED).fails("publish.failed");
    }
    assert_eq!(fs::read_to_string(stage.path("other")).unwrap(), value.str());
}

/// Whoever has the token may post: it is told to the receiver, and nobody else.
fn to_webhooks(stage: &mut Stage) {
    let token = stage.mark(Mark::text("the token of a webhook"));
    let said = stage.mark(Mark::text("what a webhook answers"));
    for (answer, leaves, code) in [
        (format!("200 OK\r\nX: {0}\r\n\r\n{0}", said.str()), PUBLISHED, None),
        (format!("500 Error\r\nX: {0}\r\n\r\n{0}", said.str()), TRIED, Some("publish.failed")),
        (format!("302 Found\r\nLocation: /{0}\r\n\r\n", said.str()), TRIED, Some("publish.failed")),
        (format!("{0} {0}\r\n{0}\r\n\r\n", said.str()), TRIED, Some("publish.failed")),
    ] {
        let receiver = Receiver::that(move |_| answer);
        let address = format!("{}/hook/{}?key={}", receiver.address, token.str(), token.str());
        let call = stage.call("audit publish --webhook").word(&address).leaves(leaves);
        match code {
            None => drop(call.done()),
            Some(code) => call.fails(code),
        }
        let heard = receiver.heard();
        assert!(heard.contains(token.str()) && heard.contains("coffer."), "{heard}");
    }
    let gone = Receiver::that(|_| String::new());
    let address = format!("{}/{}", gone.address, token.str());
    stage.call("audit publish --webhook").word(&address).leaves(TRIED).fails("publish.failed");
    gone.heard();
    // Nobody listens there any more.
    stage.call("audit publish --webhook").word(&address).leaves(TRIED).fails("publish.failed");
}

fn to_witnesses(stage: &mut Stage) {
    let key = SigningKey::generate().unwrap();
    let name = KeyName::parse("witness.example").unwrap();
    let verifier =
        VerifierKey::new(name.clone(), SignatureType::CosignatureV1, key.public().unwrap()).unwrap();
    let (verifier, token) = (verifier.to_string(), stage.mark(Mark::text("the token of a witness")));
    let good = Receiver::that(move |body| {
        // `old 0`, an empty line, the note: its text, an empty line, signatures.
        let text = body.split("\n\n").nth(1).unwrap();
        let checkpoint = Checkpoint::parse(&format!("{text}\n")).unwrap();
        let line = cosign(&checkpoint, &name, &key, 1_800_000_000).unwrap();
        format!("200 OK\r\n\r\n{line}")
    });
    let witness = |receiver: &Receiver| format!("{}/{}", receiver.address, token.str());
    let call =
        stage.call("audit publish --witness-key").word(&verifier).word("--witness").word(&witness(&good));
    call.leaves(PUBLISHED).done();
    assert!(good.heard().contains(token.str()));
    let said = stage.mark(Mark::text("what a witness answers"));
    for status in ["200 OK", "403 No", "404 No", "409 No", "422 No", "500 No"] {
        let answer =
            format!("{status}\r\nContent-Type: text/x.tlog.size\r\n\r\n\u{2014} {0} {0}\n", said.str());
        let bad = Receiver::that(move |_| answer);
        let call = stage.call("audit publish --witness-key").word(&verifier);
        call.word("--witness").word(&witness(&bad)).leaves(TRIED).fails("publish.failed");
        bad.heard();
    }
    let call = stage.call("audit publish --witness https://127.0.0.1 --witness-key").word(token.str());
    call.fails("publish.address");
    let call = stage.call("audit publish --witness-key").word(&verifier).word("--witness").word(token.str());
    call.fails("publish.address");
}

fn to_nobody(stage: &mut Stage) {
    let value = stage.mark(Mark::text("in an address that is not taken"));
    for form in
        ["{}", "http://example.com/{}", "https://u:{}@h/", "https://{}@h/", "https://h/#{}", "ftp://h/{}"]
    {
        let address = form.replace("{}", value.str());
        stage.call("audit publish --webhook").word(&address).fails("publish.address");
    }
    stage.call("audit publish").fails("usage.invalid");
    stage.call("audit publish").word(value.str()).fails("usage.invalid");
    stage.call("audit publish --file out --webhook").word(value.str()).fails("usage.invalid");
    stage.call("audit publish --witness").word(value.str()).fails("usage.invalid");
}

/// Somebody on this machine who takes one POST.
struct Receiver {
    address: String,
    heard: JoinHandle<String>,
}

impl Receiver {
    /// Answers what `answer` makes of the body: status line and what follows, without the version; nothing, when it is empty.
    fn that(answer: impl FnOnce(&str) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let heard = thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            // Nobody else is listened to.
            drop(listener);
            answer_post(stream, answer)
        });
        Self { address, heard }
    }

    /// The whole request.
    fn heard(self) -> String {
        self.heard.join().unwrap()
    }
}
