// Bugs to plant into a copy of the compiled library, which the check has to find.
export const MUTANTS = [
  {
    name: 'never asks the generation whether others have committed',
    file: 'engine/journal/follower.js',
    from: 'return this.#isPublished(this.#known);',
    to: 'return true;',
  },
  {
    name: 'acknowledges a save before it is committed',
    file: 'versions/file-system/file-system-storage.js',
    from: 'await this.#writer.save(await acceptAll(versions, options, this.#store.rules));',
    to: 'const accepted = await acceptAll(versions, options, this.#store.rules); this.#writer.save(accepted).catch(() => undefined);',
  },
  {
    name: 'tells both of two that save the same version that they have won',
    file: 'versions/file-system/store-writer.js',
    from: 'throw new VersionConflictError(promptId, version, { sameContent, cause: error });',
    to: 'return;',
  },
  {
    name: 'keeps in its cache what others have deleted',
    file: 'versions/version-cache.js',
    from: 'if (document !== undefined)\n            this.#documents.delete(document);',
    to: '',
  },
  {
    name: 'leaves the last version of others out of its index',
    file: 'versions/file-system/index-keeper.js',
    from: 'this.#index.add(promptId, version, timeMs);',
    to: "if (version !== '1.1.0') this.#index.add(promptId, version, timeMs);",
  },
  {
    name: 'acknowledges a delete without one',
    file: 'versions/file-system/store-writer.js',
    from: 'return await this.#transactions.delete(promptId, version);',
    to: 'return (await this.#store.names.versions(promptId)).includes(version);',
  },
]
