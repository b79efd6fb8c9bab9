// Bytes as base64 and back. Documents carry bytes that way.

/** Characters of `String.fromCharCode` at once: argument lists have a limit. */
const CHUNK = 0x8000;

export function toBase64(bytes) {
  let text = '';
  for (let from = 0; from < bytes.length; from += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(from, from + CHUNK));
  }
  return btoa(text);
}

export function fromBase64(text) {
  const chars = atob(text);
  const bytes = new Uint8Array(chars.length);
  for (let at = 0; at < chars.length; at += 1) bytes[at] = chars.charCodeAt(at);
  return bytes;
}
