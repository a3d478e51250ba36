import type { Red } from '../red.ts'
import { registerTaskNode } from './task-node.ts'

/** The tasks as nodes. */
export default function backup(red: Red): void {
  registerTaskNode(red, 'backup')
  registerTaskNode(red, 'verify-backups')
}
