import { describe, expect, it } from 'vitest'
import { parseStoreUrl } from '../../../src/config/store-url.js'

describe('parseStoreUrl', () => {
  it.each([
    ['memory:', { scheme: 'memory' }],
    ['file:prompts', { scheme: 'file', path: 'prompts' }],
    ['file:/var/prompts', { scheme: 'file', path: '/var/prompts' }],
    ['file:///var/my%20prompts', { scheme: 'file', path: '/var/my prompts' }],
    ['file://localhost/var/prompts', { scheme: 'file', path: '/var/prompts' }],
    ['file:a%3Fb%23c', { scheme: 'file', path: 'a?b#c' }],
    ['FILE:prompts?cache_size=5', { path: 'prompts', parameters: { cache_size: '5' } }],
    ['sqlite:prompts.db', { scheme: 'sqlite', path: 'prompts.db' }],
    ['s3://bucket', { scheme: 's3', bucket: 'bucket', prefix: '' }],
    ['s3://bucket/a/b', { scheme: 's3', bucket: 'bucket', prefix: 'a/b/' }],
    ['gs://my_bucket/a%20b/', { scheme: 'gs', bucket: 'my_bucket', prefix: 'a b/' }],
    ['s3://bucket?region=eu', { prefix: '', parameters: { region: 'eu' } }],
  ])('reads %s', (text, expected) => {
    expect(parseStoreUrl(text)).toMatchObject({ hasSecret: false, ...expected })
  })

  it.each([
    'postgres://bob@db/prompts',
    'postgresql://[::1]:5433/prompts',
    'postgres:///prompts?host=/run/postgresql',
    'postgres://db:5432/prompts?sslmode=require',
  ])('leaves %s to the driver', (url) => {
    expect(parseStoreUrl(url)).toMatchObject({ scheme: 'postgres', url, hasSecret: false })
  })

  it('keeps the password for the driver, and shows none', () => {
    for (const url of ['postgres://bob:s%40crt@db/p', 'postgres://db/p?password=s%40crt']) {
      const target = parseStoreUrl(url)
      expect(target).toMatchObject({ url, hasSecret: true })
      expect(target.shown).not.toContain('crt')
    }
  })

  it.each([
    ['prompts', 'its scheme is missing; write file:prompts for a directory'],
    ['memory', 'its scheme is missing; write memory:'],
    ['C:\\prompts', 'its scheme is missing; write file:C:\\prompts'],
    ['host=db dbname=x', 'its scheme is missing; write file:DIRECTORY'],
    ['', 'its scheme is missing'],
    ['fiel:prompts', `got 'fiel'; did you mean "file:"?`],
    ['gcs://bucket', 'did you mean "gs:"?'],
    [
      'mysql://db/x',
      "its scheme must be one of memory, file, sqlite, postgres, s3, gs, got 'mysql'",
    ],
    ['memory:x', 'nothing follows "memory:"'],
    ['file:', 'its path is empty; write file:DIRECTORY'],
    ['sqlite:', 'its path is empty; write sqlite:FILE'],
    ['file://server/share', 'it names a host, and a path has none; write file:PATH'],
    ['file:a#b', 'it has a fragment; write "#" as %23'],
    ['file:100%', 'its path is not percent-encoded UTF-8; write "%" as %25'],
    ['file:a\0b', 'it contains a NUL'],
    ['file:a%00b', 'its path contains a NUL'],
    ['file:a?b', 'each of its parameters must be NAME=VALUE'],
    ['file:a?b=1&b=2', "its parameter 'b' occurs twice"],
    ['postgres:db', '"//" is missing; write postgres://USER@HOST:PORT/DATABASE'],
    ['postgres://db', 'its database is missing; write postgres://'],
    ['postgres://db/a/b', 'its database contains a "/"'],
    ['postgres://db:0/a', 'its port must be a number from 1 to 65535'],
    ['postgres://db:65536/a', 'its port must be'],
    ['postgres://a,b/c', 'its host must be one name or address'],
    ['postgres://u%zz@db/c', 'its user is not percent-encoded'],
    ['s3:bucket', '"//" is missing; write s3://BUCKET/PREFIX'],
    ['s3://Bucket', `its bucket must have 3 or more of a-z, 0-9, "-", "." and "_"`],
    ['s3:///prefix', "got ''"],
    ['s3://bucket//a', 'its prefix has an empty part'],
    ['gs://bob@bucket/a', 'it names a user; credentials come from the environment'],
  ])('names what is wrong with %j', (text, problem) => {
    let message = ''
    try {
      parseStoreUrl(text)
    } catch (error) {
      expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_HOLDFAST_ARGUMENT' })
      message = String(error)
    }
    expect(message).toContain(problem)
  })

  it.each([
    'postgres://bob:hunter2@db:x/prompts',
    'postgres://bob:hunter2/x@db/prompts',
    'postgres://bob:hunter2?@db/prompts',
    'postgres://bob:hunter2@db',
    'postgres://bob:hunter2%zz@db/x',
    'postgres:bob:hunter2@db',
    'bob:hunter2@db/prompts',
    'pq://bob:hunter2@db/prompts',
    's3://id:hunter2@bucket',
    'file://bob:hunter2@server/x',
    'host=db password=hunter2',
  ])('never shows the password of a wrong URL (%#)', (text) => {
    expect(() => parseStoreUrl(text)).toThrow(/^Store URL '[^']*' is wrong/)
    expect(() => parseStoreUrl(text)).not.toThrow('hunter2')
  })

  it('says how to write a password with characters of a URL', () => {
    expect(() => parseStoreUrl('postgres://bob:a/b@db/x')).toThrow(
      'write "/", "?", "#" and "@" of a user or password as %2F, %3F, %23 and %40',
    )
  })
})
