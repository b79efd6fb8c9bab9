//! The encrypted file: lines in, lines out.

use std::io::{BufRead, BufReader, Read, Write};

use aead_stream::{DecryptorBE32, EncryptorBE32, Nonce, StreamBE32};
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305};
use portcullis_api::text::{hex, unhex};
use serde::{Deserialize, Serialize};

use super::Record;
use crate::error::{Result, StoreError};

const SCHEMA: &str = "portcullis.state/1";
/// Bytes of a piece before it is encrypted.
const PIECE_SIZE_BYTES: usize = 64 << 10;
/// Bytes that encryption adds to a piece.
const TAG_SIZE_BYTES: usize = 16;
/// Bytes of one line: a policy of the largest size (8 MiB) in base64, and what is around it.
const LINE_SIZE_BYTES_MAX: usize = 16 << 20;
/// Bytes of the first line.
const HEADER_SIZE_BYTES_MAX: u64 = 1_024;

/// Argon2id by RFC 9106, section 4, second recommendation (64 MiB, three passes), one lane.
const MEMORY_KIB: u32 = 64 << 10;
const PASSES: u32 = 3;
/// What a file may ask of the machine that opens it: whoever made the file chose it.
const MEMORY_KIB_MAX: u32 = 1 << 20;
const PASSES_MAX: u32 = 16;
/// Characters of a passphrase.
const PASSPHRASE_CHARS_MIN: usize = 12;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    schema: String,
    kdf: String,
    memory_kib: u32,
    passes: u32,
    salt: String,
    cipher: String,
    nonce: String,
}

impl Header {
    fn new() -> Result<Self> {
        let random = |bytes: &mut [u8]| {
            getrandom::fill(bytes)
                .map_err(|error| StoreError::refused("randomness", error, "try again"))
        };
        let (mut salt, mut nonce) = ([0_u8; 16], [0_u8; 19]);
        random(&mut salt)?;
        random(&mut nonce)?;
        Ok(Self {
            schema: SCHEMA.into(),
            kdf: "argon2id".into(),
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            salt: hex(&salt),
            cipher: "xchacha20-poly1305-stream".into(),
            nonce: hex(&nonce),
        })
    }

    fn check(&self) -> Result<()> {
        let known = self.schema == SCHEMA
            && self.kdf == "argon2id"
            && self.cipher == "xchacha20-poly1305-stream";
        if !known {
            return Err(unusable("is of another format or version"));
        }
        if self.memory_kib > MEMORY_KIB_MAX || self.passes > PASSES_MAX {
            return Err(unusable("asks for more work than any state that was exported"));
        }
        Ok(())
    }

    fn cipher(&self, passphrase: &str) -> Result<XChaCha20Poly1305> {
        let salt = unhex(&self.salt).ok_or_else(|| unusable("has a damaged first line"))?;
        let params = Params::new(self.memory_kib, self.passes, 1, Some(32));
        let params = params.map_err(|_| unusable("has a damaged first line"))?;
        let mut key = Key::default();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.as_bytes(), &salt, &mut key)
            .map_err(|error| unusable(&format!("has no usable key: {error}")))?;
        Ok(XChaCha20Poly1305::new(&key))
    }

    fn nonce(&self) -> Result<StreamNonce> {
        let bytes = unhex(&self.nonce).ok_or_else(|| unusable("has a damaged first line"))?;
        StreamNonce::try_from(bytes.as_slice()).map_err(|_| unusable("has a damaged first line"))
    }
}

type StreamNonce = Nonce<XChaCha20Poly1305, StreamBE32<XChaCha20Poly1305>>;

fn unusable(reason: &str) -> StoreError {
    StoreError::refused("FILE", reason, "name a file of `portcullis state export`, unchanged")
}

fn io(verb: &str, error: &std::io::Error) -> StoreError {
    StoreError::refused("FILE", format_args!("cannot be {verb}: {error}"), "nothing was changed")
}

/// Writes a state.
pub struct StateWriter<W: Write> {
    out: W,
    stream: EncryptorBE32<XChaCha20Poly1305>,
    header: Vec<u8>,
    pending: Vec<u8>,
    records_count: u64,
}

impl<W: Write> StateWriter<W> {
    /// Begins a state.
    ///
    /// # Errors
    /// [`StoreError::Refused`] for a passphrase that is too short.
    pub fn new(mut out: W, passphrase: &str) -> Result<Self> {
        if passphrase.chars().count() < PASSPHRASE_CHARS_MIN {
            return Err(StoreError::refused(
                "passphrase",
                format_args!("has fewer than {PASSPHRASE_CHARS_MIN} characters"),
                "choose a longer one: whoever has the file can try passphrases at leisure",
            ));
        }
        let header = Header::new()?;
        let mut line = serde_json::to_vec(&header).map_err(StoreError::damaged)?;
        let stream = EncryptorBE32::from_aead(header.cipher(passphrase)?, &header.nonce()?);
        line.push(b'\n');
        out.write_all(&line).map_err(|error| io("written", &error))?;
        Ok(Self { out, stream, header: line, pending: Vec::new(), records_count: 0 })
    }

    /// Adds a record.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be written.
    pub fn add(&mut self, record: &Record) -> Result<()> {
        self.records_count += 1;
        self.line(record)
    }

    fn line(&mut self, record: &Record) -> Result<()> {
        serde_json::to_writer(&mut self.pending, record).map_err(StoreError::damaged)?;
        self.pending.push(b'\n');
        // The last piece is sealed in another way, so one stays behind.
        while self.pending.len() > PIECE_SIZE_BYTES {
            let rest = self.pending.split_off(PIECE_SIZE_BYTES);
            let payload = Payload { msg: &self.pending, aad: &self.header };
            let sealed = self.stream.encrypt_next(payload);
            let sealed = sealed.map_err(|_| unusable("is too large"))?;
            self.out.write_all(&sealed).map_err(|error| io("written", &error))?;
            self.pending = rest;
        }
        Ok(())
    }

    /// Ends the state and returns how many records it has.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be written.
    pub fn finish(mut self) -> Result<(u64, W)> {
        self.line(&Record::End { records_count: self.records_count })?;
        let payload = Payload { msg: &self.pending, aad: &self.header };
        let sealed = self.stream.encrypt_last(payload).map_err(|_| unusable("is too large"))?;
        self.out.write_all(&sealed).map_err(|error| io("written", &error))?;
        self.out.flush().map_err(|error| io("written", &error))?;
        Ok((self.records_count, self.out))
    }
}

/// Reads a state, record by record.
pub struct StateReader<R: Read> {
    input: BufReader<R>,
    /// `None` once the last piece was opened.
    stream: Option<DecryptorBE32<XChaCha20Poly1305>>,
    header: Vec<u8>,
    open: Vec<u8>,
    records_count: u64,
    ended: bool,
}

impl<R: Read> StateReader<R> {
    /// Opens a state.
    ///
    /// # Errors
    /// [`StoreError::Refused`] for another file, or a wrong passphrase.
    pub fn new(input: R, passphrase: &str) -> Result<Self> {
        let mut input = BufReader::with_capacity(PIECE_SIZE_BYTES, input);
        let mut line = Vec::new();
        input
            .by_ref()
            .take(HEADER_SIZE_BYTES_MAX)
            .read_until(b'\n', &mut line)
            .map_err(|error| io("read", &error))?;
        let header: Header = serde_json::from_slice(&line)
            .map_err(|_| unusable("does not begin as an exported state"))?;
        header.check()?;
        let stream = DecryptorBE32::from_aead(header.cipher(passphrase)?, &header.nonce()?);
        let stream = Some(stream);
        let mut reader =
            Self { input, stream, header: line, open: Vec::new(), records_count: 0, ended: false };
        // A wrong passphrase is refused before anything is done with the store.
        reader.open_piece()?;
        Ok(reader)
    }

    /// The next record; `None` behind the last.
    ///
    /// # Errors
    /// [`StoreError::Refused`] for a wrong passphrase, or a file that was changed or cut.
    pub fn next_record(&mut self) -> Result<Option<Record>> {
        let Some(line) = self.next_line()? else {
            return match self.ended {
                true => Ok(None),
                false => Err(unusable("ends too early")),
            };
        };
        let record: Record = serde_json::from_slice(&line)
            .map_err(|error| unusable(&format!("record {}: {error}", self.records_count + 1)))?;
        match record {
            Record::End { records_count } if records_count == self.records_count => {
                self.ended = true;
                self.next_record()
            }
            Record::End { .. } => Err(unusable("lacks records")),
            _ if self.ended => Err(unusable("goes on behind its end")),
            record => {
                self.records_count += 1;
                Ok(Some(record))
            }
        }
    }

    fn next_line(&mut self) -> Result<Option<Vec<u8>>> {
        let mut searched = 0;
        loop {
            let found = self.open.get(searched..).and_then(|rest| {
                rest.iter().position(|byte| *byte == b'\n').map(|at| searched + at)
            });
            if let Some(at) = found {
                let rest = self.open.split_off(at + 1);
                return Ok(Some(std::mem::replace(&mut self.open, rest)));
            }
            searched = self.open.len();
            if searched > LINE_SIZE_BYTES_MAX {
                return Err(unusable("has a record that is too large"));
            }
            if !self.open_piece()? {
                return match self.open.is_empty() {
                    true => Ok(None),
                    false => Err(unusable("ends inside a record")),
                };
            }
        }
    }

    /// Opens the next piece; false behind the last.
    fn open_piece(&mut self) -> Result<bool> {
        let Some(mut stream) = self.stream.take() else { return Ok(false) };
        let mut sealed = Vec::with_capacity(PIECE_SIZE_BYTES + TAG_SIZE_BYTES);
        let size = (PIECE_SIZE_BYTES + TAG_SIZE_BYTES) as u64;
        let mut piece = self.input.by_ref().take(size);
        piece.read_to_end(&mut sealed).map_err(|error| io("read", &error))?;
        let is_last = self.input.fill_buf().map_err(|error| io("read", &error))?.is_empty();
        let payload = Payload { msg: sealed.as_slice(), aad: &self.header };
        let opened = match is_last {
            true => stream.decrypt_last(payload),
            false => {
                let opened = stream.decrypt_next(payload);
                self.stream = Some(stream);
                opened
            }
        };
        let opened = opened.map_err(|_| {
            StoreError::refused(
                "passphrase",
                "is wrong, or the file was changed or cut",
                "check the passphrase, or export the state again",
            )
        })?;
        self.open.extend(opened);
        Ok(true)
    }
}
