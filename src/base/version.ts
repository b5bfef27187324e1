/** As in package.json, which is not there in what bundlers make. */
export const VERSION = '0.1.0'
