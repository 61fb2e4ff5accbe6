// Text from outside in markdown: nothing in it is markup, and nobody is notified.

import { visible } from './terminal.ts';

/** Verbatim, to be copied. Backticks cannot be escaped in a code span, so they become quotes. Not for table cells. */
export const codeSpan = (text: string): string => `\`${visible(text).replaceAll('`', "'")}\``;

const asHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** For places where HTML goes on and markdown does not, such as `<summary>`. */
export const htmlCode = (text: string): string => `<code>${asHtml(visible(text))}</code>`;

const escaped = (text: string): string => asHtml(text).replace(/[\\`*_[\]|~#]/g, '\\$&');

/** Plain text; words with an `@` stand in code spans, where GitHub sees no mention. */
export const markdownText = (text: string): string =>
  visible(text)
    .split(/([^\s()"']*@[^\s()"',;]*)/)
    .map((part, index) => (index % 2 === 1 ? codeSpan(part) : escaped(part)))
    .join('');

/** A code block that its content cannot end. */
export const fence = (language: string, lines: readonly string[]): string => {
  const longest = Math.max(2, ...lines.flatMap((line) => (line.match(/`+/g) ?? []).map((run) => run.length)));
  const ticks = '`'.repeat(longest + 1);
  return [`${ticks}${language}`, ...lines.map(visible), ticks].join('\n');
};
