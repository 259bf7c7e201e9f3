//! Where a request came from: tokens that are good in some networks only, and what the log says of sources.

use core::net::IpAddr;
use std::sync::Arc;

use coffer_engine::access::Role;
use coffer_engine::audit::EntryFilter;
use coffer_engine::limits::TOKEN_NETWORKS_MAX;
use coffer_engine::network::Network;
use coffer_engine::op::Session;
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::token::{Token, TokenHash};
use coffer_engine::vault::{NewToken, TokenInfo};
use coffer_engine::version::Which;
use coffer_engine::{Actor, Op};

use crate::members::{grant, made, name};
use crate::support::{coded, newest, path, write};

fn network(raw: &str) -> Network {
    Network::parse(raw).unwrap()
}

fn bound(networks: &[&str]) -> NewToken {
    NewToken {
        member: Some(name("maya")),
        ttl_seconds: 3600,
        max_seconds: 3600,
        uses: None,
        networks: networks.iter().map(|raw| network(raw)).collect(),
        label: String::new(),
    }
}

/// An operation with this token, from this address.
fn from(token: &Token, source: &str) -> Op {
    let source: Option<IpAddr> = Some(source).filter(|raw| !raw.is_empty()).map(|raw| raw.parse().unwrap());
    Op {
        actor: Actor::Token(TokenHash::of_text(token.expose()).unwrap()),
        source,
        ..TestVault::op().unwrap()
    }
}

async fn with_maya() -> TestVault {
    let vault = TestVault::in_memory().await.unwrap();
    vault.set("dev/A", "one").await.unwrap();
    made(&vault, "maya", &[grant(Role::Owner, "**")]).await;
    vault
}

async fn issue(vault: &TestVault, op: &Op, new: &NewToken) -> (Token, TokenInfo) {
    vault.vault.token_create(op, new, false).await.unwrap()
}

async fn get(vault: &TestVault, op: &Op) -> Result<(), &'static str> {
    coded(vault.vault.get(op, &path("dev/A"), Which::CURRENT).await).map(|_| ())
}

/// The reads in the log that the filter wants, the oldest first.
async fn reads(vault: &TestVault, filter: EntryFilter) -> Vec<coffer_engine::audit::LoggedEntry> {
    let filter = EntryFilter { action: Some("secret_get".to_owned()), ..filter };
    vault.vault.audit_query(&TestVault::op().unwrap(), &filter, None, 99, false).await.unwrap().entries
}

#[test]
fn a_token_is_good_where_it_is_bound_and_ended_everywhere_else() {
    block_on(async {
        let vault = with_maya().await;
        let owner = TestVault::op().unwrap();
        let (token, info) = issue(&vault, &owner, &bound(&["10.0.0.0/8", "2001:db8::/32"])).await;
        assert_eq!(info.networks, [network("10.0.0.0/8"), network("2001:db8::/32")]);
        assert_eq!(vault.vault.token_list(&owner, false).await.unwrap(), [info]);
        for good in ["10.1.2.3", "::ffff:10.1.2.3", "2001:db8::7"] {
            assert_eq!(get(&vault, &from(&token, good)).await, Ok(()), "{good}");
        }
        for bad in ["11.0.0.1", "127.0.0.1", "::1", "2001:db9::1", "::10.1.2.3", ""] {
            assert_eq!(get(&vault, &from(&token, bad)).await, Err("token.invalid"), "{bad:?}");
            let last = reads(&vault, EntryFilter::default()).await.pop().unwrap();
            assert_eq!(
                (last.outcome.as_str(), last.actor.via.as_str()),
                ("refused", "token"),
                "it is somebody's"
            );
            assert_eq!(
                coded(vault.vault.token_renew(&from(&token, bad), false).await).err(),
                Some("token.invalid")
            );
        }
        // It says nothing of why: the answer is that of a token which has ended.
        let answer = async |op: Op| {
            vault.vault.get(&op, &path("dev/A"), Which::CURRENT).await.err().unwrap().to_string()
        };
        let elsewhere = answer(from(&token, "11.0.0.1")).await;
        vault.vault.token_revoke_own(&from(&token, "10.1.2.3"), false).await.unwrap();
        assert_eq!(elsewhere, answer(from(&token, "10.1.2.3")).await);
        // One that is bound to nothing is good anywhere, also where nobody knows.
        let (token, _) = issue(&vault, &owner, &bound(&[])).await;
        for good in ["11.0.0.1", "::1", ""] {
            assert_eq!(get(&vault, &from(&token, good)).await, Ok(()), "{good:?}");
        }
    });
}

#[test]
fn no_token_is_good_where_one_above_it_is_not() {
    block_on(async {
        let vault = with_maya().await;
        let owner = TestVault::op().unwrap();
        let (token, _) = issue(&vault, &owner, &bound(&["10.0.0.0/8"])).await;
        let for_oneself = |networks: &[&str]| NewToken { member: None, ..bound(networks) };
        let inside = from(&token, "10.1.2.3");
        assert_eq!(
            coded(vault.vault.token_create(&from(&token, "11.0.0.1"), &for_oneself(&[]), false).await).err(),
            Some("token.invalid")
        );
        for wider in
            [for_oneself(&[]), for_oneself(&["0.0.0.0/0", "::/0"]), bound(&["11.0.0.0/8"]), bound(&[])]
        {
            let (child, _) = issue(&vault, &inside, &wider).await;
            assert_eq!(get(&vault, &from(&child, "11.0.0.1")).await, Err("token.invalid"), "{wider:?}");
            assert_eq!(get(&vault, &from(&child, "")).await, Err("token.invalid"), "{wider:?}");
        }
        let (child, _) = issue(&vault, &inside, &for_oneself(&[])).await;
        let (grandchild, _) = issue(&vault, &from(&child, "10.1.2.3"), &for_oneself(&["10.7.0.0/16"])).await;
        for (source, expected) in
            [("10.7.1.1", Ok(())), ("10.8.1.1", Err("token.invalid")), ("11.0.0.1", Err("token.invalid"))]
        {
            assert_eq!(get(&vault, &from(&grandchild, source)).await, expected, "{source}");
        }
        assert_eq!(get(&vault, &from(&child, "10.8.1.1")).await, Ok(()));
    });
}

#[test]
fn a_token_is_bound_to_so_many_networks_and_the_log_says_which() {
    block_on(async {
        let vault = with_maya().await;
        let owner = TestVault::op().unwrap();
        let all: Vec<String> = (0..=TOKEN_NETWORKS_MAX).map(|number| format!("10.{number}.0.0/16")).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let refused = vault.vault.token_create(&owner, &bound(&all), false).await;
        assert_eq!(coded(refused).err(), Some("token.networks"));
        let (_, info) = issue(&vault, &owner, &bound(&all[1..])).await;
        assert_eq!(info.networks.len(), TOKEN_NETWORKS_MAX);
        issue(&vault, &owner, &bound(&[])).await;
        let made: Vec<_> =
            newest(&vault, 3).await.into_iter().filter(|entry| entry.action == "token_create").collect();
        let networks = made[0].detail.as_ref().unwrap()["networks"].as_array().unwrap();
        assert_eq!((networks.len(), networks[0].as_str()), (TOKEN_NETWORKS_MAX, Some("10.1.0.0/16")));
        assert_eq!(made[1].detail.as_ref().unwrap().get("networks"), None);
    });
}

#[test]
fn the_log_says_where_from_and_nobody_reads_it_once_the_member_is_forgotten() {
    block_on(async {
        let vault = with_maya().await;
        let owner = TestVault::op().unwrap();
        let (token, _) = issue(&vault, &owner, &bound(&["192.0.2.0/24"])).await;
        get(&vault, &owner).await.unwrap();
        for source in ["192.0.2.7", "::ffff:192.0.2.7", "192.0.2.8", "192.0.2.7"] {
            get(&vault, &from(&token, source)).await.unwrap();
        }
        get(&vault, &from(&token, "198.51.100.1")).await.unwrap_err();
        let log = reads(&vault, EntryFilter::default()).await;
        let sources = async |filter| {
            let found = reads(&vault, filter).await;
            found
                .iter()
                .map(|entry| entry.source.map_or_else(String::new, |at| at.to_string()))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            sources(EntryFilter::default()).await,
            ["", "192.0.2.7", "192.0.2.7", "192.0.2.8", "192.0.2.7", "198.51.100.1"]
        );
        let wanted = |raw| EntryFilter { source: Some(network(raw)), ..EntryFilter::default() };
        assert_eq!(sources(wanted("192.0.2.8")).await, ["192.0.2.8"]);
        assert_eq!(sources(wanted("192.0.2.0/24")).await.len(), 4);
        assert_eq!(sources(wanted("0.0.0.0/0")).await.len(), 5);
        assert_eq!(
            sources(EntryFilter { outcome: Some("refused".to_owned()), ..wanted("192.0.2.0/24") }).await,
            [""; 0]
        );
        // Sealed once for each address, and nowhere in clear.
        assert_eq!(log[1].actor.person, log[4].actor.person);
        assert_ne!(log[1].actor.person, log[3].actor.person);
        for entry in &log {
            let leaf = String::from_utf8_lossy(&entry.leaf).into_owned();
            assert!(!leaf.contains("192.0") && !leaf.contains("maya"), "{leaf}");
        }
        let person = vault.vault.audit_person(&owner, &log[1], false).await.unwrap().unwrap();
        assert_eq!((person["name"].as_str(), person["address"].as_str()), ("maya", "192.0.2.7"));

        vault.vault.audit_forget(&owner, "maya", "asked to be", false).await.unwrap();
        assert_eq!(sources(EntryFilter::default()).await, [""; 6]);
        assert_eq!(sources(wanted("0.0.0.0/0")).await, [""; 0]);
        // Whoever comes again gets a new key, and what came before stays unreadable.
        get(&vault, &from(&token, "192.0.2.7")).await.unwrap();
        assert_eq!(sources(EntryFilter::default()).await, ["", "", "", "", "", "", "192.0.2.7"]);
        let problems = vault.vault.audit_verify(&owner, &[], false, &|_| {}).await.unwrap().problems;
        assert_eq!(problems, [""; 0]);
    });
}

#[test]
fn a_member_can_have_its_own_addresses_forgotten() {
    block_on(async {
        let vault = with_maya().await;
        let (token, _) = issue(&vault, &TestVault::op().unwrap(), &bound(&[])).await;
        let maya = from(&token, "192.0.2.7");
        vault.vault.set(&maya, write("dev/A", "two")).await.unwrap();
        vault.vault.audit_forget(&maya, "maya", "leaving", false).await.unwrap();
        let log = newest(&vault, 99).await;
        let forgotten = log.iter().find(|entry| entry.action == "audit_forget").unwrap();
        assert_eq!((forgotten.outcome.as_str(), &forgotten.actor.person), ("done", &None));
        assert!(log.iter().all(|entry| entry.source.is_none()));
        // Nobody to forget, and no key is made for that.
        let twice = vault.vault.audit_forget(&maya, "maya", "leaving", false).await;
        assert_eq!(coded(twice.map(|_| ())), Err("subject.not_found"));
    });
}

#[test]
fn a_session_knows_its_addresses_too() {
    block_on(async {
        let vault = with_maya().await;
        let session = Some(Arc::new(Session::new("jo", []).unwrap()));
        for source in ["192.0.2.7", "192.0.2.8"] {
            let op = Op { session: session.clone(), source: source.parse().ok(), ..TestVault::op().unwrap() };
            get(&vault, &op).await.unwrap();
        }
        let log = reads(&vault, EntryFilter::default()).await;
        let op = TestVault::op().unwrap();
        let person = vault.vault.audit_person(&op, &log[1], false).await.unwrap().unwrap();
        assert_eq!((person["name"].as_str(), person["address"].as_str()), ("jo", "192.0.2.8"));
        assert_eq!(log[0].source.unwrap().to_string(), "192.0.2.7");
    });
}
