// Bytes to text, before any parser sees them: size and encoding.

import type { Problem } from '../domain/policy.ts';
import { fileProblem } from './source-document.ts';
import { thousands } from './words.ts';

/** A file as it was read. */
export interface SourceFile {
  /** As the user would write it; appears in every message. */
  readonly path: string;
  readonly content: Uint8Array;
}

/** Far above any sensible policy file, and small enough that parsing it takes seconds at worst. */
export const maxFileBytes = 1_048_576;

export type Decoded =
  | { readonly text: string; readonly problem?: never }
  | {
      readonly text?: never;
      readonly problem: Problem;
      /** The text as far as it is one, U+FFFD in the place of anything else; undefined: it was not looked at. */
      readonly damagedText: string | undefined;
    };

export const tooLarge = (path: string, bytes: number): Problem =>
  fileProblem(
    path,
    'fileTooLarge',
    `the file has ${thousands(bytes)} bytes, and at most ${thousands(maxFileBytes)} are read; split it into several files`,
  );

/** The text of a file, a byte order mark removed. */
export const decodeFile = (file: SourceFile): Decoded => {
  if (file.content.byteLength > maxFileBytes) {
    return { problem: tooLarge(file.path, file.content.byteLength), damagedText: undefined };
  }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(file.content) };
  } catch {
    const damagedText = new TextDecoder('utf-8').decode(file.content);
    return { problem: notUtf8(file, damagedText), damagedText };
  }
};

const notUtf8 = ({ path }: SourceFile, damagedText: string): Problem => {
  const lines = (damagedText.split('\uFFFD', 1)[0] ?? '').split('\n');
  return fileProblem(path, 'notUtf8', 'the file is not UTF-8 from here on; save it with the encoding UTF-8', {
    line: lines.length,
    column: (lines.at(-1)?.length ?? 0) + 1,
  });
};
