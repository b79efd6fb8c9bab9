//! swtpm's socket: bare commands, a connection for each.

use std::io::{self, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::{Transport, read_response};
use crate::error::{Error, Result};

/// Patience with a software TPM; RSA keys take it a second or two.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Swtpm {
    host: String,
    port: u16,
    name: String,
}

impl Swtpm {
    pub(super) fn new(host: &str, port: u16, name: &str) -> Self {
        Self { host: host.into(), port, name: name.into() }
    }

    fn exchange(&self, command: &[u8]) -> io::Result<Vec<u8>> {
        let mut stream = connect(&self.host, self.port)?;
        stream.write_all(command)?;
        read_response(&mut stream)
    }
}

/// A connection that does not wait for ever.
pub(super) fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let unknown = io::Error::new(io::ErrorKind::NotFound, "the host name has no address");
    let address = (host, port).to_socket_addrs()?.next().ok_or(unknown)?;
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

impl Transport for Swtpm {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>> {
        self.exchange(command)
            .map_err(|source| Error::Transport { address: self.name.clone(), source })
    }
}
