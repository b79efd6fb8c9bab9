// What a log would say had something else been measured: records are rewritten and hashed again.
//
// The registers of a real TPM never held these values, so whatever is quoted or recorded is left
// out with them: the answer rests on the log alone, and the page calls it hypothetical. What the
// change would do besides (an update may touch more than it names) is not known here.
import type { BundleDoc } from 'portcullis';
import type { LogEdit } from '../model';
import { engine } from './engine';

// TCG PC Client Platform Firmware Profile 1.06, table 27.
const EV_S_CRTM_VERSION = 8;
const EV_EFI_VARIABLE_DRIVER_CONFIG = 0x80000001;
const EV_EFI_BOOT_SERVICES_APPLICATION = 0x80000003;
// TCG Algorithm Registry, table 3, and what the browser calls them.
const HASHES: Record<number, string> = {
  0x0004: 'SHA-1',
  0x000b: 'SHA-256',
  0x000c: 'SHA-384',
  0x000d: 'SHA-512',
};
// UEFI 2.10, section 32.4.1: EFI_CERT_SHA256_GUID, as its bytes.
const EFI_CERT_SHA256 = engineHex('2616c4c14c509240aca941f936934328');

interface LogRecord {
  pcr: number;
  type: number;
  digests: Array<{ algorithm: number; value: Uint8Array }>;
  data: Uint8Array;
}

interface Log {
  /** The first record, as it is: it has the old format. */
  header: Uint8Array;
  records: LogRecord[];
}

/** A copy of the bundle with the records that the edit names measured anew. */
export async function remeasured(bundle: BundleDoc, edit: LogEdit): Promise<BundleDoc> {
  const text = bundle.request.evidence.event_log;
  if (!text) throw new Error('there is no event log to measure again');
  if (globalThis.crypto?.subtle === undefined) {
    throw new Error('the browser hashes only in pages that come by https or from this machine');
  }
  const log = read(engine.fromBase64(text));
  if (edit.dbx !== undefined) await addToDbx(log, engineHex(edit.dbx));
  if (edit.secureBoot !== undefined) {
    await variable(log, 'SecureBoot', () => new Uint8Array([edit.secureBoot ? 1 : 0]));
  }
  if (edit.bootManager !== undefined) await replaceBootManager(log, engineHex(edit.bootManager));
  if (edit.firmware !== undefined) await replaceFirmware(log, edit.firmware);
  const copy = structuredClone(bundle);
  const { evidence } = copy.request;
  evidence.event_log = engine.toBase64(write(log));
  delete evidence.quotes;
  delete evidence.recorded_pcrs;
  return copy;
}

function engineHex(text: string): Uint8Array {
  if (!/^([0-9a-f]{2})*$/i.test(text)) throw new Error(`“${text}” is not hexadecimal`);
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Records in the crypto-agile format. The engine has read the log before, and says what is wrong. */
function read(bytes: Uint8Array): Log {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const u32 = (at: number): number => view.getUint32(at, true);
  const u16 = (at: number): number => view.getUint16(at, true);
  const headerEnd = 32 + u32(28);
  const name = String.fromCharCode(...bytes.subarray(32, 47));
  if (name !== 'Spec ID Event03') throw new Error('only logs of TPM 2.0 can be measured again');
  const sizes = new Map<number, number>();
  for (let index = 0; index < u32(56); index += 1) {
    sizes.set(u16(60 + 4 * index), u16(62 + 4 * index));
  }
  const records: LogRecord[] = [];
  let at = headerEnd;
  // Padding behind the last record is all ones or zeros: no record has that many digests.
  while (at + 16 <= bytes.length && u32(at + 8) === sizes.size) {
    const record: LogRecord = { pcr: u32(at), type: u32(at + 4), digests: [], data: bytes };
    let next = at + 12;
    for (let index = 0; index < sizes.size; index += 1) {
      const algorithm = u16(next);
      const size = sizes.get(algorithm);
      if (size === undefined) throw new Error(`record ${records.length + 1} has a strange digest`);
      record.digests.push({ algorithm, value: bytes.slice(next + 2, next + 2 + size) });
      next += 2 + size;
    }
    const size = u32(next);
    record.data = bytes.slice(next + 4, next + 4 + size);
    at = next + 4 + size;
    records.push(record);
  }
  return { header: bytes.slice(0, headerEnd), records };
}

function write({ header, records }: Log): Uint8Array {
  const parts: Uint8Array[] = [header];
  for (const { pcr, type, digests, data } of records) {
    parts.push(numbers([pcr, 4], [type, 4], [digests.length, 4]));
    for (const { algorithm, value } of digests) parts.push(numbers([algorithm, 2]), value);
    parts.push(numbers([data.length, 4]), data);
  }
  return join(parts);
}

/** Little-endian numbers of so many bytes. */
const numbers = (...list: Array<[number, number]>): Uint8Array =>
  join(
    list.map(([value, size]) =>
      Uint8Array.from({ length: size }, (_, index) => Math.floor(value / 256 ** index) % 256),
    ),
  );

function join(parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The digest of every bank over some bytes. */
async function measure(record: LogRecord, bytes: Uint8Array): Promise<void> {
  for (const digest of record.digests) {
    const hash = HASHES[digest.algorithm];
    // A bank that nobody can compute keeps its value: the engine does not compare it either.
    if (hash === undefined) continue;
    digest.value = new Uint8Array(await crypto.subtle.digest(hash, bytes as Uint8Array<ArrayBuffer>));
  }
}

/** Puts another value into a variable of PCR 7 (UEFI_VARIABLE_DATA). */
async function variable(
  log: Log,
  name: string,
  change: (value: Uint8Array) => Uint8Array,
): Promise<void> {
  for (const record of log.records) {
    if (record.pcr !== 7 || record.type !== EV_EFI_VARIABLE_DRIVER_CONFIG) continue;
    const view = new DataView(record.data.buffer, record.data.byteOffset, record.data.byteLength);
    const start = 32 + 2 * view.getUint32(16, true);
    const found = new TextDecoder('utf-16le').decode(record.data.subarray(32, start));
    if (found !== name) continue;
    const value = change(record.data.slice(start));
    record.data = join([
      record.data.slice(0, 24),
      numbers([value.length, 8]),
      record.data.slice(32, start),
      value,
    ]);
    return measure(record, record.data);
  }
  throw new Error(`the log has no variable ${name}`);
}

/** One more list with one digest, owned by nobody (UEFI 2.10, EFI_SIGNATURE_LIST). */
function addToDbx(log: Log, digest: Uint8Array): Promise<void> {
  if (digest.length !== 32) throw new Error('an entry of dbx is a SHA-256 digest of 64 digits');
  const list = join([EFI_CERT_SHA256, numbers([76, 4], [0, 4], [48, 4]), new Uint8Array(16), digest]);
  return variable(log, 'dbx', (value) => join([value, list]));
}

async function replaceBootManager(log: Log, digest: Uint8Array): Promise<void> {
  if (digest.length !== 32) throw new Error('an image has a SHA-256 digest of 64 digits');
  const record = log.records.find(
    ({ pcr, type }) => pcr === 4 && type === EV_EFI_BOOT_SERVICES_APPLICATION,
  );
  if (record === undefined) throw new Error('the log has no boot application');
  // Its digest in other banks cannot be known from this one: any other value stands for it.
  await measure(record, digest);
  for (const one of record.digests) if (one.algorithm === 0x000b) one.value = digest;
}

async function replaceFirmware(log: Log, version: string): Promise<void> {
  const record = log.records.find(({ pcr, type }) => pcr === 0 && type === EV_S_CRTM_VERSION);
  if (record === undefined) throw new Error('the log has no firmware version');
  record.data = join([...`${version}\0`].map((char) => numbers([char.charCodeAt(0), 2])));
  await measure(record, record.data);
}
