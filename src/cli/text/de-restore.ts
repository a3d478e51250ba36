import type { Words } from './en.ts'

export const germanRestore: Words['restore'] = {
  welcome:
    'Eine Datenbank aus einer Sicherung wiederherstellen. Strg-C beendet; es ändert sich nichts, bevor Sie zugestimmt haben.',
  askFolder: 'Ordner mit den Sicherungen (oder Ordner des Mandanten):',
  chooseBackup: 'Welche Sicherung?',
  chooseHelp: 'Pfeiltasten oder eine Zahl, dann Eingabetaste. Strg-C beendet.',
  askTarget: 'Zu ersetzende Datenbank:',
  confirm: 'Die Datenbank jetzt ersetzen? „ja“ eingeben, um fortzufahren:',
  confirmUnseen: 'Ist die Anwendung beendet? „ja“ eingeben, um fortzufahren:',
  yes: ['ja', 'j', 'yes', 'y'],
  declined: 'Es wurde nichts geändert.',
  backup: (what, age) => `Sicherung: ${what}, ${age}`,
  proof: {
    proven: 'bewiesen, und wird noch einmal geprüft, bevor sich etwas ändert',
    checked: 'zuletzt heil; woher sie stammt, ist nicht bekannt',
    damaged: 'war BESCHÄDIGT, als zuletzt jemand nachsah; sie wird noch einmal geprüft',
    none: 'unbekannter Herkunft: Sie wird ganz geprüft, aber nichts kann beweisen, woher sie stammt',
  },
  target: (path) => `Datenbank: ${path}`,
  present: {
    readable: (size, at) => `           ${size}, geändert ${at}`,
    missing: '           fehlt und wird angelegt',
    damaged: (why) =>
      `           lässt sich nicht öffnen (${why}); sie wird ganz nach backups/.salvage beiseitegelegt`,
    unreadable: (why) => `           ${why}`,
  },
  version: ({ relation, backup, running, schema }) => [
    ...(relation === 'older'
      ? [`Version:   der älteren Anwendung ${backup}; ${running} passt sie beim Öffnen an`]
      : relation === 'newer'
        ? [`Version:   der NEUEREN Anwendung ${backup}, installiert ist aber ${running}`]
        : backup !== null
          ? [`Version:   der Anwendung ${backup}`]
          : []),
    ...(schema.relation === 'different'
      ? [
          `Schema:    ein anderes als jetzt (user_version ${schema.backupUserVersion} in der Sicherung, ${schema.presentUserVersion} jetzt)`,
        ]
      : []),
  ],
  headings: ['TABELLE', 'ZEILEN JETZT', 'IN SICHERUNG', 'ÄNDERUNG', 'NEUESTES JETZT', 'NEUESTES DORT'],
  unchanged: (count) => `${count} weitere mit so vielen Zeilen wie jetzt`,
  saved: 'Der jetzige Stand wird vorher gesichert, damit es sich rückgängig machen lässt.',
  users: 'Es gelten Benutzer und Kennwörter von damals, falls sie in dieser Datenbank stehen.',
  inUse: ({ processes }) =>
    `IN BENUTZUNG durch ${processes.map(({ pid, command }) => `${pid} (${command})`).join(', ')}: Beenden Sie zuerst die Anwendung.`,
  unseen: ({ seen, unseen }) =>
    seen === 'none'
      ? 'Auf diesem System ist nicht zu sehen, wer eine Datei geöffnet hat: Vergewissern Sie sich, dass die Anwendung beendet ist.'
      : unseen > 0
        ? `In ${unseen} Prozesse anderer Benutzer lässt sich nicht hineinsehen: Vergewissern Sie sich, dass keiner davon die Anwendung ist.`
        : 'Prozesse außerhalb dieses Containers oder anderer Benutzer sind nicht zu sehen: Vergewissern Sie sich, dass keiner davon die Anwendung ist.',
  done: (target, at) => [
    'Wiederherstellung erfolgreich (Restore successful)',
    `${target} ist wieder auf dem Stand: ${at}.`,
  ],
  verdict: {
    proven: 'Die Sicherung wurde vorher noch einmal bewiesen und die Datenbank danach mit ihr verglichen.',
    checked:
      'Die Sicherung stammt von anderswo: Sie wurde geprüft und ist heil, aber nichts kann beweisen, woher sie stammt.',
  },
  savedAs: (path) => `Der Stand davor ist gesichert: ${path}`,
  undo: (command) => `Rückgängig machen: ${command}`,
  salvaged: (folder) => `Die beschädigte Datenbank liegt ganz hier: ${folder}`,
  newest: '(neueste)',
}
