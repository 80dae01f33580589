/**
 * One practice device in a process of its own, provisioned, for benches and tests of processes. Prints its address as
 * JSON; then takes one line of JSON a command on stdin: `{"seed":{"namespace","count","prefix"}}`, and answers with a line.
 * Ends with its stdin. `node bench/practice-site.ts NAME`
 */
import { createInterface } from 'node:readline';
import { startPracticeDevice } from '../practice/index.ts';

const device = await startPracticeDevice({ deviceId: `dev-${process.argv[2] ?? 'site'}` });
console.log(JSON.stringify({ url: device.url }));
for await (const line of createInterface({ input: process.stdin })) {
  const { seed } = JSON.parse(line) as { seed: { namespace: string; count: number; prefix?: string } };
  await device.seedKeys(seed.namespace, seed.count, seed.prefix);
  console.log(JSON.stringify({ seeded: seed.count }));
}
process.exit(0);
