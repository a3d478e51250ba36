import type { TestProject } from 'vitest/node'
import { compileAhead } from './compile-ahead.ts'

/** Before all tests, once. The folder stays, so that the next time there is less to compile. */
export default async function compileOnce({ config }: TestProject): Promise<void> {
  await compileAhead(config.env.NODE_COMPILE_CACHE ?? '')
}
