use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use super::*;

fn http(listener: &TcpListener) -> Http {
    let address = Address::parse(&format!("http://{}/below", listener.local_addr().unwrap())).unwrap();
    Http::new(address, Some(&Plain::new("the-token".to_owned())), &Trust::System, None).unwrap()
}

fn request(patience: Duration) -> Request {
    Request {
        method: "POST",
        of_instance: false,
        target: "/api/v1/undo/a%20b?c=d".to_owned(),
        headers: vec![("x-coffer-tenant", "acme".to_owned())],
        body: Sent::Nothing,
        patience,
    }
}

#[test]
fn a_server_that_keeps_silent_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let error = http(&listener).exchange(request(Duration::from_millis(50))).unwrap_err();
    assert_eq!(error.code(), "server.no_answer");
}

/// Below the address that was named, with the token, over one connection for as long as it stands.
#[test]
fn requests_go_where_they_should_and_share_a_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let http = http(&listener);
    let heard = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut heads = Vec::new();
        for _ in 0..2 {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                head.extend(byte);
            }
            heads.push(String::from_utf8(head).unwrap().to_lowercase());
            stream
                .write_all(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
                )
                .unwrap();
        }
        heads
    });
    for _ in 0..2 {
        let answer = http.exchange(request(Duration::from_secs(60))).unwrap();
        assert_eq!((answer.status, answer.headers.get("content-type")), (200, Some("application/json")));
        assert_eq!(answer.read().unwrap().unwrap().expose(), b"{}");
    }
    for head in heard.join().unwrap() {
        assert!(head.starts_with("post /below/api/v1/undo/a%20b?c=d http/1.1\r\n"), "{head}");
        for line in ["authorization: bearer the-token", "x-coffer-tenant: acme", "content-length: 0"] {
            assert!(head.lines().any(|found| found == line), "{line} in {head}");
        }
    }
    assert_eq!(format!("{http:?}"), format!("Http({})", http.name()), "nothing of the token");
}
