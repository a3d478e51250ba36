import { readdirSync, readFileSync } from 'node:fs'

const everyMs = 20

/** Watches how much memory the largest process that this one started has ever had, until `take` is called. */
export function watchChildren(): { take(): number } {
  let peak = 0
  const look = () => {
    peak = Math.max(peak, ...children().map(peakMiB))
  }
  const timer = setInterval(look, everyMs)
  return {
    take() {
      look()
      clearInterval(timer)
      return peak
    },
  }
}

function children(): readonly string[] {
  try {
    return readdirSync('/proc/self/task').flatMap((task) =>
      readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
    )
  } catch {
    return []
  }
}

/** What the kernel calls the high-water mark; 0 for a process that has ended. */
function peakMiB(pid: string): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}
