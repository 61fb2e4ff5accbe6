// The frame of every page.

import { isoSeconds } from '../../domain/moment.ts';
import type { StatusDocument } from '../status-document.ts';
import { assets } from './assets.ts';
import { type Markup, type Part, markup } from './markup.ts';
import { relative, state } from './parts.ts';

export interface View {
  /** Of the page, without the name of the product. */
  readonly title: string;
  /** The way back, from the overview on; empty on the overview itself. */
  readonly trail: readonly string[];
  /** In one sentence what a listener is told when it changes. */
  readonly summary: string;
  readonly main: Part;
}

/** Without the script the page loads itself anew. */
const refreshSeconds = 30;

const trailOf = ({ trail }: View): Part =>
  trail.length > 0 &&
  markup`<nav aria-label="Where you are"><ol><li><a href="/">Overview</a></li>${trail.map(
    (text, index) => markup`<li${index === trail.length - 1 && markup` aria-current="page"`}>${text}</li>`,
  )}</ol></nav>`;

export const renderPage = (view: View, status: StatusDocument): string => {
  const nowMs = Date.parse(status.at);
  const { ready } = status.readiness;
  const page: Markup = markup`<!doctype html>
<html lang="en" data-now="${status.at}">
<head>
<meta charset="utf-8">
<title>${view.title} · Rolewarden</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${assets.style.path}">
<script src="${assets.script.path}" defer></script>
<noscript><meta http-equiv="refresh" content="${refreshSeconds}"></noscript>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
<p class="instance"><a href="/">Rolewarden ${status.instance}</a> ${ready ? state('ready', 'ready') : state('not ready', 'unknown')}</p>
<p id="live" data-keep><noscript>This page loads itself anew every ${refreshSeconds} seconds.</noscript></p>
</header>
${trailOf(view)}
<main id="main" tabindex="-1" data-summary="${view.summary}">
${view.main}
</main>
<footer>
<p>Rolewarden ${status.version}, started ${relative(status.startedAt, nowMs)}. As of <time>${isoSeconds(Math.floor(nowMs / 1_000) * 1_000)}</time>. Nothing can be changed here: changes are made in Git.</p>
<p><a href="/api/v1/status">The same as JSON</a></p>
</footer>
<p id="announcer" class="unseen" role="status" aria-live="polite"></p>
</body>
</html>
`;
  return page.toString();
};
