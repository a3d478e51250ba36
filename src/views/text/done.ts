import type { Language } from '../model.ts'

const english = {
  started: 'The backup has been started.',
  verifying: 'The backup is being proved again.',
  cancelling: 'The run is being cancelled.',
  deleted: 'The backup has been deleted.',
  protected: 'The backup is protected now: it stays until you lift the protection.',
  unprotected: 'The backup is no longer protected.',
  saved: 'The settings have been saved.',
  uploaded: 'The file has arrived. It is being checked, and listed as soon as it is found whole.',
  restoring: 'The restore has been started.',
  planned: 'The backup is being proven. It is restored at the next start of the application.',
  unplanned: 'The restore has been cancelled. Nothing was changed.',
  added: 'The profile has been added.',
  removed: 'The profile has been removed. Its archives stay where they are.',
  excluded: 'It is left out from the next archive on.',
} as const

/** What a form did when it succeeded. */
export type Done = keyof typeof english

const german: Readonly<Record<Done, string>> = {
  started: 'Die Sicherung wurde gestartet.',
  verifying: 'Die Sicherung wird noch einmal geprüft.',
  cancelling: 'Der Vorgang wird abgebrochen.',
  deleted: 'Die Sicherung wurde gelöscht.',
  protected: 'Die Sicherung ist jetzt geschützt: Sie bleibt, bis Sie den Schutz aufheben.',
  unprotected: 'Die Sicherung ist nicht mehr geschützt.',
  saved: 'Die Einstellungen wurden gespeichert.',
  uploaded:
    'Die Datei ist angekommen. Sie wird geprüft und steht in der Liste, sobald sie für unversehrt befunden ist.',
  restoring: 'Die Wiederherstellung wurde gestartet.',
  planned: 'Die Sicherung wird geprüft. Wiederhergestellt wird sie beim nächsten Start der Anwendung.',
  unplanned: 'Die Wiederherstellung wurde abgebrochen. Es wurde nichts geändert.',
  added: 'Das Profil wurde hinzugefügt.',
  removed: 'Das Profil wurde entfernt. Seine Archive bleiben, wo sie sind.',
  excluded: 'Das wird ab dem nächsten Archiv weggelassen.',
}

/** Null for a word that no form of ours says. */
export function doneText(language: Language, word: string): string | null {
  const words: Readonly<Record<Done, string>> = language === 'de' ? german : english
  return Object.hasOwn(words, word) ? words[word as Done] : null
}
