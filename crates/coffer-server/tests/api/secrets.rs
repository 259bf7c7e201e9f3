//! Secrets over HTTP.

use axum::http::StatusCode;
use coffer_engine::access::Role;
use serde_json::{Value as Json, json};

use super::world::{World, op, over};

const SECRET: &str = "/api/v1/secrets/prod/db/PASSWORD";

#[tokio::test]
async fn a_secret_is_written_and_read() {
    let world = World::new().await;
    let bearer = format!("Bearer {}", world.owner);
    let reply = world.ask("GET", SECRET, "").await;
    assert_eq!(reply.json(), json!({ "path": "prod/db/PASSWORD", "version": 1, "value": "hunter2" }));
    assert_eq!((reply.header("etag"), reply.header("cache-control")), ("\"1\"", "no-store"));
    let set = async |precondition: (&str, &str), body: &'static str| {
        let headers = [("authorization", bearer.as_str()), precondition];
        world.ask_with("PUT", SECRET, &headers, body).await
    };
    let reply = set(("if-match", "\"1\""), r#"{"value":"two"}"#).await;
    assert_eq!((reply.status, reply.header("etag")), (StatusCode::OK, "\"2\""));
    assert_eq!(reply.json()["entry"], reply.header("x-coffer-audit-id"));
    assert_eq!(set(("if-match", "\"1\""), r#"{"value":"three"}"#).await.code(), "secret.changed");
    assert_eq!(set(("if-none-match", "*"), r#"{"value":"three"}"#).await.status.as_u16(), 412);
    for wrong in [
        ("if-match", "2"),
        ("if-match", "\"0\""),
        ("if-match", "W/\"2\""),
        ("if-match", "\"+2\""),
        ("if-match", "\"02\""),
        ("if-none-match", "\"2\""),
    ] {
        assert_eq!(set(wrong, r#"{"value":"x"}"#).await.code(), "precondition.invalid", "{wrong:?}");
    }
    let headers = [("authorization", bearer.as_str()), ("if-none-match", "\"1\", \"2\"")];
    let reply = world.ask_with("GET", SECRET, &headers, "").await;
    assert_eq!((reply.status, reply.body.len()), (StatusCode::NOT_MODIFIED, 0));
    assert!(!reply.header("x-coffer-audit-id").is_empty(), "it was read");
    assert_eq!(world.ask("GET", &format!("{SECRET}?version=1"), "").await.json()["value"], "hunter2");
    assert_eq!(world.ask("GET", &format!("{SECRET}?stage=previous"), "").await.json()["value"], "hunter2");
    assert_eq!(world.ask("GET", &format!("{SECRET}?version=0"), "").await.code(), "query.which");
    assert_eq!(world.ask("GET", &format!("{SECRET}?verison=1"), "").await.code(), "query.invalid");
    assert_eq!(world.ask("GET", &format!("{SECRET}?version=9"), "").await.code(), "version.not_found");
    assert_eq!(world.ask("GET", "/api/v1/secrets/prod/db/NOPE", "").await.code(), "secret.not_found");
}

#[tokio::test]
async fn bytes_and_fields_come_back_as_they_were_written() {
    let world = World::new().await;
    let at = "/api/v1/secrets/prod/files/CERT";
    let bodies = [
        json!({ "value_base64": "/wA=" }),
        json!({ "replace": true, "fields": { "user": "shop" }, "fields_base64": { "key": "/wA=" } }),
    ];
    for (version, body) in (1..).zip(bodies) {
        let reply = world.ask("PUT", &over(at), body.to_string()).await;
        assert!(reply.status.is_success(), "{reply:?}");
        let mut read = world.ask("GET", at, "").await.json();
        assert_eq!(read["version"].take(), json!(version));
        assert!(
            ["value_base64", "fields", "fields_base64"].iter().all(|name| read.get(name) == body.get(name))
        );
    }
    assert_eq!(world.ask("PUT", &over(at), r#"{"value":"x"}"#).await.code(), "secret.holds_fields");
    let merge = r#"{"fields":{"host":"db"},"remove_fields":["key"]}"#;
    assert!(world.ask("PUT", at, merge).await.status.is_success());
    assert_eq!(world.ask("GET", at, "").await.json()["fields"], json!({ "user": "shop", "host": "db" }));
    for body in [
        r#"{"replace":true}"#,
        r#"{"value":"x","remove_fields":["a"]}"#,
        r#"{"fields":{"a":"1"},"remove_fields":["a"]}"#,
    ] {
        assert_eq!(world.ask("PUT", at, body).await.code(), "body.contradiction", "{body}");
    }
}

#[tokio::test]
async fn metadata_changes_alone() {
    let world = World::new().await;
    let body =
        json!({ "metadata": { "owner": "maya", "add_tags": ["db"], "expires": "2027-01-31T00:00:00Z" } });
    assert_eq!(world.ask("PUT", SECRET, body.to_string()).await.json()["version"], 1);
    let body = json!({ "metadata": { "owner": null, "description": "the shop's" } });
    assert!(world.ask("PUT", SECRET, body.to_string()).await.status.is_success());
    let history = world.ask("GET", "/api/v1/history/prod/db/PASSWORD", "").await.json();
    assert_eq!(
        history["metadata"],
        json!({
            "owner": null, "description": "the shop's", "tags": ["db"], "expires": "2027-01-31T00:00:00.000Z",
            "on_expiry": "warn", "classification": null, "personal_data": false, "residency": null, "purpose": null,
            "rotate_every_seconds": null,
        })
    );
    assert_eq!(history["versions"][0]["stages"], json!(["current"]));
}

#[tokio::test]
async fn what_was_changed_is_undone_removed_and_destroyed() {
    let world = World::new().await;
    assert_eq!(world.ask("POST", "/api/v1/rotate/prod/db/PASSWORD", "").await.json()["version"], 2);
    assert_eq!(world.ask("POST", "/api/v1/undo/prod/db/PASSWORD", "").await.json()["version"], 1);
    assert_eq!(world.ask("GET", SECRET, "").await.json()["value"], "hunter2");
    let removed = world.ask("DELETE", SECRET, "").await;
    assert_eq!((removed.status, removed.json()), (StatusCode::OK, json!({ "path": "prod/db/PASSWORD" })));
    assert_eq!(world.ask("GET", SECRET, "").await.code(), "secret.not_found");
    assert_eq!(world.ask("POST", "/api/v1/undo/prod/db/PASSWORD", "").await.json()["version"], 1);
    assert_eq!(
        world.ask("POST", "/api/v1/destroy/prod/db/PASSWORD", r#"{"version":1}"#).await.code(),
        "version.in_use"
    );
    let zero = world.ask("POST", "/api/v1/destroy/prod/db/PASSWORD", r#"{"version":0}"#).await;
    assert_eq!(zero.code(), "body.version");
    assert_eq!(world.ask("POST", "/api/v1/destroy/prod/db/PASSWORD", "{}").await.json()["versions"], 2);
    assert_eq!(world.ask("POST", "/api/v1/undo/prod/db/PASSWORD", "").await.code(), "secret.not_found");
}

#[tokio::test]
async fn a_value_is_generated_as_it_is_wanted_and_not_told() {
    let world = World::new().await;
    let rotate = async |body: &'static str| world.ask("POST", "/api/v1/rotate/prod/db/PASSWORD", body).await;
    let read = async || world.ask("GET", SECRET, "").await.json()["value"].as_str().unwrap().to_owned();
    for (body, length) in
        [("", 32), ("{}", 32), (r#"{"generate":{}}"#, 32), (r#"{"generate":{"characters":64}}"#, 64)]
    {
        let reply = rotate(body).await;
        let value = read().await;
        assert_eq!((reply.status, value.len()), (StatusCode::OK, length), "{body}");
        assert!(!String::from_utf8(reply.body).unwrap().contains(&value));
    }
    assert!(rotate(r#"{"generate":{"alphabet":"hex","characters":16}}"#).await.status.is_success());
    let value = read().await;
    assert!(value.len() == 16 && value.bytes().all(|byte| byte.is_ascii_hexdigit()), "{value}");
    assert!(rotate(r#"{"value":"from elsewhere"}"#).await.status.is_success());
    assert_eq!(read().await, "from elsewhere");
    for (body, code) in [
        (r#"{"value":"x","generate":{}}"#, "body.contradiction"),
        (r#"{"generate":{"characters":7}}"#, "value.length"),
        (r#"{"generate":{"characters":4097}}"#, "value.length"),
        (r#"{"generate":{"alphabet":"runes"}}"#, "body.invalid"),
        (r#"{"replace":true}"#, "body.invalid"),
    ] {
        assert_eq!(rotate(body).await.code(), code, "{body}");
    }
    let set = async |body: &'static str| world.ask("PUT", &over(SECRET), body).await;
    assert!(set(r#"{"generate":{"characters":40}}"#).await.status.is_success());
    assert_eq!(read().await.len(), 40);
    assert_eq!(set(r#"{"value":"x","generate":{}}"#).await.code(), "body.contradiction");
}

#[tokio::test]
async fn a_folder_is_listed_page_by_page() {
    let world = World::new().await;
    let item = |n| json!({ "path": format!("many/k{n:02}"), "value": "v", "if_version": 0 });
    let items: Vec<_> = (0..25).map(item).collect();
    let reply = world.ask("POST", "/api/v1/batch/set", json!({ "secrets": items }).to_string()).await;
    assert_eq!(reply.json()["secrets"].as_array().unwrap().len(), 25);
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world.ask("GET", &format!("/api/v1/folders/many?limit=10{cursor}"), "").await.json();
        names.extend(
            page["secrets"].as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(names, (0..25).map(|n| format!("many/k{n:02}")).collect::<Vec<_>>());
    let root = world.ask("GET", "/api/v1/folders", "").await.json();
    assert_eq!(root["folders"], json!(["many", "prod"]));
    let all = world.ask("GET", "/api/v1/folders?recursive=true", "").await.json();
    assert_eq!(all["secrets"].as_array().unwrap().len(), 27);
    for (wrong, code) in
        [("limit=0", "page.limit"), ("limit=10001", "page.limit"), ("cursor=*", "page.cursor")]
    {
        assert_eq!(
            world.ask("GET", &format!("/api/v1/folders/many?{wrong}"), "").await.code(),
            code,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn several_are_read_together_or_none() {
    let world = World::new().await;
    let get = async |body: &'static str| world.ask("POST", "/api/v1/batch/get", body).await;
    let both = get(r#"{"folder":"prod/db"}"#).await.json();
    assert_eq!(both["secrets"][0]["value"], "hunter2");
    assert_eq!(both["secrets"].as_array().unwrap().len(), 2);
    assert_eq!(get(r#"{"folder":"","recursive":true}"#).await.json(), both);
    let named = get(r#"{"paths":["prod/db/USER","prod/db/PASSWORD"]}"#).await.json();
    assert_eq!(named["secrets"][0]["value"], "shop");
    assert_eq!(get(r#"{"paths":["prod/db/USER","prod/db/NOPE"]}"#).await.code(), "secret.not_found");
    assert_eq!(get(r#"{"folder":"prod"}"#).await.json()["secrets"], json!([]));
    for body in ["{}", r#"{"paths":[],"folder":""}"#, r#"{"paths":["a"],"recursive":true}"#] {
        assert_eq!(get(body).await.code(), "body.contradiction", "{body}");
    }
    // It once was answered, to whoever asked.
    assert_eq!(get(r#"{"paths":[]}"#).await.code(), "request.nothing");
    let nothing = world.ask("POST", "/api/v1/batch/set", r#"{"secrets":[]}"#).await;
    assert_eq!((nothing.status, nothing.code().as_str()), (StatusCode::BAD_REQUEST, "request.nothing"));
}

#[tokio::test]
async fn t_p1_no_path_has_two_spellings() {
    let world = World::new().await;
    for path in [
        "prod/db/%50ASSWORD",
        "prod%2fdb/PASSWORD",
        "prod/./db/PASSWORD",
        "prod/../prod/db/PASSWORD",
        "prod//db/PASSWORD",
        "/prod/db/PASSWORD",
        "prod/db/PASSWORD/",
        "prod/%64b/PASSWORD",
        "prod\\db",
    ] {
        let Ok(_) = format!("/api/v1/secrets/{path}").parse::<axum::http::Uri>() else { continue };
        let reply = world.ask("GET", &format!("/api/v1/secrets/{path}"), "").await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{path}: {reply:?}");
    }
}

/// The clock of this world stands still, after the moment.
#[tokio::test]
async fn what_has_expired_is_gone_at_every_route_that_gives_values() {
    let world = World::new().await;
    let secret = "/api/v1/secrets/prod/db/PASSWORD";
    let change = |metadata: Json| json!({ "metadata": metadata }).to_string();
    let deny =
        change(json!({ "expires": "2025-12-31T23:59:59Z", "on_expiry": "deny", "personal_data": true }));
    assert_eq!(world.ask("PUT", secret, deny).await.status, StatusCode::OK);
    let batch = json!({ "paths": ["prod/db/USER", "prod/db/PASSWORD"] }).to_string();
    let folder = json!({ "folder": "", "recursive": true }).to_string();
    for (method, target, body) in [
        ("GET", secret, ""),
        ("GET", "/api/v1/secrets/prod/db/PASSWORD?version=1", ""),
        ("GET", "/api/v1/secrets/prod/db/PASSWORD?stage=current", ""),
        ("POST", "/api/v1/batch/get", batch.as_str()),
        ("POST", "/api/v1/batch/get", folder.as_str()),
    ] {
        let reply = world.ask(method, target, body.to_owned()).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (StatusCode::GONE, "secret.expired"),
            "{target} {body}"
        );
        assert!(!String::from_utf8_lossy(&reply.body).contains("hunter2"));
    }
    let history = world.ask("GET", "/api/v1/history/prod/db/PASSWORD", "").await.json();
    assert_eq!(history["metadata"]["personal_data"], true, "what is known of it is no value");
    let warn = change(json!({ "on_expiry": "warn" }));
    assert_eq!(world.ask("PUT", secret, warn).await.status, StatusCode::OK);
    assert_eq!(world.ask("GET", secret, "").await.json()["expires"], "2025-12-31T23:59:59.000Z");
    let rotate = change(json!({ "on_expiry": "rotate" }));
    assert_eq!(world.ask("PUT", secret, rotate).await.status, StatusCode::OK);
    assert_eq!(world.ask("GET", secret, "").await.status, StatusCode::OK, "until the vault has done it");
    let history = world.ask("GET", "/api/v1/history/prod/db/PASSWORD", "").await.json();
    assert_eq!(history["metadata"]["on_expiry"], "rotate");
    for wrong in [
        json!({ "on_expiry": "renew" }),
        json!({ "classification": "secret" }),
        json!({ "rotate_every_seconds": 1 }),
    ] {
        assert_eq!(world.ask("PUT", secret, change(wrong)).await.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn health_counts_what_expires_and_says_nothing_of_it_while_sealed() {
    let world = World::new().await;
    let health = async || world.ask("GET", "/health/secrets", "").await.json()["expiring"].clone();
    assert_eq!(health().await, Json::Null, "nobody has counted yet");
    for (secret, expires) in [("PASSWORD", "2025-12-31T23:59:59Z"), ("USER", "2026-01-05T00:00:00Z")] {
        let change = json!({ "metadata": { "expires": expires } }).to_string();
        let target = format!("/api/v1/secrets/prod/db/{secret}");
        assert_eq!(world.ask("PUT", &target, change).await.status, StatusCode::OK);
    }
    world.service.count_expiring().await;
    let counted = json!({ "tenants": 1, "expired": 1, "in_a_day": 0, "in_7_days": 1, "in_30_days": 1 });
    assert_eq!(health().await, counted);
    world.service.count_expiring().await;
    assert_eq!(health().await, counted, "once a minute is enough");
    world.seal().await;
    assert_eq!(health().await, Json::Null);
}

#[tokio::test]
async fn what_is_written_with_references_is_filled_in_and_its_tag_follows() {
    let world = World::new().await;
    let at = "/api/v1/secrets/prod/app/URL";
    let template = json!({ "value": "pg://${../db/USER}:${/prod/db/PASSWORD}@db", "references": true });
    assert_eq!(world.ask("PUT", &over(at), template.to_string()).await.header("etag"), "\"1\"");
    let read = world.ask("GET", at, "").await;
    assert_eq!(
        read.json(),
        json!({ "path": "prod/app/URL", "version": 1, "value": "pg://shop:hunter2@db", "references": true })
    );
    let raw = world.ask("GET", &format!("{at}?raw=true"), "").await;
    assert_eq!((&raw.json()["value"], &raw.json()["references"]), (&template["value"], &json!(true)));
    assert_eq!(raw.header("etag"), "\"1\"");
    let tag = read.header("etag").to_owned();
    assert!(tag.starts_with("\"1-") && tag.len() == 20, "{tag}");
    let bearer = format!("Bearer {}", world.owner);
    let ask = async |method: &'static str, header: &'static str, tag: &str, body: &'static str| {
        world.ask_with(method, at, &[("authorization", bearer.as_str()), (header, tag)], body).await
    };
    assert_eq!(ask("GET", "if-none-match", &tag, "").await.status, StatusCode::NOT_MODIFIED);
    assert_eq!(ask("GET", "if-none-match", "\"1\"", "").await.status, StatusCode::OK);
    // Anything in it has another version: so has it, and its own version is the same.
    world.ask("PUT", &over(SECRET), r#"{"value":"hunter3"}"#).await;
    let changed = ask("GET", "if-none-match", &tag, "").await;
    assert_eq!((changed.status, &changed.json()["value"]), (StatusCode::OK, &json!("pg://shop:hunter3@db")));
    assert_ne!(changed.header("etag"), tag);
    // Written over is the template, whatever it is filled in with.
    assert_eq!(ask("PUT", "if-match", &tag, r#"{"value":"${X}"}"#).await.status, StatusCode::OK);
    assert_eq!(ask("PUT", "if-match", &tag, r#"{"value":"y"}"#).await.code(), "secret.changed");
    let plain = world.ask("GET", at, "").await.json();
    assert_eq!(plain, json!({ "path": "prod/app/URL", "version": 2, "value": "${X}" }));
}

#[tokio::test]
async fn references_are_read_and_written_together() {
    let world = World::new().await;
    let both = json!({ "secrets": [
        { "path": "prod/app/URL", "value": "${TOKEN}!", "references": true, "if_version": 0 },
        { "path": "prod/app/TOKEN", "value": "one", "if_version": 0 },
    ] });
    let written = world.ask("POST", "/api/v1/batch/set", both.to_string()).await;
    assert_eq!(written.status, StatusCode::OK, "{written:?}");
    let get = async |raw: bool| {
        let wanted = json!({ "folder": "prod/app", "raw": raw }).to_string();
        world.ask("POST", "/api/v1/batch/get", wanted).await.json()["secrets"][1].clone()
    };
    assert_eq!(
        (&get(false).await["value"], &get(true).await["value"]),
        (&json!("one!"), &json!("${TOKEN}!"))
    );
    let told = world.ask("GET", "/api/v1/references/prod/app/TOKEN", "").await.json();
    let by = json!([{ "path": "prod/app/URL", "direct": true, "there": true }]);
    assert_eq!(
        (&told["referred_by"], &told["refers_to"], &told["references"]),
        (&by, &json!([]), &json!(false))
    );
    let removed = world.ask("DELETE", "/api/v1/secrets/prod/app/TOKEN", "").await.json();
    assert_eq!(removed["referred_by"], json!(["prod/app/URL"]));
    let broken = world.ask("GET", "/api/v1/secrets/prod/app/URL", "").await;
    assert_eq!((broken.status, broken.code().as_str()), (StatusCode::CONFLICT, "reference.broken"));
    let gone = world.ask("POST", "/api/v1/destroy/prod/app/TOKEN", "{}").await.json();
    assert_eq!(gone["referred_by"], json!(["prod/app/URL"]));
}

#[tokio::test]
async fn references_that_can_not_be_are_refused() {
    let world = World::new().await;
    let set = async |body: &str| world.ask("PUT", &over("/api/v1/secrets/prod/app/X"), body.to_owned()).await;
    for (body, status, code) in [
        (r#"{"value":"${hunter 2 }","references":true}"#, 400, "reference.invalid"),
        (r#"{"value":"${NOPE}","references":true}"#, 409, "reference.absent"),
        (r#"{"value":"${X}","references":true}"#, 409, "reference.cycle"),
        (r#"{"value":"${../db/USER#name}","references":true}"#, 409, "reference.field"),
        (r#"{"generate":{},"references":true}"#, 400, "body.contradiction"),
        (r#"{"metadata":{"owner":"maya"},"references":true}"#, 400, "body.contradiction"),
        (r#"{"value":"x","references":null}"#, 400, "body.invalid"),
    ] {
        let reply = set(body).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (status, code), "{body}");
        assert!(!String::from_utf8_lossy(&reply.body).contains("hunter"), "{reply:?}");
    }
    let many = json!({ "value": "${../db/USER}".repeat(65), "references": true });
    assert_eq!(set(&many.to_string()).await.code(), "reference.too_many");
    // Who may read a template, and not what stands in it, is not told what that is.
    assert_eq!(set(r#"{"value":"${../db/PASSWORD}","references":true}"#).await.status, StatusCode::CREATED);
    let blind = world.token(&op(), "blind", &[(Role::Reader, "prod/app/**")], false).await;
    let headers = [("authorization", format!("Bearer {blind}"))];
    let headers = [(headers[0].0, headers[0].1.as_str())];
    let reply = world.ask_with("GET", "/api/v1/secrets/prod/app/X", &headers, "").await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::FORBIDDEN, "reference.denied"));
    assert!(!String::from_utf8_lossy(&reply.body).contains("prod/db"), "{reply:?}");
    // Too deep, and too large.
    let put = async |name: &str, value: String| {
        let body = json!({ "value": value, "references": true }).to_string();
        world.ask("PUT", &over(&format!("/api/v1/secrets/prod/deep/{name}")), body).await
    };
    put("0", "end".to_owned()).await;
    for depth in 1..=8 {
        assert_eq!(put(&depth.to_string(), format!("${{{}}}", depth - 1)).await.status, StatusCode::CREATED);
    }
    assert_eq!(put("9", "${8}".to_owned()).await.code(), "reference.too_deep");
    put("LARGE", "x".repeat(600_000)).await;
    put("LARGER", "${LARGE}${LARGE}".to_owned()).await;
    let reply = world.ask("GET", "/api/v1/secrets/prod/deep/LARGER", "").await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::CONFLICT, "reference.too_large"));
}
