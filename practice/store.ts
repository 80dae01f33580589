/**
 * The store of a practice device: path → sealed value, in the order of a backup (depth first, names by bytes).
 * Sorted blocks with copy on write: a million entries stay compact, a snapshot costs one array of block references.
 */
const BLOCK_ENTRIES = 256;

interface Block {
  keys: string[];
  values: Buffer[];
  /** The store that may change this block in place; any other copies it first. */
  owner: Store;
}

/** A stored entry. */
export interface Entry {
  path: string;
  value: Buffer;
}

/** The lowest character as separator makes plain string order equal to the order by path parts. */
const toKey = (path: string): string => path.replaceAll('/', '\0');
const toPath = (key: string): string => key.replaceAll('\0', '/');

/** Index of the first element that is not below the key. */
function lowerBound(keys: readonly string[], key: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** An ordered map from path to value. */
export class Store {
  private blocks: Block[];
  private count: number;
  /** Bytes of all values now; the quota counts these and the old revisions. */
  bytes: number;

  constructor(from?: { blocks: Block[]; count: number; bytes: number }) {
    this.blocks = from?.blocks ?? [];
    this.count = from?.count ?? 0;
    this.bytes = from?.bytes ?? 0;
  }

  get size(): number {
    return this.count;
  }

  /** A frozen view for as long as it is held: later changes of this store do not show in it. */
  snapshot(): Store {
    // Nobody owns the shared blocks any more: both sides copy a block before they change it.
    for (const block of this.blocks) block.owner = NOBODY;
    return new Store({ blocks: [...this.blocks], count: this.count, bytes: this.bytes });
  }

  get(path: string): Buffer | undefined {
    const key = toKey(path);
    const block = this.blocks[this.blockIndex(key)];
    if (block === undefined) return undefined;
    const at = lowerBound(block.keys, key);
    return block.keys[at] === key ? block.values[at] : undefined;
  }

  has(path: string): boolean {
    return this.get(path) !== undefined;
  }

  set(path: string, value: Buffer): void {
    const key = toKey(path);
    if (this.blocks.length === 0) this.blocks.push({ keys: [], values: [], owner: this });
    const index = this.blockIndex(key);
    const block = this.own(index);
    const at = lowerBound(block.keys, key);
    this.bytes += value.length;
    if (block.keys[at] === key) {
      this.bytes -= (block.values[at] as Buffer).length;
      block.values[at] = value;
      return;
    }
    block.keys.splice(at, 0, key);
    block.values.splice(at, 0, value);
    this.count++;
    if (block.keys.length > BLOCK_ENTRIES) this.split(index, block, at);
  }

  delete(path: string): boolean {
    const key = toKey(path);
    const index = this.blockIndex(key);
    if (this.blocks[index] === undefined) return false;
    const block = this.own(index);
    const at = lowerBound(block.keys, key);
    if (block.keys[at] !== key) return false;
    block.keys.splice(at, 1);
    const [old] = block.values.splice(at, 1);
    this.bytes -= (old as Buffer).length;
    this.count--;
    if (block.keys.length === 0) this.blocks.splice(index, 1);
    return true;
  }

  /** Every entry in order, or those whose path starts with the prefix. Do not change the store meanwhile: scan a snapshot. */
  *scan(prefix = ''): Generator<Entry> {
    const start = toKey(prefix);
    for (let index = this.blockIndex(start); index < this.blocks.length; index++) {
      const block = this.blocks[index] as Block;
      for (let at = lowerBound(block.keys, start); at < block.keys.length; at++) {
        const key = block.keys[at] as string;
        if (!key.startsWith(start)) return;
        yield { path: toPath(key), value: block.values[at] as Buffer };
      }
    }
  }

  /** Names directly below a folder (`/key/.ns1/`), in order; folders below it are left out, at the cost of one look each. */
  *names(folder: string): Generator<string> {
    const start = toKey(folder);
    let from = start;
    for (;;) {
      const next = this.firstAtOrAfter(from);
      if (next === undefined || !next.startsWith(start)) return;
      const cut = next.indexOf('\0', start.length);
      if (cut < 0) {
        yield next.slice(start.length);
        from = `${next}\0`;
      } else {
        from = `${next.slice(0, cut)}\u0001`;
      }
    }
  }

  private firstAtOrAfter(key: string): string | undefined {
    const index = this.blockIndex(key);
    const block = this.blocks[index];
    if (block === undefined) return undefined;
    return block.keys[lowerBound(block.keys, key)] ?? this.blocks[index + 1]?.keys[0];
  }

  /** The block that holds the key, or would. */
  private blockIndex(key: string): number {
    let [low, high] = [0, this.blocks.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (((this.blocks[middle] as Block).keys[0] as string) <= key) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  private own(index: number): Block {
    const block = this.blocks[index] as Block;
    if (block.owner === this) return block;
    const copy: Block = { keys: [...block.keys], values: [...block.values], owner: this };
    this.blocks[index] = copy;
    return copy;
  }

  private split(index: number, block: Block, at: number): void {
    // Entries that come in order leave full blocks behind instead of half-full ones.
    const cut = at === block.keys.length - 1 ? at : block.keys.length >>> 1;
    const right: Block = { keys: block.keys.splice(cut), values: block.values.splice(cut), owner: this };
    this.blocks.splice(index + 1, 0, right);
  }
}

const NOBODY = new Store();
