// Bare: the client of the service, one request for each document. BENCH_S3_ENDPOINT, BENCH_S3_BUCKET and the variables of
// the client name a service; without them, Ceph's gateway is started here, which keeps its data in memory.
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { BucketStorage } from '../../dist/buckets/index.js'
import { ACCESS_KEY, SECRET_KEY, startCeph } from '../../test/unit/files/bucket/ceph.mjs'
import { byPrecedence, highest } from './order.mjs'

const CALLERS = 64

export async function openBucket(_, versions) {
  const service = await serviceHere()
  const { endpoint, bucket, credentials, about } = service
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
  if (service.isOurs) await client.send(new CreateBucketCommand({ Bucket: bucket }))
  const options = {
    s3BucketName: bucket,
    s3Endpoint: endpoint,
    s3AccessKeyId: credentials.accessKeyId,
    s3SecretAccessKey: credentials.secretAccessKey,
    cloudPrefix: `holdfast-bench-${process.pid}/`,
  }
  const storage = await BucketStorage.open(options)
  const uncached = await BucketStorage.open({ ...options, useCache: false })
  const bare = requestsOf(client, bucket)
  await bare.prepare(versions)
  return {
    storage,
    uncached,
    bare,
    means: about,
    close: async () => {
      await storage.clearAll()
      await storage.close()
      await uncached.close()
      client.destroy()
      await service.stop()
    },
  }
}

async function serviceHere() {
  const { BENCH_S3_ENDPOINT: endpoint, BENCH_S3_BUCKET: bucket } = process.env
  if (endpoint !== undefined && bucket !== undefined) {
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = process.env
    const credentials = { accessKeyId, secretAccessKey }
    const stop = async () => await Promise.resolve()
    return { endpoint, bucket, credentials, about: 'the service has it', isOurs: false, stop }
  }
  const cluster = await startCeph()
  return {
    endpoint: cluster.endpoint,
    bucket: 'bench',
    credentials: { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY },
    about: 'the service has it (here in memory)',
    isOurs: true,
    stop: async () => await cluster.stop(),
  }
}

function requestsOf(client, Bucket) {
  const prefix = `bare-${process.pid}`
  let saved = 0
  const put = async (Key, Body) =>
    await client.send(new PutObjectCommand({ Bucket, Key, Body, IfNoneMatch: '*' }))
  const save = async (text) => await put(`${prefix}/${saved % CALLERS}/1.0.${saved++}.json`, text)
  const get = async (version) => {
    const Key = `${prefix}/read/${version}.json`
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }))
    return JSON.parse(await Body.transformToString())
  }
  const names = async () => {
    const listed = new ListObjectsV2Command({ Bucket, Prefix: `${prefix}/read/` })
    const { Contents } = await client.send(listed)
    return Contents.map(({ Key }) => Key.slice(Key.lastIndexOf('/') + 1, -'.json'.length))
  }
  return {
    isAsync: true,
    prepare: async (versions) => {
      for (let at = 0; at < versions.length; at += CALLERS)
        await Promise.all(
          versions
            .slice(at, at + CALLERS)
            .map(async (each) => put(`${prefix}/read/${each.version}.json`, JSON.stringify(each))),
        )
    },
    save,
    get,
    list: async (count) =>
      await Promise.all(
        byPrecedence(await names())
          .slice(0, count)
          .map(get),
      ),
    latest: async () => await get(highest(await names())),
  }
}
