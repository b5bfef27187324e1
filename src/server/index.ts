export { buildServer, listen } from './app.js'
export { closeServer } from './close-server.js'
