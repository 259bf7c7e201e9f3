//! The verbs that serve the store.

use std::net::SocketAddr;

use clap::Args;

/// `coffer dev`
#[derive(Debug, Args)]
#[command(
    after_help = "The same store as without a server, over HTTP on this machine: other verbs go on as before, beside it. The token is \
    an\nowner's, is shown once, and ends with the server, or after a day.\n\nExamples:\n  coffer dev\n  coffer dev --tls\n  coffer dev --listen 127.0.0.1:0"
)]
pub struct Dev {
    /// The address, of this machine itself; 127.0.0.1:8000 unless said otherwise
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// In TLS, with a certificate that is made for this run
    #[arg(long)]
    pub tls: bool,
}

/// `coffer server`
#[derive(Debug, Args)]
#[command(
    after_help = "Settings are in the table [server] of the file that --config names: listen, tls_certificate, tls_key, metrics_listen,\n\
    metrics_enabled. On any address but this machine's own there must be a certificate; it is read again once a minute and\non \
    SIGHUP. SIGTERM ends what is under way first.\n\nExample:\n  coffer server --config /etc/coffer/coffer.toml"
)]
pub struct Server {
    /// The address; that of the settings, or 127.0.0.1:8000, unless said otherwise
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
}
