import type { Upload } from '../engine/uploading.ts'

/** So many are remembered, so that a sender whose last answer got lost hears that everything has arrived. */
const remembered = 200

/** Uploads of this process that are whole: they are being checked, or were. */
export class FinishedUploads {
  readonly #uploads = new Map<string, { readonly tenantId: string; readonly upload: Upload }>()

  /** False when it was there already. */
  add(tenantId: string, upload: Upload): boolean {
    if (this.#uploads.has(upload.id)) return false
    const sizeBytes = upload.offset
    this.#uploads.set(upload.id, { tenantId, upload: { ...upload, sizeBytes } })
    const [oldest] = this.#uploads.keys()
    if (this.#uploads.size > remembered && oldest !== undefined) this.#uploads.delete(oldest)
    return true
  }

  has(id: string): boolean {
    return this.#uploads.has(id)
  }

  find(tenantId: string, id: string): Upload | null {
    const found = this.#uploads.get(id)
    return found?.tenantId === tenantId ? found.upload : null
  }
}
