import { onTestFinished, vi } from 'vitest'
import type { FileStorageConfig } from '../../../../src/files/config.js'
import { FileStorage } from '../../../../src/files/file-storage.js'

const FILES_SOME = 60

/** Where a storage keeps its files, and what it can therefore do. */
export interface StorageSubject {
  readonly name: string
  /** Whether a storage opened again at the same place holds what was stored before. */
  readonly persistent: boolean
  /** Whether several storages may be open at one place. */
  readonly shared: boolean
  /** How many files a long list has, with the first of the settings: more than a page of the storage below. */
  readonly filesMany: number
  /** False for a backend that keeps no versions of files. */
  readonly keepsVersions?: boolean
  /** False where the service may answer a lost race with an internal error: then no mover can be told that it has lost. */
  readonly tellsLostRaces?: boolean
  /** False for a service that refuses requests whose time is far from its own: its clock cannot be put forward by days. */
  readonly takesAnyTime?: boolean
  /** The settings of a new, empty place; called once for each test. */
  makePlace(): Promise<FileStorageConfig>
}

/** How files are stored and read: what must not make a difference to any caller. */
export interface StorageSettings {
  readonly name: string
  readonly config: FileStorageConfig
  /** Whether lists are long with them: once for each subject. */
  readonly longLists?: boolean
}

/** Somewhere for storages to be, for one test. */
export interface StoragePlace {
  /** Opens a storage there; it is closed at the end of the test. */
  open(changes?: FileStorageConfig): Promise<FileStorage>
}

/** What is under test: a place of its own for each test, with the settings. */
export interface SuiteCase {
  readonly subject: StorageSubject
  readonly settings: FileStorageConfig
  readonly filesMany: number
  makePlace(): Promise<StoragePlace>
  /** A storage at a new place. */
  open(changes?: FileStorageConfig): Promise<FileStorage>
}

export function suiteCase(
  subject: StorageSubject,
  { config: settings, longLists = false }: StorageSettings,
): SuiteCase {
  const makePlace = async (): Promise<StoragePlace> => {
    const place = await subject.makePlace()
    return {
      open: async (changes = {}) => {
        const storage = await FileStorage.open({ ...place, ...settings, ...changes })
        onTestFinished(async () => await storage.close())
        return storage
      },
    }
  }
  return {
    subject,
    settings,
    filesMany: longLists ? subject.filesMany : FILES_SOME,
    makePlace,
    open: async (changes) => await (await makePlace()).open(changes),
  }
}

/** A clock that can be put forward, for the storages that are opened from now on. */
export function movableClock(): { forward(ms: number): void } {
  vi.setSystemTime(Date.now())
  onTestFinished(() => void vi.useRealTimers())
  return {
    forward: (ms) => void vi.setSystemTime(Date.now() + ms),
  }
}
