// Packs written by hand, so that they can be wrong in one place only.

import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';

export interface PackEntry {
  /** 1 commit, 2 tree, 3 blob, 6 delta by offset, 7 delta by id. */
  readonly type: number;
  readonly content: Uint8Array;
  /** The size that the entry claims; that of the content, if absent. */
  readonly size?: number;
  /** What stands between size and data. */
  readonly base?: Uint8Array;
}

/** 7 bits a byte, the lowest first. */
export const sizeBytes = (size: number): readonly number[] =>
  size < 0x80 ? [size] : [(size % 0x80) | 0x80, ...sizeBytes(Math.floor(size / 0x80))];

const head = (type: number, size: number): Uint8Array => {
  const first = (type << 4) | (size & 15);
  const rest = Math.floor(size / 16);
  return Uint8Array.from(rest === 0 ? [first] : [first | 0x80, ...sizeBytes(rest)]);
};

export const entryBytes = ({ type, content, size = content.byteLength, base }: PackEntry): Uint8Array =>
  Buffer.concat([head(type, size), base ?? new Uint8Array(), deflateSync(content)]);

/** `after` stands between the last object and the checksum. */
export const packOf = (
  entries: readonly PackEntry[],
  { count = entries.length, after = new Uint8Array() } = {},
): Uint8Array => {
  const header = Buffer.alloc(12);
  header.write('PACK');
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(count, 8);
  const body = Buffer.concat([header, ...entries.map(entryBytes), after]);
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
};
