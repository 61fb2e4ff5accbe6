// A pack before anything is unpacked of it: that it is whole, and how large its objects are. A few kilobytes of zeros or of
// deltas can be made to fill the memory of any machine, and the library would let them.
//
// pack   "PACK" version(4) count(4) entry* sha1(20)           gitformat-pack(5)
// entry  type and size (7 bits a byte) · for a delta, its base · zlib
// delta  size of the base · size of the result · instructions

import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { inflateSync } from 'node:zlib';
import { thousands } from '../words.ts';

export interface PackLimits {
  readonly objects: number;
  readonly objectBytes: number;
  /** All objects together. */
  readonly unpackedBytes: number;
}

export interface PackFault {
  /** `broken`: it may come whole the next time. */
  readonly kind: 'tooLarge' | 'broken';
  readonly what: string;
}

const headerBytes = 12;
const checksumBytes = 20;
const ofsDelta = 6;
const refDelta = 7;
/** Objects between two turns of the event loop. */
const objectsAtOnce = 500;

const broken = (what: string): PackFault => ({ kind: 'broken', what: `the download is broken (${what})` });

/** 7 bits a byte, the lowest first; undefined: it has no end. */
const sizeAt = (
  bytes: Uint8Array,
  start: number,
  firstBits = 7,
): { size: number; next: number } | undefined => {
  let size = 0;
  let scale = 1;
  for (let at = start; at < bytes.length && at < start + 8; at += 1) {
    const byte = bytes[at] ?? 0;
    const bits = at === start ? firstBits : 7;
    size += (byte & ((1 << bits) - 1)) * scale;
    scale *= 2 ** bits;
    if (byte < 0x80) return { size, next: at + 1 };
  }
  return undefined;
};

/** How far before a delta its base begins; undefined: it has no end. A number of its own kind: each further byte adds one. */
const baseAt = (bytes: Uint8Array, start: number): { distance: number; next: number } | undefined => {
  let distance = -1;
  for (let at = start; at < bytes.length && at < start + 7; at += 1) {
    const byte = bytes[at] ?? 0;
    distance = (distance + 1) * 128 + (byte & 0x7f);
    if (byte < 0x80) return { distance, next: at + 1 };
  }
  return undefined;
};

/** Where the compressed data of an entry begins; undefined: its base is nowhere, or it is its own. */
const dataOf = (pack: Uint8Array, start: number, type: number, afterSize: number): number | undefined => {
  if (type === refDelta) return afterSize + 20;
  if (type !== ofsDelta) return afterSize;
  const base = baseAt(pack, afterSize);
  const isBefore = base !== undefined && base.distance > 0 && base.distance <= start - headerBytes;
  return isBefore ? base.next : undefined;
};

interface Inflated {
  readonly content: Uint8Array;
  /** Bytes of the compressed form. */
  readonly length: number;
}

const inflate = (bytes: Uint8Array, size: number): Inflated | undefined => {
  try {
    const options = { maxOutputLength: Math.max(1, size), info: true };
    const { buffer, engine } = inflateSync(bytes, options) as unknown as {
      readonly buffer: Uint8Array;
      readonly engine: { readonly bytesWritten: number };
    };
    return buffer.length === size ? { content: buffer, length: engine.bytesWritten } : undefined;
  } catch {
    // Not zlib, cut, or longer than it says.
    return undefined;
  }
};

interface Entry {
  /** Of the object that it becomes. */
  readonly bytes: number;
  readonly next: number;
}

const entryAt = (pack: Uint8Array, start: number, limits: PackLimits): Entry | PackFault => {
  const head = sizeAt(pack, start, 4);
  if (head === undefined) return broken('an object without a size');
  if (head.size > limits.objectBytes)
    return tooLarge(`a file of more than ${thousands(limits.objectBytes)} bytes`);
  const type = ((pack[start] ?? 0) >> 4) & 7;
  const data = dataOf(pack, start, type, head.next);
  if (data === undefined) return broken('a delta without a base');
  const inflated = inflate(pack.subarray(data), head.size);
  if (inflated === undefined) return broken('an object that cannot be unpacked');
  const next = data + inflated.length;
  if (type !== ofsDelta && type !== refDelta) return { bytes: head.size, next };
  const base = sizeAt(inflated.content, 0);
  const result = base === undefined ? undefined : sizeAt(inflated.content, base.next);
  if (result === undefined) return broken('a delta without a size');
  if (result.size > limits.objectBytes)
    return tooLarge(`a file of more than ${thousands(limits.objectBytes)} bytes`);
  return { bytes: result.size, next };
};

const tooLarge = (what: string): PackFault => ({ kind: 'tooLarge', what: `it holds ${what}` });

/** undefined: it may be unpacked. */
export const checkPack = async (pack: Uint8Array, limits: PackLimits): Promise<PackFault | undefined> => {
  if (pack.length < headerBytes + checksumBytes) return broken('too short');
  const view = new DataView(pack.buffer, pack.byteOffset, pack.byteLength);
  const count = view.getUint32(8);
  const body = pack.subarray(0, -checksumBytes);
  const checksum = createHash('sha1').update(body).digest();
  if (!checksum.equals(pack.subarray(-checksumBytes))) return broken('its checksum is wrong');
  if (count > limits.objects) return tooLarge(`more than ${thousands(limits.objects)} files and folders`);
  let at = headerBytes;
  let unpacked = 0;
  for (let index = 0; index < count; index += 1) {
    if (index % objectsAtOnce === objectsAtOnce - 1) await nextTurn();
    const entry = entryAt(body, at, limits);
    if ('kind' in entry) return entry;
    unpacked += entry.bytes;
    if (unpacked > limits.unpackedBytes)
      return tooLarge(`more than ${thousands(limits.unpackedBytes)} bytes, unpacked`);
    at = entry.next;
  }
  return at === body.length ? undefined : broken('something behind the last object');
};
