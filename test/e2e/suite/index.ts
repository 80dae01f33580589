/** The suite inside the extension host: the same entry for @vscode/test-electron and for a VS Code in a browser. */
import { appendFileSync } from 'node:fs';
import { format } from 'node:util';
import Mocha from 'mocha';

/** Runs all; rejects when one fails. */
export async function run(): Promise<void> {
  const printed = process.env.TEST_OUTPUT;
  if (printed !== undefined) {
    // The extension host's console doesn't reach the terminal.
    Mocha.reporters.Base.consoleLog = (...given: unknown[]) => appendFileSync(printed, `${format(...given)}\n`);
  }
  const mocha = new Mocha({ ui: 'bdd', color: false, timeout: 20_000 });
  mocha.suite.emit('pre-require', globalThis as unknown as Mocha.MochaGlobals, '', mocha);
  await import('./suites.ts');
  await new Promise<void>((resolve, reject) => {
    mocha.run((failures) => (failures === 0 ? resolve() : reject(new Error(`${failures} failed`))));
  });
}
