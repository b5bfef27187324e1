/** Copies a store, or a part of it, with its times and without the signs of life in it. */
export declare function copyStore(from: string, to: string): void
