import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  resolve: {
    // The hosts import the package by its name; under test that is the source and not what was built last.
    alias: {
      'automate-plugin-backup/host': source('src/host/contract.ts'),
      'automate-plugin-backup/schedule': source('src/host/schedule.ts'),
    },
  },
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // A poll ends when what it waits for is there; on a crowded machine that can take long.
    expect: { poll: { timeout: 20_000 } },
    globalSetup: 'test/support/compile-once.ts',
    setupFiles: 'test/support/hand-compiled.ts',
    env: { NODE_COMPILE_CACHE: source('node_modules/.cache/compiled') },
    restoreMocks: true,
    // Real processes on a crowded machine: a second try there, and vitest names the tests that needed one.
    retry: process.env.CI ? 1 : 0,
  },
})
