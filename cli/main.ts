#!/usr/bin/env node
import { runProgram } from './program.ts';
import { processSurroundings } from './terminal/streams.ts';

// A reader that went away (`| head`, a dropped connection) changes nothing: the work goes on, the exit code is its own.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

process.exitCode = await runProgram(process.argv.slice(2), processSurroundings());
