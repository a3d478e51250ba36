/**
 * Hands what was compiled before all tests to every process that a test or the engine under test starts. The engine's
 * are given a minimal environment, which compiling them each time would make most of a test's time. Left alone are
 * those that have a shim in them, which counts what they do.
 */
import childProcess, { type ForkOptions, type SpawnOptions } from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'
import { compiledIn } from './compile-ahead.ts'

const folder = process.env.NODE_COMPILE_CACHE
const { fork, spawn } = childProcess

function handed<Options extends ForkOptions | SpawnOptions>(options: Options): Options {
  const { env } = options
  // What is given no environment gets this process's.
  if (folder === undefined || env === undefined || 'LD_PRELOAD' in env) return options
  return { ...options, env: { ...compiledIn(folder), ...env } }
}

/** The options of both are the last argument, if there are any. */
const handing =
  (start: (...given: never[]) => unknown) =>
  (...given: unknown[]): unknown => {
    const last = given.at(-1)
    const hasOptions = given.length > 1 && typeof last === 'object' && last !== null && !Array.isArray(last)
    return start(...((hasOptions ? [...given.slice(0, -1), handed(last)] : given) as never[]))
  }

Object.assign(childProcess, { fork: handing(fork), spawn: handing(spawn) })
syncBuiltinESMExports()
