//! The socket of the TPM reference implementation's simulator: framed commands on one connection,
//! power on another.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use super::swtpm::connect;
use super::{HEADER_SIZE_BYTES, RESPONSE_SIZE_BYTES_MAX, Transport};
use crate::error::{Error, Result};

const SEND_COMMAND: u32 = 8;
const POWER_ON: u32 = 1;
const NV_ON: u32 = 11;

#[derive(Debug)]
pub(super) struct Mssim {
    commands: TcpStream,
    /// Closing it would end the power session in some implementations.
    _platform: TcpStream,
    name: String,
}

impl Mssim {
    pub(super) fn open(host: &str, port: u16, name: &str) -> io::Result<Self> {
        let commands = connect(host, port)?;
        let mut platform = connect(host, port.saturating_add(1))?;
        // Both do nothing to a TPM that runs.
        for signal in [POWER_ON, NV_ON] {
            platform.write_all(&signal.to_be_bytes())?;
            if read_u32(&mut platform)? != 0 {
                return Err(io::Error::other("the simulator refused to switch its power on"));
            }
        }
        Ok(Self { commands, _platform: platform, name: name.into() })
    }

    fn exchange(&mut self, command: &[u8]) -> io::Result<Vec<u8>> {
        let locality = 0;
        let size = u32::try_from(command.len()).unwrap_or(u32::MAX);
        let mut frame = SEND_COMMAND.to_be_bytes().to_vec();
        frame.push(locality);
        frame.extend_from_slice(&size.to_be_bytes());
        frame.extend_from_slice(command);
        self.commands.write_all(&frame)?;
        let size = usize::try_from(read_u32(&mut self.commands)?).unwrap_or(usize::MAX);
        if !(HEADER_SIZE_BYTES..=RESPONSE_SIZE_BYTES_MAX).contains(&size) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the response has no sound size",
            ));
        }
        let mut response = vec![0; size];
        self.commands.read_exact(&mut response)?;
        match read_u32(&mut self.commands)? {
            0 => Ok(response),
            _ => Err(io::Error::other("the simulator did not end its response")),
        }
    }
}

fn read_u32(stream: &mut TcpStream) -> io::Result<u32> {
    let mut word = [0; 4];
    stream.read_exact(&mut word)?;
    Ok(u32::from_be_bytes(word))
}

impl Transport for Mssim {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>> {
        self.exchange(command)
            .map_err(|source| Error::Transport { address: self.name.clone(), source })
    }
}
