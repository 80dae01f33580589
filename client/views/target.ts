/** What a command is about: comes from a node, a code lens or a pick, never from the active editor. */
export interface Target {
  manifest?: string;
  /** Empty for root. */
  namespace?: string;
  device?: string;
  key?: string;
  /** Of an archive. */
  file?: string;
  /** The kind of drift that a key or a group stands for. */
  drift?: 'missing' | 'extra' | 'differs' | 'conflict';
}
