// Event logs that tests make: TCG PC Client Platform Firmware Profile, crypto-agile format.
import { createHash } from 'node:crypto';

const ALG_SHA256 = 0x000b;
const EV_NO_ACTION = 3;
const EV_IPL = 13;

const u32 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const u16 = (value) => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
};

/** The header: a record of the old format that names the banks of the others. */
function header() {
  const data = Buffer.concat([
    Buffer.from('Spec ID Event03\0', 'latin1'),
    u32(0), // platform class: client
    Buffer.from([0, 2, 0, 2]), // version 2.0, errata 0, 64-bit firmware
    u32(1), u16(ALG_SHA256), u16(32), // one bank
    Buffer.from([0]), // no vendor information
  ]);
  return Buffer.concat([u32(0), u32(EV_NO_ACTION), Buffer.alloc(20), u32(data.length), data]);
}

function record(pcr, type, data) {
  const digest = createHash('sha256').update(data).digest();
  return Buffer.concat([
    u32(pcr), u32(type), u32(1), u16(ALG_SHA256), digest, u32(data.length), data,
  ]);
}

/** A log of so many events. */
export function longLog(events) {
  const records = [header()];
  for (let index = 0; index < events; index += 1) {
    records.push(record(index % 8, EV_IPL, Buffer.from(`measured step ${index}\0`)));
  }
  return Buffer.concat(records);
}

/** As many records as 4 MiB hold, and then one whose size lies. */
export function hostileLog() {
  const record_ = Buffer.concat([u32(7), u32(0xffffffff), u32(1), u16(ALG_SHA256), Buffer.alloc(32), u32(0)]);
  const count = Math.floor(((4 << 20) - 4096) / record_.length);
  return Buffer.concat([
    header(),
    ...Array.from({ length: count }, () => record_),
    u32(0), u32(1), u32(0x7fffffff),
    Buffer.alloc(2048, 0xff),
  ]);
}
