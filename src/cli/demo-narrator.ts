// Tells the demo's story on a terminal.

import { styleText } from 'node:util';
import { type Terminal, wantsColor } from './output.ts';

export interface Narrator {
  title(text: string): void;
  say(text: string): void;
  /** Something a person did. */
  act(text: string): void;
  /** What followed, and whether it is what should. */
  result(isGood: boolean, text: string): void;
  /** Lines quoted from somewhere. */
  quote(lines: readonly string[]): void;
  links(links: Readonly<Record<string, string>>): void;
}

export const createNarrator = (terminal: Terminal): Narrator => {
  const color = wantsColor(terminal, terminal.isOutTerminal);
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const line = (text: string): void => terminal.out(`${text}\n`);
  return {
    title: (text) => line(`\n${paint('bold', text)}\n`),
    say: (text) => line(text),
    act: (text) => line(`\n${paint('cyan', '→')} ${text}`),
    result: (isGood, text) => line(`  ${paint(isGood ? 'green' : 'red', isGood ? '✔' : '✘')} ${text}`),
    quote: (lines) => {
      for (const one of lines) line(paint('dim', `    ${one}`));
    },
    links: (links) => {
      line('');
      for (const [name, url] of Object.entries(links)) line(`  ${`${name}:`.padEnd(17)} ${url}`);
    },
  };
};
