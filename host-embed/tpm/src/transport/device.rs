//! A character device of the Linux kernel: one write is one command, one read its response.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use super::{RESPONSE_SIZE_BYTES_MAX, Transport};
use crate::error::{Error, Result};

#[derive(Debug)]
pub(super) struct Device {
    file: File,
    name: String,
}

impl Device {
    pub(super) fn open(path: &Path, name: &str) -> io::Result<Self> {
        let file = File::options().read(true).write(true).open(path)?;
        Ok(Self { file, name: name.into() })
    }

    fn exchange(&mut self, command: &[u8]) -> io::Result<Vec<u8>> {
        self.file.write_all(command)?;
        let mut response = vec![0; RESPONSE_SIZE_BYTES_MAX];
        let size = self.file.read(&mut response)?;
        response.truncate(size);
        Ok(response)
    }
}

impl Transport for Device {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>> {
        self.exchange(command)
            .map_err(|source| Error::Transport { address: self.name.clone(), source })
    }
}
