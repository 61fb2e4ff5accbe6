// Text that people typed into Entra. It goes into logs, pages and terminals, so it is made harmless where it comes in.

/** Breaks of a line or page, and what steers a terminal. */
const controls = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;
/** What is invisible or turns the direction of writing, so that a line reads as something else; and halves of characters. */
const invisible = /[\p{Cf}\p{Cs}]/gu;

/** One line of at most `limit` characters; a longer one ends in `…`. null: nothing was written. */
export const freeText = (value: unknown, limit: number): string | null => {
  if (typeof value !== 'string') return null;
  // A character is at most two code units; what is far behind the limit need not be looked at.
  const head = value.slice(0, 4 * limit);
  const line = head.replaceAll(controls, ' ').replaceAll(invisible, '').trim();
  const characters = Array.from(line);
  if (characters.length === 0) return null;
  return characters.length <= limit ? line : `${characters.slice(0, limit - 1).join('')}…`;
};
