/** A moment in a text for people: `2026-11-29 07:34:15 UTC`. Takes milliseconds since 1970. */
export const moment = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
