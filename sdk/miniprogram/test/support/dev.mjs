// A real `hufu dev` on free ports, and a `wx` that reaches it by real HTTP.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '../../../..')

/** Is there a Go to build it with? On CI there has to be. */
export function canBuild() {
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' })
    return true
  } catch {
    if (process.env.CI) throw new Error('there is no Go here')
    return false
  }
}

/** Builds and starts it; gives its addresses and what ends it. */
export async function startDev() {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'hufu-dev-'))
  const binary = path.join(dir, 'hufu')
  execFileSync('go', ['build', '-o', binary, './cmd/hufu'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  const child = spawn(binary, ['dev', '--addr', '127.0.0.1:0', '--sim-addr', '127.0.0.1:0', '--data', path.join(dir, 'data')], { cwd: dir })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  let said = ''
  const addresses = new Promise((resolve, reject) => {
    const read = (chunk) => {
      said += chunk
      const server = /^\s*server\s+(http:\S+)/m.exec(said)?.[1]
      const simulator = /^\s*simulator\s+(http:\S+)/m.exec(said)?.[1]
      if (server && simulator) resolve({ server, simulator })
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('exit', () => reject(new Error(`hufu dev ended:\n${said}`)))
  })
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
    await rm(dir, { recursive: true })
  }
  try {
    const { server, simulator } = await addresses
    await ready(server)
    return { server, simulator, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function ready(server) {
  for (const end = Date.now() + 120_000; ;) { // for machines under load
    try {
      if ((await fetch(`${server}/readyz`)).ok) return
    } catch (error) {
      if (Date.now() > end) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Asks for JSON by POST, or the method given. */
export async function ask(url, body, method = 'POST') {
  const answer = await fetch(url, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`)
  return answer.status === 204 ? null : answer.json()
}

/** A phone on that server: `wx`, its storage and its files; `lose` names paths whose next answer is lost. */
export function devPhone({ simulator, appid = 'wxdd00000000000001', user = 'alice' }) {
  const disk = new Map()
  const files = new Map()
  const log = []
  const lose = []
  const send = async ({ url, method = 'GET', data, header, success, fail }, form) => {
    try {
      const body = form ?? (data === undefined ? undefined : JSON.stringify(data))
      const headers = { ...(body && !form ? { 'content-type': 'application/json' } : {}), ...lower(header) }
      const answer = await fetch(url, { method, headers, body })
      const text = await answer.text()
      const { pathname } = new URL(url)
      log.push({ path: pathname, method, status: answer.status, header: headers })
      if (lose.includes(pathname)) {
        lose.splice(lose.indexOf(pathname), 1)
        return fail({ errMsg: 'request:fail net::ERR_CONNECTION_RESET', errno: 600001 })
      }
      success({ statusCode: answer.status, header: Object.fromEntries(answer.headers), data: form ? text : parse(text), errMsg: 'request:ok' })
    } catch (error) {
      fail({ errMsg: `request:fail ${error.message}`, errno: 600001 })
    }
  }
  const wx = {
    getAccountInfoSync: () => ({ miniProgram: { appId: appid, envVersion: 'develop' } }),
    login: ({ success, fail }) => {
      log.push({ path: 'wx.login' })
      ask(`${simulator}/sim/v1/wx/login`, { appid, user }).then(success, (error) => fail({ errMsg: `login:fail ${error.message}` }))
    },
    request: (options) => { void send(options); return { abort: () => undefined } },
    uploadFile: (options) => {
      const form = new FormData()
      form.append(options.name, new Blob([files.get(options.filePath) ?? options.filePath]), 'a.png')
      void send({ ...options, method: 'POST' }, form)
      return { abort: () => undefined }
    },
    getStorage: ({ key, success, fail }) => (disk.has(key) ? success({ data: JSON.parse(disk.get(key)) }) : fail({ errMsg: 'getStorage:fail data not found' })),
    setStorage: ({ key, data, success }) => { disk.set(key, JSON.stringify(data)); success({}) },
    removeStorage: ({ key, success }) => { disk.delete(key); success({}) },
  }
  return { wx, disk, files, log, lose, count: (where) => log.filter((entry) => entry.path === where).length }
}

const lower = (header) => Object.fromEntries(Object.entries(header ?? {}).map(([name, value]) => [name.toLowerCase(), value]))

function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
