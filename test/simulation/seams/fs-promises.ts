/** `node:fs/promises` without its thread pool. */
import fs from 'node:fs';

const promised =
  <P extends unknown[], R>(work: (...parameters: P) => R) =>
  async (...parameters: P): Promise<R> =>
    work(...parameters);

export const access = promised(fs.accessSync);
export const appendFile = promised(fs.appendFileSync);
export const chmod = promised(fs.chmodSync);
export const copyFile = promised(fs.copyFileSync);
export const link = promised(fs.linkSync);
export const lstat = promised(fs.lstatSync);
export const mkdir = promised(fs.mkdirSync);
export const mkdtemp = promised(fs.mkdtempSync);
export const readdir = promised(fs.readdirSync);
export const readFile = promised(fs.readFileSync);
export const realpath = promised(fs.realpathSync);
export const rename = promised(fs.renameSync);
export const rm = promised(fs.rmSync);
export const rmdir = promised(fs.rmdirSync);
export const stat = promised(fs.statSync);
export const truncate = promised(fs.truncateSync);
export const unlink = promised(fs.unlinkSync);
export const utimes = promised(fs.utimesSync);
export const writeFile = promised(fs.writeFileSync);

/** A file that is open, as far as the engine uses one. */
export async function open(path: string, flags: string, mode?: number) {
  const file = fs.openSync(path, flags, mode);
  return {
    appendFile: promised((data: Uint8Array | string) => fs.appendFileSync(file, data)),
    writeFile: promised((data: Uint8Array | string) => fs.writeFileSync(file, data)),
    write: promised((data: Uint8Array) => ({ bytesWritten: fs.writeSync(file, data) })),
    read: promised((into: Uint8Array, offset: number, length: number, position: number | null) => ({
      bytesRead: fs.readSync(file, into, offset, length, position),
      buffer: into,
    })),
    readFile: promised(() => fs.readFileSync(file)),
    stat: promised(() => fs.fstatSync(file)),
    truncate: promised((length?: number) => fs.ftruncateSync(file, length)),
    sync: async (): Promise<void> => {},
    datasync: async (): Promise<void> => {},
    close: promised(() => fs.closeSync(file)),
  };
}
