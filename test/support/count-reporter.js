import { writeSync } from 'node:fs';

/** Prints the plain count as the last line, so that a machine need not understand Jest's summary. */
export default class CountReporter {
  onRunComplete(_contexts, results) {
    // A file that cannot be loaded has no tests to count, but it is a failure.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const count = `${results.numPassedTests} passed, ${failed} failed`;
    // Jest's own summary always comes after the reporters that are named in its configuration.
    process.once('exit', () => writeSync(1, skipped === 0 ? `${count}\n` : `${count}, ${skipped} skipped\n`));
  }
}
