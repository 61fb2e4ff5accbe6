// What sweeps leave behind lies about until V8 needs the room, which in a controller that has nothing to do is never. Where Node
// lends us its collector (`--expose-gc`, as in the image), it is asked once nothing was swept for a while.

export const restMs = 10_000;

/** Returns what to call after each sweep. */
export const collectAtRest = (collect: NodeJS.GCFunction | undefined): (() => void) => {
  let timer: NodeJS.Timeout | undefined;
  return () => {
    if (collect === undefined) return;
    clearTimeout(timer);
    // Any other flavor keeps the pages that became free, in case that they are needed soon.
    timer = setTimeout(() => {
      collect({ type: 'major', flavor: 'last-resort' });
    }, restMs).unref();
  };
};
