// Text for terminals: colours only when asked for, and nothing that came from outside may steer the terminal.

import { styleText } from 'node:util';

export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
}

/** Whether colours are wanted was decided by the caller, so streams and environment are not asked again. */
export const paint = (color: boolean): Paint => {
  const style = (format: keyof Paint) => (text: string) =>
    color ? styleText(format, text, { validateStream: false }) : text;
  return {
    bold: style('bold'),
    dim: style('dim'),
    red: style('red'),
    green: style('green'),
    yellow: style('yellow'),
  };
};

/** Control characters, what is invisible or turns the writing direction, and halves of characters are replaced. */
export const visible = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\uFFFD');

export interface Cell {
  readonly text: string;
  readonly style?: (text: string) => string;
}

/** Rows with aligned columns, two spaces between them; the last column is not padded. */
export const alignColumns = (rows: readonly (readonly Cell[])[]): readonly string[] => {
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, { text }] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, text.length);
  return rows.map((row) =>
    row
      .map(({ text, style = (plain: string) => plain }, index) =>
        index === row.length - 1
          ? style(text)
          : `${style(text)}${' '.repeat((widths[index] ?? 0) - text.length)}`,
      )
      .join('  ')
      .trimEnd(),
  );
};
