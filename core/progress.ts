/** How far a long piece of work has come. */
export interface Progress {
  /** What is being done, for people: `reading the backup of oslo`. */
  phase: string;
  done: number;
  /** Missing where nobody can know it beforehand. */
  total?: number;
  unit: 'keys' | 'entries' | 'bytes';
}

/** What every long piece of work takes. */
export interface WorkOptions {
  /** Stops the work at the next safe point. */
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
  /** So many worker threads open the sealed entries of backups; none when absent: worth it from some ten thousand entries on. */
  threads?: number;
}
