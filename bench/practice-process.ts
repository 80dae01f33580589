/** Two practice devices in a process of their own: prints their addresses, seeds keys when told to, ends with its stdin. */
import { createInterface } from 'node:readline';
import { startPracticeDevice } from '../practice/index.ts';

const devices = [
  await startPracticeDevice({ deviceId: 'dev-oslo' }),
  await startPracticeDevice({ deviceId: 'dev-bergen' }),
];
console.log(JSON.stringify(devices.map(({ url }) => url)));
for await (const line of createInterface({ input: process.stdin })) {
  const [namespace, count] = line.split(' ') as [string, string];
  await devices[0]?.seedKeys(namespace, Number(count));
  console.log('seeded');
}
process.exit(0);
