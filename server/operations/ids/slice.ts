/** Ids looked at before others get their turn: some milliseconds. */
export const SLICE = 10_000;
