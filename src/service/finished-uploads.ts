import type { Upload } from '../engine/uploading.ts'

/** So many are remembered, so that a sender whose last answer got lost hears that everything has arrived. */
const remembered = 200

/** Uploads of this process that are whole: they are being checked, or were. */
export class FinishedUploads {
  readonly #uploads = new Map<string, { readonly siteId: string; readonly upload: Upload }>()

  /** False when it was there already. */
  add(siteId: string, upload: Upload): boolean {
    if (this.#uploads.has(upload.id)) return false
    const sizeBytes = upload.offset
    this.#uploads.set(upload.id, { siteId, upload: { ...upload, sizeBytes } })
    const [oldest] = this.#uploads.keys()
    if (this.#uploads.size > remembered && oldest !== undefined) this.#uploads.delete(oldest)
    return true
  }

  has(id: string): boolean {
    return this.#uploads.has(id)
  }

  find(siteId: string, id: string): Upload | null {
    const found = this.#uploads.get(id)
    return found?.siteId === siteId ? found.upload : null
  }
}
