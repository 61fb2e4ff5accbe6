// HTML that is escaped unless it is HTML already. Names come from Entra, from tags in accounts that somebody may have broken
// into, and from pull requests, so nothing that comes from outside steers the page: neither as markup nor as characters.

import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import { visible } from '../terminal.ts';
import { thousands } from '../words.ts';

export type Markup = HtmlEscapedString;

/** Text is escaped; nothing stands for nothing, so that a part can depend on a condition. */
export type Part = string | number | Markup | false | null | undefined | readonly Part[];

/** Nobody reads on behind this; whatever is longer is not meant for a page. */
const maxChars = 1_000;

/** One line in which every character shows. */
const plain = (text: string): string =>
  visible(
    text.length <= maxChars
      ? text
      : `${text.slice(0, maxChars)}… (${thousands(text.length - maxChars)} more characters)`,
  );

const isList = (part: Part): part is readonly Part[] => Array.isArray(part);

const shown = (part: Part): unknown =>
  typeof part === 'string' ? plain(part) : isList(part) ? part.map(shown) : part;

/** A piece of a page. Attributes stand in double quotes, always. */
export const markup = (strings: TemplateStringsArray, ...parts: readonly Part[]): Markup => {
  const made = html(strings, ...parts.map(shown));
  if (made instanceof Promise) throw new TypeError('a page waits for nothing');
  return made;
};

/** With a separator between any two. */
export const joined = (parts: readonly Part[], separator: Part): readonly Part[] =>
  parts.flatMap((part, index) => (index === 0 ? [part] : [separator, part]));

/** A sentence in which `commands` stand between backticks. */
export const sentence = (text: string): Markup =>
  markup`${text.split('`').map((piece, index) => (index % 2 === 0 ? piece : markup`<code>${piece}</code>`))}`;
