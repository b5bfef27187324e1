import { describe, expect, it } from 'vitest'
import { isSecretName, redactUrl } from '../../../src/config/redact.js'

describe('redactUrl', () => {
  it.each([
    ['postgres://bob:secret@db:5432/prompts', 'postgres://bob:***@db:5432/prompts'],
    ['postgres://bob@db/prompts', 'postgres://bob@db/prompts'],
    ['postgres://bob:a/b?c#d@e@db/prompts', 'postgres://bob:***@db/prompts'],
    ['postgres:bob:secret@db', 'postgres:***@db'],
    ['bob:secret@db/prompts', 'bob:***@db/prompts'],
    ['postgres://db/prompts?password=secret&x=1', 'postgres://db/prompts?password=***&x=1'],
    ['host=db password=secret dbname=x', 'host=db password=*** dbname=x'],
    ['s3://bucket/a@b?secret_access_key=x', 's3://bucket/a@b?secret_access_key=***'],
    ['file:a:b@c', 'file:a:b@c'],
    ['', ''],
  ])('shows %j as %j', (text, shown) => {
    expect(redactUrl(text)).toBe(shown)
  })
})

describe('isSecretName', () => {
  it('knows the names of secrets in each spelling, and that the path of a file is none', () => {
    for (const name of [
      'password',
      'sslpassword',
      'secretAccessKey',
      'primary_token',
      'api_key',
      'accessKeyId',
    ])
      expect(isSecretName(name), name).toBe(true)
    for (const name of ['password_file', 'passwordFile', 'passfile', 'sslkey', 'storage_dir'])
      expect(isSecretName(name), name).toBe(false)
  })
})
