use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use coffer_engine::jwt::{KeySet, KeysAt};
use coffer_engine::network::Network;
use coffer_engine::testkit::TokenSigner;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::{Issuers, PAUSE};

/// An issuer's server: what it publishes now, and how often it was asked.
struct Web {
    at: KeysAt,
    published: Arc<std::sync::Mutex<String>>,
    asked: Arc<AtomicUsize>,
}

impl Web {
    async fn serve(published: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = KeysAt::Address(format!("http://{}/set", listener.local_addr().unwrap()));
        let (published, asked) = (Arc::new(std::sync::Mutex::new(published)), Arc::new(AtomicUsize::new(0)));
        let web = Self { at, published: Arc::clone(&published), asked: Arc::clone(&asked) };
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                asked.fetch_add(1, Ordering::SeqCst);
                let _ = stream.read(&mut [0; 4096]).await;
                let set = published.lock().unwrap().clone();
                let head =
                    format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", set.len());
                let _ = stream.write_all(&[head.as_bytes(), set.as_bytes()].concat()).await;
            }
        });
        web
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn here() -> Arc<Issuers> {
    let issuers = Arc::new(Issuers::default());
    issuers.allow(vec![Network::parse("127.0.0.0/8").unwrap()]);
    issuers
}

fn has(keys: Option<&Arc<KeySet>>, id: &str) -> bool {
    keys.is_some_and(|keys| keys.has(id))
}

#[tokio::test]
async fn a_key_that_is_new_is_looked_for_once_in_a_while() {
    let (old, new) = (TokenSigner::eddsa("old").unwrap(), TokenSigner::eddsa("new").unwrap());
    let web = Web::serve(TokenSigner::set([&old])).await;
    let issuers = here();
    // A crowd asks once.
    let crowd = (0..20).map(|_| {
        let (issuers, at) = (Arc::clone(&issuers), web.at.clone());
        tokio::spawn(async move { has(issuers.keys_of(&at, Some("old")).await.as_ref(), "old") })
    });
    for one in crowd.collect::<Vec<_>>() {
        assert!(one.await.unwrap());
    }
    assert_eq!(web.asked(), 1);
    // Rotated. Whatever keys strangers name, the issuer is asked once in a while.
    *web.published.lock().unwrap() = TokenSigner::set([&old, &new]);
    for id in ["new", "none", "new"] {
        assert!(!has(issuers.keys_of(&web.at, Some(id)).await.as_ref(), "new"));
    }
    assert_eq!(web.asked(), 1);
    tokio::time::pause();
    tokio::time::advance(PAUSE).await;
    tokio::time::resume();
    for _ in 0..3 {
        assert!(has(issuers.keys_of(&web.at, Some("new")).await.as_ref(), "new"));
        assert!(!has(issuers.keys_of(&web.at, Some("none")).await.as_ref(), "none"));
    }
    assert_eq!(web.asked(), 2);
}

#[tokio::test]
async fn keys_grow_old() {
    let (old, new) = (TokenSigner::eddsa("old").unwrap(), TokenSigner::eddsa("new").unwrap());
    let web = Web::serve(TokenSigner::set([&old])).await;
    let issuers = here();
    assert!(has(issuers.keys_of(&web.at, Some("old")).await.as_ref(), "old"));
    *web.published.lock().unwrap() = TokenSigner::set([&new]);
    let later = async |by| {
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(by)).await;
        tokio::time::resume();
    };
    // Not fresh any more: used, and got anew meanwhile.
    later(6 * 60).await;
    assert!(has(issuers.keys_of(&web.at, Some("old")).await.as_ref(), "old"));
    while web.asked() < 2 || has(issuers.keys_of(&web.at, None).await.as_ref(), "old") {
        tokio::task::yield_now().await;
    }
    assert_eq!(web.asked(), 2);
    // The issuer says nothing of use any more: what is known is used for so long, and no longer.
    *web.published.lock().unwrap() = "{}".to_owned();
    later(59 * 60).await;
    assert!(has(issuers.keys_of(&web.at, Some("new")).await.as_ref(), "new"));
    later(2 * 60).await;
    assert!(issuers.keys_of(&web.at, Some("new")).await.is_none());
}

#[tokio::test]
async fn t_i1_this_machine_is_not_asked_unless_that_is_allowed() {
    let web = Web::serve(TokenSigner::set([&TokenSigner::eddsa("key").unwrap()])).await;
    assert!(Arc::new(Issuers::default()).keys_of(&web.at, Some("key")).await.is_none());
    assert_eq!(web.asked(), 0);
    assert!(here().keys_of(&web.at, Some("key")).await.is_some());
}
