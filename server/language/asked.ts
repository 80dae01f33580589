/** A request to the editor whose answer we do not need: an editor that refuses it, or has gone, is no failure of ours. */
export function asked(request: Promise<unknown>): void {
  request.catch(() => undefined);
}
