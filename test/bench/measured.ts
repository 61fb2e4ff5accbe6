// Measuring a piece of work from inside the process that does it.

export interface Cost {
  readonly wallMs: number;
  /** User and system time of all threads of this process, garbage collection included. */
  readonly cpuMs: number;
  /** The most memory that the process has had so far. */
  readonly peakRssMb: number;
}

export interface MeasuredQuestion {
  readonly kind: 'run';
}
export interface MeasuredAnswers {
  run: Cost;
}

export const measured = async (work: () => Promise<void>): Promise<Cost> => {
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  await work();
  const wallMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wallMs, cpuMs: (user + system) / 1_000, peakRssMb: process.resourceUsage().maxRSS / 1_024 };
};
