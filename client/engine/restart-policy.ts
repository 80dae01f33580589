/** How often the process may die before it stays down until a person restarts it. */
const MOST_RESTARTS = 4;
/** Deaths older than this don't count, in milliseconds. */
const WINDOW = 180_000;

/** Decides after each death of the process whether it is started again: at most four times within three minutes. */
export function createRestartPolicy(now: () => number): () => boolean {
  let deaths: number[] = [];
  return () => {
    const at = now();
    deaths = [...deaths.filter((death) => at - death < WINDOW), at];
    return deaths.length <= MOST_RESTARTS;
  };
}
