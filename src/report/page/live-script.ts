// What keeps a page true while somebody looks at it. It asks for the page itself again and again and takes over what
// changed, in place: focus, scrolling, selection and what is unfolded stay. Written for browsers, so it is text here.

export const script = String.raw`'use strict';
(() => {
  const pollMs = 5000;
  const timeLimitMs = 15000;
  const root = document.documentElement;
  const live = document.getElementById('live');
  const announcer = document.getElementById('announcer');
  root.classList.add('scripts');

  const announce = (text) => {
    announcer.textContent = text;
  };

  // By the clock of the controller: that of this machine may be wrong.
  let loadedAtMs = Date.parse(root.dataset.now) - performance.now();
  const now = () => loadedAtMs + performance.now();

  const roughly = (ms) => {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    if (seconds < 120) return seconds + 's';
    const minutes = Math.floor(seconds / 60);
    if (minutes < 120) return minutes + 'm';
    const hours = Math.floor(minutes / 60);
    return hours < 48 ? hours + 'h' : Math.floor(hours / 24) + 'd';
  };

  const tellTimes = () => {
    for (const time of document.querySelectorAll('time[data-relative]')) {
      const away = now() - Date.parse(time.dateTime);
      const text =
        time.dataset.relative === 'for'
          ? 'for ' + roughly(away)
          : away >= 0
            ? roughly(away) + ' ago'
            : 'in ' + roughly(-away);
      if (time.textContent !== text) time.textContent = text;
    }
  };

  // What the person unfolded stays unfolded.
  const isTheirs = (element, name) => name === 'open' && element.nodeName === 'DETAILS';

  const takeAttributes = (from, to) => {
    for (const { name } of [...from.attributes])
      if (!to.hasAttribute(name) && !isTheirs(from, name)) from.removeAttribute(name);
    for (const { name, value } of to.attributes)
      if (from.getAttribute(name) !== value && !isTheirs(from, name)) from.setAttribute(name, value);
  };

  const take = (from, to) => {
    if (from.nodeType === Node.TEXT_NODE) {
      if (from.data !== to.data) from.data = to.data;
      return;
    }
    if (from.nodeType !== Node.ELEMENT_NODE || from.hasAttribute('data-keep') || from.isEqualNode(to)) return;
    takeAttributes(from, to);
    takeChildren(from, to);
  };

  // Children with an id are known by it and stay where they are; moved, they would lose the focus.
  const takeChildren = (from, to) => {
    const own = new Map([...from.children].filter(({ id }) => id !== '').map((child) => [child.id, child]));
    const wanted = new Set([...to.children].map(({ id }) => id).filter((id) => id !== ''));
    let at = from.firstChild;
    const dropWhile = (isGone) => {
      while (at !== null && isGone(at)) {
        const gone = at;
        at = at.nextSibling;
        gone.remove();
      }
    };
    for (const next of [...to.childNodes]) {
      const known = next.id ? own.get(next.id) : undefined;
      if (known !== undefined) dropWhile((node) => node !== known && !wanted.has(node.id));
      else dropWhile((node) => node.id && !wanted.has(node.id));
      const same =
        known ?? (at !== null && !next.id && !at.id && at.nodeName === next.nodeName ? at : undefined);
      if (same === undefined) {
        from.insertBefore(document.importNode(next, true), at);
        continue;
      }
      if (same === at) at = at.nextSibling;
      else from.insertBefore(same, at);
      take(same, next);
    }
    dropWhile(() => true);
  };

  const partsOf = (page) =>
    ['header', 'body > nav', 'main', 'footer'].map((selector) => page.querySelector(selector));

  const takeOver = (page) => {
    const before = document.querySelector('main').dataset.summary;
    const focused = document.activeElement;
    const theirs = partsOf(page);
    for (const [index, part] of partsOf(document).entries())
      if (part !== null && theirs[index] !== null) take(part, theirs[index]);
    document.title = page.title;
    if (focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
    showPolicies();
    const summary = document.querySelector('main').dataset.summary;
    if (summary !== before) announce(summary);
  };

  // Narrowing down the policies

  const filter = document.getElementById('filter');
  const filterText = document.getElementById('filter-text');
  const asked = () => new URLSearchParams(location.search);

  const showPolicies = () => {
    if (filter === null) return;
    const text = (asked().get('q') ?? '').trim().toLowerCase();
    const state = asked().get('state') ?? 'all';
    const rows = [...document.querySelectorAll('tr[data-find]')];
    let shown = 0;
    for (const row of rows) {
      const isShown =
        (state === 'all' || row.dataset.states.split(' ').includes(state)) && row.dataset.find.includes(text);
      row.hidden = !isShown;
      if (isShown) shown += 1;
    }
    for (const link of document.querySelectorAll('a[data-state]')) {
      if (link.dataset.state === state) link.setAttribute('aria-current', 'true');
      else link.removeAttribute('aria-current');
    }
    const counts = document.getElementById('shown');
    const told = shown.toLocaleString('en') + ' of ' + rows.length.toLocaleString('en') + (rows.length === 1 ? ' policy' : ' policies') + ' shown';
    if (counts !== null && counts.textContent !== told) counts.textContent = told;
  };

  const narrow = (name, value) => {
    const query = asked();
    if (value === '' || value === 'all') query.delete(name);
    else query.set(name, value);
    const text = query.toString();
    history.replaceState(null, '', location.pathname + (text === '' ? '' : '?' + text));
    showPolicies();
  };

  if (filter !== null) {
    filter.addEventListener('submit', (event) => event.preventDefault());
    filterText.addEventListener('input', () => narrow('q', filterText.value));
  }

  document.addEventListener('click', (event) => {
    const state = event.target.closest('a[data-state]');
    if (state !== null && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      narrow('state', state.dataset.state);
    }
    const copy = event.target.closest('button[data-copy]');
    if (copy !== null) copyCommand(copy.previousElementSibling);
  });

  // Only pages from a safe origin may write to the clipboard; elsewhere the command is selected.
  const copyCommand = async (code) => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      announce('copied');
    } catch {
      getSelection().selectAllChildren(code);
      announce('selected');
    }
  };

  // Asking again

  let isPaused = false;
  let lostSince;
  let tag;
  let tagOf;

  const said = document.createElement('span');
  const pause = document.createElement('button');
  pause.type = 'button';
  pause.textContent = 'Pause';
  pause.setAttribute('aria-label', 'Pause live updates');
  pause.setAttribute('aria-pressed', 'false');
  live.replaceChildren(said, ' ', pause);

  const tellLive = () => {
    const text = isPaused
      ? 'Paused'
      : lostSince === undefined
        ? 'Live'
        : 'Not live: no answer since ' + new Date(lostSince).toISOString().slice(11, 19) + ' UTC';
    if (said.textContent === text) return;
    const wasLost = live.classList.contains('lost');
    said.textContent = text;
    live.classList.toggle('lost', !isPaused && lostSince !== undefined);
    if (wasLost !== live.classList.contains('lost')) announce(text);
  };

  const ask = async () => {
    const address = location.pathname + location.search;
    const response = await fetch(address, {
      headers: tag !== undefined && tagOf === address ? { 'If-None-Match': tag } : {},
      cache: 'no-store',
      redirect: 'error',
      signal: AbortSignal.timeout(timeLimitMs),
    });
    if (response.status === 304) return;
    if (!response.ok && response.status !== 404) throw new Error('answered ' + response.status);
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    const [ours, theirs] = [document, page].map((one) => one.querySelector('script[src]')?.getAttribute('src'));
    if (theirs === undefined) throw new Error('no page of ours');
    // Another version of the controller answers.
    if (ours !== theirs) {
      location.reload();
      return;
    }
    loadedAtMs = Date.parse(page.documentElement.dataset.now) - performance.now();
    takeOver(page);
    tag = response.headers.get('ETag') ?? undefined;
    tagOf = address;
  };

  let isAsking = false;
  const poll = async () => {
    if (isPaused || document.hidden || isAsking) return;
    isAsking = true;
    try {
      await ask();
      lostSince = undefined;
    } catch {
      lostSince ??= now();
    } finally {
      isAsking = false;
    }
    tellLive();
    tellTimes();
  };

  pause.addEventListener('click', () => {
    isPaused = !isPaused;
    pause.setAttribute('aria-pressed', String(isPaused));
    tellLive();
    void poll();
  });
  document.addEventListener('visibilitychange', () => void poll());
  addEventListener('pageshow', (event) => {
    if (event.persisted) void poll();
  });

  tellLive();
  tellTimes();
  showPolicies();
  setInterval(() => {
    tellTimes();
    void poll();
  }, pollMs);
})();
`;
