// The suites that every storage has to pass, for those who write a backend.
export { promptRegistryConformance, versionStorageConformance } from '../versions/conformance.js'
export type {
  ConformancePlace,
  ConformanceRunner,
  ConformanceSubject,
  StorageUnderTest,
} from '../versions/conformance/subject.js'
export { fileBackendConformance } from '../files/conformance.js'
export type { FileBackendPlace, FileBackendSubject } from '../files/conformance/subject.js'
