// Asks a store for what it derives from its documents, and compares the answers with the documents.

/** Files that are derived may be lost, and never say what is not so. */
export async function derivedProblems(storage) {
  const problems = []
  for (const promptId of await storage.listPromptIds()) {
    const summaries = await storage.listVersionSummaries(promptId)
    const documents = await storage.listVersions(promptId)
    const said = summaries.map(({ version, created_at, author, size }) =>
      JSON.stringify([version, created_at, author, size]),
    )
    for (const [at, document] of documents.entries()) {
      const { version, created_at, metadata } = document
      const { length: size } = await storage.readRaw(promptId, version)
      const expected = JSON.stringify([version, created_at, metadata.author, size])
      if (said[at] !== expected) problems.push(`summary: ${promptId} ${said[at]}, not ${expected}`)
    }
    if (said.length !== documents.length)
      problems.push(`summary: ${said.length} of ${promptId}, and ${documents.length} documents`)
  }
  const { documents: used } = await storage.cacheUsage()
  const warmed = await storage.warmCache()
  if (!(warmed <= used.length + (await storage.getStorageStats()).total_versions))
    problems.push(`usage: ${warmed} versions were read`)
  return problems
}
