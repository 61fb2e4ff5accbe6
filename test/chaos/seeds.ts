// Which schedules are run by `npm test`: the same ones each time, so that a change is judged and not the dice.

export const firstSeed = Number(process.env['CHAOS_SEED'] ?? 20_261_124);
