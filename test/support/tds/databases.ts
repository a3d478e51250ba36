/** A file of a database, as `sys.master_files` has it. */
export interface DatabaseFile {
  readonly logicalName: string
  readonly physicalName: string
  readonly type: 'D' | 'L'
}

export interface FakeDatabase {
  readonly id: number
  readonly name: string
  state: 'ONLINE' | 'RESTORING' | 'OFFLINE' | 'RECOVERY_PENDING'
  access: 'MULTI_USER' | 'SINGLE_USER'
  compatibilityLevel: number
  recoveryModel: 'FULL' | 'SIMPLE'
  /** All that is in it. */
  content: string
  files: readonly DatabaseFile[]
  /** A snapshot of that database. */
  snapshotOf: number | null
}

export class Databases {
  readonly #all = new Map<string, FakeDatabase>()
  #next = 5

  /** Names are compared as a server with its usual collation compares them. */
  find(name: string): FakeDatabase | undefined {
    return this.#all.get(name.toLowerCase())
  }

  add(name: string, more: Partial<FakeDatabase> = {}): FakeDatabase {
    const id = this.#next++
    const database: FakeDatabase = {
      id,
      name,
      state: 'ONLINE',
      access: 'MULTI_USER',
      compatibilityLevel: 160,
      recoveryModel: 'FULL',
      content: '',
      snapshotOf: null,
      files: [
        { logicalName: name, physicalName: `E:\\Data\\${name}.mdf`, type: 'D' },
        { logicalName: `${name}_log`, physicalName: `F:\\Log\\${name}_log.ldf`, type: 'L' },
      ],
      ...more,
    }
    this.#all.set(name.toLowerCase(), database)
    return database
  }

  remove(name: string): void {
    this.#all.delete(name.toLowerCase())
  }

  all(): readonly FakeDatabase[] {
    return [...this.#all.values()]
  }
}
