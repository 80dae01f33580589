import type { IAsyncProperty, IProperty } from 'fast-check';

/** A reader under fuzzing: what must hold for every input, made by fast-check. */
export interface Fuzzer {
  name: string;
  // biome-ignore lint/suspicious/noExplicitAny: the runner does not care what a property is about.
  property: IAsyncProperty<any> | IProperty<any>;
}
