/** As in package.json, which is missing from what bundlers make. */
export const VERSION = '0.1.0'
