// A policy document as lines for people.

/**
 * Two spaces a level, and no commas at the ends, so that a line that merely is no longer the last one is no difference.
 * Text that is no JSON stays as it is; no lines for no document.
 */
export const prettyLines = (document: string | undefined): readonly string[] => {
  if (document === undefined) return [];
  try {
    return JSON.stringify(JSON.parse(document), null, 2)
      .split('\n')
      .map((line) => line.replace(/,$/, ''));
  } catch {
    return document.split('\n');
  }
};
