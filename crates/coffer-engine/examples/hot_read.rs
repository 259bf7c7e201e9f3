//! Reads one secret again and again, for a profiler: alone, or by 64 tasks that share their commits; as the local owner, with a token, or
//! with one from an address; or as a member whom a policy of so many rules lets. `valgrind --tool=callgrind
//! target/release/examples/hot_read 2000 64 address`, or `hot_read 2000 1 rules=500`.

use std::sync::Arc;

use coffer_engine::access::{Attached, Conditions, IdentityKind};
use coffer_engine::identity::{IdentityId, MemberName};
use coffer_engine::path::SecretPath;
use coffer_engine::slug::PolicyName;
use coffer_engine::storage::Storage;
use coffer_engine::storage::sqlite::{SqliteOptions, SqliteStorage};
use coffer_engine::testkit::{TestVault, clock_at};
use coffer_engine::time::Timestamp;
use coffer_engine::token::TokenHash;
use coffer_engine::vault::{NewMember, NewToken, Vault};
use coffer_engine::version::Which;
use coffer_engine::{Actor, Op};

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |without| arguments.next().map_or(Ok(without), |argument| argument.parse::<usize>());
    let (reads, tasks) = (number(1000)?, number(1)?);
    let who = arguments.next();
    let rules =
        who.as_deref().and_then(|who| who.strip_prefix("rules=")).map(str::parse::<usize>).transpose()?;
    let (token, address) = match who.as_deref().filter(|_| rules.is_none()) {
        None => (false, None),
        Some("token") => (true, None),
        Some("address") => (true, Some("192.0.2.7".parse()?)),
        Some(other) => return Err(format!("local is nothing, or token, or address; not {other}").into()),
    };
    let folder = tempfile::tempdir()?;
    let mut options = SqliteOptions::new(folder.path().join("store"), clock_at(Timestamp::from_millis(1)));
    options.create = true;
    let storage: Arc<dyn Storage> = SqliteStorage::open(options)?;
    tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
        let vault = TestVault::over(storage).await?;
        vault.set("dev/app/DATABASE_URL", "postgresql://user:password@localhost:5432/app").await?;
        let vault = vault.vault;
        let mut op = Op { source: address, ..TestVault::op()? };
        if token {
            let (member, networks, label) = (None, Vec::new(), String::new());
            let new = NewToken { member, ttl_seconds: 60, max_seconds: 60, uses: None, networks, label };
            let (token, _) = vault.token_create(&op, &new, false).await?;
            op.actor = Actor::Token(TokenHash::of_text(token.expose()).ok_or("no token")?);
        }
        if let Some(rules) = rules {
            op.actor = Actor::Identity(member(&vault, &op, rules).await?);
        }
        let readers: Vec<_> = (0..tasks)
            .map(|_| {
                let (vault, op) = (vault.clone(), op.clone());
                tokio::spawn(async move {
                    let path = SecretPath::parse("dev/app/DATABASE_URL")?;
                    for _ in 0..reads.div_ceil(tasks) {
                        vault.get(&op, &path, Which::CURRENT).await?;
                    }
                    Ok::<(), Failure>(())
                })
            })
            .collect();
        for reader in readers {
            reader.await??;
        }
        Ok(())
    })
}

/// A member whom the last of so many rules lets read.
async fn member(vault: &Vault, op: &Op, rules: usize) -> Result<IdentityId, Failure> {
    let others =
        (1..rules).map(|at| format!("path \"team{at}/+/*\" {{ capabilities = [\"read\", \"list\"] }}\n"));
    let text = others.collect::<String>() + "path \"dev/app/*\" { capabilities = [\"read\"] }\n";
    let policy = PolicyName::parse("many")?;
    vault.policy_set(op, &policy, &text, false).await?;
    let policies = vec![Attached { policy, when: Conditions::default() }];
    let new = NewMember { policies, ..NewMember::with(IdentityKind::Service, Vec::new()) };
    Ok(vault.member_create(op, &MemberName::parse("reader")?, &new, false).await?)
}
