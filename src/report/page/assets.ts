// What the pages load besides themselves. The hash in the path changes with the content, so that it may be kept for ever.

import { createHash } from 'node:crypto';
import { script } from './live-script.ts';
import { style } from './style.ts';

export interface Asset {
  readonly path: string;
  readonly type: string;
  readonly text: string;
}

const asset = (extension: string, type: string, text: string): Asset => ({
  path: `/assets/page.${createHash('sha256').update(text).digest('hex').slice(0, 16)}.${extension}`,
  type: `${type}; charset=utf-8`,
  text,
});

export const assets = {
  style: asset('css', 'text/css', style),
  script: asset('js', 'text/javascript', script),
} as const;
