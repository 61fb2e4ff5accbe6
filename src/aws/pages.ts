// Reading a chain of pages to its end, or not at all: IAM says on each whether more follow, ECS gives a token if more follow.

import { AppError } from '../domain/errors.ts';

export interface Page {
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
}

/** An answer that cannot be relied on, though AWS called it a success. */
export const brokenAnswer = (what: string, how: string): AppError =>
  new AppError(
    'transient',
    `the answer to ${what} is broken (${how}): nothing is concluded from it, and it is read again`,
    {
      resource: what,
      code: 'BrokenAnswer',
    },
  );

/**
 * Hands each page to `take` as soon as it is there. Throws for a chain that is not whole: a page that does not say whether
 * more follow, more without a marker, or a marker seen before.
 */
export const readPages = async <P extends Page>(
  what: string,
  read: (marker: string | undefined) => Promise<P>,
  take: (page: P) => void,
): Promise<void> => {
  const seen = new Set<string>();
  let marker: string | undefined;
  for (;;) {
    const page: P = await read(marker);
    take(page);
    if (page.IsTruncated === undefined) throw brokenAnswer(what, 'a page without IsTruncated');
    if (!page.IsTruncated) return;
    marker = page.Marker;
    if (marker === undefined || marker === '') throw brokenAnswer(what, 'more pages but no marker');
    if (seen.has(marker)) throw brokenAnswer(what, 'the pages lead in a circle');
    seen.add(marker);
  }
};

export interface TokenPage {
  readonly nextToken?: string | undefined;
}

/** As `readPages`, for chains whose last page is the one without a token. */
export const readTokenPages = async <P extends TokenPage>(
  what: string,
  read: (token: string | undefined) => Promise<P>,
  take: (page: P) => void,
): Promise<void> => {
  const seen = new Set<string>();
  let token: string | undefined;
  for (;;) {
    const page: P = await read(token);
    take(page);
    token = page.nextToken;
    if (token === undefined) return;
    if (token === '') throw brokenAnswer(what, 'an empty token for the next page');
    if (seen.has(token)) throw brokenAnswer(what, 'the pages lead in a circle');
    seen.add(token);
  }
};
