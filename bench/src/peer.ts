/**
 * Loads a package of bench/node_modules. The name is not a literal, so type checks need no peer installed; `Module`
 * is the part of it that is used here.
 */
export async function loadPeer<Module>(name: string): Promise<Module> {
  return (await import(name)) as Module
}
