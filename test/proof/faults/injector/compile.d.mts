export function compileInjector(directory: string): string | undefined
