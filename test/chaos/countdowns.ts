// What waits for a certain request of the controller: its death, or something that happens just then.

import type { Place } from './model.ts';
import type { Setting } from './wire.ts';

/** Counts requests from now on: all of them, or only some. */
export interface Countdown {
  left: number;
  readonly of: 'requests' | 'roleReads' | 'writes';
}

/** When the process dies: as the last counted request sets out, or once that was performed and before its answer. */
export interface Fuse extends Countdown {
  readonly moment: 'before' | 'after';
}

/** Something that happens as the last counted request sets out. */
export interface Ambush extends Countdown {
  /** Given the role that the request is about, if it is about one. */
  readonly strike: (place: Place | undefined) => void;
}

const isCounted = ({ of }: Countdown, { kind }: Setting): boolean =>
  of === 'requests' || (of === 'writes' ? kind === 'write' : kind === 'roleRead');

export interface Countdowns {
  setFuse(fuse: Fuse | undefined): void;
  setAmbush(ambush: Ambush): void;
  /** Nothing that was set waits any more. */
  disarm(): void;
  /** Counts a request, and lets happen what waited for it. `kill`: ends the process. */
  onRequest(moment: 'before' | 'after', setting: Setting, kill: () => void): void;
}

export const createCountdowns = (): Countdowns => {
  let fuse: Fuse | undefined;
  let ambushes: readonly Ambush[] = [];
  const count = (setting: Setting): void => {
    for (const countdown of [...ambushes, ...(fuse === undefined ? [] : [fuse])])
      if (isCounted(countdown, setting)) countdown.left -= 1;
    const due = ambushes.filter(({ left }) => left <= 0);
    ambushes = ambushes.filter(({ left }) => left > 0);
    for (const { strike } of due) strike(setting.place);
  };
  return {
    setFuse: (next) => {
      fuse = next;
    },
    setAmbush: (ambush) => {
      ambushes = [...ambushes, ambush];
    },
    disarm: () => {
      fuse = undefined;
      ambushes = [];
    },
    onRequest: (moment, setting, kill) => {
      if (moment === 'before') count(setting);
      if (fuse !== undefined && fuse.left <= 0 && fuse.moment === moment) kill();
    },
  };
};
