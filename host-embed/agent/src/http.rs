//! The way to a verifier over HTTP.

use std::path::PathBuf;
use std::time::Duration;

use portcullis_api::exchange::ProblemDoc;
use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig};

use crate::error::{Error, Result};
use crate::exchange::Transport;

/// Largest answer that is read: a result with the findings of the largest log.
const ANSWER_SIZE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Patience with a verifier, for the whole of one request.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How the verifier is reached.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct HttpOptions {
    /// `https://host:port`, or `http://` to this machine.
    pub url: String,
    /// PEM file of the certificates that the verifier's must chain to, instead of the public ones.
    pub ca: Option<PathBuf>,
}

/// A verifier.
#[derive(Debug)]
pub struct Http {
    agent: Agent,
    url: String,
}

impl Http {
    /// Prepares the way. Nothing is sent.
    ///
    /// # Errors
    /// [`Error::Unreachable`] for a URL that would send evidence in the clear; [`Error::File`].
    pub fn new(options: &HttpOptions) -> Result<Self> {
        let url = options.url.trim_end_matches('/').to_owned();
        if !url.starts_with("https://") && !is_this_machine(&url) {
            let reason = "only https:// may leave this machine".into();
            return Err(Error::Unreachable { url, reason });
        }
        let mut tls = TlsConfig::builder();
        if let Some(path) = &options.ca {
            tls = tls.root_certs(root_certificates(path)?);
        }
        let config = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            // A redirect could lead anywhere.
            .max_redirects(0)
            .tls_config(tls.build())
            .build();
        Ok(Self { agent: config.into(), url })
    }
}

fn is_this_machine(url: &str) -> bool {
    ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|prefix| {
        url.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    })
}

fn root_certificates(path: &std::path::Path) -> Result<RootCerts> {
    let file = |source| Error::File { path: path.into(), source };
    let pem = std::fs::read(path).map_err(file)?;
    let certificates: Vec<Certificate<'static>> = ureq::tls::parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate.to_owned()),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        let none = "holds no certificate in PEM form";
        return Err(file(std::io::Error::new(std::io::ErrorKind::InvalidData, none)));
    }
    Ok(RootCerts::from(certificates))
}

impl Transport for Http {
    fn post(&mut self, path: &str, body: &[u8]) -> Result<Vec<u8>> {
        let url = format!("{}{path}", self.url);
        let unreachable =
            |error: ureq::Error| Error::Unreachable { url: url.clone(), reason: error.to_string() };
        let request = self.agent.post(&url).content_type("application/json");
        let mut response = request.send(body).map_err(unreachable)?;
        let status = response.status();
        let reader = response.body_mut().with_config().limit(ANSWER_SIZE_BYTES_MAX);
        let answer = reader.read_to_vec().map_err(unreachable)?;
        if status.is_success() {
            return Ok(answer);
        }
        let problem = serde_json::from_slice::<ProblemDoc>(&answer);
        let message = problem.map_or_else(|_| "no reason given".into(), |problem| problem.message);
        Err(Error::Refused { url, status: status.as_u16(), message })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_leaves_this_machine_encrypted_or_not_at_all() {
        for (url, is_allowed) in [
            ("https://attest.example", true),
            ("http://127.0.0.1:8650", true),
            ("http://localhost/", true),
            ("http://[::1]:8650", true),
            ("http://attest.example", false),
            ("http://127.0.0.1.example", false),
            ("http://localhost@attest.example", false),
            ("attest.example", false),
        ] {
            let options = HttpOptions { url: url.into(), ca: None };
            assert_eq!(Http::new(&options).is_ok(), is_allowed, "{url}");
        }
    }
}
