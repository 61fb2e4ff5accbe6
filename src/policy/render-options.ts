// What all renderings of problems need to know besides the problems.

import type { SourceFile } from './decode-file.ts';

export interface RenderOptions {
  readonly color: boolean;
  /** Of Rolewarden. */
  readonly version: string;
  readonly filesRead: number;
  readonly documentsRead: number;
  /** `text` shows the line in question if the files are given. */
  readonly files?: readonly SourceFile[];
  /** Absolute paths below it are shown relative to it where the format asks for paths in a repository. */
  readonly baseDirectory?: string;
}
