//! `coffer dev`, `coffer server`: the store, served.

use std::fs;
use std::net::TcpListener;

use super::super::{Mark, Stage};

pub(crate) fn dev(stage: &mut Stage) {
    let call = stage.call("dev --listen 127.0.0.1:0").variable("METRICS_ENABLED", "false");
    call.leaves("token_create done, secret_get done, token_revoke done").follows(&["coffer_"]);
    let call = stage.call("dev --listen 127.0.0.1:0").variable("PROMETHEUS_PORT", "0");
    call.leaves("token_create done, secret_get done, token_revoke done").follows(&["coffer_"]);
    stage.call("dev --listen 192.0.2.1:0").fails("server.in_clear");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let call = stage.call(&format!("dev --listen {}", taken.local_addr().unwrap()));
    let call = call.variable("METRICS_ENABLED", "false").leaves("token_create done, token_revoke done");
    call.fails("server.address");
    let call = stage.call(&format!("dev --tls --listen {}", taken.local_addr().unwrap()));
    let call = call.variable("METRICS_ENABLED", "false").leaves("token_create done, token_revoke done");
    call.fails("server.address");
    stage.call("dev").variable("PROMETHEUS_PORT", "many").fails("settings.invalid");
    let value = stage.mark(Mark::text("typed after dev"));
    stage.call("dev --listen").word(value.head()).fails("usage.invalid");
    stage.call("dev").word(value.str()).fails("usage.invalid");
}

pub(crate) fn server(stage: &mut Stage) {
    let call = stage.call("server --listen 127.0.0.1:0").variable("METRICS_ENABLED", "false");
    call.leaves("secret_get done").follows(&["http://127.0.0.1:"]);
    stage.call("server --listen 0.0.0.0:0").variable("METRICS_ENABLED", "false").fails("server.in_clear");
    let value = stage.mark(Mark::text("in the place of a certificate"));
    stage.own_file("cert.pem", value.str(), &[&value]);
    for (key, code) in [("cert.pem", "server.tls"), ("", "settings.invalid")] {
        let call = stage.call("server").variable("COFFER_SERVER_TLS_CERTIFICATE", "cert.pem");
        call.variable("COFFER_SERVER_TLS_KEY", key).fails(code);
    }
    stage.call("server").variable("COFFER_SERVER_TLS_CERTIFICATE", "cert.pem").fails("server.tls");
    fs::remove_file(stage.path("cert.pem")).unwrap();
    stage.call("server --listen").word(value.head()).fails("usage.invalid");
    stage.call("server").word(value.str()).fails("usage.invalid");
}
