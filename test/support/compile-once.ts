import type { TestProject } from 'vitest/node'
import { compileAhead } from './compile-ahead.ts'

/** Before all tests, once. The folder stays, so that the next time there is less to compile. */
export default async function compileOnce({ config }: TestProject): Promise<void> {
  // It only saves time. What is wrong with sources that can't be loaded, the tests that load them say.
  await compileAhead(config.env.NODE_COMPILE_CACHE ?? '').catch(() => {})
}
