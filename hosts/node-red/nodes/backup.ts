import type { Red } from '../red.ts'
import { registerTaskNode } from './task-node.ts'

/** The task `backup` as a node. */
export default function backup(red: Red): void {
  registerTaskNode(red, 'backup')
}
