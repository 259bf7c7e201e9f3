use std::io::{Read as _, Write as _};
use std::net::{IpAddr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::{Allowed, FetchError, fetch};

const PATIENCE: Duration = Duration::from_millis(500);

fn here() -> Allowed {
    Arc::new(|address: IpAddr| address.is_loopback())
}

/// Answers one request with this; where.
fn server(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let Ok((mut stream, _)) = listener.accept() else { return };
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(answer.as_bytes());
        // What is said to come and does not is waited for.
        thread::sleep(Duration::from_secs(1));
    });
    address
}

#[test]
fn a_document_is_got_whole_and_not_longer_than_it_may_be() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n{\"a\"}";
    assert_eq!(fetch(&server(answer), 5, PATIENCE, here()).unwrap(), b"{\"a\"}");
    assert!(matches!(fetch(&server(answer), 4, PATIENCE, here()), Err(FetchError::TooLong)));
    let endless = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\naaaaa\r\n5\r\naaaaa\r\n";
    assert!(matches!(fetch(&server(endless), 9, PATIENCE, here()), Err(FetchError::TooLong)));
    assert!(matches!(fetch(&server(endless), 99, PATIENCE, here()), Err(FetchError::Unreachable(_))));
    assert!(matches!(fetch(&server(""), 99, PATIENCE, here()), Err(FetchError::Unreachable(_))));
}

#[test]
fn t_i1_no_redirect_is_followed() {
    let told = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
    assert!(matches!(fetch(&server(told), 99, PATIENCE, here()), Err(FetchError::Status(302))));
}

/// However it is spelled: what counts is where it leads.
#[test]
fn t_i1_what_leads_where_nobody_may_ask_is_not_asked() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    for host in
        ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]"]
    {
        for scheme in ["http", "https"] {
            let address = format!("{scheme}://{host}:{port}/");
            let got = fetch(&address, 99, PATIENCE, Arc::new(|address: IpAddr| !address.is_loopback()));
            assert!(got.is_err(), "{address}");
            if host == "127.0.0.1" {
                assert!(matches!(got, Err(FetchError::Forbidden)), "{got:?}");
            }
        }
    }
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "nobody came");
    // In clear only to this machine, whatever else is allowed.
    let all: Allowed = Arc::new(|_| true);
    for address in ["http://192.0.2.7/", "http://[2001:db8::7]/"] {
        let got = fetch(address, 99, PATIENCE, Arc::clone(&all));
        assert!(matches!(got, Err(FetchError::Forbidden)), "{address}: {got:?}");
    }
}
