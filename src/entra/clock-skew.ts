// How far Graph's clock is ahead of ours, from the Date header of its answers. A header has whole seconds and was written
// at some time between our sending and receiving, so an answer only proves a range. The estimate moves no further than
// the newest answer forces it to: a slow answer proves little and so changes nothing.

/** One answer; milliseconds since the epoch, `serverMs` by Graph's clock, the others by ours. */
export interface DatedAnswer {
  readonly sentAtMs: number;
  /** When its headers were there. */
  readonly receivedAtMs: number;
  readonly serverMs: number;
}

export interface ClockSkew {
  readonly note: (answer: DatedAnswer) => void;
  /**
   * Graph's clock minus ours, milliseconds. Off by at most half a second and half the time of the quickest answer since
   * one of the clocks was last set. undefined: no answer yet.
   */
  readonly currentMs: () => number | undefined;
}

/** The header drops what is beyond the second. */
const droppedMs = 999;

export const openClockSkew = (): ClockSkew => {
  let skewMs: number | undefined;
  return {
    currentMs: () => skewMs,
    note: ({ sentAtMs, receivedAtMs, serverMs }) => {
      // Our clock was set back while we waited: the answer proves nothing.
      if (receivedAtMs < sentAtMs) return;
      const least = serverMs - receivedAtMs;
      const most = serverMs + droppedMs - sentAtMs;
      skewMs ??= Math.round((least + most) / 2);
      skewMs = Math.min(Math.max(skewMs, least), most);
    },
  };
};
