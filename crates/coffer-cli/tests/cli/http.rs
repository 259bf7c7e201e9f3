//! The other end of `coffer audit publish`: as much HTTP as it takes.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

/// Takes one POST and gives the answer that `answer` makes of its body: status line and what follows, without the version; nothing, when
/// it is empty. The whole request.
pub(crate) fn answer_post(stream: TcpStream, answer: impl FnOnce(&str) -> String) -> String {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut head, mut length) = (String::new(), 0);
    while !head.ends_with("\r\n\r\n") {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(said) = line.to_lowercase().strip_prefix("content-length:") {
            length = said.trim().parse().unwrap();
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let body = String::from_utf8(body).unwrap();
    let answer = answer(&body);
    if !answer.is_empty() {
        // Who does not like the beginning may hang up before the end.
        let answer = answer.replacen("\r\n", "\r\nConnection: close\r\n", 1);
        let _ = (&stream).write_all(format!("HTTP/1.1 {answer}").as_bytes());
    }
    head + &body
}
